package gate

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/deskbell/deskbell/errs"
)

// formTime is how long a form with files may take to come: slow lines send large files, too. Routes that take one are Endless.
const formTime = 10 * time.Minute

// EachPart hands over the parts of a multipart form as they come, until fn returns io.EOF or an error, or the form ends. The context of
// what fn does ends with the time that a form may take.
func EachPart(w http.ResponseWriter, req *http.Request, fn func(ctx context.Context, p *multipart.Part) error) error {
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Now().Add(formTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	ctx, cancel := context.WithTimeout(req.Context(), formTime)
	defer cancel()
	form, err := req.MultipartReader()
	if err != nil {
		return errs.Bad("file", "REQUIRED", "Send a multipart form.")
	}
	for {
		part, err := form.NextPart()
		if err == nil {
			err = fn(ctx, part)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return badForm(err)
		}
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

// FormText reads a part that is a text, of so many bytes at most.
func FormText(p *multipart.Part, most int64) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(p, most+1))
	if err == nil && int64(len(raw)) > most {
		err = errs.Bad(p.FormName(), "TOO_LONG", p.FormName()+" is too long")
	}
	return string(raw), err
}

// File is a stranger's file on its way to a browser.
type File struct {
	Name        string
	ContentType string
	Size        int64 // 0 where it is not known
	Anywhere    bool  // other sites' pages may show it
}

// servingTime bounds how long the store may take to send a file: much longer than other answers.
const servingTime = time.Hour

// Serving is the context in which a request reads a file that may be large.
func Serving(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(r.Context()), servingTime)
}

// pictures may be shown by browsers; everything else is downloaded, whatever it says it is.
var pictures = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// SendFile sends a stranger's file so that nothing in it can run (SEC-1).
func SendFile(w http.ResponseWriter, f File, content io.Reader) {
	shown, from := "attachment", "same-origin"
	switch {
	case slices.Contains(pictures, f.ContentType):
		shown = "inline"
	case f.ContentType != "message/rfc822":
		f.ContentType = "application/octet-stream"
	}
	if f.Anywhere {
		from = "cross-origin"
	}
	h := w.Header()
	h.Set("Content-Type", f.ContentType)
	h.Set("Content-Disposition", mime.FormatMediaType(shown, map[string]string{"filename": path.Base("/" + f.Name)}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", from)
	if f.Size > 0 {
		h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	}
	w.WriteHeader(http.StatusOK)
	// The client is gone if this fails, or the store broke in the middle: the length tells the client.
	_, _ = io.Copy(w, content)
}
