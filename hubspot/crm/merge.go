package crm

import (
	"net/http"

	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// merging answers the routes that make one record of two.
type merging struct {
	*API
	merges *merge.Service
}

// MergeRoutes adds the routes of merges.
func MergeRoutes(g *gate.Gate, d *db.DB, records *record.Store, props *property.Registry, merges *merge.Service) {
	m := &merging{&API{db: d, records: records, props: props}, merges}
	objects := wire.At(g, "/crm/v3/objects/{objectType}", "/crm/objects/{version}/{objectType}").Of("Records").
		For(gate.ReadObjects("objectType"), gate.WriteObjects("objectType"))
	objects.Add("POST /merge", "Merge two records", m.merge, gate.Takes[mergeBody](), gate.Gives[object](http.StatusOK))
}

// mergeBody names the record that stays, and the one that becomes part of it.
type mergeBody struct {
	Primary wire.Value `json:"primaryObjectId" required:"true"`
	Other   wire.Value `json:"objectIdToMerge" required:"true"`
}

func (m *merging) merge(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body mergeBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if body.Primary == "" || body.Other == "" {
		return wire.Missing("primaryObjectId", "objectIdToMerge")
	}
	primary, err := id.Parse("primaryObjectId", string(body.Primary))
	if err != nil {
		return err
	}
	other, err := id.Parse("objectIdToMerge", string(body.Other))
	if err != nil {
		return err
	}
	var out object
	err = m.db.Write(r.Context(), func(tx *db.Tx) error {
		t, err := m.objectType(tx, r)
		if err != nil {
			return err
		}
		rec, err := m.merges.Merge(tx, by, t.Name, primary, other)
		if err != nil {
			return err
		}
		v := viewOf(r)
		v.properties = append(v.properties, t.Standard...)
		v.properties = append(v.properties, "hs_merged_object_ids")
		out, err = m.showOne(tx, by, t, rec, v)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}
