package conversation

import (
	"context"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// Originals opens messages that the actor may view as they came or went. The caller closes what is opened.
type Originals interface {
	Original(ctx context.Context, by people.Actor, message int64) (io.ReadCloser, error)
}

const (
	fileMost   = 25 << 20
	uploadMost = fileMost + 1<<20 // with what a form adds
)

// upload streams a file into the store.
func (r *routes) upload(w http.ResponseWriter, req *http.Request, by people.Actor) error {
	var a conversation.Attachment
	err := gate.EachPart(w, req, func(ctx context.Context, part *multipart.Part) (err error) {
		if part.FormName() != "file" {
			return nil
		}
		if a, err = r.talk.AddAttachment(ctx, by, part.FileName(), part.Header.Get("Content-Type"), part); err == nil {
			err = io.EOF
		}
		return err
	})
	if err != nil {
		return err
	}
	if a.ID == 0 {
		return errs.Bad("file", "REQUIRED", "The form has no part called file.")
	}
	gate.WriteJSON(w, http.StatusCreated, attachmentOf(a))
	return nil
}

func (r *routes) download(w http.ResponseWriter, req *http.Request, by people.Actor) error {
	n, err := id.Parse("id", req.PathValue("id"))
	if err != nil {
		return err
	}
	a, content, err := r.talk.OpenAttachment(req.Context(), by, n)
	if err != nil {
		return err
	}
	defer content.Close()
	w.Header().Set("Cache-Control", "private, max-age=86400, immutable") // a file never changes
	gate.SendFile(w, gate.File{Name: a.Name, ContentType: a.ContentType, Size: a.Size}, content)
	return nil
}

// linked is a file of a message for who has a link to it: the app of a channel, or who reads the message by the API.
func (r *routes) linked(w http.ResponseWriter, req *http.Request, _ people.Actor) error {
	n, err := id.Parse("id", req.PathValue("id"))
	if err != nil {
		return err
	}
	q := req.URL.Query()
	ctx, cancel := gate.Serving(req)
	defer cancel()
	a, content, err := r.talk.OpenLinked(ctx, n, q.Get("expires"), q.Get("signature"))
	if err != nil {
		return err
	}
	defer content.Close()
	w.Header().Set("Cache-Control", "private, no-store") // the link runs out
	gate.SendFile(w, gate.File{Name: a.Name, ContentType: a.ContentType, Size: a.Size, Anywhere: true}, content)
	return nil
}

// original downloads a message as it came or went.
func (r *routes) original(w http.ResponseWriter, req *http.Request, by people.Actor) error {
	n, err := id.Parse("id", req.PathValue("id"))
	if err != nil {
		return err
	}
	content, err := r.originals.Original(req.Context(), by, n)
	if err != nil {
		return err
	}
	defer content.Close()
	gate.SendFile(w, gate.File{Name: "message-" + id.Format(n) + ".eml", ContentType: "message/rfc822"}, content)
	return nil
}
