// Package usage counts how often apps call the API: in memory, and now and then, many calls at once, in the database. It does
// not know what was called, nor who may not call any more.
package usage

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/deskbell/deskbell/db"
)

// Counter counts the calls of one node.
type Counter struct {
	db  *db.DB
	log *slog.Logger

	mu      sync.Mutex
	day     int64           // of what follows
	pending map[int64]calls // not written yet, by app
	private int64           // what all nodes had written of private apps' calls today when this one last wrote
}

// Caller is an app.
type Caller struct {
	App     int64
	Private bool // a private app, by its token
}

// calls are those of one app, which is a private one or is not.
type calls struct {
	n       int64
	private bool
}

// New returns the counter of a node.
func New(d *db.DB, log *slog.Logger) *Counter {
	return &Counter{db: d, log: log, pending: map[int64]calls{}}
}

const (
	dayLength = 24 * time.Hour
	writeMost = 200 // rows of one statement
	keepDays  = 400
	flushTime = 10 * time.Second
	lastTime  = 5 * time.Second // to write what is left when the program ends
)

func dayOf(t time.Time) int64 { return t.Unix() / int64(dayLength/time.Second) }

// Midnight is when the day of t ends, UTC.
func Midnight(t time.Time) time.Time { return t.UTC().Truncate(dayLength).Add(dayLength) }

// Count counts a call.
func (c *Counter) Count(by Caller) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(c.db.Clock().Now())
	c.pending[by.App] = calls{c.pending[by.App].n + 1, by.Private}
}

// turn begins a new day. Calls of the old one that are not written yet count as of the new one: there are few.
func (c *Counter) turn(now time.Time) {
	if day := dayOf(now); day != c.day {
		c.day, c.private = day, 0
	}
}

// Private is how many calls private apps made today: this node's all, other nodes' as of its last write.
func (c *Counter) Private() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(c.db.Clock().Now())
	n := c.private
	for _, by := range c.pending {
		if by.private {
			n += by.n
		}
	}
	return n
}

// Flush writes what was counted since the last time.
func (c *Counter) Flush(ctx context.Context) error {
	c.mu.Lock()
	c.turn(c.db.Clock().Now())
	day, counted := c.day, c.pending
	c.pending = map[int64]calls{}
	c.mu.Unlock()
	var private int64
	err := c.db.Write(ctx, func(tx *db.Tx) (err error) {
		if err := add(tx, day, counted); err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM api_usage WHERE day < $1", day-keepDays); err != nil {
			return err
		}
		private, err = privateOf(tx, day)
		return err
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		for app, by := range counted {
			c.pending[app] = calls{c.pending[app].n + by.n, by.private}
		}
		return err
	}
	if c.day == day {
		c.private = private
	}
	return nil
}

func add(tx *db.Tx, day int64, counted map[int64]calls) error {
	// In one order on every node, so that two that write at once do not wait for one another.
	apps := slices.Sorted(maps.Keys(counted))
	for chunk := range slices.Chunk(apps, writeMost) {
		var q db.SQL
		q.Add("INSERT INTO api_usage (day, app_id, private, calls) VALUES ")
		for i, app := range chunk {
			if i > 0 {
				q.Add(", ")
			}
			q.Add("(?, ?, ?, ?)", day, app, counted[app].private, counted[app].n)
		}
		q.Add(" ON CONFLICT (day, app_id) DO UPDATE SET calls = api_usage.calls + excluded.calls")
		if _, err := q.Exec(tx); err != nil {
			return err
		}
	}
	return nil
}

func privateOf(tx *db.Tx, day int64) (int64, error) {
	return db.Value[int64](tx, "SELECT CAST(coalesce(sum(calls), 0) AS BIGINT) FROM api_usage WHERE day = $1 AND private", day)
}

// Run writes every few seconds until ctx ends, and what is left then.
func (c *Counter) Run(ctx context.Context) error {
	tick := time.NewTicker(flushTime)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if c.idle() {
				continue
			}
			if err := c.Flush(ctx); err != nil && !errors.Is(err, context.Canceled) {
				c.log.Error("write how often the API was called", "error", err)
			}
		case <-ctx.Done():
			last, done := context.WithTimeout(context.WithoutCancel(ctx), lastTime)
			defer done()
			return c.Flush(last)
		}
	}
}

func (c *Counter) idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.pending) == 0
}
