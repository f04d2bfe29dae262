package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/deskbell/deskbell/db"
)

// Config says how a runner works. The zero value is fit for one node.
type Config struct {
	Workers map[string]int // how many jobs of a queue run at once; 4 where nothing is said
	// Lease is how long a job stays held after the last sign of life of its runner, and so how long it waits after a
	// power cut; 0 is 15 s. A node that starts again takes its own jobs back at once.
	Lease time.Duration
	Grace time.Duration // how long Run waits for running jobs before it cancels them; 0 is 10 s
	Node  int           // as in db.Config: unique among live nodes
}

const (
	workersDefault = 4
	leaseDefault   = 15 * time.Second
	graceDefault   = 10 * time.Second
	pollEvery      = 5 * time.Second // looks again even if nobody said a word
	retryAfter     = time.Second     // after the database refused
	lastWait       = 2 * time.Second // for jobs to notice that they were cancelled
	aheadMost      = 64              // jobs claimed ahead of quick workers
)

// Runner runs jobs. Make one for each process, and call Run once, or Drain in tests.
type Runner struct {
	db       *db.DB
	log      *slog.Logger
	holder   holder
	grace    time.Duration
	handlers map[string]*Handler
	kinds    []string // that have a handler, sorted
	queues   []*queue
	inherit  bool // jobs of an earlier process of this node are still to be taken back

	mu       sync.Mutex
	words    map[string]int64 // kind → due, as told since the loop last looked
	look     bool             // words may have been lost
	unknown  map[string]bool  // kinds without a handler that the log has
	wakened  chan struct{}    // holds one token when words or look changed
	finished chan *attempt    // from workers; has room for every claimed job
}

// queue is a pool of workers with the kinds they serve.
type queue struct {
	name    string
	workers int
	kinds   []string
	feed    chan *attempt // claimed, waiting for a worker
	held    int           // claimed and not finished
	quick   int           // finished since the last claim: how many may be claimed ahead
	turn    int           // which kind is asked first
}

// attempt is a claimed job on its way.
type attempt struct {
	run     Run
	handler *Handler
	queue   *queue
	ctx     context.Context
	cancel  context.CancelCauseFunc
	err     error
	back    bool // not run: give it back
}

// NewRunner makes a runner of the handlers. It fails when two handlers have one kind, or one lacks its kind or Run.
func NewRunner(d *db.DB, log *slog.Logger, cfg Config, handlers ...Handler) (*Runner, error) {
	r := &Runner{
		db: d, log: log, grace: orDefault(cfg.Grace, graceDefault), inherit: true,
		holder:   holder{owner: rand.Int64N(1<<53) + 1, node: cfg.Node, lease: orDefault(cfg.Lease, leaseDefault)},
		handlers: map[string]*Handler{}, words: map[string]int64{}, unknown: map[string]bool{}, wakened: make(chan struct{}, 1),
	}
	queues := map[string]*queue{}
	for _, h := range handlers {
		if h.Kind == "" || h.Run == nil {
			return nil, fmt.Errorf("job: the handler of %q needs a kind and a function", h.Kind)
		}
		if r.handlers[h.Kind] != nil {
			return nil, fmt.Errorf("job: two handlers of kind %q", h.Kind)
		}
		r.handlers[h.Kind] = &h
		q := queues[h.queue()]
		if q == nil {
			q = &queue{name: h.queue(), workers: orDefault(cfg.Workers[h.queue()], workersDefault)}
			queues[q.name] = q
		}
		q.kinds = append(q.kinds, h.Kind)
	}
	room := 0
	for _, name := range slices.Sorted(maps.Keys(queues)) {
		q := queues[name]
		q.feed = make(chan *attempt, q.most())
		room += q.most()
		r.queues = append(r.queues, q)
	}
	r.kinds = slices.Sorted(maps.Keys(r.handlers))
	r.finished = make(chan *attempt, room)
	return r, nil
}

func orDefault[T int | time.Duration](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}

func (q *queue) most() int { return q.workers + aheadMost }

// want is how many jobs to claim: what keeps every worker busy, and ahead of them as many as were finished meanwhile.
// Slow jobs are not claimed ahead: another node may be idle.
func (q *queue) want() int { return q.workers + min(q.quick, aheadMost) - q.held }

// Run runs jobs until ctx ends, then waits for those that run, up to the grace; what has not ended by then is
// cancelled, and given back. An error says that jobs ignored even that.
func (r *Runner) Run(ctx context.Context) error {
	defer r.db.Listen(topic, r.hear)()
	var workers sync.WaitGroup
	for _, q := range r.queues {
		for range q.workers {
			workers.Go(func() {
				for a := range q.feed {
					r.work(a)
					r.finished <- a
				}
			})
		}
	}
	l := newLoop(r)
	r.hear("", false)
	for ctx.Err() == nil {
		l.step()
		l.wait(ctx.Done(), l.pause())
	}
	left := l.stop()
	for _, q := range r.queues {
		close(q.feed)
	}
	if left > 0 {
		return fmt.Errorf("job: %d jobs did not end when told to", left)
	}
	workers.Wait()
	return nil
}

// hear takes a word from the database's notes: what is due when. It must be quick.
func (r *Runner) hear(payload string, ok bool) {
	kind, due, known := parseWake(payload)
	r.mu.Lock()
	if !ok || !known {
		r.look = true
	} else if at, have := r.words[kind]; !have || due < at {
		r.words[kind] = due
	}
	r.mu.Unlock()
	select {
	case r.wakened <- struct{}{}:
	default:
	}
}

// heard returns what hear was told since.
func (r *Runner) heard() (words map[string]int64, look bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	words, look = r.words, r.look
	r.words, r.look = map[string]int64{}, false
	return words, look
}

// reportUnknown logs, once for each kind, that jobs wait for which this program has no handler.
func (r *Runner) reportUnknown(kinds ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, kind := range kinds {
		if r.handlers[kind] == nil && !r.unknown[kind] {
			r.unknown[kind] = true
			r.log.Warn("jobs wait that nothing here handles", "kind", kind)
		}
	}
}

// newAttempt prepares a claimed job for a worker. Its context outlives Run's, for the grace.
func (r *Runner) newAttempt(run Run) *attempt {
	a := &attempt{run: run, handler: r.handlers[run.Kind]}
	a.ctx, a.cancel = context.WithCancelCause(context.Background())
	return a
}

var (
	errStopping = errors.New("the program is stopping")
	errCrashed  = errors.New("the process ended while the job ran")
)

// work runs a job and notes how it ended. A panic is a failure.
func (r *Runner) work(a *attempt) {
	defer a.cancel(nil)
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("panic in a job", "job", a.run.ID, "kind", a.run.Kind, "panic", p, "stack", stack())
			a.err = fmt.Errorf("panic: %v", p)
		}
	}()
	if cause := context.Cause(a.ctx); cause != nil {
		a.err, a.back = cause, true
		return
	}
	ctx, cancel := context.WithTimeout(a.ctx, a.handler.timeout())
	defer cancel()
	a.err = a.handler.Run(ctx, a.run)
	if a.err != nil && errors.Is(context.Cause(a.ctx), errStopping) {
		a.back = true // it was we who broke it off
	}
}
