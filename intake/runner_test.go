package intake_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/intake"
)

// patience bounds waiting for a moment that must come.
const patience = 20 * time.Second

func await[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited %v for %s", patience, what)
	}
	panic("unreachable")
}

// running starts the runner; pauses are told to the test and move the clock.
func (d *desk) running() (pauses chan time.Duration, stop func()) {
	d.t.Helper()
	pauses = make(chan time.Duration)
	const renew = 10 * time.Second
	wait := func(ctx context.Context, length time.Duration) error {
		if length == renew { // of a lease: a test takes no time
			<-ctx.Done()
			return ctx.Err()
		}
		select {
		case pauses <- length:
			d.clock.Advance(length)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r := intake.NewRunner(d.intake, slog.New(slog.DiscardHandler), wait)
	running, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- r.Run(running) }()
	stop = func() {
		d.t.Helper()
		cancel()
		if err := await(d.t, "the runner's end", ended); err != nil {
			d.t.Error(err)
		}
	}
	return pauses, stop
}

func (d *desk) health(id int64) (h account.Health) {
	d.t.Helper()
	d.see(func(tx *db.Tx) error {
		all, err := d.accounts.Healths(tx)
		h = all[id]
		return err
	})
	return h
}

func TestReceiverIsKeptAlive(t *testing.T) { // CHAN-4, MAIL-2: reconnects with back-off for ever, and says when it is down
	each(t, func(t *testing.T, d *desk) {
		fails, worked := make(chan error), make(chan bool, 1)
		d.wire.run = func(ctx context.Context, sink channel.Sink) error {
			select {
			case err := <-fails:
				if err == nil {
					sink.Healthy(ctx)
					worked <- true
					<-ctx.Done()
				}
				return err
			case <-ctx.Done():
				return nil
			}
		}
		a := d.connect("w@desk.localhost")
		pauses, stop := d.running()
		var last time.Duration
		for i := range 12 {
			fails <- errors.New("connection refused")
			last = await(t, "a pause", pauses)
			if most := time.Second << i; last > most || last > 5*time.Minute {
				t.Errorf("pause %d is %v", i, last)
			}
		}
		if last < 150*time.Second {
			t.Errorf("the pause has grown to %v only", last)
		}
		h := d.health(a.ID)
		if h.Failures != 12 || !h.Down || h.Error != "connection refused" || h.FailingSince.IsZero() {
			t.Errorf("health %+v", h)
		}
		down := d.said("channel.down")
		if len(down) != 1 {
			t.Fatalf("channel.down %d times", len(down))
		}
		data, err := event.Data[account.HealthChanged](down[0])
		if err != nil || data.Name != "Wire" || data.Error != "connection refused" || data.AccountID != a.ID {
			t.Errorf("down %+v, %v", data, err)
		}
		fails <- nil
		await(t, "the success", worked)
		stop()
		if h := d.health(a.ID); h.Down || h.Failures != 0 || h.Error != "" || h.LastSuccess.IsZero() {
			t.Errorf("health after a success %+v", h)
		}
		if got := len(d.said("channel.up")); got != 1 {
			t.Errorf("channel.up %d times", got)
		}
	})
}

func TestRestartOfAMailServerIsNoNews(t *testing.T) { // CHAN-4
	each(t, func(t *testing.T, d *desk) {
		a := d.connect("w@desk.localhost")
		fail := func() {
			d.do(func(tx *db.Tx) error { return d.accounts.Fails(tx, a, "refused") })
		}
		for range 5 {
			fail() // often, but in no time
		}
		if d.health(a.ID).Down {
			t.Error("admins are told of a flap")
		}
		d.clock.Advance(3 * time.Minute)
		fail()
		if !d.health(a.ID).Down {
			t.Error("admins are not told although it lasts")
		}
	})
}

func TestHealthIsToldWhenItChanges(t *testing.T) { // CHAN-4 VIEW-5: who looks at the channel sees it without reloading
	each(t, func(t *testing.T, d *desk) {
		a := d.connect("w@desk.localhost")
		works := func() { d.do(func(tx *db.Tx) error { return d.accounts.Works(tx, a) }) }
		fails := func() { d.do(func(tx *db.Tx) error { return d.accounts.Fails(tx, a, "refused") }) }
		for i, step := range []struct {
			do   func()
			tell string
		}{{works, "channel.up"}, {works, ""}, {fails, "channel.failing"}, {fails, ""}, {works, "channel.up"}, {works, ""}, {fails, "channel.failing"}} {
			step.do()
			told := ""
			for _, e := range d.said("channel.up", "channel.failing", "channel.down") {
				told += e.Type
			}
			if told != step.tell {
				t.Errorf("step %d told %q, want %q", i, told, step.tell)
			}
		}
	})
}

func TestAccountChangesRestartReceivers(t *testing.T) { // CHAN
	each(t, func(t *testing.T, d *desk) {
		started, ended := make(chan string, 8), make(chan string, 8)
		d.wire.run = func(ctx context.Context, _ channel.Sink) error {
			started <- "on"
			<-ctx.Done()
			ended <- "off"
			return nil
		}
		_, stop := d.running()
		a := d.connect("w@desk.localhost")
		await(t, "the start", started)
		name, on, off := "New name", true, false
		edit := func(c account.Change) {
			d.do(func(tx *db.Tx) error { _, err := d.accounts.Edit(tx, d.ann.Actor(), a.ID, c); return err })
		}
		edit(account.Change{Name: &name})
		await(t, "the end of the old one", ended)
		await(t, "the start of the new one", started)
		edit(account.Change{Active: &off})
		await(t, "the pause", ended)
		edit(account.Change{Active: &on})
		await(t, "going on", started)
		d.do(func(tx *db.Tx) error { return d.accounts.Remove(tx, d.ann.Actor(), a.ID) })
		await(t, "the end of a removed one", ended)
		stop()
	})
}

func TestPanicOfAReceiverIsAFailure(t *testing.T) { // CHAN-4
	each(t, func(t *testing.T, d *desk) {
		d.wire.run = func(context.Context, channel.Sink) error { panic("in the library") }
		a := d.connect("w@desk.localhost")
		pauses, stop := d.running()
		await(t, "the first pause", pauses)
		await(t, "the second pause", pauses)
		stop()
		if h := d.health(a.ID); h.Failures < 2 || h.Error != "panic: in the library" {
			t.Errorf("health %+v", h)
		}
	})
}

func TestOneNodeReceives(t *testing.T) { // lesson: two fetchers on one mailbox
	each(t, func(t *testing.T, d *desk) {
		a := d.connect("w@desk.localhost")
		lease := func(owner int64) (ok bool) {
			d.do(func(tx *db.Tx) (err error) {
				ok, err = d.accounts.Lease(tx, a.ID, owner, tx.Now.Add(30*time.Second))
				return err
			})
			return ok
		}
		if !lease(1) || lease(2) || !lease(1) {
			t.Error("the first must hold it, and renew it, and the second must not get it")
		}
		d.clock.Advance(31 * time.Second)
		if !lease(2) || lease(1) {
			t.Error("the second must get it after the first died")
		}
		d.do(func(tx *db.Tx) error { return d.accounts.Release(tx, a.ID, 2) })
		if !lease(1) {
			t.Error("a lease that was given back must be free")
		}
	})
}

func TestCursorIsKept(t *testing.T) { // MAIL-2
	each(t, func(t *testing.T, d *desk) {
		a := d.connect("w@desk.localhost")
		sink := d.intake.Sink(a.ID)
		if c, err := sink.Cursor(ctx); err != nil || c != "" {
			t.Errorf("at first %q, %v", c, err)
		}
		d.must(sink.SaveCursor(ctx, "17:42"))
		if c, err := sink.Cursor(ctx); err != nil || c != "17:42" {
			t.Errorf("then %q, %v", c, err)
		}
	})
}
