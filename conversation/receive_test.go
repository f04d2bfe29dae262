package conversation_test

import (
	"strings"
	"testing"

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

func (d *desk) receive(a conversation.Arrival) (p conversation.Placed, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		p, err = d.conv.Receive(tx, a)
		return err
	})
	return p, err
}

func TestBareNoticeFailsTheMessage(t *testing.T) { // MAIL-5: a mailer-daemon that does not speak RFC 3464
	each(t, func(t *testing.T, d *desk) {
		first := d.arrive("ada@a.example", nil)
		m := d.replied(d.ann, conversation.ReplyInput{TicketID: first.Ticket})
		d.said()
		d.arrive("mailer-daemon@a.example", func(in *channel.Inbound) {
			in.Nature, in.Subject, in.InReplyTo = channel.Bounce, "Undelivered mail", []string{m.MessageID}
		})
		if got := d.read(m.ID); got.State != conversation.StateFailed || got.Error != "Undelivered mail" {
			t.Errorf("the message is %s %q", got.State, got.Error)
		}
		failed := d.said("message.failed")
		if len(failed) != 1 || data[conversation.Failed](t, failed[0]).OnTicket() != first.Ticket {
			t.Errorf("events %v", failed)
		}
		d.arrive("a@b.example", func(in *channel.Inbound) {
			in.Nature, in.Bounced = channel.Report, []channel.Bounced{{MessageID: m.MessageID, Delivered: true, Recipient: "ada@a.example"}}
		})
		if got := d.read(m.ID); got.State != conversation.StateFailed {
			t.Errorf("a receipt from another recipient made it %s", got.State)
		}
	})
}

func TestReportOfNothing(t *testing.T) { // MAIL-5, CHAN-2
	each(t, func(t *testing.T, d *desk) {
		_, err := d.receive(conversation.Arrival{Account: d.support, ReceivedAt: d.clock.Now(), Inbound: channel.Inbound{Nature: channel.Bounce, MessageID: "b@x"}})
		reason, ok := conversation.IsUnplaced(err)
		if !ok || reason != err.Error() || !strings.Contains(reason, "do not know") {
			t.Errorf("got %v", err)
		}
		if _, ok := conversation.IsUnplaced(nil); ok {
			t.Error("nil is unplaced")
		}
	})
}

func TestAbsurdMessageID(t *testing.T) { // SEC-1: bounded, and still the same chain
	each(t, func(t *testing.T, d *desk) {
		long := strings.Repeat("x", 5000) + "@a.example"
		first := d.arrive("ada@a.example", func(in *channel.Inbound) { in.MessageID = long })
		second := d.arrive("ada@a.example", func(in *channel.Inbound) { in.References = []string{long} })
		if first.Ticket != second.Ticket || len(first.MessageID) > 500 {
			t.Errorf("tickets %d and %d, id of %d bytes", first.Ticket, second.Ticket, len(first.MessageID))
		}
	})
}

func TestSenderThatIsNoAddress(t *testing.T) { // MAIL-4, CHAN-2
	each(t, func(t *testing.T, d *desk) {
		m := d.arrive("", func(in *channel.Inbound) { in.From.Name = "Nobody" })
		if r := d.ticket(m.Ticket); r.Properties[ticket.Contact] != "" || m.Actor.Kind != event.Channel {
			t.Errorf("contact %q, by %+v", r.Properties[ticket.Contact], m.Actor)
		}
		p, err := d.receive(conversation.Arrival{Account: d.support, ReceivedAt: d.clock.Now(), EnvelopeFrom: "Ada@A.example",
			Inbound: channel.Inbound{Nature: channel.Message, MessageID: "e@x"}})
		d.must(err)
		if got := d.read(p.Message).From.Email; got != "ada@a.example" {
			t.Errorf("from %q, want the envelope's", got)
		}
		odd := d.arrive("not an address", nil)
		if odd.Ticket == 0 {
			t.Error("a mail of a strange sender has no ticket")
		}
		if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: odd.Ticket}); code(err) != "to REQUIRED" {
			t.Errorf("an answer to it: %s", code(err))
		}
	})
}

func TestInboxesDoNotShareMail(t *testing.T) { // CHAN-3: per inbox
	each(t, func(t *testing.T, d *desk) {
		var other account.Account
		d.do(func(tx *db.Tx) (err error) {
			// Inboxes besides the help desk come later; their rows are what matters here.
			if _, err = tx.Exec("INSERT INTO inboxes (id, name, kind, created_at) VALUES (7, 'Billing', 'INBOX', 1)"); err != nil {
				return err
			}
			other, err = d.accounts.Add(tx, people.System, account.Input{Kind: "email", Name: "Billing", Address: "billing@desk.localhost", Inbox: 7})
			return err
		})
		in := channel.Inbound{Nature: channel.Message, MessageID: "both@a.example", From: channel.Address{Email: "ada@a.example"}, Subject: "Both"}
		one, err := d.receive(conversation.Arrival{Account: d.support, Inbound: in, ReceivedAt: d.clock.Now()})
		d.must(err)
		two, err := d.receive(conversation.Arrival{Account: other, Inbound: in, ReceivedAt: d.clock.Now()})
		d.must(err)
		first, second := d.read(one.Message), d.read(two.Message)
		if two.Duplicate || first.Ticket == second.Ticket || second.Inbox != 7 {
			t.Errorf("one %+v, two %+v", one, two)
		}
		// A token leads to its thread whatever the inbox, and the mail is shown there once.
		m := d.replied(d.ann, conversation.ReplyInput{TicketID: first.Ticket})
		var out conversation.Outgoing
		d.see(func(tx *db.Tx) (err error) { out, err = d.conv.Outgoing(tx, m.ID); return err })
		in = channel.Inbound{Nature: channel.Message, MessageID: "answer@a.example", From: in.From, To: []channel.Address{*out.Outbound.ReplyTo}}
		for i, a := range []account.Account{other, d.support} {
			p, err := d.receive(conversation.Arrival{Account: a, Inbound: in, ReceivedAt: d.clock.Now()})
			d.must(err)
			if p.Duplicate != (i == 1) || d.read(p.Message).Ticket != first.Ticket {
				t.Errorf("by %s: %+v", a.Name, p)
			}
		}
	})
}

func TestUserAnswersFromTheirOwnMailbox(t *testing.T) { // AUTO-3: changes nothing by itself
	each(t, func(t *testing.T, d *desk) {
		first := d.arrive("ada@a.example", nil)
		d.said()
		m := d.follow("bob@desk.example", first)
		got := data[conversation.Received](t, d.said("message.received")[0])
		if m.Ticket != first.Ticket || got.StatusTriggers || m.Actor != (event.Actor{Kind: event.User, ID: d.bob.ID}) {
			t.Errorf("received %+v by %+v", got, m.Actor)
		}
		if r := d.ticket(first.Ticket); r.Properties[ticket.LastFrom] != "user" {
			t.Errorf("last from %s", r.Properties[ticket.LastFrom])
		}
		d.see(func(tx *db.Tx) error {
			threads, err := d.conv.Threads(tx, d.ann.Actor(), first.Ticket)
			if addresses(threads[0].To) != "ada@a.example" || addresses(threads[0].Participants) != "ada@a.example" {
				t.Errorf("a reply goes to %s; there take part %s", addresses(threads[0].To), addresses(threads[0].Participants))
			}
			linked, err2 := d.records.Associated(tx, people.System, ticket.Object, []int64{first.Ticket}, "contacts")
			d.must(err2)
			if len(linked[first.Ticket]) != 1 {
				t.Error("the user became a contact of the ticket")
			}
			return err
		})
	})
}

func TestContactWithoutAddress(t *testing.T) { // TICK-4
	each(t, func(t *testing.T, d *desk) {
		var c record.Record
		d.do(func(tx *db.Tx) (err error) {
			c, err = d.records.Create(tx, people.System, "contacts", record.Input{Properties: map[string]string{"firstname": "Ada"}})
			return err
		})
		n := d.byHand(c.ID)
		if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: n}); code(err) != "to REQUIRED" {
			t.Errorf("to a contact without address: %s", code(err))
		}
		if got := d.ticket(n).Properties[ticket.Contact]; got != id.Format(c.ID) {
			t.Errorf("contact %s", got)
		}
	})
}

func TestWritingToOthersIsNoAnswer(t *testing.T) { // AUTO-2: to an associated contact
	each(t, func(t *testing.T, d *desk) {
		n := d.arrive("ada@a.example", nil).Ticket
		for _, c := range []struct {
			in   conversation.ReplyInput
			want bool
		}{
			{conversation.ReplyInput{}, true},
			{conversation.ReplyInput{To: to("supplier@far.example")}, false},
			{conversation.ReplyInput{To: to("supplier@far.example"), Cc: to("Ada@a.example")}, true},
		} {
			c.in.TicketID = n
			d.replied(d.ann, c.in)
			if got := data[conversation.Replied](t, d.said("message.replied")[0]); got.StatusTriggers != c.want {
				t.Errorf("to %v and %v: %v, want %v", c.in.To, c.in.Cc, got.StatusTriggers, c.want)
			}
		}
	})
}
