package conversation_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/draft"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

func TestCommentIsAmongUsers(t *testing.T) { // REPLY-1
	each(t, func(t *testing.T, d *desk) {
		m := d.arrive("ada@a.example", nil)
		before := d.ticket(m.Ticket).Properties
		f, err := d.conv.AddAttachment(ctx, d.ann.Actor(), "log.txt", "text/plain", strings.NewReader("x"))
		d.must(err)
		c, err := d.comment(d.ann, conversation.CommentInput{TicketID: m.Ticket, HTML: `<b>look</b><img src=x onerror=alert(1)>`,
			Mentions: conversation.Mentions{Users: []int64{d.bob.ID}, Teams: []int64{d.team.ID}}, AttachmentIDs: []int64{f.ID}})
		d.must(err)
		if c.Kind != conversation.Comment || c.Direction != "" || c.MessageID != "" || strings.Contains(c.HTML, "onerror") || c.Text != "look" {
			t.Errorf("comment %+v", c)
		}
		got := d.said("comment.added", "message.replied")
		if len(got) != 1 {
			t.Fatalf("events %v", got)
		}
		if e := data[conversation.Commented](t, got[0]); e.TicketID != m.Ticket || !slices.Equal(e.Mentions.Users, []int64{d.bob.ID}) || e.Preview != "look" || e.OnTicket() != m.Ticket {
			t.Errorf("commented %+v", e)
		}
		after := d.ticket(m.Ticket).Properties
		if after[ticket.LastFrom] != before[ticket.LastFrom] || after[ticket.Owner] != "" || after[ticket.Preview] != before[ticket.Preview] {
			t.Errorf("the comment changed the ticket: %v", after)
		}
		out := d.replied(d.ann, conversation.ReplyInput{TicketID: m.Ticket})
		if out.InReplyTo != m.MessageID || strings.Contains(out.HTML, "look") {
			t.Error("the comment got into a reply")
		}
		if read := d.read(c.ID); len(read.Attachments) != 1 || len(read.Mentions.Teams) != 1 {
			t.Errorf("read back %+v", read)
		}
	})
}

func (d *desk) read(id int64) (m conversation.Message) {
	d.t.Helper()
	d.see(func(tx *db.Tx) (err error) { m, err = d.conv.Message(tx, d.ann.Actor(), id); return err })
	return m
}

func TestMentionsOfThoseWhoAreThere(t *testing.T) { // REPLY-1
	each(t, func(t *testing.T, d *desk) {
		n := d.arrive("ada@a.example", nil).Ticket
		off := false
		_, err := d.people.ChangeUser(ctx, people.System, d.bob.ID, people.UserChange{Active: &off})
		d.must(err)
		for name, m := range map[string]conversation.Mentions{"inactive user": {Users: []int64{d.bob.ID}}, "no user": {Users: []int64{5}}, "no team": {Teams: []int64{5}},
			"too many": {Users: make([]int64, 60)}} {
			if _, err := d.comment(d.ann, conversation.CommentInput{TicketID: n, Mentions: m}); !strings.HasPrefix(code(err), "mentions ") {
				t.Errorf("%s: %s", name, code(err))
			}
		}
	})
}

func TestDrafts(t *testing.T) { // REPLY-4
	each(t, func(t *testing.T, d *desk) {
		m := d.arrive("ada@a.example", nil)
		f, err := d.conv.AddAttachment(ctx, d.ann.Actor(), "a.txt", "text/plain", strings.NewReader("x"))
		d.must(err)
		save := func(kind draft.Kind, text draft.Draft) error {
			return d.Write(ctx, func(tx *db.Tx) error { return d.conv.Drafts().Save(tx, d.ann.Actor(), m.Ticket, kind, text) })
		}
		d.must(save(draft.Reply, draft.Draft{HTML: "one"}))
		d.clock.Advance(time.Minute)
		want := draft.Draft{HTML: "<p>two", To: to("x@x.example"), Cc: to("y@y.example"), Bcc: to("z@z.example"), Thread: m.Thread, Account: d.support.ID,
			AttachmentIDs: []int64{f.ID}, Seen: m.ID}
		d.must(save(draft.Reply, want))
		d.must(save(draft.Comment, draft.Draft{HTML: "note"}))
		if code(save("poem", want)) != "kind INVALID_OPTION" || code(save(draft.Reply, draft.Draft{HTML: strings.Repeat("x", 2<<20)})) != "html TOO_LONG" {
			t.Error("a bad draft was kept")
		}
		drafts := func(u people.User) (out map[draft.Kind]draft.Draft) {
			d.see(func(tx *db.Tx) (err error) { out, err = d.conv.Drafts().On(tx, u.Actor(), m.Ticket); return err })
			return out
		}
		unsent := func(u people.User) (files []conversation.Attachment) {
			d.see(func(tx *db.Tx) (err error) { files, err = d.conv.Unsent(tx, u.Actor(), want.AttachmentIDs); return err })
			return files
		}
		got := drafts(d.ann)[draft.Reply]
		if got.HTML != want.HTML || addresses(got.To)+addresses(got.Cc)+addresses(got.Bcc) != "x@x.exampley@y.examplez@z.example" || got.Thread != m.Thread ||
			got.Seen != m.ID || got.Account != d.support.ID || len(unsent(d.ann)) != 1 || len(unsent(d.bob)) != 0 || !got.UpdatedAt.Equal(d.clock.Now()) {
			t.Errorf("draft %+v", got)
		}
		if len(drafts(d.bob)) != 0 {
			t.Error("another user sees it")
		}
		marked := func() (ok bool) {
			d.see(func(tx *db.Tx) error {
				marks, err := d.tickets.Marks(tx, d.ann.ID, []int64{m.Ticket})
				_, ok = marks[m.Ticket][ticket.Draft]
				return err
			})
			return ok
		}
		d.replied(d.ann, conversation.ReplyInput{TicketID: m.Ticket, AttachmentIDs: []int64{f.ID}})
		if left := drafts(d.ann); len(left) != 1 || left[draft.Comment].HTML != "note" || !marked() {
			t.Errorf("after sending: %+v", left)
		}
		_, err = d.comment(d.ann, conversation.CommentInput{TicketID: m.Ticket})
		d.must(err)
		if len(drafts(d.ann)) != 0 || marked() {
			t.Error("after commenting a draft is left, or the ticket is marked still")
		}
	})
}

func TestFailedReplyLosesNothing(t *testing.T) { // REPLY-5
	each(t, func(t *testing.T, d *desk) {
		m := d.arrive("ada@a.example", nil)
		d.do(func(tx *db.Tx) error {
			return d.conv.Drafts().Save(tx, d.ann.Actor(), m.Ticket, draft.Reply, draft.Draft{HTML: "my text"})
		})
		if _, err := d.reply(d.ann, conversation.ReplyInput{TicketID: m.Ticket, To: to("nobody")}); err == nil {
			t.Fatal("sent to nobody")
		}
		d.see(func(tx *db.Tx) error {
			got, err := d.conv.Drafts().On(tx, d.ann.Actor(), m.Ticket)
			if got[draft.Reply].HTML != "my text" {
				t.Errorf("drafts %+v", got)
			}
			return err
		})
	})
}

// page reads all items in pages, newest first, and checks that they go on from one another.
func (d *desk) page(n int64, size int) (out []conversation.Item) {
	d.t.Helper()
	var before int64
	for range 200 {
		var items []conversation.Item
		var next int64
		d.see(func(tx *db.Tx) (err error) {
			items, next, err = d.conv.Items(tx, d.ann.Actor(), n, before, size)
			return err
		})
		if len(items) > size {
			d.t.Fatalf("a page of %d has %d items", size, len(items))
		}
		for _, it := range items {
			if len(out) > 0 && it.ID >= out[len(out)-1].ID {
				d.t.Fatalf("item %d comes after %d", it.ID, out[len(out)-1].ID)
			}
			out = append(out, it)
		}
		if next == 0 {
			return out
		}
		before = next
	}
	d.t.Fatal("the pages do not end")
	return nil
}

func TestItemsAreOneStory(t *testing.T) { // TICK-2
	each(t, func(t *testing.T, d *desk) {
		m := d.arrive("ada@a.example", nil)
		n := m.Ticket
		set := func(name, value, reason string) {
			d.do(func(tx *db.Tx) error {
				_, err := d.records.Update(tx, d.ann.Actor(), ticket.Object, n, map[string]string{name: value}, reason)
				return err
			})
		}
		d.replied(d.ann, conversation.ReplyInput{TicketID: n})
		set("hs_ticket_priority", "HIGH", "because")
		_, err := d.comment(d.bob, conversation.CommentInput{TicketID: n})
		d.must(err)
		set(ticket.Stage, "4", "")
		want := []string{"ticket.changed hs_pipeline_stage 1>4", "comment", "ticket.changed hs_ticket_priority >HIGH because", "message out", "message in", "ticket.created"}
		for _, size := range []int{1, 2, 3, 200} {
			var got []string
			for _, it := range d.page(n, size) {
				line := it.Type
				for _, c := range it.Changes {
					line += " " + c.Property + " " + c.From + ">" + c.To
				}
				if it.Type == "ticket.changed" && it.Reason != "" {
					line += " " + it.Reason
				}
				if it.Message != nil {
					line = strings.TrimSpace(string(it.Message.Kind) + " " + it.Message.Direction)
				}
				got = append(got, line)
			}
			if !slices.Equal(got, want) {
				t.Errorf("in pages of %d:\n%s\nwant\n%s", size, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
		if first := d.page(n, 200); first[0].Actor != (event.Actor{Kind: event.User, ID: d.ann.ID}) {
			t.Errorf("changed by %+v", first[0].Actor)
		}
	})
}

// The story tells nobody of values that they may not see.
func TestItemsKeepHiddenValues(t *testing.T) { // PROP-2
	each(t, func(t *testing.T, d *desk) {
		n := d.arrive("ada@a.example", nil).Ticket
		d.do(func(tx *db.Tx) error {
			_, err := d.props.Create(tx, people.System, property.Definition{ObjectType: ticket.Object, Name: "salary", Label: "Salary", Type: property.Number,
				Access: property.Access{View: property.Chosen{Users: []int64{d.bob.ID}}}})
			return err
		})
		d.do(func(tx *db.Tx) error {
			_, err := d.records.Update(tx, people.System, ticket.Object, n, map[string]string{"salary": "5000", "hs_ticket_priority": "HIGH"}, "")
			return err
		})
		d.do(func(tx *db.Tx) error {
			_, err := d.records.Update(tx, people.System, ticket.Object, n, map[string]string{"salary": "6000"}, "")
			return err
		})
		for who, want := range map[*people.User]string{&d.bob: "salary 5000>6000, hs_ticket_priority >HIGH salary >5000", &d.ann: "hs_ticket_priority >HIGH"} {
			var got []string
			d.see(func(tx *db.Tx) error {
				items, _, err := d.conv.Items(tx, who.Actor(), n, 0, 10)
				for _, it := range items {
					line := ""
					if it.Message == nil && it.Type == "ticket.changed" {
						for _, c := range it.Changes {
							line += " " + c.Property + " " + c.From + ">" + c.To
						}
						got = append(got, strings.TrimSpace(line))
					}
				}
				return err
			})
			if strings.Join(got, ", ") != want {
				t.Errorf("%s reads %q, want %q", who.Name, strings.Join(got, ", "), want)
			}
		}
	})
}

func TestManyChangesBetweenMessages(t *testing.T) { // TICK-2: events that are not for people never hide what is
	each(t, func(t *testing.T, d *desk) {
		first := d.arrive("ada@a.example", nil)
		for i := range 40 {
			d.do(func(tx *db.Tx) error {
				return d.tickets.Touched(tx, people.System, first.Ticket, ticket.Activity{At: tx.Now, From: "user", Preview: fmt.Sprint(i)})
			})
		}
		last := d.follow("ada@a.example", first)
		got := d.page(first.Ticket, 4)
		if len(got) != 3 || got[0].ID != last.ID || got[1].ID != first.ID {
			t.Errorf("%d items %+v", len(got), got)
		}
	})
}

func TestItemsShowFiles(t *testing.T) { // TICK-2
	each(t, func(t *testing.T, d *desk) {
		n := d.arrive("ada@a.example", nil).Ticket
		f, err := d.conv.AddAttachment(ctx, d.ann.Actor(), "a.txt", "text/plain", strings.NewReader("x"))
		d.must(err)
		m := d.replied(d.ann, conversation.ReplyInput{TicketID: n, AttachmentIDs: []int64{f.ID}})
		for _, it := range d.page(n, 50) {
			if it.ID == m.ID && (len(it.Message.Attachments) != 1 || it.Message.Attachments[0].Name != "a.txt") {
				t.Errorf("files %+v", it.Message.Attachments)
			}
		}
		d.see(func(tx *db.Tx) error {
			it, err := d.conv.Item(tx, d.ann.Actor(), m.ID)
			if it.Message == nil || len(it.Message.Attachments) != 1 {
				t.Errorf("item %+v", it)
			}
			_, missing := d.conv.Item(tx, d.ann.Actor(), 5)
			return errors.Join(err, wantNotFound(missing))
		})
	})
}

func wantNotFound(err error) error {
	if code(err) != "not found" {
		return fmt.Errorf("of nothing: %s", code(err))
	}
	return nil
}

func TestThreadsOfATicket(t *testing.T) { // TICK-2
	each(t, func(t *testing.T, d *desk) {
		first := d.arrive("ada@a.example", func(in *channel.Inbound) { in.Cc = to("ben@b.example") })
		d.see(func(tx *db.Tx) error {
			got, err := d.conv.Threads(tx, d.ann.Actor(), first.Ticket)
			d.must(err)
			if len(got) != 1 || got[0].Account.Address != d.support.Address || addresses(got[0].Participants) != "ada@a.example ben@b.example" ||
				addresses(got[0].To) != "ada@a.example" || addresses(got[0].Cc) != "ben@b.example" || got[0].InboundAt.IsZero() || got[0].Messages != 1 {
				t.Errorf("threads %+v", got)
			}
			channels, err := d.conv.ReplyChannels(tx)
			if len(channels) != 1 || channels[0].ID != d.support.ID {
				t.Errorf("channels %+v", channels)
			}
			return err
		})
	})
}

// Statements that run for each arrival or opened ticket read by an index what they need and no more.
func TestHotStatementsUseTheirIndexes(t *testing.T) { // PERF-1
	each(t, func(t *testing.T, d *desk) {
		leads := conversation.Leads(1, []string{"a@x", "b@x"})
		for name, c := range map[string]struct {
			query string
			args  []any
			index []string
		}{
			"thread by token":       {conversation.ByToken, []any{"x"}, []string{"threads_token"}},
			"thread by Message-IDs": {leads.Text(), leads.Args(), []string{"message_refs", "messages_once"}},
			"a ticket's messages":   {conversation.Page, []any{7, int64(1) << 60, 50}, []string{"messages_ticket"}},
			"delivered before":      {conversation.Once, []any{"a@x", 1}, []string{"messages_once"}},
			"automatic mail":        {conversation.Automatic, []any{"a@x.example", 5, 30}, []string{"messages_automatic"}},
			"what is answered":      {conversation.Answered, []any{7}, []string{"messages_thread"}},
			"a bounced message":     {conversation.Ours, []any{"a@x"}, []string{"messages_once"}},
			"sent before":           {conversation.ByKey, []any{7, "k"}, []string{"messages_client_key"}},
			"threads of a ticket":   {"SELECT id FROM threads WHERE ticket_id = $1 ORDER BY id LIMIT $2", []any{7, 10}, []string{"threads_ticket"}},
			"files of messages":     {"SELECT id FROM attachments WHERE message_id IN ($1, $2)", []any{1, 2}, []string{"attachments_message"}},
		} {
			d.do(func(tx *db.Tx) error {
				if tx.Postgres() { // tables of a test are too small for an index to pay
					if _, err := tx.Exec("SET LOCAL enable_seqscan = off"); err != nil {
						return err
					}
				}
				plan, err := tx.Explain(c.query, c.args...)
				for _, index := range c.index {
					if !strings.Contains(plan, index) {
						t.Errorf("%s does not use %s:\n%s", name, index, plan)
					}
				}
				for line := range strings.Lines(plan) {
					if strings.Contains(line, "SCAN ") && !strings.Contains(line, "recent") || strings.Contains(line, "Seq Scan") {
						t.Errorf("%s reads a whole table:\n%s", name, plan)
					}
				}
				return err
			})
		}
	})
}
