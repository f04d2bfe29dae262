package notify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/notify"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/routing"
	"github.com/deskbell/deskbell/ticket"
)

var ctx = context.Background()

// desk is real tickets and users; messages and comments are only told of.
type desk struct {
	*db.DB
	t              testing.TB
	bus            *event.Bus
	people         *people.Service
	tickets        *ticket.Service
	notify         *notify.Service
	ann, bob, boss people.User // ann and bob are of the team
	team           people.Team
}

func each(t *testing.T, story func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) { story(t, open(t, cfg)) })
}

func open(t *testing.T, cfg db.Config) *desk {
	t.Helper()
	bus := event.NewBus(slog.Default())
	cfg.Reactor = bus
	d := &desk{DB: dbtest.Open(t, cfg), t: t, bus: bus}
	d.people = people.New(d.DB)
	props := property.New(d.DB)
	pipes := pipeline.New(d.DB, props)
	d.tickets = ticket.New(record.New(d.DB, props, search.New(d.DB, props, nil), map[string]record.Rules{ticket.Object: ticket.NewRules(pipes, d.people)}), pipes)
	d.notify = notify.New(d.tickets, d.people)
	if err := bus.Install(routing.OnReply(d.tickets), d.notify.Reactor()); err != nil {
		t.Fatal(err)
	}
	d.do(func(tx *db.Tx) (err error) { d.team, err = d.people.AddTeam(tx, people.System, "Support"); return err })
	user := func(name string, n people.NewUser) people.User {
		n.Name, n.Email, n.Password = name, strings.ToLower(name)+"@desk.example", "correct horse"
		u, err := d.people.AddUser(ctx, people.System, n)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	d.ann, d.bob = user("Ann", people.NewUser{MainTeam: d.team.ID}), user("Bob", people.NewUser{MainTeam: d.team.ID})
	d.boss = user("Bea", people.NewUser{SuperAdmin: true})
	return d
}

func (d *desk) do(fn func(tx *db.Tx) error) { d.t.Helper(); dbtest.Do(d.t, d.DB, fn) }

// add makes a ticket by hand of somebody, owned by a user (ID 0 for nobody).
func (d *desk) add(by people.Actor, owner people.User) (n int64) {
	d.t.Helper()
	props := map[string]string{ticket.Subject: "Lamp", ticket.Pipeline: "0", ticket.Stage: "1"}
	if owner.ID != 0 {
		props[ticket.Owner] = fmt.Sprint(owner.ID)
	}
	d.do(func(tx *db.Tx) error {
		r, err := d.tickets.Create(tx, by, ticket.NewTicket{Properties: props})
		n = r.ID
		return err
	})
	return n
}

func (d *desk) assign(by people.Actor, n int64, owner people.User) {
	d.t.Helper()
	d.do(func(tx *db.Tx) error { return d.tickets.Assign(tx, by, n, owner.ID, 0, "by hand") })
}

func (d *desk) mark(u people.User, n int64, kind ticket.MarkKind) {
	d.t.Helper()
	d.do(func(tx *db.Tx) error { return d.tickets.Mark(tx, u.ID, n, kind) })
}

func (d *desk) tell(what string, by event.Actor, data any) {
	d.t.Helper()
	d.do(func(tx *db.Tx) error {
		event.Emit(tx, event.Event{Type: what, ObjectType: "messages", ObjectID: 1, Actor: by, Data: data})
		return nil
	})
}

// received tells of a customer's message.
func (d *desk) received(n int64, nature channel.Nature) {
	d.t.Helper()
	d.tell("message.received", event.Actor{Kind: event.Contact, ID: 1}, conversation.Received{TicketID: n, Nature: nature})
}

func (d *desk) list(u people.User) (all []notify.Notification) {
	d.t.Helper()
	dbtest.See(d.t, d.DB, func(tx *db.Tx) (err error) { all, err = d.notify.List(tx, u.Actor(), 0, 100); return err })
	return all
}

// told is everything that a user was told, the oldest first, as "kind title|body".
func (d *desk) told(u people.User) string {
	d.t.Helper()
	var out []string
	for _, n := range d.list(u) {
		out = append(out, fmt.Sprintf("%s %s|%s", n.Kind, n.Title, n.Body))
	}
	slices.Reverse(out)
	return strings.Join(out, "; ")
}

func (d *desk) want(u people.User, want string) {
	d.t.Helper()
	if got := d.told(u); got != want {
		d.t.Errorf("%s was told %q, want %q", u.Name, got, want)
	}
}

func (d *desk) unread(u people.User) (n int64) {
	d.t.Helper()
	dbtest.See(d.t, d.DB, func(tx *db.Tx) (err error) { n, err = d.notify.Unread(tx, u.Actor()); return err })
	return n
}

func TestAssignment(t *testing.T) { // ROUTE-2
	each(t, func(t *testing.T, d *desk) {
		n := d.add(d.boss.Actor(), d.ann)
		d.want(d.ann, "assigned Assigned to you|Lamp")
		d.assign(d.ann.Actor(), n, d.bob)
		d.want(d.bob, "assigned Assigned to you|Lamp")
		d.assign(d.boss.Actor(), n, people.User{})
		d.want(d.boss, "")
		d.assign(d.ann.Actor(), n, d.ann) // her own doing
		d.want(d.ann, "assigned Assigned to you|Lamp")
		if got := d.list(d.bob)[0]; got.Ticket != n || got.Read || !got.At.Equal(dbtest.Start) {
			t.Errorf("%+v", got)
		}
	})
}

// Who answers an unassigned ticket made it theirs: telling them is noise.
func TestAnsweringIsNotToldToWhoAnswered(t *testing.T) { // ROUTE-2
	each(t, func(t *testing.T, d *desk) {
		n := d.add(people.System, people.User{})
		d.tell("message.replied", d.ann.Actor().As(), conversation.Replied{TicketID: n, ByUser: true})
		dbtest.See(t, d.DB, func(tx *db.Tx) error {
			r, err := d.tickets.Get(tx, people.System, n)
			if ticket.OwnershipOf(r).Owner != d.ann.ID {
				t.Errorf("the ticket is %d's", ticket.OwnershipOf(r).Owner)
			}
			return err
		})
		d.want(d.ann, "")
	})
}

func TestMention(t *testing.T) { // REPLY-1, VIEW-1
	each(t, func(t *testing.T, d *desk) {
		n := d.add(people.System, people.User{})
		d.tell("comment.added", d.ann.Actor().As(), conversation.Commented{TicketID: n, Preview: "look",
			Mentions: conversation.Mentions{Users: []int64{d.bob.ID, d.bob.ID}, Teams: []int64{d.team.ID}}})
		d.want(d.bob, "mention Ann mentioned you|look") // by name, twice, and by team: once
		d.want(d.ann, "")                               // she is of the team, but wrote it
		d.want(d.boss, "")
		dbtest.See(t, d.DB, func(tx *db.Tx) error {
			c, err := d.tickets.Counts(tx, d.bob.Actor())
			if c.Marked[ticket.Mention] != 1 {
				t.Errorf("Bob's Mentions hold %d tickets, want 1", c.Marked[ticket.Mention])
			}
			return err
		})
	})
}

func TestCustomersMessage(t *testing.T) { // TICK-7, AUTO-7
	each(t, func(t *testing.T, d *desk) {
		n := d.add(d.ann.Actor(), d.ann)
		d.mark(d.bob, n, ticket.Follow)
		for _, nature := range []channel.Nature{channel.AutoReply, channel.Bulk, channel.Bounce, channel.Report} {
			d.received(n, nature)
		}
		d.want(d.ann, "")
		d.received(n, channel.Message)
		d.want(d.ann, "reply New message: Lamp|")
		d.want(d.bob, "reply New message: Lamp|")
		d.want(d.boss, "")

		d.mark(d.ann, n, ticket.Unfollow) // the owner may have enough of it
		d.do(func(tx *db.Tx) error { return d.tickets.Unmark(tx, d.bob.ID, n, ticket.Follow) })
		d.received(n, channel.Message)
		if a, b := d.unread(d.ann), d.unread(d.bob); a != 1 || b != 1 {
			t.Errorf("unread %d and %d, want 1 each: neither follows any more", a, b)
		}
	})
}

func TestOwnerWhoFollowsIsToldOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		n := d.add(d.ann.Actor(), d.ann)
		d.mark(d.ann, n, ticket.Follow)
		d.received(n, channel.Message)
		d.want(d.ann, "reply New message: Lamp|")
	})
}

func TestFailedDelivery(t *testing.T) { // REPLY-5, MAIL-5
	each(t, func(t *testing.T, d *desk) {
		n := d.add(d.ann.Actor(), d.ann)
		d.tell("message.failed", event.BySystem, conversation.Failed{TicketID: n, SenderID: d.bob.ID, Reason: "550 no such user"})
		d.want(d.ann, "delivery_failed Not delivered: Lamp|550 no such user")
		d.want(d.bob, "delivery_failed Not delivered: Lamp|550 no such user")
		d.want(d.boss, "")
	})
}

func TestChannelThatStopped(t *testing.T) { // CHAN-4
	each(t, func(t *testing.T, d *desk) {
		d.tell("channel.down", event.BySystem, account.HealthChanged{AccountID: 3, Name: "Support", Error: "the password is wrong"})
		d.want(d.boss, "channel_down The channel Support stopped|the password is wrong")
		d.want(d.ann, "")
		if got := d.list(d.boss)[0].Ticket; got != 0 {
			t.Errorf("on ticket %d, want none", got)
		}
	})
}

func TestWebhookThatStopped(t *testing.T) { // API-8
	each(t, func(t *testing.T, d *desk) {
		d.tell("webhook.paused", event.BySystem, json.RawMessage(`{"name":"Sync","why":"It took nothing for three days."}`))
		d.want(d.boss, "webhook_paused The webhook Sync is paused|It took nothing for three days.")
		d.want(d.ann, "")
	})
}

// A part that is run again for an event it has handled tells nobody twice.
func TestOneCauseIsToldOnce(t *testing.T) { // REL-1
	each(t, func(t *testing.T, d *desk) {
		n := d.add(d.ann.Actor(), d.ann)
		d.received(n, channel.Message)
		d.do(func(tx *db.Tx) error {
			last, err := db.Value[int64](tx, "SELECT max(id) FROM events WHERE type = 'message.received'")
			if err != nil {
				return err
			}
			e, _, err := event.Get(tx, last)
			if err != nil {
				return err
			}
			return d.notify.Reactor().React(tx, e)
		})
		d.want(d.ann, "reply New message: Lamp|")
		d.received(n, channel.Message)
		if got := d.unread(d.ann); got != 2 {
			t.Errorf("%d unread, want 2: another message is another cause", got)
		}
	})
}

func TestDeletedTicketIsNoTrouble(t *testing.T) { // REL-1
	each(t, func(t *testing.T, d *desk) {
		d.do(func(tx *db.Tx) error {
			late := event.Event{ID: tx.NewID(), Type: "message.received", ObjectType: "messages", ObjectID: 1, Data: conversation.Received{TicketID: 1, Nature: channel.Message}}
			return d.notify.Reactor().React(tx, late)
		})
	})
}

func TestReadingIsOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for range 3 {
			d.add(d.boss.Actor(), d.ann)
		}
		d.add(d.boss.Actor(), d.bob)
		read := func(u people.User, ids []int64) {
			t.Helper()
			d.do(func(tx *db.Tx) error { return d.notify.Read(tx, u.Actor(), ids) })
		}
		all := d.list(d.ann)
		read(d.ann, []int64{all[0].ID, d.list(d.bob)[0].ID})
		if a, b := d.unread(d.ann), d.unread(d.bob); a != 2 || b != 1 {
			t.Errorf("unread %d and %d, want 2 and 1: nobody reads another's", a, b)
		}
		read(d.ann, []int64{})
		if got := d.unread(d.ann); got != 2 {
			t.Errorf("unread %d after reading none, want 2", got)
		}
		read(d.ann, nil)
		if a, b := d.unread(d.ann), d.unread(d.bob); a != 0 || b != 1 {
			t.Errorf("unread %d and %d after reading all, want 0 and 1", a, b)
		}
		if got := d.list(d.ann); !got[0].Read || !got[2].Read {
			t.Errorf("%+v", got)
		}
	})
}

func TestListGoesOnWhereItEnded(t *testing.T) { // API-5
	each(t, func(t *testing.T, d *desk) {
		var made []int64
		for range 7 {
			made = append(made, d.add(d.boss.Actor(), d.ann))
		}
		slices.Reverse(made)
		var seen []int64
		before := int64(0)
		for {
			var some []notify.Notification
			dbtest.See(t, d.DB, func(tx *db.Tx) (err error) { some, err = d.notify.List(tx, d.ann.Actor(), before, 3); return err })
			for _, n := range some {
				seen, before = append(seen, n.Ticket), n.ID
			}
			if len(some) < 3 {
				break
			}
		}
		if !slices.Equal(seen, made) {
			t.Errorf("tickets %v, want %v", seen, made)
		}
	})
}

// Nobody learns by a notification of a ticket that they may not see (ACC-4, PIPE-4).
func TestNobodyIsToldOfWhatTheyMayNotSee(t *testing.T) { // ACC-4
	each(t, func(t *testing.T, d *desk) {
		off := false
		if _, err := d.people.ChangeUser(ctx, people.System, d.bob.ID, people.UserChange{Active: &off}); err != nil {
			t.Fatal(err)
		}
		n := d.add(people.System, people.User{})
		d.mark(d.bob, n, ticket.Follow)
		d.received(n, channel.Message)
		d.want(d.bob, "") // he left
		d.limit(d.ann)
		d.mark(d.ann, n, ticket.Follow)
		d.received(n, channel.Message)
		d.tell("comment.added", d.boss.Actor().As(), conversation.Commented{TicketID: n, Preview: "secret", Mentions: conversation.Mentions{Users: []int64{d.ann.ID}}})
		d.want(d.ann, "")
		d.assign(people.System, n, d.ann)
		d.received(n, channel.Message)
		d.want(d.ann, "assigned Assigned to you|Lamp; reply New message: Lamp|")
	})
}

// limit lets a user see their own tickets only.
func (d *desk) limit(u people.User) {
	d.t.Helper()
	d.do(func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE users SET permissions = $2 WHERE id = $1`, u.ID,
			`{"permissions":[],"grants":[{"objectType":"*","verb":"view","reach":1,"unassigned":false}]}`)
		if err != nil {
			return err
		}
		name := "Support desk"
		_, err = d.people.ChangeTeam(tx, people.System, d.team.ID, people.TeamChange{Name: &name}) // the directory is read again
		return err
	})
}

func TestReportOfRecordsNearALimit(t *testing.T) { // REC-1
	each(t, func(t *testing.T, d *desk) {
		full := relation.Usage{}
		for i := range int64(7) {
			full.Records = append(full.Records, relation.NearLimit{ObjectType: "tickets", ID: i + 1, Type: "requester", Has: 4, Most: 5})
		}
		for _, u := range []relation.Usage{{}, full} {
			d.do(func(tx *db.Tx) error {
				event.Emit(tx, event.Event{Type: "associations.reported", ObjectType: "users", ObjectID: d.ann.ID, Actor: event.BySystem, Data: u})
				return nil
			})
		}
		got := d.told(d.ann)
		if !strings.Contains(got, "No record is near") || !strings.Contains(got, "tickets 5 has 4 of 5 (requester); and 2 more") || d.told(d.bob) != "" {
			t.Errorf("told %s", got)
		}
	})
}
