package conversations

import (
	"fmt"
	"html"
	"net/http"
	"strings"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// outgoing is the body of a send.
type outgoing struct {
	Type             string      `json:"type"`
	Text             string      `json:"text"`
	RichText         string      `json:"richText"`
	Subject          string      `json:"subject"`
	SenderActorID    string      `json:"senderActorId"`
	ChannelID        string      `json:"channelId"`
	ChannelAccountID string      `json:"channelAccountId"`
	Recipients       []recipient `json:"recipients"`
	Attachments      []struct {
		FileID string `json:"fileId"`
	} `json:"attachments"`
}

func (a *API) send(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body outgoing
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	threadID, err := wire.PathID(r, "threadId")
	if err != nil {
		return err
	}
	write, err := body.command(r.Header.Get("Idempotency-Key"))
	if err != nil {
		return err
	}
	return writes(a, w, r, http.StatusCreated, func(tx *db.Tx) (message, error) {
		s, err := a.scene(tx, by, threadID)
		if err != nil {
			return message{}, err
		}
		as, err := a.sender(tx, by, body.SenderActorID)
		if err != nil {
			return message{}, err
		}
		m, err := write(a.talk, tx, as, s.thread)
		return s.message(m), err
	})
}

// sender is who speaks: an app may name the user it writes for, a user only themselves.
func (a *API) sender(tx *db.Tx, by people.Actor, actorID string) (people.Actor, error) {
	if actorID == "" {
		return by, nil
	}
	n, err := id.Parse("senderActorId", strings.TrimPrefix(actorID, agentPrefix))
	if err != nil {
		return by, err
	}
	if by.IsPerson() && by.ID != n {
		return by, errs.Bad("senderActorId", "INVALID_ACTOR", "A user can send only as themselves.")
	}
	dir, err := a.people.Directory(tx)
	if err != nil {
		return by, err
	}
	u, ok := dir.User(n)
	if !ok || !u.InWorkspace() {
		return by, errs.Bad("senderActorId", "INVALID_ACTOR", fmt.Sprintf("%s is not an active user of the help desk.", actorID))
	}
	return u.Actor(), nil
}

type command func(s *conversation.Service, tx *db.Tx, by people.Actor, t conversation.Thread) (conversation.Message, error)

// command checks the body, and sanitises it before any transaction begins.
func (b outgoing) command(key string) (command, error) {
	var files []int64
	for _, f := range b.Attachments {
		n, err := id.Parse("attachments.fileId", f.FileID)
		if err != nil {
			return nil, err
		}
		files = append(files, n)
	}
	body := b.RichText
	if body == "" {
		body = strings.ReplaceAll(html.EscapeString(b.Text), "\n", "<br>")
	}
	switch b.Type {
	case "COMMENT":
		in, err := conversation.CommentInput{HTML: body, AttachmentIDs: files, Key: key}.Cleaned()
		return func(s *conversation.Service, tx *db.Tx, by people.Actor, t conversation.Thread) (conversation.Message, error) {
			in.TicketID = t.Ticket
			return s.Comment(tx, by, in)
		}, err
	case "MESSAGE":
		return b.reply(body, files, key)
	}
	return nil, errs.Bad("type", "INVALID_OPTION", "type must be MESSAGE or COMMENT")
}

func (b outgoing) reply(body string, files []int64, key string) (command, error) {
	in := conversation.ReplyInput{HTML: body, Subject: b.Subject, AttachmentIDs: files, Key: key}
	if b.ChannelAccountID != "" {
		n, err := id.Parse("channelAccountId", b.ChannelAccountID)
		if err != nil {
			return nil, err
		}
		in.AccountID = n
	}
	for _, to := range b.Recipients {
		if to.DeliveryIdentifier != nil && to.DeliveryIdentifiers == nil {
			to.DeliveryIdentifiers = []deliveryIdentifier{*to.DeliveryIdentifier}
		}
		for _, d := range to.DeliveryIdentifiers {
			t, ok := account.IdentifierType(d.Type)
			if !ok {
				return nil, errs.Bad("recipients.deliveryIdentifiers.type", "INVALID_OPTION", fmt.Sprintf("There is no type of delivery identifier %.50q", d.Type))
			}
			address := channel.Address{Name: to.Name, Email: d.Value, Type: t}
			switch to.RecipientField {
			case "", "TO":
				in.To = append(in.To, address)
			case "CC":
				in.Cc = append(in.Cc, address)
			case "BCC":
				in.Bcc = append(in.Bcc, address)
			default:
				return nil, errs.Bad("recipients.recipientField", "INVALID_OPTION", "recipientField must be TO, CC or BCC")
			}
		}
	}
	in, err := in.Cleaned()
	return func(s *conversation.Service, tx *db.Tx, by people.Actor, t conversation.Thread) (conversation.Message, error) {
		in.TicketID, in.ThreadID = t.Ticket, t.ID
		return s.Reply(tx, by, in)
	}, err
}
