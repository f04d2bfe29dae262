// Package routing gives tickets to people. It owns who gets a ticket and why; it knows nothing of channels.
package routing

import (
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// OnReply assigns an unassigned ticket to the user who replied to it (ROUTE-2). Another's ticket stays theirs, and a
// comment assigns nothing.
func OnReply(tickets *ticket.Service) event.Reactor {
	return event.Reactor{Name: "assign on reply", Types: []string{"message.replied"}, React: func(tx *db.Tx, e event.Event) error {
		d, err := event.Data[conversation.Replied](e)
		if err != nil || !d.ByUser || e.Actor.Kind != event.User {
			return err
		}
		r, err := tickets.Get(tx, people.System, d.TicketID)
		if err != nil || r.Properties[ticket.Owner] != "" {
			return err
		}
		return tickets.Assign(tx, people.Automation, d.TicketID, e.Actor.ID, 0, "replied to an unassigned ticket")
	}}
}
