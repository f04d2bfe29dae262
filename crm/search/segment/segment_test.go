package segment_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/search/segment"
)

// truth is what an index must say: which ids hold a key.
type truth map[string]map[int64]bool

func (m truth) set(key string, id int64, holds bool) {
	if m[key] == nil {
		m[key] = map[int64]bool{}
	}
	m[key][id] = holds
}

func (m truth) ids(in segment.Range) []int64 {
	found := map[int64]bool{}
	for key, ids := range m {
		for id, holds := range ids {
			if holds && key >= in.Low && (in.High == "" || key < in.High) {
				found[id] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func data(s segment.Segment, in segment.Range) (out [][]byte) {
	for i, b := range s.Blocks {
		if next := i + 1; next < len(s.Blocks) && string(s.Blocks[next].First) <= in.Low || in.High != "" && string(b.First) >= in.High {
			continue
		}
		out = append(out, b.Data)
	}
	return out
}

func sources(segments []segment.Segment, in segment.Range) (out []segment.Source) {
	for _, s := range segments {
		out = append(out, segment.Read(s.Docs, data(s, in), in))
	}
	return out
}

// Segments made one after another, some of them merged, say what the writes together say.
func TestSegmentsAgreeWithTheTruth(t *testing.T) {
	key := rapid.StringMatching(`[a-c]{1,4}`)
	rapid.Check(t, func(t *rapid.T) {
		all := truth{}
		var segments []segment.Segment
		write := func(t *rapid.T) {
			var b segment.Builder
			for range rapid.IntRange(1, 30).Draw(t, "writes") {
				k, id, add := key.Draw(t, "key"), rapid.Int64Range(1, 40).Draw(t, "id")<<30, rapid.Bool().Draw(t, "add")
				if rapid.IntRange(0, 3).Draw(t, "burst") == 0 {
					for next := id; next < id+20; next++ {
						b.Add([]byte(k), next)
						all.set(k, next, true)
					}
					continue
				}
				if add {
					b.Add([]byte(k), id)
				} else {
					b.Del([]byte(k), id)
				}
			}
			for _, e := range b.Entries() {
				for _, id := range e.Del {
					all.set(e.Key, id, false)
				}
				for _, id := range e.Add {
					all.set(e.Key, id, true)
				}
			}
			segments = append(segments, segment.Encode(b.Entries()))
		}
		merge := func(t *rapid.T) {
			if len(segments) < 2 {
				return
			}
			from := rapid.IntRange(0, len(segments)-2).Draw(t, "from")
			to := rapid.IntRange(from+2, len(segments)).Draw(t, "to")
			entries, err := segment.Compact(sources(segments[from:to], segment.Range{}), from == 0, func(int64) bool { return false })
			if err != nil {
				t.Fatal(err)
			}
			segments = slices.Replace(segments, from, to, segment.Encode(entries))
		}
		forget := func(t *rapid.T) {
			gone := rapid.Int64Range(1, 40).Draw(t, "gone") << 30
			entries, err := segment.Compact(sources(segments, segment.Range{}), true, func(id int64) bool { return id == gone })
			if err != nil {
				t.Fatal(err)
			}
			segments = []segment.Segment{segment.Encode(entries)}
			if slices.Contains(segments[0].Docs, gone) {
				t.Fatal("a forgotten id is still there")
			}
			for k := range all {
				delete(all[k], gone)
			}
		}
		t.Repeat(map[string]func(*rapid.T){"write": write, "write again": write, "merge": merge, "forget": forget, "": func(t *rapid.T) {
			low := key.Draw(t, "low")
			for _, in := range []segment.Range{{Low: low, High: low + "\x00"}, {Low: low, High: low + "\xff"}, {Low: low}, {}} {
				got, err := segment.Ids(sources(segments, in))
				if want := all.ids(in); err != nil || !slices.Equal(got, want) {
					t.Fatalf("%q holds %v (%v), want %v", in, got, err, want)
				}
			}
		}})
	})
}

func TestEntriesOfABuilder(t *testing.T) {
	var b segment.Builder
	for _, id := range []int64{7, 3, 7, 5} {
		b.Add([]byte("k"), id)
	}
	b.Del([]byte("k"), 9)
	b.Del([]byte("k"), 3)
	b.Del([]byte("a"), 1)
	want := []segment.Entry{{Key: "a", Del: []int64{1}}, {Key: "k", Add: []int64{3, 5, 7}, Del: []int64{9}}}
	got := b.Entries()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for in, keys := range map[segment.Range]int{{}: 2, {Low: "b"}: 1, {High: "k"}: 1, {Low: "a", High: "a\x00"}: 1, {Low: "l"}: 0} {
		n := 0
		if err := segment.Merge([]segment.Source{segment.List(got, in)}, func(segment.Entry) { n++ }); err != nil || n != keys {
			t.Errorf("%q has %d entries (%v), want %d", in, n, err, keys)
		}
	}
}

func TestManyEntriesFillBlocks(t *testing.T) {
	var b segment.Builder
	dice := rand.New(rand.NewPCG(1, 2))
	for id := int64(1); id <= 2000; id++ {
		for range 20 {
			b.Add(fmt.Appendf(nil, "word%05d", int(30000*dice.Float64()*dice.Float64())), id<<16)
		}
		b.Add([]byte("the"), id<<16)
	}
	entries := b.Entries()
	s := segment.Encode(entries)
	if len(s.Docs) != 2000 || len(s.Blocks) < 10 || len(s.Blocks[0].First) != 0 || s.Size() > 400_000 {
		t.Errorf("%d docs, %d blocks, %d bytes, the first block begins at %q", len(s.Docs), len(s.Blocks), s.Size(), s.Blocks[0].First)
	}
	for _, e := range []segment.Entry{entries[0], entries[len(entries)/2], entries[len(entries)-1]} {
		in := segment.Range{Low: e.Key, High: e.Key + "\x00"}
		got, err := segment.Ids(sources([]segment.Segment{s}, in))
		if has, anyErr := segment.Any(data(s, in), in); err != nil || anyErr != nil || !has || !slices.Equal(got, e.Add) {
			t.Errorf("%s is held by %v, want %v (%v %v)", e.Key, got, e.Add, err, anyErr)
		}
	}
	if has, err := segment.Any(data(s, segment.Range{Low: "x"}), segment.Range{Low: "x"}); has || err != nil {
		t.Errorf("something is said to lie behind all (%v)", err)
	}
	docs, err := segment.DecodeDocs(segment.EncodeDocs(s.Docs))
	if err != nil || !slices.Equal(docs, s.Docs) {
		t.Errorf("ids come back as %d others (%v)", len(docs), err)
	}
}

func TestSets(t *testing.T) {
	set := rapid.SliceOfDistinct(rapid.Int64Range(0, 60), rapid.ID)
	rapid.Check(t, func(t *rapid.T) {
		a, b := set.Draw(t, "a"), set.Draw(t, "b")
		slices.Sort(a)
		slices.Sort(b)
		var union, both []int64
		for n := range int64(61) {
			inA, inB := slices.Contains(a, n), slices.Contains(b, n)
			if inA || inB {
				union = append(union, n)
			}
			if inA && inB {
				both = append(both, n)
			}
		}
		if got := segment.Union(a, b); !slices.Equal(got, union) {
			t.Fatalf("union is %v, want %v", got, union)
		}
		if got := segment.Both(a, b); !slices.Equal(got, both) {
			t.Fatalf("both is %v, want %v", got, both)
		}
	})
}

// Whatever the bytes in the table are, reading them ends, in entries or in ErrDamaged.
func FuzzRead(f *testing.F) {
	var b segment.Builder
	for id := range int64(20) {
		b.Add([]byte("the"), id)
		b.Add(fmt.Appendf(nil, "word%d", id%5), id)
		b.Del([]byte("then"), id)
	}
	s := segment.Encode(b.Entries())
	f.Add(s.Blocks[0].Data, segment.EncodeDocs(s.Docs))
	f.Fuzz(func(t *testing.T, block, docs []byte) {
		ids, err := segment.DecodeDocs(docs)
		if err == nil {
			_, err = segment.Ids([]segment.Source{segment.Read(ids, [][]byte{block}, segment.Range{})})
		}
		if err != nil && !errors.Is(err, segment.ErrDamaged) {
			t.Fatal(err)
		}
	})
}

// Lists that hold much of a segment are bits, short ones are steps; both come back as they were, also at the ends.
func TestIdsOfManyKeys(t *testing.T) {
	dice := rand.New(rand.NewPCG(7, 7))
	for _, ids := range []int{1, 40, 400} { // short lists are sorted, long ones joined
		for keys := range 6 {
			m := truth{}
			var b segment.Builder
			for k := range keys {
				for n := range int64(ids) {
					id := n*7 + dice.Int64N(7)
					key := fmt.Sprint("k", k)
					m.set(key, id, true)
					b.Add([]byte(key), id)
				}
			}
			s := segment.Encode(b.Entries())
			in := segment.Range{Low: "k", High: "l"}
			got, err := segment.Ids([]segment.Source{segment.Read(s.Docs, data(s, in), in)})
			if err != nil || !slices.Equal(got, m.ids(in)) {
				t.Fatalf("%d keys of %d ids: %d ids, %v, want %d", keys, ids, len(got), err, len(m.ids(in)))
			}
		}
	}
}

func TestListsOfEveryDensity(t *testing.T) {
	const docs = 1000
	for _, every := range []int64{1, 2, 3, 7, 8, 9, 10, 50, 333, 999, 1000} {
		var b segment.Builder
		var want []int64
		for id := int64(1); id <= docs; id++ {
			b.Add([]byte("all"), id)
			if id%every == 0 || id == 1 && every > 500 {
				b.Add([]byte("some"), id)
				want = append(want, id)
			} else {
				b.Del([]byte("some"), id)
			}
		}
		s := segment.Encode(b.Entries())
		in := segment.Range{Low: "some", High: "some\x00"}
		var got segment.Entry
		err := segment.Merge(sources([]segment.Segment{s}, in), func(e segment.Entry) { got = e })
		if err != nil || !slices.Equal(got.Add, want) || len(got.Add)+len(got.Del) != docs {
			t.Errorf("every %d: %d come back of %d, and %d gone (%v)", every, len(got.Add), len(want), len(got.Del), err)
		}
		if s.Size() > 3*docs+3*docs/8+64 && every < 8 {
			t.Errorf("every %d: %d bytes", every, s.Size())
		}
	}
}

// What is not a segment is told apart, wherever it breaks.
func TestDamagedSegments(t *testing.T) {
	var b segment.Builder
	for id := int64(1); id < 40; id++ {
		b.Add([]byte("the"), id)
		b.Add([]byte("then"), id/9+1)
	}
	s := segment.Encode(b.Entries())
	whole := s.Blocks[0].Data
	read := func(docs []int64, data []byte) error {
		_, err := segment.Ids([]segment.Source{segment.Read(docs, [][]byte{data}, segment.Range{})})
		return err
	}
	if err := read(s.Docs, whole); err != nil {
		t.Fatal(err)
	}
	for n := 1; n < len(whole); n++ {
		if err := read(s.Docs, whole[:n]); err == nil && n != len(whole)-entrySize(whole) {
			t.Errorf("the first %d bytes of %d are taken for all", n, len(whole))
		} else if err != nil && !errors.Is(err, segment.ErrDamaged) {
			t.Error(err)
		}
	}
	for name, err := range map[string]error{
		"fewer docs":  read(s.Docs[:3], whole),
		"no docs":     read(nil, whole),
		"extra bytes": read(s.Docs, append(slices.Clone(whole), 0x80)),
	} {
		if !errors.Is(err, segment.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, data := range [][]byte{{0x80}, {0x01, 0xff, 0xff}} {
		if _, err := segment.DecodeDocs(data); !errors.Is(err, segment.ErrDamaged) {
			t.Errorf("ids %x: %v", data, err)
		}
	}
	if docs, err := segment.DecodeDocs(nil); err != nil || len(docs) != 0 {
		t.Errorf("no ids are %v (%v)", docs, err)
	}
}

// entrySize is the size of the last of two entries: without it the rest is whole, too.
func entrySize(block []byte) int {
	var first segment.Entry
	for n := 1; n < len(block); n++ {
		err := segment.Merge([]segment.Source{segment.Read(upTo(40), [][]byte{block[:n]}, segment.Range{})}, func(e segment.Entry) { first = e })
		if err == nil && first.Key != "" {
			return len(block) - n
		}
	}
	return 0
}

func upTo(n int64) (ids []int64) {
	for id := int64(1); id < n; id++ {
		ids = append(ids, id)
	}
	return ids
}

// What several segments say of one record and key is what the last of them says.
func TestTheLastWordCounts(t *testing.T) {
	say := func(add, del []int64) segment.Source {
		var b segment.Builder
		for _, id := range add {
			b.Add([]byte("k"), id)
		}
		for _, id := range del {
			b.Del([]byte("k"), id)
		}
		return segment.List(b.Entries(), segment.Range{})
	}
	for _, c := range []struct {
		name    string
		sources func() []segment.Source
		want    []int64
		deleted []int64
	}{
		{"one", func() []segment.Source { return []segment.Source{say([]int64{1, 2}, nil)} }, []int64{1, 2}, nil},
		{"gone later", func() []segment.Source { return []segment.Source{say([]int64{1, 2}, nil), say(nil, []int64{2})} }, []int64{1}, []int64{2}},
		{"back again", func() []segment.Source {
			return []segment.Source{say([]int64{1}, nil), say(nil, []int64{1}), say([]int64{1}, nil)}
		}, []int64{1}, nil},
		{"gone before it came", func() []segment.Source { return []segment.Source{say(nil, []int64{1}), say([]int64{1, 3}, nil)} }, []int64{1, 3}, nil},
		{"nothing", func() []segment.Source { return nil }, nil, nil},
	} {
		got, err := segment.Ids(c.sources())
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v (%v), want %v", c.name, got, err, c.want)
		}
		for _, whole := range []bool{false, true} {
			entries, err := segment.Compact(c.sources(), whole, func(int64) bool { return false })
			if err != nil {
				t.Fatal(err)
			}
			var add, del []int64
			for _, e := range entries {
				add, del = append(add, e.Add...), append(del, e.Del...)
			}
			if wantDel := c.deleted; !slices.Equal(add, c.want) || !whole && !slices.Equal(del, wantDel) || whole && len(del) > 0 {
				t.Errorf("%s compacted, whole %v: %v and gone %v", c.name, whole, add, del)
			}
		}
	}
}
