// Package draft owns what users have begun to write on tickets and not sent. It must not know how a message is written, nor what
// becomes of the files that a draft names.
package draft

import (
	"encoding/json"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// Kind tells the two editors apart.
type Kind string

// The kinds of draft.
const (
	Reply   Kind = "reply"
	Comment Kind = "comment"
)

func (k Kind) check() error {
	if k == Reply || k == Comment {
		return nil
	}
	return errs.Bad("kind", "INVALID_OPTION", "A draft is of a reply or a comment.")
}

// Draft is what a user has begun to write on a ticket (REPLY-4). Its HTML is as the editor left it: only its author sees
// it, and it is made harmless when it is sent.
type Draft struct {
	HTML            string
	To, Cc, Bcc     []channel.Address
	Thread, Account int64   // 0 for none
	AttachmentIDs   []int64 // of uploads that wait for their message
	Seen            int64   // the newest item its author saw; 0 for none
	UpdatedAt       time.Time
}

// recipients are a draft's, as they are kept.
type recipients struct {
	To  []channel.Address `json:"to,omitempty"`
	Cc  []channel.Address `json:"cc,omitempty"`
	Bcc []channel.Address `json:"bcc,omitempty"`
}

// Store keeps drafts. Its commands and queries compose into the caller's transaction.
type Store struct{ tickets *ticket.Service }

// New returns the store.
func New(tickets *ticket.Service) *Store { return &Store{tickets} }

// Bounds of a draft: bytes of its HTML, recipients, files.
const (
	htmlMost       = 1 << 20
	recipientsMost = 100
	filesMost      = 100
)

// Save keeps what a user has begun, in place of what was kept before.
func (s *Store) Save(tx *db.Tx, by people.Actor, ticketID int64, kind Kind, d Draft) error {
	if err := kind.check(); err != nil {
		return err
	}
	on, err := s.tickets.Hold(tx, by, ticketID)
	if err != nil {
		return err
	}
	if len(d.HTML) > htmlMost || len(d.To)+len(d.Cc)+len(d.Bcc) > recipientsMost || len(d.AttachmentIDs) > filesMost {
		return errs.Bad("html", "TOO_LONG", "The draft is too long.")
	}
	to, err := json.Marshal(recipients{d.To, d.Cc, d.Bcc})
	if err != nil {
		return err
	}
	files, err := json.Marshal(append([]int64{}, d.AttachmentIDs...))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO drafts (user_id, ticket_id, kind, html, recipients, thread_id, account_id, attachment_ids, seen, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (user_id, ticket_id, kind) DO UPDATE SET html = excluded.html,
recipients = excluded.recipients, thread_id = excluded.thread_id, account_id = excluded.account_id,
attachment_ids = excluded.attachment_ids, seen = excluded.seen, updated_at = excluded.updated_at`, by.ID, on.ID, string(kind), d.HTML,
		string(to), reference(d.Thread), reference(d.Account), string(files), d.Seen, tx.Micros())
	if err != nil {
		return err
	}
	return s.tickets.Mark(tx, by.ID, on.ID, ticket.Draft)
}

// reference is the form of an optional id in a column.
func reference(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// On are the actor's drafts on a ticket.
func (s *Store) On(tx *db.Tx, by people.Actor, ticketID int64) (map[Kind]Draft, error) {
	on, err := s.tickets.Get(tx, by, ticketID)
	if err != nil {
		return nil, err
	}
	out := map[Kind]Draft{}
	_, err = db.List(tx, func(sc db.Scanner) (kind Kind, err error) {
		var d Draft
		kind, d, err = scan(sc)
		out[kind] = d
		return kind, err
	}, `SELECT kind, html, recipients, coalesce(thread_id, 0), coalesce(account_id, 0), attachment_ids, seen, updated_at FROM drafts
WHERE user_id = $1 AND ticket_id = $2`, by.ID, on.ID)
	return out, err
}

func scan(sc db.Scanner) (kind Kind, d Draft, err error) {
	var to, files []byte
	var updated int64
	if err = sc.Scan(&kind, &d.HTML, &to, &d.Thread, &d.Account, &files, &d.Seen, &updated); err != nil {
		return kind, d, err
	}
	d.UpdatedAt = clock.FromMicros(updated)
	var r recipients
	if err = json.Unmarshal(to, &r); err != nil {
		return kind, d, err
	}
	d.To, d.Cc, d.Bcc = r.To, r.Cc, r.Bcc
	return kind, d, json.Unmarshal(files, &d.AttachmentIDs)
}

// Drop forgets a draft; none is fine.
func (s *Store) Drop(tx *db.Tx, by people.Actor, ticketID int64, kind Kind) error {
	n, err := tx.Exec("DELETE FROM drafts WHERE user_id = $1 AND ticket_id = $2 AND kind = $3", by.ID, ticketID, string(kind))
	if err != nil || n == 0 {
		return err
	}
	left, err := db.Value[int64](tx, "SELECT count(*) FROM drafts WHERE user_id = $1 AND ticket_id = $2", by.ID, ticketID)
	if err != nil || left > 0 {
		return err
	}
	return s.tickets.Unmark(tx, by.ID, ticketID, ticket.Draft)
}

// Move moves what users had begun to write with a ticket that is merged into another. Where one had begun on both, the second
// text follows the first. The mark of a draft moves with all marks.
func Move(tx *db.Tx, into, from int64) error {
	const same = "d.user_id = drafts.user_id AND d.kind = drafts.kind"
	for _, text := range []string{
		`UPDATE drafts SET html = html || '<hr>' || (SELECT d.html FROM drafts d WHERE d.ticket_id = $2 AND ` + same + `)
WHERE ticket_id = $1 AND EXISTS (SELECT 1 FROM drafts d WHERE d.ticket_id = $2 AND ` + same + `)`,
		"DELETE FROM drafts WHERE ticket_id = $2 AND EXISTS (SELECT 1 FROM drafts d WHERE d.ticket_id = $1 AND " + same + ")",
		"UPDATE drafts SET ticket_id = $1 WHERE ticket_id = $2",
	} {
		if _, err := tx.Exec(text, into, from); err != nil {
			return err
		}
	}
	return nil
}
