// Package webhooks is the account's webhooks for those who manage them: what they are told of, how they do, and their log. It
// holds no rule of its own.
package webhooks

import (
	"context"
	"net/http"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/oauth"
	"github.com/deskbell/deskbell/webhook"
)

type routes struct {
	db    *db.DB
	hooks *webhook.Service
	apps  *oauth.Service
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, hooks *webhook.Service, apps *oauth.Service) {
	r := &routes{d, hooks, apps}
	row := func(method, path, summary string, status int) gate.Route {
		return gate.Route{Method: method, Path: "/helpdesk/v1/webhooks" + path, Needs: people.ManageTokens, Tag: "Webhooks", Summary: summary, Status: status}
	}
	secret := func(path, summary string, status int) gate.Route {
		out := row(http.MethodPost, path, summary, status)
		out.Forget = true
		return out
	}
	gate.Add(g, row(http.MethodGet, "", "All webhooks, those of apps among them, newest first, with how they do", 0), r.list)
	gate.Add(g, secret("", "Make a webhook; its secret is shown this once", http.StatusCreated), r.add)
	gate.Add(g, row(http.MethodGet, "/event-types", "All that a webhook can be told of", 0), r.eventTypes)
	gate.Add(g, row(http.MethodGet, "/{id}", "A webhook", 0), r.read)
	gate.Add(g, row(http.MethodPut, "/{id}", "Change a webhook; one of an app only the app changes", 0), r.change)
	gate.Add(g, row(http.MethodDelete, "/{id}", "Delete a webhook, with what waits for it and its log", 0), r.remove)
	gate.Add(g, secret("/{id}/secret", "Give a webhook a new secret, shown this once; what is sent from now on is signed with it", 0), r.rotate)
	gate.Add(g, row(http.MethodPost, "/{id}/pause", "Stop telling a webhook; what happens meanwhile waits for three days", 0), r.pause)
	gate.Add(g, row(http.MethodPost, "/{id}/resume", "Let a webhook go on, first with what has waited", 0), r.resume)
	gate.Add(g, secret("/{id}/test", "Send a webhook a sample, and tell what it answered", 0), r.test)
	r.logRoutes(g, row)
}

// Webhook is where somebody is told of what happens.
type Webhook struct {
	ID           wire.ID       `json:"id"`
	AppID        *wire.ID      `json:"appId" nullable:"true" doc:"The app it is of, OAuth or private; null for one that an admin made."`
	Name         string        `json:"name"`
	URL          string        `json:"url" doc:"Empty for an app that has said no address."`
	Concurrency  int           `json:"concurrency" doc:"Most requests at once."`
	Events       []Event       `json:"events"`
	State        webhook.State `json:"state" enum:"active,paused"`
	PausedWhy    string        `json:"pausedWhy" doc:"Why it was paused by itself; empty for by hand."`
	FailingSince *time.Time    `json:"failingSince" doc:"Nothing was taken since; null when all is well."`
	Waiting      int64         `json:"waiting" doc:"Events that are in no request yet, counted up to 1,000."`
	LastDelivery *Delivery     `json:"lastDelivery,omitempty" doc:"The newest request; missing for none in 30 days."`
	CreatedAt    time.Time     `json:"createdAt"`
	UpdatedAt    time.Time     `json:"updatedAt"`
}

// Event is one sort of event.
type Event struct {
	EventType    string `json:"eventType" maxLength:"100" doc:"One of /webhooks/event-types, such as ticket.creation."`
	ObjectTypeID string `json:"objectTypeId" required:"false" maxLength:"100" doc:"Of object.* alone: 2-7."`
	PropertyName string `json:"propertyName" required:"false" maxLength:"200" doc:"Of *.propertyChange alone; empty for any."`
}

// show is an endpoint with all that is told of it.
func (r *routes) show(tx *db.Tx, by people.Actor, e webhook.Endpoint) (Webhook, error) {
	out := Webhook{ID: wire.ID(e.ID), AppID: wire.Ref(e.App), Name: e.Name, URL: e.URL, Concurrency: e.Concurrency, Events: []Event{}, State: e.State,
		PausedWhy: e.PausedWhy, FailingSince: wire.Time(e.FailingSince), CreatedAt: e.Created, UpdatedAt: e.Updated}
	if e.App != 0 {
		name, err := r.apps.Name(tx, e.App)
		if err != nil {
			return out, err
		}
		out.Name = name
	}
	list, err := r.hooks.Subscriptions(tx, by, e.ID)
	if err != nil {
		return out, err
	}
	for _, w := range list {
		if w.Active {
			out.Events = append(out.Events, Event{w.EventType, w.ObjectTypeID, w.Property})
		}
	}
	newest, err := r.hooks.Log(tx, by, e.ID, 0, false, 1)
	if err != nil {
		return out, err
	}
	for _, d := range newest {
		shown := showDelivery(d)
		out.LastDelivery = &shown
	}
	out.Waiting, err = r.hooks.Waits(tx, e.ID)
	return out, err
}

func (r *routes) list(ctx context.Context, by people.Actor, _ *wire.Nothing) (*wire.Answer[wire.List[Webhook]], error) {
	var out []Webhook
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		all, err := r.hooks.List(tx, by)
		for _, e := range all {
			shown, err := r.show(tx, by, e)
			if err != nil {
				return err
			}
			out = append(out, shown)
		}
		return err
	})
	return wire.Listed(out), err
}

func (r *routes) eventTypes(context.Context, people.Actor, *wire.Nothing) (*wire.Answer[wire.List[string]], error) {
	return wire.Listed(webhook.EventTypes()), nil
}

// one answers with an endpoint as a command leaves it.
func (r *routes) one(ctx context.Context, by people.Actor, in func(context.Context, func(*db.Tx) error) error, do func(tx *db.Tx) (webhook.Endpoint, error)) (*wire.Answer[Webhook], error) {
	var out Webhook
	err := in(ctx, func(tx *db.Tx) error {
		e, err := do(tx)
		if err == nil {
			out, err = r.show(tx, by, e)
		}
		return err
	})
	return wire.Of(out), err
}

func (r *routes) read(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[Webhook], error) {
	return r.one(ctx, by, r.db.Read, func(tx *db.Tx) (webhook.Endpoint, error) { return r.hooks.Get(tx, by, in.ID) })
}

func (r *routes) pause(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[Webhook], error) {
	return r.one(ctx, by, r.db.Write, func(tx *db.Tx) (webhook.Endpoint, error) { return r.hooks.Pause(tx, by, in.ID) })
}

func (r *routes) resume(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[Webhook], error) {
	return r.one(ctx, by, r.db.Write, func(tx *db.Tx) (webhook.Endpoint, error) { return r.hooks.Resume(tx, by, in.ID) })
}

type webhookBody struct {
	Name        string  `json:"name" maxLength:"200"`
	URL         string  `json:"url" maxLength:"2000" doc:"https:// or http://, at a public address."`
	Concurrency int     `json:"concurrency" required:"false" minimum:"0" maximum:"100" doc:"Most requests at once; 0 for 5."`
	Events      []Event `json:"events" maxItems:"1000"`
}

func (b webhookBody) endpoint(id int64) webhook.Endpoint {
	return webhook.Endpoint{ID: id, Name: b.Name, URL: b.URL, Concurrency: b.Concurrency}
}

func (b webhookBody) wanted() (out []webhook.Subscription) {
	for _, e := range b.Events {
		out = append(out, webhook.Subscription{EventType: e.EventType, ObjectTypeID: e.ObjectTypeID, Property: e.PropertyName})
	}
	return out
}

type addInput struct {
	Body struct {
		Name        string  `json:"name" maxLength:"200"`
		URL         string  `json:"url" maxLength:"2000" doc:"https:// or http://, at a public address."`
		Concurrency int     `json:"concurrency" required:"false" minimum:"0" maximum:"100" doc:"Most requests at once; 0 for 5."`
		Events      []Event `json:"events" maxItems:"1000"`
		Secret      string  `json:"secret" required:"false" maxLength:"200" doc:"What requests are signed with, of at least 16 letters; one is made if it is left out."`
	}
}

// FreshWebhook is a webhook that was made just now.
type FreshWebhook struct {
	Webhook Webhook `json:"webhook"`
	Secret  string  `json:"secret" doc:"It cannot be shown again."`
}

func (r *routes) add(ctx context.Context, by people.Actor, in *addInput) (*wire.Answer[FreshWebhook], error) {
	b := webhookBody{in.Body.Name, in.Body.URL, in.Body.Concurrency, in.Body.Events}
	var out FreshWebhook
	err := r.db.Write(ctx, func(tx *db.Tx) error {
		e, secret, err := r.hooks.Add(tx, by, b.endpoint(0), b.wanted(), in.Body.Secret)
		if err != nil {
			return err
		}
		out.Secret = secret
		out.Webhook, err = r.show(tx, by, e)
		return err
	})
	return wire.Of(out), err
}

type changeInput struct {
	wire.One
	Body webhookBody
}

func (r *routes) change(ctx context.Context, by people.Actor, in *changeInput) (*wire.Answer[Webhook], error) {
	return r.one(ctx, by, r.db.Write, func(tx *db.Tx) (webhook.Endpoint, error) {
		return r.hooks.Change(tx, by, in.Body.endpoint(in.ID), in.Body.wanted())
	})
}

func (r *routes) remove(ctx context.Context, by people.Actor, in *wire.One) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.hooks.Remove(tx, by, in.ID) })
}

// Secret is a secret that was made just now.
type Secret struct {
	Secret string `json:"secret" doc:"It cannot be shown again."`
}

func (r *routes) rotate(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[Secret], error) {
	var out Secret
	err := r.db.Write(ctx, func(tx *db.Tx) (err error) {
		out.Secret, err = r.hooks.RotateSecret(tx, by, in.ID)
		return err
	})
	return wire.Of(out), err
}

func (r *routes) test(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[Delivery], error) {
	d, err := r.hooks.Test(ctx, by, in.ID)
	return wire.Of(showDelivery(d)), err
}
