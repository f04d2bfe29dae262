package column

import (
	"slices"
	"strings"
	"testing"
)

// watched counts the blocks whose slots a predicate is asked about.
type watched struct {
	Predicate
	blocks int
}

func (w *watched) narrow(b int, sel *slotSet) {
	w.blocks++
	w.Predicate.narrow(b, sel)
}

// What cannot match, or cannot be on the page, is not looked at: the cost of the usual pages does not grow with the table.
func TestUsualPagesLookAtFewBlocks(t *testing.T) { // PERF-1, PERF-2
	d := newDesk(t, 20*blockSize)
	watch := func(p Predicate) *watched { return &watched{Predicate: p} }
	newest, oldest := d.By(d.made, true, nil), d.By(d.made, false, nil)
	week := Key{K: 19*blockSize*1_000_000 + 500_000_000}
	inGraz := func() *watched { return watch(d.city.Matching(is("Graz"))) }
	for name, c := range map[string]struct {
		p    *watched
		s    Scan
		most int
	}{
		"newest of a city":               {inGraz(), Scan{Order: newest}, 1},
		"oldest of a city":               {inGraz(), Scan{Order: oldest}, 1},
		"by id":                          {inGraz(), Scan{Order: d.By(d.ID(), true, nil)}, 1},
		"the page behind a page":         {inGraz(), Scan{Order: newest.After("2026-01-01T00:00:00.000Z", 1)}, 1},
		"a value that nobody has":        {watch(d.stage.Matching(is("gone"))), Scan{Order: newest, Count: true}, 0},
		"a value that all have, counted": {watch(d.stage.Matching(is("1", "2", "3", "4"))), Scan{Order: newest, Count: true}, 0},
		"the last week, counted":         {watch(d.made.Between(week, Highest, false)), Scan{Order: newest, Count: true}, 1},
		"a week long ago, counted":       {watch(d.made.Between(Lowest, Key{K: 1_000_000_000}, false)), Scan{Order: newest, Count: true}, 1},
		"few records, counted":           {inGraz(), Scan{Always: []Predicate{d.Among([]int64{50, 60, 70, 500_000}, false)}, Order: newest, Count: true}, 2},
		"all of them, counted":           {inGraz(), Scan{Order: newest, Count: true}, 20},
	} {
		c.s.Limit = 50
		if c.s.Order.after != nil {
			c.s.Order.after.step = ^int64((10*blockSize + 2000) * 1_000_000)
		}
		c.s.Always = append(c.s.Always, c.p)
		ids, total := d.Scan(c.s)
		if c.p.blocks > c.most {
			t.Errorf("%s: looked at %d blocks, %d are enough", name, c.p.blocks, c.most)
		}
		if c.most == 1 && len(ids) != 50 || c.most == 20 && total < 10_000 {
			t.Errorf("%s: found %d of %d", name, len(ids), total)
		}
	}
}

// walk answers a scan by asking each slot.
func (d *desk) walk(holds func(slot int) bool, before func(a, b int) int, limit int) (ids []int64, total int64) {
	var slots []int
	for slot := range d.t.slots.n {
		if d.t.slots.alive[slot>>blockBits][slot%blockSize/64]>>(slot%64)&1 == 1 && holds(slot) {
			slots = append(slots, slot)
		}
	}
	slices.SortFunc(slots, before)
	for _, slot := range slots[:min(limit, len(slots))] {
		ids = append(ids, d.t.slots.id(slot))
	}
	return ids, int64(len(slots))
}

func TestScansOfManyBlocks(t *testing.T) { // PERF-1
	d := newDesk(t, 3*blockSize+100)
	newest := func(a, b int) int { return b - a }
	heaviest := func(a, b int) int {
		if c := d.weight.ints.at(b).compare(d.weight.ints.at(a)); c != 0 {
			return c
		}
		return b - a
	}
	byName := func(a, b int) int { return strings.Compare(d.subject.at(a), d.subject.at(b)) }
	heavy := func(slot int) bool { return d.weight.ints.at(slot).K >= floatKey(50_000) }
	for name, c := range map[string]struct {
		s      Scan
		holds  func(slot int) bool
		before func(a, b int) int
	}{
		"open, newest": {Scan{Order: d.By(d.made, true, nil), Always: []Predicate{d.open.Matching(is("true"))}},
			func(s int) bool { return d.open.at(s) == "true" }, newest},
		"of a team or a user": {Scan{Order: d.By(d.weight, true, nil), Always: []Predicate{Pairs(d.owner, d.team, func(o, g int64) bool { return o == 77 || g == 3 })}},
			func(s int) bool { return d.owner.at(s) == "77" || d.team.at(s) == "3" }, heaviest},
		"heavy or unowned": {Scan{Order: d.By(d.subject, false, nil), Groups: [][]Predicate{{d.weight.Between(Key{K: floatKey(50_000)}, Highest, false)}, {d.owner.Present(true)}}},
			func(s int) bool { return heavy(s) || d.owner.at(s) == "" }, byName},
		"a word": {Scan{Order: d.By(d.subject, false, nil), Always: []Predicate{d.subject.Matching(func(v string) bool { return strings.Contains(v, "lamp") }, []string{"lamp"})}},
			func(s int) bool { return strings.Contains(d.subject.at(s), "lamp") }, byName},
		"two letters tell nothing": {Scan{Order: d.By(d.subject, false, nil), Always: []Predicate{d.subject.Matching(func(v string) bool { return strings.Contains(v, "oo") }, []string{"oo"})}},
			func(s int) bool { return strings.Contains(d.subject.at(s), "oo") }, byName},
		"not heavy": {Scan{Order: d.By(d.made, true, nil), Always: []Predicate{d.weight.Between(Key{K: floatKey(50_000)}, Highest, true)}},
			func(s int) bool { return !heavy(s) }, newest},
		"nothing lies between": {Scan{Order: d.By(d.made, true, nil), Always: []Predicate{d.weight.Between(Key{floatKey(7), 1}, Key{floatKey(8), -1}, false)}},
			func(int) bool { return false }, newest},
		"all but what lies between": {Scan{Order: d.By(d.made, true, nil), Always: []Predicate{d.weight.Between(Key{floatKey(7), 1}, Key{floatKey(8), -1}, true)}},
			func(int) bool { return true }, newest},
		"one of three": {Scan{Order: d.By(d.made, true, nil), Always: []Predicate{d.made.OneOf([]Key{{K: 5_000_000}, {K: 9_000_000_000}, {K: 7}}, false)}},
			func(s int) bool { return s == 5 || s == 9000 }, newest},
		"none of two": {Scan{Order: d.By(d.made, true, nil), Always: []Predicate{d.made.OneOf([]Key{{K: 5_000_000}, {K: 9_000_000_000}}, true)}},
			func(s int) bool { return s != 5 && s != 9000 }, newest},
		"one of none": {Scan{Order: d.By(d.made, true, nil), Always: []Predicate{d.made.OneOf(nil, false)}}, func(int) bool { return false }, newest},
		"never":       {Scan{Order: d.By(d.made, true, nil), Always: []Predicate{Always(false)}}, func(int) bool { return false }, newest},
		"not among": {Scan{Order: d.By(d.made, true, nil), Always: []Predicate{d.Among([]int64{10, 20, 123_450}, true), Always(true)}},
			func(s int) bool { return s != 1 && s != 2 && s != 12345 }, newest},
	} {
		c.s.Limit, c.s.Count = 40, true
		ids, total := d.Scan(c.s)
		wantIDs, wantTotal := d.walk(c.holds, c.before, 40)
		if !slices.Equal(ids, wantIDs) || total != wantTotal {
			t.Errorf("%s: %v of %d, want %v of %d", name, ids, total, wantIDs, wantTotal)
		}
	}
}

// Owners and teams that are too many for codes are asked one by one.
func TestPairsOfManyReferences(t *testing.T) {
	d := newDesk(t, 2*blockSize)
	holds := func(o, g int64) bool { return o%3 == 1 && g != 4 }
	want, _ := d.Scan(Scan{Always: []Predicate{Pairs(d.owner, d.team, holds)}, Order: d.By(d.ID(), false, nil), Limit: 9999})
	d.owner.spread()
	wide, _ := d.Scan(Scan{Always: []Predicate{Pairs(d.owner, d.team, holds)}, Order: d.By(d.ID(), false, nil), Limit: 9999})
	d.team.codes.widen()
	other, _ := d.Scan(Scan{Always: []Predicate{Pairs(d.team, d.team, func(a, _ int64) bool { return a == 4 })}, Order: d.By(d.ID(), false, nil), Limit: 9999})
	none, _ := d.Scan(Scan{Always: []Predicate{d.team.Matching(is("4"))}, Order: d.By(d.ID(), false, nil), Limit: 9999})
	if len(want) == 0 || !slices.Equal(want, wide) || len(none) == 0 || !slices.Equal(other, none) {
		t.Errorf("%d pairs by codes, %d by value; %d of a team by pairs, %d by codes", len(want), len(wide), len(other), len(none))
	}
}

// A word is looked for by its letters first: no text that holds it may be passed over.
func FuzzWordsAreFoundByTheirLetters(f *testing.F) {
	f.Add("Printer on FIRE", "fire")
	f.Add("ÄRGER mit Rechnung", "RGER m")
	f.Add("a", "a")
	f.Add("\x00\xff\xfe", "\xff\xfe\x00")
	f.Fuzz(func(t *testing.T, value, word string) {
		c := newColumn(Spec{Name: "x", Kind: Text})
		c.spread()
		c.grow(3)
		c.settle()
		c.put(0, text(value+word+value))
		c.put(1, text(strings.ToUpper(value)+word))
		c.put(2, text(value))
		holds := func(v string) bool { return v != "" && strings.Contains(v, word) }
		sel := slotSet{7}
		c.Matching(holds, []string{word}).narrow(0, &sel)
		for slot := range 3 {
			if want := holds(c.at(slot)); sel[0]>>slot&1 == 1 != want {
				t.Errorf("%q in %q: found %v, want %v", word, c.at(slot), !want, want)
			}
		}
	})
}
