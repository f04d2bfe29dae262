package segment

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
)

func lowest(b byte) int { return bits.TrailingZeros8(b) }

// Range are the keys from Low to before High; High "" is no bound.
type Range struct{ Low, High string }

// Source yields entries by key.
type Source interface {
	// next returns the next entry; ok is false at the end.
	next() (e Entry, ok bool, err error)
}

type list struct{ rest []Entry }

// List is a source of entries that are there already.
func List(entries []Entry, in Range) Source {
	begin, end := place(entries, in.Low), len(entries)
	if in.High != "" {
		end = place(entries, in.High)
	}
	return &list{entries[begin:end]}
}

func place(entries []Entry, key string) int {
	n, _ := slices.BinarySearchFunc(entries, key, func(e Entry, key string) int { return strings.Compare(e.Key, key) })
	return n
}

func (l *list) next() (Entry, bool, error) {
	if len(l.rest) == 0 {
		return Entry{}, false, nil
	}
	e := l.rest[0]
	l.rest = l.rest[1:]
	return e, true, nil
}

// reader walks blocks.
type reader struct {
	docs []int64
	rest [][]byte
	data []byte
	key  []byte
	in   Range
}

// Read is a source of the entries of a range in blocks, given as their data in order.
func Read(docs []int64, blocks [][]byte, in Range) Source {
	return &reader{docs: docs, rest: blocks, in: in}
}

func (r *reader) next() (e Entry, ok bool, err error) {
	body, ok, err := r.step()
	if err != nil || !ok {
		return e, false, err
	}
	e.Key = string(r.key)
	if e.Add, body, err = ids(body, r.docs); err == nil && len(body) > 0 {
		e.Del, body, err = ids(body, r.docs)
	}
	if err == nil && len(body) > 0 {
		err = ErrDamaged
	}
	return e, err == nil, err
}

// step goes to the next key in the range and returns what follows it.
func (r *reader) step() (body []byte, ok bool, err error) {
	for {
		if len(r.data) == 0 {
			if len(r.rest) == 0 {
				return nil, false, nil
			}
			r.data, r.rest, r.key = r.rest[0], r.rest[1:], r.key[:0]
			continue
		}
		shared, ok := r.number()
		more, okMore := r.number()
		if !ok || !okMore || shared > len(r.key) || more > len(r.data) {
			return nil, false, ErrDamaged
		}
		r.key = append(r.key[:shared], r.data[:more]...)
		r.data = r.data[more:]
		size, ok := r.number()
		if !ok || size > len(r.data) {
			return nil, false, ErrDamaged
		}
		body, r.data = r.data[:size], r.data[size:]
		switch {
		case r.in.High != "" && string(r.key) >= r.in.High:
			return nil, false, nil
		case string(r.key) >= r.in.Low:
			return body, true, nil
		}
	}
}

func (r *reader) number() (int, bool) {
	n, size := binary.Uvarint(r.data)
	if size <= 0 || n > 1<<31 {
		return 0, false
	}
	r.data = r.data[size:]
	return int(n), true
}

// Any reports whether blocks hold a key of a range.
func Any(blocks [][]byte, in Range) (bool, error) {
	r := reader{rest: blocks, in: in}
	_, ok, err := r.step()
	return ok, err
}

// Merge yields the entries of sources as one, by key: of what they say of a key and a record the last counts.
func Merge(sources []Source, yield func(Entry)) error {
	heads := make([]Entry, 0, len(sources))
	live := make([]Source, 0, len(sources))
	for _, s := range sources {
		e, ok, err := s.next()
		if err != nil {
			return err
		}
		if ok {
			heads, live = append(heads, e), append(live, s)
		}
	}
	for len(live) > 0 {
		key := heads[0].Key
		for _, e := range heads[1:] {
			key = min(key, e.Key)
		}
		merged := Entry{Key: key}
		for i := 0; i < len(live); i++ {
			if heads[i].Key != key {
				continue
			}
			merged.take(heads[i])
			e, ok, err := live[i].next()
			if err != nil {
				return err
			}
			if heads[i] = e; !ok {
				heads, live = slices.Delete(heads, i, i+1), slices.Delete(live, i, i+1)
				i--
			}
		}
		yield(merged)
	}
	return nil
}

// take adds what a later source says.
func (e *Entry) take(later Entry) {
	e.Add = Union(without(e.Add, later.Del), later.Add)
	e.Del = Union(without(e.Del, later.Add), later.Del)
}

// Compact makes one segment's entries of sources, oldest first. With whole they are all there is, and what was deleted
// leaves no trace; ids for which drop reports true leave none either.
func Compact(sources []Source, whole bool, drop func(id int64) bool) ([]Entry, error) {
	var out []Entry
	err := Merge(sources, func(e Entry) {
		if whole {
			e.Del = nil
		}
		if slices.ContainsFunc(e.Add, drop) || slices.ContainsFunc(e.Del, drop) {
			e.Add, e.Del = slices.DeleteFunc(slices.Clone(e.Add), drop), slices.DeleteFunc(slices.Clone(e.Del), drop)
		}
		if len(e.Add)+len(e.Del) > 0 {
			out = append(out, e)
		}
	})
	return out, err
}

// Ids returns the ids that hold any key of a range, by sources, oldest first. The list is the caller's own.
func Ids(sources []Source) ([]int64, error) {
	var runs [][]int64
	err := Merge(sources, func(e Entry) {
		if len(e.Add) > 0 {
			runs = append(runs, e.Add)
		}
	})
	if len(runs) == 1 {
		return slices.Clone(runs[0]), err
	}
	return united(runs), err
}

// shortRun is how many ids a list has on average from which on it is worth joining as it is.
const shortRun = 64

// united joins lists two by two: each ascends already, so that is less work than to sort all ids. Of many short ones, as the beginning
// of a word finds, it is more.
func united(runs [][]int64) []int64 {
	size := 0
	for _, r := range runs {
		size += len(r)
	}
	if size == 0 {
		return nil
	}
	if size < shortRun*len(runs) {
		return sorted(slices.Concat(runs...))
	}
	for len(runs) > 1 {
		var longer [][]int64
		for pair := range slices.Chunk(runs, 2) {
			if len(pair) == 1 {
				longer = append(longer, pair[0])
				continue
			}
			longer = append(longer, Union(pair[0], pair[1]))
		}
		runs = longer
	}
	return runs[0]
}
