// Package conversation owns what is said: inboxes, connected channels, threads, messages, comments and their files, and
// which thread a message belongs to. It must not know how a channel speaks to the outside, nor what acts on its events.
package conversation

import (
	"crypto/rand"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/conversation/draft"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/seal"
	"github.com/deskbell/deskbell/ticket"
)

// Service is the commands and queries on conversations. Each composes into the caller's transaction.
type Service struct {
	db       *db.DB
	records  *record.Store
	tickets  *ticket.Service
	people   *people.Service
	blobs    blob.Store
	accounts *account.Store
	drafts   *draft.Store
	box      *seal.Box
	host     string
}

// New returns the service. box signs links to attachments, host is the right side of the Message-IDs it makes.
func New(d *db.DB, records *record.Store, tickets *ticket.Service, p *people.Service, accounts *account.Store, blobs blob.Store, box *seal.Box,
	host string) *Service {
	if host == "" {
		host = "localhost"
	}
	return &Service{db: d, records: records, tickets: tickets, people: p, blobs: blobs, accounts: accounts, drafts: draft.New(tickets), box: box, host: host}
}

// Accounts are the inboxes and the connected channels.
func (s *Service) Accounts() *account.Store { return s.accounts }

// Drafts are what users have begun to write.
func (s *Service) Drafts() *draft.Store { return s.drafts }

// ticketFor holds a ticket that the actor may view and do the verb to.
func (s *Service) ticketFor(tx *db.Tx, by people.Actor, verb people.Verb, ticketID int64) (record.Record, error) {
	r, err := s.tickets.Hold(tx, by, ticketID)
	if err != nil {
		return r, err
	}
	return r, by.Check(verb, ticket.Object, ticket.OwnershipOf(r))
}

// newToken makes the secret of a thread: 130 random bits as letters and digits that every mail server keeps.
func newToken() string { return strings.ToLower(rand.Text()) }

// newMessageID makes a Message-ID that nobody can guess, so that naming it shows that one received the message.
func (s *Service) newMessageID() string { return strings.ToLower(rand.Text()) + "@" + s.host }

// cut shortens text to at most most characters.
func cut(text string, most int) string {
	if len(text) <= most || utf8.RuneCountInString(text) <= most {
		return text
	}
	n := 0
	for i := range text {
		if n++; n > most {
			return text[:i]
		}
	}
	return text
}

// oneLine joins the words of a text by single spaces.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

const previewMost = 140

// Preview is how a message begins, for lists.
func Preview(text string) string { return cut(oneLine(cut(text, 4*previewMost)), previewMost) }

// Bounds of what is kept, in characters.
const (
	nameMost    = 200
	addressMost = 320
	errorMost   = 1000
)

// reference is the form of an optional id in a column.
func reference(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

func micros(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	us := t.UnixMicro()
	return &us
}

var errNoMessage = errs.New(errs.NotFound, "There is no such message.", nil)
