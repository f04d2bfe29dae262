package conversations

import (
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
)

// emailChannel is HubSpot's channel id of e-mail (hubspot-api.md, Conversations).
const emailChannel = "1002"

type thread struct {
	ID                       string        `json:"id"`
	CreatedAt                string        `json:"createdAt"`
	Status                   string        `json:"status"`
	OriginalChannelID        string        `json:"originalChannelId"`
	OriginalChannelAccountID string        `json:"originalChannelAccountId"`
	LatestMessageTimestamp   string        `json:"latestMessageTimestamp"`
	LatestMessageReceived    string        `json:"latestMessageReceivedTimestamp,omitempty"`
	Spam                     bool          `json:"spam"`
	InboxID                  string        `json:"inboxId"`
	AssociatedContactID      string        `json:"associatedContactId,omitempty"`
	Archived                 bool          `json:"archived"`
	ThreadAssociations       *associations `json:"threadAssociations,omitempty"`
}

type associations struct {
	AssociatedTicketID string `json:"associatedTicketId,omitempty"`
}

func showThread(t conversation.Thread, withTicket bool) thread {
	out := thread{ID: id.Format(t.ID), CreatedAt: instant(t.CreatedAt), Status: t.Status, OriginalChannelID: emailChannel,
		OriginalChannelAccountID: id.Format(t.Account), LatestMessageTimestamp: instant(t.LatestAt), LatestMessageReceived: instant(t.InboundAt),
		InboxID: id.Format(t.Inbox), AssociatedContactID: reference(t.Contact)}
	if withTicket {
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

type message struct {
	ID                    string       `json:"id"`
	Type                  string       `json:"type"`
	ConversationsThreadID string       `json:"conversationsThreadId"`
	CreatedAt             string       `json:"createdAt"`
	CreatedBy             string       `json:"createdBy"`
	Client                client       `json:"client"`
	Senders               []sender     `json:"senders"`
	Recipients            []recipient  `json:"recipients"`
	Archived              bool         `json:"archived"`
	Text                  string       `json:"text"`
	RichText              string       `json:"richText,omitempty"`
	Attachments           []attachment `json:"attachments"`
	Subject               string       `json:"subject,omitempty"`
	TruncationStatus      string       `json:"truncationStatus,omitempty"`
	Status                *status      `json:"status,omitempty"`
	Direction             string       `json:"direction,omitempty"`
	ChannelID             string       `json:"channelId,omitempty"`
	ChannelAccountID      string       `json:"channelAccountId,omitempty"`
}

type client struct {
	ClientType string `json:"clientType"`
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

type recipient struct {
	ActorID             string               `json:"actorId,omitempty"`
	Name                string               `json:"name,omitempty"`
	RecipientField      string               `json:"recipientField"`
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

// showMessage makes the outside form; a comment is on the ticket, and shown in each of its threads.
func showMessage(m conversation.Message, t conversation.Thread) message {
	out := message{ID: id.Format(m.ID), Type: "MESSAGE", ConversationsThreadID: id.Format(t.ID), CreatedAt: instant(m.At),
		CreatedBy: actorID(m), Client: client{"HUBSPOT"}, Senders: []sender{}, Recipients: []recipient{}, Text: m.Text, RichText: m.HTML,
		Attachments: []attachment{}}
	for _, f := range m.Attachments {
		out.Attachments = append(out.Attachments, attachment{Type: "FILE", FileID: id.Format(f.ID), Name: f.Name, ContentType: f.ContentType,
			URL: "/helpdesk/v1/attachments/" + id.Format(f.ID)})
	}
	if m.Kind == conversation.Comment {
		out.Type = "COMMENT"
		return out
	}
	out.Subject, out.TruncationStatus, out.ChannelID, out.ChannelAccountID = m.Subject, "NOT_TRUNCATED", emailChannel, reference(m.Account)
	out.Status = showStatus(m)
	out.Direction = "INCOMING"
	if m.Direction == conversation.Out {
		out.Direction = "OUTGOING"
	}
	out.Senders = []sender{{ActorID: out.CreatedBy, Name: m.From.Name, SenderField: "FROM",
		DeliveryIdentifier: deliveryIdentifier{"HS_EMAIL_ADDRESS", m.From.Email}}}
	for i, list := range [][]channel.Address{m.To, m.Cc, m.Bcc} {
		for _, to := range list {
			out.Recipients = append(out.Recipients, recipient{Name: to.Name, RecipientField: recipientFields[i],
				DeliveryIdentifiers: []deliveryIdentifier{{"HS_EMAIL_ADDRESS", to.Email}}})
		}
	}
	return out
}

func showStatus(m conversation.Message) *status {
	switch m.State {
	case conversation.StateReceived:
		return &status{StatusType: "RECEIVED"}
	case conversation.StateFailed:
		return &status{StatusType: "FAILED", FailureDetails: &failure{m.Error}}
	}
	return &status{StatusType: "SENT"}
}

// actorID is HubSpot's form of who wrote: A- agent, V- visitor, I- integrator, E- e-mail address, S- system.
func actorID(m conversation.Message) string {
	switch m.Actor.Kind {
	case event.User:
		return "A-" + id.Format(m.Actor.ID)
	case event.App:
		return "I-" + id.Format(m.Actor.ID)
	case event.Contact:
		return "V-" + id.Format(m.Actor.ID)
	}
	if m.From.Email != "" {
		return "E-" + m.From.Email
	}
	return "S-deskbell"
}
