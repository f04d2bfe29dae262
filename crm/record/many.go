package record

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// manyMost bounds the records that one call writes.
const manyMost = 1000

// Edit is one of several updates.
type Edit struct {
	ID         int64
	Properties map[string]string
}

// Outcome is what became of one of several writes: the record, or why it was refused.
type Outcome struct {
	Record Record
	Err    error
}

// refusals are the errors of those of several writes that break a rule, by their place among them. What is wrong with the
// machine is no refusal.
type refusals map[int]error

// take keeps an error that is the input's fault, and returns any other.
func (r refusals) take(place int, err error) error {
	if err == nil {
		return nil
	}
	if e := errs.As(err); e == nil || e.Kind == errs.Internal || e.Kind == errs.Unavailable {
		return err
	}
	if r[place] == nil {
		r[place] = err
	}
	return nil
}

// first is the error of the first refused, nil when none was.
func (r refusals) first() error {
	if len(r) == 0 {
		return nil
	}
	return r[slices.Min(slices.Collect(maps.Keys(r)))]
}

// many is the plan for n writes.
func (s *Store) many(tx *db.Tx, objectType string, n int) (*plan, error) {
	if n > manyMost {
		return nil, errs.Bad("inputs", "TOO_MANY", fmt.Sprintf("At most %d records at a time.", manyMost))
	}
	return s.plan(tx, objectType)
}

// CreateMany makes records of one type, in few statements. The first that is refused is the error of all.
func (s *Store) CreateMany(tx *db.Tx, by people.Actor, objectType string, ins []Input) ([]Record, error) {
	p, err := s.many(tx, objectType, len(ins))
	if err != nil {
		return nil, err
	}
	drafts := newDrafts(tx, ins)
	refused, err := s.makeAll(tx, by, p, drafts)
	if err == nil {
		err = refused.first()
	}
	if err != nil {
		return nil, err
	}
	out := make([]Record, len(drafts))
	for i, d := range drafts {
		out[i] = d.record
	}
	return p.veiled(by, out), nil
}

// CreateEach is CreateMany in which what is refused leaves the others alone.
func (s *Store) CreateEach(tx *db.Tx, by people.Actor, objectType string, ins []Input) ([]Outcome, error) {
	p, err := s.many(tx, objectType, len(ins))
	if err != nil {
		return nil, err
	}
	drafts := newDrafts(tx, ins)
	out := make([]Outcome, len(ins))
	err = each(tx, out, func(places []int) (refusals, error) {
		some := make([]*draft, len(places))
		for i, place := range places {
			some[i] = drafts[place]
		}
		return s.makeAll(tx, by, p, some)
	})
	for i, d := range drafts {
		p.veil(by, &d.record)
		out[i].Record = d.record
	}
	return out, err
}

// UpdateMany is Update of several records of one type, in few statements. The first that is refused is the error of all.
func (s *Store) UpdateMany(tx *db.Tx, by people.Actor, objectType string, edits []Edit, reason string) ([]Record, error) {
	p, err := s.many(tx, objectType, len(edits))
	if err != nil {
		return nil, err
	}
	out, refused, err := s.editAll(tx, by, p, edits, reason)
	if err == nil {
		err = refused.first()
	}
	return out, err
}

// UpdateEach is UpdateMany in which what is refused leaves the others alone.
func (s *Store) UpdateEach(tx *db.Tx, by people.Actor, objectType string, edits []Edit, reason string) ([]Outcome, error) {
	p, err := s.many(tx, objectType, len(edits))
	if err != nil {
		return nil, err
	}
	out := make([]Outcome, len(edits))
	err = each(tx, out, func(places []int) (refusals, error) {
		some := make([]Edit, len(places))
		for i, place := range places {
			some[i] = edits[place]
		}
		records, refused, err := s.editAll(tx, by, p, some, reason)
		for i, place := range places {
			if err == nil && refused[i] == nil {
				out[place].Record = records[i]
			}
		}
		return refused, err
	})
	return out, err
}

// errAgain undoes a run in which something was refused.
var errAgain = errors.New("run again without what was refused")

// each runs several writes, and without those that it refuses again, until all that are left stand. A run that refuses
// leaves no trace, so that what rules stored for a refused write is gone too.
func each(tx *db.Tx, out []Outcome, run func(places []int) (refusals, error)) error {
	left := make([]int, len(out))
	for i := range left {
		left[i] = i
	}
	for len(left) > 0 {
		var refused refusals
		err := tx.Savepoint(func() (err error) {
			if refused, err = run(left); err == nil && len(refused) > 0 {
				err = errAgain
			}
			return err
		})
		if err == nil {
			return nil
		}
		if !errors.Is(err, errAgain) {
			return err
		}
		kept := left[:0:0]
		for i, place := range left {
			if why := refused[i]; why != nil {
				out[place].Err = why
			} else {
				kept = append(kept, place)
			}
		}
		left = kept
	}
	return nil
}
