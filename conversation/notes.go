package conversation

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// CommentInput is what a user writes to other users.
type CommentInput struct {
	TicketID      int64
	HTML          string
	Mentions      Mentions
	AttachmentIDs []int64
	Key           string // of the client, so that sending twice comments once; "" for none

	clean bool
	text  string
}

// Cleaned returns the input with its HTML made harmless; see ReplyInput.Cleaned.
func (in CommentInput) Cleaned() (CommentInput, error) {
	if in.clean {
		return in, nil
	}
	var err error
	in.HTML, in.text, err = cleaned(in.HTML, len(in.AttachmentIDs) > 0)
	in.clean = err == nil
	return in, err
}

const mentionsMost = 50

// Comment adds a comment to a ticket that the actor may view. It is never shown to a contact (REPLY-1).
func (s *Service) Comment(tx *db.Tx, by people.Actor, in CommentInput) (Message, error) {
	in, err := in.Cleaned()
	if err != nil {
		return Message{}, err
	}
	on, err := s.hold(tx, by, in.TicketID)
	if err != nil {
		return Message{}, err
	}
	in.TicketID = on.ID
	if !by.May(people.Workspace) {
		return Message{}, errs.New(errs.Denied, "Commenting needs a service seat.", nil)
	}
	if done, ok, err := s.repeated(tx, by, in.Key); err != nil || ok {
		return done, err
	}
	if err := s.checkMentions(tx, in.Mentions); err != nil {
		return Message{}, err
	}
	files, err := s.loose(tx, by, in.AttachmentIDs)
	if err != nil {
		return Message{}, err
	}
	m := Message{ID: tx.NewID(), Kind: Comment, Ticket: in.TicketID, Actor: by.As(), From: channel.Address{Name: by.Name}, HTML: in.HTML,
		Text: in.text, Visible: in.text, At: tx.Now, Mentions: in.Mentions}
	if err := m.insert(tx, in.Key); err != nil {
		return m, err
	}
	if err := take(tx, &m, files); err != nil {
		return m, err
	}
	event.Emit(tx, event.Event{Type: "comment.added", ObjectType: "messages", ObjectID: m.ID, Actor: by.As(), Data: Commented{
		MessageID: m.ID, TicketID: m.Ticket, Mentions: m.Mentions, Preview: Preview(m.Visible)}})
	if !by.IsPerson() {
		return m, nil
	}
	return m, s.DropDraft(tx, by, in.TicketID, DraftComment)
}

// checkMentions refuses whom nobody can reach: users who are gone and teams that are not there.
func (s *Service) checkMentions(tx *db.Tx, named Mentions) error {
	if len(named.Users)+len(named.Teams) > mentionsMost {
		return errs.Bad("mentions", "TOO_MANY", fmt.Sprintf("A comment may name at most %d users and teams.", mentionsMost))
	}
	dir, err := s.people.Directory(tx)
	if err != nil {
		return err
	}
	for _, n := range named.Users {
		if u, ok := dir.User(n); !ok || !u.Active {
			return errs.Bad("mentions", "INVALID_OPTION", "One of the users that you named is not active any more.")
		}
	}
	for _, n := range named.Teams {
		if _, ok := dir.Team(n); !ok {
			return errs.Bad("mentions", "INVALID_OPTION", "One of the teams that you named does not exist any more.")
		}
	}
	return nil
}

// DraftKind tells the two editors apart.
type DraftKind string

// The kinds of draft.
const (
	DraftReply   DraftKind = "reply"
	DraftComment DraftKind = "comment"
)

// Draft is what a user has begun to write on a ticket (REPLY-4). Its HTML is as the editor left it: only its author sees
// it, and it is made harmless when it is sent.
type Draft struct {
	HTML            string
	To, Cc, Bcc     []channel.Address
	Thread, Account int64 // 0 for none
	AttachmentIDs   []int64
	Seen            int64 // the newest item its author saw; 0 for none
	UpdatedAt       time.Time
	Attachments     []Attachment // of AttachmentIDs, when read
}

func (k DraftKind) check() error {
	if k == DraftReply || k == DraftComment {
		return nil
	}
	return errs.Bad("kind", "INVALID_OPTION", "A draft is of a reply or a comment.")
}

// SaveDraft keeps what a user has begun, in place of what was kept before.
func (s *Service) SaveDraft(tx *db.Tx, by people.Actor, ticketID int64, kind DraftKind, d Draft) (Draft, error) {
	if err := kind.check(); err != nil {
		return d, err
	}
	on, err := s.hold(tx, by, ticketID)
	if err != nil {
		return d, err
	}
	ticketID = on.ID
	if len(d.HTML) > htmlMost || len(d.To)+len(d.Cc)+len(d.Bcc) > recipientsMost || len(d.AttachmentIDs) > filesMost {
		return d, errs.Bad("html", "TOO_LONG", "The draft is too long.")
	}
	recipients, err := json.Marshal(Recipients{To: d.To, Cc: d.Cc, Bcc: d.Bcc})
	if err != nil {
		return d, err
	}
	files, err := json.Marshal(append([]int64{}, d.AttachmentIDs...))
	if err != nil {
		return d, err
	}
	d.UpdatedAt = tx.Now
	_, err = tx.Exec(`INSERT INTO drafts (user_id, ticket_id, kind, html, recipients, thread_id, account_id, attachment_ids, seen, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (user_id, ticket_id, kind) DO UPDATE SET html = excluded.html,
recipients = excluded.recipients, thread_id = excluded.thread_id, account_id = excluded.account_id,
attachment_ids = excluded.attachment_ids, seen = excluded.seen, updated_at = excluded.updated_at`, by.ID, ticketID, string(kind), d.HTML,
		string(recipients), reference(d.Thread), reference(d.Account), string(files), d.Seen, tx.Micros())
	if err != nil {
		return d, err
	}
	return d, s.tickets.Mark(tx, by.ID, ticketID, ticket.Draft)
}

// Drafts are the actor's drafts on a ticket.
func (s *Service) Drafts(tx *db.Tx, by people.Actor, ticketID int64) (map[DraftKind]Draft, error) {
	ticketID, err := s.ticketOf(tx, by, ticketID)
	if err != nil {
		return nil, err
	}
	out := map[DraftKind]Draft{}
	_, err = db.List(tx, func(sc db.Scanner) (kind DraftKind, err error) {
		var d Draft
		kind, d, err = scanDraft(sc)
		out[kind] = d
		return kind, err
	}, `SELECT kind, html, recipients, thread_id, account_id, attachment_ids, seen, updated_at FROM drafts
WHERE user_id = $1 AND ticket_id = $2`, by.ID, ticketID)
	if err != nil {
		return nil, err
	}
	for kind, d := range out {
		if d.Attachments, err = s.looseLeft(tx, by, d.AttachmentIDs); err != nil {
			return nil, err
		}
		out[kind] = d
	}
	return out, nil
}

func scanDraft(sc db.Scanner) (DraftKind, Draft, error) {
	var kind DraftKind
	var d Draft
	var recipients, files []byte
	var thread, account *int64
	var updated int64
	if err := sc.Scan(&kind, &d.HTML, &recipients, &thread, &account, &files, &d.Seen, &updated); err != nil {
		return kind, d, err
	}
	d.Thread, d.Account, d.UpdatedAt = number(thread), number(account), clock.FromMicros(updated)
	var r Recipients
	if err := json.Unmarshal(recipients, &r); err != nil {
		return kind, d, err
	}
	d.To, d.Cc, d.Bcc = r.To, r.Cc, r.Bcc
	return kind, d, json.Unmarshal(files, &d.AttachmentIDs)
}

// looseLeft are those of a draft's files that no message has taken.
func (s *Service) looseLeft(tx *db.Tx, by people.Actor, ids []int64) ([]Attachment, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var q db.SQL
	q.Add("SELECT "+attachmentColumns+" FROM attachments WHERE message_id IS NULL AND owner_id = ? AND ", by.ID)
	db.In(&q, "id", ids).Add(" ORDER BY id")
	return db.List(tx, scanAttachment, q.Text(), q.Args()...)
}

// DropDraft forgets a draft; none is fine.
func (s *Service) DropDraft(tx *db.Tx, by people.Actor, ticketID int64, kind DraftKind) error {
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
