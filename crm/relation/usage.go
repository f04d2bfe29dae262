package relation

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
)

const (
	usageKind = "relation.usage"
	usageMost = 100 // records that a report names
	usageHigh = 80  // percent of a limit
)

// NearLimit is a record that has at least four fifths of the relations of a type that it may have.
type NearLimit struct {
	ObjectType string `json:"objectType"`
	To         string `json:"toObjectType"`
	ID         int64  `json:"id,string"`
	Type       string `json:"type"`
	Has        int    `json:"has"`
	Most       int    `json:"most"`
}

// Usage is the data of "associations.reported", whose object is the user who asked: the fullest first.
type Usage struct {
	Records []NearLimit `json:"records"`
}

type usageArgs struct {
	User int64 `json:"user"`
}

// ReportUsage orders a report of the records that are near a limit, for a user.
func (s *Store) ReportUsage(tx *db.Tx, user int64) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: usageKind, Args: usageArgs{user}})
	return err
}

// UsageHandler makes the reports that were ordered. It reads every relation of a limited type, and holds up no writer.
func (s *Store) UsageHandler(d *db.DB) job.Handler {
	return job.Handler{Kind: usageKind, Run: func(ctx context.Context, run job.Run) error {
		var args usageArgs
		if err := json.Unmarshal(run.Args, &args); err != nil {
			return job.Permanent(err)
		}
		var found []NearLimit
		err := d.Read(ctx, func(tx *db.Tx) (err error) { found, err = s.Near(tx); return err })
		if err != nil {
			return err
		}
		return d.Write(ctx, func(tx *db.Tx) error {
			event.Emit(tx, event.Event{Type: "associations.reported", ObjectType: "users", ObjectID: args.User, Actor: event.BySystem, Data: Usage{found}})
			return run.Complete(tx)
		})
	}}
}

// Near finds the records that are near a limit, a hundred at most and the fullest first. It reads every relation of a limited
// type, so it is not for what people wait for often.
func (s *Store) Near(tx *db.Tx) ([]NearLimit, error) {
	limited, err := s.types.Limited(tx)
	if err != nil {
		return nil, err
	}
	out := []NearLimit{}
	for _, t := range limited {
		some, err := db.List(tx, func(sc db.Scanner) (NearLimit, error) {
			n := NearLimit{ObjectType: t.From, To: t.To, Type: t.Name, Most: t.Most}
			return n, sc.Scan(&n.ID, &n.Has)
		}, `SELECT from_id, count(*) FROM associations WHERE from_type = $1 AND to_type = $2 AND type_id = $3
GROUP BY from_id HAVING count(*) * 100 >= $4 ORDER BY count(*) DESC, from_id LIMIT $5`, t.From, t.To, t.ID, t.Most*usageHigh, usageMost)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	slices.SortStableFunc(out, func(a, b NearLimit) int { return cmp.Compare(b.Has*a.Most, a.Has*b.Most) })
	return out[:min(len(out), usageMost)], nil
}
