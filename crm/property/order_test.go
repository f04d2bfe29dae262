package property_test

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
)

// sum is a calculation of the model: a constant, and the properties it adds.
type sum struct {
	plus int
	of   []string
}

func (s sum) formula() string {
	parts := []string{strconv.Itoa(s.plus)}
	return strings.Join(append(parts, s.of...), " + ")
}

// value works a sum out the slow way, or says that it would never end.
func value(name string, sums map[string]sum, given map[string]int, depth int) (n int, ends bool) {
	if v, ok := given[name]; ok {
		return v, true
	}
	if depth > 20 {
		return 0, false
	}
	n = sums[name].plus
	for _, used := range sums[name].of {
		v, ok := value(used, sums, given, depth+1)
		if !ok {
			return 0, false
		}
		n += v
	}
	return n, true
}

// change gives one calculation another formula, which the registry must refuse exactly when the model says that it never ends.
func change(t *rapid.T, d *db.DB, r *property.Registry, sums map[string]sum, given map[string]int, names []string) {
	name := rapid.SampledFrom(names).Draw(t, "name")
	next := sum{plus: rapid.IntRange(-9, 9).Draw(t, "plus")}
	for range rapid.IntRange(0, 2).Draw(t, "uses") {
		next.of = append(next.of, rapid.SampledFrom(append([]string{"x", "y"}, names...)).Draw(t, "used"))
	}
	after := maps.Clone(sums)
	after[name] = next
	_, ends := value(name, after, given, 0)
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		_, err := r.Update(tx, admin, calc(name, property.Number, next.formula()))
		return err
	})
	if ends != (err == nil) || err != nil && !errs.Is(err, errs.Invalid) {
		t.Fatalf("%s = %s over %v: %v", name, next.formula(), sums, err)
	}
	if err == nil {
		maps.Copy(sums, after)
	}
}

// However formulas come to use one another, no circle is let in, and one pass over them computes all.
func TestCalculationsOfAnyShape(t *testing.T) { // PROP-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	r := property.New(d)
	names := []string{"c0", "c1", "c2", "c3", "c4"}
	dbtest.Do(t, d, func(tx *db.Tx) error {
		for _, name := range []string{"x", "y"} {
			if _, err := r.Create(tx, admin, property.Definition{ObjectType: "tickets", Name: name, Label: name, Type: property.Number}); err != nil {
				return err
			}
		}
		for _, name := range names {
			if _, err := r.Create(tx, admin, calc(name, property.Number, "0")); err != nil {
				return err
			}
		}
		return nil
	})
	sums := map[string]sum{}
	for _, name := range names {
		sums[name] = sum{}
	}
	rapid.Check(t, func(t *rapid.T) {
		given := map[string]int{"x": rapid.IntRange(-99, 99).Draw(t, "x"), "y": rapid.IntRange(-99, 99).Draw(t, "y")}
		for range 3 {
			change(t, d, r, sums, given, names)
		}
		err := d.Read(context.Background(), func(tx *db.Tx) error {
			set, err := r.Set(tx, "tickets")
			if err != nil {
				return err
			}
			get := func(name string) string { return strconv.Itoa(given[name]) }
			got := set.Calculate(get, nil)
			for _, name := range names {
				want, _ := value(name, sums, given, 0)
				if got[name] != fmt.Sprint(want) {
					t.Errorf("%s of %v with %v is %q, want %d", name, sums, given, got[name], want)
				}
			}
			// Of a change follows what uses it, near or far, and nothing else.
			of := set.Calculate(get, func(name string) bool { return name == "x" })
			for _, name := range names {
				if _, computed := of[name]; computed != reaches(name, "x", sums) {
					t.Errorf("%s of %v: computed anew %v", name, sums, computed)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func reaches(name, goal string, sums map[string]sum) bool {
	for _, used := range sums[name].of {
		if used == goal || reaches(used, goal, sums) {
			return true
		}
	}
	return false
}
