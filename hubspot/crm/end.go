package crm

import (
	"net/http"

	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// ending answers the routes that make one record of two, and none of one.
type ending struct {
	*API
	merges *merge.Service
	eraser *erase.Service
}

// EndRoutes adds the routes that merge records and delete them for good.
func EndRoutes(g *gate.Gate, d *db.DB, records *record.Store, props *property.Registry, merges *merge.Service, eraser *erase.Service) {
	m := &ending{&API{db: d, records: records, props: props}, merges, eraser}
	objects := wire.At(g, "/crm/v3/objects/{objectType}", "/crm/objects/{version}/{objectType}").Of("Records").
		For(gate.ReadObjects("objectType"), gate.WriteObjects("objectType"))
	objects.Add("POST /merge", "Merge two records", m.merge, gate.Takes[mergeBody](), gate.Gives[object](http.StatusOK))
	objects.Add("POST /gdpr-delete", "Delete a record for good", m.erase, gate.Takes[eraseBody](), gate.GivesNothing)
}

// mergeBody names the record that stays, and the one that becomes part of it.
type mergeBody struct {
	Primary wire.Value `json:"primaryObjectId" required:"true"`
	Other   wire.Value `json:"objectIdToMerge" required:"true"`
}

func (m *ending) merge(w http.ResponseWriter, r *http.Request, by people.Actor) error {
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

// eraseBody names what is deleted for good, by its id or by a unique property.
type eraseBody struct {
	ObjectID   wire.Value `json:"objectId" required:"true"`
	IDProperty string     `json:"idProperty,omitempty"`
}

// erase deletes a record for good. An e-mail address that no contact has is blocked, so that none gets it.
func (m *ending) erase(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body eraseBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if body.ObjectID == "" {
		return wire.Missing("objectId")
	}
	err := m.db.Write(r.Context(), func(tx *db.Tx) error {
		t, err := m.objectType(tx, r)
		if err != nil {
			return err
		}
		if t.Name == "contacts" && body.IDProperty == "email" {
			return m.eraser.BlockEmail(tx, by, string(body.ObjectID))
		}
		ids, err := m.identifyAll(tx, t, body.IDProperty, []string{string(body.ObjectID)})
		if err != nil {
			return err
		}
		if ids[0] == 0 {
			return wire.NotFound()
		}
		return m.eraser.Erase(tx, by, t.Name, ids[0])
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
