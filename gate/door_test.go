package gate_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
)

func TestEveryAnswerHasItsHeaders(t *testing.T) { // SEC-1
	c := start(t, dbtest.SQLite(t))
	for _, path := range []string{"/helpdesk/v1/whoami", "/helpdesk/v1/nothing", count} {
		a, again := c.Nobody().Get(path), c.Nobody().Get(path)
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "SAMEORIGIN",
			"Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store", "Strict-Transport-Security": ""} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if id := a.Header.Get("X-HubSpot-Correlation-Id"); id == "" || id == again.Header.Get("X-HubSpot-Correlation-Id") {
			t.Errorf("%s: two requests share the id %q", path, id)
		}
	}
}

// A page of another site cannot make a signed-in browser write (SEC-1).
func TestOtherSitesCannotWrite(t *testing.T) {
	c := start(t, dbtest.SQLite(t))
	user, _ := c.User(people.NewUser{Name: "Ann", Email: "ann@desk.localhost"})
	for _, tt := range []struct {
		header, value string
		status        int
	}{
		{"Sec-Fetch-Site", "cross-site", 403}, {"Sec-Fetch-Site", "same-site", 403}, {"Sec-Fetch-Site", "same-origin", 201}, {"Sec-Fetch-Site", "none", 201},
		{"Origin", "https://evil.example", 403}, {"Origin", "null", 403}, {"Origin", "http://desk.localhost", 201}, {"Origin", "http://desk.localhost.evil.example", 403},
	} {
		runs := c.runs
		user.With(tt.header, tt.value).Post(count, body).Is(tt.status)
		if (c.runs > runs) != (tt.status == 201) {
			t.Errorf("%s: %s ran it: %v", tt.header, tt.value, c.runs > runs)
		}
	}
	user.With("Sec-Fetch-Site", "cross-site").Get("/helpdesk/v1/whoami").Is(200) // a link from elsewhere may be followed
}

func TestCredentialsThatAreNone(t *testing.T) { // ACC-7, ACC-8
	c := start(t, dbtest.SQLite(t))
	for _, value := range []string{"Bearer", "Bearer ", "Bearer nonsense", "Basic YW5uOnB3", "pat-desk-x", "Bearer pat-desk-" + strings.Repeat("x", 4000), "bearer pat-desk-\xff"} {
		var said gate.Body
		c.Nobody().With("Authorization", value).Post(count, body).Is(http.StatusUnauthorized).Into(&said)
		if said.Category != "INVALID_AUTHENTICATION" || !strings.HasPrefix(said.Message, "Authentication credentials not found. This API supports OAuth 2.0 authentication") {
			t.Errorf("%q: %+v", value, said)
		}
	}
	// A wrong header is not made good by a cookie that is right.
	user, _ := c.User(people.NewUser{Name: "Ann", Email: "ann@desk.localhost"})
	user.With("Authorization", "Bearer nonsense").Post(count, body).Is(http.StatusUnauthorized)
	user.Post(count, body).Is(http.StatusCreated)
	c.Nobody().With("Cookie", "deskbell_session=%00").Post(count, body).Is(http.StatusUnauthorized)
	if c.runs != 1 {
		t.Errorf("ran %d times", c.runs)
	}
}

func TestKeysOfTwoPathsAreTwo(t *testing.T) { // API-6
	c := start(t, dbtest.SQLite(t))
	app := c.App().With("Idempotency-Key", "one")
	app.Post(count, body).Is(201)
	for range 2 { // a route whose answer is not kept runs each time
		app.Post("/helpdesk/v1/users-only", body).Is(200)
	}
	if c.runs != 3 {
		t.Errorf("ran %d times, want 3", c.runs)
	}
}
