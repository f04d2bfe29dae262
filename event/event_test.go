package event_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
)

// open opens a database whose events go to the reactors.
func open(t *testing.T, cfg db.Config, reactors ...event.Reactor) (*db.DB, *job.Runner) {
	t.Helper()
	bus := event.NewBus(slog.New(slog.DiscardHandler))
	cfg.Reactor = bus
	d := dbtest.Open(t, cfg)
	if err := bus.Install(reactors...); err != nil {
		t.Fatal(err)
	}
	jobs, err := job.NewRunner(d, slog.New(slog.DiscardHandler), job.Config{}, bus.RetryHandler(d))
	if err != nil {
		t.Fatal(err)
	}
	return d, jobs
}

func emit(t *testing.T, d *db.DB, types ...string) {
	t.Helper()
	dbtest.Do(t, d, func(tx *db.Tx) error {
		for _, typ := range types {
			event.Emit(tx, event.Event{Type: typ, ObjectType: "tickets", ObjectID: 7, Actor: event.BySystem})
		}
		return nil
	})
}

func of(t *testing.T, d *db.DB) (events []event.Event) {
	t.Helper()
	dbtest.See(t, d, func(tx *db.Tx) (err error) {
		events, err = event.Of(tx, "tickets", 7, 0, 1000)
		return err
	})
	return events
}

func jobs(t *testing.T, d *db.DB, states ...job.State) (list []job.Job) {
	t.Helper()
	dbtest.See(t, d, func(tx *db.Tx) (err error) {
		list, err = job.List(tx, states...)
		return err
	})
	return list
}

func drain(t *testing.T, r *job.Runner) {
	t.Helper()
	if err := r.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestReactorsRunInTheWrittenOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		var saw []string
		reactor := func(name string, types ...string) event.Reactor {
			return event.Reactor{Name: name, Types: types, React: func(tx *db.Tx, e event.Event) error {
				saw = append(saw, name+":"+e.Type)
				if name == "status" && e.Type == "message.received" {
					event.Emit(tx, event.Event{Type: "ticket.changed", ObjectType: "tickets", ObjectID: 7})
				}
				return nil
			}}
		}
		d, _ := open(t, cfg, reactor("status", "message.received"), reactor("routing", "ticket.created", "ticket.changed"), reactor("live"))
		emit(t, d, "message.received", "ticket.created")
		want := "status:message.received live:message.received routing:ticket.created live:ticket.created routing:ticket.changed live:ticket.changed"
		if got := strings.Join(saw, " "); got != want {
			t.Errorf("saw\n%s, want\n%s", got, want)
		}
	})
}

type note struct {
	Text string `json:"text"`
}

func TestFailingReactorLosesOnlyItsOwnWork(t *testing.T) { // REL-1
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		broken, runs := true, 0
		d, runner := open(t, cfg,
			event.Reactor{Name: "routing", Types: []string{"message.received"}, React: func(tx *db.Tx, e event.Event) error {
				event.Emit(tx, event.Event{Type: "ticket.assigned", ObjectType: "tickets", ObjectID: 7})
				if broken {
					_, err := tx.Exec("SELECT routes FROM nowhere")
					return err
				}
				runs++
				return nil
			}},
			event.Reactor{Name: "notify", Types: []string{"message.received"}, React: func(tx *db.Tx, e event.Event) error {
				event.Emit(tx, event.Event{Type: "user.notified", ObjectType: "tickets", ObjectID: 7})
				return nil
			}})
		emit(t, d, "message.received")
		if got := types(of(t, d)); got != "user.notified message.received" {
			t.Fatalf("events %q: the message and what others did must stay", got)
		}
		waiting := jobs(t, d, job.Ready)
		if len(waiting) != 1 || !waiting[0].Due.After(dbtest.Start) {
			t.Fatalf("want one retry, later: %+v", waiting)
		}
		advance(d, time.Minute)
		drain(t, runner)
		if got := jobs(t, d, job.Ready); len(got) != 1 || got[0].Attempts != 1 {
			t.Fatalf("still broken, so it waits again: %+v", got)
		}
		broken = false
		advance(d, time.Hour)
		drain(t, runner)
		drain(t, runner)
		events := of(t, d)
		if got := types(events); got != "ticket.assigned user.notified message.received" || runs != 1 {
			t.Errorf("events %q after %d runs; the retried reactor runs once", got, runs)
		}
		if events[0].Cause != events[2].ID || events[0].Depth != 1 {
			t.Errorf("a retried reactor's events have the cause too: %+v", events[0])
		}
		if left := jobs(t, d, job.Ready, job.Running, job.Dead); len(left) != 0 {
			t.Errorf("left %+v", left)
		}
	})
}

func TestPanickingReactorIsAFailure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d, _ := open(t, cfg, event.Reactor{Name: "sla", React: func(*db.Tx, event.Event) error { panic("nil clock") }})
		emit(t, d, "ticket.created", "ticket.changed")
		if got := types(of(t, d)); got != "ticket.changed ticket.created" || len(jobs(t, d, job.Ready)) != 2 {
			t.Errorf("events %q, jobs %+v", got, jobs(t, d, job.Ready))
		}
	})
}

func TestRetryOfAReactorThatIsGoneDies(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d, _ := open(t, cfg, event.Reactor{Name: "old", React: func(*db.Tx, event.Event) error { return errors.New("no") }})
		emit(t, d, "ticket.created")
		newer, runner := open(t, cfg)
		advance(newer, time.Minute)
		drain(t, runner)
		if dead := jobs(t, newer, job.Dead); len(dead) != 1 || !strings.Contains(dead[0].Error, `no reactor "old"`) {
			t.Errorf("want it visible: %+v", dead)
		}
	})
}

func TestLoopsAreCut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d, _ := open(t, cfg, event.Reactor{Name: "echo", React: func(tx *db.Tx, e event.Event) error {
			event.Emit(tx, event.Event{Type: fmt.Sprint("echo", e.Depth+1), ObjectType: "tickets", ObjectID: 7})
			return nil
		}})
		emit(t, d, "start")
		events := of(t, d)
		if got := types(events); got != "echo9 echo8 echo7 echo6 echo5 echo4 echo3 echo2 echo1 start" {
			t.Fatalf("events %s", got)
		}
		for i, e := range events {
			cause := int64(0)
			if i+1 < len(events) {
				cause = events[i+1].ID
			}
			if e.Cause != cause || e.Depth != len(events)-1-i || !e.At.Equal(dbtest.Start) {
				t.Errorf("%s: cause %d at depth %d, want %d at %d", e.Type, e.Cause, e.Depth, cause, len(events)-1-i)
			}
		}
	})
}

func TestDataFreshAndStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		const hostile = "nul \x00, not \\u0000, \xff"
		var fresh note
		d, _ := open(t, cfg, event.Reactor{Name: "reader", React: func(_ *db.Tx, e event.Event) (err error) {
			fresh, err = event.Data[note](e)
			if _, err := event.Data[int](e); err == nil {
				t.Error("data of another type must be refused")
			}
			return err
		}})
		var id int64
		dbtest.Do(t, d, func(tx *db.Tx) error {
			id = event.Emit(tx, event.Event{Type: "noted", ObjectType: "tickets", ObjectID: 7,
				Actor: event.Actor{Kind: event.User, ID: 5}, Data: note{hostile}})
			return nil
		})
		if fresh.Text != hostile {
			t.Errorf("a reactor saw %q", fresh.Text)
		}
		dbtest.See(t, d, func(tx *db.Tx) error {
			e, ok, err := event.Get(tx, id)
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			stored, err := event.Data[note](e)
			if stored.Text != "nul \uFFFD, not \\u0000, \uFFFD" || e.Actor != (event.Actor{Kind: event.User, ID: 5}) {
				t.Errorf("stored %q by %+v", stored.Text, e.Actor)
			}
			if _, err := event.Data[[]int](e); err == nil {
				t.Error("stored data of another form must be refused")
			}
			_, ok, getErr := event.Get(tx, id+1)
			if ok {
				t.Error("found an event that never was")
			}
			return errors.Join(err, getErr)
		})
	})
}

func TestOfPagesNewestFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d, _ := open(t, cfg)
		emit(t, d, "one", "two", "three")
		dbtest.See(t, d, func(tx *db.Tx) error {
			first, err := event.Of(tx, "tickets", 7, 0, 2)
			if got := types(first); got != "three two" {
				t.Errorf("first page %s", got)
			}
			rest, err2 := event.Of(tx, "tickets", 7, first[1].ID, 2)
			other, err3 := event.Of(tx, "contacts", 7, 0, 2)
			if got := types(rest); got != "one" || len(other) != 0 {
				t.Errorf("second page %s, another object %v", got, other)
			}
			return errors.Join(err, err2, err3)
		})
	})
}

func TestNothingIsSeenOfWhatIsRolledBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		saw := 0
		d, _ := open(t, cfg, event.Reactor{Name: "count", React: func(*db.Tx, event.Event) error { saw++; return nil }})
		no := errors.New("no")
		if err := d.Write(context.Background(), func(tx *db.Tx) error {
			event.Emit(tx, event.Event{Type: "lost", ObjectType: "tickets", ObjectID: 7})
			return no
		}); !errors.Is(err, no) || saw != 0 || len(of(t, d)) != 0 {
			t.Errorf("%v; saw %d, kept %d", err, saw, len(of(t, d)))
		}
		if err := d.Write(context.Background(), func(tx *db.Tx) error { tx.Emit("a word"); return nil }); err == nil {
			t.Error("what is no event must be refused")
		}
		if err := d.Write(context.Background(), func(tx *db.Tx) error {
			event.Emit(tx, event.Event{Type: "bad", Data: json.RawMessage("{")})
			return nil
		}); err == nil {
			t.Error("data that is no JSON must be refused")
		}
	})
}

// A reactor finds the event that it handles, and what caused it, though neither is stored before all have reacted.
func TestReactorsFindFreshEvents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		var found []string
		d, _ := open(t, cfg, event.Reactor{Name: "reader", React: func(tx *db.Tx, e event.Event) error {
			for _, id := range []int64{e.Cause, e.ID, e.ID + 1} {
				if got, ok, err := event.Get(tx, id); err != nil {
					return err
				} else if ok {
					n, err := event.Data[note](got)
					found = append(found, got.Type+":"+n.Text)
					if err != nil {
						return err
					}
				}
			}
			if e.Depth == 0 {
				event.Emit(tx, event.Event{Type: "second", ObjectType: "tickets", ObjectID: 7, Data: note{"b"}})
			}
			return nil
		}})
		dbtest.Do(t, d, func(tx *db.Tx) error {
			event.Emit(tx, event.Event{Type: "first", ObjectType: "tickets", ObjectID: 7, Data: note{"a"}})
			return nil
		})
		if got := strings.Join(found, " "); got != "first:a first:a second:b" {
			t.Errorf("found %s", got)
		}
		if got := types(of(t, d)); got != "second first" {
			t.Errorf("stored %s", got)
		}
	})
}

// However many events a transaction has, few statements store them (PERF-3).
func TestEventsOfATransactionAreStoredTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		var statements atomic.Int64
		cfg.Trace = func(all ...string) {
			for _, s := range all {
				if strings.HasPrefix(s, "INSERT INTO events") {
					statements.Add(1)
				}
			}
		}
		d, _ := open(t, cfg, event.Reactor{Name: "echo", Types: []string{"ask"}, React: func(tx *db.Tx, e event.Event) error {
			event.Emit(tx, event.Event{Type: "echo", ObjectType: "tickets", ObjectID: 7})
			return nil
		}})
		emit(t, d, slices.Repeat([]string{"ask"}, 50)...)
		events := of(t, d)
		if len(events) != 100 || statements.Load() > 4 {
			t.Fatalf("%d events in %d statements", len(events), statements.Load())
		}
		for i, e := range events[:50] {
			if e.Type != "echo" || e.Cause != events[50+i].ID {
				t.Errorf("event %d from the end is %s, caused by %d", i, e.Type, e.Cause)
			}
		}
	})
}

func TestInstallOnceWithDifferentNames(t *testing.T) {
	r := event.Reactor{Name: "a"}
	if err := event.NewBus(slog.New(slog.DiscardHandler)).Install(r, r); err == nil {
		t.Error("two reactors of one name must be refused")
	}
	bus := event.NewBus(slog.New(slog.DiscardHandler))
	if err := errors.Join(bus.Install(r), bus.Install(event.Reactor{Name: "b"})); err == nil {
		t.Error("a second Install must be refused")
	}
}

func types(events []event.Event) string {
	var out []string
	for _, e := range events {
		out = append(out, e.Type)
	}
	return strings.Join(out, " ")
}

func advance(d *db.DB, by time.Duration) { d.Clock().(*clock.Fixed).Advance(by) }

// A stretch of some types of an object's events is read in either direction.
func TestBetweenReadsAStretch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d, _ := open(t, cfg)
		emit(t, d, "a", "b", "a", "c", "b")
		var ids []int64
		all := of(t, d)
		for i := range all {
			ids = append(ids, all[len(all)-1-i].ID) // oldest first
		}
		read := func(s event.Span, types ...string) (got []int64) {
			t.Helper()
			dbtest.See(t, d, func(tx *db.Tx) error {
				events, err := event.Between(tx, all[0].ObjectType, all[0].ObjectID, types, s)
				for _, e := range events {
					got = append(got, e.ID)
				}
				return err
			})
			return got
		}
		for name, c := range map[string]struct {
			got, want []int64
		}{
			"all":                 {read(event.Span{Limit: 9}, "a", "b", "c"), ids},
			"one type":            {read(event.Span{Limit: 9}, "b"), []int64{ids[1], ids[4]}},
			"newest first":        {read(event.Span{Limit: 2, NewestFirst: true}, "a", "b"), []int64{ids[4], ids[2]}},
			"after":               {read(event.Span{Limit: 9, After: ids[1]}, "a", "b"), []int64{ids[2], ids[4]}},
			"newest first, after": {read(event.Span{Limit: 9, After: ids[2], NewestFirst: true}, "a", "b"), []int64{ids[1], ids[0]}},
			"none":                {read(event.Span{Limit: 9}, "z"), nil},
		} {
			if !slices.Equal(c.got, c.want) {
				t.Errorf("%s: %v, want %v", name, c.got, c.want)
			}
		}
	})
}
