// Package id makes time-ordered int64 ids that a browser can hold: below 2^53, shown outside as numeric strings.
// It knows nothing of what they name.
package id

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/errs"
)

// Layout, from the top: 37 bits of 10 ms ticks since 2026 (43 years), 6 bits node, 10 bits within the tick.
const (
	tick     = 10 * time.Millisecond
	nodeBits = 6
	seqBits  = 10
	// MaxNode is the highest node number that fits.
	MaxNode = 1<<nodeBits - 1
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Source makes ids for one node. It never repeats one while it lives, and borrows from the next tick when a
// tick is full, so a burst never waits.
type Source struct {
	clock clock.Clock
	node  int64
	mu    sync.Mutex
	last  int64 // tick and sequence of the newest id, without the node
}

// NewSource returns the source of a node, 0 to MaxNode. Two live nodes on one database must not share a number.
func NewSource(c clock.Clock, node int) (*Source, error) {
	if node < 0 || node > MaxNode {
		return nil, fmt.Errorf("id: node %d is not in 0..%d", node, MaxNode)
	}
	return &Source{clock: c, node: int64(node)}, nil
}

// New returns the next id.
func (s *Source) New() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := int64(s.clock.Now().Sub(epoch)/tick) << seqBits
	s.last = max(now, s.last+1)
	return s.last>>seqBits<<(nodeBits+seqBits) | s.node<<seqBits | s.last&(1<<seqBits-1)
}

// Floor is a number that no id made at t or later is below; ids made a moment before t may be above it.
func Floor(t time.Time) int64 { return int64(t.Sub(epoch)/tick) << (nodeBits + seqBits) }

// Time is about when an id was made.
func Time(n int64) time.Time { return epoch.Add(time.Duration(n>>(nodeBits+seqBits)) * tick) }

// Format is the outside form of an id.
func Format(n int64) string { return strconv.FormatInt(n, 10) }

// Parse reads the outside form. The error names the field and fits a user.
func Parse(field, s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return 0, errs.Bad(field, "INVALID_ID", fmt.Sprintf("%s must be a numeric id, not %q", field, s))
	}
	return n, nil
}
