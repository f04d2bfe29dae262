// Package journal keeps what happened for apps that come and read it, instead of being told (API-8): what they subscribed to, and three
// days of entries, in one order that never changes. It knows records by their events, and nothing of who serves it.
package journal

import (
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/oauth"
	"github.com/deskbell/deskbell/seal"
)

// Service keeps journals.
type Service struct {
	db      *db.DB
	people  *people.Service
	apps    *oauth.Service
	props   *property.Registry
	types   *association.Registry
	records *record.Store
	box     *seal.Box
	base    string
	book    *db.Cache[*book]
}

// New returns the service; box signs the links to entries, base is the address by which others reach us.
func New(d *db.DB, p *people.Service, apps *oauth.Service, props *property.Registry, records *record.Store, box *seal.Box, base string) *Service {
	s := &Service{db: d, people: p, apps: apps, props: props, types: records.AssociationTypes(), records: records, box: box, base: strings.TrimSuffix(base, "/")}
	s.book = db.NewCache(d, "journal", s.load)
	return s
}

// Life is how long an entry can be read, as at HubSpot.
const Life = 3 * 24 * time.Hour

// errNone is what who is no app finds here, and an app of another's.
var errNone = errs.New(errs.NotFound, "resource not found", nil)

// owner is the app that asks; only apps have a journal.
func owner(by people.Actor) (int64, error) {
	if by.Kind != event.App || by.ID == 0 {
		return 0, errNone
	}
	return by.ID, nil
}

// book is every subscription of apps that are in, by what it is to. It is consulted with every event, in memory.
type book struct {
	portal int64
	lists  map[subject][]reader
}

type subject struct{ kind, objectTypeID string }

// reader is an app that reads of a subject.
type reader struct {
	Subscription
	app     people.Actor
	filters []Filter
}

func (s *Service) load(tx *db.Tx) (*book, error) {
	account, _, err := s.people.Account(tx)
	if err != nil {
		return nil, err
	}
	b := &book{portal: account.Portal, lists: map[subject][]reader{}}
	all, err := db.List(tx, scanSubscription, selectSubscriptions+" ORDER BY id")
	if err != nil || len(all) == 0 {
		return b, err
	}
	apps, err := s.apps.Readers(tx)
	if err != nil {
		return nil, err
	}
	filters, err := db.List(tx, scanFilter, selectFilters+" ORDER BY id")
	if err != nil {
		return nil, err
	}
	for _, w := range all {
		by, in := apps[w.App]
		if !in || !reads(by, w.ObjectTypeID) || !slices.ContainsFunc(w.Far, func(far string) bool { return reads(by, far) }) && len(w.Far) > 0 {
			continue
		}
		r := reader{Subscription: w, app: by}
		for _, f := range filters {
			if f.Subscription == w.ID {
				r.filters = append(r.filters, f)
			}
		}
		key := subject{w.Kind, w.ObjectTypeID}
		b.lists[key] = append(b.lists[key], r)
	}
	return b, nil
}

// reads reports whether an app may know of records of a type.
func reads(by people.Actor, objectTypeID string) bool {
	return !by.Limited() || slices.Contains(by.Scopes, people.ScopeOf("crm.objects.*.read", objectTypeID))
}

// appChanged follows what became of an app: one that is gone subscribes to nothing. Its entries go in their time; nobody can read them.
func (s *Service) appChanged(tx *db.Tx, e event.Event) error {
	s.book.Invalidate(tx)
	if e.Type != "app.deleted" && e.Type != "token.revoked" {
		return nil
	}
	return s.clear(tx, e.ObjectID)
}

// clear ends all subscriptions of an app.
func (s *Service) clear(tx *db.Tx, app int64) error {
	for _, statement := range []string{
		"DELETE FROM journal_filters WHERE subscription_id IN (SELECT id FROM journal_subscriptions WHERE app_id = $1)",
		"DELETE FROM journal_subscriptions WHERE app_id = $1",
	} {
		if _, err := tx.Exec(statement, app); err != nil {
			return err
		}
	}
	s.book.Invalidate(tx)
	return nil
}
