package column

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
)

func text(s string) *cell { return &cell{text: sql.NullString{String: s, Valid: s != ""}} }

// at is the string in a slot, however it is held.
func (c *Column) at(slot int) string {
	switch {
	case c.codes != nil:
		return c.codes.values[c.codes.at(slot)]
	case c.texts != nil:
		return c.texts.at(slot)
	case c.ints.at(slot).K == none:
		return ""
	}
	return strconv.FormatInt(c.ints.at(slot).K, 10)
}

// More values than codes hold turn the column around, while it is loaded and after.
func TestColumnOfEverMoreValues(t *testing.T) {
	for _, kind := range []Kind{Text, Ref} {
		for _, settled := range []bool{false, true} {
			c := newColumn(Spec{Name: "x", Kind: kind})
			const n = codesMost * 6 / 5
			value := func(slot int) *cell {
				if kind == Ref {
					return &cell{num: sql.NullInt64{Int64: int64(slot), Valid: slot%7 != 0}}
				}
				return text(fmt.Sprintf("value %d", slot))
			}
			for slot := range n {
				if settled && slot == 5 {
					c.settle()
				}
				c.grow(slot + 1)
				c.put(slot, value(slot))
			}
			if c.Coded() {
				t.Fatalf("kind %d is still held as codes", kind)
			}
			for _, slot := range []int{0, 1, 255, 256, 257, codesMost - 1, codesMost, codesMost + 1, n - 1} {
				want := fmt.Sprintf("value %d", slot)
				if kind == Ref {
					if want = strconv.Itoa(slot); slot%7 == 0 {
						want = ""
					}
				}
				if got := c.at(slot); got != want {
					t.Errorf("kind %d settled %v: slot %d holds %q, want %q", kind, settled, slot, got, want)
				}
			}
		}
	}
}

func TestSlotsFindLateIDs(t *testing.T) {
	s := newSlots()
	random := rand.New(rand.NewPCG(1, 2))
	at := map[int64]int{}
	for n := range 3 * blockSize {
		id := int64(n * 10)
		if random.IntN(20) == 0 {
			id -= int64(random.IntN(500))*10 + 5
		}
		if _, known := at[id]; known {
			continue
		}
		if _, found := s.find(id); found {
			t.Fatalf("%d is found before it is added", id)
		}
		at[id] = s.add(id)
	}
	if len(s.late) == 0 {
		t.Fatal("no id came late: the test says nothing")
	}
	for id, slot := range at {
		if got, ok := s.find(id); !ok || got != slot || s.id(slot) != id {
			t.Errorf("%d is in slot %d (%v), want %d", id, got, ok, slot)
		}
	}
	for _, id := range []int64{-1_000_000, 3, 1 << 50} {
		if slot, ok := s.find(id); ok {
			t.Errorf("%d is found in slot %d", id, slot)
		}
	}
}

func TestTextsAfterManyChanges(t *testing.T) {
	c := &texts{}
	c.grow(blockSize)
	want := map[int]string{}
	random := rand.New(rand.NewPCG(3, 4))
	for n := range 6 * blockSize {
		if n == blockSize {
			c.settle()
		}
		slot := random.IntN(blockSize)
		want[slot] = []string{"", "é", fmt.Sprintf("text %d of %d", random.IntN(1000), n)}[random.IntN(3)]
		c.put(slot, want[slot])
	}
	for slot := range blockSize {
		if got := c.at(slot); got != want[slot] {
			t.Errorf("slot %d holds %q, want %q", slot, got, want[slot])
		}
	}
	var all slotSet
	for i := range all {
		all[i] = ^uint64(0)
	}
	p := &texted{c: c, holds: func(v string) bool { return len(v) > 3 && v[:4] == "text" }, rows: [][]uint32{c.rowsOf("TEXT")}}
	p.narrow(0, &all)
	n := 0
	for _, v := range want {
		if len(v) > 3 {
			n++
		}
	}
	if all.count() != n {
		t.Errorf("%d hold the word, want %d", all.count(), n)
	}
}

func TestKeysOrderAsNumbersDo(t *testing.T) { // PROP-6
	sorted := []string{"-1000000000000000000000000", "-9223372036854775808", "-9223372036854775807", "-9007199254740993", "-9007199254740992", "-5.25", "-5", "-0.1",
		"0", "0.1", "1", "9007199254740992", "9007199254740993", "9223372036854775806", "9223372036854775807", "1000000000000000000000000"}
	for i, a := range sorted {
		for k, b := range sorted {
			x, okX := Number.Key(a)
			y, okY := Number.Key(b)
			if !okX || !okY || x.compare(y) != min(1, max(-1, i-k)) {
				t.Errorf("%s and %s compare as %d (%v, %v)", a, b, x.compare(y), okX, okY)
			}
		}
	}
	for kind, bad := range map[Kind][]string{Number: {"", "x", "5.0", "1e3", "NaN"}, Date: {"", "2026-1-1", "2026-02-30"}, Time: {"2026-11-02", "2026-11-02T09:00:00Z"},
		Ref: {"", "x", "1.5"}, Text: {"a"}} {
		for _, v := range bad {
			if _, ok := kind.Key(v); ok {
				t.Errorf("%q is a key of kind %d", v, kind)
			}
		}
	}
}
