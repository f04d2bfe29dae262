package conversation

import (
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/derive"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// Item is one thing on a ticket's page: a message, a comment, or what happened to the ticket (TICK-2).
type Item struct {
	ID      int64
	At      time.Time
	Message *Message // nil for a happening
	Happened
}

// Happened is what happened to a ticket: its creation, its changes.
type Happened struct {
	Type    string // of the event: "ticket.created", "ticket.changed"
	Actor   event.Actor
	Changes []PropertyChange
	Reason  string
}

// PropertyChange is one property's old and new value.
type PropertyChange struct{ Property, From, To string }

const (
	itemsMost = 200
	looksMost = 8 // reads of one page when most events are not for people
)

// Items are a page of a ticket's conversation, the newest first: those older than before (0 for the newest), at most limit.
// next continues; 0 when there is nothing older.
func (s *Service) Items(tx *db.Tx, by people.Actor, ticketID, before int64, limit int) (items []Item, next int64, err error) {
	if ticketID, err = s.ticketOf(tx, by, ticketID); err != nil {
		return nil, 0, err
	}
	hidden, err := s.records.Hidden(tx, by, ticket.Object)
	if err != nil {
		return nil, 0, err
	}
	limit = max(1, min(limit, itemsMost))
	next = before
	for range looksMost {
		var page []Item
		if page, next, err = s.look(tx, ticketID, next, limit, hidden); err != nil {
			return nil, 0, err
		}
		items = append(items, page...)
		if next == 0 || len(items) >= limit {
			break
		}
	}
	if len(items) > limit {
		items = items[:limit]
		next = items[limit-1].ID
	}
	return items, next, s.addItemFiles(tx, items)
}

// look merges one read of messages with one of events. Where a read was cut short, what is older than its last row waits
// for the next look.
func (s *Service) look(tx *db.Tx, ticketID, before int64, limit int, hidden []string) ([]Item, int64, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	messages, err := db.List(tx, scanMessage, pageOfMessages, ticketID, before, limit)
	if err != nil {
		return nil, 0, err
	}
	events, err := event.Of(tx, ticket.Object, ticketID, before, limit)
	if err != nil {
		return nil, 0, err
	}
	horizon := int64(0)
	if len(messages) == limit {
		horizon = messages[limit-1].ID
	}
	if len(events) == limit {
		horizon = max(horizon, events[limit-1].ID)
	}
	var out []Item
	for _, m := range messages {
		if m.ID >= horizon {
			out = append(out, Item{ID: m.ID, At: m.At, Message: &m})
		}
	}
	for _, e := range events {
		if e.ID < horizon {
			continue
		}
		h, ok, err := happened(e, hidden)
		if err != nil {
			return nil, 0, err
		}
		if ok {
			out = append(out, Item{ID: e.ID, At: e.At, Happened: h})
		}
	}
	slices.SortFunc(out, func(x, y Item) int {
		if x.ID > y.ID {
			return -1
		}
		return 1
	})
	return out, horizon, nil
}

const pageOfMessages = selectMessages + " WHERE ticket_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"

func (s *Service) addItemFiles(tx *db.Tx, items []Item) error {
	var all []Message
	var at []int
	for i, it := range items {
		if it.Message != nil {
			all, at = append(all, *it.Message), append(at, i)
		}
	}
	if len(all) == 0 {
		return nil
	}
	err := s.addAttachments(tx, all)
	for i, m := range all {
		items[at[i]].Message.Attachments = m.Attachments
	}
	return err
}

// derived are properties that follow from others or from messages: nobody wants to read that they changed.
var derived = []string{ticket.ActiveAt, ticket.LastFrom, ticket.Preview, ticket.LastReceived, ticket.LastSent, ticket.Open, ticket.OwnerSince,
	ticket.LastClosed, ticket.Closed, ticket.TimeToClose, ticket.Reopened, "desk_reopens", "hs_lastmodifieddate", "first_agent_reply_date",
	"time_to_first_agent_reply", ticket.Created, ticket.Contact, "hs_object_id", ticket.IsClosed, ticket.AssignedTeams, ticket.FirstAssignment,
	ticket.Touches, ticket.OneTouch, ticket.FromVisitor, ticket.LastReply, ticket.LastEmail, ticket.LastActivity, ticket.LastContacted,
	ticket.TimesContacted, ticket.Activities, "hs_nextactivitydate", ticket.FirstSentAt, ticket.FirstSentBy, ticket.Conversations, ticket.OriginThread,
	ticket.OriginAccount, ticket.Inbox, ticket.Outbound, derive.AllOwners, derive.AllTeams, "hs_num_associated_companies", "hs_primary_company_id",
	ticket.OriginChannel, ticket.LatestChannel, ticket.SnoozedForAll, ticket.OwnerType, ticket.FirstAssignee}

func isDerived(property string) bool {
	return slices.Contains(derived, property) || strings.HasPrefix(property, "hs_date_entered_") ||
		strings.HasPrefix(property, "hs_date_exited_") || strings.HasPrefix(property, "hs_time_in_") || strings.HasPrefix(property, "hs_v2_latest_time_in_")
}

// happened reads an event for people; ok is false for one that is of no interest to them. Changes of hidden properties are left out.
func happened(e event.Event, hidden []string) (h Happened, ok bool, err error) {
	h = Happened{Type: e.Type, Actor: e.Actor}
	switch e.Type {
	case "ticket.created":
		d, err := event.Data[record.Created](e)
		h.Reason = d.Reason
		return h, err == nil, err
	case "ticket.archived", "ticket.restored", "ticket.merged", "ticket.unmerged":
		return h, true, nil
	case "ticket.changed":
	default:
		return h, false, nil
	}
	d, err := event.Data[record.Changed](e)
	if err != nil {
		return h, false, err
	}
	h.Reason = d.Reason
	for name, c := range d.Changes {
		// The team follows the owner: one line tells of both.
		follows := name == ticket.Team && d.Changes[ticket.Owner].To != ""
		if !isDerived(name) && !follows && !slices.Contains(hidden, name) {
			h.Changes = append(h.Changes, PropertyChange{name, c.From, c.To})
		}
	}
	slices.SortFunc(h.Changes, func(x, y PropertyChange) int { return strings.Compare(x.Property, y.Property) })
	return h, len(h.Changes) > 0, nil
}

// Item reads one message or comment as a ticket's page shows it.
func (s *Service) Item(tx *db.Tx, by people.Actor, id int64) (Item, error) {
	m, err := s.Message(tx, by, id)
	return Item{ID: m.ID, At: m.At, Message: &m}, err
}

// TicketsOf returns the tickets of messages that went out, by Message-ID.
func (s *Service) TicketsOf(tx *db.Tx, messageIDs []string) (map[string]int64, error) {
	out := map[string]int64{}
	if len(messageIDs) == 0 {
		return out, nil
	}
	var q db.SQL
	q.Add("SELECT message_id, ticket_id FROM messages WHERE direction = 'out' AND ticket_id IS NOT NULL AND ")
	_, err := db.List(tx, func(sc db.Scanner) (key string, err error) {
		var ticketID int64
		err = sc.Scan(&key, &ticketID)
		out[key] = ticketID
		return key, err
	}, db.In(&q, "message_id", messageIDs).Text(), q.Args()...)
	return out, err
}
