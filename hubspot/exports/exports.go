// Package exports is HubSpot's API of exports, in its wire format. It holds no rule of them, only how they look outside.
package exports

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/exporter"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// API answers the routes of exports.
type API struct {
	db      *db.DB
	exports *exporter.Service
	base    string
}

// Routes adds the routes of exports. base is the address by which clients reach us.
func Routes(g *gate.Gate, d *db.DB, exports *exporter.Service, base string) {
	a := &API{d, exports, base}
	scopes := gate.OneOf("crm.export")
	all := wire.At(g, "/crm/v3/exports/export", "/crm/exports/{version}/export").Of("Exports").For(scopes, scopes)
	all.Add("POST /async", "Export records to a file", a.start, gate.Takes[request](), gate.Gives[locator](http.StatusAccepted))
	all.Add("GET /async/tasks/{taskId}/status", "How far an export is, and where its file can be had for five minutes", a.status, gate.Gives[action](http.StatusOK))
	all.Add("GET /{exportId}", "Read what an export is of", a.read, gate.Gives[shown](http.StatusOK))
}

// request is what an export is asked for with.
type request struct {
	Type       string   `json:"exportType" required:"true"` // VIEW, or LIST with a listId and without a search
	List       string   `json:"listId"`
	Format     string   `json:"format" required:"true"` // CSV or XLSX
	Name       string   `json:"exportName"`
	Properties []string `json:"objectProperties"`
	ObjectType string   `json:"objectType" required:"true"`
	Language   string   `json:"language"`
	Associated types    `json:"associatedObjectType"`
	Internal   []string `json:"exportInternalValuesOptions"` // NAMES, VALUES
	Unbounded  bool     `json:"overrideAssociatedObjectsPerDefinitionPerRowLimit"`
	Labels     bool     `json:"includeLabeledAssociations"`
	Called     bool     `json:"includePrimaryDisplayPropertyForAssociatedObjects"`
	Search     struct {
		Query   string             `json:"query"`
		Filters []wire.Filter      `json:"filters"`
		Groups  []wire.FilterGroup `json:"filterGroups"`
		Sorts   []wire.SortBy      `json:"sorts"`
	} `json:"publicCrmSearchRequest"`
}

// types is an object type, or a list of them.
type types []string

// Outline is the first form.
func (types) Outline() any { return "" }

// UnmarshalJSON reads both forms.
func (t *types) UnmarshalJSON(raw []byte) error {
	var one *string
	if json.Unmarshal(raw, &one) == nil {
		if *t = nil; one != nil && *one != "" {
			*t = types{*one}
		}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(t))
}

// languages are HubSpot's. What properties and options are called has one, the account's: all are the same here.
var languages = []string{"", "EN", "DE", "ES", "FR", "JA", "NL", "PT_BR", "PT", "IT", "PL", "SV", "FI", "ZH_TW", "DA_DK", "NO"}

// What an export is of.
const (
	ofView = "VIEW"
	ofList = "LIST"
)

const (
	namesOption  = "NAMES"
	valuesOption = "VALUES"
)

func (b request) request() (out exporter.Request, err error) {
	out = exporter.Request{Name: b.Name, Format: b.Format, ObjectType: b.ObjectType, Text: b.Search.Query, Properties: b.Properties, Associated: b.Associated,
		Unbounded: b.Unbounded, Labels: b.Labels, Called: b.Called, Names: slices.Contains(b.Internal, namesOption), Values: slices.Contains(b.Internal, valuesOption)}
	switch {
	case b.Type == ofList && b.List == "":
		return out, wire.Missing("listId")
	case b.Type != ofView && b.Type != ofList:
		return out, errs.Bad("exportType", "INVALID_OPTION", "exportType must be VIEW or LIST")
	case b.Format == "":
		return out, wire.Missing("format")
	case b.ObjectType == "":
		return out, wire.Missing("objectType")
	case !slices.Contains(languages, strings.ToUpper(b.Language)):
		return out, errs.Bad("language", "INVALID_OPTION", "language must be one of "+strings.Join(languages[1:], ", "))
	}
	for _, o := range b.Internal {
		if o != namesOption && o != valuesOption {
			return out, errs.Bad("exportInternalValuesOptions", "INVALID_OPTION", "exportInternalValuesOptions must be NAMES or VALUES")
		}
	}
	if b.Type == ofList {
		out.List, err = id.Parse("listId", b.List)
		return out, err
	}
	if out.Sorts, err = wire.Sorts(b.Search.Sorts); err != nil {
		return out, err
	}
	out.Groups, err = b.groups()
	return out, err
}

// groups are the groups of filters, each with the filters that stand outside of them.
func (b request) groups() ([]filter.Group, error) {
	groups := slices.Clone(b.Search.Groups)
	if len(groups) == 0 && len(b.Search.Filters) > 0 {
		groups = []wire.FilterGroup{{}}
	}
	for i := range groups {
		groups[i].Filters = slices.Concat(b.Search.Filters, groups[i].Filters)
	}
	return wire.Groups(groups)
}

// locator says where to ask how far an export is.
type locator struct {
	ID    string `json:"id"`
	Links links  `json:"links"`
}

type links struct {
	Status string `json:"status"`
}

func (a *API) start(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body request
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	asked, err := body.request()
	if err != nil {
		return err
	}
	var ex exporter.Export
	err = a.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		ex, err = a.exports.Start(tx, by, asked)
		return err
	})
	if err != nil {
		return err
	}
	n := id.Format(ex.ID)
	status := a.base + strings.TrimSuffix(r.URL.Path, "/") + "/tasks/" + n + "/status"
	gate.WriteJSON(w, http.StatusAccepted, locator{n, links{status}})
	return nil
}

// action is how far an export is, in HubSpot's form.
type action struct {
	Status      string      `json:"status"` // PENDING, PROCESSING, CANCELED or COMPLETE
	Result      string      `json:"result,omitempty"`
	RequestedAt string      `json:"requestedAt"`
	StartedAt   string      `json:"startedAt,omitempty"`
	CompletedAt string      `json:"completedAt,omitempty"`
	NumErrors   int         `json:"numErrors,omitempty"`
	Errors      []statement `json:"errors,omitempty"`
}

// statement is what went wrong.
type statement struct {
	Status   string              `json:"status"`
	Category string              `json:"category"`
	Message  string              `json:"message"`
	Context  map[string][]string `json:"context"`
	Links    map[string]string   `json:"links"`
	Errors   []string            `json:"errors"`
}

// statuses are our states in the words for what takes a while.
var statuses = map[exporter.State]string{exporter.Enqueued: "PENDING", exporter.Processing: "PROCESSING", exporter.Done: "COMPLETE", exporter.Failed: "COMPLETE",
	exporter.Canceled: "CANCELED"}

func (a *API) status(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var ex exporter.Export
	var link string
	err := a.one(r, by, "taskId", &ex, func(tx *db.Tx) (err error) {
		link, err = a.exports.Link(tx, ex)
		return err
	})
	if err != nil {
		return err
	}
	out := action{Status: statuses[ex.State], Result: link, RequestedAt: wire.Time(ex.CreatedAt), StartedAt: wire.Time(ex.StartedAt), CompletedAt: wire.Time(ex.EndedAt)}
	if ex.State == exporter.Failed {
		out.NumErrors = 1
		out.Errors = []statement{{Status: "error", Category: "EXPORT_FAILED", Message: ex.Says, Context: map[string][]string{}, Links: map[string]string{}, Errors: []string{}}}
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// one reads an export, and what belongs to it.
func (a *API) one(r *http.Request, by people.Actor, name string, ex *exporter.Export, more func(tx *db.Tx) error) error {
	n, err := wire.PathID(r, name)
	if err != nil {
		return err
	}
	return a.db.Read(r.Context(), func(tx *db.Tx) error {
		if *ex, err = a.exports.Get(tx, by, n); err != nil {
			return err
		}
		return more(tx)
	})
}

// shown is an export in HubSpot's form.
type shown struct {
	ID         string         `json:"id"`
	Name       string         `json:"exportName"`
	Type       string         `json:"exportType"`
	State      exporter.State `json:"exportState"`
	ObjectType string         `json:"objectType"`
	Properties []string       `json:"objectProperties"`
	Records    *int64         `json:"recordCount,omitempty"` // of one that is done
	Created    string         `json:"createdAt"`
	Updated    string         `json:"updatedAt"`
}

func (a *API) read(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var ex exporter.Export
	if err := a.one(r, by, "exportId", &ex, func(*db.Tx) error { return nil }); err != nil {
		return err
	}
	out := shown{ID: id.Format(ex.ID), Name: ex.Name, Type: ofView, State: ex.State, ObjectType: ex.ObjectType, Properties: ex.Properties(),
		Created: wire.Time(ex.CreatedAt), Updated: wire.Time(ex.UpdatedAt)}
	if ex.OfList() {
		out.Type = ofList
	}
	if ex.State == exporter.Done {
		out.Records = &ex.Records
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}
