package usage_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/people/usage"
)

var ctx = context.Background()

func counter(d *db.DB) *usage.Counter { return usage.New(d, slog.New(slog.DiscardHandler)) }

// stored are the calls in the database, by app.
func stored(t *testing.T, d *db.DB) map[int64]int64 {
	t.Helper()
	out := map[int64]int64{}
	dbtest.See(t, d, func(tx *db.Tx) error {
		_, err := db.List(tx, func(s db.Scanner) (app int64, err error) {
			var calls int64
			err = s.Scan(&app, &calls)
			out[app] += calls
			return app, err
		}, "SELECT app_id, calls FROM api_usage")
		return err
	})
	return out
}

func TestCallsAreCountedAndWritten(t *testing.T) { // API-4
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d, c := dbtest.Open(t, cfg), cfg.Clock.(*clock.Fixed)
		one, two := counter(d), counter(d) // two nodes
		for range 3 {
			one.Count(usage.Caller{App: 1, Private: true})
			two.Count(usage.Caller{App: 1, Private: true})
			two.Count(usage.Caller{App: 2})
		}
		if len(stored(t, d)) != 0 || one.Private() != 3 {
			t.Errorf("before it is written: %v, %d", stored(t, d), one.Private())
		}
		for _, u := range []*usage.Counter{one, two, one} {
			if err := u.Flush(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if got := stored(t, d); got[1] != 6 || got[2] != 3 || len(got) != 2 {
			t.Errorf("written: %v", got)
		}
		if one.Private() != 6 || two.Private() != 6 {
			t.Errorf("the nodes know of %d and %d", one.Private(), two.Private())
		}
		c.Advance(15 * time.Hour) // past midnight
		if one.Private() != 0 {
			t.Errorf("a new day begins with %d", one.Private())
		}
		one.Count(usage.Caller{App: 1, Private: true})
		if err := one.Flush(ctx); err != nil || one.Private() != 1 {
			t.Errorf("%d, %v", one.Private(), err)
		}
		c.Advance(500 * 24 * time.Hour)
		if err := one.Flush(ctx); err != nil || len(stored(t, d)) != 0 {
			t.Errorf("old days stay: %v, %v", stored(t, d), err)
		}
	})
}

func TestNothingIsLostWhenTheDatabaseFails(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	u := counter(d)
	u.Count(usage.Caller{App: 1, Private: true})
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := u.Flush(gone); err == nil {
		t.Fatal("it was written")
	}
	u.Count(usage.Caller{App: 1, Private: true})
	if err := u.Flush(ctx); err != nil || stored(t, d)[1] != 2 {
		t.Errorf("written: %v, %v", stored(t, d), err)
	}
}

func TestManyAppsAtOnce(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		u := counter(d)
		var all sync.WaitGroup
		for g := range int64(4) {
			all.Go(func() {
				for i := range int64(250) {
					u.Count(usage.Caller{App: i + 1, Private: g%2 == 0})
				}
				if err := u.Flush(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if err := u.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		sum := int64(0)
		for _, n := range stored(t, d) {
			sum += n
		}
		if sum != 1000 {
			t.Errorf("written: %d calls, want 1000", sum)
		}
	})
}

// What is left when the program ends is written.
func TestTheLastCallsAreWritten(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	u := counter(d)
	u.Count(usage.Caller{App: 1})
	ends, stop := context.WithCancel(ctx)
	done := make(chan error)
	go func() { done <- u.Run(ends) }()
	stop()
	if err := <-done; err != nil || stored(t, d)[1] != 1 {
		t.Errorf("written: %v, %v", stored(t, d), err)
	}
	if !usage.Midnight(dbtest.Start).Equal(time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("the day ends at %v", usage.Midnight(dbtest.Start))
	}
}
