package file

import (
	"context"
	"time"

	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/job"
)

const (
	sweepKind  = "file.sweep"
	sweepPause = 24 * time.Hour
	sweepStep  = 500
	trashTime  = 90 * 24 * time.Hour
	taskTime   = 30 * 24 * time.Hour // a task's outcome is kept
)

// sweepLater has the sweep come, once there is something that will have to go. What has run out nobody reads, even before it comes.
func sweepLater(tx *db.Tx) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: sweepKind, Key: "all", Due: tx.Now.Add(sweepPause)})
	return err
}

func expireLater(tx *db.Tx, f File) error {
	if f.ExpiresAt.IsZero() {
		return nil
	}
	return sweepLater(tx)
}

// SweepHandler deletes what has run out, what was in the trash for 90 days, and what is known of old tasks; and comes again while there
// is more that will have to go.
func (s *Service) SweepHandler() job.Handler {
	return job.Handler{Kind: sweepKind, Timeout: 10 * time.Minute, Run: func(ctx context.Context, run job.Run) error {
		for more := true; more; {
			if err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
				more, err = sweep(tx)
				return err
			}); err != nil {
				return err
			}
		}
		return s.db.Write(ctx, func(tx *db.Tx) error {
			if err := run.Complete(tx); err != nil {
				return err
			}
			left, err := db.Value[bool](tx, `SELECT EXISTS (SELECT 1 FROM files WHERE expires_at IS NOT NULL) OR EXISTS (SELECT 1 FROM files WHERE archived_at IS NOT NULL)
OR EXISTS (SELECT 1 FROM folders WHERE archived_at IS NOT NULL) OR EXISTS (SELECT 1 FROM file_tasks)`)
			if err != nil || !left {
				return err
			}
			return sweepLater(tx)
		})
	}}
}

// sweep deletes some; more is true while there may be more.
func sweep(tx *db.Tx) (more bool, err error) {
	old := clock.Micros(tx.Now.Add(-trashTime))
	keys, err := db.List(tx, db.Col[string], `DELETE FROM files WHERE id IN (SELECT id FROM files WHERE expires_at <= $1
UNION ALL SELECT id FROM files WHERE archived_at < $2 LIMIT $3) RETURNING blob_key`, tx.Micros(), old, sweepStep)
	if err != nil {
		return false, err
	}
	for _, k := range keys {
		if err := waste.Drop(tx, k); err != nil {
			return false, err
		}
	}
	folders, err := tx.Exec("DELETE FROM folders WHERE id IN (SELECT id FROM folders WHERE archived_at < $1 LIMIT $2)", old, sweepStep)
	if err != nil {
		return false, err
	}
	tasks, err := tx.Exec("DELETE FROM file_tasks WHERE id IN (SELECT id FROM file_tasks WHERE requested_at < $1 LIMIT $2)",
		clock.Micros(tx.Now.Add(-taskTime)), sweepStep)
	return len(keys) == sweepStep || folders == sweepStep || tasks == sweepStep, err
}
