package conversation

import (
	"context"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/conversation/draft"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// Drafts are what a user has begun on a ticket.
type Drafts struct {
	Reply   *Draft `json:"reply"`
	Comment *Draft `json:"comment"`
}

// Draft is one of them.
type Draft struct {
	_ struct{} `nullable:"true"`

	HTML        string         `json:"html"`
	To          []wire.Address `json:"to"`
	Cc          []wire.Address `json:"cc"`
	Bcc         []wire.Address `json:"bcc"`
	ThreadID    *wire.ID       `json:"threadId" nullable:"true"`
	ChannelID   *wire.ID       `json:"channelId" nullable:"true"`
	Attachments []Attachment   `json:"attachments"`
	Seen        *wire.ID       `json:"seen" nullable:"true" doc:"The newest item that the author saw."`
	UpdatedAt   time.Time      `json:"updatedAt"`
}

func (r *routes) draft(tx *db.Tx, by people.Actor, d draft.Draft) (*Draft, error) {
	files, err := r.talk.Unsent(tx, by, d.AttachmentIDs)
	return &Draft{HTML: d.HTML, To: addresses(d.To), Cc: addresses(d.Cc), Bcc: addresses(d.Bcc), ThreadID: wire.Ref(d.Thread), ChannelID: wire.Ref(d.Account),
		Attachments: attachments(files), Seen: wire.Ref(d.Seen), UpdatedAt: d.UpdatedAt}, err
}

func (r *routes) drafts(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[Drafts], error) {
	var out Drafts
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		all, err := r.talk.Drafts().On(tx, by, in.ID)
		if err != nil {
			return err
		}
		for kind, to := range map[draft.Kind]**Draft{draft.Reply: &out.Reply, draft.Comment: &out.Comment} {
			if d, ok := all[kind]; ok {
				if *to, err = r.draft(tx, by, d); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return wire.Of(out), err
}

// DraftNamed is the input that names a draft.
type DraftNamed struct {
	wire.One
	Kind draft.Kind `path:"kind" enum:"reply,comment"`
}

type draftInput struct {
	DraftNamed
	Body struct {
		// A page sends a draft back as it got it; what the server itself knows of it is passed over.
		_ struct{} `additionalProperties:"true"`

		HTML          string                 `json:"html"`
		To            []wire.Address         `json:"to" required:"false" maxItems:"100"`
		Cc            []wire.Address         `json:"cc" required:"false" maxItems:"100"`
		Bcc           []wire.Address         `json:"bcc" required:"false" maxItems:"100"`
		ThreadID      wire.Optional[wire.ID] `json:"threadId" required:"false"`
		ChannelID     wire.Optional[wire.ID] `json:"channelId" required:"false"`
		AttachmentIDs []wire.ID              `json:"attachmentIds" required:"false" maxItems:"100"`
		Seen          wire.Optional[wire.ID] `json:"seen" required:"false"`
	}
}

func (r *routes) saveDraft(ctx context.Context, by people.Actor, in *draftInput) (*wire.Answer[Draft], error) {
	b := in.Body
	d := draft.Draft{HTML: b.HTML, To: inside(b.To), Cc: inside(b.Cc), Bcc: inside(b.Bcc), Thread: int64(b.ThreadID.Value),
		Account: int64(b.ChannelID.Value), AttachmentIDs: wire.Ints(b.AttachmentIDs), Seen: int64(b.Seen.Value)}
	var out *Draft
	err := r.db.Write(ctx, func(tx *db.Tx) error {
		if err := r.talk.Drafts().Save(tx, by, in.ID, in.Kind, d); err != nil {
			return err
		}
		all, err := r.talk.Drafts().On(tx, by, in.ID)
		if err == nil {
			out, err = r.draft(tx, by, all[in.Kind])
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return wire.Of(*out), nil
}

func (r *routes) dropDraft(ctx context.Context, by people.Actor, in *DraftNamed) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.talk.Drafts().Drop(tx, by, in.ID, in.Kind) })
}
