// Package pipelines is ticket pipelines with their statuses and status automation, for those who manage them. It knows
// nothing of one ticket.
package pipelines

import (
	"context"
	"net/http"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
	"github.com/deskbell/deskbell/ticket/clearing"
	"github.com/deskbell/deskbell/workflow"
)

// TicketsByStage counts the tickets of each stage.
type TicketsByStage func(tx *db.Tx) (map[string]int64, error)

type routes struct {
	db        *db.DB
	pipelines *pipeline.Store
	status    *workflow.Status
	clearing  *clearing.Service
	counts    TicketsByStage
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, pipelines *pipeline.Store, status *workflow.Status, clearing *clearing.Service, counts TicketsByStage) {
	r := &routes{d, pipelines, status, clearing, counts}
	const tag = "Pipelines"
	manage := func(method, path, summary string, status int) gate.Route {
		return gate.Route{Method: method, Path: "/helpdesk/v1/pipelines" + path, Needs: people.ManagePipelines, Tag: tag, Summary: summary, Status: status}
	}
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/pipelines", Needs: people.Signed, Tag: tag,
		Summary: "All ticket pipelines in their order, with statuses and automation"}, r.list)
	gate.Add(g, manage(http.MethodPost, "", "Make a pipeline with the four default statuses", http.StatusCreated), r.add)
	gate.Add(g, manage(http.MethodPut, "/order", "Put the pipelines into an order", 0), r.reorder)
	gate.Add(g, manage(http.MethodPatch, "/{id}", "Rename a pipeline, or change its status automation", 0), r.change)
	gate.Add(g, manage(http.MethodPost, "/{id}/duplicate", "Make a pipeline with the statuses of another", http.StatusCreated), r.duplicate)
	gate.Add(g, manage(http.MethodPost, "/{id}/delete", "Delete a pipeline, moving or deleting its tickets first: more than 200 by a job, of which the pipeline's clearing tells", 0), r.remove)
	gate.Add(g, manage(http.MethodDelete, "/{id}/clearing", "Stop moving or deleting the tickets of a pipeline or status that is to go", 0), r.stop)
	gate.Add(g, manage(http.MethodPut, "/{id}/stages", "Replace the statuses, moving tickets out of those that go: more than 200 by a job, of which the pipeline's clearing tells", 0), r.setStages)
}

// Pipeline is an ordered list of statuses.
type Pipeline struct {
	ID           string     `json:"id"`
	Label        string     `json:"label"`
	DisplayOrder int        `json:"displayOrder"`
	TicketCount  int64      `json:"ticketCount"`
	Stages       []Stage    `json:"stages" doc:"In their order."`
	Automation   Automation `json:"automation"`
	Clearing     *Clearing  `json:"clearing,omitempty" doc:"There while a job takes tickets out of it, or out of a status, so that it can go."`
}

// Clearing is how far a job has taken tickets away.
type Clearing struct {
	Done    int64  `json:"done"`
	Total   int64  `json:"total" doc:"As it was in the beginning."`
	Problem string `json:"problem,omitempty" doc:"Why it stopped; ask again to go on."`
}

// Stage is a status.
type Stage struct {
	ID           string `json:"id" doc:"Never changes."`
	Label        string `json:"label"`
	DisplayOrder int    `json:"displayOrder"`
	State        string `json:"state" enum:"OPEN,CLOSED" doc:"Whether tickets in it are open or closed."`
	TicketCount  int64  `json:"ticketCount"`
}

// Automation is what changes statuses by itself.
type Automation struct {
	EmailSent       Trigger `json:"emailSent" doc:"When a user sends an e-mail to a customer."`
	CustomerReplies Trigger `json:"customerReplies" doc:"When a customer replies."`
}

// Trigger sets a status.
type Trigger struct {
	On      bool   `json:"on"`
	StageID string `json:"stageId" required:"false" doc:"The status that it sets; may be empty while it is off."`
}

const (
	stateOpen   = "OPEN"
	stateClosed = "CLOSED"
)

func of(p pipeline.Pipeline, a workflow.Automation, counts map[string]int64) Pipeline {
	out := Pipeline{ID: p.ID, Label: p.Label, DisplayOrder: p.Order, Stages: []Stage{},
		Automation: Automation{trigger(a.Sent), trigger(a.Reply)}}
	for _, s := range p.Stages {
		state := stateOpen
		if s.Closed {
			state = stateClosed
		}
		out.Stages = append(out.Stages, Stage{s.ID, s.Label, s.Order, state, counts[s.ID]})
		out.TicketCount += counts[s.ID]
	}
	return out
}

func trigger(t workflow.Trigger) Trigger { return Trigger{t.On, t.Stage} }

// one reads a pipeline as the transaction left it.
func (r *routes) one(tx *db.Tx, id string) (*wire.Answer[Pipeline], error) {
	p, err := r.pipelines.Find(tx, ticket.Object, id)
	if err != nil {
		return nil, err
	}
	a, err := r.status.Of(tx, p)
	if err != nil {
		return nil, err
	}
	counts, err := r.counts(tx)
	if err != nil {
		return nil, err
	}
	clearings, err := r.clearing.Of(tx)
	out := of(p, a, counts)
	out.Clearing = clearingOf(clearings, p.ID)
	return wire.Of(out), err
}

func clearingOf(all map[string]clearing.Clearing, id string) *Clearing {
	c, ok := all[id]
	if !ok {
		return nil
	}
	return &Clearing{c.Done, c.Total, c.Problem}
}

func (r *routes) all(tx *db.Tx) (*wire.Answer[wire.List[Pipeline]], error) {
	all, err := r.pipelines.All(tx, ticket.Object)
	if err != nil {
		return nil, err
	}
	counts, err := r.counts(tx)
	if err != nil {
		return nil, err
	}
	clearings, err := r.clearing.Of(tx)
	if err != nil {
		return nil, err
	}
	var out []Pipeline
	for _, p := range all {
		a, err := r.status.Of(tx, p)
		if err != nil {
			return nil, err
		}
		one := of(p, a, counts)
		one.Clearing = clearingOf(clearings, p.ID)
		out = append(out, one)
	}
	return wire.Listed(out), nil
}

func (r *routes) list(ctx context.Context, _ people.Actor, _ *wire.Nothing) (out *wire.Answer[wire.List[Pipeline]], err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		out, err = r.all(tx)
		return err
	})
	return out, err
}

// save runs a change and answers with the pipeline that it names.
func (r *routes) save(ctx context.Context, change func(tx *db.Tx) (id string, err error)) (out *wire.Answer[Pipeline], err error) {
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		id, err := change(tx)
		if err != nil {
			return err
		}
		out, err = r.one(tx, id)
		return err
	})
	return out, err
}

type labelBody struct {
	Label string `json:"label" maxLength:"200" doc:"No two pipelines share one."`
}

type newInput struct{ Body labelBody }

func (r *routes) add(ctx context.Context, by people.Actor, in *newInput) (*wire.Answer[Pipeline], error) {
	return r.save(ctx, func(tx *db.Tx) (string, error) {
		p, err := r.pipelines.Create(tx, by, ticket.Object, in.Body.Label, nil)
		return p.ID, err
	})
}

// Named is the input that names a pipeline.
type Named struct {
	ID string `path:"id" maxLength:"100" doc:"The pipeline's id."`
}

type duplicateInput struct {
	Named
	Body labelBody
}

func (r *routes) duplicate(ctx context.Context, by people.Actor, in *duplicateInput) (*wire.Answer[Pipeline], error) {
	return r.save(ctx, func(tx *db.Tx) (string, error) {
		p, err := r.pipelines.Duplicate(tx, by, in.ID, in.Body.Label)
		return p.ID, err
	})
}

type orderInput struct {
	Body struct {
		IDs []string `json:"ids" maxItems:"100" doc:"Every pipeline once."`
	}
}

func (r *routes) reorder(ctx context.Context, by people.Actor, in *orderInput) (out *wire.Answer[wire.List[Pipeline]], err error) {
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		if err := r.pipelines.Reorder(tx, by, ticket.Object, in.Body.IDs); err != nil {
			return err
		}
		out, err = r.all(tx)
		return err
	})
	return out, err
}

type changeInput struct {
	Named
	Body struct {
		Label      *string `json:"label,omitempty" maxLength:"200"`
		Automation *struct {
			EmailSent       *Trigger `json:"emailSent,omitempty"`
			CustomerReplies *Trigger `json:"customerReplies,omitempty"`
		} `json:"automation,omitempty"`
	}
}

func (r *routes) change(ctx context.Context, by people.Actor, in *changeInput) (*wire.Answer[Pipeline], error) {
	return r.save(ctx, func(tx *db.Tx) (string, error) {
		if in.Body.Label != nil {
			if _, err := r.pipelines.Rename(tx, by, in.ID, *in.Body.Label); err != nil {
				return "", err
			}
		}
		if in.Body.Automation == nil {
			return in.ID, nil
		}
		p, err := r.pipelines.Find(tx, ticket.Object, in.ID)
		if err != nil {
			return "", err
		}
		a, err := r.status.Of(tx, p)
		if err != nil {
			return "", err
		}
		if t := in.Body.Automation.EmailSent; t != nil {
			a.Sent = workflow.Trigger{On: t.On, Stage: t.StageID}
		}
		if t := in.Body.Automation.CustomerReplies; t != nil {
			a.Reply = workflow.Trigger{On: t.On, Stage: t.StageID}
		}
		return in.ID, r.status.Set(tx, by, in.ID, a)
	})
}
