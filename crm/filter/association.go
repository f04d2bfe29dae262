package filter

import (
	"fmt"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
)

// association is what the pseudo-property associations.<type> asks for.
type association struct {
	from, to property.ObjectType
}

// linked compiles HubSpot's associations.contact and the like: EQ, NEQ, IN, NOT_IN an id, HAS_PROPERTY, NOT_HAS_PROPERTY.
func (t test) linked(set *property.Set, f Filter, name string) (test, error) {
	to, ok := set.Type(name)
	if !ok {
		return t, errs.Bad(f.PropertyName, "PROPERTY_DOESNT_EXIST", fmt.Sprintf("There is no property %q.", clip(f.PropertyName)))
	}
	t.link = &association{set.ObjectType, to}
	t.def = property.Definition{Name: f.PropertyName, Label: f.PropertyName, Type: property.Enumeration, References: to.Name}
	switch t.op {
	case opHas:
		return t, nil
	case opEqual:
		return t, t.normalize(f.Value)
	case opIn:
		return t, t.list(f)
	}
	return t, t.bad("INVALID_OPERATOR", fmt.Sprintf("%s can be compared with EQ, NEQ, IN, NOT_IN, HAS_PROPERTY and NOT_HAS_PROPERTY.", f.PropertyName))
}

func (a *association) where(q *db.SQL, t *test) {
	if t.not {
		q.Add("NOT ")
	}
	if t.op == opHas {
		q.Add("EXISTS (SELECT 1 FROM associations WHERE from_type = ? AND from_id = "+a.from.Table+".id AND to_type = ?)", a.from.Name, a.to.Name)
		return
	}
	a.ends(q.Add("id IN ("), t).Add(")")
}

// ends appends the statement for the ids that a comparison with ids means. It begins at the other end: relations are stored
// both ways, and what is known stands there.
func (a *association) ends(q *db.SQL, t *test) *db.SQL {
	ids := make([]int64, len(t.values))
	ref := property.Definition{Store: property.Ref}
	for i, v := range t.values {
		ids[i], _ = ref.Arg(v).(int64)
	}
	q.Add("SELECT to_id FROM associations WHERE from_type = ? AND to_type = ? AND ", a.to.Name, a.from.Name)
	return db.In(q, "from_id", ids)
}

// ids are the ids that a comparison with ids means, one more than linkedMost at most.
func (a *association) ids(tx *db.Tx, t *test) ([]int64, error) {
	var q db.SQL
	a.ends(&q, t).Add(" LIMIT ?", linkedMost+1)
	return db.List(tx, db.Col[int64], q.Text(), q.Args()...)
}
