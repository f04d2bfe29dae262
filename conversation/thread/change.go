package thread

import (
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// hold reads a thread that the actor may change: who may edit its ticket, or any, of one without.
func (s *Service) hold(tx *db.Tx, by people.Actor, threadID int64) (conversation.Thread, error) {
	if err := tx.Lock("thread:" + id.Format(threadID)); err != nil {
		return conversation.Thread{}, err
	}
	t, err := s.talks.ThreadByID(tx, by, threadID)
	if err != nil {
		return t, err
	}
	var of people.Ownership
	if t.Ticket != 0 {
		r, err := s.tickets.Get(tx, by, t.Ticket)
		if err != nil {
			return t, err
		}
		of = ticket.OwnershipOf(r)
	}
	return t, by.Check(people.Edit, ticket.Object, of)
}

// SetStatus opens or closes a thread.
func (s *Service) SetStatus(tx *db.Tx, by people.Actor, threadID int64, status string) (conversation.Thread, error) {
	if status != conversation.Open && status != conversation.Closed {
		return conversation.Thread{}, errs.Bad("status", "INVALID_OPTION", "status must be OPEN or CLOSED")
	}
	t, err := s.hold(tx, by, threadID)
	if err != nil || t.Status == status {
		return t, err
	}
	var closed *int64
	if status == conversation.Closed {
		now := tx.Micros()
		closed = &now
	}
	if _, err := tx.Exec("UPDATE threads SET status = $2, closed_at = $3 WHERE id = $1", t.ID, status, closed); err != nil {
		return t, err
	}
	changed(tx, by, t, "thread.changed", status)
	return s.talks.ThreadByID(tx, by, t.ID)
}

// Archive takes a thread out of lists. What comes in on it brings it back. Archiving it twice is nothing new.
func (s *Service) Archive(tx *db.Tx, by people.Actor, threadID int64) error {
	t, err := s.hold(tx, by, threadID)
	if err != nil || !t.ArchivedAt.IsZero() {
		return err
	}
	_, err = tx.Exec("UPDATE threads SET archived_at = $2 WHERE id = $1", t.ID, tx.Micros())
	changed(tx, by, t, "thread.archived", t.Status)
	return err
}

// Restore brings an archived thread back.
func (s *Service) Restore(tx *db.Tx, by people.Actor, threadID int64) (conversation.Thread, error) {
	t, err := s.hold(tx, by, threadID)
	if err != nil || t.ArchivedAt.IsZero() {
		return t, err
	}
	if _, err := tx.Exec("UPDATE threads SET archived_at = NULL WHERE id = $1", t.ID); err != nil {
		return t, err
	}
	changed(tx, by, t, "thread.restored", t.Status)
	return s.talks.ThreadByID(tx, by, t.ID)
}

func changed(tx *db.Tx, by people.Actor, t conversation.Thread, what, status string) {
	event.Emit(tx, event.Event{Type: what, ObjectType: "threads", ObjectID: t.ID, Actor: by.As(),
		Data: conversation.ThreadChanged{ThreadID: t.ID, TicketID: t.Ticket, From: t.Status, To: status}})
}

// Assign gives a thread to a user, or to nobody (0): it is the ticket that is assigned.
func (s *Service) Assign(tx *db.Tx, by people.Actor, threadID, user int64) (conversation.Thread, error) {
	t, err := s.hold(tx, by, threadID)
	if err != nil {
		return t, err
	}
	if t.Ticket == 0 {
		return t, errs.New(errs.Conflict, "This thread has no ticket that could be assigned.", nil).WithCode("NO_TICKET")
	}
	if user != 0 {
		dir, err := s.people.Directory(tx)
		if err != nil {
			return t, err
		}
		if u, ok := dir.User(user); !ok || !u.InWorkspace() {
			return t, errs.Bad("actorId", "INVALID_ACTOR", "A thread can be assigned to an active user of the help desk.")
		}
	}
	if user == t.Owner {
		return t, nil
	}
	if err := s.tickets.Assign(tx, by, t.Ticket, user, 0, ""); err != nil {
		return t, err
	}
	return s.talks.ThreadByID(tx, by, t.ID)
}
