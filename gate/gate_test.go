package gate_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/people"
)

type pingInput struct {
	Body struct {
		Name string   `json:"name" maxLength:"5"`
		Tags []string `json:"tags" required:"false"`
	}
}

type pingOutput struct {
	Body struct {
		Runs int `json:"runs"`
	}
}

// counter is a desk whose POST /helpdesk/v1/count counts how often it ran, or fails as it is told.
type counter struct {
	*gatetest.Desk
	clock *clock.Fixed
	runs  int
	fail  error
	panic bool
}

func start(t *testing.T, cfg db.Config) *counter {
	t.Helper()
	c := &counter{clock: cfg.Clock.(*clock.Fixed)}
	d := dbtest.Open(t, cfg)
	c.Desk = gatetest.Start(t, d, people.New(d), func(g *gate.Gate) {
		gate.Add(g, gate.Route{Method: "POST", Path: "/helpdesk/v1/count", Needs: people.Signed, Status: 201}, c.count)
		gate.Add(g, gate.Route{Method: "POST", Path: "/helpdesk/v1/users-only", Needs: people.ManageUsers, Forget: true}, c.count)
		gate.Add(g, gate.Route{Method: "POST", Path: "/helpdesk/v1/unnamed"}, c.count)
		g.Handle(gate.Route{Method: "POST", Path: "/helpdesk/v1/raw", Needs: people.Signed, Body: 10}, c.raw)
		g.Handle(gate.Route{Method: "GET", Path: "/helpdesk/v1/whoami", Public: true}, func(w http.ResponseWriter, req *http.Request, by people.Actor) error {
			gate.WriteJSON(w, http.StatusOK, map[string]string{"client": gate.Client(req.Context()), "name": by.Name})
			return nil
		})
	})
	return c
}

func (c *counter) count(_ context.Context, _ people.Actor, _ *pingInput) (*pingOutput, error) {
	c.runs++
	if c.panic {
		panic("it broke")
	}
	out := &pingOutput{}
	out.Body.Runs = c.runs
	return out, c.fail
}

func (c *counter) raw(w http.ResponseWriter, req *http.Request, _ people.Actor) error {
	c.runs++
	buf := make([]byte, 100)
	n, err := req.Body.Read(buf)
	for err == nil {
		_, err = req.Body.Read(buf[n:])
	}
	if err.Error() != "EOF" {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

const count = "/helpdesk/v1/count"

var body = map[string]any{"name": "a"}

func TestARepeatedKeyRunsNothing(t *testing.T) { // API-6
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		c := start(t, cfg)
		app := c.App().With("Idempotency-Key", "first")
		one, two := app.Post(count, body).Is(201), app.Post(count, body).Is(201)
		if c.runs != 1 || string(one.Body) != string(two.Body) || two.Header.Get("Content-Type") != one.Header.Get("Content-Type") {
			t.Errorf("ran %d times; answers %s and %s", c.runs, one.Body, two.Body)
		}
		if two.Header.Get("Idempotent-Replayed") != "true" || one.Header.Get("Idempotent-Replayed") != "" {
			t.Error("only the repeat may say that it is one")
		}
		app.Post(count, map[string]any{"name": "b"}).Refused(409, "KEY_REUSED")
		c.App().With("Idempotency-Key", "first").Post(count, body).Is(201) // another app's key is another key
		app.With("Idempotency-Key", "second").Post(count, body).Is(201)
		if c.runs != 3 {
			t.Errorf("ran %d times, want 3", c.runs)
		}
		c.clock.Advance(25 * time.Hour)
		app.With("Idempotency-Key", "later").Post(count, body).Is(201)
		app.Post(count, body).Is(201)
		if c.runs != 5 {
			t.Errorf("a key of yesterday was remembered: ran %d times, want 5", c.runs)
		}
	})
}

func TestARefusalIsRepeatedAndAFailureIsNot(t *testing.T) { // API-6
	c := start(t, dbtest.SQLite(t))
	app := c.App()
	c.fail = errs.Bad("name", "TAKEN", "The name is taken.")
	refused := app.With("Idempotency-Key", "a")
	refused.Post(count, body).Refused(400, "TAKEN")
	c.fail = nil
	refused.Post(count, body).Refused(400, "TAKEN")

	failed := app.With("Idempotency-Key", "b")
	c.fail = errors.New("disk on fire")
	failed.Post(count, body).Is(500)
	c.fail, c.panic = nil, true
	failed.Post(count, body).Is(500)
	c.panic = false
	failed.Post(count, body).Is(201)
	app.With("Idempotency-Key", strings.Repeat("k", 201)).Post(count, body).Refused(400, "INVALID_KEY")
}

func TestARequestThatStillRunsIsNotRunTwice(t *testing.T) { // API-6
	c := start(t, dbtest.SQLite(t))
	dbtest.Do(t, c.DB, func(tx *db.Tx) error {
		// What a request leaves when the program stops in the middle of it.
		_, err := tx.Exec(`INSERT INTO idempotency (key, actor_id, path, at, request, status, kind, body) SELECT 'gone', 1, $1, $2, '', 0, '', ''`,
			count, tx.Micros())
		return err
	})
	app := c.App().With("Idempotency-Key", "gone")
	app.Post(count, body).Is(201)
	dbtest.Do(t, c.DB, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE idempotency SET status = 0 WHERE actor_id <> 1")
		return err
	})
	app.Post(count, body).Refused(409, "IN_PROGRESS")
	if c.runs != 1 {
		t.Errorf("ran %d times", c.runs)
	}
}

func TestARowWithoutAPermissionLetsOnlySuperAdminsIn(t *testing.T) { // ACC-10
	c := start(t, dbtest.SQLite(t))
	roles := c.Roles()
	for role, want := range map[string]int{"nobody": 401, "view": 403, "service": 403, "admin": 403, "app": 403} {
		roles[role].Post("/helpdesk/v1/unnamed", body).Is(want)
	}
	for role, want := range map[string]int{"nobody": 401, "view": 403, "service": 403, "admin": 200, "app": 200} {
		roles[role].Post("/helpdesk/v1/users-only", body).Is(want)
	}
}

func TestErrorsHaveOneBody(t *testing.T) { // API-4
	c := start(t, dbtest.SQLite(t))
	app := c.App()
	for _, tt := range []struct {
		name     string
		answer   *gatetest.Answer
		status   int
		category string
	}{
		{"nothing there", app.Get("/helpdesk/v1/nothing"), 404, "OBJECT_NOT_FOUND"},
		{"another method", app.Delete(count), 405, "VALIDATION_ERROR"},
		{"not JSON", app.Post(count, "{"), 400, "VALIDATION_ERROR"},
		{"a field too long", app.Post(count, map[string]any{"name": "abcdef"}), 400, "VALIDATION_ERROR"},
		{"an unknown field", app.Post(count, map[string]any{"name": "a", "nome": "a"}), 400, "VALIDATION_ERROR"},
		{"too large", app.Post(count, `{"name":"`+strings.Repeat("a", 2<<20)+`"}`), 413, "VALIDATION_ERROR"},
		{"too large, raw", app.Post("/helpdesk/v1/raw", strings.Repeat("a", 11)), 413, "VALIDATION_ERROR"},
		{"nobody", c.Nobody().Post(count, body), 401, "INVALID_AUTHENTICATION"},
	} {
		got := tt.answer.Object()
		id := tt.answer.Header.Get("X-HubSpot-Correlation-Id")
		if tt.answer.Status != tt.status || got["category"] != tt.category || got["status"] != "error" || got["correlationId"] != id || id == "" || got["message"] == "" {
			t.Errorf("%s: %d %s", tt.name, tt.answer.Status, tt.answer.Body)
		}
	}
}

func TestKindsAndStatuses(t *testing.T) { // API-4
	c := start(t, dbtest.SQLite(t))
	app := c.App()
	for kind, want := range map[errs.Kind]int{errs.Invalid: 400, errs.Unauthenticated: 401, errs.Denied: 403, errs.NotFound: 404,
		errs.Conflict: 409, errs.Limited: 429, errs.Unavailable: 503, errs.Internal: 500} {
		c.fail = errs.New(kind, "the words", errors.New("the cause")).WithDetail("count", "12")
		a := app.Post(count, body).Is(want)
		text := string(a.Body)
		if strings.Contains(text, "the cause") || strings.Contains(text, "the words") == (kind == errs.Internal) {
			t.Errorf("%v says %s", kind, text)
		}
		if kind != errs.Internal && !strings.Contains(text, `"context":{"count":["12"]}`) {
			t.Errorf("%v lost its details: %s", kind, text)
		}
	}
	c.fail = context.DeadlineExceeded
	app.Post(count, body).Is(503)
}

func TestAPanicIsAnswered(t *testing.T) { // REL-1
	c := start(t, dbtest.SQLite(t))
	c.panic = true
	app := c.App()
	if a := app.Post(count, body).Is(500); strings.Contains(string(a.Body), "it broke") {
		t.Errorf("the panic is shown: %s", a.Body)
	}
	c.panic = false
	app.Post(count, body).Is(201)
}

func TestALargeBodyRunsNothing(t *testing.T) { // SEC-1
	c := start(t, dbtest.SQLite(t))
	app := c.App()
	for _, key := range []string{"", "a key"} {
		client := app
		if key != "" {
			client = app.With("Idempotency-Key", key)
		}
		// More than the route takes, in one piece: refused before anything runs.
		client.Post(count, `{"name":"a","tags":["`+strings.Repeat("b", 1<<20)+`"]}`).Is(413)
	}
	if c.runs != 0 {
		t.Errorf("ran %d times", c.runs)
	}
}

func TestWhoAsks(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32")}
	g := gate.New(d, people.New(d), gate.Config{Proxies: proxies, BaseURL: "https://desk.localhost"})
	seen := ""
	g.Handle(gate.Route{Method: "GET", Path: "/who", Public: true}, func(_ http.ResponseWriter, req *http.Request, _ people.Actor) error {
		seen = gate.Client(req.Context())
		return nil
	})
	door := g.Door()
	for _, tt := range []struct{ from, forwarded, want string }{
		{"203.0.113.9:1234", "", "203.0.113.9"},
		{"203.0.113.9:1234", "198.51.100.7", "203.0.113.9"}, // a stranger's word
		{"10.1.1.1:1234", "198.51.100.7", "198.51.100.7"},
		{"10.1.1.1:1234", "1.2.3.4, 198.51.100.7, 192.0.2.1", "198.51.100.7"},
		{"10.1.1.1:1234", "nonsense", "10.1.1.1"},
		{"[::ffff:10.1.1.1]:1234", "2001:db8::1", "2001:db8::1"},
		{"@", "198.51.100.7", ""},
	} {
		req := httptest.NewRequest(http.MethodGet, "/who", nil)
		req.RemoteAddr = tt.from
		if tt.forwarded != "" {
			req.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		w := httptest.NewRecorder()
		door.ServeHTTP(w, req)
		if seen != tt.want {
			t.Errorf("from %s for %q: %q, want %q", tt.from, tt.forwarded, seen, tt.want)
		}
		if w.Header().Get("Strict-Transport-Security") == "" {
			t.Error("an https address does not say that it stays one")
		}
	}
	if c := g.Cookie("s"); !strings.Contains(c, "Secure") || !strings.Contains(c, "HttpOnly") {
		t.Errorf("the cookie of an https address is %s", c)
	}
}

func TestTheDescriptionIsServed(t *testing.T) { // API-7
	c := start(t, dbtest.SQLite(t))
	a := c.Nobody().Get("/helpdesk/v1/openapi.json").Is(200)
	paths, _ := a.Object()["paths"].(map[string]any)
	if servers, _ := a.Object()["servers"].([]any); len(servers) != 1 || servers[0].(map[string]any)["url"] != "http://desk.localhost" {
		t.Errorf("the servers are %v", servers)
	}
	if info, _ := a.Object()["info"].(map[string]any); info["version"] != "test" || info["description"] == "" || info["license"] == nil {
		t.Errorf("it says of itself %v", info)
	}
	for _, path := range []string{count, "/helpdesk/v1/raw", "/helpdesk/v1/whoami"} {
		if paths[path] == nil {
			t.Errorf("the description lacks %s: %.200s", path, a.Body)
		}
	}
	post := paths[count].(map[string]any)["post"].(map[string]any)
	if len(post["security"].([]any)) != 3 || post["description"] != "Needs the permission signed-in. An app needs the scope helpdesk.write." {
		t.Errorf("the description of %s is %v", count, post)
	}
}

type hidden struct {
	ID string `path:"id"`
}

func TestAnInputThatWouldStayEmptyIsRefusedAtTheStart(t *testing.T) {
	defer func() {
		if said, _ := recover().(string); !strings.Contains(said, "embeds hidden") {
			t.Errorf("said %q", said)
		}
	}()
	d := dbtest.Open(t, dbtest.SQLite(t))
	g := gate.New(d, people.New(d), gate.Config{})
	gate.Add(g, gate.Route{Method: "GET", Path: "/helpdesk/v1/x/{id}"}, func(context.Context, people.Actor, *struct{ hidden }) (*pingOutput, error) { return nil, nil })
}
