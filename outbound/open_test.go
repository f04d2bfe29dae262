package outbound_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/outbound"
)

func TestReadingFromAnAddress(t *testing.T) { // API-8
	inside := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a redirect led inside") })
	inside = strings.Replace(inside, "127.0.0.1", "[::1]", 1)
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/file":
			_, _ = io.WriteString(w, strings.Repeat("x", 100_000))
		case "/moved":
			http.Redirect(w, r, "/file", http.StatusFound)
		case "/circle":
			http.Redirect(w, r, "/circle", http.StatusFound)
		case "/inside":
			http.Redirect(w, r, inside, http.StatusFound)
		case "/scheme":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case "/busy":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/empty":
			w.WriteHeader(http.StatusNoContent)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	c := outbound.New(outbound.Config{Allow: loopback})
	for path, want := range map[string]errs.Kind{
		"/file":    errs.Internal, // none
		"/moved":   errs.Internal,
		"/circle":  errs.Invalid,
		"/inside":  errs.Invalid,
		"/scheme":  errs.Invalid,
		"/busy":    errs.Unavailable,
		"/empty":   errs.Invalid,
		"/nothing": errs.Invalid,
	} {
		body, err := c.Open(context.Background(), at+path)
		if want != errs.Internal {
			if !errs.Is(err, want) {
				t.Errorf("%s: %v, want %v", path, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		raw, err := io.ReadAll(body)
		if len(raw) != 100_000 || err != nil {
			t.Errorf("%s: %d bytes, %v", path, len(raw), err)
		}
		_ = body.Close()
	}
	if _, err := outbound.New(outbound.Config{}).Open(context.Background(), at+"/file"); !errs.Is(err, errs.Invalid) {
		t.Errorf("a strict client reads inside: %v", err)
	}
	if _, err := c.Open(context.Background(), "http://127.0.0.1:1/"); !errs.Is(err, errs.Unavailable) {
		t.Errorf("a server that is not there: %v", err)
	}
}
