// Package notifications is what the user was told in the app. It knows nothing of why.
package notifications

import (
	"context"
	"net/http"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/notify"
	"github.com/deskbell/deskbell/people"
)

type routes struct {
	db     *db.DB
	notify *notify.Service
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, n *notify.Service) {
	r := &routes{d, n}
	const tag = "Notifications"
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/notifications", Needs: people.Signed, Tag: tag,
		Summary: "The user's notifications, newest first, and how many are unread"}, r.list)
	gate.Add(g, gate.Route{Method: http.MethodPost, Path: "/helpdesk/v1/notifications/read", Needs: people.Signed, Forget: true, Tag: tag,
		Summary: "Mark notifications as read"}, r.read)
}

// Notification is one thing the user was told.
type Notification struct {
	ID       wire.ID     `json:"id"`
	Kind     notify.Kind `json:"kind" enum:"assigned,mention,reply,delivery_failed,channel_down,usage_report,webhook_paused"`
	TicketID *wire.ID    `json:"ticketId" nullable:"true"`
	Title    string      `json:"title"`
	Body     string      `json:"body"`
	At       time.Time   `json:"at"`
	Read     bool        `json:"read"`
}

// List is a page of notifications.
type List struct {
	wire.Page[Notification]
	Unread int64 `json:"unread" doc:"Of all pages."`
}

const pageSize = 50

type listInput struct {
	After string `query:"after" maxLength:"30" doc:"paging.next.after of the page before."`
}

func (r *routes) list(ctx context.Context, by people.Actor, in *listInput) (*wire.Answer[List], error) {
	before, err := wire.Place(in.After)
	if err != nil {
		return nil, err
	}
	var out List
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err := r.notify.List(tx, by, before, pageSize)
		if err != nil {
			return err
		}
		var page []Notification
		for _, n := range all {
			page = append(page, Notification{wire.ID(n.ID), n.Kind, wire.Ref(n.Ticket), n.Title, n.Body, n.At, n.Read})
		}
		next := ""
		if len(all) == pageSize {
			next = id.Format(all[pageSize-1].ID)
		}
		out.Page = wire.Paged(page, next)
		out.Unread, err = r.notify.Unread(tx, by)
		return err
	})
	return wire.Of(out), err
}

type readInput struct {
	Body struct {
		IDs []wire.ID `json:"ids,omitempty" maxItems:"1000"`
		All bool      `json:"all,omitempty" doc:"All of them, whatever ids says."`
	}
}

// Unread is how many notifications are unread.
type Unread struct {
	Unread int64 `json:"unread"`
}

func (r *routes) read(ctx context.Context, by people.Actor, in *readInput) (*wire.Answer[Unread], error) {
	if !in.Body.All && len(in.Body.IDs) == 0 {
		return nil, errs.Bad("ids", "REQUIRED", "Say which notifications, or all.")
	}
	ids := wire.Ints(in.Body.IDs)
	if in.Body.All {
		ids = nil
	}
	var out Unread
	err := r.db.Write(ctx, func(tx *db.Tx) error {
		if err := r.notify.Read(tx, by, ids); err != nil {
			return err
		}
		var err error
		out.Unread, err = r.notify.Unread(tx, by)
		return err
	})
	return wire.Of(out), err
}
