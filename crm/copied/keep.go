package copied

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/crm/fill"
	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

const (
	kind     = "ticket.copies"
	directly = 20          // tickets that one change reaches within its own transaction
	step     = 100         // tickets that one transaction reaches later
	settle   = time.Second // until who made a ticket at the same moment has committed
	timeout  = time.Hour
)

// Service keeps the copies true.
type Service struct {
	db      *db.DB
	records *record.Store
}

// New returns the keeper.
func New(d *db.DB, records *record.Store) *Service { return &Service{d, records} }

// Reactor follows whom tickets concern, and what those are called. Of a contact or company with many tickets a job tells them.
func (s *Service) Reactor() event.Reactor {
	types := []string{"ticket.associated", "ticket.dissociated", "ticket.restored", "ticket.merged", "ticket.unmerged"}
	for _, what := range []string{"changed", "archived", "restored", "merged", "unmerged"} {
		types = append(types, "contact."+what, "company."+what)
	}
	return event.Reactor{Name: "ticket.copies", Types: types, React: s.react}
}

func (s *Service) react(tx *db.Tx, e event.Event) error {
	ids := []int64{e.ObjectID}
	switch _, what, _ := strings.Cut(e.Type, "."); what {
	case "associated", "dissociated":
		l, err := event.Data[record.Linked](e)
		if err != nil || l.ToType != contacts && l.ToType != companies {
			return err
		}
	case "changed":
		c, err := event.Data[record.Changed](e)
		if err != nil || !copiedOf(e.ObjectType, c.Changes) {
			return err
		}
	case "merged", "unmerged":
		m, err := event.Data[merge.Merged](e)
		if err != nil {
			return err
		}
		ids = append(ids, m.From)
	}
	for _, n := range ids {
		if e.ObjectType == tickets {
			if err := s.tell(tx, []int64{n}); err != nil {
				return err
			}
		} else if err := s.reach(tx, of{e.ObjectType, n}); err != nil {
			return err
		}
	}
	return nil
}

// copiedOf reports whether changes are of something that tickets copy.
func copiedOf(objectType string, changes map[string]record.Change) bool {
	if objectType == companies {
		_, ok := changes["name"]
		return ok
	}
	for name := range ofContacts {
		if _, ok := changes[name]; ok {
			return true
		}
	}
	return false
}

// of is a contact or a company.
type of struct {
	ObjectType string `json:"objectType"`
	ID         int64  `json:"id,string"`
}

// reach tells the tickets of a contact or company. On PostgreSQL one may be made for it at this moment, which a job sees.
func (s *Service) reach(tx *db.Tx, o of) error {
	ids, err := ticketsOf(tx, o, 0, directly+1)
	if err != nil {
		return err
	}
	many := len(ids) > directly
	if many || tx.Postgres() {
		if err := job.Ensure(tx, job.Spec{Kind: kind, Key: o.ObjectType + ":" + id.Format(o.ID), Args: o, Due: tx.Now.Add(settle)}); err != nil {
			return err
		}
	}
	if many {
		return nil
	}
	return s.tell(tx, ids)
}

// ticketsOf are ids of tickets that a contact or company is associated with, behind one and each once.
func ticketsOf(tx *db.Tx, o of, after int64, most int) ([]int64, error) {
	return db.List(tx, db.Col[int64], `SELECT DISTINCT to_id FROM associations WHERE from_type = $1 AND from_id = $2 AND to_type = 'tickets' AND to_id > $3
ORDER BY to_id LIMIT $4`, o.ObjectType, o.ID, after, most)
}

// tell gives tickets the copies that they should have. Those in the trash are told when they come back.
func (s *Service) tell(tx *db.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	should, err := current(tx, s.records, ids)
	if err != nil {
		return err
	}
	there, err := s.records.GetMany(tx, people.System, tickets, ids)
	if err != nil {
		return err
	}
	for _, r := range there {
		values := should[slices.Index(ids, r.ID)]
		differs := false
		for name, v := range values {
			differs = differs || r.Properties[name] != v
		}
		if !differs {
			continue
		}
		if _, err := s.records.Derive(tx, people.System, tickets, r.ID, values, ""); err != nil && !errs.Is(err, errs.NotFound) {
			return err
		}
	}
	return nil
}

// Handler tells the tickets of a contact or company that has many.
func (s *Service) Handler() job.Handler {
	return job.Handler{Kind: kind, Timeout: timeout, Run: func(ctx context.Context, run job.Run) error {
		var o of
		if err := json.Unmarshal(run.Args, &o); err != nil {
			return job.Permanent(err)
		}
		for after, more := int64(0), true; more; {
			err := s.db.Write(ctx, func(tx *db.Tx) error {
				ids, err := ticketsOf(tx, o, after, step)
				if err != nil {
					return err
				}
				if more = len(ids) == step; more {
					after = ids[step-1]
				}
				return s.tell(tx, ids)
			})
			if err != nil {
				return err
			}
		}
		return nil
	}}
}

// Fill gives tickets their copies that were there before those were kept.
func (s *Service) Fill() fill.Part {
	return fill.Part{Name: "tickets.copies", Step: func(tx *db.Tx, after int64) (int64, error) {
		ids, err := s.records.Behind(tx, tickets, after, step)
		if err != nil || len(ids) == 0 {
			return 0, err
		}
		return ids[len(ids)-1], s.supply(tx, ids)
	}}
}

// Erasing takes what a contact or company was called from the tickets of one that is erased, from those in the trash too.
func (s *Service) Erasing() erase.Part {
	return erase.Part{Name: "ticket copies", Step: func(tx *db.Tx, w erase.What, from erase.Cursor) (erase.Cursor, bool, error) {
		if w.Keep || w.ObjectType != contacts && w.ObjectType != companies {
			return 0, false, nil
		}
		ids, err := ticketsOf(tx, of{w.ObjectType, w.ID}, int64(from), step)
		if err != nil || len(ids) == 0 {
			return 0, false, err
		}
		return erase.Cursor(ids[len(ids)-1]), true, s.supply(tx, ids)
	}}
}

func (s *Service) supply(tx *db.Tx, ids []int64) error {
	should, err := current(tx, s.records, ids)
	if err != nil {
		return err
	}
	values := make([]record.Edit, len(ids))
	for i, n := range ids {
		values[i] = record.Edit{ID: n, Properties: should[i]}
	}
	return s.records.Supply(tx, tickets, values)
}
