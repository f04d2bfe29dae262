package computed

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

const (
	runKind     = "property.run"
	kindCompute = "compute"
	kindRename  = "rename"

	batch   = 50 // records of one transaction: others write between two
	batches = 20 // of one job; the next goes on
)

// Run is how far records are brought up to date with a definition.
type Run struct {
	Done, Total int64 // records; the total is counted when it begins
	StartedAt   time.Time
	FinishedAt  time.Time // zero while it goes on
}

// Finished reports whether every record was looked at.
func (r Run) Finished() bool { return !r.FinishedAt.IsZero() }

// renaming is what a run of that kind replaces.
type renaming struct {
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// target names the property of a run.
type target struct {
	ObjectType string `json:"objectType"`
	Name       string `json:"name"`
}

func (t target) key() string { return t.ObjectType + ":" + t.Name }

// begin starts a run, or starts it again from the first record.
func begin(tx *db.Tx, d property.Definition, kind string, args renaming) error {
	raw, err := json.Marshal(args)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO property_runs (object_type, name, kind, args, after_id, done, total, started_at)
VALUES ($1, $2, $3, $4, 0, 0, 0, $5) ON CONFLICT (object_type, name) DO UPDATE SET kind = excluded.kind, args = excluded.args,
after_id = 0, done = 0, total = 0, started_at = excluded.started_at, finished_at = NULL`, d.ObjectType, d.Name, kind, string(raw), tx.Micros()); err != nil {
		return err
	}
	t := target{d.ObjectType, d.Name}
	return job.Ensure(tx, job.Spec{Kind: runKind, Key: t.key(), Args: t})
}

// stored is a row of the table.
type stored struct {
	Run
	kind  string
	args  renaming
	after int64
}

func scanRun(sc db.Scanner) (r stored, err error) {
	var args string
	var started int64
	var finished *int64
	if err = sc.Scan(&r.kind, &args, &r.after, &r.Done, &r.Total, &started, &finished); err != nil {
		return r, err
	}
	r.StartedAt = clock.FromMicros(started)
	if finished != nil {
		r.FinishedAt = clock.FromMicros(*finished)
	}
	return r, json.Unmarshal([]byte(args), &r.args)
}

const selectRun = "SELECT kind, args, after_id, done, total, started_at, finished_at FROM property_runs WHERE object_type = $1 AND name = $2"

// Progress is how far the newest run of a property is; ok is false when there was none.
func (s *Service) Progress(tx *db.Tx, objectType, name string) (run Run, ok bool, err error) {
	r, ok, err := db.One(tx, scanRun, selectRun, objectType, name)
	return r.Run, ok, err
}

// run goes through records in small transactions. It may be killed anywhere: the row says where to go on.
func (s *Service) run(ctx context.Context, run job.Run) error {
	var t target
	if err := json.Unmarshal(run.Args, &t); err != nil {
		return job.Permanent(err)
	}
	for i := range batches {
		p, err := s.prepare(ctx, t)
		if err != nil || p == nil {
			return err
		}
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			if err := s.step(tx, t, p); err != nil || p.last || i < batches-1 {
				return err
			}
			return job.Ensure(tx, job.Spec{Kind: runKind, Key: t.key(), Args: t})
		})
		if err != nil || p.last {
			return err
		}
	}
	return nil
}

// part is the next records of a run, made ready outside a write.
type part struct {
	run     stored
	def     property.Definition
	records []due
	total   int64
	last    bool
}

// due is a record to bring up to date; of a rollup with what it should have, and had when that was computed.
type due struct {
	id       int64
	was, set string
}

// prepare reads the next records of a run, and computes their rollups where nobody waits for it; nil when the run is over.
func (s *Service) prepare(ctx context.Context, t target) (p *part, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		p = nil
		r, ok, err := db.One(tx, scanRun, selectRun, t.ObjectType, t.Name)
		if err != nil || !ok || r.Finished() {
			return err
		}
		set, err := s.props.Set(tx, t.ObjectType)
		if err != nil {
			return err
		}
		p = &part{run: r, total: r.Total, last: true}
		if p.def, ok = set.Get(t.Name); !ok {
			return nil
		}
		living := set.ObjectType.From() + "archived_at IS NULL"
		if r.after == 0 {
			if p.total, err = db.Value[int64](tx, "SELECT count(*) FROM "+living); err != nil {
				return err
			}
		}
		ids, err := db.List(tx, db.Col[int64], fmt.Sprintf("SELECT id FROM %s AND id > $1 ORDER BY id LIMIT %d", living, batch), r.after)
		if err != nil {
			return err
		}
		p.last = len(ids) < batch
		return s.due(tx, p, ids)
	})
	return p, err
}

// due fills in the records of a part: fewer where rollups take long.
func (s *Service) due(tx *db.Tx, p *part, ids []int64) error {
	began := s.db.Clock().Now()
	for _, id := range ids {
		d := due{id: id}
		if p.def.Rollup != nil && p.run.kind == kindCompute {
			if s.db.Clock().Now().Sub(began) > settle/4 {
				p.last = false
				break
			}
			was, set, err := s.differing(tx, of{p.def.ObjectType, id}, []property.Definition{p.def})
			if err != nil {
				return err
			}
			d.was, d.set = was[p.def.Name], was[p.def.Name]
			if v, differs := set[p.def.Name]; differs {
				d.set = v
			}
		}
		p.records = append(p.records, d)
	}
	return nil
}

// step stores what a part makes ready. A run that began anew in the meantime is left to its next part.
func (s *Service) step(tx *db.Tx, t target, p *part) error {
	r, ok, err := db.One(tx, scanRun, selectRun+tx.ForUpdate(), t.ObjectType, t.Name)
	if err != nil {
		return err
	}
	if !ok || r != p.run {
		p.last = false
		return nil
	}
	for _, d := range p.records {
		if err := s.bring(tx, p.def, r, d); err != nil && !errs.Is(err, errs.NotFound) {
			return fmt.Errorf("bring %s %d up to date with %s: %w", t.ObjectType, d.id, t.Name, err)
		}
		r.after = d.id
	}
	r.Done += int64(len(p.records))
	var finished *int64
	if p.last {
		now := tx.Micros()
		finished = &now
	}
	_, err = tx.Exec("UPDATE property_runs SET after_id = $3, done = $4, total = $5, finished_at = $6 WHERE object_type = $1 AND name = $2",
		t.ObjectType, t.Name, r.after, r.Done, max(p.total, r.Done), finished)
	return err
}

// bring one record up to date.
func (s *Service) bring(tx *db.Tx, d property.Definition, r stored, one due) error {
	reason := "property:" + d.Name
	switch {
	case r.kind == kindRename:
		return s.rename(tx, d, r.args, one.id, reason)
	case d.Rollup == nil:
		return s.records.Recalculate(tx, people.Automation, d.ObjectType, one.id, reason)
	case one.set == one.was:
		return nil
	}
	// What its own job has brought up to date since is newer than this.
	rec, err := s.records.Any(tx, d.ObjectType, one.id)
	if err != nil || rec.Properties[d.Name] != one.was {
		return err
	}
	_, err = s.records.Derive(tx, people.Automation, d.ObjectType, one.id, map[string]string{d.Name: one.set}, reason)
	return err
}

// rename replaces an option of a record that has it.
func (s *Service) rename(tx *db.Tx, d property.Definition, args renaming, id int64, reason string) error {
	rec, err := s.records.Any(tx, d.ObjectType, id)
	if err != nil {
		return err
	}
	parts := strings.Split(rec.Properties[d.Name], ";")
	i := slices.Index(parts, args.From)
	if i < 0 {
		return nil
	}
	parts[i] = args.To
	_, still := d.Option(args.To)
	parts = slices.DeleteFunc(parts, func(v string) bool { _, ok := d.Option(v); return !ok })
	if !still {
		return nil // it was taken out again in the meantime
	}
	_, err = s.records.Derive(tx, people.Automation, d.ObjectType, id, map[string]string{d.Name: strings.Join(parts, ";")}, reason)
	return err
}
