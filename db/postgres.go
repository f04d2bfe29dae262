package db

import (
	"context"
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	enginePostgres = "postgres"
	writeTries     = 5 // a transaction is begun again after a deadlock or serialisation failure
)

// postgresEngine is a pool, and the relay that passes notes between nodes.
type postgresEngine struct {
	pool   *pgxpool.Pool
	log    *slog.Logger
	trace  func(...string)
	relays *relay
}

func openPostgres(ctx context.Context, cfg Config, h *hub) (*postgresEngine, error) {
	pc, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		return nil, err
	}
	if cfg.Readers > 0 {
		pc.MaxConns = int32(cfg.Readers)
	} else if pc.MaxConns < 16 {
		pc.MaxConns = 16
	}
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	relays, err := startRelay(ctx, pool, h, cfg.Log)
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &postgresEngine{pool: pool, log: cfg.Log, trace: cfg.Trace, relays: relays}, nil
}

func (p *postgresEngine) name() string { return enginePostgres }

func (p *postgresEngine) relay(notes []Note) { p.relays.send(notes) }

func (p *postgresEngine) read(ctx context.Context, fn func(conn) error) error {
	return p.with(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", func(c *pgConn) error {
		err := fn(c)
		return errors.Join(err, c.rollback(ctx))
	})
}

// with lends a connection whose first statement will begin a transaction. The pool drops one that comes back in the middle of
// one.
func (p *postgresEngine) with(ctx context.Context, begin string, fn func(c *pgConn) error) error {
	lent, err := p.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer lent.Release()
	c := newPgConn(lent.Conn(), p.trace)
	if err := c.later(ctx, begin, nil); err != nil {
		return err
	}
	return fn(c)
}

func (p *postgresEngine) write(ctx context.Context, job writeJob) error {
	for try := 1; ; try++ {
		err := p.writeOnce(ctx, job)
		if err == nil {
			job.done()
			return nil
		}
		if try == writeTries || !retryable(err) || ctx.Err() != nil {
			return err
		}
	}
}

func (p *postgresEngine) writeOnce(ctx context.Context, job writeJob) error {
	return p.with(ctx, "BEGIN", func(c *pgConn) error {
		if err := job.body(ctx, c); err != nil {
			return errors.Join(err, c.rollback(ctx))
		}
		return c.commit(ctx)
	})
}

// retryable tells serialization_failure and deadlock_detected from real failures.
func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

func (p *postgresEngine) close() error {
	p.relays.close()
	p.pool.Close()
	return nil
}
