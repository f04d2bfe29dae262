// Package property says what object types there are and what their properties mean: type, options, rules, and where a
// value is stored. It owns the built-in definitions and the account's own; it knows nothing of records or filters.
package property

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
	Value  string `json:"value"`
	Label  string `json:"label"`
	Color  string `json:"color,omitempty"`
	Hidden bool   `json:"hidden,omitempty"`
	Order  int    `json:"order"`
}

// Definition describes one property (PROP-2).
type Definition struct {
	ObjectType  string   `json:"-"`
	Name        string   `json:"-"` // HubSpot's internal name, or desk_… for ours
	Label       string   `json:"label"`
	Description string   `json:"description,omitempty"`
	Group       string   `json:"group,omitempty"`
	Type        Type     `json:"type"`
	FieldType   string   `json:"fieldType"`           // how it is shown: text, textarea, select, checkbox …
	Format      string   `json:"format,omitempty"`    // of strings: email, domain, url, lower; of numbers: currency, percent, duration
	Options     []Option `json:"options,omitempty"`   // of an enumeration; none means that the writer's rules say what is allowed
	Min         *float64 `json:"min,omitempty"`       // of numbers
	Max         *float64 `json:"max,omitempty"`       // of numbers
	MaxLength   int      `json:"maxLength,omitempty"` // of strings, in characters; 0 for the limit of all values
	Pattern     string   `json:"pattern,omitempty"`   // a regular expression that the whole string matches
	Unique      bool     `json:"unique,omitempty"`    // no two living records share a value
	Hidden      bool     `json:"hidden,omitempty"`    // not offered to people
	References  string   `json:"references,omitempty"`
	ReadOnly    bool     `json:"-"` // people and apps cannot write it
	Custom      bool     `json:"-"` // made by the account
	Archived    bool     `json:"-"`
	Column      string   `json:"-"` // "" when the value is in the JSON column
	Store       Store    `json:"-"` // how Column holds it
	NotNull     bool     `json:"-"` // the column always has a value
}

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
