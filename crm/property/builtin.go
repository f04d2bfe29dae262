package property

import (
	"slices"
	"strings"
)

// row is a built-in definition, written short.
type row struct {
	name, label string
	group       string
	typ         Type
	field       string // how it is shown; "" for the usual of the type
	flags       flag
	column      string
	store       Store
	format      string // or what a reference points to
	options     []Option
}

// flag marks rows.
type flag int

const (
	plain    flag = 0
	readOnly flag = 1 << iota
	hidden
	notNull
	silent
)

var usualField = map[Type]string{
	String: "text", Number: "number", Date: "date", DateTime: "date", Bool: "booleancheckbox", Enumeration: "select", Phone: "phonenumber",
}

var booleanOptions = []Option{{Value: "true", Label: "Yes", Order: 0}, {Value: "false", Label: "No", Order: 1}}

func (r row) definition(objectType string) Definition {
	d := Definition{ObjectType: objectType, Name: r.name, Label: r.label, Group: r.group, Type: r.typ, FieldType: r.field,
		Format: r.format, Options: r.options, ReadOnly: r.flags&readOnly != 0, Hidden: r.flags&hidden != 0,
		Column: r.column, Store: r.store, NotNull: r.flags&notNull != 0, Silent: r.flags&silent != 0}
	if d.FieldType == "" {
		d.FieldType = usualField[d.Type]
	}
	if d.Type == Bool {
		d.Options = booleanOptions
	}
	switch d.Format {
	case ToUser, ToTeam, ToContact:
		d.References, d.Format = d.Format, ""
	}
	return d
}

// family is a built-in property for each of something, such as the time a ticket entered a status.
type family struct {
	prefix string
	row
}

// member is the definition of one of a family, or false. The rest of the name is an id that fits into SQL text.
func (f family) member(objectType, name string) (Definition, bool) {
	rest, ok := strings.CutPrefix(name, f.prefix)
	if !ok || rest == "" || len(name) > nameMost+len(f.prefix) || !plainID(rest) {
		return Definition{}, false
	}
	d := f.definition(objectType)
	d.Name, d.Label = name, f.label+" "+rest
	return d, true
}

func plainID(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' {
			return false
		}
	}
	return true
}

func builtin(t ObjectType) (rows []row, families []family) {
	switch t.Name {
	case "tickets":
		return ticketRows, ticketFamilies
	case "contacts":
		return slices.Concat(contactRows, audit(contactInfo)), nil
	case "companies":
		return slices.Concat(companyRows, audit(companyInfo)), nil
	case "deals":
		return dealRows(), stageFamilies(dealInfo)
	case "notes":
		return noteRows(), nil
	case "tasks":
		return taskRows(), nil
	case "calls":
		return callRows(), nil
	case "emails":
		return emailRows(), nil
	case "meetings":
		return meetingRows(), nil
	case "communications":
		return communicationRows(), nil
	case "feedback_submissions":
		return feedbackRows(), nil
	case "users":
		return userRows(), nil
	}
	group := t.Name + "_information"
	return slices.Concat(shared("hs_createdate", group), placed(t.Pipeline, t.Stage, group)), stageFamilies(group)
}
