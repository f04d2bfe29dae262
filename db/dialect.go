package db

import (
	"errors"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// This file holds what differs between the databases beyond opening them. Nothing else may ask which one runs.

// SQLite's extended result codes for a broken unique or primary key.
const (
	sqliteConstraintUnique     = 2067
	sqliteConstraintPrimaryKey = 1555
)

// IsUnique reports whether err is a broken unique constraint.
func IsUnique(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqliteConstraintUnique || lite.Code() == sqliteConstraintPrimaryKey
	}
	return false
}

// Claim is appended to a SELECT that picks rows to work on, so that two nodes never pick the same. SQLite has one writer.
func (tx *Tx) Claim() string {
	if tx.Postgres() {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// ForUpdate is appended to a SELECT of rows that this transaction is about to change, so that others wait for it.
func (tx *Tx) ForUpdate() string {
	if tx.Postgres() {
		return " FOR UPDATE"
	}
	return ""
}

const advisoryLock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"

// Lock makes transactions that name the same key wait for one another until they end. SQLite has one writer.
func (tx *Tx) Lock(key string) error {
	if !tx.Postgres() {
		return nil
	}
	_, err := tx.Exec(advisoryLock, key)
	return err
}

// LockNext is Lock for where the next thing that happens is a statement: the lock is held from that one on.
func (tx *Tx) LockNext(key string) error {
	if !tx.Postgres() {
		return nil
	}
	return tx.Later(advisoryLock, key)
}

// MergeJSON is the expression that merges a JSON object (the placeholder patch) into a JSON column; a null in the patch
// removes the key.
func (tx *Tx) MergeJSON(column, patch string) string {
	if tx.Postgres() {
		return "jsonb_strip_nulls(" + column + " || CAST(" + patch + " AS JSONB))"
	}
	return "json_patch(" + column + ", " + patch + ")"
}

// RemoveJSON is the expression that takes from a JSON column what lies under names, which are ours and need no quoting.
func (tx *Tx) RemoveJSON(column string, path ...string) string {
	if tx.Postgres() {
		return column + " #- '{" + strings.Join(path, ",") + "}'"
	}
	return "json_remove(" + column + ", '$." + strings.Join(path, ".") + "')"
}

// Contains is the condition that text column holds the words of placeholder, ignoring case. It reads every row it is
// given: bound the rows by an index first.
func (tx *Tx) Contains(column, placeholder string) string {
	if tx.Postgres() {
		return column + " ILIKE " + placeholder + ` ESCAPE '\'`
	}
	return column + " LIKE " + placeholder + ` ESCAPE '\'`
}

// Like escapes text for Contains, as a part of the value.
func Like(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

// Among appends the condition that expr is one of ids, which may be many: the statement's text is the same for all lengths.
func (tx *Tx) Among(q *SQL, expr string, ids []int64) *SQL {
	if tx.Postgres() {
		return q.Add(expr+" = ANY(?)", ids)
	}
	list := make([]byte, 0, 18*len(ids)+2)
	list = append(list, '[')
	for i, id := range ids {
		if i > 0 {
			list = append(list, ',')
		}
		list = strconv.AppendInt(list, id, 10)
	}
	return q.Add(expr+" IN (SELECT value FROM json_each(?))", string(append(list, ']')))
}

// Explain returns the plan of a query, for tests that assert the index it uses.
func (tx *Tx) Explain(query string, args ...any) (string, error) {
	if tx.Postgres() {
		lines, err := List(tx, Col[string], "EXPLAIN "+query, args...)
		return strings.Join(lines, "\n"), err
	}
	scan := func(s Scanner) (string, error) {
		var a, b, c int
		var detail string
		err := s.Scan(&a, &b, &c, &detail)
		return detail, err
	}
	lines, err := List(tx, scan, "EXPLAIN QUERY PLAN "+query, args...)
	return strings.Join(lines, "\n"), err
}
