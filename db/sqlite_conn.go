package db

import (
	"container/list"
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
)

const statementsMost = 512 // prepared and kept per connection

// sqliteConn is one connection with its prepared statements: preparing each time would double the cost.
type sqliteConn struct {
	raw   *sql.Conn
	trace func(...string)
	cache map[string]*list.Element
	order *list.List // of *statement, newest first
}

type statement struct {
	query string
	stmt  *sql.Stmt
	busy  bool // its rows are being read; running it again would reset them
}

func newSQLiteConn(raw *sql.Conn, trace func(...string)) *sqliteConn {
	return &sqliteConn{raw: raw, trace: trace, cache: map[string]*list.Element{}, order: list.New()}
}

func (c *sqliteConn) run(ctx context.Context, query string) error {
	_, err := c.exec(ctx, query, nil)
	return err
}

func (c *sqliteConn) exec(ctx context.Context, query string, args []any) (int64, error) {
	st, err := c.prepare(ctx, query)
	if err != nil {
		return 0, err
	}
	defer c.release(st)
	res, err := st.stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (c *sqliteConn) query(ctx context.Context, query string, args []any) (Rows, error) {
	st, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := st.stmt.QueryContext(ctx, args...)
	if err != nil {
		c.release(st)
		return nil, err
	}
	return &sqliteRows{Rows: rows, conn: c, st: st}, nil
}

// later runs at once: here a trip costs nothing.
func (c *sqliteConn) later(ctx context.Context, query string, args []any) error {
	_, err := c.exec(ctx, query, args)
	return err
}

func (c *sqliteConn) flush(context.Context) error { return nil }

func (c *sqliteConn) undo(ctx context.Context, savepoint string) error {
	if err := c.run(ctx, "ROLLBACK TO SAVEPOINT "+savepoint); err != nil {
		return err
	}
	return c.run(ctx, "RELEASE SAVEPOINT "+savepoint)
}

// prepare returns an idle prepared statement; one that is busy with its rows gets a twin that is closed after use.
func (c *sqliteConn) prepare(ctx context.Context, query string) (*statement, error) {
	if c.trace != nil {
		c.trace(query)
	}
	if e, ok := c.cache[query]; ok && !e.Value.(*statement).busy {
		c.order.MoveToFront(e)
		st := e.Value.(*statement)
		st.busy = true
		return st, nil
	}
	stmt, err := c.raw.PrepareContext(ctx, positional(query))
	if err != nil {
		return nil, err
	}
	st := &statement{query: query, stmt: stmt, busy: true}
	if _, twin := c.cache[query]; !twin {
		c.cache[query] = c.order.PushFront(st)
		c.evict()
	}
	return st, nil
}

// positional writes $1, $2 … as ? where each stands once and in its order. SQLite takes $1 for a name, and the driver looks
// names up one by one, which costs the square of their number.
func positional(query string) string {
	var out strings.Builder
	rest, quotes := query, 0
	for next := 1; ; next++ {
		before, after, found := strings.Cut(rest, "$")
		out.WriteString(before)
		quotes += strings.Count(before, "'")
		if !found {
			return out.String()
		}
		number := strconv.Itoa(next)
		tail, ok := strings.CutPrefix(after, number)
		if !ok || tail != "" && tail[0] >= '0' && tail[0] <= '9' || quotes%2 != 0 {
			return query
		}
		out.WriteByte('?')
		rest = tail
	}
}

func (c *sqliteConn) evict() {
	for e := c.order.Back(); e != nil && len(c.cache) > statementsMost; {
		st, prev := e.Value.(*statement), e.Prev()
		if !st.busy {
			c.order.Remove(e)
			delete(c.cache, st.query)
			st.stmt.Close()
		}
		e = prev
	}
}

func (c *sqliteConn) release(st *statement) {
	st.busy = false
	if e, ok := c.cache[st.query]; !ok || e.Value != st {
		st.stmt.Close()
	}
}

func (c *sqliteConn) close() {
	for e := c.order.Front(); e != nil; e = e.Next() {
		e.Value.(*statement).stmt.Close()
	}
	// The pool's Close reports what matters.
	_ = c.raw.Close()
}

// sqliteRows gives its statement back when closed.
type sqliteRows struct {
	*sql.Rows
	conn   *sqliteConn
	st     *statement
	closed bool
	err    error
}

func (r *sqliteRows) Close() {
	if r.closed {
		return
	}
	r.closed = true
	r.err = r.Rows.Close()
	r.conn.release(r.st)
}

func (r *sqliteRows) Err() error { return errors.Join(r.Rows.Err(), r.err) }
