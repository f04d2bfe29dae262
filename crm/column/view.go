package column

import (
	"slices"

	"github.com/deskbell/deskbell/db"
)

// View is a table that stands still while it is asked.
type View struct {
	t *Table
}

// View gives read the columns of specs as they are for the transaction: with all that had committed when it began, and maybe
// with what committed since. It returns false, and read is not called, when the database must answer: in a write transaction,
// whose own changes nobody else sees; when columns take too much memory; and when changes overtook the transaction.
func (s *Store) View(tx *db.Tx, src Source, specs []Spec, read func(v *View) error) (bool, error) {
	if tx.Writable() {
		return false, nil
	}
	t := s.table(src.Name)
	if ok, err := t.prepare(tx, src, specs); !ok || err != nil {
		return false, err
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	if !t.ready(tx, specs) {
		return false, nil
	}
	return true, read(&View{t})
}

// prepare loads what is missing and brings all up to the transaction's epoch.
func (t *Table) prepare(tx *db.Tx, src Source, specs []Spec) (bool, error) {
	t.mu.RLock()
	loaded := t.slots != nil && len(t.missing(src, specs)) == 0
	ready := loaded && t.ready(tx, specs)
	t.mu.RUnlock()
	switch {
	case ready:
		return true, nil
	case loaded:
		return t.catchUp(tx)
	}
	return t.load(tx, src, specs)
}

// ready reports whether the columns can be asked; the caller holds mu.
func (t *Table) ready(tx *db.Tx, specs []Spec) bool {
	if t.slots == nil || t.asOf.Load() < tx.Epoch() {
		return false
	}
	used := t.store.count.Add(1)
	t.used.Store(used)
	for _, s := range specs {
		c := t.column(s)
		if c == nil || c.refused || c.behind {
			return false
		}
		c.used.Store(used)
	}
	return true
}

// Column returns a column that was asked for.
func (v *View) Column(s Spec) *Column { return v.t.column(s) }

// ID is the column of the records' ids.
func (v *View) ID() *Column { return &Column{spec: Spec{Name: "id", Kind: Ref}, ints: v.t.slots.ids} }

// Matching is a condition on the strings of a column, "" for none. When words are given, only strings that hold every part of
// one of them, ignoring the case of A to Z, are asked about.
func (c *Column) Matching(holds func(value string) bool, words ...[]string) Predicate {
	if c.codes != nil {
		return newCoded(c.codes, holds)
	}
	p := &texted{c: c.texts, holds: holds, less: holds("")}
	for _, parts := range words {
		var rows []uint32
		for _, part := range parts {
			rows = append(rows, c.texts.rowsOf(part)...)
		}
		if len(rows) == 0 { // too short to tell
			p.rows = nil
			break
		}
		slices.Sort(rows)
		p.rows = append(p.rows, slices.Compact(rows))
	}
	return p
}

// Between is a condition that a value of an ordered column lies between two, both included; with not, that it does not or
// that there is none.
func (c *Column) Between(low, high Key, not bool) Predicate {
	if high.before(low) {
		return constant(not)
	}
	return &ranged{c.ints, low, high, not}
}

// OneOf is a condition that a value of an ordered column is one of several; with not, that it is none of them or there is none.
func (c *Column) OneOf(keys []Key, not bool) Predicate {
	switch len(keys) {
	case 0:
		return constant(not)
	case 1:
		return c.Between(keys[0], keys[0], not)
	}
	keys = slices.Clone(keys)
	slices.SortFunc(keys, Key.compare)
	return &points{c.ints, keys, not}
}

// Present is a condition that there is a value; with not, that there is none.
func (c *Column) Present(not bool) Predicate {
	switch {
	case c.codes != nil:
		return newCoded(c.codes, func(v string) bool { return (v != "") != not })
	case c.ints != nil:
		return &ranged{c.ints, Lowest, Highest, not}
	}
	return &present{c.texts, not}
}

// Lowest and Highest are below and above every value.
var (
	Lowest  = Key{none + 1, -1 << 15}
	Highest = Key{1<<63 - 1, 1<<15 - 1}
)

// Before and After are the nearest places beside a key that no value has.
func (k Key) Before() Key { return Key{k.K, k.Rest - 1} }

// After is the place right behind.
func (k Key) After() Key { return Key{k.K, k.Rest + 1} }

// Always is a condition that holds for all records, or for none.
func Always(holds bool) Predicate { return constant(holds) }
