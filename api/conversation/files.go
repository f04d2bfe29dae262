package conversation

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"time"

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
	uploadTime = 10 * time.Minute // slow lines send large files, too
)

// upload streams a file into the store.
func (r *routes) upload(w http.ResponseWriter, req *http.Request, by people.Actor) error {
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Now().Add(uploadTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	ctx, cancel := context.WithTimeout(req.Context(), uploadTime)
	defer cancel()
	form, err := req.MultipartReader()
	if err != nil {
		return errs.Bad("file", "REQUIRED", "Send the file as the part file of a multipart form.")
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return errs.Bad("file", "REQUIRED", "The form has no part called file.")
		}
		if err != nil {
			return badForm(err)
		}
		if part.FormName() != "file" {
			continue
		}
		a, err := r.talk.AddAttachment(ctx, by, part.FileName(), part.Header.Get("Content-Type"), part)
		if err != nil {
			return badForm(err)
		}
		gate.WriteJSON(w, http.StatusCreated, attachmentOf(a))
		return nil
	}
}

// badForm tells what is wrong with the request from what is wrong with us.
func badForm(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) || errs.As(err) != nil {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errs.New(errs.Invalid, "The upload broke off.", err)
	}
	return err
}

// pictures may be shown by browsers; everything else is downloaded, whatever it says it is.
var pictures = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

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
	kind, shown := "application/octet-stream", "attachment"
	if slices.Contains(pictures, a.ContentType) {
		kind, shown = a.ContentType, "inline"
	}
	w.Header().Set("Cache-Control", "private, max-age=86400, immutable") // a file never changes
	send(w, kind, shown, a.Name, a.Size, content)
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
	send(w, "message/rfc822", "attachment", "message-"+id.Format(n)+".eml", 0, content)
	return nil
}

// send sends a stranger's file so that nothing in it can run.
func send(w http.ResponseWriter, kind, shown, name string, size int64, content io.Reader) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType(shown, map[string]string{"filename": path.Base("/" + name)}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if size > 0 {
		h.Set("Content-Length", strconv.FormatInt(size, 10))
	}
	w.WriteHeader(http.StatusOK)
	// The client is gone if this fails, or the store broke in the middle: the length tells the client.
	_, _ = io.Copy(w, content)
}
