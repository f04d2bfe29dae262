package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/job"
)

// watch checks that no two jobs of a group run at once, and keeps the order in which each group ran.
type watch struct {
	mu      sync.Mutex
	busy    map[string]bool
	ran     map[string][]int
	overlap int
	left    int
	over    chan struct{} // closed when none is left
}

func newWatch(jobs int) *watch {
	return &watch{busy: map[string]bool{}, ran: map[string][]int{}, left: jobs, over: make(chan struct{})}
}

type turn struct {
	Group string
	N     int
}

func (w *watch) handler(kind string, fail func(turn, job.Run) error) job.Handler {
	h := job.Handler{Kind: kind, Backoff: func(int) time.Duration { return time.Millisecond }}
	h.Run = func(_ context.Context, run job.Run) error {
		var t turn
		if err := json.Unmarshal(run.Args, &t); err != nil {
			return err
		}
		w.mu.Lock()
		if w.busy[t.Group] {
			w.overlap++
		}
		w.busy[t.Group] = true
		w.mu.Unlock()
		err := fail(t, run)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.busy[t.Group] = false
		if err == nil {
			w.ran[t.Group] = append(w.ran[t.Group], t.N)
			if w.left--; w.left == 0 {
				close(w.over)
			}
		}
		return err
	}
	return h
}

func TestSeriesKeepsItsOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		cfg.Clock = clock.System{}
		const groups, each = 5, 12
		w := newWatch(groups * each)
		stumble := func(t turn, run job.Run) error {
			if t.N%4 == 1 && run.Attempt < 3 {
				return errors.New("stumbled; those behind it must wait")
			}
			return nil
		}
		nodes := []*db.DB{dbtest.Open(t, cfg)}
		if nodes[0].Postgres() {
			cfg.Node = 1
			nodes = append(nodes, dbtest.Open(t, cfg))
		}
		for i, d := range nodes {
			// Two kinds: a series spans kinds and queues.
			slow := w.handler("slow", stumble)
			slow.Queue = "slow"
			start(t, runner(t, d, job.Config{Node: i}, w.handler("quick", stumble), slow))
		}
		for n := range each {
			for g := range groups {
				group := fmt.Sprint("thread:", g)
				kind := []string{"quick", "slow"}[n%2]
				enqueue(t, nodes[n%len(nodes)], job.Spec{Kind: kind, Serial: group, Args: turn{group, n}})
			}
		}
		<-w.over
		w.mu.Lock()
		defer w.mu.Unlock()
		for group, ran := range w.ran {
			if !slices.IsSorted(ran) || len(ran) != each {
				t.Errorf("%s ran in the order %v", group, ran)
			}
		}
		if w.overlap != 0 {
			t.Errorf("%d jobs ran beside one of their series", w.overlap)
		}
	})
}

func TestDeadDoesNotBlockItsSeries(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		r := runner(t, d, job.Config{}, failing("a", &ran, job.Permanent(errors.New("no"))), noting("b", &ran))
		enqueue(t, d, job.Spec{Kind: "a", Serial: "s"}, job.Spec{Kind: "b", Serial: "s", Args: "b"})
		drain(t, r)
		if got := ran.String(); got != "a:1 b" {
			t.Errorf("ran %q", got)
		}
	})
}

// Two nodes on one PostgreSQL share the work and never run a job, a key or a series twice at once. SQLite has one node.
func TestTwoNodesNeverRunAJobTwice(t *testing.T) { // SCALE-1
	cfg := dbtest.Postgres(t)
	cfg.Clock = clock.System{}
	const jobs = 600
	w := newWatch(jobs)
	var specs []job.Spec
	for i := range jobs {
		specs = append(specs, job.Spec{Kind: "a", Args: turn{fmt.Sprint("job", i), i}})
	}
	handler := w.handler("a", func(turn, job.Run) error { return nil })
	for node := range 2 {
		cfg.Node = node
		d := dbtest.Open(t, cfg)
		if node == 0 {
			enqueue(t, d, specs...)
		}
		start(t, runner(t, d, job.Config{Node: node, Workers: map[string]int{"default": 8}}, handler))
	}
	<-w.over
	w.mu.Lock()
	defer w.mu.Unlock()
	for group, ran := range w.ran {
		if len(ran) != 1 {
			t.Errorf("%s ran %d times", group, len(ran))
		}
	}
	if len(w.ran) != jobs || w.overlap != 0 {
		t.Errorf("%d jobs ran, %d overlapped", len(w.ran), w.overlap)
	}
}

func TestSlowQueueDoesNotHoldUpOthers(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		slow := newGate()
		h := slow.handler("import")
		h.Queue = "bulk"
		quick := newGate()
		start(t, runner(t, d, job.Config{Workers: map[string]int{"bulk": 1}}, h, quick.handler("reply")))
		enqueue(t, d, job.Spec{Kind: "import"}, job.Spec{Kind: "import"}, job.Spec{Kind: "import"}, job.Spec{Kind: "reply"})
		<-slow.began
		<-quick.began
		quick.end <- nil
		enqueue(t, d, job.Spec{Kind: "reply"})
		<-quick.began
		quick.end <- nil
		for range 2 {
			slow.end <- nil
			<-slow.began
		}
		slow.end <- nil
	})
}

func TestEnsuredJobSeesItsTransaction(t *testing.T) { // PROP-1
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		r := runner(t, d, job.Config{}, noting("a", &ran))
		ensure := func(tx *db.Tx, due time.Duration) error {
			return job.Ensure(tx, job.Spec{Kind: "a", Key: "k", Args: "ran", Due: tx.Now.Add(due)})
		}
		dbtest.Do(t, d, func(tx *db.Tx) error { return ensure(tx, time.Second) })
		dbtest.Do(t, d, func(tx *db.Tx) error { return ensure(tx, time.Hour) })
		if jobs := list(t, d, job.Ready); len(jobs) != 1 || !jobs[0].Due.Equal(dbtest.Start.Add(time.Second)) {
			t.Fatalf("waiting are %+v", jobs)
		}
		advance(d, time.Minute)
		// The job is due while a transaction writes what it must see. On SQLite there is one writer anyway.
		held, release, done := make(chan bool, 1), make(chan struct{}), make(chan error, 1)
		go func() {
			done <- d.Write(context.Background(), func(tx *db.Tx) error {
				err := ensure(tx, 0)
				held <- tx.Postgres()
				if tx.Postgres() {
					<-release
				}
				return err
			})
		}()
		if <-held {
			drain(t, r)
			if ran.String() != "" {
				t.Error("ran before the transaction ended")
			}
		}
		close(release)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		drain(t, r)
		if ran.String() != "ran" || len(list(t, d, job.Ready, job.Running, job.Dead)) != 0 {
			t.Errorf("ran %q", ran.String())
		}
	})
}

func TestAJobOrderedLastIsOneAmongMany(t *testing.T) { // PERF-3
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		r := runner(t, d, job.Config{}, noting("a", &ran))
		last := func(tx *db.Tx, says string, due time.Duration) error {
			return job.EnqueueLast(tx, job.Spec{Kind: "a", Key: "k", Args: says, Due: tx.Now.Add(due)})
		}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			if err := tx.Savepoint(func() error { return errors.Join(last(tx, "undone", 0), errors.New("no")) }); err == nil {
				t.Error("the savepoint did not fail")
			}
			if jobs, err := job.List(tx, job.Ready); err != nil || len(jobs) != 0 {
				t.Errorf("stored before the end: %+v, %v", jobs, err)
			}
			return errors.Join(last(tx, "first", time.Second), last(tx, "again", 0))
		})
		dbtest.Do(t, d, func(tx *db.Tx) error { return last(tx, "later", time.Hour) })
		if jobs := list(t, d, job.Ready); len(jobs) != 1 || !jobs[0].Due.Equal(dbtest.Start.Add(time.Second)) {
			t.Fatalf("waiting are %+v", jobs)
		}
		// Two that order the same at once do not wait for one another before they end.
		held, release, done := make(chan bool, 1), make(chan struct{}), make(chan error, 1)
		advance(d, time.Minute)
		drain(t, r)
		go func() {
			done <- d.Write(context.Background(), func(tx *db.Tx) error {
				err := last(tx, "held", 0)
				held <- tx.Postgres()
				if tx.Postgres() {
					<-release
				}
				return err
			})
		}()
		if <-held {
			dbtest.Do(t, d, func(tx *db.Tx) error { return last(tx, "beside", 0) })
		}
		close(release)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		drain(t, r)
		if got := ran.String(); got != "first beside" && got != "first held" {
			t.Errorf("ran %q", got)
		}
	})
}
