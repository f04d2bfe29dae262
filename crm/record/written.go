package record

import (
	"maps"

	"github.com/deskbell/deskbell/db"
)

// writtenKey is where a transaction keeps a record that it wrote: its row is locked, so what was written is what a read would
// find, and the reactors that look at one record all ask for it.
type writtenKey struct {
	objectType string
	id         int64
}

func (p *plan) keep(tx *db.Tx, r Record) {
	r.Properties = maps.Clone(r.Properties)
	tx.Put(writtenKey{p.t.Name, r.ID}, r)
}

// forget makes the next read ask the database.
func (p *plan) forget(tx *db.Tx, id int64) { tx.Put(writtenKey{p.t.Name, id}, nil) }

func (p *plan) kept(tx *db.Tx, id int64) (Record, bool) {
	r, ok := tx.Get(writtenKey{p.t.Name, id}).(Record)
	r.Properties = maps.Clone(r.Properties)
	return r, ok
}
