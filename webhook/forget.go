package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
)

type forgetArgs struct {
	Object int64 `json:"object,string"`
	After  int64 `json:"after,string"` // the newest request that was looked at
}

// forget sees to it that no value is told, or kept in the log, of a record that was erased: what was told of it that holds none stays.
func forget(tx *db.Tx, object int64) error {
	if _, err := tx.Exec("DELETE FROM webhook_queue WHERE payload LIKE $1 AND payload LIKE $2", ofObject(object), "%"+valueKey+"%"); err != nil {
		return err
	}
	return forgetArgs{Object: object}.order(tx)
}

const valueKey = `"propertyValue":`

// ofObject matches payloads of a record. No value can look like it: its quotes would be escaped.
func ofObject(object int64) string { return fmt.Sprintf(`%%"objectId":%d,%%`, object) }

func (a forgetArgs) order(tx *db.Tx) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: forgetKind, Serial: "webhook.forget:" + id.Format(a.Object), Args: a})
	return err
}

// forgetMost bounds the requests of one transaction.
const forgetMost = 200

// forgetMore goes through the log, which is bounded, and orders the rest.
func (s *Service) forgetMore(ctx context.Context, run job.Run) error {
	var args forgetArgs
	if err := json.Unmarshal(run.Args, &args); err != nil {
		return job.Permanent(err)
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		list, err := db.List(tx, scanWhole, selectWhole+" WHERE id > $1 ORDER BY id LIMIT $2", args.After, forgetMost)
		if err != nil {
			return err
		}
		next := args
		for _, d := range list {
			next.After = d.ID
			if err := d.without(tx, strings.Trim(ofObject(args.Object), "%")); err != nil {
				return err
			}
		}
		if len(list) == forgetMost {
			if err := next.order(tx); err != nil {
				return err
			}
		} else if err := look(tx, 0); err != nil {
			return err
		}
		return run.Complete(tx)
	})
}

// without takes from a request the events of a record that hold a value. One that held nothing else is gone.
func (d Delivery) without(tx *db.Tx, mark string) error {
	var kept, kinds []string
	for line := range strings.SplitSeq(d.body, "\n") {
		if strings.Contains(line, mark) && strings.Contains(line, valueKey) {
			continue
		}
		var of struct{ SubscriptionType string }
		if err := json.Unmarshal([]byte(line), &of); err != nil {
			return err
		}
		kept, kinds = append(kept, line), append(kinds, of.SubscriptionType)
	}
	var err error
	switch {
	case len(kept) == d.Events:
	case len(kept) == 0:
		_, err = tx.Exec("DELETE FROM webhook_deliveries WHERE id = $1", d.ID)
	default:
		_, err = tx.Exec("UPDATE webhook_deliveries SET body = $2, events = $3, types = $4 WHERE id = $1", d.ID, strings.Join(kept, "\n"), len(kept), counted(kinds))
	}
	return err
}
