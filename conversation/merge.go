package conversation

import (
	"fmt"

	"github.com/deskbell/deskbell/conversation/draft"
	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// ticketOf is the ticket that an id means to the actor: of one that was merged, what it was merged into.
func (s *Service) ticketOf(tx *db.Tx, by people.Actor, ticketID int64) (int64, error) {
	r, err := s.tickets.Get(tx, by, ticketID)
	return r.ID, err
}

// Merged moves threads, messages and drafts with a merged ticket, and back when the merge is undone; threads follow merged
// contacts. It is a reactor. Each statement finds its rows by the ticket or contact, and reads no others.
func (s *Service) Merged() event.Reactor {
	steps := map[string]func(tx *db.Tx, merge, into, from int64) error{
		"ticket.merged": moveTicket, "ticket.unmerged": returnTicket, "ticket.settled": settleMoves,
		"contact.merged": moveContact, "contact.unmerged": returnContact, "contact.settled": settleMoves,
	}
	r := event.Reactor{Name: "conversation.merge", React: func(tx *db.Tx, e event.Event) error {
		m, err := event.Data[merge.Merged](e)
		if err != nil {
			return err
		}
		if err := steps[e.Type](tx, m.Merge, e.ObjectID, m.From); err != nil {
			return fmt.Errorf("%s %d: %w", e.Type, e.ObjectID, err)
		}
		return nil
	}}
	for name := range steps {
		r.Types = append(r.Types, name)
	}
	return r
}

const (
	moved       = "INSERT INTO merge_moves (merge_id, kind, moved_id) "
	whichThread = "(SELECT moved_id FROM merge_moves WHERE merge_id = $1 AND kind = 'thread')"
)

func moveTicket(tx *db.Tx, merge, into, from int64) error {
	for _, step := range []struct {
		text string
		args []any
	}{
		{moved + "SELECT CAST($1 AS BIGINT), 'thread', id FROM threads WHERE ticket_id = $2", []any{merge, from}},
		{moved + "SELECT CAST($1 AS BIGINT), 'message', id FROM messages WHERE ticket_id = $2", []any{merge, from}},
		{"UPDATE threads SET ticket_id = $1 WHERE ticket_id = $2", []any{into, from}},
		{"UPDATE messages SET ticket_id = $1 WHERE ticket_id = $2", []any{into, from}},
	} {
		if _, err := tx.Exec(step.text, step.args...); err != nil {
			return err
		}
	}
	return draft.Move(tx, into, from)
}

// returnTicket gives the other ticket its threads again, with what was said on them since, and its comments.
func returnTicket(tx *db.Tx, merge, into, from int64) error {
	if _, err := tx.Exec("UPDATE threads SET ticket_id = $2 WHERE id IN "+whichThread, merge, from); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE messages SET ticket_id = $2 WHERE ticket_id = $3 AND (thread_id IN `+whichThread+`
OR id IN (SELECT moved_id FROM merge_moves WHERE merge_id = $1 AND kind = 'message'))`, merge, from, into); err != nil {
		return err
	}
	return settleMoves(tx, merge, into, from)
}

func moveContact(tx *db.Tx, merge, into, from int64) error {
	if _, err := tx.Exec(moved+"SELECT CAST($1 AS BIGINT), 'thread', id FROM threads WHERE contact_id = $2", merge, from); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE threads SET contact_id = $1 WHERE contact_id = $2", into, from)
	return err
}

func returnContact(tx *db.Tx, merge, into, from int64) error {
	if _, err := tx.Exec("UPDATE threads SET contact_id = $2 WHERE id IN "+whichThread, merge, from); err != nil {
		return err
	}
	return settleMoves(tx, merge, into, from)
}

// settleMoves forgets what a merge moved: it cannot be undone any more.
func settleMoves(tx *db.Tx, merge, _, _ int64) error {
	_, err := tx.Exec("DELETE FROM merge_moves WHERE merge_id = $1", merge)
	return err
}
