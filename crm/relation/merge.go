package relation

import (
	"fmt"
	"slices"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
)

// Survivors are what merged records were merged into, by their ids (REC-4).
func Survivors(tx *db.Tx, ids []int64) (map[int64]int64, error) {
	out := map[int64]int64{}
	for some := range slices.Chunk(distinct(slices.Clone(ids)), idsMost) {
		var q db.SQL
		db.In(q.Add("SELECT merged_id, survivor_id FROM merged_records WHERE "), "merged_id", db.Padded(some))
		_, err := db.List(tx, func(sc db.Scanner) (merged int64, err error) {
			var survivor int64
			err = sc.Scan(&merged, &survivor)
			out[merged] = survivor
			return merged, err
		}, q.Text(), q.Args()...)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Kept is a relation that a record had before it took over the same one of another.
type Kept struct {
	ToType string `json:"t"`
	ToID   int64  `json:"i"`
	TypeID int    `json:"k"`
	At     int64  `json:"a"`
}

// Absorb gives a record the relations of another that is merged into it, each in its own way, but those of a type of which it has
// its one already. No limit refuses one. The other keeps its rows, which nothing shows: the record is not there any more. What both
// had comes back, so that Part can tell it.
func (s *Store) Absorb(tx *db.Tx, t property.ObjectType, into, from int64) ([]Kept, error) {
	types, err := s.has(tx, t, from)
	if err != nil {
		return nil, err
	}
	kept, err := db.List(tx, func(sc db.Scanner) (k Kept, err error) {
		return k, sc.Scan(&k.ToType, &k.ToID, &k.TypeID, &k.At)
	}, `SELECT p.to_type, p.to_id, p.type_id, p.created_at FROM associations l
JOIN associations p ON p.from_type = l.from_type AND p.from_id = $1 AND p.to_type = l.to_type AND p.to_id = l.to_id AND p.type_id = l.type_id
WHERE l.from_type = $2 AND l.from_id = $3`, into, t.Name, from)
	if err != nil {
		return nil, err
	}
	for _, kind := range types {
		if kind.One {
			has, err := db.Value[int64](tx, `SELECT count(*) FROM associations WHERE from_type = $1 AND from_id = $2 AND to_type = $3 AND type_id = $4`,
				t.Name, into, kind.To, kind.ID)
			if err != nil {
				return nil, err
			}
			if has > 0 {
				continue
			}
		}
		if err := copyRows(tx, kind, into, from); err != nil {
			return nil, fmt.Errorf("take over associations: %w", err)
		}
	}
	return kept, nil
}

// has are the types of the relations of a record.
func (s *Store) has(tx *db.Tx, t property.ObjectType, id int64) ([]association.Type, error) {
	used, err := db.List(tx, db.Col[int], "SELECT DISTINCT type_id FROM associations WHERE from_type = $1 AND from_id = $2 ORDER BY type_id", t.Name, id)
	if err != nil {
		return nil, err
	}
	var out []association.Type
	for _, n := range used {
		kind, ok, err := s.types.Leads(tx, t, n)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, kind)
		}
	}
	return out, nil
}

// copyRows gives a record the relations of a type that another has, both ways, but one to itself.
func copyRows(tx *db.Tx, kind association.Type, into, from int64) error {
	const which = ` FROM associations WHERE from_type = $2 AND from_id = $3 AND to_type = $4 AND type_id = $5 AND NOT (to_type = $2 AND to_id = $1)
ON CONFLICT DO NOTHING`
	const insert = "INSERT INTO associations (from_type, from_id, to_type, to_id, type_id, created_at) "
	if _, err := tx.Exec(insert+"SELECT from_type, CAST($1 AS BIGINT), to_type, to_id, type_id, created_at"+which, into, kind.From, from, kind.To, kind.ID); err != nil {
		return err
	}
	_, err := tx.Exec(insert+"SELECT to_type, to_id, from_type, CAST($1 AS BIGINT), CAST($6 AS INTEGER), created_at"+which, into, kind.From, from, kind.To, kind.ID, kind.Inverse)
	return err
}

// Part takes back what Absorb gave, but what the record had by itself.
func (s *Store) Part(tx *db.Tx, t property.ObjectType, into, from int64, kept []Kept) error {
	types, err := s.has(tx, t, from)
	if err != nil {
		return err
	}
	for _, kind := range types {
		const of = "(SELECT to_id FROM associations WHERE from_type = $1 AND from_id = $2 AND to_type = $3 AND type_id = $4)"
		_, err := tx.Exec("DELETE FROM associations WHERE from_type = $3 AND to_type = $1 AND to_id = $5 AND type_id = $6 AND from_id IN "+of,
			t.Name, from, kind.To, kind.ID, into, kind.Inverse)
		if err == nil {
			_, err = tx.Exec("DELETE FROM associations WHERE from_type = $1 AND from_id = $5 AND to_type = $3 AND type_id = $4 AND to_id IN "+of,
				t.Name, from, kind.To, kind.ID, into)
		}
		if err != nil {
			return fmt.Errorf("give back associations: %w", err)
		}
	}
	var rows [][]any
	for _, k := range kept {
		kind, ok, err := s.types.Leads(tx, t, k.TypeID)
		if err != nil {
			return err
		}
		if ok {
			rows = append(rows, []any{t.Name, into, k.ToType, k.ToID, k.TypeID, k.At}, []any{k.ToType, k.ToID, t.Name, into, kind.Inverse, k.At})
		}
	}
	return insertRows.Later(tx, rows...)
}

var insertRows = db.NewInsert("INSERT INTO associations (from_type, from_id, to_type, to_id, type_id, created_at)", "ON CONFLICT DO NOTHING")

// Traces are the records of a type that one is or was related to, by their ids after one, whether any of them is there or not: for
// who erases.
func (s *Store) Traces(tx *db.Tx, fromType string, from int64, toType string, after int64, most int) ([]int64, error) {
	return db.List(tx, db.Col[int64], `SELECT DISTINCT to_id FROM associations WHERE from_type = $1 AND from_id = $2 AND to_type = $3 AND to_id > $4
ORDER BY to_id LIMIT $5`, fromType, from, toType, after, most)
}

// Drop removes up to so many relations of a record for good, both ways, and says whether there may be more. Nobody is told.
func (s *Store) Drop(tx *db.Tx, t property.ObjectType, id int64, most int) (more bool, err error) {
	rows, err := db.List(tx, scanLink, "SELECT from_type, from_id, to_type, to_id, type_id FROM associations WHERE from_type = $1 AND from_id = $2 LIMIT $3", t.Name, id, most)
	if err != nil {
		return false, err
	}
	for _, l := range rows {
		if _, err := tx.Exec(deleteRow, l.FromType, l.FromID, l.ToType, l.ToID, l.TypeID); err != nil {
			return false, err
		}
		kind, ok, err := s.types.Leads(tx, t, l.TypeID)
		if err != nil {
			return false, err
		}
		if ok {
			if _, err := tx.Exec(deleteRow, l.ToType, l.ToID, l.FromType, l.FromID, kind.Inverse); err != nil {
				return false, err
			}
		}
	}
	return len(rows) == most, nil
}

const deleteRow = "DELETE FROM associations WHERE from_type = $1 AND from_id = $2 AND to_type = $3 AND to_id = $4 AND type_id = $5"
