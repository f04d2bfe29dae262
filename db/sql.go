package db

import (
	"strconv"
	"strings"
)

// SQL builds a statement from pieces written with ?, numbering the placeholders in order. The zero value is empty.
type SQL struct {
	text strings.Builder
	args []any
}

// Add appends text with one ? for each argument.
func (q *SQL) Add(text string, args ...any) *SQL {
	next := 0
	for {
		before, after, found := strings.Cut(text, "?")
		q.text.WriteString(before)
		if !found {
			break
		}
		q.args = append(q.args, args[next])
		next++
		q.text.WriteString("$" + strconv.Itoa(len(q.args)))
		text = after
	}
	if next != len(args) {
		panic("db: SQL.Add: more arguments than placeholders")
	}
	return q
}

// In appends "expr IN (…)" for a list; an empty list is false.
func In[T any](q *SQL, expr string, list []T) *SQL {
	if len(list) == 0 {
		return q.Add("FALSE")
	}
	q.Add(expr + " IN (")
	for i, v := range list {
		if i > 0 {
			q.Add(", ")
		}
		q.Add("?", v)
	}
	return q.Add(")")
}

// Padded repeats the last value of a list up to a power of two, so that few statement texts serve all lengths of In.
func Padded[T any](ids []T) []T {
	n := 1
	for n < len(ids) {
		n *= 2
	}
	out := make([]T, n)
	for i := range out {
		out[i] = ids[min(i, len(ids)-1)]
	}
	return out
}

// Append appends another statement's text and arguments.
func (q *SQL) Append(other *SQL) *SQL {
	shift := len(q.args)
	text := other.text.String()
	for {
		before, after, found := strings.Cut(text, "$")
		q.text.WriteString(before)
		if !found {
			break
		}
		digits := 0
		for digits < len(after) && after[digits] >= '0' && after[digits] <= '9' {
			digits++
		}
		n, err := strconv.Atoi(after[:digits])
		if err != nil {
			panic("db: SQL.Append: stray $ in " + text)
		}
		q.text.WriteString("$" + strconv.Itoa(n+shift))
		text = after[digits:]
	}
	q.args = append(q.args, other.args...)
	return q
}

// Empty reports whether nothing was added.
func (q *SQL) Empty() bool { return q.text.Len() == 0 }

// Text is the statement with $1, $2 ….
func (q *SQL) Text() string { return q.text.String() }

// Args are the arguments in order.
func (q *SQL) Args() []any { return q.args }

// Exec runs the statement.
func (q *SQL) Exec(tx *Tx) (int64, error) { return tx.Exec(q.Text(), q.args...) }
