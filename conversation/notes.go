package conversation

import (
	"fmt"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation/draft"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// CommentInput is what a user writes to other users.
type CommentInput struct {
	TicketID      int64
	HTML          string
	Mentions      Mentions
	AttachmentIDs []int64
	Files         []File // the account's, which the author may read
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
	in.HTML, in.text, err = cleaned(in.HTML, len(in.AttachmentIDs)+len(in.Files) > 0)
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
	on, err := s.tickets.Hold(tx, by, in.TicketID)
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
	if len(in.AttachmentIDs)+len(in.Files) > filesMost {
		return Message{}, tooMany()
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
	if err := attach(tx, &m, in.Files); err != nil {
		return m, err
	}
	event.Emit(tx, event.Event{Type: "comment.added", ObjectType: "messages", ObjectID: m.ID, Actor: by.As(), Data: Commented{
		MessageID: m.ID, TicketID: m.Ticket, Mentions: m.Mentions, Preview: Preview(m.Visible)}})
	if !by.IsPerson() {
		return m, nil
	}
	return m, s.drafts.Drop(tx, by, in.TicketID, draft.Comment)
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
