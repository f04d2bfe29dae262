package conversation

import (
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/mime/page"
)

// Item is one thing on a ticket's page; which fields it has its kind says.
type Item struct {
	Kind string    `json:"kind" enum:"message,comment,event"`
	ID   wire.ID   `json:"id" doc:"Later things have higher ids."`
	At   time.Time `json:"at"`

	*Message
	*Comment
	*Happening
	*Written
}

// TransformSchema says that an item has but the fields of its kind.
func (Item) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Required = []string{"kind", "id", "at"}
	return s
}

// Written is what messages and comments have in common.
type Written struct {
	HTML        string       `json:"html" doc:"Harmless; quoted history and signature folded in details; pictures of other sites have data-remote-src instead of src."`
	Text        string       `json:"text"`
	Attachments []Attachment `json:"attachments"`
}

// Message is said to a contact, or by one.
type Message struct {
	ThreadID     wire.ID        `json:"threadId"`
	Direction    string         `json:"direction" enum:"in,out"`
	Nature       string         `json:"nature" enum:"message,auto_reply,bulk,bounce,report"`
	From         Sender         `json:"from"`
	To           []wire.Address `json:"to"`
	Cc           []wire.Address `json:"cc"`
	Bcc          []wire.Address `json:"bcc"`
	Subject      string         `json:"subject"`
	Visible      string         `json:"visible" doc:"Plain text of what is new in it."`
	HasQuote     bool           `json:"hasQuote" doc:"It repeats what was said before."`
	RemoteImages int            `json:"remoteImages" doc:"Pictures of other sites in it."`
	Delivery     Delivery       `json:"delivery"`
	HasOriginal  bool           `json:"hasOriginal" doc:"It can be downloaded as it came or went."`
	Auth         Auth           `json:"auth"`
}

// Sender is who wrote a message.
type Sender struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	// Of Email, in the form of wire.Address.
	Type      channel.IDType `json:"type,omitempty" required:"false" doc:"HS_PHONE_NUMBER or CHANNEL_SPECIFIC_OPAQUE_ID where it is no e-mail address."`
	UserID    *wire.ID       `json:"userId" nullable:"true"`
	ContactID *wire.ID       `json:"contactId" nullable:"true"`
}

// Delivery is how far a message got.
type Delivery struct {
	State     conversation.State `json:"state" enum:"received,queued,sending,sent,failed,read"`
	Error     *string            `json:"error" doc:"In plain words."`
	Attempts  int                `json:"attempts"`
	NextTryAt *time.Time         `json:"nextTryAt"`
	SentAt    *time.Time         `json:"sentAt"`
	Outbox    bool               `json:"outbox" doc:"Its channel keeps mail in the outbox and sends none."`
}

// Auth is what the checks of the sender said: pass, fail, none, or empty where nobody checked.
type Auth struct {
	SPF   string `json:"spf"`
	DKIM  string `json:"dkim"`
	DMARC string `json:"dmarc"`
}

// Comment is said among users.
type Comment struct {
	Author   Author   `json:"author"`
	Mentions Mentions `json:"mentions"`
}

// Author is who wrote a comment.
type Author struct {
	UserID *wire.ID `json:"userId" nullable:"true"`
	Name   string   `json:"name"`
}

// Mentions are whom a comment names.
type Mentions struct {
	Users []wire.ID `json:"users" required:"false" maxItems:"50"`
	Teams []wire.ID `json:"teams" required:"false" maxItems:"50"`
}

// Happening is what happened to the ticket.
type Happening struct {
	Type    string   `json:"type" doc:"created, changed, assigned, archived, restored."`
	Actor   Actor    `json:"actor"`
	Changes []Change `json:"changes"`
	Reason  *string  `json:"reason" doc:"Why the program did it."`
}

// Actor is who did it.
type Actor struct {
	Kind   string   `json:"kind" enum:"user,contact,system,automation,app,channel,import"`
	Name   string   `json:"name"`
	UserID *wire.ID `json:"userId" nullable:"true"`
}

// Change is one property's old and new value, with the words that people know them by.
type Change struct {
	Property  string `json:"property"`
	Label     string `json:"label"`
	From      string `json:"from"`
	To        string `json:"to"`
	FromLabel string `json:"fromLabel"`
	ToLabel   string `json:"toLabel"`
	Format    string `json:"format" doc:"How a number is read, as the property says it; empty for all else."`
}

// Attachment is a file.
type Attachment struct {
	ID          wire.ID `json:"id"`
	Name        string  `json:"name"`
	ContentType string  `json:"contentType"`
	Size        int64   `json:"size" doc:"Bytes."`
	Inline      bool    `json:"inline" doc:"Part of the text."`
	ContentID   *string `json:"contentId" doc:"By which the HTML shows it: cid:…"`
	URL         string  `json:"url"`
}

func attachmentOf(a conversation.Attachment) Attachment {
	return Attachment{ID: wire.ID(a.ID), Name: a.Name, ContentType: a.ContentType, Size: a.Size, Inline: a.Inline,
		ContentID: wire.Text(a.ContentID), URL: "/helpdesk/v1/attachments/" + id.Format(a.ID)}
}

func attachments(all []conversation.Attachment) []Attachment {
	out := make([]Attachment, len(all))
	for i, a := range all {
		out[i] = attachmentOf(a)
	}
	return out
}

func addresses(all []channel.Address) []wire.Address {
	out := make([]wire.Address, len(all))
	for i, a := range all {
		out[i] = wire.Address(a)
	}
	return out
}

// item makes an item of one that was read.
func (n *names) item(it conversation.Item) Item {
	out := Item{ID: wire.ID(it.ID), At: it.At}
	switch {
	case it.Message == nil:
		out.Kind = "event"
		out.Happening = n.happening(it.Happened)
		return out
	case it.Message.Kind == conversation.Comment:
		out.Kind = "comment"
		out.Comment = &Comment{Author: n.author(*it.Message), Mentions: Mentions{wire.IDs(it.Message.Mentions.Users), wire.IDs(it.Message.Mentions.Teams)}}
	default:
		out.Kind = "message"
		out.Message = n.message(*it.Message)
	}
	html := folded(it.Message.HTML)
	if out.Message != nil {
		out.HasQuote = strings.Contains(html, `class="quoted"`) || html == "" && len(it.Message.Visible) < len(strings.TrimSpace(it.Message.Text))
		out.RemoteImages = strings.Count(html, "data-remote-src=")
	}
	out.Written = &Written{HTML: html, Text: it.Message.Text, Attachments: attachments(it.Message.Attachments)}
	return out
}

// foldMost is how much HTML is looked through for quotes, in bytes: more is shown as it is.
const foldMost = 256 << 10

func folded(html string) string {
	if html == "" || len(html) > foldMost {
		return html
	}
	return page.Fold(html)
}

func (n *names) message(m conversation.Message) *Message {
	out := &Message{ThreadID: wire.ID(m.Thread), Direction: m.Direction, Nature: string(m.Nature), To: addresses(m.To), Cc: addresses(m.Cc),
		Bcc: addresses(m.Bcc), Subject: m.Subject, Visible: m.Visible, HasOriginal: m.HasOriginal(), Auth: Auth(m.Auth),
		From: Sender{Name: m.From.Name, Email: m.From.Email, Type: m.From.Type},
		Delivery: Delivery{State: m.State, Error: wire.Text(m.Error), Attempts: m.Attempts, NextTryAt: wire.Time(m.NextTry), SentAt: wire.Time(m.SentAt),
			Outbox: m.Direction == conversation.Out && n.outbox[m.Account]}}
	switch m.Actor.Kind {
	case event.User:
		out.From.UserID = wire.Ref(m.Actor.ID)
	case event.Contact:
		out.From.ContactID = wire.Ref(m.Actor.ID)
	}
	return out
}

func (n *names) author(m conversation.Message) Author {
	if m.Actor.Kind != event.User {
		return Author{Name: n.actor(m.Actor)}
	}
	return Author{UserID: wire.Ref(m.Actor.ID), Name: n.actor(m.Actor)}
}
