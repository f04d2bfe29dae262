package search

import (
	"slices"

	"github.com/deskbell/deskbell/crm/search/segment"
	"github.com/deskbell/deskbell/db"
)

// store writes what was prepared.
func (f *fold) store(tx *db.Tx) error {
	if err := removeSegments(tx, f.wipe); err != nil {
		return err
	}
	for objectType, lows := range f.begin {
		if err := f.storeChunks(tx, objectType, lows); err != nil {
			return err
		}
	}
	for _, m := range f.merged {
		if err := removeSegments(tx, m.instead); err != nil {
			return err
		}
		if err := m.store(tx); err != nil {
			return err
		}
		if m.next != 0 {
			if err := f.addChunk(tx, m); err != nil {
				return err
			}
		}
	}
	for _, t := range f.later {
		if _, err := tx.Exec("UPDATE search_todo SET after = $2 WHERE id = $1", t.id, t.after); err != nil {
			return err
		}
	}
	return remove(tx, "DELETE FROM search_todo WHERE ", "id", f.done)
}

func removeSegments(tx *db.Tx, ids []int64) error {
	if err := remove(tx, "DELETE FROM search_blocks WHERE ", "segment", ids); err != nil {
		return err
	}
	return remove(tx, "DELETE FROM search_segments WHERE ", "id", ids)
}

func remove(tx *db.Tx, statement, column string, ids []int64) error {
	for some := range slices.Chunk(ids, idsMost) {
		var q db.SQL
		if _, err := db.In(q.Add(statement), column, padded(some)).Exec(tx); err != nil {
			return err
		}
	}
	return nil
}

const insertChunk = "INSERT INTO search_chunks (object_type, chunk, low) VALUES ($1, $2, $3)"

func (f *fold) storeChunks(tx *db.Tx, objectType string, lows []int64) error {
	if _, err := tx.Exec("DELETE FROM search_chunks WHERE object_type = $1", objectType); err != nil {
		return err
	}
	for n, low := range lows {
		if _, err := tx.Exec(insertChunk, objectType, n, low); err != nil {
			return err
		}
	}
	f.x.chunks.Invalidate(tx)
	return nil
}

// addChunk begins the chunk behind one that is full.
func (f *fold) addChunk(tx *db.Tx, m merged) error {
	lows := f.lows[m.objectType]
	if len(lows) == 0 {
		lows = []int64{0} // a type's first chunk need not be said
	}
	return f.storeChunks(tx, m.objectType, append(slices.Clone(lows), m.next))
}

const blocksMost = 16 // inserted by one statement

func (m merged) store(tx *db.Tx) error {
	if len(m.Docs) == 0 {
		return nil
	}
	id := tx.NewID()
	_, err := tx.Exec("INSERT INTO search_segments (id, object_type, chunk, docs, bytes, ids) VALUES ($1, $2, $3, $4, $5, $6)",
		id, m.objectType, m.chunk, len(m.Docs), m.Size(), segment.EncodeDocs(m.Docs))
	if err != nil {
		return err
	}
	for some := range slices.Chunk(m.Blocks, blocksMost) {
		var q db.SQL
		q.Add("INSERT INTO search_blocks (segment, first, data) VALUES ")
		for i, b := range some {
			if i > 0 {
				q.Add(", ")
			}
			first := b.First
			if first == nil {
				first = []byte{} // no NULL
			}
			q.Add("(?, ?, ?)", id, first, b.Data)
		}
		if _, err := q.Exec(tx); err != nil {
			return err
		}
	}
	return nil
}
