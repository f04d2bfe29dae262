package webhook

import (
	"slices"
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// book is every subscription in force, by what it is to. It is consulted with every event, in memory.
type book struct {
	portal int64
	apps   map[int64]people.Actor // that somebody let in, and private ones
	lists  map[subject][]reader
}

// subject is what can be subscribed to: the type of object.* events says which objects.
type subject struct{ eventType, objectTypeID string }

// reader is who is told of a subject.
type reader struct {
	subscription int64
	endpoint     int64
	shown        int64  // the number that the endpoint knows itself by
	property     string // "" for any
}

// load reads the subscriptions that are in force: active ones, of endpoints with an address. An app is told of what its scopes let
// it read, and only while somebody has let it in.
func (s *Service) load(tx *db.Tx) (*book, error) {
	account, _, err := s.people.Account(tx)
	if err != nil {
		return nil, err
	}
	b := &book{portal: account.Portal, lists: map[subject][]reader{}}
	endpoints, err := db.List(tx, scanEndpoint, selectEndpoints+" WHERE url <> '' ORDER BY id")
	if err != nil || len(endpoints) == 0 {
		return b, err
	}
	if b.apps, err = s.apps.Readers(tx); err != nil {
		return nil, err
	}
	for _, e := range endpoints {
		by := people.System
		if e.App != 0 {
			var in bool
			if by, in = b.apps[e.App]; !in {
				continue
			}
		}
		list, err := subscriptionsOf(tx, e.ID)
		if err != nil {
			return nil, err
		}
		for _, w := range list {
			if w.Active && reads(by, w) {
				key := subject{w.EventType, w.ObjectTypeID}
				b.lists[key] = append(b.lists[key], reader{w.ID, e.ID, e.Shown(), w.Property})
			}
		}
	}
	return b, nil
}

// reads reports whether an app's scopes let it know of such events.
func reads(by people.Actor, w Subscription) bool {
	if !by.Limited() {
		return true
	}
	object, _, _ := strings.Cut(w.EventType, ".")
	switch object {
	case threads:
		return slices.Contains(by.Scopes, "conversations.read")
	case anyObject:
		object = w.ObjectTypeID
	}
	return slices.Contains(by.Scopes, people.ScopeOf("crm.objects.*.read", object))
}

// installed reports whether an endpoint may still be sent what waits for it: an app may, while somebody lets it in.
func (s *Service) installed(tx *db.Tx, e Endpoint) (bool, error) {
	if e.App == 0 {
		return true, nil
	}
	b, err := s.book.Get(tx)
	if err != nil {
		return false, err
	}
	_, in := b.apps[e.App]
	return in, nil
}
