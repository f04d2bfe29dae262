package computed

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/formula"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

const (
	rollupKind = "property.rollup"
	spreadKind = "property.rollup.spread"

	settle    = time.Second // after a change, so that many changes cost one computation
	directly  = 20          // records with a rollup that one change reaches within its own transaction
	spreadOne = 500         // that one transaction of a spread reaches
)

// Reactor leaves a job for each record whose rollups an event touches. What it does for one event is bounded: where a record is
// associated with many, a job finds them.
func (s *Service) Reactor() event.Reactor {
	return event.Reactor{Name: "rollups", React: s.react}
}

// of is a record.
type of struct {
	ObjectType string `json:"objectType"`
	ID         int64  `json:"id,string"`
}

func (o of) key() string { return o.ObjectType + ":" + id.Format(o.ID) }

func (s *Service) react(tx *db.Tx, e event.Event) error {
	own, over, err := s.props.Rollups(tx, e.ObjectType)
	if err != nil || len(own)+len(over) == 0 {
		return err
	}
	self := of{e.ObjectType, e.ObjectID}
	switch _, what, _ := strings.Cut(e.Type, "."); what {
	case "created":
		return s.created(tx, e, self, own, over)
	case "associated", "dissociated":
		l, err := event.Data[record.Linked](e)
		if err != nil || !slices.ContainsFunc(own, func(d property.Definition) bool { return d.Rollup.Of == l.ToType }) {
			return err
		}
		return soon(tx, self)
	case "changed":
		c, err := event.Data[record.Changed](e)
		if err != nil {
			return err
		}
		return s.reach(tx, self, slices.DeleteFunc(slices.Clone(over), func(d property.Definition) bool {
			return !slices.ContainsFunc(d.Rollup.Uses(), func(name string) bool { _, ok := c.Changes[name]; return ok })
		}))
	case "archived", "restored", "merged", "unmerged":
		if len(own) > 0 {
			if err := soon(tx, self); err != nil {
				return err
			}
		}
		return s.reach(tx, self, over)
	}
	return nil
}

// created: a new record has its own rollups, and counts at once for those it was made with.
func (s *Service) created(tx *db.Tx, e event.Event, self of, own, over []property.Definition) error {
	if len(own) > 0 {
		if err := soon(tx, self); err != nil {
			return err
		}
	}
	c, err := event.Data[record.Created](e)
	if err != nil {
		return err
	}
	for _, l := range c.Links {
		if slices.ContainsFunc(over, func(d property.Definition) bool { return d.ObjectType == l.ToType }) {
			if err := soon(tx, of{l.ToType, l.ToID}); err != nil {
				return err
			}
		}
	}
	return nil
}

// soon leaves the job that computes a record's rollups.
func soon(tx *db.Tx, o of) error {
	return job.Ensure(tx, job.Spec{Kind: rollupKind, Key: o.key(), Args: o, Due: tx.Now.Add(settle)})
}

// reach leaves jobs for the records that a record counts for.
func (s *Service) reach(tx *db.Tx, self of, over []property.Definition) error {
	for _, objectType := range owners(over) {
		near, err := associated(tx, self, objectType, 0, directly+1)
		if err != nil {
			return err
		}
		if len(near) > directly {
			return job.Ensure(tx, job.Spec{Kind: spreadKind, Key: self.key(), Args: self, Due: tx.Now.Add(settle)})
		}
		for _, n := range near {
			if err := soon(tx, of{objectType, n}); err != nil {
				return err
			}
		}
	}
	return nil
}

// owners are the object types that have the rollups, each once.
func owners(defs []property.Definition) []string {
	var out []string
	for _, d := range defs {
		if !slices.Contains(out, d.ObjectType) {
			out = append(out, d.ObjectType)
		}
	}
	return out
}

// associated are ids of one type that a record is associated with, after one and each once.
func associated(tx *db.Tx, o of, objectType string, after int64, limit int) ([]int64, error) {
	return db.List(tx, db.Col[int64], fmt.Sprintf(`SELECT DISTINCT to_id FROM associations
WHERE from_type = $1 AND from_id = $2 AND to_type = $3 AND to_id > $4 ORDER BY to_id LIMIT %d`, limit), o.ObjectType, o.ID, objectType, after)
}

// spread leaves jobs for the many records that one counts for.
func (s *Service) spread(ctx context.Context, run job.Run) error {
	var o of
	if err := json.Unmarshal(run.Args, &o); err != nil {
		return job.Permanent(err)
	}
	var types []string
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		_, over, err := s.props.Rollups(tx, o.ObjectType)
		types = owners(over)
		return err
	})
	for _, objectType := range types {
		for after, more := int64(0), true; more && err == nil; {
			err = s.db.Write(ctx, func(tx *db.Tx) error {
				ids, err := associated(tx, o, objectType, after, spreadOne)
				for _, n := range ids {
					if err := soon(tx, of{objectType, n}); err != nil {
						return err
					}
				}
				if more = len(ids) == spreadOne; more {
					after = ids[len(ids)-1]
				}
				return err
			})
		}
	}
	return err
}

// rollup computes all rollups of a record and stores those that differ. It reads outside the write, which nobody then waits
// for: who changes something in between leaves a new job, and two of one record never run at once.
func (s *Service) rollup(ctx context.Context, run job.Run) error {
	var o of
	if err := json.Unmarshal(run.Args, &o); err != nil {
		return job.Permanent(err)
	}
	var set map[string]string
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		own, _, err := s.props.Rollups(tx, o.ObjectType)
		if err == nil && len(own) > 0 {
			_, set, err = s.differing(tx, o, own)
		}
		return err
	})
	if err != nil || len(set) == 0 {
		return err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := s.records.Derive(tx, people.Automation, o.ObjectType, o.ID, set, "rollup")
		return err
	})
	if errs.Is(err, errs.NotFound) {
		return nil // it went into the trash
	}
	return err
}

// differing computes rollups of a record and returns the values it has, and those that it should have instead. A record that is
// gone, or in the trash, is left alone.
func (s *Service) differing(tx *db.Tx, o of, defs []property.Definition) (has, should map[string]string, err error) {
	rec, err := s.records.Any(tx, o.ObjectType, o.ID)
	if errs.Is(err, errs.NotFound) || rec.Archived {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	should = map[string]string{}
	for _, d := range defs {
		v, err := s.compute(tx, o, d)
		if err != nil {
			return nil, nil, fmt.Errorf("rollup %s of %s %d: %w", d.Name, o.ObjectType, o.ID, err)
		}
		if v, err = d.Normalize(v); err != nil {
			return nil, nil, err
		}
		if v != rec.Properties[d.Name] {
			should[d.Name] = v
		}
	}
	return rec.Properties, should, nil
}

// compute reads what a rollup puts together. The permission of nobody is asked: the value is the same for all who see it.
func (s *Service) compute(tx *db.Tx, o of, d property.Definition) (string, error) {
	q, err := s.statement(tx, o, d)
	if err != nil {
		return "", err
	}
	if d.Rollup.How == property.Count {
		n, err := db.Value[int64](tx, q.Text(), q.Args()...)
		return fmt.Sprint(n), err
	}
	set, err := s.props.Set(tx, d.Rollup.Of)
	if err != nil {
		return "", err
	}
	used, _ := set.Get(d.Rollup.Property)
	sum := total{how: d.Rollup.How, def: used}
	_, err = db.List(tx, sum.scan, q.Text(), q.Args()...)
	return sum.value(), err
}

// statement reads the values, or counts.
func (s *Service) statement(tx *db.Tx, o of, d property.Definition) (*db.SQL, error) {
	r := d.Rollup
	set, err := s.props.Set(tx, r.Of)
	if err != nil {
		return nil, err
	}
	groups, err := groupsOf(r)
	if err != nil {
		return nil, err
	}
	cond, err := filter.Compile(set, groups)
	if err != nil {
		return nil, err
	}
	used, _ := set.Get(r.Property)
	var q db.SQL
	q.Add("SELECT " + selected(used, r.How) + " FROM " + set.ObjectType.From() + "archived_at IS NULL")
	q.Add(" AND id IN (SELECT to_id FROM associations WHERE from_type = ? AND from_id = ? AND to_type = ?", o.ObjectType, o.ID, r.Of)
	if r.TypeID != 0 {
		q.Add(" AND type_id = ?", r.TypeID)
	}
	cond.Where(q.Add(") AND "), tx)
	return &q, nil
}

// selected is what a rollup reads: names of columns and of properties need no quoting.
func selected(d property.Definition, how string) string {
	switch {
	case how == property.Count:
		return "count(*)"
	case d.Column != "":
		return d.Column
	}
	return "props->>'" + d.Name + "'"
}

// total puts values together, in exact decimals, as they are read.
type total struct {
	how  string
	def  property.Definition
	cell property.Cell
	n    int64
	sum  big.Rat
	best string // of dates: the canonical form sorts as the time does
}

func (t *total) scan(sc db.Scanner) (struct{}, error) {
	if err := sc.Scan(t.cell.Dest(&t.def)); err != nil {
		return struct{}{}, err
	}
	v := t.cell.Value(&t.def)
	if v == "" {
		return struct{}{}, nil
	}
	if t.def.Type != property.Number {
		if t.n++; t.n == 1 || (v < t.best) == (t.how == property.Min) {
			t.best = v
		}
		return struct{}{}, nil
	}
	n, ok := new(big.Rat).SetString(v)
	switch {
	case !ok:
		return struct{}{}, nil
	case t.how == property.Sum, t.how == property.Average:
		t.sum.Add(&t.sum, n)
	case t.n == 0, (n.Cmp(&t.sum) < 0) == (t.how == property.Min):
		t.sum.Set(n)
	}
	t.n++
	return struct{}{}, nil
}

// value is the result, "" when there was no value.
func (t *total) value() string {
	switch {
	case t.n == 0:
		return ""
	case t.def.Type != property.Number:
		return t.best
	case t.how == property.Average:
		return formula.Decimal(new(big.Rat).Quo(&t.sum, new(big.Rat).SetInt64(t.n)))
	}
	return formula.Decimal(&t.sum)
}
