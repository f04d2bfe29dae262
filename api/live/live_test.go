package live

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/live"
	"github.com/deskbell/deskbell/people"
)

func start(t *testing.T, ping time.Duration) (*gatetest.Desk, *live.Hub) {
	t.Helper()
	d := dbtest.Open(t, dbtest.SQLite(t))
	p := people.New(d)
	hub := live.NewHub(d)
	t.Cleanup(hub.Close)
	return gatetest.Start(t, d, p, func(g *gate.Gate) { add(g, hub, ping) }), hub
}

type sse struct{ id, event, data string }

// reader reads a stream event by event.
type reader struct {
	t    *testing.T
	res  *http.Response
	scan *bufio.Scanner
}

func open(t *testing.T, c *gatetest.Client) *reader {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	res := c.Stream(ctx, "/helpdesk/v1/live")
	t.Cleanup(func() { cancel(); res.Body.Close() })
	return &reader{t, res, bufio.NewScanner(res.Body)}
}

func (r *reader) next() sse {
	r.t.Helper()
	var e sse
	for r.scan.Scan() {
		name, value, _ := strings.Cut(r.scan.Text(), ": ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.event = value
		case "data":
			e.data = value
		case "":
			return e
		}
	}
	r.t.Fatalf("the stream ended: %v", r.scan.Err())
	return e
}

func say(desk *gatetest.Desk, kind, id string) {
	dbtest.Do(desk.T, desk.DB, func(tx *db.Tx) error {
		live.Say(tx, live.Change{Type: kind, ID: id, Rev: "9"})
		return nil
	})
}

func TestAChangeReachesEveryPage(t *testing.T) { // VIEW-5
	desk, _ := start(t, time.Hour)
	c, _ := desk.User(people.NewUser{Name: "Sam", Email: "sam@desk.localhost"})
	first, second := open(t, c), open(t, c)
	if h := first.res.Header; h.Get("Content-Type") != "text/event-stream" || h.Get("Cache-Control") != "no-store" || h.Get("X-Accel-Buffering") != "no" {
		t.Errorf("the headers are %v", h)
	}
	for _, page := range []*reader{first, second} {
		if hello := page.next(); hello.event != "ping" || hello.id == "" {
			t.Errorf("the stream begins with %+v", hello)
		}
	}
	say(desk, "ticket", "123")
	for _, page := range []*reader{first, second} {
		got := page.next()
		if got.event != "change" || got.data != `{"type":"ticket","id":"123","rev":"9"}` || got.id == "" {
			t.Errorf("the page heard %+v", got)
		}
	}
}

func TestAPageThatWasAwayCatchesUp(t *testing.T) { // VIEW-5
	desk, _ := start(t, time.Hour)
	c, _ := desk.User(people.NewUser{Name: "Sam", Email: "sam@desk.localhost"})
	page := open(t, c)
	place := page.next().id
	page.res.Body.Close()
	witness := open(t, c)
	witness.next()
	say(desk, "ticket", "1")
	say(desk, "contact", "2")
	witness.next()
	witness.next() // both have reached the hub

	back := open(t, c.With("Last-Event-ID", place))
	if e := back.next(); e.event != "ping" || e.id != "" {
		t.Errorf("a resumed stream begins with %+v", e)
	}
	if a, b := back.next(), back.next(); !strings.Contains(a.data, `"ticket"`) || !strings.Contains(b.data, `"contact"`) {
		t.Errorf("caught up with %+v and %+v", a, b)
	}
}

func TestAnUnknownPlaceMeansReadAllAgain(t *testing.T) { // VIEW-5
	desk, _ := start(t, time.Hour)
	c, _ := desk.User(people.NewUser{Name: "Sam", Email: "sam@desk.localhost"})
	for _, place := range []string{"another-12", "nonsense", "-", strings.Repeat("9", 100)} {
		page := open(t, c.With("Last-Event-ID", place))
		page.next()
		if e := page.next(); e.event != "reset" || e.id == "" {
			t.Errorf("place %q: %+v", place, e)
		}
	}
}

func TestASilentStreamPings(t *testing.T) {
	desk, _ := start(t, time.Millisecond)
	page := open(t, desk.App())
	for range 3 {
		if e := page.next(); e.event != "ping" || e.data != "{}" {
			t.Fatalf("heard %+v", e)
		}
	}
}

func TestTheHubsEndEndsTheStream(t *testing.T) {
	desk, hub := start(t, time.Hour)
	page := open(t, desk.App())
	page.next()
	hub.Close()
	if _, err := io.Copy(io.Discard, page.res.Body); err != nil {
		t.Errorf("the stream broke instead of ending: %v", err)
	}
}

func TestSigningOutEndsTheStream(t *testing.T) { // ACC-7
	desk, _ := start(t, time.Millisecond)
	c, u := desk.User(people.NewUser{Name: "Sam", Email: "sam@desk.localhost"})
	page := open(t, c)
	page.next()
	off := false
	if _, err := desk.People.ChangeUser(t.Context(), people.System, u.ID, people.UserChange{Active: &off}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, page.res.Body); err != nil {
		t.Errorf("the stream broke instead of ending: %v", err)
	}
}

func TestStreamsOfAUserAreBounded(t *testing.T) {
	desk, _ := start(t, time.Hour)
	c, _ := desk.User(people.NewUser{Name: "Sam", Email: "sam@desk.localhost"})
	for range streamsMost {
		open(t, c).next()
	}
	c.Get("/helpdesk/v1/live").Is(429)
	other, _ := desk.User(people.NewUser{Name: "Ann", Email: "ann@desk.localhost"})
	open(t, other).next()
}

func TestNobodyHearsNothing(t *testing.T) { // ACC-10
	desk, _ := start(t, time.Hour)
	desk.Nobody().Get("/helpdesk/v1/live").Is(401)
}
