package column

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

func TestChangesBetweenEpochs(t *testing.T) { // REL-1
	c := &changes[int64]{d: dbtest.Open(t, dbtest.SQLite(t))}
	first := c.d.Advance()
	c.add(1, 2)
	c.d.Advance()
	second := c.d.Advance()
	c.add(3)
	c.add(3)
	third := c.d.Advance()
	for _, q := range []struct {
		after, upTo int64
		want        []int64
	}{{first, third, []int64{1, 2, 3, 3}}, {first, second, []int64{1, 2}}, {second, third, []int64{3, 3}}, {third, third + 9, nil}, {0, first, nil}} {
		got, ok := c.between(q.after, q.upTo)
		if !ok || !slices.Equal(got, q.want) {
			t.Errorf("from %d to %d: %v (%v), want %v", q.after, q.upTo, got, ok, q.want)
		}
	}
	if c.since(second) != 2 || c.since(0) != 4 || !c.knows(0) {
		t.Errorf("since the second %d, since ever %d", c.since(second), c.since(0))
	}
	for n := range int64(logMost) {
		c.add(n)
	}
	if _, ok := c.between(third, third+5); ok || c.knows(third) {
		t.Error("what was forgotten is still known")
	}
	if got, ok := c.between(c.floor, c.floor+1); !ok || len(got) != 1 {
		t.Errorf("the oldest that is known: %v, %v", got, ok)
	}
	c.lose()
	now := c.d.Advance()
	if c.knows(now-2) || !c.knows(now) || c.since(now) != 0 {
		t.Error("after a loss nothing older is known, and all from then on")
	}
}

// Whoever has seen an epoch finds what was noted with it, however the goroutines run.
func TestNotesAreThereWithTheirEpoch(t *testing.T) { // REL-1
	c := &changes[int64]{d: dbtest.Open(t, dbtest.SQLite(t))}
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for w := range int64(3) {
		writers.Go(func() {
			for n := range int64(3000) {
				c.add(w*10_000 + n)
			}
		})
	}
	readers.Go(func() {
		seen, from := map[int64]int64{}, int64(0)
		for done := false; !done; {
			select {
			case <-stop:
				done = true
			default:
			}
			upTo := int64(0)
			if err := c.d.Read(context.Background(), func(tx *db.Tx) error { upTo = tx.Epoch(); return nil }); err != nil {
				t.Error(err)
				return
			}
			got, ok := c.between(from, upTo)
			if !ok {
				t.Error("a change was forgotten")
				return
			}
			for _, id := range got {
				if w := id / 10_000; id%10_000 != seen[w] {
					t.Errorf("writer %d: number %d came after %d", w, id%10_000, seen[w]-1)
				}
				seen[id/10_000]++
			}
			from = upTo
		}
		if len(seen) != 3 || seen[0] != 3000 || seen[1] != 3000 || seen[2] != 3000 {
			t.Errorf("seen %v", seen)
		}
	})
	writers.Wait()
	close(stop)
	readers.Wait()
}

// Words of other nodes that are not understood are a loss, never a crash.
func TestWordsThatSayNothing(t *testing.T) { // SEC-1, SCALE-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	s := NewStore(d, BytesUsual)
	sets := NewSets(d, "x", Members{})
	for _, payload := range []string{"", "tickets", "tickets x", "tickets 5 6", "tickets 5"} {
		before := s.table("tickets").log.floor
		s.hear(payload, true)
		lost := s.table("tickets").log.floor > before
		if lost != (payload != "" && payload != "tickets 5") {
			t.Errorf("%q is a loss: %v", payload, lost)
		}
	}
	for payload, loss := range map[string]bool{"": true, "1 sent": true, "x sent 5": true, "1 sent x": true, "1 sent 5": false, "1 sent 5 6": true} {
		before := sets.log.floor
		sets.hear(payload, true)
		if lost := sets.log.floor > before; lost != loss {
			t.Errorf("%q is a loss: %v", payload, lost)
		}
	}
	before := s.table("tickets").log.floor
	if s.hear("", false); s.table("tickets").log.floor <= before {
		t.Error("words that were lost are no loss")
	}
}

// A set that much changed at once is read whole; one that an older transaction reads does not push a younger one out.
func TestSetsOfOldTransactions(t *testing.T) { // VIEW-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	var held []int64
	all, some := 0, 0
	s := NewSets(d, "x", Members{
		All:   func(*db.Tx, SetKey) ([]int64, error) { all++; return slices.Clone(held), nil },
		Among: func(_ *db.Tx, _ SetKey, ids []int64) ([]int64, error) { some++; return ids, nil },
	})
	k := SetKey{1, "sent"}
	get := func(tx *db.Tx) []int64 {
		ids, ok, err := s.Get(tx, k)
		if !ok || err != nil {
			t.Fatalf("not answered: %v, %v", ok, err)
		}
		return ids
	}
	change := func(n int) {
		dbtest.Do(t, d, func(tx *db.Tx) error {
			for i := range n {
				held = append(held, int64(len(held)))
				s.Changed(tx, k, int64(len(held)-1))
				s.Changed(tx, SetKey{2, "sent"}, int64(i))
			}
			return nil
		})
	}
	dbtest.See(t, d, func(old *db.Tx) error {
		get(old)
		change(3)
		dbtest.See(t, d, func(tx *db.Tx) error {
			if got := get(tx); len(got) != 3 || all != 1 || some != 1 {
				t.Errorf("holds %v after %d readings of all and %d of some", got, all, some)
			}
			return nil
		})
		if got := get(old); len(got) != 3 || all != 1 {
			t.Errorf("an older transaction reads %v, and read all %d times", got, all)
		}
		return nil
	})
	change(memberMost + 1)
	dbtest.See(t, d, func(tx *db.Tx) error {
		if got := get(tx); len(got) != memberMost+4 || all != 2 || some != 1 {
			t.Errorf("holds %d after %d readings of all and %d of some", len(got), all, some)
		}
		return nil
	})
	s.hear("", false)
	dbtest.See(t, d, func(tx *db.Tx) error { get(tx); return nil })
	if all != 3 {
		t.Errorf("after a loss all was read %d times", all)
	}
}
