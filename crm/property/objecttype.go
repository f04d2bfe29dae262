package property

import (
	"strings"

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
}

// From is the table of the type's records as a statement goes on after FROM: the next condition can follow at once.
func (t ObjectType) From() string {
	if t.Shared {
		return t.Table + " WHERE object_type = '" + t.Name + "' AND "
	}
	return t.Table + " WHERE "
}

// is reports whether name means the type: plural, singular or full name in any case, or the type id.
func (t ObjectType) is(name string) bool {
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
	if s, ok := c.sets[name]; ok {
		return s.ObjectType, true
	}
	for _, t := range c.types {
		if t.is(name) {
			return t, true
		}
	}
	return ObjectType{}, false
}
