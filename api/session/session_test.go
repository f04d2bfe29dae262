package session_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/api/session"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/people"
)

func start(t *testing.T, prepare session.Prepare) *gatetest.Desk {
	t.Helper()
	d := dbtest.Open(t, dbtest.SQLite(t))
	p := people.New(d)
	mail := func(*db.Tx) (string, bool, error) { return "support@desk.localhost", false, nil }
	return gatetest.Start(t, d, p, func(g *gate.Gate) { session.Routes(g, d, p, mail, prepare, "1.2.3") })
}

func nothing(*db.Tx, people.Account) error { return nil }

func company() map[string]any {
	return map[string]any{"company": "Desk Ltd", "domain": "desk.localhost", "name": "Ada Admin", "email": "Ada@desk.localhost",
		"password": gatetest.Password, "timeZone": "Europe/Amsterdam"}
}

func TestFirstRunSetUp(t *testing.T) { // ACC-1, OPS-1
	var prepared people.Account
	desk := start(t, func(_ *db.Tx, a people.Account) error { prepared = a; return nil })
	c := desk.Nobody()
	if needed := c.Get("/helpdesk/v1/setup").Is(200).Object()["needed"]; needed != true {
		t.Fatalf("needed is %v before the set-up", needed)
	}
	made := c.Post("/helpdesk/v1/setup", company()).Is(201)
	me := made.Object()
	if me["email"] != "ada@desk.localhost" || me["superAdmin"] != true || me["timeZone"] != "Europe/Amsterdam" || me["version"] != "1.2.3" {
		t.Errorf("the admin is %v", me)
	}
	account := me["account"].(map[string]any)
	if account["name"] != "Desk Ltd" || account["supportAddress"] != "support@desk.localhost" || account["hasMailServer"] != false {
		t.Errorf("the account is %v", account)
	}
	if prepared.Name != "Desk Ltd" || prepared.Domain != "desk.localhost" || prepared.Portal == 0 {
		t.Errorf("prepared for %+v", prepared)
	}
	c.Get("/helpdesk/v1/me").Is(200) // the cookie signs in
	if needed := c.Get("/helpdesk/v1/setup").Object()["needed"]; needed != false {
		t.Errorf("needed is %v after the set-up", needed)
	}
	second := company()
	second["email"] = "eve@desk.localhost"
	desk.Nobody().Post("/helpdesk/v1/setup", second).Is(409)
}

func TestSetUpIsUndoneWholeWhenAPartFails(t *testing.T) {
	desk := start(t, func(*db.Tx, people.Account) error { return errs.New(errs.Invalid, "no", nil) })
	c := desk.Nobody()
	c.Post("/helpdesk/v1/setup", company()).Is(400)
	if needed := c.Get("/helpdesk/v1/setup").Object()["needed"]; needed != true {
		t.Error("a failed set-up left a user behind")
	}
}

func TestSetUpNamesEachBadField(t *testing.T) { // API-4
	c := start(t, nothing).Nobody()
	for field, value := range map[string]any{"email": "ada", "password": "short", "timeZone": "Mars/Base", "domain": "no domain", "name": " "} {
		body := company()
		body[field] = value
		a := c.Post("/helpdesk/v1/setup", body).Is(400)
		if !strings.Contains(string(a.Body), `"in":"`+field+`"`) {
			t.Errorf("a bad %s is refused with %s", field, a.Body)
		}
	}
	if a := c.Post("/helpdesk/v1/setup", map[string]any{"company": "x"}).Is(400); !strings.Contains(string(a.Body), "VALIDATION_ERROR") {
		t.Errorf("missing fields are refused with %s", a.Body)
	}
}

func TestSignInAndOut(t *testing.T) { // ACC-7
	desk := start(t, nothing)
	desk.User(people.NewUser{Name: "Sam Service", Email: "sam@desk.localhost"})
	c := desk.Nobody()
	c.Get("/helpdesk/v1/me").Is(401)
	wrong := c.Post("/helpdesk/v1/session", map[string]any{"email": "sam@desk.localhost", "password": "wrong password"}).Is(401)
	unknown := c.Post("/helpdesk/v1/session", map[string]any{"email": "nobody@desk.localhost", "password": "wrong password"}).Is(401)
	if wrong.Object()["message"] != unknown.Object()["message"] {
		t.Error("the answer tells who has an account")
	}
	in := c.Post("/helpdesk/v1/session", map[string]any{"email": "SAM@desk.localhost", "password": gatetest.Password}).Is(201)
	cookie := in.Header.Get("Set-Cookie")
	for _, part := range []string{"deskbell_session=", "Path=/", "HttpOnly", "SameSite=Lax"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %q lacks %s", cookie, part)
		}
	}
	if strings.Contains(cookie, "Secure") {
		t.Error("the cookie of an http address would never come back")
	}
	again := c.Get("/helpdesk/v1/me").Is(200)
	if again.Header.Get("Set-Cookie") != cookie {
		t.Errorf("the cookie does not live on: %q", again.Header.Get("Set-Cookie"))
	}
	me := again.Object()
	if me["seat"] != "service" || me["mainTeamId"] != nil || len(me["teamIds"].([]any)) != 0 || me["avatarColor"] == "" {
		t.Errorf("the user is %v", me)
	}
	if out := c.Delete("/helpdesk/v1/session").Is(204); !strings.Contains(out.Header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("signing out leaves the cookie: %s", out.Header.Get("Set-Cookie"))
	}
	secret, _, _ := strings.Cut(strings.TrimPrefix(cookie, "deskbell_session="), ";")
	desk.Nobody().With("Cookie", "deskbell_session="+secret).Get("/helpdesk/v1/me").Is(401)
	c.Delete("/helpdesk/v1/session").Is(204) // again is fine
}

func TestGuessingIsSlowed(t *testing.T) { // ACC-7
	desk := start(t, nothing)
	desk.User(people.NewUser{Name: "Sam Service", Email: "sam@desk.localhost"})
	c := desk.Nobody()
	status := 0
	for range 12 {
		status = c.Post("/helpdesk/v1/session", map[string]any{"email": "sam@desk.localhost", "password": "guess guess"}).Status
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("the twelfth guess answered %d", status)
	}
}

func TestOneChangesOnesOwnProfile(t *testing.T) {
	desk := start(t, nothing)
	c, _ := desk.User(people.NewUser{Name: "Sam Service", Email: "sam@desk.localhost", Seat: people.ViewSeat})
	me := c.Patch("/helpdesk/v1/me", map[string]any{"name": "Samuel", "locale": "nl-NL", "timeZone": "Europe/Amsterdam",
		"preferences": map[string]any{"theme": "dark", "free": []any{1.0, "two"}}}).Is(200).Object()
	kept := me["preferences"].(map[string]any)
	if me["name"] != "Samuel" || me["locale"] != "nl-NL" || kept["theme"] != "dark" || kept["density"] != "comfortable" || len(kept["free"].([]any)) != 2 {
		t.Errorf("the profile is %v", me)
	}
	c.Patch("/helpdesk/v1/me", map[string]any{"superAdmin": true}).Is(400)
	c.Patch("/helpdesk/v1/me", map[string]any{"timeZone": "Mars/Base"}).Is(400)
	c.Patch("/helpdesk/v1/me", map[string]any{"preferences": map[string]any{"big": strings.Repeat("x", 70_000)}}).Is(400)
	if again := c.Get("/helpdesk/v1/me").Object(); again["name"] != "Samuel" || again["superAdmin"] != false {
		t.Errorf("refused changes changed %v", again)
	}
}

func TestATokenKnowsItself(t *testing.T) { // ACC-8
	desk := start(t, nothing)
	a := desk.App().Get("/helpdesk/v1/me").Is(200)
	if me := a.Object(); me["kind"] != "app" || me["name"] != "test app" || me["superAdmin"] != true || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("the app is %v", me)
	}
	limited := desk.App("tickets").Get("/helpdesk/v1/me").Is(200).Object()
	if got := limited["scopes"].([]any); len(got) != 1 || got[0] != "tickets" || limited["superAdmin"] != false {
		t.Errorf("the limited app is %v", limited)
	}
	desk.App().Patch("/helpdesk/v1/me", map[string]any{"name": "x"}).Is(404)
}

func TestOtherSitesCannotWrite(t *testing.T) { // SEC-1
	desk := start(t, nothing)
	c, _ := desk.User(people.NewUser{Name: "Sam Service", Email: "sam@desk.localhost"})
	evil := c.With("Sec-Fetch-Site", "cross-site").With("Origin", "https://evil.example")
	if a := evil.Patch("/helpdesk/v1/me", map[string]any{"name": "Evil"}).Is(403); a.Object()["category"] != "MISSING_SCOPES" {
		t.Errorf("refused with %s", a.Body)
	}
	if c.Get("/helpdesk/v1/me").Object()["name"] != "Sam Service" {
		t.Error("another site changed the profile")
	}
}

func TestRoutesByRole(t *testing.T) { start(t, nothing).WalkTable() } // ACC-10
