// Package imports is HubSpot's API of imports, in its wire format. It holds no rule of them, only how they look outside.
package imports

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/importer"
	"github.com/deskbell/deskbell/people"
)

// API answers the routes of imports.
type API struct {
	db      *db.DB
	imports *importer.Service
	files   *file.Service
}

// Routes adds the routes of imports.
func Routes(g *gate.Gate, d *db.DB, imports *importer.Service, files *file.Service) {
	a := &API{d, imports, files}
	scopes := gate.OneOf("crm.import")
	all := wire.At(g, "/crm/v3/imports", "/crm/imports/{version}").Of("Imports").For(scopes, scopes)
	all.Add("GET ", "List imports, the newest first", a.list, wire.Query("limit", "after", "before"), gate.Gives[wire.Page[shownImport]](http.StatusOK))
	all.Add("GET /{importId}", "Read how far an import is", a.read, gate.Gives[shownImport](http.StatusOK))
	all.Add("POST /{importId}/cancel", "Stop an import", a.cancel, gate.Takes[struct{}](), gate.Gives[action](http.StatusOK))
	all.Add("GET /{importId}/errors", "What an import refused", a.errors, wire.Query("limit", "after", "includeErrorMessage", "includeRowData"),
		gate.Gives[wire.Page[shownError]](http.StatusOK))
	all.Row.Body, all.Row.Endless, all.Row.Forget = filesMost*file.Most, true, true
	all.Add("POST ", "Import records from files", a.start, gate.TakesUpload[startForm](), gate.Gives[shownImport](http.StatusOK))
}

// startForm are the parts of the form that begins an import.
type startForm struct {
	Files   []gate.Upload `json:"files" required:"true"`
	Request string        `json:"importRequest" required:"true"` // JSON
}

const (
	filesMost   = 10
	requestMost = 1 << 20
)

func (a *API) start(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var sent []importer.Sent
	var asked string
	err := gate.EachPart(w, r, func(ctx context.Context, p *multipart.Part) (err error) {
		switch {
		case p.FormName() == "importRequest":
			asked, err = gate.FormText(p, requestMost)
		case p.FormName() == "files" && len(sent) < filesMost:
			var c file.Content
			if c, err = a.files.Store(ctx, p); err == nil {
				sent = append(sent, importer.Sent{Name: p.FileName(), Content: c})
			}
		default:
			_, err = io.Copy(io.Discard, p)
		}
		return err
	})
	var out shownImport
	if err == nil {
		out, err = a.begin(r, by, asked, sent)
	}
	if err != nil {
		for _, s := range sent {
			if dropped := a.files.Discard(context.WithoutCancel(r.Context()), s.Content); dropped != nil {
				return dropped
			}
		}
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) begin(r *http.Request, by people.Actor, asked string, sent []importer.Sent) (shownImport, error) {
	if asked == "" {
		return shownImport{}, wire.Missing("importRequest")
	}
	var body request
	if err := json.Unmarshal([]byte(asked), &body); err != nil {
		return shownImport{}, errs.Bad("importRequest", "INVALID_JSON", "Invalid input JSON on line 1, column 1: importRequest: "+err.Error())
	}
	var im importer.Import
	err := a.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		im, err = a.imports.Start(tx, by, body.request(), asked, "API", sent)
		return err
	})
	return importOf(im), err
}

// request is what an import is asked for with.
type request struct {
	Name       string                        `json:"name"`
	Operations map[string]importer.Operation `json:"importOperations"`
	DateFormat string                        `json:"dateFormat"`
	Files      []struct {
		Name       string `json:"fileName"`
		Format     string `json:"fileFormat"`
		DateFormat string `json:"dateFormat"`
		Page       struct {
			Name      string   `json:"pageName"`
			HasHeader *bool    `json:"hasHeader"`
			Columns   []column `json:"columnMappings"`
		} `json:"fileImportPage"`
	} `json:"files"`
}

type column struct {
	TypeID     string              `json:"columnObjectTypeId"`
	Name       string              `json:"columnName"`
	Property   string              `json:"propertyName"`
	Kind       importer.ColumnKind `json:"columnType"`
	IDKind     importer.ColumnKind `json:"idColumnType"` // the older name of columnType
	Key        bool                `json:"associationIdentifierColumn"`
	To         string              `json:"toColumnObjectTypeId"`
	ForeignKey struct {
		TypeID int `json:"associationTypeId"`
	} `json:"foreignKeyType"`
}

// plainKind is a column that is nothing but a property's values.
const plainKind = "STANDARD"

func (b request) request() importer.Request {
	out := importer.Request{Name: b.Name, Operations: b.Operations, DateFormat: b.DateFormat}
	for _, f := range b.Files {
		if out.DateFormat == "" {
			out.DateFormat = f.DateFormat
		}
		one := importer.FileRequest{Name: f.Name, Format: f.Format, Page: f.Page.Name, Headers: f.Page.HasHeader == nil || *f.Page.HasHeader}
		for _, c := range f.Page.Columns {
			kind := c.Kind
			if kind == "" {
				kind = c.IDKind
			}
			if kind == plainKind {
				kind = ""
			}
			one.Columns = append(one.Columns, importer.Column{Name: c.Name, TypeID: c.TypeID, Property: c.Property, Kind: kind, Key: c.Key, To: c.To, Association: c.ForeignKey.TypeID})
		}
		out.Files = append(out.Files, one)
	}
	return out
}

// shownImport is an import in HubSpot's form.
type shownImport struct {
	ID       string          `json:"id"`
	State    importer.State  `json:"state"`
	Name     string          `json:"importName"`
	Source   string          `json:"importSource"`
	Asked    json.RawMessage `json:"importRequestJson"`
	OptOut   bool            `json:"optOutImport"`
	Types    []string        `json:"mappedObjectTypeIds"`
	Metadata metadata        `json:"metadata"`
	Created  string          `json:"createdAt"`
	Updated  string          `json:"updatedAt"`
}

type metadata struct {
	Counters    importer.Counters `json:"counters"`
	FileIDs     []string          `json:"fileIds"`
	ObjectLists []struct{}        `json:"objectLists"`
}

func importOf(im importer.Import) shownImport {
	out := shownImport{ID: id.Format(im.ID), State: im.State, Name: im.Name, Source: im.Source, Asked: json.RawMessage(im.Asked), Types: im.Types,
		Metadata: metadata{Counters: im.Counters, FileIDs: []string{}, ObjectLists: []struct{}{}}, Created: wire.Time(im.CreatedAt), Updated: wire.Time(im.UpdatedAt)}
	for _, f := range im.Files {
		out.Metadata.FileIDs = append(out.Metadata.FileIDs, id.Format(f))
	}
	return out
}

func place(r *http.Request) (int64, error) {
	given := r.URL.Query().Get("after")
	if given == "" {
		return 0, nil
	}
	n, err := id.Parse("after", given)
	if err != nil {
		return 0, errs.Bad("after", "INVALID_CURSOR", "The place to go on from is not one of this list.")
	}
	return n, nil
}

func (a *API) list(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	limit, err := wire.Limit(r, 10, 100)
	if err != nil {
		return err
	}
	before, err := place(r)
	if err != nil {
		return err
	}
	out := wire.Page[shownImport]{Results: []shownImport{}}
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		all, err := a.imports.List(tx, before, limit+1)
		for i, im := range all {
			if i == limit {
				out.Paging = wire.Following(r, id.Format(all[i-1].ID))
				break
			}
			out.Results = append(out.Results, importOf(im))
		}
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) read(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	n, err := wire.PathID(r, "importId")
	if err != nil {
		return err
	}
	var im importer.Import
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		im, err = a.imports.Get(tx, n)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, importOf(im))
	return nil
}

// action is what became of a command.
type action struct {
	Status      string `json:"status"`
	StartedAt   string `json:"startedAt"`
	CompletedAt string `json:"completedAt"`
}

func (a *API) cancel(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "importId")
	if err != nil {
		return err
	}
	err = a.db.Write(r.Context(), func(tx *db.Tx) error {
		_, err := a.imports.Cancel(tx, by, n)
		return err
	})
	if err != nil {
		return err
	}
	now := wire.Time(a.db.Clock().Now())
	gate.WriteJSON(w, http.StatusOK, action{"COMPLETE", now, now})
	return nil
}

// shownError is what an import refused, in HubSpot's form.
type shownError struct {
	ID           string     `json:"id"`
	CreatedAt    int64      `json:"createdAt"` // milliseconds
	Kind         string     `json:"errorType"`
	Message      string     `json:"errorMessage,omitempty"`
	ObjectType   string     `json:"objectType,omitempty"`
	ObjectTypeID string     `json:"objectTypeId,omitempty"`
	Value        string     `json:"invalidValue,omitempty"`
	Column       int        `json:"knownColumnNumber,omitempty"`
	Source       sourceData `json:"sourceData"`
}

type sourceData struct {
	FileID    int64    `json:"fileId"`
	Line      int64    `json:"lineNumber"`
	Row       []string `json:"rowData"`
	Encrypted bool     `json:"containsEncryptedProperties"`
}

func (a *API) errors(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	n, err := wire.PathID(r, "importId")
	if err != nil {
		return err
	}
	limit, err := wire.Limit(r, 10, 500)
	if err != nil {
		return err
	}
	after, err := place(r)
	if err != nil {
		return err
	}
	without := func(name string) bool { return strings.EqualFold(r.URL.Query().Get(name), "false") }
	out := wire.Page[shownError]{Results: []shownError{}}
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		im, err := a.imports.Get(tx, n)
		if err != nil {
			return err
		}
		all, err := a.imports.Rejected(tx, im, after, limit+1)
		if err != nil {
			return fmt.Errorf("errors of import %d: %w", n, err)
		}
		if len(all) > limit {
			all = all[:limit]
			out.Paging = wire.Following(r, id.Format(all[limit-1].ID))
		}
		for _, e := range all {
			shown := errorOf(e)
			if without("includeErrorMessage") {
				shown.Message = ""
			}
			if without("includeRowData") {
				shown.Source.Row = []string{}
			}
			out.Results = append(out.Results, shown)
		}
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func errorOf(e importer.Rejected) shownError {
	out := shownError{ID: id.Format(e.ID), CreatedAt: e.At.UnixMilli(), Kind: e.Kind, Message: e.Message, ObjectTypeID: e.ObjectType.TypeID, Value: e.Value,
		Column: e.Column, Source: sourceData{FileID: e.FileID, Line: e.Line, Row: e.Row}}
	if !e.ObjectType.Own() {
		out.ObjectType = strings.ToUpper(e.ObjectType.Singular)
	}
	return out
}
