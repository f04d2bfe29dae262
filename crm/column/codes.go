package column

import (
	"strconv"
	"sync/atomic"
)

const (
	blockBits = 12
	blockSize = 1 << blockBits // slots of a block
	codesMost = 1 << 16        // different values that codes hold
	codesFew  = 1024           // so many are always worth it
)

// codes holds few different values: each slot the number of one. Code 0 is no value.
type codes struct {
	values  []string
	byText  map[string]uint32
	byNum   map[int64]uint32 // of references, so that reading one needs no text
	narrow  []*[blockSize]uint8
	wide    []*[blockSize]uint16 // instead of narrow, once there are more than 256 values
	masks   []uint64             // of each block: bit code%64 is set for every code in it, and maybe more
	changes []uint16             // puts since the block's mask was exact
	slots   int
	sorted  atomic.Pointer[sortedCodes]
}

func newCodes() *codes {
	return &codes{values: []string{""}, byText: map[string]uint32{"": 0}, byNum: map[int64]uint32{}}
}

func (c *codes) grow(slots int) {
	c.slots = max(c.slots, slots)
	for len(c.masks)*blockSize < slots {
		c.masks, c.changes = append(c.masks, 1), append(c.changes, 0)
		if c.wide != nil {
			c.wide = append(c.wide, &[blockSize]uint16{})
		} else {
			c.narrow = append(c.narrow, &[blockSize]uint8{})
		}
	}
}

func (c *codes) at(slot int) uint32 {
	if c.wide != nil {
		return uint32(c.wide[slot>>blockBits][slot&(blockSize-1)])
	}
	return uint32(c.narrow[slot>>blockBits][slot&(blockSize-1)])
}

func (c *codes) put(slot int, value string) {
	code, ok := c.byText[value]
	if !ok {
		code = c.add(value)
	}
	c.set(slot, code)
}

func (c *codes) putNumber(slot int, n int64, valid bool) {
	if !valid {
		c.set(slot, 0)
		return
	}
	code, ok := c.byNum[n]
	if !ok {
		code = c.add(strconv.FormatInt(n, 10))
		c.byNum[n] = code
	}
	c.set(slot, code)
}

func (c *codes) add(value string) uint32 {
	code := uint32(len(c.values))
	c.values = append(c.values, value)
	c.byText[value] = code
	return code
}

func (c *codes) set(slot int, code uint32) {
	b, i := slot>>blockBits, slot&(blockSize-1)
	if code > 255 && c.wide == nil {
		c.widen()
	}
	switch {
	case code >= codesMost: // the column is about to hold the values themselves
		return
	case c.wide != nil:
		c.wide[b][i] = uint16(code)
	default:
		c.narrow[b][i] = uint8(code)
	}
	c.masks[b] |= 1 << (code % 64)
	if c.changes[b]++; c.changes[b] == blockSize/4 {
		c.remask(b)
	}
}

// remask makes the mask of a block exact again.
func (c *codes) remask(b int) {
	c.masks[b], c.changes[b] = 0, 0
	for i := range blockSize {
		c.masks[b] |= 1 << (c.at(b<<blockBits+i) % 64)
	}
}

func (c *codes) widen() {
	c.wide = make([]*[blockSize]uint16, len(c.narrow))
	for b, from := range c.narrow {
		to := &[blockSize]uint16{}
		for i, code := range from {
			to[i] = uint16(code)
		}
		c.wide[b] = to
	}
	c.narrow = nil
}

func (c *codes) bytes() int64 {
	size := int64(len(c.narrow)+2*len(c.wide)) * blockSize
	for _, v := range c.values {
		size += int64(len(v)) + 60
	}
	return size
}
