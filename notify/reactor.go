package notify

import (
	"fmt"
	"strings"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// Reactor makes notifications.
func (s *Service) Reactor() event.Reactor {
	return event.Reactor{Name: "notify", Types: []string{"ticket.created", "ticket.changed", "comment.added",
		"message.received", "message.failed", "channel.down", "associations.reported", "webhook.paused"}, React: func(tx *db.Tx, e event.Event) error {
		err := s.inform(tx, e)
		if errs.Is(err, errs.NotFound) {
			return nil // the ticket was deleted before a retry: there is nothing to tell any more
		}
		return err
	}}
}

func (s *Service) inform(tx *db.Tx, e event.Event) error {
	switch e.Type {
	case "ticket.created":
		d, err := event.Data[record.Created](e)
		if err != nil {
			return err
		}
		return s.assigned(tx, e, d.Properties[ticket.Owner])
	case "ticket.changed":
		d, err := event.Data[record.Changed](e)
		if err != nil {
			return err
		}
		return s.assigned(tx, e, d.Changes[ticket.Owner].To)
	case "comment.added":
		return s.mentioned(tx, e)
	case "message.received":
		return s.replied(tx, e)
	case "message.failed":
		return s.failed(tx, e)
	case "associations.reported":
		return s.usage(tx, e)
	case "webhook.paused":
		return s.webhookPaused(tx, e)
	}
	return s.channelDown(tx, e)
}

func (s *Service) assigned(tx *db.Tx, e event.Event, owner string) error {
	if owner == "" {
		return nil
	}
	n, err := id.Parse(ticket.Owner, owner)
	if err != nil {
		return err
	}
	r, err := s.tickets.Get(tx, people.System, e.ObjectID)
	if err != nil {
		return err
	}
	// Who replied to an unassigned ticket knows that it is theirs now.
	if e.Actor.Kind == event.Automation {
		if cause, ok, err := event.Get(tx, e.Cause); err != nil || ok && cause.Actor == (event.Actor{Kind: event.User, ID: n}) {
			return err
		}
	}
	return s.send(tx, []int64{n}, Assigned, r, "Assigned to you", r.Properties[ticket.Subject], e)
}

func (s *Service) mentioned(tx *db.Tx, e event.Event) error {
	d, err := event.Data[conversation.Commented](e)
	if err != nil {
		return err
	}
	dir, err := s.people.Directory(tx)
	if err != nil {
		return err
	}
	users := append([]int64(nil), d.Mentions.Users...)
	for _, team := range d.Mentions.Teams {
		for _, u := range dir.Members(team) {
			users = append(users, u.ID)
		}
	}
	author, _ := dir.User(e.Actor.ID)
	r, err := s.tickets.Get(tx, people.System, d.TicketID)
	if err != nil {
		return err
	}
	for _, user := range users {
		if err := s.tickets.Mark(tx, user, d.TicketID, ticket.Mention); err != nil {
			return err
		}
	}
	return s.send(tx, users, Mentioned, r, author.Name+" mentioned you", d.Preview, e)
}

// replied tells the owner and the followers of a customer's message; an automatic one tells nobody.
func (s *Service) replied(tx *db.Tx, e event.Event) error {
	d, err := event.Data[conversation.Received](e)
	if err != nil || d.Nature != channel.Message {
		return err
	}
	users, r, err := s.concerned(tx, d.TicketID)
	if err != nil {
		return err
	}
	return s.send(tx, users, Replied, r, "New message: "+r.Properties[ticket.Subject], r.Properties[ticket.Preview], e)
}

// concerned are the owner, unless they unfollowed, and the followers.
func (s *Service) concerned(tx *db.Tx, ticketID int64) ([]int64, record.Record, error) {
	r, err := s.tickets.Get(tx, people.System, ticketID)
	if err != nil {
		return nil, r, err
	}
	users, err := s.tickets.Followers(tx, ticketID)
	if err != nil {
		return nil, r, err
	}
	if owner := ticket.OwnershipOf(r).Owner; owner != 0 {
		marks, err := s.tickets.Marks(tx, owner, []int64{ticketID})
		if err != nil {
			return nil, r, err
		}
		if _, un := marks[ticketID][ticket.Unfollow]; !un {
			users = append(users, owner)
		}
	}
	return users, r, nil
}

func (s *Service) failed(tx *db.Tx, e event.Event) error {
	d, err := event.Data[conversation.Failed](e)
	if err != nil {
		return err
	}
	users, r, err := s.concerned(tx, d.TicketID)
	if err != nil {
		return err
	}
	if d.SenderID != 0 {
		users = append(users, d.SenderID)
	}
	return s.send(tx, users, DeliveryFailed, r, "Not delivered: "+r.Properties[ticket.Subject], d.Reason, e)
}

func (s *Service) channelDown(tx *db.Tx, e event.Event) error {
	d, err := event.Data[account.HealthChanged](e)
	if err != nil {
		return err
	}
	admins, err := s.admins(tx)
	if err != nil {
		return err
	}
	return s.send(tx, admins, ChannelDown, record.Record{}, fmt.Sprintf("The channel %s stopped", d.Name), d.Error, e)
}

func (s *Service) admins(tx *db.Tx) (out []int64, err error) {
	dir, err := s.people.Directory(tx)
	if err != nil {
		return nil, err
	}
	for _, u := range dir.Users() {
		if u.Active && u.SuperAdmin {
			out = append(out, u.ID)
		}
	}
	return out, nil
}

// webhookPaused tells admins of a webhook that stopped by itself.
func (s *Service) webhookPaused(tx *db.Tx, e event.Event) error {
	d, err := event.Data[struct{ Name, Why string }](e)
	if err != nil {
		return err
	}
	admins, err := s.admins(tx)
	if err != nil {
		return err
	}
	return s.send(tx, admins, WebhookPaused, record.Record{}, fmt.Sprintf("The webhook %s is paused", d.Name), d.Why, e)
}

// usageShown is how many records the text of a report names.
const usageShown = 5

// usage brings the report of records that are near a limit of associations to the user who ordered it.
func (s *Service) usage(tx *db.Tx, e event.Event) error {
	d, err := event.Data[relation.Usage](e)
	if err != nil {
		return err
	}
	body := "No record is near a limit of associations."
	if len(d.Records) > 0 {
		var named []string
		for _, r := range d.Records[:min(len(d.Records), usageShown)] {
			named = append(named, fmt.Sprintf("%s %d has %d of %d (%s)", r.ObjectType, r.ID, r.Has, r.Most, r.Type))
		}
		if more := len(d.Records) - len(named); more > 0 {
			named = append(named, fmt.Sprintf("and %d more", more))
		}
		body = strings.Join(named, "; ")
	}
	return s.send(tx, []int64{e.ObjectID}, UsageReport, record.Record{}, "Records near a limit of associations", body, e)
}
