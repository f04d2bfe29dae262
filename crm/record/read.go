package record

import (
	"fmt"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Get reads one record. What is in the trash or not visible to the actor is NotFound.
func (s *Store) Get(tx *db.Tx, by people.Actor, objectType string, id int64) (Record, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return Record{}, err
	}
	r, err := s.one(tx, p, id, "")
	if err != nil {
		return Record{}, err
	}
	if r.Archived || !by.Scope(people.View, r.ObjectType).Allows(ownership(r.get)) {
		return Record{}, errs.New(errs.NotFound, "There is no such record, or you may not see it.", nil).WithCode("OBJECT_NOT_FOUND")
	}
	p.veil(by, &r)
	return r, nil
}

// Any reads a record whether it is in the trash or not, whoever asks: for the program itself.
func (s *Store) Any(tx *db.Tx, objectType string, id int64) (Record, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return Record{}, err
	}
	return s.one(tx, p, id, "")
}

func (s *Store) one(tx *db.Tx, p *plan, id int64, lock string) (Record, error) {
	if r, ok := p.kept(tx, id); ok {
		return r, nil
	}
	r, ok, err := db.One(tx, p.scanner(), p.read+"id = $1"+lock, id)
	if err != nil {
		return Record{}, fmt.Errorf("read %s %d: %w", p.t.Singular, id, err)
	}
	if !ok {
		return Record{}, p.notFound()
	}
	return r, nil
}

// idsMost bounds what one call may name.
const idsMost = 2000

// GetMany reads the living records of ids that the actor may see, in the order of ids.
func (s *Store) GetMany(tx *db.Tx, by people.Actor, objectType string, ids []int64) ([]Record, error) {
	return s.some(tx, by, objectType, ids, " AND archived_at IS NULL AND ")
}

// GetTrashed is GetMany of records in the trash.
func (s *Store) GetTrashed(tx *db.Tx, by people.Actor, objectType string, ids []int64) ([]Record, error) {
	return s.some(tx, by, objectType, ids, " AND archived_at IS NOT NULL AND ")
}

func (s *Store) some(tx *db.Tx, by people.Actor, objectType string, ids []int64, where string) ([]Record, error) {
	p, err := s.plan(tx, objectType)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	if len(ids) > idsMost {
		return nil, errs.Bad("ids", "TOO_MANY", fmt.Sprintf("At most %d ids at a time.", idsMost))
	}
	var q db.SQL
	db.In(q.Add(p.read), "id", db.Padded(ids)).Add(where)
	by.Scope(people.View, p.t.Name).Where(&q, "owner_id", "team_id")
	found, err := db.List(tx, p.scanner(), q.Text(), q.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p.t.Name, err)
	}
	byID := make(map[int64]Record, len(found))
	for _, r := range p.veiled(by, found) {
		byID[r.ID] = r
	}
	out := make([]Record, 0, len(found))
	for _, id := range ids {
		if r, ok := byID[id]; ok {
			out = append(out, r)
			delete(byID, id)
		}
	}
	return out, nil
}
