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
		if err := tx.Later("UPDATE search_todo SET after = $2 WHERE id = $1", t.id, t.after); err != nil {
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
	if len(ids) == 0 {
		return nil
	}
	var q db.SQL
	tx.Among(q.Add(statement), column, ids)
	return tx.Later(q.Text(), q.Args()...)
}

const insertChunk = "INSERT INTO search_chunks (object_type, chunk, low) VALUES ($1, $2, $3)"

func (f *fold) storeChunks(tx *db.Tx, objectType string, lows []int64) error {
	if _, err := tx.Exec("DELETE FROM search_chunks WHERE object_type = $1", objectType); err != nil {
		return err
	}
	for n, low := range lows {
		if err := tx.Later(insertChunk, objectType, n, low); err != nil {
			return err
		}
	}
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

var (
	insertSegments = db.NewInsert("INSERT INTO search_segments (id, object_type, chunk, docs, bytes, ids)", "")
	insertBlocks   = db.NewInsert("INSERT INTO search_blocks (segment, first, data)", "")
)

func (m merged) store(tx *db.Tx) error {
	if len(m.Docs) == 0 {
		return nil
	}
	id := tx.NewID()
	err := insertSegments.Later(tx, []any{id, m.objectType, m.chunk, len(m.Docs), m.Size(), segment.EncodeDocs(m.Docs)})
	if err != nil {
		return err
	}
	rows := make([][]any, len(m.Blocks))
	for i, b := range m.Blocks {
		rows[i] = []any{id, append([]byte{}, b.First...), b.Data} // never NULL
	}
	return insertBlocks.Later(tx, rows...)
}
