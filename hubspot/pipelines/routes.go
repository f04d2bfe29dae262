// Package pipelines is HubSpot's API of pipelines and their stages, in its wire format. It holds no rule of pipelines, only
// how they look outside. Unlike HubSpot's older versions it never deletes a stage that records are in, whatever
// validateReferencesBeforeDelete says: a record always has a stage that there is.
package pipelines

import (
	"net/http"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

// API answers the routes.
type API struct {
	db        *db.DB
	props     *property.Registry
	pipelines *pipeline.Store
	people    *people.Service
}

const tickets = "tickets"

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, props *property.Registry, pipelines *pipeline.Store, p *people.Service) {
	a := &API{db: d, props: props, pipelines: pipelines, people: p}
	read := wire.At(g, "/crm/v3/pipelines/{objectType}", "/crm/pipelines/{version}/{objectType}").Of("Pipelines").
		For(gate.OneOf("crm.objects.{objectType}.read", "crm.schemas.{objectType}.read"), gate.OneOf("crm.schemas.{objectType}.write"))
	write := read
	write.Row.Needs = people.ManagePipelines
	read.Add("GET ", "List pipelines", a.list, gate.Gives[wire.Page[pipelineBody]](http.StatusOK))
	write.Add("POST ", "Create a pipeline", a.create, gate.Takes[input](), gate.Gives[pipelineBody](http.StatusCreated))
	read.Add("GET /{pipelineId}", "Read a pipeline", a.read, gate.Gives[pipelineBody](http.StatusOK))
	write.Add("PUT /{pipelineId}", "Replace a pipeline", a.replace, gate.Takes[input](), gate.Gives[pipelineBody](http.StatusOK))
	write.Add("PATCH /{pipelineId}", "Change a pipeline", a.change, gate.Takes[input](), gate.Gives[pipelineBody](http.StatusOK))
	write.Add("DELETE /{pipelineId}", "Delete a pipeline", a.remove, gate.GivesNothing)
	read.Add("GET /{pipelineId}/audit", "What was done to a pipeline", a.audit, gate.Gives[wire.Page[entry]](http.StatusOK))
	read.Add("GET /{pipelineId}/stages", "List stages", a.listStages, gate.Gives[wire.Page[stageBody]](http.StatusOK))
	write.Add("POST /{pipelineId}/stages", "Create a stage", a.createStage, gate.Takes[stageInput](), gate.Gives[stageBody](http.StatusCreated))
	read.Add("GET /{pipelineId}/stages/{stageId}", "Read a stage", a.readStage, gate.Gives[stageBody](http.StatusOK))
	write.Add("PUT /{pipelineId}/stages/{stageId}", "Replace a stage", a.replaceStage, gate.Takes[stageInput](), gate.Gives[stageBody](http.StatusOK))
	write.Add("PATCH /{pipelineId}/stages/{stageId}", "Change a stage", a.changeStage, gate.Takes[stageInput](), gate.Gives[stageBody](http.StatusOK))
	write.Add("DELETE /{pipelineId}/stages/{stageId}", "Delete a stage", a.removeStage, gate.GivesNothing)
	read.Add("GET /{pipelineId}/stages/{stageId}/audit", "What was done to a stage", a.audit, gate.Gives[wire.Page[entry]](http.StatusOK))
}

// checkFlags refuses what is neither true nor false.
func checkFlags(r *http.Request) error {
	for _, name := range []string{"validateReferencesBeforeDelete", "validateDealStageUsagesBeforeDelete"} {
		if _, err := wire.Flag(r, name); err != nil {
			return err
		}
	}
	return nil
}

func (a *API) list(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	out := wire.Page[pipelineBody]{Results: []pipelineBody{}}
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		all, err := a.pipelines.All(tx, r.PathValue("objectType"))
		for _, p := range all {
			out.Results = append(out.Results, showPipeline(p))
		}
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) find(r *http.Request) (p pipeline.Pipeline, err error) {
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		p, err = a.pipelines.Find(tx, r.PathValue("objectType"), r.PathValue("pipelineId"))
		return err
	})
	return p, err
}

func (a *API) read(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	p, err := a.find(r)
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, showPipeline(p))
	return nil
}

func (a *API) listStages(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	p, err := a.find(r)
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, wire.Page[stageBody]{Results: showPipeline(p).Stages})
	return nil
}

func (a *API) readStage(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	p, err := a.find(r)
	if err != nil {
		return err
	}
	s, ok := p.Stage(r.PathValue("stageId"))
	if !ok {
		return wire.NotFound()
	}
	gate.WriteJSON(w, http.StatusOK, showStage(p.ObjectType, s))
	return nil
}

func (a *API) audit(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	out := wire.Page[entry]{Results: []entry{}}
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		t, err := a.props.Type(tx, r.PathValue("objectType"))
		if err != nil {
			return err
		}
		account, _, err := a.people.Account(tx)
		if err != nil {
			return err
		}
		all, err := a.pipelines.Audit(tx, t.Name, r.PathValue("pipelineId"), r.PathValue("stageId"))
		if err != nil {
			return err
		}
		for _, e := range all {
			shown, err := showEntry(t.Name, account.Portal, e)
			if err != nil {
				return err
			}
			out.Results = append(out.Results, shown)
		}
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}
