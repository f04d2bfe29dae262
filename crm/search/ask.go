package search

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/deskbell/deskbell/crm/search/segment"
	"github.com/deskbell/deskbell/crm/search/word"
	"github.com/deskbell/deskbell/db"
)

// byChunk are ids by the number of their chunk, ascending.
type byChunk map[int][]int64

// ask looks for something in some chunks. Each answers for itself, so however common a word is, no more of it is read
// than of the chunks that are asked.
type ask struct {
	tx         *db.Tx
	objectType string
	low, high  int                     // chunks
	fresh      map[int][]segment.Entry // by chunk, what is not in the index yet
	docs       map[int64][]int64       // by segment, as far as they were needed
	known      *docs                   // from which they come
}

// answer returns the records of the chunks that a query finds.
func (a *ask) answer(q word.Query) (byChunk, error) {
	switch {
	case q.Word != "":
		return a.word(keysOf(q.Word, q.Prefix))
	case len(q.Any) > 0:
		return a.any(q.Any)
	}
	return a.all(q.All)
}

func (a *ask) any(of []word.Query) (byChunk, error) {
	out := byChunk{}
	for _, q := range of {
		found, err := a.answer(q)
		if err != nil {
			return nil, err
		}
		for n, ids := range found {
			out[n] = segment.Union(out[n], ids)
		}
	}
	return out, nil
}

// all asks first for what is likely rare, and for the rest only where that was found.
func (a *ask) all(of []word.Query) (out byChunk, err error) {
	low, high := a.low, a.high
	defer func() { a.low, a.high = low, high }()
	of = slices.Clone(of)
	slices.SortStableFunc(of, func(p, q word.Query) int { return cmp.Compare(frequency(p), frequency(q)) })
	for i, q := range of {
		found, err := a.answer(q)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			out = found
		}
		for n, ids := range out {
			if out[n] = segment.Both(ids, found[n]); len(out[n]) == 0 {
				delete(out, n)
			}
		}
		if len(out) == 0 {
			return out, nil
		}
		chunks := slices.Sorted(maps.Keys(out))
		a.low, a.high = chunks[0], chunks[len(chunks)-1]
	}
	return out, nil
}

// frequency guesses how common what a query finds is: short words are, and words that may go on.
func frequency(q word.Query) int {
	const prefix = 1000
	switch {
	case q.Word != "" && q.Prefix:
		return prefix - len(q.Word)
	case q.Word != "":
		return -len(q.Word)
	case len(q.Any) > 0:
		return frequency(slices.MaxFunc(q.Any, compareFrequency))
	}
	return frequency(slices.MinFunc(q.All, compareFrequency))
}

func compareFrequency(p, q word.Query) int { return cmp.Compare(frequency(p), frequency(q)) }

// block is a row of selectBlocks.
type block struct {
	chunk       int
	segment     int64
	first, data []byte
}

func scanBlock(s db.Scanner) (b block, err error) {
	return b, s.Scan(&b.chunk, &b.segment, &b.first, &b.data)
}

// selectBlocks reads the blocks of some chunks that may hold keys of a range: in each segment from the last block that
// does not begin behind it.
const selectBlocks = `SELECT s.chunk, s.id, b.first, b.data FROM search_segments s JOIN search_blocks b ON b.segment = s.id
WHERE s.object_type = $1 AND s.chunk BETWEEN $2 AND $3 AND b.first < $4
AND b.first >= (SELECT x.first FROM search_blocks x WHERE x.segment = s.id AND x.first <= $5 ORDER BY x.first DESC LIMIT 1)`

// piece is what a segment has of a range.
type piece struct {
	segment int64
	blocks  [][]byte
}

// word returns the records of the chunks that hold a key of the range.
func (a *ask) word(in segment.Range) (byChunk, error) {
	blocks, err := db.List(a.tx, scanBlock, selectBlocks, a.objectType, a.low, a.high, []byte(in.High), []byte(in.Low))
	if err != nil {
		return nil, err
	}
	pieces, err := gather(blocks, in)
	if err != nil {
		return nil, err
	}
	if err := a.load(pieces); err != nil {
		return nil, err
	}
	out := byChunk{}
	for n := a.low; n <= a.high; n++ {
		var sources []segment.Source
		for _, p := range pieces[n] {
			sources = append(sources, segment.Read(a.docs[p.segment], p.blocks, in))
		}
		if fresh := a.fresh[n]; len(fresh) > 0 {
			sources = append(sources, segment.List(fresh, in))
		}
		ids, err := segment.Ids(sources)
		if err != nil {
			return nil, err
		}
		if len(ids) > 0 {
			out[n] = ids
		}
	}
	return out, nil
}

// gather puts blocks into the order of segments and keys, by chunk, and leaves out segments that hold nothing of the range.
func gather(blocks []block, in segment.Range) (map[int][]piece, error) {
	slices.SortFunc(blocks, func(a, b block) int {
		return cmp.Or(cmp.Compare(a.segment, b.segment), bytes.Compare(a.first, b.first))
	})
	out := map[int][]piece{}
	for len(blocks) > 0 {
		b := blocks[0]
		p := piece{segment: b.segment}
		for len(blocks) > 0 && blocks[0].segment == b.segment {
			p.blocks, blocks = append(p.blocks, blocks[0].data), blocks[1:]
		}
		some, err := segment.Any(p.blocks, in)
		if err != nil {
			return nil, err
		}
		if some {
			out[b.chunk] = append(out[b.chunk], p)
		}
	}
	return out, nil
}

// load reads which records the segments name, of those that were not read yet.
func (a *ask) load(pieces map[int][]piece) error {
	var missing []int64
	for _, some := range pieces {
		for _, p := range some {
			if a.docs[p.segment] == nil {
				missing = append(missing, p.segment)
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	docs, err := a.known.read(a.tx, missing)
	maps.Copy(a.docs, docs)
	return err
}
