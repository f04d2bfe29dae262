package db_test

import (
	"slices"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// A list of any length is one text of statement, and binds in its place among other arguments.
func TestAmong(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		dbtest.Do(t, d, func(tx *db.Tx) error {
			for n := range int64(50) {
				if _, err := tx.Exec("INSERT INTO unique_values (object_type, property, value, record_id) VALUES ('t', 'p', $1, $2)", string(rune('a'+n)), n); err != nil {
					return err
				}
			}
			return nil
		})
		many := make([]int64, 20_000)
		for i := range many {
			many[i] = int64(i)
		}
		texts := map[string]bool{}
		dbtest.See(t, d, func(tx *db.Tx) error {
			for _, c := range []struct {
				ids  []int64
				want []int64
			}{
				{nil, nil}, {[]int64{3}, []int64{3}}, {[]int64{9, 3, 3, -1, 1 << 52}, []int64{3, 9}}, {many[40:], many[40:49]},
			} {
				var q db.SQL
				q.Add("SELECT record_id FROM unique_values WHERE object_type = ? AND ", "t")
				tx.Among(&q, "record_id", c.ids).Add(" AND record_id < ? ORDER BY record_id", 49)
				got, err := db.List(tx, db.Col[int64], q.Text(), q.Args()...)
				if err != nil || !slices.Equal(got, c.want) {
					t.Errorf("among %d ids are %v, want %v (%v)", len(c.ids), got, c.want, err)
				}
				texts[q.Text()] = true
			}
			return nil
		})
		if len(texts) != 1 {
			t.Errorf("%d texts for lists of different lengths", len(texts))
		}
	})
}
