package property_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// many makes 900 custom properties, 90 of them calculated one from another.
func many(tb testing.TB, d *db.DB, r *property.Registry) {
	dbtest.Do(tb, d, func(tx *db.Tx) error {
		for i := range 810 {
			_, err := tx.Exec("INSERT INTO properties (object_type, name, builtin, definition, created_at, updated_at) VALUES ('tickets', $1, FALSE, $2, 1, 1)",
				fmt.Sprintf("p%d", i), `{"label":"P","type":"number","fieldType":"number","group":"ticketinformation"}`)
			if err != nil {
				return err
			}
		}
		for i := range 90 {
			from := fmt.Sprintf("p%d", i)
			if i%9 > 0 {
				from = fmt.Sprintf("c%d", i-1)
			}
			_, err := tx.Exec("INSERT INTO properties (object_type, name, builtin, definition, created_at, updated_at) VALUES ('tickets', $1, FALSE, $2, 1, 1)",
				fmt.Sprintf("c%d", i), fmt.Sprintf(`{"label":"C","type":"number","fieldType":"calculation_equation","group":"ticketinformation","formula":"%s + %d"}`, from, i))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkLoad is what each node pays once after a definition changed, on a desk with very many.
func BenchmarkLoad(b *testing.B) {
	d := dbtest.Open(b, dbtest.SQLite(b))
	many(b, d, property.New(d))
	b.ReportAllocs()
	for b.Loop() {
		err := d.Read(context.Background(), func(tx *db.Tx) error {
			_, err := property.New(d).Set(tx, "tickets")
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCalculate is what a write pays for ninety calculations that all follow from it.
func BenchmarkCalculate(b *testing.B) {
	d := dbtest.Open(b, dbtest.SQLite(b))
	r := property.New(d)
	many(b, d, r)
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		set, err := property.New(d).Set(tx, "tickets")
		b.ReportAllocs()
		for b.Loop() {
			if got := set.Calculate(func(string) string { return "7" }, nil); len(got) != 90 || got["c8"] != "43" {
				b.Fatalf("got %v", got)
			}
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}
