package gate_test

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/usage"
)

// bounded is a desk with limits and a clock that stands still.
func bounded(t *testing.T, l gate.Limits) (*gatetest.Desk, *clock.Fixed, *usage.Counter) {
	t.Helper()
	cfg := dbtest.SQLite(t)
	d := dbtest.Open(t, cfg)
	u := usage.New(d, slog.New(slog.DiscardHandler))
	desk := gatetest.StartWith(t, d, people.New(d), gate.Config{Limits: l, Usage: u, Apps: apps{}}, func(g *gate.Gate) {
		for path, search := range map[string]bool{"/read": false, "/search": true} {
			g.Handle(gate.Route{Method: "GET", Path: path, Needs: people.Workspace, Scopes: gate.AnyApp, Search: search},
				func(w http.ResponseWriter, _ *http.Request, _ people.Actor) error {
					w.WriteHeader(http.StatusNoContent)
					return nil
				})
		}
	})
	return desk, cfg.Clock.(*clock.Fixed), u
}

// refusedFor fails the test unless the answer is HubSpot's 429 of the policy.
func refusedFor(t *testing.T, a *gatetest.Answer, message, policy string) {
	t.Helper()
	got := a.Is(http.StatusTooManyRequests).Object()
	if got["message"] != message || got["policyName"] != policy || got["errorType"] != "RATE_LIMIT" || got["status"] != "error" || got["correlationId"] == "" || a.Header.Get("Retry-After") == "" {
		t.Errorf("refused with %s, Retry-After %q", a.Body, a.Header.Get("Retry-After"))
	}
}

const rate = "X-HubSpot-RateLimit-"

func TestAppsMayAskSoOftenInTenSeconds(t *testing.T) { // API-4
	desk, c, _ := bounded(t, gate.Limits{Burst: 3})
	app := desk.App()
	for left := range 3 {
		a := app.Get("/read").Is(204)
		if got := a.Header.Get(rate + "Remaining"); got != string(rune('2'-left)) || a.Header.Get(rate+"Max") != "3" || a.Header.Get(rate+"Interval-Milliseconds") != "10000" {
			t.Errorf("call %d: %v", left+1, a.Header)
		}
		c.Advance(time.Second)
	}
	refusedFor(t, app.Get("/read"), "You have reached your ten_secondly_rolling limit.", "TEN_SECONDLY_ROLLING")
	if got := app.Get("/read").Header.Get("Retry-After"); got != "7" {
		t.Errorf("may come again in %s s, want 7", got)
	}
	desk.App().Get("/read").Is(204) // each app for itself
	app.Get("/search").Is(204)      // searches have a limit of their own
	c.Advance(7 * time.Second)      // the first call is ten seconds old
	app.Get("/read").Is(204)        // and what was refused did not count
	app.Get("/read").Is(429)        // the second is not
	user, _ := desk.User(people.NewUser{Name: "Ann", Email: "ann@desk.localhost"})
	for range 5 {
		if a := user.Get("/read").Is(204); a.Header.Get(rate+"Max") != "" {
			t.Errorf("who signed in is told %v", a.Header)
		}
	}
}

func TestSearchesInASecond(t *testing.T) { // API-4
	desk, c, _ := bounded(t, gate.Limits{Burst: 1, Search: 2, Daily: 100})
	one, two := desk.App(), desk.App()
	for _, app := range []*gatetest.Client{one, two} {
		a := app.Get("/search").Is(204)
		for _, name := range []string{"Max", "Remaining", "Interval-Milliseconds", "Daily", "Daily-Remaining"} {
			if a.Header.Get(rate+name) != "" {
				t.Errorf("a search is told %s", name)
			}
		}
	}
	refusedFor(t, one.Get("/search"), "You have reached your secondly limit.", "SECONDLY")
	c.Advance(time.Second)
	one.Get("/search").Is(204)
}

func TestCallsOfADay(t *testing.T) { // API-4
	desk, c, u := bounded(t, gate.Limits{Daily: 3})
	one, two, oauth := desk.App(), desk.App(), desk.Nobody().With("Authorization", "Bearer good")
	if a := one.Get("/read").Is(204); a.Header.Get(rate+"Daily") != "3" || a.Header.Get(rate+"Daily-Remaining") != "2" || a.Header.Get(rate+"Max") != "" {
		t.Errorf("the first call is told %v", a.Header)
	}
	two.Get("/read").Is(204)
	if err := u.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := one.Get("/read").Is(204); a.Header.Get(rate+"Daily-Remaining") != "0" {
		t.Errorf("the last call is told %v", a.Header)
	}
	refusedFor(t, two.Get("/read"), "You have reached your daily limit.", "DAILY")
	if a := oauth.Get("/read").Is(204); a.Header.Get(rate+"Daily") != "" {
		t.Errorf("an OAuth app is told %v", a.Header)
	}
	c.Advance(15 * time.Hour)
	two.Get("/read").Is(204)
}

func TestNoLimits(t *testing.T) {
	desk, _, u := bounded(t, gate.Limits{})
	app := desk.App()
	for range 50 {
		if a := app.Get("/read").Is(204); a.Header.Get(rate+"Max") != "" || a.Header.Get(rate+"Daily") != "" {
			t.Fatalf("told %v", a.Header)
		}
	}
	if u.Private() != 50 {
		t.Errorf("counted %d", u.Private())
	}
}

// Over any run of calls, no ten seconds let more through than may be, and a call is refused only when that many came in the
// ten seconds before (by whole seconds).
func TestWindowAgainstAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 5).Draw(t, "most")
		w, now := gate.NewWindow(), dbtest.Start
		var taken []time.Time
		for range rapid.IntRange(1, 60).Draw(t, "calls") {
			now = now.Add(time.Duration(rapid.IntRange(0, 4000).Draw(t, "pause")) * time.Millisecond)
			recent, sure := 0, 0
			for _, at := range taken {
				if now.Sub(at) < 10*time.Second {
					recent++
				}
				if now.Sub(at) < 9*time.Second {
					sure++
				}
			}
			ok := w.Take(now, most)
			if ok && sure >= most || !ok && recent < most {
				t.Fatalf("%v at %v after %v, at most %d", ok, now, taken, most)
			}
			if ok {
				taken = append(taken, now)
			}
			if wait := w.Wait(now); !ok && (wait <= 0 || wait > 10*time.Second) {
				t.Fatalf("wait %v", wait)
			}
		}
	})
}
