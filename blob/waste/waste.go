// Package waste has content deleted that nobody refers to any more. It does not know who may refer to it: those say so, and one that
// still does keeps it.
package waste

import (
	"context"
	"encoding/json"
	"time"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/job"
)

// Holder reports whether the tables of one package refer to the content under a key.
type Holder func(tx *db.Tx, key string) (bool, error)

const (
	kind = "blob.waste"
	// wait is how long content is kept that may be waste, so that who stores the same at this moment has said so by then.
	wait = 24 * time.Hour
)

type args struct {
	Key string `json:"key"`
}

// Drop has the content under a key deleted, tomorrow and if nobody refers to it then. It is called in the transaction that removes a
// reference to it; "" is no key.
func Drop(tx *db.Tx, key string) error {
	if key == "" {
		return nil
	}
	return job.Ensure(tx, job.Spec{Kind: kind, Key: key, Args: args{key}, Due: tx.Now.Add(wait)})
}

// Handler deletes what was dropped. Every package that refers to content is among the holders.
func Handler(d *db.DB, blobs blob.Store, holders ...Holder) job.Handler {
	return job.Handler{Kind: kind, Run: func(ctx context.Context, run job.Run) error {
		var a args
		if err := json.Unmarshal(run.Args, &a); err != nil {
			return job.Permanent(err)
		}
		held := false
		err := d.Read(ctx, func(tx *db.Tx) (err error) {
			for _, holds := range holders {
				if held, err = holds(tx, a.Key); held || err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || held {
			return err
		}
		return blobs.Delete(ctx, a.Key)
	}}
}
