package waste_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/job"
)

// yard is a place where content is thrown away.
type yard struct {
	t      *testing.T
	db     *db.DB
	clock  *clock.Fixed
	blobs  blob.Store
	jobs   *job.Runner
	held   []string // keys that somebody refers to
	broken error    // of who is asked
	asked  int
}

func eachYard(t *testing.T, story func(t *testing.T, y *yard)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		y := &yard{t: t, clock: clock.At(dbtest.Start)}
		cfg.Clock = y.clock
		y.db = dbtest.Open(t, cfg)
		var err error
		if y.blobs, err = blob.NewFiles(t.TempDir()); err != nil {
			t.Fatal(err)
		}
		nobody := func(*db.Tx, string) (bool, error) { return false, nil }
		y.jobs, err = job.NewRunner(y.db, slog.New(slog.DiscardHandler), job.Config{}, waste.Handler(y.db, y.blobs, nobody, y.holds))
		if err != nil {
			t.Fatal(err)
		}
		story(t, y)
	})
}

func (y *yard) holds(_ *db.Tx, key string) (bool, error) {
	y.asked++
	return slices.Contains(y.held, key), y.broken
}

func (y *yard) put(content string) string {
	y.t.Helper()
	ref, err := blob.PutBytes(context.Background(), y.blobs, []byte(content))
	if err != nil {
		y.t.Fatal(err)
	}
	return ref.Key
}

func (y *yard) drop(keys ...string) {
	y.t.Helper()
	dbtest.Do(y.t, y.db, func(tx *db.Tx) error {
		for _, key := range keys {
			if err := waste.Drop(tx, key); err != nil {
				return err
			}
		}
		return nil
	})
}

func (y *yard) after(d time.Duration) {
	y.t.Helper()
	y.clock.Advance(d)
	if err := y.jobs.Drain(context.Background()); err != nil {
		y.t.Fatal(err)
	}
}

func (y *yard) has(key string) bool {
	y.t.Helper()
	r, err := y.blobs.Open(context.Background(), key)
	if errs.Is(err, errs.NotFound) {
		return false
	}
	if err != nil {
		y.t.Fatal(err)
	}
	_ = r.Close()
	return true
}

func TestWhatNobodyHasGoesTomorrow(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		gone, stays := y.put("gone"), y.put("stays")
		y.drop(gone, "")
		y.after(23 * time.Hour)
		if !y.has(gone) {
			t.Error("it went at once: who stores the same just now loses it")
		}
		y.after(time.Hour)
		if y.has(gone) || !y.has(stays) {
			t.Error("the wrong content was deleted")
		}
	})
}

func TestWhatSomebodyHasStays(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		key := y.put("shared")
		y.held = []string{key}
		y.drop(key)
		y.after(25 * time.Hour)
		if !y.has(key) || y.asked == 0 {
			t.Fatal("content that somebody refers to was deleted")
		}
		y.held = nil
		y.after(25 * time.Hour)
		if !y.has(key) {
			t.Error("it went although nobody dropped it again")
		}
		y.drop(key)
		y.after(25 * time.Hour)
		if y.has(key) {
			t.Error("what was dropped by the last who had it stays")
		}
	})
}

// Who drops the same twice, or what is gone, does no harm.
func TestDroppingTwice(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		key := y.put("twice")
		y.drop(key, key)
		y.drop(key)
		y.after(25 * time.Hour)
		y.drop(key)
		y.after(25 * time.Hour)
		if y.has(key) {
			t.Error("it is still there")
		}
		if y.asked != 2 {
			t.Errorf("it was looked for %d times, want once each day", y.asked)
		}
	})
}

// Who cannot say whether it has content keeps it.
func TestWhoCannotSayKeepsIt(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		key := y.put("unsure")
		y.broken = errors.New("the table is locked")
		y.drop(key)
		y.after(25 * time.Hour)
		if !y.has(key) {
			t.Fatal("content was deleted although nobody knows who has it")
		}
		y.broken = nil
		y.after(time.Hour) // the next attempt
		if y.has(key) {
			t.Error("it is not tried again")
		}
	})
}

// A transaction that is undone drops nothing.
func TestUndoneTransactionsDropNothing(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		key := y.put("kept")
		undone := errors.New("undone")
		err := y.db.Write(context.Background(), func(tx *db.Tx) error {
			if err := waste.Drop(tx, key); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		y.after(25 * time.Hour)
		if !y.has(key) {
			t.Error("what was not dropped is gone")
		}
	})
}
