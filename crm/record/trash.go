package record

import (
	"fmt"

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
