package record

import (
	"fmt"
	"slices"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// linkType is a kind of relation between two object types: HubSpot's id of it seen from either end.
type linkType struct {
	from, to    string
	id, inverse int
	label       string // "" for the unlabelled type, which every related pair has
	primary     bool   // a record has at most one
}

const (
	ticketToPrimaryCompany  = 26
	contactToPrimaryCompany = 1
)

// linkTypes are HubSpot's (hubspot-api.md, Associations). The unlabelled type of a pair comes first.
var linkTypes = []linkType{
	{tickets, contacts, 16, 15, "", false},
	{tickets, companies, 339, 340, "", false},
	{tickets, companies, ticketToPrimaryCompany, 25, "Primary", true},
	{contacts, companies, 279, 280, "", false},
	{contacts, companies, contactToPrimaryCompany, 2, "Primary", true},
	{tickets, tickets, 452, 452, "", false},
	{contacts, contacts, 449, 449, "", false},
	{companies, companies, 450, 450, "", false},
}

// turned is the type seen from its other end.
func (t linkType) turned() linkType {
	t.from, t.to, t.id, t.inverse = t.to, t.from, t.inverse, t.id
	return t
}

// findLinkType returns the type between two object types, the unlabelled one for id 0.
func findLinkType(from, to string, id int) (linkType, bool) {
	for _, t := range linkTypes {
		for _, t := range []linkType{t, t.turned()} {
			if t.from == from && t.to == to && (t.id == id || id == 0 && t.label == "") {
				return t, true
			}
		}
	}
	return linkType{}, false
}

// LinkTypes are the kinds of relation from one object type to another: type id and label.
func (s *Store) LinkTypes(tx *db.Tx, fromType, toType string) ([]Association, error) {
	from, to, err := s.ends(tx, fromType, toType)
	if err != nil {
		return nil, err
	}
	var out []Association
	for _, t := range linkTypes {
		if t.from != from.Name {
			t = t.turned()
		}
		if t.from == from.Name && t.to == to.Name {
			out = append(out, Association{TypeID: t.id, Label: t.label, Primary: t.primary})
		}
	}
	return out, nil
}

// ends are the object types of the two ends of a relation.
func (s *Store) ends(tx *db.Tx, fromType, toType string) (from, to property.ObjectType, err error) {
	if from, err = s.props.Type(tx, fromType); err == nil {
		to, err = s.props.Type(tx, toType)
	}
	return from, to, err
}

// resolve brings a link to plural names and a known type.
func (s *Store) resolve(tx *db.Tx, l Link) (Link, linkType, error) {
	from, to, err := s.ends(tx, l.FromType, l.ToType)
	if err != nil {
		return l, linkType{}, err
	}
	l.FromType, l.ToType = from.Name, to.Name
	t, ok := findLinkType(l.FromType, l.ToType, l.TypeID)
	if !ok {
		return l, t, errs.Bad("associationTypeId", "INVALID_OPTION", fmt.Sprintf("%d is not a type of association from %s to %s.", l.TypeID, from.Name, to.Name))
	}
	if l.FromType == l.ToType && l.FromID == l.ToID {
		return l, t, errs.Bad("to", "INVALID_ID", "A record cannot be associated with itself.")
	}
	l.TypeID = t.id
	return l, t, nil
}

// linksMost bounds the relations made with a record.
const linksMost = 500

// firstLinks are the relations that a new record is made with, the unlabelled ones of labelled ones among them.
func (s *Store) firstLinks(tx *db.Tx, p *plan, id int64, links []Link) ([]Link, error) {
	if len(links) == 0 {
		return nil, nil
	}
	if len(links) > linksMost {
		return nil, errs.Bad("associations", "TOO_MANY", fmt.Sprintf("At most %d associations with a new record.", linksMost))
	}
	var all []Link
	add := func(l Link) {
		if !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	for _, l := range links {
		l.FromType, l.FromID = p.t.Name, id
		l, t, err := s.resolve(tx, l)
		if err != nil {
			return nil, err
		}
		if t.label != "" {
			plain, _ := findLinkType(l.FromType, l.ToType, 0)
			add(Link{l.FromType, l.FromID, l.ToType, l.ToID, plain.id})
		}
		add(l)
	}
	return all, nil
}

// linked is what the event of a new record says of its relations.
func linked(links []Link) []Linked {
	var out []Linked
	for _, l := range links {
		out = append(out, Linked{l.ToType, l.ToID, l.TypeID})
	}
	return out
}

// insertLinks stores each link both ways.
func insertLinks(tx *db.Tx, links []Link) error {
	rows := make([][]any, 0, 2*len(links))
	for _, l := range links {
		t, _ := findLinkType(l.FromType, l.ToType, l.TypeID)
		rows = append(rows, []any{l.FromType, l.FromID, l.ToType, l.ToID, t.id, tx.Micros()},
			[]any{l.ToType, l.ToID, l.FromType, l.FromID, t.inverse, tx.Micros()})
	}
	return insertAssociations.Later(tx, rows...)
}

var insertAssociations = db.NewInsert("INSERT INTO associations (from_type, from_id, to_type, to_id, type_id, created_at)", "ON CONFLICT DO NOTHING")

// visible refuses links to records that are not there, or that the actor may not see.
func (s *Store) visible(tx *db.Tx, by people.Actor, links []Link) error {
	ids := map[string][]int64{}
	for _, l := range links {
		if !slices.Contains(ids[l.ToType], l.ToID) {
			ids[l.ToType] = append(ids[l.ToType], l.ToID)
		}
	}
	for objectType, wanted := range ids {
		t, err := s.props.Type(tx, objectType)
		if err != nil {
			return err
		}
		var q db.SQL
		db.In(q.Add("SELECT count(*) FROM "+t.From()), "id", padded(wanted)).Add(" AND archived_at IS NULL AND ")
		by.Scope(people.View, t.Name).Where(&q, "owner_id", "team_id")
		n, err := db.Value[int64](tx, q.Text(), q.Args()...)
		if err != nil {
			return err
		}
		if n != int64(len(wanted)) {
			return errs.Newf(errs.NotFound, "There is no such %s to associate with, or you may not see it.", t.Singular).WithCode("OBJECT_NOT_FOUND")
		}
	}
	return nil
}

// Associate relates two records (REC-1), both of which the actor must see, and must be allowed to edit the first. A labelled
// relation brings the unlabelled one with it; a primary one takes the place of the primary one before. Doing it again changes
// nothing.
func (s *Store) Associate(tx *db.Tx, by people.Actor, l Link) error {
	l, t, err := s.mayLink(tx, by, l)
	if err != nil {
		return err
	}
	if err := s.visible(tx, by, []Link{l}); err != nil {
		return err
	}
	if err := tx.Lock(fmt.Sprintf("link:%d", l.FromID)); err != nil {
		return err
	}
	links := []Link{l}
	if t.label != "" {
		plain, _ := findLinkType(l.FromType, l.ToType, 0)
		links = []Link{{l.FromType, l.FromID, l.ToType, l.ToID, plain.id}, l}
	}
	have, err := typesOf(tx, l)
	if err != nil {
		return err
	}
	links = slices.DeleteFunc(links, func(l Link) bool { return slices.Contains(have, l.TypeID) })
	if len(links) == 0 {
		return nil
	}
	if t.primary {
		if err := s.replacePrimary(tx, by, l, t); err != nil {
			return err
		}
	}
	if err := insertLinks(tx, links); err != nil {
		return err
	}
	for _, l := range links {
		if err := s.emitLink(tx, by, "associated", l); err != nil {
			return err
		}
	}
	return nil
}

// replacePrimary ends the primary relation that the new one takes the place of: of the end that can have only one.
func (s *Store) replacePrimary(tx *db.Tx, by people.Actor, l Link, t linkType) error {
	one := t
	one.from, one.to = l.FromType, l.ToType
	id := l.FromID
	if one.to != companies { // seen from the company, which may be primary for many
		one, id = t.turned(), l.ToID
	}
	others, err := db.List(tx, db.Col[int64], `SELECT to_id FROM associations
WHERE from_type = $1 AND from_id = $2 AND to_type = $3 AND type_id = $4`, one.from, id, one.to, one.id)
	if err != nil {
		return err
	}
	for _, other := range others {
		if err := s.unlink(tx, by, Link{one.from, id, one.to, other, one.id}); err != nil {
			return err
		}
	}
	return nil
}

func typesOf(tx *db.Tx, l Link) ([]int, error) {
	return db.List(tx, db.Col[int], `SELECT type_id FROM associations WHERE from_type = $1 AND from_id = $2 AND to_type = $3 AND to_id = $4`,
		l.FromType, l.FromID, l.ToType, l.ToID)
}

// mayLink resolves a link and checks that the actor may edit the record it begins at.
func (s *Store) mayLink(tx *db.Tx, by people.Actor, l Link) (Link, linkType, error) {
	l, t, err := s.resolve(tx, l)
	if err != nil {
		return l, t, err
	}
	r, err := s.Get(tx, by, l.FromType, l.FromID)
	if err != nil {
		return l, t, err
	}
	return l, t, by.Check(people.Edit, l.FromType, ownership(r.get))
}

// Dissociate ends one type of relation; with TypeID 0 all between the two records. None is fine.
func (s *Store) Dissociate(tx *db.Tx, by people.Actor, l Link) error {
	typeID := l.TypeID
	l, t, err := s.mayLink(tx, by, l)
	if err != nil {
		return err
	}
	types := []int{t.id}
	if typeID == 0 || t.label == "" { // without the unlabelled relation there is none
		if types, err = typesOf(tx, l); err != nil {
			return err
		}
	}
	for _, id := range types {
		l.TypeID = id
		if err := s.unlink(tx, by, l); err != nil {
			return err
		}
	}
	return nil
}

const deleteLink = `DELETE FROM associations WHERE from_type = $1 AND from_id = $2 AND to_type = $3 AND to_id = $4 AND type_id = $5`

func (s *Store) unlink(tx *db.Tx, by people.Actor, l Link) error {
	t, _ := findLinkType(l.FromType, l.ToType, l.TypeID)
	n, err := tx.Exec(deleteLink, l.FromType, l.FromID, l.ToType, l.ToID, t.id)
	if err != nil || n == 0 {
		return err
	}
	if _, err := tx.Exec(deleteLink, l.ToType, l.ToID, l.FromType, l.FromID, t.inverse); err != nil {
		return err
	}
	return s.emitLink(tx, by, "dissociated", l)
}

// emitLink tells of a relation from both ends.
func (s *Store) emitLink(tx *db.Tx, by people.Actor, what string, l Link) error {
	from, to, err := s.ends(tx, l.FromType, l.ToType)
	if err != nil {
		return err
	}
	t, _ := findLinkType(l.FromType, l.ToType, l.TypeID)
	(&plan{t: from}).emit(tx, by, what, l.FromID, Linked{l.ToType, l.ToID, t.id})
	(&plan{t: to}).emit(tx, by, what, l.ToID, Linked{l.FromType, l.FromID, t.inverse})
	return nil
}

// Associated returns the other ends of the relations of records to an object type, by the records' ids, each in the order
// they were made. Ends in the trash, ends the actor may not see, and records the actor may not see are left out.
func (s *Store) Associated(tx *db.Tx, by people.Actor, fromType string, fromIDs []int64, toType string) (map[int64][]Association, error) {
	from, to, err := s.ends(tx, fromType, toType)
	if err != nil {
		return nil, err
	}
	out := map[int64][]Association{}
	if len(fromIDs) == 0 {
		return out, nil
	}
	if len(fromIDs) > idsMost {
		return nil, errs.Bad("ids", "TOO_MANY", fmt.Sprintf("At most %d ids at a time.", idsMost))
	}
	var q db.SQL
	q.Add("SELECT a.from_id, a.to_id, a.type_id FROM associations a JOIN "+to.Table+" t ON t.id = a.to_id WHERE a.from_type = ? AND a.to_type = ? AND ", from.Name, to.Name)
	db.In(&q, "a.from_id", padded(fromIDs)).Add(" AND t.archived_at IS NULL AND ")
	by.Scope(people.View, to.Name).Where(&q, "t.owner_id", "t.team_id")
	if scope := by.Scope(people.View, from.Name); !scope.All() {
		q.Add(" AND EXISTS (SELECT 1 FROM " + from.Table + " f WHERE f.id = a.from_id AND ")
		scope.Where(&q, "f.owner_id", "f.team_id").Add(")")
	}
	q.Add(" ORDER BY a.from_id, a.created_at, a.to_id, a.type_id")
	_, err = db.List(tx, func(sc db.Scanner) (struct{}, error) {
		var id int64
		var a Association
		err := sc.Scan(&id, &a.ID, &a.TypeID)
		t, _ := findLinkType(from.Name, to.Name, a.TypeID)
		a.Label, a.Primary = t.label, t.primary
		out[id] = append(out[id], a)
		return struct{}{}, err
	}, q.Text(), q.Args()...)
	if err != nil {
		return nil, fmt.Errorf("associations of %s: %w", from.Name, err)
	}
	return out, nil
}
