// Package notify tells users inside the app what concerns them: assignments, mentions, replies, failures. It owns the
// notifications and the rules of who is told; it knows nothing of screens.
package notify

import (
	"slices"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// Kind is why a user is told.
type Kind string

// The kinds.
const (
	Assigned       Kind = "assigned"
	Mentioned      Kind = "mention"
	Replied        Kind = "reply"
	DeliveryFailed Kind = "delivery_failed"
	ChannelDown    Kind = "channel_down"
	UsageReport    Kind = "usage_report"
	WebhookPaused  Kind = "webhook_paused"
)

// Notification is one thing a user was told.
type Notification struct {
	ID     int64
	Kind   Kind
	Ticket int64 // 0 for none
	Title  string
	Body   string
	At     time.Time
	Read   bool
}

// Service keeps notifications and makes them from events.
type Service struct {
	tickets *ticket.Service
	people  *people.Service
}

// New returns the service.
func New(tickets *ticket.Service, p *people.Service) *Service {
	return &Service{tickets: tickets, people: p}
}

const pageMost = 100

// List returns an actor's notifications, newest first, older than before (0 for the newest).
func (s *Service) List(tx *db.Tx, by people.Actor, before int64, limit int) ([]Notification, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	return db.List(tx, func(sc db.Scanner) (n Notification, err error) {
		var at int64
		err = sc.Scan(&n.ID, &n.Kind, &n.Ticket, &n.Title, &n.Body, &at, &n.Read)
		n.At = clock.FromMicros(at)
		return n, err
	}, `SELECT id, kind, coalesce(ticket_id, 0), title, body, at, read_at IS NOT NULL FROM notifications
WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, by.ID, before, min(limit, pageMost))
}

// Unread counts an actor's unread notifications.
func (s *Service) Unread(tx *db.Tx, by people.Actor) (int64, error) {
	return db.Value[int64](tx, "SELECT count(*) FROM notifications WHERE user_id = $1 AND read_at IS NULL", by.ID)
}

// Read marks notifications of the actor as read: those with the ids, or all of them for nil.
func (s *Service) Read(tx *db.Tx, by people.Actor, ids []int64) error {
	var q db.SQL
	q.Add("UPDATE notifications SET read_at = ? WHERE user_id = ? AND read_at IS NULL", tx.Micros(), by.ID)
	if ids != nil {
		db.In(q.Add(" AND "), "id", ids)
	}
	n, err := q.Exec(tx)
	if n > 0 {
		tell(tx, by.ID)
	}
	return err
}

// tell lets the user's pages know; the id of the change is the user's.
func tell(tx *db.Tx, user int64) {
	event.Emit(tx, event.Event{Type: "notification.changed", ObjectType: "notifications", ObjectID: user, Actor: event.BySystem, Data: struct{}{}})
}

// send tells users of something on a ticket, or on none (ID 0). Who may not see the ticket is not told of it (ACC-4), nor
// is who left.
func (s *Service) send(tx *db.Tx, users []int64, kind Kind, on record.Record, title, body string, e event.Event) error {
	dir, err := s.people.Directory(tx)
	if err != nil {
		return err
	}
	var ticketID *int64 // NULL for none
	if on.ID != 0 {
		ticketID = &on.ID
	}
	slices.Sort(users)
	for _, user := range slices.Compact(users) {
		if e.Actor.Kind == event.User && e.Actor.ID == user {
			continue // nobody is told of what they did themselves
		}
		u, ok := dir.User(user)
		if !ok || !u.Active || ticketID != nil && !u.Actor().Scope(people.View, ticket.Object).Allows(ticket.OwnershipOf(on)) {
			continue
		}
		n, err := tx.Exec(`INSERT INTO notifications (id, user_id, kind, ticket_id, title, body, at, cause_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (user_id, cause_id, kind) DO NOTHING`,
			tx.NewID(), user, string(kind), ticketID, title, body, tx.Micros(), e.ID)
		if err != nil {
			return err
		}
		if n > 0 {
			tell(tx, user)
		}
	}
	return nil
}
