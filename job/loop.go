package job

import (
	"time"

	"github.com/deskbell/deskbell/db"
)

// loop is Run's own state; one goroutine has it. Each step is at most one look and one transaction, which settles what
// ended, keeps leases alive, takes abandoned jobs back and claims new ones.
type loop struct {
	r       *Runner
	flight  map[int64]*attempt // claimed, and not settled
	ended   []*attempt         // to be settled
	hot     map[string]bool    // kinds that may have due jobs
	next    map[string]int64   // kind → when its next job is due, microseconds
	lease   int64              // when the first lease in the table runs out, microseconds; 0 for none
	beat    time.Time          // of the machine: when our leases were renewed
	looked  time.Time          // of the machine
	failed  bool               // the last step did not go through
	stopped bool               // claims no more
}

func newLoop(r *Runner) *loop {
	return &loop{r: r, flight: map[int64]*attempt{}, hot: map[string]bool{}, next: map[string]int64{}, beat: time.Now()}
}

// result is what a step's transaction found. The transaction may run twice, so nothing else is changed in it.
type result struct {
	claimed   []*attempt
	abandoned []*attempt
	cold      map[string]int64 // kinds without further due jobs → next due, 0 for none
	held      map[int64]bool   // what renew still found; nil when it was not asked
}

func (l *loop) step() {
	l.failed = false
	l.listen()
	l.failed = l.look() != nil || l.bury() != nil || l.transact() != nil
}

// listen moves what was heard, and what became due, into hot and next.
func (l *loop) listen() {
	words, look := l.r.heard()
	if look {
		l.looked = time.Time{}
	}
	for kind, due := range words {
		if l.r.handlers[kind] == nil {
			l.r.reportUnknown(kind)
		} else if at := l.next[kind]; at == 0 || due < at {
			l.next[kind] = due
		}
	}
	now := l.r.db.Clock().Now().UnixMicro()
	for kind, due := range l.next {
		if due <= now {
			delete(l.next, kind)
			l.hot[kind] = true
		}
	}
}

// look reads what is due, if that is not known or was long ago.
func (l *loop) look() error {
	if l.stopped || time.Since(l.looked) < pollEvery {
		return nil
	}
	var kinds []kindDue
	var lease int64
	var waiting []string
	err := l.r.read(func(tx *db.Tx) (err error) {
		if len(l.r.kinds) > 0 {
			if kinds, err = peek(tx, l.r.kinds); err != nil {
				return err
			}
		}
		if lease, err = leaseEnd(tx); err != nil {
			return err
		}
		if l.looked.IsZero() {
			waiting, err = waitingKinds(tx)
		}
		return err
	})
	if err != nil {
		l.r.log.Error("looking for jobs failed", "error", err)
		return err
	}
	l.looked, l.lease = time.Now(), lease
	l.r.reportUnknown(waiting...)
	for _, k := range kinds {
		if k.due > 0 {
			l.next[k.kind] = k.due
		}
	}
	l.listen()
	return nil
}

// bury gives up the jobs whose last attempt failed, each in a transaction of its own.
func (l *loop) bury() error {
	rest := l.ended[:0:0]
	var failed error
	for _, a := range l.ended {
		if failed != nil || !a.givesUp() {
			rest = append(rest, a)
			continue
		}
		if failed = l.r.giveUpNow(a); failed != nil {
			rest = append(rest, a)
		} else {
			delete(l.flight, a.run.ID)
		}
	}
	l.ended = rest
	return failed
}

// due says which parts of a step's transaction there is a need for.
func (l *loop) due() (renewing, reaping, claiming bool) {
	reaping = l.r.inherit || l.lease > 0 && l.lease <= l.r.db.Clock().Now().UnixMicro()
	renewing = len(l.flight) > 0 && (reaping || time.Since(l.beat) >= l.r.holder.lease/3)
	for _, q := range l.r.queues {
		if !l.stopped && q.want() > 0 {
			for _, kind := range q.kinds {
				claiming = claiming || l.hot[kind]
			}
		}
	}
	return renewing, reaping && !l.stopped, claiming
}

func (l *loop) transact() error {
	renewing, reaping, claiming := l.due()
	if !renewing && !reaping && !claiming && !l.unsettled() {
		l.forget()
		return nil
	}
	var res result
	err := l.r.write(func(tx *db.Tx) (err error) {
		res = result{cold: map[string]int64{}}
		if err := l.r.settle(tx, l.ended); err != nil {
			return err
		}
		if renewing {
			if res.held, err = renew(tx, l.r.holder, l.running()); err != nil {
				return err
			}
		}
		if reaping {
			if err := l.reap(tx, &res); err != nil {
				return err
			}
		}
		return l.claim(tx, &res)
	})
	if db.IsUnique(err) {
		l.r.hear("", false) // another node began the same series: look again at once
		return nil
	}
	if err != nil {
		l.r.log.Error("settling and claiming jobs failed; trying again", "ended", len(l.ended), "error", err)
		return err
	}
	l.forget()
	l.apply(res, renewing, reaping)
	return nil
}

// unsettled reports whether an attempt ended whose end is not in the database yet.
func (l *loop) unsettled() bool {
	for _, a := range l.ended {
		if !a.run.lease.completed.Load() {
			return true
		}
	}
	return false
}

// forget drops the attempts that are settled.
func (l *loop) forget() {
	for _, a := range l.ended {
		delete(l.flight, a.run.ID)
		if a.run.Key != "" {
			l.hot[a.run.Kind] = true // a twin may have waited for its end
		}
	}
	l.ended = nil
}

// running lists the jobs in flight that have not ended.
func (l *loop) running() []int64 {
	var out []int64
	over := map[int64]bool{}
	for _, a := range l.ended {
		over[a.run.ID] = true
	}
	for id, a := range l.flight {
		if !over[id] && !a.run.lease.completed.Load() {
			out = append(out, id)
		}
	}
	return out
}

func (l *loop) reap(tx *db.Tx, res *result) error {
	node := -1
	if l.r.inherit {
		node = l.r.holder.node
	}
	runs, err := reap(tx, l.r.holder, node)
	if err != nil {
		return err
	}
	res.abandoned, err = l.r.abandoned(tx, runs)
	return err
}

// claim fills the queues, asking their kinds in turn.
func (l *loop) claim(tx *db.Tx, res *result) error {
	if l.stopped {
		return nil
	}
	for _, q := range l.r.queues {
		want := q.want()
		for i := range q.kinds {
			kind := q.kinds[(q.turn+i)%len(q.kinds)]
			if want <= 0 || !l.hot[kind] {
				continue
			}
			runs, err := claim(tx, l.r.holder, []string{kind}, want)
			if err != nil {
				return err
			}
			for _, run := range runs {
				a := l.r.newAttempt(run)
				a.queue = q
				res.claimed = append(res.claimed, a)
			}
			if len(runs) < want {
				if res.cold[kind], err = nextDue(tx, kind); err != nil {
					return err
				}
			}
			want -= len(runs)
		}
	}
	return nil
}

// apply takes over what the committed transaction found, and hands claimed jobs to the workers.
func (l *loop) apply(res result, renewed, reaped bool) {
	if renewed {
		l.beat = time.Now()
		for id, a := range l.flight {
			if !res.held[id] && !a.run.lease.completed.Load() {
				a.cancel(ErrLost)
			}
		}
	}
	if reaped {
		l.lease = 0
		l.r.inherit = len(res.abandoned) == reapMost
		l.looked = time.Time{} // for the next lease that ends
		for _, a := range res.abandoned {
			l.r.report(a)
			l.ended = append(l.ended, a)
			l.flight[a.run.ID] = a
		}
	}
	for kind, due := range res.cold {
		delete(l.hot, kind)
		if at := l.next[kind]; due > 0 && (at == 0 || due < at) {
			l.next[kind] = due
		}
	}
	for _, q := range l.r.queues {
		q.quick = 0
		q.turn++
	}
	for _, a := range res.claimed {
		l.flight[a.run.ID] = a
		a.queue.held++
		a.queue.feed <- a // has room for every claimed job
	}
}
