package db_test

import (
	"context"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// BenchmarkWrite is bare durable transactions of three rows each from many callers: the raw limit that arrivals are
// compared with.
func BenchmarkWrite(b *testing.B) {
	for name, cfg := range map[string]func(testing.TB) db.Config{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			d := dbtest.Open(b, cfg(b))
			dbtest.Do(b, d, func(tx *db.Tx) error {
				_, err := tx.Exec("CREATE TABLE bare (id BIGINT PRIMARY KEY, parent BIGINT, body TEXT)")
				return err
			})
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					err := d.Write(context.Background(), func(tx *db.Tx) error {
						for range 3 {
							if _, err := tx.Exec("INSERT INTO bare (id, parent, body) VALUES ($1, $2, $3)", tx.NewID(), 1, "a body of some words"); err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
