package column

import (
	"encoding/binary"
	"strings"
)

// texts holds many different strings. Which three letters in a row a text has is kept apart, so that a word is looked for in
// few of them.
type texts struct {
	blocks []*textBlock
	rows   int // bits that the letters of a text are spread over; 0 until settle
}

// textBlock holds the texts of a block end to end, and beside them those that changed since they were put so.
type textBlock struct {
	joined  string
	ends    [blockSize]uint32
	changed map[int]string
	keys    [blockSize]int64 // the first eight bytes, in the order of the texts; none for no text
	low     int64
	high    int64
	gaps    bool
	grams   []slotSet // of each bit the slots whose text sets it
}

const (
	gramRows    = 128 // for a text of about 64 letters
	gramsMost   = 1024
	changedMost = blockSize / 8
)

func (c *texts) grow(slots int) {
	for len(c.blocks)*blockSize < slots {
		b := &textBlock{changed: map[int]string{}, low: 1<<63 - 1, high: none, gaps: true, grams: make([]slotSet, c.rows)}
		for i := range b.keys {
			b.keys[i] = none
		}
		c.blocks = append(c.blocks, b)
	}
}

func (c *texts) at(slot int) string { return c.blocks[slot>>blockBits].at(slot & (blockSize - 1)) }

func (b *textBlock) at(i int) string {
	if len(b.changed) > 0 {
		if s, ok := b.changed[i]; ok {
			return s
		}
	}
	begin := uint32(0)
	if i > 0 {
		begin = b.ends[i-1]
	}
	return b.joined[begin:b.ends[i]]
}

func (c *texts) put(slot int, s string) {
	b, i := c.blocks[slot>>blockBits], slot&(blockSize-1)
	if s == b.at(i) {
		return
	}
	word, bit := i/64, uint64(1)<<(i%64)
	for r := range b.grams {
		b.grams[r][word] &^= bit
	}
	b.note(i, s)
	b.changed[i] = strings.Clone(s)
	if len(b.changed) > changedMost {
		b.join()
	}
}

// note keeps what is known of a text beside it.
func (b *textBlock) note(i int, s string) {
	b.keys[i] = textKey(s)
	if s == "" {
		b.gaps = true
		return
	}
	b.low, b.high = min(b.low, b.keys[i]), max(b.high, b.keys[i])
	if len(b.grams) == 0 {
		return
	}
	word, bit := i/64, uint64(1)<<(i%64)
	for at := range len(s) - 2 {
		b.grams[gram(s[at], s[at+1], s[at+2])%uint32(len(b.grams))][word] |= bit
	}
}

// join puts the changed texts among the others.
func (b *textBlock) join() {
	var out strings.Builder
	var ends [blockSize]uint32
	for i := range blockSize {
		out.WriteString(b.at(i))
		ends[i] = uint32(out.Len())
	}
	b.joined, b.ends, b.changed = out.String(), ends, map[int]string{}
}

// settle chooses how wide the letters are spread, by how long the texts are: a quarter of the bits should be set.
func (c *texts) settle() {
	size, some := 0, 1
	for _, b := range c.blocks {
		b.join()
		size += len(b.joined)
		for _, k := range b.keys {
			if k != none {
				some++
			}
		}
	}
	c.rows = gramRows / 2
	for c.rows < 3*size/some && c.rows < gramsMost {
		c.rows *= 2
	}
	for _, b := range c.blocks {
		b.low, b.high, b.gaps, b.grams = 1<<63-1, none, false, make([]slotSet, c.rows)
		for i := range blockSize {
			b.note(i, b.at(i))
		}
	}
}

func (c *texts) bytes() int64 {
	size := int64(0)
	for _, b := range c.blocks {
		size += int64(len(b.joined)) + blockSize*12 + int64(len(b.grams))*blockSize/8
		for _, s := range b.changed {
			size += int64(len(s)) + 40
		}
	}
	return size
}

// textKey orders texts as their bytes do, as far as the first eight tell.
func textKey(s string) int64 {
	if s == "" {
		return none
	}
	var head [8]byte
	copy(head[:], s)
	return int64(binary.BigEndian.Uint64(head[:]) ^ 1<<63)
}

// gram spreads three bytes, ignoring the case of A to Z.
func gram(a, b, c byte) uint32 {
	n := uint32(lower(a))<<16 | uint32(lower(b))<<8 | uint32(lower(c))
	return n * 2654435761 >> 15
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// rowsOf are the bits that every text that holds the word sets, or nil when the word is too short to tell.
func (c *texts) rowsOf(word string) []uint32 {
	var out []uint32
	for at := range len(word) - 2 {
		out = append(out, gram(word[at], word[at+1], word[at+2])%uint32(c.rows))
	}
	return out
}
