package id_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
)

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

const safeInBrowsers = 1<<53 - 1

func source(t interface{ Fatal(...any) }, c clock.Clock, node int) *id.Source {
	s, err := id.NewSource(c, node)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestIDsRiseWhateverTheClockDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := clock.At(start)
		s := source(t, c, rapid.IntRange(0, id.MaxNode).Draw(t, "node"))
		last := int64(0)
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			// Clocks are set back, too.
			c.Advance(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(time.Hour)).Draw(t, "advance")))
			for range rapid.IntRange(1, 3000).Draw(t, "burst") {
				n := s.New()
				if n <= last || n > safeInBrowsers {
					t.Fatalf("%d after %d", n, last)
				}
				last = n
			}
		}
	})
}

func TestNodesNeverMeet(t *testing.T) { // SCALE-1
	c := clock.At(start)
	seen := map[int64]int{}
	for node := range id.MaxNode + 1 {
		s := source(t, c, node)
		for range 2500 { // more than fit into one tick
			n := s.New()
			if other, taken := seen[n]; taken {
				t.Fatalf("nodes %d and %d both made %d", other, node, n)
			}
			seen[n] = node
		}
	}
}

func TestConcurrentCallersNeverMeet(t *testing.T) {
	s := source(t, clock.System{}, 0)
	made := make([][]int64, 8)
	var all sync.WaitGroup
	for i := range made {
		all.Go(func() {
			for range 5000 {
				made[i] = append(made[i], s.New())
			}
		})
	}
	all.Wait()
	whole := slices.Concat(made...)
	slices.Sort(whole)
	if n := len(slices.Compact(whole)); n != 40000 {
		t.Errorf("%d different ids of 40000", n)
	}
}

func TestIDsFollowTime(t *testing.T) {
	c := clock.At(start)
	one, other := source(t, c, id.MaxNode), source(t, c, 0)
	early := one.New()
	c.Advance(10 * time.Millisecond)
	if late := other.New(); late <= early {
		t.Errorf("%d of the next tick is not above %d, whatever the node", late, early)
	}
	c.Advance(30 * 365 * 24 * time.Hour)
	if n := one.New(); n > safeInBrowsers {
		t.Errorf("in 30 years %d is more than a browser counts", n)
	}
}

func TestFloorOfATime(t *testing.T) {
	c := clock.At(start)
	s := source(t, c, 3)
	before := s.New()
	c.Advance(time.Second)
	if floor, after := id.Floor(c.Now()), s.New(); before >= floor || after < floor {
		t.Errorf("%d, floor %d, %d", before, floor, after)
	}
}

func TestNodesOutOfRange(t *testing.T) {
	for _, node := range []int{-1, id.MaxNode + 1, 1 << 20} {
		if _, err := id.NewSource(clock.System{}, node); err == nil {
			t.Errorf("node %d was taken", node)
		}
	}
}

func TestOutsideForm(t *testing.T) { // API-4
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 1<<63-1).Draw(t, "id")
		if back, err := id.Parse("id", id.Format(n)); err != nil || back != n {
			t.Fatalf("%d became %q and then %d, %v", n, id.Format(n), back, err)
		}
	})
	for _, bad := range []string{"", "0", "-1", "1.0", "1e3", " 1", "1 ", "0x10", "abc", "9223372036854775808", "١", "1\x00", "+"} {
		_, err := id.Parse("ticketId", bad)
		e := errs.As(err)
		if e == nil || e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Name != "ticketId" || e.Fields[0].Code != "INVALID_ID" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if got := fmt.Sprint(id.Format(12345678901)); got != "12345678901" {
		t.Error(got)
	}
}
