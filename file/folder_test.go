package file_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/people"
)

// cabinet is a service with helpers that read as stories.
type cabinet struct {
	*file.Service
	t  *testing.T
	db *db.DB
}

func eachCabinet(t *testing.T, story func(t *testing.T, c cabinet)) {
	t.Helper()
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		story(t, cabinet{newService(t, d), t, d})
	})
}

// do runs a command, and wants it to end in an error of a kind; errs.Internal is none.
func (c cabinet) do(want errs.Kind, fn func(tx *db.Tx) error) {
	c.t.Helper()
	err := c.db.Write(c.t.Context(), fn)
	if want == errs.Internal && err != nil || want != errs.Internal && !errs.Is(err, want) {
		c.t.Fatalf("%v, want %v", err, want)
	}
}

func (c cabinet) folder(path string) (f file.Folder) {
	c.t.Helper()
	parent, name := "", path
	if i := strings.LastIndex(path, "/"); i >= 0 {
		parent, name = path[:i], path[i+1:]
	}
	c.do(errs.Internal, func(tx *db.Tx) (err error) {
		f, err = c.MakeFolder(tx, people.System, name, 0, parent)
		return err
	})
	return f
}

func (c cabinet) file(path string) (f file.File) {
	c.t.Helper()
	i := strings.LastIndex(path, "/")
	content := store(c.t, c.Service, "content of "+path)
	c.do(errs.Internal, func(tx *db.Tx) (err error) {
		f, err = c.Make(tx, people.System, file.Draft{Name: path[i+1:], FolderPath: path[:i], Access: file.Private}, content)
		return err
	})
	return f
}

func (c cabinet) change(want errs.Kind, id int64, change file.FolderChange) {
	c.t.Helper()
	c.do(want, func(tx *db.Tx) error {
		_, err := c.ChangeFolder(tx, people.System, id, change)
		return err
	})
}

// at is what lies at paths: F for a file, D for a folder, - for nothing.
func (c cabinet) at(paths ...string) string {
	c.t.Helper()
	var out []string
	dbtest.See(c.t, c.db, func(tx *db.Tx) error {
		for _, p := range paths {
			says := "-"
			if f, err := c.At(tx, people.System, p); err == nil && f.Path == p {
				says = "F"
			}
			if f, err := c.FolderAt(tx, p); err == nil && f.Path == p {
				says = "D"
			}
			out = append(out, says)
		}
		return nil
	})
	return strings.Join(out, "")
}

func name(s string) *string { return &s }

func place(n int64) *int64 { return &n }

func TestATreeMovesWithAllInIt(t *testing.T) {
	eachCabinet(t, func(t *testing.T, c cabinet) {
		a := c.folder("/a")
		c.folder("/a/b/c")
		c.file("/a/b/c/deep.txt")
		c.file("/a/top.txt")
		c.folder("/ab") // begins alike, and is none of it
		c.file("/ab/beside.txt")
		other := c.folder("/other")
		if got := c.at("/a/b", "/a/b/c", "/a/b/c/deep.txt", "/a/top.txt"); got != "DDFF" {
			t.Fatal(got)
		}
		c.change(errs.Internal, a.ID, file.FolderChange{Name: name("größer"), Parent: place(other.ID)})
		if got := c.at("/a", "/a/b", "/a/b/c/deep.txt", "/ab", "/ab/beside.txt"); got != "---DF" {
			t.Errorf("where it was: %s", got)
		}
		if got := c.at("/other/größer", "/other/größer/b/c", "/other/größer/b/c/deep.txt", "/other/größer/top.txt"); got != "DDFF" {
			t.Errorf("where it is: %s", got)
		}
		c.change(errs.Internal, a.ID, file.FolderChange{Parent: place(0)})
		c.change(errs.Internal, a.ID, file.FolderChange{Name: name("größer")}) // nothing changes
		if got := c.at("/größer/b/c/deep.txt", "/other", "/other/größer"); got != "FD-" {
			t.Errorf("at the top again: %s", got)
		}
	})
}

func TestNoFolderLiesInItself(t *testing.T) {
	eachCabinet(t, func(t *testing.T, c cabinet) {
		a := c.folder("/a")
		b := c.folder("/a/b")
		d := c.folder("/a/b/d")
		c.change(errs.Invalid, a.ID, file.FolderChange{Parent: place(a.ID)})
		c.change(errs.Invalid, a.ID, file.FolderChange{Parent: place(b.ID)})
		c.change(errs.Invalid, a.ID, file.FolderChange{Parent: place(d.ID)})
		// Under another name it does not lie in itself any less.
		c.change(errs.Invalid, a.ID, file.FolderChange{Name: name("z"), Parent: place(d.ID)})
		c.change(errs.NotFound, a.ID, file.FolderChange{Parent: place(12345)})
		c.change(errs.NotFound, 12345, file.FolderChange{Name: name("x")})
		if got := c.at("/a", "/a/b", "/a/b/d"); got != "DDD" {
			t.Errorf("refused moves moved something: %s", got)
		}
	})
}

func TestNamesOfFolders(t *testing.T) {
	eachCabinet(t, func(t *testing.T, c cabinet) {
		a := c.folder("/a")
		c.folder("/b")
		make := func(given string) func(tx *db.Tx) error {
			return func(tx *db.Tx) error {
				_, err := c.MakeFolder(tx, people.System, given, 0, "")
				return err
			}
		}
		c.do(errs.Conflict, make("a"))
		for _, bad := range []string{"", "/", "..", " ", "\x00"} {
			c.do(errs.Invalid, make(bad))
		}
		c.change(errs.Conflict, a.ID, file.FolderChange{Name: name("b")})
		c.change(errs.Invalid, a.ID, file.FolderChange{Name: name("")})
		c.do(errs.Invalid, func(tx *db.Tx) error {
			_, err := c.MakeFolder(tx, people.System, "x", a.ID, "/b")
			return err
		})
		c.do(errs.NotFound, func(tx *db.Tx) error {
			_, err := c.MakeFolder(tx, people.System, "x", 12345, "")
			return err
		})
		long := strings.Repeat("ü", 500)
		c.do(errs.Internal, func(tx *db.Tx) error {
			f, err := c.MakeFolder(tx, people.System, long, 0, "")
			if n := len([]rune(f.Name)); n > 200 {
				t.Errorf("a name has %d letters", n)
			}
			return err
		})
		c.do(errs.NotFound, func(tx *db.Tx) error {
			_, err := c.FolderAt(tx, "/") // the top is no folder
			return err
		})
	})
}

func TestFoldersLieOnlySoDeep(t *testing.T) {
	eachCabinet(t, func(t *testing.T, c cabinet) {
		path := ""
		var last file.Folder
		for i := range 20 {
			path += fmt.Sprintf("/%d", i)
			last = c.folder(path)
		}
		c.do(errs.Invalid, func(tx *db.Tx) error {
			_, err := c.MakeFolder(tx, people.System, "deeper", last.ID, "")
			return err
		})
		other := c.folder("/other")
		c.change(errs.Invalid, other.ID, file.FolderChange{Parent: place(last.ID)})
	})
}

func TestADeletedFolderTakesAllWithIt(t *testing.T) {
	eachCabinet(t, func(t *testing.T, c cabinet) {
		a := c.folder("/a")
		c.file("/a/b/c/deep.txt")
		c.file("/ab/beside.txt")
		in := c.file("/a/in.txt")
		c.do(errs.Internal, func(tx *db.Tx) error { return c.DeleteFolder(tx, people.System, a.ID) })
		if got := c.at("/a", "/a/b", "/a/b/c/deep.txt", "/a/in.txt", "/ab", "/ab/beside.txt"); got != "----DF" {
			t.Errorf("after it was deleted: %s", got)
		}
		c.do(errs.NotFound, func(tx *db.Tx) error { return c.DeleteFolder(tx, people.System, a.ID) })
		c.do(errs.NotFound, func(tx *db.Tx) error {
			_, err := c.Change(tx, people.System, in.ID, file.Change{})
			return err
		})
		// The name is free, and what is made under it has nothing of the old.
		again := c.folder("/a")
		if again.ID == a.ID || c.at("/a", "/a/in.txt") != "D-" {
			t.Error("a new folder of the name is the old one")
		}
		c.do(errs.Internal, func(tx *db.Tx) error { return c.Erase(tx, people.System, in.ID) })
		c.do(errs.NotFound, func(tx *db.Tx) error { return c.Erase(tx, people.System, in.ID) })
	})
}
