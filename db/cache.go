package db

import "sync"

const cacheTopic = "cache"

// Cache holds what every request consults and few change: definitions, pipelines, channels. It is dropped on every node
// when a transaction that changed it commits; that transaction itself reads past it.
type Cache[T any] struct {
	name string
	load func(*Tx) (T, error)
	db   *DB

	mu      sync.Mutex
	dropped int64 // the epoch of the newest drop; only transactions that began after it may fill the cache
	held    bool
	value   T
}

// NewCache makes a cache that load fills. Names are unique in a program. It listens until the database closes.
func NewCache[T any](d *DB, name string, load func(*Tx) (T, error)) *Cache[T] {
	c := &Cache[T]{name: name, load: load, db: d}
	d.Listen(cacheTopic+":"+name, func(string, bool) { c.drop() })
	return c
}

// Get returns the value. Treat it as read-only: it is shared.
func (c *Cache[T]) Get(tx *Tx) (T, error) {
	if tx.touched[c.name] != nil {
		return c.load(tx)
	}
	c.mu.Lock()
	held, value := c.held, c.value
	c.mu.Unlock()
	if held {
		return value, nil
	}
	value, err := c.load(tx)
	if err != nil {
		return value, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if tx.epoch >= c.dropped {
		c.value, c.held = value, true
	}
	return value, nil
}

// Invalidate marks the value as changed by this transaction.
func (c *Cache[T]) Invalidate(tx *Tx) {
	if tx.touched == nil {
		tx.touched = map[string]func(){}
	}
	// Dropped when the body ends, for the transactions that share its commit, and again once it committed, for
	// readers whose snapshot is older.
	tx.touched[c.name] = c.drop
	tx.Notify(cacheTopic+":"+c.name, "")
	tx.AfterCommit(c.drop)
}

func (c *Cache[T]) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	var zero T
	c.dropped = c.db.Advance()
	c.held, c.value = false, zero
}
