package importer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Operation says what an import may do with records of a type.
type Operation string

// The operations, in HubSpot's words.
const (
	Upsert     Operation = "UPSERT"
	CreateOnly Operation = "CREATE"
	UpdateOnly Operation = "UPDATE"
)

// ColumnKind says what a column is besides a property's values.
type ColumnKind string

// The kinds, in HubSpot's words.
const (
	ObjectID    ColumnKind = "HUBSPOT_OBJECT_ID"
	AlternateID ColumnKind = "HUBSPOT_ALTERNATE_ID"
	Label       ColumnKind = "FLEXIBLE_ASSOCIATION_LABEL"
)

// Request asks for an import.
type Request struct {
	Name       string
	Operations map[string]Operation // by object type
	DateFormat string               // MONTH_DAY_YEAR, DAY_MONTH_YEAR or YEAR_MONTH_DAY
	Files      []FileRequest
}

// FileRequest says what is in a file.
type FileRequest struct {
	Name    string
	Format  string // CSV, or SPREADSHEET for XLSX
	Page    string // the sheet of a spreadsheet; "" for the first
	Headers bool   // the first row names the columns; else they stand in the order of Columns
	Columns []Column
}

// Column says what is in a column of a file.
type Column struct {
	Name        string     `json:"name"` // in the first row
	TypeID      string     `json:"type"` // of the object type
	Property    string     `json:"property,omitempty"`
	Kind        ColumnKind `json:"kind,omitempty"`
	Key         bool       `json:"key,omitempty"`    // of records that other files name
	To          string     `json:"to,omitempty"`     // the object type of the records that the column names
	Association int        `json:"assoc,omitempty"`  // of what type they are related; 0 for the usual one
	Object      string     `json:"object,omitempty"` // names of the types
	ToObject    string     `json:"toObject,omitempty"`
}

// plan is a request with all names resolved.
type plan struct {
	Operations map[string]Operation `json:"operations"` // by name of the object type
	Dates      string               `json:"dates"`
	Files      []planned            `json:"files"`
}

type planned struct {
	Name    string            `json:"name"`
	File    int64             `json:"file,string"`
	Key     string            `json:"key"`
	Charset string            `json:"charset"`
	Page    string            `json:"page,omitempty"`
	Book    bool              `json:"book,omitempty"` // a spreadsheet that is still to be unpacked
	Headers bool              `json:"headers"`
	Columns []Column          `json:"columns"`
	Keys    map[string]string `json:"keys"` // by which property records of a type are known

	Unpacked int64 `json:"unpacked,omitempty,string"` // our own CSV file of a spreadsheet, which Key is of; 0 for none
}

const (
	filesMost   = 10
	columnsMost = 1000
)

// dateFormats are the orders of day, month and year.
var dateFormats = map[string][]string{
	"MONTH_DAY_YEAR": {"1/2/2006", "1-2-2006", "1.2.2006"},
	"DAY_MONTH_YEAR": {"2/1/2006", "2-1-2006", "2.1.2006"},
	"YEAR_MONTH_DAY": {"2006/1/2", "2006-1-2", "2006.1.2"},
}

// usualKeys are by which records are known where no column says so.
var usualKeys = map[string]string{"contacts": "email", "companies": "domain"}

// planned checks a request.
func (s *Service) planned(tx *db.Tx, by people.Actor, r Request) (plan, error) {
	p := plan{Operations: map[string]Operation{}, Dates: cmp.Or(r.DateFormat, "MONTH_DAY_YEAR")}
	if dateFormats[p.Dates] == nil {
		return p, errs.Bad("dateFormat", "INVALID_OPTION", fmt.Sprintf("dateFormat must be MONTH_DAY_YEAR, DAY_MONTH_YEAR or YEAR_MONTH_DAY, not %q", cut(r.DateFormat, 40)))
	}
	if len(r.Files) == 0 || len(r.Files) > filesMost {
		return p, errs.Bad("files", "REQUIRED", fmt.Sprintf("An import needs 1 to %d files", filesMost))
	}
	for name, op := range r.Operations {
		t, err := s.props.Type(tx, name)
		if err != nil {
			return p, err
		}
		if op != Upsert && op != CreateOnly && op != UpdateOnly {
			return p, errs.Bad("importOperations", "INVALID_OPTION", fmt.Sprintf("importOperations must be UPSERT, CREATE or UPDATE, not %q", cut(string(op), 40)))
		}
		p.Operations[t.Name] = op
	}
	for _, f := range r.Files {
		out, err := s.plannedFile(tx, by, f)
		if err != nil {
			return p, err
		}
		p.Files = append(p.Files, out)
	}
	// Files that name records of others come after those.
	slices.SortStableFunc(p.Files, func(a, b planned) int { return cmp.Compare(a.names(), b.names()) })
	return p, nil
}

// names is 1 when a column names records of another file.
func (f planned) names() int {
	if slices.ContainsFunc(f.Columns, func(c Column) bool { return c.ToObject != "" && c.Kind != Label }) {
		return 1
	}
	return 0
}

func (s *Service) plannedFile(tx *db.Tx, by people.Actor, f FileRequest) (planned, error) {
	book, err := isBook(strings.ToUpper(f.Format))
	out := planned{Name: f.Name, Page: f.Page, Book: book, Headers: f.Headers, Keys: map[string]string{}}
	if err != nil {
		return out, err
	}
	if len(f.Columns) == 0 || len(f.Columns) > columnsMost {
		return out, errs.Bad("columnMappings", "REQUIRED", fmt.Sprintf("A file needs 1 to %d columnMappings", columnsMost))
	}
	for _, c := range f.Columns {
		t, err := s.props.Type(tx, c.TypeID)
		if err != nil {
			return out, err
		}
		c.TypeID, c.Object = t.TypeID, t.Name
		if c.To != "" {
			to, err := s.props.Type(tx, c.To)
			if err != nil {
				return out, err
			}
			c.ToObject = to.Name
		}
		if err := s.plannedColumn(tx, by, t, &c); err != nil {
			return out, err
		}
		if c.Kind == ObjectID || c.Kind == AlternateID && out.Keys[t.Name] != objectID {
			out.Keys[t.Name] = c.Property
		}
		out.Columns = append(out.Columns, c)
	}
	for _, c := range out.Columns {
		if usual := usualKeys[c.Object]; usual != "" && c.Property == usual && out.Keys[c.Object] == "" {
			out.Keys[c.Object] = usual
		}
	}
	return out, nil
}

const objectID = "hs_object_id"

func (s *Service) plannedColumn(tx *db.Tx, by people.Actor, t property.ObjectType, c *Column) error {
	switch {
	case c.Kind == Label && c.ToObject == "":
		return errs.Bad("toColumnObjectTypeId", "REQUIRED", fmt.Sprintf("The column %q of labels needs toColumnObjectTypeId", cut(c.Name, 60)))
	case c.Kind == Label, c.ToObject != "":
		c.Property = ""
		return nil
	case c.Kind != "" && c.Kind != ObjectID && c.Kind != AlternateID:
		return errs.Bad("columnType", "INVALID_OPTION", fmt.Sprintf("columnType must be %s, %s or %s, not %q", ObjectID, AlternateID, Label, cut(string(c.Kind), 60)))
	case c.Kind == ObjectID:
		c.Property = objectID
		return nil
	case c.Property == "":
		return nil // a column that is passed over
	}
	set, err := s.props.Set(tx, t.Name)
	if err != nil {
		return err
	}
	d, ok := set.Get(c.Property)
	switch {
	case !ok || !d.Sees(by):
		return errs.Bad("propertyName", "PROPERTY_DOESNT_EXIST", fmt.Sprintf("There is no property %q of %s", cut(c.Property, 60), t.Name))
	case c.Property == objectID:
		c.Kind = ObjectID
	case d.ReadOnly || !d.Edits(by):
		return errs.Bad("propertyName", "READ_ONLY_VALUE", fmt.Sprintf("The property %q of %s cannot be imported", c.Property, t.Name))
	case c.Kind == AlternateID && !d.Unique && usualKeys[t.Name] != d.Name:
		return errs.Bad("columnType", "NOT_UNIQUE", fmt.Sprintf("%s does not name one record, so it is no %s", d.Label, AlternateID))
	}
	return nil
}
