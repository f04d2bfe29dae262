package intake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
)

// Runner keeps the receiver of every active account alive, for ever: whatever fails is tried again with back-off, and
// shown as the channel's health (CHAN-4).
type Runner struct {
	s     *Service
	log   *slog.Logger
	wait  func(ctx context.Context, d time.Duration) error
	owner int64 // of leases: this process
}

// NewRunner returns a runner. wait pauses; nil waits on the machine's clock.
func NewRunner(s *Service, log *slog.Logger, wait func(ctx context.Context, d time.Duration) error) *Runner {
	if wait == nil {
		wait = pause
	}
	return &Runner{s: s, log: log, wait: wait, owner: rand.Int64N(1<<53) + 1}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// receiver is one account's, under way.
type receiver struct {
	account account.Account
	cancel  context.CancelFunc
	ended   chan struct{}
}

func (r *receiver) stop() {
	r.cancel()
	<-r.ended
}

// Run receives until ctx ends, and starts, stops and restarts receivers as accounts change.
func (r *Runner) Run(ctx context.Context) error {
	changed := make(chan struct{}, 1)
	poke := func(string, bool) {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	defer r.s.db.Listen(account.Topic, poke)()
	poke("", false)
	running := map[int64]*receiver{}
	defer func() {
		for _, one := range running {
			one.cancel()
		}
		for _, one := range running {
			<-one.ended
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
		if err := r.adjust(ctx, running); err != nil && ctx.Err() == nil {
			r.log.Error("channels could not be read; trying again", "error", err)
			if r.wait(ctx, backoffFirst) == nil {
				poke("", false)
			}
		}
	}
}

// adjust makes what runs fit the accounts there are.
func (r *Runner) adjust(ctx context.Context, running map[int64]*receiver) error {
	var all []account.Account
	err := r.s.db.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = r.s.accounts.List(tx)
		return err
	})
	if err != nil {
		return err
	}
	want := map[int64]account.Account{}
	for _, a := range all {
		if a.Active && !a.Plus() { // the built-in listener needs nobody to fetch
			want[a.ID] = a
		}
	}
	for id, one := range running {
		if a, ok := want[id]; !ok || !reflect.DeepEqual(a, one.account) {
			one.stop()
			delete(running, id)
		}
	}
	for id, a := range want {
		if running[id] == nil {
			running[id] = r.start(ctx, a)
		}
	}
	return nil
}

func (r *Runner) start(ctx context.Context, a account.Account) *receiver {
	ctx, cancel := context.WithCancel(ctx)
	one := &receiver{account: a, cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(one.ended)
		defer cancel()
		r.keep(ctx, a)
	}()
	return one
}

const (
	backoffFirst = time.Second
	backoffMost  = 5 * time.Minute
	leaseFor     = 30 * time.Second
	leaseRenew   = 10 * time.Second
)

// backoff doubles up to backoffMost, with jitter so that many do not come back at once.
func backoff(failures int) time.Duration {
	d := backoffMost
	if failures < 10 {
		d = min(backoffMost, backoffFirst<<(failures-1))
	}
	return d/2 + rand.N(d/2)
}

// keep receives for one account until ctx ends.
func (r *Runner) keep(ctx context.Context, a account.Account) {
	failures := 0
	for ctx.Err() == nil {
		held, err := r.lease(ctx, a.ID)
		if err == nil && !held {
			_ = r.wait(ctx, leaseRenew) // another node receives; the loop asks whether ctx ended
			continue
		}
		sink := &watched{Sink: r.s.Sink(a.ID)}
		if err == nil {
			err = r.receive(ctx, a, sink)
		}
		if ctx.Err() != nil || err == nil {
			break
		}
		if sink.healthy.Load() {
			failures = 0
		}
		failures++
		r.failed(ctx, a, err)
		_ = r.wait(ctx, backoff(failures))
	}
	r.release(a.ID)
}

// watched remembers whether a success was reported.
type watched struct {
	channel.Sink
	healthy atomic.Bool
}

// Healthy implements channel.Sink.
func (w *watched) Healthy(ctx context.Context) {
	w.healthy.Store(true)
	w.Sink.Healthy(ctx)
}

// receive runs the receiver once, and renews the lease meanwhile. It returns nil when there is nothing to receive.
func (r *Runner) receive(ctx context.Context, a account.Account, sink channel.Sink) (err error) {
	c, err := r.s.accounts.Connect(a)
	if err != nil {
		return err
	}
	receiver, ok := c.(channel.Receiver)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	renewing := make(chan struct{})
	go func() {
		defer close(renewing)
		for r.wait(ctx, leaseRenew) == nil {
			if held, err := r.lease(ctx, a.ID); err == nil && !held {
				cancel(errLeaseLost)
			}
		}
	}()
	defer func() {
		cancel(nil)
		<-renewing
		if p := recover(); p != nil {
			r.log.Error("panic in a receiver", "channel", a.ID, "panic", p)
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	err = receiver.Run(ctx, sink)
	if cause := context.Cause(ctx); errors.Is(cause, errLeaseLost) {
		return cause
	}
	if err == nil && ctx.Err() == nil {
		err = errEnded
	}
	return err
}

var (
	errLeaseLost = errs.New(errs.Unavailable, "Another node receives for this channel.", nil)
	errEnded     = errs.New(errs.Unavailable, "The channel stopped by itself.", nil)
)

func (r *Runner) lease(ctx context.Context, accountID int64) (held bool, err error) {
	err = r.s.db.Write(ctx, func(tx *db.Tx) error {
		held, err = r.s.accounts.Lease(tx, accountID, r.owner, tx.Now.Add(leaseFor))
		return err
	})
	return held, err
}

func (r *Runner) release(accountID int64) {
	ctx, cancel := noting(context.Background())
	defer cancel()
	if err := r.s.db.Write(ctx, func(tx *db.Tx) error { return r.s.accounts.Release(tx, accountID, r.owner) }); err != nil {
		r.log.Warn("a channel's lease is not given back; it runs out", "channel", accountID, "error", err)
	}
}

// failed writes a failure down as the channel's health.
func (r *Runner) failed(ctx context.Context, a account.Account, cause error) {
	r.log.Warn("a channel stopped; it will be started again", "channel", a.ID, "error", cause)
	if k, ok := r.s.Sink(a.ID).(*sink); ok {
		k.failed()
	}
	err := r.s.db.Write(ctx, func(tx *db.Tx) error { return r.s.accounts.Fails(tx, a, words(cause)) })
	if err != nil && ctx.Err() == nil {
		r.log.Error("health of a channel not noted", "channel", a.ID, "error", err)
	}
}
