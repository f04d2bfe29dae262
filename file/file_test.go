package file_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/seal"
)

func newService(t *testing.T, d *db.DB) *file.Service {
	t.Helper()
	blobs, err := blob.NewFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	box, err := seal.New(make([]byte, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return file.New(d, blobs, box, people.New(d), "https://desk.example/", nil)
}

func store(t *testing.T, s *file.Service, content string) file.Content {
	t.Helper()
	c, err := s.Store(context.Background(), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What a file is, its content says.
func TestWhatContentIs(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		for content, want := range map[string]struct{ name, gets, kind, encoding string }{
			"plain words":           {"a.TXT", "a.txt", "DOCUMENT", "utf-8"},
			"%PDF-1.7\n":            {"report", "report.pdf", "DOCUMENT", ""},
			"PK\x03\x04zip":         {"a.tar.gz", "a.tar.gz", "OTHER", ""},
			"\x89PNG\r\n\x1a\n":     {"../../etc/passwd", "passwd.png", "IMG", "png"},
			"<svg xmlns='x'></svg>": {"a.svg", "a.svg", "DOCUMENT", "utf-8"},
			"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00": {"film.mp4", "film.mp4", "MOVIE", ""},
			"": {"", "file-d41d8cd98f00.txt", "DOCUMENT", ""},
		} {
			c := store(t, s, content)
			dbtest.Do(t, d, func(tx *db.Tx) error {
				f, err := s.Make(tx, people.System, file.Draft{Name: want.name, Access: file.Private}, c)
				if f.Full() != want.gets || f.Kind != want.kind || f.Encoding != want.encoding || f.Path != "/"+want.gets {
					t.Errorf("%q is %s, %s, %s", content, f.Full(), f.Kind, f.Encoding)
				}
				return err
			})
		}
	})
}

func TestTooLargeIsNotKept(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	s := newService(t, d)
	_, err := s.Store(context.Background(), endless{})
	if !errs.Is(err, errs.Invalid) {
		t.Errorf("a file without end: %v", err)
	}
}

type endless struct{}

// Read implements io.Reader.
func (endless) Read(p []byte) (int, error) { return len(p), nil }

// Names in one folder stay apart, however many there are.
func TestNamesStayApart(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		c := store(t, s, "x")
		var names []string
		for _, name := range []string{"a_b.txt", "a_b.txt", "aXb-1.txt", "a_b-2.txt", "a_b.txt", "a_b.md"} {
			dbtest.Do(t, d, func(tx *db.Tx) error {
				f, err := s.Make(tx, people.System, file.Draft{Name: name, FolderPath: "x/../y//z/", Access: file.Private}, c)
				names = append(names, f.Path)
				return err
			})
		}
		if got := strings.Join(names, " "); got != "/y/z/a_b.txt /y/z/a_b-1.txt /y/z/aXb-1.txt /y/z/a_b-2.txt /y/z/a_b-3.txt /y/z/a_b.md" {
			t.Error(got)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			f, err := s.At(tx, people.System, "y/z/a_b-1.txt")
			if err != nil {
				return err
			}
			taken := "a_b"
			if _, err := s.Change(tx, people.System, f.ID, file.Change{Name: &taken}); !errs.Is(err, errs.Conflict) {
				t.Errorf("a taken name: %v", err)
			}
			same := "a_b-1.txt"
			f, err = s.Change(tx, people.System, f.ID, file.Change{Name: &same})
			if f.Path != "/y/z/a_b-1.txt" {
				t.Errorf("renamed to its own name it is %s", f.Path)
			}
			return err
		})
	})
}

func TestFilesNeedASeat(t *testing.T) { // ACC-2
	d := dbtest.Open(t, dbtest.SQLite(t))
	s := newService(t, d)
	vera := people.Actor{Kind: "user", ID: 7, Seat: people.ViewSeat}
	c := store(t, s, "x")
	dbtest.Do(t, d, func(tx *db.Tx) error {
		f, err := s.Make(tx, people.System, file.Draft{Name: "a", Access: file.Private}, c)
		if err != nil {
			return err
		}
		_, made := s.Make(tx, vera, file.Draft{Name: "a", Access: file.Private}, c)
		_, changed := s.Change(tx, vera, f.ID, file.Change{})
		_, folder := s.MakeFolder(tx, vera, "a", 0, "")
		for _, err := range []error{made, changed, folder, s.Delete(tx, vera, f.ID), s.Erase(tx, vera, f.ID)} {
			if !errs.Is(err, errs.Denied) {
				t.Errorf("a view-only user: %v", err)
			}
		}
		return nil
	})
}

// What else takes files along asks for them together, and gets those that who asks may read.
func TestFilesAmongIDs(t *testing.T) { // ACC-8, API-9
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		ids := map[string]int64{}
		for name, access := range map[string]file.Access{"plain": file.Private, "hidden": file.HiddenPrivate, "gone": file.Private} {
			c := store(t, s, name)
			dbtest.Do(t, d, func(tx *db.Tx) error {
				f, err := s.Make(tx, people.System, file.Draft{Name: name + ".txt", Access: access}, c)
				ids[name] = f.ID
				return err
			})
		}
		dbtest.Do(t, d, func(tx *db.Tx) error { return s.Delete(tx, people.System, ids["gone"]) })
		all := []int64{ids["hidden"], 7, ids["gone"], ids["plain"]}
		for name, c := range map[string]struct {
			by   people.Actor
			want []int64
		}{
			"system": {people.System, []int64{ids["hidden"], ids["plain"]}},
			"user":   {people.Actor{Kind: "user", Seat: people.ServiceSeat}, []int64{ids["hidden"], ids["plain"]}},
			"files":  {people.LimitedApp(1, "", []string{"files"}), []int64{ids["plain"]}},
			"hidden": {people.LimitedApp(1, "", []string{"files.ui_hidden.read"}), []int64{ids["hidden"], ids["plain"]}},
		} {
			dbtest.See(t, d, func(tx *db.Tx) error {
				found, err := s.Among(tx, c.by, all)
				var got []int64
				for _, f := range found {
					got = append(got, f.ID)
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("%s: %v, want %v", name, got, c.want)
				}
				return err
			})
		}
		for name, by := range map[string]people.Actor{"another scope": people.LimitedApp(1, "", []string{"conversations.write"}), "view seat": {Kind: "user", Seat: people.ViewSeat}} {
			dbtest.See(t, d, func(tx *db.Tx) error {
				if _, err := s.Among(tx, by, all); !errs.Is(err, errs.Denied) {
					t.Errorf("%s: %v", name, err)
				}
				if found, err := s.Among(tx, by, []int64{7, ids["gone"]}); len(found) > 0 || err != nil {
					t.Errorf("%s, of what is not there: %v, %v", name, found, err)
				}
				return nil
			})
		}
	})
}
