package list

import (
	"context"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Size is how large a list was.
type Size struct {
	At      time.Time
	Members int64
}

const (
	historyFor  = 2 * 365 * 24 * time.Hour
	historyMost = 2000 // that one call returns
)

// History returns the sizes that a list had in a span of time, which are counted once a day, and when its filters were changed. Who does
// not see all records is told no sizes.
func (s *Service) History(tx *db.Tx, by people.Actor, list int64, from, to time.Time) (sizes []Size, edits []time.Time, err error) {
	l, err := s.Get(tx, list)
	if err != nil {
		return nil, nil, err
	}
	all := by.Scope(people.View, l.ObjectType).All()
	_, err = db.List(tx, func(sc db.Scanner) (struct{}, error) {
		var at int64
		var n *int64
		err := sc.Scan(&at, &n)
		switch {
		case n == nil:
			edits = append(edits, clock.FromMicros(at))
		case all:
			sizes = append(sizes, Size{clock.FromMicros(at), *n})
		}
		return struct{}{}, err
	}, "SELECT at, size FROM list_history WHERE list_id = $1 AND at >= $2 AND at <= $3 ORDER BY at LIMIT $4", list, from.UnixMicro(), to.UnixMicro(), historyMost)
	if err != nil {
		return nil, nil, fmt.Errorf("history of list %d: %w", list, err)
	}
	return sizes, edits, nil
}

// edited notes that a list's filters were changed.
func edited(tx *db.Tx, list int64) error {
	_, err := tx.Exec("INSERT INTO list_history (list_id, at) VALUES ($1, $2)", list, tx.Micros())
	return err
}

const countStep = 50 // lists a transaction

// count notes how large each list is, and makes those SNAPSHOTs that have not changed for as long as was asked.
func (s *Service) count(ctx context.Context) error {
	for last := int64(0); ; {
		var some []List
		sizes := map[int64]int64{}
		err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
			some, err = db.List(tx, scanList, selectLists+"id > $1 AND archived_at IS NULL ORDER BY id LIMIT $2", last, countStep)
			for _, l := range some {
				if err == nil {
					sizes[l.ID], err = s.Size(tx, people.System, l)
				}
				if errs.Is(err, errs.Invalid) || errs.Is(err, errs.NotFound) { // its object type is gone
					err = nil
				}
			}
			return err
		})
		if err == nil && len(some) > 0 {
			last = some[len(some)-1].ID
			err = s.db.Write(ctx, func(tx *db.Tx) error { return s.note(tx, some, sizes) })
		}
		if err != nil {
			return fmt.Errorf("count lists: %w", err)
		}
		if len(some) == 0 {
			return nil
		}
	}
}

func (s *Service) note(tx *db.Tx, some []List, sizes map[int64]int64) error {
	for _, l := range some {
		if _, err := tx.Exec("INSERT INTO list_history (list_id, at, size) VALUES ($1, $2, $3)", l.ID, tx.Micros(), sizes[l.ID]); err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM list_history WHERE list_id = $1 AND at < $2", l.ID, tx.Now.Add(-historyFor).UnixMicro()); err != nil {
			return err
		}
		if l.Processing != Dynamic {
			continue
		}
		if _, err := tx.Exec("UPDATE lists SET size = $2 WHERE id = $1 AND processing = $3", l.ID, sizes[l.ID], string(Dynamic)); err != nil {
			return err
		}
		now, err := s.held(tx, l.ID)
		if errs.Is(err, errs.NotFound) {
			continue
		}
		if err == nil {
			err = s.convertDue(tx, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
