package file_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/people"
)

// pages walks a search from its beginning to its end, or back.
func (c cabinet) pages(t rapidOrTest, q file.Query) (ids []int64) {
	t.Helper()
	for range 100 {
		var p file.Page[file.File]
		err := c.db.Read(c.t.Context(), func(tx *db.Tx) (err error) {
			p, err = c.SearchFiles(tx, people.System, q)
			return err
		})
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		for _, f := range p.Items {
			ids = append(ids, f.ID)
		}
		if p.Next == 0 {
			return ids
		}
		q.After = p.Next
	}
	t.Fatalf("%+v has no end", q)
	return nil
}

type rapidOrTest interface {
	Helper()
	Fatalf(format string, args ...any)
}

// What a search finds is what looking at each file finds, in the same order, however long its pages are.
func TestSearchesFindWhatLookingFinds(t *testing.T) { // API-5
	eachCabinet(t, func(t *testing.T, c cabinet) {
		var all []file.File
		for i := range 40 {
			content := store(t, c.Service, strings.Repeat("x", i%7))
			c.do(errs.Internal, func(tx *db.Tx) error {
				f, err := c.Make(tx, people.System, file.Draft{
					Name:       fmt.Sprintf("%c%d.%s", 'a'+i%5, i, []string{"txt", "md", "csv"}[i%3]),
					FolderPath: []string{"", "/x", "/x/y"}[i%3],
					Access:     []file.Access{file.Private, file.PublicIndexable}[i%2],
				}, content)
				all = append(all, f)
				return err
			})
		}
		sorts := map[string]func(a, b file.File) int{
			"":          func(a, b file.File) int { return 0 },
			"id":        func(a, b file.File) int { return 0 },
			"size":      func(a, b file.File) int { return cmp.Compare(a.Size, b.Size) },
			"extension": func(a, b file.File) int { return cmp.Compare(a.Extension, b.Extension) },
		}
		conditions := []struct {
			file.Condition
			fits func(f file.File) bool
		}{
			{file.Condition{Field: "size", Op: file.AtLeast, Value: int64(3)}, func(f file.File) bool { return f.Size >= 3 }},
			{file.Condition{Field: "size", Op: file.AtMost, Value: int64(4)}, func(f file.File) bool { return f.Size <= 4 }},
			{file.Condition{Field: "extension", Op: file.Is, Value: "md"}, func(f file.File) bool { return f.Extension == "md" }},
			{file.Condition{Field: "name", Op: file.Is, Value: "A"}, func(f file.File) bool { return strings.Contains(f.Name, "a") }},
			{file.Condition{Field: "parentFolderId", Op: file.Is, Value: []int64{0, all[1].Folder}}, func(f file.File) bool { return f.Folder == 0 || f.Folder == all[1].Folder }},
			{file.Condition{Field: "allowsAnonymousAccess", Op: file.Is, Value: true}, func(f file.File) bool { return f.Access.Public() }},
			{file.Condition{Field: "createdAt", Op: file.AtLeast, Value: clock.Micros(dbtest.Start)}, func(file.File) bool { return true }},
			{file.Condition{Field: "createdAt", Op: file.AtMost, Value: clock.Micros(dbtest.Start.Add(-time.Second))}, func(file.File) bool { return false }},
		}
		rapid.Check(t, func(rt *rapid.T) {
			q := file.Query{
				Limit: rapid.IntRange(1, 50).Draw(rt, "limit"),
				Sort:  rapid.SampledFrom([]string{"", "id", "size", "extension"}).Draw(rt, "sort"),
				Desc:  rapid.Bool().Draw(rt, "backwards"),
			}
			want := slices.Clone(all)
			for i, cond := range conditions {
				if rapid.IntRange(0, 3).Draw(rt, fmt.Sprint("condition ", i)) == 0 {
					q.Where = append(q.Where, cond.Condition)
					want = slices.DeleteFunc(want, func(f file.File) bool { return !cond.fits(f) })
				}
			}
			slices.SortFunc(want, func(a, b file.File) int {
				n := cmp.Or(sorts[q.Sort](a, b), cmp.Compare(a.ID, b.ID))
				if q.Desc {
					return -n
				}
				return n
			})
			got := c.pages(rt, q)
			for i := range max(len(got), len(want)) {
				if i >= len(got) || i >= len(want) || got[i] != want[i].ID {
					rt.Fatalf("%+v finds %v, want %d files", q, got, len(want))
				}
			}
		})
	})
}

func TestWhatASearchRefuses(t *testing.T) { // API-4
	eachCabinet(t, func(t *testing.T, c cabinet) {
		for _, q := range []file.Query{
			{Limit: 0},
			{Limit: 101},
			{Limit: 10, Sort: "nothing"},
			{Limit: 10, Sort: "path"},
			{Limit: 10, Where: []file.Condition{{Field: "nothing", Op: file.Is, Value: "x"}}},
		} {
			c.do(errs.Invalid, func(tx *db.Tx) error {
				_, err := c.SearchFiles(tx, people.System, q)
				return err
			})
			c.do(errs.Invalid, func(tx *db.Tx) error {
				q.Sort = strings.Replace(q.Sort, "path", "size", 1)
				_, err := c.SearchFolders(tx, people.System, q)
				return err
			})
		}
	})
}

// Only apps with the scope for it, and people, see what is hidden, and nobody sees it in lists.
func TestHiddenFiles(t *testing.T) {
	eachCabinet(t, func(t *testing.T, c cabinet) {
		content := store(t, c.Service, "hidden")
		for _, access := range []file.Access{file.HiddenPrivate, file.HiddenSensitive, file.HiddenIndexable, file.HiddenNotIndexable} {
			var f file.File
			c.do(errs.Internal, func(tx *db.Tx) (err error) {
				f, err = c.Make(tx, people.System, file.Draft{Name: string(access), Access: access}, content)
				return err
			})
			for _, by := range []struct {
				actor people.Actor
				sees  bool
			}{
				{people.LimitedApp(1, "app", []string{"files"}), false},
				{people.LimitedApp(1, "app", []string{"files", "files.ui_hidden.read"}), true},
				{people.Actor{Kind: "user", ID: 1, Seat: people.ServiceSeat}, true},
			} {
				want := errs.Internal
				if !by.sees {
					want = errs.NotFound
				}
				c.do(want, func(tx *db.Tx) error {
					_, err := c.Get(tx, by.actor, f.ID)
					return err
				})
			}
		}
		if found := c.pages(t, file.Query{Limit: 10}); len(found) != 0 {
			t.Errorf("a list has %v", found)
		}
	})
}
