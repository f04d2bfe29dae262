package schema

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// relate makes the ways in which records of a new type can be related: to activities, and to the types named.
func (s *Store) relate(tx *db.Tx, t property.ObjectType, associated []string) error {
	if len(associated) > associatedMost {
		return errs.Bad("associatedObjects", "TOO_MANY", fmt.Sprintf("At most %d associated object types.", associatedMost))
	}
	for _, name := range slices.Concat(activities, associated) {
		to, err := s.props.Type(tx, name)
		if err != nil {
			return errs.Bad("associatedObjects", "INVALID_OPTION", fmt.Sprintf("There is no object type %q to associate with.", name))
		}
		if _, _, err := s.types.Define(tx, t, to); err != nil {
			return err
		}
	}
	return nil
}

// Associations are the types of association that begin at an object type.
func (s *Store) Associations(tx *db.Tx, t property.ObjectType) ([]association.Type, error) {
	return s.types.From(tx, t)
}

// Turned is a type of association seen from its other end.
func (s *Store) Turned(tx *db.Tx, t association.Type) (association.Type, error) {
	return s.types.Turned(tx, t)
}

// Associate makes a way in which records of two object types can be related: the unlabelled one where there is none yet, else
// one labelled with the name.
func (s *Store) Associate(tx *db.Tx, by people.Actor, from, to, name string) (association.Type, error) {
	none := association.Type{}
	if err := may(by); err != nil {
		return none, err
	}
	a, b, err := s.ends(tx, from, to)
	if err != nil {
		return none, err
	}
	_, there, err := s.types.Find(tx, a, b, 0)
	if err != nil {
		return none, err
	}
	plain, ok, err := s.types.Define(tx, a, b)
	switch {
	case err != nil:
		return none, err
	case !ok:
		return none, errs.Newf(errs.Invalid, "%s and %s cannot be associated.", a.LabelPlural, b.LabelPlural).WithCode("INVALID_ASSOCIATION")
	case !there || name == "":
		return plain, nil
	}
	return s.types.CreateLabel(tx, by, a, b, association.Label{Name: name, Label: name})
}

func (s *Store) ends(tx *db.Tx, from, to string) (a, b property.ObjectType, err error) {
	if a, err = s.props.Type(tx, from); err == nil {
		b, err = s.props.Type(tx, to)
	}
	return a, b, err
}

// Dissociate ends a type of association that begins at an object type of the account's own, named by its id or internal name,
// and all relations of it.
func (s *Store) Dissociate(tx *db.Tx, by people.Actor, name, identifier string) error {
	if err := may(by); err != nil {
		return err
	}
	t, err := s.own(tx, name)
	if err != nil {
		return err
	}
	all, err := s.types.From(tx, t)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Name == identifier || strconv.Itoa(a.ID) == identifier {
			return s.relations.RemoveType(tx, by, a.From, a.To, a.ID)
		}
	}
	return errs.Newf(errs.NotFound, "%s have no association %q.", t.LabelPlural, identifier).WithCode("OBJECT_NOT_FOUND")
}
