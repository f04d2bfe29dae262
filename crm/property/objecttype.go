package property

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
)

// ObjectType is a kind of record.
type ObjectType struct {
	Name           string // HubSpot's plural: "tickets"
	Singular       string // "ticket"
	TypeID         string // HubSpot's: "0-5", the account's own: "2-7"
	FullName       string // of the account's own types: "p1234_car"; "" for built-in ones
	Table          string
	Shared         bool   // the table holds other types as well
	Events         string // what the types of its events begin with
	Label          string
	LabelPlural    string
	PrimaryDisplay string   // the property that names a record to people
	Required       []string // of a new record (PROP-5)
	Searchable     []string // what a search for text looks at
	Standard       []string // what an answer shows that was not told what to show
	Pipeline       string   // the property that holds a record's pipeline; "" for a type without
	Stage          string   // and the one that holds its stage
	Mirror         bool     // the program alone makes and deletes records: they show what is kept elsewhere

	// Of the account's own types alone.
	Description string
	Secondary   []string // properties shown beside PrimaryDisplay
	CreatedAt   time.Time
	UpdatedAt   time.Time
	CreatedBy   int64 // the user, 0 for none
	UpdatedBy   int64
	Archived    bool
}

// Own reports whether the account defined the type.
func (t ObjectType) Own() bool { return t.FullName != "" }

// From is the table of the type's records as a statement goes on after FROM: the next condition can follow at once.
func (t ObjectType) From() string {
	if t.Shared {
		return t.Table + " WHERE object_type = '" + t.Name + "' AND "
	}
	return t.Table + " WHERE "
}

// Is reports whether name means the type: plural, singular or full name in any case, or the type id.
func (t ObjectType) Is(name string) bool {
	return strings.EqualFold(name, t.Name) || strings.EqualFold(name, t.Singular) || name == t.TypeID ||
		t.FullName != "" && strings.EqualFold(name, t.FullName)
}

// builtinTypes are the object types of every account.
var builtinTypes = []ObjectType{
	{Name: "tickets", Singular: "ticket", TypeID: "0-5", Table: "tickets", Events: "ticket", Label: "Ticket", LabelPlural: "Tickets",
		PrimaryDisplay: "subject", Required: []string{"subject", "hs_pipeline_stage"}, Pipeline: "hs_pipeline", Stage: "hs_pipeline_stage",
		Searchable: []string{"subject", "content"},
		Standard:   []string{"content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_category", "hs_ticket_priority", "subject"}},
	{Name: "contacts", Singular: "contact", TypeID: "0-1", Table: "contacts", Events: "contact", Label: "Contact", LabelPlural: "Contacts",
		PrimaryDisplay: "email", Searchable: []string{"firstname", "lastname", "email", "hs_additional_emails", "phone", "mobilephone", "company"},
		Standard: []string{"email", "firstname", "lastname"}},
	{Name: "companies", Singular: "company", TypeID: "0-2", Table: "companies", Events: "company", Label: "Company", LabelPlural: "Companies",
		PrimaryDisplay: "name", Searchable: []string{"name", "domain", "phone", "website"}, Standard: []string{"name", "domain"}},
	{Name: "deals", Singular: "deal", TypeID: "0-3", Table: objects, Shared: true, Events: "deal", Label: "Deal", LabelPlural: "Deals",
		PrimaryDisplay: "dealname", Required: []string{"dealname", "dealstage"}, Pipeline: "pipeline", Stage: "dealstage",
		Searchable: []string{"dealname", "description"}, Standard: []string{"amount", "closedate", "dealname", "dealstage", "pipeline"}},
	activity("notes", "note", "0-46", "Note", "", "hs_note_body"),
	activity("tasks", "task", "0-27", "Task", "hs_task_subject", "hs_task_body"),
	activity("calls", "call", "0-48", "Call", "hs_call_title", "hs_call_body"),
	activity("emails", "email", "0-49", "Email", "hs_email_subject", "hs_email_text"),
	activity("meetings", "meeting", "0-47", "Meeting", "hs_meeting_title", "hs_meeting_body"),
	activity("communications", "communication", "0-18", "Communication", "", "hs_communication_body"),
	{Name: "feedback_submissions", Singular: "feedback_submission", TypeID: "0-19", Table: objects, Shared: true, Events: "feedback_submission",
		Label: "Feedback submission", LabelPlural: "Feedback submissions", PrimaryDisplay: "hs_survey_name",
		Searchable: []string{"hs_survey_name", "hs_content"}, Mirror: true},
	{Name: "users", Singular: "user", TypeID: "0-115", Table: objects, Shared: true, Events: "user_record", Label: "User", LabelPlural: "Users",
		PrimaryDisplay: "hs_searchable_calculated_name", Searchable: []string{"hs_searchable_calculated_name", "hs_email"}, Mirror: true},
}

// objects is the table that types without one of their own share.
const objects = "objects"

// activity is a built-in type of what happened or is to be done: all have a time, and a title or just a body.
func activity(name, singular, typeID, label, title, body string) ObjectType {
	t := ObjectType{Name: name, Singular: singular, TypeID: typeID, Table: objects, Shared: true, Events: singular, Label: label,
		LabelPlural: label + "s", PrimaryDisplay: body, Required: []string{"hs_timestamp"}, Searchable: []string{body}}
	if title != "" {
		t.PrimaryDisplay, t.Searchable = title, []string{title, body}
	}
	return t
}

// Types returns every object type of the account, built-in ones first.
func (r *Registry) Types(tx *db.Tx) ([]ObjectType, error) {
	c, err := r.catalog(tx)
	if err != nil {
		return nil, err
	}
	return append([]ObjectType(nil), c.types...), nil
}

// Find is Type, for who asks about names that may be of no object type.
func (r *Registry) Find(tx *db.Tx, name string) (t ObjectType, ok bool, err error) {
	c, err := r.catalog(tx)
	if err != nil {
		return t, false, err
	}
	t, ok = c.find(name)
	return t, ok, nil
}

// Type returns an object type by any of its names: plural, singular or full name in any case, or the type id.
func (r *Registry) Type(tx *db.Tx, name string) (ObjectType, error) {
	t, ok, err := r.Find(tx, name)
	if err == nil && !ok {
		err = unknownType(name)
	}
	return t, err
}

// ownType is what is stored of a type that the account defined.
type ownType struct {
	Label       string   `json:"label"`
	LabelPlural string   `json:"labelPlural"`
	Description string   `json:"description,omitempty"`
	Primary     string   `json:"primary,omitempty"`
	Secondary   []string `json:"secondary,omitempty"`
	Required    []string `json:"required,omitempty"`
	Searchable  []string `json:"searchable,omitempty"`
	CreatedBy   int64    `json:"createdBy,omitempty"`
	UpdatedBy   int64    `json:"updatedBy,omitempty"`
}

func (t ObjectType) stored() (string, error) {
	raw, err := json.Marshal(ownType{t.Label, t.LabelPlural, t.Description, t.PrimaryDisplay, t.Secondary, t.Required, t.Searchable, t.CreatedBy, t.UpdatedBy})
	return string(raw), err
}

func scanOwnType(s db.Scanner) (ObjectType, error) {
	t := ObjectType{Table: objects, Shared: true, Pipeline: "hs_pipeline", Stage: "hs_pipeline_stage"}
	var number, portal, created, updated int64
	var raw string
	if err := s.Scan(&number, &t.Name, &raw, &created, &updated, &t.Archived, &portal); err != nil {
		return t, err
	}
	var o ownType
	err := json.Unmarshal([]byte(raw), &o)
	t.Singular, t.TypeID, t.FullName = t.Name, fmt.Sprintf("2-%d", number), fmt.Sprintf("p%d_%s", portal, t.Name)
	t.Events, t.CreatedAt, t.UpdatedAt = t.FullName, clock.FromMicros(created), clock.FromMicros(updated)
	t.Label, t.LabelPlural, t.Description, t.PrimaryDisplay = o.Label, o.LabelPlural, o.Description, o.Primary
	t.Secondary, t.Required, t.Searchable, t.CreatedBy, t.UpdatedBy = o.Secondary, o.Required, o.Searchable, o.CreatedBy, o.UpdatedBy
	return t, err
}

const selectOwnTypes = `SELECT number, name, definition, created_at, updated_at, archived_at IS NOT NULL,
coalesce((SELECT portal_id FROM account), 0) FROM object_types WHERE purged_at IS NULL`

// ownTypesMost bounds the types of an account, archived ones included.
const ownTypesMost = 200

// ArchivedTypes are the account's own object types that were deleted but can still be deleted for good.
func (r *Registry) ArchivedTypes(tx *db.Tx) ([]ObjectType, error) {
	return db.List(tx, scanOwnType, selectOwnTypes+" AND archived_at IS NOT NULL ORDER BY number")
}

// AddType stores an object type of the account's own, whose name must be good, and returns it with its id. The name is taken
// until the type is deleted for good.
func (r *Registry) AddType(tx *db.Tx, t ObjectType) (ObjectType, error) {
	if err := tx.Lock("object types"); err != nil {
		return t, err
	}
	n, err := db.Value[int64](tx, "SELECT count(*) FROM object_types WHERE name <> ''")
	if err != nil {
		return t, err
	}
	if n >= ownTypesMost {
		return t, errs.Newf(errs.Limited, "There are %d object types of your own, which is the limit.", n)
	}
	raw, err := t.stored()
	if err != nil {
		return t, err
	}
	made, err := tx.Exec(`INSERT INTO object_types (number, name, definition, created_at, updated_at)
SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $3 FROM object_types WHERE TRUE ON CONFLICT DO NOTHING`, t.Name, raw, tx.Micros())
	if err != nil {
		return t, err
	}
	r.sets.Invalidate(tx)
	if made == 0 {
		return t, errs.Newf(errs.Conflict, "An object type %q already exists, or was deleted but not for good.", t.Name).WithCode("OBJECT_ALREADY_EXISTS")
	}
	return r.Type(tx, t.Name)
}

// SaveType stores what a type of the account's own says of itself.
func (r *Registry) SaveType(tx *db.Tx, t ObjectType) (ObjectType, error) {
	raw, err := t.stored()
	if err != nil {
		return t, err
	}
	if _, err := tx.Exec("UPDATE object_types SET definition = $2, updated_at = $3 WHERE name = $1", t.Name, raw, tx.Micros()); err != nil {
		return t, err
	}
	r.sets.Invalidate(tx)
	return r.Type(tx, t.Name)
}

// ArchiveType ends the use of a type of the account's own: no name of it leads anywhere any more.
func (r *Registry) ArchiveType(tx *db.Tx, t ObjectType) error {
	_, err := tx.Exec("UPDATE object_types SET archived_at = $2, updated_at = $2 WHERE name = $1", t.Name, tx.Micros())
	r.sets.Invalidate(tx)
	return err
}

// PurgeType deletes an archived type for good. Its records are to be erased; then ForgetType frees the name.
func (r *Registry) PurgeType(tx *db.Tx, t ObjectType) error {
	_, err := tx.Exec("UPDATE object_types SET purged_at = $2 WHERE name = $1", t.Name, tx.Micros())
	return err
}

// ForgetType forgets the properties of a type that is deleted for good, and frees its name.
func (r *Registry) ForgetType(tx *db.Tx, name string) error {
	for _, statement := range []string{"DELETE FROM properties WHERE object_type = $1", "DELETE FROM property_groups WHERE object_type = $1",
		"UPDATE object_types SET name = '' WHERE name = $1 AND purged_at IS NOT NULL"} {
		if _, err := tx.Exec(statement, name); err != nil {
			return err
		}
	}
	r.sets.Invalidate(tx)
	return nil
}

// fit leaves out what the account archived meanwhile of the properties that a type of its own names.
func (t *ObjectType) fit(s *Set) {
	gone := func(name string) bool { return s.byName[name] == nil }
	t.Required = slices.DeleteFunc(slices.Clone(t.Required), gone)
	t.Searchable = slices.DeleteFunc(slices.Clone(t.Searchable), gone)
	t.Secondary = slices.DeleteFunc(slices.Clone(t.Secondary), gone)
	if gone(t.PrimaryDisplay) {
		t.PrimaryDisplay = "hs_object_id"
	}
}

func unknownType(name string) error {
	return errs.Newf(errs.Invalid, "Unable to infer object type from: %s", clip(name)).WithCode("UNKNOWN_OBJECT_TYPE")
}

func (c *catalog) find(name string) (ObjectType, bool) {
	if s, ok := c.sets[name]; ok {
		return s.ObjectType, true
	}
	for _, t := range c.types {
		if t.Is(name) {
			return t, true
		}
	}
	return ObjectType{}, false
}
