package record_test

import (
	"testing"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/rule"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// define makes custom properties.
func (k *desk) define(t *testing.T, defs ...property.Definition) {
	t.Helper()
	k.do(t, func(tx *db.Tx) error {
		for _, d := range defs {
			if d.Label == "" {
				d.Label = d.Name
			}
			if _, err := k.props.Create(tx, people.System, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// person is a user who may do all to all records.
func person(id int64, teams ...int64) people.Actor {
	return agent(id, people.Everything, true, teams...)
}

func TestCalculationsAreKeptTrue(t *testing.T) { // PROP-1, PROP-4
	each(t, func(t *testing.T, k *desk) {
		k.define(t, property.Definition{ObjectType: "tickets", Name: "price", Type: property.Number},
			property.Definition{ObjectType: "tickets", Name: "gross", Type: property.Number, Formula: "price * 1.21"},
			property.Definition{ObjectType: "tickets", Name: "title", Type: property.String, Formula: "concatenate(subject, ' #', string([hs_object_id]))"})
		r := k.make(t, "tickets", map[string]string{"subject": "Chair", "price": "100"})
		if r.Properties["gross"] != "121" || r.Properties["title"] != "Chair #"+r.Properties["hs_object_id"] {
			t.Errorf("made %v", r.Properties)
		}
		k.seen.types()
		k.do(t, func(tx *db.Tx) error {
			after, err := k.Update(tx, person(1), "tickets", r.ID, map[string]string{"price": "200"}, "")
			if after.Properties["gross"] != "242" {
				t.Errorf("then %v", after.Properties)
			}
			return err
		})
		changed, err := event.Data[record.Changed](k.seen.events[0])
		_, title := changed.Changes["title"]
		if err != nil || changed.Changes["gross"] != (record.Change{From: "121", To: "242"}) || title {
			t.Errorf("told of %v, %v", changed.Changes, err)
		}
		k.see(t, func(tx *db.Tx) error {
			page, err := k.Search(tx, people.System, record.Query{ObjectType: "tickets",
				Groups: []filter.Group{{Filters: []filter.Filter{{PropertyName: "gross", Operator: "GT", Value: "200"}}}}})
			if len(page.Records) != 1 {
				t.Errorf("found %v", page.Records)
			}
			versions, err2 := k.History(tx, people.System, "tickets", r.ID, "gross")
			if len(versions) != 2 || versions[0].Value != "242" || versions[1].Value != "121" {
				t.Errorf("history %v", versions)
			}
			if err == nil {
				err = err2
			}
			return err
		})
		if e := k.refusal(t, errs.Invalid, func(tx *db.Tx) error {
			_, err := k.Update(tx, person(1), "tickets", r.ID, map[string]string{"gross": "1"}, "")
			return err
		}); e.Fields[0].Code != "READ_ONLY_VALUE" {
			t.Errorf("written by hand: %+v", e.Fields)
		}
		// Nor does the program say what a formula says: a merge that copies values, say.
		k.do(t, func(tx *db.Tx) error {
			after, err := k.Derive(tx, people.Automation, "tickets", r.ID, map[string]string{"gross": "1"}, "")
			if after.Properties["gross"] != "242" {
				t.Errorf("derived to %v", after.Properties)
			}
			return err
		})
		// A change that moves nothing writes nothing; one that takes the value away takes the result away.
		k.do(t, func(tx *db.Tx) error {
			after, err := k.Update(tx, person(1), "tickets", r.ID, map[string]string{"price": ""}, "")
			if _, ok := after.Properties["gross"]; ok {
				t.Errorf("without a price: %v", after.Properties)
			}
			return err
		})
	})
}

func TestRecalculate(t *testing.T) { // PROP-1, REC-5
	each(t, func(t *testing.T, k *desk) {
		r := k.make(t, "tickets", map[string]string{"subject": "Chair"})
		trashed := k.make(t, "tickets", map[string]string{"subject": "Table"})
		k.do(t, func(tx *db.Tx) error { return k.Archive(tx, people.System, "tickets", trashed.ID) })
		k.define(t, property.Definition{ObjectType: "tickets", Name: "loud", Type: property.String, Formula: "upper(subject)"})
		k.seen.types()
		for range 2 {
			k.do(t, func(tx *db.Tx) error {
				if err := k.Recalculate(tx, people.Automation, "tickets", trashed.ID, "new formula"); err != nil {
					return err
				}
				return k.Recalculate(tx, people.Automation, "tickets", r.ID, "new formula")
			})
		}
		if got := k.seen.types(); len(got) != 1 || got[0] != "ticket.changed" {
			t.Errorf("told of %v", got)
		}
		k.do(t, func(tx *db.Tx) error { return k.Restore(tx, people.System, "tickets", trashed.ID) })
		k.see(t, func(tx *db.Tx) error {
			for id, want := range map[int64]string{r.ID: "CHAIR", trashed.ID: "TABLE"} {
				got, err := k.Get(tx, people.System, "tickets", id)
				if err != nil || got.Properties["loud"] != want {
					t.Errorf("%v, %v", got.Properties, err)
				}
			}
			return nil
		})
	})
}

func TestRulesBindPeopleAndApps(t *testing.T) { // PROP-2
	each(t, func(t *testing.T, k *desk) {
		k.define(t, property.Definition{ObjectType: "tickets", Name: "code", Label: "Code", Type: property.String,
			Rules: []rule.Rule{{Type: "FORMAT", Args: []string{"UPPER"}, Normalize: true}, {Type: "MAX_LENGTH", Args: []string{"3"}}}})
		k.do(t, func(tx *db.Tx) error {
			r, err := k.Create(tx, person(1), "tickets", record.Input{Properties: map[string]string{"subject": "A", "hs_pipeline_stage": "1", "code": "abc"}})
			if r.Properties["code"] != "ABC" {
				t.Errorf("made %v", r.Properties)
			}
			return err
		})
		e := k.refusal(t, errs.Invalid, func(tx *db.Tx) error {
			_, err := k.Create(tx, person(1), "tickets", record.Input{Properties: map[string]string{"subject": "A", "hs_pipeline_stage": "1", "code": "abcd"}})
			return err
		})
		if len(e.Fields) != 1 || e.Fields[0].Name != "code" || e.Fields[0].Message != "Code must have at most 3 characters." {
			t.Errorf("got %+v", e.Fields)
		}
		// What arrives by itself is not lost over a rule.
		k.make(t, "tickets", map[string]string{"subject": "A", "code": "much too long"})
	})
}

func TestOptionsAreAddedAfterASemicolon(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *desk) {
		r := k.make(t, "tickets", map[string]string{"subject": "A", "hs_resolution": "ISSUE_FIXED"})
		for _, c := range []struct{ value, want string }{
			{";REFUND_APPLIED", "ISSUE_FIXED;REFUND_APPLIED"}, {";ISSUE_FIXED", "ISSUE_FIXED;REFUND_APPLIED"}, {"REFUND_APPLIED", "REFUND_APPLIED"},
			{"", ""}, {";ISSUE_FIXED", "ISSUE_FIXED"},
		} {
			given := map[string]string{"hs_resolution": c.value, "content": ";as it is"}
			k.do(t, func(tx *db.Tx) error {
				after, err := k.Update(tx, person(1), "tickets", r.ID, given, "")
				if after.Properties["hs_resolution"] != c.want || after.Properties["content"] != ";as it is" || given["hs_resolution"] != c.value {
					t.Errorf("%q makes %v", c.value, after.Properties)
				}
				return err
			})
		}
		k.refuse(t, errs.Invalid, func(tx *db.Tx) error {
			_, err := k.Update(tx, person(1), "tickets", r.ID, map[string]string{"hs_resolution": ";NOTHING"}, "")
			return err
		})
	})
}

func TestHiddenValuesAreNowhere(t *testing.T) { // PROP-2
	each(t, func(t *testing.T, k *desk) {
		k.define(t, property.Definition{ObjectType: "tickets", Name: "salary", Label: "Salary", Type: property.Number,
			Access: property.Access{View: property.Chosen{Teams: []int64{7}}, Edit: property.Chosen{Users: []int64{1}}}})
		chosen, reader, stranger := person(1, 7), person(2, 7), person(3)
		r := k.make(t, "tickets", map[string]string{"subject": "Pay", "hs_pipeline_stage": "1", "salary": "5000"})
		query := record.Query{ObjectType: "tickets"}
		byValue := []filter.Group{{Filters: []filter.Filter{{PropertyName: "salary", Operator: "GT", Value: "1"}}}}
		for who, c := range map[string]struct {
			by   people.Actor
			want string
		}{"chosen": {chosen, "5000"}, "reader": {reader, "5000"}, "stranger": {stranger, ""}, "program": {people.System, "5000"}} {
			k.see(t, func(tx *db.Tx) error {
				one, err := k.Get(tx, c.by, "tickets", r.ID)
				many, err2 := k.GetMany(tx, c.by, "tickets", []int64{r.ID})
				page, err3 := k.Search(tx, c.by, query)
				list, err4 := k.List(tx, c.by, "tickets", "", 10, false)
				history, err5 := k.History(tx, c.by, "tickets", r.ID, "salary")
				for i, err := range []error{err, err2, err3, err4, err5} {
					if err != nil {
						t.Errorf("%s %d: %v", who, i, err)
					}
				}
				for i, got := range []record.Record{one, many[0], page.Records[0], list.Records[0]} {
					if got.Properties["salary"] != c.want || got.Properties["subject"] != "Pay" {
						t.Errorf("%s %d: %v", who, i, got.Properties)
					}
				}
				hidden, err := k.Hidden(tx, c.by, "tickets")
				if err != nil || (len(hidden) == 0) != (c.want != "") {
					t.Errorf("%s: hidden are %v, %v", who, hidden, err)
				}
				if (len(history) == 1) != (c.want != "") {
					t.Errorf("%s: %v", who, history)
				}
				_, filtered := k.Search(tx, c.by, record.Query{ObjectType: "tickets", Groups: byValue})
				_, sorted := k.Search(tx, c.by, record.Query{ObjectType: "tickets", Sorts: []record.Sort{{Property: "salary"}}})
				for _, err := range []error{filtered, sorted} {
					if c.want != "" && err != nil || c.want == "" && (!errs.Is(err, errs.Invalid) || errs.As(err).Fields[0].Code != "PROPERTY_DOESNT_EXIST") {
						t.Errorf("%s: found by value: %v", who, err)
					}
				}
				return nil
			})
		}
		change := func(by people.Actor, name string) func(tx *db.Tx) error {
			return func(tx *db.Tx) error {
				got, err := k.Update(tx, by, "tickets", r.ID, map[string]string{name: "6000"}, "")
				if _, shown := got.Properties["salary"]; err == nil && shown != (by.ID != 3) {
					t.Errorf("shown to %d: %v", by.ID, got.Properties)
				}
				return err
			}
		}
		if e := k.refusal(t, errs.Invalid, change(reader, "salary")); e.Fields[0].Code != "READ_ONLY_VALUE" {
			t.Errorf("by a reader: %+v", e.Fields)
		}
		if e := k.refusal(t, errs.Invalid, change(stranger, "salary")); e.Fields[0].Code != "PROPERTY_DOESNT_EXIST" {
			t.Errorf("by a stranger: %+v", e.Fields)
		}
		k.do(t, change(chosen, "salary"))
		k.do(t, change(stranger, "subject"))
	})
}

func TestUniqueValuesComeBackWithTheirProperty(t *testing.T) { // PROP-2
	each(t, func(t *testing.T, k *desk) {
		serial := property.Definition{ObjectType: "tickets", Name: "serial", Label: "Serial", Type: property.String, Unique: true}
		k.define(t, serial)
		k.make(t, "tickets", map[string]string{"subject": "A", "serial": "S1"})
		second := k.make(t, "tickets", map[string]string{"subject": "B", "serial": "S2"})
		archive := func(tx *db.Tx) error { return k.props.Archive(tx, people.System, "tickets", "serial") }
		k.do(t, archive)
		k.do(t, func(tx *db.Tx) error { return k.Archive(tx, people.System, "tickets", second.ID) })
		k.do(t, func(tx *db.Tx) error { return k.Restore(tx, people.System, "tickets", second.ID) })
		k.define(t, serial)
		for _, v := range []string{"S1", "S2"} {
			k.refuse(t, errs.Conflict, func(tx *db.Tx) error {
				_, err := k.Create(tx, people.System, "tickets", record.Input{Properties: map[string]string{"subject": "C", "serial": v}})
				return err
			})
		}
		// While it was gone nobody watched: two with one value cannot come back.
		k.do(t, archive)
		k.do(t, func(tx *db.Tx) error { return k.Archive(tx, people.System, "tickets", second.ID) })
		k.define(t, serial)
		k.make(t, "tickets", map[string]string{"subject": "C", "serial": "S2"})
		k.do(t, archive)
		k.do(t, func(tx *db.Tx) error { return k.Restore(tx, people.System, "tickets", second.ID) })
		k.refuse(t, errs.Conflict, func(tx *db.Tx) error { _, err := k.props.Create(tx, people.System, serial); return err })
	})
}
