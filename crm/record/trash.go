package record

import (
	"fmt"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// Trashed is the data of "<singular>.archived" and "<singular>.restored".
type Trashed struct {
	Name string `json:"name"` // what the record is called
}

// Archive puts a record in the trash (REC-5): nothing finds it, and what named it alone is free for others. Archiving what
// is in the trash already changes nothing.
func (s *Store) Archive(tx *db.Tx, by people.Actor, objectType string, id int64) error {
	p, r, err := s.delete(tx, by, objectType, id)
	if err != nil || r.Archived {
		return err
	}
	p.forget(tx, id)
	if _, err := tx.Exec("UPDATE "+p.t.Table+" SET archived_at = $1 WHERE id = $2", tx.Micros(), id); err != nil {
		return fmt.Errorf("archive %s %d: %w", p.t.Singular, id, err)
	}
	if err := release(tx, p, id); err != nil {
		return err
	}
	p.emit(tx, by, "archived", id, Trashed{Name: r.Properties[p.t.PrimaryDisplay]})
	return nil
}

// Restore takes a record out of the trash. It is a Conflict when another has its e-mail address or unique value by now.
func (s *Store) Restore(tx *db.Tx, by people.Actor, objectType string, id int64) error {
	p, r, err := s.delete(tx, by, objectType, id)
	if err != nil || !r.Archived {
		return err
	}
	p.forget(tx, id)
	if _, err := tx.Exec("UPDATE "+p.t.Table+" SET archived_at = NULL WHERE id = $1", id); err != nil {
		return fmt.Errorf("restore %s %d: %w", p.t.Singular, id, err)
	}
	refused, err := claim(tx, p, []*Write{{ObjectType: p.t.Name, ID: id, Before: map[string]string{}, Set: r.Properties}})
	if err == nil {
		err = refused.first()
	}
	if err != nil {
		return err
	}
	p.emit(tx, by, "restored", id, Trashed{Name: r.Properties[p.t.PrimaryDisplay]})
	return s.Recalculate(tx, by, objectType, id, "")
}

// delete reads a record that the actor may put into the trash and take out of it.
func (s *Store) delete(tx *db.Tx, by people.Actor, objectType string, id int64) (*plan, Record, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return nil, Record{}, err
	}
	if err := p.mayMake(by); err != nil {
		return p, Record{}, err
	}
	r, err := s.one(tx, p, id, tx.ForUpdate())
	if err != nil {
		return p, r, err
	}
	if !by.Scope(people.View, p.t.Name).Allows(ownership(r.get)) {
		return p, r, p.notFound()
	}
	return p, r, by.Check(people.Delete, p.t.Name, ownership(r.get))
}

// Living counts the records of an object type that are not in the trash.
func Living(tx *db.Tx, t property.ObjectType) (int64, error) {
	n, err := db.Value[int64](tx, "SELECT count(*) FROM "+t.From()+"archived_at IS NULL")
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", t.Name, err)
	}
	return n, nil
}

// Erase removes up to so many records of a type that is deleted for good, with their history and all that they alone had, and
// returns how many it removed. The type is in no registry any more: it is given by name.
func Erase(tx *db.Tx, objectType string, most int) (int, error) {
	ids, err := db.List(tx, db.Col[int64], `SELECT id FROM (SELECT id FROM objects WHERE object_type = $1 AND archived_at IS NOT NULL LIMIT $2) gone
UNION ALL SELECT id FROM (SELECT id FROM objects WHERE object_type = $1 AND archived_at IS NULL LIMIT $2) stray LIMIT $2`, objectType, most)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	for _, from := range []string{"DELETE FROM record_changes WHERE ", "DELETE FROM unique_values WHERE "} {
		var q db.SQL
		if _, err := db.In(q.Add(from), "record_id", ids).Exec(tx); err != nil {
			return 0, fmt.Errorf("erase %s: %w", objectType, err)
		}
	}
	var q db.SQL
	if _, err := db.In(q.Add("DELETE FROM objects WHERE "), "id", ids).Exec(tx); err != nil {
		return 0, fmt.Errorf("erase %s: %w", objectType, err)
	}
	return len(ids), nil
}
