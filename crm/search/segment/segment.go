// Package segment keeps which records hold which keys, sorted, compressed and never changed: the pieces that the search
// index is made of. It owns their form and how several become one; it knows nothing of words, records or tables.
package segment

import (
	"cmp"
	"maps"
	"slices"
)

// Entry says which records have come to hold a key, and which no longer do. Ids ascend; none is in both lists.
type Entry struct {
	Key      string
	Add, Del []int64
}

// Block is a piece of a segment: entries one after another, of which the first has key First. The first block of a
// segment has First empty, so that every key lies in a block.
type Block struct {
	First []byte
	Data  []byte
}

// Segment is entries by key. Docs are the ids that they name, ascending: inside, an id is its place among them.
type Segment struct {
	Docs   []int64
	Blocks []Block
}

// Size is about how many bytes the segment takes.
func (s Segment) Size() int {
	size := 3 * len(s.Docs)
	for _, b := range s.Blocks {
		size += len(b.First) + len(b.Data)
	}
	return size
}

// Builder gathers entries. What is added wins over what is deleted. The zero value is ready.
type Builder struct {
	entries map[string]*Entry
}

// Add says that a record holds a key.
func (b *Builder) Add(key []byte, id int64) {
	e := b.entry(key)
	if n := len(e.Add); n == 0 || e.Add[n-1] != id {
		e.Add = append(e.Add, id)
	}
}

// Del says that a record may have held a key and does not any more.
func (b *Builder) Del(key []byte, id int64) {
	e := b.entry(key)
	e.Del = append(e.Del, id)
}

func (b *Builder) entry(key []byte) *Entry {
	e := b.entries[string(key)]
	if e == nil {
		if b.entries == nil {
			b.entries = map[string]*Entry{}
		}
		e = &Entry{Key: string(key)}
		b.entries[e.Key] = e
	}
	return e
}

// Entries are what was gathered, by key.
func (b *Builder) Entries() []Entry {
	out := make([]Entry, 0, len(b.entries))
	for _, key := range slices.Sorted(maps.Keys(b.entries)) {
		e := b.entries[key]
		e.Add, e.Del = sorted(e.Add), sorted(e.Del)
		out = append(out, Entry{Key: key, Add: e.Add, Del: without(e.Del, e.Add)})
	}
	return out
}

func sorted(ids []int64) []int64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// without returns the ids of a that are not in b.
func without(a, b []int64) []int64 {
	if len(a) == 0 || len(b) == 0 {
		return a
	}
	out := make([]int64, 0, len(a))
	for _, id := range a {
		if len(b) > 0 && b[0] < id {
			n, _ := slices.BinarySearch(b, id)
			b = b[n:]
		}
		if len(b) == 0 || b[0] != id {
			out = append(out, id)
		}
	}
	return out
}

// Union returns the ids of either list.
func Union(a, b []int64) []int64 {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	out := make([]int64, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch c := cmp.Compare(a[0], b[0]); {
		case c < 0:
			out, a = append(out, a[0]), a[1:]
		case c > 0:
			out, b = append(out, b[0]), b[1:]
		default:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// Both returns the ids that are in both lists.
func Both(a, b []int64) []int64 {
	if len(a) > len(b) {
		a, b = b, a
	}
	out := make([]int64, 0, len(a))
	for _, id := range a {
		n, found := gallop(b, id)
		if found {
			out = append(out, id)
		}
		b = b[n:]
	}
	return out
}

// gallop is a binary search that is quick when the place is near the beginning.
func gallop(ids []int64, id int64) (int, bool) {
	high := 1
	for high < len(ids) && ids[high] < id {
		high *= 2
	}
	low := high / 2
	n, found := slices.BinarySearch(ids[min(low, len(ids)):min(high+1, len(ids))], id)
	return min(low, len(ids)) + n, found
}
