package record

import (
	"fmt"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
)

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
