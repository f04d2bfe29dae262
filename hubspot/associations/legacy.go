package associations

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// legacyEnd is an end in the older form: one for each type of relation.
type legacyEnd struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

func legacyEnds(page relation.Ends) []legacyEnd {
	out := []legacyEnd{}
	for _, e := range page.To {
		for _, t := range e.Types {
			out = append(out, legacyEnd{id.Format(e.ID), t.Name})
		}
	}
	return out
}

func (a *API) legacyRead(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	answer := wire.NewBatch[related[legacyEnd]](a.db.Clock().Now())
	err := batch(a, r, readMost, false, func(tx *db.Tx, from, to property.ObjectType, inputs []asked) error {
		return readAll(a, tx, by, from, to, inputs, answer, legacyEnds)
	})
	if err != nil {
		return err
	}
	answer.Write(w, a.db.Clock().Now(), http.StatusOK)
	return nil
}

// legacyLink is a relation in the older form.
type legacyLink struct {
	From object     `json:"from" required:"true"`
	To   object     `json:"to" required:"true"`
	Type wire.Value `json:"type" required:"true"`
}

// link reads a relation whose type is named.
func (a *API) link(tx *db.Tx, from, to property.ObjectType, in legacyLink) (relation.Link, error) {
	fromID, toID, err := wanted{From: in.From, To: in.To}.ids()
	if err != nil {
		return relation.Link{}, err
	}
	t, ok, err := a.records.AssociationTypes().Named(tx, from, to, string(in.Type))
	if err == nil && !ok {
		err = errs.Bad("type", "INVALID_ASSOCIATION_TYPE", fmt.Sprintf("%q is not a type of association from %s to %s", in.Type, from.Name, to.Name))
	}
	return relation.Link{FromType: from.Name, FromID: fromID, ToType: to.Name, ToID: toID, TypeID: t.ID}, err
}

func (a *API) legacyCreate(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var answer *wire.Batch[legacyLink]
	err := batch(a, r, createMost, true, func(tx *db.Tx, from, to property.ObjectType, inputs []legacyLink) error {
		answer = wire.NewBatch[legacyLink](tx.Now)
		all := make([]wanted, len(inputs))
		for i, in := range inputs {
			all[i] = wanted{From: in.From, To: in.To, Types: []spec{{TypeID: in.Type}}}
		}
		return relateAll(a, tx, by, all, answer, func(in wanted) ([]relation.Link, []legacyLink, error) {
			given := legacyLink{in.From, in.To, in.Types[0].TypeID}
			l, err := a.link(tx, from, to, given)
			return []relation.Link{l}, []legacyLink{given}, err
		})
	})
	if err != nil {
		return err
	}
	answer.Write(w, a.db.Clock().Now(), http.StatusCreated)
	return nil
}

func (a *API) legacyArchive(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	err := batch(a, r, createMost, true, func(tx *db.Tx, from, to property.ObjectType, inputs []legacyLink) error {
		var all []relation.Link
		for _, in := range inputs {
			l, err := a.link(tx, from, to, in)
			if err != nil {
				return err
			}
			all = append(all, l)
		}
		return a.dissociate(tx, by, all)
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// legacyType is a type of association in the older form.
type legacyType struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (a *API) legacyTypes(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	all, err := a.typesOf(r)
	if err != nil {
		return err
	}
	out := wire.Page[legacyType]{Results: []legacyType{}}
	for _, t := range all {
		out.Results = append(out.Results, legacyType{strconv.Itoa(t.ID), t.Name})
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// typesOf are the types of the two object types of a path.
func (a *API) typesOf(r *http.Request) (all []*association.Type, err error) {
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		from, to, err := a.pairOf(tx, r)
		if err != nil {
			return err
		}
		all, err = a.records.AssociationTypes().Of(tx, from, to)
		return err
	})
	return all, err
}
