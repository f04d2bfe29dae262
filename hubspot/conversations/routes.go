// Package conversations is HubSpot's conversations API on threads and messages, in its wire format. It holds no rule of
// conversations, only how they look outside.
package conversations

import (
	"net/http"
	"slices"

	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
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
	threads := wire.At(g, "/conversations/v3/conversations/threads", "/conversations/conversations/{version}/threads").Of("Conversations").
		For(gate.OneOf("conversations.read"), gate.OneOf("conversations.write"))
	threads.Add("GET ", "List threads", a.list, wire.Query("limit", "after", "association", "associatedTicketId", "associatedContactId", "inboxId"), gate.Gives[wire.Page[thread]](http.StatusOK))
	threads.Add("GET /{threadId}", "Read a thread", a.read, wire.Query("association"), gate.Gives[thread](http.StatusOK))
	threads.Add("GET /{threadId}/messages", "List a thread's messages", a.messages, wire.Query("limit", "after", "sort"), gate.Gives[wire.Page[message]](http.StatusOK))
	threads.Add("POST /{threadId}/messages", "Send a message, or add a comment", a.send, gate.Takes[outgoing](), gate.Gives[message](http.StatusCreated))
	threads.Add("GET /{threadId}/messages/{messageId}", "Read a message", a.message, gate.Gives[message](http.StatusOK))
}

const (
	pageLength = 20
	pageMost   = 500
)

func pageOf[T any](r *http.Request, results []T, next int64) wire.Page[T] {
	return wire.Page[T]{Results: results, Paging: wire.Following(r, reference(next))}
}

// place reads limit and after.
func place(r *http.Request) (limit int, after int64, err error) {
	if limit, err = wire.Limit(r, pageLength, pageMost); err != nil {
		return 0, 0, err
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
	var out wire.Page[thread]
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		threads, next, err := a.talk.BrowseThreads(tx, by, q)
		shown := make([]thread, 0, len(threads))
		for _, t := range threads {
			shown = append(shown, showThread(t, withTicket(r)))
		}
		out = pageOf(r, shown, next)
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
	return slices.Contains(wire.List(r, "association"), "TICKET")
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
	n, err := wire.PathID(r, "threadId")
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
	var out wire.Page[message]
	err = a.inThread(r, by, func(tx *db.Tx, t conversation.Thread) error {
		all, next, err := a.talk.ThreadMessages(tx, by, t.ID, after, limit, r.URL.Query().Get("sort") == "-createdAt")
		if err != nil {
			return err
		}
		shown := make([]message, 0, len(all))
		for _, m := range all {
			shown = append(shown, showMessage(m, t))
		}
		out = pageOf(r, shown, next)
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) message(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "messageId")
	if err != nil {
		return err
	}
	var out message
	err = a.inThread(r, by, func(tx *db.Tx, t conversation.Thread) error {
		m, err := a.talk.Message(tx, by, n)
		if err == nil && m.Thread != t.ID && (m.Thread != 0 || m.Ticket != t.Ticket) {
			err = wire.NotFound()
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
