package column

import (
	"slices"
	"sync"

	"github.com/deskbell/deskbell/db"
)

// logMost bounds the changes that are remembered one by one; whoever is further behind reads everything again.
const logMost = 1 << 15

// changes remembers what was changed in the database, in the order of the epochs that were taken for it. A transaction with
// an epoch sees all that was noted with one not above it.
type changes[K any] struct {
	d     *db.DB
	mu    sync.Mutex
	notes []note[K]
	floor int64 // what was noted with a larger epoch is all there
}

type note[K any] struct {
	epoch int64
	of    K
}

func (c *changes[K]) add(of ...K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	epoch := c.d.Advance() // inside the lock, so that whoever has seen the count finds the note
	for _, k := range of {
		c.notes = append(c.notes, note[K]{epoch, k})
	}
	if len(c.notes) > logMost {
		cut := len(c.notes) - logMost/2
		c.floor = c.notes[cut-1].epoch
		c.notes = append(c.notes[:0], c.notes[cut:]...)
	}
}

// lose says that changes were missed.
func (c *changes[K]) lose() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.floor, c.notes = c.d.Advance(), nil
}

// between returns what was noted after one epoch, up to another; false when it is not known any more.
func (c *changes[K]) between(after, upTo int64) ([]K, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if after < c.floor {
		return nil, false
	}
	var out []K
	for _, n := range c.notes[c.from(after):] {
		if n.epoch > upTo {
			break
		}
		out = append(out, n.of)
	}
	return out, true
}

// since counts what was noted after an epoch.
func (c *changes[K]) since(after int64) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.notes) - c.from(after)
}

// knows reports whether all that was noted after an epoch is known.
func (c *changes[K]) knows(after int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return after >= c.floor
}

func (c *changes[K]) from(after int64) int {
	i, _ := slices.BinarySearchFunc(c.notes, after+1, func(n note[K], epoch int64) int {
		switch {
		case n.epoch < epoch:
			return -1
		case n.epoch > epoch:
			return 1
		}
		return 0
	})
	return i
}
