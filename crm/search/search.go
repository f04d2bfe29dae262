// Package search finds records by what people type into a search box, in an index of its own that lives in tables of the
// database. It owns what is searched, how the index is kept true and how it is asked; it knows nothing of permissions,
// filters, pages or orders.
package search

import (
	"fmt"
	"slices"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/search/segment"
	"github.com/deskbell/deskbell/crm/search/word"
	"github.com/deskbell/deskbell/db"
)

// Most is how many records a search looks at: of a text that more of them hold the newest count.
const Most = 10_000

// Message is what was said about a record.
type Message struct {
	ID     int64
	Record int64 // 0 for none
	Text   string
}

// Messages reads what was said about tickets. Texts may be cut to TextMost bytes.
type Messages interface {
	// Texts returns messages by id. Ids that are not there are left out.
	Texts(tx *db.Tx, ids []int64) ([]Message, error)
	// About returns messages of one ticket in the order of ids, from behind an id, at most limit.
	About(tx *db.Tx, ticket, after int64, limit int) ([]Message, error)
	// Before returns messages with smaller ids than before, the largest first, at most limit.
	Before(tx *db.Tx, before int64, limit int) ([]Message, error)
}

// Index answers what holds a text.
type Index struct {
	db       *db.DB
	props    *property.Registry
	messages Messages
	sizes    sizes
	docs     *docs
}

// sizes are how much of something there is at a time.
type sizes struct {
	chunk int // records of a chunk
	build int // records or messages of a build in one fold
	page  int // records or messages of another row in one fold
}

// New returns the index of a database. Without messages, nil, only records are searched.
func New(d *db.DB, props *property.Registry, messages Messages) *Index {
	return &Index{db: d, props: props, messages: messages, docs: newDocs(docsMost),
		sizes: sizes{chunk: 16 << 10, build: 4000, page: 1000}}
}

// loadChunks reads where each chunk begins, by object type.
func loadChunks(tx *db.Tx) (map[string][]int64, error) {
	type chunk struct {
		objectType string
		low        int64
	}
	all, err := db.List(tx, func(s db.Scanner) (c chunk, err error) {
		return c, s.Scan(&c.objectType, &c.low)
	}, "SELECT object_type, low FROM search_chunks ORDER BY object_type, chunk")
	out := map[string][]int64{}
	for _, c := range all {
		out[c.objectType] = append(out[c.objectType], c.low)
	}
	return out, err
}

// chunkOf is the number of the chunk that an id lies in.
func chunkOf(lows []int64, id int64) int {
	n, found := slices.BinarySearch(lows, id)
	if !found {
		n--
	}
	return max(n, 0)
}

// Found are the records that hold a text.
type Found struct {
	IDs  []int64 // the newest first
	More bool    // there are older ones
}

// Find returns the records of a type that hold what was typed, the newest first, at most most: every word of it, in their
// own text, in what was said about them, or in the names of whom they concern, ignoring case and accents; the last word
// may go on. Whatever was written before the transaction began is found, but for what comes faster than it is indexed.
// Archived records are among them, and those that the asker may not see. In a text without a word nothing is found.
func (x *Index) Find(tx *db.Tx, objectType, typed string, most int) (Found, error) {
	q, ok := word.Parse(typed)
	if !ok {
		return Found{}, nil
	}
	found, err := x.find(tx, objectType, q, most)
	if err != nil {
		return found, fmt.Errorf("search %s: %w", objectType, err)
	}
	return found, nil
}

func (x *Index) find(tx *db.Tx, objectType string, q word.Query, most int) (Found, error) {
	lows, fresh, err := x.unfolded(tx, objectType)
	if err != nil {
		return Found{}, err
	}
	var found Found
	for high, width := len(lows)-1, 2; high >= 0; width *= 4 {
		a := ask{tx: tx, objectType: objectType, low: max(0, high-width+1), high: high, fresh: fresh, docs: map[int64][]int64{}, known: x.docs}
		high = a.low - 1
		byChunk, err := a.answer(q)
		if err != nil {
			return found, err
		}
		for n := a.high; n >= a.low; n-- {
			ids := byChunk[n]
			slices.Reverse(ids)
			found.IDs = append(found.IDs, ids...)
		}
		if len(found.IDs) >= most && (len(found.IDs) > most || high >= 0) {
			found.IDs, found.More = found.IDs[:most], true
			return found, nil
		}
	}
	return found, nil
}

// keys of the index are a word, a zero byte, and where the record has the word from: so that a word that leaves one place
// does not leave the others.
const (
	fromOwn     = "\x00o"
	fromRelated = "\x00r"
	fromSaid    = "\x00s"
)

// after is behind every text: none in UTF-8 has this byte.
const after = "\xff"

// keysOf is the range of the keys of a word, wherever it stands; with prefix also of longer words.
func keysOf(w string, prefix bool) segment.Range {
	if prefix {
		return segment.Range{Low: w, High: w + after}
	}
	return segment.Range{Low: w + "\x00", High: w + "\x01"}
}
