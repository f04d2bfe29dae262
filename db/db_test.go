package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

func table(t *testing.T, d *db.DB) {
	dbtest.Do(t, d, func(tx *db.Tx) error {
		_, err := tx.Exec("CREATE TABLE notes (id BIGINT PRIMARY KEY, body TEXT NOT NULL, props JSONB)")
		return err
	})
}

func count(t *testing.T, d *db.DB) (n int64) {
	dbtest.See(t, d, func(tx *db.Tx) (err error) {
		n, err = db.Value[int64](tx, "SELECT count(*) FROM notes")
		return err
	})
	return n
}

func TestConcurrentWritesAreEachWholeOrAbsent(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				err := d.Write(context.Background(), func(tx *db.Tx) error {
					if _, err := tx.Exec("INSERT INTO notes (id, body) VALUES ($1, $2)", tx.NewID(), "a"); err != nil {
						return err
					}
					if i%2 == 1 {
						return errors.New("changed my mind")
					}
					return nil
				})
				if (err != nil) != (i%2 == 1) {
					t.Errorf("write %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if n := count(t, d); n != 32 {
			t.Errorf("%d rows, want the 32 that did not fail", n)
		}
	})
}

func TestSavepointUndoesOnlyItself(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		dbtest.Do(t, d, func(tx *db.Tx) error {
			if _, err := tx.Exec("INSERT INTO notes (id, body) VALUES (1, 'kept')"); err != nil {
				return err
			}
			err := tx.Savepoint(func() error {
				_, err := tx.Exec("INSERT INTO notes (id, body) VALUES (1, 'twice')")
				return err
			})
			if !db.IsUnique(err) {
				t.Errorf("want a unique violation, got %v", err)
			}
			err = tx.Savepoint(func() error { panic("in a reactor") })
			if err == nil || !strings.Contains(err.Error(), "in a reactor") {
				t.Errorf("a panic must become an error, got %v", err)
			}
			_, err = tx.Exec("INSERT INTO notes (id, body) VALUES (2, 'after')")
			return err
		})
		if n := count(t, d); n != 2 {
			t.Errorf("%d rows, want 2", n)
		}
	})
}

func TestWriteInsideWriteIsRefused(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			return d.Write(tx.Context(), func(*db.Tx) error { return nil })
		})
		if err == nil || !strings.Contains(err.Error(), "inside a transaction") {
			t.Errorf("got %v", err)
		}
	})
}

func TestOneTextOnBoth(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		dbtest.Do(t, d, func(tx *db.Tx) error {
			if _, err := tx.Exec(`INSERT INTO notes (id, body, props) VALUES ($1, $2, $3)`, 7, "x", `{"a":"1","b":"2"}`); err != nil {
				return err
			}
			_, err := tx.Exec("UPDATE notes SET props = "+tx.MergeJSON("props", "$2")+" WHERE id = $1", 7, `{"b":null,"c":"3"}`)
			return err
		})
		dbtest.See(t, d, func(tx *db.Tx) error {
			got, err := db.Value[string](tx, `SELECT (props->>'a') || coalesce(props->>'b', '-') || (props->>'c') FROM notes WHERE body = $2 AND id = $1`, 7, "x")
			if got != "1-3" {
				t.Errorf("merged to %q, want 1-3", got)
			}
			var q db.SQL
			q.Add("SELECT id FROM notes WHERE body = ? AND ", "x")
			db.In(&q, "id", []int64{1, 7, 9})
			ids, listErr := db.List(tx, db.Col[int64], q.Text(), q.Args()...)
			if len(ids) != 1 || ids[0] != 7 {
				t.Errorf("found %v, want [7]", ids)
			}
			return errors.Join(err, listErr)
		})
	})
}

func TestCacheIsDroppedWhereItChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		here, there := dbtest.Open(t, cfg), dbtest.Open(t, cfg)
		table(t, here)
		load := func(tx *db.Tx) (int64, error) { return db.Value[int64](tx, "SELECT count(*) FROM notes") }
		cache := db.NewCache(here, "notes", load)
		dbtest.See(t, here, func(tx *db.Tx) error { _, err := cache.Get(tx); return err })
		heard := make(chan string, 1)
		if here.Postgres() {
			there.Listen("cache:notes", func(_ string, ok bool) {
				if ok {
					heard <- "told"
				}
			})
		}
		dbtest.Do(t, here, func(tx *db.Tx) error {
			_, err := tx.Exec("INSERT INTO notes (id, body) VALUES (1, 'new')")
			cache.Invalidate(tx)
			inside, getErr := cache.Get(tx)
			if inside != 1 {
				t.Errorf("inside the transaction: %d, want 1", inside)
			}
			return errors.Join(err, getErr)
		})
		dbtest.See(t, here, func(tx *db.Tx) error {
			after, err := cache.Get(tx)
			if after != 1 {
				t.Errorf("after the commit: %d, want 1", after)
			}
			return err
		})
		if here.Postgres() && <-heard != "told" {
			t.Error("the other node was not told")
		}
	})
}

type recorder struct{ seen []string }

func (r *recorder) Dispatch(tx *db.Tx, e any) error {
	name := e.(string)
	r.seen = append(r.seen, name)
	if name == "a" {
		tx.Emit("a1")
		err := tx.Savepoint(func() error {
			tx.Emit("lost")
			return errors.New("no")
		})
		if err == nil {
			return errors.New("the savepoint must fail")
		}
	}
	return nil
}

func TestEventsAreDispatchedInOrderBeforeCommit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		r := &recorder{}
		cfg.Reactor = r
		d := dbtest.Open(t, cfg)
		dbtest.Do(t, d, func(tx *db.Tx) error {
			tx.Emit("a")
			tx.Emit("b")
			return nil
		})
		if got := fmt.Sprint(r.seen); got != "[a b a1]" {
			t.Errorf("dispatched %s, want [a b a1]", got)
		}
	})
}

func TestMigrateTwiceAppliesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		applied, err := db.Migrate(context.Background(), cfg.URL)
		if err != nil || len(applied) != 0 {
			t.Errorf("applied %v, %v; want nothing", applied, err)
		}
	})
}
