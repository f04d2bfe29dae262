package job

import (
	"context"
	"errors"
	"fmt"

	"github.com/deskbell/deskbell/db"
)

// drainMost ends a Drain whose jobs enqueue one another without end.
const drainMost = 100_000

// Drain runs every due job, one at a time in the order of due and id, until none is due: for tests, whose clock stands
// still. Jobs abandoned by an earlier process, or whose lease ran out, are taken back first. Not beside Run.
func (r *Runner) Drain(ctx context.Context) error {
	if len(r.kinds) == 0 {
		return nil
	}
	for range drainMost {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.takeBack(); err != nil {
			return err
		}
		a, err := r.claimOne()
		if err != nil || a == nil {
			return err
		}
		stop := context.AfterFunc(ctx, func() { a.cancel(context.Cause(ctx)) })
		r.work(a)
		stop()
		r.report(a)
		if err := r.settleNow(a); err != nil {
			return err
		}
	}
	return fmt.Errorf("job: %d jobs ran and more are due: does one enqueue itself?", drainMost)
}

func (r *Runner) claimOne() (*attempt, error) {
	var runs []Run
	err := r.write(func(tx *db.Tx) (err error) {
		runs, err = claim(tx, r.holder, r.kinds, 1)
		return err
	})
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	return r.newAttempt(runs[0]), nil
}

// takeBack ends the attempts of jobs whose holder is gone.
func (r *Runner) takeBack() error {
	var dead []*attempt
	err := r.write(func(tx *db.Tx) error {
		node := -1
		if r.inherit {
			node = r.holder.node
		}
		runs, err := reap(tx, r.holder, node)
		if err == nil {
			dead, err = r.abandoned(tx, runs)
		}
		return err
	})
	if err != nil {
		return err
	}
	r.inherit = false
	for _, a := range dead {
		r.report(a)
		err = errors.Join(err, r.settleNow(a))
	}
	return err
}

// settleNow writes how one attempt ended.
func (r *Runner) settleNow(a *attempt) error {
	if a.givesUp() {
		return r.giveUpNow(a)
	}
	return r.write(func(tx *db.Tx) error { return r.settle(tx, []*attempt{a}) })
}

func (r *Runner) giveUpNow(a *attempt) error {
	ctx, cancel := context.WithTimeout(context.Background(), dbTime)
	defer cancel()
	return r.giveUp(ctx, a)
}
