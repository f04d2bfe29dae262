// Package job keeps what is to be done: durable rows enqueued in the caller's transaction, run at least once when due.
// It owns the jobs table and knows nothing of what the jobs do.
package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
)

// Spec is a job to do.
type Spec struct {
	Kind   string
	Key    string // among waiting jobs of the kind only one has the key, and two never run at once; "" for no such rule
	Serial string // jobs with the same Serial run one after another, in the order enqueued; "" for no order
	Args   any    // stored as JSON
	Due    time.Time
}

// Run is one attempt at a job.
type Run struct {
	ID      int64
	Kind    string
	Key     string
	Attempt int // 1 for the first
	Args    json.RawMessage
	Due     time.Time

	lease *lease
}

// lease is a runner's hold on a job.
type lease struct {
	owner     int64
	serial    string
	completed atomic.Bool // by Complete, committed
}

// ErrLost says that the job's lease ran out and another worker has it: whatever this attempt wanted to write must not be.
var ErrLost = errors.New("another worker has taken the job over")

// Complete marks the job done in a transaction of the handler's, so that its effect and its end are one commit: a
// handler that writes nothing else takes effect exactly once. It fails with ErrLost when this attempt no longer holds
// the job. Without Complete, the runner completes the job after Run returned nil. A Run made by hand has no lease.
func (r Run) Complete(tx *db.Tx) error {
	if r.lease == nil {
		_, err := tx.Exec("DELETE FROM jobs WHERE id = $1", r.ID)
		return err
	}
	next, ok, err := db.One(tx, db.Col[*string], completeJob, r.ID, r.lease.owner, r.Attempt)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("complete job %d (%s): %w", r.ID, r.Kind, ErrLost)
	}
	tx.AfterCommit(func() { r.lease.completed.Store(true) })
	if next != nil {
		tx.Notify(topic, *next)
	}
	return nil
}

// completeJob returns the word for the job that waited for its turn behind this one, NULL for none.
const completeJob = `DELETE FROM jobs WHERE id = $1 AND lease_owner = $2 AND attempt = $3 RETURNING (SELECT CAST(n.due AS TEXT) || ' ' || n.kind
FROM jobs n WHERE n.serial = jobs.serial AND n.state = 'ready' AND n.state <> 'dead' ORDER BY n.turn, n.id LIMIT 1)`

// Handler runs jobs of one kind. It must be harmless to run twice.
type Handler struct {
	Kind     string
	Queue    string        // a pool of workers of its own, so that slow work never holds up other work; "" is "default"
	Timeout  time.Duration // 0 is one minute
	Attempts int           // before the job is dead; 0 is 20
	Backoff  func(attempt int) time.Duration
	Run      func(ctx context.Context, run Run) error
	// Dead is told in the transaction that gives the job up; nil for nobody to tell. If it fails the job stays alive.
	Dead func(tx *db.Tx, run Run, cause error) error
}

type permanentError struct{ error }

func (p permanentError) Unwrap() error { return p.error }

// Permanent marks err as one that no retry can mend: the job is dead at once. nil stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanentError{err}
}

// insertJob takes the next place in the series. Two transactions that do not wait for one another may take the same; then ids
// decide, as nobody can say which came first.
const insertJob = `INSERT INTO jobs (id, kind, key, serial, args, due, created_at, turn, state, attempt)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1 + coalesce((` + lastTurnSelect + `), 0), 'ready', 0)`

const (
	whereTwinWaits = " ON CONFLICT (kind, key, state) WHERE key IS NOT NULL AND state <> 'dead' DO "
	passOver       = whereTwinWaits + "NOTHING"
	// hold locks the row that is there, as a change that changes nothing does.
	hold = whereTwinWaits + "UPDATE SET due = jobs.due"
)

// Enqueue adds a job in the caller's transaction, due at Due or at once. fresh is false when a job with its key is waiting already.
func Enqueue(tx *db.Tx, s Spec) (fresh bool, err error) {
	row, due, err := s.row(tx)
	if err != nil {
		return false, err
	}
	if s.Key == "" { // nothing can stand in its way
		fresh, err = true, tx.Later(insertJob, row...)
	} else {
		var n int64
		n, err = tx.Exec(insertJob+passOver, row...)
		fresh = n == 1
	}
	if fresh {
		wake(tx, s.Kind, due)
	}
	return fresh, err
}

// insertLast stores jobs without an order of theirs.
var insertLast = db.NewInsert("INSERT INTO jobs (id, kind, key, args, due, created_at, turn, state, attempt)", passOver)

// EnqueueLast is Enqueue of a job with a key and without an order, for what many transactions order alike: it is stored when the
// transaction ends, so that whoever orders the same waits for no more than the commit.
func EnqueueLast(tx *db.Tx, s Spec) error {
	args, err := json.Marshal(s.Args)
	if err != nil {
		return fmt.Errorf("job %s: %w", s.Kind, err)
	}
	due := max(tx.Micros(), clock.Micros(s.Due))
	tx.StoreLast(insertLast, tx.NewID(), s.Kind, s.Key, string(args), due, tx.Micros(), int64(1), "ready", int64(0))
	wake(tx, s.Kind, due)
	return nil
}

// row is what insertJob stores.
func (s Spec) row(tx *db.Tx) (row []any, due int64, err error) {
	args, err := json.Marshal(s.Args)
	if err != nil {
		return nil, 0, fmt.Errorf("job %s: %w", s.Kind, err)
	}
	due = tx.Micros()
	if s.Due.After(tx.Now) {
		due = clock.Micros(s.Due)
	}
	return []any{tx.NewID(), s.Kind, null(s.Key), null(s.Serial), string(args), due, tx.Micros(), s.Serial}, due, nil
}

// Ensure sees to it that a job with the key begins after this transaction has ended, whether it is a new one or one that waits
// already: it will see what this transaction wrote. A job that waits keeps its time.
func Ensure(tx *db.Tx, s Spec) error {
	row, due, err := s.row(tx)
	if err != nil {
		return err
	}
	wake(tx, s.Kind, due)
	_, err = tx.Exec(insertJob+hold, row...)
	return err
}

// Waits reports whether a job of a series is due, waits or runs: what belongs behind it must be a job, too.
func Waits(tx *db.Tx, serial string) (bool, error) {
	_, found, err := db.One(tx, db.Col[int], "SELECT 1 FROM jobs WHERE serial = $1 AND state <> 'dead' LIMIT 1", serial)
	return found, err
}

const (
	lastTurnSelect = "SELECT turn FROM jobs WHERE serial = $8 AND state <> 'dead' ORDER BY turn DESC LIMIT 1"
	nextTurnSelect = "SELECT kind, due FROM jobs WHERE serial = $1 AND state = 'ready' AND state <> 'dead' ORDER BY turn, id LIMIT 1"
)

func null(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// topic carries a word to every runner: "due kind", due in microseconds.
const topic = "job"

// wake tells runners that a job of the kind is due at a time, after the commit.
func wake(tx *db.Tx, kind string, due int64) { tx.Notify(topic, strconv.FormatInt(due, 10)+" "+kind) }

func parseWake(payload string) (kind string, due int64, ok bool) {
	number, kind, ok := strings.Cut(payload, " ")
	due, err := strconv.ParseInt(number, 10, 64)
	return kind, due, ok && err == nil
}

// wakeNext tells runners of the job that waited for its turn in a series.
func wakeNext(tx *db.Tx, serial string) error {
	if serial == "" {
		return nil
	}
	type next struct {
		kind string
		due  int64
	}
	scan := func(s db.Scanner) (n next, err error) {
		err = s.Scan(&n.kind, &n.due)
		return n, err
	}
	n, ok, err := db.One(tx, scan, nextTurnSelect, serial)
	if ok {
		wake(tx, n.kind, n.due)
	}
	return err
}
