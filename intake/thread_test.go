package intake_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/ticket"
)

// TestThreading shows for each way of MAIL-3 whether a second mail joins the first one's ticket. The first is by Ada to
// support with Ben in copy, and refers to a mail that we never saw; an agent has answered it.
func TestThreading(t *testing.T) { // MAIL-3
	type facts struct{ plus, ours, subjectToken string }
	cases := []struct {
		name  string
		mail  func(f facts) letter
		joins bool
	}{
		{"token in the recipient, from anybody", func(f facts) letter { return letter{from: "new@else.example", to: f.plus} }, true},
		{"token in upper case", func(f facts) letter { return letter{from: "new@else.example", to: strings.ToUpper(f.plus)} }, true},
		{"a token nobody gave out", func(f facts) letter {
			return letter{from: "ada@acme.example", to: "support+aaaaaaaaaaaaaaaaaaaaaaaaaa@desk.localhost"}
		}, false},
		{"reply of the contact by In-Reply-To", func(f facts) letter {
			return letter{from: "ada@acme.example", more: "In-Reply-To: <first@acme.example>\r\n"}
		}, true},
		{"reply of the contact by References", func(f facts) letter {
			return letter{from: "ada@acme.example", more: "References: <other@x> <first@acme.example> <another@x>\r\n"}
		}, true},
		{"our own id, from anybody: only a receiver knows it", func(f facts) letter {
			return letter{from: "new@gmail.com", more: "In-Reply-To: <" + f.ours + ">\r\n"}
		}, true},
		{"one in copy", func(f facts) letter {
			return letter{from: "ben@gmail.com", more: "References: <first@acme.example>\r\n"}
		}, true},
		{"a colleague of the contact", func(f facts) letter {
			return letter{from: "cleo@acme.example", more: "References: <first@acme.example>\r\n"}
		}, true},
		{"a stranger who knows the contact's id", func(f facts) letter {
			return letter{from: "mallory@evil.example", more: "References: <first@acme.example>\r\n"}
		}, false},
		{"a stranger at the same open provider as one in copy", func(f facts) letter {
			return letter{from: "mallory@gmail.com", more: "References: <first@acme.example>\r\n"}
		}, false},
		{"a mail that neither saw, shared", func(f facts) letter {
			return letter{from: "ben@gmail.com", more: "References: <unseen@acme.example>\r\n"}
		}, true},
		{"the unseen mail itself, late", func(f facts) letter {
			return letter{from: "ada@acme.example", id: "unseen@acme.example"}
		}, true},
		{"a user of ours", func(f facts) letter {
			return letter{from: "ann@desk.example", more: "References: <first@acme.example>\r\n"}
		}, true},
		{"token in the subject", func(f facts) letter { return letter{from: "new@else.example", subject: f.subjectToken} }, true},
		{"never by subject alone", func(f facts) letter { return letter{from: "ada@acme.example", subject: "Re: Lamp"} }, false},
	}
	each(t, func(t *testing.T, d *desk) {
		for i, c := range cases {
			// Each case has people of its own.
			own := strings.NewReplacer("acme.example", fmt.Sprintf("acme%d.example", i), "ben@", fmt.Sprintf("ben%d@", i))
			mail := func(l letter) {
				l.from, l.to, l.id, l.more = own.Replace(l.from), own.Replace(l.to), own.Replace(l.id), own.Replace(l.more)
				d.mail(l)
			}
			before := len(d.all())
			mail(letter{from: "ada@acme.example", subject: "Lamp", id: "first@acme.example", more: "Cc: ben@gmail.com\r\nReferences: <unseen@acme.example>\r\n"})
			n := d.all()[before].ID
			d.answer(n, "Is it plugged in?")
			in, _ := d.out()
			plus := in.ReplyTo[0].Email
			token := strings.TrimSuffix(strings.TrimPrefix(plus, "support+"), "@desk.localhost")
			l := c.mail(facts{plus: plus, ours: in.MessageID, subjectToken: "Re: Lamp [#" + token + "]"})
			if l.subject == "" {
				l.subject = "Something"
			}
			if l.id == "" {
				l.id = fmt.Sprintf("second%d@outside.example", i)
			}
			mail(l)
			if joined := len(d.all()) == before+1; joined != c.joins {
				t.Errorf("%s: joined is %v, want %v; aside: %v", c.name, joined, c.joins, d.asides())
			}
			if want := map[bool]int{true: 3, false: 2}[c.joins]; len(d.talk(n)) != want {
				t.Errorf("%s: %d messages on the ticket, want %d", c.name, len(d.talk(n)), want)
			}
		}
	})
}

func TestRepliesBeforeTheFirstMailArrives(t *testing.T) { // MAIL-3: several people answer a mail that we get last
	each(t, func(t *testing.T, d *desk) {
		d.mail(letter{from: "ben@b.example", subject: "Re: Plan", id: "r1@b.example", more: "Cc: ada@a.example, cleo@c.example\r\nReferences: <m0@a.example>\r\n"})
		d.mail(letter{from: "cleo@c.example", subject: "Re: Plan", id: "r2@c.example", more: "Cc: ada@a.example, ben@b.example\r\nReferences: <m0@a.example>\r\n"})
		d.mail(letter{from: "ada@a.example", subject: "Plan", id: "m0@a.example"})
		if got := d.talk(d.only().ID); len(got) != 3 {
			t.Errorf("%d messages, want 3 on one ticket", len(got))
		}
	})
}

func TestLongChainKeepsItsEnds(t *testing.T) { // MAIL-3, SEC-1: bounded
	each(t, func(t *testing.T, d *desk) {
		d.mail(letter{from: "a@x.example", subject: "Start", id: "start@x.example"})
		var refs strings.Builder
		refs.WriteString("<start@x.example>")
		for i := range 300 {
			fmt.Fprintf(&refs, "\r\n <middle%d@x.example>", i)
		}
		d.mail(letter{from: "a@x.example", subject: "Re: Start", id: strings.Repeat("long", 200) + "@x.example", more: "References: " + refs.String() + "\r\n"})
		if got := d.talk(d.only().ID); len(got) != 2 || len(got[1].References) > 40 {
			t.Errorf("%d messages; the second refers to %d", len(got), len(got[1].References))
		}
		m := d.answer(d.only().ID, "Yes")
		if n := len(m.References); n > 40 || m.References[0] != "start@x.example" {
			t.Errorf("our answer refers to %d, the first is %s", n, m.References[0])
		}
	})
}

func TestDifferentSenderTakesPart(t *testing.T) { // MAIL-3
	each(t, func(t *testing.T, d *desk) {
		d.mail(letter{from: "ada@acme.example", subject: "Lamp", id: "first@acme.example"})
		r := d.only()
		owner := r.Properties[ticket.Contact]
		d.mail(letter{from: "Cleo <cleo@acme.example>", subject: "Re: Lamp", more: "References: <first@acme.example>\r\n"})
		if got := d.only().Properties[ticket.Contact]; got != owner {
			t.Errorf("the contact changed from %s to %s", owner, got)
		}
		threads := d.threads(r.ID)
		if len(threads) != 1 || len(threads[0].Participants) != 2 || threads[0].Participants[1].Name != "Cleo" {
			t.Errorf("threads %+v", threads)
		}
		if got := d.linked(r.ID, "contacts"); len(got) != 2 {
			t.Errorf("%d contacts on the ticket, want 2", len(got))
		}
	})
}

func TestBounceMarksTheMessage(t *testing.T) { // MAIL-5
	each(t, func(t *testing.T, d *desk) {
		d.mail(letter{from: "ada@acme.example", subject: "Lamp"})
		n := d.only().ID
		m := d.answer(n, "Try again")
		before := d.only().Properties[ticket.Stage]
		d.said()
		d.mail(bounceOf(m.MessageID, "failed", "5.1.1"))
		got := d.message(m.ID)
		if got.State != conversation.StateFailed || !strings.Contains(got.Error, "ada@acme.example") || !strings.Contains(got.Error, "5.1.1") {
			t.Errorf("the message is %s: %q", got.State, got.Error)
		}
		if r := d.only(); r.Properties[ticket.Stage] != before || r.Properties[ticket.LastFrom] != "user" {
			t.Errorf("the bounce changed the ticket: status %s, last from %s", r.Properties[ticket.Stage], r.Properties[ticket.LastFrom])
		}
		failed := d.said("message.failed")
		if len(failed) != 1 {
			t.Fatalf("message.failed %d times", len(failed))
		}
		data, err := event.Data[conversation.Failed](failed[0])
		d.must(err)
		if !data.Bounce || data.SenderID != d.ann.ID || data.TicketID != n || data.OnTicket() != n {
			t.Errorf("failed %+v", data)
		}
		if all := d.talk(n); len(all) != 3 || all[2].Nature != channel.Bounce {
			t.Errorf("the report is not kept with the thread: %d messages", len(all))
		}
	})
}

func TestDelayIsNoFailure(t *testing.T) { // MAIL-5
	each(t, func(t *testing.T, d *desk) {
		d.mail(letter{from: "ada@acme.example", subject: "Lamp"})
		m := d.answer(d.only().ID, "Try again")
		d.mail(bounceOf(m.MessageID, "delayed", "4.4.1"))
		if got := d.message(m.ID); got.State != conversation.StateSent || !strings.HasPrefix(got.Error, "Delayed: ") {
			t.Errorf("the message is %s: %q", got.State, got.Error)
		}
		d.mail(letter{from: "Mailer <mailer-daemon@acme.example>", subject: "Undelivered Mail Returned to Sender", id: "bare@acme.example",
			more: "Return-Path: <>\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: <" + m.MessageID + ">\r\n", body: "sorry"})
		d.only()
	})
}

func TestReportOfAnUnknownMessage(t *testing.T) { // MAIL-5, CHAN-2
	each(t, func(t *testing.T, d *desk) {
		d.mail(bounceOf("never@sent.example", "failed", "5.1.1"))
		if list := d.asides(); len(list) != 1 || !strings.Contains(list[0].Reason, "delivery report for a message we do not know") || len(d.all()) != 0 {
			t.Errorf("aside %+v, %d tickets", list, len(d.all()))
		}
	})
}

// bounceOf is an RFC 3464 report.
func bounceOf(messageID, action, status string) letter {
	return letter{from: "MAILER-DAEMON@mx.acme.example", subject: "Delivery status", id: action + ".report@mx.acme.example",
		more: "MIME-Version: 1.0\r\nReturn-Path: <>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=rr\r\n",
		body: "--rr\r\nContent-Type: text/plain\r\n\r\nYour mail had trouble.\r\n--rr\r\nContent-Type: message/delivery-status\r\n\r\n" +
			"Reporting-MTA: dns; mx.acme.example\r\n\r\nFinal-Recipient: rfc822; ada@acme.example\r\nAction: " + action + "\r\nStatus: " + status +
			"\r\nDiagnostic-Code: smtp; 550 " + status + " no such user\r\n\r\n--rr\r\nContent-Type: message/rfc822\r\n\r\n" +
			"From: support@desk.localhost\r\nTo: ada@acme.example\r\nSubject: Re: Lamp\r\nMessage-ID: <" + messageID + ">\r\n\r\nx\r\n--rr--\r\n"}
}

func TestAutomaticAnswersAreKeptAndChangeNothing(t *testing.T) { // MAIL-5, AUTO-7
	each(t, func(t *testing.T, d *desk) {
		d.mail(letter{from: "ada@acme.example", subject: "Lamp", id: "first@acme.example"})
		n := d.only().ID
		d.answer(n, "Is it plugged in?")
		before := d.only().Properties
		d.mail(letter{from: "ada@acme.example", subject: "Out of office", body: "I am away", more: "References: <first@acme.example>\r\nAuto-Submitted: auto-replied\r\n"})
		after := d.only().Properties
		for _, name := range []string{ticket.Stage, ticket.LastFrom, ticket.ActiveAt, ticket.Preview} {
			if after[name] != before[name] {
				t.Errorf("%s went from %q to %q", name, before[name], after[name])
			}
		}
		if all := d.talk(n); len(all) != 3 || all[2].Nature != channel.AutoReply {
			t.Errorf("it is not kept: %d messages", len(all))
		}
		d.mail(letter{from: "ada@acme.example", subject: "Re: Lamp", more: "References: <first@acme.example>\r\n"})
		if got := d.only().Properties[ticket.Stage]; got != "3" {
			t.Errorf("status %s after a person's reply, want Waiting on us (3)", got) // AUTO-3
		}
		d.mail(letter{from: "robot@else.example", subject: "Away", more: "Auto-Submitted: auto-replied\r\n"})
		if all := d.all(); len(all) != 2 {
			t.Errorf("%d tickets: a stranger's automatic mail must be seen too", len(all))
		}
	})
}
