package associations

import (
	"net/http"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// object is a record by its id.
type object struct {
	ID wire.Value `json:"id" required:"true"`
}

func objectOf(n int64) object { return object{wire.Value(id.Format(n))} }

func (o object) id(field string) (int64, error) { return id.Parse(field, string(o.ID)) }

// batch reads the inputs of a batch, and runs fn for the two object types of the path.
func batch[T any](a *API, r *http.Request, most int, write bool, fn func(tx *db.Tx, from, to property.ObjectType, inputs []T) error) error {
	var body wire.Many[T]
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if err := wire.Inputs(body.Inputs, most); err != nil {
		return err
	}
	run := a.db.Read
	if write {
		run = a.db.Write
	}
	return run(r.Context(), func(tx *db.Tx) error {
		from, to, err := a.pairOf(tx, r)
		if err != nil {
			return err
		}
		return fn(tx, from, to, body.Inputs)
	})
}

// asked is a record whose relations are asked for.
type asked struct {
	ID    wire.Value `json:"id" required:"true"`
	After string     `json:"after"`
}

// related is what a record is associated with.
type related[T any] struct {
	From   object       `json:"from"`
	To     []T          `json:"to"`
	Paging *wire.Paging `json:"paging,omitempty"`
}

// pageOf is how many ends of each record a batch reads: fewer where there are many records, so that an answer stays in bounds.
func pageOf(inputs int) int {
	if inputs > 100 {
		return 100
	}
	return relation.RelatedMost
}

func (a *API) batchRead(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	answer := wire.NewBatch[related[end]](a.db.Clock().Now())
	err := batch(a, r, readMost, false, func(tx *db.Tx, from, to property.ObjectType, inputs []asked) error {
		answer.Results = answer.Results[:0]
		return readAll(a, tx, by, from, to, inputs, answer, func(page relation.Ends) []end { return endsOf(page) })
	})
	if err != nil {
		return err
	}
	answer.Write(w, a.db.Clock().Now(), http.StatusOK)
	return nil
}

// readAll adds a page of the relations of each input to an answer, and an error for each that has none.
func readAll[T any](a *API, tx *db.Tx, by people.Actor, from, to property.ObjectType, inputs []asked, answer *wire.Batch[related[T]], show func(relation.Ends) []T) error {
	q := relation.Related{FromType: from.Name, ToType: to.Name, After: map[int64]int64{}, Limit: pageOf(len(inputs))}
	for _, in := range inputs {
		n, err := object{in.ID}.id("inputs.id")
		if err != nil {
			return err
		}
		if q.After[n], err = place(in.After); err != nil {
			return err
		}
		q.IDs = append(q.IDs, n)
	}
	found, err := a.records.Related(tx, by, q)
	if err != nil {
		return err
	}
	for _, n := range q.IDs {
		page := found[n]
		if len(page.To) == 0 {
			err := errs.Newf(errs.NotFound, "No %s is associated with %s %d.", to.Singular, from.Singular, n).WithCode("crm.associations.NO_ASSOCIATIONS_FOUND")
			if err := answer.Fail(err, "fromObjectId", id.Format(n), "fromObjectType", from.Singular, "toObjectType", to.Singular); err != nil {
				return err
			}
			continue
		}
		out := related[T]{From: objectOf(n), To: show(page)}
		if page.Next != 0 {
			out.Paging = &wire.Paging{Next: wire.Next{After: following(page),
				Link: "/crm/v4/objects/" + from.Name + "/" + id.Format(n) + "/associations/" + to.Name + "?after=" + following(page)}}
		}
		answer.Add(out)
	}
	return nil
}

// wanted is a relation that is to be made or ended.
type wanted struct {
	Types []spec `json:"types"` // one without a label has none
	From  object `json:"from" required:"true"`
	To    object `json:"to" required:"true"`
}

func (in wanted) ids() (from, to int64, err error) {
	if from, err = in.From.id("inputs.from.id"); err == nil {
		to, err = in.To.id("inputs.to.id")
	}
	return from, to, err
}

func (a *API) batchCreate(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var answer *wire.Batch[labelled]
	err := batch(a, r, createMost, true, func(tx *db.Tx, from, to property.ObjectType, inputs []wanted) error {
		answer = wire.NewBatch[labelled](tx.Now)
		return relateAll(a, tx, by, inputs, answer, func(in wanted) ([]relation.Link, []labelled, error) {
			fromID, toID, err := in.ids()
			if err != nil {
				return nil, nil, err
			}
			links, labels, err := a.links(tx, from, to, fromID, toID, in.Types)
			return links, []labelled{{from.TypeID, id.Format(fromID), to.TypeID, id.Format(toID), labels}}, err
		})
	})
	if err != nil {
		return err
	}
	answer.Write(w, a.db.Clock().Now(), http.StatusCreated)
	return nil
}

// relateAll makes the relations of each input, adds what read says of those that were made to an answer, and an error for those
// that were not.
func relateAll[T any](a *API, tx *db.Tx, by people.Actor, inputs []wanted, answer *wire.Batch[T], read func(in wanted) ([]relation.Link, []T, error)) error {
	var all []relation.Link
	of := make([][]int, len(inputs)) // places in all
	results, failed := make([][]T, len(inputs)), make([]error, len(inputs))
	for i, in := range inputs {
		links, result, err := read(in)
		if failed[i], results[i] = err, result; err != nil {
			continue
		}
		for _, l := range links {
			of[i] = append(of[i], len(all))
			all = append(all, l)
		}
	}
	refused, err := a.records.AssociateMany(tx, by, all)
	if err != nil {
		return err
	}
	for i, in := range inputs {
		for _, at := range of[i] {
			if failed[i] == nil {
				failed[i] = refused[at]
			}
		}
		if failed[i] != nil {
			if err := answer.Fail(failed[i], "fromObjectId", string(in.From.ID), "toObjectId", string(in.To.ID)); err != nil {
				return err
			}
			continue
		}
		answer.Results = append(answer.Results, results[i]...)
	}
	return nil
}

// defaulted is an unlabelled relation seen from one end.
type defaulted struct {
	From object `json:"from"`
	To   object `json:"to"`
	Spec spec   `json:"associationSpec"`
}

// defaults are the unlabelled relation of two records seen from each end.
func (a *API) defaults(tx *db.Tx, from, to property.ObjectType, fromID, toID int64) ([]defaulted, error) {
	t, ok, err := a.records.AssociationTypes().Define(tx, from, to)
	if err != nil || !ok {
		return nil, err
	}
	turned, err := a.records.AssociationTypes().Turned(tx, t)
	return []defaulted{{objectOf(fromID), objectOf(toID), specOf(t)}, {objectOf(toID), objectOf(fromID), specOf(turned)}}, err
}

func (a *API) batchDefault(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var answer *wire.Batch[defaulted]
	err := batch(a, r, createMost, true, func(tx *db.Tx, from, to property.ObjectType, inputs []wanted) error {
		answer = wire.NewBatch[defaulted](tx.Now)
		return relateAll(a, tx, by, inputs, answer, func(in wanted) ([]relation.Link, []defaulted, error) {
			fromID, toID, err := in.ids()
			if err != nil {
				return nil, nil, err
			}
			result, err := a.defaults(tx, from, to, fromID, toID)
			return []relation.Link{{FromType: from.Name, FromID: fromID, ToType: to.Name, ToID: toID}}, result, err
		})
	})
	if err != nil {
		return err
	}
	answer.Write(w, a.db.Clock().Now(), http.StatusOK)
	return nil
}

// ending is a record, and those with which it has no relation any more.
type ending struct {
	From object   `json:"from" required:"true"`
	To   []object `json:"to" required:"true"`
}

func (a *API) batchArchive(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	err := batch(a, r, createMost, true, func(tx *db.Tx, from, to property.ObjectType, inputs []ending) error {
		var all []relation.Link
		for _, in := range inputs {
			fromID, err := in.From.id("inputs.from.id")
			if err != nil {
				return err
			}
			for _, o := range in.To {
				toID, err := o.id("inputs.to.id")
				if err != nil {
					return err
				}
				all = append(all, relation.Link{FromType: from.Name, FromID: fromID, ToType: to.Name, ToID: toID})
			}
		}
		return a.dissociate(tx, by, all)
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// dissociate ends relations. Records that are not there have none.
func (a *API) dissociate(tx *db.Tx, by people.Actor, all []relation.Link) error {
	refused, err := a.records.DissociateMany(tx, by, all)
	if err != nil {
		return err
	}
	for _, err := range refused {
		if err != nil && !errs.Is(err, errs.NotFound) {
			return err
		}
	}
	return nil
}

func (a *API) batchUnlabel(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	err := batch(a, r, createMost, true, func(tx *db.Tx, from, to property.ObjectType, inputs []wanted) error {
		var all []relation.Link
		for _, in := range inputs {
			fromID, toID, err := in.ids()
			if err != nil {
				return err
			}
			links, _, err := a.links(tx, from, to, fromID, toID, in.Types)
			if err != nil {
				return err
			}
			all = append(all, links...)
		}
		return a.dissociate(tx, by, all)
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
