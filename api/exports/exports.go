// Package exports is how people take a list with them as a file: start an export of a view, see how far it is, stop it, and fetch the
// file. It holds no rule of them.
package exports

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/deskbell/deskbell/api/views"
	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/exporter"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

type routes struct {
	db      *db.DB
	exports *exporter.Service
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, exports *exporter.Service) {
	r := &routes{d, exports}
	row := gate.Route{Needs: people.Workspace, Tag: "Exports", Scopes: gate.OneOf("crm.export")}
	at := func(method, path, summary string) gate.Route {
		row.Method, row.Path, row.Summary = method, "/helpdesk/v1/exports"+path, summary
		return row
	}
	gate.Add(g, at(http.MethodGet, "", "The exports that one asked for in the last 30 days, the newest first"), r.list)
	start := at(http.MethodPost, "", "Export what a list shows to a file, in the background")
	start.Status = http.StatusAccepted
	gate.Add(g, start, r.start)
	gate.Add(g, at(http.MethodGet, "/{id}", "How far an export is"), r.read)
	gate.Add(g, at(http.MethodPost, "/{id}/cancel", "Stop an export; nothing is left of it"), r.cancel)
	content := at(http.MethodGet, "/{id}/file", "The file of an export")
	content.About.File, content.Endless = true, true
	g.Handle(content, r.file)
}

// Export is how far one is.
type Export struct {
	ID         wire.ID    `json:"id"`
	Name       string     `json:"name"`
	State      string     `json:"state" enum:"ENQUEUED,PROCESSING,DONE,FAILED,CANCELED"`
	Says       string     `json:"says" doc:"Why it failed."`
	ObjectType string     `json:"objectType"`
	Format     string     `json:"format" enum:"CSV,XLSX"`
	Total      int64      `json:"total" doc:"Records that matched when it began."`
	Done       int64      `json:"done" doc:"Of them, those that are written, or are not there any more."`
	Records    int64      `json:"records" doc:"Records that were written."`
	HasFile    bool       `json:"hasFile" doc:"The file can be fetched."`
	At         time.Time  `json:"at"`
	EndedAt    *time.Time `json:"endedAt"`
}

func exportOf(ex exporter.Export) Export {
	return Export{wire.ID(ex.ID), ex.Name, string(ex.State), ex.Says, ex.ObjectType, string(ex.Format), ex.Total, ex.Done, ex.Records, ex.File != 0, ex.CreatedAt,
		wire.Time(ex.EndedAt)}
}

type listInput struct {
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	After string `query:"after" maxLength:"20" doc:"paging.next.after of the page before."`
}

func (r *routes) list(ctx context.Context, by people.Actor, in *listInput) (*wire.Answer[wire.Page[Export]], error) {
	var before int64
	var err error
	if in.After != "" {
		if before, err = id.Parse("after", in.After); err != nil {
			return nil, err
		}
	}
	var all []exporter.Export
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = r.exports.List(tx, by, before, in.Limit+1)
		return err
	})
	next := ""
	if len(all) > in.Limit {
		all = all[:in.Limit]
		next = id.Format(all[in.Limit-1].ID)
	}
	var out []Export
	for _, ex := range all {
		out = append(out, exportOf(ex))
	}
	return wire.Of(wire.Paged(out, next)), err
}

type startInput struct {
	Body struct {
		Name         string         `json:"name,omitempty" maxLength:"200" doc:"What the file is called."`
		Format       string         `json:"format,omitempty" enum:"CSV,XLSX" default:"CSV"`
		ObjectType   string         `json:"objectType,omitempty" maxLength:"100" default:"tickets"`
		View         string         `json:"view,omitempty" maxLength:"50" doc:"Only tickets of this view."`
		FilterGroups []filter.Group `json:"filterGroups,omitempty" maxItems:"25" doc:"HubSpot's filter groups: of several, one must hold."`
		Query        string         `json:"query,omitempty" maxLength:"1000" doc:"As in a search of tickets."`
		Sorts        []string       `json:"sorts,omitempty" maxItems:"1" doc:"As sort of a view's tickets."`
		Properties   []string       `json:"properties,omitempty" maxItems:"1000" doc:"Names of the properties that become columns; of tickets those of the list when absent."`
	}
}

// listed are the columns of a list of tickets.
var listed = []string{"subject", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_priority", "hs_ticket_category", "hubspot_owner_id", "hubspot_team_id", "createdate",
	"closed_date", "desk_active_at"}

const tickets = "tickets"

func (r *routes) start(ctx context.Context, by people.Actor, in *startInput) (*wire.Answer[Export], error) {
	b := in.Body
	q := exporter.Request{Name: b.Name, Format: cmp.Or(b.Format, string(exporter.CSV)), ObjectType: cmp.Or(b.ObjectType, tickets), View: b.View, Groups: b.FilterGroups,
		Text: b.Query, Sorts: views.Sorts(b.View, b.Sorts), Properties: b.Properties}
	if q.ObjectType == tickets && len(q.Properties) == 0 {
		q.Properties, q.Associated, q.Called = listed, []string{"contacts"}, true
	}
	var ex exporter.Export
	err := r.db.Write(ctx, func(tx *db.Tx) (err error) {
		ex, err = r.exports.Start(tx, by, q)
		return err
	})
	return wire.Of(exportOf(ex)), err
}

func (r *routes) read(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[Export], error) {
	var ex exporter.Export
	err := r.db.Read(ctx, func(tx *db.Tx) (err error) {
		ex, err = r.exports.Get(tx, by, in.ID)
		return err
	})
	return wire.Of(exportOf(ex)), err
}

func (r *routes) cancel(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[Export], error) {
	var ex exporter.Export
	err := r.db.Write(ctx, func(tx *db.Tx) (err error) {
		ex, err = r.exports.Cancel(tx, by, in.ID)
		return err
	})
	return wire.Of(exportOf(ex)), err
}

func (r *routes) file(w http.ResponseWriter, req *http.Request, by people.Actor) error {
	n, err := id.Parse("id", req.PathValue("id"))
	if err != nil {
		return err
	}
	var f file.File
	err = r.db.Read(req.Context(), func(tx *db.Tx) error {
		f, err = r.exports.File(tx, by, n)
		return err
	})
	if err != nil {
		return err
	}
	var content io.ReadCloser
	if content, err = r.exports.Open(req.Context(), f); err != nil {
		return err
	}
	defer content.Close()
	gate.SendFile(w, gate.File{Name: f.Full(), ContentType: f.ContentType, Size: f.Size}, content)
	return nil
}
