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
