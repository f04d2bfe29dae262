// Package channel is what a source and sink of messages must fulfil, and the values that pass through it.
// It knows nothing of tickets, threads, or the database.
package channel

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Channel sends messages of one connected account. It is the one required method; Receiver, Webhook and Parser are optional.
type Channel interface {
	// Send hands one message to the other side and returns when it was accepted. A *SendError says whether
	// trying again can help; any other error is taken as temporary. Send may be repeated with the same
	// Outbound.MessageID after a crash: the id is fixed beforehand so that the far side can tell.
	Send(ctx context.Context, out Outbound) (Receipt, error)
}

// Receiver is a channel that fetches or listens. Run returns when ctx ends, or with an error that the runner
// shows as the channel's health and retries with back-off, for ever.
type Receiver interface {
	Run(ctx context.Context, sink Sink) error
}

// Webhook is a channel that is called over HTTP.
type Webhook interface {
	Handler(sink Sink) http.Handler
}

// Parser turns what was stored into what was said. Parse does no I/O and must survive hostile input; its error is
// kept with the raw message under Needs attention.
type Parser interface {
	Parse(ctx context.Context, raw Raw) (Inbound, error)
}

// Tester checks an account's settings against the far side: sign-in, folders, a send. Its error is in plain words.
type Tester interface {
	Test(ctx context.Context) error
}

// Sink is where a receiver delivers, and where it keeps its place.
type Sink interface {
	// Deliver stores one raw message durably before it returns nil. Delivering the same ExternalID again is nil
	// and changes nothing. Acknowledge to the far side only after nil.
	Deliver(ctx context.Context, raw Raw) error
	// Cursor returns the place saved last, "" at first.
	Cursor(ctx context.Context) (string, error)
	// SaveCursor keeps the receiver's place.
	SaveCursor(ctx context.Context, cursor string) error
	// Healthy records a success; a failure is what Run returns.
	Healthy(ctx context.Context)
}

// Raw is one message as it came, not yet understood.
type Raw struct {
	ExternalID   string    // the channel's own id, unique in the account: "imap:<uidvalidity>:<uid>", "smtp:<sha256>"
	ReceivedAt   time.Time // when it reached us
	EnvelopeFrom string    // SMTP MAIL FROM, "" for the null sender or where there is none
	EnvelopeTo   []string  // SMTP RCPT TO, or Delivered-To, where known
	Body         []byte
}

// Nature is what kind of thing arrived (MAIL-5, AUTO-7).
type Nature string

// The natures. Only Message may change a status or trigger an answer.
const (
	Message   Nature = "message"
	AutoReply Nature = "auto_reply" // out of office, ticket systems, anything RFC 3834 marks
	Bulk      Nature = "bulk"       // mailing lists and newsletters
	Bounce    Nature = "bounce"     // RFC 3464 failure, or a bare mailer-daemon notice
	Report    Nature = "report"     // RFC 3464 delay or success, RFC 8098 read receipt
)

// IDType says what a channel knows a person by, in HubSpot's words of delivery identifiers.
type IDType string

// The types of identifier.
const (
	Email  IDType = "" // an e-mail address, which HubSpot calls HS_EMAIL_ADDRESS
	Phone  IDType = "HS_PHONE_NUMBER"
	Short  IDType = "HS_SHORT_CODE"              // a short number that only its country's networks know
	Opaque IDType = "CHANNEL_SPECIFIC_OPAQUE_ID" // means something to the channel alone
)

// Address is a person on a message.
type Address struct {
	Name  string
	Email string // lower-cased; of another Type what the channel knows the person by, as it is
	Type  IDType `json:",omitempty"`
}

// Inbound is one message understood. All strings are valid UTF-8 without NUL.
type Inbound struct {
	Nature      Nature
	MessageID   string // without angle brackets; made from the body's hash when the mail has none
	InReplyTo   []string
	References  []string
	From        Address
	ReplyTo     []Address
	To, Cc      []Address
	Subject     string
	Text        string // whole plain text, quotes and signature included
	HTML        string // sanitised, whole; "" when the mail has no HTML
	Visible     string // plain text without quotes and signature: what the person newly said
	SentAt      time.Time
	Attachments []Attachment
	Bounced     []Bounced // for Bounce and Report: what happened to which message
	Forwarded   *Address  // original sender when the mail is a forward (MAIL-6)
	Auth        Auth
	Headers     map[string][]string // a chosen few, canonical names, for rules and display
	Warnings    []string            // what was odd while reading it
	ThreadKey   string              // the channel's own name of the thread, for which it vouches; "" where ids of messages lead to it
	Outgoing    bool                // the other direction: an answer that somebody gave elsewhere, over the same channel
}

// Attachment is a file with a message. Data is nil when Open is set.
type Attachment struct {
	Name        string // never a path
	ContentType string
	ContentID   string // without angle brackets
	Inline      bool
	Size        int64
	File        int64  // our id of a file that goes out
	Link        string // where on our host anybody may fetch it for some days
	Data        []byte
	Open        func(ctx context.Context) (io.ReadCloser, error)
}

// Bounced is the fate of one message to one recipient, from a delivery report.
type Bounced struct {
	MessageID string // of our message, without angle brackets, "" if the report does not say
	Recipient string
	Permanent bool
	Delivered bool
	Status    string // RFC 3463, "5.1.1"
	Reason    string // diagnostic text fit for an agent
}

// Auth holds the results of sender authentication: "pass", "fail", "none", "" when not checked.
type Auth struct {
	SPF, DKIM, DMARC string
}

// Outbound is one message to send, complete: two sends of it are byte for byte the same but for transport headers.
type Outbound struct {
	MessageID   string // without angle brackets, fixed beforehand
	InReplyTo   string
	References  []string
	From        Address
	ReplyTo     *Address
	To, Cc, Bcc []Address
	Subject     string
	Text, HTML  string
	Date        time.Time
	Attachments []Attachment
	Headers     map[string]string // extra ones: Auto-Submitted, X-Loop
	Automatic   bool              // sent by a rule, not a person: null envelope sender, RFC 3834 headers
	Ref         Ref
}

// Ref is what a message is to us, for a channel whose far side knows our ids.
type Ref struct {
	Message, Thread, Contact int64
	Author                   int64  // the user who wrote it; 0 for none
	ThreadKey                string // what the channel calls the thread; "" where it does not
}

// Receipt is the far side's yes.
type Receipt struct {
	ProviderID string // the far side's id, if it gave one
	Detail     string // its words: "250 2.0.0 queued as 4F2"
	Source     []byte // the message as it went out, for "show original"; nil if there is none
}

// SendError is a refusal, with whether trying again can help.
type SendError struct {
	Temporary bool
	Code      string // "550 5.1.1"
	Message   string // in plain words, for the agent
	Cause     error
}

func (e *SendError) Error() string { return e.Code + " " + e.Message }
func (e *SendError) Unwrap() error { return e.Cause }
