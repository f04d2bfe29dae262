package record

import (
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// Statement is what Search runs for the records that have a value to sort by.
func (s *Store) Statement(tx *db.Tx, by people.Actor, q Query) (string, []any, error) {
	r, err := s.ready(tx, by, q)
	if err != nil {
		return "", nil, err
	}
	var text db.SQL
	r.statement(&text, tx, true, r.limit+1)
	return text.Text(), text.Args(), nil
}

// SearchSQL is Search by the database alone.
func (s *Store) SearchSQL(tx *db.Tx, by people.Actor, q Query) (Page, error) {
	r, err := s.ready(tx, by, q)
	if err != nil {
		return Page{}, err
	}
	return r.fromDatabase(tx)
}

// SearchColumns is Search by the columns in memory alone; false when they cannot answer.
func (s *Store) SearchColumns(tx *db.Tx, by people.Actor, q Query) (Page, bool, error) {
	r, err := s.ready(tx, by, q)
	if err != nil {
		return Page{}, false, err
	}
	return s.scan(tx, by, r)
}

// ByIndex reports whether Search leaves a query to an index of the database.
func (s *Store) ByIndex(tx *db.Tx, by people.Actor, q Query) (bool, error) {
	r, err := s.ready(tx, by, q)
	return err == nil && r.byIndex(tx), err
}

// ColumnBytes is how much memory the columns take.
func (s *Store) ColumnBytes() int64 { return s.columns.Bytes() }
