// Package association says in which ways records of one object type can be related to those of another: HubSpot's own
// types, the account's labels, and limits. It owns those definitions; it knows nothing of the relations themselves.
package association

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
)

// Category says who defined a type, in HubSpot's words.
type Category string

// The categories.
const (
	HubSpotDefined Category = "HUBSPOT_DEFINED"
	UserDefined    Category = "USER_DEFINED"
)

// Type is one way of being related, seen from one end. Every pair of records that is related has the unlabelled type; others
// come on top of it.
type Type struct {
	From, To string // object types, by their plural names
	ID       int
	Inverse  int // the id of the same type seen from the other end
	Category Category
	Name     string // internal: "ticket_to_contact"
	Label    string // what the far end is to the near one; "" for the unlabelled type
	Primary  bool
	One      bool // a record has at most one; the next takes its place
	Most     int  // how many a record may have, as the account limits it; 0 for any number
}

// Registry knows the types of every pair of object types.
type Registry struct {
	sets *db.Cache[*set]
}

// New returns the registry of a database.
func New(d *db.DB) *Registry { return &Registry{sets: db.NewCache(d, "associations", load)} }

type pair struct{ from, to string }

type end struct {
	from string
	id   int
}

// set is all types, by pair and by id.
type set struct {
	pairs map[pair][]*Type
	ends  map[end]*Type
}

// Of returns the types from one object type to another, the unlabelled one first; none when the two cannot be related yet.
// Treat it as read-only.
func (r *Registry) Of(tx *db.Tx, from, to property.ObjectType) ([]*Type, error) {
	s, err := r.set(tx)
	if err != nil {
		return nil, err
	}
	return s.pairs[pair{from.Name, to.Name}], nil
}

// Find returns the type from one object type to another with an id, the unlabelled one for 0.
func (r *Registry) Find(tx *db.Tx, from, to property.ObjectType, id int) (Type, bool, error) {
	all, err := r.Of(tx, from, to)
	if err != nil || len(all) == 0 {
		return Type{}, false, err
	}
	if id == 0 {
		return *all[0], true, nil
	}
	for _, t := range all {
		if t.ID == id {
			return *t, true, nil
		}
	}
	return Type{}, false, nil
}

// Told is Find for who tells of a relation that there was: of a label that was deleted meanwhile its id is left.
func (r *Registry) Told(tx *db.Tx, from, to property.ObjectType, id int) (Type, error) {
	t, ok, err := r.Find(tx, from, to, id)
	if err == nil && !ok {
		t = Type{ID: id, Category: UserDefined}
	}
	return t, err
}

// Named returns the type from one object type to another with an internal name, or with an id written as text.
func (r *Registry) Named(tx *db.Tx, from, to property.ObjectType, name string) (Type, bool, error) {
	all, err := r.Of(tx, from, to)
	if err != nil {
		return Type{}, false, err
	}
	for _, t := range all {
		if strings.EqualFold(t.Name, name) || fmt.Sprint(t.ID) == name {
			return *t, true, nil
		}
	}
	return Type{}, false, nil
}

// Leads returns the type with an id that begins at an object type, wherever it leads.
func (r *Registry) Leads(tx *db.Tx, from property.ObjectType, id int) (Type, bool, error) {
	s, err := r.set(tx)
	if err != nil {
		return Type{}, false, err
	}
	if t, ok := s.ends[end{from.Name, id}]; ok {
		return *t, true, nil
	}
	return Type{}, false, nil
}

// From returns every type that begins at an object type, by the name of the other and then by id.
func (r *Registry) From(tx *db.Tx, from property.ObjectType) ([]Type, error) {
	s, err := r.set(tx)
	if err != nil {
		return nil, err
	}
	var out []Type
	for e, t := range s.ends {
		if e.from == from.Name {
			out = append(out, *t)
		}
	}
	sortTypes(out)
	return out, nil
}

func sortTypes(all []Type) {
	slices.SortFunc(all, func(a, b Type) int {
		return cmp.Or(strings.Compare(a.From, b.From), strings.Compare(a.To, b.To), a.ID-b.ID)
	})
}

// Turned returns a type seen from its other end.
func (r *Registry) Turned(tx *db.Tx, t Type) (Type, error) {
	s, err := r.set(tx)
	if err != nil {
		return Type{}, err
	}
	other, ok := s.ends[end{t.To, t.Inverse}]
	if !ok {
		return Type{}, fmt.Errorf("association type %d from %s has no other end", t.ID, t.From)
	}
	return *other, nil
}

func (r *Registry) set(tx *db.Tx) (*set, error) {
	s, err := r.sets.Get(tx)
	if err != nil {
		return nil, fmt.Errorf("association types: %w", err)
	}
	return s, nil
}

func (s *set) add(t Type) {
	p := pair{t.From, t.To}
	e := end{t.From, t.ID}
	if s.ends[e] != nil {
		return // the other end of a type that is the same from both
	}
	s.ends[e] = &t
	s.pairs[p] = append(s.pairs[p], &t)
}
