package pipelines

import (
	"context"
	"strings"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
	"github.com/deskbell/deskbell/ticket/clearing"
)

type stagesInput struct {
	Named
	Body struct {
		Stages []struct {
			ID    string `json:"id,omitempty" maxLength:"100" doc:"Of a status to keep; none for a new one."`
			Label string `json:"label" maxLength:"200"`
			State string `json:"state" enum:"OPEN,CLOSED"`
		} `json:"stages" minItems:"1" maxItems:"100" doc:"All statuses in their order; those left out are deleted."`
		Moves map[string]string `json:"moves,omitempty" doc:"Where the tickets of a deleted status go: its id to that of a status that stays."`
	}
}

// setStages replaces the statuses (STAT-1 to STAT-4). Tickets move out of the way before; many by a job.
func (r *routes) setStages(ctx context.Context, by people.Actor, in *stagesInput) (*wire.Answer[Pipeline], error) {
	stages, err := in.stages()
	if err != nil {
		return nil, err
	}
	plan := clearing.Plan{Pipeline: in.ID, Stages: stages, Moves: map[string]clearing.Place{}}
	for from, to := range in.Body.Moves {
		plan.Moves[from] = clearing.Place{Pipeline: in.ID, Stage: to}
	}
	if err := r.db.Write(ctx, func(tx *db.Tx) error { return r.clearing.Start(tx, by, plan) }); err != nil {
		return nil, err
	}
	var out *wire.Answer[Pipeline]
	err = r.db.Read(ctx, func(tx *db.Tx) (err error) { // now tickets are counted where they are
		out, err = r.one(tx, in.ID)
		return err
	})
	return out, err
}

// stages checks what the store cannot tell apart by a code.
func (in *stagesInput) stages() ([]pipeline.Stage, error) {
	var out []pipeline.Stage
	open, closed, labels := 0, 0, map[string]bool{}
	for _, s := range in.Body.Stages {
		label := strings.ToLower(strings.TrimSpace(s.Label))
		if labels[label] {
			return nil, errs.Bad("stages", "STAGE_LABEL_EXISTS", "There are two statuses with the name "+s.Label+".")
		}
		labels[label] = true
		if s.State == stateClosed {
			closed++
		} else {
			open++
		}
		out = append(out, pipeline.Stage{ID: s.ID, Label: s.Label, Closed: s.State == stateClosed})
	}
	if open == 0 {
		return nil, errs.Bad("stages", "MISSING_OPEN_STAGE", "A pipeline needs at least one open status.")
	}
	if closed == 0 {
		return nil, errs.Bad("stages", "MISSING_CLOSED_STAGE", "A pipeline needs at least one closed status.")
	}
	return out, nil
}

type removeInput struct {
	Named
	Body struct {
		Move *struct {
			PipelineID string            `json:"pipelineId" maxLength:"100"`
			Stages     map[string]string `json:"stages" doc:"For each status of the deleted pipeline that holds tickets, the status they go to."`
		} `json:"move,omitempty" doc:"Where its tickets go."`
		DeleteTickets bool `json:"deleteTickets,omitempty" doc:"Its tickets go to the trash."`
	}
}

// remove deletes a pipeline, and before it moves or deletes its tickets; many by a job (PIPE-3).
func (r *routes) remove(ctx context.Context, by people.Actor, in *removeInput) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error {
		all, err := r.pipelines.All(tx, ticket.Object)
		if err != nil {
			return err
		}
		plan := clearing.Plan{Pipeline: in.ID, Trash: in.Body.DeleteTickets, Moves: map[string]clearing.Place{}}
		if in.Body.Move != nil {
			if err := in.checkMove(all); err != nil {
				return err
			}
			for from, to := range in.Body.Move.Stages {
				plan.Moves[from] = clearing.Place{Pipeline: in.Body.Move.PipelineID, Stage: to}
			}
		}
		return r.clearing.Start(tx, by, plan)
	})
}

// stop ends the work of a job on a pipeline.
func (r *routes) stop(ctx context.Context, by people.Actor, in *Named) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.clearing.Stop(tx, by, in.ID) })
}

func (in *removeInput) checkMove(all []pipeline.Pipeline) error {
	move := in.Body.Move
	if in.Body.DeleteTickets {
		return errs.Bad("deleteTickets", "INVALID_OPTION", "Move the tickets or delete them, not both.")
	}
	for _, p := range all {
		if p.ID != move.PipelineID || p.ID == in.ID {
			continue
		}
		for _, to := range move.Stages {
			if _, ok := p.Stage(to); !ok {
				return errs.Bad("move.stages", "INVALID_OPTION", "The tickets can only go to statuses of the pipeline they move to.")
			}
		}
		return nil
	}
	return errs.Bad("move.pipelineId", "INVALID_OPTION", "Choose another pipeline for the tickets.")
}
