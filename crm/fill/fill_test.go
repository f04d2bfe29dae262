package fill_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/fill"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/job"
)

// to is the last of the records of the tests; one is done in a step.
const to = 45

func start(t *testing.T, d *db.DB, parts ...fill.Part) *job.Runner {
	t.Helper()
	dbtest.Do(t, d, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO fills (name, after_id) VALUES ('numbers', 0), ('unknown', 0)")
		return err
	})
	r, err := job.NewRunner(d, slog.New(slog.DiscardHandler), job.Config{}, fill.Handler(d, parts...))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a program that starts twice
		dbtest.Do(t, d, fill.Schedule)
	}
	return r
}

func left(t *testing.T, d *db.DB) (names []string) {
	t.Helper()
	dbtest.See(t, d, func(tx *db.Tx) (err error) {
		names, err = db.List(tx, db.Col[string], "SELECT name FROM fills ORDER BY name")
		return err
	})
	return names
}

func TestEachRecordIsDoneOnceWhateverHappens(t *testing.T) { // PROP-3, REL-2
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		var done []int64
		broken := true
		r := start(t, d, fill.Part{Name: "numbers", Step: func(tx *db.Tx, after int64) (int64, error) {
			switch {
			case after == to:
				return 0, nil
			case after == 7 && broken:
				return 0, errors.New("the disk is full")
			}
			tx.AfterCommit(func() { done = append(done, after+1) })
			return after + 1, nil
		}})
		if err := r.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := len(done); n != 7 || len(left(t, d)) != 2 {
			t.Fatalf("%d were done before it broke, left are %v", n, left(t, d))
		}
		broken = false
		d.Clock().(*clock.Fixed).Advance(time.Hour)
		if err := r.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := len(done); n != to || !slices.IsSorted(done) {
			t.Errorf("did %v", done)
		}
		if names := left(t, d); !slices.Equal(names, []string{"unknown"}) {
			t.Errorf("left are %v", names)
		}
	})
}
