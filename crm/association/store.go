package association

import (
	"fmt"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// FirstOwn is the least id of the account's own types. HubSpot's own are all below.
const FirstOwn = 10001

// stored is a type that the account made, seen from the end it was made at.
type stored struct {
	id, inverse    int
	from, to       string
	name, turned   string
	label, reverse string
}

func (s stored) ends() (near, far Type) {
	near = Type{From: s.from, To: s.to, ID: s.id, Inverse: s.inverse, Category: UserDefined, Name: s.name, Label: s.label}
	far = Type{From: s.to, To: s.from, ID: s.inverse, Inverse: s.id, Category: UserDefined, Name: s.turned, Label: s.reverse}
	return near, far
}

func load(tx *db.Tx) (*set, error) {
	s := &set{pairs: map[pair][]*Type{}, ends: map[end]*Type{}}
	for _, b := range builtins {
		near, far := b.ends()
		s.add(near)
		s.add(far)
	}
	own, err := db.List(tx, func(sc db.Scanner) (o stored, err error) {
		return o, sc.Scan(&o.id, &o.inverse, &o.from, &o.to, &o.name, &o.turned, &o.label, &o.reverse)
	}, `SELECT id, inverse_id, from_type, to_type, name, inverse_name, label, inverse_label FROM association_types
WHERE archived_at IS NULL ORDER BY label <> '', id`)
	if err != nil {
		return nil, err
	}
	for _, o := range own {
		near, far := o.ends()
		s.add(near)
		s.add(far)
	}
	return s, s.limit(tx)
}

// limit adds what the account limits.
func (s *set) limit(tx *db.Tx) error {
	_, err := db.List(tx, func(sc db.Scanner) (struct{}, error) {
		var e end
		var most int
		err := sc.Scan(&e.from, &e.id, &most)
		if t := s.ends[e]; t != nil {
			t.Most = most
		}
		return struct{}{}, err
	}, "SELECT from_type, type_id, most FROM association_limits")
	return err
}

const typesLock = "association types"

// insert gives a type of the account its ids and stores it. A type that is the same from both ends, within one object type,
// has one id.
func (r *Registry) insert(tx *db.Tx, o stored) (Type, error) {
	if err := tx.Lock(typesLock); err != nil {
		return Type{}, err
	}
	last, err := db.Value[int](tx, "SELECT coalesce(max(CASE WHEN inverse_id > id THEN inverse_id ELSE id END), 0) FROM association_types")
	if err != nil {
		return Type{}, err
	}
	o.id = max(last+1, FirstOwn)
	o.inverse = o.id + 1
	if o.from == o.to && o.label == o.reverse {
		o.inverse = o.id
	}
	_, err = tx.Exec(`INSERT INTO association_types (id, inverse_id, from_type, to_type, name, inverse_name, label, inverse_label, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`, o.id, o.inverse, o.from, o.to, o.name, o.turned, o.label, o.reverse, tx.Micros())
	if err != nil {
		return Type{}, fmt.Errorf("add association type: %w", err)
	}
	r.sets.Invalidate(tx)
	near, _ := o.ends()
	return near, nil
}

// Define returns the unlabelled type of a pair, and makes it when one of the two is the account's own object type and has none
// yet. Pairs of HubSpot's types that it has no type for cannot be related: false.
func (r *Registry) Define(tx *db.Tx, from, to property.ObjectType) (Type, bool, error) {
	t, ok, err := r.Find(tx, from, to, 0)
	if err != nil || ok || !own(from) && !own(to) {
		return t, ok, err
	}
	if err := tx.Lock(typesLock); err != nil {
		return t, false, err
	}
	// Another may have made it while we waited; what this transaction sees of the cache may be older.
	r.sets.Invalidate(tx)
	if t, ok, err = r.Find(tx, from, to, 0); err != nil || ok {
		return t, ok, err
	}
	t, err = r.insert(tx, stored{from: from.Name, to: to.Name, name: from.Singular + "_to_" + to.Singular, turned: to.Singular + "_to_" + from.Singular})
	return t, err == nil, err
}

// own reports whether the account made the object type.
func own(t property.ObjectType) bool { return strings.HasPrefix(t.TypeID, "2-") }

// Undefine ends a type that the account made, and with the unlabelled one every label of its pair. It returns the ids that
// nothing may use any more, of both ends: what relations have them is for the caller to remove.
func (r *Registry) Undefine(tx *db.Tx, by people.Actor, from, to property.ObjectType, id int) ([]int, error) {
	if err := may(by); err != nil {
		return nil, err
	}
	t, ok, err := r.Find(tx, from, to, id)
	switch {
	case err != nil:
		return nil, err
	case !ok || id == 0:
		return nil, unknown(from, to, id)
	case t.Category != UserDefined:
		return nil, errs.Newf(errs.Invalid, "%s is HubSpot's own and cannot be removed.", t.Name).WithCode("CANNOT_DELETE_BUILT_IN")
	}
	gone := []Type{t}
	if t.Label == "" {
		all, err := r.Of(tx, from, to)
		if err != nil {
			return nil, err
		}
		gone = nil
		for _, t := range all {
			gone = append(gone, *t)
		}
	}
	var ids []int
	for _, t := range gone {
		ids = append(ids, t.ID, t.Inverse)
	}
	return ids, r.archive(tx, ids)
}

// Forget ends every type of an object type of the account that is deleted, and returns their ids.
func (r *Registry) Forget(tx *db.Tx, t property.ObjectType) ([]int, error) {
	all, err := r.From(tx, t)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var ids []int
	for _, t := range all {
		if t.Category == UserDefined {
			ids = append(ids, t.ID, t.Inverse)
		}
	}
	return ids, r.archive(tx, ids)
}

func (r *Registry) archive(tx *db.Tx, ids []int) error {
	if len(ids) == 0 {
		return nil
	}
	var types, limits db.SQL
	types.Add("UPDATE association_types SET archived_at = ?, updated_at = ? WHERE ", tx.Micros(), tx.Micros())
	if _, err := db.In(&types, "id", ids).Exec(tx); err != nil {
		return fmt.Errorf("end association types: %w", err)
	}
	if _, err := db.In(limits.Add("DELETE FROM association_limits WHERE "), "type_id", ids).Exec(tx); err != nil {
		return fmt.Errorf("end association limits: %w", err)
	}
	r.sets.Invalidate(tx)
	return nil
}

// may asks users for the permission; what an app may, its scopes say, which the door has asked for.
func may(by people.Actor) error {
	if !by.May(people.ManageAccount) && by.Kind != event.App {
		return errs.New(errs.Denied, "You may not change associations. Ask an admin for the permission.", nil)
	}
	return nil
}

func unknown(from, to property.ObjectType, id int) error {
	return errs.Newf(errs.NotFound, "There is no type of association %d from %s to %s.", id, from.Name, to.Name).WithCode("ASSOCIATION_TYPE_NOT_FOUND")
}
