package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// ends is how a story must end: who owns the ticket, and in which status.
func (s story) ends() (owner, stage string) {
	owner, stage = s.owner, stageNew
	for _, l := range s.lines {
		switch {
		case l.note:
		case l.who != "":
			stage = stageContact
			if owner == "" {
				owner = l.who
			}
		case stage != stageNew:
			stage = stageUs
		}
	}
	if s.closed {
		stage = stageClosed
	}
	return owner, stage
}

func TestDemoTellsItsStories(t *testing.T) { // AUTO-2, AUTO-3, ROUTE-2, SPAM-1
	dbtest.Each(t, func(t *testing.T, c db.Config) {
		cfg := newConfig(store{Data: t.TempDir(), Database: c.URL}, network{Listen: "127.0.0.1:0", SMTP: "none"})
		past := &shifted{}
		cfg.clock = past
		p, err := wire(context.Background(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		d := &desk{program: p, t: t, web: httptest.NewServer(p.gate.Door())}
		t.Cleanup(func() { d.hub.Close(); d.web.Close(); _ = p.close() })
		told := &demo{program: p, clock: past}
		if err := told.tell(context.Background()); err != nil {
			t.Fatal(err)
		}
		tickets := map[string]map[string]string{}
		for _, r := range d.Tickets() {
			tickets[r.Properties["subject"]] = r.Properties
		}
		if len(tickets) != len(demoStories) {
			t.Errorf("%d tickets of %d stories", len(tickets), len(demoStories))
		}
		for _, s := range demoStories {
			got := tickets[s.subject]
			owner, stage := s.ends()
			if owner != "" {
				owner = id.Format(told.users[owner].ID)
			}
			if got["hubspot_owner_id"] != owner || got["hs_pipeline_stage"] != stage || (got["desk_spam"] == "true") != s.spam ||
				got["hs_ticket_priority"] != s.priority || got["hs_ticket_category"] != s.category {
				t.Errorf("%q: owner %s, status %s, spam %s, want owner %s, status %s: %v", s.subject, got["hubspot_owner_id"], got["hs_pipeline_stage"], got["desk_spam"], owner, stage, got)
			}
			made, err := time.Parse(time.RFC3339, got["createdate"])
			if err != nil || made.Sub(began.Add(-s.ago)).Abs() > 2*time.Minute {
				t.Errorf("%q was made at %s, want %s ago: %v", s.subject, got["createdate"], s.ago, err)
			}
		}
		if _, d.token, err = p.people.AddToken(context.Background(), people.System, "test"); err != nil {
			t.Fatal(err)
		}
		d.signsInToTheDemo()
	})
}

// signsInToTheDemo checks that what say prints is true.
func (d *desk) signsInToTheDemo() {
	d.t.Helper()
	d.ask("POST", api+"/session", map[string]string{"email": admin, "password": demoPassword}, "").Is(http.StatusCreated)
	if me := d.ask("POST", api+"/session", map[string]string{"email": mia, "password": demoPassword}, "").Is(http.StatusCreated); me.Get("superAdmin") != false {
		d.t.Errorf("Mia is %s", me.Raw)
	}
	if n := len(d.Sent()); n != replies() {
		d.t.Errorf("%d mails in the Outbox, want the %d replies", n, replies())
	}
}

func replies() (n int) {
	for _, s := range demoStories {
		for _, l := range s.lines {
			if l.who != "" && !l.note {
				n++
			}
		}
	}
	return n
}

// Nobody real is in the demo: every address is below a name that nobody can own (RFC 2606).
func TestDemoNamesNobodyReal(t *testing.T) {
	for _, s := range demoStories {
		if !strings.HasSuffix(s.email, ".example") {
			t.Errorf("%s", s.email)
		}
	}
}
