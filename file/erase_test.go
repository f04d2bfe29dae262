package file_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/people"
)

// What is called by the address of who had themself erased goes: files, folders with all in them, and how they came; not what others' longer
// addresses name.
func TestFilesOfAnAddressGo(t *testing.T) { // REC-5
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		paths := []string{"/a.txt", "/Ann@x.example.txt", "/joann@x.example.txt", "/people/ann@x.example/deep/b.txt", "/people/c.txt", "/trashed_ann@x.example.txt"}
		c := store(t, s, "x")
		var ids []int64
		for _, p := range paths {
			dbtest.Do(t, d, func(tx *db.Tx) error {
				at := strings.LastIndex(p, "/")
				f, err := s.Make(tx, people.System, file.Draft{Name: p[at+1:], FolderPath: p[:at], Access: file.Private}, c)
				ids = append(ids, f.ID)
				return err
			})
		}
		dbtest.Do(t, d, func(tx *db.Tx) error { return s.Delete(tx, people.System, ids[1]) })
		var tasks []file.Task
		for _, address := range []string{"http://x.example/ann@x.example.pdf", "http://x.example/bob@x.example.pdf"} {
			dbtest.Do(t, d, func(tx *db.Tx) error {
				task, err := s.FetchLater(tx, people.System, address, file.Draft{Access: file.Private})
				tasks = append(tasks, task)
				return err
			})
		}
		ann := erase.What{ObjectType: "contacts", ID: 7, Person: true, Emails: []string{"ann@x.example"}}
		for from, more := erase.Cursor(0), true; more; {
			dbtest.Do(t, d, func(tx *db.Tx) (err error) {
				from, more, err = s.Erasing().Step(tx, ann, from)
				return err
			})
		}
		var left []string
		dbtest.See(t, d, func(tx *db.Tx) (err error) {
			left, err = db.List(tx, db.Col[string], "SELECT name FROM files UNION ALL SELECT path FROM folders ORDER BY 1")
			return err
		})
		want := []string{"/people", "a", "c", "joann@x.example", "trashed_ann@x.example"}
		if slices.Sort(left); !slices.Equal(left, want) {
			t.Errorf("left are %q, want %q", left, want)
		}
		for i, task := range tasks {
			err := d.Read(context.Background(), func(tx *db.Tx) error { _, err := s.Task(tx, file.Fetched, task.ID); return err })
			if errs.Is(err, errs.NotFound) != (i == 0) {
				t.Errorf("task %d: %v", i, err)
			}
		}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			_, more, err := s.Erasing().Step(tx, erase.What{ObjectType: "contacts", ID: 8, Person: true}, 0)
			if more {
				t.Error("who has no address names files")
			}
			return err
		})
	})
}
