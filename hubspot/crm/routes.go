// Package crm is HubSpot's CRM API on the record engine: objects and pipelines in HubSpot's wire format, frozen. It holds no
// rule of records, only how they look outside.
package crm

import (
	"net/http"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
)

// API answers the CRM routes.
type API struct {
	db        *db.DB
	records   *record.Store
	props     *property.Registry
	pipelines *pipeline.Store
}

// Routes adds the CRM routes.
func Routes(g *gate.Gate, d *db.DB, records *record.Store, props *property.Registry, pipelines *pipeline.Store) {
	a := &API{db: d, records: records, props: props, pipelines: pipelines}
	objects := wire.At(g, "/crm/v3/objects/{objectType}", "/crm/objects/{version}/{objectType}").
		For(gate.ReadObjects("objectType"), gate.WriteObjects("objectType"))
	objects.Add("GET ", "List records", a.list)
	objects.Add("POST ", "Create a record", a.create)
	objects.Add("POST /search", "Search records", a.search)
	objects.Add("GET /{id}", "Read a record", a.read)
	objects.Add("PATCH /{id}", "Update a record", a.update)
	objects.Add("DELETE /{id}", "Archive a record", a.archive)
	lines := wire.At(g, "/crm/v3/pipelines/{objectType}", "/crm/pipelines/{version}/{objectType}").
		For(gate.OneOf("crm.objects.{objectType}.read", "crm.schemas.{objectType}.read"), gate.OneOf("crm.schemas.{objectType}.write"))
	lines.Add("GET ", "List pipelines", a.listPipelines)
	lines.Add("GET /{pipelineId}", "Read a pipeline", a.readPipeline)
	lines.Add("GET /{pipelineId}/stages", "List stages", a.listStages)
	lines.Add("GET /{pipelineId}/stages/{stageId}", "Read a stage", a.readStage)
}

// objectType resolves the {objectType} of a path: plural, singular, any case, or the type id.
func (a *API) objectType(tx *db.Tx, r *http.Request) (property.ObjectType, error) {
	return a.props.Type(tx, r.PathValue("objectType"))
}
