package webhooks

import (
	"context"
	"net/http"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/webhook"
)

func (r *routes) logRoutes(g *gate.Gate, row func(method, path, summary string, status int) gate.Route) {
	gate.Add(g, row(http.MethodGet, "/{id}/deliveries", "The requests to a webhook of the last 30 days, newest first", 0), r.log)
	gate.Add(g, row(http.MethodGet, "/{id}/deliveries/{delivery}", "A request, with what was sent", 0), r.logged)
	gate.Add(g, row(http.MethodPost, "/{id}/replay", "Send requests again: some, all that failed, or those of a time", http.StatusAccepted), r.replay)
}

// Delivery is one request to a webhook, with how the latest attempt went.
type Delivery struct {
	ID          wire.ID         `json:"id" doc:"The webhook sees it as X-Deskbell-Delivery."`
	State       webhook.Outcome `json:"state" enum:"waiting,delivered,failed,replayed"`
	Events      int             `json:"events" doc:"How many are in it."`
	Types       string          `json:"types" doc:"What they are, for people."`
	Attempts    int             `json:"attempts"`
	CreatedAt   time.Time       `json:"createdAt"`
	AttemptedAt *time.Time      `json:"attemptedAt"`
	Status      int             `json:"status" doc:"What the webhook answered; 0 for nothing."`
	Error       string          `json:"error" doc:"Why there was no answer, in plain words."`
	Answer      string          `json:"answer" doc:"How the answer began."`
	TookMillis  float64         `json:"tookMillis"`
}

func showDelivery(d webhook.Delivery) Delivery {
	return Delivery{wire.ID(d.ID), d.State, d.Events, d.Types, d.Attempts, d.Created, wire.Time(d.Attempted), d.Status, d.Error, d.Answer,
		float64(d.Took.Microseconds()) / 1000}
}

const pageSize = 50

type logInput struct {
	wire.One
	After  string `query:"after" maxLength:"30" doc:"paging.next.after of the page before."`
	Failed bool   `query:"failed" doc:"Only those that were given up."`
}

func (r *routes) log(ctx context.Context, by people.Actor, in *logInput) (*wire.Answer[wire.Page[Delivery]], error) {
	before, err := wire.Place(in.After)
	if err != nil {
		return nil, err
	}
	var out wire.Page[Delivery]
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		if _, err := r.hooks.Get(tx, by, in.ID); err != nil {
			return err
		}
		list, err := r.hooks.Log(tx, by, in.ID, before, in.Failed, pageSize)
		var page []Delivery
		for _, d := range list {
			page = append(page, showDelivery(d))
		}
		next := ""
		if len(list) == pageSize {
			next = id.Format(list[pageSize-1].ID)
		}
		out = wire.Paged(page, next)
		return err
	})
	return wire.Of(out), err
}

// Sent is a request with what was sent.
type Sent struct {
	Delivery
	Body string `json:"body" doc:"What was sent last, or is to be sent: JSON."`
}

type loggedInput struct {
	wire.One
	Delivery int64 `path:"delivery" minimum:"1" doc:"Id of the request."`
}

func (r *routes) logged(ctx context.Context, by people.Actor, in *loggedInput) (*wire.Answer[Sent], error) {
	var out Sent
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		d, err := r.hooks.Logged(tx, by, in.ID, in.Delivery)
		if err == nil {
			out = Sent{showDelivery(d), string(d.Body())}
		}
		return err
	})
	return wire.Of(out), err
}

type replayInput struct {
	wire.One
	Body struct {
		IDs    []wire.ID  `json:"ids" required:"false" maxItems:"100" doc:"These requests, whatever became of them."`
		Failed bool       `json:"failed" required:"false" doc:"All that were given up."`
		From   *time.Time `json:"from" required:"false" doc:"Requests made since; with failed, of those given up alone."`
		To     *time.Time `json:"to" required:"false" doc:"Requests made before."`
	}
}

func (r *routes) replay(ctx context.Context, by people.Actor, in *replayInput) (*wire.Nothing, error) {
	what := webhook.Replay{IDs: wire.Ints(in.Body.IDs), Failed: in.Body.Failed}
	if in.Body.From != nil {
		what.From = *in.Body.From
	}
	if in.Body.To != nil {
		what.To = *in.Body.To
	}
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.hooks.Replay(tx, by, in.ID, what) })
}
