// Package clearing empties a ticket pipeline, or statuses of one, so that they can go: in parts, with progress, by a job that may
// be killed anywhere (PIPE-3, STAT-3). It must not know who asks for it, nor how.
package clearing

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// Place is a status of a pipeline.
type Place struct {
	Pipeline string `json:"pipeline"`
	Stage    string `json:"stage"`
}

// Plan is what becomes of a pipeline and its tickets.
type Plan struct {
	Pipeline string           `json:"pipeline"`
	Moves    map[string]Place `json:"moves,omitempty"`  // by status, where its tickets go; statuses that are not here keep theirs
	Trash    bool             `json:"trash,omitempty"`  // all its tickets go to the trash instead
	Stages   []pipeline.Stage `json:"stages,omitempty"` // what it has in the end; none when it goes altogether
}

// Clearing is one that goes on, or that met a problem.
type Clearing struct {
	Done, Total int64  // tickets; the total is as it was in the beginning
	Problem     string // why it stopped, in words for people; "" while it goes on
	StartedAt   time.Time
}

// Service clears pipelines.
type Service struct {
	db        *db.DB
	records   *record.Store
	pipelines *pipeline.Store
	tickets   *ticket.Service
}

// New returns the service. Its Handler must run for what takes long.
func New(d *db.DB, records *record.Store, pipelines *pipeline.Store, tickets *ticket.Service) *Service {
	return &Service{d, records, pipelines, tickets}
}

const insertClearing = `INSERT INTO clearings (pipeline_id, plan, actor_kind, actor_id, done, total, problem, started_at)
VALUES ($1, $2, $3, $4, 0, $5, '', $6) ON CONFLICT (pipeline_id) DO UPDATE SET plan = excluded.plan, actor_kind = excluded.actor_kind,
actor_id = excluded.actor_id, done = 0, total = excluded.total, problem = '', started_at = excluded.started_at`

// Start carries out a plan. What few tickets stand in the way of goes at once; else a job does it, and Of tells how far it is.
// A new plan takes the place of one that goes on. The pipeline's own refusals are its errors: Conflict PIPELINE_IN_USE or
// STAGE_IN_USE where the plan does not say what becomes of tickets.
func (s *Service) Start(tx *db.Tx, by people.Actor, p Plan) error {
	if !by.May(people.ManagePipelines) {
		return errs.New(errs.Denied, "You may not change pipelines. Ask an admin for the permission.", nil)
	}
	if err := s.check(tx, p); err != nil {
		return err
	}
	total, left, err := s.inTheWay(tx, p)
	switch {
	case err != nil:
		return err
	case left > 0:
		return s.finish(tx, by, p) // which refuses
	case total <= part:
		if _, err := s.move(tx, by, p); err != nil {
			return err
		}
		return s.finish(tx, by, p)
	}
	plan, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(insertClearing, p.Pipeline, string(plan), string(by.Kind), by.ID, total, tx.Micros()); err != nil {
		return err
	}
	told(tx, by, p.Pipeline)
	return job.Ensure(tx, jobOf(p.Pipeline))
}

// check refuses a plan that leads nowhere.
func (s *Service) check(tx *db.Tx, p Plan) error {
	all, err := s.pipelines.All(tx, ticket.Object)
	if err != nil {
		return err
	}
	if len(p.Stages) == 0 && len(all) == 1 && all[0].ID == p.Pipeline {
		return errs.New(errs.Invalid, "The last pipeline cannot be deleted.", nil).WithCode("LAST_PIPELINE")
	}
	for from, to := range p.Moves {
		if to == (Place{p.Pipeline, from}) || len(p.Stages) == 0 && to.Pipeline == p.Pipeline {
			return errs.Bad("moves", "INVALID_OPTION", "The tickets of what is deleted must go somewhere else.")
		}
		if len(p.Stages) > 0 && to.Pipeline == p.Pipeline && !p.keeps(to.Stage) || !holds(all, to) {
			return errs.Bad("moves", "INVALID_OPTION", "The tickets can only go to statuses of the pipeline they move to.")
		}
	}
	return nil
}

func holds(all []pipeline.Pipeline, to Place) bool {
	for _, p := range all {
		if p.ID == to.Pipeline {
			_, ok := p.Stage(to.Stage)
			return ok
		}
	}
	return false
}

// inTheWay counts the tickets that the plan takes away, and those that must go and that it does not speak of.
func (s *Service) inTheWay(tx *db.Tx, p Plan) (total, left int64, err error) {
	counts, err := s.tickets.ByStage(tx)
	if err != nil {
		return 0, 0, err
	}
	from, err := s.pipelines.Find(tx, ticket.Object, p.Pipeline)
	if err != nil {
		return 0, 0, err
	}
	for _, st := range from.Stages {
		_, moves := p.Moves[st.ID]
		switch {
		case moves || p.Trash:
			total += counts[st.ID]
		case !p.keeps(st.ID):
			left += counts[st.ID]
		}
	}
	return total, left, nil
}

// keeps reports whether a status is there in the end.
func (p Plan) keeps(stage string) bool {
	return slices.ContainsFunc(p.Stages, func(s pipeline.Stage) bool { return s.ID == stage })
}

// Of returns what goes on, by pipeline.
func (s *Service) Of(tx *db.Tx) (map[string]Clearing, error) {
	out := map[string]Clearing{}
	_, err := db.List(tx, func(sc db.Scanner) (id string, err error) {
		var c Clearing
		var started int64
		err = sc.Scan(&id, &c.Done, &c.Total, &c.Problem, &started)
		c.StartedAt = clock.FromMicros(started)
		out[id] = c
		return id, err
	}, "SELECT pipeline_id, done, total, problem, started_at FROM clearings")
	return out, err
}

// Stop ends a clearing: what was moved stays where it is now. One that is not there is no error.
func (s *Service) Stop(tx *db.Tx, by people.Actor, pipelineID string) error {
	if !by.May(people.ManagePipelines) {
		return errs.New(errs.Denied, "You may not change pipelines. Ask an admin for the permission.", nil)
	}
	n, err := tx.Exec("DELETE FROM clearings WHERE pipeline_id = $1", pipelineID)
	if err == nil && n > 0 {
		told(tx, by, pipelineID)
	}
	return err
}

// told makes pages that show the pipeline read it again.
func told(tx *db.Tx, by people.Actor, pipelineID string) {
	event.Emit(tx, event.Event{Type: "pipeline.changed", ObjectType: "pipelines", Actor: by.As(), Data: pipeline.Changed{ID: pipelineID}})
}
