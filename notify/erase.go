package notify

import (
	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/ticket"
)

const eraseLook = 5000 // notifications a transaction that are looked at

// Erasing removes what users were told of a ticket that is erased.
func Erasing() erase.Part {
	return erase.Part{Name: "notifications", Step: func(tx *db.Tx, w erase.What, from erase.Cursor) (erase.Cursor, bool, error) {
		if w.ObjectType != ticket.Object {
			return 0, false, nil
		}
		last, err := db.Value[int64](tx, "SELECT coalesce(max(id), 0) FROM (SELECT id FROM notifications WHERE id > $1 ORDER BY id LIMIT $2) AS span", int64(from), eraseLook)
		if err != nil || last == 0 {
			return 0, false, err
		}
		_, err = tx.Exec("DELETE FROM notifications WHERE id > $1 AND id <= $2 AND ticket_id = $3", int64(from), last, w.ID)
		return erase.Cursor(last), true, err
	}}
}
