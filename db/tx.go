package db

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Tx is a transaction: everything in it shares one Now. It carries its context, so that code which only composes
// statements need not pass it on.
type Tx struct {
	// Now is when the transaction began, UTC, in whole microseconds: every row it writes has this time.
	Now time.Time

	db       *DB
	ctx      context.Context
	conn     conn
	writable bool
	saves    []*savepoint // open ones, the outermost first
	events   []any
	notes    []Note
	others   []Note // for other nodes alone
	after    []func()
	last     []lastRow
	touched  map[string]func() // how to drop each cache that this transaction made stale
	epoch    int64             // of the database, when it began
	values   map[any]any
	replaced []was
}

// Note is a small word passed to this process and, on PostgreSQL, to every other node after the commit.
type Note struct{ Topic, Payload string }

// Context is the transaction's context. Writing through DB.Write with it is refused.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Writable reports whether this is a write transaction: it may see what nobody else does yet.
func (tx *Tx) Writable() bool { return tx.writable }

// Epoch is where DB.Advance stood when the transaction began. What had committed before that count is in its snapshot.
func (tx *Tx) Epoch() int64 { return tx.epoch }

// NewID makes a new id.
func (tx *Tx) NewID() int64 { return tx.db.ids.New() }

// Micros is Now as it is stored.
func (tx *Tx) Micros() int64 { return tx.Now.UnixMicro() }

// Postgres reports which database runs; only dialect decisions may ask.
func (tx *Tx) Postgres() bool { return tx.db.Postgres() }

// Exec runs one statement with $1, $2 … and returns how many rows it changed.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	if err := tx.save(query); err != nil {
		return 0, err
	}
	n, err := tx.conn.exec(tx.ctx, query, args)
	if err != nil {
		return 0, wrap(err, query)
	}
	return n, nil
}

// Query runs one statement that returns rows. Prefer List and One.
func (tx *Tx) Query(query string, args ...any) (Rows, error) {
	if err := tx.save(query); err != nil {
		return nil, err
	}
	rows, err := tx.conn.query(tx.ctx, query, args)
	if err != nil {
		return nil, wrap(err, query)
	}
	return rows, nil
}

// Later runs one statement whose count of rows nobody needs, no later than the next statement: on PostgreSQL it goes in
// the same trip as that one, on SQLite it runs at once. So a refusal of it may come as the error of a later statement, of
// the savepoint it is in, or of the commit. What may be refused in the course of things is for Exec.
func (tx *Tx) Later(query string, args ...any) error {
	if err := tx.save(query); err != nil {
		return err
	}
	for _, s := range tx.saves {
		s.owes = true
	}
	return wrap(tx.conn.later(tx.ctx, query, args), query)
}

// savepoint is one that fn of Savepoint runs in. The database hears of it with the first statement that needs it: most
// reactors look at an event and do nothing.
type savepoint struct {
	name  string
	begun bool
	owes  bool // statements ran in it that nobody waited for
}

// save begins the open savepoints before a statement. A SELECT that fails harms nothing on SQLite; on PostgreSQL it ends
// the transaction if no savepoint catches it.
func (tx *Tx) save(query string) error {
	if len(tx.saves) == 0 || !tx.Postgres() && strings.HasPrefix(query, "SELECT") {
		return nil
	}
	for _, s := range tx.saves {
		if s.begun {
			continue
		}
		if err := tx.conn.later(tx.ctx, savepointBegin+s.name, nil); err != nil {
			return wrap(err, savepointBegin)
		}
		s.begun = true
	}
	return nil
}

const (
	savepointBegin = "SAVEPOINT "
	savepointEnd   = "RELEASE SAVEPOINT "
	savepointUndo  = "ROLLBACK TO SAVEPOINT "
)

// Savepoint runs fn so that its error undoes only what fn did, events, notes, values and rows stored last included.
func (tx *Tx) Savepoint(fn func() error) error {
	s := &savepoint{name: "s" + strconv.Itoa(len(tx.saves)+1)}
	tx.saves = append(tx.saves, s)
	defer func() { tx.saves = tx.saves[:len(tx.saves)-1] }()
	events, notes, others, after := len(tx.events), len(tx.notes), len(tx.others), len(tx.after)
	last, replaced := len(tx.last), len(tx.replaced)
	err := protect(fn)
	if err == nil && s.owes {
		err = tx.conn.flush(tx.ctx) // a refusal must undo this savepoint, not more
	}
	if err == nil {
		if s.begun {
			err = wrap(tx.conn.later(tx.ctx, savepointEnd+s.name, nil), savepointEnd)
		}
		return err
	}
	tx.events, tx.notes, tx.others = tx.events[:events], tx.notes[:notes], tx.others[:others]
	tx.after, tx.last = tx.after[:after], tx.last[:last]
	tx.putBack(replaced)
	if s.begun {
		err = errors.Join(err, wrap(tx.conn.undo(tx.ctx, s.name), savepointUndo))
	}
	return err
}

func protect(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, stack())
		}
	}()
	return fn()
}

func stack() string { return string(debug.Stack()) }

// Emit announces an event. The dispatcher sees it before the commit, in the order emitted; it vanishes with its savepoint.
func (tx *Tx) Emit(e any) { tx.events = append(tx.events, e) }

func (tx *Tx) dispatch() error {
	for len(tx.events) > 0 {
		e := tx.events[0]
		tx.events = tx.events[1:]
		if tx.db.reactor == nil {
			continue
		}
		if err := tx.dispatchOne(e); err != nil {
			return err
		}
	}
	return nil
}

// dispatchOne gives the dispatcher an empty queue, so that a savepoint inside it drops only what was emitted in it.
func (tx *Tx) dispatchOne(e any) error {
	rest := tx.events
	tx.events = nil
	err := tx.db.reactor.Dispatch(tx, e)
	tx.events = append(rest[:len(rest):len(rest)], tx.events...)
	return err
}

// Put keeps a value with the transaction under a key type of the caller's own, as with context.WithValue. It vanishes with its
// savepoint: then what was under the key before is there again.
func (tx *Tx) Put(key, value any) {
	if len(tx.saves) > 0 {
		tx.replaced = append(tx.replaced, was{key, tx.values[key]})
	}
	if tx.values == nil {
		tx.values = map[any]any{}
	}
	tx.values[key] = value
}

// was is what Put replaced inside a savepoint.
type was struct{ key, value any }

// putBack undoes what was put after a mark.
func (tx *Tx) putBack(mark int) {
	for _, w := range slices.Backward(tx.replaced[mark:]) {
		tx.values[w.key] = w.value
	}
	tx.replaced = tx.replaced[:mark]
}

// Get returns what Put kept, or nil.
func (tx *Tx) Get(key any) any { return tx.values[key] }

// Notify passes a word to every listener of the topic, here and on other nodes, after the commit.
func (tx *Tx) Notify(topic, payload string) { tx.notes = append(tx.notes, Note{topic, payload}) }

// Tell passes a word to every listener of the topic on other nodes, after the commit. What this node does about the same
// is AfterCommit's. Saying the same again at once is saying it once.
func (tx *Tx) Tell(topic, payload string) {
	n := Note{topic, payload}
	if !slices.Contains(tx.others[max(0, len(tx.others)-8):], n) {
		tx.others = append(tx.others, n)
	}
}

// AfterCommit runs fn once the transaction is durable. fn must be quick and must not fail; what must happen is a job.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// Scanner is a row to scan.
type Scanner interface{ Scan(dest ...any) error }

// List runs a query and scans each row.
func List[T any](tx *Tx, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, wrap(err, query)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, wrap(err, query)
	}
	return out, nil
}

// One runs a query for at most one row; ok is false when there is none.
func One[T any](tx *Tx, scan func(Scanner) (T, error), query string, args ...any) (v T, ok bool, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return v, false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return v, false, wrap(rows.Err(), query)
	}
	if v, err = scan(rows); err != nil {
		return v, false, wrap(err, query)
	}
	rows.Close()
	return v, true, wrap(rows.Err(), query)
}

// Col scans a row of one column.
func Col[T any](s Scanner) (v T, err error) {
	err = s.Scan(&v)
	return v, err
}

// Value runs a query for one value; the zero value when there is no row.
func Value[T any](tx *Tx, query string, args ...any) (T, error) {
	v, _, err := One(tx, Col[T], query, args...)
	return v, err
}

func wrap(err error, query string) error {
	if err == nil {
		return nil
	}
	if len(query) > 160 {
		query = query[:160] + "…"
	}
	return fmt.Errorf("%w [%s]", err, query)
}
