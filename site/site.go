// Package site serves the web app: its files, compressed once at the start, and its one page for every address that is the
// app's own. It knows nothing of what the app asks the API.
package site

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
)

// policy lets the page run our own scripts and nothing else. Pictures of other sites are in mails whose reader asked for them:
// a mail's frame inherits this policy and has a stricter one inside. Style attributes and sheets are made by the editor.
const policy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https: http:; " +
	"font-src 'self' data:; media-src 'self' blob:; connect-src 'self'; frame-src 'self' blob:; worker-src 'self'; " +
	"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"

// page is the app's one page; it opens at every address that is the app's own.
const page = "index.html"

// apis are the prefixes below which nothing is the app's, but for consent.
var apis = []string{"/helpdesk/", "/crm/", "/crm-object-schemas/", "/conversations/", "/automation/", "/webhooks/", "/oauth/", "/account-info/", "/business-units/",
	"/healthz", "/readyz", "/metrics"}

// consent is the page to which apps send a user to be let in; clients know it by this address.
const consent = "/oauth/authorize"

// file is one file of the app, ready to send.
type file struct {
	kind    string
	plain   []byte
	zipped  func() []byte // nil where compressing is no use
	tag     string
	forever bool // its name changes with its content
}

type site struct{ files map[string]file }

// Routes adds the app's routes. The app is read from dist whole, once.
func Routes(g *gate.Gate, dist fs.FS) error {
	s := site{files: map[string]file{}}
	err := fs.WalkDir(dist, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if strings.HasPrefix(path.Base(name), ".") { // the build's own notes
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return nil
		}
		content, err := fs.ReadFile(dist, name)
		if err == nil {
			s.files[name] = ready(name, content)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read the web app: %w", err)
	}
	g.Handle(gate.Route{Method: http.MethodGet, Path: "/", Public: true, Tag: "Web app", Summary: "The web app"}, s.serve)
	return nil
}

func ready(name string, content []byte) file {
	sum := sha256.Sum256(content)
	f := file{kind: kindOf(name), plain: content, tag: `"` + hex.EncodeToString(sum[:8]) + `"`, forever: strings.HasPrefix(name, "assets/")}
	if squeezable(f.kind) {
		f.zipped = sync.OnceValue(func() []byte { return squeeze(content) })
	}
	return f
}

// squeeze compresses, when a file is first asked for: all at once would be most of the time that the program takes to start
// (PERF-5). It returns nil where that makes the file no smaller.
func squeeze(content []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil // the level is a right one
	}
	// Writing to memory does not fail.
	_, _ = z.Write(content)
	_ = z.Close()
	if b.Len() >= len(content) {
		return nil
	}
	return b.Bytes()
}

// kinds are the types of what a build holds; the machine's own table differs from machine to machine.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".json": "application/json", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml", ".png": "image/png",
	".ico": "image/x-icon", ".woff2": "font/woff2", ".woff": "font/woff", ".txt": "text/plain; charset=utf-8", ".wasm": "application/wasm",
	".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".webp": "image/webp", ".map": "application/json",
}

func kindOf(name string) string {
	if k := kinds[path.Ext(name)]; k != "" {
		return k
	}
	if k := mime.TypeByExtension(path.Ext(name)); k != "" {
		return k
	}
	return "application/octet-stream"
}

func squeezable(kind string) bool {
	return strings.HasPrefix(kind, "text/") || strings.Contains(kind, "json") || strings.Contains(kind, "svg") || strings.Contains(kind, "wasm")
}

func (s site) serve(w http.ResponseWriter, req *http.Request, _ people.Actor) error {
	for _, prefix := range apis {
		if strings.HasPrefix(req.URL.Path, prefix) && req.URL.Path != consent {
			return gate.NoRoute()
		}
	}
	name := strings.TrimPrefix(req.URL.Path, "/")
	f, ok := s.files[name]
	if !ok {
		if name != "" && !wantsPage(req, name) {
			return gate.NoRoute()
		}
		if f, ok = s.files[page]; !ok {
			return errs.New(errs.Unavailable, "The web app is not part of this program: it was built without it.", nil)
		}
	}
	send(w, req, f)
	return nil
}

// wantsPage: a browser that goes to an address says that it takes HTML; a script or picture that is gone gets no page.
func wantsPage(req *http.Request, name string) bool {
	return !strings.HasPrefix(name, "assets/") && strings.Contains(req.Header.Get("Accept"), "text/html")
}

func send(w http.ResponseWriter, req *http.Request, f file) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Content-Security-Policy", policy)
	h.Set("Permissions-Policy", "camera=(), geolocation=(), payment=(), usb=()")
	h.Set("ETag", f.tag)
	h.Set("Cache-Control", "no-cache") // keep it, but ask each time whether it is still the one
	if f.forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	content := f.plain
	if f.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(req) {
			if small := f.zipped(); small != nil {
				h.Set("Content-Encoding", "gzip")
				content = small
			}
		}
	}
	if strings.Contains(req.Header.Get("If-None-Match"), f.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(http.StatusOK)
	if req.Method != http.MethodHead {
		// The client is gone if this fails.
		_, _ = w.Write(content)
	}
}

func takesGzip(req *http.Request) bool {
	for _, one := range strings.Split(req.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(one), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") && strings.ReplaceAll(weight, " ", "") != "q=0" {
			return true
		}
	}
	return false
}
