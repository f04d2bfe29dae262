package webhook

import (
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
)

// concurrencyApp is how many requests at once an app gets that did not say, as at HubSpot.
const concurrencyApp = 10

// app finds the endpoint of an app of either kind, ID 0 for an app without one. To who may not manage it there is no such app.
func (s *Service) app(tx *db.Tx, by people.Actor, app int64) (Endpoint, error) {
	none := errs.New(errs.NotFound, "resource not found", nil)
	if !by.May(people.ManageTokens) && !(by.Kind == event.App && by.ID == app) {
		return Endpoint{}, none
	}
	name, err := s.apps.Name(tx, app)
	if err != nil {
		if errs.Is(err, errs.NotFound) {
			err = none
		}
		return Endpoint{}, err
	}
	e, ok, err := db.One(tx, scanEndpoint, selectEndpoints+" WHERE app_id = $1", app)
	if !ok {
		e = Endpoint{App: app, Concurrency: concurrencyApp}
	}
	e.Name = name
	return e, err
}

// begin is app, with an endpoint made where there was none.
func (s *Service) begin(tx *db.Tx, by people.Actor, app int64) (Endpoint, error) {
	if err := tx.Lock("webhooks of an app"); err != nil {
		return Endpoint{}, err
	}
	e, err := s.app(tx, by, app)
	if err != nil || e.ID != 0 {
		return e, err
	}
	name := e.Name
	e.ID, e.Name = tx.NewID(), ""
	e, err = s.insert(tx, e, "")
	e.Name = name
	return e, err
}

// AppSettings reads where an app is told and how; NotFound while it has not said.
func (s *Service) AppSettings(tx *db.Tx, by people.Actor, app int64) (Endpoint, error) {
	e, err := s.app(tx, by, app)
	if err == nil && e.URL == "" {
		err = errs.New(errs.NotFound, "The app has no webhook settings.", nil)
	}
	return e, err
}

// SetApp says where an app is told, and how many requests at once it takes. An app that was paused for its failures goes on.
func (s *Service) SetApp(tx *db.Tx, by people.Actor, app int64, url string, concurrency int) (Endpoint, error) {
	e, err := s.app(tx, by, app)
	if err != nil {
		return e, err
	}
	e.URL, e.Concurrency = url, concurrency
	if err := s.reachable(e, "targetUrl", "maxConcurrentRequests"); err != nil {
		return e, err
	}
	if _, err := s.apps.Secret(tx, app); err != nil { // nobody could tell what comes from us
		return e, err
	}
	if e, err = s.begin(tx, by, app); err != nil {
		return e, err
	}
	if e.URL == "" {
		e.Created = tx.Now
	}
	e.URL, e.Concurrency, e.Updated = url, concurrency, tx.Now
	_, err = tx.Exec("UPDATE webhook_endpoints SET url = $2, concurrency = $3, created_at = $4, updated_at = $5 WHERE id = $1",
		e.ID, e.URL, e.Concurrency, e.Created.UnixMicro(), tx.Micros())
	if err != nil {
		return e, err
	}
	if err := s.changed(tx, by, e, "webhook.changed", map[string]string{"url": e.URL}); err != nil {
		return e, err
	}
	if e.State == Paused && e.PausedWhy != "" {
		return s.resume(tx, by, e)
	}
	return e, nil
}

// ClearApp takes back where an app is told; its subscriptions stay, and nothing is kept for it.
func (s *Service) ClearApp(tx *db.Tx, by people.Actor, app int64) error {
	e, err := s.AppSettings(tx, by, app)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE webhook_endpoints SET url = '', updated_at = $2 WHERE id = $1", e.ID, tx.Micros()); err != nil {
		return err
	}
	return s.changed(tx, by, e, "webhook.changed", map[string]string{"url": ""})
}

// AppSubscriptions are an app's, oldest first.
func (s *Service) AppSubscriptions(tx *db.Tx, by people.Actor, app int64) ([]Subscription, error) {
	e, err := s.app(tx, by, app)
	if err != nil || e.ID == 0 {
		return nil, err
	}
	return subscriptionsOf(tx, e.ID)
}

// AppSubscription is one of an app's.
func (s *Service) AppSubscription(tx *db.Tx, by people.Actor, app, n int64) (Subscription, error) {
	_, w, err := s.ofApp(tx, by, app, n)
	return w, err
}

func (s *Service) ofApp(tx *db.Tx, by people.Actor, app, n int64) (Endpoint, Subscription, error) {
	e, err := s.app(tx, by, app)
	if err != nil {
		return e, Subscription{}, err
	}
	w, ok, err := db.One(tx, scanSubscription, selectSubscriptions+" WHERE id = $1 AND endpoint_id = $2", n, e.ID)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "resource not found", nil)
	}
	return e, w, err
}

// Subscribe lets an app be told of something.
func (s *Service) Subscribe(tx *db.Tx, by people.Actor, app int64, w Subscription) (Subscription, error) {
	e, err := s.begin(tx, by, app)
	if err != nil {
		return w, err
	}
	if strings.HasSuffix(w.EventType, "."+propertyChange) && w.Property == "" {
		return w, errs.Bad("propertyName", "REQUIRED", w.EventType+" needs the name of a property.")
	}
	if w, err = s.subscribe(tx, e.ID, w); err != nil {
		return w, err
	}
	return w, s.subscribed(tx, by, e, "webhook.subscribed", w)
}

// Activate begins or stops telling an app of something.
func (s *Service) Activate(tx *db.Tx, by people.Actor, app, n int64, active bool) (Subscription, error) {
	e, w, err := s.ofApp(tx, by, app, n)
	if err != nil || w.Active == active {
		return w, err
	}
	w.Active, w.Updated = active, tx.Now
	if _, err := tx.Exec("UPDATE webhook_subscriptions SET active = $2, updated_at = $3 WHERE id = $1", n, active, tx.Micros()); err != nil {
		return w, err
	}
	return w, s.subscribed(tx, by, e, "webhook.changed", w)
}

// Unsubscribe ends a subscription.
func (s *Service) Unsubscribe(tx *db.Tx, by people.Actor, app, n int64) error {
	e, w, err := s.ofApp(tx, by, app, n)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM webhook_subscriptions WHERE id = $1", n); err != nil {
		return err
	}
	return s.subscribed(tx, by, e, "webhook.unsubscribed", w)
}

func (s *Service) subscribed(tx *db.Tx, by people.Actor, e Endpoint, action string, w Subscription) error {
	s.book.Invalidate(tx)
	return people.Audit(tx, by, audit.Entry{Action: action, ObjectType: objectType, ObjectID: e.ID, Object: e.Name,
		Detail: map[string]string{"event": names([]Subscription{w}), "active": map[bool]string{true: "yes", false: "no"}[w.Active]}})
}

// appChanged follows what became of an app: one that is gone is told no more, and who lets one in, or out, changes what it is told.
func (s *Service) appChanged(tx *db.Tx, e event.Event) error {
	s.book.Invalidate(tx)
	if e.Type != "app.deleted" && e.Type != "token.revoked" {
		return nil
	}
	of, ok, err := db.One(tx, scanEndpoint, selectEndpoints+" WHERE app_id = $1", e.ObjectID)
	if err != nil || !ok {
		return err
	}
	return s.remove(tx, people.System, of)
}
