package db

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// pgConn is one transaction on a connection. A trip to PostgreSQL costs more than most statements, so those that nobody
// waits for (BEGIN and SAVEPOINT too) go in one trip with the next that somebody does.
type pgConn struct {
	raw     *pgx.Conn
	trace   func(...string)
	known   map[string]bool // statements that the server took before, on this connection
	pending []pgStatement   // not sent yet
	failed  error           // of a statement nobody waited for: until it is undone, nothing can go on
}

type pgStatement struct {
	query string
	args  []any
}

const (
	pendingMost = 64   // statements that wait, so that memory is bounded
	knownMost   = 1024 // texts remembered; more than that are made up as they come
	knownKey    = "deskbell.known"
)

func newPgConn(raw *pgx.Conn, trace func(...string)) *pgConn {
	known, _ := raw.PgConn().CustomData()[knownKey].(map[string]bool)
	if known == nil {
		known = map[string]bool{}
		raw.PgConn().CustomData()[knownKey] = known
	}
	return &pgConn{raw: raw, trace: trace, known: known}
}

func (c *pgConn) later(ctx context.Context, query string, args []any) error {
	if c.failed != nil {
		return c.failed
	}
	c.pending = append(c.pending, pgStatement{query, args})
	if len(c.pending) < pendingMost {
		return nil
	}
	return c.flush(ctx)
}

func (c *pgConn) exec(ctx context.Context, query string, args []any) (int64, error) {
	tag, err := c.run(ctx, pgStatement{query, args})
	return tag.RowsAffected(), err
}

func (c *pgConn) run(ctx context.Context, st pgStatement) (pgconn.CommandTag, error) {
	if err := c.clear(ctx, st.query); err != nil {
		return pgconn.CommandTag{}, err
	}
	if len(c.pending) == 0 {
		return c.alone(ctx, st)
	}
	results, err := c.send(ctx, st)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := results.Exec()
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	return tag, err
}

func (c *pgConn) alone(ctx context.Context, st pgStatement) (pgconn.CommandTag, error) {
	c.tell(st.query)
	tag, err := c.raw.Exec(ctx, st.query, st.args...)
	c.learn(st.query, err)
	return tag, err
}

func (c *pgConn) query(ctx context.Context, query string, args []any) (Rows, error) {
	if err := c.clear(ctx, query); err != nil {
		return nil, err
	}
	if len(c.pending) == 0 {
		c.tell(query)
		rows, err := c.raw.Query(ctx, query, args...)
		c.learn(query, err)
		return rows, err
	}
	results, err := c.send(ctx, pgStatement{query, args})
	if err != nil {
		return nil, err
	}
	rows, err := results.Query()
	if err != nil {
		_ = results.Close() // says the same
		return nil, err
	}
	return &pgRows{Rows: rows, results: results}, nil
}

// clear makes the way free for a statement: all that waits may go with it, or has gone.
func (c *pgConn) clear(ctx context.Context, query string) error {
	if c.failed != nil {
		return c.failed
	}
	if c.known[query] && c.allKnown() {
		return nil
	}
	return c.flush(ctx)
}

// flush sends what waits. A statement that this connection has not prepared yet goes alone: pgx would prepare it before
// those ahead of it ran, and if that failed nobody could tell which of them had.
func (c *pgConn) flush(ctx context.Context) error {
	if c.failed != nil || len(c.pending) == 0 {
		return c.failed
	}
	if last := len(c.pending) - 1; last > 0 && c.allKnown() {
		st := c.pending[last]
		c.pending = c.pending[:last]
		_, err := c.run(ctx, st)
		return c.fail(err, st)
	}
	for _, st := range c.pending {
		if _, err := c.alone(ctx, st); err != nil {
			return c.fail(err, st)
		}
	}
	c.pending = c.pending[:0]
	return nil
}

func (c *pgConn) allKnown() bool {
	return !slices.ContainsFunc(c.pending, func(st pgStatement) bool { return !c.known[st.query] })
}

// send sends what waits and one more, and reads what became of the former. The caller reads the last result and closes.
func (c *pgConn) send(ctx context.Context, last pgStatement) (pgx.BatchResults, error) {
	var b pgx.Batch
	for _, st := range c.pending {
		b.Queue(st.query, st.args...)
	}
	b.Queue(last.query, last.args...)
	if c.trace != nil {
		texts := make([]string, len(b.QueuedQueries))
		for i, q := range b.QueuedQueries {
			texts[i] = q.SQL
		}
		c.trace(texts...)
	}
	results := c.raw.SendBatch(ctx, &b)
	for _, st := range c.pending {
		if _, err := results.Exec(); err != nil {
			_ = results.Close() // says the same
			return nil, c.fail(err, st)
		}
	}
	c.pending = c.pending[:0]
	return results, nil
}

// fail notes that a statement failed that nobody waited for.
func (c *pgConn) fail(err error, st pgStatement) error {
	if err != nil && c.failed == nil {
		c.failed = wrap(err, st.query)
	}
	return c.failed
}

// undo ends a savepoint. One that the server has not heard of is gone with what waits behind it.
func (c *pgConn) undo(ctx context.Context, savepoint string) error {
	for i, st := range slices.Backward(c.pending) {
		if c.failed == nil && st.query == savepointBegin+savepoint {
			c.pending = c.pending[:i]
			return nil
		}
	}
	c.pending = c.pending[:0]
	for _, statement := range []string{savepointUndo + savepoint, savepointEnd + savepoint} {
		if _, err := c.alone(ctx, pgStatement{query: statement}); err != nil {
			return errors.Join(c.failed, err) // what failed came before the savepoint
		}
	}
	c.failed = nil
	return nil
}

// commit sends what waits together with the commit: if any of it is refused, nothing is committed.
func (c *pgConn) commit(ctx context.Context) error {
	if c.idle() && len(c.pending) == 1 {
		return nil // nothing was asked of it but to begin
	}
	tag, err := c.run(ctx, pgStatement{query: "COMMIT"})
	if err != nil {
		return errors.Join(err, c.rollback(ctx))
	}
	if tag.String() == "ROLLBACK" {
		return pgx.ErrTxCommitRollback
	}
	return nil
}

// rollback ends the transaction if the server has begun it.
func (c *pgConn) rollback(ctx context.Context) error {
	if c.raw.IsClosed() || c.idle() {
		return nil
	}
	// Not ctx: the connection must be clean for the next one even when this one gave up.
	_, err := c.alone(context.WithoutCancel(ctx), pgStatement{query: "ROLLBACK"})
	return err
}

// idle reports whether the server is in no transaction.
func (c *pgConn) idle() bool { return c.raw.PgConn().TxStatus() == 'I' }

func (c *pgConn) tell(statement string) {
	if c.trace != nil {
		c.trace(statement)
	}
}

func (c *pgConn) learn(query string, err error) {
	if err != nil || c.known[query] {
		return
	}
	if len(c.known) >= knownMost {
		clear(c.known)
	}
	c.known[query] = true
}

// pgRows are the rows of the last statement of a trip.
type pgRows struct {
	pgx.Rows
	results pgx.BatchResults
	err     error
}

// Close implements Rows.
func (r *pgRows) Close() {
	r.Rows.Close()
	r.err = r.results.Close()
}

// Err implements Rows.
func (r *pgRows) Err() error { return errors.Join(r.Rows.Err(), r.err) }
