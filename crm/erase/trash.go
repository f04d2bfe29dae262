package erase

import (
	"context"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
)

const (
	trashKind = "trash.empty"
	trashFor  = 90 * 24 * time.Hour
	trashLook = 24 * time.Hour
	trashStep = 20 // records a transaction
)

// Schedule has the trash looked at from now on, once a day. Doing it again changes nothing.
func Schedule(tx *db.Tx) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: trashKind, Key: "trash", Due: tx.Now.Add(trashLook)})
	return err
}

// emptyTrash erases what has been in the trash for 90 days (REC-5).
func (s *Service) emptyTrash(ctx context.Context, run job.Run) error {
	var types []property.ObjectType
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if err := Schedule(tx); err != nil { // the next look, whatever becomes of this one
			return err
		}
		types, err = s.props.Types(tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, t := range types {
		for after := int64(0); ; {
			last := after
			err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
				after, err = s.emptySome(tx, t, last)
				return err
			})
			if err != nil {
				return fmt.Errorf("empty the trash of %s: %w", t.Name, err)
			}
			if after == 0 {
				break
			}
		}
	}
	return nil
}

// emptySome has some records erased, those behind an id, and returns the last one; 0 when there are no more.
func (s *Service) emptySome(tx *db.Tx, t property.ObjectType, after int64) (last int64, err error) {
	old, err := record.TrashedBefore(tx, t, tx.Now.Add(-trashFor), after, trashStep)
	if err != nil || len(old) == 0 {
		return 0, err
	}
	for _, n := range old {
		if err := record.Lock(tx, n); err != nil {
			return 0, err
		}
		r, err := s.records.Any(tx, t.Name, n)
		if err != nil {
			return 0, err
		}
		if !r.Archived {
			continue // it was restored a moment ago
		}
		if err := s.erase(tx, people.System, t, r, audit.Deleted); err != nil {
			return 0, err
		}
	}
	return old[len(old)-1], nil
}
