// Package conversation is what is said on a ticket: its page of messages, comments and happenings, replies, comments, drafts,
// files, and what can be done with one message. It knows nothing of how messages travel.
package conversation

import (
	"context"
	"net/http"
	"slices"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
)

type routes struct {
	db        *db.DB
	talk      *conversation.Service
	originals Originals
	people    *people.Service
	props     *property.Registry
	pipelines *pipeline.Store
	records   *record.Store
}

const tag = "Conversation"

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, talk *conversation.Service, originals Originals, p *people.Service, props *property.Registry,
	pipelines *pipeline.Store, records *record.Store) {
	r := &routes{d, talk, originals, p, props, pipelines, records}
	row := func(method, path string, needs people.Permission, summary string) gate.Route {
		return gate.Route{Method: method, Path: "/helpdesk/v1" + path, Needs: needs, Tag: tag, Summary: summary}
	}
	gate.Add(g, row(http.MethodGet, "/tickets/{id}/conversation", people.Signed, "A page of what was said and what happened, oldest first"), r.page)
	// The two keep the Idempotency-Key themselves, in the transaction that stores what was written.
	reply := row(http.MethodPost, "/tickets/{id}/replies", people.Workspace, "Write to the contact; it is sent at once")
	comment := row(http.MethodPost, "/tickets/{id}/comments", people.Workspace, "Write to other users")
	reply.Status, reply.Forget, comment.Status, comment.Forget = http.StatusCreated, true, http.StatusCreated, true
	reply.Body, comment.Body = writtenMost, writtenMost
	gate.Add(g, reply, r.reply)
	gate.Add(g, comment, r.comment)
	gate.Add(g, row(http.MethodPost, "/messages/{id}/retry", people.Workspace, "Send a message again that failed, or one that waits at once"), r.retry)
	gate.Add(g, row(http.MethodPost, "/messages/{id}/cancel", people.Workspace, "Call a message off that was not sent yet"), r.cancel)
	g.Handle(row(http.MethodGet, "/messages/{id}/original", people.Signed, "Download a message as it came or went"), r.original)
	gate.Add(g, row(http.MethodGet, "/tickets/{id}/drafts", people.Signed, "The user's drafts"), r.drafts)
	save := row(http.MethodPut, "/tickets/{id}/drafts/{kind}", people.Workspace, "Keep what the user has begun to write")
	save.Body = writtenMost
	gate.Add(g, save, r.saveDraft)
	gate.Add(g, row(http.MethodDelete, "/tickets/{id}/drafts/{kind}", people.Workspace, "Forget a draft"), r.dropDraft)
	upload := row(http.MethodPost, "/attachments", people.Workspace, "Upload a file for a message, as the part file of a form")
	upload.Status, upload.Forget, upload.Body, upload.Endless = http.StatusCreated, true, uploadMost, true
	g.Handle(upload, r.upload)
	g.Handle(row(http.MethodGet, "/attachments/{id}", people.Signed, "Download a file"), r.download)
	g.Handle(gate.Route{Method: http.MethodGet, Path: conversation.Linked + "{id}", Public: true, Tag: tag, Summary: "Read a file of a message by a signed link",
		About: gate.About{File: true}}, r.linked)
}

// writtenMost is how many bytes one reply, comment or draft may have.
const writtenMost = 2 << 20

type pageInput struct {
	wire.One
	Before int64 `query:"before" minimum:"1" doc:"Only what is older than the item with this id: before of the page before."`
	Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// Page is a part of a conversation.
type Page struct {
	Items  []Item   `json:"items" doc:"The oldest first."`
	Before *wire.ID `json:"before" nullable:"true" doc:"Send it as before for what is older; null when there is nothing."`
}

func (r *routes) page(ctx context.Context, by people.Actor, in *pageInput) (*wire.Answer[Page], error) {
	out := Page{Items: []Item{}}
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		items, next, err := r.talk.Items(tx, by, in.ID, in.Before, in.Limit)
		if err != nil {
			return err
		}
		n, err := r.names(tx, by, items)
		if err != nil {
			return err
		}
		for _, it := range slices.Backward(items) {
			out.Items = append(out.Items, n.item(it))
		}
		out.Before = wire.Ref(next)
		return nil
	})
	return wire.Of(out), err
}

// say runs what writes or changes a message, and answers with it.
func (r *routes) say(ctx context.Context, by people.Actor, do func(tx *db.Tx) (conversation.Message, error)) (*wire.Answer[Item], error) {
	var out Item
	err := r.db.Write(ctx, func(tx *db.Tx) error {
		m, err := do(tx)
		if err != nil {
			return err
		}
		it := conversation.Item{ID: m.ID, At: m.At, Message: &m}
		n, err := r.names(tx, by, []conversation.Item{it})
		if err == nil {
			out = n.item(it)
		}
		return err
	})
	return wire.Of(out), err
}

// Keyed is the input of what is written once under a key.
type Keyed struct {
	Key string `header:"Idempotency-Key" maxLength:"200" doc:"Sending twice with one key writes once."`
}

type replyInput struct {
	wire.One
	Keyed
	Body struct {
		ThreadID      wire.Optional[wire.ID] `json:"threadId" required:"false" doc:"Without it the ticket's newest thread, or a new one."`
		ChannelID     wire.Optional[wire.ID] `json:"channelId" required:"false" doc:"Without it the thread's."`
		To            []wire.Address         `json:"to" required:"false" maxItems:"100" doc:"Nobody in to, cc and bcc answers everybody on the newest message."`
		Cc            []wire.Address         `json:"cc" required:"false" maxItems:"100"`
		Bcc           []wire.Address         `json:"bcc" required:"false" maxItems:"100"`
		Subject       string                 `json:"subject,omitempty" maxLength:"1000" doc:"Without it the thread's."`
		HTML          string                 `json:"html"`
		AttachmentIDs []wire.ID              `json:"attachmentIds" required:"false" maxItems:"100"`
		StageID       wire.Optional[string]  `json:"stageId" required:"false" doc:"A status to set with it."`
		Seen          wire.Optional[wire.ID] `json:"seen" required:"false" doc:"The newest item that the author saw: with a newer one by somebody else it is refused with THREAD_ADVANCED."`
	}
}

func (r *routes) reply(ctx context.Context, by people.Actor, in *replyInput) (*wire.Answer[Item], error) {
	b := in.Body
	input, err := conversation.ReplyInput{TicketID: in.ID, ThreadID: int64(b.ThreadID.Value), AccountID: int64(b.ChannelID.Value), To: inside(b.To),
		Cc: inside(b.Cc), Bcc: inside(b.Bcc), Subject: b.Subject, HTML: b.HTML, AttachmentIDs: wire.Ints(b.AttachmentIDs), StageID: b.StageID.Value,
		Seen: int64(b.Seen.Value), Key: in.Key}.Cleaned()
	if err != nil {
		return nil, err
	}
	return r.say(ctx, by, func(tx *db.Tx) (conversation.Message, error) { return r.talk.Reply(tx, by, input) })
}

func inside(all []wire.Address) []channel.Address {
	var out []channel.Address
	for _, a := range all {
		out = append(out, channel.Address(a))
	}
	return out
}

type commentInput struct {
	wire.One
	Keyed
	Body struct {
		HTML          string    `json:"html"`
		Mentions      Mentions  `json:"mentions" required:"false"`
		AttachmentIDs []wire.ID `json:"attachmentIds" required:"false" maxItems:"100"`
	}
}

func (r *routes) comment(ctx context.Context, by people.Actor, in *commentInput) (*wire.Answer[Item], error) {
	b := in.Body
	input, err := conversation.CommentInput{TicketID: in.ID, HTML: b.HTML, AttachmentIDs: wire.Ints(b.AttachmentIDs), Key: in.Key,
		Mentions: conversation.Mentions{Users: wire.Ints(b.Mentions.Users), Teams: wire.Ints(b.Mentions.Teams)}}.Cleaned()
	if err != nil {
		return nil, err
	}
	return r.say(ctx, by, func(tx *db.Tx) (conversation.Message, error) { return r.talk.Comment(tx, by, input) })
}

func (r *routes) retry(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[Item], error) {
	return r.say(ctx, by, func(tx *db.Tx) (conversation.Message, error) { return r.talk.Retry(tx, by, in.ID) })
}

func (r *routes) cancel(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[Item], error) {
	return r.say(ctx, by, func(tx *db.Tx) (conversation.Message, error) { return r.talk.Cancel(tx, by, in.ID) })
}
