// Package merges makes one record of two, of any object type, and two again of one. It shows what was merged, and knows no rule of it.
package merges

import (
	"context"
	"net/http"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
)

type routes struct {
	db     *db.DB
	merges *merge.Service
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, merges *merge.Service) {
	r := &routes{d, merges}
	const tag = "Merges"
	gate.Add(g, gate.Route{Method: http.MethodPost, Path: "/helpdesk/v1/records/{objectType}/{id}/merge", Needs: people.Workspace, Tag: tag,
		Summary: "Merge another record into this one"}, r.merge)
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/records/{objectType}/{id}/merges", Needs: people.Workspace, Tag: tag,
		Summary: "What was merged into a record, the newest first"}, r.list)
	gate.Add(g, gate.Route{Method: http.MethodPost, Path: "/helpdesk/v1/merges/{id}/undo", Needs: people.ManageAccount, Tag: tag,
		Summary: "Make two records again, within 30 days and while the merged one was not edited"}, r.undo)
}

// Merge is one that was made.
type Merge struct {
	ID        wire.ID   `json:"id"`
	PrimaryID wire.ID   `json:"primaryId" doc:"The record that stayed."`
	MergedID  wire.ID   `json:"mergedId" doc:"The one that answers as it now."`
	At        time.Time `json:"at"`
	Settled   bool      `json:"settled" doc:"It is too old to be undone."`
}

func mergeOf(m merge.Merge) Merge {
	return Merge{wire.ID(m.ID), wire.ID(m.Primary), wire.ID(m.From), m.At, m.Settled}
}

// Which is a record of some type.
type Which struct {
	ObjectType string `path:"objectType" doc:"Plural, singular or type id."`
	wire.One
}

type mergeInput struct {
	Which
	Body struct {
		OtherID wire.ID `json:"otherId" doc:"The record that ends up in this one."`
	}
}

func (r *routes) merge(ctx context.Context, by people.Actor, in *mergeInput) (*wire.Answer[Merge], error) {
	var out Merge
	err := r.db.Write(ctx, func(tx *db.Tx) error {
		rec, err := r.merges.Merge(tx, by, in.ObjectType, in.ID, int64(in.Body.OtherID))
		if err != nil {
			return err
		}
		all, err := r.merges.List(tx, people.System, rec.ObjectType, rec.ID)
		if err == nil && len(all) > 0 {
			out = mergeOf(all[0])
		}
		return err
	})
	return wire.Of(out), err
}

func (r *routes) list(ctx context.Context, by people.Actor, in *Which) (*wire.Answer[wire.List[Merge]], error) {
	out := []Merge{}
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		all, err := r.merges.List(tx, by, in.ObjectType, in.ID)
		for _, m := range all {
			out = append(out, mergeOf(m))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return wire.Listed(out), nil
}

func (r *routes) undo(ctx context.Context, by people.Actor, in *wire.One) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error {
		_, err := r.merges.Undo(tx, by, in.ID)
		return err
	})
}
