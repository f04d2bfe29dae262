package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/people"
)

// desk is the whole program on a temporary folder, with a clock that stands still and helpers that read as stories.
type desk struct {
	*program
	t     testing.TB
	clock *clock.Fixed
	web   *httptest.Server
	boss  people.User
	token string // of an app with all scopes
}

const bossPassword = "correct horse"

// eachDesk runs a story on both databases.
func eachDesk(t *testing.T, story func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) { story(t, newDesk(t, cfg)) })
}

// newDesk starts the program on a database of dbtest, without its listeners: mail comes through Mail, and jobs run in Settle.
// bounds, if given, bound how often apps may ask.
func newDesk(t testing.TB, c db.Config, bounds ...limits) *desk {
	t.Helper()
	ctx := context.Background()
	fixed := clock.At(dbtest.Start)
	cfg := config{store: store{Data: t.TempDir()}, network: network{Listen: "127.0.0.1:0", SMTP: "none"}, clock: fixed, trace: c.Trace,
		log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	cfg.Database = c.URL
	cfg.reach.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} // where tests listen
	for _, l := range bounds {
		cfg.limits = l
	}
	p, err := wire(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{program: p, t: t, clock: fixed, web: httptest.NewServer(p.gate.Door())}
	t.Cleanup(func() {
		d.hub.Close()
		d.web.Close()
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	d.boss, err = p.people.AddUser(ctx, people.System, people.NewUser{Name: "Bea Boss", Email: "boss@desk.localhost", Password: bossPassword, SuperAdmin: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, d.token, err = p.people.AddToken(ctx, people.System, "test"); err != nil {
		t.Fatal(err)
	}
	return d
}

// Advance moves the clock and runs what became due.
func (d *desk) Advance(by time.Duration) {
	d.t.Helper()
	d.clock.Advance(by)
	d.Settle()
}

// Settle runs every due job.
func (d *desk) Settle() {
	d.t.Helper()
	if err := d.jobs.Drain(context.Background()); err != nil {
		d.t.Fatal(err)
	}
}

// Mail delivers a mail to the desk's built-in address, as its listener would, and lets it be handled. further lines are
// headers.
func (d *desk) Mail(from, subject, body string, headers ...string) {
	d.t.Helper()
	head := append([]string{"From: " + from, "To: support@desk.localhost", "Subject: " + subject,
		"Date: " + d.clock.Now().Format(time.RFC1123Z), "Content-Type: text/plain; charset=utf-8"}, headers...)
	d.Raw(from, []byte(strings.Join(head, "\r\n")+"\r\n\r\n"+strings.ReplaceAll(body, "\n", "\r\n")+"\r\n"))
}

// Raw delivers a mail as it is.
func (d *desk) Raw(from string, source []byte) {
	d.t.Helper()
	ctx := context.Background()
	to, ok, err := d.route(ctx, "support@desk.localhost")
	if err != nil || !ok {
		d.t.Fatalf("nobody takes mail for support@desk.localhost: %v", err)
	}
	raw := channel.Raw{ExternalID: fmt.Sprintf("test:%x", source), ReceivedAt: d.clock.Now(), EnvelopeFrom: from,
		EnvelopeTo: []string{"support@desk.localhost"}, Body: source}
	if err := to.Sink.Deliver(ctx, raw); err != nil {
		d.t.Fatal(err)
	}
	d.Settle()
}

// Tickets are all tickets, oldest first.
func (d *desk) Tickets() []record.Record {
	d.t.Helper()
	var out []record.Record
	dbtest.See(d.t, d.db, func(tx *db.Tx) error {
		p, err := d.records.List(tx, people.System, "tickets", "", 100, false)
		out = p.Records
		return err
	})
	return out
}

// answer is what the API said.
type answer struct {
	t      testing.TB
	Status int
	Body   map[string]any
	Raw    string
}

// Ask calls the API with the desk's token; body may be nil.
func (d *desk) Ask(method, path string, body any) answer {
	d.t.Helper()
	return d.ask(method, path, body, "Bearer "+d.token)
}

func (d *desk) ask(method, path string, body any, authorization string) answer {
	d.t.Helper()
	var in io.Reader
	if text, ok := body.(string); ok {
		in = strings.NewReader(text)
	} else if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			d.t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, d.web.URL+path, in)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	return d.send(req)
}

func (d *desk) send(req *http.Request) answer {
	d.t.Helper()
	res, err := d.web.Client().Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	gatetest.Hold(d.t, d.gate, req.Method, req.URL.Path, res.StatusCode, raw)
	a := answer{t: d.t, Status: res.StatusCode, Raw: string(raw)}
	if len(raw) > 0 && strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(raw, &a.Body); err != nil {
			d.t.Fatalf("%s %s: %v in %s", req.Method, req.URL.Path, err, raw)
		}
	}
	return a
}

// Get follows names and list positions into the answer: Get("results", 0, "id").
func (a answer) Get(path ...any) any {
	a.t.Helper()
	var at any = a.Body
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, _ := at.(map[string]any)
			at = m[s]
		case int:
			l, _ := at.([]any)
			if s >= len(l) {
				a.t.Fatalf("no %v in %s", path, a.Raw)
			}
			at = l[s]
		}
	}
	return at
}

// Is fails the test unless the API said the status.
func (a answer) Is(status int) answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("status %d, want %d: %s", a.Status, status, a.Raw)
	}
	return a
}
