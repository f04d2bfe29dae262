package job

import (
	"fmt"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
)

// State is where a job stands. One that succeeded is gone.
type State string

// The states.
const (
	Ready   State = "ready" // waits until it is due, or for its turn
	Running State = "running"
	Dead    State = "dead" // gave up; stays until it is retried or discarded
)

// literal is the state as SQL text: a partial index serves only a query that says its state.
func (s State) literal() string {
	switch s {
	case Running:
		return "'running'"
	case Dead:
		return "'dead'"
	default:
		return "'ready'"
	}
}

// Job is a job as people see it.
type Job struct {
	ID        int64
	Kind      string
	Key       string
	State     State
	Due       time.Time
	Attempts  int
	CreatedAt time.Time
	FailedAt  time.Time // of the newest failure; zero for none
	Error     string    // of the newest failure
}

// listMost bounds List for each state.
const listMost = 500

func listSelect(state State) string {
	return "SELECT id, kind, key, state, due, attempt, created_at, failed_at, error FROM jobs WHERE state = " + state.literal() + " ORDER BY id DESC LIMIT $1"
}

// byKey finds the waiting job with a key. It says twice what its state is, as the index asks for.
const byKey = "kind = $1 AND key = $2 AND state = 'ready' AND state <> 'dead'"

// List returns jobs in the states, each state's newest first, at most 500 of each.
func List(tx *db.Tx, states ...State) ([]Job, error) {
	scan := func(s db.Scanner) (Job, error) {
		var j Job
		var key, failure *string
		var due, created int64
		var failed *int64
		err := s.Scan(&j.ID, &j.Kind, &key, &j.State, &due, &j.Attempts, &created, &failed, &failure)
		j.Key, j.Error, j.Due, j.CreatedAt = text(key), text(failure), clock.FromMicros(due), clock.FromMicros(created)
		if failed != nil {
			j.FailedAt = clock.FromMicros(*failed)
		}
		return j, err
	}
	var out []Job
	for _, state := range states {
		jobs, err := db.List(tx, scan, listSelect(state), listMost)
		if err != nil {
			return nil, err
		}
		out = append(out, jobs...)
	}
	return out, nil
}

// Retry makes a dead job ready at once, with all its attempts before it, or hurries one that waits. NotFound when there is none
// or it runs; Conflict when a newer job with its key waits already.
func Retry(tx *db.Tx, id int64) error {
	type found struct{ kind, key, state string }
	scan := func(s db.Scanner) (f found, err error) {
		var key *string
		err = s.Scan(&f.kind, &key, &f.state)
		f.key = text(key)
		return f, err
	}
	f, ok, err := db.One(tx, scan, "SELECT kind, key, state FROM jobs WHERE id = $1 AND state <> 'running'"+tx.ForUpdate(), id)
	if err != nil {
		return err
	}
	if !ok {
		return notFound(id)
	}
	if f.state == string(Dead) && f.key != "" {
		twin, err := db.Value[int64](tx, "SELECT id FROM jobs WHERE "+byKey, f.kind, f.key)
		if err != nil {
			return err
		}
		if twin != 0 {
			return errs.Newf(errs.Conflict, "a newer job for the same work waits already; discard this one")
		}
	}
	if _, err := tx.Exec(`UPDATE jobs SET attempt = CASE WHEN state = 'dead' THEN 0 ELSE attempt END, state = 'ready', due = $1
WHERE id = $2 AND state <> 'running'`, tx.Micros(), id); err != nil {
		return err
	}
	wake(tx, f.kind, tx.Micros())
	return nil
}

// Discard deletes a job that waits or is dead. NotFound when there is none or it runs.
func Discard(tx *db.Tx, id int64) error {
	n, err := remove(tx, "id = $1", id)
	if err == nil && n == 0 {
		return notFound(id)
	}
	return err
}

func notFound(id int64) error {
	return errs.Newf(errs.NotFound, "there is no job %d that waits or was given up", id)
}

// Cancel deletes the waiting job with the key; false when there is none: it never was, is done, gave up, or runs just now.
func Cancel(tx *db.Tx, kind, key string) (bool, error) {
	n, err := remove(tx, byKey, kind, key)
	return n > 0, err
}

func remove(tx *db.Tx, where string, args ...any) (int, error) {
	gone, err := db.List(tx, db.Col[*string], fmt.Sprintf("DELETE FROM jobs WHERE %s AND state <> 'running' RETURNING serial", where), args...)
	if err != nil {
		return 0, err
	}
	for _, serial := range gone {
		if err := wakeNext(tx, text(serial)); err != nil {
			return 0, err
		}
	}
	return len(gone), nil
}

// Reschedule moves the waiting job with the key to another time; false when there is none, as with Cancel.
func Reschedule(tx *db.Tx, kind, key string, due time.Time) (bool, error) {
	n, err := tx.Exec("UPDATE jobs SET due = $3 WHERE "+byKey, kind, key, clock.Micros(due))
	if n > 0 {
		wake(tx, kind, clock.Micros(due))
	}
	return n > 0, err
}
