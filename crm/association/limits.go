package association

import (
	"fmt"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

const limitMost = 50000

// Limit sets how many records of the other type a record may be related to by a type (REC-1). Records that have more keep
// them. fresh asks for a type that has no limit yet, otherwise it must have one.
func (r *Registry) Limit(tx *db.Tx, by people.Actor, from, to property.ObjectType, id, most int, fresh bool) (Type, error) {
	if err := may(by); err != nil {
		return Type{}, err
	}
	t, ok, err := r.Find(tx, from, to, id)
	switch {
	case err != nil:
		return t, err
	case !ok || id == 0:
		return t, unknown(from, to, id)
	case most < 1 || most > limitMost:
		return t, errs.Bad("maxToObjectIds", "INVALID_LIMIT", fmt.Sprintf("A limit is from 1 to %d.", limitMost))
	case fresh && t.Most != 0:
		return t, errs.Newf(errs.Conflict, "%s has a limit already; change that.", t.Name).WithCode("OBJECT_ALREADY_EXISTS")
	case !fresh && t.Most == 0:
		return t, errs.Newf(errs.NotFound, "%s has no limit.", t.Name).WithCode("OBJECT_NOT_FOUND")
	}
	_, err = tx.Exec(`INSERT INTO association_limits (from_type, type_id, most) VALUES ($1, $2, $3)
ON CONFLICT (from_type, type_id) DO UPDATE SET most = excluded.most`, t.From, t.ID, most)
	r.sets.Invalidate(tx)
	t.Most = most
	return t, err
}

// Unlimit takes the limit of a type away; none is fine.
func (r *Registry) Unlimit(tx *db.Tx, by people.Actor, from, to property.ObjectType, id int) error {
	if err := may(by); err != nil {
		return err
	}
	t, ok, err := r.Find(tx, from, to, id)
	if err != nil || !ok || id == 0 {
		return orUnknown(err, from, to, id)
	}
	_, err = tx.Exec("DELETE FROM association_limits WHERE from_type = $1 AND type_id = $2", t.From, t.ID)
	r.sets.Invalidate(tx)
	return err
}

func orUnknown(err error, from, to property.ObjectType, id int) error {
	if err != nil {
		return err
	}
	return unknown(from, to, id)
}

// Limited returns the types that the account limits.
func (r *Registry) Limited(tx *db.Tx) ([]Type, error) {
	s, err := r.set(tx)
	if err != nil {
		return nil, err
	}
	var out []Type
	for _, t := range s.ends {
		if t.Most > 0 {
			out = append(out, *t)
		}
	}
	sortTypes(out)
	return out, nil
}
