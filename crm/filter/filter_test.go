package filter_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

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

// world is some hundred random tickets, and values that occur in them.
type world struct {
	d       *db.DB
	props   *property.Registry
	records []record.Record
	columns *column.Store
	linked  map[int64]string // contact ids by ticket
}

var customs = []property.Definition{
	{Name: "weight", Label: "Weight", Type: property.Number},
	{Name: "due", Label: "Due", Type: property.Date},
	{Name: "visited", Label: "Visited", Type: property.DateTime},
	{Name: "vip", Label: "VIP", Type: property.Bool},
	{Name: "note", Label: "Note", Type: property.String},
	{Name: "parts", Label: "Parts", Type: property.Enumeration, FieldType: "checkbox", Options: []property.Option{
		{Value: "lid", Label: "Lid", Order: 2}, {Value: "tray", Label: "Tray", Order: 1}, {Value: "Lid handle", Label: "Lid handle", Order: 0}}},
}

// samples are what each property may hold, "" for nothing.
var samples = map[string][]string{
	"subject":            {"", "Printer on fire", "printer on FIRE", "Ärger mit Rechnung", "50% off_now", "a*b", `back\slash`, "été"},
	"hs_ticket_priority": {"", "LOW", "MEDIUM", "HIGH", "URGENT"},
	"hs_ticket_category": {"", "PRODUCT_ISSUE", "BILLING_ISSUE", "PRODUCT_ISSUE;BILLING_ISSUE", "GENERAL_INQUIRY;PRODUCT_ISSUE"},
	"hubspot_owner_id":   {"", "7", "8", "70", "123456789012"},
	"desk_spam":          {"true", "false", "false"},
	"desk_snoozed_until": {"", "2026-11-02T09:00:00.000Z", "2026-11-02T09:00:00.001Z", "2026-11-05T00:00:00.000Z"},
	"createdate":         {"2026-10-01T00:00:00.000Z", "2026-11-02T09:00:00.000Z", "2026-11-01T09:00:00.000Z"},
	"weight":             {"", "5", "-5", "5.25", "1000000", "12345678901234567890123", "9007199254740993", "9007199254740992", "0.1"},
	"due":                {"", "2026-11-02", "2026-11-01", "2027-01-01"},
	"visited":            {"", "2026-11-02T09:00:00.000Z", "2026-10-30T09:00:00.000Z", "2026-12-24T18:00:00.000Z"},
	"vip":                {"", "true", "false"},
	"note":               {"", "call back", "Call Back", "éclair", "ÉCLAIR", "zebra", "Zebra"},
	"parts":              {"", "lid", "tray", "tray;lid", "Lid handle;lid", "Lid handle"},
}

func names() []string {
	var all []string
	for name := range samples {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

type rules struct{}

func (rules) Prepare(tx *db.Tx, _ people.Actor, w *record.Write) error {
	w.Set["desk_open"], w.Set["desk_active_at"] = "true", property.FormatTime(tx.Now)
	if w.Get("desk_spam") == "" {
		w.Set["desk_spam"] = "false"
	}
	return nil
}

func build(t *testing.T, d *db.DB) *world {
	w := &world{d: d, props: property.New(d), linked: map[int64]string{}, columns: column.NewStore(d, column.BytesUsual)}
	store := record.New(d, w.props, search.New(d, w.props, nil), map[string]record.Rules{"tickets": rules{}})
	random := rand.New(rand.NewPCG(1, 2))
	dbtest.Do(t, d, func(tx *db.Tx) error {
		for _, c := range customs {
			c.ObjectType = "tickets"
			if _, err := w.props.Create(tx, people.System, c); err != nil {
				return err
			}
		}
		return nil
	})
	dbtest.Do(t, d, func(tx *db.Tx) error {
		var contacts []int64
		for i := range 3 {
			c, err := store.Create(tx, people.System, "contacts", record.Input{Properties: map[string]string{"firstname": strconv.Itoa(i)}})
			if err != nil {
				return err
			}
			contacts = append(contacts, c.ID)
		}
		for range 150 {
			in := record.Input{Properties: map[string]string{}}
			for _, name := range names() {
				in.Properties[name] = samples[name][random.IntN(len(samples[name]))]
			}
			var ids []string
			for _, c := range contacts[:random.IntN(4)] {
				in.Links = append(in.Links, record.Link{ToType: "contacts", ToID: c})
				ids = append(ids, strconv.FormatInt(c, 10))
			}
			r, err := store.Create(tx, people.System, "tickets", in)
			if err != nil {
				return err
			}
			w.records = append(w.records, r)
			w.linked[r.ID] = strings.Join(ids, ";")
		}
		return nil
	})
	return w
}

// get is what Condition.Match asks.
func (w *world) get(r record.Record) func(string) string {
	return func(name string) string {
		if name == "associations.contact" {
			return w.linked[r.ID]
		}
		return r.Properties[name]
	}
}

var operators = []string{"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY",
	"CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN", "IN_LAST_DAYS", "IN_NEXT_DAYS", "IN_LAST_HOURS", "IN_NEXT_HOURS", "OLDER_THAN_DAYS", "LATER_THAN_DAYS",
	"CONTAINS", "NOT_CONTAINS", "STARTS_WITH", "NOT_STARTS_WITH", "ENDS_WITH", "NOT_ENDS_WITH"}

func (w *world) drawFilter(rt *rapid.T) filter.Filter {
	f := filter.Filter{PropertyName: rapid.SampledFrom(append(names(), "associations.contact", "hs_object_id")).Draw(rt, "property"),
		Operator: rapid.SampledFrom(operators).Draw(rt, "operator")}
	value := func() string {
		switch {
		case strings.HasSuffix(f.Operator, "_DAYS") || strings.HasSuffix(f.Operator, "_HOURS"):
			return strconv.Itoa(rapid.IntRange(0, 40).Draw(rt, "days"))
		case f.PropertyName == "hs_object_id":
			return strconv.FormatInt(rapid.SampledFrom(w.records).Draw(rt, "record").ID, 10)
		case f.PropertyName == "associations.contact":
			ids := strings.Split(w.linked[rapid.SampledFrom(w.records).Draw(rt, "record").ID], ";")
			return ids[len(ids)-1]
		case rapid.IntRange(0, 9).Draw(rt, "odd") == 0:
			return rapid.SampledFrom([]string{"fire", "PRIN*on", "%", "_", `\`, "call", "éc", "É", "1", "2026-11-02", "lid;tray", "none"}).Draw(rt, "word")
		}
		return rapid.SampledFrom(samples[f.PropertyName]).Draw(rt, "value")
	}
	f.Value, f.HighValue = value(), value()
	for range rapid.IntRange(0, 3).Draw(rt, "more") {
		f.Values = append(f.Values, value())
	}
	return f
}

// The one language has three executions: SQL, one record in memory, and columns in memory.
func TestSQLMemoryAndColumnsAgree(t *testing.T) { // PROP-6
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		w := build(t, d)
		compiled, matched, scanned := 0, 0, 0
		rapid.Check(t, func(rt *rapid.T) {
			var groups []filter.Group
			for range rapid.IntRange(1, 3).Draw(rt, "groups") {
				var g filter.Group
				for range rapid.IntRange(1, 2).Draw(rt, "filters") {
					g.Filters = append(g.Filters, w.drawFilter(rt))
				}
				groups = append(groups, g)
			}
			dbtest.See(t, d, func(tx *db.Tx) error {
				set, err := w.props.Set(tx, "tickets")
				if err != nil {
					return err
				}
				c, err := filter.Compile(set, groups)
				if errs.Is(err, errs.Invalid) {
					return nil
				} else if err != nil {
					return err
				}
				compiled++
				var q db.SQL
				c.Where(q.Add("SELECT id FROM tickets WHERE "), tx)
				got, err := db.List(tx, db.Col[int64], q.Add(" ORDER BY id").Text(), q.Args()...)
				if err != nil {
					return err
				}
				var want []int64
				for _, r := range w.records {
					if c.Match(w.get(r), tx.Now) {
						want = append(want, r.ID)
					}
				}
				matched += len(want)
				if !slices.Equal(got, want) {
					rt.Errorf("%+v\n%s %v\nSQL finds %d, memory %d: %s", groups, q.Text(), q.Args(), len(got), len(want), w.difference(got, want, groups))
				}
				if ok, err := w.agree(rt, tx, set, c); !ok || err != nil {
					return err
				}
				scanned++
				return nil
			})
		})
		if compiled == 0 || matched == 0 || scanned < compiled/2 {
			t.Errorf("%d conditions compiled, %d records matched, columns answered %d: the test says nothing", compiled, matched, scanned)
		}
	})
}

// agree compares a page of columns in a random order with the same of SQL; false when the columns cannot answer.
func (w *world) agree(rt *rapid.T, tx *db.Tx, set *property.Set, c *filter.Condition) (bool, error) {
	name := rapid.SampledFrom(append(names(), "hs_object_id")).Draw(rt, "sort")
	o, err := filter.OrderBy(set, name, rapid.Bool().Draw(rt, "desc"))
	if err != nil {
		return false, err
	}
	after := rapid.SampledFrom(append(w.records, record.Record{})).Draw(rt, "after")
	value := after.Properties[name]
	var want []int64
	for _, present := range []bool{true, false} {
		if present && after.ID != 0 && value == "" || !present && !o.Nullable() {
			continue
		}
		var q db.SQL
		c.Where(q.Add("SELECT id FROM tickets WHERE "), tx)
		if o.Nullable() {
			o.Present(q.Add(" AND "), tx, present)
		}
		if after.ID != 0 && present == (value != "") {
			o.After(q.Add(" AND "), tx, value, after.ID)
		}
		o.By(q.Add(" ORDER BY "), tx, present)
		ids, err := db.List(tx, db.Col[int64], q.Text(), q.Args()...)
		if err != nil {
			return false, err
		}
		want = append(want, ids...)
	}
	return w.scan(rt, tx, c, o, after.ID, value, want)
}

func (w *world) scan(rt *rapid.T, tx *db.Tx, c *filter.Condition, o filter.Order, after int64, value string, want []int64) (bool, error) {
	ready, ok, err := c.Columns(tx)
	if !ok || err != nil {
		return ok, err
	}
	specs := ready.Specs
	if s, ok := o.Spec(); ok {
		specs = append(specs, s)
	}
	limit := rapid.IntRange(1, 200).Draw(rt, "limit")
	want = want[:min(limit, len(want))]
	return w.columns.View(tx, column.Source{Name: "tickets", From: "tickets WHERE "}, specs, func(v *column.View) error {
		q := column.Scan{Groups: ready.In(v), Order: o.In(v), Limit: limit}
		if after != 0 {
			q.Order = q.Order.After(value, after)
		}
		if got, _ := v.Scan(q); !slices.Equal(got, want) {
			rt.Errorf("by %s after %d %q columns find %v, SQL %v", o.Name(), after, value, got, want)
		}
		return nil
	})
}

// difference shows the first record that only one side found.
func (w *world) difference(got, want []int64, groups []filter.Group) string {
	for _, r := range w.records {
		if slices.Contains(got, r.ID) == slices.Contains(want, r.ID) {
			continue
		}
		var values []string
		for _, g := range groups {
			for _, f := range g.Filters {
				values = append(values, fmt.Sprintf("%s=%q", f.PropertyName, w.get(r)(f.PropertyName)))
			}
		}
		return strings.Join(values, " ")
	}
	return "none"
}

// set is the built-in properties of tickets with the customs.
func set(t testing.TB) (s *property.Set) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	props := property.New(d)
	dbtest.Do(t, d, func(tx *db.Tx) error {
		for _, c := range customs {
			c.ObjectType = "tickets"
			if _, err := props.Create(tx, people.System, c); err != nil {
				return err
			}
		}
		return nil
	})
	dbtest.See(t, d, func(tx *db.Tx) (err error) {
		s, err = props.Set(tx, "tickets")
		return err
	})
	return s
}

func TestCompileRefuses(t *testing.T) {
	s := set(t)
	many := make([]filter.Group, 26)
	for name, groups := range map[string][]filter.Group{
		"unknown property":  {{Filters: []filter.Filter{{PropertyName: "x'y", Operator: "EQ", Value: "1"}}}},
		"unknown operator":  {{Filters: []filter.Filter{{PropertyName: "subject", Operator: "LIKE", Value: "1"}}}},
		"no value":          {{Filters: []filter.Filter{{PropertyName: "subject", Operator: "EQ"}}}},
		"no values":         {{Filters: []filter.Filter{{PropertyName: "subject", Operator: "IN"}}}},
		"no number":         {{Filters: []filter.Filter{{PropertyName: "weight", Operator: "GT", Value: "heavy"}}}},
		"no date":           {{Filters: []filter.Filter{{PropertyName: "createdate", Operator: "GT", Value: "soon"}}}},
		"order of a choice": {{Filters: []filter.Filter{{PropertyName: "vip", Operator: "GT", Value: "true"}}}},
		"range of a choice": {{Filters: []filter.Filter{{PropertyName: "desk_spam", Operator: "BETWEEN", Value: "true", HighValue: "true"}}}},
		"words of a number": {{Filters: []filter.Filter{{PropertyName: "weight", Operator: "CONTAINS_TOKEN", Value: "5"}}}},
		"days of a text":    {{Filters: []filter.Filter{{PropertyName: "subject", Operator: "IN_LAST_DAYS", Value: "5"}}}},
		"too many days":     {{Filters: []filter.Filter{{PropertyName: "createdate", Operator: "IN_LAST_DAYS", Value: "99999999"}}}},
		"an owner's name":   {{Filters: []filter.Filter{{PropertyName: "hubspot_owner_id", Operator: "EQ", Value: "ada"}}}},
		"too many groups":   many,
		"too many filters":  {{Filters: make([]filter.Filter, 26)}},
		"too many values":   {{Filters: []filter.Filter{{PropertyName: "subject", Operator: "IN", Values: make([]string, 501)}}}},
		"linked by words":   {{Filters: []filter.Filter{{PropertyName: "associations.contact", Operator: "CONTAINS_TOKEN", Value: "5"}}}},
		"part of a number":  {{Filters: []filter.Filter{{PropertyName: "weight", Operator: "CONTAINS", Value: "5"}}}},
		"part that is none": {{Filters: []filter.Filter{{PropertyName: "subject", Operator: "STARTS_WITH"}}}},
		"linked to nothing": {{Filters: []filter.Filter{{PropertyName: "associations.rocket", Operator: "EQ", Value: "5"}}}},
	} {
		if _, err := filter.Compile(s, groups); !errs.Is(err, errs.Invalid) || len(errs.As(err).Fields) != 1 {
			t.Errorf("%s: got %v, want Invalid that names a field", name, err)
		}
	}
}

func TestMatch(t *testing.T) {
	s := set(t)
	now := dbtest.Start
	for _, c := range []struct {
		f     filter.Filter
		value string
		want  bool
	}{
		{filter.Filter{PropertyName: "subject", Operator: "EQ", Value: "HELLO"}, "hello", true},
		{filter.Filter{PropertyName: "subject", Operator: "NEQ", Value: "hello"}, "", true},
		{filter.Filter{PropertyName: "subject", Operator: "IN", Value: "a;b"}, "B", true},
		{filter.Filter{PropertyName: "subject", Operator: "CONTAINS_TOKEN", Value: "fire print*on"}, "Printer on FIRE", true},
		{filter.Filter{PropertyName: "subject", Operator: "NOT_CONTAINS_TOKEN", Value: "fire"}, "", true},
		{filter.Filter{PropertyName: "subject", Operator: "CONTAINS", Value: "ER on"}, "Printer on FIRE", true},
		{filter.Filter{PropertyName: "subject", Operator: "CONTAINS", Value: "on printer"}, "Printer on FIRE", false},
		{filter.Filter{PropertyName: "subject", Operator: "CONTAINS", Value: "p*r"}, "Printer", false},
		{filter.Filter{PropertyName: "subject", Operator: "STARTS_WITH", Value: "printer "}, "Printer on FIRE", true},
		{filter.Filter{PropertyName: "subject", Operator: "STARTS_WITH", Value: "fire"}, "Printer on FIRE", false},
		{filter.Filter{PropertyName: "subject", Operator: "ENDS_WITH", Value: " fire"}, "Printer on FIRE", true},
		{filter.Filter{PropertyName: "subject", Operator: "ENDS_WITH", Value: "a printer on fire"}, "Printer on FIRE", false},
		{filter.Filter{PropertyName: "subject", Operator: "NOT_ENDS_WITH", Value: "fire"}, "", true},
		{filter.Filter{PropertyName: "weight", Operator: "GT", Value: "9"}, "10", true},
		{filter.Filter{PropertyName: "weight", Operator: "LT", Value: "9"}, "", false},
		{filter.Filter{PropertyName: "createdate", Operator: "GTE", Value: "1793610000000"}, "2026-11-02T09:00:00.000Z", true},
		{filter.Filter{PropertyName: "createdate", Operator: "IN_LAST_DAYS", Value: "1"}, "2026-11-01T09:00:00.000Z", true},
		{filter.Filter{PropertyName: "createdate", Operator: "IN_LAST_DAYS", Value: "1"}, "2026-11-01T08:59:59.999Z", false},
		{filter.Filter{PropertyName: "due", Operator: "OLDER_THAN_DAYS", Value: "0"}, "2026-11-01", true},
		{filter.Filter{PropertyName: "parts", Operator: "EQ", Value: "lid;tray"}, "tray;lid", true},
		{filter.Filter{PropertyName: "parts", Operator: "IN", Values: []string{"tray"}}, "tray;lid", true},
		{filter.Filter{PropertyName: "hs_ticket_priority", Operator: "EQ", Value: "GONE"}, "LOW", false},
		{filter.Filter{PropertyName: "hs_date_entered_1", Operator: "HAS_PROPERTY"}, "2026-11-01T09:00:00.000Z", true},
	} {
		cond, err := filter.Compile(s, []filter.Group{{Filters: []filter.Filter{c.f}}})
		if err != nil {
			t.Errorf("%+v: %v", c.f, err)
		} else if got := cond.Match(func(string) string { return c.value }, now); got != c.want {
			t.Errorf("%+v of %q is %v", c.f, c.value, got)
		}
	}
	none, err := filter.Compile(s, nil)
	if err != nil || !none.Match(func(string) string { return "" }, now) {
		t.Errorf("no groups must match all, %v", err)
	}
}

func FuzzFilterCompile(f *testing.F) {
	s := set(f)
	d := dbtest.Open(f, dbtest.SQLite(f))
	f.Add("subject", "EQ", "x", "y")
	f.Add("weight", "BETWEEN", "1", "2")
	f.Add("hs_date_entered_1", "IN_LAST_DAYS", "3", "")
	f.Add("associations.contact", "IN", "3;4", "")
	f.Add("hs_time_in_'; DROP TABLE tickets", "GT", "3", "")
	f.Add("note", "CONTAINS_TOKEN", `a*\%_`, "")
	f.Fuzz(func(t *testing.T, name, operator, value, high string) {
		c, err := filter.Compile(s, []filter.Group{{Filters: []filter.Filter{{PropertyName: name, Operator: operator, Value: value, HighValue: high}}}})
		if err != nil {
			if !errs.Is(err, errs.Invalid) {
				t.Fatalf("%q %q: %v", name, operator, err)
			}
			return
		}
		c.Match(func(string) string { return value }, time.Unix(0, 0))
		err = d.Read(context.Background(), func(tx *db.Tx) error {
			var q db.SQL
			c.Where(q.Add("SELECT id FROM tickets WHERE "), tx)
			_, err := db.List(tx, db.Col[int64], q.Text(), q.Args()...)
			return err
		})
		if err != nil {
			t.Fatalf("%q %q %q: %v", name, operator, value, err)
		}
	})
}
