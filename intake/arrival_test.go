package intake_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

func TestMailBecomesTicket(t *testing.T) { // CHAN-1
	each(t, func(t *testing.T, d *desk) {
		var acme record.Record
		d.do(func(tx *db.Tx) (err error) {
			acme, err = d.records.Create(tx, people.System, "companies", record.Input{Properties: map[string]string{"name": "Acme", "domain": "acme.example"}})
			return err
		})
		d.mail(letter{from: `"Ada Lovelace" <Ada@Acme.example>`, subject: "Broken lamp", body: "It does not shine.\r\nPlease help."})
		r := d.only()
		for name, want := range map[string]string{ticket.Subject: "Broken lamp", "content": "It does not shine.\nPlease help.", ticket.Source: "EMAIL",
			ticket.Stage: "1", ticket.LastFrom: "contact", ticket.Preview: "It does not shine. Please help."} {
			if r.Properties[name] != want {
				t.Errorf("%s is %q, want %q", name, r.Properties[name], want)
			}
		}
		var contact record.Record
		d.see(func(tx *db.Tx) error {
			n, err := id.Parse("contact", r.Properties[ticket.Contact])
			d.must(err)
			if contact, err = d.records.Get(tx, people.System, "contacts", n); err != nil {
				return err
			}
			linked, err := d.records.Associated(tx, people.System, ticket.Object, []int64{r.ID}, "companies")
			if len(linked[r.ID]) == 0 || linked[r.ID][0].ID != acme.ID {
				t.Errorf("companies %v, want %d by its domain", linked[r.ID], acme.ID)
			}
			return err
		})
		if contact.Properties["email"] != "ada@acme.example" || contact.Properties["lastname"] != "Lovelace" {
			t.Errorf("contact %v", contact.Properties)
		}
		got := d.said("message.received", "thread.created")
		if len(got) != 2 || got[0].Type != "thread.created" {
			t.Fatalf("events %v", got)
		}
		data, err := event.Data[conversation.Received](got[1])
		d.must(err)
		if data.TicketID != r.ID || data.ContactID != contact.ID || !data.Originating || data.Reply || !data.NewTicket || !data.StatusTriggers || data.Nature != channel.Message {
			t.Errorf("received %+v", data)
		}
		if got[1].Actor != (event.Actor{Kind: event.Contact, ID: contact.ID}) {
			t.Errorf("by %+v", got[1].Actor)
		}
	})
}

func TestTicketName(t *testing.T) { // CHAN-1: from the subject or first words
	each(t, func(t *testing.T, d *desk) {
		d.mail(letter{from: "a@x.example", subject: "", body: strings.Repeat("word ", 40)})
		d.mail(letter{from: "b@x.example", subject: "", body: ""})
		all := d.all()
		if got := all[0].Properties[ticket.Subject]; got != strings.TrimSpace(strings.Repeat("word ", 16))+"…" {
			t.Errorf("named %q", got)
		}
		if got := all[1].Properties[ticket.Subject]; got != "(no subject)" {
			t.Errorf("named %q", got)
		}
	})
}

func TestAnyAddressOfTheDomainComesIn(t *testing.T) { // MAIL-1
	each(t, func(t *testing.T, d *desk) {
		sales := d.connect("sales@desk.localhost")
		for recipient, want := range map[string]int64{"support@desk.localhost": d.builtin.ID, "Support+x@desk.localhost": d.builtin.ID,
			"whatever@desk.localhost": d.builtin.ID, "sales@desk.localhost": sales.ID, "sales+abc@desk.localhost": sales.ID} {
			if got, ok, err := d.intake.Route(ctx, recipient); err != nil || !ok || got != want {
				t.Errorf("%s goes to %d, %v, %v; want %d", recipient, got, ok, err, want)
			}
		}
		if _, ok, err := d.intake.Route(ctx, "ann@elsewhere.example"); ok || err != nil {
			t.Errorf("a stranger's address is taken: %v", err)
		}
		off := false
		d.do(func(tx *db.Tx) error {
			_, err := d.accounts.Edit(tx, d.ann.Actor(), sales.ID, account.Change{Active: &off})
			return err
		})
		if _, ok, err := d.intake.Route(ctx, "sales@desk.localhost"); ok || err == nil {
			t.Error("mail for a paused channel must be refused for now, so that it comes again")
		}
	})
}

func TestDeliveredTwiceIsShownOnce(t *testing.T) { // CHAN-3
	each(t, func(t *testing.T, d *desk) {
		l := letter{from: "a@x.example", subject: "Once"}
		d.mail(l)
		d.mail(l) // the same delivery again
		d.deliver("support@desk.localhost", append([]byte("Received: by another.road\r\n"), letter{from: l.from, to: "support@desk.localhost", subject: l.subject}.raw()...))
		if got := d.talk(d.only().ID); len(got) != 1 {
			t.Errorf("%d messages, want 1", len(got))
		}
		if a := d.asides(); len(a) != 0 {
			t.Errorf("needs attention: %+v", a)
		}
	})
}

func TestSameMailToTwoOfOurAddresses(t *testing.T) { // CHAN-3
	each(t, func(t *testing.T, d *desk) {
		d.connect("sales@desk.localhost") // in the same inbox
		l := letter{from: "a@x.example", to: "support@desk.localhost, sales@desk.localhost", subject: "Both"}
		d.deliver("support@desk.localhost", l.raw())
		d.deliver("sales@desk.localhost", l.raw())
		if got := d.talk(d.only().ID); len(got) != 1 {
			t.Errorf("%d messages, want 1", len(got))
		}
	})
}

func TestSmallMailIsAMessageAtOnce(t *testing.T) { // CHAN-2, CHAN-3, REL-1: one commit for what came and what it became
	each(t, func(t *testing.T, d *desk) {
		sink := d.intake.Sink(d.builtin.ID)
		raw := channel.Raw{ExternalID: "x1", ReceivedAt: d.clock.Now(), EnvelopeTo: []string{"support@desk.localhost"},
			Body: letter{from: "a@x.example", to: "support@desk.localhost", subject: "Safe"}.raw()}
		d.must(sink.Deliver(ctx, raw))
		d.must(sink.Deliver(ctx, raw))
		if got := d.talk(d.only().ID); len(got) != 1 || !got[0].HasOriginal() {
			t.Fatalf("before any job ran: %+v", got)
		}
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		raw.ExternalID = "x2"
		if err := sink.Deliver(cancelled, raw); err == nil {
			t.Error("said yes to what was not stored")
		}
	})
}

func TestStoredBeforeUnderstood(t *testing.T) { // CHAN-2, REL-1: what takes long is stored and left to a job, and its answers wait behind it
	each(t, func(t *testing.T, d *desk) {
		deliver := func(l letter) {
			t.Helper()
			l.to = "support@desk.localhost"
			d.must(d.intake.Sink(d.builtin.ID).Deliver(ctx, channel.Raw{ReceivedAt: d.clock.Now(), EnvelopeTo: []string{l.to}, Body: l.raw()}))
		}
		deliver(letter{from: "a@x.example", subject: "Long", id: "long@x.example", body: strings.Repeat("A long story. \r\n", 6000)})
		deliver(letter{from: "a@x.example", subject: "Re: Long", id: "more@x.example", body: "And one thing more.", more: "In-Reply-To: <long@x.example>\r\n"})
		if n := len(d.all()); n != 0 {
			t.Fatalf("%d tickets before any job ran", n)
		}
		deliver(letter{from: "b@x.example", subject: "Short", id: "short@x.example"})
		if got := d.only().Properties[ticket.Subject]; got != "Short" {
			t.Errorf("%q came in, of another chain", got)
		}
		d.drain()
		all := d.all()
		if len(all) != 2 {
			t.Fatalf("%d tickets, want 2", len(all))
		}
		for _, r := range all {
			if got := d.talk(r.ID); r.Properties[ticket.Subject] == "Long" && (len(got) != 2 || got[1].Text != "And one thing more.") {
				t.Errorf("the long one's conversation: %+v", got)
			}
		}
	})
}

func TestMailThatFailsAtOnceIsStored(t *testing.T) { // CHAN-2: with whatever goes wrong
	each(t, func(t *testing.T, d *desk) {
		odd := d.connect("odd@desk.localhost")
		sink := d.intake.Sink(odd.ID)
		d.wire.panics = true
		d.must(sink.Deliver(ctx, channel.Raw{ExternalID: "x1", ReceivedAt: d.clock.Now(), EnvelopeTo: []string{"odd@desk.localhost"},
			Body: letter{from: "a@x.example", to: "odd@desk.localhost", subject: "Odd"}.raw()}))
		if len(d.all())+len(d.asides()) != 0 {
			t.Fatal("not left to the job")
		}
		d.wire.panics = false
		d.drain()
		d.only()
	})
}

func TestProcessTwiceMakesOneMessage(t *testing.T) { // REL-1: a job that ran and was not seen to
	each(t, func(t *testing.T, d *desk) {
		d.mail(letter{from: "a@x.example", subject: "Once"})
		m := d.talk(d.only().ID)[0]
		d.do(func(tx *db.Tx) error {
			return intakeJob(tx, m.RawID)
		})
		d.drain()
		if got := d.talk(d.only().ID); len(got) != 1 {
			t.Errorf("%d messages, want 1", len(got))
		}
	})
}

func TestNeedsAttention(t *testing.T) { // CHAN-2
	each(t, func(t *testing.T, d *desk) {
		a := d.connect("odd@desk.localhost")
		d.wire.garbled = true
		body := letter{from: "Åsa <asa@x.example>", to: "odd@desk.localhost", subject: "=?utf-8?q?Gr=C3=BC=C3=9Fe?="}.raw()
		d.deliver("odd@desk.localhost", body)
		d.wire.garbled = false
		d.deliver("odd@desk.localhost", letter{from: "b@x.example", subject: "The next one"}.raw())
		if got := d.only().Properties[ticket.Subject]; got != "The next one" {
			t.Errorf("a bad mail held up the next: %q", got)
		}
		list := d.asides()
		if len(list) != 1 || !strings.Contains(list[0].Reason, "line 3 makes no sense") || list[0].Account != a.ID || list[0].Attempts != 1 ||
			list[0].From != "Åsa <asa@x.example>" || list[0].Subject != "Grüße" || list[0].Size != int64(len(body)) {
			t.Fatalf("needs attention: %+v", list)
		}
		if got := len(d.said("attention.added")); got != 1 {
			t.Errorf("attention.added %d times", got)
		}
		r, err := d.intake.OpenAside(ctx, d.ann.Actor(), list[0].ID)
		d.must(err)
		if got := read(t, r); got != string(body) {
			t.Errorf("the original is %q", got)
		}
		d.do(func(tx *db.Tx) error { return d.intake.RetryAside(tx, d.ann.Actor(), list[0].ID) })
		d.drain()
		if n := len(d.all()); n != 2 || len(d.asides()) != 0 {
			t.Errorf("after the retry: %d tickets, %v", n, d.asides())
		}
		err = d.Write(ctx, func(tx *db.Tx) error { return d.intake.RetryAside(tx, d.ann.Actor(), list[0].ID) })
		if err == nil {
			t.Error("retried what is settled")
		}
	})
}

func TestPanicWhileReadingIsKept(t *testing.T) { // CHAN-2, SEC-1
	each(t, func(t *testing.T, d *desk) {
		d.connect("odd@desk.localhost")
		d.wire.panics = true
		d.deliver("odd@desk.localhost", letter{from: "a@x.example", subject: "Bang"}.raw())
		if list := d.asides(); len(list) != 1 || !strings.Contains(list[0].Reason, "could not be read") {
			t.Errorf("needs attention: %+v", list)
		}
	})
}

func TestLargeMailGoesToTheBlobs(t *testing.T) { // MAIL-4: original downloadable, attachments kept
	each(t, func(t *testing.T, d *desk) {
		big := strings.Repeat("0123456789abcdef\r\n", 6000)
		body := "From: a@x.example\r\nTo: support@desk.localhost\r\nSubject: Big\r\nMessage-ID: <big@x.example>\r\nMIME-Version: 1.0\r\n" +
			"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee file\r\n--b\r\n" +
			"Content-Type: text/plain; name=\"../../log.txt\"\r\nContent-Disposition: attachment; filename=\"../../log.txt\"\r\n\r\n" + big + "--b--\r\n"
		d.deliver("support@desk.localhost", []byte(body))
		m := d.talk(d.only().ID)[0]
		if m.RawKey == "" || len(m.Attachments) != 1 || m.Attachments[0].Name != "log.txt" {
			t.Fatalf("raw %q, files %+v", m.RawKey, m.Attachments)
		}
		r, err := d.intake.Original(ctx, d.ann.Actor(), m.ID)
		d.must(err)
		if read(t, r) != body {
			t.Error("the original was changed")
		}
		_, f, err := d.conv.OpenAttachment(ctx, d.ann.Actor(), m.Attachments[0].ID)
		d.must(err)
		if got := read(t, f); !strings.HasPrefix(got, "0123456789abcdef") || int64(len(got)) != m.Attachments[0].Size {
			t.Errorf("the file has %d bytes, its row says %d", len(got), m.Attachments[0].Size)
		}
	})
}

func TestForwardByAgent(t *testing.T) { // MAIL-6, AUTO-3
	each(t, func(t *testing.T, d *desk) {
		d.mail(letter{from: "Ann <ann@desk.example>", subject: "Fwd: Invoice wrong",
			body: "please look\r\n\r\n---------- Forwarded message ---------\r\nFrom: Carl Customer <carl@far.example>\r\nDate: Mon, Nov 2, 2026 at 8:00 AM\r\nSubject: Invoice wrong\r\nTo: <ann@desk.example>\r\n\r\nThe sum is wrong.\r\n"})
		r := d.only()
		d.see(func(tx *db.Tx) error {
			n, err := id.Parse("contact", r.Properties[ticket.Contact])
			d.must(err)
			c, err := d.records.Get(tx, people.System, "contacts", n)
			if c.Properties["email"] != "carl@far.example" {
				t.Errorf("the contact is %v, want the original sender", c.Properties)
			}
			return err
		})
		got := d.said("message.received")
		data, err := event.Data[conversation.Received](got[0])
		d.must(err)
		if !data.Forward || got[0].Actor != (event.Actor{Kind: event.User, ID: d.ann.ID}) {
			t.Errorf("received %+v by %+v", data, got[0].Actor)
		}
		m := d.answer(r.ID, "We look into it.")
		if len(m.To) != 1 || m.To[0].Email != "carl@far.example" {
			t.Errorf("the answer goes to %v", m.To)
		}
		in, _ := d.out()
		d.mail(letter{from: "carl@far.example", to: in.ReplyTo[0].Email, subject: "Re: Invoice wrong", more: "In-Reply-To: <" + in.MessageID + ">\r\n"})
		if got := d.only().Properties[ticket.Stage]; got != "2" {
			t.Errorf("status %s after a reply to a forwarded mail, want it left as it was (2)", got)
		}
	})
}

func TestSpoofedAgentIsAStranger(t *testing.T) { // MAIL-6, SEC-1
	each(t, func(t *testing.T, d *desk) {
		a := arrivalOf(d, channel.Inbound{Nature: channel.Message, MessageID: "s@x", From: channel.Address{Email: "ann@desk.example"}, Subject: "Fwd: hi",
			Forwarded: &channel.Address{Email: "victim@far.example"}, Auth: channel.Auth{DMARC: "fail"}})
		d.do(func(tx *db.Tx) error { _, err := d.conv.Receive(tx, a); return err })
		if m := d.talk(d.only().ID)[0]; m.Actor.Kind != event.Contact {
			t.Errorf("written by %+v although authentication failed", m.Actor)
		}
	})
}

func TestFormOnOurOwnSite(t *testing.T) { // lesson: all customers of a contact form are one sender
	each(t, func(t *testing.T, d *desk) {
		d.mail(letter{from: "support@desk.localhost", subject: "Contact form", more: "Reply-To: Eve <eve@far.example>\r\n"})
		if m := d.talk(d.only().ID)[0]; m.From.Email != "eve@far.example" {
			t.Errorf("from %v", m.From)
		}
	})
}

func TestLoopsStop(t *testing.T) { // MAIL-5
	each(t, func(t *testing.T, d *desk) {
		d.mail(letter{from: "support@desk.localhost", subject: "From ourselves"})
		d.mail(letter{from: "robot@x.example", subject: "Came back", more: "X-Loop: support@desk.localhost\r\n"})
		for i := range 32 {
			d.mail(letter{from: "robot@x.example", subject: fmt.Sprint("I am away ", i), more: "Auto-Submitted: auto-replied\r\n"})
		}
		list := d.asides()
		if n := len(d.all()); n != 30 || len(list) != 4 {
			t.Fatalf("%d tickets and %d aside, want 30 and 4", n, len(list))
		}
		for _, a := range list {
			if !strings.HasPrefix(a.Reason, "Loop: ") {
				t.Errorf("reason %q", a.Reason)
			}
		}
		d.clock.Advance(2 * time.Hour)
		d.mail(letter{from: "robot@x.example", subject: "Away again", more: "Auto-Submitted: auto-replied\r\n"})
		if n := len(d.all()); n != 31 {
			t.Errorf("%d tickets after the hour, want 31", n)
		}
	})
}

func TestTicketWithoutPipelineOfTheChannel(t *testing.T) { // CHAN-1, CHAN-2: a broken setting costs no mail
	each(t, func(t *testing.T, d *desk) {
		stage, p := "3", "0"
		change := func() {
			d.do(func(tx *db.Tx) error {
				_, err := d.accounts.Edit(tx, d.ann.Actor(), d.builtin.ID, account.Change{Stage: &stage, Pipeline: &p})
				return err
			})
		}
		change()
		d.mail(letter{from: "a@x.example", subject: "To the third"})
		stage = "no such status"
		change()
		d.mail(letter{from: "a@x.example", subject: "To the first"})
		var stages []string
		for _, r := range d.all() {
			stages = append(stages, r.Properties[ticket.Stage])
		}
		if !slices.Equal(stages, []string{"3", "1"}) {
			t.Errorf("statuses %v, want [3 1]", stages)
		}
	})
}

func TestConversationWithoutTicket(t *testing.T) { // CHAN-1 switched off
	each(t, func(t *testing.T, d *desk) {
		off := false
		d.do(func(tx *db.Tx) error {
			_, err := d.accounts.Edit(tx, d.ann.Actor(), d.builtin.ID, account.Change{MakesTickets: &off})
			return err
		})
		d.mail(letter{from: "a@x.example", subject: "Hello", id: "h1@x.example"})
		d.mail(letter{from: "a@x.example", subject: "Re: Hello", more: "References: <h1@x.example>\r\n"})
		if n := len(d.all()); n != 0 {
			t.Errorf("%d tickets, want none", n)
		}
		got := d.said("message.received")
		if len(got) != 2 {
			t.Fatalf("%d messages received", len(got))
		}
		one, err1 := event.Data[conversation.Received](got[0])
		two, err2 := event.Data[conversation.Received](got[1])
		d.must(errors.Join(err1, err2))
		if one.ThreadID != two.ThreadID || !two.Reply {
			t.Errorf("threads %d and %d", one.ThreadID, two.ThreadID)
		}
	})
}

func TestReplyToADeletedTicket(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.mail(letter{from: "a@x.example", subject: "First", id: "f1@x.example"})
		old := d.only()
		d.do(func(tx *db.Tx) error { return d.tickets.Archive(tx, d.ann.Actor(), old.ID) })
		d.mail(letter{from: "a@x.example", subject: "Re: First", more: "References: <f1@x.example>\r\n"})
		d.mail(letter{from: "a@x.example", subject: "Re: Re: First", more: "References: <f1@x.example>\r\n"})
		r := d.only()
		if r.ID == old.ID || len(d.talk(r.ID)) != 2 {
			t.Errorf("ticket %d with %d messages, want both on one new ticket", r.ID, len(d.talk(r.ID)))
		}
	})
}

func TestOneMessageIDUnderEverything(t *testing.T) { // CHAN-2, CHAN-3: a program that does not know better loses nothing
	each(t, func(t *testing.T, d *desk) {
		for i, from := range []string{"printer@x.example", "printer@x.example", "scanner@x.example"} {
			body := fmt.Sprintf("From: %s\r\nTo: support@desk.localhost\r\nSubject: Paper %d\r\nMessage-ID: <1@printer>\r\nDate: Mon, 02 Nov 2026 0%d:00:00 +0000\r\n\r\nload %d\r\n", from, i, i, i)
			d.deliver("support@desk.localhost", []byte(body))
			d.deliver("support@desk.localhost", []byte("Received: once more\r\n"+body))
		}
		n := 0
		for _, r := range d.all() {
			n += len(d.talk(r.ID))
		}
		if n != 3 {
			t.Errorf("%d messages, want 3", n)
		}
	})
}

func TestHostileEnvelope(t *testing.T) { // SEC-1
	each(t, func(t *testing.T, d *desk) {
		d.must(d.intake.Sink(d.builtin.ID).Deliver(ctx, channel.Raw{ExternalID: "x\x00\xff", EnvelopeFrom: "a\x00@x", EnvelopeTo: []string{"b\x00\xff@y"},
			Body: []byte("References: <\x00\xff@x>\r\nSubject: \x00\xff\r\n\r\n\x00\xff")}))
		d.drain()
		if n := len(d.all()) + len(d.asides()); n != 1 {
			t.Errorf("%d kept, want 1", n)
		}
	})
}
