// Package trash is what was deleted, of any object type: the list, taking out of it, and deleting for good. It knows no rule of it.
package trash

import (
	"context"
	"net/http"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
)

type routes struct {
	db      *db.DB
	records *record.Store
	props   *property.Registry
	eraser  *erase.Service
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, records *record.Store, props *property.Registry, eraser *erase.Service) {
	r := &routes{d, records, props, eraser}
	const tag = "Trash"
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/records/{objectType}/trash", Needs: people.Workspace, Tag: tag,
		Summary: "Records in the trash; they stay there for 90 days"}, r.list)
	gate.Add(g, gate.Route{Method: http.MethodPost, Path: "/helpdesk/v1/records/{objectType}/{id}/restore", Needs: people.Workspace, Tag: tag,
		Summary: "Take a record out of the trash"}, r.restore)
	gate.Add(g, gate.Route{Method: http.MethodDelete, Path: "/helpdesk/v1/records/{objectType}/{id}/forever", Needs: people.ManageAccount, Tag: tag,
		Summary: "Delete a record for good, with all that was kept of it"}, r.erase)
}

// Record is one in the trash.
type Record struct {
	ID        wire.ID   `json:"id"`
	Name      string    `json:"name"`
	DeletedAt time.Time `json:"deletedAt"`
}

type listInput struct {
	ObjectType string `path:"objectType" doc:"Plural, singular or type id."`
	After      string `query:"after"`
	Limit      int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

func (r *routes) list(ctx context.Context, by people.Actor, in *listInput) (*wire.Answer[wire.Page[Record]], error) {
	var out wire.Page[Record]
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		t, err := r.props.Type(tx, in.ObjectType)
		if err != nil {
			return err
		}
		page, err := r.records.List(tx, by, t.Name, in.After, in.Limit, true)
		if err != nil {
			return err
		}
		list := []Record{}
		for _, rec := range page.Records {
			list = append(list, Record{wire.ID(rec.ID), rec.Properties[t.PrimaryDisplay], rec.ArchivedAt})
		}
		out = wire.Paged(list, page.Next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Of(out), nil
}

// Which is a record of some type.
type Which struct {
	ObjectType string `path:"objectType" doc:"Plural, singular or type id."`
	wire.One
}

func (r *routes) restore(ctx context.Context, by people.Actor, in *Which) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.records.Restore(tx, by, in.ObjectType, in.ID) })
}

func (r *routes) erase(ctx context.Context, by people.Actor, in *Which) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.eraser.Erase(tx, by, in.ObjectType, in.ID) })
}
