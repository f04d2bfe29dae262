package merge

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// Undo makes the two records of a merge again, and returns the one that comes back. An admin may, until 30 days have passed or one of the
// two was edited: what arrived by itself meanwhile, such as messages, does not count. Of several merges the newest is undone first.
func (s *Service) Undo(tx *db.Tx, by people.Actor, merge int64) (record.Record, error) {
	if !by.May(people.ManageAccount) {
		return record.Record{}, errs.New(errs.Denied, "Only an admin may undo a merge.", nil)
	}
	m, ok, err := db.One(tx, scan, selectMerges+" WHERE id = $1", merge)
	if err != nil {
		return record.Record{}, err
	}
	if !ok {
		return record.Record{}, errs.New(errs.NotFound, "There is no such merge, or it was undone.", nil).WithCode("OBJECT_NOT_FOUND")
	}
	t, err := s.props.Type(tx, m.ObjectType)
	if err != nil {
		return record.Record{}, err
	}
	into, from, err := s.undoable(tx, t, m)
	if err != nil {
		return record.Record{}, err
	}
	if err := s.part(tx, by, t, m, into, from); err != nil {
		return record.Record{}, fmt.Errorf("undo merge %d: %w", m.ID, err)
	}
	event.Emit(tx, event.Event{Type: t.Events + ".unmerged", ObjectType: t.Name, ObjectID: m.Primary, Actor: by.As(),
		Data: Merged{Merge: m.ID, From: m.From, Name: from.Properties[t.PrimaryDisplay]}})
	return s.records.Any(tx, t.Name, m.From)
}

// part gives each of the two what it had.
func (s *Service) part(tx *db.Tx, by people.Actor, t property.ObjectType, m Merge, into, from record.Record) error {
	if err := s.records.Part(tx, t, m.Primary, m.From, m.undo.Kept); err != nil {
		return err
	}
	back := map[string]string{}
	for name, v := range m.undo.After {
		if into.Properties[name] == v { // what has moved on since is no longer the merge's
			back[name] = m.undo.Before[name]
		}
	}
	if _, err := s.records.Derive(tx, by, t.Name, m.Primary, back, "merge undone"); err != nil {
		return err
	}
	if err := s.records.Readmit(tx, by, t.Name, m.From, merged(from)); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM merges WHERE id = $1", m.ID)
	return err
}

// undoable holds the two records of a merge, and says why it cannot be undone.
func (s *Service) undoable(tx *db.Tx, t property.ObjectType, m Merge) (into, from record.Record, err error) {
	for _, n := range []int64{min(m.Primary, m.From), max(m.Primary, m.From)} {
		if err := record.Lock(tx, n); err != nil {
			return into, from, err
		}
	}
	held, err := s.records.Held(tx, t.Name, m.Primary, m.From)
	if err != nil {
		return into, from, err
	}
	into, from = held[m.Primary], held[m.From]
	over := func(code, why string) error { return errs.New(errs.Conflict, why, nil).WithCode(code) }
	newest, err := db.Value[int64](tx, "SELECT coalesce(max(id), 0) FROM merges WHERE primary_id = $1", m.Primary)
	switch {
	case err != nil:
	case m.Settled || from.ID == 0 || tx.Now.Sub(m.At) > undoFor:
		err = over("MERGE_TOO_OLD", "A merge can be undone for 30 days.")
	case into.ID == 0 || into.Archived:
		err = over("MERGE_EDITED", "The merged record was deleted, or merged into another.")
	case newest != m.ID:
		err = over("MERGE_NOT_NEWEST", "Another record was merged into this one later; undo that first.")
	default:
		var edited bool
		if edited, err = s.edited(tx, t, m); err == nil && edited {
			err = over("MERGE_EDITED", "The merged record was edited since.")
		}
	}
	return into, from, err
}

// writesMost is how many writes of a record are looked at; one with more since was certainly edited.
const writesMost = 2000

// edited reports whether somebody changed the merged record since: what the program does or derives is no edit.
func (s *Service) edited(tx *db.Tx, t property.ObjectType, m Merge) (bool, error) {
	set, err := s.props.Set(tx, t.Name)
	if err != nil {
		return false, err
	}
	writes, err := db.List(tx, db.Col[string], `SELECT CAST(changes AS TEXT) FROM record_changes WHERE record_id = $1 AND object_type = $2 AND id > $3
AND actor_kind IN ('user', 'app', 'import') ORDER BY id LIMIT $4`, m.Primary, t.Name, m.ID, writesMost)
	if err != nil || len(writes) == writesMost {
		return true, err
	}
	for _, raw := range writes {
		var changes map[string]string
		if err := json.Unmarshal([]byte(raw), &changes); err != nil {
			return false, err
		}
		for name := range changes {
			if d, ok := set.Get(name); ok && !d.ReadOnly && !d.Hidden {
				return true, nil
			}
		}
	}
	return false, nil
}

const (
	settleKind = "record.merge.settle"
	settleStep = 500 // relations a transaction
)

type settleArgs struct {
	Merge int64 `json:"merge,string"`
}

// SettleHandler ends the time in which a merge can be undone: the row of the merged record goes, and what it would have had again.
func (s *Service) SettleHandler() job.Handler {
	return job.Handler{Kind: settleKind, Run: func(ctx context.Context, run job.Run) error {
		var args settleArgs
		if err := json.Unmarshal(run.Args, &args); err != nil {
			return job.Permanent(err)
		}
		for more := true; more; {
			err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
				more, err = s.settle(tx, args.Merge)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	}}
}

func (s *Service) settle(tx *db.Tx, merge int64) (more bool, err error) {
	m, ok, err := db.One(tx, scan, selectMerges+" WHERE id = $1", merge)
	if err != nil || !ok {
		return false, err // it was undone
	}
	t, err := s.props.Type(tx, m.ObjectType)
	if err != nil {
		return false, err
	}
	if more, err = s.records.Drop(tx, t, m.From, settleStep); err != nil || more {
		return more, err
	}
	if _, err := tx.Exec("UPDATE merges SET undo = '{}', settled_at = $1 WHERE id = $2", tx.Micros(), m.ID); err != nil {
		return false, err
	}
	event.Emit(tx, event.Event{Type: t.Events + ".settled", ObjectType: t.Name, ObjectID: m.Primary, Actor: event.BySystem, Data: Merged{Merge: m.ID, From: m.From}})
	return false, s.records.Discard(tx, t.Name, m.From)
}
