package journal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
)

// The kinds of subscription, in HubSpot's words.
const (
	Objects      = "OBJECT"
	Associations = "ASSOCIATION"
	Privacy      = "GDPR_PRIVACY_DELETION"
)

// What can happen, in HubSpot's words.
const (
	create   = "CREATE"
	update   = "UPDATE"
	remove   = "DELETE"
	merged   = "MERGE"
	restore  = "RESTORE"
	linked   = "ASSOCIATION_ADDED"
	unlinked = "ASSOCIATION_REMOVED"
	snapshot = "SNAPSHOT"
	erased   = "GDPR_DELETE"
)

// actions are what can be read of each kind.
var actions = map[string][]string{
	Objects:      {create, update, remove, merged, restore, snapshot},
	Associations: {linked, unlinked, snapshot},
	Privacy:      {erased},
}

// Subscription is what an app reads of one type of records.
type Subscription struct {
	ID, App      int64
	Kind         string
	ObjectTypeID string // "0-5"
	Wants
	Created, Updated time.Time
}

// Wants says of what an app reads; a list that is empty is all there are, but for Actions.
type Wants struct {
	Actions    []string `json:"actions"`
	Properties []string `json:"properties,omitempty"` // that a change must be of
	Records    []int64  `json:"records,omitempty"`
	Far        []string `json:"far,omitempty"` // ids of the object types at the other end
}

const (
	listMost    = 1000 // of a list of Wants
	filtersMost = 20   // of a subscription
	nameMost    = 200
)

const selectSubscriptions = "SELECT id, app_id, kind, object_type_id, wants, created_at, updated_at FROM journal_subscriptions"

func scanSubscription(sc db.Scanner) (w Subscription, err error) {
	var created, updated int64
	var wants string
	if err := sc.Scan(&w.ID, &w.App, &w.Kind, &w.ObjectTypeID, &wants, &created, &updated); err != nil {
		return w, err
	}
	w.Created, w.Updated = clock.FromMicros(created), clock.FromMicros(updated)
	return w, json.Unmarshal([]byte(wants), &w.Wants)
}

// Subscriptions are an app's own, oldest first.
func (s *Service) Subscriptions(tx *db.Tx, by people.Actor) ([]Subscription, error) {
	app, err := owner(by)
	if err != nil {
		return nil, err
	}
	return db.List(tx, scanSubscription, selectSubscriptions+" WHERE app_id = $1 ORDER BY id", app)
}

// Subscription is one of an app's own.
func (s *Service) Subscription(tx *db.Tx, by people.Actor, n int64) (Subscription, error) {
	app, err := owner(by)
	if err != nil {
		return Subscription{}, err
	}
	w, ok, err := db.One(tx, scanSubscription, selectSubscriptions+" WHERE id = $1 AND app_id = $2", n, app)
	if err == nil && !ok {
		err = errNone
	}
	return w, err
}

func (s *Service) check(tx *db.Tx, w Subscription) (Subscription, error) {
	allowed, ok := actions[w.Kind]
	if !ok {
		return w, errs.Bad("subscriptionType", "INVALID_SUBSCRIPTION_TYPE", fmt.Sprintf("subscriptionType must be %s, %s or %s.", Objects, Associations, Privacy))
	}
	if len(w.Actions) == 0 {
		return w, errs.Bad("actions", "REQUIRED", "actions must name at least one of "+strings.Join(allowed, ", ")+".")
	}
	for _, a := range w.Actions {
		if !slices.Contains(allowed, a) {
			return w, errs.Bad("actions", "INVALID_ACTION", fmt.Sprintf("actions of %s may be %s.", w.Kind, strings.Join(allowed, ", ")))
		}
	}
	if len(w.Actions) > len(allowed) || len(w.Properties) > listMost || len(w.Records) > listMost || len(w.Far) > listMost {
		return w, errs.Bad("properties", "TOO_MANY", fmt.Sprintf("A subscription may list at most %d of each.", listMost))
	}
	for _, p := range w.Properties {
		if p == "" || len(p) > nameMost {
			return w, errs.Bad("properties", "INVALID_PROPERTY", "There is no property of such a name.")
		}
	}
	t, err := s.props.Type(tx, w.ObjectTypeID)
	if err != nil {
		return w, err
	}
	w.ObjectTypeID = t.TypeID
	for i, far := range w.Far {
		t, err := s.props.Type(tx, far)
		if err != nil {
			return w, err
		}
		w.Far[i] = t.TypeID
	}
	return w, nil
}

// Subscribe lets an app read of something; of each kind and type it has one subscription, which this replaces.
func (s *Service) Subscribe(tx *db.Tx, by people.Actor, w Subscription) (Subscription, error) {
	var err error
	if w.App, err = owner(by); err != nil {
		return w, err
	}
	if w, err = s.check(tx, w); err != nil {
		return w, err
	}
	raw, err := json.Marshal(w.Wants)
	if err != nil {
		return w, err
	}
	if w, err = one(tx, `INSERT INTO journal_subscriptions (id, app_id, kind, object_type_id, wants, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (app_id, kind, object_type_id) DO UPDATE SET wants = excluded.wants, updated_at = excluded.updated_at
RETURNING id, app_id, kind, object_type_id, wants, created_at, updated_at`, tx.NewID(), w.App, w.Kind, w.ObjectTypeID, string(raw), tx.Micros()); err != nil {
		return w, err
	}
	if err := sweepLater(tx, sweepEvery); err != nil {
		return w, err
	}
	return w, s.changed(tx, by, w, "webhook.subscribed")
}

func one(tx *db.Tx, statement string, args ...any) (Subscription, error) {
	w, _, err := db.One(tx, scanSubscription, statement, args...)
	return w, err
}

// Unsubscribe ends a subscription. What it brought can be read still.
func (s *Service) Unsubscribe(tx *db.Tx, by people.Actor, n int64) error {
	w, err := s.Subscription(tx, by, n)
	if err != nil {
		return err
	}
	for _, statement := range []string{"DELETE FROM journal_filters WHERE subscription_id = $1", "DELETE FROM journal_subscriptions WHERE id = $1"} {
		if _, err := tx.Exec(statement, n); err != nil {
			return err
		}
	}
	return s.changed(tx, by, w, "webhook.unsubscribed")
}

// UnsubscribeAll ends all subscriptions of an app to the account with a number.
func (s *Service) UnsubscribeAll(tx *db.Tx, by people.Actor, portal int64) error {
	app, err := owner(by)
	if err != nil {
		return err
	}
	if ours, err := s.Ours(tx, portal); err != nil || !ours {
		return orNone(err)
	}
	if err := s.clear(tx, app); err != nil {
		return err
	}
	return s.changed(tx, by, Subscription{App: app}, "webhook.unsubscribed")
}

// Portal is this account's number.
func (s *Service) Portal(tx *db.Tx) (int64, error) {
	account, _, err := s.people.Account(tx)
	return account.Portal, err
}

// Ours reports whether a number is this account's.
func (s *Service) Ours(tx *db.Tx, portal int64) (bool, error) {
	mine, err := s.Portal(tx)
	return portal == mine, err
}

func orNone(err error) error {
	if err == nil {
		err = errNone
	}
	return err
}

func (s *Service) changed(tx *db.Tx, by people.Actor, w Subscription, action string) error {
	s.book.Invalidate(tx)
	what := strings.TrimSpace(strings.Join(append([]string{w.Kind, w.ObjectTypeID}, w.Actions...), " "))
	return people.Audit(tx, by, audit.Entry{Action: action, ObjectType: "journal", ObjectID: w.ID, Object: by.Name, Detail: map[string]string{"event": what}})
}
