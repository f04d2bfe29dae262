package conversation_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

func to(emails ...string) []channel.Address {
	var out []channel.Address
	for _, e := range emails {
		out = append(out, channel.Address{Email: e})
	}
	return out
}

func TestThreadAdvanced(t *testing.T) { // TICK-6: a reply that crosses another is held
	each(t, func(t *testing.T, d *desk) {
		first := d.arrive("ada@acme.example", nil)
		n := first.Ticket
		d.replied(d.ann, conversation.ReplyInput{TicketID: n, Seen: first.ID})
		d.replied(d.ann, conversation.ReplyInput{TicketID: n, Seen: first.ID}) // one's own is no news
		_, err := d.comment(d.bob, conversation.CommentInput{TicketID: n})
		d.must(err)
		auto := d.arrive("ada@acme.example", func(in *channel.Inbound) { in.Nature, in.References = channel.AutoReply, []string{first.MessageID} })
		d.replied(d.ann, conversation.ReplyInput{TicketID: n, Seen: first.ID}) // nor is a comment or an automatic answer
		news := d.follow("ada@acme.example", first)
		_, err = d.reply(d.ann, conversation.ReplyInput{TicketID: n, Seen: auto.ID})
		if e := errs.As(err); e == nil || e.Kind != errs.Conflict || e.Code != "THREAD_ADVANCED" || fmt.Sprint(e.Detail["itemIds"]) != "["+id.Format(news.ID)+"]" {
			t.Errorf("after the contact's message: %v", err)
		}
		bobs := d.replied(d.bob, conversation.ReplyInput{TicketID: n, Seen: news.ID, Key: "b"})
		_, err = d.reply(d.ann, conversation.ReplyInput{TicketID: n, Seen: news.ID})
		if e := errs.As(err); e == nil || e.Code != "THREAD_ADVANCED" || e.Detail["itemIds"][0] == id.Format(news.ID) {
			t.Errorf("after another user's reply: %v", err)
		}
		d.replied(d.ann, conversation.ReplyInput{TicketID: n, Seen: bobs.ID})
	})
}

func TestTwoRepliesAtOneTime(t *testing.T) { // TICK-6, under any timing
	each(t, func(t *testing.T, d *desk) {
		first := d.arrive("ada@acme.example", nil)
		var wg sync.WaitGroup
		outcomes := make([]error, 2)
		for i, u := range []people.User{d.ann, d.bob} {
			wg.Go(func() {
				_, outcomes[i] = d.reply(u, conversation.ReplyInput{TicketID: first.Ticket, Seen: first.ID})
			})
		}
		wg.Wait()
		if one, two := code(outcomes[0]), code(outcomes[1]); one+two != "fineTHREAD_ADVANCED" && two+one != "fineTHREAD_ADVANCED" {
			t.Errorf("one of them must be held: %s, %s", one, two)
		}
	})
}

func TestSameKeyIsSentOnce(t *testing.T) { // REPLY-5; lesson: double click sends twice
	each(t, func(t *testing.T, d *desk) {
		n := d.arrive("ada@acme.example", nil).Ticket
		in := conversation.ReplyInput{TicketID: n, Key: "k1", HTML: "one"}
		a := d.replied(d.ann, in)
		in.HTML = "two"
		if b := d.replied(d.ann, in); b.ID != a.ID || b.Text != "one" {
			t.Errorf("the second is %d %q, want the first", b.ID, b.Text)
		}
		if c := d.replied(d.bob, in); c.ID == a.ID {
			t.Error("another user's key is the same message")
		}
		x, err1 := d.comment(d.ann, conversation.CommentInput{TicketID: n, Key: "k2"})
		y, err2 := d.comment(d.ann, conversation.CommentInput{TicketID: n, Key: "k2"})
		d.must(errors.Join(err1, err2))
		if x.ID != y.ID {
			t.Error("commented twice under one key")
		}
	})
}

func TestDefaultRecipients(t *testing.T) { // MAIL-7: reply-all right by default
	each(t, func(t *testing.T, d *desk) {
		for name, c := range map[string]struct {
			from   string
			fill   func(in *channel.Inbound)
			to, cc string
		}{
			"all but us": {"ada@a.example", func(in *channel.Inbound) {
				in.To = to("support@desk.localhost", "ben@b.example", "support+x@desk.localhost")
				in.Cc = to("cleo@c.example", "ada@a.example")
			}, "ada@a.example", "ben@b.example cleo@c.example"},
			"reply-to": {"noreply@a.example", func(in *channel.Inbound) { in.ReplyTo = to("ada@a.example") }, "ada@a.example", ""},
			"an address that only our domain takes": {"ada@a.example", func(in *channel.Inbound) {
				in.To = to("support@desk.localhost", "not an address")
			}, "ada@a.example", ""},
		} {
			m := d.arrive(c.from, c.fill)
			out := d.replied(d.ann, conversation.ReplyInput{TicketID: m.Ticket})
			if addresses(out.To) != c.to || addresses(out.Cc) != c.cc {
				t.Errorf("%s: to %s, cc %s", name, addresses(out.To), addresses(out.Cc))
			}
		}
	})
}

func TestRecipientsAreChecked(t *testing.T) { // MAIL-7, SEC-1
	each(t, func(t *testing.T, d *desk) {
		n := d.arrive("ada@a.example", nil).Ticket
		many := make([]channel.Address, 101)
		for i := range many {
			many[i].Email = fmt.Sprintf("x%d@x.example", i)
		}
		for name, c := range map[string]struct {
			in   conversation.ReplyInput
			want string
		}{
			"blind copy alone":        {conversation.ReplyInput{Bcc: to("x@x.example")}, "fine"},
			"our own address":         {conversation.ReplyInput{To: to("support+abc@desk.localhost")}, "to OWN_ADDRESS"},
			"no address":              {conversation.ReplyInput{Cc: to("nobody")}, "cc INVALID_EMAIL"},
			"a line break":            {conversation.ReplyInput{To: to("x@x.example\r\nBcc: y@y.example")}, "to INVALID_EMAIL"},
			"two in one":              {conversation.ReplyInput{To: to("x@x.example,y@y.example")}, "to INVALID_EMAIL"},
			"too many":                {conversation.ReplyInput{To: many}, "to TOO_MANY"},
			"nothing written":         {conversation.ReplyInput{HTML: "<p> </p>"}, "html REQUIRED"},
			"too long":                {conversation.ReplyInput{HTML: strings.Repeat("x", 2<<20)}, "html TOO_LONG"},
			"another ticket's thread": {conversation.ReplyInput{ThreadID: 7}, "threadId INVALID_OPTION"},
			"no such channel":         {conversation.ReplyInput{AccountID: 7}, "channelId INVALID_OPTION"},
			"no such file":            {conversation.ReplyInput{AttachmentIDs: []int64{7}}, "attachmentIds INVALID_OPTION"},
			"no such status":          {conversation.ReplyInput{StageID: "77"}, "hs_pipeline_stage INVALID_OPTION"},
		} {
			c.in.TicketID = n
			if _, err := d.reply(d.ann, c.in); code(err) != c.want {
				t.Errorf("%s: %s, want %s", name, code(err), c.want)
			}
		}
	})
}

func TestWhoMayWrite(t *testing.T) { // ACC-3
	each(t, func(t *testing.T, d *desk) {
		m := d.arrive("ada@a.example", nil)
		if _, err := d.reply(d.onlooker, conversation.ReplyInput{TicketID: m.Ticket}); code(err) != "denied" {
			t.Errorf("a reply without the permission: %s", code(err))
		}
		if _, err := d.comment(d.onlooker, conversation.CommentInput{TicketID: m.Ticket}); code(err) != "denied" {
			t.Errorf("a comment without a seat: %s", code(err))
		}
		if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: 99}); !errs.Is(err, errs.NotFound) {
			t.Errorf("a reply to nothing: %s", code(err))
		}
		nobody := people.Actor{Kind: d.ann.Actor().Kind, ID: 5}
		for name, read := range map[string]func(tx *db.Tx) error{
			"a message": func(tx *db.Tx) error { _, err := d.conv.Message(tx, nobody, m.ID); return err },
			"threads":   func(tx *db.Tx) error { _, err := d.conv.Threads(tx, nobody, m.Ticket); return err },
			"items":     func(tx *db.Tx) error { _, _, err := d.conv.Items(tx, nobody, m.Ticket, 0, 10); return err },
			"drafts":    func(tx *db.Tx) error { _, err := d.conv.Drafts().On(tx, nobody, m.Ticket); return err },
		} {
			if err := d.Read(ctx, read); !errs.Is(err, errs.NotFound) {
				t.Errorf("%s of a ticket that one may not see: %s", name, code(err))
			}
		}
	})
}

func TestFirstMessageOnATicketMadeByHand(t *testing.T) { // TICK-4
	each(t, func(t *testing.T, d *desk) {
		if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: d.byHand()}); code(err) != "to REQUIRED" {
			t.Errorf("without a contact: %s", code(err))
		}
		n := d.byHand(d.contact("ada@a.example", "Ada Lovelace"))
		m := d.replied(d.ann, conversation.ReplyInput{TicketID: n})
		if addresses(m.To) != "ada@a.example" || m.To[0].Name != "Ada Lovelace" || m.Subject != "By hand" || m.InReplyTo != "" {
			t.Errorf("sent to %v: %s", m.To, m.Subject)
		}
		if got := d.said("thread.created"); len(got) != 1 || data[conversation.ThreadCreated](t, got[0]).TicketID != n {
			t.Errorf("events %v", got)
		}
		d.follow("ada@a.example", m)
		got := data[conversation.Received](t, d.said("message.received")[0])
		if got.TicketID != n || !got.Originating || !got.Reply || got.NewTicket {
			t.Errorf("the answer is %+v, want it to count as a reply on the ticket's own thread", got)
		}
		again := d.replied(d.ann, conversation.ReplyInput{TicketID: n})
		if again.Thread != m.Thread {
			t.Error("a second thread was begun")
		}
	})
}

func TestAnotherChannelForTheSameThread(t *testing.T) { // REPLY-1: the channel can be switched
	each(t, func(t *testing.T, d *desk) {
		first := d.arrive("ada@a.example", nil)
		var sales, small account.Account
		d.do(func(tx *db.Tx) (err error) {
			sales, err = d.accounts.Add(tx, people.System, account.Input{Kind: "email", Name: "Sales", Address: "sales@desk.localhost"})
			d.must(err)
			small, err = d.accounts.Add(tx, people.System, account.Input{Kind: "narrow", Name: "Small", Address: "small@desk.localhost"})
			return err
		})
		m := d.replied(d.ann, conversation.ReplyInput{TicketID: first.Ticket, AccountID: sales.ID})
		if m.Thread != first.Thread || m.From.Email != "sales@desk.localhost" || m.InReplyTo != first.MessageID {
			t.Errorf("over another address: thread %d, from %v, answers %s", m.Thread, m.From, m.InReplyTo)
		}
		if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: first.Ticket, AccountID: small.ID}); code(err) != "REPLY_WINDOW" {
			t.Errorf("over another kind of channel whose contact never wrote: %s", code(err))
		}
		if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: first.Ticket, AccountID: small.ID, To: to("a@x.example"), Cc: to("b@x.example")}); code(err) != "cc NOT_SUPPORTED" {
			t.Errorf("copies over a channel without: %s", code(err))
		}
		f, err := d.conv.AddAttachment(ctx, d.ann.Actor(), "a.txt", "text/plain", strings.NewReader("x"))
		d.must(err)
		if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: first.Ticket, AccountID: small.ID, AttachmentIDs: []int64{f.ID}}); code(err) != "attachmentIds NOT_SUPPORTED" {
			t.Errorf("a file over a channel without: %s", code(err))
		}
	})
}

func TestReplyWindow(t *testing.T) { // META-1's 24 hours, as data of the channel
	each(t, func(t *testing.T, d *desk) {
		d.do(func(tx *db.Tx) (err error) {
			d.support, err = d.accounts.Add(tx, people.System, account.Input{Kind: "narrow", Name: "Small", Address: "small@desk.localhost"})
			return err
		})
		m := d.arrive("ada@a.example", nil)
		d.clock.Advance(23 * time.Hour)
		d.replied(d.ann, conversation.ReplyInput{TicketID: m.Ticket})
		d.clock.Advance(2 * time.Hour)
		if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: m.Ticket}); code(err) != "REPLY_WINDOW" {
			t.Errorf("after a day: %s", code(err))
		}
	})
}

func TestSendAndSetStatus(t *testing.T) { // REPLY-5
	each(t, func(t *testing.T, d *desk) {
		m := d.arrive("ada@a.example", nil)
		d.replied(d.ann, conversation.ReplyInput{TicketID: m.Ticket, StageID: "4"})
		if got := d.ticket(m.Ticket).Properties[ticket.Stage]; got != "4" {
			t.Errorf("status %s", got)
		}
		if got := data[conversation.Replied](t, d.said("message.replied")[0]); !got.StatusChosen || got.OnTicket() != m.Ticket {
			t.Errorf("replied %+v", got)
		}
	})
}

func TestQuotedHistory(t *testing.T) { // lesson: the customer gets a mail without context
	each(t, func(t *testing.T, d *desk) {
		m := d.arrive("ada@a.example", func(in *channel.Inbound) { in.Text, in.From.Name = "dark <here>\nstill", "Ada" })
		out := d.replied(d.ann, conversation.ReplyInput{TicketID: m.Ticket, HTML: "Hello", Quote: true})
		if !strings.Contains(out.HTML, "<blockquote type=\"cite\">dark &lt;here&gt;<br>still</blockquote>") || !strings.Contains(out.Text, "> dark <here>\n> still") ||
			!strings.Contains(out.Text, "Ada:") || out.Visible != "Hello" {
			t.Errorf("html %s\ntext %s\nvisible %s", out.HTML, out.Text, out.Visible)
		}
	})
}

func TestFilesTogetherAreBounded(t *testing.T) { // MAIL-7
	each(t, func(t *testing.T, d *desk) {
		n := d.arrive("ada@a.example", nil).Ticket
		var ids []int64
		for range 2 {
			f, err := d.conv.AddAttachment(ctx, d.ann.Actor(), "big.bin", "application/zip", strings.NewReader(strings.Repeat("x", 10<<20)))
			d.must(err)
			ids = append(ids, f.ID)
		}
		if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: n, AttachmentIDs: ids}); code(err) != "attachmentIds TOO_LARGE" {
			t.Errorf("20 MB: %s", code(err))
		}
		d.replied(d.ann, conversation.ReplyInput{TicketID: n, AttachmentIDs: ids[:1]})
		_, err := d.conv.AddAttachment(ctx, d.ann.Actor(), "huge", "", strings.NewReader(strings.Repeat("x", 25<<20+1)))
		if code(err) != "file TOO_LARGE" {
			t.Errorf("one of more than 25 MB: %s", code(err))
		}
	})
}

func TestFilesAreSeenByWhoMaySeeTheTicket(t *testing.T) { // ACC-3, SEC-1
	each(t, func(t *testing.T, d *desk) {
		n := d.arrive("ada@a.example", nil).Ticket
		f, err := d.conv.AddAttachment(ctx, d.ann.Actor(), "a.txt", "text/plain", strings.NewReader("x"))
		d.must(err)
		if _, _, err := d.conv.OpenAttachment(ctx, d.bob.Actor(), f.ID); code(err) != "not found" {
			t.Errorf("another user's upload: %s", code(err))
		}
		d.replied(d.ann, conversation.ReplyInput{TicketID: n, AttachmentIDs: []int64{f.ID}})
		_, r, err := d.conv.OpenAttachment(ctx, d.bob.Actor(), f.ID)
		d.must(err)
		d.must(r.Close())
		if _, _, err := d.conv.OpenAttachment(ctx, people.Actor{Kind: "user", ID: 5}, f.ID); code(err) != "not found" {
			t.Errorf("of a ticket that one may not see: %s", code(err))
		}
		if _, _, err := d.conv.OpenAttachment(ctx, d.ann.Actor(), 12345); code(err) != "not found" {
			t.Errorf("of nothing: %s", code(err))
		}
	})
}
