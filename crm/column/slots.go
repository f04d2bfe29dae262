package column

import "slices"

// slots are the places of records, in the order in which they came to be known: nearly that of their ids. A place is never
// taken away, so that what was found stays found; a record that is gone leaves a dead one.
type slots struct {
	n     int
	ids   *ints
	tops  []int64 // of each block the largest id in it and before it
	tidy  []bool  // of each block: its ids are in order
	alive []slotSet
	late  map[int64]int // the slots of ids that came after a larger one
}

func newSlots() *slots { return &slots{ids: &ints{}, late: map[int64]int{}} }

// add makes a place for an id that has none.
func (s *slots) add(id int64) int {
	slot := s.n
	s.n++
	b, top := slot>>blockBits, int64(none)
	if len(s.tops) > 0 {
		top = s.tops[len(s.tops)-1]
	}
	if b == len(s.tops) {
		s.ids.grow(s.n)
		s.tops, s.tidy, s.alive = append(s.tops, top), append(s.tidy, true), append(s.alive, slotSet{})
	}
	s.ids.put(slot, Key{K: id})
	if id > top {
		s.tops[b] = id
	} else {
		s.late[id], s.tidy[b] = slot, false
	}
	return slot
}

func (s *slots) live(slot int, alive bool) {
	word, bit := &s.alive[slot>>blockBits][slot%blockSize/64], uint64(1)<<(slot%64)
	if alive {
		*word |= bit
	} else {
		*word &^= bit
	}
}

func (s *slots) id(slot int) int64 { return s.ids.blocks[slot>>blockBits][slot&(blockSize-1)] }

// find returns the place of an id.
func (s *slots) find(id int64) (slot int, ok bool) {
	if slot, ok = s.late[id]; ok {
		return slot, true
	}
	b, _ := slices.BinarySearch(s.tops, id)
	if b == len(s.tops) {
		return 0, false
	}
	ids := s.ids.blocks[b][:min(blockSize, s.n-b*blockSize)]
	var i int
	if s.tidy[b] {
		i, ok = slices.BinarySearch(ids, id)
	} else {
		i = slices.Index(ids, id)
		ok = i >= 0
	}
	return b<<blockBits + i, ok
}

func (s *slots) bytes() int64 {
	return s.ids.bytes() + int64(len(s.alive))*blockSize/8 + int64(len(s.late))*40
}

// sets are the slots of ids, by block.
func (s *slots) sets(ids []int64) map[int]*slotSet {
	out := map[int]*slotSet{}
	var sel *slotSet
	block := -1
	for _, id := range ids {
		slot, ok := s.find(id)
		if !ok {
			continue
		}
		if b := slot >> blockBits; b != block {
			if block, sel = b, out[b]; sel == nil {
				sel = &slotSet{}
				out[b] = sel
			}
		}
		sel[slot%blockSize/64] |= 1 << (slot % 64)
	}
	return out
}
