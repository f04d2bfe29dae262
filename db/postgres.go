package db

import (
	"context"
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5"
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
	return &postgresEngine{pool: pool, log: cfg.Log, relays: relays}, nil
}

func (p *postgresEngine) name() string { return enginePostgres }

func (p *postgresEngine) relay(notes []Note) { p.relays.send(notes) }

func (p *postgresEngine) read(ctx context.Context, fn func(conn) error) error {
	opt := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	tx, err := p.pool.BeginTx(ctx, opt)
	if err != nil {
		return err
	}
	err = fn(pgConn{tx})
	if rbErr := tx.Rollback(context.WithoutCancel(ctx)); rbErr != nil && !errors.Is(rbErr, pgx.ErrTxClosed) {
		return errors.Join(err, rbErr)
	}
	return err
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
	tx, err := p.pool.Begin(ctx)
	if err != nil {
		return err
	}
	if err := job.body(ctx, pgConn{tx}); err != nil {
		if rbErr := tx.Rollback(context.WithoutCancel(ctx)); rbErr != nil && !errors.Is(rbErr, pgx.ErrTxClosed) {
			return errors.Join(err, rbErr)
		}
		return err
	}
	return tx.Commit(ctx)
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

// pgConn is a pgx transaction as a conn.
type pgConn struct{ tx pgx.Tx }

func (c pgConn) exec(ctx context.Context, query string, args []any) (int64, error) {
	tag, err := c.tx.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

func (c pgConn) query(ctx context.Context, query string, args []any) (Rows, error) {
	return c.tx.Query(ctx, query, args...)
}
