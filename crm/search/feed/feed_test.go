package feed_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search/feed"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
)

// Each event leaves what it means to the index, and nothing when it means nothing.
func TestWhatEventsLeaveToDo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		bus := event.NewBus(cfg.Log)
		cfg.Reactor = bus
		d := dbtest.Open(t, cfg)
		if err := bus.Install(feed.Reactor(property.New(d))); err != nil {
			t.Fatal(err)
		}
		changed := func(name, from string) record.Changed {
			return record.Changed{Changes: map[string]record.Change{name: {From: from, To: "new"}}}
		}
		for _, c := range []struct {
			event      string
			objectType string
			data       any
			want       string // object type, parts, gone
		}{
			{"ticket.created", "tickets", record.Created{}, "tickets 3 "},
			{"contact.created", "contacts", record.Created{}, "contacts 1 "},
			{"ticket.changed", "tickets", changed("subject", "old\nwords"), "tickets 1 old words\n"},
			{"ticket.changed", "tickets", changed("hs_ticket_priority", "LOW"), ""},
			{"contact.changed", "contacts", changed("lastname", "Old"), "contacts 9 Old\n"},
			{"deal.changed", "deals", changed("dealname", "Old"), "deals 1 Old\n"},
			{"ticket.associated", "tickets", record.Linked{ToType: "contacts", ToID: 8}, "tickets 2 \x02contacts 8\n"},
			{"ticket.dissociated", "tickets", record.Linked{ToType: "companies", ToID: 8}, "tickets 2 \x02companies 8\n"},
			{"contact.associated", "contacts", record.Linked{ToType: "tickets", ToID: 8}, ""},
			{"ticket.associated", "tickets", record.Linked{ToType: "tickets", ToID: 8}, ""},
			{"contact.archived", "contacts", record.Trashed{}, "contacts 8 "},
			{"company.restored", "companies", record.Trashed{}, "companies 8 "},
			{"ticket.archived", "tickets", record.Trashed{}, ""},
			{"ticket.merged", "tickets", merge.Merged{From: 8}, "tickets 7 "},
			{"message.received", "messages", struct{}{}, "messages 4 "},
			{"message.replied", "messages", struct{}{}, "messages 4 "},
			{"comment.added", "messages", struct{}{}, "messages 4 "},
			{"message.sent", "messages", struct{}{}, ""},
			{"pipeline.changed", "pipelines", struct{}{}, ""},
			{"user.changed", "users", struct{}{}, ""},
		} {
			dbtest.Do(t, d, func(tx *db.Tx) error {
				event.Emit(tx, event.Event{Type: c.event, ObjectType: c.objectType, ObjectID: 7, Actor: event.BySystem, Data: c.data})
				return nil
			})
			dbtest.Do(t, d, func(tx *db.Tx) error {
				got, err := db.List(tx, func(s db.Scanner) (string, error) {
					var objectType, gone string
					var id, parts int64
					err := s.Scan(&objectType, &id, &parts, &gone)
					return fmt.Sprintf("%s %d %s", objectType, parts, gone), err
				}, "SELECT object_type, record_id, parts, gone FROM search_todo WHERE record_id = 7")
				if all := slices.DeleteFunc(strings.Split(c.want, "|"), func(s string) bool { return s == "" }); !slices.Equal(got, all) {
					t.Errorf("%s leaves %q, want %q", c.event, got, all)
				}
				if err == nil {
					_, err = tx.Exec("DELETE FROM search_todo")
				}
				return err
			})
		}
	})
}
