package record_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

func inputs(subjects ...string) (out []record.Input) {
	for _, s := range subjects {
		out = append(out, record.Input{Properties: map[string]string{"subject": s, "hs_pipeline": "0", "hs_pipeline_stage": "1"}, Reason: "batch"})
	}
	return out
}

func TestManyAreMadeAsOneByOne(t *testing.T) { // REC-1, PROP-4
	each(t, func(t *testing.T, k *desk) {
		ann := k.make(t, "contacts", map[string]string{"email": "ann@example.org"})
		ins := inputs(strings.Split(strings.Repeat("lamp,", 70)+"last", ",")...)
		for i := range ins {
			ins[i].Links = []record.Link{{ToType: "contacts", ToID: ann.ID}}
		}
		k.seen.events = nil
		var made []record.Record
		k.do(t, func(tx *db.Tx) (err error) {
			made, err = k.CreateMany(tx, people.System, "tickets", ins)
			return err
		})
		if len(made) != 71 || len(k.seen.events) != 71 {
			t.Fatalf("%d made, %d events", len(made), len(k.seen.events))
		}
		last := made[70]
		if got := k.get(t, "tickets", last.ID); !maps.Equal(got.Properties, last.Properties) || got.Properties["subject"] != "last" || !got.CreatedAt.Equal(last.CreatedAt) {
			t.Errorf("stored %v, returned %v", got, last)
		}
		k.see(t, func(tx *db.Tx) error {
			linked, err := k.Associated(tx, people.System, "contacts", []int64{ann.ID}, "tickets")
			if len(linked[ann.ID]) != 71 {
				t.Errorf("%d linked", len(linked[ann.ID]))
			}
			versions, err2 := k.History(tx, people.System, "tickets", last.ID, "subject")
			if len(versions) != 1 || versions[0].Value != "last" || versions[0].Reason != "batch" {
				t.Errorf("history %+v", versions)
			}
			return errors.Join(err, err2)
		})
		created, ok := k.seen.events[70].Data.(record.Created)
		if !ok || created.Properties["subject"] != "last" || len(created.Links) != 1 || created.Links[0].ToID != ann.ID {
			t.Errorf("told %+v", k.seen.events[70])
		}
	})
}

// One that is refused refuses all, and says why.
func TestAllOrNone(t *testing.T) { // API-4
	each(t, func(t *testing.T, k *desk) {
		e := k.refusal(t, errs.Invalid, func(tx *db.Tx) error {
			_, err := k.CreateMany(tx, people.System, "tickets", inputs("one", "refuse me", "three"))
			return err
		})
		if e.Fields[0].Name != "subject" || len(k.ids(t, people.System, record.Query{})) != 0 {
			t.Errorf("%v, or something was kept", e)
		}
		a, b := k.make(t, "tickets", inputs("a")[0].Properties), k.make(t, "tickets", inputs("b")[0].Properties)
		k.seen.events = nil
		k.refuse(t, errs.NotFound, func(tx *db.Tx) error {
			_, err := k.UpdateMany(tx, people.System, "tickets", []record.Edit{{a.ID, map[string]string{"subject": "changed"}}, {4711, nil}}, "")
			return err
		})
		k.refuse(t, errs.Invalid, func(tx *db.Tx) error {
			_, err := k.UpdateMany(tx, people.System, "tickets", []record.Edit{{a.ID, nil}, {b.ID, nil}, {a.ID, nil}}, "")
			return err
		})
		k.refuse(t, errs.Invalid, func(tx *db.Tx) error {
			_, err := k.CreateMany(tx, people.System, "tickets", make([]record.Input, 1001))
			return err
		})
		if got := k.get(t, "tickets", a.ID).Properties["subject"]; got != "a" || len(k.seen.events) != 0 {
			t.Errorf("%q, %d events", got, len(k.seen.events))
		}
	})
}

func TestEachOnItsOwn(t *testing.T) { // API-4, REC-6
	each(t, func(t *testing.T, k *desk) {
		ann := k.make(t, "contacts", map[string]string{"email": "ann@example.org"})
		k.seen.events = nil
		var out []record.Outcome
		k.do(t, func(tx *db.Tx) (err error) {
			out, err = k.CreateEach(tx, people.System, "contacts", []record.Input{
				{Properties: map[string]string{"email": "bob@example.org"}},
				{Properties: map[string]string{"email": "ANN@example.org"}},
				{Properties: map[string]string{"email": "no address"}},
				{Properties: map[string]string{"email": "Bob@example.org"}},
				{Properties: map[string]string{"email": "eve@example.org"}, Links: []record.Link{{ToType: "contacts", ToID: 4711}}},
				{Properties: map[string]string{"email": "eve@example.org"}, Links: []record.Link{{ToType: "contacts", ToID: ann.ID, TypeID: 99}}},
				{Properties: map[string]string{"email": "eve@example.org", "shoe_size": "9"}},
				{Properties: map[string]string{"email": "eve@example.org"}, Links: []record.Link{{ToType: "contacts", ToID: ann.ID}}},
			})
			return err
		})
		kinds := []errs.Kind{0, errs.Conflict, errs.Invalid, errs.Conflict, 0, errs.Invalid, errs.Invalid, errs.Conflict}
		for i, o := range out {
			if (kinds[i] == 0) != (o.Err == nil) || o.Err != nil && !errs.Is(o.Err, kinds[i]) {
				t.Errorf("%d: %v, want %v", i, o.Err, kinds[i])
			}
		}
		if words := fmt.Sprintf("Contact already exists. Existing ID: %d", out[0].Record.ID); out[3].Err == nil || out[3].Err.Error() != words {
			t.Errorf("%v, want %s", out[3].Err, words)
		}
		if got := k.seen.types(); !slices.Equal(got, []string{"contact.created", "contact.created"}) {
			t.Errorf("told %q", got)
		}
		for i, email := range map[int]string{0: "bob@example.org", 4: "eve@example.org"} {
			if got := k.get(t, "contacts", out[i].Record.ID).Properties["email"]; got != email {
				t.Errorf("%d is %q", i, got)
			}
		}
	})
}

func TestEachUpdateOnItsOwn(t *testing.T) { // API-4, ACC-4
	each(t, func(t *testing.T, k *desk) {
		var ids []int64
		for _, s := range []string{"a", "b", "c", "d"} {
			props := inputs(s)[0].Properties
			if s == "d" {
				props["hubspot_owner_id"] = "7"
			}
			ids = append(ids, k.make(t, "tickets", props).ID)
		}
		k.do(t, func(tx *db.Tx) error { return k.Archive(tx, people.System, "tickets", ids[2]) })
		k.seen.events = nil
		var out []record.Outcome
		k.do(t, func(tx *db.Tx) (err error) {
			out, err = k.UpdateEach(tx, people.System, "tickets", []record.Edit{
				{ids[0], map[string]string{"subject": "refuse me"}},
				{ids[1], map[string]string{"subject": "changed"}},
				{ids[2], map[string]string{"subject": "changed"}},
				{ids[3], map[string]string{"subject": "d"}},
				{4711, map[string]string{"subject": "changed"}},
			}, "batch")
			return err
		})
		var said []string
		for _, o := range out {
			said = append(said, fmt.Sprint(o.Record.Properties["subject"], errs.KindOf(o.Err), o.Err == nil))
		}
		if got := strings.Join(said, " "); got != "invalid false changedinternal true not found false dinternal true not found false" {
			t.Errorf("%s", got)
		}
		if got := k.seen.types(); !slices.Equal(got, []string{"ticket.changed"}) {
			t.Errorf("told %q", got)
		}
	})
}

// Two ways, one result: a batch in which each stands alone, and one write after the other.
func TestEachAgreesWithOneByOne(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.make(t, "contacts", map[string]string{"email": "taken@example.org"})
		undo := errors.New("undo")
		pick := rapid.SampledFrom([]string{"a@example.org", "b@example.org", "c@example.org", "taken@example.org", "bad"})
		rapid.Check(t, func(rt *rapid.T) {
			var ins []record.Input
			for range rapid.IntRange(1, 12).Draw(rt, "n") {
				ins = append(ins, record.Input{Properties: map[string]string{"email": pick.Draw(rt, "email"),
					"hs_additional_emails": strings.Join(rapid.SliceOfN(pick.Filter(func(s string) bool { return s != "bad" }), 0, 2).Draw(rt, "more"), ";")}})
			}
			said := map[bool][]string{}
			for _, batch := range []bool{true, false} {
				err := k.d.Write(t.Context(), func(tx *db.Tx) error {
					out, err := k.outcomes(tx, ins, batch)
					if err != nil {
						return err
					}
					said[batch] = nil
					for _, o := range out {
						said[batch] = append(said[batch], fmt.Sprint(o.Record.Properties["email"], o.Record.Properties["hs_additional_emails"], errs.KindOf(o.Err)))
					}
					return undo
				})
				if !errors.Is(err, undo) {
					rt.Fatal(err)
				}
			}
			if !slices.Equal(said[true], said[false]) {
				rt.Fatalf("as a batch %q, one by one %q", said[true], said[false])
			}
		})
	})
}

func (k *desk) outcomes(tx *db.Tx, ins []record.Input, batch bool) ([]record.Outcome, error) {
	if batch {
		out, err := k.CreateEach(tx, people.System, "contacts", ins)
		for i := range out {
			if out[i].Err != nil {
				out[i].Record = record.Record{}
			}
		}
		return out, err
	}
	out := make([]record.Outcome, len(ins))
	for i, in := range ins {
		out[i].Err = tx.Savepoint(func() (err error) {
			out[i].Record, err = k.Create(tx, people.System, "contacts", in)
			return err
		})
	}
	return out, nil
}

func TestHistoriesOfSeveral(t *testing.T) { // PROP-4
	each(t, func(t *testing.T, k *desk) {
		var ids []int64
		for _, s := range []string{"a", "b", "c"} {
			ids = append(ids, k.make(t, "tickets", inputs(s)[0].Properties).ID)
		}
		for i := range 105 {
			k.do(t, func(tx *db.Tx) error {
				_, err := k.Update(tx, people.System, "tickets", ids[0], map[string]string{"subject": fmt.Sprint(i)}, "again")
				return err
			})
		}
		k.do(t, func(tx *db.Tx) error {
			_, err := k.Update(tx, people.System, "tickets", ids[1], map[string]string{"content": "x"}, "")
			return err
		})
		k.see(t, func(tx *db.Tx) error {
			all, err := k.Histories(tx, people.System, "tickets", ids[:2], []string{"subject", "content", "nonsense"})
			if err != nil || len(all) != 2 {
				t.Fatalf("%v %v", all, err)
			}
			if v := all[ids[0]]["subject"]; len(v) != 100 || v[0].Value != "104" || v[1].Value != "103" || v[99].Value != "5" || v[0].Reason != "again" {
				t.Errorf("%d versions: %+v", len(v), v)
			}
			if v := all[ids[1]]; len(v["subject"]) != 1 || len(v["content"]) != 1 || v["content"][0].Value != "x" || len(v) != 2 {
				t.Errorf("%+v", v)
			}
			if none, err := k.Histories(tx, people.System, "tickets", nil, []string{"subject"}); err != nil || len(none) != 0 {
				t.Errorf("%v %v", none, err)
			}
			_, err = k.Histories(tx, people.System, "spaceships", ids, nil)
			if !errs.Is(err, errs.Invalid) {
				t.Errorf("%v", err)
			}
			return nil
		})
	})
}

func TestSeveralByOneOfTheirNames(t *testing.T) { // API-6, REC-6
	each(t, func(t *testing.T, k *desk) {
		ann := k.make(t, "contacts", map[string]string{"email": "ann@example.org", "hs_additional_emails": "ann@home.example"})
		bob := k.make(t, "contacts", map[string]string{"email": "bob@example.org"})
		old := k.make(t, "companies", map[string]string{"name": "Old", "domain": "berg.example"})
		k.make(t, "companies", map[string]string{"name": "New", "domain": "berg.example"})
		k.do(t, func(tx *db.Tx) error { return k.Archive(tx, people.System, "contacts", bob.ID) })
		ask := func(objectType, name string, values ...string) (out map[string]int64) {
			k.see(t, func(tx *db.Tx) (err error) {
				out, err = k.FindAll(tx, objectType, name, values)
				return err
			})
			return out
		}
		if got := ask("contacts", "email", "ANN@example.org", "ann@home.example", "bob@example.org", ""); !maps.Equal(got, map[string]int64{"ANN@example.org": ann.ID, "ann@home.example": ann.ID}) {
			t.Errorf("%v", got)
		}
		id := fmt.Sprint(ann.ID)
		if got := ask("contacts", "hs_object_id", id, fmt.Sprint(bob.ID), "4711"); !maps.Equal(got, map[string]int64{id: ann.ID}) {
			t.Errorf("%v", got)
		}
		if got := ask("companies", "domain", "berg.example", "other.example"); !maps.Equal(got, map[string]int64{"berg.example": old.ID}) {
			t.Errorf("%v", got)
		}
		for name, values := range map[string][]string{"firstname": {"Ann"}, "nonsense": {"x"}, "email": {"no address"}, "domain": make([]string, 2001)} {
			k.refuse(t, errs.Invalid, func(tx *db.Tx) error { _, err := k.FindAll(tx, "contacts", name, values); return err })
		}
		k.see(t, func(tx *db.Tx) error {
			gone, err := k.GetTrashed(tx, people.System, "contacts", []int64{ann.ID, bob.ID})
			if err != nil || len(gone) != 1 || gone[0].ID != bob.ID || !gone[0].Archived {
				t.Errorf("%v %v", gone, err)
			}
			return nil
		})
	})
}
