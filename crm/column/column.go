// Package column keeps the values of records in memory, a column for each property that lists ask for, and finds in them
// what a list shows. It owns how columns are laid out, kept true and scanned; it knows properties only as columns of a table.
package column

import (
	"database/sql"
	"math"
	"strconv"
	"sync/atomic"
	"time"
)

// Kind is what the values of a column are, and so how they are held and ordered.
type Kind int

// The kinds.
const (
	Text   Kind = iota // TEXT, or a string in JSON
	Ref                // BIGINT, an id
	Flag               // BOOLEAN
	Micros             // BIGINT microseconds
	Number             // a decimal, as a string in JSON
	Date               // "2026-11-02", as a string in JSON
	Time               // "2026-11-02T09:00:00.000Z", as a string in JSON
)

// Spec says which column is meant: two of one Spec are the same.
type Spec struct {
	Name string
	Kind Kind
	SQL  string // the value, in a statement over the table
}

// Ordered reports whether the values are held by their size. All others are strings.
func (k Kind) Ordered() bool { return k != Text && k != Flag }

// Key is a value's place in the order of an ordered column: by K, then by Rest.
type Key struct {
	K    int64
	Rest int16
}

// none stands in place of a value that is not there.
const none = math.MinInt64

// Key returns the place of a canonical value; false when it is none that such a column holds.
func (k Kind) Key(value string) (Key, bool) {
	switch k {
	case Ref:
		n, err := strconv.ParseInt(value, 10, 64)
		return Key{K: n}, err == nil && n != none
	case Number:
		return number(value)
	case Date:
		t, err := time.Parse("2006-01-02", value)
		return Key{K: t.UnixMicro()}, err == nil && len(value) == len("2006-01-02")
	case Micros, Time:
		const layout = "2006-01-02T15:04:05.000Z"
		t, err := time.Parse(layout, value)
		return Key{K: t.UnixMicro()}, err == nil && len(value) == len(layout)
	}
	return Key{}, false
}

// number orders decimals exactly: by the nearest float, then by what an integer of more than 53 bits differs from it.
func number(value string) (Key, bool) {
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		f := float64(n)
		if f >= 1<<63 {
			return Key{floatKey(f), int16(n - math.MaxInt64 - 1)}, true
		}
		return Key{floatKey(f), int16(n - int64(f))}, true
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || strconv.FormatFloat(f, 'f', -1, 64) != value {
		return Key{}, false
	}
	return Key{K: floatKey(f)}, true
}

// floatKey is an integer that orders as the float does.
func floatKey(f float64) int64 {
	k := int64(math.Float64bits(f))
	if k < 0 {
		k ^= math.MaxInt64
	}
	return k
}

// cell is a value as the database gives it.
type cell struct {
	text sql.NullString
	num  sql.NullInt64
	flag sql.NullBool
}

func (c *cell) dest(k Kind) any {
	switch k {
	case Ref, Micros:
		return &c.num
	case Flag:
		return &c.flag
	}
	return &c.text
}

// Column is the values of one property, held as codes, numbers or texts.
type Column struct {
	spec    Spec
	codes   *codes
	ints    *ints
	texts   *texts
	settled bool // its first load is over
	refused bool // a value cannot be held exactly: the database must answer
	behind  bool // it was loaded as of an epoch, asOf, and has not been brought up to the others yet
	asOf    int64
	used    atomic.Int64 // when it was last asked for, in the store's count
}

func newColumn(s Spec) *Column {
	c := &Column{spec: s}
	switch s.Kind {
	case Text, Flag, Ref:
		c.codes = newCodes()
	default:
		c.ints = &ints{}
	}
	return c
}

// grow makes room for slots, which hold nothing at first.
func (c *Column) grow(slots int) {
	switch {
	case c.refused:
	case c.codes != nil:
		c.codes.grow(slots)
	case c.ints != nil:
		c.ints.grow(slots)
	default:
		c.texts.grow(slots)
	}
}

// put stores a value that was read.
func (c *Column) put(slot int, v *cell) {
	switch {
	case c.refused:
	case c.ints != nil:
		k, ok := c.key(v)
		if !ok {
			c.refused, c.ints = true, nil
			return
		}
		c.ints.put(slot, k)
	case c.texts != nil:
		c.texts.put(slot, v.text.String)
	default:
		c.code(slot, v)
		if len(c.codes.values) > codesMost {
			c.spread()
			c.put(slot, v)
			if c.texts != nil && c.settled {
				c.texts.settle()
			}
		}
	}
}

func (c *Column) key(v *cell) (Key, bool) {
	switch {
	case c.spec.Kind == Ref || c.spec.Kind == Micros:
		if !v.num.Valid {
			return Key{K: none}, true
		}
		return Key{K: v.num.Int64}, true
	case v.text.String == "":
		return Key{K: none}, true
	}
	return c.spec.Kind.Key(v.text.String)
}

func (c *Column) code(slot int, v *cell) {
	switch c.spec.Kind {
	case Ref:
		c.codes.putNumber(slot, v.num.Int64, v.num.Valid)
	case Flag:
		text := ""
		if v.flag.Valid {
			text = strconv.FormatBool(v.flag.Bool)
		}
		c.codes.put(slot, text)
	default:
		c.codes.put(slot, v.text.String)
	}
}

// settle chooses the layout after a load: many different strings are held as they are.
func (c *Column) settle() {
	c.settled = true
	if c.codes != nil && len(c.codes.values) > codesFew && len(c.codes.values) > c.codes.slots/16 {
		c.spread()
	}
	switch {
	case c.refused:
	case c.codes != nil:
		for b := range c.codes.masks {
			c.codes.remask(b)
		}
	case c.ints != nil:
		for b := range c.ints.blocks {
			c.ints.bound(b)
		}
	default:
		c.texts.settle()
	}
}

// spread holds the values themselves instead of codes.
func (c *Column) spread() {
	old := c.codes
	c.codes = nil
	if c.spec.Kind == Ref {
		c.ints = &ints{}
		c.ints.grow(old.slots)
	} else {
		c.texts = &texts{}
		c.texts.grow(old.slots)
	}
	for slot := range old.slots {
		v := old.values[old.at(slot)]
		switch {
		case v == "":
		case c.ints != nil:
			k, _ := Ref.Key(v)
			c.ints.put(slot, k)
		default:
			c.texts.put(slot, v)
		}
	}
}

func (c *Column) bytes() int64 {
	switch {
	case c.codes != nil:
		return c.codes.bytes()
	case c.ints != nil:
		return c.ints.bytes()
	case c.texts != nil:
		return c.texts.bytes()
	}
	return 0
}

// Coded reports whether few different values are held, each once. Ask for them with View.Matching.
func (c *Column) Coded() bool { return c.codes != nil }

// Refused reports whether the column holds a value that it cannot compare exactly.
func (c *Column) Refused() bool { return c.refused }
