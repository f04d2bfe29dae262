// Package gatetest asks a gate over HTTP as each role, so that tests of routes read as stories. It is for tests only.
package gatetest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
)

// describe is DescribeErrors, which a program calls once.
var describe = sync.OnceFunc(gate.DescribeErrors)

// Password is every test user's.
const Password = "correct horse battery"

// Desk is a server with a gate before it.
type Desk struct {
	T      testing.TB
	DB     *db.DB
	People *people.Service
	Gate   *gate.Gate
	URL    string
}

// Start serves the routes that add adds. apps, if given, knows OAuth tokens.
func Start(t testing.TB, d *db.DB, p *people.Service, add func(g *gate.Gate), apps ...gate.Apps) *Desk {
	t.Helper()
	var cfg gate.Config
	for _, a := range apps {
		cfg.Apps = a
	}
	return StartWith(t, d, p, cfg, add)
}

// StartWith is Start with a configuration of the test's own; what every gate is told is filled in.
func StartWith(t testing.TB, d *db.DB, p *people.Service, cfg gate.Config, add func(g *gate.Gate)) *Desk {
	t.Helper()
	describe()
	cfg.Version, cfg.BaseURL, cfg.Log = "test", "http://desk.localhost", slog.New(slog.DiscardHandler)
	g := gate.New(d, p, cfg)
	add(g)
	server := httptest.NewServer(g.Door())
	t.Cleanup(server.Close)
	return &Desk{T: t, DB: d, People: p, Gate: g, URL: server.URL}
}

// User makes a user and returns a client signed in as them.
func (k *Desk) User(n people.NewUser) (*Client, people.User) {
	k.T.Helper()
	if n.Password == "" {
		n.Password = Password
	}
	ctx := context.Background()
	u, err := k.People.AddUser(ctx, people.System, n)
	if err != nil {
		k.T.Fatal(err)
	}
	secret, _, err := k.People.SignIn(ctx, n.Email, n.Password, "test", "127.0.0.1")
	if err != nil {
		k.T.Fatal(err)
	}
	c := k.Nobody()
	at, _ := url.Parse(k.URL)
	c.http.Jar.SetCookies(at, []*http.Cookie{{Name: gate.SessionCookie, Value: secret}})
	return c, u
}

// Nobody is a client who is not signed in; it keeps cookies.
func (k *Desk) Nobody() *Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		k.T.Fatal(err)
	}
	return &Client{t: k.T, truth: truth{k.Gate.API().OpenAPI()}, url: k.URL, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// App is a client with an API token that has the scopes, or all if none is named.
func (k *Desk) App(scopes ...string) *Client {
	k.T.Helper()
	_, secret, err := k.People.AddToken(context.Background(), people.System, "test app", scopes...)
	if err != nil {
		k.T.Fatal(err)
	}
	return k.Nobody().With("Authorization", "Bearer "+secret)
}

// Roles are one client of each sort: nobody, view, service, admin, bare, scoped, app (ACC-10). bare is an app with a scope that
// opens next to nothing, scoped one with every scope named, app one that may all.
func (k *Desk) Roles() map[string]*Client {
	k.T.Helper()
	view, _ := k.User(people.NewUser{Name: "Vera View", Email: "vera@desk.localhost", Seat: people.ViewSeat})
	service, _ := k.User(people.NewUser{Name: "Sam Service", Email: "sam@desk.localhost", Seat: people.ServiceSeat})
	admin, _ := k.User(people.NewUser{Name: "Ada Admin", Email: "ada@desk.localhost", SuperAdmin: true})
	return map[string]*Client{"nobody": k.Nobody(), "view": view, "service": service, "admin": admin,
		"bare": k.App(bareScope), "scoped": k.App(allScopes()...), "app": k.App()}
}

// Client asks as one role.
type Client struct {
	t      testing.TB
	truth  truth
	url    string
	http   *http.Client
	header http.Header
}

// With is the client with one more header.
func (c *Client) With(name, value string) *Client {
	out := *c
	out.header = c.header.Clone()
	if out.header == nil {
		out.header = http.Header{}
	}
	out.header.Set(name, value)
	return &out
}

// Answer is what came back.
type Answer struct {
	t      testing.TB
	Asked  string
	Status int
	Header http.Header
	Body   []byte
}

const answerMost = 16 << 20

// Do asks, and fails the test when the answer is not as the API's description says. body is nil, a string as it is, or a value sent as JSON.
func (c *Client) Do(method, path string, body any) *Answer {
	c.t.Helper()
	res, err := c.http.Do(c.Request(method, path, body))
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, answerMost))
	if err != nil {
		c.t.Fatal(err)
	}
	a := &Answer{t: c.t, Asked: method + " " + path, Status: res.StatusCode, Header: res.Header, Body: raw}
	c.truth.check(c.t, method, path, a)
	return a
}

// Request is the request that Do would send.
func (c *Client) Request(method, path string, body any) *http.Request {
	c.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			c.t.Fatal(err)
		}
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, c.url+path, r)
	if err != nil {
		c.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, values := range c.header {
		req.Header[name] = values
	}
	return req
}

// Stream starts a request whose answer does not end by itself. The caller closes its body.
func (c *Client) Stream(ctx context.Context, path string) *http.Response {
	c.t.Helper()
	res, err := c.http.Do(c.Request(http.MethodGet, path, nil).WithContext(ctx))
	if err != nil {
		c.t.Fatal(err)
	}
	return res
}

// Get asks for a path.
func (c *Client) Get(path string) *Answer { c.t.Helper(); return c.Do(http.MethodGet, path, nil) }

// Post sends JSON.
func (c *Client) Post(path string, body any) *Answer {
	c.t.Helper()
	return c.Do(http.MethodPost, path, body)
}

// Put sends JSON.
func (c *Client) Put(path string, body any) *Answer {
	c.t.Helper()
	return c.Do(http.MethodPut, path, body)
}

// Patch sends JSON.
func (c *Client) Patch(path string, body any) *Answer {
	c.t.Helper()
	return c.Do(http.MethodPatch, path, body)
}

// Delete asks to delete.
func (c *Client) Delete(path string) *Answer { c.t.Helper(); return c.Do(http.MethodDelete, path, nil) }

// Is fails the test at once unless the status is the one given.
func (a *Answer) Is(status int) *Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s answered %d, want %d: %s", a.Asked, a.Status, status, a.Body)
	}
	return a
}

// Refused fails the test unless the status and the code of the first detail are those given.
func (a *Answer) Refused(status int, code string) *Answer {
	a.t.Helper()
	a.Is(status)
	var body gate.Body
	a.Into(&body)
	if len(body.Errors) == 0 || body.Errors[0].Code != code {
		a.t.Fatalf("%s was refused with %s, want the code %s", a.Asked, a.Body, code)
	}
	return a
}

// Into reads the answer's JSON.
func (a *Answer) Into(to any) *Answer {
	a.t.Helper()
	if err := json.Unmarshal(a.Body, to); err != nil {
		a.t.Fatalf("%s answered %q: %v", a.Asked, a.Body, err)
	}
	return a
}

// Object reads the answer as a JSON object.
func (a *Answer) Object() map[string]any {
	a.t.Helper()
	out := map[string]any{}
	a.Into(&out)
	return out
}
