package search

import (
	"maps"
	"sync"

	"github.com/deskbell/deskbell/crm/search/segment"
	"github.com/deskbell/deskbell/db"
)

// docsMost is how many ids are kept in memory: 16 MB.
const docsMost = 2 << 20

// docs keeps which records segments name. A segment never changes and its number is never used again, so what was read once
// stays true; reading it again would be most of what a search costs.
type docs struct {
	mu   sync.Mutex
	most int
	held int
	of   map[int64][]int64 // by segment
}

func newDocs(most int) *docs { return &docs{most: most, of: map[int64][]int64{}} }

// read returns the records that segments name, by segment. They are shared: nobody may change them.
func (d *docs) read(tx *db.Tx, segments []int64) (map[int64][]int64, error) {
	out := make(map[int64][]int64, len(segments))
	missing := d.known(segments, out)
	if len(missing) == 0 {
		return out, nil
	}
	found, err := readDocs(tx, missing)
	if err != nil {
		return nil, err
	}
	maps.Copy(out, found)
	d.keep(found)
	return out, nil
}

func (d *docs) known(segments []int64, out map[int64][]int64) (missing []int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range segments {
		if ids, ok := d.of[s]; ok {
			out[s] = ids
		} else {
			missing = append(missing, s)
		}
	}
	return missing
}

// keep makes room by forgetting any: a search goes through segments from the newest on, and of those that were used longest ago
// the next one would begin with the very ones that were forgotten.
func (d *docs) keep(found map[int64][]int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for s, ids := range found {
		if _, ok := d.of[s]; ok || len(ids) > d.most {
			continue
		}
		for other, held := range d.of {
			if d.held+len(ids) <= d.most {
				break
			}
			d.held -= len(held)
			delete(d.of, other)
		}
		d.of[s], d.held = ids, d.held+len(ids)
	}
}

// readDocs reads which records segments name.
func readDocs(tx *db.Tx, segments []int64) (map[int64][]int64, error) {
	out := make(map[int64][]int64, len(segments))
	var q db.SQL
	tx.Among(q.Add("SELECT id, ids FROM search_segments WHERE "), "id", segments)
	_, err := db.List(tx, func(s db.Scanner) (struct{}, error) {
		var id int64
		var raw []byte
		if err := s.Scan(&id, &raw); err != nil {
			return struct{}{}, err
		}
		docs, err := segment.DecodeDocs(raw)
		out[id] = docs
		return struct{}{}, err
	}, q.Text(), q.Args()...)
	return out, err
}
