package crm

import (
	"net/http"
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

const (
	listMost    = 100
	historyMost = 50 // records of an answer with histories
	pageLength  = 10
)

func (a *API) list(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	v, most := viewOf(r), listMost
	if v.linksMost = linksOfMany; len(v.history) > 0 {
		most = historyMost
	}
	limit, err := wire.Limit(r, pageLength, most)
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
		out.Results, err = a.show(tx, by, t, p.Records, v)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) read(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	archived, err := wire.Flag(r, "archived")
	if err != nil {
		return err
	}
	var out object
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		t, err := a.objectType(tx, r)
		if err != nil {
			return err
		}
		n, err := a.identify(tx, r, t)
		if err != nil {
			return err
		}
		rec, err := a.get(tx, by, t, n, archived)
		if err != nil {
			return err
		}
		out, err = a.showOne(tx, by, t, rec, viewOf(r))
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) get(tx *db.Tx, by people.Actor, t property.ObjectType, n int64, archived bool) (record.Record, error) {
	if !archived {
		return a.records.Get(tx, by, t.Name, n)
	}
	found, err := a.records.GetTrashed(tx, by, t.Name, []int64{n})
	if err == nil && len(found) == 0 {
		err = wire.NotFound()
	}
	if err != nil {
		return record.Record{}, err
	}
	return found[0], nil
}

// objectID is the name of the property that a record's id is.
const objectID = "hs_object_id"

// identify reads the {id} of a path: an id, or with idProperty the value of a unique property.
func (a *API) identify(tx *db.Tx, r *http.Request, t property.ObjectType) (int64, error) {
	by := r.URL.Query().Get("idProperty")
	if by == "" || by == objectID {
		return wire.PathID(r, "id")
	}
	n, ok, err := a.records.FindBy(tx, t.Name, by, r.PathValue("id"))
	if err == nil && !ok {
		err = wire.NotFound()
	}
	return n, err
}

// idBody names one record.
type idBody struct {
	ID wire.Value `json:"id" required:"true"`
}

type batchReadBody struct {
	Properties            []string `json:"properties"`
	PropertiesWithHistory []string `json:"propertiesWithHistory"`
	IDProperty            string   `json:"idProperty"`
	Inputs                []idBody `json:"inputs" required:"true"`
}

func (a *API) batchRead(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body batchReadBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	most := batchMost
	if len(body.PropertiesWithHistory) > 0 {
		most = historyMost
	}
	if err := wire.Inputs(body.Inputs, most); err != nil {
		return err
	}
	archived, err := wire.Flag(r, "archived")
	if err != nil {
		return err
	}
	given := make([]string, len(body.Inputs))
	for i, in := range body.Inputs {
		given[i] = string(in.ID)
	}
	out := wire.NewBatch[object](a.db.Clock().Now())
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		t, err := a.objectType(tx, r)
		if err != nil {
			return err
		}
		return a.readBatch(tx, by, t, body, given, archived, out)
	})
	if err != nil {
		return err
	}
	out.Write(w, a.db.Clock().Now(), http.StatusOK)
	return nil
}

func (a *API) readBatch(tx *db.Tx, by people.Actor, t property.ObjectType, body batchReadBody, given []string, archived bool, out *wire.Batch[object]) error {
	ids, err := a.identifyAll(tx, t, body.IDProperty, given)
	if err != nil {
		return err
	}
	get := a.records.GetMany
	if archived {
		get = a.records.GetTrashed
	}
	found, err := get(tx, by, t.Name, known(ids))
	if err != nil {
		return err
	}
	there := make(map[int64]bool, len(found))
	for _, rec := range found {
		there[rec.ID] = true
	}
	if out.Results, err = a.show(tx, by, t, found, view{properties: body.Properties, history: body.PropertiesWithHistory}); err != nil {
		return err
	}
	var missing []string
	for i, n := range ids {
		if !there[n] {
			missing = append(missing, given[i])
		}
	}
	return missed(t, missing, out)
}

// missed adds the error of inputs that name no record.
func missed(t property.ObjectType, given []string, out *wire.Batch[object]) error {
	if len(given) == 0 {
		return nil
	}
	var context []string
	for _, g := range given {
		context = append(context, "ids", g)
	}
	return out.Fail(errs.Newf(errs.NotFound, "Could not get some %s objects, they may be deleted or not exist. Check that ids are valid.", strings.ToUpper(t.Singular)), context...)
}

// identifyAll are the ids of records that the inputs of a batch name, 0 where one names none.
func (a *API) identifyAll(tx *db.Tx, t property.ObjectType, idProperty string, given []string) ([]int64, error) {
	ids := make([]int64, len(given))
	if idProperty != "" && idProperty != objectID {
		found, err := a.records.FindAll(tx, t.Name, idProperty, given)
		for i, g := range given {
			ids[i] = found[g]
		}
		return ids, err
	}
	for i, g := range given {
		if n, err := id.Parse("id", g); err == nil {
			ids[i] = n
		}
	}
	return record.Current(tx, ids)
}

// known are the ids that are some.
func known(ids []int64) []int64 {
	out := make([]int64, 0, len(ids))
	for _, n := range ids {
		if n != 0 {
			out = append(out, n)
		}
	}
	return out
}
