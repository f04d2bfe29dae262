package pipeline_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

func TestAPipelineWithItsOwnIDs(t *testing.T) { // STAT-2
	each(t, func(t *testing.T, k desk) {
		want := pipeline.Pipeline{ID: "returns", ObjectType: "tickets", Label: " Returns ", Order: 4, Stages: []pipeline.Stage{
			{Label: "Last", Order: -1, Closed: true}, {ID: "in", Label: "In", Order: 5, Metadata: map[string]string{"colour": "red"}}, {Label: "Before", Order: 2}}}
		got := k.change(t, func(tx *db.Tx) (pipeline.Pipeline, error) { return k.Add(tx, people.System, want) })
		var labels []string
		for _, s := range got.Stages {
			labels = append(labels, s.Label)
		}
		if got.ID != "returns" || got.Label != "Returns" || got.Order != 4 || !slices.Equal(labels, []string{"Before", "In", "Last"}) || got.Stages[1].ID != "in" || got.Stages[2].Order != 6 {
			t.Errorf("made %+v", got)
		}
		for code, p := range map[string]pipeline.Pipeline{
			"PIPELINE_ID_EXISTS": {ID: "returns", ObjectType: "tickets", Label: "Other", Stages: want.Stages},
			"INVALID_ID":         {ID: "re turns", ObjectType: "tickets", Label: "Other", Stages: want.Stages},
			"STAGE_ID_EXISTS":    {ID: "other", ObjectType: "tickets", Label: "Other", Stages: want.Stages},
			"REQUIRED":           {ID: "other", ObjectType: "tickets", Label: "Other"},
			"NO_PIPELINES":       {ID: "other", ObjectType: "contacts", Label: "Other", Stages: want.Stages},
		} {
			kind := errs.Invalid
			if code == "PIPELINE_ID_EXISTS" || code == "STAGE_ID_EXISTS" {
				kind = errs.Conflict
			}
			k.refuse(t, kind, code, func(tx *db.Tx) error { _, err := k.Add(tx, people.System, p); return err })
		}
		// What is not said of metadata stays as it is.
		again := k.change(t, func(tx *db.Tx) (pipeline.Pipeline, error) {
			return k.SetStages(tx, people.System, "returns", []pipeline.Stage{{ID: "in", Label: "Inside"}, {Label: "Done", Closed: true}})
		})
		if s, _ := again.Stage("in"); s.Metadata["colour"] != "red" || s.Label != "Inside" || s.Order != 0 {
			t.Errorf("stage %+v", s)
		}
	})
}

func TestStagesThatHoldTicketsStayAsOpen(t *testing.T) { // STAT-3, STAT-6
	each(t, func(t *testing.T, k desk) {
		held := k.ticket(t, "0", "2")
		turn := func(tx *db.Tx) error {
			_, err := k.Change(tx, people.System, "0", func(p *pipeline.Pipeline) error {
				p.Stages[1].Closed = true
				return nil
			})
			return err
		}
		e := k.refusal(t, errs.Conflict, "STAGE_IN_USE", turn)
		if !slices.Equal(e.Detail["stageIds"], []string{"2"}) || !slices.Equal(e.Detail["objectIds"], []string{held.Properties["hs_object_id"]}) || e.Detail["count"][0] != "1" {
			t.Errorf("detail %v", e.Detail)
		}
		dbtest.Do(t, k.d, func(tx *db.Tx) error { return k.records.Archive(tx, people.System, "tickets", held.ID) })
		dbtest.Do(t, k.d, turn)
		if s, _ := k.all(t)[0].Stage("2"); !s.Closed {
			t.Errorf("stage %+v", s)
		}
	})
}

func TestTheAuditTellsEachChangeOnce(t *testing.T) { // PIPE-2
	each(t, func(t *testing.T, k desk) {
		audit := func(pipelineID, stageID string) (out []string) {
			t.Helper()
			dbtest.See(t, k.d, func(tx *db.Tx) error {
				all, err := k.Audit(tx, "tickets", pipelineID, stageID)
				for _, e := range all {
					var o struct{ Label string }
					if err := json.Unmarshal(e.Object, &o); err != nil {
						return err
					}
					out = append(out, e.Action+" "+o.Label)
				}
				return err
			})
			return out
		}
		made := k.change(t, func(tx *db.Tx) (pipeline.Pipeline, error) {
			return k.Create(tx, people.System, "tickets", "Returns", nil)
		})
		told := k.events["pipeline.changed"]
		k.change(t, func(tx *db.Tx) (pipeline.Pipeline, error) {
			return k.Change(tx, people.System, made.ID, func(*pipeline.Pipeline) error { return nil })
		})
		if k.events["pipeline.changed"] != told {
			t.Error("a change that changes nothing was told")
		}
		k.change(t, func(tx *db.Tx) (pipeline.Pipeline, error) { return k.Rename(tx, people.System, made.ID, "Back") })
		dbtest.Do(t, k.d, func(tx *db.Tx) error { return k.Reorder(tx, people.System, "tickets", []string{made.ID, "0"}) })
		k.change(t, func(tx *db.Tx) (pipeline.Pipeline, error) {
			return k.SetStages(tx, people.System, made.ID, append(made.Stages[1:], pipeline.Stage{Label: "Lost", Closed: true}))
		})
		if got := audit(made.ID, ""); !slices.Equal(got, []string{"UPDATE Back", "UPDATE Back", "UPDATE Back", "CREATE Returns"}) {
			t.Errorf("pipeline %q", got)
		}
		if got := audit(made.ID, made.Stages[0].ID); !slices.Equal(got, []string{"DELETE New", "CREATE New"}) {
			t.Errorf("deleted stage %q", got)
		}
		if got := audit("0", ""); !slices.Equal(got, []string{"UPDATE Support Pipeline"}) {
			t.Errorf("the other one %q", got)
		}
		dbtest.Do(t, k.d, func(tx *db.Tx) error { return k.Delete(tx, people.System, made.ID) })
		if got := audit(made.ID, ""); len(got) != 5 || got[0] != "DELETE Back" {
			t.Errorf("deleted %q", got)
		}
		k.refuse(t, errs.NotFound, "OBJECT_NOT_FOUND", func(tx *db.Tx) error { _, err := k.Audit(tx, "tickets", "4711", ""); return err })
		k.refuse(t, errs.NotFound, "OBJECT_NOT_FOUND", func(tx *db.Tx) error { _, err := k.Audit(tx, "deals", "0", ""); return err })
	})
}
