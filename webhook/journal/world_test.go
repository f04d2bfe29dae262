package journal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/oauth"
	"github.com/deskbell/deskbell/seal"
	"github.com/deskbell/deskbell/webhook/journal"
)

var ctx = context.Background()

// world is records, private apps and their journals.
type world struct {
	*journal.Service
	t       *testing.T
	db      *db.DB
	clock   *clock.Fixed
	people  *people.Service
	records *record.Store
	merges  *merge.Service
	eraser  *erase.Service
	jobs    *job.Runner
	portal  int64
}

func each(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		log := slog.New(slog.DiscardHandler)
		bus := event.NewBus(log)
		cfg.Reactor, cfg.Log = bus, log
		w := &world{
			t:     t,
			db:    dbtest.Open(t, cfg),
			clock: cfg.Clock.(*clock.Fixed),
		}
		box, err := seal.New(bytes.Repeat([]byte{7}, 32))
		if err != nil {
			t.Fatal(err)
		}
		w.people = people.New(w.db, people.HashMemory(64))
		props := property.New(w.db)
		index := search.New(w.db, props, nil)
		w.records = record.New(w.db, props, index, nil)
		w.merges = merge.New(w.db, w.records, props, nil)
		w.Service = journal.New(w.db, w.people, oauth.New(w.db, w.people, box), props, w.records, box, "https://desk.example/")
		w.eraser = erase.New(w.db, w.records, props, index, w.Erasing())
		if err := bus.Install(w.Reactor()); err != nil {
			t.Fatal(err)
		}
		handlers := append(w.Handlers(), bus.RetryHandler(w.db), w.merges.SettleHandler())
		if w.jobs, err = job.NewRunner(w.db, log, job.Config{}, append(handlers, w.eraser.Handlers()...)...); err != nil {
			t.Fatal(err)
		}
		w.do(func(tx *db.Tx) error {
			return w.people.SetAccount(tx, people.System, people.Account{Name: "Desk", Domain: "desk.localhost"})
		})
		w.see(func(tx *db.Tx) (err error) {
			w.portal, err = w.Portal(tx)
			return err
		})
		story(t, w)
	})
}

func (w *world) do(fn func(tx *db.Tx) error)  { w.t.Helper(); dbtest.Do(w.t, w.db, fn) }
func (w *world) see(fn func(tx *db.Tx) error) { w.t.Helper(); dbtest.See(w.t, w.db, fn) }

// refused checks that a command fails in a way.
func (w *world) refused(want errs.Kind, fn func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.db.Write(ctx, fn); !errs.Is(err, want) {
		w.t.Errorf("%v, want an error that is %v", err, want)
	}
}

// pass lets time go by, and runs what is due then.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.clock.Advance(d)
	if err := w.jobs.Drain(ctx); err != nil {
		w.t.Fatal(err)
	}
}

// app is a private app with scopes, none for all.
func (w *world) app(scopes ...string) people.Actor {
	w.t.Helper()
	t, _, err := w.people.AddToken(ctx, people.System, "Reader", scopes...)
	if err != nil {
		w.t.Fatal(err)
	}
	return t.Actor()
}

func (w *world) subscribe(by people.Actor, kind, objectType string, wants journal.Wants) (out journal.Subscription) {
	w.t.Helper()
	w.do(func(tx *db.Tx) (err error) {
		out, err = w.Subscribe(tx, by, journal.Subscription{Kind: kind, ObjectTypeID: objectType, Wants: wants})
		return err
	})
	return out
}

// make makes a record that is related to others.
func (w *world) make(kind string, props map[string]string, to ...record.Record) (r record.Record) {
	w.t.Helper()
	in := record.Input{Properties: props}
	for _, other := range to {
		in.Links = append(in.Links, record.Link{ToType: other.ObjectType, ToID: other.ID})
	}
	w.do(func(tx *db.Tx) (err error) {
		r, err = w.records.Create(tx, people.System, kind, in)
		return err
	})
	return r
}

func (w *world) change(r record.Record, name, value string) {
	w.t.Helper()
	w.do(func(tx *db.Tx) error {
		_, err := w.records.Update(tx, people.System, r.ObjectType, r.ID, map[string]string{name: value}, "")
		return err
	})
}

// reader reads on from where it was.
type reader struct {
	w      *world
	by     people.Actor
	offset string
}

// events are what became visible since.
func (r *reader) events() (out []journal.Event) {
	r.w.t.Helper()
	r.w.pass(2 * time.Second)
	for {
		var list []journal.Entry
		r.w.see(func(tx *db.Tx) (err error) {
			if r.offset == "" {
				list, err = r.w.Earliest(tx, r.by, journal.Most)
			} else {
				list, err = r.w.Next(tx, r.by, r.offset, journal.Most)
			}
			return err
		})
		if len(list) == 0 {
			return out
		}
		for _, e := range list {
			r.offset = e.Offset()
			for _, raw := range r.w.follow(e).Events {
				var one journal.Event
				if err := json.Unmarshal(raw, &one); err != nil {
					r.w.t.Fatal(err)
				}
				out = append(out, one)
			}
		}
	}
}

// follow reads an entry by its link.
func (w *world) follow(e journal.Entry) (out journal.Content) {
	w.t.Helper()
	link, err := url.Parse(w.Link(e, w.clock.Now().Add(time.Minute)))
	if err != nil {
		w.t.Fatal(err)
	}
	offset, ok := strings.CutPrefix(link.Path, journal.Path)
	if !ok || link.Host != "desk.example" {
		w.t.Errorf("the link is %s", link)
	}
	q := link.Query()
	w.see(func(tx *db.Tx) (err error) {
		out, err = w.Linked(tx, offset, q.Get("expires"), q.Get("signature"))
		return err
	})
	return out
}

// short is events in few words: action, record, and what changed.
func short(list []journal.Event) string {
	var out []string
	for _, e := range list {
		line := fmt.Sprintf("%s %s", e.Action, e.ObjectTypeID)
		for _, name := range []string{"name", "city", "dealname", "email"} {
			if v, ok := e.Changes[name]; ok {
				line += " " + name + "=" + v
			}
		}
		if e.FarTypeID != "" {
			line += " " + e.FarTypeID
		}
		out = append(out, line)
	}
	return strings.Join(out, "; ")
}
