package file

import (
	"fmt"

	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/db"
)

const eraseLook = 2000 // files a transaction that are looked at

// Forget deletes files for good on behalf of who kept them here; their content goes when nobody else has the same.
func (s *Service) Forget(tx *db.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	var q db.SQL
	keys, err := db.List(tx, db.Col[string], tx.Among(q.Add("DELETE FROM files WHERE "), "id", ids).Add(" RETURNING blob_key").Text(), q.Args()...)
	for _, k := range keys {
		if err == nil {
			err = waste.Drop(tx, k)
		}
	}
	return err
}

// Erasing deletes files and folders that are called by an address of a person who is erased, with all that lies in such folders, and
// what is known of how they came.
func (s *Service) Erasing() erase.Part {
	return erase.Part{Name: "files", Step: func(tx *db.Tx, w erase.What, from erase.Cursor) (erase.Cursor, bool, error) {
		if len(w.Emails) == 0 {
			return 0, false, nil
		}
		last, err := db.Value[int64](tx, "SELECT coalesce(max(id), 0) FROM (SELECT id FROM files WHERE id > $1 ORDER BY id LIMIT $2) AS span", int64(from), eraseLook)
		if err != nil {
			return 0, false, err
		}
		if last == 0 {
			return 0, false, s.forgetPlaces(tx, w)
		}
		found, err := db.List(tx, scanFile, selectFile+"f.id > $1 AND f.id <= $2 ORDER BY f.id", int64(from), last)
		if err != nil {
			return 0, false, err
		}
		var theirs []int64
		addressed := w.Addressed()
		for _, f := range found {
			if addressed(f.Path) {
				theirs = append(theirs, f.ID)
			}
		}
		return erase.Cursor(last), true, s.Forget(tx, theirs)
	}}
}

// forgetPlaces deletes the folders that are called by an address, and the tasks that named one.
func (s *Service) forgetPlaces(tx *db.Tx, w erase.What) error {
	for _, c := range []struct{ table, column string }{{"folders", "path"}, {"file_tasks", "asked"}} {
		for _, a := range w.Emails {
			type row struct {
				id   int64
				text string
			}
			found, err := db.List(tx, func(sc db.Scanner) (r row, err error) { return r, sc.Scan(&r.id, &r.text) },
				"SELECT id, "+c.column+" FROM "+c.table+" WHERE "+tx.Contains(c.column, "$1"), db.Like(a))
			if err != nil {
				return err
			}
			for _, r := range found {
				if !w.Addressed()(r.text) {
					continue
				}
				if _, err := tx.Exec("DELETE FROM "+c.table+" WHERE id = $1", r.id); err != nil {
					return fmt.Errorf("%s of an address: %w", c.table, err)
				}
			}
		}
	}
	return nil
}
