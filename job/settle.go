package job

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/deskbell/deskbell/db"
)

func stack() string { return string(debug.Stack()) }

// settle writes how attempts ended, all in one transaction but for those that give up: theirs is Dead's too.
func (r *Runner) settle(tx *db.Tx, ended []*attempt) error {
	var good []Run
	for _, a := range ended {
		switch {
		case a.run.lease.completed.Load():
		case a.back:
			if err := again(tx, a.run, a.run.Due, nil); err != nil {
				return err
			}
		case a.err == nil:
			good = append(good, a.run)
		default:
			due := tx.Now.Add(a.handler.pause(a.run.ID, a.run.Attempt))
			if errors.Is(a.err, errCrashed) {
				due = a.run.Due // it waited for the lease already
			}
			if err := again(tx, a.run, due, a.err); err != nil {
				return err
			}
		}
	}
	return finish(tx, r.holder, good)
}

// givesUp reports whether the attempt was the job's last.
func (a *attempt) givesUp() bool {
	return !a.back && a.err != nil && !a.run.lease.completed.Load() && a.handler.hopeless(a.run.Attempt, a.err)
}

// report logs how an attempt ended, where somebody may want to know.
func (r *Runner) report(a *attempt) {
	if a.err == nil || a.back {
		return
	}
	attrs := []any{"job", a.run.ID, "kind", a.run.Kind, "attempt", a.run.Attempt, "error", a.err}
	switch {
	case a.run.lease.completed.Load():
		r.log.Error("job failed after it was complete", attrs...)
	case a.handler.hopeless(a.run.Attempt, a.err):
		r.log.Error("job given up", attrs...)
	default:
		r.log.Warn("job failed; it will be tried again", attrs...)
	}
}

// giveUp makes a job dead and tells its handler in the same transaction. If that fails, the job stays alive and is
// tried again later: a failure that nobody is told of would be lost.
func (r *Runner) giveUp(ctx context.Context, a *attempt) error {
	err := r.db.Write(ctx, func(tx *db.Tx) error {
		ok, err := bury(tx, a.run, a.err)
		if err != nil || !ok || a.handler.Dead == nil {
			return err
		}
		return a.handler.Dead(tx, a.run, a.err)
	})
	if err == nil {
		return nil
	}
	r.log.Error("giving a job up failed; it stays alive", "job", a.run.ID, "kind", a.run.Kind, "error", err)
	cause := fmt.Errorf("%w (and giving up failed: %w)", a.err, err)
	return r.db.Write(ctx, func(tx *db.Tx) error {
		return again(tx, a.run, tx.Now.Add(a.handler.pause(a.run.ID, a.run.Attempt)), cause)
	})
}

// abandoned makes an attempt that already ended of each job that was taken back from the dead. Jobs without a handler
// here wait for a program that has one.
func (r *Runner) abandoned(tx *db.Tx, runs []Run) ([]*attempt, error) {
	var out []*attempt
	for _, run := range runs {
		if r.handlers[run.Kind] == nil {
			if err := again(tx, run, run.Due, errCrashed); err != nil {
				return nil, err
			}
			continue
		}
		a := r.newAttempt(run)
		a.err = errCrashed
		out = append(out, a)
	}
	return out, nil
}

// dbTime bounds one transaction of the runner's. It is not broken off when Run's context ends.
const dbTime = 30 * time.Second

func (r *Runner) write(fn func(tx *db.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), dbTime)
	defer cancel()
	return r.db.Write(ctx, fn)
}

func (r *Runner) read(fn func(tx *db.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), dbTime)
	defer cancel()
	return r.db.Read(ctx, fn)
}
