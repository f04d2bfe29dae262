package list

import (
	"context"
	"fmt"
	"slices"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

const (
	membersMost = 100_000 // that one call puts in or takes out (HubSpot's)
	chunk       = 1000    // members a transaction
)

// Changed says what came of putting records into a list and taking some out.
type Changed struct {
	Added   []int64
	Removed []int64
	Missing []int64 // that there are not, or that the actor may not see
}

// Change puts records into a list and takes others out, in transactions of a size that holds up nobody: done again after it failed
// half-way, it does the rest.
func (s *Service) Change(ctx context.Context, by people.Actor, id int64, add, remove []int64) (Changed, error) {
	var out Changed
	if len(add)+len(remove) > membersMost {
		return out, errs.Bad("recordIds", "TOO_MANY", fmt.Sprintf("At most %d records at a time.", membersMost))
	}
	if err := s.fixed(ctx, by, id); err != nil {
		return out, err
	}
	for _, part := range []struct {
		ids []int64
		do  func(tx *db.Tx, by people.Actor, id int64, ids []int64) (done, missing []int64, err error)
		to  *[]int64
	}{{unique(remove), s.remove, &out.Removed}, {unique(add), s.add, &out.Added}} {
		for ids := range slices.Chunk(part.ids, chunk) {
			var done, missing []int64
			err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
				done, missing, err = part.do(tx, by, id, ids)
				return err
			})
			if err != nil {
				return out, err
			}
			*part.to, out.Missing = append(*part.to, done...), append(out.Missing, missing...)
		}
	}
	out.Missing = unique(out.Missing)
	return out, nil
}

func unique(ids []int64) []int64 {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}

// fixed refuses a list whose members nobody chooses, and people who may not change it.
func (s *Service) fixed(ctx context.Context, by people.Actor, id int64) error {
	if err := may(by); err != nil {
		return err
	}
	return s.db.Read(ctx, func(tx *db.Tx) error {
		l, err := s.Get(tx, id)
		if err != nil {
			return err
		}
		return l.fixed()
	})
}

// add puts records into a list.
func (s *Service) add(tx *db.Tx, by people.Actor, id int64, ids []int64) (done, missing []int64, err error) {
	l, err := s.held(tx, id)
	if err != nil {
		return nil, nil, err
	}
	ids, missing, err = s.visible(tx, by, l.ObjectType, ids)
	if err != nil {
		return nil, nil, err
	}
	in, err := among(tx, id, ids)
	if err != nil {
		return nil, nil, err
	}
	done = without(ids, in)
	return done, missing, s.put(tx, l, done)
}

var insertMembers = db.NewInsert("INSERT INTO list_members (list_id, record_id, living, at, merge_id)", "")

// put stores members that are not there yet; the caller holds the list.
func (s *Service) put(tx *db.Tx, l List, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	rows := make([][]any, len(ids))
	for i, n := range ids {
		rows[i] = []any{l.ID, n, true, tx.Micros(), int64(0)}
	}
	if _, err := insertMembers.Exec(tx, rows...); err != nil {
		return fmt.Errorf("add to list %d: %w", l.ID, err)
	}
	_, err := tx.Exec("UPDATE lists SET size = size + $2, added_at = $3 WHERE id = $1", l.ID, int64(len(ids)), tx.Micros())
	return err
}

// remove takes records out of a list.
func (s *Service) remove(tx *db.Tx, by people.Actor, id int64, ids []int64) (done, missing []int64, err error) {
	l, err := s.held(tx, id)
	if err != nil {
		return nil, nil, err
	}
	ids, missing, err = s.visible(tx, by, l.ObjectType, ids)
	if err != nil {
		return nil, nil, err
	}
	done, err = among(tx, id, ids)
	if err != nil || len(done) == 0 {
		return done, missing, err
	}
	var q db.SQL
	if _, err := tx.Among(q.Add("DELETE FROM list_members WHERE list_id = ? AND ", id), "record_id", done).Exec(tx); err != nil {
		return nil, nil, fmt.Errorf("remove from list %d: %w", id, err)
	}
	_, err = tx.Exec("UPDATE lists SET size = size - $2, removed_at = $3 WHERE id = $1", id, int64(len(done)), tx.Micros())
	return done, missing, err
}

// among returns which of some records are living members, sorted.
func among(tx *db.Tx, id int64, ids []int64) ([]int64, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var q db.SQL
	tx.Among(q.Add("SELECT record_id FROM list_members WHERE list_id = ? AND living AND ", id), "record_id", ids).Add(" ORDER BY record_id")
	in, err := db.List(tx, db.Col[int64], q.Text(), q.Args()...)
	if err != nil {
		return nil, fmt.Errorf("members of list %d: %w", id, err)
	}
	return in, nil
}

// without returns the ids that are not among others, which are sorted.
func without(ids, others []int64) (out []int64) {
	for _, n := range ids {
		if _, found := slices.BinarySearch(others, n); !found {
			out = append(out, n)
		}
	}
	return out
}

// visible tells records that are there and that the actor may see from others. Of merged ones it gives what they were merged into.
func (s *Service) visible(tx *db.Tx, by people.Actor, objectType string, ids []int64) (there, missing []int64, err error) {
	t, err := s.props.Type(tx, objectType)
	if err != nil || len(ids) == 0 {
		return nil, nil, err
	}
	now, err := record.Current(tx, ids)
	if err != nil {
		return nil, nil, err
	}
	var q db.SQL
	tx.Among(seen(q.Add("SELECT id FROM "+t.From()), t, by).Add(" AND "), "id", now).Add(" ORDER BY id")
	if there, err = db.List(tx, db.Col[int64], q.Text(), q.Args()...); err != nil {
		return nil, nil, fmt.Errorf("which %s there are: %w", t.Name, err)
	}
	for i, n := range now {
		if _, found := slices.BinarySearch(there, n); !found {
			missing = append(missing, ids[i])
		}
	}
	return there, missing, nil
}

// seen appends the condition that a record is living and that the actor may see it.
func seen(q *db.SQL, t property.ObjectType, by people.Actor) *db.SQL {
	return by.Scope(people.View, t.Name).Where(q.Add("archived_at IS NULL AND "), "owner_id", "team_id")
}

// Empty takes all members out of a list that the actor may see.
func (s *Service) Empty(ctx context.Context, by people.Actor, id int64) error {
	if err := s.fixed(ctx, by, id); err != nil {
		return err
	}
	for {
		done := 0
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			ids, err := s.Members(tx, by, id, 0, chunk)
			if done = len(ids); err != nil || done == 0 {
				return err
			}
			_, _, err = s.remove(tx, by, id, ids)
			return err
		})
		if err != nil || done == 0 {
			return err
		}
	}
}

// AddFrom puts the members of a list into another.
func (s *Service) AddFrom(ctx context.Context, by people.Actor, id, source int64) error {
	if err := s.fixed(ctx, by, id); err != nil {
		return err
	}
	for last := int64(0); ; {
		var ids []int64
		err := s.db.Read(ctx, func(tx *db.Tx) error {
			if err := s.alike(tx, id, source); err != nil {
				return err
			}
			var err error
			ids, err = s.Members(tx, by, source, last, chunk)
			return err
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		last = ids[len(ids)-1]
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			_, _, err := s.add(tx, by, id, ids)
			return err
		})
		if err != nil {
			return err
		}
	}
}

// alike refuses to bring together lists of different records.
func (s *Service) alike(tx *db.Tx, id, source int64) error {
	to, err := s.Get(tx, id)
	if err != nil {
		return err
	}
	from, err := s.Get(tx, source)
	if err == nil && from.ObjectType != to.ObjectType {
		err = errs.Bad("sourceListId", "INVALID_LIST", fmt.Sprintf("That list holds %s, and this one %s.", from.ObjectType, to.ObjectType))
	}
	return err
}
