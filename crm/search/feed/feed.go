// Package feed tells the search index what was written, as it is written. It knows the events of records and messages, and
// nothing of how they are searched.
package feed

import (
	"strings"

	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
)

// Reactor notes in the transaction of an event what has to be indexed. It runs no statement of its own for it, so it is
// shown every event at no cost.
func Reactor(props *property.Registry) event.Reactor {
	return event.Reactor{Name: "search", React: func(tx *db.Tx, e event.Event) error {
		switch e.Type {
		case "message.received", "message.replied", "comment.added":
			search.Said(tx, e.ObjectID)
			return nil
		}
		objects, what, _ := strings.Cut(e.Type, ".")
		t, ok, err := props.Find(tx, e.ObjectType)
		if err != nil || !ok || t.Events != objects { // of something else, that is no record
			return err
		}
		return react(tx, t, what, e)
	}}
}

func react(tx *db.Tx, t property.ObjectType, what string, e event.Event) error {
	switch what {
	case "created":
		search.Created(tx, t, e.ObjectID)
	case "changed":
		changed, err := event.Data[record.Changed](e)
		if err != nil {
			return err
		}
		before := make(map[string]string, len(changed.Changes))
		for name, c := range changed.Changes {
			before[name] = c.From
		}
		search.Changed(tx, t, e.ObjectID, before)
	case "archived", "restored":
		search.Moved(tx, t, e.ObjectID)
	case "merged", "unmerged":
		search.Took(tx, t, e.ObjectID)
		search.Moved(tx, t, e.ObjectID)
		if m, err := event.Data[merge.Merged](e); err != nil {
			return err
		} else if what == "unmerged" {
			search.Took(tx, t, m.From)
		}
	case "associated", "dissociated":
		linked, err := event.Data[record.Linked](e)
		if err != nil {
			return err
		}
		search.Related(tx, t, e.ObjectID, linked.ToType, linked.ToID)
	}
	return nil
}
