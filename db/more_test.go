package db_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

func TestSavepointTakesItsEventsNotesAndHooksWithIt(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		heard := make(chan string, 10)
		stop := d.Listen("word", func(p string, ok bool) {
			if ok {
				heard <- p
			}
		})
		defer stop()
		var hooks []string
		dbtest.Do(t, d, func(tx *db.Tx) error {
			say := func(word string) {
				tx.Notify("word", word)
				tx.AfterCommit(func() { hooks = append(hooks, word) })
			}
			say("before")
			outer := tx.Savepoint(func() error {
				say("outer")
				if err := tx.Savepoint(func() error { say("inner"); return errors.New("no") }); err == nil {
					t.Error("the inner savepoint must fail")
				}
				return nil
			})
			lost := tx.Savepoint(func() error {
				say("lost")
				return errors.Join(tx.Savepoint(func() error { say("lost too"); return nil }), errors.New("no"))
			})
			if outer != nil || lost == nil {
				t.Errorf("outer %v, lost %v", outer, lost)
			}
			return nil
		})
		if got := []string{<-heard, <-heard}; !slices.Equal(got, []string{"before", "outer"}) || !slices.Equal(got, hooks) {
			t.Errorf("heard %v, hooks %v", got, hooks)
		}
	})
}

func TestSavepointPutsValuesBack(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		type key int
		dbtest.Do(t, d, func(tx *db.Tx) error {
			no := errors.New("no")
			tx.Put(key(1), "before")
			lost := tx.Savepoint(func() error {
				tx.Put(key(1), "lost")
				tx.Put(key(2), "lost")
				kept := tx.Savepoint(func() error { tx.Put(key(1), "inside"); return nil })
				if tx.Get(key(1)) != "inside" {
					t.Error("what was put is gone already")
				}
				return errors.Join(kept, no)
			})
			if !errors.Is(lost, no) || tx.Get(key(1)) != "before" || tx.Get(key(2)) != nil {
				t.Errorf("after %v: %v, %v", lost, tx.Get(key(1)), tx.Get(key(2)))
			}
			err := tx.Savepoint(func() error {
				tx.Put(key(1), "after")
				inner := tx.Savepoint(func() error { tx.Put(key(1), "lost"); return no })
				if inner == nil {
					t.Error("the inner savepoint must fail")
				}
				return nil
			})
			if tx.Get(key(1)) != "after" {
				t.Errorf("kept %v", tx.Get(key(1)))
			}
			return err
		})
	})
}

func TestNothingIsSaidOfWhatIsRolledBack(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		heard := make(chan string, 10)
		defer d.Listen("word", func(p string, ok bool) {
			if ok {
				heard <- p
			}
		})()
		for i, fails := range []bool{true, false} {
			err := d.Write(context.Background(), func(tx *db.Tx) error {
				tx.Notify("word", fmt.Sprint(i))
				if fails {
					panic("in the middle")
				}
				return nil
			})
			if (err != nil) != fails {
				t.Errorf("write %d: %v", i, err)
			}
		}
		if got := <-heard; got != "1" {
			t.Errorf("heard %q first, of a transaction that never was", got)
		}
	})
}

func TestListenerThatFellBehindIsTold(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	began, goOn, lost := make(chan bool), make(chan bool), make(chan bool)
	var once sync.Once
	defer d.Listen("word", func(_ string, ok bool) {
		once.Do(func() { close(began); <-goOn })
		if !ok {
			close(lost)
		}
	})()
	dbtest.Do(t, d, func(tx *db.Tx) error { tx.Notify("word", "first"); return nil })
	<-began
	dbtest.Do(t, d, func(tx *db.Tx) error {
		for range 5000 {
			tx.Notify("word", "more than the queue holds")
		}
		return nil
	})
	close(goOn)
	<-lost
}

func TestClosedAndCancelled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d, err := db.Open(context.Background(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		cancelled, cancel := context.WithCancel(context.Background())
		cancel()
		ran := false
		touch := func(*db.Tx) error { ran = true; return nil }
		if err := d.Write(cancelled, touch); !errors.Is(err, context.Canceled) || ran {
			t.Errorf("a cancelled write: %v, ran %v", err, ran)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if d.Write(context.Background(), touch) == nil || ran {
			t.Error("a closed database must refuse writes")
		}
		d.Listen("word", func(string, bool) {})()
	})
}

func TestReadsCannotWrite(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		err := d.Read(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Exec("INSERT INTO notes (id, body) VALUES (1, 'x')")
			return err
		})
		if err == nil || count(t, d) != 0 {
			t.Errorf("a read wrote: %v", err)
		}
	})
}

func TestContainsTakesTextAsItIs(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		dbtest.Do(t, d, func(tx *db.Tx) error {
			for i, body := range []string{"100% Off", "1000 off", `a_b \ c`, "aXb"} {
				if _, err := tx.Exec("INSERT INTO notes (id, body) VALUES ($1, $2)", i, body); err != nil {
					return err
				}
			}
			return nil
		})
		for text, want := range map[string]string{"100% o": "[0]", "A_B": "[2]", `\ c`: "[2]", "off": "[0 1]", "%": "[0]"} {
			dbtest.See(t, d, func(tx *db.Tx) error {
				ids, err := db.List(tx, db.Col[int64], "SELECT id FROM notes WHERE "+tx.Contains("body", "$1")+" ORDER BY id", db.Like(text))
				if fmt.Sprint(ids) != want {
					t.Errorf("%q is in %v, want %s", text, ids, want)
				}
				return err
			})
		}
	})
}

func TestSQLNumbersItsPlaceholders(t *testing.T) {
	var inner, q db.SQL
	inner.Add("a = ? AND ", 1)
	db.In(&inner, "b", []string{"x", "y"})
	q.Add("SELECT 1 WHERE c = ? AND (", 0).Append(&inner).Add(") OR ")
	db.In(&q, "d", []int{})
	if want := "SELECT 1 WHERE c = $1 AND (a = $2 AND b IN ($3, $4)) OR FALSE"; q.Text() != want || fmt.Sprint(q.Args()) != "[0 1 x y]" || q.Empty() {
		t.Errorf("got %s with %v, want %s", q.Text(), q.Args(), want)
	}
}

func TestMigrateRefusesAnotherProgramsSchema(t *testing.T) { // REL-2
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d := dbtest.Open(t, cfg)
		for _, step := range [][2]string{
			{"INSERT INTO schema_sums (version, sum) VALUES (9999, 'x')", "newer program"},
			{"UPDATE schema_sums SET sum = 'x' WHERE version = 1", "was changed"},
		} {
			statement, says := step[0], step[1]
			dbtest.Do(t, d, func(tx *db.Tx) error { _, err := tx.Exec(statement); return err })
			if _, err := db.Migrate(context.Background(), cfg.URL); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("after %q: %v, want %q", statement, err, says)
			}
			dbtest.Do(t, d, func(tx *db.Tx) error { _, err := tx.Exec("DELETE FROM schema_sums WHERE version = 9999"); return err })
		}
	})
}

func TestConcurrentMigrationsWait(t *testing.T) { // SCALE-1
	file := filepath.Join(t.TempDir(), "desk.db")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := db.Migrate(context.Background(), file); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

// A transaction that PostgreSQL breaks off for a deadlock runs again, and its effect is there once.
func TestDeadlockIsTriedAgain(t *testing.T) {
	d := dbtest.Open(t, dbtest.Postgres(t))
	table(t, d)
	dbtest.Do(t, d, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO notes (id, body) VALUES (1, ''), (2, '')")
		return err
	})
	var met, all sync.WaitGroup
	met.Add(2)
	for _, order := range [][2]int{{1, 2}, {2, 1}} {
		var first sync.Once
		all.Go(func() {
			err := d.Write(context.Background(), func(tx *db.Tx) error {
				const add = "UPDATE notes SET body = body || 'x' WHERE id = $1"
				if _, err := tx.Exec(add, order[0]); err != nil {
					return err
				}
				first.Do(func() { met.Done(); met.Wait() })
				_, err := tx.Exec(add, order[1])
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	dbtest.See(t, d, func(tx *db.Tx) error {
		bodies, err := db.List(tx, db.Col[string], "SELECT body FROM notes ORDER BY id")
		if fmt.Sprint(bodies) != "[xx xx]" {
			t.Errorf("got %v", bodies)
		}
		return err
	})
}
