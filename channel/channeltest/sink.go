// Package channeltest is what every channel must do, as a test that each runs, and a sink in memory to receive into.
// It knows channels only by their interfaces.
package channeltest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/channel"
)

// patience is how long a test waits for a moment that must come.
const patience = 20 * time.Second

// errFull is what a sink says that was told to fail.
var errFull = errors.New("the disk is full")

// Sink is a channel.Sink in memory. Its zero value is ready.
type Sink struct {
	mu       sync.Mutex
	stored   []channel.Raw // each ExternalID once
	attempts int
	skip     int // deliveries that succeed before the failing ones
	failing  int
	gate     chan struct{} // closed when held deliveries may go on; nil when none are held
	cursor   string
	healthy  int
	moved    chan struct{} // closed and replaced at every change
}

var _ channel.Sink = (*Sink)(nil)

// Deliver implements channel.Sink.
func (s *Sink) Deliver(ctx context.Context, raw channel.Raw) error {
	s.mu.Lock()
	s.attempts++
	fail := s.skip == 0 && s.failing > 0
	if fail {
		s.failing--
	} else if s.skip > 0 {
		s.skip--
	}
	gate := s.gate
	s.changed()
	s.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if fail {
		return errFull
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.stored, func(r channel.Raw) bool { return r.ExternalID == raw.ExternalID }) {
		raw.Body = slices.Clone(raw.Body)
		s.stored = append(s.stored, raw)
	}
	s.changed()
	return nil
}

// Cursor implements channel.Sink.
func (s *Sink) Cursor(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cursor, nil
}

// SaveCursor implements channel.Sink.
func (s *Sink) SaveCursor(_ context.Context, cursor string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cursor = cursor
	s.changed()
	return nil
}

// Healthy implements channel.Sink.
func (s *Sink) Healthy(context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.healthy++
	s.changed()
}

// changed wakes who waits; the lock is held.
func (s *Sink) changed() {
	if s.moved != nil {
		close(s.moved)
		s.moved = nil
	}
}

// FailNext makes the next n deliveries fail.
func (s *Sink) FailNext(n int) { s.FailAfter(0, n) }

// FailAfter lets some deliveries succeed and makes the next n fail.
func (s *Sink) FailAfter(some, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skip, s.failing = some, n
}

// Hold makes deliveries wait until the returned function is called.
func (s *Sink) Hold() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gate := make(chan struct{})
	s.gate = gate
	return sync.OnceFunc(func() {
		s.mu.Lock()
		s.gate = nil
		s.mu.Unlock()
		close(gate)
	})
}

// Stored returns what was delivered, each ExternalID once, in order.
func (s *Sink) Stored() []channel.Raw {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.stored)
}

// Attempts counts the calls of Deliver.
func (s *Sink) Attempts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.attempts
}

// Successes counts the calls of Healthy.
func (s *Sink) Successes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.healthy
}

// Await returns when reached says true, which is asked after each change of the sink; the test fails if that takes
// too long. reached may call the sink's methods.
func (s *Sink) Await(t testing.TB, what string, reached func() bool) {
	t.Helper()
	timeout := time.After(patience)
	for {
		s.mu.Lock()
		if s.moved == nil {
			s.moved = make(chan struct{})
		}
		moved := s.moved
		s.mu.Unlock()
		if reached() {
			return
		}
		select {
		case <-moved:
		case <-timeout:
			t.Fatalf("waited %v for %s; %d attempts, %d stored", patience, what, s.Attempts(), len(s.Stored()))
		}
	}
}

// AwaitStored returns when n messages are stored.
func (s *Sink) AwaitStored(t testing.TB, n int) []channel.Raw {
	t.Helper()
	s.Await(t, "stored messages", func() bool { return len(s.Stored()) >= n })
	return s.Stored()
}
