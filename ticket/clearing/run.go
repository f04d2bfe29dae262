package clearing

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

const (
	kind    = "pipeline.clear"
	part    = 200 // tickets of one transaction: others write between two
	parts   = 20  // of one job; the next goes on
	timeout = 2 * time.Minute
)

type args struct {
	Pipeline string `json:"pipeline"`
}

func jobOf(pipelineID string) job.Spec {
	return job.Spec{Kind: kind, Key: pipelineID, Args: args{pipelineID}}
}

// Handler is the job that carries out plans. One that gives up leaves its reason with the clearing.
func (s *Service) Handler() job.Handler {
	return job.Handler{Kind: kind, Timeout: timeout, Run: s.run, Dead: func(tx *db.Tx, run job.Run, cause error) error {
		var a args
		if err := json.Unmarshal(run.Args, &a); err != nil {
			return err
		}
		text := "The program failed."
		if e := errs.As(cause); e != nil && e.Kind != errs.Internal {
			text = e.Message
		}
		return problem(tx, a.Pipeline, text)
	}}
}

// run moves part after part. Whoever starts or stops the clearing meanwhile is seen by the next part.
func (s *Service) run(ctx context.Context, run job.Run) error {
	var a args
	if err := json.Unmarshal(run.Args, &a); err != nil {
		return job.Permanent(err)
	}
	for i := range parts {
		over := false
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			if over, err = s.step(tx, a.Pipeline); err != nil || over || i < parts-1 {
				return err
			}
			return job.Ensure(tx, jobOf(a.Pipeline))
		})
		if e := errs.As(err); e != nil && stays(e) {
			return s.db.Write(ctx, func(tx *db.Tx) error { return problem(tx, a.Pipeline, e.Message) })
		}
		if err != nil || over {
			return err
		}
	}
	return nil
}

// stays reports whether trying again is no use. What came in while the last tickets went is moved the next time.
func stays(e *errs.Error) bool {
	switch e.Code {
	case "PIPELINE_IN_USE", "STAGE_IN_USE":
		return false
	}
	return e.Kind != errs.Internal && e.Kind != errs.Unavailable
}

func problem(tx *db.Tx, pipelineID, text string) error {
	n, err := tx.Exec("UPDATE clearings SET problem = $2 WHERE pipeline_id = $1", pipelineID, text)
	if err == nil && n > 0 {
		told(tx, people.System, pipelineID)
	}
	return err
}

// step does one part; over is true when nothing is left to do.
func (s *Service) step(tx *db.Tx, pipelineID string) (over bool, err error) {
	var p Plan
	by := people.Actor{SuperAdmin: true}
	_, ok, err := db.One(tx, func(sc db.Scanner) (problem string, err error) {
		var plan, actor string
		if err = sc.Scan(&plan, &actor, &by.ID); err != nil {
			return "", err
		}
		by.Kind = event.ActorKind(actor)
		return "", json.Unmarshal([]byte(plan), &p)
	}, "SELECT plan, actor_kind, actor_id FROM clearings WHERE pipeline_id = $1 AND problem = ''"+tx.ForUpdate(), pipelineID)
	if err != nil || !ok {
		return true, err
	}
	n, err := s.move(tx, by, p)
	if err != nil {
		return false, err
	}
	if n == part {
		_, err := tx.Exec("UPDATE clearings SET done = done + $2 WHERE pipeline_id = $1", pipelineID, n)
		return false, err
	}
	if _, err := tx.Exec("DELETE FROM clearings WHERE pipeline_id = $1", pipelineID); err != nil {
		return false, err
	}
	return true, s.finish(tx, by, p)
}

// move takes one part of the tickets away, of one status after another. Whoever manages pipelines moves tickets that they might not
// edit.
func (s *Service) move(tx *db.Tx, by people.Actor, p Plan) (n int, err error) {
	by.SuperAdmin = true
	stages, err := s.leaves(tx, p)
	for _, stage := range stages {
		if err != nil || n == part {
			break
		}
		var moved int
		moved, err = s.moveFrom(tx, by, p, stage, part-n)
		n += moved
	}
	return n, err
}

// leaves are the statuses that the plan takes tickets from.
func (s *Service) leaves(tx *db.Tx, p Plan) (stages []string, err error) {
	if !p.Trash {
		return slices.Sorted(maps.Keys(p.Moves)), nil
	}
	from, err := s.pipelines.Find(tx, ticket.Object, p.Pipeline)
	for _, st := range from.Stages {
		stages = append(stages, st.ID)
	}
	return stages, err
}

// moveFrom asks for tickets in the order of the index of statuses, so that a part costs the same however many are left.
func (s *Service) moveFrom(tx *db.Tx, by people.Actor, p Plan, stage string, most int) (int, error) {
	where := []filter.Filter{{PropertyName: ticket.Pipeline, Operator: "EQ", Value: p.Pipeline}, {PropertyName: ticket.Stage, Operator: "EQ", Value: stage}}
	page, err := s.records.Search(tx, by, record.Query{ObjectType: ticket.Object, Groups: []filter.Group{{Filters: where}}, Limit: most,
		Sorts: []record.Sort{{Property: ticket.ActiveAt, Desc: true}}})
	if err != nil {
		return 0, err
	}
	to := p.Moves[stage]
	for _, t := range page.Records {
		if p.Trash {
			err = s.records.Archive(tx, by, ticket.Object, t.ID)
		} else {
			_, err = s.records.Update(tx, by, ticket.Object, t.ID, map[string]string{ticket.Pipeline: to.Pipeline, ticket.Stage: to.Stage}, p.reason())
		}
		if err != nil {
			return 0, err
		}
	}
	return len(page.Records), nil
}

func (p Plan) reason() string {
	if len(p.Stages) == 0 {
		return "pipeline deleted"
	}
	return "status deleted"
}

// finish takes away what is empty now.
func (s *Service) finish(tx *db.Tx, by people.Actor, p Plan) error {
	if len(p.Stages) == 0 {
		return s.pipelines.Delete(tx, by, p.Pipeline)
	}
	_, err := s.pipelines.SetStages(tx, by, p.Pipeline, p.Stages)
	return err
}
