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
	objects := wire.At(g, "/crm/v3/objects/{objectType}", "/crm/objects/{version}/{objectType}").Of("Records").
		For(gate.ReadObjects("objectType"), gate.WriteObjects("objectType"))
	objects.Add("GET ", "List records", a.list, wire.Query("limit", "after", "properties", "propertiesWithHistory", "associations", "archived"), gate.Gives[wire.Page[object]](http.StatusOK))
	objects.Add("POST ", "Create a record", a.create, gate.Takes[createBody](), gate.Gives[object](http.StatusCreated))
	objects.Add("POST /search", "Search records", a.search, gate.Takes[searchBody](), gate.Gives[wire.Page[object]](http.StatusOK))
	objects.Add("POST /batch/read", "Read records", a.batchRead, wire.Query("archived"), gate.Takes[batchReadBody](), wire.GivesBatch[object](http.StatusOK))
	objects.Add("POST /batch/create", "Create records", a.batchCreate, gate.Takes[wire.Many[createBody]](), wire.GivesBatch[object](http.StatusCreated))
	objects.Add("POST /batch/update", "Update records", a.batchUpdate, gate.Takes[wire.Many[updateBody]](), wire.GivesBatch[object](http.StatusOK))
	objects.Add("POST /batch/upsert", "Update records, or create those that are not there", a.batchUpsert, gate.Takes[wire.Many[updateBody]](), wire.GivesBatch[object](http.StatusOK))
	objects.Add("POST /batch/archive", "Archive records", a.batchArchive, gate.Takes[wire.Many[idBody]](), gate.GivesNothing)
	objects.Add("GET /{id}", "Read a record", a.read, wire.Query("properties", "propertiesWithHistory", "associations", "archived", "idProperty"), gate.Gives[object](http.StatusOK))
	objects.Add("PATCH /{id}", "Update a record", a.update, wire.Query("idProperty"), gate.Takes[changeBody](), gate.Gives[object](http.StatusOK))
	objects.Add("DELETE /{id}", "Archive a record", a.archive, gate.GivesNothing)
}

// objectType resolves the {objectType} of a path: plural, singular, any case, or the type id.
func (a *API) objectType(tx *db.Tx, r *http.Request) (property.ObjectType, error) {
	return a.props.Type(tx, r.PathValue("objectType"))
}
