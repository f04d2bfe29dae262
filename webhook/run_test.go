package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/webhook"
)

// crowd is a server that notes how many requests it has at once, and in which order each record's values come.
type crowd struct {
	*httptest.Server
	mu       sync.Mutex
	now, top int
	values   map[string][]string
	left     int
	all      chan struct{}
}

func gather(t *testing.T, wanted int) *crowd {
	t.Helper()
	c := &crowd{values: map[string][]string{}, left: wanted, all: make(chan struct{})}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c.count(1)
		defer c.count(-1)
		var events []struct {
			ObjectID      json.Number
			PropertyValue string
		}
		raw, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(raw, &events) != nil {
			t.Errorf("told of %q, %v", raw, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, e := range events {
			c.values[e.ObjectID.String()] = append(c.values[e.ObjectID.String()], e.PropertyValue)
		}
		if c.left -= len(events); c.left == 0 {
			close(c.all)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *crowd) count(by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now += by
	c.top = max(c.top, c.now)
}

// Many requests side by side keep each record's order, and are no more at once than were asked for.
func TestLanesGoSideBySide(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		const records, changes, most = 20, 15, 4
		c := gather(t, records*changes)
		w.do(func(tx *db.Tx) error {
			_, _, err := w.hooks.Add(tx, people.System, webhook.Endpoint{Name: "Crowd", URL: c.URL, Concurrency: most}, events("contact.propertyChange:firstname"), "")
			return err
		})
		ctx, cancel := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- w.jobs.Run(ctx) }()
		var ids []int64
		for i := range records {
			ids = append(ids, w.contact(fmt.Sprintf("c%d@example.org", i)))
		}
		for i := range changes {
			for _, n := range ids {
				w.change(n, "firstname", fmt.Sprint("v", i))
			}
			w.clock.Advance(time.Second)
		}
		// The runner sleeps by the machine's clock until what is due by ours: a change tells it that time went by.
		for waited := false; !waited; {
			select {
			case <-c.all:
				waited = true
			case <-time.After(50 * time.Millisecond):
				w.clock.Advance(time.Second)
				w.do(func(tx *db.Tx) error { tx.Notify("job", fmt.Sprint(tx.Micros(), " webhook.form")); return nil })
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		for _, n := range ids {
			got := c.values[fmt.Sprint(n)]
			for i, v := range got {
				if v != fmt.Sprint("v", i) {
					t.Errorf("%d came in the order %v", n, got)
					break
				}
			}
			if len(got) != changes {
				t.Errorf("%d was told of %d times", n, len(got))
			}
		}
		if c.top > most {
			t.Errorf("%d requests at once, at most %d", c.top, most)
		}
	})
}

// Two programs on one database tell each event once.
func TestTwoNodesTellOnce(t *testing.T) { // API-8
	cfg := dbtest.Postgres(t)
	w := open(t, cfg, nil)
	cfg.Node = 1
	other := open(t, cfg, nil)
	w.hook("contact.creation")
	for i := range 10 {
		w.contact(fmt.Sprintf("a%d@example.org", i))
		other.contact(fmt.Sprintf("b%d@example.org", i))
	}
	for range 10 {
		w.clock.Advance(time.Second)
		other.settle()
		w.settle()
	}
	seen := map[string]int{}
	for _, id := range strings.Fields(field(told(w.take()), "objectId")) {
		seen[id]++
	}
	if len(seen) != 20 {
		t.Errorf("told of %d of 20 records", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was told of %d times", id, n)
		}
	}
}

func TestConversations(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		w.hook("conversation.creation", "conversation.newMessage", "conversation.deletion", "conversation.propertyChange:status", "conversation.propertyChange:isArchived")
		tell := func(what, of string, n int64, by event.ActorKind, data any) {
			w.do(func(tx *db.Tx) error {
				event.Emit(tx, event.Event{Type: what, ObjectType: of, ObjectID: n, Actor: event.Actor{Kind: by, ID: 9}, Data: data})
				return nil
			})
		}
		tell("thread.created", "threads", 5, event.Channel, conversation.ThreadCreated{ThreadID: 5})
		tell("message.received", "messages", 6, event.Contact, conversation.Received{MessageID: 6, ThreadID: 5})
		tell("message.replied", "messages", 7, event.User, conversation.Replied{MessageID: 7, ThreadID: 5})
		tell("message.sent", "messages", 7, event.System, conversation.Delivered{MessageID: 7, ThreadID: 5})
		w.pass(time.Second)
		got := told(w.take())
		for name, want := range map[string]string{"subscriptionType": "conversation.creation conversation.newMessage conversation.newMessage", "objectId": "5 5 5",
			"changeFlag": "NEW NEW_MESSAGE NEW_MESSAGE", "messageId": "null 6 7", "messageType": "null MESSAGE MESSAGE", "changeSource": "CONVERSATIONS CONTACTS CRM_UI",
			"sourceId": "9 9 userId:9"} {
			if is := field(got, name); is != want {
				t.Errorf("%s: %s, want %s", name, is, want)
			}
		}
		change := conversation.ThreadChanged{ThreadID: 5, From: "OPEN", To: "CLOSED"}
		tell("thread.changed", "threads", 5, event.User, change)
		change.From = change.To
		tell("thread.changed", "threads", 5, event.User, change) // of something else than its status
		tell("thread.archived", "threads", 5, event.User, change)
		tell("thread.restored", "threads", 5, event.User, change)
		w.pass(time.Second)
		got = told(w.take())
		for name, want := range map[string]string{"subscriptionType": "conversation.propertyChange conversation.deletion conversation.propertyChange conversation.propertyChange",
			"propertyName": "status null isArchived isArchived", "propertyValue": "CLOSED null true false"} {
			if is := field(got, name); is != want {
				t.Errorf("%s: %s, want %s", name, is, want)
			}
		}
	})
}

// What is large goes alone, and what is small together.
func TestRequestsAreBoundedInBytes(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		w.hook("contact.propertyChange:address")
		n := w.contact("eve@example.org")
		for i := range 40 {
			w.change(n, "address", fmt.Sprint(i)+strings.Repeat("x", 60_000))
		}
		w.pass(time.Minute)
		got := w.take()
		events := 0
		for _, r := range got {
			events += len(r.events)
			if len(r.body) > 1<<20+100_000 {
				t.Errorf("a request of %d bytes", len(r.body))
			}
		}
		if events != 40 || len(got) < 3 || len(got) > 5 {
			t.Errorf("%d events in %d requests", events, len(got))
		}
	})
}

// Endpoints of which one fails do not wait for one another.
func TestOneThatFailsHoldsUpNoOther(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		bad := listen(t)
		bad.set(status(500))
		w.hook("contact.creation")
		w.do(func(tx *db.Tx) error {
			_, _, err := w.hooks.Add(tx, people.System, webhook.Endpoint{Name: "Bad", URL: bad.at}, events("contact.creation"), "")
			return err
		})
		for i := range 10 {
			w.contact(fmt.Sprintf("c%d@example.org", i))
			w.pass(2 * time.Second)
			if got := len(told(w.take())); got != 1 {
				t.Errorf("record %d: told %d times", i, got)
			}
		}
		if tries := len(bad.take()); tries == 0 || tries > 15 {
			t.Errorf("the one that fails was tried %d times", tries)
		}
	})
}

func TestEndpointsAreBounded(t *testing.T) { // API-8
	w := open(t, dbtest.SQLite(t), nil)
	add := func() error {
		return w.Write(ctx, func(tx *db.Tx) error {
			_, _, err := w.hooks.Add(tx, people.System, webhook.Endpoint{Name: "Sync", URL: w.at}, events("contact.creation"), "a secret of my own")
			return err
		})
	}
	for range 100 {
		if err := add(); err != nil {
			t.Fatal(err)
		}
	}
	if err := add(); !errs.Is(err, errs.Conflict) {
		t.Errorf("one too many: %v", err)
	}
	w.do(func(tx *db.Tx) error {
		_, err := w.records.Create(tx, ann, "contacts", record.Input{Properties: map[string]string{"email": "eve@example.org"}})
		return err
	})
	w.pass(3 * time.Second)
	if got := told(w.take()); len(got) != 100 {
		t.Errorf("%d of 100 were told", len(got))
	}
}
