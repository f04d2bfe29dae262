package search

import (
	"slices"

	"github.com/deskbell/deskbell/crm/search/segment"
	"github.com/deskbell/deskbell/crm/search/word"
	"github.com/deskbell/deskbell/db"
)

// tickets is the object type that messages are about.
const tickets = "tickets"

// place is a chunk of an object type.
type place struct {
	objectType string
	chunk      int
}

// reading turns records and messages into entries of the index.
type reading struct {
	x     *Index
	tx    *db.Tx
	lows  map[string][]int64
	found map[place]*segment.Builder
	key   []byte
}

func (x *Index) reading(tx *db.Tx) (*reading, error) {
	// From the transaction itself, not from memory: what was folded into a chunk that came since is not among the rows either.
	lows, err := loadChunks(tx)
	return &reading{x: x, tx: tx, lows: lows, found: map[place]*segment.Builder{}}, err
}

func (r *reading) placeOf(objectType string, id int64) place {
	return place{objectType, chunkOf(r.lows[objectType], id)}
}

func (r *reading) builder(objectType string, id int64) *segment.Builder {
	p := r.placeOf(objectType, id)
	b := r.found[p]
	if b == nil {
		b = &segment.Builder{}
		r.found[p] = b
	}
	return b
}

// adding returns what emits words that a record holds; deleting is its opposite.
func (r *reading) adding(b *segment.Builder, id int64, from string) func([]byte) {
	return func(w []byte) {
		r.key = append(append(r.key[:0], w...), from...)
		b.Add(r.key, id)
	}
}

func (r *reading) deleting(b *segment.Builder, id int64, from string) func([]byte) {
	return func(w []byte) {
		r.key = append(append(r.key[:0], w...), from...)
		b.Del(r.key, id)
	}
}

// rows reads what rows say is to be read of records of one type, or of messages.
func (r *reading) rows(objectType string, rows []todo) error {
	if objectType == messages {
		var ids []int64
		for _, t := range rows {
			ids = append(ids, t.record)
		}
		return r.said(ids)
	}
	gone, err := r.x.gone(r.tx, rows)
	if err != nil {
		return err
	}
	var owns, others []int64
	for _, t := range rows {
		if t.parts&own != 0 {
			owns = append(owns, t.record)
		}
		if t.parts&related != 0 {
			others = append(others, t.record)
		}
	}
	if err := r.own(objectType, unique(owns), gone); err != nil {
		return err
	}
	return r.related(objectType, unique(others), gone)
}

func unique(ids []int64) []int64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// own reads records' own text.
func (r *reading) own(objectType string, ids []int64, gone map[int64][]string) error {
	texts, err := r.x.texts(r.tx, objectType, ids, false)
	if err != nil {
		return err
	}
	for id, values := range texts {
		b := r.builder(objectType, id)
		add := r.adding(b, id, fromOwn)
		idWord(id, add)
		for _, v := range values {
			v.words(add)
		}
		r.lost(b, id, fromOwn, gone[id])
	}
	return nil
}

// lost says that a record may not hold what it held.
func (r *reading) lost(b *segment.Builder, id int64, from string, gone []string) {
	for _, text := range gone {
		word.Phone(text, r.deleting(b, id, from))
	}
}

// related reads the text of whom records concern.
func (r *reading) related(objectType string, ids []int64, gone map[int64][]string) error {
	for _, otherType := range relatedTypes(objectType) {
		ends, err := others(r.tx, objectType, ids, otherType)
		if err != nil {
			return err
		}
		var all []int64
		for _, some := range ends {
			all = append(all, some...)
		}
		texts, err := r.x.texts(r.tx, otherType, unique(all), true)
		if err != nil {
			return err
		}
		for id, some := range ends {
			add := r.adding(r.builder(objectType, id), id, fromRelated)
			for _, other := range some {
				for _, v := range texts[other] {
					v.words(add)
				}
			}
		}
	}
	for _, id := range ids {
		if len(gone[id]) > 0 {
			r.lost(r.builder(objectType, id), id, fromRelated, gone[id])
		}
	}
	return nil
}

// spread reads the related text of tickets that a record concerns, from behind an id. It returns the last of them, 0 when
// there are no more.
func (r *reading) spread(t todo, limit int) (last int64, err error) {
	ids, err := db.List(r.tx, db.Col[int64], selectConcerned, t.objectType, t.record, tickets, t.after, limit)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	// What the record holds goes too when it is in the trash; when it lives the tickets hold it again.
	now, err := r.x.texts(r.tx, t.objectType, []int64{t.record}, false)
	if err != nil {
		return 0, err
	}
	lines, _ := parseGone(t.gone)
	for _, v := range now[t.record] {
		lines = append(lines, v.text)
	}
	gone := make(map[int64][]string, len(ids))
	for _, id := range ids {
		gone[id] = lines
	}
	if len(ids) == limit {
		last = ids[len(ids)-1]
	}
	return last, r.related(tickets, ids, gone)
}

// said reads messages.
func (r *reading) said(ids []int64) error {
	if r.x.messages == nil {
		return nil
	}
	found, err := r.x.messages.Texts(r.tx, unique(ids))
	r.hear(found)
	return err
}

func (r *reading) hear(found []Message) {
	for _, m := range found {
		if m.Record != 0 {
			word.Each(short(m.Text), r.adding(r.builder(tickets, m.Record), m.Record, fromSaid))
		}
	}
}
