package pipeline_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// events counts what was emitted.
type events map[string]int

func (e events) Dispatch(_ *db.Tx, v any) error {
	e[v.(event.Event).Type]++
	return nil
}

type rules struct{}

func (rules) Prepare(tx *db.Tx, _ people.Actor, w *record.Write) error {
	w.Set["desk_open"], w.Set["desk_spam"], w.Set["desk_active_at"] = "true", "false", property.FormatTime(tx.Now)
	return nil
}

type desk struct {
	*pipeline.Store
	d       *db.DB
	records *record.Store
	events  events
}

func each(t *testing.T, story func(t *testing.T, k desk)) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		e := events{}
		cfg.Reactor = e
		d := dbtest.Open(t, cfg)
		props := property.New(d)
		story(t, desk{pipeline.New(d, props), d, record.New(d, props, search.New(d, props, nil), map[string]record.Rules{"tickets": rules{}}), e})
	})
}

func (k desk) all(t *testing.T) (all []pipeline.Pipeline) {
	t.Helper()
	dbtest.See(t, k.d, func(tx *db.Tx) (err error) {
		all, err = k.All(tx, "ticket")
		return err
	})
	return all
}

func (k desk) labels(t *testing.T) (out []string) {
	t.Helper()
	for _, p := range k.all(t) {
		out = append(out, p.Label)
	}
	return out
}

// change runs a change by the system, which must work.
func (k desk) change(t *testing.T, fn func(tx *db.Tx) (pipeline.Pipeline, error)) (p pipeline.Pipeline) {
	t.Helper()
	dbtest.Do(t, k.d, func(tx *db.Tx) (err error) {
		p, err = fn(tx)
		return err
	})
	return p
}

// refuse runs a change that must fail, and returns its error.
func (k desk) refuse(t *testing.T, kind errs.Kind, code string, fn func(tx *db.Tx) error) {
	t.Helper()
	_ = k.refusal(t, kind, code, fn)
}

// refusal is refuse for who wants to see the error.
func (k desk) refusal(t *testing.T, kind errs.Kind, code string, fn func(tx *db.Tx) error) *errs.Error {
	t.Helper()
	e := errs.As(k.d.Write(context.Background(), fn))
	if e == nil {
		t.Fatalf("it was accepted; want %v %s", kind, code)
	}
	got := e.Code
	if got == "" && len(e.Fields) > 0 {
		got = e.Fields[0].Code
	}
	if e.Kind != kind || got != code {
		t.Fatalf("got %v %s (%v), want %v %s", e.Kind, got, e, kind, code)
	}
	return e
}

func (k desk) ticket(t *testing.T, pipelineID, stage string) (r record.Record) {
	t.Helper()
	dbtest.Do(t, k.d, func(tx *db.Tx) (err error) {
		r, err = k.records.Create(tx, people.System, "tickets", record.Input{Properties: map[string]string{"hs_pipeline": pipelineID, "hs_pipeline_stage": stage}})
		return err
	})
	return r
}

func TestNewAccountHasTheSupportPipeline(t *testing.T) { // PIPE-1
	each(t, func(t *testing.T, k desk) {
		all := k.all(t)
		if len(all) != 1 || all[0].ID != "0" || all[0].Label != "Support Pipeline" || len(all[0].Stages) != 4 {
			t.Fatalf("got %+v", all)
		}
		for i, want := range []pipeline.Stage{{ID: "1", Label: "New"}, {ID: "2", Label: "Waiting on contact"}, {ID: "3", Label: "Waiting on us"}, {ID: "4", Label: "Closed", Closed: true}} {
			if got := all[0].Stages[i]; got.ID != want.ID || got.Label != want.Label || got.Closed != want.Closed || got.Order != i {
				t.Errorf("stage %+v, want %+v", got, want)
			}
		}
		if s, ok := all[0].Stage("4"); !ok || !s.Closed {
			t.Errorf("stage 4 is %+v", s)
		}
		k.refuse(t, errs.Invalid, "NO_PIPELINES", func(tx *db.Tx) error { _, err := k.All(tx, "contacts"); return err })
		k.refuse(t, errs.NotFound, "OBJECT_NOT_FOUND", func(tx *db.Tx) error { _, err := k.Find(tx, "tickets", "9"); return err })
	})
}

func TestPipelinesAreMadeRenamedOrderedAndDeleted(t *testing.T) { // PIPE-2
	each(t, func(t *testing.T, k desk) {
		sales := k.change(t, func(tx *db.Tx) (pipeline.Pipeline, error) {
			return k.Create(tx, people.System, "tickets", " Returns ", nil)
		})
		if len(sales.Stages) != 4 || sales.Label != "Returns" || sales.Stages[0].ID == "1" || sales.Stages[0].ID == "" {
			t.Errorf("made %+v", sales)
		}
		twin := k.change(t, func(tx *db.Tx) (pipeline.Pipeline, error) { return k.Duplicate(tx, people.System, sales.ID, "Repairs") })
		if len(twin.Stages) != 4 || twin.Stages[3].ID == sales.Stages[3].ID || !twin.Stages[3].Closed {
			t.Errorf("duplicated %+v", twin)
		}
		k.change(t, func(tx *db.Tx) (pipeline.Pipeline, error) { return k.Rename(tx, people.System, "0", "Help") })
		dbtest.Do(t, k.d, func(tx *db.Tx) error {
			return k.Reorder(tx, people.System, "tickets", []string{twin.ID, "0", sales.ID})
		})
		if got := k.labels(t); !slices.Equal(got, []string{"Repairs", "Help", "Returns"}) {
			t.Errorf("order %v", got)
		}
		dbtest.Do(t, k.d, func(tx *db.Tx) error { return k.Delete(tx, people.System, twin.ID) })
		if got := k.labels(t); !slices.Equal(got, []string{"Help", "Returns"}) {
			t.Errorf("left %v", got)
		}
		if k.events["pipeline.changed"] != 5 {
			t.Errorf("events %v", k.events)
		}
	})
}

func TestBadPipelines(t *testing.T) { // PIPE-2
	each(t, func(t *testing.T, k desk) {
		user := people.Actor{Kind: event.User, ID: 1}
		k.refuse(t, errs.Denied, "", func(tx *db.Tx) error { _, err := k.Create(tx, user, "tickets", "X", nil); return err })
		k.refuse(t, errs.Denied, "", func(tx *db.Tx) error { return k.Delete(tx, user, "0") })
		k.refuse(t, errs.Conflict, "PIPELINE_LABEL_EXISTS", func(tx *db.Tx) error {
			_, err := k.Create(tx, people.System, "tickets", "support PIPELINE", nil)
			return err
		})
		k.refuse(t, errs.Invalid, "REQUIRED", func(tx *db.Tx) error { _, err := k.Rename(tx, people.System, "0", " "); return err })
		k.refuse(t, errs.NotFound, "OBJECT_NOT_FOUND", func(tx *db.Tx) error { _, err := k.Rename(tx, people.System, "7", "X"); return err })
		k.refuse(t, errs.Invalid, "INVALID_OPTION", func(tx *db.Tx) error { return k.Reorder(tx, people.System, "tickets", []string{"0", "0"}) })
		k.refuse(t, errs.Conflict, "LAST_PIPELINE", func(tx *db.Tx) error { return k.Delete(tx, people.System, "0") }) // PIPE-3
	})
}

func TestStagesKeepTheirIDs(t *testing.T) { // STAT-1, STAT-2
	each(t, func(t *testing.T, k desk) {
		set := func(stages ...pipeline.Stage) func(tx *db.Tx) error {
			return func(tx *db.Tx) error { _, err := k.SetStages(tx, people.System, "0", stages); return err }
		}
		dbtest.Do(t, k.d, set(pipeline.Stage{ID: "4", Label: "Done", Closed: true}, pipeline.Stage{ID: "1", Label: "New"},
			pipeline.Stage{Label: "Parked", Metadata: map[string]string{"color": "gray"}}))
		stages := k.all(t)[0].Stages
		if len(stages) != 3 || stages[0].ID != "4" || stages[0].Label != "Done" || stages[1].ID != "1" || stages[2].Metadata["color"] != "gray" {
			t.Errorf("stages %+v", stages)
		}
		k.refuse(t, errs.Invalid, "MISSING_CLOSED_STAGE", set(pipeline.Stage{ID: "1", Label: "New"}))
		k.refuse(t, errs.Invalid, "MISSING_CLOSED_STAGE", set(pipeline.Stage{ID: "4", Label: "Done", Closed: true}))
		k.refuse(t, errs.Conflict, "STAGE_LABEL_EXISTS", set(pipeline.Stage{Label: "A"}, pipeline.Stage{Label: " a ", Closed: true}))
		k.refuse(t, errs.Invalid, "REQUIRED", set(pipeline.Stage{Label: ""}, pipeline.Stage{Label: "a", Closed: true}))
		k.refuse(t, errs.Invalid, "INVALID_ID", set(pipeline.Stage{ID: "it's", Label: "A"}, pipeline.Stage{Label: "B", Closed: true}))
		k.refuse(t, errs.Conflict, "STAGE_ID_EXISTS", set(pipeline.Stage{ID: "x", Label: "A"}, pipeline.Stage{ID: "x", Label: "B", Closed: true}))
		k.refuse(t, errs.Invalid, "TOO_MANY", set(make([]pipeline.Stage, 101)...))
		other := k.change(t, func(tx *db.Tx) (pipeline.Pipeline, error) {
			return k.Create(tx, people.System, "tickets", "Other", nil)
		})
		k.refuse(t, errs.Conflict, "STAGE_ID_EXISTS", set(pipeline.Stage{ID: other.Stages[0].ID, Label: "A"}, pipeline.Stage{Label: "B", Closed: true}))
	})
}

func TestWhatHoldsTicketsStays(t *testing.T) { // PIPE-3, STAT-3
	each(t, func(t *testing.T, k desk) {
		other := k.change(t, func(tx *db.Tx) (pipeline.Pipeline, error) {
			return k.Create(tx, people.System, "tickets", "Other", nil)
		})
		a := k.ticket(t, other.ID, other.Stages[1].ID)
		k.ticket(t, other.ID, other.Stages[1].ID)
		fewer := []pipeline.Stage{other.Stages[0], other.Stages[3]}
		drop := func(tx *db.Tx) error { _, err := k.SetStages(tx, people.System, other.ID, fewer); return err }
		e := k.refusal(t, errs.Conflict, "STAGE_IN_USE", drop)
		if !slices.Equal(e.Detail["stageIds"], []string{other.Stages[1].ID}) || e.Detail["count"][0] != "2" {
			t.Errorf("detail %v", e.Detail)
		}
		if e := k.refusal(t, errs.Conflict, "PIPELINE_IN_USE", func(tx *db.Tx) error { return k.Delete(tx, people.System, other.ID) }); e.Detail["count"][0] != "2" {
			t.Errorf("detail %v", e.Detail)
		}
		dbtest.Do(t, k.d, func(tx *db.Tx) error { return k.records.Archive(tx, people.System, "tickets", a.ID) })
		if e := k.refusal(t, errs.Conflict, "STAGE_IN_USE", drop); e.Detail["count"][0] != "1" {
			t.Errorf("what is in the trash counts: %v", e.Detail)
		}
	})
}

func TestChangesAreUndoneWithTheirTransaction(t *testing.T) {
	each(t, func(t *testing.T, k desk) {
		k.all(t)
		changed := errors.New("changed my mind")
		err := k.d.Write(context.Background(), func(tx *db.Tx) error {
			p, err := k.Rename(tx, people.System, "0", "Gone")
			if err != nil || p.Label != "Gone" {
				t.Errorf("inside it is %q, %v", p.Label, err)
			}
			return changed
		})
		if got := k.labels(t); !errors.Is(err, changed) || !slices.Equal(got, []string{"Support Pipeline"}) {
			t.Errorf("labels %v, %v", got, err)
		}
	})
}

func TestNewAccountHasADealPipeline(t *testing.T) { // API-1
	each(t, func(t *testing.T, k desk) {
		var all []pipeline.Pipeline
		dbtest.See(t, k.d, func(tx *db.Tx) (err error) {
			all, err = k.All(tx, "0-3")
			return err
		})
		if len(all) != 1 || all[0].ID != "default" || all[0].ObjectType != "deals" || len(all[0].Stages) != 7 {
			t.Fatalf("got %+v", all)
		}
		for id, want := range map[string]struct {
			probability string
			closed      bool
		}{"appointmentscheduled": {"0.2", false}, "contractsent": {"0.9", false}, "closedwon": {"1.0", true}, "closedlost": {"0.0", true}} {
			if s, ok := all[0].Stage(id); !ok || s.Closed != want.closed || s.Metadata[pipeline.Probability] != want.probability {
				t.Errorf("stage %s: %+v", id, s)
			}
		}
	})
}

func TestPipelinesOfTypesAreApart(t *testing.T) { // PIPE-2
	each(t, func(t *testing.T, k desk) {
		likely := func(label, probability string) pipeline.Stage {
			return pipeline.Stage{Label: label, Metadata: map[string]string{pipeline.Probability: probability}}
		}
		renewals := k.change(t, func(tx *db.Tx) (pipeline.Pipeline, error) {
			return k.Create(tx, people.System, "deals", "Support Pipeline", []pipeline.Stage{likely("Asked", "0.50"), likely("Renewed", "1")})
		})
		if len(renewals.Stages) != 2 || renewals.Stages[0].Closed || !renewals.Stages[1].Closed {
			t.Errorf("made %+v", renewals)
		}
		if got := k.labels(t); !slices.Equal(got, []string{"Support Pipeline"}) {
			t.Errorf("tickets have %v", got)
		}
		usual := k.change(t, func(tx *db.Tx) (pipeline.Pipeline, error) { return k.Create(tx, people.System, "deals", "Upsell", nil) })
		if len(usual.Stages) != 7 || usual.Stages[0].ID == "appointmentscheduled" || !usual.Stages[6].Closed {
			t.Errorf("made %+v", usual)
		}
		for _, bad := range []string{"", "1.1", "-0.1", "NaN", "likely"} {
			k.refuse(t, errs.Invalid, "INVALID_PROBABILITY", func(tx *db.Tx) error {
				_, err := k.SetStages(tx, people.System, renewals.ID, []pipeline.Stage{likely("Asked", bad)})
				return err
			})
		}
		k.refuse(t, errs.Invalid, "REQUIRED", func(tx *db.Tx) error { _, err := k.SetStages(tx, people.System, renewals.ID, nil); return err })
		k.refuse(t, errs.Conflict, "STAGE_ID_EXISTS", func(tx *db.Tx) error {
			st := likely("Mine", "0.1")
			st.ID = "1" // a ticket pipeline's
			_, err := k.SetStages(tx, people.System, renewals.ID, []pipeline.Stage{st})
			return err
		})
		dbtest.Do(t, k.d, func(tx *db.Tx) error {
			_, err := k.records.Create(tx, people.System, "deals", record.Input{Properties: map[string]string{"dealname": "Big", "pipeline": renewals.ID, "dealstage": renewals.Stages[0].ID}})
			return err
		})
		e := k.refusal(t, errs.Conflict, "PIPELINE_IN_USE", func(tx *db.Tx) error { return k.Delete(tx, people.System, renewals.ID) })
		if e.Message != "Support Pipeline holds 1 deals. Move or delete them first." {
			t.Error(e.Message)
		}
		k.refuse(t, errs.Conflict, "STAGE_IN_USE", func(tx *db.Tx) error {
			_, err := k.SetStages(tx, people.System, renewals.ID, renewals.Stages[1:])
			return err
		})
		dbtest.Do(t, k.d, func(tx *db.Tx) error { return k.Delete(tx, people.System, usual.ID) })
		k.refuse(t, errs.NotFound, "OBJECT_NOT_FOUND", func(tx *db.Tx) error { return k.Delete(tx, people.System, usual.ID) })
	})
}
