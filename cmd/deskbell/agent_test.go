package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/live"
	"github.com/deskbell/deskbell/people"
)

const api = "/helpdesk/v1"

// agent is a user at a browser: a session's cookie, no token.
type agent struct {
	*desk
	user   people.User
	cookie string
}

// Agent makes a user with a service seat and signs them in, as the app does.
func (d *desk) Agent(name string) agent {
	d.t.Helper()
	email := strings.ToLower(strings.Fields(name)[0]) + "@desk.localhost"
	u, err := d.people.AddUser(context.Background(), people.System, people.NewUser{Name: name, Email: email, Password: bossPassword})
	if err != nil {
		d.t.Fatal(err)
	}
	return d.SignIn(u)
}

// SignIn is a browser of a user.
func (d *desk) SignIn(u people.User) agent {
	d.t.Helper()
	secret, _, err := d.people.SignIn(context.Background(), u.Email, bossPassword, "test", "127.0.0.1")
	if err != nil {
		d.t.Fatal(err)
	}
	return agent{d, u, gate.SessionCookie + "=" + secret}
}

// Ask calls the API as the app in the agent's browser does.
func (a agent) Ask(method, path string, body any) answer {
	a.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	if body == nil {
		raw = nil
	}
	req, err := http.NewRequest(method, a.web.URL+path, bytes.NewReader(raw))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Cookie", a.cookie)
	return a.send(req)
}

// Reply writes to the ticket's contact, and lets it be sent.
func (a agent) Reply(ticket, text string) answer {
	a.t.Helper()
	out := a.Ask("POST", api+"/tickets/"+ticket+"/replies", map[string]any{"html": "<p>" + text + "</p>"}).Is(http.StatusCreated)
	a.Settle()
	return out
}

// Counts are the figures in the agent's sidebar that are not 0, as "mine 1, open 2".
func (a agent) Counts() string {
	a.t.Helper()
	figures, _ := a.Ask("GET", api+"/views/counts", nil).Is(http.StatusOK).Get("counts").(map[string]any)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(figures)) {
		if figures[name] != 0.0 {
			out = append(out, fmt.Sprintf("%s %v", name, figures[name]))
		}
	}
	return strings.Join(out, ", ")
}

// Ticket are the properties of a ticket.
func (d *desk) Ticket(n string) map[string]string {
	d.t.Helper()
	for _, r := range d.Tickets() {
		if id.Format(r.ID) == n {
			return r.Properties
		}
	}
	d.t.Fatalf("there is no ticket %s", n)
	return nil
}

// Newest is the id of the newest ticket.
func (d *desk) Newest() string {
	d.t.Helper()
	all := d.Tickets()
	if len(all) == 0 {
		d.t.Fatal("there is no ticket")
	}
	return id.Format(all[len(all)-1].ID)
}

// Sent are the mails in the Outbox, the newest first, as their readers' programs see them.
func (d *desk) Sent() (out []*mail.Message) {
	d.t.Helper()
	list, _ := d.Ask("GET", api+"/outbox", nil).Is(http.StatusOK).Get("results").([]any)
	for _, row := range list {
		one := row.(map[string]any)
		source := d.Ask("GET", api+"/outbox/"+one["id"].(string)+"/source", nil).Is(http.StatusOK).Raw
		m, err := mail.ReadMessage(strings.NewReader(source))
		if err != nil {
			d.t.Fatalf("%v in %s", err, source)
		}
		out = append(out, m)
	}
	return out
}

// moment is an event, as "message.replied by user".
func (d *desk) since(last int64) (happened []string, newest int64) {
	d.t.Helper()
	newest = last
	dbtest.See(d.t, d.db, func(tx *db.Tx) (err error) {
		happened, err = db.List(tx, func(s db.Scanner) (string, error) {
			var what, who string
			err := s.Scan(&newest, &what, &who)
			return what + " by " + who, err
		}, `SELECT id, type, actor_kind FROM events WHERE id > $1 AND object_type <> 'notifications' ORDER BY id`, last)
		return err
	})
	return happened, newest
}

const patience = 10 * time.Second

// heard waits until the stream has told of a change of the object by an event after the one given.
func (d *desk) heard(s *live.Subscription, kind, object string, after int64) {
	d.t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		select {
		case c := <-s.C():
			rev, err := id.Parse("rev", c.Rev)
			if c.Type == kind && c.ID == object && err == nil && rev > after {
				return
			}
		case <-late.C:
			d.t.Fatalf("the browsers were not told of %s %s", kind, object)
		}
	}
}
