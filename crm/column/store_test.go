package column_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/deskbell/deskbell/crm/column"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// many makes rows by SQL alone: ids 10, 20 …, each with its own subject and contact.
func many(t testing.TB, d *db.DB, rows int) {
	t.Helper()
	dbtest.Do(t, d, func(tx *db.Tx) error {
		props := tx.MergeJSON("'{}'", `'{"weight": "' || i || '", "due": "2026-01-01"}'`)
		_, err := tx.Exec(`INSERT INTO tickets (id, open, spam, active_at, updated_at, owner_id, contact_id, created_at, stage_id, subject, props)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
SELECT i * 10, i % 5 = 0, FALSE, 0, 0, i % 300 + 1, i, i * 1000, CAST(i % 4 AS TEXT), 'Order ' || i, `+props+` FROM n`, rows)
		return err
	})
}

// count asks how many records a condition holds for; false when the columns do not answer.
func count(t testing.TB, d *db.DB, s *column.Store, spec column.Spec, make func(c *column.Column) column.Predicate) (n int64, ok bool) {
	t.Helper()
	dbtest.See(t, d, func(tx *db.Tx) (err error) {
		ok, err = s.View(tx, source, []column.Spec{spec}, func(v *column.View) error {
			_, n = v.Scan(column.Scan{Always: []column.Predicate{make(v.Column(spec))}, Order: v.By(v.ID(), false, nil), Count: true})
			return nil
		})
		return err
	})
	return n, ok
}

func there(c *column.Column) column.Predicate { return c.Present(false) }

// impatient is a context that ends after it was asked a few times.
type impatient struct {
	context.Context
	left int
}

func (c *impatient) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestLoadGoesOnWhereAnotherGaveUp(t *testing.T) { // PERF-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	many(t, d, 50_000)
	s := column.NewStore(d, column.BytesUsual)
	last := int64(0)
	for try := 0; ; try++ {
		ctx := &impatient{context.Background(), 2}
		err := d.Read(ctx, func(tx *db.Tx) error {
			_, err := s.View(tx, source, []column.Spec{subject}, func(*column.View) error { return nil })
			return err
		})
		if err == nil {
			break
		}
		if next := s.Interrupted("tickets"); next < last || try > 20 {
			t.Fatalf("try %d came to id %d, the one before to %d: %v", try, next, last, err)
		} else {
			last = next
		}
		// What happens between two tries is not lost.
		id := int64(50 + try*10)
		dbtest.Do(t, d, func(tx *db.Tx) error {
			s.Changed(tx, "tickets", id)
			_, err := tx.Exec("UPDATE tickets SET subject = NULL WHERE id = $1", id)
			return err
		})
	}
	if last == 0 {
		t.Fatal("nobody gave up: the test says nothing")
	}
	none := int64(0)
	dbtest.See(t, d, func(tx *db.Tx) (err error) {
		none, err = db.Value[int64](tx, "SELECT count(*) FROM tickets WHERE subject IS NULL")
		return err
	})
	if n, ok := count(t, d, s, subject, there); !ok || n != 50_000-none || none == 0 {
		t.Errorf("%d have a subject, in columns %v, want %d", n, ok, 50_000-none)
	}
	if n, ok := count(t, d, s, subject, func(c *column.Column) column.Predicate {
		return c.Matching(func(v string) bool { return v == "Order 777" }, []string{"order 777"})
	}); !ok || n != 1 {
		t.Errorf("%d are called Order 777", n)
	}
}

func TestColumnsKeepToTheirMemory(t *testing.T) { // PERF-5
	d := dbtest.Open(t, dbtest.SQLite(t))
	many(t, d, 9000)
	free := column.NewStore(d, column.BytesUsual)
	size := func(spec column.Spec) int64 {
		before := free.Bytes()
		if _, ok := count(t, d, free, spec, there); !ok {
			t.Fatalf("%s is not loaded", spec.Name)
		}
		return free.Bytes() - before
	}
	small, one, other, large := size(owner), size(weight), size(due), size(subject)
	if large < 2*one {
		t.Fatalf("subjects take %d bytes, weights %d", large, one)
	}
	s := column.NewStore(d, small+max(one, other)+large/4)
	for _, c := range []struct {
		spec   column.Spec
		fits   bool
		loaded int
	}{{owner, true, 4}, {weight, true, 5}, {due, true, 5}, {subject, false, 5}, {open, true, 5}, {weight, true, 5}, {subject, false, 5}, {due, true, 5}} {
		n, ok := count(t, d, s, c.spec, there)
		if ok != c.fits || ok && n != 9000 || s.Loaded("tickets") != c.loaded {
			t.Errorf("%s: in memory %v with %d values, %d columns are loaded", c.spec.Name, ok, n, s.Loaded("tickets"))
		}
	}
	if tiny := column.NewStore(d, small/2); true {
		for range 2 {
			if _, ok := count(t, d, tiny, owner, there); ok || tiny.Bytes() != 0 {
				t.Errorf("columns took %d bytes of %d", tiny.Bytes(), small/2)
			}
		}
	}
}

func TestValueThatCannotBeComparedExactlyIsLeftToTheDatabase(t *testing.T) { // PROP-6
	d := dbtest.Open(t, dbtest.SQLite(t))
	many(t, d, 100)
	s := column.NewStore(d, column.BytesUsual)
	dbtest.Do(t, d, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE tickets SET props = '{"weight": "5.0", "due": "soon"}' WHERE id = 50`)
		return err
	})
	for spec, want := range map[column.Spec]bool{weight: false, due: false, stage: true} {
		if _, ok := count(t, d, s, spec, there); ok != want {
			t.Errorf("%s answers %v", spec.Name, ok)
		}
	}
}

func TestManyChangesAreReadBeforeSomebodyAsks(t *testing.T) { // PERF-1
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		many(t, d, 2000)
		s := column.NewStore(d, column.BytesUsual)
		count(t, d, s, stage, there)
		for i := range 20 {
			dbtest.Do(t, d, func(tx *db.Tx) error {
				for k := range 100 {
					s.Changed(tx, "tickets", int64(i*100+k+1)*10)
				}
				_, err := tx.Exec("UPDATE tickets SET stage_id = NULL WHERE id > $1 AND id <= $2", i*1000, (i+1)*1000)
				return err
			})
		}
		for end := time.Now().Add(20 * time.Second); s.Behind("tickets") >= 600; runtime.Gosched() {
			if time.Now().After(end) {
				t.Fatalf("%d changes wait for somebody to ask", s.Behind("tickets"))
			}
		}
		if n, ok := count(t, d, s, stage, there); !ok || n != 0 {
			t.Errorf("%d have a stage, in columns %v", n, ok)
		}
	})
}

func TestChangesWithoutEndAreReadAnew(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	many(t, d, 1000)
	s := column.NewStore(d, column.BytesUsual)
	count(t, d, s, stage, there)
	var old context.Context
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		old = tx.Context()
		for range 3 {
			dbtest.Do(t, d, func(tx *db.Tx) error {
				for id := range 12_000 {
					s.Changed(tx, "tickets", int64(id))
				}
				_, err := tx.Exec("UPDATE tickets SET stage_id = NULL WHERE id <= 500")
				return err
			})
		}
		// Columns as old as the transaction answer, unless they went on or were dropped already, beside it.
		ok, err := s.View(tx, source, []column.Spec{stage}, func(*column.View) error { return nil })
		if err != nil || !ok && s.Loaded("tickets") > 0 && s.Behind("tickets") > 0 {
			t.Errorf("columns that are as old as the transaction do not answer: %v, %v", ok, err)
		}
		return nil
	})
	if err != nil || old == nil {
		t.Fatal(err)
	}
	n, ok := count(t, d, s, stage, there)
	if !ok { // its changes are forgotten: the columns are dropped, and loaded by the next
		n, ok = count(t, d, s, stage, there)
	}
	if !ok || n != 950 {
		t.Errorf("%d have a stage, in columns %v", n, ok)
	}
}

func TestWriterAsksTheDatabase(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	s := column.NewStore(d, column.BytesUsual)
	dbtest.Do(t, d, func(tx *db.Tx) error {
		ok, err := s.View(tx, source, nil, func(*column.View) error { return nil })
		if ok {
			t.Error("columns answered a transaction whose changes they cannot know")
		}
		return err
	})
}

func TestTally(t *testing.T) { // VIEW-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	many(t, d, 9000)
	s := column.NewStore(d, column.BytesUsual)
	dbtest.Do(t, d, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE tickets SET archived_at = 1 WHERE id % 100 = 0")
		return err
	})
	ids := []int64{5, 10, 100, 30_010, 30_020, 60_000, 89_990, 1 << 40}
	dbtest.See(t, d, func(tx *db.Tx) error {
		_, err := s.View(tx, source, []column.Spec{owner, contact}, func(v *column.View) error {
			if n := v.Tally(ids); n != 4 {
				t.Errorf("%d of %v are living", n, ids)
			}
			odd := column.Pairs(v.Column(owner), v.Column(contact), func(_, contact int64) bool { return contact%2 == 1 })
			if n := v.Tally(ids, odd); n != 3 {
				t.Errorf("%d of %v are living and odd", n, ids)
			}
			return nil
		})
		return err
	})
}

func TestSetsAgreeWithTheirTable(t *testing.T) { // VIEW-1, SCALE-1
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d := dbtest.Open(t, cfg)
		dbtest.Do(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec("CREATE TABLE members (owner BIGINT, kind TEXT, id BIGINT, PRIMARY KEY (owner, kind, id))")
			return err
		})
		all := func(tx *db.Tx, k column.SetKey) ([]int64, error) {
			return db.List(tx, db.Col[int64], "SELECT id FROM members WHERE owner = $1 AND kind = $2", k.Owner, k.Kind)
		}
		among := func(tx *db.Tx, k column.SetKey, ids []int64) ([]int64, error) {
			in, err := all(tx, k)
			return slices.DeleteFunc(in, func(id int64) bool { return !slices.Contains(ids, id) }), err
		}
		s := column.NewSets(d, "members", column.Members{All: all, Among: among})
		for i := range 300 {
			k := column.SetKey{Owner: int64(i % 3), Kind: fmt.Sprint("kind", i%2)}
			dbtest.Do(t, d, func(tx *db.Tx) error {
				id := int64(i * 7919 % 31)
				s.Changed(tx, k, id)
				n, err := tx.Exec("DELETE FROM members WHERE owner = $1 AND kind = $2 AND id = $3", k.Owner, k.Kind, id)
				if n == 0 && err == nil {
					_, err = tx.Exec("INSERT INTO members (owner, kind, id) VALUES ($1, $2, $3)", k.Owner, k.Kind, id)
				}
				if _, ok, _ := s.Get(tx, k); ok {
					t.Error("a set answered a transaction whose changes it cannot know")
				}
				return err
			})
			if i%5 != 0 {
				continue
			}
			dbtest.See(t, d, func(tx *db.Tx) error {
				want, err := all(tx, k)
				slices.Sort(want)
				got, ok, getErr := s.Get(tx, k)
				if !ok || getErr != nil || !slices.Equal(got, want) {
					t.Errorf("%+v holds %v (%v, %v), want %v", k, got, ok, getErr, want)
				}
				return err
			})
		}
		if s.Held() != 6 {
			t.Errorf("%d sets are held", s.Held())
		}
		for owner := range int64(600) {
			dbtest.See(t, d, func(tx *db.Tx) error { _, _, err := s.Get(tx, column.SetKey{Owner: owner}); return err })
		}
		if s.Held() != 512 {
			t.Errorf("%d sets are held, those asked for longest ago too", s.Held())
		}
	})
}

func TestNodesTellOneAnotherOfColumnsAndSets(t *testing.T) { // SCALE-1
	cfg := dbtest.Postgres(t)
	here, there2 := dbtest.Open(t, cfg), dbtest.Open(t, cfg)
	many(t, here, 100)
	s, far := column.NewStore(here, column.BytesUsual), column.NewStore(there2, column.BytesUsual)
	until := func(what string, want int64) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; runtime.Gosched() {
			n, ok := count(t, there2, far, stage, there)
			if ok && n == want {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s: the other node has %d in columns %v, want %d", what, n, ok, want)
			}
		}
	}
	until("at first", 100)
	dbtest.Do(t, here, func(tx *db.Tx) error {
		s.Changed(tx, "tickets", 10)
		_, err := tx.Exec("UPDATE tickets SET stage_id = NULL WHERE id = 10")
		return err
	})
	until("one record", 99)
	dbtest.Do(t, here, func(tx *db.Tx) error {
		s.Reset(tx, "tickets")
		_, err := tx.Exec("UPDATE tickets SET stage_id = NULL")
		return err
	})
	until("all records", 0)
}
