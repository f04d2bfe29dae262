package db_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

var insertNotes = db.NewInsert("INSERT INTO notes (id, body)", "")

// note stores a note that nobody waits for.
func note(tx *db.Tx, id int64, body string) error {
	return tx.Later("INSERT INTO notes (id, body) VALUES ($1, $2)", id, body)
}

// notes are the bodies of all notes, in the order of their ids.
func notes(tx *db.Tx) (string, error) {
	all, err := db.List(tx, db.Col[string], "SELECT body FROM notes ORDER BY id")
	return strings.Join(all, " "), err
}

// eachPace runs a story twice on each database: on a fresh connection PostgreSQL gets one statement a trip, later many.
func eachPace(t *testing.T, story func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		cfg.Readers = 2 // one of them hears of other nodes
		d := dbtest.Open(t, cfg)
		table(t, d)
		for _, pace := range []string{"fresh", "again"} {
			t.Run(pace, func(t *testing.T) { story(t, d) })
			dbtest.Do(t, d, func(tx *db.Tx) error { _, err := tx.Exec("DELETE FROM notes"); return err })
		}
	})
}

func TestLaterComesBeforeTheNext(t *testing.T) {
	eachPace(t, func(t *testing.T, d *db.DB) {
		dbtest.Do(t, d, func(tx *db.Tx) error {
			if err := errors.Join(note(tx, 1, "a"), note(tx, 2, "b")); err != nil {
				return err
			}
			if got, err := notes(tx); got != "a b" || err != nil {
				t.Errorf("read %q: %v", got, err)
			}
			if err := tx.Later("UPDATE notes SET body = body || 'x' WHERE id = $1", 1); err != nil {
				return err
			}
			if n, err := tx.Exec("DELETE FROM notes WHERE body = $1", "ax"); n != 1 || err != nil {
				t.Errorf("%d changed notes: %v", n, err)
			}
			return note(tx, 3, "c")
		})
		dbtest.See(t, d, func(tx *db.Tx) error {
			got, err := notes(tx)
			if got != "b c" {
				t.Errorf("committed %q", got)
			}
			return err
		})
	})
}

// However many there are, and whatever is refused among them, a transaction is whole or absent (REL-1).
func TestRefusedLaterLeavesNothing(t *testing.T) {
	eachPace(t, func(t *testing.T, d *db.DB) {
		for name, rest := range map[string]func(tx *db.Tx) error{
			"at the commit":     func(*db.Tx) error { return nil },
			"at a read":         func(tx *db.Tx) error { _, err := notes(tx); return err },
			"at a write":        func(tx *db.Tx) error { _, err := tx.Exec("UPDATE notes SET body = $1", "z"); return err },
			"behind many more":  func(tx *db.Tx) error { return manyNotes(tx, 10, 200) },
			"in no savepoint":   func(tx *db.Tx) error { return tx.Savepoint(func() error { return nil }) },
			"in a savepoint":    func(tx *db.Tx) error { return tx.Savepoint(func() error { return note(tx, 5, "e") }) },
			"with a row behind": func(tx *db.Tx) error { tx.StoreLast(insertNotes, 6, "f"); return nil },
		} {
			err := d.Write(bg, func(tx *db.Tx) error {
				if err := errors.Join(note(tx, 1, "a"), note(tx, 2, "b"), note(tx, 1, "twice")); err != nil {
					return err
				}
				return rest(tx)
			})
			if !db.IsUnique(err) || count(t, d) != 0 {
				t.Errorf("%s: %d notes after %v", name, count(t, d), err)
			}
		}
	})
}

func manyNotes(tx *db.Tx, from, n int64) error {
	for id := from; id < from+n; id++ {
		if err := note(tx, id, "n"); err != nil {
			return err
		}
	}
	return nil
}

// A refusal on PostgreSQL ends the transaction, even when whoever heard of it says nothing.
func TestRefusedLaterIsNotForgotten(t *testing.T) {
	cfg := dbtest.Postgres(t)
	cfg.Readers = 2
	d := dbtest.Open(t, cfg)
	table(t, d)
	for range 2 {
		err := d.Write(bg, func(tx *db.Tx) error {
			_ = errors.Join(note(tx, 1, "a"), note(tx, 1, "twice"))
			lost := tx.Savepoint(func() error { _, err := notes(tx); return err })
			_, next := tx.Exec("UPDATE notes SET body = $1", "z")
			if !db.IsUnique(lost) || !db.IsUnique(next) || !db.IsUnique(note(tx, 2, "b")) {
				t.Errorf("in the savepoint %v, after it %v", lost, next)
			}
			return nil
		})
		if !db.IsUnique(err) || count(t, d) != 0 {
			t.Errorf("%d notes after %v", count(t, d), err)
		}
	}
}

// What is refused in a savepoint undoes that savepoint, whether anybody waited for it or not, and nothing around it.
func TestRefusedLaterUndoesItsSavepoint(t *testing.T) {
	eachPace(t, func(t *testing.T, d *db.DB) {
		for name, rest := range map[string]func(tx *db.Tx) error{
			"at its end":  func(*db.Tx) error { return nil },
			"at a read":   func(tx *db.Tx) error { _, err := notes(tx); return err },
			"unheard":     func(tx *db.Tx) error { _, _ = notes(tx); return nil },
			"from inside": func(tx *db.Tx) error { return tx.Savepoint(func() error { _, err := notes(tx); return err }) },
			"at the end inside": func(tx *db.Tx) error {
				return tx.Savepoint(func() error { return note(tx, 8, "h") })
			},
		} {
			dbtest.Do(t, d, func(tx *db.Tx) error {
				if err := note(tx, 1, "before"); err != nil {
					return err
				}
				err := tx.Savepoint(func() error {
					if err := errors.Join(note(tx, 2, "b"), note(tx, 2, "twice")); err != nil {
						return err
					}
					return rest(tx)
				})
				if !db.IsUnique(err) && (d.Postgres() || name != "unheard") {
					t.Errorf("%s: %v", name, err)
				}
				if got, err := notes(tx); got != "before" || err != nil {
					t.Errorf("%s: left %q: %v", name, got, err)
				}
				return note(tx, 3, "after")
			})
			dbtest.Do(t, d, func(tx *db.Tx) error {
				got, err := notes(tx)
				if got != "before after" {
					t.Errorf("%s: committed %q", name, got)
				}
				return errors.Join(err, tx.Later("DELETE FROM notes"))
			})
		}
	})
}

func TestSavepointThatFailsTakesWhatItPutOff(t *testing.T) {
	eachPace(t, func(t *testing.T, d *db.DB) {
		no := errors.New("no")
		dbtest.Do(t, d, func(tx *db.Tx) error {
			if err := note(tx, 1, "a"); err != nil {
				return err
			}
			err := tx.Savepoint(func() error {
				inner := tx.Savepoint(func() error { return errors.Join(note(tx, 2, "b"), no) })
				kept := tx.Savepoint(func() error { return note(tx, 3, "c") })
				return errors.Join(inner, kept, note(tx, 4, "d"))
			})
			if !errors.Is(err, no) || db.IsUnique(err) {
				t.Errorf("failed with %v", err)
			}
			return tx.Savepoint(func() error {
				inner := tx.Savepoint(func() error { return errors.Join(note(tx, 5, "e"), no) })
				if inner == nil {
					t.Error("the inner savepoint must fail")
				}
				return note(tx, 6, "f")
			})
		})
		dbtest.See(t, d, func(tx *db.Tx) error {
			got, err := notes(tx)
			if got != "a f" {
				t.Errorf("committed %q", got)
			}
			return err
		})
	})
}

// A conflict with another transaction shows wherever a statement put off runs; the transaction begins again all the same.
func TestConflictOfLaterIsTriedAgain(t *testing.T) { // SCALE-1
	cfg := dbtest.Postgres(t)
	d := dbtest.Open(t, cfg)
	table(t, d)
	dbtest.Do(t, d, func(tx *db.Tx) error {
		_, err := tx.Exec(`CREATE SEQUENCE tries`)
		return errors.Join(err, tx.Later(`CREATE FUNCTION at_third() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
IF nextval('tries') % 3 <> 0 THEN RAISE EXCEPTION 'not now' USING ERRCODE = 'serialization_failure'; END IF; END $$`))
	})
	for i, rest := range []func(tx *db.Tx) error{
		func(*db.Tx) error { return nil },
		func(tx *db.Tx) error { _, err := notes(tx); return err },
		func(tx *db.Tx) error { return tx.Savepoint(func() error { _, err := notes(tx); return err }) },
	} {
		dbtest.Do(t, d, func(tx *db.Tx) error {
			if err := errors.Join(note(tx, int64(i), "a"), tx.Later("SELECT at_third()")); err != nil {
				return err
			}
			return rest(tx)
		})
	}
	if n := count(t, d); n != 3 {
		t.Errorf("%d of 3 notes", n)
	}
}

// trips notes every trip to the database.
type trips struct {
	mu  sync.Mutex
	all []string
}

func (l *trips) add(statements ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, s := range statements {
		words := strings.Fields(s)
		statements[i] = words[0]
	}
	l.all = append(l.all, strings.Join(statements, "+"))
}

func (l *trips) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all
	l.all = nil
	return strings.Join(all, " ")
}

func TestTripsToPostgres(t *testing.T) { // PERF-3
	var log trips
	cfg := dbtest.Postgres(t)
	cfg.Readers, cfg.Trace = 2, log.add
	d := dbtest.Open(t, cfg)
	table(t, d)
	story := func(tx *db.Tx) error {
		if err := errors.Join(note(tx, 1, "a"), note(tx, 2, "b")); err != nil {
			return err
		}
		if _, err := notes(tx); err != nil {
			return err
		}
		if err := tx.Savepoint(func() error { _, err := notes(tx); return err }); err != nil {
			return err
		}
		return tx.Later("DELETE FROM notes")
	}
	read := func(tx *db.Tx) error { _, err := notes(tx); return err }
	for _, tt := range []struct {
		name, want string
		run        func() error
	}{
		{"learn to write", "", func() error { return d.Write(bg, story) }},
		{"learn to read", "", func() error { return d.Read(bg, read) }},
		{"write", "BEGIN+INSERT+INSERT+SELECT SAVEPOINT+SELECT RELEASE+DELETE+COMMIT", func() error { return d.Write(bg, story) }},
		{"read", "BEGIN+SELECT ROLLBACK", func() error { return d.Read(bg, read) }},
		{"a write of nothing", "", func() error { return d.Write(bg, func(*db.Tx) error { return nil }) }},
		{"a read of nothing", "", func() error { return d.Read(bg, func(*db.Tx) error { return nil }) }},
		{"a write called off", "", func() error {
			return d.Write(bg, func(tx *db.Tx) error { return errors.Join(note(tx, 1, "a"), errors.New("no")) })
		}},
		{"a savepoint called off", "BEGIN+INSERT+COMMIT", func() error {
			return d.Write(bg, func(tx *db.Tx) error {
				_ = tx.Savepoint(func() error { return errors.Join(note(tx, 1, "a"), errors.New("no")) })
				return note(tx, 9, "i")
			})
		}},
	} {
		log.take()
		err := tt.run()
		if got := log.take(); got != tt.want && !strings.HasPrefix(tt.name, "learn") || (err != nil) != (tt.name == "a write called off") {
			t.Errorf("%s: trips %s, want %s: %v", tt.name, got, tt.want, err)
		}
	}
}

func TestRowsStoredLast(t *testing.T) {
	eachPace(t, func(t *testing.T, d *db.DB) {
		other := db.NewInsert("INSERT INTO notes (body, id)", "")
		dbtest.Do(t, d, func(tx *db.Tx) error {
			for i := range int64(70) {
				tx.StoreLast(insertNotes, i, fmt.Sprint(i))
				if i%10 == 0 {
					tx.StoreLast(other, "other", 100+i)
				}
			}
			err := tx.Savepoint(func() error {
				tx.StoreLast(insertNotes, 1, "twice")
				return errors.New("no")
			})
			if err == nil {
				t.Error("the savepoint must fail")
			}
			got, err := notes(tx)
			if got != "" {
				t.Errorf("stored already: %s", got)
			}
			return err
		})
		dbtest.See(t, d, func(tx *db.Tx) error {
			all, err := notes(tx)
			got := strings.Fields(all)
			if len(got) != 77 || got[0] != "0" || got[69] != "69" || !slices.Equal(got[70:], slices.Repeat([]string{"other"}, 7)) {
				t.Errorf("stored %s", all)
			}
			return err
		})
	})
}

func TestCountsAreAddedLast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		var log trips
		cfg.Trace = log.add
		d := dbtest.Open(t, cfg)
		dbtest.Do(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec("CREATE TABLE tally (a TEXT, b BIGINT, n BIGINT NOT NULL, PRIMARY KEY (a, b))")
			return err
		})
		adds := db.NewInsert("INSERT INTO tally (a, b, n)", "ON CONFLICT (a, b) DO UPDATE SET n = tally.n + excluded.n")
		for range 2 {
			dbtest.Do(t, d, func(tx *db.Tx) error {
				log.take()
				for range 100 {
					tx.CountLast(adds, 1, "x", 1)
					tx.CountLast(adds, -1, "x", 2)
					tx.CountLast(adds, 1, "x", 3)
					tx.CountLast(adds, -1, "x", 3)
				}
				_ = tx.Savepoint(func() error { tx.CountLast(adds, 1000, "x", 1); return errors.New("no") })
				return nil
			})
			if got := log.take(); strings.Count(got, "INSERT") != 1 {
				t.Errorf("counted by %s", got)
			}
		}
		dbtest.See(t, d, func(tx *db.Tx) error {
			got, err := db.List(tx, db.Col[string], "SELECT a || b || ':' || n FROM tally ORDER BY b")
			if strings.Join(got, " ") != "x1:200 x2:-200" {
				t.Errorf("counted %s", got)
			}
			return err
		})
	})
}
