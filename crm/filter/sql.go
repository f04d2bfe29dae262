package filter

import (
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
)

// binary makes PostgreSQL compare text byte by byte, as SQLite does and Go; the text columns are so by themselves.
func binary(tx *db.Tx) string {
	if tx.Postgres() {
		return ` COLLATE "C"`
	}
	return ""
}

// text is the value as SQL text. Names are checked when definitions are made: they need no quoting.
func text(d *property.Definition, tx *db.Tx) string {
	if d.Column != "" {
		return d.Column
	}
	return "(props->>'" + d.Name + "')" + binary(tx)
}

// ordered is the value as SQL that sorts and compares as the type does.
func ordered(d *property.Definition, tx *db.Tx) string {
	if d.Column == "" && d.Type == property.Number {
		return "CAST(props->>'" + d.Name + "' AS NUMERIC)"
	}
	return text(d, tx)
}

// bind appends a value to compare ordered with.
func bind(q *db.SQL, d *property.Definition, value string) {
	switch {
	case d.Column != "":
		q.Add("?", d.Arg(value))
	case d.Type == property.Number:
		q.Add("CAST(? AS NUMERIC)", value)
	default:
		q.Add("?", value)
	}
}

func (t *test) where(q *db.SQL, tx *db.Tx) {
	switch {
	case t.link != nil:
		t.link.where(q, t)
	case t.op == opHas:
		t.has(q, tx)
	case t.def.Column != "" && t.def.Store == property.Flag && t.def.NotNull:
		t.flag(q)
	case t.op == opEqual && t.not:
		q.Add(t.equal(tx) + " IS DISTINCT FROM ")
		t.bindEqual(q, t.values[0])
	case t.not:
		q.Add("(" + text(&t.def, tx) + " IS NULL OR NOT ")
		t.holdsWhere(q, tx)
		q.Add(")")
	default:
		t.holdsWhere(q, tx)
	}
}

func (t *test) has(q *db.SQL, tx *db.Tx) {
	switch {
	case t.def.NotNull && t.not:
		q.Add("FALSE")
	case t.def.NotNull:
		q.Add("TRUE")
	case t.not:
		q.Add(text(&t.def, tx) + " IS NULL")
	default:
		q.Add(text(&t.def, tx) + " IS NOT NULL")
	}
}

// flag writes a boolean column bare, so that partial indexes over it are found.
func (t *test) flag(q *db.SQL) {
	yes, no := false, false
	for _, v := range t.values {
		yes, no = yes || v == "true", no || v == "false"
	}
	switch yes, no = yes != t.not, no != t.not; {
	case yes && no:
		q.Add("TRUE")
	case yes:
		q.Add(t.def.Column)
	case no:
		q.Add("NOT " + t.def.Column)
	default:
		q.Add("FALSE")
	}
}

// equal is the value as SQL that = and IN compare. JSON values are canonical text, so numbers need no conversion.
func (t *test) equal(tx *db.Tx) string {
	if t.folds() {
		return "lower(" + text(&t.def, tx) + ")"
	}
	return text(&t.def, tx)
}

func (t *test) bindEqual(q *db.SQL, value string) {
	if t.def.Column != "" && t.def.Store != property.Text {
		q.Add("?", t.def.Arg(value))
		return
	}
	q.Add("?", t.fold(value))
}

func (t *test) holdsWhere(q *db.SQL, tx *db.Tx) {
	switch {
	case t.op == opToken && !t.def.Multi():
		t.tokens(q, tx)
	case t.op == opPart, t.op == opStart, t.op == opEnd:
		t.within(q, tx)
	case t.op == opToken || t.op == opIn && t.def.Multi():
		q.Add("(")
		for i, v := range t.values {
			if i > 0 {
				q.Add(" OR ")
			}
			t.member(q, tx, v)
		}
		q.Add(")")
	case t.op == opIn && len(t.values) > 1:
		q.Add(t.equal(tx) + " IN (")
		for i, v := range t.values {
			if i > 0 {
				q.Add(", ")
			}
			t.bindEqual(q, v)
		}
		q.Add(")")
	case t.op == opIn, t.op == opEqual:
		q.Add(t.equal(tx) + " = ")
		t.bindEqual(q, t.values[0])
	case t.op == opBetween:
		t.between(q, tx, t.values[0], t.values[1])
	case t.op == opRelative:
		low, high := t.span.bounds(t.def, tx.Now)
		t.between(q, tx, low, high)
	default:
		q.Add(ordered(&t.def, tx) + compareSigns[t.op])
		bind(q, &t.def, t.values[0])
	}
}

var compareSigns = map[op]string{opLess: " < ", opLessEqual: " <= ", opGreater: " > ", opGreaterEqual: " >= "}

func (t *test) between(q *db.SQL, tx *db.Tx, low, high string) {
	expr := ordered(&t.def, tx)
	q.Add("(")
	if low != "" {
		q.Add(expr + " >= ")
		bind(q, &t.def, low)
	}
	if low != "" && high != "" {
		q.Add(" AND ")
	}
	if high != "" {
		q.Add(expr + " <= ")
		bind(q, &t.def, high)
	}
	q.Add(")")
}

func (t *test) tokens(q *db.SQL, tx *db.Tx) {
	q.Add("(")
	for i, w := range t.values {
		if i > 0 {
			q.Add(" AND ")
		}
		q.Add(tx.Contains(text(&t.def, tx), "?"), pattern(w))
	}
	q.Add(")")
}

func (t *test) within(q *db.SQL, tx *db.Tx) {
	like := db.Like(t.values[0])
	switch t.op {
	case opStart:
		like = like[1:]
	case opEnd:
		like = like[:len(like)-1]
	}
	q.Add(tx.Contains(text(&t.def, tx), "?"), like)
}

// pattern is a word for LIKE, with * for anything.
func pattern(word string) string {
	parts := strings.Split(word, "*")
	for i, p := range parts {
		like := db.Like(p)
		parts[i] = like[1 : len(like)-1] // without the % at either end
	}
	return "%" + strings.Join(parts, "%") + "%"
}

// member is the condition that a set of options joined by ";" holds one option, or each of several.
func (t *test) member(q *db.SQL, tx *db.Tx, value string) {
	set := "';' || " + text(&t.def, tx) + " || ';'"
	q.Add("(")
	for i, v := range strings.Split(value, ";") {
		if i > 0 {
			q.Add(" AND ")
		}
		q.Add("replace("+set+", ?, '') <> "+set, ";"+v+";")
	}
	q.Add(")")
}
