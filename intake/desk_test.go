package intake_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/channel"
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
	"github.com/deskbell/deskbell/intake"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/mime"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/routing"
	"github.com/deskbell/deskbell/seal"
	"github.com/deskbell/deskbell/ticket"
	"github.com/deskbell/deskbell/workflow"
)

var ctx = context.Background()

// desk is a help desk at desk.localhost with the whole road of a message: real records, files, jobs and e-mail.
type desk struct {
	*db.DB
	t        testing.TB
	clock    *clock.Fixed
	people   *people.Service
	records  *record.Store
	tickets  *ticket.Service
	accounts *account.Store
	conv     *conversation.Service
	blobs    blob.Store
	disk     *disk
	outbox   *intake.Outbox
	intake   *intake.Service
	runner   *job.Runner
	wire     *wire
	ann      people.User
	builtin  account.Account

	mu      sync.Mutex
	events  []event.Event
	quiet   bool // keep no events
	left    int  // arrivals that are waited for
	arrived chan struct{}
}

// arrivals is told when n more messages were received.
func (d *desk) arrivals(n int) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left, d.arrived = n, make(chan struct{})
	return d.arrived
}

func each(t *testing.T, story func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) { story(t, openDesk(t, cfg)) })
}

func openDesk(t testing.TB, cfg db.Config) *desk {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	bus := event.NewBus(log)
	cfg.Reactor = bus
	d := &desk{DB: dbtest.Open(t, cfg), t: t, clock: cfg.Clock.(*clock.Fixed), wire: &wire{}}
	d.people = people.New(d.DB)
	props := property.New(d.DB)
	pipes := pipeline.New(d.DB, props)
	d.records = record.New(d.DB, props, search.New(d.DB, props, nil), map[string]record.Rules{ticket.Object: ticket.NewRules(pipes, d.people)})
	d.tickets = ticket.New(d.records, pipes)
	box, err := seal.Open(filepath.Join(t.TempDir(), "key"))
	d.must(err)
	files, err := blob.NewFiles(t.TempDir())
	d.must(err)
	d.disk = &disk{Store: files}
	d.blobs = d.disk
	d.outbox = intake.NewOutbox(d.DB, d.blobs)
	d.accounts = account.New(d.DB, d.people, box, []channel.Kind{email.Kind(), custom.Kind(), d.wire.kind()},
		channel.Deps{Outbox: d.outbox, Now: d.clock.Now, Host: "desk.localhost"})
	d.conv = conversation.New(d.DB, d.records, d.tickets, d.people, d.accounts, d.blobs, box, "desk.localhost")
	d.intake = intake.New(d.DB, d.conv, d.blobs, d.outbox, log)
	d.must(bus.Install(d.tickets.PrimaryContact(), workflow.NewStatus(d.DB, d.tickets, pipes).Reactor(), routing.OnReply(d.tickets), d.recorder()))
	d.runner, err = job.NewRunner(d.DB, log, job.Config{}, append(d.intake.Handlers(), bus.RetryHandler(d.DB))...)
	d.must(err)
	d.do(func(tx *db.Tx) error {
		d.builtin, err = d.accounts.EnsureBuiltin(tx, "desk.localhost")
		return errors.Join(err, d.people.SetAccount(tx, people.System, people.Account{Name: "Example", Domain: "desk.localhost"}))
	})
	d.ann = d.user("Ann")
	return d
}

func (d *desk) recorder() event.Reactor {
	return event.Reactor{Name: "recorder", React: func(_ *db.Tx, e event.Event) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		if !d.quiet {
			d.events = append(d.events, e)
		}
		if d.left > 0 && e.Type == "message.received" {
			if d.left--; d.left == 0 {
				close(d.arrived)
			}
		}
		return nil
	}}
}

func (d *desk) user(name string) people.User {
	d.t.Helper()
	u, err := d.people.AddUser(ctx, people.System, people.NewUser{Name: name, Email: strings.ToLower(name) + "@desk.example", Password: "correct horse battery", SuperAdmin: true})
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
func (d *desk) drain()                       { d.t.Helper(); d.must(d.runner.Drain(ctx)) }

// said returns the types of events so far that match, and forgets all.
func (d *desk) said(types ...string) []event.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []event.Event
	for _, e := range d.events {
		if slices.Contains(types, e.Type) {
			out = append(out, e)
		}
	}
	d.events = nil
	return out
}

// letter is a mail in a test: header fields as lines, and a body.
type letter struct {
	from, to, subject, body string
	id                      string // Message-ID; "" for one of the subject
	more                    string // further header lines
}

func (l letter) raw() []byte {
	if l.id == "" {
		l.id = hex.EncodeToString([]byte(l.subject+l.from)) + "@outside.example"
	}
	return fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%s>\r\nDate: Mon, 02 Nov 2026 08:59:00 +0000\r\n%s\r\n%s\r\n",
		l.from, l.to, l.subject, l.id, l.more, l.body)
}

// deliver hands a raw mail to the account of a recipient, as the listener does, and does the jobs.
func (d *desk) deliver(recipient string, body []byte) {
	d.t.Helper()
	id, ok, err := d.intake.Route(ctx, recipient)
	d.must(err)
	if !ok {
		d.t.Fatalf("nobody here has the address %s", recipient)
	}
	sum := sha256.Sum256(body)
	d.must(d.intake.Sink(id).Deliver(ctx, channel.Raw{ExternalID: "smtp:" + hex.EncodeToString(sum[:]), ReceivedAt: d.clock.Now(),
		EnvelopeFrom: "sender@outside.example", EnvelopeTo: []string{recipient}, Body: body}))
	d.drain()
}

func (d *desk) mail(l letter) {
	d.t.Helper()
	if l.to == "" {
		l.to = "support@desk.localhost"
	}
	d.deliver(l.to, l.raw())
}

// all lists every ticket, oldest first.
func (d *desk) all() []record.Record {
	d.t.Helper()
	var page record.Page
	d.see(func(tx *db.Tx) (err error) {
		page, err = d.records.List(tx, people.System, ticket.Object, "", 100, false)
		return err
	})
	return page.Records
}

// only is the one ticket there is.
func (d *desk) only() record.Record {
	d.t.Helper()
	all := d.all()
	if len(all) != 1 {
		d.t.Fatalf("%d tickets, want 1", len(all))
	}
	return all[0]
}

// talk is a ticket's messages and comments, oldest first.
func (d *desk) talk(ticketID int64) []conversation.Message {
	d.t.Helper()
	var out []conversation.Message
	d.see(func(tx *db.Tx) error {
		items, _, err := d.conv.Items(tx, people.System, ticketID, 0, 200)
		for _, it := range slices.Backward(items) {
			if it.Message != nil {
				out = append(out, *it.Message)
			}
		}
		return err
	})
	return out
}

func (d *desk) reply(by people.User, in conversation.ReplyInput) (m conversation.Message, err error) {
	d.t.Helper()
	err = d.Write(ctx, func(tx *db.Tx) error {
		m, err = d.conv.Reply(tx, by.Actor(), in)
		return err
	})
	return m, err
}

// answer replies as Ann and sends it.
func (d *desk) answer(ticketID int64, text string) conversation.Message {
	d.t.Helper()
	m, err := d.reply(d.ann, conversation.ReplyInput{TicketID: ticketID, HTML: "<p>" + text + "</p>"})
	d.must(err)
	d.drain()
	return d.message(m.ID)
}

func (d *desk) message(id int64) (m conversation.Message) {
	d.t.Helper()
	d.see(func(tx *db.Tx) (err error) { m, err = d.conv.Message(tx, people.System, id); return err })
	return m
}

// out is the newest mail of the outbox as its receiver reads it.
func (d *desk) out() (channel.Inbound, string) {
	d.t.Helper()
	var page []intake.Kept
	d.see(func(tx *db.Tx) (err error) { page, _, err = d.intake.OutboxPage(tx, d.ann.Actor(), 0, 1); return err })
	if len(page) == 0 {
		d.t.Fatal("the outbox is empty")
	}
	_, r, err := d.intake.OpenOutbox(ctx, d.ann.Actor(), page[0].ID)
	d.must(err)
	source, err := io.ReadAll(r)
	d.must(errors.Join(err, r.Close()))
	in, err := mime.Parse(ctx, source, mime.Options{})
	d.must(err)
	return in, string(source)
}

func (d *desk) asides() (out []intake.Aside) {
	d.t.Helper()
	d.see(func(tx *db.Tx) (err error) { out, err = d.intake.Asides(tx, d.ann.Actor()); return err })
	return out
}

// disk is a blob store that can be full.
type disk struct {
	blob.Store
	full atomic.Bool
}

// Put implements blob.Store.
func (s *disk) Put(ctx context.Context, r io.Reader) (blob.Ref, error) {
	if s.full.Load() {
		return blob.Ref{}, errs.New(errs.Unavailable, "The file storage does not work right now.", errors.New("no space left on device"))
	}
	return s.Store.Put(ctx, r)
}

// wire is a channel whose far side the test plays.
type wire struct {
	mu      sync.Mutex
	answers []error // to the next sends; nil and none are yes
	sent    []channel.Outbound
	during  func(ctx context.Context) // called in the middle of a send, once
	run     func(ctx context.Context, sink channel.Sink) error
	opened  int
	garbled bool // Parse fails
	panics  bool // Parse panics
}

func (w *wire) kind() channel.Kind {
	return channel.Kind{Name: "wire", Label: "Wire", Source: "EMAIL",
		Settings: []channel.Setting{{Name: "secret", Label: "Secret", Type: channel.Secret}, {Name: "mode", Label: "Mode", Type: channel.Text, Default: "plain"}},
		Limits:   channel.Limits{MaxBytes: 1 << 20, HTML: true, Subject: true, CopyRecipients: true, Attachments: true},
		New: func(channel.Account, channel.Deps) (channel.Channel, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.opened++
			return w, nil
		}}
}

// Send implements channel.Channel.
func (w *wire) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.during != nil {
		w.during(ctx)
		w.during = nil
	}
	var err error
	if len(w.answers) > 0 {
		err, w.answers = w.answers[0], w.answers[1:]
	}
	if err != nil {
		return channel.Receipt{}, err
	}
	w.sent = append(w.sent, out)
	source, err := mime.Build(out)
	return channel.Receipt{Detail: "250 taken", Source: source}, err
}

// Run implements channel.Receiver.
func (w *wire) Run(ctx context.Context, sink channel.Sink) error {
	if w.run == nil {
		<-ctx.Done()
		return nil
	}
	return w.run(ctx, sink)
}

// Parse implements channel.Parser.
func (w *wire) Parse(ctx context.Context, raw channel.Raw) (channel.Inbound, error) {
	w.mu.Lock()
	garbled, panics := w.garbled, w.panics
	w.mu.Unlock()
	switch {
	case panics:
		panic("no idea what this is")
	case garbled:
		return channel.Inbound{}, errors.New("line 3 makes no sense")
	}
	return mime.Parse(ctx, raw.Body, mime.Options{ReceivedAt: raw.ReceivedAt})
}

// connect adds an account of the wire.
func (d *desk) connect(address string) (a account.Account) {
	d.t.Helper()
	d.do(func(tx *db.Tx) (err error) {
		a, err = d.accounts.Add(tx, d.ann.Actor(), account.Input{Kind: "wire", Name: "Wire", Address: address})
		return err
	})
	return a
}

func (d *desk) threads(ticketID int64) (out []conversation.ThreadInfo) {
	d.t.Helper()
	d.see(func(tx *db.Tx) (err error) { out, err = d.conv.Threads(tx, d.ann.Actor(), ticketID); return err })
	return out
}

func (d *desk) linked(ticketID int64, to string) (out []record.Association) {
	d.t.Helper()
	d.see(func(tx *db.Tx) error {
		all, err := d.records.Associated(tx, people.System, ticket.Object, []int64{ticketID}, to)
		out = all[ticketID]
		return err
	})
	return out
}
