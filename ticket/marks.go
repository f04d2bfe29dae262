package ticket

import (
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/column"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
)

// MarkKind is what a user marked a ticket with, or what marks it for them.
type MarkKind string

// The marks.
const (
	Seen     MarkKind = "seen"     // the user saw the conversation up to then
	Sent     MarkKind = "sent"     // the user sent a message
	Follow   MarkKind = "follow"   // the user is told of what happens
	Unfollow MarkKind = "unfollow" // an owner who does not want to be told
	Mention  MarkKind = "mention"  // someone named the user in a comment
	Draft    MarkKind = "draft"    // the user has an unsent reply or comment
)

// unmarkedKey is under which a transaction knows that it made a ticket, so that nobody can have marked it yet.
type unmarkedKey struct{ ticket int64 }

// Mark sets a user's mark, or moves its time.
func (s *Service) Mark(tx *db.Tx, user, ticketID int64, kind MarkKind) error {
	_, err := tx.Exec(`INSERT INTO ticket_marks (user_id, kind, ticket_id, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id, kind, ticket_id) DO UPDATE SET at = excluded.at`, user, string(kind), ticketID, tx.Micros())
	if err != nil {
		return err
	}
	tx.Put(unmarkedKey{ticketID}, nil)
	s.changed(tx, user, ticketID, kind)
	return s.repeat(tx, user, ticketID, kind, true)
}

// Unmark removes a user's mark; none is fine.
func (s *Service) Unmark(tx *db.Tx, user, ticketID int64, kind MarkKind) error {
	n, err := tx.Exec("DELETE FROM ticket_marks WHERE user_id = $1 AND kind = $2 AND ticket_id = $3", user, string(kind), ticketID)
	if err != nil || n == 0 {
		return err
	}
	s.changed(tx, user, ticketID, kind)
	return s.repeat(tx, user, ticketID, kind, false)
}

// MarksTopic is told the user's id when marks that their lists count have changed.
const MarksTopic = "marks"

// listed are the marks that the views list and count.
var listed = []MarkKind{Sent, Mention, Draft, Follow}

func (s *Service) changed(tx *db.Tx, user, ticketID int64, kind MarkKind) {
	if kind != Seen {
		tx.Notify(MarksTopic, reference(user))
	}
	if slices.Contains(listed, kind) {
		s.marks.Changed(tx, column.SetKey{Owner: user, Kind: string(kind)}, ticketID)
	}
}

// trashed is put before the kind of a mark while its ticket is in the trash.
const trashed = "trash."

// remarked says that all marks of a ticket change.
func (s *Service) remarked(tx *db.Tx, ticketID int64) error {
	keys, err := db.List(tx, func(sc db.Scanner) (k column.SetKey, err error) {
		err = sc.Scan(&k.Owner, &k.Kind)
		k.Kind = strings.TrimPrefix(k.Kind, trashed)
		return k, err
	}, "SELECT user_id, kind FROM ticket_marks WHERE ticket_id = $1", ticketID)
	for _, k := range keys {
		if slices.Contains(listed, MarkKind(k.Kind)) {
			s.marks.Changed(tx, k, ticketID)
		}
	}
	return err
}

// members is how the tickets that a user marked are read.
func members() column.Members {
	const all = "SELECT ticket_id FROM ticket_marks WHERE user_id = ? AND kind = ?"
	return column.Members{
		All: func(tx *db.Tx, key column.SetKey) ([]int64, error) {
			var q db.SQL
			q.Add(all, key.Owner, key.Kind)
			return db.List(tx, db.Col[int64], q.Text(), q.Args()...)
		},
		Among: func(tx *db.Tx, key column.SetKey, ids []int64) ([]int64, error) {
			var q db.SQL
			db.In(q.Add(all+" AND ", key.Owner, key.Kind), "ticket_id", ids)
			return db.List(tx, db.Col[int64], q.Text(), q.Args()...)
		},
	}
}

// marked is the tickets that a user marked.
type marked struct {
	s    *Service
	user int64
	kind MarkKind
}

// Marked is the tickets that a user marked so.
func (s *Service) Marked(user int64, kind MarkKind) record.Subset { return marked{s, user, kind} }

// Where implements record.Subset.
func (m marked) Where(q *db.SQL) {
	q.Add("id IN (SELECT ticket_id FROM ticket_marks WHERE user_id = ? AND kind = ?)", m.user, string(m.kind))
}

// IDs implements record.Subset.
func (m marked) IDs(tx *db.Tx) ([]int64, bool, error) {
	return m.s.marks.Get(tx, column.SetKey{Owner: m.user, Kind: string(m.kind)})
}

// Marks returns when a user's marks were set, by kind, for the tickets of a page.
func (s *Service) Marks(tx *db.Tx, user int64, tickets []int64) (map[int64]map[MarkKind]time.Time, error) {
	out := map[int64]map[MarkKind]time.Time{}
	var q db.SQL
	q.Add("SELECT ticket_id, kind, at FROM ticket_marks WHERE user_id = ? AND kind IN ('seen', 'draft', 'follow', 'unfollow') AND ", user)
	_, err := db.List(tx, func(sc db.Scanner) (struct{}, error) {
		var ticketID, at int64
		var kind string
		err := sc.Scan(&ticketID, &kind, &at)
		if out[ticketID] == nil {
			out[ticketID] = map[MarkKind]time.Time{}
		}
		out[ticketID][MarkKind(kind)] = clock.FromMicros(at)
		return struct{}{}, err
	}, db.In(&q, "ticket_id", tickets).Text(), q.Args()...)
	return out, err
}

// Followers are the users who follow a ticket.
func (s *Service) Followers(tx *db.Tx, ticketID int64) ([]int64, error) {
	if tx.Get(unmarkedKey{ticketID}) != nil {
		return nil, nil
	}
	return db.List(tx, db.Col[int64], "SELECT user_id FROM ticket_marks WHERE ticket_id = $1 AND kind = 'follow'", ticketID)
}
