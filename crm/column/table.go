package column

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/deskbell/deskbell/db"
)

// Source says where the records of an object type are.
type Source struct {
	Name string // of the object type
	From string // "tickets WHERE ", or with a condition and AND: what a statement goes on with
	Hot  []Spec // the small columns, of which all are read when the first is asked for
}

// Table is the columns of one object type.
//
// Each write of a record is noted after it committed, with an epoch (DB.Advance). The columns stand at an epoch too, asOf:
// they hold at least what had been noted up to it. A transaction that asks brings them up to its own epoch by reading, in its
// own snapshot, the records noted in between. So what a user wrote is found at once; nothing waits for another connection; and
// a snapshot never puts back what a younger one stored, unless a note of it is still to come.
type Table struct {
	store *Store
	name  string
	log   *changes[int64]

	loading lock         // held by who loads columns
	catch   lock         // held by who brings the columns up to its epoch
	asOf    atomic.Int64 // changed by who holds catch
	used    atomic.Int64 // as a column's
	nudged  atomic.Bool
	loaded  atomic.Bool // slots is not nil

	mu      sync.RWMutex // held by who scans, and by who changes what follows
	source  Source
	slots   *slots // nil while nothing is loaded
	columns []*Column
	before  []Spec // what was loaded when all was dropped
	refused map[Spec]bool
	partial *load // a load that was interrupted, for the next who takes loading
	age     int   // how often all was dropped
}

// lock is a mutex whose wait ends with a context.
type lock chan struct{}

func newLock() lock { return make(lock, 1) }

func (l lock) take(ctx context.Context) error {
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l lock) give() { <-l }

// column returns the column of a spec; the caller holds mu.
func (t *Table) column(s Spec) *Column {
	for _, c := range t.columns {
		if c.spec == s {
			return c
		}
	}
	return nil
}

// drop forgets all columns; what is asked for next is loaded again.
func (t *Table) drop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.columns {
		if !c.refused && !slices.Contains(t.before, c.spec) {
			t.before = append(t.before, c.spec)
		}
	}
	t.slots, t.columns, t.partial = nil, nil, nil
	t.refused = map[Spec]bool{}
	t.loaded.Store(false)
	t.age++
}

// row is a record as the database gives it.
type row struct {
	id    int64
	alive bool
	cells []cell
}

// read reads columns of the records that a condition chooses. The row is reused for the next.
func (t *Table) read(tx *db.Tx, src Source, specs []Spec, where func(q *db.SQL), each func(r *row)) error {
	var q db.SQL
	q.Add("SELECT id, archived_at IS NULL")
	for _, s := range specs {
		q.Add(", " + s.SQL)
	}
	where(q.Add(" FROM " + src.From))
	r := row{cells: make([]cell, len(specs))}
	dest := []any{&r.id, &r.alive}
	for i, s := range specs {
		dest = append(dest, r.cells[i].dest(s.Kind))
	}
	rows, err := tx.Query(q.Text(), q.Args()...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		each(&r)
	}
	return rows.Err()
}

const idsAtOnce = 256

// catchUp brings the columns up to the transaction's epoch, and those that were just loaded up to the others. It returns
// false when that cannot be known: then all is dropped.
func (t *Table) catchUp(tx *db.Tx) (bool, error) {
	if err := t.catch.take(tx.Context()); err != nil {
		return false, err
	}
	defer t.catch.give()
	t.mu.RLock()
	src, loaded, from, follow, age := t.source, t.slots != nil, t.asOf.Load(), t.follow(tx), t.age
	t.mu.RUnlock()
	if !loaded || tx.Epoch() < from {
		return loaded, nil // another has brought them further
	}
	for _, c := range follow {
		if c.behind {
			from = min(from, c.asOf)
		}
	}
	ids, ok := t.log.between(from, tx.Epoch())
	if !ok {
		t.drop()
		return false, nil
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	found, err := t.refresh(tx, src, follow, ids)
	if err != nil {
		return false, fmt.Errorf("read %s into columns: %w", t.name, err)
	}
	return t.caughtUp(tx.Epoch(), follow, ids, found, age), nil
}

// follow are the columns that this transaction may bring up to its epoch; the caller holds mu.
func (t *Table) follow(tx *db.Tx) []*Column {
	out := make([]*Column, 0, len(t.columns))
	for _, c := range t.columns {
		if !c.refused && (!c.behind || c.asOf <= tx.Epoch()) {
			out = append(out, c)
		}
	}
	return out
}

// refresh reads records again.
func (t *Table) refresh(tx *db.Tx, src Source, columns []*Column, ids []int64) (found []row, err error) {
	for part := range slices.Chunk(ids, idsAtOnce) {
		err := t.read(tx, src, specsOf(columns), func(q *db.SQL) { db.In(q, "id", padded(part)) }, func(r *row) {
			found = append(found, row{r.id, r.alive, slices.Clone(r.cells)})
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func specsOf(columns []*Column) []Spec {
	out := make([]Spec, len(columns))
	for i, c := range columns {
		out[i] = c.spec
	}
	return out
}

// caughtUp stores what was found of the ids, so that the columns stand at an epoch.
func (t *Table) caughtUp(epoch int64, columns []*Column, ids []int64, found []row, age int) bool {
	if len(ids) == 0 && !slices.ContainsFunc(columns, func(c *Column) bool { return c.behind }) {
		t.mu.RLock() // nothing changes, so whoever scans need not end first
		defer t.mu.RUnlock()
	} else {
		t.mu.Lock()
		defer t.mu.Unlock()
	}
	if t.age != age {
		return false
	}
	for _, id := range ids {
		if slot, ok := t.slots.find(id); ok {
			t.slots.live(slot, false) // unless it is among the found
		}
	}
	for i := range found {
		t.put(&found[i], columns)
	}
	for _, c := range columns {
		if c.behind {
			c.behind = false
		}
	}
	t.asOf.Store(epoch)
	return true
}

// put stores one record; the caller holds mu.
func (t *Table) put(r *row, columns []*Column) {
	slot, ok := t.slots.find(r.id)
	if !ok {
		slot = t.slots.add(r.id)
		for _, c := range t.columns {
			c.grow(t.slots.n)
		}
	}
	t.slots.live(slot, r.alive)
	for i, c := range columns {
		if slices.Contains(t.columns, c) { // it may have been dropped to make room
			c.put(slot, &r.cells[i])
		}
	}
}

// padded repeats the last id up to a power of two, so that few statement texts serve all lengths.
func padded(ids []int64) []int64 {
	n := 1
	for n < len(ids) {
		n *= 2
	}
	out := slices.Grow(slices.Clone(ids), n-len(ids))
	for len(out) < n {
		out = append(out, ids[len(ids)-1])
	}
	return out
}

// bytes is what the columns take; the caller holds mu.
func (t *Table) bytes() (n int64) {
	if t.slots != nil {
		n = t.slots.bytes()
	}
	for _, c := range t.columns {
		n += c.bytes()
	}
	return n
}
