package column

import (
	"cmp"
	"math/bits"
	"slices"
)

// Scan asks a View for records.
type Scan struct {
	Always []Predicate   // must all hold
	Groups [][]Predicate // of one group all must hold; none means no condition
	Order  Order
	Limit  int
	Count  bool // count all that match, too
}

// Scan returns the ids of the first living records that match, in order, and how many there are in all if that was asked for.
func (v *View) Scan(s Scan) (ids []int64, total int64) {
	byCost := func(a, b Predicate) int { return a.cost() - b.cost() }
	slices.SortStableFunc(s.Always, byCost)
	for _, g := range s.Groups {
		slices.SortStableFunc(g, byCost)
	}
	r := scanning{Scan: s, slots: v.t.slots}
	for _, b := range r.blocks() {
		r.block(b)
	}
	for _, h := range r.best {
		ids = append(ids, v.t.slots.id(h.slot))
	}
	return ids, r.total
}

// Tally returns how many of the ids are of living records for which the conditions hold.
func (v *View) Tally(ids []int64, holds ...Predicate) (n int64) {
	for b, sel := range v.t.slots.sets(ids) {
		sel.and(&v.t.slots.alive[b])
		if narrowAll(b, sel, holds) {
			n += int64(sel.count())
		}
	}
	return n
}

// scanning is a scan on its way.
type scanning struct {
	Scan
	slots *slots
	best  []hit // in order, at most Limit
	steps [blockSize]int64
	total int64
}

// bounded is a block, and the steps between which its records stand.
type bounded struct {
	b        int
	from, to int64
}

// blocks are the blocks to look at, those with the first records in front, so that most of the others need no look.
func (r *scanning) blocks() []int {
	all := make([]bounded, 0, len(r.slots.alive))
	for b := range r.slots.alive {
		from, to := r.Order.span(b)
		all = append(all, bounded{b, from, to})
	}
	slices.SortFunc(all, func(x, y bounded) int {
		if c := cmp.Compare(x.from, y.from); c != 0 {
			return c
		}
		if r.Order.desc {
			return y.b - x.b
		}
		return x.b - y.b
	})
	out := make([]int, len(all))
	for i, x := range all {
		out[i] = x.b
	}
	return out
}

// block finds what matches in a block, and what of it is among the first.
func (r *scanning) block(b int) {
	wanted := r.wanted(b)
	if !wanted && !r.Count {
		return
	}
	sel := r.slots.alive[b]
	if !narrowAll(b, &sel, r.Always) || !r.group(b, &sel) {
		return
	}
	if r.Count {
		r.total += int64(sel.count())
	}
	if wanted {
		r.pick(b, &sel)
	}
}

// wanted reports whether the block can hold one of the first.
func (r *scanning) wanted(b int) bool {
	if r.Limit <= 0 {
		return false
	}
	from, to := r.Order.span(b)
	if after := r.Order.after; after != nil && to < after.step {
		return false
	}
	if len(r.best) < r.Limit {
		return true
	}
	worst := r.best[len(r.best)-1]
	if from != worst.step || r.Order.c.texts != nil || r.Order.c.ints != nil && r.Order.c.ints.rests != nil {
		return from <= worst.step
	}
	// As good as the worst by value: the ids decide.
	id := r.slots.id(worst.slot)
	if r.Order.desc {
		return r.slots.ids.high[b] > id
	}
	return r.slots.ids.low[b] < id
}

// narrowAll narrows by each condition, and reports whether something is left.
func narrowAll(b int, sel *slotSet, conditions []Predicate) bool {
	for _, p := range conditions {
		if p.verdict(b) == nothing {
			return false
		}
	}
	if sel.empty() {
		return false
	}
	for _, p := range conditions {
		if p.verdict(b) == all {
			continue
		}
		if p.narrow(b, sel); sel.empty() {
			return false
		}
	}
	return true
}

func (r *scanning) group(b int, sel *slotSet) bool {
	switch len(r.Groups) {
	case 0:
		return true
	case 1:
		return narrowAll(b, sel, r.Groups[0])
	}
	var any slotSet
	for _, g := range r.Groups {
		one := *sel
		for n := range one {
			one[n] &^= any[n]
		}
		if narrowAll(b, &one, g) {
			for n, w := range one {
				any[n] |= w
			}
		}
	}
	*sel = any
	return !any.empty()
}

// pick puts the slots of a block that are among the first in their place.
func (r *scanning) pick(b int, sel *slotSet) {
	r.Order.fill(b, &r.steps)
	worst := int64(last)
	if len(r.best) == r.Limit {
		worst = r.best[len(r.best)-1].step
	}
	for n, w := range sel {
		for ; w != 0; w &= w - 1 {
			i := n*64 + bits.TrailingZeros64(w)
			if r.steps[i] > worst {
				continue
			}
			h := hit{r.steps[i], b<<blockBits + i}
			if !r.Order.passed(h) || !r.insert(h) {
				continue
			}
			if len(r.best) == r.Limit {
				worst = r.best[len(r.best)-1].step
			}
		}
	}
}

func (r *scanning) insert(h hit) bool {
	if len(r.best) == r.Limit {
		if r.Order.compare(h, r.best[len(r.best)-1]) > 0 {
			return false
		}
		r.best = r.best[:len(r.best)-1]
	}
	at, _ := slices.BinarySearchFunc(r.best, h, r.Order.compare)
	r.best = slices.Insert(r.best, at, h)
	return true
}
