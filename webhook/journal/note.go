package journal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
)

// Event is one thing that happened, as an app reads it.
type Event struct {
	Type         string            `json:"type"` // of the subscription
	PortalID     int64             `json:"portalId"`
	OccurredAt   string            `json:"occurredAt"`
	Action       string            `json:"action"`
	ObjectTypeID string            `json:"objectTypeId"`
	ObjectID     int64             `json:"objectId"`
	Changes      map[string]string `json:"propertyChanges,omitempty"`
	Values       map[string]string `json:"properties,omitempty"` // of a snapshot

	MergedObjectIDs []int64 `json:"mergedObjectIds,omitempty"`

	FarTypeID           string `json:"associatedObjectTypeId,omitempty"`
	FarID               int64  `json:"associatedObjectId,omitempty"`
	AssociationTypeID   int    `json:"associationTypeId,omitempty"`
	AssociationCategory string `json:"associationCategory,omitempty"`
}

// Reactor notes what apps are to read, in the transaction in which it happens. While nobody subscribes it asks nothing of the database.
func (s *Service) Reactor() event.Reactor {
	return event.Reactor{Name: "journal", React: func(tx *db.Tx, e event.Event) error {
		if e.ObjectType == "apps" || e.ObjectType == "tokens" {
			return s.appChanged(tx, e)
		}
		b, err := s.book.Get(tx)
		if err != nil || len(b.lists) == 0 {
			return err
		}
		n := &notes{s: s, tx: tx, b: b, e: e}
		return n.record()
	}}
}

// notes is one event on its way into journals.
type notes struct {
	s     *Service
	tx    *db.Tx
	b     *book
	e     event.Event
	set   *property.Set
	props map[string]string // of the record, once a filter asked for them
}

func (n *notes) record() error {
	objects, what, _ := strings.Cut(n.e.Type, ".")
	set, err := n.s.props.Set(n.tx, n.e.ObjectType)
	if e := errs.As(err); e != nil && e.Code == "UNKNOWN_OBJECT_TYPE" {
		return nil // of something else that is no record
	}
	if err != nil || set.ObjectType.Events != objects {
		return err
	}
	n.set = set
	switch what {
	case "created":
		return n.created()
	case "changed":
		d, err := event.Data[record.Changed](n.e)
		if err != nil {
			return err
		}
		values := make(map[string]string, len(d.Changes))
		for name, c := range d.Changes {
			values[name] = c.To
		}
		return n.tell(Objects, Event{Action: update, Changes: values})
	case "archived":
		d, err := event.Data[record.Trashed](n.e)
		if err != nil || d.Into != 0 {
			return err // it was merged, and that is told of the other
		}
		return n.tell(Objects, Event{Action: remove})
	case "restored":
		return n.tell(Objects, Event{Action: restore})
	case "merged":
		d, err := event.Data[merge.Merged](n.e)
		if err != nil {
			return err
		}
		return n.tell(Objects, Event{Action: merged, MergedObjectIDs: []int64{d.From}})
	case "associated", "dissociated":
		d, err := event.Data[record.Linked](n.e)
		if err != nil {
			return err
		}
		action := linked
		if what == "dissociated" {
			action = unlinked
		}
		return n.link(n.set.ObjectType, n.e.ObjectID, d, action)
	case "erased":
		return n.tell(Privacy, Event{Action: erased})
	}
	return nil
}

// created tells of a new record and of its relations, which have no events of their own, from both ends.
func (n *notes) created() error {
	d, err := event.Data[record.Created](n.e)
	if err != nil {
		return err
	}
	if err := n.tell(Objects, Event{Action: create, Changes: d.Properties}); err != nil {
		return err
	}
	t := n.set.ObjectType
	for _, l := range d.Links {
		if err := n.link(t, n.e.ObjectID, l, linked); err != nil {
			return err
		}
		far, err := n.s.props.Type(n.tx, l.ToType)
		if err != nil {
			return err
		}
		kind, ok, err := n.s.types.Find(n.tx, t, far, l.TypeID)
		if err != nil || !ok {
			return err
		}
		if err := n.link(far, l.ToID, record.Linked{ToType: t.Name, ToID: n.e.ObjectID, TypeID: kind.Inverse}, linked); err != nil {
			return err
		}
	}
	return nil
}

func (n *notes) link(t property.ObjectType, from int64, l record.Linked, action string) error {
	readers := n.b.lists[subject{Associations, t.TypeID}]
	if len(readers) == 0 {
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
	for _, r := range readers {
		if (len(r.Far) > 0 && !slices.Contains(r.Far, far.TypeID)) || !reads(r.app, far.TypeID) {
			continue
		}
		if err := n.keep(r, t, Event{Type: Associations, Action: action, ObjectID: from, FarTypeID: far.TypeID, FarID: l.ToID,
			AssociationTypeID: kind.ID, AssociationCategory: string(kind.Category)}); err != nil {
			return err
		}
	}
	return nil
}

// tell keeps an event of the record for each who reads of it.
func (n *notes) tell(kind string, what Event) error {
	t := n.set.ObjectType
	for _, r := range n.b.lists[subject{kind, t.TypeID}] {
		mine := what
		mine.Type, mine.ObjectID = kind, n.e.ObjectID
		if mine.Changes = n.seen(r, what.Changes); what.Action == update && len(mine.Changes) == 0 {
			continue
		}
		if err := n.keep(r, t, mine); err != nil {
			return err
		}
	}
	return nil
}

// seen are the values that an app asked for and may know.
func (n *notes) seen(r reader, values map[string]string) map[string]string {
	var out map[string]string
	for name, v := range values {
		if len(r.Properties) > 0 && !slices.Contains(r.Properties, name) || !n.set.Sees(r.app, name) {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[name] = v
	}
	return out
}

var insertQueue = db.NewInsert("INSERT INTO journal_queue (id, app_id, event)", "")

// keep queues an event for an app that wants it.
func (n *notes) keep(r reader, t property.ObjectType, what Event) error {
	if !slices.Contains(r.Actions, what.Action) || len(r.Records) > 0 && !slices.Contains(r.Records, what.ObjectID) {
		return nil
	}
	if ok, err := n.passes(r, what); err != nil || !ok {
		return err
	}
	what.PortalID, what.OccurredAt, what.ObjectTypeID = n.b.portal, property.FormatTime(n.e.At), t.TypeID
	return queue(n.tx, r.App, n.tx.NewID(), what)
}

func queue(tx *db.Tx, app, id int64, what Event) error {
	raw, err := json.Marshal(what)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	tx.StoreLast(insertQueue, id, app, string(raw))
	return wake(tx)
}

// passes reports whether a filter of a subscription lets an event of its own record through. What is gone has no values.
func (n *notes) passes(r reader, what Event) (bool, error) {
	if len(r.filters) == 0 || what.Action == erased {
		return true, nil
	}
	if what.ObjectID != n.e.ObjectID { // the far end of a new record's relation
		return false, nil
	}
	if n.props == nil {
		rec, err := n.s.records.Any(n.tx, n.e.ObjectType, n.e.ObjectID)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return false, err
		}
		if n.props = rec.Properties; n.props == nil {
			n.props = map[string]string{}
		}
	}
	return slices.ContainsFunc(r.filters, func(f Filter) bool { return f.passes(n.visible(r)) }), nil
}

// visible are the record's values without those that the app may not know: no filter finds them out.
func (n *notes) visible(r reader) map[string]string {
	out := make(map[string]string, len(n.props))
	for name, v := range n.props {
		if n.set.Sees(r.app, name) {
			out[name] = v
		}
	}
	return out
}

type wokenKey struct{}

// gather is how long events wait for others that go into the same entry.
const gather = 200 * time.Millisecond

// wake sees to it that what was queued is published soon, once a transaction. It waits for nobody.
func wake(tx *db.Tx) error {
	if tx.Get(wokenKey{}) != nil {
		return nil
	}
	tx.Put(wokenKey{}, true)
	return job.EnqueueLast(tx, job.Spec{Kind: publishKind, Key: "all", Due: tx.Now.Add(gather)})
}
