package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
)

const (
	sweepEvery = time.Hour
	logLife    = 30 * 24 * time.Hour
	logLength  = 20_000 // requests of one endpoint that are kept
	sweepMost  = 1000   // rows of one statement
)

// sweepLater orders the next sweep. There is one while there are endpoints.
func sweepLater(tx *db.Tx) error { return sweepIn(tx, sweepEvery) }

func sweepIn(tx *db.Tx, in time.Duration) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: sweepKind, Key: "all", Due: tx.Now.Add(in)})
	return err
}

// sweep bounds what is kept: the log, and what waits for endpoints that are paused. It orders what nobody else would.
func (s *Service) sweep(ctx context.Context, run job.Run) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		all, err := db.List(tx, scanEndpoint, selectEndpoints+" ORDER BY id")
		if err != nil || len(all) == 0 {
			return errors.Join(err, run.Complete(tx))
		}
		next := sweepEvery
		for _, e := range all {
			more, err := s.sweepOne(tx, e)
			if err != nil {
				return err
			}
			if more {
				next = again // others write between two transactions
			}
		}
		if err := look(tx, 0); err != nil {
			return err
		}
		if err := sweepIn(tx, next); err != nil {
			return err
		}
		return run.Complete(tx)
	})
}

// sweepOne does some of what there is to do for an endpoint.
func (s *Service) sweepOne(tx *db.Tx, e Endpoint) (more bool, err error) {
	switch {
	case e.State == Paused || e.URL == "":
		more, err = s.expire(tx, e)
	case e.FailingSince.IsZero():
		err = orderWaiting(tx, e.ID)
	}
	if err != nil {
		return false, err
	}
	oldest := id.Floor(tx.Now.Add(-logLife))
	surplus, err := db.Value[int64](tx, "SELECT id FROM webhook_deliveries WHERE endpoint_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2", e.ID, logLength)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(`DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE endpoint_id = $1 AND id <= $2
AND state <> 'waiting' ORDER BY id LIMIT $3)`, e.ID, max(oldest, surplus), sweepMost)
	return more || n == sweepMost, err
}

// expire gives up what has waited for a paused endpoint for too long: it goes into the log, from where it can be sent again.
func (s *Service) expire(tx *db.Tx, e Endpoint) (more bool, err error) {
	heads, err := headsOf(tx, e.ID)
	if err != nil {
		return false, err
	}
	old := id.Floor(tx.Now.Add(-patience))
	for _, h := range heads {
		if h.first == 0 || h.first >= old {
			continue
		}
		if err := s.give(tx, e, h.lane); err != nil {
			return false, err
		}
		more = true
	}
	return more, nil
}

// give makes a request of what waits in a lane, and gives it up.
func (s *Service) give(tx *db.Tx, e Endpoint, lane int) error {
	d, err := collect(tx, e, lane)
	if err != nil {
		return err
	}
	d.State, d.Error = Failed, "It was paused for three days."
	return d.insert(tx)
}

type purgeArgs struct {
	Endpoint int64 `json:"endpoint,string"`
}

// purgeSoon orders that all that was kept for an endpoint is deleted.
func purgeSoon(tx *db.Tx, endpoint int64) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: purgeKind, Key: id.Format(endpoint), Args: purgeArgs{endpoint}})
	return err
}

// purge deletes some of what was kept for an endpoint that is gone, and orders the rest.
func (s *Service) purge(ctx context.Context, run job.Run) error {
	var args purgeArgs
	if err := json.Unmarshal(run.Args, &args); err != nil {
		return job.Permanent(err)
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		more := false
		for _, statement := range []string{
			"DELETE FROM webhook_queue WHERE (endpoint_id, lane, id) IN (SELECT endpoint_id, lane, id FROM webhook_queue WHERE endpoint_id = $1 LIMIT $2)",
			"DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE endpoint_id = $1 LIMIT $2)",
		} {
			n, err := tx.Exec(statement, args.Endpoint, sweepMost)
			if err != nil {
				return err
			}
			more = more || n == sweepMost
		}
		if more {
			if err := purgeSoon(tx, args.Endpoint); err != nil {
				return err
			}
		}
		return run.Complete(tx)
	})
}
