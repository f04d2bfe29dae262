package search

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/deskbell/deskbell/crm/search/segment"
	"github.com/deskbell/deskbell/db"
)

const (
	rowsMost = 2000 // of search_todo in one fold
	wipeMost = 8    // segments that go in one fold, before a build
	growth   = 2    // a segment becomes one with newer ones when it is at most this much larger than they are together
)

// fold is one step of the indexer: what was read and merged in a snapshot, to be written in one transaction.
type fold struct {
	*reading
	done   []int64                  // rows
	later  []todo                   // rows whose work goes on, from after
	purged map[place]map[int64]bool // chunks in which nothing gone leaves a trace, with the records that leave the index
	begin  map[string][]int64       // object types that are built anew: where their chunks begin, nothing while old ones go
	wipe   []int64                  // segments
	merged []merged
}

// merged is a new segment of a chunk in place of some.
type merged struct {
	place
	segment.Segment
	instead []int64
	next    int64 // where the next chunk begins; 0 when this one is not full
}

// prepare reads what is to be done. It returns nil when that is nothing.
func (x *Index) prepare(tx *db.Tx) (*fold, error) {
	rows, err := db.List(tx, scanTodo, todoColumns+" ORDER BY id LIMIT "+strconv.Itoa(rowsMost))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	r, err := x.reading(tx)
	if err != nil {
		return nil, err
	}
	f := &fold{reading: r, purged: map[place]map[int64]bool{}, begin: map[string][]int64{}}
	if err := f.read(rows); err != nil {
		return nil, err
	}
	for p := range f.purged {
		f.builder(p.objectType, r.lowOf(p))
	}
	for _, p := range slices.SortedFunc(maps.Keys(f.found), place.compare) {
		m, err := f.merge(p)
		if err != nil {
			return nil, fmt.Errorf("chunk %d of %s: %w", p.chunk, p.objectType, err)
		}
		f.merged = append(f.merged, m)
	}
	return f, nil
}

// read does what the rows say, and goes on with the first build. Into the chunks of a type whose build begins nothing may
// be put before they are there.
func (f *fold) read(rows []todo) error {
	byType := map[string][]todo{}
	building := false
	for _, t := range rows {
		if t.parts != build {
			byType[t.objectType] = append(byType[t.objectType], t)
			continue
		}
		if !building {
			building = true
			if err := f.build(t); err != nil {
				return err
			}
		}
	}
	for name, some := range byType {
		_, begins := f.begin[name]
		_, ticketsBegin := f.begin[tickets]
		if begins || ticketsBegin && (name == messages || concernsTickets(name)) {
			continue
		}
		if err := f.rows(name, some); err != nil {
			return err
		}
		for _, t := range some {
			if err := f.rest(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// rest does what is long, in pages, and what only the indexer does.
func (f *fold) rest(t todo) (err error) {
	last := int64(0)
	if p := f.placeOf(t.objectType, t.record); t.parts&(forget|purge) != 0 {
		if f.purged[p] == nil {
			f.purged[p] = map[int64]bool{}
		}
		f.purged[p][t.record] = t.parts&forget != 0
	}
	switch {
	case t.parts&spread != 0:
		last, err = f.spread(t, f.x.sizes.page)
	case t.parts&said != 0 && t.objectType == tickets && f.x.messages != nil:
		var found []Message
		found, err = f.x.messages.About(f.tx, t.record, t.after, f.x.sizes.page)
		if f.hear(found); len(found) == f.x.sizes.page {
			last = found[len(found)-1].ID
		}
	}
	f.advance(t, last)
	return err
}

// advance notes how far a row's work has come, 0 for to its end.
func (f *fold) advance(t todo, after int64) {
	if after == 0 {
		f.done = append(f.done, t.id)
		return
	}
	t.after = after
	f.later = append(f.later, t)
}

// stored is a segment as the table tells of it.
type stored struct {
	id          int64
	docs, bytes int
}

const (
	selectSegments = "SELECT id, docs, bytes FROM search_segments WHERE object_type = $1 AND chunk = $2 ORDER BY id"
	selectData     = "SELECT first, data FROM search_blocks WHERE segment = $1 ORDER BY first"
)

// merge makes what was read a segment, together with the newest segments of the chunk as far as they are not much larger:
// so a chunk has few, and nothing is written again often. What has to be forgotten takes all of them.
func (f *fold) merge(p place) (m merged, err error) {
	entries := f.found[p].Entries()
	m.place, m.Segment = p, segment.Encode(entries)
	have, err := db.List(f.tx, func(s db.Scanner) (st stored, err error) {
		return st, s.Scan(&st.id, &st.docs, &st.bytes)
	}, selectSegments, p.objectType, p.chunk)
	if err != nil {
		return m, err
	}
	take, bytes := len(have), m.Size()
	for take > 0 && (f.purged[p] != nil || have[take-1].bytes <= growth*bytes) {
		take--
		bytes += have[take].bytes
	}
	if take < len(have) || len(have) == 0 {
		if entries, err = f.compact(p, have[take:], entries, take == 0); err != nil {
			return m, err
		}
		m.Segment = segment.Encode(entries)
	}
	for _, st := range have[take:] {
		m.instead = append(m.instead, st.id)
	}
	m.next, err = f.full(m, have[:take])
	return m, err
}

func (f *fold) compact(p place, have []stored, entries []segment.Entry, whole bool) ([]segment.Entry, error) {
	var sources []segment.Source
	for _, st := range have {
		source, err := f.source(st.id)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	gone := f.purged[p]
	return segment.Compact(append(sources, segment.List(entries, segment.Range{})), whole, func(id int64) bool { return gone[id] })
}

func (f *fold) source(id int64) (segment.Source, error) {
	docs, err := readDocs(f.tx, []int64{id})
	if err != nil {
		return nil, err
	}
	blocks, err := db.List(f.tx, func(s db.Scanner) (data []byte, err error) {
		var first []byte
		return data, s.Scan(&first, &data)
	}, selectData, id)
	return segment.Read(docs[id], blocks, segment.Range{}), err
}

// full says where a new chunk begins when the last one has enough records: behind all of them.
func (f *fold) full(m merged, others []stored) (int64, error) {
	docs := len(m.Docs)
	var ids []int64
	for _, st := range others {
		docs += st.docs
		ids = append(ids, st.id)
	}
	if docs < f.x.sizes.chunk || m.chunk < len(f.lows[m.objectType])-1 {
		return 0, nil
	}
	all, err := readDocs(f.tx, ids)
	if err != nil {
		return 0, err
	}
	all[0] = m.Docs
	next := int64(0)
	for _, some := range all {
		if len(some) > 0 {
			next = max(next, some[len(some)-1]+1)
		}
	}
	return next, nil
}

func (r *reading) lowOf(p place) int64 {
	if lows := r.lows[p.objectType]; p.chunk < len(lows) {
		return lows[p.chunk]
	}
	return 0
}

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.objectType, o.objectType), cmp.Compare(p.chunk, o.chunk))
}
