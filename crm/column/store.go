package column

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/deskbell/deskbell/db"
)

// BytesUsual is how much memory columns may take when nobody says.
const BytesUsual = 1 << 30

const (
	topic      = "columns"       // "<object type> <id>": a record changed on another node
	topicCatch = "columns.catch" // many changes are noted: read them before somebody asks
	catchFrom  = 512             // what is many
)

// Store keeps the columns of every object type of a database.
type Store struct {
	d     *db.DB
	most  int64
	count atomic.Int64 // of uses, so that what was not used for long is known

	mu     sync.Mutex
	tables map[string]*Table
}

// NewStore returns a store without columns that takes at most so many bytes. It listens until the database closes. There is
// one for a database, to which every write of a record is told.
func NewStore(d *db.DB, most int64) *Store {
	s := &Store{d: d, most: most, tables: map[string]*Table{}}
	d.Listen(topic, s.hear)
	d.Listen(topicCatch, func(string, bool) { s.catchUp() })
	return s
}

func (s *Store) table(name string) *Table {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tables[name]
	if !ok {
		t = &Table{store: s, name: name, log: &changes[int64]{d: s.d}, loading: newLock(), catch: newLock(), refused: map[Spec]bool{}}
		s.tables[name] = t
	}
	return t
}

func (s *Store) all() []*Table {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*Table, 0, len(s.tables))
	for _, t := range s.tables {
		out = append(out, t)
	}
	return out
}

// Changed says that the transaction writes a record: every write must say so, whatever the change.
func (s *Store) Changed(tx *db.Tx, objectType string, id int64) {
	t := s.table(objectType)
	tx.AfterCommit(func() { t.changed(id) })
	tx.Tell(topic, objectType+" "+strconv.FormatInt(id, 10))
}

// Reset says that the transaction writes so many records that all should be read again.
func (s *Store) Reset(tx *db.Tx, objectType string) {
	t := s.table(objectType)
	tx.AfterCommit(t.lose)
	tx.Tell(topic, objectType)
}

func (s *Store) hear(payload string, ok bool) {
	if !ok {
		for _, t := range s.all() {
			t.lose()
		}
		return
	}
	name, number, one := strings.Cut(payload, " ")
	id, err := strconv.ParseInt(number, 10, 64)
	if !one || err != nil {
		s.table(name).lose()
		return
	}
	s.table(name).changed(id)
}

func (t *Table) changed(id int64) {
	t.log.add(id)
	if t.loaded.Load() && t.log.since(t.asOf.Load()) >= catchFrom && t.nudged.CompareAndSwap(false, true) {
		t.store.d.Nudge(topicCatch)
	}
}

// lose drops the columns: it is not known what changed.
func (t *Table) lose() {
	t.log.lose()
	t.drop()
}

// catchUp reads what was noted, on the listener's goroutine. Whoever asks does the same; when many records change between
// two who ask, the second would wait for it.
func (s *Store) catchUp() {
	for _, t := range s.all() {
		if !t.nudged.CompareAndSwap(true, false) {
			continue
		}
		// An error is met again by whoever asks next.
		_ = s.d.Read(context.Background(), func(tx *db.Tx) error {
			_, err := t.catchUp(tx)
			return err
		})
	}
}

// Bytes is how much memory the columns take.
func (s *Store) Bytes() (n int64) {
	for _, t := range s.all() {
		t.mu.RLock()
		n += t.bytes()
		t.mu.RUnlock()
	}
	return n
}

// room makes room for a load, by dropping what was not used for the longest time: of the loading table columns beside the
// small ones, of others all.
func (s *Store) room(loading *Table, l *load) error {
	need := int64(0)
	if l.slots != nil {
		need = l.slots.bytes()
	}
	for _, c := range l.columns {
		need += c.bytes()
	}
	if need > s.most {
		return errNoRoom
	}
	for s.Bytes()+need > s.most {
		if !s.dropOldest(loading) {
			return errNoRoom
		}
	}
	return nil
}

// victim is what can be dropped.
type victim struct {
	used int64
	drop func()
}

func (s *Store) dropOldest(loading *Table) bool {
	var victims []victim
	for _, t := range s.all() {
		t.mu.RLock()
		for _, c := range t.columns {
			if !slices.Contains(t.source.Hot, c.spec) {
				victims = append(victims, victim{c.used.Load(), func() { t.remove(c) }})
			}
		}
		if t != loading && t.slots != nil {
			victims = append(victims, victim{t.used.Load(), t.drop})
		}
		t.mu.RUnlock()
	}
	if len(victims) == 0 {
		return false
	}
	slices.SortFunc(victims, func(a, b victim) int { return int(a.used - b.used) })
	victims[0].drop()
	return true
}

// remove drops one column.
func (t *Table) remove(c *Column) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.columns, c); i >= 0 {
		t.columns = slices.Delete(t.columns, i, i+1)
	}
}
