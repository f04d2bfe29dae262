// Package schema lets an account define object types of its own: what they are called, which properties they begin with and
// need, what they can be related to, and their end. It owns these commands; the registry of properties keeps the types.
package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
)

// Store defines object types.
type Store struct {
	props     *property.Registry
	pipelines *pipeline.Store
	relations *relation.Store
	types     *association.Registry
}

// New returns the store.
func New(props *property.Registry, pipelines *pipeline.Store, relations *relation.Store) *Store {
	return &Store{props, pipelines, relations, relations.AssociationTypes()}
}

// Draft is what an object type is made from.
type Draft struct {
	Name                           string // internal, never changed
	Label, LabelPlural             string
	Description                    string
	Primary                        string   // the property that names a record to people
	Secondary, Required, Searching []string // properties
	Properties                     []property.Definition
	Associated                     []string // object types that its records can be related to, besides activities
}

// Change is what to change of an object type; nil leaves as it is.
type Change struct {
	Label, LabelPlural             *string
	Description                    *string
	Primary                        *string
	Secondary, Required, Searching *[]string
}

const (
	labelMost      = 100
	aboutMost      = 1000
	propertiesMost = 200 // given with a type
	secondaryMost  = 2
	namedMost      = 20 // properties in one of the other lists
	associatedMost = 50
)

var goodName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,49}$`)

// reserved are names that HubSpot has for types of its own, which may come to be here.
var reserved = []string{"product", "products", "line_item", "line_items", "quote", "quotes", "invoice", "invoices", "order", "orders", "cart", "carts",
	"lead", "leads", "goal", "goals", "goal_target", "goal_targets", "tax", "taxes", "subscription", "subscriptions", "service", "services",
	"course", "courses", "appointment", "appointments", "listing", "listings", "postal_mail", "conversation", "conversations", "thread", "threads",
	"message", "messages", "owner", "owners", "team", "teams", "engagement", "engagements", "object", "objects", "project", "projects"}

// activities can be related to records of every type.
var activities = []string{"notes", "tasks", "calls", "emails", "meetings", "communications"}

// Define makes an object type with its properties and the ways its records are related. Records, filters and searches know it
// at once.
func (s *Store) Define(tx *db.Tx, by people.Actor, d Draft) (property.ObjectType, error) {
	none := property.ObjectType{}
	if err := may(by); err != nil {
		return none, err
	}
	t, err := s.begin(tx, by, d)
	if err != nil {
		return none, err
	}
	for _, p := range d.Properties {
		p.ObjectType = t.Name
		if _, err := s.props.Create(tx, by, p); err != nil {
			return none, naming(p.Name, err)
		}
	}
	if t.PrimaryDisplay = d.Primary; t.PrimaryDisplay == "" && len(d.Properties) > 0 {
		t.PrimaryDisplay = d.Properties[0].Name
	}
	t.Secondary, t.Required, t.Searchable = d.Secondary, d.Required, d.Searching
	if t.Searchable == nil && t.PrimaryDisplay != "" {
		t.Searchable = []string{t.PrimaryDisplay}
	}
	if t, err = s.save(tx, t); err != nil {
		return none, err
	}
	if err := s.relate(tx, t, d.Associated); err != nil {
		return none, err
	}
	return t, people.Audit(tx, by, audit.Entry{Action: "schema.created", ObjectType: "schemas", Object: t.Name})
}

func may(by people.Actor) error {
	if !by.May(people.ManageProperties) {
		return errs.New(errs.Denied, "You may not change object types. Ask an admin for the permission.", nil)
	}
	return nil
}

// begin stores the type alone.
func (s *Store) begin(tx *db.Tx, by people.Actor, d Draft) (property.ObjectType, error) {
	t := property.ObjectType{Name: strings.ToLower(strings.TrimSpace(d.Name)), Label: strings.TrimSpace(d.Label),
		LabelPlural: strings.TrimSpace(d.LabelPlural), Description: d.Description}
	if by.IsPerson() {
		t.CreatedBy, t.UpdatedBy = by.ID, by.ID
	}
	if !goodName.MatchString(t.Name) {
		return t, errs.Bad("name", "INVALID_NAME", "The name must begin with a letter and hold only letters, digits and _, at most 50.")
	}
	if other, err := s.props.Type(tx, t.Name); err == nil {
		return t, errs.Newf(errs.Conflict, "An object type %q already exists.", other.Name).WithCode("OBJECT_ALREADY_EXISTS")
	}
	if slices.Contains(reserved, t.Name) {
		return t, errs.Bad("name", "INVALID_NAME", fmt.Sprintf("The name %q is kept for a type of HubSpot's.", t.Name))
	}
	if len(d.Properties) > propertiesMost {
		return t, errs.Bad("properties", "TOO_MANY", fmt.Sprintf("At most %d properties with a new object type.", propertiesMost))
	}
	if err := words(t); err != nil {
		return t, err
	}
	return s.props.AddType(tx, t)
}

// words checks what a type is called.
func words(t property.ObjectType) error {
	if t.Label == "" || len(t.Label) > labelMost || t.LabelPlural == "" || len(t.LabelPlural) > labelMost {
		return errs.Bad("labels", "REQUIRED", fmt.Sprintf("An object type needs a singular and a plural label of at most %d characters.", labelMost))
	}
	if len(t.Description) > aboutMost {
		return errs.Bad("description", "TOO_LONG", fmt.Sprintf("The description may have at most %d characters.", aboutMost))
	}
	return nil
}

// naming says in an error's message which property of several it is about.
func naming(name string, err error) error {
	e := errs.As(err)
	if e == nil {
		return err
	}
	out := *e
	out.Message = fmt.Sprintf("Property %q: %s", name, e.Message)
	return &out
}

// save checks the properties that a type names and stores it.
func (s *Store) save(tx *db.Tx, t property.ObjectType) (property.ObjectType, error) {
	set, err := s.props.Set(tx, t.Name)
	if err != nil {
		return t, err
	}
	for _, list := range []struct {
		field string
		names []string
		most  int
	}{{"primaryDisplayProperty", primary(t), 1}, {"secondaryDisplayProperties", t.Secondary, secondaryMost},
		{"requiredProperties", t.Required, namedMost}, {"searchableProperties", t.Searchable, namedMost}} {
		if err := named(set, list.field, list.names, list.most); err != nil {
			return t, err
		}
	}
	return s.props.SaveType(tx, t)
}

func primary(t property.ObjectType) []string {
	if t.PrimaryDisplay == "" {
		return nil
	}
	return []string{t.PrimaryDisplay}
}

// named checks a list of properties.
func named(set *property.Set, field string, names []string, most int) error {
	if len(names) > most {
		return errs.Bad(field, "TOO_MANY", fmt.Sprintf("%s names at most %d properties.", field, most))
	}
	for _, name := range names {
		d, ok := set.Get(name)
		switch {
		case !ok:
			return errs.Bad(field, "PROPERTY_DOESNT_EXIST", fmt.Sprintf("%s names %q, which is no property of the type.", field, name))
		case field == "requiredProperties" && d.ReadOnly:
			return errs.Bad(field, "READ_ONLY_VALUE", fmt.Sprintf("%s names %q, which nobody can set.", field, name))
		case field == "searchableProperties" && d.Column != "":
			return errs.Bad(field, "INVALID_OPTION", fmt.Sprintf("%s names %q, which holds no words.", field, name))
		}
	}
	return nil
}

// Change changes an object type.
func (s *Store) Change(tx *db.Tx, by people.Actor, name string, c Change) (property.ObjectType, error) {
	if err := may(by); err != nil {
		return property.ObjectType{}, err
	}
	t, err := s.own(tx, name)
	if err != nil {
		return t, err
	}
	for to, given := range map[*string]*string{&t.Label: c.Label, &t.LabelPlural: c.LabelPlural, &t.Description: c.Description, &t.PrimaryDisplay: c.Primary} {
		if given != nil {
			*to = strings.TrimSpace(*given)
		}
	}
	for to, given := range map[*[]string]*[]string{&t.Secondary: c.Secondary, &t.Required: c.Required, &t.Searchable: c.Searching} {
		if given != nil {
			*to = *given
		}
	}
	if err := words(t); err != nil {
		return t, err
	}
	if by.IsPerson() {
		t.UpdatedBy = by.ID
	}
	if t, err = s.save(tx, t); err != nil {
		return t, err
	}
	if c.Searching != nil {
		search.Rebuild(tx, t)
	}
	return t, people.Audit(tx, by, audit.Entry{Action: "schema.changed", ObjectType: "schemas", Object: t.Name})
}

// own returns a living object type of the account's own.
func (s *Store) own(tx *db.Tx, name string) (property.ObjectType, error) {
	t, err := s.props.Type(tx, name)
	if errs.Is(err, errs.Invalid) {
		return t, noSchema(name)
	}
	if err == nil && !t.Own() {
		err = errs.Newf(errs.Invalid, "%s are built in: their schema cannot be changed.", t.LabelPlural).WithCode("BUILT_IN")
	}
	return t, err
}

func noSchema(name string) error {
	return errs.Newf(errs.NotFound, "Unable to find object type %q.", name).WithCode("OBJECT_NOT_FOUND")
}

// Find returns an object type, built-in or of the account's own, archived ones too.
func (s *Store) Find(tx *db.Tx, name string) (property.ObjectType, error) {
	t, err := s.props.Type(tx, name)
	if !errs.Is(err, errs.Invalid) {
		return t, err
	}
	archived, err := s.props.ArchivedTypes(tx)
	if err != nil {
		return t, err
	}
	for _, t := range archived {
		if t.Is(name) {
			return t, nil
		}
	}
	return t, noSchema(name)
}

// All returns the object types of the account's own: the living ones, or the archived ones.
func (s *Store) All(tx *db.Tx, archived bool) ([]property.ObjectType, error) {
	if archived {
		return s.props.ArchivedTypes(tx)
	}
	all, err := s.props.Types(tx)
	return slices.DeleteFunc(all, func(t property.ObjectType) bool { return !t.Own() }), err
}
