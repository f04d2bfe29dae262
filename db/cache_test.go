package db_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// counted is a cache of how many notes there are, which knows how often it was loaded.
type counted struct {
	*db.Cache[int64]
	loads atomic.Int64
	fail  atomic.Bool
}

func newCounted(d *db.DB) *counted {
	c := &counted{}
	c.Cache = db.NewCache(d, "notes", func(tx *db.Tx) (int64, error) {
		c.loads.Add(1)
		if c.fail.Load() {
			return 0, errors.New("cannot be read")
		}
		return db.Value[int64](tx, "SELECT count(*) FROM notes")
	})
	return c
}

func (c *counted) see(t *testing.T, d *db.DB) (n int64) {
	t.Helper()
	dbtest.See(t, d, func(tx *db.Tx) (err error) { n, err = c.Get(tx); return err })
	return n
}

func TestCacheIsLoadedOnceAndNotFromAFailure(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		c := newCounted(d)
		c.fail.Store(true)
		if err := d.Read(bg, func(tx *db.Tx) error { _, err := c.Get(tx); return err }); err == nil {
			t.Error("a load that failed gave a value")
		}
		c.fail.Store(false)
		for range 5 {
			c.see(t, d)
		}
		if n := c.loads.Load(); n != 2 {
			t.Errorf("loaded %d times, want once in vain and once for all", n)
		}
	})
}

func TestCacheForgetsNothingForAWriteThatFailed(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		c := newCounted(d)
		c.see(t, d)
		err := d.Write(bg, func(tx *db.Tx) error {
			c.Invalidate(tx)
			if err := insert(tx, 1, "undone"); err != nil {
				return err
			}
			if n, err := c.Get(tx); n != 1 || err != nil {
				t.Errorf("inside: %d, %v", n, err)
			}
			return errors.New("no")
		})
		if err == nil || c.see(t, d) != 0 {
			t.Errorf("after a write that failed: %d notes, %v", c.see(t, d), err)
		}
	})
}

// A reader whose snapshot is older than a change must not fill the cache behind the change's back.
func TestOldSnapshotDoesNotFillTheCache(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		c := newCounted(d)
		dbtest.See(t, d, func(old *db.Tx) error {
			if _, err := db.Value[int64](old, "SELECT count(*) FROM notes"); err != nil {
				return err
			}
			dbtest.Do(t, d, func(tx *db.Tx) error { c.Invalidate(tx); return insert(tx, 1, "new") })
			n, err := c.Get(old)
			if n != 0 {
				t.Errorf("the old snapshot holds %d notes", n)
			}
			return err
		})
		if n := c.see(t, d); n != 1 {
			t.Errorf("the cache holds %d, filled by a snapshot from before the change", n)
		}
	})
}

// Whatever readers and writers do at once, nobody who begins after a commit was told sees less than it.
func TestCacheIsNeverBehindWhatWasAcknowledged(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		c := newCounted(d)
		var acknowledged atomic.Int64
		var writers, readers sync.WaitGroup
		end := make(chan bool)
		for range 3 {
			readers.Go(func() {
				for {
					select {
					case <-end:
						return
					default:
					}
					least := acknowledged.Load()
					if n := c.see(t, d); n < least {
						t.Errorf("the cache holds %d notes, %d were acknowledged before", n, least)
						return
					}
				}
			})
		}
		for range 4 {
			writers.Go(func() {
				for i := range 15 {
					err := d.Write(bg, func(tx *db.Tx) error {
						c.Invalidate(tx)
						if err := insert(tx, tx.NewID(), "x"); err != nil || i%3 > 0 {
							return err
						}
						return errors.New("changed my mind")
					})
					if err == nil {
						acknowledged.Add(1)
					}
				}
			})
		}
		writers.Wait()
		close(end)
		readers.Wait()
		if n := c.see(t, d); n != 40 {
			t.Errorf("the cache holds %d at the end, want 40", n)
		}
	})
}

func TestClosedDatabaseForgetsItsListeners(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d, err := db.Open(bg, cfg)
		if err != nil {
			t.Fatal(err)
		}
		stop := d.Listen("word", func(string, bool) {})
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		stop()
	})
}
