package crm

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

// batchMost is how many records one batch takes.
const batchMost = 100

// updateBody is one update, or one upsert.
type updateBody struct {
	ID                 wire.Value            `json:"id" required:"true"`
	IDProperty         string                `json:"idProperty"`
	Properties         map[string]wire.Value `json:"properties" required:"true"`
	ObjectWriteTraceID string                `json:"objectWriteTraceId"`
}

// batch is a batch of writes on its way. Inputs fail one by one only when each has a trace id to tell its error by; else the
// first that fails is the error of all (hubspot-api.md 1).
type batch struct {
	a      *API
	tx     *db.Tx
	by     people.Actor
	t      property.ObjectType
	traces []string // of the inputs
	places []int    // of the results among the inputs
	out    *wire.Batch[object]
}

func (b *batch) traced() bool { return len(b.traces) > 0 && !slices.Contains(b.traces, "") }

// fail answers an input's error.
func (b *batch) fail(place int, err error) error {
	if err = wire.PropertyError(b.t, err); !b.traced() {
		return err
	}
	return b.out.Fail(err, "objectWriteTraceId", b.traces[place])
}

// results adds records to the answer, in the order of the inputs that they come from.
func (b *batch) results(places []int, outcomes []record.Outcome, v view, made *bool) error {
	var good []record.Record
	var from []int
	for i, o := range outcomes {
		if o.Err == nil {
			good, from = append(good, o.Record), append(from, places[i])
		} else if err := b.fail(places[i], o.Err); err != nil {
			return err
		}
	}
	shown, err := b.a.show(b.tx, b.by, b.t, good, v)
	for i := range shown {
		shown[i].ObjectWriteTraceID, shown[i].New = b.traces[from[i]], made
		at, _ := slices.BinarySearch(b.places, from[i])
		b.places = slices.Insert(b.places, at, from[i])
		b.out.Results = slices.Insert(b.out.Results, at, shown[i])
	}
	return err
}

// run runs a batch of writes and answers it.
func (a *API) run(w http.ResponseWriter, r *http.Request, by people.Actor, traces []string, status int, do func(b *batch) error) error {
	started := a.db.Clock().Now()
	var b *batch
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		t, err := a.objectType(tx, r)
		if err != nil {
			return err
		}
		b = &batch{a: a, tx: tx, by: by, t: t, traces: traces, out: wire.NewBatch[object](started)}
		return do(b)
	})
	if err != nil {
		return err
	}
	b.out.Write(w, a.db.Clock().Now(), status)
	return nil
}

func (a *API) batchCreate(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body wire.Many[createBody]
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if err := wire.Inputs(body.Inputs, batchMost); err != nil {
		return err
	}
	traces := make([]string, len(body.Inputs))
	for i, in := range body.Inputs {
		traces[i] = in.ObjectWriteTraceID
	}
	return a.run(w, r, by, traces, http.StatusCreated, func(b *batch) error {
		var ins []record.Input
		var places []int
		v := view{properties: slices.Clone(b.t.Standard)}
		for i, given := range body.Inputs {
			in, err := a.input(b.tx, b.t, given)
			if err != nil {
				if err := b.fail(i, err); err != nil {
					return err
				}
				continue
			}
			ins, places = append(ins, in), append(places, i)
			v.add(given.Properties)
		}
		return b.create(places, ins, v, nil)
	})
}

// add shows properties that were written, too.
func (v *view) add(props map[string]wire.Value) {
	for name := range props {
		if !slices.Contains(v.properties, name) {
			v.properties = append(v.properties, name)
		}
	}
}

func (b *batch) create(places []int, ins []record.Input, v view, made *bool) error {
	if b.traced() {
		outcomes, err := b.a.records.CreateEach(b.tx, b.by, b.t.Name, ins)
		if err != nil {
			return err
		}
		return b.results(places, outcomes, v, made)
	}
	records, err := b.a.records.CreateMany(b.tx, b.by, b.t.Name, ins)
	if err != nil {
		return wire.PropertyError(b.t, err)
	}
	return b.results(places, outcomes(records), v, made)
}

func (b *batch) update(places []int, edits []record.Edit, v view, made *bool) error {
	if b.traced() {
		outcomes, err := b.a.records.UpdateEach(b.tx, b.by, b.t.Name, edits, "")
		if err != nil {
			return err
		}
		return b.results(places, outcomes, v, made)
	}
	records, err := b.a.records.UpdateMany(b.tx, b.by, b.t.Name, edits, "")
	if err != nil {
		return wire.PropertyError(b.t, err)
	}
	return b.results(places, outcomes(records), v, made)
}

func outcomes(records []record.Record) []record.Outcome {
	out := make([]record.Outcome, len(records))
	for i, r := range records {
		out[i].Record = r
	}
	return out
}

func (a *API) batchUpdate(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	inputs, traces, err := updates(r)
	if err != nil {
		return err
	}
	return a.run(w, r, by, traces, http.StatusOK, func(b *batch) error {
		ids, there, err := b.identify(inputs)
		if err != nil {
			return err
		}
		var edits []record.Edit
		var places []int
		var missing []string
		v := view{properties: slices.Clone(b.t.Standard)}
		for i, in := range inputs {
			if !there[ids[i]] {
				missing = append(missing, string(in.ID))
				continue
			}
			edits, places = append(edits, record.Edit{ID: ids[i], Properties: wire.Plain(in.Properties)}), append(places, i)
			v.add(in.Properties)
		}
		if err := b.update(places, edits, v, nil); err != nil {
			return err
		}
		return missed(b.t, missing, b.out)
	})
}

// updates reads the body of a batch of updates or upserts.
func updates(r *http.Request) (inputs []updateBody, traces []string, err error) {
	var body wire.Many[updateBody]
	if err := wire.Decode(r, &body); err != nil {
		return nil, nil, err
	}
	if err := wire.Inputs(body.Inputs, batchMost); err != nil {
		return nil, nil, err
	}
	for _, in := range body.Inputs {
		switch {
		case in.ID == "":
			return nil, nil, wire.Missing("id")
		case in.Properties == nil:
			return nil, nil, wire.Missing("properties")
		}
		traces = append(traces, in.ObjectWriteTraceID)
	}
	return body.Inputs, traces, nil
}

// identify are the ids that inputs name, 0 where one names none, and which of them the actor finds. No two may name one record.
func (b *batch) identify(inputs []updateBody) (ids []int64, there map[int64]bool, err error) {
	ids = make([]int64, len(inputs))
	byProperty := map[string][]int{}
	for i, in := range inputs {
		byProperty[in.IDProperty] = append(byProperty[in.IDProperty], i)
	}
	for name, places := range byProperty {
		given := make([]string, len(places))
		for i, place := range places {
			given[i] = string(inputs[place].ID)
		}
		found, err := b.a.identifyAll(b.tx, b.t, name, given)
		if err != nil {
			return nil, nil, err
		}
		for i, place := range places {
			ids[place] = found[i]
		}
	}
	if err := unlike(inputs, ids); err != nil {
		return nil, nil, err
	}
	found, err := b.a.records.GetMany(b.tx, b.by, b.t.Name, known(ids))
	there = make(map[int64]bool, len(found))
	for _, rec := range found {
		there[rec.ID] = true
	}
	return ids, there, err
}

// unlike refuses inputs of which two name one record.
func unlike(inputs []updateBody, ids []int64) error {
	seen := map[string]bool{}
	for i, in := range inputs {
		key := fmt.Sprint(ids[i])
		if ids[i] == 0 {
			key = in.IDProperty + "=" + string(in.ID)
		}
		if seen[key] {
			return errs.Newf(errs.Invalid, "Duplicate IDs found in batch input: [%s]", in.ID)
		}
		seen[key] = true
	}
	return nil
}

// batchUpsert updates the records that there are and makes the others.
func (a *API) batchUpsert(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	inputs, traces, err := updates(r)
	if err != nil {
		return err
	}
	return a.run(w, r, by, traces, http.StatusOK, func(b *batch) error {
		ids, there, err := b.identify(inputs)
		if err != nil {
			return err
		}
		var edits []record.Edit
		var ins []record.Input
		var old, fresh []int
		var missing []string
		v := view{properties: slices.Clone(b.t.Standard)}
		for i, in := range inputs {
			props := wire.Plain(in.Properties)
			switch named := in.IDProperty != "" && in.IDProperty != objectID; {
			case there[ids[i]]:
				edits, old = append(edits, record.Edit{ID: ids[i], Properties: props}), append(old, i)
			case ids[i] != 0 || !named:
				missing = append(missing, string(in.ID))
				continue
			default:
				if _, given := props[in.IDProperty]; !given {
					props[in.IDProperty] = string(in.ID)
				}
				ins, fresh = append(ins, record.Input{Properties: props}), append(fresh, i)
			}
			v.add(in.Properties)
		}
		yes, no := true, false
		if err := b.update(old, edits, v, &no); err != nil {
			return err
		}
		if err := b.create(fresh, ins, v, &yes); err != nil {
			return err
		}
		return missed(b.t, missing, b.out)
	})
}

func (a *API) batchArchive(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body wire.Many[idBody]
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if err := wire.Inputs(body.Inputs, batchMost); err != nil {
		return err
	}
	given := make([]string, len(body.Inputs))
	for i, in := range body.Inputs {
		given[i] = string(in.ID)
	}
	return a.archiveAll(w, r, by, given)
}
