// Package crm is HubSpot's API of records of every object type, in HubSpot's wire format, frozen. It holds no rule of records,
// only how they look outside.
package crm

import (
	"net/http"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
)

// API answers the routes of records.
type API struct {
	db      *db.DB
	records *record.Store
	props   *property.Registry
}

// Routes adds the routes of records: one set of handlers for every object type.
func Routes(g *gate.Gate, d *db.DB, records *record.Store, props *property.Registry) {
	a := &API{db: d, records: records, props: props}
	objects := wire.At(g, "/crm/v3/objects/{objectType}", "/crm/objects/{version}/{objectType}").
		For(gate.ReadObjects("objectType"), gate.WriteObjects("objectType"))
	objects.Add("GET ", "List records", a.list)
	objects.Add("POST ", "Create a record", a.create)
	objects.Add("POST /search", "Search records", a.search)
	objects.Add("POST /batch/read", "Read records", a.batchRead)
	objects.Add("POST /batch/create", "Create records", a.batchCreate)
	objects.Add("POST /batch/update", "Update records", a.batchUpdate)
	objects.Add("POST /batch/upsert", "Update records, or create those that are not there", a.batchUpsert)
	objects.Add("POST /batch/archive", "Archive records", a.batchArchive)
	objects.Add("GET /{id}", "Read a record", a.read)
	objects.Add("PATCH /{id}", "Update a record", a.update)
	objects.Add("DELETE /{id}", "Archive a record", a.archive)
}

// objectType resolves the {objectType} of a path: plural, singular, any case, or the type id.
func (a *API) objectType(tx *db.Tx, r *http.Request) (property.ObjectType, error) {
	return a.props.Type(tx, r.PathValue("objectType"))
}
