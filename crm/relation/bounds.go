package relation

import (
	"fmt"
	"slices"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// bounds hold how many relations of a type a record may have, while some are made: one only, where the next takes the place of
// the one before, or as many as the account allows (REC-1).
type bounds struct {
	s     *Store
	fresh bool // the near ends are new, and have nothing yet
	ends  []relation
	count map[place]int
	known map[Link]bool
}

// place is where relations of one type are counted: at a record.
type place struct {
	fromType string
	id       int64
	toType   string
	typeID   int
}

func (r relation) place() place { return place{r.FromType, r.FromID, r.ToType, r.TypeID} }

// bounded are the ends of a relation at which its type is bounded, each seen from there.
func (b *bounds) bounded(tx *db.Tx, r relation) ([]relation, error) {
	var out []relation
	if r.kind.One || r.kind.Most > 0 {
		out = append(out, r)
	}
	far, err := b.s.turned(tx, r)
	if err == nil && (far.kind.One || far.kind.Most > 0) {
		out = append(out, far)
	}
	return out, err
}

func (b *bounds) add(tx *db.Tx, whole []relation) error {
	for _, r := range whole {
		ends, err := b.bounded(tx, r)
		if err != nil {
			return err
		}
		b.ends = append(b.ends, ends...)
	}
	return nil
}

// locks are few, so that a batch of any size takes no more: which one a record has its id says.
const locks = 64

func lockOf(id int64) int { return int(uint64(id) * 0x9E3779B97F4A7C15 >> 58) }

// hold makes others wait who bound the same records, and counts what these have.
func (b *bounds) hold(tx *db.Tx) error {
	var waits [locks]bool
	var limited []relation
	for _, r := range b.ends {
		waits[lockOf(r.FromID)] = true
		if r.kind.Most > 0 && !r.kind.One {
			limited = append(limited, r)
		}
	}
	for n, wait := range waits {
		if !wait || b.fresh && len(limited) == 0 {
			continue
		}
		if err := tx.Lock(fmt.Sprintf("link:%d", n)); err != nil {
			return err
		}
	}
	b.count, b.known = map[place]int{}, map[Link]bool{}
	return byPair(limited, func(some []relation) error {
		if err := b.recount(tx, some); err != nil {
			return err
		}
		var q db.SQL
		q.Add("SELECT from_type, from_id, to_type, to_id, type_id FROM associations WHERE from_type = ? AND to_type = ? AND ", some[0].FromType, some[0].ToType)
		rows, err := db.List(tx, scanLink, among(&q, some, true).Text(), q.Args()...)
		for _, l := range rows {
			b.known[l] = true
		}
		return err
	})
}

// recount counts what the near ends of relations of one pair have.
func (b *bounds) recount(tx *db.Tx, some []relation) error {
	var ids []int64
	var types []int
	for _, r := range some {
		ids = append(ids, r.FromID)
		if !slices.Contains(types, r.TypeID) {
			types = append(types, r.TypeID)
		}
	}
	var q db.SQL
	q.Add("SELECT from_id, type_id, count(*) FROM associations WHERE from_type = ? AND to_type = ? AND ", some[0].FromType, some[0].ToType)
	db.In(&q, "from_id", db.Padded(distinct(ids))).Add(" AND ")
	_, err := db.List(tx, func(sc db.Scanner) (p place, err error) {
		var n int
		p.fromType, p.toType = some[0].FromType, some[0].ToType
		err = sc.Scan(&p.id, &p.typeID, &n)
		b.count[p] = n
		return p, err
	}, db.In(&q, "type_id", types).Add(" GROUP BY from_id, type_id").Text(), q.Args()...)
	return err
}

// refuse says why relations that come together may not be made, or counts them.
func (b *bounds) refuse(tx *db.Tx, whole []relation) error {
	var more []relation
	for _, r := range whole {
		ends, err := b.bounded(tx, r)
		if err != nil {
			return err
		}
		for _, r := range ends {
			if r.kind.One || b.known[r.Link] {
				continue
			}
			if b.count[r.place()] >= r.kind.Most {
				return errs.Newf(errs.Invalid, "A %s has at most %d associations of type %s, and %s %d has them.", r.from.Singular, r.kind.Most,
					r.kind.Name, r.from.Singular, r.FromID).WithCode("ASSOCIATION_LIMIT_EXCEEDED")
			}
			more = append(more, r)
		}
	}
	for _, r := range more {
		b.count[r.place()]++
		b.known[r.Link] = true
	}
	return nil
}

// replace ends the relations that new ones take the place of, where a record has one of a type only. Of two new ones the last
// counts.
func (b *bounds) replace(tx *db.Tx, by people.Actor, all []relation) ([]relation, error) {
	if !slices.ContainsFunc(b.ends, func(r relation) bool { return r.kind.One }) {
		return all, nil
	}
	newest := map[place]relation{}
	at := make([][]relation, len(all))
	for i, r := range all {
		ends, err := b.bounded(tx, r)
		if err != nil {
			return nil, err
		}
		for _, end := range ends {
			if end.kind.One {
				newest[end.place()] = end
				at[i] = append(at[i], end)
			}
		}
	}
	var kept []relation
	for i, r := range all {
		lost := slices.ContainsFunc(at[i], func(end relation) bool { return newest[end.place()].Link != end.Link })
		if lost {
			continue
		}
		kept = append(kept, r)
		for _, end := range at[i] {
			if b.fresh && end.Link == r.Link {
				continue
			}
			if err := b.s.endOthers(tx, by, end); err != nil {
				return nil, err
			}
		}
	}
	return kept, nil
}

// endOthers ends the relations of a type that a record has to others.
func (s *Store) endOthers(tx *db.Tx, by people.Actor, r relation) error {
	others, err := db.List(tx, db.Col[int64], `SELECT to_id FROM associations
WHERE from_type = $1 AND from_id = $2 AND to_type = $3 AND type_id = $4 AND to_id <> $5`, r.FromType, r.FromID, r.ToType, r.TypeID, r.ToID)
	if err != nil || len(others) == 0 {
		return err
	}
	ended := make([]relation, len(others))
	for i, other := range others {
		ended[i] = r
		ended[i].ToID = other
	}
	return s.deleteLinks(tx, by, ended, true)
}
