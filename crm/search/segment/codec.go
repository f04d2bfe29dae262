package segment

import (
	"encoding/binary"
	"errors"
	"slices"
)

// ErrDamaged says that a piece of the index is not what was written.
var ErrDamaged = errors.New("the search index is damaged")

const blockSize = 8 << 10 // bytes from which a block is full

// Encode makes a segment of entries by key.
func Encode(entries []Entry) Segment {
	s := Segment{Docs: docsOf(entries)}
	w := writer{docs: s.Docs}
	for _, e := range entries {
		w.write(e)
	}
	w.finish()
	s.Blocks = w.blocks
	return s
}

func docsOf(entries []Entry) []int64 {
	seen := map[int64]bool{}
	var docs []int64
	for _, e := range entries {
		for _, ids := range [2][]int64{e.Add, e.Del} {
			for _, id := range ids {
				if !seen[id] {
					seen[id] = true
					docs = append(docs, id)
				}
			}
		}
	}
	slices.Sort(docs)
	return docs
}

// writer lays entries one after another. Each is: how many bytes of its key the key before shares, the rest of the key,
// and a body with its length: the list of added, then that of deleted ids if there are any.
type writer struct {
	docs   []int64
	blocks []Block
	block  Block
	last   string
	body   []byte
	places []uint32
}

func (w *writer) write(e Entry) {
	w.body = w.list(w.body[:0], e.Add)
	if len(e.Del) > 0 {
		w.body = w.list(w.body, e.Del)
	}
	if w.block.Data == nil && len(w.blocks) > 0 {
		w.block.First = []byte(e.Key)
	}
	shared := 0
	for shared < len(w.last) && shared < len(e.Key) && w.last[shared] == e.Key[shared] {
		shared++
	}
	data := binary.AppendUvarint(w.block.Data, uint64(shared))
	data = binary.AppendUvarint(data, uint64(len(e.Key)-shared))
	data = append(data, e.Key[shared:]...)
	data = binary.AppendUvarint(data, uint64(len(w.body)))
	w.block.Data = append(data, w.body...)
	w.last = e.Key
	if len(w.block.Data) >= blockSize {
		w.finish()
	}
}

func (w *writer) finish() {
	if len(w.block.Data) > 0 {
		w.blocks = append(w.blocks, w.block)
	}
	w.block, w.last = Block{}, ""
}

// list appends ids as places among the docs: their count, doubled, and the steps between them; where a bit for each of the
// docs is shorter, the count with its lowest bit set, and those bits.
func (w *writer) list(dst []byte, ids []int64) []byte {
	w.places = w.places[:0]
	rest, at := w.docs, 0
	for _, id := range ids {
		n, _ := gallop(rest, id)
		rest, at = rest[n:], at+n
		w.places = append(w.places, uint32(at))
	}
	if len(ids)*8 > len(w.docs)+7 {
		dst = binary.AppendUvarint(dst, uint64(len(ids))<<1|1)
		begin := len(dst)
		dst = append(dst, make([]byte, (len(w.docs)+7)/8)...)
		for _, p := range w.places {
			dst[begin+int(p/8)] |= 1 << (p % 8)
		}
		return dst
	}
	dst = binary.AppendUvarint(dst, uint64(len(ids))<<1)
	last := uint32(0)
	for _, p := range w.places {
		dst = binary.AppendUvarint(dst, uint64(p-last))
		last = p
	}
	return dst
}

// ids reads a list. Whatever the bytes are, it reads no further than their end.
func ids(data []byte, docs []int64) (out []int64, rest []byte, err error) {
	head, size := binary.Uvarint(data)
	n := head >> 1
	if size <= 0 || n > uint64(len(docs)) {
		return nil, nil, ErrDamaged
	}
	data = data[size:]
	out = make([]int64, 0, n)
	if head&1 == 0 {
		at := uint64(0)
		for range n {
			step, size := binary.Uvarint(data)
			if at += step; size <= 0 || at >= uint64(len(docs)) {
				return nil, nil, ErrDamaged
			}
			out, data = append(out, docs[at]), data[size:]
		}
		return out, data, nil
	}
	bits := (len(docs) + 7) / 8
	if len(data) < bits {
		return nil, nil, ErrDamaged
	}
	for i, b := range data[:bits] {
		for ; b != 0; b &= b - 1 {
			at := 8*i + lowest(b)
			if at >= len(docs) {
				return nil, nil, ErrDamaged
			}
			out = append(out, docs[at])
		}
	}
	return out, data[bits:], nil
}

// EncodeDocs writes ids that ascend.
func EncodeDocs(docs []int64) []byte {
	out := make([]byte, 0, 4*len(docs))
	last := int64(0)
	for _, id := range docs {
		out = binary.AppendUvarint(out, uint64(id-last))
		last = id
	}
	return out
}

// DecodeDocs reads what EncodeDocs wrote.
func DecodeDocs(data []byte) ([]int64, error) {
	out := make([]int64, 0, len(data)/3)
	last := int64(0)
	for len(data) > 0 {
		step, size := binary.Uvarint(data)
		if size <= 0 || last+int64(step) < last {
			return nil, ErrDamaged
		}
		last += int64(step)
		out, data = append(out, last), data[size:]
	}
	return out, nil
}
