// Package conversations is HubSpot's conversations API on threads and messages, in its wire format. It holds no rule of
// conversations, only how they look outside.
package conversations

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// API answers the conversations routes.
type API struct {
	db       *db.DB
	talk     *conversation.Service
	accounts *account.Store
	people   *people.Service
}

// Routes adds the routes, under the legacy and the dated path.
func Routes(g *gate.Gate, d *db.DB, talk *conversation.Service, accounts *account.Store, p *people.Service) {
	a := &API{db: d, talk: talk, accounts: accounts, people: p}
	for _, base := range []string{"/conversations/v3/conversations/threads", "/conversations/conversations/{version}/threads"} {
		add := func(method, path, summary string, h gate.Handler) {
			g.Handle(gate.Route{Method: method, Path: base + path, Needs: people.Workspace, Summary: summary, Tag: "hubspot"}, h)
		}
		add("GET", "", "List threads", a.list)
		add("GET", "/{threadId}", "Read a thread", a.read)
		add("GET", "/{threadId}/messages", "List a thread's messages", a.messages)
		add("POST", "/{threadId}/messages", "Send a message, or add a comment", a.send)
		add("GET", "/{threadId}/messages/{messageId}", "Read a message", a.message)
	}
}

const (
	pageLength = 20
	pageMost   = 500
)

type page[T any] struct {
	Results []T     `json:"results"`
	Paging  *paging `json:"paging,omitempty"`
}

type paging struct {
	Next struct {
		After string `json:"after"`
	} `json:"next"`
}

func pageOf[T any](results []T, next int64) page[T] {
	p := page[T]{Results: results}
	if next != 0 {
		p.Paging = &paging{}
		p.Paging.Next.After = id.Format(next)
	}
	return p
}

// place reads limit and after.
func place(r *http.Request) (limit int, after int64, err error) {
	limit = pageLength
	if v := r.URL.Query().Get("limit"); v != "" {
		if limit, err = strconv.Atoi(v); err != nil || limit < 1 || limit > pageMost {
			return 0, 0, errs.Bad("limit", "INVALID_LIMIT", fmt.Sprintf("limit must be a number from 1 to %d", pageMost))
		}
	}
	after, err = optional(r, "after")
	return limit, after, err
}

func optional(r *http.Request, name string) (int64, error) {
	v := r.URL.Query().Get(name)
	if v == "" {
		return 0, nil
	}
	return id.Parse(name, v)
}

func inPath(r *http.Request, name string) (int64, error) {
	n, err := id.Parse(name, r.PathValue(name))
	if err != nil {
		return 0, errs.New(errs.NotFound, "resource not found", nil)
	}
	return n, nil
}

func (a *API) list(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var q conversation.ThreadQuery
	var err error
	if q.Limit, q.After, err = place(r); err != nil {
		return err
	}
	for name, to := range map[string]*int64{"associatedTicketId": &q.Ticket, "associatedContactId": &q.Contact, "inboxId": &q.Inbox} {
		if *to, err = optional(r, name); err != nil {
			return err
		}
	}
	var out page[thread]
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		threads, next, err := a.talk.BrowseThreads(tx, by, q)
		shown := make([]thread, 0, len(threads))
		for _, t := range threads {
			shown = append(shown, showThread(t, withTicket(r)))
		}
		out = pageOf(shown, next)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// withTicket reports whether the ticket of a thread was asked for.
func withTicket(r *http.Request) bool {
	return strings.Contains(strings.Join(r.URL.Query()["association"], ","), "TICKET")
}

func (a *API) read(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var out thread
	err := a.inThread(r, by, func(_ *db.Tx, t conversation.Thread) error {
		out = showThread(t, withTicket(r))
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) inThread(r *http.Request, by people.Actor, fn func(tx *db.Tx, t conversation.Thread) error) error {
	n, err := inPath(r, "threadId")
	if err != nil {
		return err
	}
	return a.db.Read(r.Context(), func(tx *db.Tx) error {
		t, err := a.talk.ThreadByID(tx, by, n)
		if err != nil {
			return err
		}
		return fn(tx, t)
	})
}

func (a *API) messages(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	limit, after, err := place(r)
	if err != nil {
		return err
	}
	var out page[message]
	err = a.inThread(r, by, func(tx *db.Tx, t conversation.Thread) error {
		all, next, err := a.talk.ThreadMessages(tx, by, t.ID, after, limit, r.URL.Query().Get("sort") == "-createdAt")
		if err != nil {
			return err
		}
		shown := make([]message, 0, len(all))
		for _, m := range all {
			shown = append(shown, showMessage(m, t))
		}
		out = pageOf(shown, next)
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) message(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := inPath(r, "messageId")
	if err != nil {
		return err
	}
	var out message
	err = a.inThread(r, by, func(tx *db.Tx, t conversation.Thread) error {
		m, err := a.talk.Message(tx, by, n)
		if err == nil && m.Thread != t.ID && (m.Thread != 0 || m.Ticket != t.Ticket) {
			err = errs.New(errs.NotFound, "resource not found", nil)
		}
		out = showMessage(m, t)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func decode(r *http.Request, v any) error {
	if err := json.NewDecoder(r.Body).Decode(v); err != nil {
		if classified := gate.Classify(err); errs.As(classified) != nil {
			return classified
		}
		return errs.Newf(errs.Invalid, "Invalid input JSON on line 1, column 1: %s", err)
	}
	return nil
}
