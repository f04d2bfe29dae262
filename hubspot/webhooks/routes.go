// Package webhooks is HubSpot's API by which an app says where it is told of what, in HubSpot's wire format. It holds no rule of its
// own.
package webhooks

import (
	"net/http"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/webhook"
)

// API answers the webhook routes.
type API struct {
	db    *db.DB
	hooks *webhook.Service
}

// Routes adds the routes. Whoever does not come as the app itself, or as an admin, finds no app.
func Routes(g *gate.Gate, d *db.DB, hooks *webhook.Service) {
	a := &API{d, hooks}
	f := wire.At(g, "/webhooks/v3/{appId}", "/app-webhooks/{version}/{appId}").Of("Webhooks").For(gate.AnyApp, gate.AnyApp)
	f.Row.DeveloperKey = true
	f.Add("GET /settings", "Where an app is told", a.settings, gate.Gives[settings](http.StatusOK))
	f.Add("PUT /settings", "Say where an app is told", a.setSettings, gate.Takes[settingsInput](), gate.Gives[settings](http.StatusOK))
	f.Add("DELETE /settings", "Tell an app no more", a.clearSettings, gate.GivesNothing)
	f.Add("GET /subscriptions", "What an app is told of", a.list, gate.Gives[wire.Page[subscription]](http.StatusOK))
	f.Add("POST /subscriptions", "Subscribe an app", a.create, gate.Takes[newSubscription](), gate.Gives[subscription](http.StatusCreated))
	f.Add("POST /subscriptions/batch/update", "Switch subscriptions of an app on or off", a.batch, gate.Takes[wire.Many[batchInput]](),
		wire.GivesBatch[subscription](http.StatusOK))
	f.Add("GET /subscriptions/{subscriptionId}", "A subscription of an app", a.read, gate.Gives[subscription](http.StatusOK))
	f.Add("PATCH /subscriptions/{subscriptionId}", "Switch a subscription of an app on or off", a.update, gate.Takes[subscriptionChange](),
		gate.Gives[subscription](http.StatusOK))
	f.Add("DELETE /subscriptions/{subscriptionId}", "End a subscription of an app", a.remove, gate.GivesNothing)
}

type settings struct {
	TargetURL  string     `json:"targetUrl"`
	Throttling throttling `json:"throttling"`
	CreatedAt  string     `json:"createdAt"`
	UpdatedAt  string     `json:"updatedAt,omitempty"`
}

type throttling struct {
	MaxConcurrentRequests int `json:"maxConcurrentRequests"`
}

func showSettings(e webhook.Endpoint) settings {
	return settings{e.URL, throttling{e.Concurrency}, wire.Time(e.Created), wire.Time(e.Updated)}
}

func (a *API) settings(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return one(w, r, a.db.Read, http.StatusOK, func(tx *db.Tx, app int64) (settings, error) {
		e, err := a.hooks.AppSettings(tx, by, app)
		return showSettings(e), err
	})
}

type settingsInput struct {
	TargetURL  *string     `json:"targetUrl" required:"true"`
	Throttling *throttling `json:"throttling" required:"true"`
}

func (a *API) setSettings(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in settingsInput
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	return one(w, r, a.db.Write, http.StatusOK, func(tx *db.Tx, app int64) (settings, error) {
		// Who may not, finds no app, whatever the body is.
		if _, err := a.hooks.AppSubscriptions(tx, by, app); err != nil {
			return settings{}, err
		}
		if in.TargetURL == nil || in.Throttling == nil {
			return settings{}, lacking(in.TargetURL == nil, "targetUrl", in.Throttling == nil, "throttling")
		}
		e, err := a.hooks.SetApp(tx, by, app, *in.TargetURL, in.Throttling.MaxConcurrentRequests)
		return showSettings(e), err
	})
}

// lacking names the fields that a body has not.
func lacking(pairs ...any) error {
	var names []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if missing, _ := pairs[i].(bool); missing {
			name, _ := pairs[i+1].(string)
			names = append(names, name)
		}
	}
	return wire.Missing(names...)
}

func (a *API) clearSettings(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return none(w, r, a.db, func(tx *db.Tx, app int64) error { return a.hooks.ClearApp(tx, by, app) })
}

type subscription struct {
	ID           string `json:"id"`
	CreatedAt    string `json:"createdAt"`
	UpdatedAt    string `json:"updatedAt,omitempty"`
	EventType    string `json:"eventType"`
	ObjectTypeID string `json:"objectTypeId,omitempty"`
	PropertyName string `json:"propertyName,omitempty"`
	Active       bool   `json:"active"`
}

func show(s webhook.Subscription) subscription {
	return subscription{id.Format(s.ID), wire.Time(s.Created), wire.Time(s.Updated), s.EventType, s.ObjectTypeID, s.Property, s.Active}
}

func (a *API) list(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return one(w, r, a.db.Read, http.StatusOK, func(tx *db.Tx, app int64) (wire.Page[subscription], error) {
		out := wire.Page[subscription]{Results: []subscription{}}
		all, err := a.hooks.AppSubscriptions(tx, by, app)
		for _, s := range all {
			out.Results = append(out.Results, show(s))
		}
		return out, err
	})
}

type newSubscription struct {
	EventType    string `json:"eventType" required:"true"`
	ObjectTypeID string `json:"objectTypeId"`
	PropertyName string `json:"propertyName"`
	Active       bool   `json:"active"`
}

func (a *API) create(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in newSubscription
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	return one(w, r, a.db.Write, http.StatusCreated, func(tx *db.Tx, app int64) (subscription, error) {
		s, err := a.hooks.Subscribe(tx, by, app, webhook.Subscription{EventType: in.EventType, ObjectTypeID: in.ObjectTypeID,
			Property: in.PropertyName, Active: in.Active})
		return show(s), err
	})
}

func (a *API) read(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.named(w, r, a.db.Read, func(tx *db.Tx, app, n int64) (webhook.Subscription, error) {
		return a.hooks.AppSubscription(tx, by, app, n)
	})
}

type subscriptionChange struct {
	Active *bool `json:"active"`
}

func (a *API) update(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in subscriptionChange
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	return a.named(w, r, a.db.Write, func(tx *db.Tx, app, n int64) (webhook.Subscription, error) {
		if in.Active == nil {
			return a.hooks.AppSubscription(tx, by, app, n)
		}
		return a.hooks.Activate(tx, by, app, n, *in.Active)
	})
}

func (a *API) remove(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "subscriptionId")
	if err != nil {
		return err
	}
	return none(w, r, a.db, func(tx *db.Tx, app int64) error { return a.hooks.Unsubscribe(tx, by, app, n) })
}

const batchMost = 100

type batchInput struct {
	ID     wire.Value `json:"id" required:"true"`
	Active bool       `json:"active" required:"true"`
}

func (a *API) batch(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in wire.Many[batchInput]
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	app, err := wire.PathID(r, "appId")
	if err != nil {
		return err
	}
	var out *wire.Batch[subscription]
	started := a.db.Clock().Now()
	err = a.db.Write(r.Context(), func(tx *db.Tx) error {
		out = wire.NewBatch[subscription](started)
		if _, err := a.hooks.AppSubscriptions(tx, by, app); err != nil {
			return err
		}
		if err := wire.Inputs(in.Inputs, batchMost); err != nil {
			return err
		}
		for _, i := range in.Inputs {
			n, err := id.Parse("id", string(i.ID))
			var s webhook.Subscription
			if err == nil {
				s, err = a.hooks.Activate(tx, by, app, n, i.Active)
			}
			if err == nil {
				out.Add(show(s))
			} else if err := out.Fail(err, "ids", string(i.ID)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		out.Write(w, a.db.Clock().Now(), http.StatusOK)
	}
	return err
}
