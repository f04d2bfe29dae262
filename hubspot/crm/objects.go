package crm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

const (
	listMost   = 100
	searchMost = 200
	pageLength = 10
)

type createBody struct {
	Properties   map[string]wire.Value `json:"properties"`
	Associations []struct {
		To    struct{ ID wire.Value } `json:"to"`
		Types []struct {
			AssociationTypeID int `json:"associationTypeId"`
		} `json:"types"`
	} `json:"associations"`
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
		in := record.Input{Properties: wire.Plain(body.Properties)}
		if in.Links, err = a.links(tx, t, body); err != nil {
			return err
		}
		rec, err := a.records.Create(tx, by, t.Name, in)
		if err != nil {
			return err
		}
		out, err = a.show(tx, t, rec, wire.List(r, "properties"))
		return err
	})
	if err != nil {
		return wire.PropertyError(t, err)
	}
	gate.WriteJSON(w, http.StatusCreated, out)
	return nil
}

func (a *API) links(tx *db.Tx, t property.ObjectType, b createBody) ([]record.Link, error) {
	var out []record.Link
	for _, given := range b.Associations {
		to, err := id.Parse("associations.to.id", string(given.To.ID))
		if err != nil {
			return nil, err
		}
		for _, kind := range given.Types {
			way, ok, err := a.records.AssociationTypes().Leads(tx, t, kind.AssociationTypeID)
			if err != nil {
				return nil, err
			}
			if !ok {
				return nil, errs.Bad("associationTypeId", "INVALID_ASSOCIATION_TYPE",
					fmt.Sprintf("%d is not an association type of %s", kind.AssociationTypeID, t.Name))
			}
			out = append(out, record.Link{FromType: t.Name, ToType: way.To, ToID: to, TypeID: kind.AssociationTypeID})
		}
	}
	return out, nil
}

func (a *API) read(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var out object
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		t, err := a.objectType(tx, r)
		if err != nil {
			return err
		}
		n, err := a.identify(tx, r, t)
		if err != nil {
			return err
		}
		rec, err := a.records.Get(tx, by, t.Name, n)
		if err != nil {
			return err
		}
		out, err = a.show(tx, t, rec, wire.List(r, "properties"))
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// identify reads the {id} of a path: an id, or with idProperty the value of a unique property.
func (a *API) identify(tx *db.Tx, r *http.Request, t property.ObjectType) (int64, error) {
	text, by := r.PathValue("id"), r.URL.Query().Get("idProperty")
	if by == "" || by == "hs_object_id" {
		n, err := id.Parse("id", text)
		if err != nil {
			return 0, wire.NotFound()
		}
		return n, nil
	}
	n, ok, err := a.records.FindBy(tx, t.Name, by, text)
	if err == nil && !ok {
		err = wire.NotFound()
	}
	return n, err
}

func (a *API) update(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body struct {
		Properties map[string]wire.Value `json:"properties"`
	}
	if err := wire.Decode(r, &body); err != nil {
		return err
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
		out, err = a.show(tx, t, rec, wire.List(r, "properties"))
		return err
	})
	if err != nil {
		return wire.PropertyError(t, err)
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// archive is idempotent: what is not there is archived already.
func (a *API) archive(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		t, err := a.objectType(tx, r)
		if err != nil {
			return err
		}
		n, err := id.Parse("id", r.PathValue("id"))
		if err == nil {
			err = a.records.Archive(tx, by, t.Name, n)
		}
		if errs.Is(err, errs.NotFound) || errs.Is(err, errs.Invalid) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) list(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	limit, err := wire.Limit(r, pageLength, listMost)
	if err != nil {
		return err
	}
	archived, err := wire.Flag(r, "archived")
	if err != nil {
		return err
	}
	var out wire.Page[object]
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		t, err := a.objectType(tx, r)
		if err != nil {
			return err
		}
		p, err := a.records.List(tx, by, t.Name, r.URL.Query().Get("after"), limit, archived)
		if err != nil {
			return err
		}
		out.Paging = wire.Following(r, p.Next)
		out.Results, err = a.showAll(tx, t, p.Records, wire.List(r, "properties"))
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

type searchBody struct {
	FilterGroups []filter.Group `json:"filterGroups"`
	Sorts        []sortBody     `json:"sorts"`
	Query        string         `json:"query"`
	Properties   []string       `json:"properties"`
	Limit        int            `json:"limit"`
	After        wire.Value     `json:"after"`
}

// sortBody is "createdate", "-createdate" or {propertyName, direction}.
type sortBody struct{ record.Sort }

// UnmarshalJSON reads both forms.
func (s *sortBody) UnmarshalJSON(raw []byte) error {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		s.Property, s.Desc = strings.TrimPrefix(name, "-"), strings.HasPrefix(name, "-")
		return nil
	}
	var o struct{ PropertyName, Direction string }
	err := json.Unmarshal(raw, &o)
	s.Property, s.Desc = o.PropertyName, strings.EqualFold(o.Direction, "DESCENDING")
	return err
}

const queryMost = 3000

func (a *API) search(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body searchBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	var out wire.Page[object]
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		t, err := a.objectType(tx, r)
		if err != nil {
			return err
		}
		q, err := body.query(t)
		if err != nil {
			return err
		}
		p, err := a.records.Search(tx, by, q)
		if err != nil {
			return err
		}
		out.Total, out.Paging = &p.Total, wire.Following(r, p.Next)
		out.Results, err = a.showAll(tx, t, p.Records, body.Properties)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (b searchBody) query(t property.ObjectType) (record.Query, error) {
	q := record.Query{ObjectType: t.Name, Groups: b.FilterGroups, Text: b.Query, After: string(b.After), Limit: b.Limit, CountTotal: true}
	if b.Limit == 0 {
		q.Limit = pageLength
	}
	if q.Limit < 0 || q.Limit > searchMost {
		return q, errs.Bad("limit", "INVALID_LIMIT", fmt.Sprintf("limit must be a number from 1 to %d", searchMost))
	}
	if len(b.Query) > queryMost {
		return q, errs.Bad("query", "TOO_LONG", fmt.Sprintf("query must be at most %d characters", queryMost))
	}
	if len(b.Sorts) > 1 {
		return q, errs.Bad("sorts", "TOO_MANY_SORTS", "There can be only one sort")
	}
	for _, s := range b.Sorts {
		q.Sorts = append(q.Sorts, s.Sort)
	}
	return q, nil
}
