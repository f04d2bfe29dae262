package property

import (
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
)

// ObjectType is a kind of record.
type ObjectType struct {
	Name           string // HubSpot's plural: "tickets"
	Singular       string // as in event types: "ticket"
	TypeID         string // HubSpot's: "0-5", the account's own: "2-7"
	FullName       string // of the account's own types: "p1234_car"; "" for built-in ones
	Table          string
	Label          string
	LabelPlural    string
	PrimaryDisplay string // the property that names a record to people
	Required       []string
}

// is reports whether name means the type: plural, singular or full name in any case, or the type id.
func (t ObjectType) is(name string) bool {
	return strings.EqualFold(name, t.Name) || strings.EqualFold(name, t.Singular) || name == t.TypeID ||
		t.FullName != "" && strings.EqualFold(name, t.FullName)
}

// builtinTypes are the object types of every account.
var builtinTypes = []ObjectType{
	{"tickets", "ticket", "0-5", "", "tickets", "Ticket", "Tickets", "subject", []string{"subject", "hs_pipeline_stage"}},
	{"contacts", "contact", "0-1", "", "contacts", "Contact", "Contacts", "email", nil},
	{"companies", "company", "0-2", "", "companies", "Company", "Companies", "name", nil},
}

// Types returns every object type of the account, built-in ones first.
func (r *Registry) Types(tx *db.Tx) ([]ObjectType, error) {
	c, err := r.catalog(tx)
	if err != nil {
		return nil, err
	}
	return append([]ObjectType(nil), c.types...), nil
}

// Type returns an object type by any of its names: plural, singular or full name in any case, or the type id.
func (r *Registry) Type(tx *db.Tx, name string) (ObjectType, error) {
	c, err := r.catalog(tx)
	if err != nil {
		return ObjectType{}, err
	}
	t, ok := c.find(name)
	if !ok {
		return t, unknownType(name)
	}
	return t, nil
}

func unknownType(name string) error {
	return errs.Newf(errs.Invalid, "Unable to infer object type from: %s", clip(name)).WithCode("UNKNOWN_OBJECT_TYPE")
}

func (c *catalog) find(name string) (ObjectType, bool) {
	for _, t := range c.types {
		if t.is(name) {
			return t, true
		}
	}
	return ObjectType{}, false
}
