package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/job"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func runner(t testing.TB, d *db.DB, cfg job.Config, handlers ...job.Handler) *job.Runner {
	t.Helper()
	log := quiet()
	if os.Getenv("DESKBELL_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	r, err := job.NewRunner(d, log, cfg, handlers...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func drain(t testing.TB, r *job.Runner) {
	t.Helper()
	if err := r.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func enqueue(t testing.TB, d *db.DB, specs ...job.Spec) (fresh bool) {
	t.Helper()
	dbtest.Do(t, d, func(tx *db.Tx) error {
		for _, s := range specs {
			var err error
			if fresh, err = job.Enqueue(tx, s); err != nil {
				return err
			}
		}
		return nil
	})
	return fresh
}

func list(t testing.TB, d *db.DB, states ...job.State) (jobs []job.Job) {
	t.Helper()
	dbtest.See(t, d, func(tx *db.Tx) (err error) {
		jobs, err = job.List(tx, states...)
		return err
	})
	return jobs
}

func advance(d *db.DB, by time.Duration) { d.Clock().(*clock.Fixed).Advance(by) }

// diary notes what ran, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.lines, " ")
}

// noting is a handler that notes its jobs' argument, a string, and succeeds.
func noting(kind string, d *diary) job.Handler {
	return job.Handler{Kind: kind, Run: func(_ context.Context, run job.Run) error {
		var arg string
		err := json.Unmarshal(run.Args, &arg)
		d.note("%s", arg)
		return err
	}}
}

func failing(kind string, d *diary, cause error) job.Handler {
	return job.Handler{Kind: kind, Attempts: 3, Run: func(_ context.Context, run job.Run) error {
		d.note("%s:%d", run.Kind, run.Attempt)
		return cause
	}}
}

func TestDrainRunsWhatIsDueInOrder(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		r := runner(t, d, job.Config{}, noting("a", &ran), noting("b", &ran))
		at := func(s int) time.Time { return dbtest.Start.Add(time.Duration(s) * time.Second) }
		enqueue(t, d,
			job.Spec{Kind: "a", Args: "late", Due: at(20)}, job.Spec{Kind: "b", Args: "soon", Due: at(10)},
			job.Spec{Kind: "b", Args: "first"}, job.Spec{Kind: "a", Args: "second", Due: at(-50)})
		drain(t, r)
		if got := ran.String(); got != "first second" {
			t.Fatalf("ran %q; a due time in the past is now", got)
		}
		advance(d, 10*time.Second)
		drain(t, r)
		advance(d, 9999*time.Millisecond)
		drain(t, r)
		if got := ran.String(); got != "first second soon" {
			t.Fatalf("ran %q, one millisecond before the last was due", got)
		}
		advance(d, time.Millisecond)
		drain(t, r)
		if got := ran.String(); got != "first second soon late" || len(list(t, d, job.Ready, job.Running, job.Dead)) != 0 {
			t.Errorf("ran %q and left %v", got, list(t, d, job.Ready, job.Running, job.Dead))
		}
	})
}

func TestKeyIsUniqueAmongWaiting(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		again := job.Handler{Kind: "a", Run: func(_ context.Context, run job.Run) error {
			ran.note("%s", run.Args)
			if run.Attempt == 1 && string(run.Args) == `"one"` {
				// While it runs, somebody asks for the same once more: that must not be lost, nor run beside it.
				if !enqueue(t, d, job.Spec{Kind: "a", Key: "k", Args: "two"}) {
					t.Error("a job enqueued while its twin runs must be fresh")
				}
				return errors.New("failed, and superseded")
			}
			return nil
		}}
		r := runner(t, d, job.Config{}, again, noting("b", &ran))
		if !enqueue(t, d, job.Spec{Kind: "a", Key: "k", Args: "one"}) || enqueue(t, d, job.Spec{Kind: "a", Key: "k", Args: "x"}) {
			t.Error("the first must be fresh and the second not")
		}
		if !enqueue(t, d, job.Spec{Kind: "b", Key: "k", Args: "b"}) || !enqueue(t, d, job.Spec{Kind: "a", Args: "nokey"}, job.Spec{Kind: "a", Args: "nokey"}) {
			t.Error("another kind, or no key, is another job")
		}
		drain(t, r)
		advance(d, time.Hour)
		drain(t, r)
		if got := ran.String(); got != `"one" b "nokey" "nokey" "two"` {
			t.Errorf("ran %s", got)
		}
	})
}

func TestDeadIsVisibleAndRetried(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		h := failing("a", &ran, errors.New("no route\x00 to \xff host"))
		h.Dead = func(tx *db.Tx, run job.Run, cause error) error {
			ran.note("dead:%d:%s", run.Attempt, run.Key)
			_, err := job.Enqueue(tx, job.Spec{Kind: "told", Args: "told"})
			return err
		}
		r := runner(t, d, job.Config{}, h, noting("told", &ran))
		enqueue(t, d, job.Spec{Kind: "a", Key: "k"})
		for range 3 {
			drain(t, r)
			advance(d, time.Minute)
		}
		if got := ran.String(); got != "a:1 a:2 a:3 dead:3:k told" {
			t.Fatalf("ran %q", got)
		}
		dead := list(t, d, job.Dead)
		if len(dead) != 1 || dead[0].Error != "no route\uFFFD to \uFFFD host" || dead[0].Attempts != 3 || dead[0].Key != "k" ||
			!dead[0].FailedAt.Equal(dbtest.Start.Add(2*time.Minute)) || dead[0].State != job.Dead {
			t.Fatalf("dead: %+v", dead)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error { return job.Retry(tx, dead[0].ID) })
		drain(t, r)
		if waiting := list(t, d, job.Ready); len(waiting) != 1 || waiting[0].Attempts != 1 {
			t.Errorf("a retried job has all its attempts again: %+v", waiting)
		}
	})
}

func TestDeadHoldsNoKey(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		r := runner(t, d, job.Config{}, failing("a", &ran, job.Permanent(errors.New("gone"))))
		enqueue(t, d, job.Spec{Kind: "a", Key: "k"})
		drain(t, r)
		dead := list(t, d, job.Dead)
		if len(dead) != 1 || dead[0].Attempts != 1 {
			t.Fatalf("a permanent failure is dead at once: %+v", dead)
		}
		if !enqueue(t, d, job.Spec{Kind: "a", Key: "k", Due: dbtest.Start.Add(time.Hour)}) {
			t.Error("a dead job must not keep its key from a new one")
		}
		err := d.Write(context.Background(), func(tx *db.Tx) error { return job.Retry(tx, dead[0].ID) })
		if !errs.Is(err, errs.Conflict) {
			t.Errorf("retry beside a newer twin: %v, want a conflict", err)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error { return job.Discard(tx, dead[0].ID) })
		for _, f := range []func(*db.Tx, int64) error{job.Retry, job.Discard} {
			if err := d.Write(context.Background(), func(tx *db.Tx) error { return f(tx, dead[0].ID) }); !errs.Is(err, errs.NotFound) {
				t.Errorf("want not found, got %v", err)
			}
		}
	})
}

func TestDeadThatFailsKeepsTheJob(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		h := failing("a", &ran, job.Permanent(errors.New("bounced")))
		broken := true
		h.Dead = func(tx *db.Tx, _ job.Run, _ error) error {
			if _, err := job.Enqueue(tx, job.Spec{Kind: "told", Args: "told"}); err != nil || !broken {
				return err
			}
			return errors.New("cannot tell")
		}
		r := runner(t, d, job.Config{}, h, noting("told", &ran))
		enqueue(t, d, job.Spec{Kind: "a"})
		drain(t, r)
		if waiting := list(t, d, job.Ready); len(waiting) != 1 || !strings.Contains(waiting[0].Error, "cannot tell") {
			t.Fatalf("want the job to wait: %+v", waiting)
		}
		broken = false
		advance(d, time.Minute)
		drain(t, r)
		if got := ran.String(); got != "a:1 a:2 told" || len(list(t, d, job.Dead)) != 1 {
			t.Errorf("ran %q", got)
		}
	})
}

func TestPanicIsAFailure(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		r := runner(t, d, job.Config{}, job.Handler{Kind: "a", Run: func(context.Context, job.Run) error { panic("nil map") }})
		enqueue(t, d, job.Spec{Kind: "a"})
		drain(t, r)
		if waiting := list(t, d, job.Ready); len(waiting) != 1 || waiting[0].Error != "panic: nil map" {
			t.Errorf("got %+v", waiting)
		}
	})
}

func TestCompleteIsOneCommitWithTheEffect(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		fail := true
		r := runner(t, d, job.Config{}, job.Handler{Kind: "a", Run: func(ctx context.Context, run job.Run) error {
			return d.Write(ctx, func(tx *db.Tx) error {
				if _, err := job.Enqueue(tx, job.Spec{Kind: "effect", Due: tx.Now.Add(time.Hour)}); err != nil {
					return err
				}
				if err := run.Complete(tx); err != nil || !fail {
					return err
				}
				return errors.New("after completing, before the commit")
			})
		}})
		enqueue(t, d, job.Spec{Kind: "a"})
		drain(t, r)
		if jobs := list(t, d, job.Ready); len(jobs) != 1 || jobs[0].Kind != "a" {
			t.Fatalf("what was rolled back is not done: %+v", jobs)
		}
		fail = false
		advance(d, time.Minute)
		drain(t, r)
		if jobs := list(t, d, job.Ready, job.Running, job.Dead); len(jobs) != 1 || jobs[0].Kind != "effect" {
			t.Errorf("want only the effect: %+v", jobs)
		}
	})
}

func TestCancelAndReschedule(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		r := runner(t, d, job.Config{}, noting("a", &ran))
		later := dbtest.Start.Add(time.Hour)
		enqueue(t, d, job.Spec{Kind: "a", Key: "1", Args: "1", Due: later}, job.Spec{Kind: "a", Key: "2", Args: "2", Due: later})
		dbtest.Do(t, d, func(tx *db.Tx) error {
			gone, err := job.Cancel(tx, "a", "1")
			twice, err2 := job.Cancel(tx, "a", "1")
			moved, err3 := job.Reschedule(tx, "a", "2", tx.Now.Add(time.Second))
			none, err4 := job.Reschedule(tx, "a", "1", tx.Now)
			if !gone || twice || !moved || none {
				t.Errorf("cancelled %v, again %v, moved %v, moved what is gone %v", gone, twice, moved, none)
			}
			return errors.Join(err, err2, err3, err4)
		})
		advance(d, time.Second)
		drain(t, r)
		if got := ran.String(); got != "2" {
			t.Errorf("ran %q", got)
		}
	})
}

func TestKindWithoutHandlerWaits(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		enqueue(t, d, job.Spec{Kind: "new", Args: "new"}, job.Spec{Kind: "a", Args: "a"})
		drain(t, runner(t, d, job.Config{}, noting("a", &ran)))
		if jobs := list(t, d, job.Ready); len(jobs) != 1 || jobs[0].Kind != "new" || jobs[0].Attempts != 0 {
			t.Fatalf("got %+v", jobs)
		}
		drain(t, runner(t, d, job.Config{}, noting("new", &ran)))
		if got := ran.String(); got != "a new" {
			t.Errorf("ran %q", got)
		}
	})
}

func TestHandlersAreChecked(t *testing.T) {
	run := func(context.Context, job.Run) error { return nil }
	for name, handlers := range map[string][]job.Handler{
		"two of a kind": {{Kind: "a", Run: run}, {Kind: "a", Run: run}},
		"no kind":       {{Run: run}},
		"no function":   {{Kind: "a"}},
	} {
		if _, err := job.NewRunner(nil, quiet(), job.Config{}, handlers...); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}
