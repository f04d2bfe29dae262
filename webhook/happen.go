package webhook

import (
	"encoding/json"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/ticket"
)

// Reactor keeps what subscribers are to be told, in the transaction in which it happens: nothing is lost, and nothing told that was
// taken back. While nobody subscribes it asks nothing of the database.
func (s *Service) Reactor() event.Reactor {
	return event.Reactor{Name: "webhook", React: func(tx *db.Tx, e event.Event) error {
		if e.ObjectType == "apps" || e.ObjectType == "tokens" {
			return s.appChanged(tx, e)
		}
		if strings.HasSuffix(e.Type, ".erased") {
			if err := forget(tx, e.ObjectID); err != nil {
				return err
			}
		}
		b, err := s.book.Get(tx)
		if err != nil || len(b.lists) == 0 {
			return err
		}
		n := &notes{s: s, tx: tx, b: b, e: e}
		switch e.ObjectType {
		case "threads", "messages":
			return n.thread()
		}
		return n.record()
	}}
}

// payload is one event as HubSpot tells it (hubspot-api.md, Webhooks). The number of the attempt is put in when it is sent.
type payload struct {
	EventID          int64  `json:"eventId"`
	SubscriptionID   int64  `json:"subscriptionId"`
	PortalID         int64  `json:"portalId"`
	AppID            int64  `json:"appId"`
	OccurredAt       int64  `json:"occurredAt"` // milliseconds
	SubscriptionType string `json:"subscriptionType"`
	ObjectTypeID     string `json:"objectTypeId,omitempty"`
	ObjectID         int64  `json:"objectId,omitempty"`
	ChangeSource     string `json:"changeSource"`
	SourceID         string `json:"sourceId,omitempty"`
	ChangeFlag       string `json:"changeFlag,omitempty"`

	PropertyName  string  `json:"propertyName,omitempty"`
	PropertyValue *string `json:"propertyValue,omitempty"`

	MessageID   string `json:"messageId,omitempty"`
	MessageType string `json:"messageType,omitempty"`

	PrimaryObjectID         int64   `json:"primaryObjectId,omitempty"`
	MergedObjectIDs         []int64 `json:"mergedObjectIds,omitempty"`
	NewObjectID             int64   `json:"newObjectId,omitempty"`
	NumberOfPropertiesMoved *int    `json:"numberOfPropertiesMoved,omitempty"`

	FromObjectID         int64  `json:"fromObjectId,omitempty"`
	FromObjectTypeID     string `json:"fromObjectTypeId,omitempty"`
	ToObjectID           int64  `json:"toObjectId,omitempty"`
	ToObjectTypeID       string `json:"toObjectTypeId,omitempty"`
	AssociationType      string `json:"associationType,omitempty"`
	AssociationTypeID    int    `json:"associationTypeId,omitempty"`
	AssociationCategory  string `json:"associationCategory,omitempty"`
	AssociationRemoved   *bool  `json:"associationRemoved,omitempty"`
	IsPrimaryAssociation *bool  `json:"isPrimaryAssociation,omitempty"`
}

// sources are what HubSpot calls the actors of a change.
var sources = map[event.ActorKind]string{
	event.User: "CRM_UI", event.App: "INTEGRATION", event.Automation: "AUTOMATION_PLATFORM", event.Import: "IMPORT",
	event.Channel: "CONVERSATIONS", event.Contact: "CONTACTS", event.System: "CALCULATED",
}

// notes is one event on its way to those who are told of it.
type notes struct {
	s  *Service
	tx *db.Tx
	b  *book
	e  event.Event
}

// record tells of a record.
func (n *notes) record() error {
	objects, what, _ := strings.Cut(n.e.Type, ".")
	set, err := n.s.props.Set(n.tx, n.e.ObjectType)
	if e := errs.As(err); e != nil && e.Code == "UNKNOWN_OBJECT_TYPE" {
		return nil // of something else that is no record
	}
	if err != nil || set.ObjectType.Events != objects {
		return err
	}
	t := set.ObjectType
	switch what {
	case "created":
		return n.created(t)
	case "changed":
		d, err := event.Data[record.Changed](n.e)
		if err != nil {
			return err
		}
		values := make(map[string]string, len(d.Changes))
		for name, c := range d.Changes {
			values[name] = c.To
		}
		if owner, ok := values[ticket.Owner]; ok && t.Name == ticket.Object {
			if err := n.assigned(owner); err != nil {
				return err
			}
		}
		return n.values(t, values)
	case "archived":
		d, err := event.Data[record.Trashed](n.e)
		if err != nil || d.Into != 0 {
			return err // it was merged, and that is told of the other
		}
		return n.tell(t, deletion, payload{ObjectID: n.e.ObjectID, ChangeFlag: "DELETED"})
	case "restored":
		return n.tell(t, restoring, payload{ObjectID: n.e.ObjectID, ChangeFlag: "RESTORED"})
	case "merged":
		return n.merged(t)
	case "associated", "dissociated":
		d, err := event.Data[record.Linked](n.e)
		if err != nil {
			return err
		}
		return n.linked(t, n.e.ObjectID, d, what == "dissociated")
	case "erased":
		if err := n.tell(t, deletion, payload{ObjectID: n.e.ObjectID, ChangeFlag: "DELETED"}); err != nil || t.Name != "contacts" {
			return err
		}
		return n.tell(t, privacyDeletion, payload{ObjectID: n.e.ObjectID, ChangeFlag: "PRIVACY_DELETED"})
	}
	return nil
}

// created tells of a new record: of itself, of its first values, and of what it is related to, which has no events of its own.
func (n *notes) created(t property.ObjectType) error {
	d, err := event.Data[record.Created](n.e)
	if err != nil {
		return err
	}
	if err := n.tell(t, creation, payload{ObjectID: n.e.ObjectID, ChangeFlag: "CREATED"}); err != nil {
		return err
	}
	if err := n.values(t, d.Properties); err != nil {
		return err
	}
	for _, l := range d.Links {
		if err := n.linked(t, n.e.ObjectID, l, false); err != nil {
			return err
		}
		if err := n.turned(t, l); err != nil {
			return err
		}
	}
	return nil
}

// turned tells of a new record's relation from its other end.
func (n *notes) turned(t property.ObjectType, l record.Linked) error {
	far, err := n.s.props.Type(n.tx, l.ToType)
	if err != nil || !n.wanted(far, associationChange) {
		return err
	}
	kind, ok, err := n.s.types.Find(n.tx, t, far, l.TypeID)
	if err != nil || !ok {
		return err
	}
	return n.linked(far, l.ToID, record.Linked{ToType: t.Name, ToID: n.e.ObjectID, TypeID: kind.Inverse}, false)
}

func (n *notes) values(t property.ObjectType, values map[string]string) error {
	if !n.wanted(t, propertyChange) {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		v := values[name]
		p := payload{ObjectID: n.e.ObjectID, PropertyName: name, PropertyValue: &v}
		if err := n.tellWho(t, propertyChange, p, ofProperty(name)); err != nil {
			return err
		}
	}
	return nil
}

func (n *notes) merged(t property.ObjectType) error {
	d, err := event.Data[merge.Merged](n.e)
	if err != nil {
		return err
	}
	return n.tell(t, merging, payload{ObjectID: n.e.ObjectID, ChangeFlag: "MERGED", PrimaryObjectID: n.e.ObjectID, MergedObjectIDs: []int64{d.From},
		NewObjectID: n.e.ObjectID, NumberOfPropertiesMoved: &d.Moved})
}

func (n *notes) linked(t property.ObjectType, from int64, l record.Linked, removed bool) error {
	if !n.wanted(t, associationChange) {
		return nil
	}
	far, err := n.s.props.Type(n.tx, l.ToType)
	if err != nil {
		return err
	}
	kind, err := n.s.types.Told(n.tx, t, far, l.TypeID)
	if err != nil {
		return err
	}
	return n.tell(t, associationChange, payload{FromObjectID: from, FromObjectTypeID: t.TypeID, ToObjectID: l.ToID, ToObjectTypeID: far.TypeID,
		AssociationType: strings.ToUpper(t.Singular + "_to_" + far.Singular), AssociationTypeID: kind.ID, AssociationCategory: string(kind.Category),
		AssociationRemoved: &removed, IsPrimaryAssociation: &kind.Primary})
}

// subjects are the two names of what happens to a type's records.
func subjects(t property.ObjectType, what string) [2]subject {
	return [2]subject{{t.Singular + "." + what, ""}, {anyObject + "." + what, t.TypeID}}
}

// wanted reports whether anybody is told of it at all.
func (n *notes) wanted(t property.ObjectType, what string) bool {
	for _, s := range subjects(t, what) {
		if len(n.b.lists[s]) > 0 {
			return true
		}
	}
	return false
}

func (n *notes) tell(t property.ObjectType, what string, p payload) error {
	return n.tellWho(t, what, p, everyone)
}

func everyone(reader) bool { return true }

// tellWho keeps a payload for each who subscribed to it and passes.
func (n *notes) tellWho(t property.ObjectType, what string, p payload, passes func(reader) bool) error {
	for _, s := range subjects(t, what) {
		if s.objectTypeID != "" {
			p.ObjectTypeID = t.TypeID
		}
		if err := n.queue(s, p, passes); err != nil {
			return err
		}
	}
	return nil
}

func (n *notes) tellOf(s subject, p payload) error { return n.queue(s, p, everyone) }

var insertQueue = db.NewInsert("INSERT INTO webhook_queue (endpoint_id, lane, id, type, payload)", "")

func (n *notes) queue(s subject, p payload, passes func(reader) bool) error {
	p.PortalID, p.OccurredAt, p.SubscriptionType, p.ChangeSource = n.b.portal, n.e.At.UnixMilli(), s.eventType, sources[n.e.Actor.Kind]
	switch {
	case n.e.Actor.Kind == event.User:
		p.SourceID = "userId:" + id.Format(n.e.Actor.ID)
	case n.e.Actor.ID != 0:
		p.SourceID = id.Format(n.e.Actor.ID)
	}
	for _, r := range n.b.lists[s] {
		if !passes(r) {
			continue
		}
		p.EventID, p.SubscriptionID, p.AppID = n.tx.NewID(), r.subscription, r.shown
		raw, err := json.Marshal(p)
		if err != nil {
			return err
		}
		n.tx.StoreLast(insertQueue, r.endpoint, laneOf(s.eventType, max(p.ObjectID, p.FromObjectID)), p.EventID, s.eventType, string(raw))
		if err := wake(n.tx); err != nil {
			return err
		}
	}
	return nil
}

// lanes are how many requests to one endpoint can be under way at once. What happens to one record stays in one lane, in order.
const lanes = 16

func laneOf(eventType string, object int64) int {
	kind, _, _ := strings.Cut(eventType, ".")
	h := fnv.New32a()
	_, _ = h.Write(strconv.AppendInt([]byte(kind), object, 10)) // a hash takes all
	return int(h.Sum32() % lanes)
}

type wokenKey struct{}

// gather is how long events wait for others that go into the same request.
const gather = 200 * time.Millisecond

// wake sees to it that what was queued is looked at soon, once a transaction. It waits for nobody; what a look misses whose
// transaction began before and ended after it, the next one finds.
func wake(tx *db.Tx) error {
	if tx.Get(wokenKey{}) != nil {
		return nil
	}
	tx.Put(wokenKey{}, true)
	return job.EnqueueLast(tx, job.Spec{Kind: formKind, Key: formKey, Due: tx.Now.Add(gather)})
}

// formKey is of the one job that looks at the queue.
const formKey = "all"

// look orders a look at the queue.
func look(tx *db.Tx, in time.Duration) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: formKind, Key: formKey, Due: tx.Now.Add(in)})
	return err
}
