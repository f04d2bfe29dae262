package filter_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/column"
	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// What is stored in a column of the table is held by how it is stored, what is in JSON by its type.
func TestColumnOfEachProperty(t *testing.T) { // PROP-6
	s := set(t)
	for name, want := range map[string]column.Spec{
		"subject":            {Name: "subject", Kind: column.Text, SQL: "subject"},
		"hs_pipeline_stage":  {Name: "hs_pipeline_stage", Kind: column.Text, SQL: "stage_id"},
		"hubspot_owner_id":   {Name: "hubspot_owner_id", Kind: column.Ref, SQL: "owner_id"},
		"desk_open":          {Name: "desk_open", Kind: column.Flag, SQL: "open"},
		"createdate":         {Name: "createdate", Kind: column.Micros, SQL: "created_at"},
		"weight":             {Name: "weight", Kind: column.Number, SQL: "props->>'weight'"},
		"due":                {Name: "due", Kind: column.Date, SQL: "props->>'due'"},
		"visited":            {Name: "visited", Kind: column.Time, SQL: "props->>'visited'"},
		"vip":                {Name: "vip", Kind: column.Text, SQL: "props->>'vip'"},
		"parts":              {Name: "parts", Kind: column.Text, SQL: "props->>'parts'"},
		"hs_date_entered_1":  {Name: "hs_date_entered_1", Kind: column.Time, SQL: "props->>'hs_date_entered_1'"},
		"hs_time_in_waiting": {Name: "hs_time_in_waiting", Kind: column.Number, SQL: "props->>'hs_time_in_waiting'"},
	} {
		d, ok := s.Get(name)
		if got := filter.Spec(&d); !ok || got != want {
			t.Errorf("%s is held as %+v, want %+v", name, got, want)
		}
	}
	for name, byID := range map[string]bool{"hs_object_id": true, "": true, "due": false} {
		o, err := filter.OrderBy(s, name, true)
		if err != nil {
			t.Fatal(err)
		}
		if _, needs := o.Spec(); needs == byID {
			t.Errorf("the order by %q needs a column: %v", name, needs)
		}
	}
}

func TestShapes(t *testing.T) { // PERF-1
	s := set(t)
	f := func(name, operator string, values ...string) filter.Filter {
		out := filter.Filter{PropertyName: name, Operator: operator, Values: values}
		if len(values) > 0 {
			out.Value = values[0]
		}
		if len(values) > 1 {
			out.HighValue = values[1]
		}
		return out
	}
	for want, filters := range map[string][]filter.Filter{
		"":                                    nil,
		"subject=?":                           {f("subject", "EQ", "x")},
		"subject":                             {f("subject", "HAS_PROPERTY")},
		"!subject":                            {f("subject", "NOT_HAS_PROPERTY")},
		"subject?":                            {f("subject", "NEQ", "x")},
		"hubspot_owner_id=? subject?":         {f("subject", "CONTAINS_TOKEN", "x"), f("hubspot_owner_id", "IN", "7")},
		"hubspot_owner_id?":                   {f("hubspot_owner_id", "IN", "7", "8")},
		"desk_open=true":                      {f("desk_open", "EQ", "true")},
		"!desk_snoozed_until desk_spam=false": {f("desk_spam", "EQ", "no"), f("desk_snoozed_until", "NOT_HAS_PROPERTY")},
		"createdate?":                         {f("createdate", "IN_LAST_DAYS", "3")},
		"weight? weight?":                     {f("weight", "GT", "3"), f("weight", "BETWEEN", "3", "4")},
		"associations.contact?":               {f("associations.contact", "EQ", "3")},
	} {
		var groups []filter.Group
		if filters != nil {
			groups = []filter.Group{{Filters: filters}}
		}
		c, err := filter.Compile(s, groups)
		if err != nil {
			t.Errorf("%s: %v", want, err)
		} else if got := c.Shape(); got != want {
			t.Errorf("the shape is %q, want %q", got, want)
		}
	}
	two, err := filter.Compile(s, []filter.Group{{Filters: []filter.Filter{f("subject", "EQ", "x")}}, {}})
	if err != nil || two.Shape() != "|" {
		t.Errorf("alternatives are %q, %v", two.Shape(), err)
	}
	if _, ok := two.Only("subject"); ok {
		t.Error("alternatives name one value")
	}
	one, err := filter.Compile(s, []filter.Group{{Filters: []filter.Filter{f("subject", "NEQ", "y"), f("subject", "EQ", "x"), f("hubspot_owner_id", "IN", "7")}}})
	subject, ok := one.Only("subject")
	owner, okOwner := one.Only("hubspot_owner_id")
	if _, okTeam := one.Only("hubspot_team_id"); err != nil || !ok || !okOwner || okTeam || subject != "x" || owner != "7" {
		t.Errorf("only %q (%v) and %q (%v), team %v, %v", subject, ok, owner, okOwner, okTeam, err)
	}
}

// A long list of values, words with gaps and stars, several choices: each as columns of few and of many texts.
func TestConditionsOverManyTexts(t *testing.T) { // PROP-6
	d := dbtest.Open(t, dbtest.SQLite(t))
	props := property.New(d)
	store := record.New(d, props, search.New(d, props, nil), map[string]record.Rules{"tickets": rules{}})
	var all []record.Record
	for range 3 {
		dbtest.Do(t, d, func(tx *db.Tx) error {
			for range 700 {
				n := len(all)
				r, err := store.Create(tx, people.System, "tickets", record.Input{Properties: map[string]string{"subject": "Order " + strings.Repeat("ab", n%7) + string(rune('A'+n%26)) + string(rune('a'+n/26%26)),
					"content": "remark number " + strings.Repeat("x", n%900)}})
				if err != nil {
					return err
				}
				all = append(all, r)
			}
			return nil
		})
	}
	long := make([]string, 500)
	for i := range long {
		long[i] = strings.ToUpper(all[i*3].Properties["subject"])
	}
	columns := column.NewStore(d, column.BytesUsual)
	for _, f := range []filter.Filter{
		{PropertyName: "subject", Operator: "IN", Values: long}, {PropertyName: "subject", Operator: "NOT_IN", Values: long},
		{PropertyName: "subject", Operator: "EQ", Value: long[7]}, {PropertyName: "subject", Operator: "NEQ", Value: long[7]},
		{PropertyName: "subject", Operator: "CONTAINS_TOKEN", Value: "abab ORDER"}, {PropertyName: "subject", Operator: "CONTAINS_TOKEN", Value: "o*er*ABA"},
		{PropertyName: "subject", Operator: "CONTAINS_TOKEN", Value: "a"}, {PropertyName: "subject", Operator: "NOT_CONTAINS_TOKEN", Value: "ababab"},
		{PropertyName: "subject", Operator: "GT", Value: "Order abC"}, {PropertyName: "subject", Operator: "BETWEEN", Value: "Order A", HighValue: "Order abab"},
		{PropertyName: "content", Operator: "CONTAINS_TOKEN", Value: strings.Repeat("x", 800)}, {PropertyName: "content", Operator: "HAS_PROPERTY"},
		{PropertyName: "hs_resolution", Operator: "IN", Values: []string{"ISSUE_FIXED"}}, {PropertyName: "hs_resolution", Operator: "NOT_HAS_PROPERTY"},
	} {
		dbtest.See(t, d, func(tx *db.Tx) error {
			set, err := props.Set(tx, "tickets")
			if err != nil {
				return err
			}
			c, err := filter.Compile(set, []filter.Group{{Filters: []filter.Filter{f}}})
			if err != nil {
				return err
			}
			var want []int64
			for _, r := range all {
				if c.Match(func(name string) string { return r.Properties[name] }, tx.Now) {
					want = append(want, r.ID)
				}
			}
			ready, _, err := c.Columns(tx)
			if err != nil {
				return err
			}
			ok, err := columns.View(tx, column.Source{Name: "tickets", From: "tickets WHERE "}, ready.Specs, func(v *column.View) error {
				ids, total := v.Scan(column.Scan{Groups: ready.In(v), Order: v.By(v.ID(), false, nil), Limit: len(all), Count: true})
				if !slices.Equal(ids, want) || total != int64(len(want)) {
					t.Errorf("%s %s %.40q: columns find %d, matching %d", f.PropertyName, f.Operator, f.Value, total, len(want))
				}
				return nil
			})
			if !ok {
				t.Errorf("%s %s: columns do not answer", f.PropertyName, f.Operator)
			}
			return err
		})
	}
}

func FuzzColumnsAgreeWithMatch(f *testing.F) {
	d := dbtest.Open(f, dbtest.SQLite(f))
	props := property.New(d)
	store := record.New(d, props, search.New(d, props, nil), map[string]record.Rules{"tickets": rules{}})
	dbtest.Do(f, d, func(tx *db.Tx) error {
		for _, c := range customs {
			c.ObjectType = "tickets"
			if _, err := props.Create(tx, people.System, c); err != nil {
				return err
			}
		}
		return nil
	})
	columns := column.NewStore(d, column.BytesUsual)
	f.Add("subject", "CONTAINS_TOKEN", "a*b", "", "xaab")
	f.Add("weight", "BETWEEN", "1", "2.5", "1.75")
	f.Add("due", "GT", "2026-01-01", "", "2026-01-02")
	f.Add("parts", "IN", "lid;tray", "", "tray;lid")
	f.Add("note", "EQ", "ÉCLAIR", "", "éclair")
	f.Fuzz(func(t *testing.T, name, operator, value, high, held string) {
		ctx := context.Background()
		var r record.Record
		err := d.Write(ctx, func(tx *db.Tx) (err error) {
			r, err = store.Create(tx, people.System, "tickets", record.Input{Properties: map[string]string{name: held}})
			columns.Changed(tx, "tickets", r.ID)
			return err
		})
		if errs.Is(err, errs.Invalid) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			set, err := props.Set(tx, "tickets")
			if err != nil {
				return err
			}
			c, err := filter.Compile(set, []filter.Group{{Filters: []filter.Filter{{PropertyName: name, Operator: operator, Value: value, HighValue: high}}}})
			if errs.Is(err, errs.Invalid) {
				return nil
			} else if err != nil {
				return err
			}
			ready, ok, err := c.Columns(tx)
			if !ok || err != nil {
				return err
			}
			want := c.Match(func(name string) string { return r.Properties[name] }, tx.Now)
			_, err = columns.View(tx, column.Source{Name: "tickets", From: "tickets WHERE "}, ready.Specs, func(v *column.View) error {
				_, n := v.Scan(column.Scan{Always: []column.Predicate{v.Among([]int64{r.ID}, false)}, Groups: ready.In(v), Order: v.By(v.ID(), false, nil), Count: true})
				if n == 1 != want {
					t.Errorf("%s %s %q %q of %q: columns %v, match %v", name, operator, value, high, r.Properties[name], n == 1, want)
				}
				return nil
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
