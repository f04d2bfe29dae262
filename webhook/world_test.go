package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/outbound"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/oauth"
	"github.com/deskbell/deskbell/seal"
	"github.com/deskbell/deskbell/webhook"
)

var ctx = context.Background()

// world is records, apps, webhooks, and a server that is told.
type world struct {
	*db.DB
	t       *testing.T
	bus     *event.Bus
	clock   *clock.Fixed
	apps    *oauth.Service
	props   *property.Registry
	records *record.Store
	merges  *merge.Service
	hooks   *webhook.Service
	jobs    *job.Runner
	paused  []string // what the reactor of another package was told
	*ear
}

// ear is a server that notes what it is told.
type ear struct {
	at string

	mu     sync.Mutex
	heard  []request
	answer func(n int, w http.ResponseWriter) // n is how many came before; nil takes all
}

type request struct {
	header http.Header
	body   []byte
	events []map[string]any
}

func listen(t *testing.T) *ear {
	t.Helper()
	e := &ear{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		req := request{header: r.Header, body: body}
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if err != nil || r.Method != http.MethodPost || d.Decode(&req.events) != nil {
			t.Errorf("%s of %q: %v", r.Method, body, err)
		}
		e.mu.Lock()
		n, answer := len(e.heard), e.answer
		e.heard = append(e.heard, req)
		e.mu.Unlock()
		if answer != nil {
			answer(n, w)
		}
	}))
	t.Cleanup(s.Close)
	e.at = s.URL
	return e
}

func (e *ear) set(answer func(n int, w http.ResponseWriter)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = answer
}

// take returns what was heard since it was last asked.
func (e *ear) take() []request {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := e.heard
	e.heard = nil
	return out
}

// told is every event of the requests, in order.
func told(requests []request) (out []map[string]any) {
	for _, r := range requests {
		out = append(out, r.events...)
	}
	return out
}

// field is one field of each event, as text.
func field(events []map[string]any, name string) string {
	var out []string
	for _, e := range events {
		raw, _ := json.Marshal(e[name])
		out = append(out, strings.Trim(string(raw), `"`))
	}
	return strings.Join(out, " ")
}

func status(code int) func(int, http.ResponseWriter) {
	return func(_ int, w http.ResponseWriter) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "no \x00 thanks")
	}
}

func each(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) { story(t, open(t, cfg, nil)) })
}

// caller breaks off after calls, as a process does that ends.
type caller struct {
	webhook.Caller
	crash bool
}

func (c *caller) Do(ctx context.Context, call outbound.Call) (outbound.Answer, error) {
	a, err := c.Caller.Do(ctx, call)
	if c.crash {
		panic("the power is gone")
	}
	return a, err
}

var local = outbound.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}

func open(t *testing.T, cfg db.Config, by webhook.Caller) *world {
	t.Helper()
	if by == nil {
		by = outbound.New(local)
	}
	log := slog.New(slog.DiscardHandler)
	bus := event.NewBus(log)
	cfg.Reactor, cfg.Log = bus, log
	w := &world{DB: dbtest.Open(t, cfg), t: t, bus: bus, clock: cfg.Clock.(*clock.Fixed), ear: listen(t)}
	p := people.New(w.DB, people.HashMemory(64))
	box, err := seal.New(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	w.apps = oauth.New(w.DB, p, box)
	w.props = property.New(w.DB)
	w.records = record.New(w.DB, w.props, search.New(w.DB, w.props, nil), nil)
	w.merges = merge.New(w.DB, w.records, w.props, nil)
	w.hooks = webhook.New(w.DB, p, w.apps, w.props, w.records.AssociationTypes(), box, by)
	other := event.Reactor{Name: "notify", Types: []string{"webhook.paused"}, React: func(_ *db.Tx, e event.Event) error {
		d, err := event.Data[webhook.PausedData](e)
		w.paused = append(w.paused, d.Name+": "+d.Why)
		return err
	}}
	if err := bus.Install(w.hooks.Reactor(), other); err != nil {
		t.Fatal(err)
	}
	if w.jobs, err = job.NewRunner(w.DB, log, job.Config{}, append(w.hooks.Handlers(), bus.RetryHandler(w.DB))...); err != nil {
		t.Fatal(err)
	}
	dbtest.Do(t, w.DB, func(tx *db.Tx) error {
		return p.SetAccount(tx, people.System, people.Account{Name: "Desk", Domain: "desk.localhost"})
	})
	return w
}

func (w *world) do(fn func(tx *db.Tx) error) { w.t.Helper(); dbtest.Do(w.t, w.DB, fn) }

// settle runs what is due now.
func (w *world) settle() {
	w.t.Helper()
	if err := w.jobs.Drain(ctx); err != nil {
		w.t.Fatal(err)
	}
}

// pass lets time go by, in steps, so that what waits is done when it is due.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	for d > 0 {
		step := min(d, time.Minute)
		if d > time.Hour {
			step = 30 * time.Minute
		}
		w.clock.Advance(step)
		w.settle()
		d -= step
	}
}

func (w *world) portal() (n int64) {
	w.t.Helper()
	dbtest.See(w.t, w.DB, func(tx *db.Tx) (err error) {
		n, err = db.Value[int64](tx, "SELECT portal_id FROM account")
		return err
	})
	return n
}

func events(types ...string) (out []webhook.Subscription) {
	for _, t := range types {
		t, property, _ := strings.Cut(t, ":")
		out = append(out, webhook.Subscription{EventType: t, Property: property})
	}
	return out
}

// hook makes a webhook that leads to the ear.
func (w *world) hook(types ...string) (e webhook.Endpoint, secret string) {
	w.t.Helper()
	w.do(func(tx *db.Tx) (err error) {
		e, secret, err = w.hooks.Add(tx, people.System, webhook.Endpoint{Name: "Sync", URL: w.at + "/in?a=1&b=%20"}, events(types...), "")
		return err
	})
	return e, secret
}

var ann = people.Actor{Kind: event.User, ID: 77, Name: "Ann", SuperAdmin: true}

// contact makes a contact.
func (w *world) contact(email string, more ...string) (n int64) {
	w.t.Helper()
	props := map[string]string{"email": email}
	for i := 0; i+1 < len(more); i += 2 {
		props[more[i]] = more[i+1]
	}
	w.do(func(tx *db.Tx) error {
		r, err := w.records.Create(tx, ann, "contacts", record.Input{Properties: props})
		n = r.ID
		return err
	})
	return n
}

func (w *world) change(n int64, name, value string) {
	w.t.Helper()
	w.do(func(tx *db.Tx) error {
		_, err := w.records.Update(tx, ann, "contacts", n, map[string]string{name: value}, "")
		return err
	})
}

func (w *world) log(endpoint int64) (list []webhook.Delivery) {
	w.t.Helper()
	dbtest.See(w.t, w.DB, func(tx *db.Tx) (err error) {
		list, err = w.hooks.Log(tx, people.System, endpoint, 0, false, 100)
		return err
	})
	slices.Reverse(list)
	return list
}

func (w *world) get(n int64) (e webhook.Endpoint) {
	w.t.Helper()
	dbtest.See(w.t, w.DB, func(tx *db.Tx) (err error) { e, err = w.hooks.Get(tx, people.System, n); return err })
	return e
}
