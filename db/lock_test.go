package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// raise adds one to the number that a note holds, the naive way: read, think, write.
func raise(tx *db.Tx, suffix string) error {
	n, err := db.Value[string](tx, "SELECT body FROM notes WHERE id = 1"+suffix)
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE notes SET body = $1 WHERE id = 1", n+"x")
	return err
}

// Two nodes that change the same row, or name the same lock, do it one after the other: no change is lost (SCALE-1).
func TestLocksLetOneAfterTheOther(t *testing.T) {
	for name, change := range map[string]func(tx *db.Tx) error{
		"row":  func(tx *db.Tx) error { return raise(tx, tx.ForUpdate()) },
		"name": func(tx *db.Tx) error { return errors.Join(tx.Lock("the note"), raise(tx, "")) },
		"next": func(tx *db.Tx) error { return errors.Join(tx.LockNext("the note"), raise(tx, "")) },
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, cfg db.Config) {
				first := dbtest.Open(t, cfg)
				nodes := []*db.DB{first, first}
				if first.Postgres() {
					nodes[1] = dbtest.Open(t, cfg)
				}
				table(t, first)
				dbtest.Do(t, first, func(tx *db.Tx) error { return insert(tx, 1, "") })
				var all sync.WaitGroup
				for i := range 24 {
					all.Go(func() {
						if err := nodes[i%2].Write(bg, change); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				dbtest.See(t, first, func(tx *db.Tx) error {
					body, err := db.Value[string](tx, "SELECT body FROM notes WHERE id = 1")
					if len(body) != 24 {
						t.Errorf("%d of 24 changes are there", len(body))
					}
					return err
				})
			})
		})
	}
}

func TestLocksOfOtherNamesDoNotWait(t *testing.T) { // SCALE-1
	d := dbtest.Open(t, dbtest.Postgres(t))
	dbtest.Do(t, d, func(tx *db.Tx) error {
		if err := tx.Lock("one"); err != nil {
			return err
		}
		return d.Write(bg, func(other *db.Tx) error { return other.Lock("two") })
	})
}

// What one node claims the other passes over, so that no row is worked on twice (SCALE-1).
func TestClaimedRowsArePassedOver(t *testing.T) {
	cfg := dbtest.Postgres(t)
	here, there := dbtest.Open(t, cfg), dbtest.Open(t, cfg)
	table(t, here)
	dbtest.Do(t, here, func(tx *db.Tx) error {
		for i := range int64(6) {
			if err := insert(tx, i, ""); err != nil {
				return err
			}
		}
		return nil
	})
	claim := func(tx *db.Tx) ([]int64, error) {
		return db.List(tx, db.Col[int64], "SELECT id FROM notes ORDER BY id LIMIT 4"+tx.Claim())
	}
	dbtest.Do(t, here, func(tx *db.Tx) error {
		mine, err := claim(tx)
		if err != nil {
			return err
		}
		return there.Write(bg, func(other *db.Tx) error {
			theirs, err := claim(other)
			if fmt.Sprint(mine, theirs) != "[0 1 2 3] [4 5]" {
				t.Errorf("claimed %v and %v", mine, theirs)
			}
			return err
		})
	})
}

func TestWaitForALockEndsWithItsContext(t *testing.T) { // REL-1
	d := dbtest.Open(t, dbtest.Postgres(t))
	dbtest.Do(t, d, func(tx *db.Tx) error {
		if err := tx.Lock("held"); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(bg, 50*time.Millisecond)
		defer cancel()
		err := d.Write(ctx, func(other *db.Tx) error { return other.Lock("held") })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waited for a lock, told %v", err)
		}
		return nil
	})
	dbtest.Do(t, d, func(tx *db.Tx) error { return tx.Lock("held") })
}

func TestReadIsOneSnapshot(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		dbtest.See(t, d, func(tx *db.Tx) error {
			var seen []int64
			for i := range int64(3) {
				n, err := db.Value[int64](tx, "SELECT count(*) FROM notes")
				if err != nil {
					return err
				}
				seen = append(seen, n)
				dbtest.Do(t, d, func(tx *db.Tx) error { return insert(tx, i, "meanwhile") })
			}
			if !slices.Equal(seen, []int64{0, 0, 0}) {
				t.Errorf("one read saw %v notes", seen)
			}
			return nil
		})
		if n := count(t, d); n != 3 {
			t.Errorf("the next read saw %d", n)
		}
	})
}

func TestAllOfATransactionHasOneTime(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		dbtest.Do(t, d, func(tx *db.Tx) error {
			if !tx.Now.Equal(dbtest.Start) || tx.Micros() != dbtest.Start.UnixMicro() || tx.Now.Location() != time.UTC {
				t.Errorf("now is %v, %d", tx.Now, tx.Micros())
			}
			if a, b := tx.NewID(), tx.NewID(); a >= b {
				t.Errorf("ids %d and %d", a, b)
			}
			type key struct{}
			if tx.Get(key{}) != nil {
				t.Error("a new transaction keeps nothing")
			}
			tx.Put(key{}, "kept")
			if tx.Get(key{}) != "kept" {
				t.Error("what was put is gone")
			}
			return nil
		})
	})
}

// A savepoint that fails leaves everything before and after it, at any depth.
func TestSavepointsNest(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		no := errors.New("no")
		dbtest.Do(t, d, func(tx *db.Tx) error {
			var down func(depth int64) error
			down = func(depth int64) error {
				if depth == 5 {
					return no
				}
				err := insert(tx, depth, "on the way down")
				if inner := tx.Savepoint(func() error { return down(depth + 1) }); depth >= 3 {
					return errors.Join(err, inner) // the two deepest give up
				}
				return errors.Join(err, insert(tx, 10+depth, "on the way up"))
			}
			if err := down(0); err != nil {
				return err
			}
			err := tx.Savepoint(func() error { _, err := tx.Exec("SELECT no_such_column"); return err })
			if err == nil || !strings.Contains(err.Error(), "no_such_column") {
				t.Errorf("a statement that fails in a savepoint: %v", err)
			}
			return insert(tx, 20, "after a failed statement")
		})
		if got := fmt.Sprint(ids(t, d)); got != "[0 1 2 10 11 12 20]" {
			t.Errorf("found %s", got)
		}
	})
}
