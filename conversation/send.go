package conversation

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/mime"
	"github.com/deskbell/deskbell/people"
)

// Outgoing is a message ready to be sent.
type Outgoing struct {
	Message  Message
	Account  account.Account
	Outbound channel.Outbound
}

// Outgoing builds what is to be sent of a message. The same message builds the same Outbound each time.
func (s *Service) Outgoing(tx *db.Tx, id int64) (Outgoing, error) {
	m, err := s.message(tx, id)
	if err != nil {
		return Outgoing{}, err
	}
	a, err := s.accounts.Get(tx, m.Account)
	if err != nil {
		return Outgoing{}, err
	}
	out := channel.Outbound{MessageID: m.MessageID, InReplyTo: m.InReplyTo, References: m.References, From: m.From, To: m.To, Cc: m.Cc,
		Bcc: m.Bcc, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Date: m.At, Automatic: m.Actor.Kind == event.Automation || m.Actor.Kind == event.System}
	limits := s.accounts.Limits(a)
	if !limits.HTML {
		out.HTML = ""
	}
	if !limits.Subject {
		out.Subject = ""
	}
	if t, ok, err := threadByID(tx, m.Thread); err != nil {
		return Outgoing{}, err
	} else if ok {
		out.Ref = channel.Ref{Message: m.ID, Thread: t.ID, Contact: t.Contact, ThreadKey: t.Key}
		if a.Plus() {
			out.ReplyTo = &channel.Address{Name: a.Name, Email: mime.PlusAddress(a.Address, t.Token)}
		}
	}
	if m.Actor.Kind == event.User {
		out.Ref.Author = m.Actor.ID
	}
	until := linkedUntil(m.At, tx.Now)
	for _, f := range m.Attachments {
		out.Attachments = append(out.Attachments, channel.Attachment{Name: f.Name, ContentType: f.ContentType, ContentID: f.ContentID,
			Inline: f.Inline, Size: f.Size, File: f.FileID(), Link: s.Link(f.ID, until), Open: func(ctx context.Context) (io.ReadCloser, error) { return s.blobs.Open(ctx, f.Key) }})
	}
	return Outgoing{Message: m, Account: a, Outbound: out}, nil
}

// linkLife is how long the links of a message that goes out are good, counted from the message.
const linkLife = 7 * 24 * time.Hour

// linkedUntil is when the links of a message run out: later than all tries of sending it, and the same in each, so that what
// goes out is the same; once half of the time is over, as for one that is tried again much later, half of it is added.
func linkedUntil(at, now time.Time) time.Time {
	const half = linkLife / 2
	return at.Add(linkLife + max(0, now.Sub(at)).Truncate(half))
}

// Sending notes that an attempt begins; false when the message is not to be sent any more: it is sent, failed or called off.
func (s *Service) Sending(tx *db.Tx, id int64) (bool, error) {
	n, err := tx.Exec(`UPDATE messages SET state = 'sending', attempts = attempts + 1, next_try = NULL
WHERE id = $1 AND state IN ('queued', 'sending')`, id)
	if err == nil && n == 1 {
		err = s.moved(tx, id, "message.sending")
	}
	return n == 1, err
}

// Sent notes that the far side took the message, and where its source is kept.
func (s *Service) Sent(tx *db.Tx, id, rawID int64, rawKey string) error {
	n, err := tx.Exec(`UPDATE messages SET state = 'sent', sent_at = $2, error = '', next_try = NULL, raw_id = $3, raw_key = $4
WHERE id = $1 AND state = 'sending'`, id, tx.Micros(), reference(rawID), rawKey)
	if err != nil || n == 0 {
		return err
	}
	return s.moved(tx, id, "message.sent")
}

// Postponed notes that the far side refused for now, why, and when it is tried again.
func (s *Service) Postponed(tx *db.Tx, id int64, reason string, next time.Time) error {
	n, err := tx.Exec("UPDATE messages SET state = 'queued', error = $2, next_try = $3 WHERE id = $1 AND state = 'sending'",
		id, cut(reason, errorMost), next.UnixMicro())
	if err != nil || n == 0 {
		return err
	}
	return s.moved(tx, id, "message.queued")
}

// Refused notes that a message will not be sent, and tells whom it concerns.
func (s *Service) Refused(tx *db.Tx, id int64, reason string) error {
	m, err := s.message(tx, id)
	if err != nil || m.State != StateSending && m.State != StateQueued {
		return err
	}
	return s.fail(tx, m, reason, false)
}

func (s *Service) fail(tx *db.Tx, m Message, reason string, bounce bool) error {
	if _, err := tx.Exec("UPDATE messages SET state = 'failed', error = $2, next_try = NULL WHERE id = $1", m.ID, cut(reason, errorMost)); err != nil {
		return err
	}
	sender := int64(0)
	if m.Actor.Kind == event.User {
		sender = m.Actor.ID
	}
	event.Emit(tx, event.Event{Type: "message.failed", ObjectType: "messages", ObjectID: m.ID, Actor: event.BySystem, Data: Failed{
		MessageID: m.ID, ThreadID: m.Thread, TicketID: m.Ticket, SenderID: sender, Reason: cut(reason, errorMost), Bounce: bounce}})
	return nil
}

// Reported notes what the far side says became of a message that it took: it is sent, read, or failed with a reason.
func (s *Service) Reported(tx *db.Tx, message int64, state State, reason string) (Message, error) {
	m, err := s.message(tx, message)
	if err != nil || m.Direction != Out || m.State == state {
		return m, err
	}
	if state == StateFailed {
		err = s.fail(tx, m, reason, true)
	} else if _, err = tx.Exec("UPDATE messages SET state = $2, sent_at = coalesce(sent_at, $3), error = '', next_try = NULL WHERE id = $1", message,
		string(state), tx.Micros()); err == nil {
		err = s.moved(tx, message, "message.sent")
	}
	if err != nil {
		return m, err
	}
	return s.message(tx, message)
}

func (s *Service) moved(tx *db.Tx, id int64, what string) error {
	d, ok, err := db.One(tx, func(sc db.Scanner) (d Delivered, err error) {
		var thread, ticketID *int64
		err = sc.Scan(&thread, &ticketID)
		return Delivered{MessageID: id, ThreadID: number(thread), TicketID: number(ticketID)}, err
	}, "SELECT thread_id, ticket_id FROM messages WHERE id = $1", id)
	if err == nil && ok {
		event.Emit(tx, event.Event{Type: what, ObjectType: "messages", ObjectID: id, Actor: event.BySystem, Data: d})
	}
	return err
}

// Retry queues a failed message again, or hurries one that waits for its next try (MAIL-7).
func (s *Service) Retry(tx *db.Tx, by people.Actor, id int64) (Message, error) {
	return s.turn(tx, by, id, []State{StateFailed, StateQueued}, func() error {
		_, err := tx.Exec("UPDATE messages SET state = 'queued', error = '', attempts = 0, next_try = NULL WHERE id = $1", id)
		return err
	})
}

const calledOff = "Called off before it was sent."

// Cancel calls a message off that still waits. One that is being sent this moment cannot be.
func (s *Service) Cancel(tx *db.Tx, by people.Actor, id int64) (Message, error) {
	return s.turn(tx, by, id, []State{StateQueued}, func() error {
		_, err := tx.Exec("UPDATE messages SET state = 'failed', error = $2, next_try = NULL WHERE id = $1", id, calledOff)
		return err
	})
}

// turn changes a message of the actor's that is in one of the states, and its job with it.
func (s *Service) turn(tx *db.Tx, by people.Actor, id int64, from []State, change func() error) (Message, error) {
	m, err := s.Message(tx, by, id)
	if err != nil {
		return m, err
	}
	if m.Ticket != 0 {
		if _, err := s.ticketFor(tx, by, people.Communicate, m.Ticket); err != nil {
			return m, err
		}
	}
	now, err := db.Value[string](tx, "SELECT state FROM messages WHERE id = $1"+tx.ForUpdate(), id)
	if err != nil {
		return m, err
	}
	if m.Direction != Out || !slices.Contains(from, State(now)) {
		return m, errs.Newf(errs.Conflict, "This message is %s.", now).WithCode("WRONG_STATE")
	}
	if err := change(); err != nil {
		return m, err
	}
	if err := s.requeue(tx, m); err != nil {
		return m, err
	}
	if err := s.moved(tx, id, "message.queued"); err != nil {
		return m, err
	}
	return s.message(tx, id)
}

// requeue makes a message's job fit its state: a fresh one at once, or none.
func (s *Service) requeue(tx *db.Tx, m Message) error {
	if err := dropJob(tx, m.ID); err != nil {
		return err
	}
	state, err := db.Value[string](tx, "SELECT state FROM messages WHERE id = $1", m.ID)
	if err == nil && State(state) == StateQueued {
		err = enqueue(tx, m)
	}
	return err
}

// dropJob takes the waiting or dead job of a message away. One that runs just now finds the message's state.
func dropJob(tx *db.Tx, message int64) error {
	_, err := job.Cancel(tx, SendKind, id.Format(message))
	return err
}
