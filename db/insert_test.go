package db_test

import (
	"fmt"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

func TestInsertStoresAnyNumberOfRows(t *testing.T) {
	keep := db.NewInsert("INSERT INTO unique_values (object_type, property, value, record_id)", "ON CONFLICT DO NOTHING")
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d := dbtest.Open(t, cfg)
		for _, n := range []int{0, 1, 2, 3, 4, 5, 63, 64, 65, 84, 300} {
			property := fmt.Sprint(n)
			dbtest.Do(t, d, func(tx *db.Tx) error {
				rows := [][]any{}
				for i := range n {
					rows = append(rows, []any{"tickets", property, fmt.Sprint(i), i})
				}
				for _, want := range []int64{int64(n), 0} { // the second time they are all there
					stored, err := keep.Exec(tx, rows...)
					if err != nil || stored != want {
						t.Errorf("%d rows: %d stored, want %d: %v", n, stored, want, err)
					}
				}
				if err := keep.Later(tx, rows...); err != nil {
					t.Errorf("%d rows later: %v", n, err)
				}
				sum, err := db.Value[int64](tx, "SELECT coalesce(sum(record_id), 0) FROM unique_values WHERE property = $1 AND value = CAST(record_id AS TEXT)", property)
				if want := int64(n * (n - 1) / 2); sum != want {
					t.Errorf("%d rows: they add up to %d, want %d", n, sum, want)
				}
				return err
			})
		}
	})
}
