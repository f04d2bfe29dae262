package column

import "math"

// ints holds what has a size: ids, times, numbers.
type ints struct {
	blocks  []*[blockSize]int64
	rests   []*[blockSize]int16 // nil while no number needs one
	low     []int64             // of each block: nothing in it is below, none left aside
	high    []int64             // and nothing above
	gaps    []bool              // of each block: maybe something in it has no value
	changes []uint16
}

func (c *ints) grow(slots int) {
	for len(c.blocks)*blockSize < slots {
		b := &[blockSize]int64{}
		for i := range b {
			b[i] = none
		}
		c.blocks = append(c.blocks, b)
		c.low, c.high = append(c.low, math.MaxInt64), append(c.high, none)
		c.gaps, c.changes = append(c.gaps, true), append(c.changes, 0)
		if c.rests != nil {
			c.rests = append(c.rests, &[blockSize]int16{})
		}
	}
}

func (c *ints) at(slot int) Key {
	k := Key{K: c.blocks[slot>>blockBits][slot&(blockSize-1)]}
	if c.rests != nil {
		k.Rest = c.rests[slot>>blockBits][slot&(blockSize-1)]
	}
	return k
}

func (c *ints) put(slot int, k Key) {
	b, i := slot>>blockBits, slot&(blockSize-1)
	c.blocks[b][i] = k.K
	if k.Rest != 0 && c.rests == nil {
		c.rests = make([]*[blockSize]int16, len(c.blocks))
		for n := range c.rests {
			c.rests[n] = &[blockSize]int16{}
		}
	}
	if c.rests != nil {
		c.rests[b][i] = k.Rest
	}
	if k.K == none {
		c.gaps[b] = true
	} else {
		c.low[b], c.high[b] = min(c.low[b], k.K), max(c.high[b], k.K)
	}
	if c.changes[b]++; c.changes[b] == blockSize/4 {
		c.bound(b)
	}
}

// bound makes what is known of a block exact again.
func (c *ints) bound(b int) {
	c.low[b], c.high[b], c.gaps[b], c.changes[b] = math.MaxInt64, none, false, 0
	for _, k := range c.blocks[b] {
		if k == none {
			c.gaps[b] = true
			continue
		}
		c.low[b], c.high[b] = min(c.low[b], k), max(c.high[b], k)
	}
}

func (c *ints) bytes() int64 {
	return int64(8*len(c.blocks)+2*len(c.rests)) * blockSize
}
