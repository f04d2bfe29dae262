package tickets

import (
	"context"
	"net/http"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// marks adds what a user does to a ticket in one word. All of it is harmless twice.
func (r *routes) marks(g *gate.Gate) {
	for _, m := range []struct {
		word, summary string
		needs         people.Permission
		do            func(tx *db.Tx, by people.Actor, id int64) error
	}{
		{"read", "Mark as read up to now", people.Signed, r.mark(ticket.Seen, "")},
		{"unread", "Mark as unread", people.Signed, r.mark("", ticket.Seen)},
		{"follow", "Be told of what happens on it", people.Signed, r.mark(ticket.Follow, ticket.Unfollow)},
		{"unfollow", "Be told no more, as its owner neither", people.Signed, r.mark(ticket.Unfollow, ticket.Follow)},
		{"spam", "Move it to Spam", people.Workspace, func(tx *db.Tx, by people.Actor, id int64) error { return r.tickets.SetSpam(tx, by, id, true) }},
		{"not-spam", "Take it out of Spam", people.Workspace, func(tx *db.Tx, by people.Actor, id int64) error { return r.tickets.SetSpam(tx, by, id, false) }},
	} {
		gate.Add(g, gate.Route{Method: http.MethodPost, Path: "/helpdesk/v1/tickets/{id}/" + m.word, Needs: m.needs, Forget: true, Tag: tag, Summary: m.summary},
			func(ctx context.Context, by people.Actor, in *wire.One) (*wire.Nothing, error) {
				return nil, r.db.Write(ctx, func(tx *db.Tx) error { return m.do(tx, by, in.ID) })
			})
	}
	snooze := gate.Route{Path: "/helpdesk/v1/tickets/{id}/snooze", Needs: people.Workspace, Tag: tag}
	snooze.Method, snooze.Summary = http.MethodPut, "Hide it until a time, or until the contact writes"
	gate.Add(g, snooze, r.snooze)
	snooze.Method, snooze.Summary = http.MethodDelete, "End the snooze"
	gate.Add(g, snooze, r.wake)
}

// mark sets one mark of the user's and takes another away; "" for none.
func (r *routes) mark(set, unset ticket.MarkKind) func(tx *db.Tx, by people.Actor, id int64) error {
	return func(tx *db.Tx, by people.Actor, id int64) error {
		rec, err := r.tickets.Get(tx, by, id)
		if err != nil {
			return err
		}
		id = rec.ID
		if unset != "" {
			if err := r.tickets.Unmark(tx, by.ID, id, unset); err != nil {
				return err
			}
		}
		if set == "" {
			return nil
		}
		return r.tickets.Mark(tx, by.ID, id, set)
	}
}

type snoozeInput struct {
	wire.One
	Body struct {
		Until time.Time `json:"until" doc:"In the future."`
	}
}

func (r *routes) snooze(ctx context.Context, by people.Actor, in *snoozeInput) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.tickets.Snooze(tx, by, in.ID, in.Body.Until) })
}

func (r *routes) wake(ctx context.Context, by people.Actor, in *wire.One) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.tickets.Wake(tx, by, in.ID) })
}
