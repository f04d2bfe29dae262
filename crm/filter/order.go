package filter

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
)

// Order is a place in an order of records: by a property, then by id, both in one direction.
type Order struct {
	def    property.Definition
	desc   bool
	ranked bool // an enumeration in the order of its options, not of its spelling
}

var rankable = regexp.MustCompile(`^[A-Za-z0-9_. -]{1,100}$`)

// rankedMost bounds the options that are written into a statement as ranks.
const rankedMost = 50

// OrderBy makes the order by a property of a set; "" is by id.
func OrderBy(set *property.Set, name string, desc bool) (Order, error) {
	if name == "" {
		name = "hs_object_id"
	}
	d, ok := set.Get(name)
	if !ok {
		return Order{}, errs.Bad("sorts", "PROPERTY_DOESNT_EXIST", fmt.Sprintf("There is no property %q to sort by.", clip(name)))
	}
	return Order{d, desc, ranked(d)}, nil
}

// ranked: few options, whose values can stand in a statement.
func ranked(d property.Definition) bool {
	if d.Type != property.Enumeration || d.Multi() || len(d.Options) == 0 || len(d.Options) > rankedMost || d.Store != property.Text {
		return false
	}
	return !slices.ContainsFunc(d.Options, func(o property.Option) bool { return !rankable.MatchString(o.Value) })
}

// Name is the property that it orders by, with a minus in front when it is descending.
func (o Order) Name() string {
	if o.desc {
		return "-" + o.def.Name
	}
	return o.def.Name
}

// Property is the name of the property that it orders by.
func (o Order) Property() string { return o.def.Name }

// Nullable reports whether records can be without a value. Those come last in both directions: ask for the records that
// have one first, then for those that have none, which lets each use an index as it is.
func (o Order) Nullable() bool { return !o.def.NotNull }

// Accepts reports whether a value can be one of the property's, for places that come back from outside.
func (o Order) Accepts(value string) bool {
	if value == "" || o.def.Type != property.Number && o.def.Type != property.DateTime && o.def.Store != property.Ref {
		return utf8.ValidString(value) && !strings.Contains(value, "\x00")
	}
	canonical, err := o.def.Normalize(value)
	return err == nil && canonical == value
}

// Present appends the condition that a record has a value to order by, or has none.
func (o Order) Present(q *db.SQL, tx *db.Tx, present bool) {
	q.Add(text(&o.def, tx))
	if present {
		q.Add(" IS NOT NULL")
	} else {
		q.Add(" IS NULL")
	}
}

// After appends the condition that a record comes after the one with a value and id; value "" is among those without one.
func (o Order) After(q *db.SQL, tx *db.Tx, value string, id int64) {
	sign := " > "
	if o.desc {
		sign = " < "
	}
	if value == "" || o.def.Column == "id" {
		q.Add("id"+sign+"?", id)
		return
	}
	q.Add("(" + o.expr(tx) + ", id)" + sign + "(")
	if o.ranked {
		q.Add(strconv.Itoa(o.rank(value)))
	} else {
		bind(q, &o.def, value)
	}
	q.Add(", ?)", id)
}

// By appends the ORDER BY list; present says whether the records have a value.
func (o Order) By(q *db.SQL, tx *db.Tx, present bool) {
	direction := ""
	if o.desc {
		direction = " DESC"
	}
	if present && o.def.Column != "id" {
		q.Add(o.expr(tx) + direction + ", ")
	}
	q.Add("id" + direction)
}

func (o Order) expr(tx *db.Tx) string {
	if !o.ranked {
		return ordered(&o.def, tx)
	}
	var b strings.Builder
	b.WriteString("CASE " + text(&o.def, tx))
	for _, opt := range o.def.Options {
		b.WriteString(" WHEN '" + opt.Value + "' THEN " + strconv.Itoa(o.rank(opt.Value)))
	}
	b.WriteString(" ELSE " + strconv.Itoa(o.rank("")) + " END")
	return b.String()
}

// rank places values that are no option any more after all others.
func (o Order) rank(value string) int {
	if opt, ok := o.def.Option(value); ok {
		return opt.Order
	}
	return 1 << 20
}
