package record

import (
	"fmt"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// versionsMost bounds what one call returns of a property's history.
const versionsMost = 1000

// History returns the values that a property had, newest first, "" where it was cleared (PROP-4).
func (s *Store) History(tx *db.Tx, by people.Actor, objectType string, id int64, property string) ([]Version, error) {
	r, err := s.Get(tx, by, objectType, id)
	if err != nil {
		return nil, err
	}
	p, err := s.plan(tx, objectType)
	if err != nil {
		return nil, err
	}
	if _, ok := p.set.Get(property); !ok || !p.set.Sees(by, property) {
		return nil, nil
	}
	scan := func(sc db.Scanner) (Version, error) {
		var v Version
		var at int64
		err := sc.Scan(&v.Value, &at, &v.By.Kind, &v.By.ID, &v.Reason)
		v.At = clock.FromMicros(at)
		return v, err
	}
	// The name is one that a definition has, so it can stand in the text.
	value := "(changes->>'" + property + "')"
	versions, err := db.List(tx, scan, "SELECT "+value+", at, actor_kind, actor_id, reason FROM record_changes WHERE record_id = $1 AND object_type = $2 AND "+
		value+" IS NOT NULL ORDER BY id DESC LIMIT $3", id, r.ObjectType, versionsMost)
	if err != nil {
		return nil, fmt.Errorf("history of %s %d: %w", p.t.Singular, id, err)
	}
	return versions, nil
}
