package column

import (
	"math/bits"
	"strconv"
)

// pairsMost bounds the table of a paired condition.
const pairsMost = 1 << 20

// paired is a condition on two columns of references. What holds for a pair of codes is asked once.
type paired struct {
	a, b  *Column
	holds func(a, b int64) bool
	known []uint8 // by code of a times the codes of b, plus code of b: 0 not asked yet, 1 no, 2 yes; nil when too many
}

// Pairs is a condition on two columns of references at once, 0 for none.
func Pairs(a, b *Column, holds func(a, b int64) bool) Predicate {
	p := &paired{a: a, b: b, holds: holds}
	if a.codes != nil && b.codes != nil && len(a.codes.values)*len(b.codes.values) <= pairsMost {
		p.known = make([]uint8, len(a.codes.values)*len(b.codes.values))
	}
	return p
}

func (p *paired) cost() int { return 3 }

func (p *paired) verdict(int) verdict { return some }

func (p *paired) narrow(b int, sel *slotSet) {
	base := b << blockBits
	if p.known == nil {
		sel.keep(func(i int) bool { return p.holds(p.a.ref(base+i), p.b.ref(base+i)) })
		return
	}
	if p.a.codes.narrow == nil || p.b.codes.narrow == nil {
		sel.keep(func(i int) bool { return p.pair(p.a.codes.at(base+i), p.b.codes.at(base+i)) })
		return
	}
	first, second := p.a.codes.narrow[b], p.b.codes.narrow[b]
	width := len(p.b.codes.values)
	for n, w := range sel {
		for rest := w; rest != 0; rest &= rest - 1 {
			i := bits.TrailingZeros64(rest)
			x, y := first[n*64+i], second[n*64+i]
			known := p.known[int(x)*width+int(y)]
			if known == 0 {
				p.pair(uint32(x), uint32(y))
				known = p.known[int(x)*width+int(y)]
			}
			w &^= uint64(known&1) << i
		}
		sel[n] = w
	}
}

func (p *paired) pair(x, y uint32) bool {
	at := int(x)*len(p.b.codes.values) + int(y)
	if p.known[at] == 0 {
		p.known[at] = 1
		if p.holds(p.a.codes.ref(x), p.b.codes.ref(y)) {
			p.known[at] = 2
		}
	}
	return p.known[at] == 2
}

// ref is the reference that a code stands for, 0 for none.
func (c *codes) ref(code uint32) int64 {
	n, err := strconv.ParseInt(c.values[code], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// ref is the reference in a slot, 0 for none.
func (c *Column) ref(slot int) int64 {
	if c.codes != nil {
		return c.codes.ref(c.codes.at(slot))
	}
	return max(0, c.ints.at(slot).K)
}
