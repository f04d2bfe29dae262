// Package conversations is HubSpot's conversations API and its custom channels, in its wire format: inboxes, channels, threads,
// messages, who took part. It holds no rule of conversations, only how they look outside.
package conversations

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/conversation/thread"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/intake"
	"github.com/deskbell/deskbell/people"
)

// Road is how messages of apps come in, and where originals are kept.
type Road interface {
	Accept(ctx context.Context, p intake.Published) (message int64, err error)
	Original(ctx context.Context, by people.Actor, message int64) (io.ReadCloser, error)
}

// API answers the conversations routes.
type API struct {
	db       *db.DB
	talk     *conversation.Service
	threads  *thread.Service
	accounts *account.Store
	people   *people.Service
	records  *record.Store
	road     Road
	files    *file.Service
}

// Routes adds the routes, under the legacy and the dated path.
func Routes(g *gate.Gate, d *db.DB, talk *conversation.Service, threads *thread.Service, p *people.Service, records *record.Store, road Road,
	files *file.Service) {
	a := &API{db: d, talk: talk, threads: threads, accounts: talk.Accounts(), people: p, records: records, road: road, files: files}
	read, write := gate.OneOf("conversations.read"), gate.OneOf("conversations.write")
	all := wire.At(g, "/conversations/v3/conversations", "/conversations/conversations/{version}").Of("Conversations").For(read, write)
	page, one, archived, property := wire.Query("limit", "after"), wire.Query("association", "archived", "property"), wire.Query("archived"), wire.Query("property")
	list := wire.Query(listed...)
	all.Add("GET /threads", "List threads", a.list, page, one, wire.Query("associatedTicketId", "associatedContactId", "inboxId", "threadStatus",
		"latestMessageTimestampAfter", "sort"), gate.Gives[wire.Page[shownThread]](http.StatusOK))
	all.Add("GET /threads/{threadId}", "Read a thread", a.read, one, gate.Gives[shownThread](http.StatusOK))
	all.Add("PATCH /threads/{threadId}", "Open, close or restore a thread", a.change, archived, gate.Takes[threadChange](), gate.Gives[shownThread](http.StatusOK))
	all.Add("DELETE /threads/{threadId}", "Archive a thread", a.archive, gate.GivesNothing)
	all.Add("GET /threads/{threadId}/messages", "List what happened on a thread", a.entries, page, wire.Query("sort", "archived", "property"),
		gate.Gives[wire.Page[message]](http.StatusOK))
	all.Add("POST /threads/{threadId}/messages", "Send a message, or add a comment", a.send, gate.Takes[outgoing](), gate.Gives[message](http.StatusCreated))
	all.Add("GET /threads/{threadId}/messages/{messageId}", "Read a message", a.entry, property, gate.Gives[message](http.StatusOK))
	all.Add("GET /threads/{threadId}/messages/{messageId}/original-content", "Read a message whole", a.original, property, gate.Gives[wholeText](http.StatusOK))
	all.Add("GET /inboxes", "List inboxes", a.inboxes, list, archived, gate.Gives[wire.Page[inbox]](http.StatusOK))
	all.Add("GET /inboxes/{inboxId}", "Read an inbox", a.inbox, archived, gate.Gives[inbox](http.StatusOK))
	all.Add("GET /channels", "List channels", a.channels, list, gate.Gives[wire.Page[shownChannel]](http.StatusOK))
	all.Add("GET /channels/{channelId}", "Read a channel", a.channel, gate.Gives[shownChannel](http.StatusOK))
	all.Add("GET /channel-accounts", "List connected accounts", a.channelAccounts, list, archived, wire.Query("channelId", "inboxId"),
		gate.Gives[wire.Page[shownAccount]](http.StatusOK))
	all.Add("GET /channel-accounts/{channelAccountId}", "Read a connected account", a.channelAccount, archived, gate.Gives[shownAccount](http.StatusOK))
	all.Add("POST /actors/batch/read", "Read who took part", a.actors, property, gate.Takes[wire.Many[string]](), wire.GivesBatch[actor](http.StatusOK))
	all.Add("GET /actors/{actorId}", "Read somebody who took part", a.actor, property, gate.Gives[actor](http.StatusOK))
	// The assignee is under the dated form alone, of which v3 is one.
	dated := wire.At(g, "/conversations/conversations/{version}").Of("Conversations").For(read, write)
	dated.Add("PUT /threads/{threadId}/assignee", "Assign a thread", a.assign, gate.Takes[assignee](), gate.Gives[shownThread](http.StatusOK))
	dated.Add("DELETE /threads/{threadId}/assignee", "Take a thread from whom it is assigned to", a.unassign, gate.GivesNothing)
	a.customRoutes(g)
}

const (
	pageLength = 20
	pageMost   = 500
)

// listed are the parameters of lists that are held in memory.
var listed = []string{"limit", "after", "sort", "defaultPageLength"}

// place reads limit and after.
func place(r *http.Request) (limit int, after int64, err error) {
	usual := pageLength
	if text := r.URL.Query().Get("defaultPageLength"); text != "" {
		if usual, err = strconv.Atoi(text); err != nil || usual < 1 || usual > pageMost {
			return 0, 0, errs.Bad("defaultPageLength", "INVALID_LIMIT", fmt.Sprintf("defaultPageLength must be a number from 1 to %d", pageMost))
		}
	}
	if limit, err = wire.Limit(r, usual, pageMost); err != nil {
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

// reads answers with what fn read.
func reads[T any](a *API, w http.ResponseWriter, r *http.Request, fn func(tx *db.Tx) (T, error)) error {
	var out T
	err := a.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		out, err = fn(tx)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// writes answers with what fn wrote.
func writes[T any](a *API, w http.ResponseWriter, r *http.Request, status int, fn func(tx *db.Tx) (T, error)) error {
	var out T
	err := a.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		out, err = fn(tx)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, status, out)
	return nil
}

// does answers that fn was done, without a body.
func (a *API) does(w http.ResponseWriter, r *http.Request, fn func(tx *db.Tx) error) error {
	if err := a.db.Write(r.Context(), fn); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// backwards reads sort, of lists that ids order as the time of their making does.
func backwards(r *http.Request) (bool, error) {
	all := wire.List(r, "sort")
	if len(all) == 0 {
		return false, nil
	}
	name, back := strings.CutPrefix(all[0], "-")
	if len(all) > 1 || name != "id" && name != "createdAt" {
		return false, errs.Bad("sort", "INVALID_OPTION", "sort must be createdAt or id, or one of them with - before it")
	}
	return back, nil
}

// slice is a page of a list that is held in memory, in the order of its ids, or against it.
func slice[T any](r *http.Request, all []T, idOf func(T) int64) (wire.Page[T], error) {
	limit, after, err := place(r)
	page := wire.Page[T]{Results: []T{}}
	if err != nil {
		return page, err
	}
	back, err := backwards(r)
	if err != nil {
		return page, err
	}
	if back {
		all = slices.Clone(all)
		slices.Reverse(all)
	}
	for _, one := range all {
		if n := idOf(one); !back && n <= after || back && after != 0 && n >= after {
			continue
		}
		if len(page.Results) == limit {
			page.Paging = wire.Following(r, id.Format(idOf(page.Results[limit-1])))
			break
		}
		page.Results = append(page.Results, one)
	}
	return page, nil
}
