package intake_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/intake"
	"github.com/deskbell/deskbell/mime"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

func TestReplyGoesOut(t *testing.T) { // MAIL-3, MAIL-7, AUTO-2, ROUTE-2
	each(t, func(t *testing.T, d *desk) {
		d.mail(letter{from: "Ada <ada@acme.example>", to: "support@desk.localhost", subject: "Lamp", id: "first@acme.example",
			more: "Cc: Ben <ben@b.example>, support@desk.localhost\r\nReferences: <zero@acme.example>\r\n"})
		n := d.only().ID
		d.said()
		m := d.answer(n, "Is it <b>plugged</b> in?<script>alert(1)</script>")
		if m.State != conversation.StateSent || m.Attempts != 1 || m.SentAt.IsZero() || strings.Contains(m.HTML, "script") {
			t.Errorf("the message is %s after %d attempts: %q", m.State, m.Attempts, m.HTML)
		}
		in, source := d.out()
		if in.From.Name != "Ann (Support)" || in.From.Email != "support@desk.localhost" {
			t.Errorf("from %+v", in.From)
		}
		if len(in.ReplyTo) != 1 || !strings.HasPrefix(in.ReplyTo[0].Email, "support+") {
			t.Errorf("reply to %+v", in.ReplyTo)
		}
		if in.MessageID != m.MessageID || in.InReplyTo[0] != "first@acme.example" || fmt.Sprint(in.References) != "[zero@acme.example first@acme.example]" {
			t.Errorf("id %s answers %v, refers to %v", in.MessageID, in.InReplyTo, in.References)
		}
		if in.To[0].Email != "ada@acme.example" || len(in.Cc) != 1 || in.Cc[0].Email != "ben@b.example" || in.Subject != "Re: Lamp" {
			t.Errorf("to %v, cc %v: %s", in.To, in.Cc, in.Subject)
		}
		if !strings.Contains(in.Text, "Is it plugged in?") {
			t.Errorf("text %q", in.Text)
		}
		r, err := d.intake.Original(ctx, d.ann.Actor(), m.ID)
		d.must(err)
		if read(t, r) != source {
			t.Error("the original is not what went out")
		}
		p := d.only().Properties
		if p[ticket.Stage] != "2" || p[ticket.Owner] != id.Format(d.ann.ID) || p[ticket.LastFrom] != "user" || p["first_agent_reply_date"] == "" {
			t.Errorf("ticket %v", p)
		}
		got := d.said("message.replied", "message.sent")
		data, err := event.Data[conversation.Replied](got[0])
		d.must(err)
		if len(got) != 2 || !data.ByUser || data.StatusChosen || !data.StatusTriggers || data.TicketID != n {
			t.Errorf("events %v, %+v", got, data)
		}
	})
}

func TestOutboxShowsWhatWasSent(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.mail(letter{from: "ada@acme.example", subject: "Lämpchen"})
		n := d.only().ID
		for i := range 3 {
			d.answer(n, fmt.Sprint("answer ", i))
		}
		d.see(func(tx *db.Tx) error {
			first, next, err := d.intake.OutboxPage(tx, d.ann.Actor(), 0, 2)
			d.must(err)
			rest, end, err := d.intake.OutboxPage(tx, d.ann.Actor(), next, 2)
			if len(first) != 2 || len(rest) != 1 || end != 0 || first[0].Ticket != n || first[0].Subject != "Re: Lämpchen" || first[0].To[0] != "ada@acme.example" {
				t.Errorf("pages %+v %+v", first, rest)
			}
			return err
		})
		var page []intake.Kept
		d.see(func(tx *db.Tx) (err error) { page, _, err = d.intake.OutboxPage(tx, d.ann.Actor(), 0, 1); return err })
		mail, err := d.intake.OutboxMail(ctx, d.ann.Actor(), page[0].ID)
		d.must(err)
		if !strings.Contains(mail.HTML, "answer 2") || !strings.Contains(fmt.Sprint(mail.Headers), "{Subject Re: Lämpchen}") {
			t.Errorf("mail %+v", mail)
		}
		if err := d.outbox.Keep(ctx, page[0].MessageID, "x", []string{"y"}, []byte("z")); err != nil {
			t.Error(err)
		}
		again, err := d.intake.OutboxMail(ctx, d.ann.Actor(), page[0].ID)
		if err != nil || again.HTML != mail.HTML {
			t.Errorf("keeping the same id again changed it: %v", err)
		}
		stranger := people.Actor{Kind: event.User, ID: 5}
		if _, err := d.intake.OutboxMail(ctx, stranger, page[0].ID); !errs.Is(err, errs.Denied) {
			t.Errorf("somebody who may not see tickets reads the outbox: %v", err)
		}
	})
}

// wired is a ticket whose contact wrote to the wire, with one answer queued.
func (d *desk) wired() (ticketID int64, m conversation.Message) {
	d.t.Helper()
	d.connect("w@desk.localhost")
	d.deliver("w@desk.localhost", letter{from: "ada@acme.example", to: "w@desk.localhost", subject: "Lamp", id: "first@acme.example"}.raw())
	n := d.only().ID
	m, err := d.reply(d.ann, conversation.ReplyInput{TicketID: n, HTML: "hello"})
	d.must(err)
	return n, m
}

func TestRefusedForNowIsTriedAgain(t *testing.T) { // MAIL-7
	each(t, func(t *testing.T, d *desk) {
		_, m := d.wired()
		d.wire.answers = []error{&channel.SendError{Temporary: true, Code: "451 4.3.0", Message: "The server is busy."}, errors.New("connection reset")}
		d.drain()
		got := d.message(m.ID)
		if got.State != conversation.StateQueued || got.Error != "The server is busy. (451 4.3.0)" || !got.NextTry.Equal(d.clock.Now().Add(time.Minute)) || got.Attempts != 1 {
			t.Errorf("after the first: %+v", got)
		}
		d.clock.Advance(59 * time.Second)
		d.drain()
		if d.message(m.ID).Attempts != 1 {
			t.Error("tried before it was due")
		}
		d.clock.Advance(2 * time.Second)
		d.drain()
		if got := d.message(m.ID); got.State != conversation.StateQueued || got.NextTry.Sub(d.clock.Now()) != 5*time.Minute {
			t.Errorf("after the second: %s, next %v", got.State, got.NextTry)
		}
		d.clock.Advance(5 * time.Minute)
		d.drain()
		if got := d.message(m.ID); got.State != conversation.StateSent || got.Error != "" || got.Attempts != 3 || len(d.wire.sent) != 1 {
			t.Errorf("after the third: %s %q", got.State, got.Error)
		}
	})
}

func TestRefusedForGood(t *testing.T) { // MAIL-7, CHAN-4: never silent
	each(t, func(t *testing.T, d *desk) {
		n, m := d.wired()
		d.wire.answers = []error{&channel.SendError{Code: "550 5.1.1", Message: "There is no such mailbox."}}
		d.drain()
		if got := d.message(m.ID); got.State != conversation.StateFailed || got.Error != "There is no such mailbox. (550 5.1.1)" {
			t.Errorf("the message is %s: %q", got.State, got.Error)
		}
		failed := d.said("message.failed")
		data, err := event.Data[conversation.Failed](failed[0])
		d.must(err)
		if len(failed) != 1 || data.Bounce || data.SenderID != d.ann.ID || data.TicketID != n {
			t.Errorf("failed %+v", data)
		}
		d.do(func(tx *db.Tx) error { _, err := d.conv.Retry(tx, d.ann.Actor(), m.ID); return err })
		if got := d.message(m.ID); got.State != conversation.StateQueued || got.Error != "" {
			t.Errorf("after asking to retry: %s %q", got.State, got.Error)
		}
		d.drain()
		if got := d.message(m.ID); got.State != conversation.StateSent || d.wire.sent[0].MessageID != m.MessageID {
			t.Errorf("after the retry: %s", got.State)
		}
	})
}

func TestGivesUpAfterDays(t *testing.T) { // MAIL-7
	each(t, func(t *testing.T, d *desk) {
		_, m := d.wired()
		start := d.clock.Now()
		for range 20 {
			d.wire.answers = []error{errors.New("no route to host")}
			d.drain()
			if d.message(m.ID).State == conversation.StateFailed {
				break
			}
			d.clock.Advance(d.message(m.ID).NextTry.Sub(d.clock.Now()))
		}
		got := d.message(m.ID)
		if took := d.clock.Now().Sub(start); got.State != conversation.StateFailed || took < 48*time.Hour || took > 96*time.Hour || got.Attempts != 10 {
			t.Errorf("%s after %v and %d attempts: %q", got.State, took, got.Attempts, got.Error)
		}
		if len(d.said("message.failed")) != 1 {
			t.Error("nobody was told, or twice")
		}
	})
}

func TestCallOff(t *testing.T) { // MAIL-7
	each(t, func(t *testing.T, d *desk) {
		_, m := d.wired()
		d.do(func(tx *db.Tx) error { _, err := d.conv.Cancel(tx, d.ann.Actor(), m.ID); return err })
		d.drain()
		if got := d.message(m.ID); got.State != conversation.StateFailed || len(d.wire.sent) != 0 {
			t.Errorf("called off, and %s with %d sent", got.State, len(d.wire.sent))
		}
		err := d.Write(ctx, func(tx *db.Tx) error { _, err := d.conv.Cancel(tx, d.ann.Actor(), m.ID); return err })
		if e := errs.As(err); e == nil || e.Code != "WRONG_STATE" {
			t.Errorf("called off twice: %v", err)
		}
	})
}

func TestSendTwiceSendsOnce(t *testing.T) { // MAIL-7: never twice
	each(t, func(t *testing.T, d *desk) {
		_, m := d.wired()
		d.drain()
		d.do(func(tx *db.Tx) error { return sendJob(tx, m.ID) })
		d.drain()
		if len(d.wire.sent) != 1 {
			t.Errorf("sent %d times", len(d.wire.sent))
		}
	})
}

func TestKilledBetweenYesAndCommit(t *testing.T) { // MAIL-7, REL-1: the same message again, known by its id
	each(t, func(t *testing.T, d *desk) {
		_, m := d.wired()
		// What a process did that was killed before it could note the yes.
		var out conversation.Outgoing
		d.do(func(tx *db.Tx) (err error) {
			if ok, err := d.conv.Sending(tx, m.ID); err != nil || !ok {
				t.Errorf("not to be sent: %v", err)
			}
			out, err = d.conv.Outgoing(tx, m.ID)
			return err
		})
		_, err := d.wire.Send(ctx, out.Outbound)
		d.must(err)
		if got := d.message(m.ID).State; got != conversation.StateSending {
			t.Errorf("state %s", got)
		}
		d.clock.Advance(time.Hour)
		d.drain()
		if got := d.message(m.ID); got.State != conversation.StateSent || len(d.wire.sent) != 2 {
			t.Fatalf("%s, sent %d times", got.State, len(d.wire.sent))
		}
		one, err1 := mime.Build(d.wire.sent[0])
		two, err2 := mime.Build(d.wire.sent[1])
		if err := errors.Join(err1, err2); err != nil || string(one) != string(two) {
			t.Errorf("the second differs from the first: %v\n%s\n%s", err, one, two)
		}
	})
}

func TestMessagesOfAThreadGoInOrder(t *testing.T) { // MAIL-7
	each(t, func(t *testing.T, d *desk) {
		n, first := d.wired()
		second, err := d.reply(d.ann, conversation.ReplyInput{TicketID: n, HTML: "and another thing"})
		d.must(err)
		d.wire.answers = []error{errors.New("busy")}
		d.drain()
		if len(d.wire.sent) != 0 {
			t.Errorf("%s went before %s", d.wire.sent[0].MessageID, first.MessageID)
		}
		d.clock.Advance(time.Minute)
		d.drain()
		if len(d.wire.sent) != 2 || d.wire.sent[0].MessageID != first.MessageID || d.wire.sent[1].MessageID != second.MessageID {
			t.Errorf("sent %d", len(d.wire.sent))
		}
	})
}

func TestPausedAndRemovedChannels(t *testing.T) { // CHAN
	each(t, func(t *testing.T, d *desk) {
		n, m := d.wired()
		on, off := true, false
		edit := func(c account.Change) {
			d.do(func(tx *db.Tx) error {
				_, err := d.accounts.Edit(tx, d.ann.Actor(), m.Account, c)
				return err
			})
		}
		edit(account.Change{Active: &off})
		d.drain()
		if got := d.message(m.ID); got.State != conversation.StateQueued || got.Error != "The channel is paused." {
			t.Errorf("paused: %s %q", got.State, got.Error)
		}
		if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: n, HTML: "x"}); errs.As(err) == nil || errs.As(err).Code != "CHANNEL_PAUSED" {
			t.Errorf("a reply over a paused channel: %v", err)
		}
		edit(account.Change{Active: &on})
		d.clock.Advance(time.Minute)
		d.drain()
		if got := d.message(m.ID).State; got != conversation.StateSent {
			t.Errorf("going on: %s", got)
		}
		m2, err := d.reply(d.ann, conversation.ReplyInput{TicketID: n, HTML: "y"})
		d.must(err)
		d.do(func(tx *db.Tx) error { return d.accounts.Remove(tx, d.ann.Actor(), m.Account) })
		d.drain()
		if got := d.message(m2.ID); got.State != conversation.StateFailed || !strings.Contains(got.Error, "removed") {
			t.Errorf("removed: %s %q", got.State, got.Error)
		}
		if len(d.talk(n)) != 3 {
			t.Error("what came through the channel is gone")
		}
		if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: n, HTML: "z"}); errs.As(err) == nil || errs.As(err).Code != "CHANNEL_REMOVED" {
			t.Errorf("a reply over a removed channel: %v", err)
		}
	})
}

func TestFilesGoOut(t *testing.T) { // MAIL-7, REPLY-2; lesson: outgoing files missing
	each(t, func(t *testing.T, d *desk) {
		d.mail(letter{from: "ada@acme.example", subject: "Lamp"})
		n := d.only().ID
		pic, err := d.conv.AddAttachment(ctx, d.ann.Actor(), "../pic.png", "image/png; q=1", strings.NewReader("\x89PNG not really"))
		d.must(err)
		doc, err := d.conv.AddAttachment(ctx, d.ann.Actor(), "manual.pdf", "no type", strings.NewReader("%PDF"))
		d.must(err)
		if pic.Name != "pic.png" || pic.ContentType != "image/png" || doc.ContentType != "application/octet-stream" {
			t.Errorf("uploads %+v %+v", pic, doc)
		}
		in := conversation.ReplyInput{TicketID: n, HTML: `<p>see <img src="cid:` + pic.ContentID + `"></p>`, AttachmentIDs: []int64{pic.ID, doc.ID}}
		if _, err := d.reply(d.user("Bob"), in); errs.KindOf(err) != errs.Invalid {
			t.Errorf("another user's upload was taken: %v", err)
		}
		m, err := d.reply(d.ann, in)
		d.must(err)
		d.drain()
		got, _ := d.out()
		if len(got.Attachments) != 2 {
			t.Fatalf("%d files went out", len(got.Attachments))
		}
		for _, a := range got.Attachments {
			if want := map[string]string{"pic.png": "\x89PNG not really", "manual.pdf": "%PDF"}[a.Name]; string(a.Data) != want || a.Inline != (a.Name == "pic.png") {
				t.Errorf("%s: %q, inline %v", a.Name, a.Data, a.Inline)
			}
		}
		if _, err := d.reply(d.ann, in); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a file that is sent already was taken again: %v", err)
		}
		if len(d.message(m.ID).Attachments) != 2 {
			t.Error("the message does not show its files")
		}
	})
}

func TestStoppingIsNoRefusal(t *testing.T) { // REL-1
	each(t, func(t *testing.T, d *desk) {
		_, m := d.wired()
		stopping, cancel := context.WithCancel(ctx)
		d.wire.during = func(sending context.Context) {
			cancel()
			<-sending.Done()
		}
		d.wire.answers = []error{errors.New("broken off")}
		_ = d.runner.Drain(stopping) // it is cancelled in the middle of the send
		if got := d.message(m.ID); got.State != conversation.StateSending || got.Error != "" {
			t.Errorf("stopped in the middle: %s %q", got.State, got.Error)
		}
		d.clock.Advance(time.Hour)
		d.drain()
		if got := d.message(m.ID).State; got != conversation.StateSent {
			t.Errorf("after the restart: %s", got)
		}
	})
}
