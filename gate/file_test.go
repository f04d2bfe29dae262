package gate_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
)

// formRequest is a request with a form of parts, in pairs of a name and a content; "file" is sent as a file.
func formRequest(t *testing.T, pairs ...string) *http.Request {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		var w io.Writer
		var err error
		if pairs[i] == "file" {
			w, err = form.CreateFormFile("file", "a.txt")
		} else {
			w, err = form.CreateFormField(pairs[i])
		}
		if err == nil {
			_, err = io.WriteString(w, pairs[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodPost, "/", &body)
	req.Header.Set("Content-Type", form.FormDataContentType())
	return req
}

func TestFormsComePartByPart(t *testing.T) {
	req := formRequest(t, "before", "1", "file", "content", "after", "2")
	var got []string
	err := gate.EachPart(httptest.NewRecorder(), req, func(ctx context.Context, p *multipart.Part) error {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("a form may take forever")
		}
		text, err := gate.FormText(p, 100)
		got = append(got, p.FormName()+"="+text)
		return err
	})
	if err != nil || strings.Join(got, " ") != "before=1 file=content after=2" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestFormsEndWhenEnoughWasRead(t *testing.T) {
	req := formRequest(t, "file", "content", "after", "2")
	parts := 0
	err := gate.EachPart(httptest.NewRecorder(), req, func(context.Context, *multipart.Part) error {
		parts++
		return io.EOF
	})
	if err != nil || parts != 1 {
		t.Errorf("%d parts were read: %v", parts, err)
	}
}

func TestWhatIsWrongWithForms(t *testing.T) { // API-4
	read := func(_ context.Context, p *multipart.Part) error {
		_, err := gate.FormText(p, 10)
		return err
	}
	plain := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}"))
	whole := formRequest(t, "file", strings.Repeat("x", 1000))
	raw, err := io.ReadAll(whole.Body)
	if err != nil {
		t.Fatal(err)
	}
	cutOff := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(raw[:200]))
	cutOff.Header = whole.Header
	for name, c := range map[string]struct {
		req  *http.Request
		says string
	}{
		"no form":          {plain, "Send a multipart form."},
		"a field too long": {formRequest(t, "note", "eleven char"), "note is too long"},
		"broken off":       {cutOff, "The upload broke off."},
	} {
		err := gate.EachPart(httptest.NewRecorder(), c.req, func(ctx context.Context, p *multipart.Part) error {
			if p.FormName() == "file" {
				_, err := io.Copy(io.Discard, p)
				return err
			}
			return read(ctx, p)
		})
		if e := errs.As(err); e == nil || e.Kind != errs.Invalid || e.Message != c.says {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	broken := errors.New("the disk is full")
	err = gate.EachPart(httptest.NewRecorder(), formRequest(t, "file", "x"), func(context.Context, *multipart.Part) error { return broken })
	if !errors.Is(err, broken) || errs.As(err) != nil {
		t.Errorf("what is wrong with us is told as %v", err)
	}
}

// Nothing that strangers send runs in a browser, whatever it says it is.
func TestSentFilesCannotRun(t *testing.T) { // SEC-1
	for name, c := range map[string]struct {
		sent              gate.File
		kind, shown, from string
	}{
		"a picture": {
			gate.File{Name: "a.png", ContentType: "image/png", Size: 5},
			"image/png", "inline; filename=a.png", "same-origin",
		},
		"a public picture": {
			gate.File{Name: "a.png", ContentType: "image/png", Anywhere: true},
			"image/png", "inline; filename=a.png", "cross-origin",
		},
		"a page": {
			gate.File{Name: "a.html", ContentType: "text/html"},
			"application/octet-stream", "attachment; filename=a.html", "same-origin",
		},
		"a drawing with scripts": {
			gate.File{Name: "a.svg", ContentType: "image/svg+xml"},
			"application/octet-stream", "attachment; filename=a.svg", "same-origin",
		},
		"a mail": {
			gate.File{Name: "a.eml", ContentType: "message/rfc822"},
			"message/rfc822", "attachment; filename=a.eml", "same-origin",
		},
		"a name with a path": {
			gate.File{Name: "../../etc/passwd", ContentType: ""},
			"application/octet-stream", "attachment; filename=passwd", "same-origin",
		},
		"a name with more than letters": {
			gate.File{Name: "plän\r\nX: y.txt", ContentType: "text/plain"},
			"application/octet-stream", "attachment; filename*=utf-8''pl%C3%A4n%0D%0AX%3A%20y.txt", "same-origin",
		},
	} {
		w := httptest.NewRecorder()
		gate.SendFile(w, c.sent, strings.NewReader("hello"))
		h := w.Header()
		for header, want := range map[string]string{
			"Content-Type":                 c.kind,
			"Content-Disposition":          c.shown,
			"Cross-Origin-Resource-Policy": c.from,
			"Content-Security-Policy":      "sandbox; default-src 'none'",
			"X-Content-Type-Options":       "nosniff",
		} {
			if got := h.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
		if length := h.Get("Content-Length"); (length == "5") != (c.sent.Size == 5) {
			t.Errorf("%s: its length is %q", name, length)
		}
		if w.Body.String() != "hello" {
			t.Errorf("%s: came as %q", name, w.Body)
		}
	}
}
