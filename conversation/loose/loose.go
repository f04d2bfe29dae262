// Package loose removes uploads that no message took: files that somebody attached and then wrote something else. It owns no table of
// its own; what it removes are conversation's attachments.
package loose

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/job"
)

const (
	kind  = "conversation.loose"
	pause = 24 * time.Hour
	step  = 200
	// life is how long an upload may wait. One that a draft has waits as long as the draft.
	life = 7 * 24 * time.Hour
)

// Later has loose uploads looked for, once somebody has uploaded something.
func Later(tx *db.Tx) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: kind, Key: "all", Due: tx.Now.Add(pause)})
	return err
}

// Handler removes old loose uploads, and comes again tomorrow while there are any.
func Handler(d *db.DB) job.Handler {
	return job.Handler{Kind: kind, Timeout: 10 * time.Minute, Run: func(ctx context.Context, run job.Run) error {
		for from := int64(0); from >= 0; {
			err := d.Write(ctx, func(tx *db.Tx) (err error) {
				from, err = remove(tx, from)
				return err
			})
			if err != nil {
				return fmt.Errorf("uploads that no message took: %w", err)
			}
		}
		return d.Write(ctx, func(tx *db.Tx) error {
			if err := run.Complete(tx); err != nil {
				return err
			}
			left, err := db.Value[bool](tx, "SELECT EXISTS (SELECT 1 FROM attachments WHERE message_id IS NULL)")
			if err != nil || !left {
				return err
			}
			return Later(tx)
		})
	}}
}

type upload struct {
	id, owner, created int64
	key                string
}

// remove removes some uploads that were made at or after from, and says where to go on; -1 is the end.
func remove(tx *db.Tx, from int64) (next int64, err error) {
	found, err := db.List(tx, func(s db.Scanner) (u upload, err error) {
		err = s.Scan(&u.id, &u.owner, &u.created, &u.key)
		return u, err
	}, `SELECT id, owner_id, created_at, blob_key FROM attachments WHERE message_id IS NULL AND created_at >= $1 AND created_at < $2
ORDER BY created_at, id LIMIT $3`, from, clock.Micros(tx.Now.Add(-life)), step)
	if err != nil {
		return -1, err
	}
	drafts := map[int64][]int64{}
	for _, u := range found {
		if _, ok := drafts[u.owner]; !ok {
			if drafts[u.owner], err = drafted(tx, u.owner); err != nil {
				return -1, err
			}
		}
		if slices.Contains(drafts[u.owner], u.id) {
			continue
		}
		n, err := tx.Exec("DELETE FROM attachments WHERE id = $1 AND message_id IS NULL", u.id)
		if err != nil {
			return -1, err
		}
		if n > 0 {
			if err := waste.Drop(tx, u.key); err != nil {
				return -1, err
			}
		}
	}
	if len(found) < step {
		return -1, nil
	}
	// Those of one moment that are in drafts would come again and again.
	return max(found[len(found)-1].created, from+1), nil
}

// drafted are the uploads that a user's drafts have.
func drafted(tx *db.Tx, user int64) ([]int64, error) {
	lists, err := db.List(tx, db.Col[string], "SELECT CAST(attachment_ids AS TEXT) FROM drafts WHERE user_id = $1", user)
	if err != nil {
		return nil, err
	}
	var out []int64
	for _, raw := range lists {
		var ids []int64
		if err := json.Unmarshal([]byte(raw), &ids); err != nil {
			return nil, err
		}
		out = append(out, ids...)
	}
	return out, nil
}

// Holds reports whether a message, or a loose upload, has the content under a key.
func Holds(tx *db.Tx, key string) (bool, error) {
	return db.Value[bool](tx, `SELECT EXISTS (SELECT 1 FROM attachments WHERE blob_key = $1) OR EXISTS (SELECT 1 FROM messages WHERE raw_key = $1)`, key)
}
