// Package apitest is a help desk below the API, of real services on SQLite: mail comes in by a call and jobs run when told.
// It is for tests only.
package apitest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/channel/email"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/conversation/texts"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/crm/search/feed"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/intake"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/live"
	"github.com/deskbell/deskbell/notify"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/routing"
	"github.com/deskbell/deskbell/seal"
	"github.com/deskbell/deskbell/ticket"
	"github.com/deskbell/deskbell/ticket/clearing"
	"github.com/deskbell/deskbell/view"
	"github.com/deskbell/deskbell/workflow"
)

// Support is the address of the built-in channel.
const Support = "support@desk.localhost"

// Desk is the services, and a gate with the routes of one area.
type Desk struct {
	*gatetest.Desk
	DB        *db.DB
	People    *people.Service
	Clock     *clock.Fixed
	Kinds     []channel.Kind
	Props     *property.Registry
	Pipelines *pipeline.Store
	Records   *record.Store
	Tickets   *ticket.Service
	Clearing  *clearing.Service
	Accounts  *account.Store
	Talk      *conversation.Service
	Status    *workflow.Status
	Notify    *notify.Service
	Views     *view.Service
	Intake    *intake.Service
	Outbox    *intake.Outbox
	Log       *slog.Logger

	blobs   blob.Store
	jobs    *job.Runner
	mails   int
	builtin account.Account
}

// Start makes the desk with the account desk.localhost and its built-in channel, and serves the routes that add adds.
func Start(t testing.TB, add func(d *Desk, g *gate.Gate)) *Desk {
	t.Helper()
	cfg := dbtest.SQLite(t)
	log := slog.New(slog.DiscardHandler)
	bus := event.NewBus(log)
	cfg.Reactor = bus
	d := &Desk{Clock: cfg.Clock.(*clock.Fixed), Log: log, Kinds: []channel.Kind{email.Kind()}, DB: dbtest.Open(t, cfg)}
	if err := d.build(bus, log, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	dbtest.Do(t, d.DB, func(tx *db.Tx) (err error) {
		if err = d.People.SetAccount(tx, people.System, people.Account{Name: "Desk Ltd", Domain: "desk.localhost"}); err != nil {
			return err
		}
		d.builtin, err = d.Accounts.EnsureBuiltin(tx, "desk.localhost")
		return err
	})
	d.Desk = gatetest.Start(t, d.DB, d.People, func(g *gate.Gate) { add(d, g) })
	return d
}

func (d *Desk) build(bus *event.Bus, log *slog.Logger, folder string) (err error) {
	if d.blobs, err = blob.NewFiles(folder); err != nil {
		return err
	}
	box, err := seal.New(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		return err
	}
	d.People = people.New(d.DB, people.HashMemory(64)) // these tests are not about how slow guessing is
	d.Props = property.New(d.DB)
	d.Pipelines = pipeline.New(d.DB, d.Props)
	d.Records = record.New(d.DB, d.Props, search.New(d.DB, d.Props, texts.Messages{}), map[string]record.Rules{ticket.Object: ticket.NewRules(d.Pipelines, d.People)})
	d.Tickets = ticket.New(d.Records, d.Pipelines)
	d.Clearing = clearing.New(d.DB, d.Records, d.Pipelines, d.Tickets)
	d.Outbox = intake.NewOutbox(d.DB, d.blobs)
	d.Accounts = account.New(d.DB, d.People, box, d.Kinds, channel.Deps{Outbox: d.Outbox, Now: d.Clock.Now, Host: "desk.localhost"})
	d.Talk = conversation.New(d.DB, d.Records, d.Tickets, d.People, d.Accounts, d.blobs, box, "desk.localhost")
	d.Status = workflow.NewStatus(d.DB, d.Tickets, d.Pipelines)
	d.Notify, d.Views = notify.New(d.Tickets, d.People), view.New(d.Records, d.Tickets)
	d.Intake = intake.New(d.DB, d.Talk, d.blobs, d.Outbox, log)
	err = bus.Install(d.Tickets.PrimaryContact(), d.Tickets.Trashed(), d.Status.Reactor(), routing.OnReply(d.Tickets), d.Notify.Reactor(), feed.Reactor(d.Props),
		live.Reactor())
	if err != nil {
		return err
	}
	handlers := append(d.Intake.Handlers(), bus.RetryHandler(d.DB), d.Tickets.WakeHandler(d.DB), d.Clearing.Handler())
	d.jobs, err = job.NewRunner(d.DB, log, job.Config{}, handlers...)
	return err
}

// Settle runs every job that is due.
func (d *Desk) Settle() {
	d.T.Helper()
	if err := d.jobs.Drain(context.Background()); err != nil {
		d.T.Fatal(err)
	}
}

// Mail delivers a mail to the support address and lets it be handled. It returns the id of the newest ticket. more are
// header lines.
func (d *Desk) Mail(from, subject, body string, more ...string) string {
	d.T.Helper()
	d.mails++
	head := append([]string{"From: " + from, "To: " + Support, "Subject: " + subject, "Date: " + d.Clock.Now().Format(time.RFC1123Z),
		fmt.Sprintf("Message-ID: <mail-%d@customer.example>", d.mails)}, more...)
	if !strings.Contains(strings.Join(more, "\n"), "Content-Type:") {
		head = append(head, "Content-Type: text/plain; charset=utf-8")
	}
	d.Raw(strings.Join(head, "\r\n") + "\r\n\r\n" + strings.ReplaceAll(body, "\n", "\r\n") + "\r\n")
	return d.Newest()
}

// Raw delivers a mail as it is and lets it be handled.
func (d *Desk) Raw(source string) {
	d.T.Helper()
	from := "sender@customer.example" // a null sender would make it automatic mail
	raw := channel.Raw{ExternalID: fmt.Sprintf("test:%x", source), ReceivedAt: d.Clock.Now(), EnvelopeFrom: from, EnvelopeTo: []string{Support}, Body: []byte(source)}
	if err := d.Intake.Sink(d.builtin.ID).Deliver(context.Background(), raw); err != nil {
		d.T.Fatal(err)
	}
	d.Settle()
}

// Newest is the id of the newest ticket, "" while there is none.
func (d *Desk) Newest() (id string) {
	d.T.Helper()
	dbtest.See(d.T, d.DB, func(tx *db.Tx) error {
		p, err := d.Records.Search(tx, people.System, record.Query{ObjectType: ticket.Object, Limit: 1, Sorts: []record.Sort{{Property: "hs_object_id", Desc: true}}})
		if len(p.Records) > 0 {
			id = p.Records[0].Properties["hs_object_id"]
		}
		return err
	})
	return id
}

// Agent makes a user with a service seat and returns a client signed in as them.
func (d *Desk) Agent(name string) (*gatetest.Client, people.User) {
	d.T.Helper()
	return d.User(people.NewUser{Name: name, Email: strings.ToLower(strings.Fields(name)[0]) + "@desk.localhost"})
}

// Admin is Agent with all permissions.
func (d *Desk) Admin(name string) (*gatetest.Client, people.User) {
	d.T.Helper()
	return d.User(people.NewUser{Name: name, Email: strings.ToLower(strings.Fields(name)[0]) + "@desk.localhost", SuperAdmin: true})
}
