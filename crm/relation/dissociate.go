package relation

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// Dissociate ends one type of relation; with TypeID 0, or the unlabelled type, all between the two records. None is fine.
func (s *Store) Dissociate(tx *db.Tx, by people.Actor, l Link) error {
	refused, err := s.DissociateMany(tx, by, []Link{l})
	if err != nil {
		return err
	}
	return refused[0]
}

// DissociateMany is Dissociate for many at once. What is wrong with single links comes back at their places.
func (s *Store) DissociateMany(tx *db.Tx, by people.Actor, links []Link) (refused []error, err error) {
	given, refused, err := s.mayRelate(tx, by, links, false)
	if err != nil {
		return nil, err
	}
	var typed, whole []relation
	for i, r := range given {
		switch {
		case refused[i] != nil:
		case r.kind.Label == "":
			whole = append(whole, r)
		default:
			typed = append(typed, r)
		}
	}
	if err := s.deleteLinks(tx, by, typed, true); err != nil {
		return nil, fmt.Errorf("dissociate: %w", err)
	}
	if err := s.deleteLinks(tx, by, whole, false); err != nil {
		return nil, fmt.Errorf("dissociate: %w", err)
	}
	return refused, nil
}

// byPair runs fn for the relations of each pair of object types, some at a time.
func byPair(all []relation, fn func(some []relation) error) error {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b relation) int {
		return cmp.Or(cmp.Compare(a.FromType, b.FromType), cmp.Compare(a.ToType, b.ToType))
	})
	for len(all) > 0 {
		n := 1
		for n < len(all) && n < rowsMost && all[n].FromType == all[0].FromType && all[n].ToType == all[0].ToType {
			n++
		}
		if err := fn(all[:n]); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

// among appends the condition that a row is one of relations of one pair, or of any type between the same records. The lists
// of ids say nothing new, but what PostgreSQL needs to take the key, whatever it believes of the table.
func among(q *db.SQL, some []relation, typed bool) *db.SQL {
	var from, to []int64
	for _, r := range some {
		from, to = append(from, r.FromID), append(to, r.ToID)
	}
	columns := "(from_id, to_id)"
	if typed {
		columns = "(from_id, to_id, type_id)"
	}
	db.In(q, "from_id", distinct(from)).Add(" AND ")
	db.In(q, "to_id", distinct(to)).Add(" AND " + columns + " IN (VALUES ")
	for i, r := range some {
		if i > 0 {
			q.Add(", ")
		}
		if q.Add("(CAST(? AS BIGINT), CAST(? AS BIGINT)", r.FromID, r.ToID); typed {
			q.Add(", CAST(? AS INTEGER)", r.TypeID)
		}
		q.Add(")")
	}
	return q.Add(")")
}

func distinct(ids []int64) []int64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// deleteLinks ends relations: those of their type, or all between the two records.
func (s *Store) deleteLinks(tx *db.Tx, by people.Actor, all []relation, typed bool) error {
	return byPair(all, func(some []relation) error {
		gone, err := deleteRows(tx, some, typed)
		if err != nil {
			return err
		}
		ended, back := make([]relation, 0, len(gone)), make([]relation, 0, len(gone))
		for _, l := range gone {
			r := some[0]
			t, ok, err := s.types.Find(tx, r.from, r.to, l.TypeID)
			if err != nil {
				return err
			}
			if !ok {
				continue // of a label that is gone: its rows go in the background
			}
			r.Link, r.kind = l, t
			other, err := s.turned(tx, r)
			if err != nil {
				return err
			}
			ended, back = append(ended, r), append(back, other)
		}
		err = byPair(back, func(some []relation) error { _, err := deleteRows(tx, some, true); return err })
		if err != nil {
			return err
		}
		for _, r := range ended {
			s.emitLink(tx, by, "dissociated", r)
		}
		return nil
	})
}

// deleteRows removes what is stored of relations of one pair from their near end, and returns it in the order given.
func deleteRows(tx *db.Tx, some []relation, typed bool) ([]Link, error) {
	q := deletion(some, typed)
	gone, err := db.List(tx, scanLink, q.Text(), q.Args()...)
	order := map[[2]int64]int{}
	for i, r := range some {
		order[[2]int64{r.FromID, r.ToID}] = i
	}
	slices.SortFunc(gone, func(a, b Link) int {
		return cmp.Or(order[[2]int64{a.FromID, a.ToID}]-order[[2]int64{b.FromID, b.ToID}], a.TypeID-b.TypeID)
	})
	return gone, err
}

func deletion(some []relation, typed bool) *db.SQL {
	var q db.SQL
	q.Add("DELETE FROM associations WHERE from_type = ? AND to_type = ? AND ", some[0].FromType, some[0].ToType)
	return among(&q, some, typed).Add(returningLink)
}

const (
	unlabelKind = "relation.unlabel"
	unlabelStep = 1000 // relations a transaction, so that other writers wait for none of it
)

type unlabelArgs struct {
	Types []int `json:"types"`
}

// RemoveType ends a label of the account, or with the unlabelled type of a pair with one of its own object types the whole
// pair. Nothing shows its relations from then on; a job removes what is stored of them.
func (s *Store) RemoveType(tx *db.Tx, by people.Actor, fromType, toType string, id int) error {
	from, to, err := s.ends(tx, fromType, toType)
	if err != nil {
		return err
	}
	ids, err := s.types.Undefine(tx, by, from, to, id)
	if err != nil {
		return err
	}
	return unlabel(tx, ids)
}

// ForgetTypes ends every type of association of an object type of the account that is deleted.
func (s *Store) ForgetTypes(tx *db.Tx, objectType string) error {
	t, err := s.props.Type(tx, objectType)
	if err != nil {
		return err
	}
	ids, err := s.types.Forget(tx, t)
	if err != nil {
		return err
	}
	return unlabel(tx, ids)
}

func unlabel(tx *db.Tx, ids []int) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := job.Enqueue(tx, job.Spec{Kind: unlabelKind, Args: unlabelArgs{ids}})
	return err
}

// The index of the account's own types holds no others, so the condition says that these are some.
const deleteUnlabelled = `DELETE FROM associations WHERE (from_type, from_id, to_type, to_id, type_id) IN
(SELECT from_type, from_id, to_type, to_id, type_id FROM associations WHERE type_id = $1 AND type_id >= 10001 LIMIT $2)`

// UnlabelHandler removes the relations of types that are gone.
func UnlabelHandler(d *db.DB) job.Handler {
	return job.Handler{Kind: unlabelKind, Run: func(ctx context.Context, run job.Run) error {
		var args unlabelArgs
		if err := json.Unmarshal(run.Args, &args); err != nil {
			return job.Permanent(err)
		}
		for _, id := range args.Types {
			for more := true; more; {
				err := d.Write(ctx, func(tx *db.Tx) error {
					n, err := tx.Exec(deleteUnlabelled, id, unlabelStep)
					more = n == unlabelStep
					return err
				})
				if err != nil {
					return err
				}
			}
		}
		return d.Write(ctx, run.Complete)
	}}
}
