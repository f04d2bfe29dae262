package conversations

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/thread"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// query reads what threads are asked for.
func query(r *http.Request) (q thread.Query, err error) {
	if q.Limit, err = wire.Limit(r, pageLength, pageMost); err != nil {
		return q, err
	}
	params := r.URL.Query()
	q.After = params.Get("after")
	for name, to := range map[string]*int64{"associatedTicketId": &q.Ticket, "associatedContactId": &q.Contact} {
		if *to, err = optional(r, name); err != nil {
			return q, err
		}
	}
	for _, text := range wire.List(r, "inboxId") {
		n, err := id.Parse("inboxId", text)
		if err != nil {
			return q, err
		}
		q.Inboxes = append(q.Inboxes, n)
	}
	if q.Archived, err = wire.Flag(r, "archived"); err != nil {
		return q, err
	}
	if q.Status = params.Get("threadStatus"); q.Status != "" && q.Status != conversation.Open && q.Status != conversation.Closed {
		return q, errs.Bad("threadStatus", "INVALID_OPTION", "threadStatus must be OPEN or CLOSED")
	}
	if q.LatestAfter, err = instantIn(r, "latestMessageTimestampAfter"); err != nil {
		return q, err
	}
	switch sort := params.Get("sort"); sort {
	case "", "id", "createdAt":
	case "latestMessageTimestamp":
		q.Latest = true
	default:
		return q, errs.Bad("sort", "INVALID_OPTION", "sort must be id or latestMessageTimestamp")
	}
	return q, nil
}

// instantIn reads an instant: ISO 8601 or milliseconds since 1970.
func instantIn(r *http.Request, name string) (time.Time, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil && ms >= 0 && ms < 1<<48 {
		return time.UnixMilli(ms).UTC(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Year() < 1970 {
		return at, errs.Bad(name, "INVALID_DATE", name+" must be a time such as 2026-11-02T09:00:00Z")
	}
	return at, nil
}

func (a *API) list(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	q, err := query(r)
	if err != nil {
		return err
	}
	return reads(a, w, r, func(tx *db.Tx) (out wire.Page[shownThread], err error) {
		b, err := a.accounts.Book(tx)
		if err != nil {
			return out, err
		}
		found, next, err := a.threads.Browse(tx, by, q)
		out.Results, out.Paging = make([]shownThread, 0, len(found)), wire.Following(r, next)
		for _, t := range found {
			out.Results = append(out.Results, a.showThread(b, t, withTicket(r)))
		}
		return out, err
	})
}

// withTicket reports whether the ticket of a thread was asked for.
func withTicket(r *http.Request) bool {
	return slices.Contains(wire.List(r, "association"), "TICKET")
}

// shown is a thread as answers show it.
func (a *API) shown(tx *db.Tx, r *http.Request, t conversation.Thread) (shownThread, error) {
	b, err := a.accounts.Book(tx)
	if err != nil {
		return shownThread{}, err
	}
	return a.showThread(b, t, withTicket(r)), nil
}

func (a *API) read(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "threadId")
	if err != nil {
		return err
	}
	archived, err := wire.Flag(r, "archived")
	if err != nil {
		return err
	}
	return reads(a, w, r, func(tx *db.Tx) (shownThread, error) {
		t, err := a.talk.ThreadByID(tx, by, n)
		if err == nil && t.ArchivedAt.IsZero() == archived {
			err = wire.NotFound()
		}
		if err != nil {
			return shownThread{}, err
		}
		return a.shown(tx, r, t)
	})
}

// threadChange is what is to change of a thread.
type threadChange struct {
	Status   *string `json:"status"`
	Archived *bool   `json:"archived"`
}

func (a *API) change(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body threadChange
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	n, err := wire.PathID(r, "threadId")
	if err != nil {
		return err
	}
	archived, err := wire.Flag(r, "archived")
	if err != nil {
		return err
	}
	if body.Archived != nil && *body.Archived {
		return errs.Bad("archived", "INVALID_OPTION", "archived can only be set to false, which restores a thread. DELETE archives one")
	}
	return writes(a, w, r, http.StatusOK, func(tx *db.Tx) (shownThread, error) {
		t, err := a.talk.ThreadByID(tx, by, n)
		if err == nil && archived && t.ArchivedAt.IsZero() {
			err = wire.NotFound()
		}
		if err == nil && body.Archived != nil {
			t, err = a.threads.Restore(tx, by, n)
		}
		if err == nil && body.Status != nil {
			t, err = a.threads.SetStatus(tx, by, n, *body.Status)
		}
		if err != nil {
			return shownThread{}, err
		}
		return a.shown(tx, r, t)
	})
}

func (a *API) archive(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "threadId")
	if err != nil {
		return err
	}
	return a.does(w, r, func(tx *db.Tx) error { return a.threads.Archive(tx, by, n) })
}

// assignee is to whom a thread is assigned.
type assignee struct {
	ActorID string `json:"actorId" required:"true"`
}

func (a *API) assign(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body assignee
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	n, err := wire.PathID(r, "threadId")
	if err != nil {
		return err
	}
	if body.ActorID == "" {
		return wire.Missing("actorId")
	}
	user, err := userOf("actorId", body.ActorID)
	if err != nil {
		return err
	}
	return writes(a, w, r, http.StatusOK, func(tx *db.Tx) (shownThread, error) {
		t, err := a.threads.Assign(tx, by, n, user)
		if err != nil {
			return shownThread{}, err
		}
		return a.shown(tx, r, t)
	})
}

// userOf is the user that an actor's id names.
func userOf(field, actorID string) (int64, error) {
	text, ok := strings.CutPrefix(actorID, agentPrefix)
	if !ok {
		return 0, errs.Bad(field, "INVALID_ACTOR", field+" must be of a user, such as A-123")
	}
	return id.Parse(field, text)
}

func (a *API) unassign(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "threadId")
	if err != nil {
		return err
	}
	return a.does(w, r, func(tx *db.Tx) error {
		_, err := a.threads.Assign(tx, by, n, 0)
		return err
	})
}

func (a *API) entries(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	limit, after, err := place(r)
	if err != nil {
		return err
	}
	n, err := wire.PathID(r, "threadId")
	if err != nil {
		return err
	}
	archived, err := wire.Flag(r, "archived")
	if err != nil {
		return err
	}
	sort := r.URL.Query().Get("sort")
	if sort != "" && sort != "createdAt" && sort != "-createdAt" {
		return errs.Bad("sort", "INVALID_OPTION", "sort must be createdAt or -createdAt")
	}
	return reads(a, w, r, func(tx *db.Tx) (out wire.Page[message], err error) {
		out.Results = []message{}
		if archived { // messages are never archived by themselves
			_, err := a.talk.ThreadByID(tx, by, n)
			return out, err
		}
		s, err := a.scene(tx, by, n)
		if err != nil {
			return out, err
		}
		page, next, err := a.threads.Entries(tx, by, n, after, limit, sort == "-createdAt")
		for _, e := range page {
			out.Results = append(out.Results, s.entry(e))
		}
		out.Paging = wire.Following(r, reference(next))
		return out, err
	})
}

func (a *API) entry(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return reads(a, w, r, func(tx *db.Tx) (message, error) {
		s, e, err := a.named(tx, r, by)
		if err != nil {
			return message{}, err
		}
		return s.entry(e), nil
	})
}

// named is what the path names.
func (a *API) named(tx *db.Tx, r *http.Request, by people.Actor) (s scene, e thread.Entry, err error) {
	n, err := wire.PathID(r, "threadId")
	if err != nil {
		return s, e, err
	}
	m, err := wire.PathID(r, "messageId")
	if err != nil {
		return s, e, err
	}
	if s, err = a.scene(tx, by, n); err != nil {
		return s, e, err
	}
	e, err = a.threads.Entry(tx, by, n, m)
	return s, e, err
}

// wholeText is a message's text, not cut.
type wholeText struct {
	Text     string `json:"text"`
	RichText string `json:"richText,omitempty"`
}

// original answers with the whole text: messages are never cut here, so it is that of the message.
func (a *API) original(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return reads(a, w, r, func(tx *db.Tx) (wholeText, error) {
		_, e, err := a.named(tx, r, by)
		if err == nil && e.Message == nil {
			err = wire.NotFound()
		}
		if err != nil {
			return wholeText{}, err
		}
		return wholeText{e.Message.Text, e.Message.HTML}, nil
	})
}
