package record_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// sharing are the object types that share a table.
func (k *desk) sharing(t testing.TB) (shared []property.ObjectType) {
	t.Helper()
	k.see(t, func(tx *db.Tx) error {
		all, err := k.props.Types(tx)
		for _, o := range all {
			if o.Shared {
				shared = append(shared, o)
			}
		}
		return err
	})
	if len(shared) < 9 {
		t.Fatalf("only %d object types share a table", len(shared))
	}
	return shared
}

// The same handlers serve every object type, and none sees another's records though the table is the same.
func TestTypesThatShareATableAreApart(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *desk) {
		shared := k.sharing(t)
		made := map[string]record.Record{}
		for _, o := range shared {
			k.seen.events = nil
			r := k.make(t, o.TypeID, map[string]string{o.PrimaryDisplay: "a first one", "hubspot_owner_id": "7"})
			made[o.Name] = r
			if types := k.seen.types(); r.ObjectType != o.Name || r.CreatedAt.IsZero() || !r.UpdatedAt.Equal(r.CreatedAt) || !slices.Equal(types, []string{o.Events + ".created"}) {
				t.Errorf("%s: %+v, events %v", o.Name, r, types)
			}
		}
		for _, o := range shared {
			r := made[o.Name]
			for _, other := range append(shared, property.ObjectType{Name: "tickets"}, property.ObjectType{Name: "contacts"}) {
				k.see(t, func(tx *db.Tx) error {
					got, err := k.Get(tx, people.System, other.Name, r.ID)
					if errs.Is(err, errs.NotFound) == (other.Name == o.Name) || err == nil && got.Properties[o.PrimaryDisplay] != "a first one" {
						t.Errorf("%s %d read as one of %s: %+v %v", o.Singular, r.ID, other.Name, got, err)
					}
					if _, ok, err := k.FindBy(tx, other.Name, "hs_object_id", strconv.FormatInt(r.ID, 10)); ok != (other.Name == o.Name) || err != nil {
						t.Errorf("%s %d found as one of %s: %v %v", o.Singular, r.ID, other.Name, ok, err)
					}
					return nil
				})
			}
			for name, q := range map[string]record.Query{
				"all": {}, "by name": {Groups: one(o.PrimaryDisplay, "CONTAINS_TOKEN", "first")}, "by owner": {Groups: one("hubspot_owner_id", "EQ", "7")},
				"by text": {Text: "FIRST one"}, "newest": {Sorts: []record.Sort{{Property: "hs_lastmodifieddate", Desc: true}}},
			} {
				q.ObjectType = o.Name
				if got := k.ids(t, people.System, q); !slices.Equal(got, []int64{r.ID}) {
					t.Errorf("%s, %s: %v", o.Name, name, got)
				}
			}
			k.lives(t, o, r)
		}
	})
}

// lives takes a record through its life.
func (k *desk) lives(t *testing.T, o property.ObjectType, r record.Record) {
	t.Helper()
	k.do(t, func(tx *db.Tx) error {
		_, err := k.Update(tx, people.System, o.Singular, r.ID, map[string]string{o.PrimaryDisplay: "renamed", "hubspot_owner_id": ""}, "")
		return err
	})
	if got := k.get(t, o.Name, r.ID); got.Properties[o.PrimaryDisplay] != "renamed" || got.Properties["hubspot_owner_id"] != "" {
		t.Errorf("%s: %+v", o.Name, got.Properties)
	}
	listed := func(archived bool) (n int) {
		k.see(t, func(tx *db.Tx) error {
			page, err := k.List(tx, people.System, o.Name, "", 100, archived)
			n = len(page.Records)
			return err
		})
		return n
	}
	k.see(t, func(tx *db.Tx) error {
		versions, err := k.History(tx, people.System, o.Name, r.ID, o.PrimaryDisplay)
		if len(versions) != 2 || versions[0].Value != "renamed" {
			t.Errorf("%s: history %+v", o.Name, versions)
		}
		return err
	})
	k.do(t, func(tx *db.Tx) error { return k.Archive(tx, people.System, o.Name, r.ID) })
	if listed(false) != 0 || listed(true) != 1 {
		t.Errorf("%s: archived, %d living and %d in the trash", o.Name, listed(false), listed(true))
	}
	k.do(t, func(tx *db.Tx) error { return k.Restore(tx, people.System, o.Name, r.ID) })
	if listed(false) != 1 || listed(true) != 0 {
		t.Errorf("%s: restored, %d living and %d in the trash", o.Name, listed(false), listed(true))
	}
}

// What shows things kept elsewhere is not made or deleted through the record engine by people and apps.
func TestMirrorsAreTheProgramsAlone(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *desk) {
		admin := agent(1, people.Everything, true)
		for _, o := range k.sharing(t) {
			r := k.make(t, o.Name, map[string]string{o.PrimaryDisplay: "x"})
			k.refuseOrNot(t, o.Mirror, errs.Denied, func(tx *db.Tx) error {
				_, err := k.Create(tx, admin, o.Name, record.Input{Properties: required(o)})
				return err
			})
			k.refuseOrNot(t, o.Mirror, errs.Denied, func(tx *db.Tx) error { return k.Archive(tx, admin, o.Name, r.ID) })
		}
		user := k.make(t, "users", map[string]string{"hs_email": "ann@example.org"})
		k.do(t, func(tx *db.Tx) error {
			_, err := k.Update(tx, admin, "users", user.ID, map[string]string{"hs_job_title": "Head of nothing"}, "")
			return err
		})
		e := k.refusal(t, errs.Invalid, func(tx *db.Tx) error {
			_, err := k.Update(tx, admin, "users", user.ID, map[string]string{"hs_email": "eve@example.org"}, "")
			return err
		})
		if e.Fields[0].Code != "READ_ONLY_VALUE" {
			t.Errorf("%+v", e)
		}
	})
}

// required are values for what a type requires.
func required(o property.ObjectType) map[string]string {
	out := map[string]string{}
	for _, name := range o.Required {
		out[name] = "2026-11-25"
	}
	return out
}

func (k *desk) refuseOrNot(t *testing.T, refuse bool, kind errs.Kind, fn func(tx *db.Tx) error) {
	t.Helper()
	if refuse {
		k.refuse(t, kind, fn)
		return
	}
	k.do(t, fn)
}

func TestActivitiesNeedTheirTime(t *testing.T) { // PROP-5
	each(t, func(t *testing.T, k *desk) {
		for _, name := range []string{"notes", "tasks", "calls", "emails", "meetings", "communications"} {
			e := k.refusal(t, errs.Invalid, func(tx *db.Tx) error {
				_, err := k.Create(tx, agent(1, people.Everything, true), name, record.Input{})
				return err
			})
			if e.Code != "REQUIRED" || e.Fields[0].Name != "hs_timestamp" || !strings.HasPrefix(e.Message, "Error creating "+strings.ToUpper(name[:len(name)-1])) {
				t.Errorf("%s: %+v", name, e)
			}
		}
	})
}

func TestSharedTablesIndexes(t *testing.T) { // PERF-1
	each(t, func(t *testing.T, k *desk) {
		k.do(t, func(tx *db.Tx) error {
			for i := range 3000 {
				kind := []string{"notes", "tasks", "tasks", "tasks", "deals"}[i%5]
				if i%50 == 0 {
					kind = "calls" // few, which must not be looked for among all
				}
				props := map[string]string{"hubspot_owner_id": strconv.Itoa(1 + i%40)}
				if kind == "deals" {
					props["dealname"], props["pipeline"], props["dealstage"] = "d"+strconv.Itoa(i), "default", []string{"contractsent", "closedwon"}[i%2]
				} else {
					props["hs_timestamp"] = property.FormatTime(tx.Now)
				}
				if _, err := k.Create(tx, people.System, kind, record.Input{Properties: props}); err != nil {
					return err
				}
			}
			_, err := tx.Exec("ANALYZE")
			return err
		})
		newest := func(name string) []record.Sort { return []record.Sort{{Property: name, Desc: true}} }
		for index, q := range map[string]record.Query{
			"objects_living":   {ObjectType: "calls"},
			"objects_owner":    {ObjectType: "tasks", Groups: one("hubspot_owner_id", "EQ", "7")},
			"objects_occurred": {ObjectType: "tasks", Sorts: newest("hs_timestamp")},
			"objects_created":  {ObjectType: "notes", Sorts: newest("hs_createdate")},
			"objects_updated":  {ObjectType: "deals", Sorts: newest("hs_lastmodifieddate")},
			"objects_name":     {ObjectType: "deals", Groups: one("dealname", "GTE", "d3"), Sorts: []record.Sort{{Property: "dealname"}}},
		} {
			k.see(t, func(tx *db.Tx) error {
				text, args, err := k.Statement(tx, people.System, q)
				if err != nil {
					return err
				}
				plan, err := tx.Explain(text, args...)
				if !strings.Contains(plan, index) || strings.Contains(plan, "TEMP B-TREE") {
					t.Errorf("%s is not used alone:\n%s\n%s %v", index, plan, text, args)
				}
				return err
			})
		}
	})
}

// HubSpot has second names for what some properties of tickets say.
func TestSecondNamesOfProperties(t *testing.T) { // PROP-3, API-1
	each(t, func(t *testing.T, k *desk) {
		first := k.make(t, "tickets", map[string]string{"subject": "a", "hs_num_times_contacted": "3", "hs_date_entered_my_stage": "2026-11-01"})
		second := k.make(t, "tickets", map[string]string{"subject": "b", "hs_num_times_contacted": "12", "hs_lastcontacted": "2026-11-02"})
		for name, q := range map[string]record.Query{
			"filter":           {Groups: one("num_contacted_notes", "GT", "11")},
			"date":             {Groups: one("notes_last_contacted", "HAS_PROPERTY", "")},
			"made":             {Groups: one("hs_createdate", "GT", "2020-01-01"), Sorts: []record.Sort{{Property: "num_contacted_notes", Desc: true}}},
			"of a stage":       {Groups: one("hs_v2_date_entered_my_stage", "HAS_PROPERTY", "")},
			"of no such stage": {Groups: one("hs_v2_date_entered_other", "HAS_PROPERTY", "")},
		} {
			want := map[string][]int64{"made": {second.ID, first.ID}, "of a stage": {first.ID}, "of no such stage": nil}
			if _, ok := want[name]; !ok {
				want[name] = []int64{second.ID}
			}
			if got := k.ids(t, people.System, q); !slices.Equal(got, want[name]) {
				t.Errorf("%s: %v, want %v", name, got, want[name])
			}
		}
		e := k.refusal(t, errs.Invalid, func(tx *db.Tx) error {
			_, err := k.Update(tx, people.System, "tickets", first.ID, map[string]string{"num_contacted_notes": "4"}, "")
			return err
		})
		if e.Fields[0].Code != "READ_ONLY_VALUE" {
			t.Errorf("%+v", e)
		}
		k.see(t, func(tx *db.Tx) error {
			versions, err := k.History(tx, people.System, "tickets", first.ID, "num_contacted_notes")
			all, errAll := k.Histories(tx, people.System, "tickets", []int64{first.ID}, []string{"num_contacted_notes"})
			if len(versions) != 1 || versions[0].Value != "3" || len(all[first.ID]["num_contacted_notes"]) != 1 || errAll != nil {
				t.Errorf("%+v %+v", versions, all)
			}
			return err
		})
	})
}
