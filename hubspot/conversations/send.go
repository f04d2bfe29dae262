package conversations

import (
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/file"
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
	Attachments      []attached  `json:"attachments"`
}

// attached is what a message is to be sent or published with.
type attached struct {
	Type   string     `json:"type"`
	FileID wire.Value `json:"fileId"`
}

// fileIDs are those of the files among all; what else a channel may say cannot be shown here.
func fileIDs(all []attached) (ids []int64, err error) {
	for _, f := range all {
		if f.Type != "" && f.Type != "FILE" {
			continue
		}
		n, err := id.Parse("attachments.fileId", string(f.FileID))
		if err != nil {
			return nil, err
		}
		ids = append(ids, n)
	}
	return ids, nil
}

// filesOf tells the account's files among ids, as an attachment takes them, from the other ids, which are of uploads for a message.
func (a *API) filesOf(tx *db.Tx, by people.Actor, ids []int64) (files []conversation.File, uploads []int64, err error) {
	found, err := a.files.Among(tx, by, ids)
	for _, f := range found {
		files = append(files, conversation.File{Key: f.Key, Name: f.Full(), ContentType: f.ContentType, Size: f.Size, ID: f.ID})
	}
	for _, n := range ids {
		if !slices.ContainsFunc(found, func(f file.File) bool { return f.ID == n }) {
			uploads = append(uploads, n)
		}
	}
	return files, uploads, err
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
	ids, err := fileIDs(body.Attachments)
	if err != nil {
		return err
	}
	write, err := body.command(ids, r.Header.Get("Idempotency-Key"))
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
		files, uploads, err := a.filesOf(tx, by, ids)
		if err != nil {
			return message{}, err
		}
		m, err := write(letter{a.talk, tx, as, s.thread, files, uploads})
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

// letter is what is known of a message once its transaction has begun.
type letter struct {
	talk    *conversation.Service
	tx      *db.Tx
	by      people.Actor
	thread  conversation.Thread
	files   []conversation.File
	uploads []int64
}

type command func(l letter) (conversation.Message, error)

// command checks the body, and sanitises it before any transaction begins. files are the ids of whatever is attached.
func (b outgoing) command(files []int64, key string) (command, error) {
	body := b.RichText
	if body == "" {
		body = strings.ReplaceAll(html.EscapeString(b.Text), "\n", "<br>")
	}
	switch b.Type {
	case "COMMENT":
		in, err := conversation.CommentInput{HTML: body, AttachmentIDs: files, Key: key}.Cleaned()
		return func(l letter) (conversation.Message, error) {
			in := in
			in.TicketID, in.AttachmentIDs, in.Files = l.thread.Ticket, l.uploads, l.files
			return l.talk.Comment(l.tx, l.by, in)
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
	return func(l letter) (conversation.Message, error) {
		in := in
		in.TicketID, in.ThreadID, in.AttachmentIDs, in.Files = l.thread.Ticket, l.thread.ID, l.uploads, l.files
		return l.talk.Reply(l.tx, l.by, in)
	}, err
}
