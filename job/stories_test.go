package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/job"
)

// How an attempt goes.
const (
	succeed  = "succeed"
	complete = "complete" // succeeds in its own transaction
	fail     = "fail"
	refuse   = "refuse" // fails for good
	crash    = "crash"  // takes the process with it
	vanish   = "vanish" // completes, and then takes the process with it
)

type script struct {
	N        int
	Attempts []string // how each goes; after the last, it succeeds
}

// world is what must be true of the queue, beside the queue itself.
type world struct {
	d       *db.DB
	node    int
	scripts map[int]script
	key     map[int]string
	serial  map[int]string
	ended   map[int][]string // job → how it ended; exactly one each
	order   map[string][]int // series → jobs in the order they ended
	wrong   []string
}

const modelAttempts = 3

func (w *world) handler(kind string) job.Handler {
	h := job.Handler{Kind: kind, Attempts: modelAttempts, Run: w.run}
	h.Dead = func(_ *db.Tx, run job.Run, _ error) error {
		w.end(w.script(run).N, "dead")
		return nil
	}
	return h
}

func (w *world) script(run job.Run) (s script) {
	if err := json.Unmarshal(run.Args, &s); err != nil {
		w.wrong = append(w.wrong, err.Error())
	}
	return s
}

func (w *world) end(n int, how string) {
	w.ended[n] = append(w.ended[n], how)
	if s := w.serial[n]; s != "" {
		w.order[s] = append(w.order[s], n)
	}
}

func (w *world) run(ctx context.Context, run job.Run) error {
	s := w.script(run)
	how := succeed
	if run.Attempt <= len(s.Attempts) {
		how = s.Attempts[run.Attempt-1]
	}
	switch how {
	case fail:
		return errors.New("failed")
	case refuse:
		return job.Permanent(errors.New("refused"))
	case crash:
		runtime.Goexit()
	case complete, vanish:
		if err := w.d.Write(ctx, run.Complete); err != nil {
			return err
		}
	}
	w.end(s.N, "done")
	if how == vanish {
		runtime.Goexit()
	}
	return nil
}

// drain runs what is due; a job may end the process, and another node goes on.
func (w *world) drain() (crashed bool, err error) {
	r, err := job.NewRunner(w.d, slog.New(slog.DiscardHandler), job.Config{Node: w.node, Lease: time.Minute}, w.handler("a"), w.handler("b"))
	if err != nil {
		return false, err
	}
	over := make(chan bool)
	survived := false
	go func() {
		defer close(over)
		err = r.Drain(context.Background())
		survived = true
	}()
	<-over
	return !survived, err
}

func (w *world) enqueue(t *rapid.T) {
	n := len(w.scripts)
	hows := rapid.SampledFrom([]string{succeed, complete, fail, fail, refuse, crash, vanish})
	s := script{N: n, Attempts: rapid.SliceOfN(hows, 0, 4).Draw(t, "attempts")}
	w.scripts[n] = s
	spec := job.Spec{
		Kind: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "kind"), Key: rapid.SampledFrom([]string{"", "", "k", "l"}).Draw(t, "key"),
		Serial: rapid.SampledFrom([]string{"", "s"}).Draw(t, "serial"), Args: s,
		Due: w.d.Clock().Now().Add(time.Duration(rapid.IntRange(-5, 60).Draw(t, "due")) * time.Second),
	}
	w.key[n], w.serial[n] = spec.Key, spec.Serial
	var fresh bool
	if err := w.d.Write(context.Background(), func(tx *db.Tx) (err error) {
		fresh, err = job.Enqueue(tx, spec)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !fresh {
		delete(w.scripts, n)
		w.scripts[-1-n] = s // keeps the numbers going
		if spec.Key == "" {
			t.Fatal("a job without a key was refused")
		}
	}
}

func (w *world) work(t *rapid.T) {
	crashed, err := w.drain()
	if err != nil {
		t.Fatal(err)
	}
	if crashed && rapid.Bool().Draw(t, "another node goes on") {
		w.node = 1 - w.node
	}
}

// finish runs everything to its end.
func (w *world) finish(t *rapid.T) {
	for range 400 {
		crashed, err := w.drain()
		if err != nil {
			t.Fatal(err)
		}
		left := w.list(t, job.Ready, job.Running)
		if len(left) == 0 && !crashed {
			return
		}
		advance(w.d, 2*time.Minute)
	}
	t.Fatalf("never ends: %+v", w.list(t, job.Ready, job.Running))
}

func (w *world) check(t *rapid.T) {
	dead := 0
	for n, s := range w.scripts {
		if n < 0 {
			continue
		}
		got := fmt.Sprint(w.ended[n])
		want := fmt.Sprintf("[%s]", expected(s))
		// A newer job with the key stands in for one that failed beside it.
		if got != want && (w.key[n] == "" || got != "[]") {
			t.Fatalf("job %d %v ended %s, want %s", n, s.Attempts, got, want)
		}
		if got == "[dead]" {
			dead++
		}
	}
	if kept := w.list(t, job.Dead); len(kept) != dead || len(w.wrong) > 0 {
		t.Fatalf("%d dead jobs are kept, want %d; %v", len(kept), dead, w.wrong)
	}
	for serial, order := range w.order {
		for i := 1; i < len(order); i++ {
			if order[i] < order[i-1] {
				t.Fatalf("series %s ended in the order %v", serial, order)
			}
		}
	}
}

func expected(s script) string {
	for i, how := range s.Attempts {
		switch {
		case how == succeed || how == complete || how == vanish:
			return "done"
		case how == refuse || i+1 == modelAttempts:
			return "dead"
		}
	}
	return "done"
}

func (w *world) list(t *rapid.T, states ...job.State) (jobs []job.Job) {
	if err := w.d.Read(context.Background(), func(tx *db.Tx) (err error) {
		jobs, err = job.List(tx, states...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return jobs
}

func TestEveryJobEndsExactlyOnce(t *testing.T) { // REL-1
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(t *rapid.T) {
			if err := d.Write(context.Background(), func(tx *db.Tx) error {
				_, err := tx.Exec("DELETE FROM jobs")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			w := &world{d: d, scripts: map[int]script{}, key: map[int]string{}, serial: map[int]string{}, ended: map[int][]string{}, order: map[string][]int{}}
			t.Repeat(map[string]func(*rapid.T){
				"enqueue": w.enqueue,
				"work":    w.work,
				"advance": func(t *rapid.T) { advance(d, time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds"))*time.Second) },
			})
			w.finish(t)
			w.check(t)
		})
	})
}
