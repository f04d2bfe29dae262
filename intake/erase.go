package intake

import (
	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/db"
)

// EraseRaws removes what came in and went out raw, by the rows of messages and by Message-IDs. That something came in stays, so that it is
// not taken in again.
func EraseRaws(tx *db.Tx, raws []int64, messageIDs []string) error {
	var in, kept, emptied, bodies db.SQL
	keys, err := db.List(tx, db.Col[string], db.In(in.Add("SELECT blob_key FROM inbound WHERE blob_key <> '' AND "), "id", raws).Text(), in.Args()...)
	if err != nil {
		return err
	}
	type mail struct {
		id  int64
		key string
	}
	mails, err := db.List(tx, func(sc db.Scanner) (m mail, err error) { return m, sc.Scan(&m.id, &m.key) },
		db.In(kept.Add("SELECT id, blob_key FROM outbox WHERE "), "message_id", messageIDs).Text(), kept.Args()...)
	if err != nil {
		return err
	}
	for _, m := range mails {
		keys, raws = append(keys, m.key), append(raws, m.id)
		if _, err := tx.Exec("DELETE FROM outbox WHERE id = $1", m.id); err != nil {
			return err
		}
	}
	emptied.Add("UPDATE inbound SET sender = '', subject = '', envelope_from = '', envelope_to = '[]', blob_key = '' WHERE ")
	if _, err := db.In(&emptied, "id", raws).Exec(tx); err != nil {
		return err
	}
	if _, err := db.In(bodies.Add("DELETE FROM raw_bodies WHERE "), "id", raws).Exec(tx); err != nil {
		return err
	}
	for _, k := range keys {
		if err := waste.Drop(tx, k); err != nil {
			return err
		}
	}
	return nil
}
