package relation

import (
	"fmt"
	"maps"
	"slices"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// relateMost bounds one call of AssociateMany and DissociateMany.
const relateMost = 10000

// Associate relates two records (REC-1), both of which the actor must see, and must be allowed to edit the first. A labelled
// relation brings the unlabelled one with it; of a type of which a record has one only, it takes the place of the one before;
// past a limit it is refused. Doing it again changes nothing.
func (s *Store) Associate(tx *db.Tx, by people.Actor, l Link) error {
	refused, err := s.AssociateMany(tx, by, []Link{l})
	if err != nil {
		return err
	}
	return refused[0]
}

// AssociateMany is Associate for many at once. What is wrong with single links comes back at their places, and those that are
// right are made all the same.
func (s *Store) AssociateMany(tx *db.Tx, by people.Actor, links []Link) (refused []error, err error) {
	given, refused, err := s.mayRelate(tx, by, links, true)
	if err != nil {
		return nil, err
	}
	var good []relation
	var at []int
	for i, r := range given {
		if refused[i] == nil {
			good, at = append(good, r), append(at, i)
		}
	}
	made, limited, err := s.relate(tx, by, good, false)
	if err != nil {
		return nil, fmt.Errorf("associate: %w", err)
	}
	for i, err := range limited {
		refused[at[i]] = err
	}
	for _, r := range made {
		s.emitLink(tx, by, "associated", r)
	}
	return refused, nil
}

// mayRelate resolves links and says at their places which the actor may not make or end. The far end must be there for those
// that are made.
func (s *Store) mayRelate(tx *db.Tx, by people.Actor, links []Link, create bool) ([]relation, []error, error) {
	if len(links) > relateMost {
		return nil, nil, errs.Bad("inputs", "TOO_MANY", fmt.Sprintf("At most %d associations at a time.", relateMost))
	}
	given, refused := make([]relation, len(links)), make([]error, len(links))
	for i, l := range links {
		r, err := s.resolve(tx, l)
		if err != nil {
			if errs.KindOf(err) == errs.Internal {
				return nil, nil, err
			}
			refused[i] = err
			continue
		}
		given[i] = r
	}
	there, err := s.present(tx, given, create)
	if err != nil {
		return nil, nil, err
	}
	for i, r := range given {
		if refused[i] != nil {
			continue
		}
		from, okFrom := there[r.FromType][r.FromID]
		to, okTo := there[r.ToType][r.ToID]
		switch {
		case r.FromType == r.ToType && r.FromID == r.ToID:
			refused[i] = errs.Bad("to", "INVALID_ID", "A record cannot be associated with itself.")
		case !okFrom || !by.Scope(people.View, r.FromType).Allows(from):
			refused[i] = errs.New(errs.NotFound, "There is no such record, or you may not see it.", nil).WithCode("OBJECT_NOT_FOUND")
		case create && (!okTo || !by.Scope(people.View, r.ToType).Allows(to)):
			refused[i] = s.unseen(tx, r.ToType)
		default:
			refused[i] = by.Check(people.Edit, r.FromType, from)
		}
	}
	return given, refused, nil
}

// present returns whose the records of relations are that are there, by type and id: the near ends, and with far the far ones. Ids of
// merged records become those of what they were merged into (REC-4).
func (s *Store) present(tx *db.Tx, given []relation, far bool) (map[string]map[int64]people.Ownership, error) {
	there := map[string]map[int64]people.Ownership{}
	ids := map[string][]int64{}
	look := func() error {
		for objectType, some := range ids {
			found, err := s.living(tx, objectType, some)
			if err != nil {
				return err
			}
			if there[objectType] == nil {
				there[objectType] = found
			}
			maps.Copy(there[objectType], found)
		}
		return nil
	}
	for _, r := range given {
		if r.FromType == "" {
			continue // refused already
		}
		ids[r.FromType] = append(ids[r.FromType], r.FromID)
		if far {
			ids[r.ToType] = append(ids[r.ToType], r.ToID)
		}
	}
	if err := look(); err != nil {
		return nil, err
	}
	var missing []int64
	for _, r := range given {
		for t, n := range map[string]int64{r.FromType: r.FromID, r.ToType: r.ToID} {
			if _, ok := there[t][n]; !ok && n != 0 {
				missing = append(missing, n)
			}
		}
	}
	known, err := Survivors(tx, missing)
	if err != nil || len(known) == 0 {
		return there, err
	}
	clear(ids)
	for i := range given {
		r := &given[i]
		if n, ok := known[r.FromID]; ok {
			r.FromID = n
			ids[r.FromType] = append(ids[r.FromType], n)
		}
		if n, ok := known[r.ToID]; ok {
			r.ToID = n
			ids[r.ToType] = append(ids[r.ToType], n)
		}
	}
	return there, look()
}

// relate stores relations that may be made, and those that they bring with them. It returns what is new, and at the places of
// given what a limit refuses. With fresh the near ends are new, and have nothing yet.
func (s *Store) relate(tx *db.Tx, by people.Actor, given []relation, fresh bool) (made []relation, refused []error, err error) {
	refused = make([]error, len(given))
	whole := make([][]relation, len(given))
	b := bounds{s: s, fresh: fresh}
	for i, r := range given {
		if whole[i], err = s.whole(tx, r); err != nil {
			return nil, nil, err
		}
		if err := b.add(tx, whole[i]); err != nil {
			return nil, nil, err
		}
	}
	if err := b.hold(tx); err != nil {
		return nil, nil, err
	}
	var all []relation
	for i := range given {
		if refused[i] = b.refuse(tx, whole[i]); refused[i] == nil {
			all = append(all, whole[i]...)
		}
	}
	if all, err = b.replace(tx, by, all); err != nil {
		return nil, nil, err
	}
	made, err = s.insertLinks(tx, all, fresh)
	return made, refused, err
}

// rowsMost bounds the links of one statement: SQLite looks each of its arguments up by name among all before it.
const rowsMost = 64

// insertLinks stores each relation both ways, and returns those that were not there. With fresh none was: nobody waits for it.
func (s *Store) insertLinks(tx *db.Tx, all []relation, fresh bool) ([]relation, error) {
	seen := map[Link]bool{}
	all = slices.DeleteFunc(all, func(r relation) bool {
		known := seen[r.Link]
		seen[r.Link] = true
		return known
	})
	var made []relation
	for some := range slices.Chunk(all, rowsMost) {
		q := insertion(some, tx.Micros())
		if fresh {
			if err := tx.Later(q.Text(), q.Args()...); err != nil {
				return nil, err
			}
			continue
		}
		rows, err := db.List(tx, scanLink, q.Add(returningLink).Text(), q.Args()...)
		if err != nil {
			return nil, err
		}
		inserted := make(map[Link]bool, len(rows))
		for _, l := range rows {
			inserted[l] = true
		}
		for _, r := range some {
			if inserted[r.Link] {
				made = append(made, r)
			}
		}
	}
	if fresh {
		return all, nil
	}
	return made, nil
}

func insertion(some []relation, now int64) *db.SQL {
	var q db.SQL
	q.Add("INSERT INTO associations (from_type, from_id, to_type, to_id, type_id, created_at) VALUES ")
	for i, r := range some {
		if i > 0 {
			q.Add(", ")
		}
		q.Add("(?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?)", r.FromType, r.FromID, r.ToType, r.ToID, r.TypeID, now,
			r.ToType, r.ToID, r.FromType, r.FromID, r.kind.Inverse, now)
	}
	return q.Add(" ON CONFLICT DO NOTHING")
}

const returningLink = " RETURNING from_type, from_id, to_type, to_id, type_id"

func scanLink(sc db.Scanner) (l Link, err error) {
	return l, sc.Scan(&l.FromType, &l.FromID, &l.ToType, &l.ToID, &l.TypeID)
}

// emitLink tells of a relation from both ends.
func (s *Store) emitLink(tx *db.Tx, by people.Actor, what string, r relation) {
	emit := func(t property.ObjectType, id int64, data Linked) {
		event.Emit(tx, event.Event{Type: t.Events + "." + what, ObjectType: t.Name, ObjectID: id, Actor: by.As(), Data: data})
	}
	emit(r.from, r.FromID, Linked{r.ToType, r.ToID, r.TypeID})
	emit(r.to, r.ToID, Linked{r.FromType, r.FromID, r.kind.Inverse})
}
