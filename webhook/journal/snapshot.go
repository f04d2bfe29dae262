package journal

import (
	"fmt"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Wish asks for a record as it is now to be written into the journal of who asks.
type Wish struct {
	Portal, Object int64
	ObjectTypeID   string
	Properties     []string // none for all
}

// Snapshot is what became of a wish. Error is HubSpot's code, "" for none.
type Snapshot struct {
	ID      int64
	Error   string
	Message string
	At      time.Time
	Done    time.Time // zero until it can be read, or is refused
}

// Snapshots writes records as they are into an app's journal. What cannot be written says so by its status.
func (s *Service) Snapshots(tx *db.Tx, by people.Actor, wishes []Wish) ([]Snapshot, error) {
	app, err := owner(by)
	if err != nil {
		return nil, err
	}
	if len(wishes) == 0 || len(wishes) > Most {
		return nil, errs.Bad("snapshotRequests", "REQUIRED", fmt.Sprintf("Ask for 1 to %d snapshots.", Most))
	}
	if err := sweepLater(tx, sweepEvery); err != nil {
		return nil, err
	}
	out := make([]Snapshot, len(wishes))
	for i, w := range wishes {
		n := Snapshot{ID: tx.NewID(), At: tx.Now}
		err := s.snap(tx, by, app, n.ID, w)
		if e := errs.As(err); e != nil && e.Kind != errs.Internal && e.Kind != errs.Unavailable {
			n.Error, n.Message, err = "VALIDATION_ERROR", e.Message, nil
			if e.Kind == errs.Denied {
				n.Error = "PERMISSION_DENIED"
			}
		}
		if err != nil {
			return nil, err
		}
		if _, err := tx.Exec("INSERT INTO journal_snapshots (id, app_id, error, message, created_at) VALUES ($1, $2, $3, $4, $5)", n.ID, app, n.Error, n.Message, tx.Micros()); err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

func (s *Service) snap(tx *db.Tx, by people.Actor, app, n int64, w Wish) error {
	ours, err := s.Ours(tx, w.Portal)
	if err != nil {
		return err
	}
	if !ours {
		return errs.Bad("portalId", "INVALID_PORTAL", "There is no such account.")
	}
	set, err := s.props.Set(tx, w.ObjectTypeID)
	if err != nil {
		return err
	}
	if len(w.Properties) > listMost {
		return errs.Bad("properties", "TOO_MANY", fmt.Sprintf("A snapshot may have at most %d properties.", listMost))
	}
	r, err := s.records.Get(tx, by, set.ObjectType.Name, w.Object)
	if err != nil {
		return err
	}
	e := Event{Type: Objects, Action: snapshot, PortalID: w.Portal, OccurredAt: property.FormatTime(tx.Now), ObjectTypeID: set.ObjectType.TypeID, ObjectID: r.ID, Values: map[string]string{}}
	names := w.Properties
	if len(names) == 0 {
		for name := range r.Properties {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if v, ok := r.Properties[name]; ok && set.Sees(by, name) {
			e.Values[name] = v
		}
	}
	return queue(tx, app, n, e)
}

// Status is what became of a snapshot of an app's, by its token.
func (s *Service) Status(tx *db.Tx, by people.Actor, token string) (Snapshot, error) {
	app, err := owner(by)
	if err != nil {
		return Snapshot{}, err
	}
	n, ok, err := db.One(tx, func(sc db.Scanner) (n Snapshot, err error) {
		var at int64
		var done *int64
		if err := sc.Scan(&n.ID, &n.Error, &n.Message, &at, &done); err != nil {
			return n, err
		}
		if n.At = clock.FromMicros(at); done != nil {
			n.Done = clock.FromMicros(*done)
		}
		return n, nil
	}, "SELECT id, error, message, created_at, done_at FROM journal_snapshots WHERE id = $1 AND app_id = $2 AND created_at > $3", number(token), app, clock.Micros(tx.Now.Add(-Life)))
	if err == nil && !ok {
		err = errNone
	}
	if n.Error != "" {
		n.Done = n.At
	}
	return n, err
}
