package property_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// refused runs a change that must fail, and checks the code of its error or of its field.
func refused(t *testing.T, d *db.DB, code string, fn func(tx *db.Tx) error) {
	t.Helper()
	_ = refusal(t, d, code, fn)
}

// refusal is what a write that fails with a code says.
func refusal(t *testing.T, d *db.DB, code string, fn func(tx *db.Tx) error) *errs.Error {
	t.Helper()
	e := errs.As(d.Write(context.Background(), fn))
	if e == nil || e.Code != code && (len(e.Fields) == 0 || e.Fields[0].Code != code) {
		t.Errorf("got %v, want %s", e, code)
		return &errs.Error{}
	}
	return e
}

func TestGroupsOfProperties(t *testing.T) { // PROP-2
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		r := property.New(d)
		groups := func() (out []string) {
			dbtest.See(t, d, func(tx *db.Tx) error {
				set, err := r.Set(tx, "tickets")
				for _, g := range set.Groups() {
					out = append(out, g.Label)
				}
				return err
			})
			return out
		}
		built := groups()
		if len(built) < 5 || built[0] != "Ticket information" {
			t.Errorf("built in are %v", built)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			if g, err := r.CreateGroup(tx, admin, "ticket", property.Group{Name: "shop", Label: " Shop ", Order: -1}); err != nil || !g.Custom || g.Label != "Shop" {
				t.Errorf("made %+v, %v", g, err)
			}
			_, err := r.CreateGroup(tx, admin, "tickets", property.Group{Name: "first", Label: "First", Order: 0})
			return err
		})
		if all := groups(); all[len(all)-1] != "Shop" || all[1] != "First" {
			t.Errorf("they are %v", all)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			if _, err := r.UpdateGroup(tx, admin, "tickets", property.Group{Name: "ticketinformation", Label: "Basics", Order: 90}); err != nil {
				return err
			}
			_, err := r.Create(tx, admin, property.Definition{ObjectType: "tickets", Name: "size", Label: "Size", Type: property.String, Group: "shop"})
			return err
		})
		if all := groups(); slices.Index(all, "Basics") != len(all)-2 {
			t.Errorf("they are %v", all)
		}
		for code, fn := range map[string]func(tx *db.Tx) error{
			"OBJECT_ALREADY_EXISTS": func(tx *db.Tx) error {
				_, err := r.CreateGroup(tx, admin, "tickets", property.Group{Name: "shop", Label: "S"})
				return err
			},
			"INVALID_NAME": func(tx *db.Tx) error {
				_, err := r.CreateGroup(tx, admin, "tickets", property.Group{Name: "My shop", Label: "S"})
				return err
			},
			"REQUIRED": func(tx *db.Tx) error {
				_, err := r.CreateGroup(tx, admin, "tickets", property.Group{Name: "x"})
				return err
			},
			"INVALID_NUMBER": func(tx *db.Tx) error {
				_, err := r.UpdateGroup(tx, admin, "tickets", property.Group{Name: "shop", Label: "S", Order: -2})
				return err
			},
			"OBJECT_NOT_FOUND": func(tx *db.Tx) error {
				_, err := r.UpdateGroup(tx, admin, "tickets", property.Group{Name: "x", Label: "S"})
				return err
			},
			"CANNOT_DELETE_BUILT_IN": func(tx *db.Tx) error { return r.DeleteGroup(tx, admin, "tickets", "ticketinformation") },
			"GROUP_IN_USE":           func(tx *db.Tx) error { return r.DeleteGroup(tx, admin, "tickets", "shop") },
			"":                       func(tx *db.Tx) error { return r.DeleteGroup(tx, clerk, "tickets", "shop") },
		} {
			refused(t, d, code, fn)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			if err := r.Archive(tx, admin, "tickets", "size"); err != nil {
				return err
			}
			return r.DeleteGroup(tx, admin, "tickets", "shop")
		})
		if slices.Contains(groups(), "Shop") {
			t.Error("deleted, but there")
		}
	})
}

// calc makes a calculation property of tickets.
func calc(name string, typ property.Type, formula string) property.Definition {
	return property.Definition{ObjectType: "tickets", Name: name, Label: name, Type: typ, Formula: formula}
}

func TestCalculationsInOrder(t *testing.T) { // PROP-1
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		r := property.New(d)
		dbtest.Do(t, d, func(tx *db.Tx) error {
			for _, def := range []property.Definition{
				{ObjectType: "tickets", Name: "price", Label: "Price", Type: property.Number},
				calc("net", property.Number, "price * 2"), calc("gross", property.Number, "net * 1.5"), calc("dear", property.Bool, "gross > 20"),
				calc("due", property.Date, "createdate + 86400000"),
				{ObjectType: "tickets", Name: "class", Label: "Class", Type: property.Enumeration, Formula: "if dear then 'a' else 'z'",
					Options: []property.Option{{Value: "a", Label: "A"}}},
			} {
				made, err := r.Create(tx, admin, def)
				if err != nil {
					return fmt.Errorf("%s: %w", def.Name, err)
				}
				if made.Calculated() != (def.Formula != "") || made.ReadOnly != made.Calculated() || made.Calculated() && made.FieldType != property.Equation {
					t.Errorf("made %+v", made)
				}
			}
			// net is defined anew over a later one: the order follows the formulas, not the dates.
			if _, err := r.Create(tx, admin, calc("base", property.Number, "price + 1")); err != nil {
				return err
			}
			_, err := r.Update(tx, admin, calc("net", property.Number, "base * 2"))
			return err
		})
		values := map[string]string{"price": "9", "createdate": "2026-11-02T09:00:00.000Z"}
		calculate := func(changed func(string) bool) (out map[string]string) {
			dbtest.See(t, d, func(tx *db.Tx) error {
				set, err := r.Set(tx, "tickets")
				out = set.Calculate(func(name string) string { return values[name] }, changed)
				return err
			})
			return out
		}
		all := map[string]string{"base": "10", "net": "20", "gross": "30", "dear": "true", "class": "a", "due": "2026-11-03"}
		if diff := cmp.Diff(all, calculate(nil)); diff != "" {
			t.Error(diff)
		}
		delete(all, "due")
		if diff := cmp.Diff(all, calculate(func(name string) bool { return name == "price" })); diff != "" {
			t.Error(diff)
		}
		if got := calculate(func(name string) bool { return name == "subject" }); len(got) != 0 {
			t.Errorf("of a subject follows %v", got)
		}
		values["price"] = "1"
		if got := calculate(nil); got["class"] != "" || got["dear"] != "false" { // z is no option
			t.Errorf("got %v", got)
		}
		delete(values, "price")
		if got := calculate(nil); got["gross"] != "" || got["due"] == "" {
			t.Errorf("got %v", got)
		}
		// What others use stays.
		e := refusal(t, d, "PROPERTY_IN_USE", func(tx *db.Tx) error { return r.Archive(tx, admin, "tickets", "net") })
		if !slices.Contains(e.Detail["propertyNames"], "tickets.gross") {
			t.Errorf("used by %v", e.Detail)
		}
	})
}

func TestWrongCalculations(t *testing.T) { // PROP-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	r := property.New(d)
	dbtest.Do(t, d, func(tx *db.Tx) error {
		last := "3"
		for i := range 10 {
			name := "c" + strings.Repeat("c", i)
			if _, err := r.Create(tx, admin, calc(name, property.Number, last+" + 1")); err != nil {
				return err
			}
			last = name
		}
		return nil
	})
	for _, c := range []struct {
		def  property.Definition
		says string
	}{
		{calc("x", property.Number, "1 +"), "(at character 4)"},
		{calc("x", property.Number, "x + 1"), `There is no property "x"`},
		{calc("x", property.Number, "subject"), "computes a text, which is no number"},
		{calc("x", property.Number, "hs_lastmodifieddate - createdate"), "changes with every write"},
		{calc("x", property.Number, "cccccccccc + 1"), "At most 10 computed properties"},
		{property.Definition{ObjectType: "tickets", Name: "x", Label: "X", Type: property.Number, Formula: "1", Unique: true}, "can be unique"},
		{property.Definition{ObjectType: "tickets", Name: "x", Label: "X", Type: property.Number, Formula: "1", Rules: rules("DECIMAL", "2")}, "Nobody enters"},
	} {
		err := d.Write(context.Background(), func(tx *db.Tx) error { _, err := r.Create(tx, admin, c.def); return err })
		if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.def.Formula, err)
		}
	}
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		_, err := r.Update(tx, admin, calc("c", property.Number, "ccc + 1"))
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "from itself: tickets.c uses tickets.ccc uses tickets.cc uses tickets.c.") {
		t.Errorf("a circle: %v", err)
	}
}

func TestRollupDefinitions(t *testing.T) { // PROP-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	r := property.New(d)
	rollup := func(typ property.Type, of, how, of2 string) property.Definition {
		return property.Definition{ObjectType: "companies", Name: "rolled", Label: "Rolled", Type: typ, Rollup: &property.Rollup{Of: of, How: how, Property: of2}}
	}
	for _, def := range []property.Definition{
		rollup(property.Number, "rockets", property.Count, ""), rollup(property.Number, "tickets", "median", "time_to_close"),
		rollup(property.Number, "tickets", property.Count, "subject"), rollup(property.Date, "tickets", property.Count, ""),
		rollup(property.Number, "tickets", property.Sum, "subject"), rollup(property.Number, "tickets", property.Sum, "nothing"),
		rollup(property.DateTime, "tickets", property.Sum, "createdate"), rollup(property.Number, "tickets", property.Max, "createdate"),
	} {
		refused(t, d, "INVALID_ROLLUP", func(tx *db.Tx) error { _, err := r.Create(tx, admin, def); return err })
	}
	dbtest.Do(t, d, func(tx *db.Tx) error {
		if _, err := r.Create(tx, admin, property.Definition{ObjectType: "tickets", Name: "price", Label: "Price", Type: property.Number}); err != nil {
			return err
		}
		def := rollup(property.Number, "0-5", property.Sum, "price")
		def.Rollup.Filter = []byte(`[{"filters":[{"propertyName":"source_type","operator":"EQ","value":"EMAIL"}]}]`)
		made, err := r.Create(tx, admin, def)
		if err != nil || made.Rollup.Of != "tickets" || made.FieldType != property.Rolled || !made.ReadOnly {
			t.Errorf("made %+v, %v", made, err)
		}
		none, watched, err := r.Rollups(tx, "tickets")
		if err != nil || len(none) != 0 || len(watched) != 1 || watched[0].ObjectType != "companies" {
			t.Errorf("watched are %+v", watched)
		}
		own, none, err := r.Rollups(tx, "companies")
		if len(own) != 1 || len(none) != 0 {
			t.Errorf("they have %+v", own)
		}
		return err
	})
	// Through both ends of an association, a value would be made of itself.
	dbtest.Do(t, d, func(tx *db.Tx) error {
		_, err := r.Create(tx, admin, property.Definition{ObjectType: "tickets", Name: "share", Label: "Share", Type: property.Number,
			Rollup: &property.Rollup{Of: "companies", How: property.Sum, Property: "rolled"}})
		return err
	})
	refused(t, d, "INVALID_FORMULA", func(tx *db.Tx) error {
		_, err := r.Create(tx, admin, calc("half", property.Number, "half + share"))
		return err
	})
	refused(t, d, "INVALID_ROLLUP", func(tx *db.Tx) error {
		again := rollup(property.Number, "tickets", property.Sum, "share")
		_, err := r.Update(tx, admin, again)
		return err
	})
	refused(t, d, "PROPERTY_IN_USE", func(tx *db.Tx) error { return r.Archive(tx, admin, "tickets", "price") })
}

func TestWhoSeesAndEdits(t *testing.T) { // PROP-2
	d := property.Definition{Access: property.Access{View: property.Chosen{Users: []int64{1}, Teams: []int64{7}}, Edit: property.Chosen{Users: []int64{1, 9}}}}
	for _, c := range []struct {
		name        string
		by          people.Actor
		sees, edits bool
	}{
		{"one chosen", people.Actor{Kind: event.User, ID: 1}, true, true},
		{"one of a team", people.Actor{Kind: event.User, ID: 2, Teams: []int64{3, 7}}, true, false},
		{"a stranger", people.Actor{Kind: event.User, ID: 3, Teams: []int64{3}}, false, false},
		{"one who could edit what they do not see", people.Actor{Kind: event.User, ID: 9}, false, false},
		{"a super admin", people.Actor{Kind: event.User, ID: 4, SuperAdmin: true}, true, true},
		{"an app", people.Actor{Kind: event.App, ID: 3}, true, true},
		{"the program", people.System, true, true},
	} {
		if d.Sees(c.by) != c.sees || d.Edits(c.by) != c.edits {
			t.Errorf("%s: %v, %v", c.name, d.Sees(c.by), d.Edits(c.by))
		}
	}
	if open := (property.Definition{}); !open.Sees(clerk) || !open.Edits(clerk) {
		t.Error("whom nobody chose are all")
	}
}

func TestChangesOfDefinitions(t *testing.T) { // PROP-2
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		r := property.New(d)
		def := property.Definition{ObjectType: "tickets", Name: "note", Label: "Note", Type: property.String, Rules: rules("MAX_LENGTH", "5"),
			Order: 3, FormField: true, Sensitivity: "sensitive", Description: "What it is"}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			made, err := r.Create(tx, admin, def)
			if err != nil || made.CreatedBy != admin.ID || made.UpdatedBy != admin.ID || made.CreatedAt.IsZero() || made.Order != 3 || !made.FormField ||
				made.Sensitivity != "sensitive" || len(made.Rules) != 1 {
				t.Errorf("made %+v, %v", made, err)
			}
			def.FieldType, def.Label = "textarea", "Notes"
			changed, err := r.Update(tx, people.System, def)
			if changed.FieldType != "textarea" || changed.CreatedBy != admin.ID || changed.UpdatedBy != 0 || changed.Label != "Notes" {
				t.Errorf("changed %+v", changed)
			}
			return err
		})
		for _, field := range []string{"html", "file", "phonenumber", "number"} {
			def.FieldType = field
			refused(t, d, "INVALID_OPTION", func(tx *db.Tx) error { _, err := r.Update(tx, admin, def); return err })
		}
		built := property.Definition{ObjectType: "tickets", Name: "subject", Label: "Subject", Rules: rules("MAX_LENGTH", "100")}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			changed, err := r.Update(tx, admin, built)
			if len(changed.Rules) != 1 || changed.Group != "ticketinformation" || changed.Custom {
				t.Errorf("changed %+v", changed)
			}
			return err
		})
		built.Access.View.Users = []int64{1}
		refused(t, d, "INVALID_OPTION", func(tx *db.Tx) error { _, err := r.Update(tx, admin, built); return err })
	})
}
