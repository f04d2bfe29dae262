package importer

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
)

const (
	batchRows  = 200 // rows in a transaction, so that other writers wait for none of it
	runBatches = 100 // of one run; the next one goes on
)

// errMoved says that another run took the rows: this one must not take them again.
var errMoved = fmt.Errorf("the import went on elsewhere: %w", job.ErrLost)

// run takes rows of an import until it ends or enough were taken. Rows and how far the import is are one commit, so that whatever
// stops it, it goes on after the last row that counts.
func (s *Service) run(ctx context.Context, run job.Run) error {
	var args runArgs
	if err := json.Unmarshal(run.Args, &args); err != nil {
		return job.Permanent(err)
	}
	var im Import
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		im, err = s.Get(tx, args.ID)
		return err
	})
	if err != nil {
		return err
	}
	var from *source
	defer func() {
		if from != nil {
			from.closer.Close()
		}
	}()
	for range runBatches {
		if im.State != Started && im.State != Processing {
			return nil
		}
		if im.at.file == len(im.plan.Files) {
			return s.finish(ctx, run, im, Done, "")
		}
		if im.plan.Files[im.at.file].Book {
			if im, err = s.unpack(ctx, im); err != nil {
				return s.broken(ctx, run, im, err)
			}
			continue
		}
		if from == nil {
			from, err = open(ctx, s.blobs, im.plan.Files[im.at.file], im.at)
			if err != nil {
				return s.broken(ctx, run, im, err)
			}
		}
		rows, err := from.some(batchRows)
		if err != nil {
			return s.broken(ctx, run, im, err)
		}
		next := im.at.behind(rows)
		if im, err = s.take(ctx, im, from, rows, next); err != nil {
			return err
		}
		if next.byte == 0 {
			from.closer.Close()
			from = nil
		}
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := run.Complete(tx); err != nil {
			return err
		}
		return later(tx, runKind, im.ID)
	})
}

// behind is the place behind rows that were read there.
func (p place) behind(rows []row) place {
	if len(rows) < batchRows {
		return place{file: p.file + 1}
	}
	last := rows[len(rows)-1]
	return place{p.file, last.end, last.line}
}

// take writes rows, and that they are written.
func (s *Service) take(ctx context.Context, im Import, from *source, rows []row, next place) (out Import, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(fmt.Sprintf("import %d", im.ID)); err != nil {
			return err
		}
		if out, err = s.Get(tx, im.ID); err != nil {
			return err
		}
		if out.State != Started && out.State != Processing {
			return nil // it was cancelled
		}
		if out.at != im.at {
			return errMoved
		}
		by, err := s.actor(tx, out)
		if err != nil {
			return s.settle(tx, &out, Failed, errs.As(err).Message)
		}
		b := &batch{s: s, tx: tx, by: by, im: out, file: out.plan.Files[out.at.file], from: from, rows: rows}
		if err := b.write(); err != nil {
			return fmt.Errorf("import %d, from line %d: %w", im.ID, im.at.line, err)
		}
		out.Counters, out.State, out.at = b.im.Counters, Processing, next
		counters, err := json.Marshal(out.Counters)
		if err != nil {
			return err
		}
		_, err = tx.Exec("UPDATE imports SET state = $2, file = $3, place = $4, line = $5, counters = $6, updated_at = $7 WHERE id = $1",
			out.ID, string(out.State), next.file, next.byte, next.line, string(counters), tx.Micros())
		return err
	})
	return out, err
}

// broken ends an import whose file cannot be read; what may pass is tried again.
func (s *Service) broken(ctx context.Context, run job.Run, im Import, err error) error {
	e := errs.As(err)
	if e == nil || e.Kind == errs.Internal || e.Kind == errs.Unavailable {
		return err
	}
	return s.finish(ctx, run, im, Failed, e.Message)
}

func (s *Service) finish(ctx context.Context, run job.Run, im Import, state State, says string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		im, err := s.Get(tx, im.ID)
		if err != nil {
			return err
		}
		if im.State == Started || im.State == Processing {
			if err := s.settle(tx, &im, state, says); err != nil {
				return err
			}
			event.Emit(tx, event.Event{Type: "import.ended", ObjectType: "imports", ObjectID: im.ID, Actor: event.Actor{Kind: event.Import, ID: im.ID}, Data: struct{}{}})
		}
		return run.Complete(tx)
	})
}
