package list_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/people"
	"pgregory.net/rapid"
)

// atom is a filter with whom of the zoo it finds.
type atom struct{ filter, finds string }

var atoms = []atom{
	{where("tame", "BOOL", "IS_EQUAL_TO", `"value":true`), "owl seal"},
	{where("tame", "BOOL", "IS_NOT_EQUAL_TO", `"value":true,"includeObjectsWithNoValueSet":true`), "bat egg"},
	{where("kind", "ENUMERATION", "IS_ANY_OF", `"values":["mammal"]`), "bat seal"},
	{where("food", "ENUMERATION", "IS_NONE_OF", `"values":["fish"]`), "bat"},
	{where("food", "ENUMERATION", "CONTAINS_ALL", `"values":["fish","seeds"]`), "owl"},
	{where("jobtitle", "STRING", "CONTAINS", `"value":"night"`), "owl bat"},
	{where("jobtitle", "ALL_PROPERTY", "IS_UNKNOWN", ""), "egg"},
	{where("weight", "NUMBER", "IS_GREATER_THAN", `"value":0.1`), "owl seal"},
	{where("weight", "NUMBER_RANGED", "IS_BETWEEN", `"lowerBound":0,"upperBound":1`), "owl bat"},
	{where("weight", "NUMBER_RANGED", "IS_NOT_BETWEEN", `"lowerBound":0.5,"upperBound":1`), "bat seal"},
	{where("born", "DATE", "IS_BEFORE", `"year":2026,"month":10,"day":15`), "owl seal"},
	{`{"filterType":"CONSTANT","shouldAccept":true}`, "owl bat seal egg"},
	{`{"filterType":"CONSTANT","shouldAccept":false}`, ""},
}

// grown is a tree of filters, and whom it finds by what its branches mean.
type grown struct {
	json  string
	finds map[string]bool
}

var animals = []string{"owl", "bat", "seal", "egg"}

// grow draws a tree so many branches deep.
func grow(rt *rapid.T, depth int) grown {
	kind := rapid.SampledFrom([]string{"AND", "OR", "NOT_ANY", "NOT_ALL"}).Draw(rt, "kind")
	var filters, inner []string
	var parts []map[string]bool
	for range rapid.IntRange(0, 2).Draw(rt, "filters") {
		a := rapid.SampledFrom(atoms).Draw(rt, "filter")
		filters = append(filters, a.filter)
		finds := map[string]bool{}
		for _, who := range strings.Fields(a.finds) {
			finds[who] = true
		}
		parts = append(parts, finds)
	}
	for range rapid.IntRange(0, depth).Draw(rt, "branches") {
		g := grow(rt, depth-1)
		inner, parts = append(inner, g.json), append(parts, g.finds)
	}
	out := grown{json: fmt.Sprintf(`{"filterBranchType":%q,"filters":[%s],"filterBranches":[%s]}`, kind, strings.Join(filters, ","), strings.Join(inner, ",")), finds: map[string]bool{}}
	for _, who := range animals {
		yes := 0
		for _, p := range parts {
			if p[who] {
				yes++
			}
		}
		out.finds[who] = map[string]bool{"AND": yes == len(parts), "OR": yes > 0, "NOT_ANY": yes == 0, "NOT_ALL": yes < len(parts)}[kind]
	}
	return out
}

// However branches lie in branches, they find whom they say: no rewriting on the way to the language of filters changes that.
func TestBranchesInBranches(t *testing.T) { // PROP-6
	each(t, func(t *testing.T, k *desk) {
		zoo := k.zoo()
		l, tried := list.List{}, 0
		rapid.Check(t, func(rt *rapid.T) {
			tree := grow(rt, 2)
			var refused error
			if l.ID == 0 {
				l = k.filtered("Tree", list.Dynamic, root())
			}
			refused = k.refilter(l, tree.json)
			if refused != nil {
				if !strings.Contains(refused.Error(), "At most") && !strings.Contains(refused.Error(), "too many alternatives") {
					rt.Fatalf("%s: %v", tree.json, refused)
				}
				return
			}
			tried++
			var want []string
			for _, who := range animals {
				if tree.finds[who] {
					want = append(want, who)
				}
			}
			if got := k.who(k.members(people.System, l), zoo); got != strings.Join(want, " ") {
				rt.Fatalf("%s finds %q, want %q", tree.json, got, want)
			}
			if n := k.size(people.System, l); n != int64(len(want)) {
				rt.Fatalf("%s counts %d, want %q", tree.json, n, want)
			}
		})
		if tried < 20 {
			t.Errorf("only %d trees were asked", tried)
		}
	})
}

// Days and weeks are those of a zone, with its summer time.
func TestPointsInTime(t *testing.T) { // API-1
	for _, c := range []struct{ now, point, want string }{
		{"2026-11-02T09:00:00Z", `{"timeType":"DATE","zoneId":"UTC","year":2026,"month":2,"day":3,"hour":4,"minute":5,"second":6,"millisecond":7}`, "2026-02-03T04:05:06.007Z"},
		{"2026-11-02T09:00:00Z", `{"timeType":"DATE","zoneId":"Europe/Amsterdam","year":2026,"month":7,"day":1}`, "2026-06-30T22:00:00.000Z"},
		{"2026-11-02T09:00:00Z", `{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"NOW"}}`, "2026-11-02T09:00:00.000Z"},
		{"2026-11-02T09:00:00Z", `{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"NOW"},"offset":{"minutes":-90,"seconds":1,"milliseconds":5}}`, "2026-11-02T07:30:01.005Z"},
		{"2026-11-02T03:00:00Z", `{"timeType":"INDEXED","zoneId":"America/New_York","indexReference":{"referenceType":"TODAY"}}`, "2026-11-01T04:00:00.000Z"},
		{"2026-11-02T03:00:00Z", `{"timeType":"INDEXED","zoneId":"America/New_York","indexReference":{"referenceType":"TODAY","hour":23,"minute":59,"second":59,"millisecond":999}}`, "2026-11-02T04:59:59.999Z"},
		{"2026-03-30T12:00:00Z", `{"timeType":"INDEXED","zoneId":"Europe/Amsterdam","indexReference":{"referenceType":"TODAY"},"offset":{"days":-1}}`, "2026-03-28T23:00:00.000Z"},
		{"2026-11-04T09:00:00Z", `{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"WEEK","dayOfWeek":"MONDAY"}}`, "2026-11-02T00:00:00.000Z"},
		{"2026-11-08T09:00:00Z", `{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"WEEK","dayOfWeek":"MONDAY"}}`, "2026-11-02T00:00:00.000Z"},
		{"2026-11-04T09:00:00Z", `{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"WEEK","dayOfWeek":"SUNDAY"},"offset":{"weeks":1}}`, "2026-11-15T00:00:00.000Z"},
		{"2026-11-04T09:00:00Z", `{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"MONTH"}}`, "2026-11-01T00:00:00.000Z"},
		{"2026-11-04T09:00:00Z", `{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"MONTH","day":15,"hour":8},"offset":{"months":-1}}`, "2026-10-15T08:00:00.000Z"},
		{"2026-11-04T09:00:00Z", `{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"QUARTER"}}`, "2026-10-01T00:00:00.000Z"},
		{"2026-03-31T09:00:00Z", `{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"QUARTER","month":2,"day":5},"offset":{"quarters":1}}`, "2026-05-05T00:00:00.000Z"},
		{"2026-11-04T09:00:00Z", `{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"YEAR"},"offset":{"years":-1}}`, "2025-01-01T00:00:00.000Z"},
		{"2026-11-04T09:00:00Z", `{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"YEAR","month":4,"day":6}}`, "2026-04-06T00:00:00.000Z"},
	} {
		got, err := list.PointAt(c.point, c.now)
		if err != nil || got != c.want {
			t.Errorf("at %s, %s is %s, want %s: %v", c.now, c.point, got, c.want, err)
		}
	}
}

// A negation of a negation is what it was, for records without a value too.
func TestNegationsOfNegations(t *testing.T) { // PROP-6
	each(t, func(t *testing.T, k *desk) {
		zoo := k.zoo()
		l := k.filtered("L", list.Dynamic, root())
		for name, one := range said {
			if strings.Contains(name, "days ago") || strings.Contains(name, "a day ago") {
				continue // these cannot be turned around
			}
			for _, kind := range []string{"NOT_ANY", "NOT_ALL"} {
				once, twice := branches(kind, all(one[0])), branches("NOT_ANY", branches(kind, all(one[0])))
				if err := k.refilter(l, once); err != nil {
					t.Errorf("%s, %s: %v", name, kind, err)
					continue
				}
				rest := slices.DeleteFunc(slices.Clone(animals), func(a string) bool { return slices.Contains(strings.Fields(one[1]), a) })
				if got := k.who(k.members(people.System, l), zoo); got != strings.Join(rest, " ") {
					t.Errorf("%s, %s: finds %q, want %q", name, kind, got, rest)
				}
				if err := k.refilter(l, twice); err != nil {
					t.Errorf("%s, %s twice: %v", name, kind, err)
				} else if got := k.who(k.members(people.System, l), zoo); got != one[1] {
					t.Errorf("%s, %s twice: finds %q, want %q", name, kind, got, one[1])
				}
			}
		}
	})
}
