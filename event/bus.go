package event

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/job"
)

// Reactor acts on events inside the transaction that emitted them. It runs in a savepoint: its error undoes only its own
// work and leaves a retry job, so that a broken rule never loses a message.
type Reactor struct {
	Name  string   // unique; it names the retry job
	Types []string // of the events it wants; none means all
	React func(tx *db.Tx, e Event) error
}

// Bus hands events to reactors in the order they were installed.
type Bus struct {
	log      *slog.Logger
	reactors []Reactor
}

// NewBus returns a bus without reactors. Reactors need the database, and the database needs the bus, so they come later,
// once, through Install.
func NewBus(log *slog.Logger) *Bus { return &Bus{log: log} }

// Install gives the bus its reactors, in the order they run, before anything is written. It may be called once.
func (b *Bus) Install(reactors ...Reactor) error {
	if b.reactors != nil {
		return errors.New("event: reactors are installed already")
	}
	seen := map[string]bool{}
	for _, r := range reactors {
		if seen[r.Name] {
			return fmt.Errorf("event: two reactors are called %q", r.Name)
		}
		seen[r.Name] = true
	}
	b.reactors = reactors
	return nil
}

// Dispatch keeps one event and shows it to every reactor that wants it; it is the database's Dispatcher. The event is stored
// when nothing is left to dispatch.
func (b *Bus) Dispatch(tx *db.Tx, emitted any) error {
	e, ok := emitted.(Event)
	if !ok {
		return fmt.Errorf("event: %T was emitted, not an Event", emitted)
	}
	if err := store(tx, e); err != nil {
		return err
	}
	if e.Depth > depthMost {
		b.log.Error("loop of events cut", "type", e.Type, "object", e.ObjectID, "depth", e.Depth)
		return nil
	}
	before := tx.Get(causeKey{})
	tx.Put(causeKey{}, e)
	defer tx.Put(causeKey{}, before)
	for _, r := range b.reactors {
		if len(r.Types) > 0 && !slices.Contains(r.Types, e.Type) {
			continue
		}
		if err := b.react(tx, r, e); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bus) react(tx *db.Tx, r Reactor, e Event) error {
	err := tx.Savepoint(func() error { return r.React(tx, e) })
	if err == nil {
		return nil
	}
	b.log.Error("reactor failed; it will be retried", "reactor", r.Name, "event", e.Type, "object", e.ObjectID, "error", err)
	_, err = job.Enqueue(tx, job.Spec{
		Kind: retryKind, Key: fmt.Sprintf("%s:%d", r.Name, e.ID), Args: retryArgs{Event: e.ID, Reactor: r.Name},
		Due: tx.Now.Add(retryFirst),
	})
	return err
}

const (
	retryKind  = "event.react"
	retryFirst = 10 * time.Second
)

type retryArgs struct {
	Event   int64  `json:"event"`
	Reactor string `json:"reactor"`
}

// RetryHandler runs reactors again that failed.
func (b *Bus) RetryHandler(d *db.DB) job.Handler {
	return job.Handler{Kind: retryKind, Run: func(ctx context.Context, run job.Run) error {
		var args retryArgs
		if err := json.Unmarshal(run.Args, &args); err != nil {
			return job.Permanent(err)
		}
		i := slices.IndexFunc(b.reactors, func(r Reactor) bool { return r.Name == args.Reactor })
		if i < 0 {
			return job.Permanent(fmt.Errorf("there is no reactor %q any more", args.Reactor))
		}
		return d.Write(ctx, func(tx *db.Tx) error {
			e, ok, err := Get(tx, args.Event)
			if err != nil || !ok {
				return err
			}
			tx.Put(causeKey{}, e)
			if err := b.reactors[i].React(tx, e); err != nil {
				return err
			}
			return run.Complete(tx)
		})
	}}
}
