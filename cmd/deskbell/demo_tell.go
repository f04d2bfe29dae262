package main

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"mime"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// demo makes data by the same road that real mail takes, in the order in which it would have happened.
type demo struct {
	*program
	clock  *shifted
	users  map[string]people.User
	ticket map[string]int64  // of a story's subject
	lastID map[string]string // Message-ID that the customer would answer
}

// step is one moment of a story.
type step struct {
	ago time.Duration
	do  func(ctx context.Context) error
}

// tellOnce tells the stories unless somebody can sign in already: the folder or database has had its demo.
func (d *demo) tellOnce(ctx context.Context) error {
	var fresh bool
	err := d.db.Read(ctx, func(tx *db.Tx) (err error) {
		fresh, err = d.people.SetupNeeded(tx)
		return err
	})
	if err != nil || !fresh {
		return err
	}
	return d.tell(ctx)
}

func (d *demo) tell(ctx context.Context) error {
	d.users, d.ticket, d.lastID = map[string]people.User{}, map[string]int64{}, map[string]string{}
	var steps []step
	oldest := day
	for i, s := range demoStories {
		oldest = max(oldest, s.ago+day)
		steps = append(steps, d.steps(i, s)...)
	}
	d.clock.goTo(oldest)
	if err := d.makeUsers(ctx); err != nil {
		return err
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(b.ago, a.ago) })
	for _, st := range steps {
		d.clock.goTo(max(st.ago, 0))
		if err := st.do(ctx); err != nil {
			return err
		}
		if err := d.jobs.Drain(ctx); err != nil {
			return err
		}
	}
	d.clock.goTo(0)
	return nil
}

func (d *demo) makeUsers(ctx context.Context) error {
	teams := map[string]int64{}
	err := d.db.Write(ctx, func(tx *db.Tx) error {
		for _, u := range demoUsers {
			if teams[u.team] == 0 {
				t, err := d.people.AddTeam(tx, people.System, u.team)
				if err != nil {
					return err
				}
				teams[u.team] = t.ID
			}
		}
		return d.people.SetAccount(tx, people.System, people.Account{Name: "Harbour Cycles", Domain: "desk.localhost"})
	})
	if err != nil {
		return err
	}
	for _, u := range demoUsers {
		made, err := d.people.AddUser(ctx, people.System, people.NewUser{Name: u.name, Email: u.email, Password: demoPassword,
			SuperAdmin: u.email == admin, MainTeam: teams[u.team], TimeZone: "Europe/Amsterdam"})
		if err != nil {
			return err
		}
		d.users[u.email] = made
	}
	return nil
}

func (d *demo) steps(n int, s story) []step {
	ago := s.ago
	var out []step
	for i, l := range s.lines {
		ago -= l.after
		out = append(out, step{ago, func(ctx context.Context) error { return d.line(ctx, n, s, i) }})
	}
	return append(out, step{ago - time.Minute, func(ctx context.Context) error { return d.settle(ctx, s) }})
}

func (d *demo) line(ctx context.Context, n int, s story, i int) error {
	l := s.lines[i]
	if l.who == "" {
		return d.mail(ctx, n, s, i)
	}
	by := d.users[l.who].Actor()
	body := "<p>" + strings.ReplaceAll(html.EscapeString(l.text), "\n\n", "</p><p>") + "</p>"
	return d.db.Write(ctx, func(tx *db.Tx) error {
		if l.note {
			_, err := d.talks.Comment(tx, by, conversation.CommentInput{TicketID: d.ticket[s.subject], HTML: body})
			return err
		}
		m, err := d.talks.Reply(tx, by, conversation.ReplyInput{TicketID: d.ticket[s.subject], HTML: body})
		d.lastID[s.subject] = m.MessageID
		return err
	})
}

// mail delivers what the customer wrote, as their mail program would have sent it.
func (d *demo) mail(ctx context.Context, n int, s story, i int) error {
	to, ok, err := d.route(ctx, "support@desk.localhost")
	if err != nil || !ok {
		return fmt.Errorf("nobody takes the demo's mail: %w", err)
	}
	now := d.clock.Now()
	messageID := fmt.Sprintf("%d.%d.%d@%s", now.Unix(), n, i, s.email[strings.Index(s.email, "@")+1:])
	head := []string{"From: " + mime.QEncoding.Encode("utf-8", s.name) + " <" + s.email + ">", "To: support@desk.localhost",
		"Message-ID: <" + messageID + ">", "Date: " + now.Format(time.RFC1123Z), "MIME-Version: 1.0",
		"Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"}
	subject := s.subject
	if answered := d.lastID[s.subject]; answered != "" {
		subject = "Re: " + subject
		head = append(head, "In-Reply-To: <"+answered+">", "References: <"+answered+">")
	}
	head = append(head, "Subject: "+mime.QEncoding.Encode("utf-8", subject))
	source := strings.Join(head, "\r\n") + "\r\n\r\n" + strings.ReplaceAll(s.lines[i].text, "\n", "\r\n") + "\r\n"
	err = to.Sink.Deliver(ctx, channel.Raw{ExternalID: "demo:" + messageID, ReceivedAt: now, EnvelopeFrom: s.email,
		EnvelopeTo: []string{"support@desk.localhost"}, Body: []byte(source)})
	if err != nil {
		return err
	}
	if err := d.jobs.Drain(ctx); err != nil {
		return err
	}
	return d.remember(ctx, s)
}

// remember finds the ticket that a story's first mail made.
func (d *demo) remember(ctx context.Context, s story) error {
	if d.ticket[s.subject] != 0 {
		return nil
	}
	return d.db.Read(ctx, func(tx *db.Tx) error {
		page, err := d.records.Search(tx, people.System, record.Query{ObjectType: ticket.Object, Limit: 1,
			Sorts: []record.Sort{{Property: ticket.Created, Desc: true}}})
		if err == nil && len(page.Records) == 0 {
			err = fmt.Errorf("the mail %q made no ticket", s.subject)
		}
		if err == nil {
			d.ticket[s.subject] = page.Records[0].ID
		}
		return err
	})
}

// settle gives the ticket of a story what people had set by hand.
func (d *demo) settle(ctx context.Context, s story) error {
	by := d.users[mia].Actor()
	return d.db.Write(ctx, func(tx *db.Tx) error {
		n := d.ticket[s.subject]
		set := map[string]string{}
		if s.priority != "" {
			set["hs_ticket_priority"] = s.priority
		}
		if s.category != "" {
			set["hs_ticket_category"] = s.category
		}
		if s.owner != "" {
			set[ticket.Owner] = id.Format(d.users[s.owner].ID)
		}
		if s.closed {
			set[ticket.Stage] = "4"
		}
		if _, err := d.records.Update(tx, by, ticket.Object, n, set, ""); err != nil {
			return err
		}
		if s.spam {
			return d.tickets.SetSpam(tx, by, n, true)
		}
		return nil
	})
}
