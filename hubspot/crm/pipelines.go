package crm

import (
	"net/http"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

type pipelineBody struct {
	ID           string      `json:"id"`
	Label        string      `json:"label"`
	DisplayOrder int         `json:"displayOrder"`
	Stages       []stageBody `json:"stages"`
	CreatedAt    string      `json:"createdAt"`
	UpdatedAt    string      `json:"updatedAt"`
	Archived     bool        `json:"archived"`
}

// stageBody is a status outside. The values of metadata are strings, as HubSpot's are.
type stageBody struct {
	ID               string            `json:"id"`
	Label            string            `json:"label"`
	DisplayOrder     int               `json:"displayOrder"`
	Metadata         map[string]string `json:"metadata"`
	CreatedAt        string            `json:"createdAt"`
	UpdatedAt        string            `json:"updatedAt"`
	Archived         bool              `json:"archived"`
	WritePermissions string            `json:"writePermissions"`
}

func showPipeline(p pipeline.Pipeline) pipelineBody {
	out := pipelineBody{ID: p.ID, Label: p.Label, DisplayOrder: p.Order, Stages: []stageBody{},
		CreatedAt: property.FormatTime(p.CreatedAt), UpdatedAt: property.FormatTime(p.UpdatedAt)}
	for _, s := range p.Stages {
		out.Stages = append(out.Stages, showStage(p, s))
	}
	return out
}

func showStage(p pipeline.Pipeline, s pipeline.Stage) stageBody {
	out := stageBody{ID: s.ID, Label: s.Label, DisplayOrder: s.Order, Metadata: map[string]string{},
		CreatedAt: property.FormatTime(p.CreatedAt), UpdatedAt: property.FormatTime(p.UpdatedAt), WritePermissions: "CRM_PERMISSIONS_ENFORCEMENT"}
	for k, v := range s.Metadata {
		out.Metadata[k] = v
	}
	out.Metadata["ticketState"], out.Metadata["isClosed"] = "OPEN", "false"
	if s.Closed {
		out.Metadata["ticketState"], out.Metadata["isClosed"] = "CLOSED", "true"
	}
	return out
}

func (a *API) listPipelines(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
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

func (a *API) readPipeline(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
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
	gate.WriteJSON(w, http.StatusOK, showStage(p, s))
	return nil
}
