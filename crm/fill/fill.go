// Package fill brings records that were there before something was kept of them up to date with it, step by step while others
// work. It owns what is still to be done; what is done for a record, it does not know.
package fill

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/job"
)

// Part is something that is kept of records.
type Part struct {
	Name string // as the migration writes it that asks for it
	// Step does some of the records behind an id and returns the last one's; 0 when there are no more.
	Step func(tx *db.Tx, after int64) (last int64, err error)
}

// Schedule has all that is left to be done go on from now on. Doing it again changes nothing.
func Schedule(tx *db.Tx) error {
	names, err := db.List(tx, db.Col[string], "SELECT name FROM fills ORDER BY name")
	for _, name := range names {
		if err := ensure(tx, name); err != nil {
			return err
		}
	}
	return err
}

const (
	kind    = "records.fill"
	steps   = 20 // of one job; the next goes on
	timeout = 10 * time.Minute
)

type args struct {
	Name string `json:"name"`
}

func ensure(tx *db.Tx, name string) error {
	return job.Ensure(tx, job.Spec{Kind: kind, Key: name, Args: args{name}})
}

// Handler does the parts. It may be killed anywhere: the row says where to go on.
func Handler(d *db.DB, parts ...Part) job.Handler {
	return job.Handler{Kind: kind, Timeout: timeout, Run: func(ctx context.Context, run job.Run) error {
		var a args
		if err := json.Unmarshal(run.Args, &a); err != nil {
			return job.Permanent(err)
		}
		for _, p := range parts {
			if p.Name == a.Name {
				return p.some(ctx, d)
			}
		}
		return nil // of a newer program: it goes on there
	}}
}

// some does the next steps of a part.
func (p Part) some(ctx context.Context, d *db.DB) error {
	for i := range steps {
		over := false
		err := d.Write(ctx, func(tx *db.Tx) (err error) {
			if over, err = p.next(tx); err != nil || over || i < steps-1 {
				return err
			}
			return ensure(tx, p.Name)
		})
		if err != nil {
			return fmt.Errorf("fill %s: %w", p.Name, err)
		}
		if over {
			break
		}
	}
	return nil
}

// next does one step, and says whether it was the last.
func (p Part) next(tx *db.Tx) (over bool, err error) {
	after, ok, err := db.One(tx, db.Col[int64], "SELECT after_id FROM fills WHERE name = $1"+tx.ForUpdate(), p.Name)
	if err != nil || !ok {
		return true, err
	}
	last, err := p.Step(tx, after)
	if err != nil {
		return false, err
	}
	if last == 0 {
		_, err = tx.Exec("DELETE FROM fills WHERE name = $1", p.Name)
		return true, err
	}
	_, err = tx.Exec("UPDATE fills SET after_id = $2 WHERE name = $1", p.Name, last)
	return false, err
}
