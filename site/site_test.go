package site_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/site"
	"github.com/deskbell/deskbell/web"
)

func start(t *testing.T, files map[string]string) *gatetest.Client {
	t.Helper()
	dist := fstest.MapFS{}
	for name, text := range files {
		dist[name] = &fstest.MapFile{Data: []byte(text)}
	}
	d := dbtest.Open(t, dbtest.SQLite(t))
	desk := gatetest.Start(t, d, people.New(d), func(g *gate.Gate) {
		if err := site.Routes(g, dist); err != nil {
			t.Fatal(err)
		}
	})
	return desk.Nobody()
}

func app(t *testing.T) *gatetest.Client {
	return start(t, map[string]string{
		"index.html": "<!doctype html><title>App</title>", "assets/main-abc123.js": strings.Repeat("let a = 1;\n", 100),
		"assets/tiny-abc.css": "a{}", "favicon.svg": "<svg/>", "manifest.webmanifest": "{}", ".vite/manifest.json": "{}",
	})
}

func TestEveryAddressOfTheAppIsItsPage(t *testing.T) {
	c := app(t)
	browser := c.With("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	for _, tt := range []struct {
		path   string
		client *gatetest.Client
		status int
		kind   string
	}{
		{"/", c, 200, "text/html; charset=utf-8"},
		{"/tickets/123", browser, 200, "text/html; charset=utf-8"},
		{"/settings/users", browser, 200, "text/html; charset=utf-8"},
		{"/tickets/123", c, 404, "application/json;charset=utf-8"},
		{"/assets/gone.js", browser, 404, "application/json;charset=utf-8"},
		{"/helpdesk/v1/nothing", browser, 404, "application/json;charset=utf-8"},
		{"/crm/v3/objects/nothing", browser, 404, "application/json;charset=utf-8"},
		{"/crm-object-schemas/v3/nothing", browser, 404, "application/json;charset=utf-8"},
		{"/oauth/authorize", browser, 200, "text/html; charset=utf-8"},
		{"/oauth/authorize/more", browser, 404, "application/json;charset=utf-8"},
		{"/conversations/v3/x", browser, 404, "application/json;charset=utf-8"},
		{"/.vite/manifest.json", c, 404, "application/json;charset=utf-8"},
		{"/../site.go", c, 404, "application/json;charset=utf-8"},
		{"/favicon.svg", c, 200, "image/svg+xml"},
		{"/manifest.webmanifest", c, 200, "application/manifest+json"},
		{"/assets/main-abc123.js", c, 200, "text/javascript; charset=utf-8"},
	} {
		a := tt.client.Get(tt.path)
		if strings.HasPrefix(tt.path, "/..") && a.Status == http.StatusTemporaryRedirect {
			continue // the mux cleans such paths by sending the browser elsewhere
		}
		if a.Status != tt.status || a.Header.Get("Content-Type") != tt.kind {
			t.Errorf("GET %s answered %d %q, want %d %q", tt.path, a.Status, a.Header.Get("Content-Type"), tt.status, tt.kind)
		}
	}
}

func TestHashedFilesAreKeptForEverAndThePageIsNot(t *testing.T) { // PERF-6
	c := app(t)
	if got := c.Get("/assets/main-abc123.js").Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("an asset says %q", got)
	}
	page := c.Get("/").Is(200)
	if got := page.Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("the page says %q", got)
	}
	tag := page.Header.Get("ETag")
	if a := c.With("If-None-Match", tag).Get("/"); a.Status != http.StatusNotModified || len(a.Body) != 0 {
		t.Errorf("the same page again answered %d with %d bytes", a.Status, len(a.Body))
	}
}

func TestCompressedOnlyForWhoTakesIt(t *testing.T) {
	c := app(t)
	zipped := c.With("Accept-Encoding", "br, gzip;q=0.8").Get("/assets/main-abc123.js").Is(200)
	if zipped.Header.Get("Content-Encoding") != "gzip" || len(zipped.Body) > 300 {
		t.Errorf("got %q with %d bytes", zipped.Header.Get("Content-Encoding"), len(zipped.Body))
	}
	for _, refuses := range []string{"identity", "gzip;q=0", "br"} {
		plain := c.With("Accept-Encoding", refuses).Get("/assets/main-abc123.js").Is(200)
		if plain.Header.Get("Content-Encoding") != "" || len(plain.Body) != 1100 {
			t.Errorf("with %s got %q with %d bytes", refuses, plain.Header.Get("Content-Encoding"), len(plain.Body))
		}
	}
	if got := c.With("Accept-Encoding", "gzip").Get("/assets/tiny-abc.css").Header.Get("Content-Encoding"); got != "" {
		t.Errorf("a file that compression makes larger is %q", got)
	}
}

func TestThePageRunsOnlyOurScripts(t *testing.T) { // SEC-1
	got := app(t).Get("/").Header.Get("Content-Security-Policy")
	for _, rule := range []string{"script-src 'self';", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'self'"} {
		if !strings.Contains(got, rule) {
			t.Errorf("the policy lacks %q: %s", rule, got)
		}
	}
	for _, one := range strings.Split(got, ";") {
		if strings.Contains(one, "script-src") && strings.Contains(one, "unsafe") {
			t.Errorf("the policy lets foreign scripts run: %s", one)
		}
	}
}

func TestHeadSendsNoBody(t *testing.T) {
	a := app(t).Do(http.MethodHead, "/favicon.svg", nil).Is(200)
	if len(a.Body) != 0 || a.Header.Get("Content-Length") != "6" {
		t.Errorf("HEAD sent %q, length %s", a.Body, a.Header.Get("Content-Length"))
	}
}

func TestAProgramWithoutTheApp(t *testing.T) {
	a := start(t, nil).Get("/").Is(503)
	if !strings.Contains(string(a.Body), "built without it") {
		t.Errorf("it says %s", a.Body)
	}
}

func TestTheBuiltAppIsServed(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	gatetest.Start(t, d, people.New(d), func(g *gate.Gate) {
		if err := site.Routes(g, web.Dist()); err != nil {
			t.Error(err)
		}
	})
}
