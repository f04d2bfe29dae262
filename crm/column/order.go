package column

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Order is an order of records: by a column, those without a value last, then by id in the same direction.
type Order struct {
	c     *Column
	desc  bool
	ids   *ints
	steps []int64                  // of codes: where each stands
	rank  func(value string) int64 // where a value stands that is no code, of codes alone
	after *place
}

// place is where a record stands. step orders as far as they tell, then rest or text does, then the id.
type place struct {
	step int64
	rest int16
	text string
	id   int64
}

// last is the step of records without a value.
const last = math.MaxInt64

// By is the order by a column. rank, for strings alone, orders by something else than their bytes: it gives the place of each.
func (v *View) By(c *Column, desc bool, rank func(value string) int64) Order {
	o := Order{c: c, desc: desc, ids: v.t.slots.ids, rank: rank}
	if c.codes == nil {
		return o
	}
	sorted := &sortedCodes{}
	if rank == nil {
		sorted = c.sorted()
		o.rank = func(value string) int64 { return sorted.rank(c, value) }
	}
	o.steps = make([]int64, len(c.codes.values))
	for code, value := range c.codes.values {
		switch {
		case code == 0:
			o.steps[code] = last
		case rank == nil:
			o.steps[code] = o.step(sorted.ranks[code])
		default:
			o.steps[code] = o.step(rank(value))
		}
	}
	return o
}

// sortedCodes is the order of the values of codes.
type sortedCodes struct {
	codes []uint32 // without code 0
	ranks []int64  // by code: even numbers, so that what is no code has a place between two
}

// sorted is kept until there is another value.
func (c *Column) sorted() *sortedCodes {
	if s := c.codes.sorted.Load(); s != nil && len(s.ranks) == len(c.codes.values) {
		return s
	}
	s := &sortedCodes{codes: make([]uint32, len(c.codes.values)-1), ranks: make([]int64, len(c.codes.values))}
	for i := range s.codes {
		s.codes[i] = uint32(i + 1)
	}
	slices.SortFunc(s.codes, func(a, b uint32) int { return c.compare(c.codes.values[a], c.codes.values[b]) })
	for i, code := range s.codes {
		s.ranks[code] = 2 * int64(i)
	}
	c.codes.sorted.Store(s)
	return s
}

func (s *sortedCodes) rank(c *Column, value string) int64 {
	i, found := slices.BinarySearchFunc(s.codes, value, func(code uint32, value string) int {
		return c.compare(c.codes.values[code], value)
	})
	if found {
		return 2 * int64(i)
	}
	return 2*int64(i) - 1
}

// compare orders two values of codes: references by size, all others by their bytes.
func (c *Column) compare(a, b string) int {
	if c.spec.Kind == Ref {
		x, okX := Ref.Key(a)
		y, okY := Ref.Key(b)
		if okX && okY {
			return x.compare(y)
		}
	}
	return strings.Compare(a, b)
}

// After is the order from behind a record on, given its value, "" when it has none, and its id.
func (o Order) After(value string, id int64) Order {
	at := &place{step: last, id: id}
	o.after = at
	switch {
	case o.c.ints == o.ids:
		at.step = o.step(id)
	case value == "":
	case o.rank != nil:
		at.step = o.step(o.rank(value))
	case o.c.ints != nil:
		if k, ok := o.c.spec.Kind.Key(value); ok {
			at.step, at.rest = o.step(k.K), k.Rest
		}
	default:
		at.step, at.text = o.step(textKey(value)), value
	}
	return o
}

// step turns a key around when the order is descending.
func (o *Order) step(k int64) int64 {
	if o.desc {
		return ^k
	}
	return k
}

// fill fills in where the slots of a block stand.
func (o *Order) fill(b int, out *[blockSize]int64) {
	switch {
	case o.c.codes != nil && o.c.codes.wide != nil:
		for i, code := range o.c.codes.wide[b] {
			out[i] = o.steps[code]
		}
	case o.c.codes != nil:
		for i, code := range o.c.codes.narrow[b] {
			out[i] = o.steps[code]
		}
	case o.c.ints != nil:
		o.turned(o.c.ints.blocks[b], out)
	case o.rank != nil:
		for i := range out {
			if out[i] = last; o.c.texts.blocks[b].keys[i] != none {
				out[i] = o.step(o.rank(o.c.texts.blocks[b].at(i)))
			}
		}
	default:
		o.turned(&o.c.texts.blocks[b].keys, out)
	}
}

func (o *Order) turned(keys, out *[blockSize]int64) {
	if o.desc {
		for i, k := range keys {
			out[i] = ^k // of none that is last
		}
		return
	}
	for i, k := range keys {
		if k == none {
			k = last
		}
		out[i] = k
	}
}

// span is between which steps the slots of a block stand.
func (o *Order) span(b int) (from, to int64) {
	var low, high int64
	var gaps bool
	switch {
	case o.c.ints != nil:
		low, high, gaps = o.c.ints.low[b], o.c.ints.high[b], o.c.ints.gaps[b]
	case o.c.texts != nil && o.rank == nil:
		t := o.c.texts.blocks[b]
		low, high, gaps = t.low, t.high, t.gaps
	case o.c.codes != nil && len(o.steps) <= 64:
		from, to = math.MaxInt64, math.MinInt64
		for code, step := range o.steps {
			if o.c.codes.masks[b]>>code&1 != 0 {
				from, to = min(from, step), max(to, step)
			}
		}
		return from, to
	default:
		return math.MinInt64, last
	}
	if low > high { // nothing has a value
		return last, last
	}
	from, to = o.step(low), o.step(high)
	if o.desc {
		from, to = to, from
	}
	if gaps {
		to = last
	}
	return from, to
}

// hit is a slot that was found.
type hit struct {
	step int64
	slot int
}

// compare orders two slots of which the steps are known.
func (o *Order) compare(a, b hit) int {
	if a.step != b.step {
		return cmp.Compare(a.step, b.step)
	}
	return o.beyond(a, o.place(b))
}

// place is where a slot stands.
func (o *Order) place(h hit) place {
	p := place{step: h.step, id: o.ids.at(h.slot).K}
	if h.step == last {
		return p
	}
	if o.c.ints != nil && o.c.ints.rests != nil {
		p.rest = o.c.ints.at(h.slot).Rest
	}
	if o.c.texts != nil && o.rank == nil {
		p.text = o.c.texts.at(h.slot)
	}
	return p
}

// beyond compares a slot with a place of the same step.
func (o *Order) beyond(a hit, b place) int {
	p := o.place(a)
	c := cmp.Compare(p.rest, b.rest)
	if c == 0 && o.rank == nil {
		c = strings.Compare(p.text, b.text)
	}
	if c == 0 {
		c = cmp.Compare(p.id, b.id)
	}
	if o.desc {
		return -c
	}
	return c
}

// passed reports whether a slot comes after the place to go on from.
func (o *Order) passed(h hit) bool {
	switch {
	case o.after == nil || h.step > o.after.step:
		return true
	case h.step < o.after.step:
		return false
	}
	return o.beyond(h, *o.after) > 0
}
