package list

import (
	"context"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// Rename gives a list another name.
func (s *Service) Rename(tx *db.Tx, by people.Actor, id int64, given string) (List, error) {
	if err := may(by); err != nil {
		return List{}, err
	}
	l, err := s.held(tx, id)
	if err != nil {
		return l, err
	}
	if l.Name, err = checkName("listName", given); err != nil {
		return l, err
	}
	l.UpdatedAt, l.UpdatedBy = tx.Now, user(by)
	err = tx.Savepoint(func() error {
		_, err := tx.Exec("UPDATE lists SET name = $2, name_key = $3, updated_by = $4, updated_at = $5 WHERE id = $1", l.ID, l.Name, key(l.Name), l.UpdatedBy, tx.Micros())
		return err
	})
	if db.IsUnique(err) {
		return l, taken("listName", l.Name)
	}
	return l, err
}

// keptFor is how long a deleted list can be restored (HubSpot's).
const keptFor = 90 * 24 * time.Hour

// Delete deletes a list. Its name is free, and for 90 days it can be restored.
func (s *Service) Delete(tx *db.Tx, by people.Actor, id int64) error {
	if err := may(by); err != nil {
		return err
	}
	l, err := s.held(tx, id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE lists SET archived_at = $2, updated_by = $3, updated_at = $2 WHERE id = $1", id, tx.Micros(), user(by)); err != nil {
		return fmt.Errorf("delete list %d: %w", id, err)
	}
	return changed(tx, l.Folder)
}

// Restore takes back that a list was deleted. One that was not deleted stays as it is.
func (s *Service) Restore(tx *db.Tx, by people.Actor, id int64) error {
	if err := may(by); err != nil {
		return err
	}
	l, ok, err := db.One(tx, scanList, selectLists+"id = $1"+tx.ForUpdate(), id)
	switch {
	case err != nil:
		return err
	case !ok || !l.ArchivedAt.IsZero() && tx.Now.Sub(l.ArchivedAt) > keptFor:
		return errNoList
	case l.ArchivedAt.IsZero():
		return nil
	}
	if _, err := s.known(tx, l); err != nil {
		return err
	}
	if l.Folder != 0 { // which may be gone
		if _, err := s.Folder(tx, l.Folder); errs.Is(err, errs.NotFound) {
			l.Folder = 0
		} else if err != nil {
			return err
		}
	}
	err = tx.Savepoint(func() error {
		_, err := tx.Exec("UPDATE lists SET archived_at = NULL, folder_id = $2, updated_by = $3, updated_at = $4 WHERE id = $1", id, l.Folder, user(by), tx.Micros())
		return err
	})
	if db.IsUnique(err) {
		return taken("name", l.Name)
	}
	if err != nil {
		return err
	}
	return changed(tx, l.Folder)
}

const (
	dayKind  = "list.day"
	dayLook  = 24 * time.Hour
	stepMost = 5000 // members a transaction
)

// Schedule has what waits for its day looked at from now on, once a day. Doing it again changes nothing.
func Schedule(tx *db.Tx) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: dayKind, Key: "lists", Due: tx.Now.Add(dayLook)})
	return err
}

// Handlers run what lists leave to do.
func (s *Service) Handlers() []job.Handler {
	return []job.Handler{
		{Kind: dayKind, Timeout: time.Hour, Run: s.day},
		{Kind: convertKind, Run: s.convert},
		{Kind: fillKind, Timeout: time.Hour, Run: s.fill},
	}
}

func (s *Service) day(ctx context.Context, _ job.Run) error {
	if err := s.db.Write(ctx, Schedule); err != nil { // the next look, whatever becomes of this one
		return err
	}
	if err := s.db.Write(ctx, s.stray); err != nil {
		return err
	}
	if err := s.purge(ctx); err != nil {
		return err
	}
	return s.count(ctx)
}

// stray deletes the lists of object types that were deleted for good.
func (s *Service) stray(tx *db.Tx) error {
	types, err := s.types(tx)
	if err != nil {
		return err
	}
	var q db.SQL
	db.In(q.Add("UPDATE lists SET archived_at = ? WHERE archived_at IS NULL AND NOT ", tx.Micros()), "object_type", types)
	_, err = q.Exec(tx)
	return err
}

// purge removes lists that were deleted too long ago to be restored, the members of each first.
func (s *Service) purge(ctx context.Context) error {
	for more := true; more; {
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			old, found, err := db.One(tx, db.Col[int64], "SELECT id FROM lists WHERE archived_at IS NOT NULL AND archived_at < $1 ORDER BY archived_at LIMIT 1",
				tx.Now.Add(-keptFor).UnixMicro())
			if more = found; err != nil || !found {
				return err
			}
			n, err := tx.Exec("DELETE FROM list_members WHERE list_id = $1 AND record_id IN (SELECT record_id FROM list_members WHERE list_id = $1 ORDER BY record_id LIMIT $2)", old, stepMost)
			if err != nil || n == stepMost {
				return err
			}
			for _, from := range []string{"DELETE FROM list_history WHERE list_id = $1", "DELETE FROM lists WHERE id = $1"} {
				if _, err := tx.Exec(from, old); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("purge lists: %w", err)
		}
	}
	return nil
}
