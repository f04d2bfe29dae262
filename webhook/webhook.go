// Package webhook tells other programs what happened, in HubSpot's payloads, signed and in order (API-8): it owns the endpoints, what
// they subscribed to, what waits for them, and the log. It knows records and threads by their events alone, and nothing of who serves it.
package webhook

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/outbound"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
	"github.com/deskbell/deskbell/people/oauth"
	"github.com/deskbell/deskbell/seal"
)

// Caller calls other servers.
type Caller interface {
	Do(ctx context.Context, c outbound.Call) (outbound.Answer, error)
	Check(field, address string) error
}

// Service keeps endpoints and tells them.
type Service struct {
	db     *db.DB
	people *people.Service
	apps   *oauth.Service
	props  *property.Registry
	types  *association.Registry
	box    *seal.Box
	caller Caller
	book   *db.Cache[*book]
}

// New returns the service; box seals the secrets of endpoints that admins make.
func New(d *db.DB, p *people.Service, apps *oauth.Service, props *property.Registry, types *association.Registry, box *seal.Box, c Caller) *Service {
	s := &Service{db: d, people: p, apps: apps, props: props, types: types, box: box, caller: c}
	s.book = db.NewCache(d, "webhooks", s.load)
	return s
}

// State is whether an endpoint is told.
type State string

// The states.
const (
	Active State = "active"
	Paused State = "paused"
)

// Endpoint is where somebody is told.
type Endpoint struct {
	ID           int64
	App          int64 // the app it is of, OAuth or private; 0 for one that an admin made
	Name         string
	URL          string // "" for an app that has said no address
	Concurrency  int    // most requests at once
	State        State
	PausedWhy    string    // "" for by hand
	FailingSince time.Time // nothing was taken since; zero when all is well
	Created      time.Time
	Updated      time.Time
}

// Shown is the number by which the endpoint is told who it is.
func (e Endpoint) Shown() int64 {
	if e.App != 0 {
		return e.App
	}
	return e.ID
}

const (
	endpointsMost  = 100
	nameMost       = 200
	secretLeast    = 16
	secretMost     = 200
	concurrencyOwn = 5   // of an endpoint that did not say
	concurrencyTop = 100 // what may be asked for; lanes bound it further
)

const selectEndpoints = `SELECT id, coalesce(app_id, 0), name, url, concurrency, state, paused_why, coalesce(failing_since, 0), created_at, updated_at
FROM webhook_endpoints`

func scanEndpoint(sc db.Scanner) (e Endpoint, err error) {
	var failing, created, updated int64
	err = sc.Scan(&e.ID, &e.App, &e.Name, &e.URL, &e.Concurrency, &e.State, &e.PausedWhy, &failing, &created, &updated)
	if failing != 0 {
		e.FailingSince = clock.FromMicros(failing)
	}
	e.Created, e.Updated = clock.FromMicros(created), clock.FromMicros(updated)
	return e, err
}

var (
	errNone  = errs.New(errs.NotFound, "There is no such webhook.", nil)
	errAdmin = errs.New(errs.Denied, "Only an admin may manage webhooks.", nil)
)

func may(by people.Actor) error {
	if !by.May(people.ManageTokens) {
		return errAdmin
	}
	return nil
}

// one reads an endpoint, for a change if lock is tx.ForUpdate.
func one(tx *db.Tx, n int64, lock string) (Endpoint, error) {
	e, ok, err := db.One(tx, scanEndpoint, selectEndpoints+" WHERE id = $1"+lock, n)
	if err == nil && !ok {
		err = errNone
	}
	return e, err
}

// List is every endpoint, those of apps among them, newest first.
func (s *Service) List(tx *db.Tx, by people.Actor) ([]Endpoint, error) {
	if err := may(by); err != nil {
		return nil, err
	}
	return db.List(tx, scanEndpoint, selectEndpoints+" ORDER BY id DESC")
}

// Get reads one endpoint.
func (s *Service) Get(tx *db.Tx, by people.Actor, n int64) (Endpoint, error) {
	if err := may(by); err != nil {
		return Endpoint{}, err
	}
	return one(tx, n, "")
}

// checked is what somebody typed, or what is wrong with it.
func (s *Service) checked(e Endpoint) (Endpoint, error) {
	e.Name, e.URL = strings.TrimSpace(e.Name), strings.TrimSpace(e.URL)
	if e.Name == "" || len([]rune(e.Name)) > nameMost || strings.ContainsAny(e.Name, "\r\n\x00") {
		return e, errs.Bad("name", "INVALID_NAME", "Enter a name of at most 200 letters.")
	}
	if e.Concurrency == 0 {
		e.Concurrency = concurrencyOwn
	}
	return e, s.reachable(e, "url", "concurrency")
}

func (s *Service) reachable(e Endpoint, urlField, concurrencyField string) error {
	if e.Concurrency < 1 || e.Concurrency > concurrencyTop {
		return errs.Bad(concurrencyField, "INVALID_NUMBER", fmt.Sprintf("At most 1 to %d requests at once.", concurrencyTop))
	}
	return s.caller.Check(urlField, e.URL)
}

// Add makes an endpoint that is told of the subscriptions. secret signs; with "" one is made. It is returned, and never again.
func (s *Service) Add(tx *db.Tx, by people.Actor, e Endpoint, wanted []Subscription, secret string) (Endpoint, string, error) {
	if err := may(by); err != nil {
		return e, "", err
	}
	e, err := s.checked(e)
	if err != nil {
		return e, "", err
	}
	if secret == "" {
		secret = people.NewSecret()
	}
	if len(secret) < secretLeast || len(secret) > secretMost {
		return e, "", errs.Bad("secret", "INVALID_SECRET", "The secret must have 16 to 200 letters.")
	}
	e.ID, e.App = tx.NewID(), 0
	sealed, err := s.box.Seal([]byte(secret), about(e.ID))
	if err != nil {
		return e, "", err
	}
	if e, err = s.insert(tx, e, sealed); err != nil {
		return e, "", err
	}
	if err := s.subscribeTo(tx, e, wanted); err != nil {
		return e, "", err
	}
	return e, secret, s.changed(tx, by, e, "webhook.created", map[string]string{"url": e.URL, "events": names(wanted)})
}

// insert stores a new endpoint.
func (s *Service) insert(tx *db.Tx, e Endpoint, sealed string) (Endpoint, error) {
	if n, err := db.Value[int64](tx, "SELECT count(*) FROM webhook_endpoints"); err != nil || n >= endpointsMost {
		if err == nil {
			err = errs.New(errs.Conflict, "There are too many webhooks already.", nil)
		}
		return e, err
	}
	e.State, e.Created, e.Updated = Active, tx.Now, tx.Now
	var app *int64
	if e.App != 0 {
		app = &e.App
	}
	_, err := tx.Exec(`INSERT INTO webhook_endpoints (id, app_id, name, url, secret_sealed, concurrency, state, paused_why, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $8)`, e.ID, app, e.Name, e.URL, sealed, e.Concurrency, string(e.State), tx.Micros())
	if err != nil {
		return e, err
	}
	return e, sweepLater(tx)
}

// Change changes an endpoint's name, address, concurrency and subscriptions. Those of an app are the app's own to change.
func (s *Service) Change(tx *db.Tx, by people.Actor, e Endpoint, wanted []Subscription) (Endpoint, error) {
	was, err := s.own(tx, by, e.ID)
	if err != nil {
		return e, err
	}
	now := was
	now.Name, now.URL, now.Concurrency, now.Updated = e.Name, e.URL, e.Concurrency, tx.Now
	if now, err = s.checked(now); err != nil {
		return now, err
	}
	if _, err = tx.Exec("UPDATE webhook_endpoints SET name = $2, url = $3, concurrency = $4, updated_at = $5 WHERE id = $1",
		now.ID, now.Name, now.URL, now.Concurrency, tx.Micros()); err != nil {
		return now, err
	}
	if err := s.subscribeTo(tx, now, wanted); err != nil {
		return now, err
	}
	return now, s.changed(tx, by, now, "webhook.changed", map[string]string{"url": now.URL, "events": names(wanted)})
}

// own reads an endpoint that an admin may change.
func (s *Service) own(tx *db.Tx, by people.Actor, n int64) (Endpoint, error) {
	if err := may(by); err != nil {
		return Endpoint{}, err
	}
	e, err := one(tx, n, tx.ForUpdate())
	if err == nil && e.App != 0 {
		err = errs.New(errs.Conflict, "This webhook is an app's: the app itself changes it.", nil)
	}
	return e, err
}

// RotateSecret gives an endpoint a new secret; what is sent from now on is signed with it.
func (s *Service) RotateSecret(tx *db.Tx, by people.Actor, n int64) (string, error) {
	e, err := s.own(tx, by, n)
	if err != nil {
		return "", err
	}
	secret := people.NewSecret()
	sealed, err := s.box.Seal([]byte(secret), about(n))
	if err != nil {
		return "", err
	}
	if _, err := tx.Exec("UPDATE webhook_endpoints SET secret_sealed = $2, updated_at = $3 WHERE id = $1", n, sealed, tx.Micros()); err != nil {
		return "", err
	}
	return secret, s.changed(tx, by, e, "webhook.secret-rotated", nil)
}

// Remove deletes an endpoint with all that waits for it and its log.
func (s *Service) Remove(tx *db.Tx, by people.Actor, n int64) error {
	e, err := s.own(tx, by, n)
	if err != nil {
		return err
	}
	return s.remove(tx, by, e)
}

func (s *Service) remove(tx *db.Tx, by people.Actor, e Endpoint) error {
	for _, statement := range []string{"DELETE FROM webhook_subscriptions WHERE endpoint_id = $1", "DELETE FROM webhook_endpoints WHERE id = $1"} {
		if _, err := tx.Exec(statement, e.ID); err != nil {
			return err
		}
	}
	if err := purgeSoon(tx, e.ID); err != nil {
		return err
	}
	return s.changed(tx, by, e, "webhook.deleted", nil)
}

// secret is what signs what an endpoint is sent.
func (s *Service) secret(tx *db.Tx, e Endpoint) (string, error) {
	if e.App != 0 {
		return s.apps.Secret(tx, e.App)
	}
	sealed, err := db.Value[string](tx, "SELECT secret_sealed FROM webhook_endpoints WHERE id = $1", e.ID)
	if err != nil {
		return "", err
	}
	secret, err := s.box.Unseal(sealed, about(e.ID))
	return string(secret), err
}

func about(n int64) string { return "webhook " + id.Format(n) + ": secret" }

// changed tells of a change of an endpoint: the audit log, browsers, and the caches of every node.
func (s *Service) changed(tx *db.Tx, by people.Actor, e Endpoint, action string, detail map[string]string) error {
	s.book.Invalidate(tx)
	event.Emit(tx, event.Event{Type: action, ObjectType: objectType, ObjectID: e.ID, Actor: by.As(), Data: struct{}{}})
	return people.Audit(tx, by, audit.Entry{Action: action, ObjectType: objectType, ObjectID: e.ID, Object: e.Name, Detail: detail})
}

// objectType is what events and the audit log call endpoints.
const objectType = "webhooks"
