package column

import (
	"errors"
	"fmt"
	"slices"

	"github.com/deskbell/deskbell/db"
)

// load is columns being read. It goes by ids in parts, so that when whoever needed it gives up, the next goes on from there.
type load struct {
	slots   *slots // of the first columns of a table; others find theirs
	columns []*Column
	next    int64 // ids up to it are read
	asOf    int64 // the epoch of the first part: what was noted later is read again
	age     int
}

const loadPart = 20_000

// errNoRoom: the columns would take more memory than they may.
var errNoRoom = errors.New("no room for the columns")

// load reads the columns of specs that are not there. It returns false when this transaction cannot: then the database answers.
func (t *Table) load(tx *db.Tx, src Source, specs []Spec) (bool, error) {
	if err := t.loading.take(tx.Context()); err != nil {
		return false, err
	}
	defer t.loading.give()
	t.mu.RLock()
	missing := t.missing(src, specs)
	l, base, age := t.partial, t.slots == nil, t.age
	refused := t.refuses(src, specs)
	t.mu.RUnlock()
	if refused {
		return false, nil
	}
	if len(missing) == 0 && !base {
		return true, nil
	}
	if !t.log.knows(tx.Epoch()) {
		return false, nil
	}
	if !base { // what this transaction sees must have its slot
		if ok, err := t.catchUp(tx); !ok || err != nil {
			return false, err
		}
	}
	if l == nil || l.age != age || !t.log.knows(l.asOf) || !slices.Equal(specsOf(l.columns), missing) || (l.slots != nil) != base {
		l = &load{asOf: tx.Epoch(), age: age}
		for _, s := range missing {
			l.columns = append(l.columns, newColumn(s))
		}
		if base {
			l.slots = newSlots()
		}
	}
	err := t.run(tx, src, l)
	switch {
	case errors.Is(err, errNoRoom):
		t.refuse(src, missing)
		return false, nil
	case err != nil:
		t.keep(l)
		return false, fmt.Errorf("load columns of %s: %w", t.name, err)
	}
	return t.install(tx, src, l)
}

// missing are the columns to read: of a table without any, the small ones too, and what it held before; the caller holds mu.
func (t *Table) missing(src Source, specs []Spec) (out []Spec) {
	if t.slots == nil {
		specs = slices.Concat(src.Hot, specs, t.before)
	}
	for _, s := range specs {
		if t.column(s) == nil && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// refuses reports whether there was no room for columns, when they were tried; the caller holds mu.
func (t *Table) refuses(src Source, specs []Spec) bool {
	is := func(s Spec) bool { return t.refused[s] }
	return len(t.refused) > 0 && (slices.ContainsFunc(specs, is) || slices.ContainsFunc(src.Hot, is))
}

func (t *Table) keep(l *load) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.partial = l
}

// refuse remembers that there is no room: for what was asked for beside the small columns, or even for these.
func (t *Table) refuse(src Source, specs []Spec) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.before = nil
	large := slices.DeleteFunc(slices.Clone(specs), func(s Spec) bool { return slices.Contains(src.Hot, s) })
	if len(large) > 0 {
		specs = large
	}
	for _, s := range specs {
		t.refused[s] = true
	}
}

// run reads part after part.
func (t *Table) run(tx *db.Tx, src Source, l *load) error {
	for {
		if err := tx.Context().Err(); err != nil {
			return err
		}
		n, err := t.part(tx, src, l)
		if err != nil {
			return err
		}
		if err := t.store.room(t, l); err != nil {
			return err
		}
		if n < loadPart {
			break
		}
	}
	for _, c := range l.columns {
		c.settle()
	}
	return nil
}

func (t *Table) part(tx *db.Tx, src Source, l *load) (n int, err error) {
	after := l.next
	err = t.read(tx, src, specsOf(l.columns), func(q *db.SQL) {
		q.Add("archived_at IS NULL AND id > ? ORDER BY id LIMIT ?", after, loadPart)
	}, func(r *row) {
		n++
		l.next = r.id
		var slot, slots int
		if l.slots != nil {
			slot = l.slots.add(r.id)
			l.slots.live(slot, true)
			slots = l.slots.n
		} else if slot, slots = t.find(r.id); slots == 0 {
			return // younger than the transaction's epoch: a note of it makes the slot
		}
		for i, c := range l.columns {
			c.grow(slots)
			c.put(slot, &r.cells[i])
		}
	})
	return n, err
}

// find returns the slot of an id, and how many slots there are; 0 when there is none of it.
func (t *Table) find(id int64) (slot, slots int) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.slots == nil {
		return 0, 0
	}
	slot, ok := t.slots.find(id)
	if !ok {
		return 0, 0
	}
	return slot, t.slots.n
}

// install adds loaded columns to the table and brings them up to it.
func (t *Table) install(tx *db.Tx, src Source, l *load) (bool, error) {
	if err := t.catch.take(tx.Context()); err != nil {
		t.keep(l)
		return false, err
	}
	ok := t.add(src, l)
	t.catch.give()
	if !ok {
		return false, nil
	}
	return t.catchUp(tx)
}

func (t *Table) add(src Source, l *load) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.age != l.age {
		return false
	}
	t.partial = nil
	if l.slots != nil {
		t.slots, t.source, t.columns, t.before = l.slots, src, nil, nil
		t.asOf.Store(l.asOf)
		t.loaded.Store(true)
	}
	for _, c := range l.columns {
		c.grow(t.slots.n)
		c.used.Store(t.store.count.Add(1))
		c.behind, c.asOf = l.slots == nil, l.asOf
		t.columns = append(t.columns, c)
	}
	return true
}
