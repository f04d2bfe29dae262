package search

import (
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
)

// Forget has a record leave the index, and the text that other records have of it, so that not even a word of it stays in
// the tables (REC-5). Call it in the transaction that deletes the record, while the record and its relations are there.
func (x *Index) Forget(tx *db.Tx, t property.ObjectType, record int64) error {
	note(tx, t.Name, record, forget, "")
	if !concernsTickets(t.Name) {
		return nil
	}
	ids := []int64{record}
	now, err := x.texts(tx, t.Name, ids, false)
	if err != nil {
		return err
	}
	before, err := goneOf(tx, t.Name, ids)
	if err != nil {
		return err
	}
	var gone strings.Builder
	for _, v := range now[record] {
		gone.WriteString(line(v.text) + "\n")
	}
	for _, text := range before[record] {
		gone.WriteString(text + "\n")
	}
	concerned, err := db.List(tx, db.Col[int64], "SELECT DISTINCT to_id FROM associations WHERE from_type = $1 AND from_id = $2 AND to_type = $3",
		t.Name, record, tickets)
	if err != nil {
		return err
	}
	// Those whose relation to it just ended have its text in the index still.
	var q db.SQL
	q.Add("SELECT record_id FROM search_todo WHERE object_type = ? AND ", tickets)
	ended, err := db.List(tx, db.Col[int64], q.Add(tx.Contains("gone", "?"), db.Like(referTo(t.Name, record))).Text(), q.Args()...)
	if err != nil {
		return err
	}
	for _, ticket := range unique(append(concerned, ended...)) {
		note(tx, tickets, ticket, related|purge, gone.String())
	}
	return nil
}
