package filter

import (
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/column"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
)

// Spec is the column that holds a property in memory.
func Spec(d *property.Definition) column.Spec {
	s := column.Spec{Name: d.Name, SQL: d.Column}
	if d.Column == "" {
		s.SQL = "props->>'" + d.Name + "'"
	}
	switch {
	case d.Column != "" && (d.Store == property.Ref || d.Store == property.Int):
		s.Kind = column.Ref
	case d.Column != "" && d.Store == property.Micros:
		s.Kind = column.Micros
	case d.Column != "" && d.Store == property.Flag:
		s.Kind = column.Flag
	case d.Column != "":
	case d.Type == property.Number:
		s.Kind = column.Number
	case d.Type == property.Date:
		s.Kind = column.Date
	case d.Type == property.DateTime:
		s.Kind = column.Time
	}
	return s
}

// Columns is a condition made ready for columns in memory: the third way to ask it, which must agree with the two others.
type Columns struct {
	Specs  []column.Spec // what it looks at
	c      *Condition
	now    time.Time
	linked map[*test][]int64 // the ids that conditions on associations mean
}

// linkedMost bounds the ids that a condition on associations may mean.
const linkedMost = 50_000

// Columns makes the condition ready; false when the database must be asked.
func (c *Condition) Columns(tx *db.Tx) (Columns, bool, error) {
	out := Columns{c: c, now: tx.Now, linked: map[*test][]int64{}}
	for _, g := range c.groups {
		for i := range g {
			t := &g[i]
			switch {
			case t.link != nil && t.op == opHas:
				return out, false, nil
			case t.link != nil:
				ids, err := t.link.ids(tx, t)
				if err != nil || len(ids) > linkedMost {
					return out, false, err
				}
				out.linked[t] = ids
			case t.def.Column != "id":
				out.Specs = append(out.Specs, Spec(&t.def))
			}
		}
	}
	return out, true, nil
}

// In is the condition over the columns of a view: groups of which one must hold, none for no condition.
func (c Columns) In(v *column.View) [][]column.Predicate {
	out := make([][]column.Predicate, 0, len(c.c.groups))
	for _, g := range c.c.groups {
		all := make([]column.Predicate, 0, len(g))
		for i := range g {
			t := &g[i]
			switch {
			case t.link != nil:
				all = append(all, v.Among(c.linked[t], t.not))
			case t.def.Column == "id":
				all = append(all, t.sized(v.ID(), column.Ref, c.now))
			default:
				s := Spec(&t.def)
				all = append(all, t.in(v.Column(s), s.Kind, c.now))
			}
		}
		out = append(out, all)
	}
	return out
}

func (t *test) in(c *column.Column, kind column.Kind, now time.Time) column.Predicate {
	switch {
	case t.op == opHas:
		return c.Present(t.not)
	case kind.Ordered() && !c.Coded():
		return t.sized(c, kind, now)
	}
	return c.Matching(t.holder(now), t.hints()...)
}

// sized is a condition on what is held by its size.
func (t *test) sized(c *column.Column, kind column.Kind, now time.Time) column.Predicate {
	var keys []column.Key
	for _, v := range t.values {
		if k, ok := kind.Key(v); ok {
			keys = append(keys, k)
		}
	}
	low, high := column.Lowest, column.Highest
	switch {
	case t.op == opHas:
		return c.Present(t.not)
	case t.op == opEqual || t.op == opIn:
		return c.OneOf(keys, t.not)
	case len(keys) != len(t.values):
		return column.Always(t.not) // nothing compares with what is no value
	case t.op == opRelative:
		from, to := t.span.bounds(t.def, now)
		if k, ok := kind.Key(from); ok {
			low = k
		}
		if k, ok := kind.Key(to); ok {
			high = k
		}
	case t.op == opBetween:
		low, high = keys[0], keys[1]
	case t.op == opLess:
		high = keys[0].Before()
	case t.op == opLessEqual:
		high = keys[0]
	case t.op == opGreater:
		low = keys[0].After()
	case t.op == opGreaterEqual:
		low = keys[0]
	}
	return c.Between(low, high, t.not)
}

// holder is match for many values of one moment: a long list is looked up.
func (t *test) holder(now time.Time) func(string) bool {
	if t.op != opIn && t.op != opEqual || t.def.Multi() {
		return func(value string) bool { return t.match(value, now) }
	}
	wanted := make(map[string]bool, len(t.values))
	for _, v := range t.values {
		wanted[t.fold(v)] = true
	}
	return func(value string) bool { return (value != "" && wanted[t.fold(value)]) != t.not }
}

// hints are words of which a value that matches must hold one with all its parts; none when that says nothing.
func (t *test) hints() (words [][]string) {
	if t.not || t.op != opToken && t.op != opIn && t.op != opEqual {
		return nil
	}
	if t.op == opToken && !t.def.Multi() {
		var parts []string
		for _, v := range t.values {
			parts = append(parts, strings.Split(v, "*")...)
		}
		return [][]string{parts}
	}
	for _, v := range t.values {
		words = append(words, strings.Split(v, ";"))
	}
	return words
}

// Spec is the column that the order looks at; false when it is by id.
func (o Order) Spec() (column.Spec, bool) { return Spec(&o.def), o.def.Column != "id" }

// In is the order over the columns of a view.
func (o Order) In(v *column.View) column.Order {
	switch s, ok := o.Spec(); {
	case !ok:
		return v.By(v.ID(), o.desc, nil)
	case o.ranked:
		return v.By(v.Column(s), o.desc, func(value string) int64 { return int64(o.rank(value)) })
	default:
		return v.By(v.Column(s), o.desc, nil)
	}
}
