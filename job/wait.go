package job

import (
	"context"
	"time"
)

// pause is how long the loop may sleep: until the next job is due, a lease ends, leases need renewal, or the poll.
func (l *loop) pause() time.Duration {
	if l.failed {
		return retryAfter
	}
	if len(l.ended) > 0 {
		return 0
	}
	until := pollEvery - time.Since(l.looked)
	now := l.r.db.Clock().Now()
	for _, due := range l.next {
		until = min(until, time.UnixMicro(due).Sub(now))
	}
	if l.lease > 0 {
		until = min(until, time.UnixMicro(l.lease).Sub(now))
	}
	if len(l.flight) > 0 {
		until = min(until, l.r.holder.lease/3-time.Since(l.beat))
	}
	return max(until, 0)
}

// wait sleeps until something is to be done. After a failure only time helps.
func (l *loop) wait(done <-chan struct{}, pause time.Duration) {
	wakened := l.r.wakened
	if l.failed {
		wakened = nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-wakened:
	case a := <-l.r.finished:
		l.end(a)
	}
	l.collect()
}

// collect takes what else has finished, without waiting.
func (l *loop) collect() {
	for {
		select {
		case a := <-l.r.finished:
			l.end(a)
		default:
			return
		}
	}
}

func (l *loop) end(a *attempt) {
	a.queue.held--
	a.queue.quick++
	l.ended = append(l.ended, a)
	l.r.report(a)
}

// stop ends the loop: gives back what no worker took, waits for what runs, cancels it, and returns how many jobs would
// not end. Their leases run out by themselves.
func (l *loop) stop() int {
	l.stopped = true
	for _, q := range l.r.queues {
		l.giveBack(q)
	}
	l.finish(l.r.grace)
	for _, a := range l.flight {
		a.cancel(errStopping)
	}
	l.finish(lastWait)
	return l.busy()
}

func (l *loop) giveBack(q *queue) {
	for {
		select {
		case a := <-q.feed:
			a.back = true
			a.cancel(errStopping)
			l.end(a)
		default:
			return
		}
	}
}

// busy counts jobs that workers have.
func (l *loop) busy() int {
	n := 0
	for _, q := range l.r.queues {
		n += q.held
	}
	return n
}

// finish settles jobs as they end, until none is left or the time is over.
func (l *loop) finish(most time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	for {
		l.step()
		if ctx.Err() != nil || l.busy() == 0 && len(l.ended) == 0 {
			return
		}
		l.wait(ctx.Done(), l.pause())
	}
}
