package conversation_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// chat is an app with a channel on which people have names of its own.
type chat struct {
	*desk
	app  people.Actor
	line account.Account
}

func (d *desk) chat(capabilities string) *chat {
	d.t.Helper()
	c := &chat{desk: d, app: people.LimitedApp(77, "Chat", []string{"conversations.custom_channels.write"})}
	d.do(func(tx *db.Tx) error {
		r, err := d.accounts.Register(tx, c.app, account.Registered{Name: "Chat", Capabilities: json.RawMessage(capabilities)})
		d.must(err)
		c.line, err = d.accounts.Connected(tx, c.app, r.ID, account.Input{Name: "Shop", Address: "Shop-7", Type: channel.Opaque})
		return err
	})
	return c
}

const anything = `{"deliveryIdentifierTypes":["CHANNEL_SPECIFIC_OPAQUE_ID","HS_PHONE_NUMBER","HS_EMAIL_ADDRESS"],"outgoingAttachmentTypes":["FILE"],
"maxFileAttachmentCount":1,"maxFileAttachmentSizeBytes":10}`

var (
	eve  = channel.Address{Name: "Eve Adams", Email: "eve/7", Type: channel.Opaque}
	shop = channel.Address{Email: "Shop-7", Type: channel.Opaque}
)

// says puts a message on a thread of the chat.
func (c *chat) says(key string, from channel.Address, fill func(a *conversation.Arrival)) (m conversation.Message, err error) {
	c.t.Helper()
	c.delivered++
	a := conversation.Arrival{Account: c.line, EnvelopeTo: []string{c.line.Address}, ReceivedAt: c.clock.Now(), By: c.app, Inbound: channel.Inbound{
		Nature: channel.Message, MessageID: fmt.Sprintf("m%d@channel", c.delivered), From: from, To: []channel.Address{shop}, Text: "It is dark.",
		Visible: "It is dark.", SentAt: c.clock.Now(), ThreadKey: key}}
	if fill != nil {
		fill(&a)
	}
	err = c.Write(ctx, func(tx *db.Tx) error {
		placed, err := c.conv.Receive(tx, a)
		if err != nil {
			return err
		}
		m, err = c.conv.Message(tx, people.System, placed.Message)
		return err
	})
	return m, err
}

func (c *chat) said1(key string, from channel.Address) conversation.Message {
	c.t.Helper()
	m, err := c.says(key, from, nil)
	c.must(err)
	return m
}

func (d *desk) threadOf(m conversation.Message) (t conversation.Thread) {
	d.t.Helper()
	d.see(func(tx *db.Tx) (err error) { t, err = d.conv.ThreadByID(tx, people.System, m.Thread); return err })
	return t
}

// A channel that names its threads is believed, whoever speaks; nothing else leads there.
func TestThreadsByTheChannelsName(t *testing.T) { // API-9, MAIL-3
	each(t, func(t *testing.T, d *desk) {
		c := d.chat(anything)
		first := c.said1("room 1", eve)
		max := channel.Address{Name: "Max", Email: "max", Type: channel.Opaque}
		if next := c.said1("room 1", max); next.Thread != first.Thread || next.Ticket != first.Ticket {
			t.Errorf("another in the room is on thread %d, want %d", next.Thread, first.Thread)
		}
		if other := c.said1("room 2", eve); other.Thread == first.Thread {
			t.Error("another room is another thread")
		}
		answer, err := c.says("room 3", eve, func(a *conversation.Arrival) { a.Inbound.References = []string{first.MessageID} })
		if err != nil || answer.Thread == first.Thread {
			t.Errorf("ids of messages lead nowhere here: %d, %v", answer.Thread, err)
		}
		mail := d.arrive("eve@example.org", func(in *channel.Inbound) { in.References = []string{first.MessageID} })
		if mail.Thread == first.Thread {
			t.Error("a mail does not get on a thread of the chat")
		}
		if got := d.threadOf(first); got.Key != "room 1" || got.Account != c.line.ID || got.Contact == 0 {
			t.Errorf("thread %+v", got)
		}
		var who []channel.Address
		d.see(func(tx *db.Tx) error {
			info, err := d.conv.Threads(tx, people.System, first.Ticket)
			if len(info) > 0 {
				who = info[0].Participants
			}
			return err
		})
		if want := []channel.Address{eve, max}; !slices.Equal(who, want) {
			t.Errorf("participants %+v, want %+v", who, want)
		}
		if got := d.ticket(first.Ticket).Properties; got["source_type"] != "CUSTOM" {
			t.Errorf("source %s", got["source_type"])
		}
	})
}

// A name of the channel's is one contact on that channel, and a stranger on any other.
func TestContactsByTheChannelsName(t *testing.T) { // API-9, REC-6
	each(t, func(t *testing.T, d *desk) {
		c, elsewhere := d.chat(anything), d.chat(anything)
		contact := func(c *chat, key string, who channel.Address) int64 {
			t.Helper()
			return d.threadOf(c.said1(key, who)).Contact
		}
		known := contact(c, "1", eve)
		if got := contact(c, "2", eve); got != known {
			t.Errorf("again: %d, want %d", got, known)
		}
		if got := contact(elsewhere, "1", eve); got == known {
			t.Error("the same name on another channel is somebody else")
		}
		number := channel.Address{Email: "+49 30 123456", Type: channel.Phone}
		called := contact(c, "3", number)
		number.Email = "+4930123456"
		if got := contact(elsewhere, "3", number); got != called || got == known {
			t.Errorf("by number: %d and %d", called, got)
		}
		if odd := contact(c, "4", channel.Address{Email: "0800 LAMP", Type: channel.Phone}); odd == 0 || odd == called {
			t.Errorf("a number that is none: %d", odd)
		}
		mailed := d.threadOf(d.arrive("eve@example.org", nil)).Contact
		if got := contact(c, "5", channel.Address{Email: "eve@example.org"}); got != mailed {
			t.Errorf("by address: %d, want %d", got, mailed)
		}
		told, err := c.says("6", channel.Address{Email: "nick", Type: channel.Opaque}, func(a *conversation.Arrival) { a.Contact = mailed })
		if err != nil || d.threadOf(told).Contact != mailed {
			t.Errorf("as the app says: %v", err)
		}
		if _, err := c.says("7", eve, func(a *conversation.Arrival) { a.Contact = 12 }); !errs.Is(err, errs.Invalid) {
			t.Errorf("nobody: %v", err)
		}
	})
}

// An answer that was given in the app is on the thread as one that went out.
func TestAnAnswerGivenElsewhere(t *testing.T) { // API-9
	each(t, func(t *testing.T, d *desk) {
		c := d.chat(anything)
		first := c.said1("room", eve)
		d.said()
		out, err := c.says("room", shop, func(a *conversation.Arrival) { a.Inbound.Outgoing, a.Inbound.To = true, []channel.Address{eve} })
		d.must(err)
		if out.Direction != conversation.Out || out.State != conversation.StateSent || out.Thread != first.Thread || out.Actor != (event.Actor{Kind: event.App, ID: c.app.ID}) {
			t.Errorf("%+v", out)
		}
		if events := d.said("message.replied", "message.received"); len(events) != 1 || data[conversation.Replied](t, events[0]).ByUser {
			t.Errorf("told %+v", events)
		}
		thread := d.threadOf(first)
		if thread.OutboundAt.IsZero() || thread.Contact == 0 {
			t.Errorf("thread %+v", thread)
		}
		begun, err := c.says("new room", shop, func(a *conversation.Arrival) { a.Inbound.Outgoing, a.Inbound.To = true, []channel.Address{eve} })
		if got := d.threadOf(begun); err != nil || got.Contact != thread.Contact || !got.InboundAt.IsZero() || got.OutboundAt.IsZero() {
			t.Errorf("begun by an answer: %+v, %v", got, err)
		}
	})
}

// Who answers writes to whom the channel knows, by the names it knows.
func TestAnswersOverAChat(t *testing.T) { // API-9, REPLY-5
	each(t, func(t *testing.T, d *desk) {
		c := d.chat(anything)
		first := c.said1("room", eve)
		m := d.replied(d.ann, conversation.ReplyInput{TicketID: first.Ticket, HTML: "<p>Try <b>this</b></p>"})
		if len(m.To) != 1 || m.To[0] != eve || m.From.Email != "Shop-7" || m.From.Type != channel.Opaque || m.Thread != first.Thread {
			t.Errorf("%+v to %+v", m.From, m.To)
		}
		var out conversation.Outgoing
		d.see(func(tx *db.Tx) (err error) { out, err = d.conv.Outgoing(tx, m.ID); return err })
		want := channel.Ref{Message: m.ID, Thread: first.Thread, Contact: d.threadOf(first).Contact, Author: d.ann.ID, ThreadKey: "room"}
		if out.Outbound.Ref != want || out.Outbound.HTML != "" || out.Outbound.Subject != "" || out.Outbound.Text != "Try this" {
			t.Errorf("sent %+v, want %+v", out.Outbound, want)
		}
		for name, to := range map[string]channel.Address{"empty": {Type: channel.Opaque}, "control": {Email: "a\x01b", Type: channel.Opaque},
			"long": {Email: strings.Repeat("x", 400), Type: channel.Opaque}, "no such type": {Email: "x", Type: "SMELL"}, "no address": {Email: "eve"}} {
			if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: first.Ticket, To: []channel.Address{to}}); !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		mail := d.arrive("eve@example.org", nil)
		if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: mail.Ticket, To: []channel.Address{eve}}); !errs.Is(err, errs.Invalid) {
			t.Errorf("a name of the chat by mail: %v", err)
		}
	})
}

func TestWhatAChatCannotCarry(t *testing.T) { // API-9, REPLY-5
	each(t, func(t *testing.T, d *desk) {
		oneWay := d.chat(`{"deliveryIdentifierTypes":["CHANNEL_SPECIFIC_OPAQUE_ID"],"allowOutgoingMessages":false}`)
		first := oneWay.said1("room", eve)
		if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: first.Ticket}); !errs.Is(err, errs.Conflict) {
			t.Errorf("one way: %v", err)
		}
		c := d.chat(anything)
		first = c.said1("room", eve)
		file := func(content string) int64 {
			t.Helper()
			a, err := d.conv.AddAttachment(ctx, d.ann.Actor(), "a.txt", "text/plain", strings.NewReader(content))
			d.must(err)
			return a.ID
		}
		for name, files := range map[string][]int64{"two": {file("a"), file("b")}, "large": {file("more than ten bytes")}} {
			if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: first.Ticket, AttachmentIDs: files}); !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		m := d.replied(d.ann, conversation.ReplyInput{TicketID: first.Ticket, AttachmentIDs: []int64{file("ten")}})
		var out conversation.Outgoing
		d.see(func(tx *db.Tx) (err error) { out, err = d.conv.Outgoing(tx, m.ID); return err })
		if len(out.Outbound.Attachments) != 1 || out.Outbound.Attachments[0].File != m.Attachments[0].ID {
			t.Errorf("files %+v", out.Outbound.Attachments)
		}
	})
}

// What became of a message the app says, as often as it learns something.
func TestReportsOfTheApp(t *testing.T) { // API-9, MAIL-7
	each(t, func(t *testing.T, d *desk) {
		c := d.chat(anything)
		first := c.said1("room", eve)
		m := d.replied(d.ann, conversation.ReplyInput{TicketID: first.Ticket})
		report := func(n int64, state conversation.State, reason string) (got conversation.Message) {
			t.Helper()
			d.do(func(tx *db.Tx) (err error) { got, err = d.conv.Reported(tx, n, state, reason); return err })
			return got
		}
		d.said()
		for _, step := range []struct {
			state  conversation.State
			reason string
			events int
		}{{conversation.StateSent, "", 1}, {conversation.StateSent, "", 0}, {conversation.StateRead, "", 1}, {conversation.StateFailed, "She blocked us", 1}, {conversation.StateSent, "", 1}} {
			got := report(m.ID, step.state, step.reason)
			if got.State != step.state || got.Error != step.reason || got.SentAt.IsZero() {
				t.Errorf("%s: %+v", step.state, got)
			}
			if events := d.said("message.sent", "message.failed"); len(events) != step.events {
				t.Errorf("%s: told %+v", step.state, events)
			}
		}
		if got := report(first.ID, conversation.StateFailed, "x"); got.State != conversation.StateReceived {
			t.Errorf("what came in has no fate: %+v", got)
		}
	})
}

// A file that the app uploaded becomes part of its message; another's does not.
func TestFilesOfTheApp(t *testing.T) { // API-9
	each(t, func(t *testing.T, d *desk) {
		c := d.chat(anything)
		a, err := d.conv.AddAttachment(ctx, c.app, "lamp.png", "image/png", strings.NewReader("png"))
		d.must(err)
		m, err := c.says("room", eve, func(in *conversation.Arrival) { in.Uploads = []int64{a.ID} })
		if err != nil || len(m.Attachments) != 1 || m.Attachments[0].ID != a.ID {
			t.Errorf("%+v, %v", m.Attachments, err)
		}
		foreign, err := d.conv.AddAttachment(ctx, d.ann.Actor(), "x.png", "image/png", strings.NewReader("png"))
		d.must(err)
		for what, n := range map[string]int64{"another's": foreign.ID, "taken": a.ID, "nothing": 12} {
			if _, err := c.says("room", eve, func(in *conversation.Arrival) { in.Uploads = []int64{n} }); !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}
