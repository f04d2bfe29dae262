package files

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// options are what a file is made with.
type options struct {
	Access    file.Access     `json:"access"`
	TTL       string          `json:"ttl"`
	ExpiresAt *wire.Value     `json:"expiresAt"`
	Overwrite bool            `json:"overwrite"`
	Strategy  file.Duplicates `json:"duplicateValidationStrategy"`
	Scope     string          `json:"duplicateValidationScope"`
}

const everywhere = "ENTIRE_PORTAL"

// into puts options into what a file is made from.
func (o options) into(n *file.Draft) (err error) {
	n.Access, n.Overwrite, n.Duplicates = o.Access, o.Overwrite, o.Strategy
	switch o.Scope {
	case "", everywhere, "EXACT_FOLDER":
		n.Everywhere = o.Scope != "EXACT_FOLDER"
	default:
		return errs.Bad("duplicateValidationScope", "INVALID_OPTION", fmt.Sprintf("duplicateValidationScope must be ENTIRE_PORTAL or EXACT_FOLDER, not %q", o.Scope))
	}
	if n.ExpiresAt, err = moment("expiresAt", o.ExpiresAt); err != nil {
		return err
	}
	n.TTL, err = period(o.TTL)
	return err
}

// The digits are bounded so that no sum is out of range.
var periods = regexp.MustCompile(`^P(?:(\d{1,2})Y)?(?:(\d{1,3})M)?(?:(\d{1,3})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$`)

// period reads a span of time such as P3M (ISO 8601); a month has 30 days. "" is none.
func period(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	found := periods.FindStringSubmatch(strings.ToUpper(text))
	var sum time.Duration
	const day = 24 * time.Hour
	for i, unit := range []time.Duration{365 * day, 30 * day, 7 * day, day, time.Hour, time.Minute, time.Second} {
		if found != nil && found[i+1] != "" {
			n, _ := strconv.Atoi(found[i+1]) // digits
			sum += time.Duration(n) * unit
		}
	}
	if sum <= 0 {
		return 0, errs.Bad("ttl", "INVALID_TTL", fmt.Sprintf("ttl must be a span of time such as P3M, not %q", text))
	}
	return sum, nil
}

// uploadForm and replaceForm are the parts of forms.
type (
	uploadForm struct {
		File       gate.Upload `json:"file" required:"true"`
		FolderID   string      `json:"folderId"`
		FolderPath string      `json:"folderPath"`
		FileName   string      `json:"fileName"`
		Charset    string      `json:"charsetHunch"`
		Options    string      `json:"options" required:"true"` // JSON
	}
	replaceForm struct {
		File    gate.Upload `json:"file" required:"true"`
		Charset string      `json:"charsetHunch"`
		Options string      `json:"options"` // JSON
	}
)

// form is what an upload holds.
type form struct {
	content file.Content
	stored  bool
	fields  map[string]string
}

const fieldMost = 16 << 10

// receive reads a form: its file streams into the store.
func (a *API) receive(w http.ResponseWriter, r *http.Request) (form, error) {
	f := form{fields: map[string]string{}}
	err := gate.EachPart(w, r, func(ctx context.Context, p *multipart.Part) (err error) {
		name := p.FormName()
		switch {
		case name != "file" && len(f.fields) < 20:
			f.fields[name], err = gate.FormText(p, fieldMost)
		case name == "file" && !f.stored:
			if f.fields["name"] == "" {
				f.fields["name"] = p.FileName()
			}
			f.content, err = a.files.Store(ctx, p)
			f.stored = err == nil
		default:
			_, err = io.Copy(io.Discard, p)
		}
		return err
	})
	if err == nil && !f.stored {
		err = errs.Bad("file", "REQUIRED", "The form has no part called file.")
	}
	return f, err
}

// new is what the form's file is to be made from.
func (f form) new() (n file.Draft, err error) {
	n = file.Draft{Name: f.fields["name"], FolderPath: f.fields["folderPath"], Charset: f.fields["charsetHunch"]}
	if given := f.fields["fileName"]; given != "" {
		n.Name = given
	}
	if given := f.fields["folderId"]; given != "" && given != "0" {
		if n.Folder, err = id.Parse("folderId", given); err != nil {
			return n, err
		}
	}
	var o options
	if given := f.fields["options"]; given != "" {
		if err := json.Unmarshal([]byte(given), &o); err != nil {
			return n, errs.Bad("options", "INVALID_JSON", "options must be a JSON object with access")
		}
	}
	return n, o.into(&n)
}

// take makes a file of what was uploaded. Content that becomes none, or that was there, is not kept.
func (a *API) take(w http.ResponseWriter, r *http.Request, status int, do func(tx *db.Tx, n file.Draft, c file.Content) (file.File, error)) error {
	f, err := a.receive(w, r)
	if err == nil {
		var n file.Draft
		if n, err = f.new(); err == nil {
			err = a.one(w, status, a.writes(r), func(tx *db.Tx) (file.File, error) { return do(tx, n, f.content) })
		}
	}
	if err != nil && f.stored {
		if dropped := a.files.Discard(context.WithoutCancel(r.Context()), f.content); dropped != nil {
			return dropped
		}
	}
	return err
}

func (a *API) upload(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.take(w, r, http.StatusCreated, func(tx *db.Tx, n file.Draft, c file.Content) (file.File, error) {
		if n.Access == "" {
			return file.File{}, wire.Missing("options.access")
		}
		return a.files.Make(tx, by, n, c)
	})
}

func (a *API) replace(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "fileId")
	if err != nil {
		return err
	}
	return a.take(w, r, http.StatusOK, func(tx *db.Tx, in file.Draft, c file.Content) (file.File, error) {
		return a.files.Replace(tx, by, n, in, c)
	})
}

// fetchBody is what file is to be fetched from where.
type fetchBody struct {
	options
	URL        string     `json:"url" required:"true"`
	Name       string     `json:"name"`
	FolderID   wire.Value `json:"folderId"`
	FolderPath string     `json:"folderPath"`
}

func (a *API) fetch(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body fetchBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	switch {
	case body.URL == "":
		return wire.Missing("url")
	case body.Access == "":
		return wire.Missing("access")
	}
	n := file.Draft{Name: body.Name, FolderPath: body.FolderPath}
	folder, err := folderID(&body.FolderID)
	if err != nil {
		return err
	}
	n.Folder = *folder
	if err := body.into(&n); err != nil {
		return err
	}
	return a.later(w, r, func(tx *db.Tx) (file.Task, error) { return a.files.FetchLater(tx, by, body.URL, n) })
}

func (a *API) fetched(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.task(w, r, file.Fetched, func(tx *db.Tx, n int64) (any, error) {
		f, err := a.files.Get(tx, by, n)
		if err != nil {
			return nil, err
		}
		return a.show(tx, f)
	})
}

// aside answers what is asked about one file besides its properties.
func (a *API) aside(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	what := strings.TrimSuffix(r.PathValue("what"), "/")
	if r.PathValue("fileId") == "stat" {
		return a.stat(w, r, by, what)
	}
	n, err := wire.PathID(r, "fileId")
	if err != nil {
		return err
	}
	var f file.File
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		f, err = a.files.Get(tx, by, n)
		return err
	})
	switch {
	case err != nil:
		return err
	case what == "signed-url":
		return a.sign(w, r, f)
	case what == "download":
		http.Redirect(w, r, a.files.Link(f, a.db.Clock().Now().Add(signUsual)), http.StatusFound)
		return nil
	}
	return gate.NoRoute()
}

// statAnswer is what lies at a path.
type statAnswer struct {
	File   *shownFile   `json:"file,omitempty"`
	Folder *shownFolder `json:"folder,omitempty"`
}

func (a *API) stat(w http.ResponseWriter, r *http.Request, by people.Actor, path string) error {
	var out statAnswer
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		f, err := a.files.At(tx, by, path)
		if err == nil {
			shown, err := a.show(tx, f)
			out.File = &shown
			return err
		}
		if !errs.Is(err, errs.NotFound) {
			return err
		}
		folder, err := a.files.FolderAt(tx, path)
		shown := folderOf(folder)
		out.Folder = &shown
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

const (
	signUsual = time.Hour
	signMost  = 30 * 24 * time.Hour
)

func (a *API) sign(w http.ResponseWriter, r *http.Request, f file.File) error {
	last := signUsual
	if given := r.URL.Query().Get("expirationSeconds"); given != "" {
		n, err := strconv.ParseInt(given, 10, 32)
		if last = time.Duration(n) * time.Second; err != nil || last <= 0 || last > signMost {
			return errs.Bad("expirationSeconds", "INVALID_NUMBER", fmt.Sprintf("expirationSeconds must be from 1 to %d", signMost/time.Second))
		}
	}
	until := a.db.Clock().Now().Add(last).Truncate(time.Second)
	gate.WriteJSON(w, http.StatusOK, struct {
		URL       string `json:"url"`
		ExpiresAt string `json:"expiresAt"`
		Name      string `json:"name"`
		Extension string `json:"extension"`
		Type      string `json:"type"`
		Size      int64  `json:"size"`
		Width     int    `json:"width,omitempty"`
		Height    int    `json:"height,omitempty"`
	}{a.files.Link(f, until), wire.Time(until), f.Name, f.Extension, f.Kind, f.Size, f.Width, f.Height})
	return nil
}

func (a *API) published(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	return a.serve(w, r, "public, max-age=60", func(tx *db.Tx) (file.File, error) {
		return a.files.Published(tx, r.PathValue("portal"), r.PathValue("path"))
	})
}

func (a *API) linked(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	n, err := wire.PathID(r, "fileId")
	if err != nil {
		return err
	}
	q := r.URL.Query()
	return a.serve(w, r, "private, max-age=60", func(tx *db.Tx) (file.File, error) {
		return a.files.Linked(tx, n, q.Get("expires"), q.Get("signature"))
	})
}

func (a *API) serve(w http.ResponseWriter, r *http.Request, cache string, find func(tx *db.Tx) (file.File, error)) error {
	var f file.File
	err := a.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		f, err = find(tx)
		return err
	})
	if err != nil {
		return err
	}
	h := w.Header()
	tag := `"` + f.MD5 + `"`
	h.Set("Cache-Control", cache)
	h.Set("ETag", tag)
	if !f.Access.Indexable() {
		h.Set("X-Robots-Tag", "noindex")
	}
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	ctx, cancel := gate.Serving(r)
	defer cancel()
	content, err := a.files.Open(ctx, f)
	if err != nil {
		return err
	}
	defer content.Close()
	gate.SendFile(w, gate.File{Name: f.Full(), ContentType: f.ContentType, Size: f.Size, Anywhere: f.Access.Public()}, content)
	return nil
}
