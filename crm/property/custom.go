package property

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
	auditlog "github.com/deskbell/deskbell/people/audit"
)

// Create makes a custom property, or restores an archived one of the name with the new definition; its type must be the
// archived one's then. Values, filters and views can use it at once (PROP-6).
func (r *Registry) Create(tx *db.Tx, by people.Actor, d Definition) (Definition, error) {
	set, err := r.change(tx, by, d.ObjectType)
	if err != nil {
		return Definition{}, err
	}
	d.ObjectType = set.ObjectType.Name
	if d, err = set.check(d); err != nil {
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
	if archived && (old.definition.Type != d.Type || old.definition.Unique != d.Unique || changesShape(old.definition, d)) {
		return Definition{}, errs.Newf(errs.Conflict, "An archived property %q of type %s exists; a property of another kind needs another name.",
			d.Name, old.definition.Type).WithCode("OBJECT_ALREADY_EXISTS")
	}
	d.CreatedBy, d.UpdatedBy = user(by), user(by)
	if err := r.save(tx, d, false); err != nil {
		return Definition{}, err
	}
	if err := audited(tx, by, d.ObjectType, d.Name, "defined"); err != nil {
		return Definition{}, err
	}
	if archived && d.Unique {
		if err := reclaim(tx, set.ObjectType, d); err != nil {
			return Definition{}, err
		}
	}
	return r.get(tx, d)
}

// reclaim takes the values that records have of a unique property that comes back: while it was archived nobody watched them.
func reclaim(tx *db.Tx, t ObjectType, d Definition) error {
	if _, err := tx.Exec("DELETE FROM unique_values WHERE object_type = $1 AND property = $2", t.Name, d.Name); err != nil {
		return err
	}
	value := "props->>'" + d.Name + "'" // a good name: it needs no quoting
	living := " FROM " + t.From() + "archived_at IS NULL AND " + value + " IS NOT NULL"
	twice, ok, err := db.One(tx, db.Col[string], "SELECT "+value+living+" GROUP BY "+value+" HAVING count(*) > 1 LIMIT 1")
	if err != nil {
		return err
	}
	if ok {
		return errs.Newf(errs.Conflict, "The archived property %q cannot come back as unique: several %s have the value %q.", d.Name, t.Name, clip(twice)).
			WithCode("DUPLICATE_VALUE")
	}
	_, err = tx.Exec("INSERT INTO unique_values (object_type, property, value, record_id) SELECT $1, $2, "+value+", id"+living, t.Name, d.Name)
	return err
}

// user is who made or changed a definition, 0 for apps and the program.
func user(by people.Actor) int64 {
	if by.IsPerson() {
		return by.ID
	}
	return 0
}

// Update changes a property; of a built-in one, all but how it is shown, its format and what it is computed from. Type and
// uniqueness stay. What the definition leaves empty is cleared, but for the field type and the group.
func (r *Registry) Update(tx *db.Tx, by people.Actor, d Definition) (Definition, error) {
	set, err := r.change(tx, by, d.ObjectType)
	if err != nil {
		return Definition{}, err
	}
	old, ok := set.byName[d.Name]
	if !ok {
		return Definition{}, NoProperty(d.Name)
	}
	d.ObjectType, d.Type, d.Unique, d.Custom = set.ObjectType.Name, old.Type, old.Unique, old.Custom
	d.CreatedBy, d.UpdatedBy, d.References = old.CreatedBy, user(by), old.References
	if d.FieldType == "" || !old.Custom {
		d.FieldType = old.FieldType
	}
	if d.Group == "" {
		d.Group = old.Group
	}
	if old.Custom {
		if changesShape(*old, d) {
			return Definition{}, errs.Bad("fieldType", "INVALID_OPTION",
				fmt.Sprintf("A property shown as %s cannot be shown as %s: its values would not fit.", old.FieldType, d.FieldType))
		}
		d, err = set.check(d)
	} else {
		d, err = set.checkBuiltin(*old, d)
	}
	if err != nil {
		return Definition{}, err
	}
	if err := r.save(tx, d, !old.Custom); err != nil {
		return Definition{}, err
	}
	if err := audited(tx, by, d.ObjectType, d.Name, "changed"); err != nil {
		return Definition{}, err
	}
	return r.get(tx, d)
}

// Archive hides a custom property from every use. Its values stay, and come back when the name is created again.
func (r *Registry) Archive(tx *db.Tx, by people.Actor, objectType, name string) error {
	set, err := r.change(tx, by, objectType)
	if err != nil {
		return err
	}
	d, ok := set.byName[name]
	if !ok {
		return NoProperty(name)
	}
	if !d.Custom {
		return errs.Newf(errs.Invalid, "%s is built in and cannot be deleted.", d.Label).WithCode("CANNOT_DELETE_BUILT_IN")
	}
	if users := set.catalog.users(set.ObjectType.Name, name); users != nil {
		return errs.Newf(errs.Invalid, "%s is used by the calculated properties %s: change or delete those first.", d.Label, strings.Join(users, ", ")).
			WithCode("PROPERTY_IN_USE").WithDetail("propertyNames", users...)
	}
	_, err = tx.Exec("UPDATE properties SET archived_at = $1, updated_at = $1 WHERE object_type = $2 AND name = $3",
		tx.Micros(), set.ObjectType.Name, name)
	if err != nil {
		return err
	}
	r.sets.Invalidate(tx)
	return audited(tx, by, set.ObjectType.Name, name, "archived")
}

// audited writes into the audit log what was done to a property (ACC-9).
func audited(tx *db.Tx, by people.Actor, objectType, name, did string) error {
	return people.Audit(tx, by, auditlog.Entry{Action: "settings.property", ObjectType: objectType, Object: name, Detail: map[string]string{"property": did}})
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
	if !by.May(people.ManageProperties) {
		return nil, errs.New(errs.Denied, "You may not change properties. Ask an admin for the permission.", nil)
	}
	return r.Set(tx, objectType)
}

// NoProperty is the error for a property that is not there.
func NoProperty(name string) error {
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
	if custom >= CustomMost {
		return errs.Newf(errs.Invalid, "There are %d custom properties, which is the limit.", custom).WithCode("PROPERTY_LIMIT_REACHED")
	}
	if d.Unique && len(set.unique) >= uniqueMost {
		return errs.Newf(errs.Invalid, "At most %d properties of %s can be unique.", uniqueMost, set.ObjectType.LabelPlural).WithCode("PROPERTY_LIMIT_REACHED")
	}
	return nil
}
