package webhook

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Subscription is one sort of event that an endpoint is told of.
type Subscription struct {
	ID           int64
	EventType    string // "ticket.creation"
	ObjectTypeID string // of object.* alone: "2-7"
	Property     string // of *.propertyChange alone; "" for any
	Active       bool
	Created      time.Time
	Updated      time.Time
}

// What can happen to a record, in HubSpot's words.
const (
	creation          = "creation"
	deletion          = "deletion"
	merging           = "merge"
	restoring         = "restore"
	propertyChange    = "propertyChange"
	associationChange = "associationChange"
	privacyDeletion   = "privacyDeletion"
	newMessage        = "newMessage"
)

const (
	anyObject = "object"       // begins the types of events of any object type, which says its id besides
	threads   = "conversation" // HubSpot's word for them
)

// named are the object types that have event types of their own.
var named = []string{"contact", "company", "deal", "ticket", "line_item", "product", anyObject}

var (
	ofRecords       = []string{creation, deletion, propertyChange, associationChange, merging, restoring}
	ofConversations = []string{creation, deletion, newMessage, propertyChange, privacyDeletion}
)

// EventTypes are all that can be subscribed to.
func EventTypes() []string {
	var out []string
	for _, object := range named {
		for _, what := range ofRecords {
			if object != "product" || what != associationChange { // as HubSpot has it
				out = append(out, object+"."+what)
			}
		}
	}
	out = append(out, "contact."+privacyDeletion)
	for _, what := range ofConversations {
		out = append(out, threads+"."+what)
	}
	return out
}

// subscriptionsMost bounds those of one endpoint.
const subscriptionsMost = 1000

// check says what is wrong with a subscription.
func (s *Service) check(tx *db.Tx, w Subscription) (Subscription, error) {
	object, what, _ := strings.Cut(w.EventType, ".")
	if !slices.Contains(EventTypes(), w.EventType) {
		return w, errs.Bad("eventType", "INVALID_EVENT_TYPE", fmt.Sprintf("There is no event type %q.", w.EventType))
	}
	if what != propertyChange && w.Property != "" {
		return w, errs.Bad("propertyName", "INVALID_PROPERTY", w.EventType+" takes no property.")
	}
	if len(w.Property) > nameMost {
		return w, errs.Bad("propertyName", "INVALID_PROPERTY", "There is no property of such a name.")
	}
	if object != anyObject {
		w.ObjectTypeID = ""
		return w, nil
	}
	if w.ObjectTypeID == "" {
		return w, errs.Bad("objectTypeId", "REQUIRED", w.EventType+" needs the id of an object type.")
	}
	t, err := s.props.Type(tx, w.ObjectTypeID)
	w.ObjectTypeID = t.TypeID
	return w, err
}

const selectSubscriptions = `SELECT id, event_type, object_type_id, property, active, created_at, updated_at FROM webhook_subscriptions`

func scanSubscription(sc db.Scanner) (w Subscription, err error) {
	var created, updated int64
	err = sc.Scan(&w.ID, &w.EventType, &w.ObjectTypeID, &w.Property, &w.Active, &created, &updated)
	w.Created, w.Updated = clock.FromMicros(created), clock.FromMicros(updated)
	return w, err
}

func subscriptionsOf(tx *db.Tx, endpoint int64) ([]Subscription, error) {
	return db.List(tx, scanSubscription, selectSubscriptions+" WHERE endpoint_id = $1 ORDER BY id", endpoint)
}

// Subscriptions are what an endpoint is told of, oldest first.
func (s *Service) Subscriptions(tx *db.Tx, by people.Actor, endpoint int64) ([]Subscription, error) {
	if err := may(by); err != nil {
		return nil, err
	}
	return subscriptionsOf(tx, endpoint)
}

var errAgain = errs.New(errs.Conflict, "There is such a subscription already.", nil).WithCode("OBJECT_ALREADY_EXISTS")

// subscribe adds one subscription.
func (s *Service) subscribe(tx *db.Tx, endpoint int64, w Subscription) (Subscription, error) {
	w, err := s.check(tx, w)
	if err != nil {
		return w, err
	}
	if n, err := db.Value[int64](tx, "SELECT count(*) FROM webhook_subscriptions WHERE endpoint_id = $1", endpoint); err != nil || n >= subscriptionsMost {
		if err == nil {
			err = errs.New(errs.Conflict, "There are too many subscriptions already.", nil)
		}
		return w, err
	}
	w.ID, w.Created, w.Updated = tx.NewID(), tx.Now, tx.Now
	made, err := tx.Exec(`INSERT INTO webhook_subscriptions (id, endpoint_id, event_type, object_type_id, property, active, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (endpoint_id, event_type, object_type_id, property) DO NOTHING`,
		w.ID, endpoint, w.EventType, w.ObjectTypeID, w.Property, w.Active, tx.Micros())
	if err == nil && made == 0 {
		err = errAgain
	}
	return w, err
}

// subscribeTo makes what is wanted all that an endpoint is told of. What stays keeps its id.
func (s *Service) subscribeTo(tx *db.Tx, e Endpoint, wanted []Subscription) error {
	if len(wanted) == 0 || len(wanted) > subscriptionsMost {
		return errs.Bad("events", "REQUIRED", "Choose at least one event.")
	}
	has, err := subscriptionsOf(tx, e.ID)
	if err != nil {
		return err
	}
	for i, w := range wanted {
		if w, err = s.check(tx, w); err != nil {
			return err
		}
		w.Active, wanted[i] = true, w
		if !slices.ContainsFunc(has, w.same) {
			if w, err = s.subscribe(tx, e.ID, w); err != nil {
				return err
			}
			has = append(has, w)
		}
	}
	for _, h := range has {
		if !slices.ContainsFunc(wanted, h.same) {
			if _, err := tx.Exec("DELETE FROM webhook_subscriptions WHERE id = $1", h.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// same reports whether two subscriptions are to the same.
func (w Subscription) same(o Subscription) bool {
	return w.EventType == o.EventType && w.ObjectTypeID == o.ObjectTypeID && w.Property == o.Property
}

// names are the subscriptions in short, for the audit log.
func names(list []Subscription) string {
	var out []string
	for _, w := range list {
		out = append(out, strings.TrimSuffix(w.EventType+":"+w.ObjectTypeID+w.Property, ":"))
	}
	return strings.Join(out, " ")
}
