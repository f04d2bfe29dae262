package conversation_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/channel/channeltest"
	"github.com/deskbell/deskbell/channel/custom"
	"github.com/deskbell/deskbell/channel/email"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/seal"
	"github.com/deskbell/deskbell/ticket"
)

var ctx = context.Background()

// desk is a help desk with real records and files, into which a test puts what a channel would have understood.
type desk struct {
	*db.DB
	t         *testing.T
	clock     *clock.Fixed
	people    *people.Service
	props     *property.Registry
	records   *record.Store
	tickets   *ticket.Service
	accounts  *account.Store
	conv      *conversation.Service
	ann, bob  people.User
	onlooker  people.User // may look, not work
	team      people.Team
	support   account.Account
	delivered int

	mu     sync.Mutex
	events []event.Event
}

func each(t *testing.T, story func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) { story(t, open(t, cfg)) })
}

// narrow is a kind of channel that can do little.
func narrow() channel.Kind {
	k := email.Kind()
	k.Name, k.Label = "narrow", "Narrow"
	k.Limits = channel.Limits{MaxBytes: 1 << 20, ReplyWindow: 24 * 3600e9}
	return k
}

func open(t *testing.T, cfg db.Config) *desk {
	t.Helper()
	bus := event.NewBus(slog.New(slog.DiscardHandler))
	cfg.Reactor = bus
	d := &desk{DB: dbtest.Open(t, cfg), t: t, clock: cfg.Clock.(*clock.Fixed)}
	d.people = people.New(d.DB)
	d.props = property.New(d.DB)
	props := d.props
	pipes := pipeline.New(d.DB, props)
	d.records = record.New(d.DB, props, search.New(d.DB, props, nil), map[string]record.Rules{ticket.Object: ticket.NewRules(pipes, d.people)})
	d.tickets = ticket.New(d.records, pipes)
	box, err := seal.Open(filepath.Join(t.TempDir(), "key"))
	d.must(err)
	blobs, err := blob.NewFiles(t.TempDir())
	d.must(err)
	d.accounts = account.New(d.DB, d.people, box, []channel.Kind{email.Kind(), narrow(), custom.Kind()}, channel.Deps{Outbox: &channeltest.Outbox{}, Now: d.clock.Now})
	d.conv = conversation.New(d.DB, d.records, d.tickets, d.people, d.accounts, blobs, box, "desk.localhost")
	d.must(bus.Install(d.tickets.PrimaryContact(), event.Reactor{Name: "recorder", React: func(_ *db.Tx, e event.Event) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.events = append(d.events, e)
		return nil
	}}))
	d.do(func(tx *db.Tx) error {
		d.support, err = d.accounts.EnsureBuiltin(tx, "desk.localhost")
		d.must(err)
		d.team, err = d.people.AddTeam(tx, people.System, "Support")
		return err
	})
	d.ann, d.bob, d.onlooker = d.user("Ann", people.ServiceSeat), d.user("Bob", people.ServiceSeat), d.user("Otto", people.ViewSeat)
	return d
}

func (d *desk) user(name string, seat people.Seat) people.User {
	d.t.Helper()
	u, err := d.people.AddUser(ctx, people.System, people.NewUser{Name: name, Email: strings.ToLower(name) + "@desk.example", Password: "correct horse battery", Seat: seat})
	d.must(err)
	return u
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) do(fn func(tx *db.Tx) error)  { d.t.Helper(); dbtest.Do(d.t, d.DB, fn) }
func (d *desk) see(fn func(tx *db.Tx) error) { d.t.Helper(); dbtest.See(d.t, d.DB, fn) }

// arrive is a message from an address; change it in fill.
func (d *desk) arrive(from string, fill func(in *channel.Inbound)) (m conversation.Message) {
	d.t.Helper()
	d.delivered++
	in := channel.Inbound{Nature: channel.Message, MessageID: fmt.Sprintf("m%d@outside.example", d.delivered), From: channel.Address{Email: from},
		To: []channel.Address{{Email: d.support.Address}}, Subject: "Lamp", Text: "It is dark.", Visible: "It is dark.", SentAt: d.clock.Now()}
	if fill != nil {
		fill(&in)
	}
	d.do(func(tx *db.Tx) error {
		placed, err := d.conv.Receive(tx, conversation.Arrival{Account: d.support, Inbound: in, EnvelopeTo: []string{d.support.Address}, ReceivedAt: tx.Now})
		d.must(err)
		m, err = d.conv.Message(tx, people.System, placed.Message)
		return err
	})
	return m
}

// follow is a message on the thread of another.
func (d *desk) follow(from string, on conversation.Message) conversation.Message {
	d.t.Helper()
	return d.arrive(from, func(in *channel.Inbound) { in.References = []string{on.MessageID} })
}

func (d *desk) reply(by people.User, in conversation.ReplyInput) (m conversation.Message, err error) {
	d.t.Helper()
	if in.HTML == "" {
		in.HTML = "<p>Is it plugged in?</p>"
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		m, err = d.conv.Reply(tx, by.Actor(), in)
		return err
	})
	return m, err
}

func (d *desk) replied(by people.User, in conversation.ReplyInput) conversation.Message {
	d.t.Helper()
	m, err := d.reply(by, in)
	d.must(err)
	return m
}

func (d *desk) comment(by people.User, in conversation.CommentInput) (m conversation.Message, err error) {
	d.t.Helper()
	if in.HTML == "" {
		in.HTML = "<p>look at this</p>"
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		m, err = d.conv.Comment(tx, by.Actor(), in)
		return err
	})
	return m, err
}

// said returns the events of the types so far and forgets all.
func (d *desk) said(types ...string) []event.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []event.Event
	for _, e := range d.events {
		for _, want := range types {
			if e.Type == want {
				out = append(out, e)
			}
		}
	}
	d.events = nil
	return out
}

func (d *desk) ticket(n int64) (r record.Record) {
	d.t.Helper()
	d.see(func(tx *db.Tx) (err error) { r, err = d.tickets.Get(tx, people.System, n); return err })
	return r
}

// byHand is a ticket without a conversation.
func (d *desk) byHand(contacts ...int64) (n int64) {
	d.t.Helper()
	d.do(func(tx *db.Tx) error {
		r, err := d.tickets.Create(tx, d.ann.Actor(), ticket.NewTicket{Contacts: contacts, Properties: map[string]string{
			ticket.Subject: "By hand", ticket.Pipeline: "0", ticket.Stage: "1"}})
		n = r.ID
		return err
	})
	return n
}

func (d *desk) contact(email, name string) (n int64) {
	d.t.Helper()
	d.do(func(tx *db.Tx) error {
		c, _, err := d.records.EnsureContact(tx, people.System, email, name)
		n = c.ID
		return err
	})
	return n
}

func code(err error) string {
	e := errs.As(err)
	switch {
	case err == nil:
		return "fine"
	case e == nil:
		return err.Error()
	case len(e.Fields) > 0:
		return e.Fields[0].Name + " " + e.Fields[0].Code
	case e.Code != "":
		return e.Code
	}
	return e.Kind.String()
}

func addresses(all []channel.Address) string {
	var out []string
	for _, a := range all {
		out = append(out, a.Email)
	}
	return strings.Join(out, " ")
}

func data[T any](t *testing.T, e event.Event) T {
	t.Helper()
	v, err := event.Data[T](e)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
