package intake_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/job"
)

// withFile is a mail with a file.
func withFile(subject string) []byte {
	return letter{from: "ada@acme.example", to: "support@desk.localhost", subject: subject,
		more: "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n",
		body: "--b\r\nContent-Type: text/plain\r\n\r\nsee\r\n--b\r\nContent-Disposition: attachment; filename=a.txt\r\nContent-Type: text/plain\r\n\r\ndata\r\n--b--"}.raw()
}

func TestFullDiskLosesNothing(t *testing.T) { // REL-1, CHAN-2
	each(t, func(t *testing.T, d *desk) {
		d.disk.full.Store(true)
		id, _, err := d.intake.Route(ctx, "support@desk.localhost")
		d.must(err)
		err = d.intake.Sink(id).Deliver(ctx, channel.Raw{ExternalID: "big", Body: []byte(strings.Repeat("x", 100_000))})
		if err == nil {
			t.Error("said yes to a large mail that is nowhere")
		}
		d.deliver("support@desk.localhost", withFile("Small with a file"))
		if len(d.all())+len(d.asides()) != 0 {
			t.Fatal("it was given up at once, or made a ticket without its file")
		}
		d.disk.full.Store(false)
		d.clock.Advance(time.Minute)
		d.drain()
		if m := d.talk(d.only().ID)[0]; len(m.Attachments) != 1 {
			t.Errorf("files %+v", m.Attachments)
		}
	})
}

func TestTroubleThatStaysIsShown(t *testing.T) { // CHAN-2: never dropped
	each(t, func(t *testing.T, d *desk) {
		d.disk.full.Store(true)
		d.deliver("support@desk.localhost", withFile("Stays"))
		for range 8 {
			d.clock.Advance(24 * time.Hour)
			d.drain()
		}
		list := d.asides()
		if len(list) != 1 || !strings.Contains(list[0].Reason, "storage does not work") {
			t.Fatalf("needs attention: %+v", list)
		}
		d.disk.full.Store(false)
		d.do(func(tx *db.Tx) error { return d.intake.RetryAside(tx, d.ann.Actor(), list[0].ID) })
		d.drain()
		d.only()
	})
}

func TestJobThatGaveUpTells(t *testing.T) { // MAIL-7: crashed each time
	each(t, func(t *testing.T, d *desk) {
		_, m := d.wired()
		args, err := json.Marshal(conversation.SendArgs{Message: m.ID})
		d.must(err)
		for _, h := range d.intake.Handlers() {
			if h.Kind == conversation.SendKind {
				d.do(func(tx *db.Tx) error { return h.Dead(tx, job.Run{Args: args}, errors.New("the process ended")) })
			}
		}
		if got := d.message(m.ID); got.State != conversation.StateFailed || len(d.said("message.failed")) != 1 {
			t.Errorf("the message is %s", got.State)
		}
	})
}

func TestPanicWhileSending(t *testing.T) { // MAIL-7
	each(t, func(t *testing.T, d *desk) {
		_, m := d.wired()
		d.wire.during = func(context.Context) { panic("in the library") }
		d.drain()
		if got := d.message(m.ID); got.State != conversation.StateQueued || !strings.Contains(got.Error, "program failed") || got.NextTry.IsZero() {
			t.Errorf("the message is %s %q", got.State, got.Error)
		}
	})
}

func TestOneChainAtOneTime(t *testing.T) { // MAIL-3, CHAN-3: on any number of nodes one ticket
	each(t, func(t *testing.T, d *desk) {
		people := []string{"ada@acme.example", "ben@acme.example", "cleo@acme.example", "dirk@acme.example"}
		var wg sync.WaitGroup
		for i, from := range people {
			in := channel.Inbound{Nature: channel.Message, MessageID: from, From: channel.Address{Email: from}, Subject: "Re: Plan", References: []string{"root@acme.example"}}
			if i%2 == 1 {
				in.MessageID, in.From.Email = people[i-1], people[i-1] // the same mail twice
			}
			wg.Go(func() {
				// What fails here by a race is tried again by its job.
				for range 5 {
					err := d.Write(ctx, func(tx *db.Tx) error { _, err := d.conv.Receive(tx, arrivalOf(d, in)); return err })
					if err == nil {
						return
					}
				}
				t.Errorf("%s was never received", in.MessageID)
			})
		}
		wg.Wait()
		if got := d.talk(d.only().ID); len(got) != 2 {
			t.Errorf("%d messages, want 2", len(got))
		}
	})
}

func TestNodesTakeTheSameMailOnce(t *testing.T) { // CHAN-3, SCALE-1
	each(t, func(t *testing.T, d *desk) {
		raw := channel.Raw{ExternalID: "same", Body: letter{from: "a@x.example", to: "support@desk.localhost", subject: "Once"}.raw()}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := d.intake.Sink(d.builtin.ID).Deliver(ctx, raw); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		d.drain()
		if got := d.talk(d.only().ID); len(got) != 1 {
			t.Errorf("%d messages", len(got))
		}
	})
}
