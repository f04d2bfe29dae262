package main

import (
	"fmt"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/id"
)

// The statuses of the Support Pipeline (PIPE-1).
const (
	stageNew     = "1"
	stageContact = "2"
	stageUs      = "3"
	stageClosed  = "4"
)

// The main road: a mail becomes a ticket, is answered, and the answer to the answer finds its way back.
func TestMainRoad(t *testing.T) { // CHAN-1, ROUTE-1, ROUTE-2, AUTO-2, AUTO-3, MAIL-3, VIEW-1, VIEW-5, LIST-4
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		stream := d.hub.Subscribe("")
		defer stream.Close()
		_, at := d.since(0)
		step := func(name, counts string, want ...string) {
			t.Helper()
			happened, now := d.since(at)
			if !slices.Equal(happened, want) {
				t.Errorf("%s: happened\n%s\nwant\n%s", name, strings.Join(happened, "\n"), strings.Join(want, "\n"))
			}
			if got := bea.Counts(); got != counts {
				t.Errorf("%s: counts %s, want %s", name, got, counts)
			}
			d.heard(stream, "ticket", d.Newest(), at)
			at = now
		}

		d.Mail("Ann Bell <ann@example.org>", "Lamp is broken", "It fell.", "Message-ID: <one@example.org>")
		ticket := d.Newest()
		step("arrival", "open 1, unassigned 1", "contact.created by channel", "ticket.created by channel", "thread.created by contact",
			"message.received by contact", "channel.up by channel")
		if p := d.Ticket(ticket); p["hs_pipeline_stage"] != stageNew || p["hubspot_owner_id"] != "" || p["subject"] != "Lamp is broken" {
			t.Errorf("arrived as %v", p)
		}

		d.clock.Advance(time.Minute)
		bea.Reply(ticket, "Which lamp?")
		step("answer", "mine 1, open 1, sent 1", "ticket.changed by system", "message.replied by user", "ticket.changed by automation",
			"ticket.changed by automation", "message.sending by system", "outbox.kept by system", "message.sent by system")
		if p := d.Ticket(ticket); p["hs_pipeline_stage"] != stageContact || p["hubspot_owner_id"] != id.Format(d.boss.ID) {
			t.Errorf("after the answer: status %s, owner %s", p["hs_pipeline_stage"], p["hubspot_owner_id"])
		}
		sent := d.Sent()
		if len(sent) != 1 {
			t.Fatalf("%d mails went out, want 1", len(sent))
		}
		head := sent[0].Header
		from, _ := mail.ParseAddress(head.Get("From"))
		back, _ := mail.ParseAddress(head.Get("Reply-To"))
		if from == nil || from.Address != "support@desk.localhost" || !strings.HasPrefix(from.Name, "Bea Boss") {
			t.Errorf("From: %s", head.Get("From"))
		}
		if back == nil || !strings.HasPrefix(back.Address, "support+") || !strings.HasSuffix(back.Address, "@desk.localhost") {
			t.Errorf("Reply-To: %s", head.Get("Reply-To"))
		}
		if head.Get("In-Reply-To") != "<one@example.org>" || head.Get("References") != "<one@example.org>" || !strings.Contains(head.Get("To"), "ann@example.org") ||
			head.Get("Subject") != "Re: Lamp is broken" || head.Get("Message-Id") == "" {
			t.Errorf("headers %v", head)
		}

		d.clock.Advance(time.Minute)
		d.Mail("Ann Bell <ann@example.org>", "Re: Lamp is broken", "The red one.", "Message-ID: <two@example.org>", "In-Reply-To: "+head.Get("Message-Id"))
		step("reply", "mine 1, open 1, sent 1", "ticket.changed by system", "message.received by contact", "ticket.changed by automation")
		if len(d.Tickets()) != 1 || d.Ticket(ticket)["hs_pipeline_stage"] != stageUs {
			t.Errorf("%d tickets, status %s", len(d.Tickets()), d.Ticket(ticket)["hs_pipeline_stage"])
		}

		d.clock.Advance(time.Minute)
		bea.Reply(ticket, "A new one is on its way.")
		second := d.Sent()[0].Header
		if second.Get("In-Reply-To") != "<two@example.org>" || !strings.HasSuffix(second.Get("References"), "<two@example.org>") {
			t.Errorf("the second answer: In-Reply-To %s, References %s", second.Get("In-Reply-To"), second.Get("References"))
		}
		items, _ := bea.Ask("GET", api+"/tickets/"+ticket+"/conversation", nil).Is(http.StatusOK).Get("items").([]any)
		var said []string
		for _, one := range items {
			if item := one.(map[string]any); item["kind"] == "message" {
				said = append(said, fmt.Sprint(item["direction"], " ", strings.TrimSpace(item["text"].(string))))
			}
		}
		if want := []string{"in It fell.", "out Which lamp?", "in The red one.", "out A new one is on its way."}; !slices.Equal(said, want) {
			t.Errorf("the conversation reads %q", said)
		}
	})
}

// answered is a ticket that Ann wrote and Bea answered; it returns its id and the answer's Message-ID.
func (d *desk) answered(bea agent) (ticket, messageID string) {
	d.t.Helper()
	d.Mail("Ann Bell <ann@example.org>", "Lamp is broken", "It fell.", "Message-ID: <one@example.org>")
	ticket = d.Newest()
	bea.Reply(ticket, "Which lamp?")
	return ticket, d.Sent()[0].Header.Get("Message-Id")
}

// What no person wrote is kept on the ticket and moves nothing.
func TestAutomaticMailMovesNothing(t *testing.T) { // AUTO-7, MAIL-5
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		ticket, answer := d.answered(bea)
		status := func(name string, tickets int) {
			t.Helper()
			if got := d.Ticket(ticket)["hs_pipeline_stage"]; got != stageContact || len(d.Tickets()) != tickets {
				t.Errorf("%s: status %s, %d tickets, want %s and %d", name, got, len(d.Tickets()), stageContact, tickets)
			}
		}
		to := "In-Reply-To: " + answer
		for i, headers := range [][]string{
			{"Auto-Submitted: auto-replied"},
			{"Precedence: auto_reply"},
			{"X-Autoreply: yes"},
			{"Precedence: bulk", "List-Id: <news.example.org>"},
			{"List-Id: Lamp lovers <lamps.example.org>", "List-Post: <mailto:lamps@example.org>"},
		} {
			d.clock.Advance(time.Minute)
			d.Mail("Ann Bell <ann@example.org>", "Out of office", "I am away.", append(headers, to, fmt.Sprintf("Message-ID: <auto-%d@example.org>", i))...)
			status(headers[0], 1)
		}
		d.clock.Advance(time.Minute)
		d.Raw("", []byte(strings.ReplaceAll("From: Mail System <MAILER-DAEMON@example.org>\nTo: support@desk.localhost\nSubject: Undelivered mail\n"+
			"Message-ID: <bounce@example.org>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"+
			"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nNo such mailbox.\n"+
			"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; ann@example.org\n"+
			"Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n\n--b\nContent-Type: message/rfc822\n\n"+
			"Message-ID: "+answer+"\nSubject: Re: Lamp is broken\n\nWhich lamp?\n--b--\n", "\n", "\r\n")))
		status("bounce", 1)
		items, _ := bea.Ask("GET", api+"/tickets/"+ticket+"/conversation", nil).Get("items").([]any)
		failed := slices.ContainsFunc(items, func(one any) bool {
			delivery, _ := one.(map[string]any)["delivery"].(map[string]any)
			return delivery["state"] == "failed" && strings.Contains(fmt.Sprint(delivery["error"]), "5.1.1")
		})
		if !failed {
			t.Error("the bounced answer must show that it failed, and why")
		}
		if n := len(d.Sent()); n != 1 {
			t.Errorf("%d mails went out, want the one answer: automatic mail is never answered", n)
		}
	})
}

func TestReplyReopensClosedTicket(t *testing.T) { // AUTO-3, AUTO-6, STAT-6
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		ticket, answer := d.answered(bea)
		bea.Ask("PATCH", api+"/tickets/"+ticket, map[string]any{"properties": map[string]string{"hs_pipeline_stage": stageClosed}}).Is(http.StatusOK)
		if p := d.Ticket(ticket); p["closed_date"] == "" || p["desk_open"] != "false" || bea.Counts() != "sent 1" {
			t.Errorf("closed: %v, counts %s", p, bea.Counts())
		}
		d.clock.Advance(time.Hour)
		d.Mail("Ann Bell <ann@example.org>", "Re: Lamp is broken", "It fell again.", "Message-ID: <two@example.org>", "In-Reply-To: "+answer)
		p := d.Ticket(ticket)
		if p["hs_pipeline_stage"] != stageUs || p["closed_date"] != "" || p["hs_ticket_reopened_at"] == "" || p["hubspot_owner_id"] != id.Format(d.boss.ID) {
			t.Errorf("reopened: %v", p)
		}
		if got := bea.Counts(); got != "mine 1, open 1, sent 1" {
			t.Errorf("counts %s", got)
		}
	})
}

// A user who forwards a customer's mail says nothing on the customer's behalf (MAIL-6).
func TestForwardedMailAndItsRepliesChangeNothing(t *testing.T) { // AUTO-3, MAIL-6
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		body := "Can you take this one?\n\n---------- Forwarded message ---------\nFrom: Carl Cole <carl@cole.example>\nDate: Mon, 2 Nov 2026 08:00:00 +0000\n" +
			"Subject: Kettle leaks\nTo: <boss@desk.localhost>\n\nMy kettle leaks."
		d.Mail("Bea Boss <boss@desk.localhost>", "Fwd: Kettle leaks", body, "Message-ID: <fwd@desk.localhost>")
		ticket := d.Newest()
		contacts := bea.Ask("GET", api+"/tickets/"+ticket, nil).Is(http.StatusOK).Get("contacts").([]any)
		if len(contacts) != 1 || contacts[0].(map[string]any)["email"] != "carl@cole.example" {
			t.Errorf("contacts %v, want the original sender", contacts)
		}
		if p := d.Ticket(ticket); p["hs_pipeline_stage"] != stageNew || p["hubspot_owner_id"] != "" {
			t.Errorf("the forward: status %s, owner %s", p["hs_pipeline_stage"], p["hubspot_owner_id"])
		}
		bea.Reply(ticket, "We will look.")
		sent := d.Sent()[0].Header
		if !strings.Contains(sent.Get("To"), "carl@cole.example") || strings.Contains(sent.Get("To")+sent.Get("Cc"), "boss@") {
			t.Errorf("answered To %s, Cc %s", sent.Get("To"), sent.Get("Cc"))
		}
		before := d.Ticket(ticket)["hs_pipeline_stage"]
		d.Mail("Carl Cole <carl@cole.example>", "Re: Kettle leaks", "Thanks.", "Message-ID: <carl@cole.example>", "In-Reply-To: "+sent.Get("Message-Id"))
		if got := d.Ticket(ticket)["hs_pipeline_stage"]; got != before || len(d.Tickets()) != 1 {
			t.Errorf("a reply to the forward moved the ticket to %s (%d tickets)", got, len(d.Tickets()))
		}
	})
}

// Whoever guesses a Message-ID of a customer's mail gets a ticket of their own.
func TestStrangerWithGuessedReferenceStaysOut(t *testing.T) { // MAIL-3
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		ticket, _ := d.answered(bea)
		for i, headers := range [][]string{
			{"In-Reply-To: <one@example.org>"},
			{"References: <nothing@example.org> <one@example.org>"},
			{"Subject: Re: Lamp is broken"},
		} {
			d.Mail("Mallory <mallory@evil.example>", "Re: Lamp is broken", "Send the lamp to me.", append(headers, fmt.Sprintf("Message-ID: <m%d@evil.example>", i))...)
			if len(d.Tickets()) != 2+i || d.Ticket(ticket)["hs_pipeline_stage"] != stageContact {
				t.Errorf("%s: %d tickets, status %s", headers[0], len(d.Tickets()), d.Ticket(ticket)["hs_pipeline_stage"])
			}
		}
		bea.Reply(ticket, "Still there?")
		if to := d.Sent()[0].Header.Get("To"); strings.Contains(to, "mallory") {
			t.Errorf("the answer goes To %s", to)
		}
	})
}

func TestColleaguesAnswerAndCommentKeepTheOwner(t *testing.T) { // ROUTE-2, REPLY-1
	eachDesk(t, func(t *testing.T, d *desk) {
		bea, mia := d.SignIn(d.boss), d.Agent("Mia Berg")
		d.Mail("Ann Bell <ann@example.org>", "Lamp is broken", "It fell.")
		ticket := d.Newest()
		mia.Ask("POST", api+"/tickets/"+ticket+"/comments", map[string]any{"html": "<p>Whose is this?</p>"}).Is(http.StatusCreated)
		if p := d.Ticket(ticket); p["hubspot_owner_id"] != "" || p["hs_pipeline_stage"] != stageNew || len(d.Sent()) != 0 {
			t.Errorf("a comment: owner %q, status %s, %d mails", p["hubspot_owner_id"], p["hs_pipeline_stage"], len(d.Sent()))
		}
		bea.Reply(ticket, "Which lamp?")
		mia.Reply(ticket, "I sent a new one.")
		if owner := d.Ticket(ticket)["hubspot_owner_id"]; owner != id.Format(d.boss.ID) {
			t.Errorf("owner %s, want Bea, who answered first", owner)
		}
		if got := mia.Counts(); got != "open 1, sent 1" {
			t.Errorf("Mia's counts %s", got)
		}
	})
}

// A part that breaks costs its own work only: the message is kept, and the part tries again until it can.
func TestBrokenReactorCostsNoMessage(t *testing.T) { // REL-1, CHAN-2
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		ticket, answer := d.answered(bea)
		rename := func(from, to string) {
			dbtest.Do(t, d.db, func(tx *db.Tx) error {
				_, err := tx.Exec("ALTER TABLE " + from + " RENAME TO " + to)
				return err
			})
		}
		rename("notifications", "elsewhere")
		d.Mail("Ann Bell <ann@example.org>", "Re: Lamp is broken", "The red one.", "Message-ID: <two@example.org>", "In-Reply-To: "+answer)
		if got := d.Ticket(ticket)["hs_pipeline_stage"]; got != stageUs {
			t.Errorf("status %s: the other parts must have done their work", got)
		}
		rename("elsewhere", "notifications")
		unread := func() any { return bea.Ask("GET", api+"/notifications", nil).Is(http.StatusOK).Get("unread") }
		if unread() != 0.0 {
			t.Errorf("%v unread before the retry", unread())
		}
		d.Advance(time.Minute)
		if unread() != 1.0 {
			t.Errorf("%v unread after the retry, want 1", unread())
		}
		d.Advance(time.Hour)
		if unread() != 1.0 {
			t.Errorf("%v unread later, want 1", unread())
		}
	})
}
