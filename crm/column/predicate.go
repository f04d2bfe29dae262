package column

import (
	"math/bits"
	"slices"
)

// slotSet is some of the slots of a block, one bit each.
type slotSet [blockSize / 64]uint64

func (s *slotSet) count() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

func (s *slotSet) empty() bool {
	for _, w := range s {
		if w != 0 {
			return false
		}
	}
	return true
}

// and leaves what is in the other too.
func (s *slotSet) and(other *slotSet) {
	for n := range s {
		s[n] &= other[n]
	}
}

// keep removes the slots for which hold is false.
func (s *slotSet) keep(hold func(i int) bool) {
	for n, w := range s {
		for rest := w; rest != 0; rest &= rest - 1 {
			if i := bits.TrailingZeros64(rest); !hold(n*64 + i) {
				w &^= 1 << i
			}
		}
		s[n] = w
	}
}

// verdict is what is known of a block without a look at its slots.
type verdict int

const (
	some    verdict = iota // maybe some match
	nothing                // none does
	all                    // all do
)

func opposite(v verdict, not bool) verdict {
	switch {
	case !not || v == some:
		return v
	case v == all:
		return nothing
	}
	return all
}

// Predicate is a condition on the slots of a View. The cheap ones are asked first.
type Predicate interface {
	verdict(block int) verdict
	narrow(block int, sel *slotSet)
	cost() int
}

// coded is a condition on codes: what holds for each of the values.
type coded struct {
	c          *codes
	holds      []bool // by code
	yes, no    uint64 // the bits, as in masks, of the codes for which it holds and for which not
	narrowHold [256]uint64
}

func newCoded(c *codes, holds func(value string) bool) *coded {
	p := &coded{c: c, holds: make([]bool, len(c.values))}
	for code, v := range c.values {
		p.holds[code] = holds(v)
		if p.holds[code] {
			p.yes |= 1 << (code % 64)
			if code < 256 {
				p.narrowHold[code] = 1
			}
		} else {
			p.no |= 1 << (code % 64)
		}
	}
	return p
}

func (p *coded) verdict(b int) verdict {
	switch mask := p.c.masks[b]; {
	case mask&p.yes == 0:
		return nothing
	case mask&p.no == 0:
		return all
	}
	return some
}

func (p *coded) cost() int { return 1 }

// dense is from how many slots of 64 on all are looked at, without a branch for each.
const dense = 12

func (p *coded) narrow(b int, sel *slotSet) {
	if p.c.wide != nil {
		block := p.c.wide[b]
		sel.keep(func(i int) bool { return p.holds[block[i]] })
		return
	}
	block := p.c.narrow[b]
	for n, w := range sel {
		if bits.OnesCount64(w) < dense {
			for rest := w; rest != 0; rest &= rest - 1 {
				i := bits.TrailingZeros64(rest)
				w &^= (p.narrowHold[block[n*64+i]] ^ 1) << i
			}
			sel[n] = w
			continue
		}
		part := (*[64]uint8)(block[n*64:])
		var held uint64
		for i := 63; i >= 0; i-- {
			held = held<<1 | p.narrowHold[part[i]]
		}
		sel[n] = w & held
	}
}

// ranged is a condition that a number lies between two, both included; or, with not, that it does not or there is none.
type ranged struct {
	c         *ints
	low, high Key
	not       bool
}

func (p *ranged) cost() int { return 2 }

func (p *ranged) verdict(b int) verdict {
	low, high := p.c.low[b], p.c.high[b]
	switch {
	case low > p.high.K || high < p.low.K:
		return opposite(nothing, p.not)
	case low > p.low.K && high < p.high.K && !p.c.gaps[b]:
		return opposite(all, p.not)
	}
	return some
}

func (p *ranged) narrow(b int, sel *slotSet) {
	if p.c.rests != nil {
		base := b << blockBits
		sel.keep(func(i int) bool {
			k := p.c.at(base + i)
			return (k.K != none && !k.before(p.low) && !p.high.before(k)) != p.not
		})
		return
	}
	low, high := p.low.K, p.high.K // without rests, a rest beside the bound moves it by one
	if p.low.Rest > 0 {
		low++
	}
	if p.high.Rest < 0 {
		high--
	}
	low = max(low, none+1)
	flip := uint64(0)
	if p.not {
		flip = 1
	}
	if low > high {
		sel.keep(func(int) bool { return p.not })
		return
	}
	span := uint64(high) - uint64(low)
	block := p.c.blocks[b]
	for n, w := range sel {
		if bits.OnesCount64(w) < dense {
			for rest := w; rest != 0; rest &= rest - 1 {
				i := bits.TrailingZeros64(rest)
				w &^= (within(block[n*64+i], low, span) ^ flip ^ 1) << i
			}
			sel[n] = w
			continue
		}
		part := (*[64]int64)(block[n*64:])
		var held uint64
		for i := 63; i >= 0; i-- {
			held = held<<1 | within(part[i], low, span) ^ flip
		}
		sel[n] = w & held
	}
}

// within is 1 when k is from low to low + span.
func within(k, low int64, span uint64) (one uint64) {
	if uint64(k)-uint64(low) <= span {
		one = 1
	}
	return one
}

func (k Key) before(other Key) bool { return k.K < other.K || k.K == other.K && k.Rest < other.Rest }

// points is a condition that a number is one of several; or, with not, that it is none of them or there is none.
type points struct {
	c    *ints
	keys []Key // sorted
	not  bool
}

func (p *points) cost() int { return 2 }

func (p *points) verdict(b int) verdict {
	for _, k := range p.keys {
		if k.K >= p.c.low[b] && k.K <= p.c.high[b] {
			return some
		}
	}
	return opposite(nothing, p.not)
}

func (p *points) narrow(b int, sel *slotSet) {
	base := b << blockBits
	sel.keep(func(i int) bool {
		_, found := slices.BinarySearchFunc(p.keys, p.c.at(base+i), Key.compare)
		return found != p.not
	})
}

func (k Key) compare(other Key) int {
	switch {
	case k.before(other):
		return -1
	case other.before(k):
		return 1
	}
	return 0
}

// texted is a condition on texts. When rows is not empty, a text can only hold if it sets all bits of one of them.
type texted struct {
	c     *texts
	holds func(value string) bool
	rows  [][]uint32
	less  bool // it may hold for no text
}

func (p *texted) cost() int { return 9 }

func (p *texted) verdict(b int) verdict {
	if !p.less && p.c.blocks[b].low > p.c.blocks[b].high {
		return nothing
	}
	return some
}

func (p *texted) narrow(b int, sel *slotSet) {
	block := p.c.blocks[b]
	if len(p.rows) > 0 {
		var can slotSet
		for _, rows := range p.rows {
			one := *sel
			for _, r := range rows {
				for n, w := range block.grams[r] {
					one[n] &= w
				}
			}
			for n, w := range one {
				can[n] |= w
			}
		}
		*sel = can
	}
	sel.keep(func(i int) bool { return p.holds(block.at(i)) })
}

// present is a condition that a text is there, or is not.
type present struct {
	c   *texts
	not bool
}

func (p *present) cost() int { return 2 }

func (p *present) verdict(b int) verdict {
	switch block := p.c.blocks[b]; {
	case block.low > block.high:
		return opposite(nothing, p.not)
	case !block.gaps:
		return opposite(all, p.not)
	}
	return some
}

func (p *present) narrow(b int, sel *slotSet) {
	keys := &p.c.blocks[b].keys
	sel.keep(func(i int) bool { return (keys[i] != none) != p.not })
}

// constant holds for all or for none.
type constant bool

func (p constant) cost() int { return 0 }

func (p constant) narrow(int, *slotSet) {}

func (p constant) verdict(int) verdict {
	if p {
		return all
	}
	return nothing
}

// among is a condition that a record is one of some.
type among struct {
	sets map[int]*slotSet // by block
	not  bool
}

// Among is a condition that a record is one of the ids; with not, that it is none of them.
func (v *View) Among(ids []int64, not bool) Predicate { return &among{v.t.slots.sets(ids), not} }

func (p *among) cost() int { return 0 }

func (p *among) verdict(b int) verdict {
	if p.sets[b] == nil {
		return opposite(nothing, p.not)
	}
	return some
}

func (p *among) narrow(b int, sel *slotSet) {
	flip := uint64(0)
	if p.not {
		flip = ^flip
	}
	for n, w := range p.sets[b] {
		sel[n] &= w ^ flip
	}
}
