package column

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// desk is a table filled by hand, without a database behind it.
type desk struct {
	*View
	owner, team, open, stage, made, weight, subject, city *Column
}

// newDesk is so many records: 5% open, most of those young; 200 owners in 9 teams; every subject its own.
func newDesk(t testing.TB, rows int) *desk {
	t.Helper()
	store := NewStore(dbtest.Open(t, dbtest.SQLite(t)), BytesUsual)
	d := &desk{View: &View{store.table("tickets")}}
	column := func(name string, k Kind) *Column { return newColumn(Spec{Name: name, Kind: k}) }
	d.owner, d.team, d.open, d.stage = column("owner", Ref), column("team", Ref), column("open", Flag), column("stage", Text)
	d.made, d.weight, d.subject, d.city = column("made", Micros), column("weight", Number), column("subject", Text), column("city", Text)
	all := []*Column{d.owner, d.team, d.open, d.stage, d.made, d.weight, d.subject, d.city}
	random := rand.New(rand.NewPCG(1, 2))
	num := func(n int64, valid bool) *cell { return &cell{num: sql.NullInt64{Int64: n, Valid: valid}} }
	words := strings.Fields("parcel invoice router lamp chair order refund door broken late again please window keyboard mirror")
	d.t.slots = newSlots()
	for i := range rows {
		slot := d.t.slots.add(int64(i) * 10)
		d.t.slots.live(slot, i%100 != 99)
		for _, c := range all {
			c.grow(slot + 1)
		}
		isOpen := random.IntN(1000) < 11 || i > rows*9/10 && random.IntN(10) < 4
		who := int64(random.IntN(200))
		d.owner.put(slot, num(who+1, who > 20))
		d.team.put(slot, num(who%9+1, who > 10))
		d.open.put(slot, &cell{flag: sql.NullBool{Bool: isOpen, Valid: true}})
		d.stage.put(slot, text([]string{"1", "2", "3", "4"}[random.IntN(4)]))
		d.made.put(slot, num(int64(i)*1_000_000, true))
		d.weight.put(slot, text(fmt.Sprint(random.IntN(100_000))))
		d.subject.put(slot, text(fmt.Sprintf("%s %s and the %s %d", words[random.IntN(15)], words[random.IntN(15)], words[random.IntN(15)], i)))
		d.city.put(slot, text([]string{"", "Lyon", "Porto", "Graz", "Bergen"}[random.IntN(5)]))
	}
	for _, c := range all {
		c.settle()
	}
	d.t.columns = all
	return d
}

func is(values ...string) func(string) bool {
	return func(v string) bool {
		for _, w := range values {
			if v == w {
				return true
			}
		}
		return false
	}
}

// BenchmarkScan is a first page of 51 with its total, of a million records (PERF-1), as lists ask for it.
func BenchmarkScan(b *testing.B) {
	d := newDesk(b, 1_000_000)
	size := int64(0)
	for _, c := range append([]*Column{d.ID()}, d.t.columns...) {
		b.Logf("%s takes %.1f bytes a record", c.spec.Name, float64(c.bytes())/1e6)
		size += c.bytes()
	}
	own := Pairs(d.owner, d.team, func(owner, team int64) bool { return owner == 77 || team == 3 })
	newest, heaviest, byName := d.By(d.made, true, nil), d.By(d.weight, true, nil), d.By(d.subject, false, nil)
	word := func(w string) Predicate {
		return d.subject.Matching(func(v string) bool { return strings.Contains(v, w) }, []string{w})
	}
	for name, s := range map[string]Scan{
		"all, newest":              {Order: newest},
		"all, by number":           {Order: heaviest},
		"all, by text":             {Order: byName},
		"all of a team, by number": {Order: heaviest, Always: []Predicate{own}},
		"open, newest":             {Order: newest, Always: []Predicate{d.open.Matching(is("true"))}},
		"open of one, by text":     {Order: byName, Always: []Predicate{d.open.Matching(is("true")), d.owner.Matching(is("77"))}},
		"three filters, by number": {Order: heaviest, Always: []Predicate{d.stage.Matching(is("1", "2")), d.city.Present(false), d.weight.Between(Lowest, Key{K: floatKey(60_000)}, false)}},
		"a common word, by number": {Order: heaviest, Always: []Predicate{word("parcel")}},
		"a rare word, newest":      {Order: newest, Always: []Predicate{word("lamp 777")}},
		"none matches, by text":    {Order: byName, Always: []Predicate{d.owner.Matching(is("9999"))}},
		"two alternatives, newest": {Order: newest, Groups: [][]Predicate{{d.stage.Matching(is("1"))}, {d.city.Matching(is("Graz"))}}},
		"newest without its total": {Order: newest, Always: []Predicate{d.city.Matching(is("Graz"))}, Limit: -1},
		"the last week, by number": {Order: heaviest, Always: []Predicate{d.made.Between(Key{K: 990_000_000_000}, Highest, false)}},
		"a page in the middle":     {Order: newest.After("", 0)},
	} {
		s.Count, s.Limit = s.Limit == 0, 51
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				d.Scan(s)
			}
		})
	}
	b.Logf("all take %.1f bytes a record", float64(size)/1e6)
}

// BenchmarkNote is what a write pays for the columns.
func BenchmarkNote(b *testing.B) {
	c := &changes[int64]{d: dbtest.Open(b, dbtest.SQLite(b))}
	for n := int64(0); b.Loop(); n++ {
		c.add(n)
	}
}

// BenchmarkCatchUp is what a search pays for the records that changed since the one before.
func BenchmarkCatchUp(b *testing.B) {
	d := dbtest.Open(b, dbtest.SQLite(b))
	dbtest.Do(b, d, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO tickets (id, open, spam, active_at, updated_at, created_at, stage_id, subject, props)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
SELECT i, i % 5 = 0, FALSE, 0, 0, i * 1000, CAST(i % 4 AS TEXT), 'Order ' || i, '{}' FROM n`)
		return err
	})
	s := NewStore(d, BytesUsual)
	specs := []Spec{{"stage", Text, "stage_id"}, {"made", Micros, "created_at"}, {"subject", Text, "subject"}}
	src := Source{Name: "tickets", From: "tickets WHERE ", Hot: specs}
	ask := func() {
		dbtest.See(b, d, func(tx *db.Tx) error {
			_, err := s.View(tx, src, specs, func(*View) error { return nil })
			return err
		})
	}
	ask()
	for _, n := range []int{0, 1, 16, 256} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				for i := range n {
					s.table("tickets").changed(int64(i*70 + 1))
				}
				ask()
			}
		})
	}
}
