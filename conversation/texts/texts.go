// Package texts reads for the search index what was said about tickets. It knows messages only as texts.
package texts

import (
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
)

// Messages reads for the search index what was said about tickets: of each message and comment what is new in it.
type Messages struct{}

// selectTexts leaves quotes out: what they quote is a message of its own.
const selectTexts = "SELECT id, coalesce(ticket_id, 0), substr(CASE WHEN visible <> '' THEN visible ELSE text END, 1, 16384) FROM messages WHERE "

func scanText(s db.Scanner) (m search.Message, err error) {
	return m, s.Scan(&m.ID, &m.Record, &m.Text)
}

// Texts returns messages by id.
func (Messages) Texts(tx *db.Tx, ids []int64) ([]search.Message, error) {
	var q db.SQL
	return db.List(tx, scanText, tx.Among(q.Add(selectTexts), "id", ids).Text(), q.Args()...)
}

// About returns messages of a ticket, the oldest first, behind one.
func (Messages) About(tx *db.Tx, ticket, after int64, limit int) ([]search.Message, error) {
	return db.List(tx, scanText, selectTexts+"ticket_id = $1 AND id > $2 ORDER BY id LIMIT $3", ticket, after, limit)
}

// Before returns messages with smaller ids than before, the newest first.
func (Messages) Before(tx *db.Tx, before int64, limit int) ([]search.Message, error) {
	return db.List(tx, scanText, selectTexts+"id < $1 ORDER BY id DESC LIMIT $2", before, limit)
}
