package pipelines

import (
	"maps"
	"net/http"
	"slices"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

// input is the body that makes or replaces a pipeline.
type input struct {
	PipelineID   string       `json:"pipelineId"`
	Label        *string      `json:"label"`
	DisplayOrder *int         `json:"displayOrder"`
	Stages       []stageInput `json:"stages"`
}

// stageInput is the body that makes, replaces or changes a stage. Its id may be given when it is made.
type stageInput struct {
	StageID      string                `json:"stageId"`
	ID           string                `json:"id"`
	Label        *string               `json:"label"`
	DisplayOrder *int                  `json:"displayOrder"`
	Metadata     map[string]wire.Value `json:"metadata"`
}

// stage is a stage made from the body.
func (in stageInput) stage(objectType string) (pipeline.Stage, error) {
	if in.Label == nil {
		return pipeline.Stage{}, wire.Missing("label")
	}
	s := pipeline.Stage{ID: in.StageID, Label: *in.Label, Order: order(in.DisplayOrder)}
	if s.ID == "" {
		s.ID = in.ID
	}
	err := takeMetadata(objectType, &s, plain(in.Metadata))
	return s, err
}

// decode reads the body of a whole pipeline.
func decode(r *http.Request) (in input, err error) {
	if err = wire.Decode(r, &in); err != nil {
		return in, err
	}
	switch {
	case in.Label == nil:
		return in, wire.Missing("label")
	case in.Stages == nil:
		return in, wire.Missing("stages")
	}
	return in, checkFlags(r)
}

func (in input) stages(objectType string) ([]pipeline.Stage, error) {
	out := make([]pipeline.Stage, len(in.Stages))
	for i, given := range in.Stages {
		s, err := given.stage(objectType)
		if err != nil {
			return nil, err
		}
		out[i] = s
	}
	return out, nil
}

func (a *API) create(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	in, err := decode(r)
	if err != nil {
		return err
	}
	var out pipeline.Pipeline
	err = a.db.Write(r.Context(), func(tx *db.Tx) error {
		t, err := a.props.Type(tx, r.PathValue("objectType"))
		if err != nil {
			return err
		}
		stages, err := in.stages(t.Name)
		if err != nil {
			return err
		}
		out, err = a.pipelines.Add(tx, by, pipeline.Pipeline{ID: in.PipelineID, ObjectType: t.Name, Label: *in.Label, Order: order(in.DisplayOrder), Stages: stages})
		return err
	})
	if err != nil {
		return refusal(err)
	}
	gate.WriteJSON(w, http.StatusCreated, showPipeline(out))
	return nil
}

// edit changes the pipeline of the path.
func (a *API) edit(r *http.Request, by people.Actor, fn func(p *pipeline.Pipeline) error) (out pipeline.Pipeline, err error) {
	err = a.db.Write(r.Context(), func(tx *db.Tx) error {
		p, err := a.pipelines.Find(tx, r.PathValue("objectType"), r.PathValue("pipelineId"))
		if err != nil {
			return err
		}
		out, err = a.pipelines.Change(tx, by, p.ID, fn)
		return err
	})
	return out, refusal(err)
}

func (a *API) replace(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	in, err := decode(r)
	if err != nil {
		return err
	}
	out, err := a.edit(r, by, func(p *pipeline.Pipeline) (err error) {
		p.Label = *in.Label
		if in.DisplayOrder != nil {
			p.Order = *in.DisplayOrder
		}
		p.Stages, err = in.stages(p.ObjectType)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, showPipeline(out))
	return nil
}

func (a *API) change(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in input
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	if err := checkFlags(r); err != nil {
		return err
	}
	out, err := a.edit(r, by, func(p *pipeline.Pipeline) error {
		if in.Label != nil {
			p.Label = *in.Label
		}
		if in.DisplayOrder != nil {
			p.Order = *in.DisplayOrder
		}
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, showPipeline(out))
	return nil
}

func (a *API) remove(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	if err := checkFlags(r); err != nil {
		return err
	}
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		p, err := a.pipelines.Find(tx, r.PathValue("objectType"), r.PathValue("pipelineId"))
		if err != nil {
			return err
		}
		return a.pipelines.Delete(tx, by, p.ID)
	})
	if err != nil {
		return refusal(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) createStage(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in stageInput
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	var before []pipeline.Stage
	p, err := a.edit(r, by, func(p *pipeline.Pipeline) error {
		s, err := in.stage(p.ObjectType)
		if _, there := p.Stage(s.ID); there && s.ID != "" && err == nil {
			err = errs.Newf(errs.Conflict, "The pipeline has a stage with the id %s already.", s.ID).WithCode("STAGE_ID_EXISTS")
		}
		before = p.Stages
		p.Stages = append(slices.Clone(p.Stages), s)
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range p.Stages {
		if !slices.ContainsFunc(before, func(o pipeline.Stage) bool { return o.ID == s.ID }) {
			gate.WriteJSON(w, http.StatusCreated, showStage(p.ObjectType, s))
		}
	}
	return nil
}

// editStage changes the stage of the path and answers with it.
func (a *API) editStage(w http.ResponseWriter, r *http.Request, by people.Actor, fn func(objectType string, s *pipeline.Stage) error) error {
	stageID := r.PathValue("stageId")
	p, err := a.edit(r, by, func(p *pipeline.Pipeline) error {
		i := slices.IndexFunc(p.Stages, func(s pipeline.Stage) bool { return s.ID == stageID })
		if i < 0 {
			return wire.NotFound()
		}
		return fn(p.ObjectType, &p.Stages[i])
	})
	if err != nil {
		return err
	}
	s, _ := p.Stage(stageID)
	gate.WriteJSON(w, http.StatusOK, showStage(p.ObjectType, s))
	return nil
}

func (a *API) replaceStage(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in stageInput
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	return a.editStage(w, r, by, func(objectType string, s *pipeline.Stage) error {
		next, err := in.stage(objectType)
		if next.ID = s.ID; in.DisplayOrder == nil {
			next.Order = s.Order
		}
		*s = next
		return err
	})
}

func (a *API) changeStage(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in stageInput
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	return a.editStage(w, r, by, func(objectType string, s *pipeline.Stage) error {
		if in.Label != nil {
			s.Label = *in.Label
		}
		if in.DisplayOrder != nil {
			s.Order = *in.DisplayOrder
		}
		merged := metadata(objectType, *s)
		maps.Copy(merged, plain(in.Metadata))
		return takeMetadata(objectType, s, merged)
	})
}

func (a *API) removeStage(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	if err := checkFlags(r); err != nil {
		return err
	}
	stageID := r.PathValue("stageId")
	_, err := a.edit(r, by, func(p *pipeline.Pipeline) error {
		if _, there := p.Stage(stageID); !there {
			return wire.NotFound()
		}
		p.Stages = slices.DeleteFunc(p.Stages, func(s pipeline.Stage) bool { return s.ID == stageID })
		return nil
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
