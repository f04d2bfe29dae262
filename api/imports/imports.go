// Package imports is what an admin does with imports besides what HubSpot's format has: undo one, and take what it refused away as a
// table. It holds no rule of them.
package imports

import (
	"context"
	"net/http"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/importer"
	"github.com/deskbell/deskbell/people"
)

type routes struct {
	db      *db.DB
	imports *importer.Service
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, imports *importer.Service) {
	r := &routes{d, imports}
	row := gate.Route{Needs: people.Workspace, Tag: "Imports", Scopes: gate.OneOf("crm.import")}
	get, undo, table := row, row, row
	get.Method, get.Path, get.Summary = http.MethodGet, "/helpdesk/v1/imports/{id}", "How far an import is"
	gate.Add(g, get, r.read)
	undo.Method, undo.Path, undo.Summary = http.MethodPost, "/helpdesk/v1/imports/{id}/undo", "Take what an import made into the trash; what it changed stays"
	gate.Add(g, undo, r.undo)
	table.Method, table.Path, table.Summary = http.MethodGet, "/helpdesk/v1/imports/{id}/errors.csv", "Every row that an import refused, with the reason, in CSV"
	table.About.File = true
	g.Handle(table, r.table)
}

// Import is how far one is.
type Import struct {
	ID      wire.ID   `json:"id"`
	Name    string    `json:"name"`
	State   string    `json:"state" enum:"STARTED,PROCESSING,DONE,FAILED,CANCELED,DEFERRED,REVERTED" doc:"DEFERRED while it is being undone."`
	Says    string    `json:"says" doc:"Why it failed."`
	Rows    int64     `json:"rows" doc:"Rows that were read."`
	Created int64     `json:"created"`
	Updated int64     `json:"updated"`
	Errors  int64     `json:"errors" doc:"Rows, or parts of them, that were refused."`
	At      time.Time `json:"at"`
}

func importOf(im importer.Import) Import {
	return Import{wire.ID(im.ID), im.Name, string(im.State), im.Says, im.Counters.Rows, im.Counters.Created, im.Counters.Updated, im.Counters.Errors, im.CreatedAt}
}

func (r *routes) read(ctx context.Context, _ people.Actor, in *wire.One) (*wire.Answer[Import], error) {
	var im importer.Import
	err := r.db.Read(ctx, func(tx *db.Tx) (err error) {
		im, err = r.imports.Get(tx, in.ID)
		return err
	})
	return wire.Of(importOf(im)), err
}

func (r *routes) undo(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[Import], error) {
	var im importer.Import
	err := r.db.Write(ctx, func(tx *db.Tx) (err error) {
		im, err = r.imports.Undo(tx, by, in.ID)
		return err
	})
	return wire.Of(importOf(im)), err
}

func (r *routes) table(w http.ResponseWriter, req *http.Request, _ people.Actor) error {
	n, err := id.Parse("id", req.PathValue("id"))
	if err != nil {
		return err
	}
	var im importer.Import
	err = r.db.Read(req.Context(), func(tx *db.Tx) error {
		im, err = r.imports.Get(tx, n)
		return err
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="import-errors-`+id.Format(n)+`.csv"`)
	return r.imports.Table(req.Context(), im, w)
}
