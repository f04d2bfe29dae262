package conversation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// MessageKind tells what is said to the contact from what users say among themselves.
type MessageKind string

// The kinds of message.
const (
	Said    MessageKind = "message"
	Comment MessageKind = "comment"
)

// The directions of a message; a comment has none.
const (
	In  = "in"
	Out = "out"
)

// State is how far a message got.
type State string

// The states. A queued message with attempts waits for its next try.
const (
	StateReceived State = "received"
	StateQueued   State = "queued"
	StateSending  State = "sending"
	StateSent     State = "sent"
	StateFailed   State = "failed"
	StateRead     State = "read" // sent, and the far side says that it was read
)

// Message is a message or a comment.
type Message struct {
	ID             int64
	Kind           MessageKind
	Thread, Ticket int64 // 0 for none
	Inbox, Account int64
	Direction      string // In, Out, or "" for a comment
	Nature         channel.Nature
	Actor          event.Actor // who wrote it: a user, a contact, the system
	From           channel.Address
	Recipients
	Subject     string
	Text        string // plain and whole
	HTML        string // sanitised; "" for none
	Visible     string // what is new in it, without quotes
	At          time.Time
	State       State
	Error       string // why it failed, or is late
	Attempts    int
	NextTry     time.Time
	SentAt      time.Time
	MessageID   string // RFC 5322, without angle brackets
	InReplyTo   string
	References  []string
	Auth        channel.Auth
	Mentions    Mentions
	RawID       int64  // where its original is kept; 0 for nowhere
	RawKey      string // blob of the original; "" when it lies beside the row
	Attachments []Attachment
}

// HasOriginal reports whether the message can be shown as it came or went.
func (m Message) HasOriginal() bool { return m.RawID != 0 }

// Recipients are whom a message went to.
type Recipients struct {
	To      []channel.Address `json:"to,omitempty"`
	Cc      []channel.Address `json:"cc,omitempty"`
	Bcc     []channel.Address `json:"bcc,omitempty"`
	ReplyTo []channel.Address `json:"replyTo,omitempty"`
	Here    []string          `json:"here,omitempty"` // addresses of the envelope by which it reached us
}

const messageColumns = `id, kind, thread_id, ticket_id, inbox_id, account_id, direction, nature, actor_kind, actor_id,
from_name, from_email, from_type, recipients, subject, text, html, visible, at, state, error, attempts, next_try, sent_at, message_id,
in_reply_to, refs, auth, mentions, raw_id, raw_key`

const selectMessages = "SELECT " + messageColumns + " FROM messages"

func scanMessage(s db.Scanner) (Message, error) {
	var m Message
	var thread, ticketID, inbox, account, nextTry, sentAt, raw *int64
	var messageID *string
	var at int64
	var recipients, refs, auth, mentions []byte
	err := s.Scan(&m.ID, &m.Kind, &thread, &ticketID, &inbox, &account, &m.Direction, &m.Nature, &m.Actor.Kind, &m.Actor.ID,
		&m.From.Name, &m.From.Email, &m.From.Type, &recipients, &m.Subject, &m.Text, &m.HTML, &m.Visible, &at, &m.State, &m.Error, &m.Attempts,
		&nextTry, &sentAt, &messageID, &m.InReplyTo, &refs, &auth, &mentions, &raw, &m.RawKey)
	if err != nil {
		return m, err
	}
	m.Thread, m.Ticket, m.Inbox, m.Account, m.RawID = number(thread), number(ticketID), number(inbox), number(account), number(raw)
	m.At, m.NextTry, m.SentAt = clock.FromMicros(at), instant(nextTry), instant(sentAt)
	if messageID != nil {
		m.MessageID = *messageID
	}
	for _, part := range []struct {
		from []byte
		to   any
	}{{recipients, &m.Recipients}, {refs, &m.References}, {auth, &m.Auth}, {mentions, &m.Mentions}} {
		if err := json.Unmarshal(part.from, part.to); err != nil {
			return m, fmt.Errorf("message %d: %w", m.ID, err)
		}
	}
	return m, nil
}

func number(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

const insertMessage = "INSERT INTO messages (" + messageColumns + `, client_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
$27, $28, $29, $30, $31, $32)`

// insert stores a new message. clientKey makes a second one of the same actor a unique violation; "" for none.
func (m Message) insert(tx *db.Tx, clientKey string) error {
	if m.References == nil {
		m.References = []string{}
	}
	var parts [4]string
	for i, v := range []any{m.Recipients, m.References, m.Auth, m.Mentions} {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		parts[i] = string(text)
	}
	var messageID, key *string
	if m.MessageID != "" {
		messageID = &m.MessageID
	}
	if clientKey != "" {
		key = &clientKey
	}
	return tx.Later(insertMessage, m.ID, string(m.Kind), reference(m.Thread), reference(m.Ticket), reference(m.Inbox),
		reference(m.Account), m.Direction, string(m.Nature), string(m.Actor.Kind), m.Actor.ID, m.From.Name, m.From.Email, string(m.From.Type), parts[0],
		m.Subject, m.Text, m.HTML, m.Visible, m.At.UnixMicro(), string(m.State), m.Error, m.Attempts, micros(m.NextTry),
		micros(m.SentAt), messageID, m.InReplyTo, parts[1], parts[2], parts[3], reference(m.RawID), m.RawKey, key)
}

func instant(us *int64) time.Time {
	if us == nil {
		return time.Time{}
	}
	return clock.FromMicros(*us)
}

// message reads one message, files included.
func (s *Service) message(tx *db.Tx, id int64) (Message, error) {
	m, ok, err := db.One(tx, scanMessage, selectMessages+" WHERE id = $1", id)
	if err != nil {
		return m, err
	}
	if !ok {
		return m, errNoMessage
	}
	all := []Message{m}
	err = s.addAttachments(tx, all)
	return all[0], err
}

// Message reads a message or comment of a ticket that the actor may view.
func (s *Service) Message(tx *db.Tx, by people.Actor, id int64) (Message, error) {
	m, err := s.message(tx, id)
	if err != nil {
		return m, err
	}
	if m.Ticket == 0 {
		return m, by.Check(people.View, "tickets", people.Ownership{})
	}
	if _, err := s.tickets.Get(tx, by, m.Ticket); err != nil {
		if errs.Is(err, errs.NotFound) {
			return Message{}, errNoMessage
		}
		return Message{}, err
	}
	return m, nil
}

// whereOnce finds the message of an inbox with a Message-ID.
const whereOnce = " WHERE message_id = $1 AND inbox_id = $2"

const selectKnown = "SELECT id, direction, from_email, coalesce(sent_at, 0), text FROM messages" + whereOnce

// known returns the message of an inbox that an arrival is once more, 0 for none (CHAN-3). Some programs write one
// Message-ID under everything they send: a mail of another sender, or of the same at another time with another text, is
// no duplicate, and gets an id of its own so that it is not lost.
func (a *Arrival) known(tx *db.Tx, inbox int64) (int64, error) {
	in := &a.Inbound
	for range 2 {
		var direction, from, text string
		var sentAt int64
		found, ok, err := db.One(tx, func(sc db.Scanner) (id int64, err error) {
			return id, sc.Scan(&id, &direction, &from, &sentAt, &text)
		}, selectKnown, in.MessageID, inbox)
		if err != nil || !ok {
			return 0, err
		}
		if direction == Out || from == in.From.Email && (sentAt == in.SentAt.UnixMicro() || text == in.Text) {
			return found, nil
		}
		in.MessageID = ownID(*in)
	}
	return 0, nil
}

// ownID tells apart mails that share a Message-ID.
func ownID(in channel.Inbound) string {
	sum := sha256.Sum256([]byte(in.From.Email + "\x00" + in.SentAt.UTC().String() + "\x00" + in.Text))
	return refKey(cut(in.MessageID, refMost/4) + "." + hex.EncodeToString(sum[:8]))
}
