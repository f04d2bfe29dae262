// Package property says what object types there are and what their properties mean: type, options, rules, and where a
// value is stored. It owns the built-in definitions and the account's own; it knows nothing of records or filters.
package property

import (
	"database/sql"
	"slices"
	"strconv"
	"time"

	"github.com/deskbell/deskbell/crm/rule"
	"github.com/deskbell/deskbell/people"
)

// Type is what the values of a property are, in HubSpot's words.
type Type string

// The types. Values are strings everywhere above the storage, "" for none.
const (
	String      Type = "string"
	Number      Type = "number"      // decimal: "5", "-0.25"
	Date        Type = "date"        // "2026-11-02"
	DateTime    Type = "datetime"    // "2026-11-02T09:00:00.000Z"
	Bool        Type = "bool"        // "true" or "false"
	Enumeration Type = "enumeration" // an option's value; several joined by ";" when Multi
	Phone       Type = "phone_number"
)

// Store is how a column holds a value.
type Store int

// The stores. Values in the JSON column are always strings.
const (
	Text   Store = iota
	Int          // BIGINT
	Micros       // BIGINT microseconds
	Flag         // BOOLEAN
	Ref          // BIGINT, the id of a record, user or team
)

// Option is one choice of an enumeration.
type Option struct {
	Value       string `json:"value"`
	Label       string `json:"label"`
	Description string `json:"description,omitempty"`
	Color       string `json:"color,omitempty"`
	Hidden      bool   `json:"hidden,omitempty"`
	Order       int    `json:"order"`
}

// Definition describes one property (PROP-2).
type Definition struct {
	ObjectType  string      `json:"-"`
	Name        string      `json:"-"` // HubSpot's internal name, or desk_… for ours
	Label       string      `json:"label"`
	Description string      `json:"description,omitempty"`
	Group       string      `json:"group,omitempty"`
	Order       int         `json:"displayOrder,omitempty"` // within its group; -1 is after all others
	Type        Type        `json:"type"`
	FieldType   string      `json:"fieldType"`           // how it is shown: text, textarea, select, checkbox …
	Format      string      `json:"format,omitempty"`    // of strings: email, domain, url; of numbers: currency, percent, duration …
	Options     []Option    `json:"options,omitempty"`   // of an enumeration; none means that the writer's rules say what is allowed
	Rules       []rule.Rule `json:"rules,omitempty"`     // that people's and apps' values keep; at most one of a type
	Unique      bool        `json:"unique,omitempty"`    // no two living records share a value
	Hidden      bool        `json:"hidden,omitempty"`    // not offered to people
	FormField   bool        `json:"formField,omitempty"` // may stand on a form
	Sensitivity string      `json:"dataSensitivity,omitempty"`
	References  string      `json:"references,omitempty"`
	Shown       Shown       `json:"shown,omitzero"`
	Formula     string      `json:"formula,omitempty"` // of a calculation property
	Rollup      *Rollup     `json:"rollup,omitempty"`  // of a rollup property
	Access      Access      `json:"access,omitzero"`
	CreatedBy   int64       `json:"createdBy,omitempty"` // the user; 0 for none
	UpdatedBy   int64       `json:"updatedBy,omitempty"`
	CreatedAt   time.Time   `json:"-"`
	UpdatedAt   time.Time   `json:"-"`
	ArchivedAt  time.Time   `json:"-"`
	ReadOnly    bool        `json:"-"` // people and apps cannot write it
	Custom      bool        `json:"-"` // made by the account
	Archived    bool        `json:"-"`
	Column      string      `json:"-"` // "" when the value is in the JSON column
	Store       Store       `json:"-"` // how Column holds it
	NotNull     bool        `json:"-"` // the column always has a value
	Silent      bool        `json:"-"` // neither events nor history tell of its changes: they repeat what others tell
}

// Shown is how values are shown, which clients set and read; nothing here acts on it.
type Shown struct {
	Date     string `json:"date,omitempty"`     // absolute, absolute_with_relative, time_since, time_until
	Currency string `json:"currency,omitempty"` // the property that holds the currency's code
	Symbol   bool   `json:"symbol,omitempty"`   // of the account's currency
}

// Calculated reports whether the program computes the values.
func (d Definition) Calculated() bool { return d.Formula != "" || d.Rollup != nil }

// What References names.
const (
	ToUser    = "OWNER"
	ToTeam    = "TEAM"
	ToContact = "CONTACT"
)

// Multi reports whether a value may hold several options, joined by ";".
func (d Definition) Multi() bool { return d.Type == Enumeration && d.FieldType == "checkbox" }

// Option returns the option with a value.
func (d Definition) Option(value string) (Option, bool) {
	for _, o := range d.Options {
		if o.Value == value {
			return o, true
		}
	}
	return Option{}, false
}

// Access says who may see values and who may change them; whom nobody chose are all.
type Access struct {
	View Chosen `json:"view,omitzero"`
	Edit Chosen `json:"edit,omitzero"`
}

// Chosen are users, and all users of teams. The zero value is everyone.
type Chosen struct {
	Users []int64 `json:"users,omitempty"`
	Teams []int64 `json:"teams,omitempty"`
}

// IsZero reports whether it is everyone.
func (c Chosen) IsZero() bool { return len(c.Users) == 0 && len(c.Teams) == 0 }

// has reports whether an actor is one of the chosen. The program, super admins and apps are everywhere: an app acts for the
// account, and who makes its token decides what it is for.
func (c Chosen) has(by people.Actor) bool {
	if c.IsZero() || by.SuperAdmin || by.Person() == 0 || slices.Contains(c.Users, by.Person()) {
		return true
	}
	return slices.ContainsFunc(c.Teams, func(t int64) bool { return slices.Contains(by.Teams, t) })
}

// Sees reports whether an actor may see the values.
func (d Definition) Sees(by people.Actor) bool { return d.Access.View.has(by) }

// Edits reports whether an actor may change the values, as far as Access says: that takes seeing them.
func (d Definition) Edits(by people.Actor) bool { return d.Sees(by) && d.Access.Edit.has(by) }

// Arg is a canonical value as its column takes it; nil for "".
func (d *Definition) Arg(value string) any {
	if value == "" {
		return nil
	}
	switch d.Store {
	case Int, Ref:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil
		}
		return n
	case Micros:
		t, ok := ParseTime(value)
		if !ok {
			return nil
		}
		return t.UnixMicro()
	case Flag:
		return value == "true"
	}
	return value
}

// Cell is where a column of a definition is scanned to.
type Cell struct {
	text sql.NullString
	num  sql.NullInt64
	flag sql.NullBool
}

// Dest is what to scan into for a definition's column.
func (c *Cell) Dest(d *Definition) any {
	switch d.Store {
	case Text:
		return &c.text
	case Flag:
		return &c.flag
	}
	return &c.num
}

// Value is the canonical value that was scanned, "" for NULL.
func (c *Cell) Value(d *Definition) string {
	switch {
	case d.Store == Text:
		return c.text.String
	case d.Store == Flag:
		if !c.flag.Valid {
			return ""
		}
		return strconv.FormatBool(c.flag.Bool)
	case !c.num.Valid:
		return ""
	case d.Store == Micros:
		return FormatTime(time.UnixMicro(c.num.Int64))
	}
	return strconv.FormatInt(c.num.Int64, 10)
}
