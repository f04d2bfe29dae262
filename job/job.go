// Package job keeps what is to be done: durable rows enqueued in the caller's transaction, run at least once when due.
// It owns the jobs table and knows nothing of what the jobs do.
package job

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
)

// Spec is a job to do.
type Spec struct {
	Kind   string
	Key    string // among jobs of the kind that are not done, only one has the key; "" for no such rule
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

	completed *bool
}

// Complete marks the job done in a transaction of the handler's, so that its effect and its end are one commit.
// Without it, the runner completes the job after Run returned nil.
func (r Run) Complete(tx *db.Tx) error {
	if _, err := tx.Exec("DELETE FROM jobs WHERE id = $1", r.ID); err != nil {
		return err
	}
	if r.completed != nil {
		tx.AfterCommit(func() { *r.completed = true })
	}
	return nil
}

// Handler runs jobs of one kind. It must be harmless to run twice.
type Handler struct {
	Kind     string
	Queue    string        // a pool of workers of its own, so that slow work never holds up other work; "" is "default"
	Timeout  time.Duration // 0 is one minute
	Attempts int           // before the job is dead; 0 is 20
	Backoff  func(attempt int) time.Duration
	Run      func(ctx context.Context, run Run) error
	// Dead is told in the transaction that gives the job up; nil for nobody to tell.
	Dead func(tx *db.Tx, run Run, cause error) error
}

const insertJob = `INSERT INTO jobs (id, kind, queue, key, serial, args, state, due, attempt, attempts_most, created_at)
VALUES ($1, $2, '', $3, $4, $5, 'ready', $6, 0, 0, $7)
ON CONFLICT (kind, key) WHERE key IS NOT NULL DO NOTHING`

// Enqueue adds a job in the caller's transaction, due at Due or at once. fresh is false when a job with its key is waiting already.
func Enqueue(tx *db.Tx, s Spec) (fresh bool, err error) {
	args, err := json.Marshal(s.Args)
	if err != nil {
		return false, fmt.Errorf("job %s: %w", s.Kind, err)
	}
	due := tx.Now
	if s.Due.After(due) {
		due = s.Due
	}
	n, err := tx.Exec(insertJob, tx.NewID(), s.Kind, null(s.Key), null(s.Serial), string(args), clock.Micros(due), tx.Micros())
	return n == 1, err
}

func null(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
