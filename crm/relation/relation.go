// Package relation keeps which records are related to which, and in which ways (REC-1): one row for each end. It knows of
// records only whose they are and whether they are in the trash, and nothing of their values.
package relation

import (
	"fmt"
	"slices"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Link is a relation from one record to another. TypeID 0 means the unlabelled type between the two.
type Link struct {
	FromType string
	FromID   int64
	ToType   string
	ToID     int64
	TypeID   int
}

// Linked is the data of "<singular>.associated" and "<singular>.dissociated": the other end, and the type id seen from
// the event's record.
type Linked struct {
	ToType string `json:"toType"`
	ToID   int64  `json:"toId,string"`
	TypeID int    `json:"typeId"`
}

// Store keeps relations.
type Store struct {
	props *property.Registry
	types *association.Registry
}

// New returns the store.
func New(props *property.Registry, types *association.Registry) *Store { return &Store{props, types} }

// AssociationTypes is the registry of the types of association.
func (s *Store) AssociationTypes() *association.Registry { return s.types }

// relation is a link brought to plural names and a known type.
type relation struct {
	Link
	from, to property.ObjectType
	kind     association.Type
}

// ends are the object types of the two ends of a relation.
func (s *Store) ends(tx *db.Tx, fromType, toType string) (from, to property.ObjectType, err error) {
	if from, err = s.props.Type(tx, fromType); err == nil {
		to, err = s.props.Type(tx, toType)
	}
	return from, to, err
}

// resolve finds out what a link means. The first relation of a pair with an object type of the account makes the pair's type.
func (s *Store) resolve(tx *db.Tx, l Link) (relation, error) {
	from, to, err := s.ends(tx, l.FromType, l.ToType)
	if err != nil {
		return relation{}, err
	}
	t, ok, err := s.types.Find(tx, from, to, l.TypeID)
	if err == nil && !ok && l.TypeID == 0 {
		t, ok, err = s.types.Define(tx, from, to)
	}
	switch {
	case err != nil:
		return relation{}, err
	case !ok && l.TypeID == 0:
		return relation{}, errs.Newf(errs.Invalid, "%s cannot be associated with %s.", from.Name, to.Name).WithCode("INVALID_ASSOCIATION_PAIR")
	case !ok:
		return relation{}, errs.Bad("associationTypeId", "INVALID_OPTION", fmt.Sprintf("%d is not a type of association from %s to %s.", l.TypeID, from.Name, to.Name))
	case from.Name == to.Name && l.FromID == l.ToID:
		return relation{}, errs.Bad("to", "INVALID_ID", "A record cannot be associated with itself.")
	}
	return relation{Link{from.Name, l.FromID, to.Name, l.ToID, t.ID}, from, to, t}, nil
}

// with returns the relation as another type of its pair.
func (r relation) with(t association.Type) relation {
	r.kind, r.TypeID = t, t.ID
	return r
}

// turned returns the relation seen from its other end.
func (s *Store) turned(tx *db.Tx, r relation) (relation, error) {
	t, err := s.types.Turned(tx, r.kind)
	return relation{Link{r.ToType, r.ToID, r.FromType, r.FromID, t.ID}, r.to, r.from, t}, err
}

// whole returns a relation together with the unlabelled one that every related pair has, which comes first.
func (s *Store) whole(tx *db.Tx, r relation) ([]relation, error) {
	if r.kind.Label == "" {
		return []relation{r}, nil
	}
	plain, _, err := s.types.Find(tx, r.from, r.to, 0)
	return []relation{r.with(plain), r}, err
}

// linksMost bounds the relations made with a record.
const linksMost = 500

// Begin completes the relations that a new record is to be made with: they begin at it, and have the unlabelled ones of labelled
// ones among them. Nothing is stored.
func (s *Store) Begin(tx *db.Tx, t property.ObjectType, id int64, links []Link) ([]Link, error) {
	if len(links) == 0 {
		return nil, nil
	}
	if len(links) > linksMost {
		return nil, errs.Bad("associations", "TOO_MANY", fmt.Sprintf("At most %d associations with a new record.", linksMost))
	}
	var out []Link
	for _, l := range links {
		l.FromType, l.FromID = t.Name, id
		r, err := s.resolve(tx, l)
		if err != nil {
			return nil, err
		}
		whole, err := s.whole(tx, r)
		if err != nil {
			return nil, err
		}
		for _, r := range whole {
			if !slices.Contains(out, r.Link) {
				out = append(out, r.Link)
			}
		}
	}
	return out, nil
}

// AddFirst stores the relations of new records, which Begin completed. At the places of links are the limits that refuse some.
// It tells nobody: the events of the new records do.
func (s *Store) AddFirst(tx *db.Tx, links []Link) (refused []error, err error) {
	given := make([]relation, len(links))
	for i, l := range links {
		if given[i], err = s.resolve(tx, l); err != nil {
			return nil, err
		}
	}
	_, refused, err = s.relate(tx, people.System, given, true)
	return refused, err
}

// Visible refuses links to records that are not there, or that the actor may not see.
func (s *Store) Visible(tx *db.Tx, by people.Actor, links []Link) error {
	ids := map[string][]int64{}
	for _, l := range links {
		ids[l.ToType] = append(ids[l.ToType], l.ToID)
	}
	for objectType, wanted := range ids {
		there, err := s.living(tx, objectType, wanted)
		if err != nil {
			return err
		}
		scope := by.Scope(people.View, objectType)
		for _, id := range wanted {
			if o, ok := there[id]; !ok || !scope.Allows(o) {
				return s.unseen(tx, objectType)
			}
		}
	}
	return nil
}

func (s *Store) unseen(tx *db.Tx, objectType string) error {
	t, err := s.props.Type(tx, objectType)
	if err != nil {
		return err
	}
	return errs.Newf(errs.NotFound, "There is no such %s to associate with, or you may not see it.", t.Singular).WithCode("OBJECT_NOT_FOUND")
}

// idsMost bounds what one statement names.
const idsMost = 2000

// living returns whose the records of ids are that are not in the trash.
func (s *Store) living(tx *db.Tx, objectType string, ids []int64) (map[int64]people.Ownership, error) {
	t, err := s.props.Type(tx, objectType)
	if err != nil {
		return nil, err
	}
	ids = distinct(slices.Clone(ids))
	out := make(map[int64]people.Ownership, len(ids))
	for some := range slices.Chunk(ids, idsMost) {
		var q db.SQL
		q.Add("SELECT id, coalesce(owner_id, 0), coalesce(team_id, 0) FROM " + t.From())
		db.In(&q, "id", db.Padded(some)).Add(" AND archived_at IS NULL")
		_, err := db.List(tx, func(sc db.Scanner) (id int64, err error) {
			var o people.Ownership
			err = sc.Scan(&id, &o.Owner, &o.Team)
			out[id] = o
			return id, err
		}, q.Text(), q.Args()...)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
