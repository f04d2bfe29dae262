package conversations

import (
	"slices"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/conversation/thread"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

type shownThread struct {
	ID                       string        `json:"id"`
	CreatedAt                string        `json:"createdAt"`
	ClosedAt                 string        `json:"closedAt,omitempty"`
	Status                   string        `json:"status"`
	OriginalChannelID        string        `json:"originalChannelId"`
	OriginalChannelAccountID string        `json:"originalChannelAccountId"`
	LatestMessageTimestamp   string        `json:"latestMessageTimestamp"`
	LatestMessageSent        string        `json:"latestMessageSentTimestamp,omitempty"`
	LatestMessageReceived    string        `json:"latestMessageReceivedTimestamp,omitempty"`
	AssignedTo               string        `json:"assignedTo,omitempty"`
	Spam                     bool          `json:"spam"`
	InboxID                  string        `json:"inboxId"`
	AssociatedContactID      string        `json:"associatedContactId,omitempty"`
	Archived                 bool          `json:"archived"`
	ThreadAssociations       *associations `json:"threadAssociations,omitempty"`
}

type associations struct {
	AssociatedTicketID string `json:"associatedTicketId,omitempty"`
}

func (a *API) showThread(b *account.Book, t conversation.Thread, withTicket bool) shownThread {
	over, _ := b.Account(t.Account)
	out := shownThread{ID: id.Format(t.ID), CreatedAt: instant(t.CreatedAt), ClosedAt: instant(t.ClosedAt), Status: t.Status,
		OriginalChannelID: a.accounts.ChannelOf(over), OriginalChannelAccountID: id.Format(t.Account), LatestMessageTimestamp: instant(t.LatestAt),
		LatestMessageSent: instant(t.OutboundAt), LatestMessageReceived: instant(t.InboundAt), InboxID: id.Format(t.Inbox),
		AssociatedContactID: reference(t.Contact), Archived: !t.ArchivedAt.IsZero()}
	if t.Owner != 0 {
		out.AssignedTo = agentPrefix + id.Format(t.Owner)
	}
	if withTicket && t.Ticket != 0 {
		out.ThreadAssociations = &associations{AssociatedTicketID: reference(t.Ticket)}
	}
	return out
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return property.FormatTime(t)
}

func reference(n int64) string {
	if n == 0 {
		return ""
	}
	return id.Format(n)
}

// message is any of the union: which fields it has its type says. Only what was written has Text and Attachments.
type message struct {
	ID                    string        `json:"id"`
	Type                  string        `json:"type"`
	ConversationsThreadID string        `json:"conversationsThreadId"`
	CreatedAt             string        `json:"createdAt"`
	CreatedBy             string        `json:"createdBy"`
	Client                client        `json:"client"`
	Senders               []sender      `json:"senders"`
	Recipients            []recipient   `json:"recipients"`
	Archived              bool          `json:"archived"`
	Text                  *string       `json:"text,omitempty"`
	RichText              string        `json:"richText,omitempty"`
	Attachments           *[]attachment `json:"attachments,omitempty"`
	Subject               string        `json:"subject,omitempty"`
	TruncationStatus      string        `json:"truncationStatus,omitempty"`
	Status                *status       `json:"status,omitempty"`
	Direction             string        `json:"direction,omitempty"`
	ChannelID             string        `json:"channelId,omitempty"`
	ChannelAccountID      string        `json:"channelAccountId,omitempty"`
	AssignedTo            string        `json:"assignedTo,omitempty"`
	AssignedFrom          string        `json:"assignedFrom,omitempty"`
	NewStatus             string        `json:"newStatus,omitempty"`
}

type client struct {
	ClientType       string `json:"clientType"`
	IntegrationAppID int64  `json:"integrationAppId,omitempty"`
}

type deliveryIdentifier struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type sender struct {
	ActorID            string             `json:"actorId"`
	Name               string             `json:"name,omitempty"`
	SenderField        string             `json:"senderField"`
	DeliveryIdentifier deliveryIdentifier `json:"deliveryIdentifier"`
}

// recipient has its identifier in both forms: clients of different age read, and send, one or the other.
type recipient struct {
	ActorID             string               `json:"actorId,omitempty"`
	Name                string               `json:"name,omitempty"`
	RecipientField      string               `json:"recipientField"`
	DeliveryIdentifier  *deliveryIdentifier  `json:"deliveryIdentifier,omitempty"`
	DeliveryIdentifiers []deliveryIdentifier `json:"deliveryIdentifiers"`
}

type attachment struct {
	Type        string `json:"type"`
	FileID      string `json:"fileId,omitempty"`
	Name        string `json:"name,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	URL         string `json:"url,omitempty"`
}

type status struct {
	StatusType     string   `json:"statusType"`
	FailureDetails *failure `json:"failureDetails,omitempty"`
}

type failure struct {
	ErrorMessage string `json:"errorMessage"`
}

var recipientFields = []string{"TO", "CC", "BCC"}

// scene is what messages of a thread are shown with.
type scene struct {
	api      *API
	thread   conversation.Thread
	accounts *account.Book
	now      time.Time
}

// linkLife is how long the link to a file of a message is good; who reads the message again gets another.
const linkLife = time.Hour

func (a *API) scene(tx *db.Tx, by people.Actor, threadID int64) (s scene, err error) {
	s.api, s.now = a, tx.Now
	if s.accounts, err = a.accounts.Book(tx); err == nil {
		s.thread, err = a.talk.ThreadByID(tx, by, threadID)
	}
	return s, err
}

func (s scene) entry(e thread.Entry) message {
	if e.Message != nil {
		return s.message(*e.Message)
	}
	out := message{ID: id.Format(e.ID), ConversationsThreadID: id.Format(s.thread.ID), CreatedAt: instant(e.At), CreatedBy: actorOf(e.Actor),
		Client: clientOf(e.Actor), Senders: []sender{}, Recipients: []recipient{}}
	if out.CreatedBy == "" {
		out.CreatedBy = system
	}
	if e.Status != "" {
		out.Type, out.NewStatus = "THREAD_STATUS_CHANGE", e.Status
		return out
	}
	out.Type = "ASSIGNMENT"
	if e.To != "" {
		out.AssignedTo = agentPrefix + e.To
	}
	if e.From != "" {
		out.AssignedFrom = agentPrefix + e.From
	}
	return out
}

// message makes the outside form; a comment is on the ticket, and shown in each of its threads.
func (s scene) message(m conversation.Message) message {
	files := []attachment{}
	for _, f := range m.Attachments {
		files = append(files, attachment{Type: "FILE", FileID: id.Format(f.FileID()), Name: f.Name, ContentType: f.ContentType,
			URL: s.api.files.Address(s.api.talk.Link(f.ID, s.now.Add(linkLife)))})
	}
	out := message{ID: id.Format(m.ID), Type: "MESSAGE", ConversationsThreadID: id.Format(s.thread.ID), CreatedAt: instant(m.At),
		CreatedBy: actorID(m), Client: clientOf(m.Actor), Senders: []sender{}, Recipients: []recipient{}, Text: &m.Text,
		RichText: m.HTML, Attachments: &files}
	if m.Kind == conversation.Comment {
		out.Type = "COMMENT"
		return out
	}
	over, _ := s.accounts.Account(m.Account)
	out.Subject, out.TruncationStatus, out.ChannelID, out.ChannelAccountID = m.Subject, "NOT_TRUNCATED", s.api.accounts.ChannelOf(over), reference(m.Account)
	out.Status = showStatus(m)
	out.Direction = "INCOMING"
	if m.Direction == conversation.Out {
		out.Direction = "OUTGOING"
	}
	out.Senders = []sender{{ActorID: out.CreatedBy, Name: m.From.Name, SenderField: "FROM", DeliveryIdentifier: identifierOf(m.From)}}
	for i, list := range [][]channel.Address{m.To, m.Cc, m.Bcc} {
		for _, to := range list {
			known := identifierOf(to)
			out.Recipients = append(out.Recipients, recipient{Name: to.Name, RecipientField: recipientFields[i], DeliveryIdentifier: &known,
				DeliveryIdentifiers: []deliveryIdentifier{known}})
		}
	}
	return out
}

const emailIdentifier = "HS_EMAIL_ADDRESS"

// identifierOf is by what a channel knows somebody, in HubSpot's words.
func identifierOf(a channel.Address) deliveryIdentifier {
	if a.Type == channel.Email {
		return deliveryIdentifier{emailIdentifier, a.Email}
	}
	return deliveryIdentifier{string(a.Type), a.Email}
}

// clientOf is what a message was written with.
func clientOf(a event.Actor) client {
	switch {
	case a.Kind == event.App:
		return client{"INTEGRATION", a.ID}
	case slices.Contains([]event.ActorKind{event.System, event.Automation, event.Import}, a.Kind):
		return client{ClientType: "SYSTEM"}
	}
	return client{ClientType: "HUBSPOT"}
}

func showStatus(m conversation.Message) *status {
	switch m.State {
	case conversation.StateReceived:
		return &status{StatusType: "RECEIVED"}
	case conversation.StateRead:
		return &status{StatusType: "READ"}
	case conversation.StateFailed:
		return &status{StatusType: "FAILED", FailureDetails: &failure{m.Error}}
	}
	return &status{StatusType: "SENT"}
}

// actorID is HubSpot's form of who wrote: A- agent, V- visitor, I- integrator, E- e-mail address, S- system.
func actorID(m conversation.Message) string {
	named := actorOf(m.Actor)
	if (named == "" || named == system) && m.From.Email != "" && m.From.Type == channel.Email {
		return emailPrefix + m.From.Email
	}
	if named == "" {
		return system
	}
	return named
}
