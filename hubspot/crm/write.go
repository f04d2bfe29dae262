package crm

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// createBody is what a record is made from.
type createBody struct {
	Properties         map[string]wire.Value `json:"properties" required:"true"`
	ObjectWriteTraceID string                `json:"objectWriteTraceId"`
	Associations       []struct {
		To struct {
			ID wire.Value `json:"id"`
		} `json:"to"`
		Types []struct {
			AssociationCategory string `json:"associationCategory"`
			AssociationTypeID   int    `json:"associationTypeId"`
		} `json:"types"`
	} `json:"associations"`
}

// input is the body as the record engine takes it.
func (a *API) input(tx *db.Tx, t property.ObjectType, b createBody) (record.Input, error) {
	if b.Properties == nil {
		return record.Input{}, wire.Missing("properties")
	}
	in := record.Input{Properties: wire.Plain(b.Properties)}
	for _, given := range b.Associations {
		to, err := id.Parse("associations.to.id", string(given.To.ID))
		if err != nil {
			return in, err
		}
		if len(given.Types) == 0 {
			return in, wire.Missing("types")
		}
		for _, kind := range given.Types {
			known, ok, err := a.records.AssociationTypes().Leads(tx, t, kind.AssociationTypeID)
			if err != nil {
				return in, err
			}
			if !ok || kind.AssociationCategory != "" && !strings.EqualFold(kind.AssociationCategory, string(known.Category)) {
				return in, errs.Bad("associationTypeId", "INVALID_ASSOCIATION_TYPE",
					fmt.Sprintf("%s %d is not an association type of %s", kind.AssociationCategory, kind.AssociationTypeID, t.Name))
			}
			in.Links = append(in.Links, record.Link{FromType: t.Name, ToType: known.To, ToID: to, TypeID: known.ID})
		}
	}
	return in, nil
}

func (a *API) create(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body createBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	var t property.ObjectType
	var out object
	err := a.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		if t, err = a.objectType(tx, r); err != nil {
			return err
		}
		in, err := a.input(tx, t, body)
		if err != nil {
			return err
		}
		rec, err := a.records.Create(tx, by, t.Name, in)
		if err != nil {
			return err
		}
		out, err = a.showOne(tx, by, t, rec, written(r, t, body.Properties))
		out.ObjectWriteTraceID = body.ObjectWriteTraceID
		return err
	})
	if err != nil {
		return wire.PropertyError(t, err)
	}
	gate.WriteJSON(w, http.StatusCreated, out)
	return nil
}

// written is what the answer to a write shows: what was asked for, else what is usual and what was written.
func written(r *http.Request, t property.ObjectType, props map[string]wire.Value) view {
	v := viewOf(r)
	if len(v.properties) == 0 {
		v.properties = slices.Concat(t.Standard, slices.Collect(maps.Keys(props)))
	}
	return v
}

// changeBody is what changes a record.
type changeBody struct {
	Properties         map[string]wire.Value `json:"properties" required:"true"`
	ObjectWriteTraceID string                `json:"objectWriteTraceId"`
}

func (a *API) update(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body changeBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if body.Properties == nil {
		return wire.Missing("properties")
	}
	var t property.ObjectType
	var out object
	err := a.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		if t, err = a.objectType(tx, r); err != nil {
			return err
		}
		n, err := a.identify(tx, r, t)
		if err != nil {
			return err
		}
		rec, err := a.records.Update(tx, by, t.Name, n, wire.Plain(body.Properties), "")
		if err != nil {
			return err
		}
		out, err = a.showOne(tx, by, t, rec, written(r, t, body.Properties))
		out.ObjectWriteTraceID = body.ObjectWriteTraceID
		return err
	})
	if err != nil {
		return wire.PropertyError(t, err)
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) archive(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.archiveAll(w, r, by, []string{r.PathValue("id")})
}

// archiveAll is idempotent: what is not there is archived already.
func (a *API) archiveAll(w http.ResponseWriter, r *http.Request, by people.Actor, given []string) error {
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		t, err := a.objectType(tx, r)
		if err != nil {
			return err
		}
		ids, err := a.identifyAll(tx, t, "", given)
		if err != nil {
			return err
		}
		for _, n := range known(ids) {
			if err := a.records.Archive(tx, by, t.Name, n); err != nil && !errs.Is(err, errs.NotFound) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
