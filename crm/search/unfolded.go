package search

import (
	"github.com/deskbell/deskbell/crm/search/segment"
	"github.com/deskbell/deskbell/db"
)

const (
	unfoldedMost = 500 // rows that a search reads besides the index
	spreadMost   = 100 // records that it reads for each that changed for them
)

// unfolded reads what was written and is not in the index yet, as the indexer will: what was just written is found at once.
// It returns where the type's chunks begin, and entries by chunk.
func (x *Index) unfolded(tx *db.Tx, objectType string) ([]int64, map[int][]segment.Entry, error) {
	r, err := x.reading(tx)
	if err != nil {
		return nil, nil, err
	}
	lows := r.lows[objectType]
	if len(lows) == 0 {
		lows = []int64{0}
	}
	types := append([]string{objectType}, relatedTypes(objectType)...)
	if objectType == tickets {
		types = append(types, messages)
	}
	rows, err := newest(tx, types, unfoldedMost)
	if err != nil || len(rows) == 0 {
		return lows, nil, err
	}
	byType := map[string][]todo{}
	for _, t := range rows {
		switch {
		case t.parts == build || t.parts&forget != 0:
		case t.objectType == objectType || t.objectType == messages:
			byType[t.objectType] = append(byType[t.objectType], t)
		case t.parts&spread != 0:
			if _, err := r.spread(t, spreadMost); err != nil {
				return nil, nil, err
			}
		}
	}
	for name, some := range byType {
		if err := r.rows(name, some); err != nil {
			return nil, nil, err
		}
	}
	fresh := map[int][]segment.Entry{}
	for p, b := range r.found {
		fresh[p.chunk] = b.Entries()
	}
	return lows, fresh, nil
}
