package pipelines

import (
	"context"
	"strings"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
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

// setStages replaces the statuses (STAT-1 to STAT-4). Tickets move out of the way in several transactions, so that other
// writers never wait long; the change itself is one.
func (r *routes) setStages(ctx context.Context, by people.Actor, in *stagesInput) (*wire.Answer[Pipeline], error) {
	stages, err := in.stages()
	if err != nil {
		return nil, err
	}
	set := func() (*wire.Answer[Pipeline], error) {
		return r.save(ctx, func(tx *db.Tx) (string, error) {
			p, err := r.pipelines.SetStages(tx, by, in.ID, stages)
			return p.ID, err
		})
	}
	// The first try says what is in the way; customers may put more there while tickets move.
	for range triesMost {
		out, err := set()
		if e := errs.As(err); e == nil || e.Code != "STAGE_IN_USE" || len(in.Body.Moves) == 0 {
			return out, err
		}
		if err := r.moveStages(ctx, by, in.ID, in.Body.Moves); err != nil {
			return nil, err
		}
	}
	return set()
}

const triesMost = 3

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

func (r *routes) moveStages(ctx context.Context, by people.Actor, id string, moves map[string]string) error {
	for from, to := range moves {
		where := []filter.Filter{{PropertyName: ticket.Pipeline, Operator: "EQ", Value: id}, {PropertyName: ticket.Stage, Operator: "EQ", Value: from}}
		if from == to {
			return errs.Bad("moves", "INVALID_OPTION", "The tickets of a deleted status must go to another one.")
		}
		err := r.drain(ctx, by, where, func(tx *db.Tx, by people.Actor, t record.Record) error {
			_, err := r.records.Update(tx, by, ticket.Object, t.ID, map[string]string{ticket.Pipeline: id, ticket.Stage: to}, "status deleted")
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// chunk is how many tickets one transaction moves.
const chunk = 200

// drain does something to all tickets that match, until none does any more; it must make them match no longer. Whoever
// manages pipelines moves tickets that they might not edit.
func (r *routes) drain(ctx context.Context, by people.Actor, where []filter.Filter, do func(*db.Tx, people.Actor, record.Record) error) error {
	by.SuperAdmin = true
	for {
		n := 0
		err := r.db.Write(ctx, func(tx *db.Tx) error {
			page, err := r.records.Search(tx, by, record.Query{ObjectType: ticket.Object, Groups: []filter.Group{{Filters: where}}, Limit: chunk})
			if err != nil {
				return err
			}
			n = len(page.Records)
			for _, t := range page.Records {
				if err := do(tx, by, t); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n < chunk {
			return err
		}
	}
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

// remove deletes a pipeline (PIPE-3).
func (r *routes) remove(ctx context.Context, by people.Actor, in *removeInput) (*wire.Nothing, error) {
	empty, err := r.emptier(ctx, in)
	if err != nil {
		return nil, err
	}
	remove := func() error {
		return r.db.Write(ctx, func(tx *db.Tx) error { return r.pipelines.Delete(tx, by, in.ID) })
	}
	for range triesMost {
		err := remove()
		if e := errs.As(err); e == nil || e.Code != "PIPELINE_IN_USE" || empty == nil {
			return nil, err
		}
		where := []filter.Filter{{PropertyName: ticket.Pipeline, Operator: "EQ", Value: in.ID}}
		if err := r.drain(ctx, by, where, empty); err != nil {
			return nil, err
		}
	}
	return nil, remove()
}

// emptier is what is done to each ticket of the pipeline; nil for nothing.
func (r *routes) emptier(ctx context.Context, in *removeInput) (do func(*db.Tx, people.Actor, record.Record) error, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err := r.pipelines.All(tx, ticket.Object)
		if err == nil && len(all) == 1 && all[0].ID == in.ID {
			return errs.New(errs.Invalid, "The last pipeline cannot be deleted.", nil).WithCode("LAST_PIPELINE")
		}
		if err != nil || in.Body.Move == nil {
			return err
		}
		return in.checkMove(all)
	})
	switch {
	case err != nil:
		return nil, err
	case in.Body.DeleteTickets:
		return func(tx *db.Tx, by people.Actor, t record.Record) error {
			return r.records.Archive(tx, by, ticket.Object, t.ID)
		}, nil
	case in.Body.Move == nil:
		return nil, nil
	}
	move := in.Body.Move
	return func(tx *db.Tx, by people.Actor, t record.Record) error {
		to := move.Stages[t.Properties[ticket.Stage]]
		if to == "" {
			return errs.Bad("move.stages", "REQUIRED", "Say where the tickets of each status go.").WithDetail("stageIds", t.Properties[ticket.Stage])
		}
		_, err := r.records.Update(tx, by, ticket.Object, t.ID, map[string]string{ticket.Pipeline: move.PipelineID, ticket.Stage: to}, "pipeline deleted")
		return err
	}, nil
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
