// Package db runs one SQL text on two databases: SQLite in a file, or PostgreSQL. It owns connections, transactions,
// migrations and the few places where the databases differ; it knows no table but its own bookkeeping.
package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
)

// Config says where the data lives.
type Config struct {
	URL     string // "postgres://…", or the path of a SQLite file
	Clock   clock.Clock
	Node    int // 0..id.MaxNode, unique among live nodes on one PostgreSQL
	Readers int // read connections; 0 means a default fit for a small machine
	Log     *slog.Logger
	Reactor Dispatcher // sees every emitted event before commit; nil for none
	// Trace is told of every trip to the database, with the statements that make it: for tests that count them. It is
	// called by many goroutines at once. nil for nobody.
	Trace func(statements ...string)
}

// Dispatcher is told of the events of a transaction before it commits, and may write in it. What it emits is
// given to it again until nothing is left.
type Dispatcher interface {
	Dispatch(tx *Tx, e any) error
}

// engine is one database behind the one text.
type engine interface {
	name() string
	read(ctx context.Context, fn func(conn) error) error
	write(ctx context.Context, job writeJob) error
	relay(notes []Note) // tells other nodes, soon; nothing where there is one node
	close() error
}

// conn runs statements inside a transaction.
type conn interface {
	exec(ctx context.Context, query string, args []any) (int64, error)
	query(ctx context.Context, query string, args []any) (Rows, error)
	later(ctx context.Context, query string, args []any) error // at once, or on the way to the next that is waited for
	flush(ctx context.Context) error                           // waits for what later put off
	undo(ctx context.Context, savepoint string) error          // ends a savepoint and all that was done in it
}

// Rows is what a query returns, as in database/sql.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// writeJob is one write transaction: body runs in it (maybe more than once: PostgreSQL retries after a deadlock),
// done runs once after it committed.
type writeJob struct {
	body func(ctx context.Context, c conn) error
	done func()
}

// DB is an open database.
type DB struct {
	eng     engine
	clock   clock.Clock
	ids     *id.Source
	reactor Dispatcher
	log     *slog.Logger
	hub     *hub
	epoch   atomic.Int64 // counts what made things kept in memory stale
}

// Open opens the database. Its schema is Migrate's.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	ids, err := id.NewSource(cfg.Clock, cfg.Node)
	if err != nil {
		return nil, err
	}
	d := &DB{clock: cfg.Clock, ids: ids, reactor: cfg.Reactor, log: cfg.Log, hub: newHub()}
	if IsPostgresURL(cfg.URL) {
		d.eng, err = openPostgres(ctx, cfg, d.hub)
	} else {
		d.eng, err = openSQLite(ctx, cfg, d.hub)
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return d, nil
}

// IsPostgresURL reports whether url names a PostgreSQL database rather than a SQLite file.
func IsPostgresURL(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// Close waits for what runs and closes every connection.
func (d *DB) Close() error {
	err := d.eng.close()
	d.hub.close()
	return err
}

// Postgres reports which of the two databases this is. Only dialect decisions may ask.
func (d *DB) Postgres() bool { return d.eng.name() == enginePostgres }

// Clock is the clock that transactions take their now from.
func (d *DB) Clock() clock.Clock { return d.clock }

// Advance counts on and returns the new count. Whoever keeps rows in memory takes a number after each commit that changed
// them: a transaction whose Epoch is not below it sees that commit, and may bring what is kept up to it.
func (d *DB) Advance() int64 { return d.epoch.Add(1) }

type insideKey struct{}

// Read runs fn in one read-only snapshot.
func (d *DB) Read(ctx context.Context, fn func(tx *Tx) error) error {
	return d.eng.read(ctx, func(c conn) error {
		return d.guarded(func() error { return fn(d.begin(ctx, c)) })
	})
}

// Write runs fn in one write transaction and returns after it is durable. Events emitted in fn are dispatched before
// the commit. fn must do no I/O but its statements, must not call Write or Read, and may run again after a deadlock,
// so it must not change what lives outside. On SQLite concurrent writes share a commit, each in its savepoint.
func (d *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	if ctx.Value(insideKey{}) != nil {
		return errors.New("db: Write inside a transaction; pass the Tx instead")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var last *Tx
	return d.eng.write(ctx, writeJob{
		body: func(ctx context.Context, c conn) error {
			last = d.begin(context.WithValue(ctx, insideKey{}, true), c)
			last.writable = true
			return d.run(last, fn)
		},
		done: func() { d.committed(last) },
	})
}

func (d *DB) begin(ctx context.Context, c conn) *Tx {
	return &Tx{Now: d.clock.Now().UTC().Truncate(time.Microsecond), db: d, ctx: ctx, conn: c, epoch: d.epoch.Load()}
}

func (d *DB) run(tx *Tx, fn func(*Tx) error) error {
	return d.guarded(func() error {
		if err := fn(tx); err != nil {
			return err
		}
		if err := tx.dispatch(); err != nil {
			return err
		}
		if err := tx.storeLast(); err != nil {
			return err
		}
		for _, drop := range tx.touched {
			drop()
		}
		return nil
	})
}

// guarded makes a panic an error, so that the engine ends the transaction and its connection serves on.
func (d *DB) guarded(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			d.log.Error("panic in a transaction", "panic", p, "stack", stack())
			err = errs.New(errs.Internal, "something went wrong", fmt.Errorf("panic: %v", p))
		}
	}()
	return fn()
}

func (d *DB) committed(tx *Tx) {
	for _, n := range tx.notes {
		d.hub.publish(n)
	}
	d.eng.relay(tx.notes)
	d.eng.relay(tx.others)
	for _, f := range tx.after {
		f()
	}
}
