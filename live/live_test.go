package live_test

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/live"
)

// each runs a story on a database whose events reach a hub, on the same node.
func each(t *testing.T, story func(t *testing.T, d *db.DB, h *live.Hub)) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		bus := event.NewBus(slog.New(slog.DiscardHandler))
		if err := bus.Install(live.Reactor()); err != nil {
			t.Fatal(err)
		}
		cfg.Reactor = bus
		d := dbtest.Open(t, cfg)
		h := live.NewHub(d)
		t.Cleanup(h.Close)
		story(t, d, h)
	})
}

type onTicket struct{ TicketID int64 }

func (o onTicket) OnTicket() int64 { return o.TicketID }

func emit(t *testing.T, d *db.DB, objectType string, id int64, data any) {
	dbtest.Do(t, d, func(tx *db.Tx) error {
		event.Emit(tx, event.Event{Type: "x.changed", ObjectType: objectType, ObjectID: id, Actor: event.BySystem, Data: data})
		event.Emit(tx, event.Event{Type: "x.changed", ObjectType: objectType, ObjectID: id, Actor: event.BySystem, Data: data})
		return nil
	})
}

func next(s *live.Subscription) string {
	c := <-s.C()
	if s.Next() {
		c = live.Reset
	}
	return c.Type + ":" + c.ID
}

func TestBrowsersHearEachChangeOnce(t *testing.T) { // VIEW-5
	each(t, func(t *testing.T, d *db.DB, h *live.Hub) {
		s := h.Subscribe("")
		emit(t, d, "tickets", 7, struct{}{})
		emit(t, d, "messages", 8, onTicket{9})
		emit(t, d, "secrets", 1, struct{}{})
		emit(t, d, "users", 2, struct{}{})
		for _, want := range []string{"ticket:7", "counts:", "ticket:9", "user:2"} {
			if got := next(s); got != want {
				t.Fatalf("heard %s, want %s", got, want)
			}
		}
	})
}

func TestBrowserThatWasAwayCatchesUp(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, h *live.Hub) {
		first := h.Subscribe("")
		emit(t, d, "users", 1, struct{}{})
		c := <-first.C()
		first.Close()
		witness := h.Subscribe("")
		emit(t, d, "users", 2, struct{}{})
		emit(t, d, "users", 3, struct{}{})
		next(witness)
		next(witness)
		back := h.Subscribe(h.Place(c))
		if a, b := next(back), next(back); a != "user:2" || b != "user:3" {
			t.Errorf("caught up with %s, %s", a, b)
		}
		for _, place := range []string{"other-1", h.Here() + "9", "garbage"} {
			if got := next(h.Subscribe(place)); got != "reset:" {
				t.Errorf("from %q: %s, want a reset", place, got)
			}
		}
	})
}

func TestSlowBrowserIsResetNotServedGaps(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, h *live.Hub) {
		slow, witness := h.Subscribe(""), h.Subscribe("")
		for i := range 600 {
			emit(t, d, "users", int64(i+1), struct{}{})
			if got := next(witness); got != fmt.Sprintf("user:%d", i+1) {
				t.Fatalf("the quick one heard %s", got)
			}
		}
		if got := next(slow); got != "reset:" {
			t.Errorf("the slow one heard %s, want a reset", got)
		}
		emit(t, d, "users", 601, struct{}{})
		if got := next(slow); got != "user:601" {
			t.Errorf("after the reset it heard %s", got)
		}
	})
}
