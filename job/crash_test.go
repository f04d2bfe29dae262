package job_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/job"
)

// start runs the runner until the returned function is called, which waits for it and returns Run's error.
func start(t testing.TB, r *job.Runner) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { _ = stop() })
	return stop
}

// gate is a handler that says it runs and then waits to be told how to end.
type gate struct {
	began chan job.Run
	end   chan error
}

func newGate() *gate { return &gate{began: make(chan job.Run, 100), end: make(chan error)} }

func (g *gate) handler(kind string) job.Handler {
	return job.Handler{Kind: kind, Run: func(ctx context.Context, run job.Run) error {
		g.began <- run
		select {
		case err := <-g.end:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}}
}

// abandon leaves a job of kind a running, as a killed process does: its runner never learns how it ended.
func abandon(t *testing.T, cfg db.Config, jobCfg job.Config) {
	t.Helper()
	cfg.Clock = clock.At(cfg.Clock.Now()) // a dead process sees no time go by, or it would hold its lease for longer
	d := dbtest.Open(t, cfg)
	g := newGate()
	stuck := g.handler("a")
	deaf := make(chan struct{})
	stuck.Run = func(_ context.Context, run job.Run) error {
		g.began <- run
		<-deaf
		return nil
	}
	jobCfg.Lease = time.Hour // of the machine's time: no heartbeat while the test runs
	r := runner(t, d, jobCfg, stuck)
	go func() { _ = r.Run(t.Context()) }()
	t.Cleanup(func() { close(deaf) })
	<-g.began
}

func TestKilledNodeTakesItsJobsBackAtOnce(t *testing.T) { // REL-1
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d := dbtest.Open(t, cfg)
		enqueue(t, d, job.Spec{Kind: "a", Args: "a"})
		abandon(t, cfg, job.Config{Node: 3})
		var ran diary
		other := runner(t, d, job.Config{Node: 4}, noting("a", &ran))
		drain(t, other)
		if ran.String() != "" {
			t.Fatal("another node must wait for the lease to end")
		}
		drain(t, runner(t, d, job.Config{Node: 3}, noting("a", &ran)))
		if ran.String() != "a" || len(list(t, d, job.Ready, job.Running, job.Dead)) != 0 {
			t.Errorf("ran %q, left %+v", ran.String(), list(t, d, job.Ready, job.Running, job.Dead))
		}
	})
}

func TestOtherNodesTakeJobsWhenTheLeaseEnds(t *testing.T) { // REL-1, SCALE-1
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d := dbtest.Open(t, cfg)
		enqueue(t, d, job.Spec{Kind: "a", Args: "a"})
		abandon(t, cfg, job.Config{Node: 3})
		var ran diary
		other := runner(t, d, job.Config{Node: 4}, noting("a", &ran))
		advance(d, time.Hour-time.Millisecond)
		drain(t, other)
		if ran.String() != "" {
			t.Fatal("the lease has not ended yet")
		}
		advance(d, time.Millisecond)
		drain(t, other)
		if ran.String() != "a" {
			t.Errorf("ran %q", ran.String())
		}
	})
}

func TestJobThatKillsTheProcessDies(t *testing.T) { // REL-1
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d := dbtest.Open(t, cfg)
		enqueue(t, d, job.Spec{Kind: "a", Args: "a"})
		for range 3 {
			abandon(t, cfg, job.Config{Node: 3})
		}
		var ran diary
		told := failing("a", &ran, nil)
		told.Dead = func(_ *db.Tx, run job.Run, cause error) error {
			ran.note("dead after %d: %v", run.Attempt, cause)
			return nil
		}
		drain(t, runner(t, d, job.Config{Node: 3}, told))
		if got := ran.String(); got != "dead after 3: the process ended while the job ran" {
			t.Errorf("got %q", got)
		}
	})
}

func TestLateWorkerCannotComplete(t *testing.T) { // REL-1
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d := dbtest.Open(t, cfg)
		var slow atomic.Bool
		slow.Store(true)
		var effects atomic.Int64
		began, wake, lost := make(chan bool, 1), make(chan bool), make(chan error, 1)
		h := job.Handler{Kind: "a", Run: func(_ context.Context, run job.Run) error {
			late := slow.Swap(false)
			if late {
				began <- true
				<-wake
			}
			err := d.Write(context.Background(), func(tx *db.Tx) error { return run.Complete(tx) })
			if err == nil {
				effects.Add(1)
			}
			if late {
				lost <- err
			}
			return err
		}}
		enqueue(t, d, job.Spec{Kind: "a"})
		// Drain does not keep its lease alive, as a process that was stopped for hours does not.
		stopped := make(chan error, 1)
		first := runner(t, d, job.Config{Node: 1, Lease: time.Hour}, h)
		go func() { stopped <- first.Drain(context.Background()) }()
		<-began
		advance(d, 2*time.Hour)
		drain(t, runner(t, d, job.Config{Node: 2}, h))
		close(wake)
		if err := <-lost; !errors.Is(err, job.ErrLost) || effects.Load() != 1 {
			t.Errorf("the late worker got %v; %d effects", err, effects.Load())
		}
		if err := <-stopped; err != nil || len(list(t, d, job.Ready, job.Running, job.Dead)) != 0 {
			t.Errorf("stopped with %v, left %+v", err, list(t, d, job.Ready, job.Running, job.Dead))
		}
	})
}

func TestRunWakesForNewJobs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		cfg.Clock = clock.System{}
		here, there := dbtest.Open(t, cfg), dbtest.Open(t, cfg)
		g := newGate()
		stop := start(t, runner(t, here, job.Config{}, g.handler("a")))
		enqueue(t, here, job.Spec{Kind: "a"})
		<-g.began
		g.end <- nil
		due := time.Now().Add(30 * time.Millisecond)
		enqueue(t, here, job.Spec{Kind: "a", Due: due})
		run := <-g.began
		if now := time.Now(); now.Before(due.Truncate(time.Microsecond)) || !run.Due.Equal(due.Truncate(time.Microsecond)) {
			t.Errorf("ran at %v, due at %v", now, run.Due)
		}
		g.end <- nil
		if here.Postgres() {
			enqueue(t, there, job.Spec{Kind: "a"})
			<-g.began
			g.end <- nil
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestRunRetriesWhenTheBackOffIsOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		cfg.Clock = clock.System{}
		d := dbtest.Open(t, cfg)
		g := newGate()
		h := g.handler("a")
		h.Attempts = 3
		h.Backoff = func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
		dead := make(chan string, 1)
		h.Dead = func(tx *db.Tx, run job.Run, cause error) error {
			tx.AfterCommit(func() { dead <- fmt.Sprint(run.Attempt, cause) })
			return nil
		}
		start(t, runner(t, d, job.Config{}, h))
		enqueue(t, d, job.Spec{Kind: "a"})
		for n := range 3 {
			if run := <-g.began; run.Attempt != n+1 {
				t.Errorf("attempt %d, want %d", run.Attempt, n+1)
			}
			g.end <- errors.New("again")
		}
		if got := <-dead; got != "3 again" {
			t.Errorf("dead: %s", got)
		}
	})
}

func TestShutdownWaitsForWhatRuns(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		g := newGate()
		enqueue(t, d, job.Spec{Kind: "a"}, job.Spec{Kind: "a"})
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		r := runner(t, d, job.Config{Grace: time.Hour, Workers: map[string]int{"default": 1}}, g.handler("a"))
		go func() { ended <- r.Run(ctx) }()
		<-g.began
		cancel()
		g.end <- nil // Run has ended its loop, or will; in both cases it must wait for this
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if jobs := list(t, d, job.Ready, job.Running, job.Dead); len(jobs) > 1 || len(jobs) == 1 && (jobs[0].State != job.Ready || jobs[0].Attempts != 0) {
			t.Errorf("left %+v", jobs)
		}
	})
}

func TestShutdownGivesBackWhatDoesNotEnd(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		g := newGate()
		enqueue(t, d, job.Spec{Kind: "a"})
		stop := start(t, runner(t, d, job.Config{Grace: time.Millisecond}, g.handler("a")))
		<-g.began
		if err := stop(); err != nil {
			t.Error(err)
		}
		if jobs := list(t, d, job.Ready, job.Running, job.Dead); len(jobs) != 1 || jobs[0].State != job.Ready || jobs[0].Attempts != 0 || jobs[0].Error != "" {
			t.Errorf("left %+v; a job that we broke off is given back as if it had not run", jobs)
		}
	})
}

func TestTimeoutIsAFailure(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		g := newGate()
		h := g.handler("a")
		h.Timeout = time.Millisecond
		enqueue(t, d, job.Spec{Kind: "a"})
		drain(t, runner(t, d, job.Config{}, h))
		if jobs := list(t, d, job.Ready); len(jobs) != 1 || jobs[0].Attempts != 1 || jobs[0].Error != "context deadline exceeded" {
			t.Errorf("got %+v", jobs)
		}
	})
}
