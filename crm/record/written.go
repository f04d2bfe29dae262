package record

import (
	"fmt"
	"maps"
	"slices"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// writtenKey is where a transaction keeps a record that it wrote: its row is locked, so what was written is what a read would
// find, and the reactors that look at one record all ask for it.
type writtenKey struct {
	objectType string
	id         int64
}

func (p *plan) keep(tx *db.Tx, r Record) {
	r.Properties = maps.Clone(r.Properties)
	tx.Put(writtenKey{p.t.Name, r.ID}, r)
}

// forget makes the next read ask the database.
func (p *plan) forget(tx *db.Tx, id int64) {
	tx.Put(writtenKey{p.t.Name, id}, nil)
	tx.Put(seenKey{p.t.Name, id}, nil)
}

func (p *plan) kept(tx *db.Tx, id int64) (Record, bool) {
	r, ok := tx.Get(writtenKey{p.t.Name, id}).(Record)
	r.Properties = maps.Clone(r.Properties)
	return r, ok
}

// seenKey is where a transaction keeps a record that it read and did not lock: good for copies of it, which are compared again.
type seenKey writtenKey

// saw keeps a record for Seen.
func (p *plan) saw(tx *db.Tx, r Record) Record {
	tx.Put(seenKey{p.t.Name, r.ID}, r)
	return r
}

// Seen reads living records for what is copied of them, those that the transaction had to do with at no cost. They are not locked, and
// not to be changed.
func (s *Store) Seen(tx *db.Tx, objectType string, ids []int64) (map[int64]Record, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]Record, len(ids))
	var ask []int64
	for _, id := range ids {
		r, ok := tx.Get(writtenKey{p.t.Name, id}).(Record)
		if !ok {
			r, ok = tx.Get(seenKey{p.t.Name, id}).(Record)
		}
		if ok {
			out[id] = r
		} else {
			ask = append(ask, id)
		}
	}
	for some := range slices.Chunk(ask, idsMost) {
		found, err := s.GetMany(tx, people.System, p.t.Name, some)
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			out[r.ID] = p.saw(tx, r)
		}
	}
	maps.DeleteFunc(out, func(_ int64, r Record) bool { return r.Archived })
	return out, nil
}

// Supply stores values that records, in the trash too, should have had all along: neither history nor events tell of it, and they stay
// changed last when they were.
func (s *Store) Supply(tx *db.Tx, objectType string, values []Edit) error {
	p, err := s.many(tx, objectType, len(values))
	if err != nil {
		return err
	}
	held, err := s.hold(tx, p, values)
	if err != nil {
		return err
	}
	for _, e := range values {
		w := &Write{ObjectType: p.t.Name, ID: e.ID, Before: held[e.ID].Properties, Set: maps.Clone(e.Properties)}
		maps.Copy(w.Set, p.set.Calculate(w.Get, func(name string) bool { v, ok := w.Set[name]; return ok && v != w.Before[name] }))
		if dropEqual(w); len(w.Set) == 0 || held[e.ID].ID == 0 {
			continue
		}
		if err := p.updateRow(tx, w); err != nil {
			return fmt.Errorf("supply %s %d: %w", p.t.Singular, e.ID, err)
		}
		s.Touch(tx, p.t.Name, e.ID)
	}
	return nil
}

// Behind are ids of records, in the trash too, in their order and behind one: for what is done to all, step by step.
func (s *Store) Behind(tx *db.Tx, objectType string, after int64, most int) ([]int64, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return nil, err
	}
	return db.List(tx, db.Col[int64], "SELECT id FROM "+p.t.From()+"id > $1 ORDER BY id LIMIT $2", after, most)
}
