package db_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

func TestSQLIsEmptyUntilSomethingIsAdded(t *testing.T) {
	var q db.SQL
	if !q.Empty() || q.Text() != "" || len(q.Args()) != 0 {
		t.Errorf("a new statement is %q with %v", q.Text(), q.Args())
	}
	if q.Add("TRUE"); q.Empty() {
		t.Error("a statement with text is not empty")
	}
}

func TestSQLRefusesPlaceholdersThatDoNotFit(t *testing.T) {
	for name, build := range map[string]func(q *db.SQL){
		"too few arguments":  func(q *db.SQL) { q.Add("a = ? AND b = ?", 1) },
		"too many arguments": func(q *db.SQL) { q.Add("a = ?", 1, 2) },
		"a stray dollar":     func(q *db.SQL) { var other db.SQL; other.Add("a = $x"); q.Append(&other) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: built", name)
				}
			}()
			build(&db.SQL{})
		}()
	}
}

// However a statement is put together, the database finds every argument where it was written.
func TestSQLKeepsArgumentsInPlace(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			next, want := int64(0), []string{}
			number := func() int64 { next++; want = append(want, fmt.Sprint(next)); return next }
			var build func(depth int) *db.SQL
			build = func(depth int) *db.SQL {
				q := &db.SQL{}
				q.Add("CAST(? AS BIGINT) || ','", number())
				for range rapid.IntRange(0, 12).Draw(rt, "more") {
					q.Add(" || ")
					if depth > 0 && rapid.Bool().Draw(rt, "nest") {
						q.Append(build(depth - 1))
					} else {
						q.Add("CAST(? AS BIGINT) || ','", number())
					}
				}
				return q
			}
			var q db.SQL
			q.Add("SELECT ").Append(build(2))
			var got string
			err := d.Read(bg, func(tx *db.Tx) (err error) {
				got, err = db.Value[string](tx, q.Text(), q.Args()...)
				return err
			})
			if all := strings.Join(want, ",") + ","; err != nil || got != all {
				rt.Fatalf("%s gave %s, want %s: %v", q.Text(), got, all, err)
			}
		})
	})
}

func TestInFindsWhatTheListHolds(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		names := []string{"", "a", "b", "O'Brien", "a, b", "?", "$1", "ä"}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			for i, n := range names {
				if err := insert(tx, int64(i), n); err != nil {
					return err
				}
			}
			return nil
		})
		rapid.Check(t, func(rt *rapid.T) {
			list := rapid.SliceOfN(rapid.SampledFrom(append(slices.Clone(names), "absent")), 0, 6).Draw(rt, "list")
			var q db.SQL
			q.Add("SELECT body FROM notes WHERE id >= ? AND ", 0)
			db.In(&q, "body", list).Add(" AND id < ? ORDER BY id", 100)
			var got []string
			if err := d.Read(bg, func(tx *db.Tx) (err error) {
				got, err = db.List(tx, db.Col[string], q.Text(), q.Args()...)
				return err
			}); err != nil {
				rt.Fatal(err)
			}
			want := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !slices.Contains(list, n) })
			if !slices.Equal(got, want) {
				rt.Fatalf("in %q: %q, want %q", list, got, want)
			}
		})
	})
}

// Like escapes any text, so that a search finds exactly the texts it is a part of.
func TestLikeFindsAnyTextInItself(t *testing.T) { // SEC-1
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			piece := rapid.StringOfN(rapid.RuneFrom([]rune(`ab%_\'"$?`)), 0, 5, -1)
			part, before, other := piece.Draw(rt, "part"), piece.Draw(rt, "before"), piece.Draw(rt, "other")
			err := d.Read(bg, func(tx *db.Tx) error {
				for _, whole := range []string{before + part + other, other} {
					found, err := db.Value[bool](tx, "SELECT "+tx.Contains("CAST($1 AS TEXT)", "$2"), whole, db.Like(part))
					if err != nil || found != strings.Contains(whole, part) {
						return fmt.Errorf("%q in %q: %v, %w", part, whole, found, err)
					}
				}
				return nil
			})
			if err != nil {
				rt.Fatal(err)
			}
		})
	})
}

func TestOneAndValueOfNothing(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		dbtest.Do(t, d, func(tx *db.Tx) error { return insert(tx, 1, "a") })
		dbtest.See(t, d, func(tx *db.Tx) error {
			const byID = "SELECT body FROM notes WHERE id = $1"
			if v, ok, err := db.One(tx, db.Col[string], byID, 1); v != "a" || !ok || err != nil {
				t.Errorf("there: %q, %v, %v", v, ok, err)
			}
			if v, ok, err := db.One(tx, db.Col[string], byID, 2); v != "" || ok || err != nil {
				t.Errorf("not there: %q, %v, %v", v, ok, err)
			}
			if v, err := db.Value[int64](tx, "SELECT id FROM notes WHERE id = $1", 2); v != 0 || err != nil {
				t.Errorf("no value: %d, %v", v, err)
			}
			all, err := db.List(tx, db.Col[string], byID, 2)
			if len(all) != 0 || err != nil {
				t.Errorf("an empty list: %v, %v", all, err)
			}
			return nil
		})
	})
}

func TestErrorsNameTheStatementInShort(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		long := "SELECT nothing_of_this_name /*" + strings.Repeat("x", 5000) + "*/"
		no := errors.New("not to my liking")
		for name, ask := range map[string]func(tx *db.Tx) error{
			"no such column": func(tx *db.Tx) error { _, err := db.List(tx, db.Col[string], long); return err },
			"no syntax":      func(tx *db.Tx) error { _, err := tx.Exec("SELEKT nothing_of_this_name"); return err },
			"not a number": func(tx *db.Tx) error {
				_, err := db.Value[int64](tx, "SELECT 'nothing_of_this_name'")
				return err
			},
			"a scan that fails": func(tx *db.Tx) error {
				_, err := db.List(tx, func(db.Scanner) (int, error) { return 0, no }, "SELECT 1 AS nothing_of_this_name")
				if !errors.Is(err, no) {
					t.Errorf("lost the cause: %v", err)
				}
				return err
			},
		} {
			err := d.Read(bg, ask)
			if err == nil || !strings.Contains(err.Error(), "nothing_of_this_name") || len(err.Error()) > 600 {
				t.Errorf("%s: %v", name, err)
			}
		}
		// A statement that failed leaves the database able to serve.
		dbtest.See(t, d, func(tx *db.Tx) error { _, err := db.Value[int64](tx, "SELECT 1"); return err })
	})
}

func TestUniqueIsToldFromOtherRefusals(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		dbtest.Do(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec("CREATE UNIQUE INDEX one_body ON notes (body)")
			return errors.Join(err, insert(tx, 1, "a"))
		})
		for name, tt := range map[string]struct {
			ask  func(tx *db.Tx) error
			want bool
		}{
			"primary key":  {func(tx *db.Tx) error { return insert(tx, 1, "b") }, true},
			"unique index": {func(tx *db.Tx) error { return insert(tx, 2, "a") }, true},
			"wrapped":      {func(tx *db.Tx) error { return fmt.Errorf("saving: %w", insert(tx, 2, "a")) }, true},
			"not null": {func(tx *db.Tx) error {
				_, err := tx.Exec("INSERT INTO notes (id, body) VALUES (3, NULL)")
				return err
			}, false},
			"another error": {func(*db.Tx) error { return errors.New("UNIQUE constraint failed") }, false},
		} {
			if err := d.Write(bg, tt.ask); err == nil || db.IsUnique(err) != tt.want {
				t.Errorf("%s: unique %v, want %v: %v", name, db.IsUnique(err), tt.want, err)
			}
		}
		if db.IsUnique(nil) {
			t.Error("no error is not a broken constraint")
		}
	})
}
