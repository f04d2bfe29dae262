package db_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
)

var bg = context.Background()

func insert(tx *db.Tx, id int64, body string) error {
	_, err := tx.Exec("INSERT INTO notes (id, body) VALUES ($1, $2)", id, body)
	return err
}

// together lets the writes wait behind one that holds the writer, so that they share a commit, and returns what each was told.
func together(t *testing.T, d *db.DB, writes ...func(tx *db.Tx) error) []error {
	t.Helper()
	began, goOn := make(chan bool), make(chan bool)
	var all sync.WaitGroup
	all.Go(func() {
		err := d.Write(bg, func(*db.Tx) error { close(began); <-goOn; return errors.New("only held the door") })
		if err == nil {
			t.Error("the write that holds the door must fail")
		}
	})
	<-began
	told := make([]error, len(writes))
	for i, w := range writes {
		all.Go(func() { told[i] = d.Write(bg, w) })
		for db.Queued(d) <= i {
			runtime.Gosched()
		}
	}
	close(goOn)
	all.Wait()
	return told
}

func ids(t *testing.T, d *db.DB) (found []int64) {
	t.Helper()
	dbtest.See(t, d, func(tx *db.Tx) (err error) {
		found, err = db.List(tx, db.Col[int64], "SELECT id FROM notes ORDER BY id")
		return err
	})
	return found
}

func TestClosedDatabaseAnswersReadsAndWrites(t *testing.T) { // REL-1
	d, err := db.Open(bg, dbtest.SQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Close(), d.Close()); err != nil {
		t.Fatalf("closing twice: %v", err)
	}
	never := func(*db.Tx) error { t.Error("ran on a closed database"); return nil }
	for what, err := range map[string]error{"read": d.Read(bg, never), "write": d.Write(bg, never)} {
		if err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("%s: %v, want that it is closed", what, err)
		}
	}
}

// Readers that wait for a connection when the database closes are told so; the one that reads finishes first.
func TestCloseDoesNotLeaveReadersWaiting(t *testing.T) { // REL-1
	cfg := dbtest.SQLite(t)
	cfg.Readers = 1
	d, err := db.Open(bg, cfg)
	if err != nil {
		t.Fatal(err)
	}
	began, goOn := make(chan bool), make(chan bool)
	var all sync.WaitGroup
	all.Go(func() {
		err := d.Read(bg, func(tx *db.Tx) error {
			close(began)
			<-goOn
			_, err := db.Value[int64](tx, "SELECT count(*) FROM users")
			return err
		})
		if err != nil {
			t.Errorf("the reader that was first: %v", err)
		}
	})
	<-began
	late := make(chan error, 3)
	for range cap(late) {
		all.Go(func() { late <- d.Read(bg, func(*db.Tx) error { return nil }) })
	}
	all.Go(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	for range cap(late) {
		if err := <-late; err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("a reader that waited: %v", err)
		}
	}
	close(goOn)
	all.Wait()
}

// The only reader connection must serve on after a reader that panicked or whose caller gave up.
func TestReaderConnectionOutlivesItsReader(t *testing.T) { // REL-1
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		cfg.Readers = 2 // on PostgreSQL one of them listens
		d := dbtest.Open(t, cfg)
		for range 3 {
			err := d.Read(bg, func(tx *db.Tx) error {
				if _, err := db.Value[int64](tx, "SELECT count(*) FROM users"); err != nil {
					return err
				}
				panic("in a read")
			})
			if !errs.Is(err, errs.Internal) {
				t.Errorf("a panic in a read: %v", err)
			}
			ctx, cancel := context.WithCancel(bg)
			err = d.Read(ctx, func(tx *db.Tx) error {
				cancel()
				_, err := db.Value[int64](tx, "SELECT count(*) FROM users")
				return err
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("a reader that gave up: %v", err)
			}
		}
		dbtest.See(t, d, func(tx *db.Tx) error { _, err := db.Value[int64](tx, "SELECT count(*) FROM users"); return err })
	})
}

func TestWriteThatGaveUpInTheQueueDoesNotRun(t *testing.T) { // REL-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	table(t, d)
	ctx, cancel := context.WithCancel(bg)
	var gaveUp error
	var waits sync.WaitGroup
	began, goOn := make(chan bool), make(chan bool)
	waits.Go(func() {
		if err := d.Write(bg, func(tx *db.Tx) error { close(began); <-goOn; return insert(tx, 1, "first") }); err != nil {
			t.Error(err)
		}
	})
	<-began
	waits.Go(func() { gaveUp = d.Write(ctx, func(tx *db.Tx) error { return insert(tx, 2, "nobody waits") }) })
	for db.Queued(d) == 0 {
		runtime.Gosched()
	}
	cancel()
	close(goOn)
	waits.Wait()
	if !errors.Is(gaveUp, context.Canceled) || fmt.Sprint(ids(t, d)) != "[1]" {
		t.Errorf("told %v, found %v", gaveUp, ids(t, d))
	}
}

// Once its statements run, a write is not broken off half way: on SQLite that would undo its neighbours.
func TestWriteThatIsCancelledWhileItRunsIsWhole(t *testing.T) { // REL-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	table(t, d)
	ctx, cancel := context.WithCancel(bg)
	err := d.Write(ctx, func(tx *db.Tx) error {
		cancel()
		return errors.Join(insert(tx, 1, "a"), insert(tx, 2, "b"))
	})
	if err != nil || fmt.Sprint(ids(t, d)) != "[1 2]" {
		t.Errorf("told %v, found %v", err, ids(t, d))
	}
}

func TestNeighboursInACommitFailAlone(t *testing.T) { // REL-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	table(t, d)
	told := together(t, d,
		func(tx *db.Tx) error { return insert(tx, 1, "good") },
		func(tx *db.Tx) error { return errors.Join(insert(tx, 2, "undone"), errors.New("no")) },
		func(tx *db.Tx) error { return insert(tx, 1, "taken") },
		func(tx *db.Tx) error { return errors.Join(insert(tx, 3, "undone"), func() error { panic("no") }()) },
		func(tx *db.Tx) error {
			// It sees what its neighbour wrote a moment ago in the same commit.
			n, err := db.Value[int64](tx, "SELECT count(*) FROM notes")
			return errors.Join(err, insert(tx, 10+n, "good"))
		},
	)
	if got := fmt.Sprint(told[0] == nil, told[1] != nil, db.IsUnique(told[2]), errs.Is(told[3], errs.Internal), told[4] == nil); got != "true true true true true" {
		t.Errorf("told %v", told)
	}
	if got := fmt.Sprint(ids(t, d)); got != "[1 11]" {
		t.Errorf("found %s", got)
	}
}

// Who shared a commit is likely to write again, so the next one waits for as many, but never for more than that.
func TestCommitWaitsForThoseWhoComeBack(t *testing.T) { // PERF-3
	var commits atomic.Int64
	cfg := dbtest.SQLite(t)
	cfg.Trace = func(statements ...string) {
		if statements[0] == "COMMIT" {
			commits.Add(1)
		}
	}
	d := dbtest.Open(t, cfg)
	table(t, d)
	db.WaitLong(d)
	write := func(id int64) func(tx *db.Tx) error {
		return func(tx *db.Tx) error { return insert(tx, id, "a") }
	}
	together(t, d, write(1), write(2), write(3))
	commits.Store(0)
	runs := make(chan bool, 3)
	var waits sync.WaitGroup
	for id := int64(4); id <= 6; id++ {
		waits.Go(func() {
			if err := d.Write(bg, func(tx *db.Tx) error { runs <- true; return insert(tx, id, "a") }); err != nil {
				t.Error(err)
			}
		})
		<-runs // it runs, and its commit waits for the others
	}
	waits.Wait()
	if n := commits.Load(); n != 1 {
		t.Errorf("%d commits, want one for all three", n)
	}
}

// When the commit itself fails, everybody in it is told, nothing of it stays, nothing is announced, and the next write works.
func TestFailedCommitIsToldToAllInIt(t *testing.T) { // REL-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	table(t, d)
	dbtest.Do(t, d, func(tx *db.Tx) error {
		_, err := tx.Exec("CREATE TABLE replies (id BIGINT PRIMARY KEY, note BIGINT REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED)")
		return err
	})
	load := func(tx *db.Tx) (int64, error) { return db.Value[int64](tx, "SELECT count(*) FROM notes") }
	cache := db.NewCache(d, "notes", load)
	lost := make(chan bool, 10)
	defer d.Listen("word", func(_ string, ok bool) {
		if ok {
			t.Error("heard a word of what was never committed")
		}
		lost <- true
	})()
	told := together(t, d,
		func(tx *db.Tx) error {
			cache.Invalidate(tx)
			tx.Notify("word", "written")
			tx.AfterCommit(func() { t.Error("ran after a commit that failed") })
			return insert(tx, 1, "good")
		},
		func(tx *db.Tx) error { _, err := cache.Get(tx); return err },
		func(tx *db.Tx) error { _, err := tx.Exec("INSERT INTO replies (id, note) VALUES (1, 99)"); return err },
	)
	for i, err := range told {
		if err == nil {
			t.Errorf("write %d was told that it is durable", i)
		}
	}
	if len(ids(t, d)) != 0 {
		t.Errorf("found %v of a commit that failed", ids(t, d))
	}
	<-lost // who derives from notes reads again: it may hold what was never there
	dbtest.Do(t, d, func(tx *db.Tx) error { return insert(tx, 2, "afterwards") })
	if fmt.Sprint(ids(t, d)) != "[2]" {
		t.Errorf("afterwards: %v", ids(t, d))
	}
}

// SQLite answers a full disk by rolling back everything, neighbours included. Nobody may be told yes, nothing may slip
// in behind, and with room again writing goes on.
func TestFullDiskIsToldToAllAndGoesBy(t *testing.T) { // REL-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	table(t, d)
	limit := func(pages string) {
		dbtest.Do(t, d, func(tx *db.Tx) error {
			_, err := db.Value[int64](tx, "PRAGMA max_page_count = "+pages)
			return err
		})
	}
	limit("1") // SQLite takes the pages there are: none is left to add
	large := strings.Repeat("x", 200_000)
	told := together(t, d,
		func(tx *db.Tx) error { return insert(tx, 1, "small") },
		func(tx *db.Tx) error { return insert(tx, 2, large) },
		func(tx *db.Tx) error { return insert(tx, 3, "small, behind") },
	)
	if told[1] == nil || !strings.Contains(told[1].Error(), "full") {
		t.Errorf("the large write was told %v", told[1])
	}
	there := map[int64]bool{}
	for _, id := range ids(t, d) {
		there[id] = true
	}
	for i, err := range told {
		if (err == nil) != there[int64(i+1)] {
			t.Errorf("write %d was told %v, and it is there: %v", i+1, err, there[int64(i+1)])
		}
	}
	limit("1000000")
	dbtest.Do(t, d, func(tx *db.Tx) error { return insert(tx, 4, large) })
}

func TestStatementsAreKeptWithinBounds(t *testing.T) { // SEC-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	table(t, d)
	dbtest.Do(t, d, func(tx *db.Tx) error {
		for i := range 3 * db.StatementsMost {
			// Texts that never repeat, as filters of users make them.
			if n, err := db.Value[int64](tx, fmt.Sprintf("SELECT %d + $1", i), 1); err != nil || n != int64(i+1) {
				return fmt.Errorf("statement %d gave %d: %w", i, n, err)
			}
		}
		return nil
	})
	if kept := db.StatementsKept(d); kept > db.StatementsMost || kept < db.StatementsMost/2 {
		t.Errorf("%d statements kept, at most %d", kept, db.StatementsMost)
	}
}

// A statement whose rows are still read runs again beside itself, many deep, and all come out whole; with more of them open than
// are kept, none is closed under its reader.
func TestStatementRunsBesideItself(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	table(t, d)
	dbtest.Do(t, d, func(tx *db.Tx) error { return errors.Join(insert(tx, 1, "a"), insert(tx, 2, "b"), insert(tx, 3, "c")) })
	const text = "SELECT id FROM notes ORDER BY id"
	var walk func(tx *db.Tx, depth int) (int, error)
	walk = func(tx *db.Tx, depth int) (int, error) {
		rows, err := tx.Query(text)
		if err != nil {
			return 0, err
		}
		defer rows.Close()
		n := 0
		for rows.Next() {
			n++
			if depth > 0 {
				inner, err := walk(tx, depth-1)
				if err != nil {
					return 0, err
				}
				n += inner
			}
		}
		return n, rows.Err()
	}
	dbtest.Do(t, d, func(tx *db.Tx) error {
		n, err := walk(tx, 3)
		if n != 3+9+27+81 {
			t.Errorf("walked over %d rows, want 120", n)
		}
		return err
	})
	dbtest.Do(t, d, func(tx *db.Tx) error {
		var open []db.Rows
		for i := range db.StatementsMost + 50 {
			rows, err := tx.Query(fmt.Sprintf("SELECT id, %d FROM notes ORDER BY id", i))
			if err != nil {
				return err
			}
			open = append(open, rows)
		}
		for i, rows := range open {
			n := 0
			for rows.Next() {
				n++
			}
			if rows.Close(); n != 3 || rows.Err() != nil {
				t.Errorf("statement %d read %d rows, %v", i, n, rows.Err())
			}
		}
		return nil
	})
}
