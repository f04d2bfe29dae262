package exporter

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

const (
	runKind    = "export.run"
	forgetKind = "export.forget"
	queue      = "exports"

	partRecords = 10_000
	runParts    = 20 // of one run; the next one goes on
	idBytes     = 8
)

type runArgs struct {
	ID int64 `json:"id,string"`
}

// runLater has an export go on, behind the others of who asked for it.
func runLater(tx *db.Tx, ex Export) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: runKind, Key: fmt.Sprint(ex.ID), Serial: fmt.Sprintf("exports of %s %d", ex.asker.Kind, ex.asker.ID), Args: runArgs{ex.ID}})
	return err
}

// Handlers run exports, and forget them.
func (s *Service) Handlers() []job.Handler {
	return []job.Handler{
		{Kind: runKind, Queue: queue, Timeout: 30 * time.Minute, Run: s.run, Dead: s.gaveUp},
		{Kind: forgetKind, Queue: queue, Run: s.forget},
	}
}

// run takes an export on until it ends or enough was done. A part and how far the export is are one commit, so that whatever stops it, it
// goes on after the last part that counts.
func (s *Service) run(ctx context.Context, run job.Run) error {
	var args runArgs
	if err := json.Unmarshal(run.Args, &args); err != nil {
		return job.Permanent(err)
	}
	var ex Export
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		ex, err = get(tx, args.ID)
		return err
	})
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	for range runParts {
		switch {
		case err != nil:
			return s.broken(ctx, args.ID, err)
		case ex.State.Ended():
			return nil
		case ex.ids == "":
			ex, err = s.collect(ctx, ex)
		case ex.Done < ex.Total:
			ex, err = s.write(ctx, ex)
		default:
			ex, err = s.finish(ctx, ex)
		}
	}
	if err != nil {
		return s.broken(ctx, args.ID, err)
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := run.Complete(tx); err != nil {
			return err
		}
		return runLater(tx, ex)
	})
}

// collect notes which records there are, in their order, at this moment.
func (s *Service) collect(ctx context.Context, ex Export) (Export, error) {
	total := int64(0)
	ref, err := s.put(ctx, func(w io.Writer) error {
		return s.db.Read(ctx, func(tx *db.Tx) error {
			by, err := s.people.Again(tx, ex.asker)
			if err != nil {
				return err
			}
			if ex.plan.List != 0 {
				total, err = s.noteMembers(tx, by, ex.plan.List, w)
				return err
			}
			q, some, err := s.query(by, ex.ObjectType, ex.plan)
			if err != nil || !some {
				return err
			}
			total, err = s.note(tx, by, q, w)
			return err
		})
	})
	if err != nil {
		return ex, err
	}
	return s.commit(ctx, ex, ref, func(tx *db.Tx, ex *Export) error {
		ex.ids, ex.Total, ex.State, ex.StartedAt = ref.Key, total, Processing, tx.Now
		_, err := tx.Exec("UPDATE exports SET ids_key = $2, total = $3, state = $4, started_at = $5, updated_at = $5 WHERE id = $1", ex.ID, ref.Key, total,
			string(Processing), tx.Micros())
		return err
	})
}

// note writes the ids of all records that a search finds, as they are in the transaction.
func (s *Service) note(tx *db.Tx, by people.Actor, q record.Query, w io.Writer) (total int64, err error) {
	for q.Limit = chunkRecords; ; {
		page, err := s.records.Search(tx, by, q)
		if err != nil {
			return 0, err
		}
		ids := make([]int64, len(page.Records))
		for i, r := range page.Records {
			ids[i] = r.ID
		}
		if err := writeIDs(w, ids); err != nil {
			return 0, err
		}
		total += int64(len(ids))
		if q.After = page.Next; q.After == "" {
			return total, nil
		}
	}
}

// membersRead is how many members of a list are read at a time.
const membersRead = 5000

// noteMembers writes the ids of all members of a list, the oldest records first.
func (s *Service) noteMembers(tx *db.Tx, by people.Actor, list int64, w io.Writer) (total int64, err error) {
	for after := int64(0); ; {
		ids, err := s.of.Lists.Members(tx, by, list, after, membersRead)
		if err != nil || len(ids) == 0 {
			return total, err
		}
		if err := writeIDs(w, ids); err != nil {
			return 0, err
		}
		total, after = total+int64(len(ids)), ids[len(ids)-1]
	}
}

func writeIDs(w io.Writer, ids []int64) error {
	raw := make([]byte, 0, len(ids)*idBytes)
	for _, n := range ids {
		raw = binary.BigEndian.AppendUint64(raw, uint64(n))
	}
	_, err := w.Write(raw)
	return err
}

// put stores what fn writes, as it comes.
func (s *Service) put(ctx context.Context, fn func(w io.Writer) error) (ref blob.Ref, err error) {
	r, w := io.Pipe()
	var group errgroup.Group
	group.Go(func() (err error) {
		ref, err = s.blobs.Put(ctx, r)
		r.CloseWithError(err)
		return err
	})
	err = fn(w)
	w.CloseWithError(err)
	if stored := group.Wait(); err == nil {
		err = stored
	}
	return ref, err
}

// commit writes down what was stored, unless the export ended, went on elsewhere or began again meanwhile: then it is waste.
func (s *Service) commit(ctx context.Context, was Export, ref blob.Ref, fn func(tx *db.Tx, ex *Export) error) (ex Export, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if ex, err = s.held(tx, was.ID); err != nil {
			return err
		}
		if ex.moved(was) {
			return waste.Drop(tx, ref.Key)
		}
		return fn(tx, &ex)
	})
	return ex, err
}

// moved reports whether an export is not any more where it was.
func (ex Export) moved(was Export) bool {
	return ex.State.Ended() || ex.Done != was.Done || ex.ids != was.ids
}

// held reads an export that nobody else changes meanwhile.
func (s *Service) held(tx *db.Tx, id int64) (Export, error) {
	if err := tx.Lock(fmt.Sprintf("export %d", id)); err != nil {
		return Export{}, err
	}
	return get(tx, id)
}

// write writes the next part.
func (s *Service) write(ctx context.Context, ex Export) (Export, error) {
	ids, err := s.idsAt(ctx, ex)
	if err != nil {
		return ex, err
	}
	at := ex.at
	if at.part++; ex.Format == XLSX && at.line+int64(len(ids)) >= s.size.sheet { // the row of names is one
		at.sheet, at.line = at.sheet+1, 0
	}
	p := s.newPart(ctx, ex, at, ids)
	ref, err := s.blobs.Put(ctx, p)
	if err != nil {
		return ex, err
	}
	return s.commit(ctx, ex, ref, func(tx *db.Tx, ex *Export) error {
		ex.Done, ex.Records, ex.at = ex.Done+int64(len(ids)), ex.Records+p.rows, at
		ex.at.line += p.rows
		if _, err := tx.Exec("INSERT INTO export_parts (export_id, number, sheet, size, blob_key) VALUES ($1, $2, $3, $4, $5)", ex.ID, at.part, at.sheet, p.size,
			ref.Key); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE exports SET done = $2, records = $3, part = $4, sheet = $5, line = $6, updated_at = $7 WHERE id = $1", ex.ID, ex.Done, ex.Records,
			ex.at.part, ex.at.sheet, ex.at.line, tx.Micros())
		return err
	})
}

// idsAt are those of the next part.
func (s *Service) idsAt(ctx context.Context, ex Export) (ids []int64, err error) {
	r, err := s.blobs.Open(ctx, ex.ids)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	from := ex.Done * idBytes
	if seeker, ok := r.(io.Seeker); ok {
		_, err = seeker.Seek(from, io.SeekStart)
	} else {
		_, err = io.CopyN(io.Discard, r, from)
	}
	raw := make([]byte, min(ex.Total-ex.Done, s.size.part)*idBytes)
	if err == nil {
		_, err = io.ReadFull(r, raw)
	}
	if err != nil {
		return nil, fmt.Errorf("ids of export %d: %w", ex.ID, err)
	}
	for ; len(raw) > 0; raw = raw[idBytes:] {
		ids = append(ids, int64(binary.BigEndian.Uint64(raw)))
	}
	return ids, nil
}

// broken ends an export that cannot be written; what may pass is tried again.
func (s *Service) broken(ctx context.Context, id int64, err error) error {
	e := errs.As(err)
	if e == nil || e.Kind == errs.Internal || e.Kind == errs.Unavailable {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { return s.fail(tx, id, e.Message) })
}

func (s *Service) gaveUp(tx *db.Tx, run job.Run, _ error) error {
	var args runArgs
	_ = json.Unmarshal(run.Args, &args) // without an id there is no export to settle
	return s.fail(tx, args.ID, "Something went wrong on our side, again and again.")
}

func (s *Service) fail(tx *db.Tx, id int64, says string) error {
	ex, err := s.held(tx, id)
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	if err != nil || ex.State.Ended() {
		return err
	}
	return settle(tx, &ex, Failed, says)
}

// Cancel stops an export; nothing is left of it.
func (s *Service) Cancel(tx *db.Tx, by people.Actor, id int64) (Export, error) {
	ex, err := s.held(tx, id)
	if err == nil && !ex.asker.Is(by) {
		err = errNoExport
	}
	if err != nil || ex.State.Ended() {
		return ex, err
	}
	err = settle(tx, &ex, Canceled, "")
	return ex, err
}

// settle ends an export: its parts are not needed any more.
func settle(tx *db.Tx, ex *Export, state State, says string) error {
	ex.State, ex.Says, ex.UpdatedAt, ex.EndedAt = state, says, tx.Now, tx.Now
	if err := dropParts(tx, *ex); err != nil {
		return err
	}
	ex.ids = ""
	_, err := tx.Exec("UPDATE exports SET state = $2, says = $3, file_id = $4, ids_key = '', updated_at = $5, ended_at = $5 WHERE id = $1", ex.ID, string(state), says,
		ex.File, tx.Micros())
	return err
}

func dropParts(tx *db.Tx, ex Export) error {
	keys, err := db.List(tx, db.Col[string], "DELETE FROM export_parts WHERE export_id = $1 RETURNING blob_key", ex.ID)
	for _, k := range append(keys, ex.ids) {
		if err == nil {
			err = waste.Drop(tx, k)
		}
	}
	return err
}

// forget deletes what is known of an export; its file goes by itself.
func (s *Service) forget(ctx context.Context, run job.Run) error {
	var args runArgs
	if err := json.Unmarshal(run.Args, &args); err != nil {
		return job.Permanent(err)
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		ex, err := s.held(tx, args.ID)
		if errs.Is(err, errs.NotFound) {
			return run.Complete(tx)
		}
		if err != nil {
			return err
		}
		if err := s.remove(tx, ex); err != nil {
			return err
		}
		return run.Complete(tx)
	})
}

func (s *Service) remove(tx *db.Tx, ex Export) error {
	if err := dropParts(tx, ex); err != nil {
		return err
	}
	if ex.File != 0 {
		if err := s.files.Forget(tx, []int64{ex.File}); err != nil {
			return err
		}
	}
	_, err := tx.Exec("DELETE FROM exports WHERE id = $1", ex.ID)
	return err
}
