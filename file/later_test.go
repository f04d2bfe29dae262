package file_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/seal"
)

// archive is a cabinet whose jobs run and whose clock moves.
type archive struct {
	cabinet
	clock *clock.Fixed
	blobs blob.Store
	jobs  *job.Runner
	far   *far
}

// far is another server.
type far struct {
	asked int
	err   error
}

func (a archive) fetch(context.Context, string) (io.ReadCloser, error) {
	a.far.asked++
	if a.far.err != nil {
		return nil, a.far.err
	}
	return io.NopCloser(strings.NewReader("from far")), nil
}

func eachArchive(t *testing.T, story func(t *testing.T, a archive)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		a := archive{clock: clock.At(dbtest.Start), far: &far{}}
		cfg.Clock = a.clock
		d := dbtest.Open(t, cfg)
		var err error
		if a.blobs, err = blob.NewFiles(t.TempDir()); err != nil {
			t.Fatal(err)
		}
		box, err := seal.New(make([]byte, seal.KeySize))
		if err != nil {
			t.Fatal(err)
		}
		s := file.New(d, a.blobs, box, people.New(d), "https://desk.example", a.fetch)
		a.cabinet = cabinet{s, t, d}
		a.jobs, err = job.NewRunner(d, slog.New(slog.DiscardHandler), job.Config{}, s.SweepHandler(), s.TaskHandler(),
			waste.Handler(d, a.blobs, file.Holds))
		if err != nil {
			t.Fatal(err)
		}
		story(t, a)
	})
}

func (a archive) after(d time.Duration) {
	a.t.Helper()
	a.clock.Advance(d)
	if err := a.jobs.Drain(context.Background()); err != nil {
		a.t.Fatal(err)
	}
}

// days lets days pass one by one, as jobs that come each day see them.
func (a archive) days(n int) {
	a.t.Helper()
	for range n {
		a.after(24 * time.Hour)
	}
}

func (a archive) kept(f file.File) bool {
	a.t.Helper()
	r, err := a.Open(context.Background(), f)
	if errs.Is(err, errs.NotFound) {
		return false
	}
	if err != nil {
		a.t.Fatal(err)
	}
	_ = r.Close()
	return true
}

func (a archive) rows(table string) (n int64) {
	a.t.Helper()
	dbtest.See(a.t, a.db, func(tx *db.Tx) (err error) {
		n, err = db.Value[int64](tx, "SELECT count(*) FROM "+table)
		return err
	})
	return n
}

func TestTheTrashIsEmptiedAfterNinetyDays(t *testing.T) { // REC-5
	eachArchive(t, func(t *testing.T, a archive) {
		dir := a.folder("/dir")
		in := a.file("/dir/in.txt")
		alone := a.file("/alone.txt")
		stays := a.file("/stays.txt")
		a.do(errs.Internal, func(tx *db.Tx) error { return a.DeleteFolder(tx, people.System, dir.ID) })
		a.days(10)
		a.do(errs.Internal, func(tx *db.Tx) error { return a.Delete(tx, people.System, alone.ID) })
		a.days(80)
		if a.rows("files") != 3 || a.rows("folders") != 1 || !a.kept(in) || !a.kept(alone) {
			t.Error("something went too early")
		}
		a.days(3)
		if a.rows("files") != 2 || a.rows("folders") != 0 || a.kept(in) || !a.kept(alone) {
			t.Error("after 90 days the folder is still there, or more than it is gone")
		}
		a.days(12)
		if a.rows("files") != 1 || a.kept(alone) || !a.kept(stays) {
			t.Error("the file deleted later is still there, or the one that was not is gone")
		}
		if n := a.rows("jobs"); n != 0 {
			t.Errorf("%d jobs go on although there is nothing to sweep", n)
		}
	})
}

// More than one step's worth goes in one visit.
func TestManyFilesThatRunOut(t *testing.T) {
	eachArchive(t, func(t *testing.T, a archive) {
		content := store(t, a.Service, "the same for all")
		const many = 1100
		a.do(errs.Internal, func(tx *db.Tx) error {
			for i := range many {
				in := file.Draft{Name: fmt.Sprintf("%d.txt", i), Access: file.Private, TTL: 48 * time.Hour}
				if _, err := a.Make(tx, people.System, in, content); err != nil {
					return err
				}
			}
			return nil
		})
		a.days(1)
		if a.rows("files") != many {
			t.Fatal("some went before their time")
		}
		a.days(2)
		if n := a.rows("files"); n != 0 {
			t.Errorf("%d stayed", n)
		}
		a.days(2)
		if a.kept(file.File{Key: content.Key}) {
			t.Error("their content is kept")
		}
	})
}

func TestATimeThatIsTakenBack(t *testing.T) {
	eachArchive(t, func(t *testing.T, a archive) {
		content := store(t, a.Service, "stays")
		var f file.File
		a.do(errs.Internal, func(tx *db.Tx) (err error) {
			f, err = a.Make(tx, people.System, file.Draft{Name: "a.txt", Access: file.Private, ExpiresAt: tx.Now.Add(time.Hour)}, content)
			return err
		})
		a.do(errs.Internal, func(tx *db.Tx) error {
			_, err := a.Change(tx, people.System, f.ID, file.Change{ExpiresAt: &time.Time{}})
			return err
		})
		a.days(5)
		a.do(errs.Internal, func(tx *db.Tx) error {
			got, err := a.Get(tx, people.System, f.ID)
			if !got.ExpiresAt.IsZero() {
				t.Errorf("it runs out at %v", got.ExpiresAt)
			}
			return err
		})
		past := a.clock.Now().Add(-time.Hour)
		a.do(errs.Invalid, func(tx *db.Tx) error {
			_, err := a.Change(tx, people.System, f.ID, file.Change{ExpiresAt: &past})
			return err
		})
	})
}

func TestHowAMoveEnds(t *testing.T) {
	eachArchive(t, func(t *testing.T, a archive) {
		dir := a.folder("/dir")
		a.folder("/taken")
		gone := a.folder("/gone")
		ask := func(id int64, to string) (task file.Task) {
			a.do(errs.Internal, func(tx *db.Tx) (err error) {
				task, err = a.MoveLater(tx, people.System, id, file.FolderChange{Name: &to})
				return err
			})
			return task
		}
		see := func(task file.Task) (out file.Task) {
			a.do(errs.Internal, func(tx *db.Tx) (err error) {
				out, err = a.Task(tx, file.Moved, task.ID)
				return err
			})
			return out
		}
		good, clash, late := ask(dir.ID, "moved"), ask(dir.ID, "taken"), ask(gone.ID, "nowhere")
		a.do(errs.Internal, func(tx *db.Tx) error { return a.DeleteFolder(tx, people.System, gone.ID) })
		if got := see(good); got.State != file.Pending || !got.StartedAt.IsZero() || !got.RequestedAt.Equal(dbtest.Start) {
			t.Errorf("before it ran it is %+v", got)
		}
		a.after(time.Minute)
		for _, c := range []struct {
			task   file.Task
			result int64
			failed bool
		}{
			{good, dir.ID, false},
			{clash, 0, true},
			{late, 0, true},
		} {
			got := see(c.task)
			if got.State != file.Complete || got.Result != c.result || (got.Error != "") != c.failed ||
				!got.StartedAt.Equal(a.clock.Now()) || !got.CompletedAt.Equal(a.clock.Now()) {
				t.Errorf("it ended as %+v", got)
			}
		}
		if got := a.at("/moved", "/taken", "/dir"); got != "DD-" {
			t.Errorf("after all there is %s", got)
		}
		a.do(errs.NotFound, func(tx *db.Tx) error {
			_, err := a.MoveLater(tx, people.System, gone.ID, file.FolderChange{})
			return err
		})
		a.do(errs.NotFound, func(tx *db.Tx) error {
			_, err := a.Task(tx, file.TaskKind("other"), good.ID)
			return err
		})
		a.days(32)
		if n := a.rows("file_tasks"); n != 0 {
			t.Errorf("%d tasks are known for ever", n)
		}
	})
}

// A server that does not answer is asked a few times; then that is what is said.
func TestAServerThatDoesNotAnswer(t *testing.T) {
	eachArchive(t, func(t *testing.T, a archive) {
		a.far.err = errs.New(errs.Unavailable, "The server does not answer.", nil)
		var task file.Task
		ask := func() {
			a.do(errs.Internal, func(tx *db.Tx) (err error) {
				task, err = a.FetchLater(tx, people.System, "https://x.example/a.txt", file.Draft{Access: file.Private})
				return err
			})
		}
		see := func() (got file.Task) {
			a.do(errs.Internal, func(tx *db.Tx) (err error) {
				got, err = a.Task(tx, file.Fetched, task.ID)
				return err
			})
			return got
		}
		ask()
		a.after(time.Second)
		if got := see(); got.State != file.Processing || a.far.asked != 1 {
			t.Errorf("after one attempt: %+v", got)
		}
		for range 10 {
			a.after(time.Hour)
		}
		if got := see(); got.State != file.Complete || got.Error == "" || got.Result != 0 || a.far.asked != 4 {
			t.Errorf("after %d attempts: %+v", a.far.asked, got)
		}
		ask()
		a.after(time.Second)
		a.far.err = nil
		a.after(time.Hour)
		if got := see(); got.State != file.Complete || got.Error != "" || got.Result == 0 {
			t.Errorf("when it answers again: %+v", got)
		}
		if got := a.at("/a.txt"); got != "F" {
			t.Errorf("there is %s", got)
		}
	})
}
