package property

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

const (
	nameMost    = 100
	customMost  = 1000 // of one object type
	uniqueMost  = 10   // of one object type (HubSpot's limit)
	optionsMost = 5000
)

var (
	goodName   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}$`)
	fieldTypes = map[Type][]string{
		String:      {"text", "textarea", "html", "file"},
		Number:      {"number"},
		Date:        {"date"},
		DateTime:    {"date"},
		Bool:        {"booleancheckbox", "radio", "select"},
		Enumeration: {"select", "radio", "checkbox"},
		Phone:       {"phonenumber", "text"},
	}
)

// Create makes a custom property, or restores an archived one of the name with the new definition; its type must be the
// archived one's then. Values, filters and views can use it at once (PROP-6).
func (r *Registry) Create(tx *db.Tx, by people.Actor, d Definition) (Definition, error) {
	set, err := r.change(tx, by, d.ObjectType)
	if err != nil {
		return Definition{}, err
	}
	d.ObjectType = set.ObjectType.Name
	if d, err = check(d); err != nil {
		return Definition{}, err
	}
	if _, taken := set.Get(d.Name); taken {
		return Definition{}, errs.Newf(errs.Conflict, "Property %q already exists.", d.Name).WithCode("OBJECT_ALREADY_EXISTS")
	}
	if err := room(set, d); err != nil {
		return Definition{}, err
	}
	old, archived, err := db.One(tx, scanStored, selectStored+" WHERE object_type = $1 AND name = $2", d.ObjectType, d.Name)
	if err != nil {
		return Definition{}, err
	}
	if archived && (old.definition.Type != d.Type || old.definition.Unique != d.Unique) {
		return Definition{}, errs.Newf(errs.Conflict, "An archived property %q of type %s exists; a property of another kind needs another name.",
			d.Name, old.definition.Type).WithCode("OBJECT_ALREADY_EXISTS")
	}
	if err := r.save(tx, d, false); err != nil {
		return Definition{}, err
	}
	return r.get(tx, d)
}

// Update changes label, description, group, options, rules and visibility of a property; of a built-in one, label,
// description, group, options and visibility. Type and uniqueness stay.
func (r *Registry) Update(tx *db.Tx, by people.Actor, d Definition) (Definition, error) {
	set, err := r.change(tx, by, d.ObjectType)
	if err != nil {
		return Definition{}, err
	}
	old, ok := set.byName[d.Name]
	if !ok {
		return Definition{}, noProperty(d.Name)
	}
	d.ObjectType, d.Type, d.Unique = set.ObjectType.Name, old.Type, old.Unique
	if d.FieldType == "" || !old.Custom || old.Multi() != (d.FieldType == "checkbox") {
		d.FieldType = old.FieldType
	}
	if old.Custom {
		if d, err = check(d); err != nil {
			return Definition{}, err
		}
	} else if err := checkOptions(d); err != nil || len(d.Options) == 0 && len(old.Options) > 0 {
		return Definition{}, cmpErr(err, errs.Bad("options", "REQUIRED", "A property with options needs at least one."))
	}
	if err := r.save(tx, d, !old.Custom); err != nil {
		return Definition{}, err
	}
	return r.get(tx, d)
}

func cmpErr(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// Archive hides a custom property from every use. Its values stay, and come back when the name is created again.
func (r *Registry) Archive(tx *db.Tx, by people.Actor, objectType, name string) error {
	set, err := r.change(tx, by, objectType)
	if err != nil {
		return err
	}
	d, ok := set.byName[name]
	if !ok {
		return noProperty(name)
	}
	if !d.Custom {
		return errs.Newf(errs.Invalid, "%s is built in and cannot be deleted.", d.Label).WithCode("CANNOT_DELETE_BUILT_IN")
	}
	_, err = tx.Exec("UPDATE properties SET archived_at = $1, updated_at = $1 WHERE object_type = $2 AND name = $3",
		tx.Micros(), set.ObjectType.Name, name)
	r.sets.Invalidate(tx)
	return err
}

// Archived returns the archived custom properties of an object type.
func (r *Registry) Archived(tx *db.Tx, objectType string) ([]Definition, error) {
	set, err := r.Set(tx, objectType)
	if err != nil {
		return nil, err
	}
	rows, err := db.List(tx, scanStored, selectStored+" WHERE object_type = $1 AND archived_at IS NOT NULL ORDER BY name", set.ObjectType.Name)
	out := make([]Definition, len(rows))
	for i, p := range rows {
		out[i] = p.custom()
	}
	return out, err
}

func (r *Registry) change(tx *db.Tx, by people.Actor, objectType string) (*Set, error) {
	if !by.May(people.ManageAccount) {
		return nil, errs.New(errs.Denied, "You may not change properties. Ask an admin for the permission.", nil)
	}
	return r.Set(tx, objectType)
}

func noProperty(name string) error {
	return errs.Newf(errs.NotFound, "There is no property %q.", clip(name)).WithCode("PROPERTY_DOESNT_EXIST")
}

func (r *Registry) get(tx *db.Tx, d Definition) (Definition, error) {
	set, err := r.Set(tx, d.ObjectType)
	if err != nil {
		return Definition{}, err
	}
	d, _ = set.Get(d.Name)
	return d, nil
}

func (r *Registry) save(tx *db.Tx, d Definition, builtin bool) error {
	raw, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO properties (object_type, name, builtin, definition, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (object_type, name) DO UPDATE
SET definition = excluded.definition, updated_at = excluded.updated_at, archived_at = NULL`,
		d.ObjectType, d.Name, builtin, string(raw), tx.Micros())
	r.sets.Invalidate(tx)
	return err
}

func room(set *Set, d Definition) error {
	custom := 0
	for _, p := range set.all {
		if p.Custom {
			custom++
		}
	}
	if custom >= customMost {
		return errs.Newf(errs.Limited, "There are %d custom properties, which is the limit.", custom)
	}
	if d.Unique && len(set.unique) >= uniqueMost {
		return errs.Newf(errs.Limited, "At most %d properties of %s can be unique.", uniqueMost, set.ObjectType.LabelPlural)
	}
	return nil
}

// check completes a custom definition and refuses what is wrong in it.
func check(d Definition) (Definition, error) {
	if !goodName.MatchString(d.Name) || strings.HasPrefix(d.Name, "hs_") || strings.HasPrefix(d.Name, "desk_") {
		return d, errs.Bad("name", "INVALID_NAME",
			"The internal name must begin with a letter, hold only a-z, 0-9 and _, at most 100, and not begin with hs_ or desk_.")
	}
	if d.Label = strings.TrimSpace(d.Label); d.Label == "" || len(d.Label) > 200 {
		return d, errs.Bad("label", "REQUIRED", "The label must have 1 to 200 characters.")
	}
	shown, ok := fieldTypes[d.Type]
	if !ok {
		return d, errs.Bad("type", "INVALID_OPTION", "The type must be one of string, number, date, datetime, bool, enumeration, phone_number.")
	}
	if d.FieldType == "" {
		d.FieldType = usualField[d.Type]
	}
	if !slices.Contains(shown, d.FieldType) {
		return d, errs.Bad("fieldType", "INVALID_OPTION", fmt.Sprintf("A %s is shown as one of %s.", d.Type, strings.Join(shown, ", ")))
	}
	if d.Unique && d.Type != String && d.Type != Number && d.Type != Phone {
		return d, errs.Bad("hasUniqueValue", "INVALID_OPTION", "Only text, numbers and phone numbers can be unique.")
	}
	if d.Pattern != "" {
		if _, err := regexp.Compile(d.Pattern); err != nil || len(d.Pattern) > 500 {
			return d, errs.Bad("pattern", "INVALID_PATTERN", "The pattern is not a regular expression of at most 500 characters.")
		}
	}
	if d.Min != nil && d.Max != nil && *d.Min > *d.Max {
		return d, errs.Bad("min", "INVALID_NUMBER", "The minimum must not be above the maximum.")
	}
	if d.Group == "" {
		d.Group = "custom"
	}
	if d.Type == Bool {
		d.Options = booleanOptions
	}
	if d.Type == Enumeration && len(d.Options) == 0 && d.References == "" {
		return d, errs.Bad("options", "REQUIRED", "A property with options needs at least one.")
	}
	return d, checkOptions(d)
}

func checkOptions(d Definition) error {
	if len(d.Options) > optionsMost {
		return errs.Bad("options", "TOO_MANY", fmt.Sprintf("At most %d options.", optionsMost))
	}
	seen := map[string]bool{}
	for _, o := range d.Options {
		folded := strings.ToLower(strings.TrimSpace(o.Value))
		if folded == "" || len(o.Value) > 200 || strings.Contains(o.Value, ";") || seen[folded] || strings.TrimSpace(o.Label) == "" {
			return errs.Bad("options", "INVALID_OPTION", fmt.Sprintf("Option %q: its value must be unique, without semicolon, and it needs a label.", clip(o.Value)))
		}
		seen[folded] = true
	}
	return nil
}
