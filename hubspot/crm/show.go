package crm

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
)

// object is a record outside. Every property value is a string or null (hubspot-api.md 2).
type object struct {
	ID         string             `json:"id"`
	Properties map[string]*string `json:"properties"`
	CreatedAt  string             `json:"createdAt"`
	UpdatedAt  string             `json:"updatedAt"`
	Archived   bool               `json:"archived"`
	ArchivedAt string             `json:"archivedAt,omitempty"`
}

type page struct {
	Total   *int64   `json:"total,omitempty"`
	Results []object `json:"results"`
	Paging  *paging  `json:"paging,omitempty"`
}

type paging struct {
	Next struct {
		After string `json:"after"`
		Link  string `json:"link,omitempty"`
	} `json:"next"`
}

// always are returned whatever was asked for.
var always = map[string][]string{
	"tickets":   {"createdate", "hs_lastmodifieddate", "hs_object_id"},
	"contacts":  {"createdate", "lastmodifieddate", "hs_object_id"},
	"companies": {"createdate", "hs_lastmodifieddate", "hs_object_id"},
}

// standard are returned when nothing was asked for.
var standard = map[string][]string{
	"tickets":   {"content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_category", "hs_ticket_priority", "subject"},
	"contacts":  {"email", "firstname", "lastname"},
	"companies": {"name", "domain"},
}

func (a *API) show(tx *db.Tx, t property.ObjectType, rec record.Record, asked []string) (object, error) {
	set, err := a.props.Set(tx, t.Name)
	if err != nil {
		return object{}, err
	}
	return shown(set, t, rec, asked), nil
}

func (a *API) showPage(tx *db.Tx, t property.ObjectType, p record.Page, asked []string) (page, error) {
	set, err := a.props.Set(tx, t.Name)
	if err != nil {
		return page{}, err
	}
	out := page{Results: make([]object, 0, len(p.Records))}
	for _, rec := range p.Records {
		out.Results = append(out.Results, shown(set, t, rec, asked))
	}
	if p.Next != "" {
		out.Paging = &paging{}
		out.Paging.Next.After = p.Next
	}
	return out, nil
}

// shown makes the outside form. Names that are no property are left out without an error; a property without a value is null.
func shown(set *property.Set, t property.ObjectType, rec record.Record, asked []string) object {
	if len(asked) == 0 {
		asked = standard[t.Name]
	}
	o := object{ID: id.Format(rec.ID), Properties: map[string]*string{}, CreatedAt: property.FormatTime(rec.CreatedAt),
		UpdatedAt: property.FormatTime(rec.UpdatedAt), Archived: rec.Archived}
	if rec.Archived {
		o.ArchivedAt = property.FormatTime(rec.ArchivedAt)
	}
	for _, list := range [][]string{asked, always[t.Name]} {
		for _, name := range list {
			if v, ok := rec.Properties[name]; ok && v != "" {
				o.Properties[name] = &v
			} else if _, known := set.Get(name); known {
				o.Properties[name] = nil
			}
		}
	}
	own := o.ID
	o.Properties["hs_object_id"] = &own
	return o
}

// propertyError puts refused properties into the words that HubSpot's clients parse: a JSON array inside the message.
func propertyError(t property.ObjectType, err error) error {
	e := errs.As(err)
	if e == nil || e.Kind != errs.Invalid || len(e.Fields) == 0 {
		return err
	}
	type invalid struct {
		IsValid bool   `json:"isValid"`
		Message string `json:"message"`
		Error   string `json:"error"`
		Name    string `json:"name"`
	}
	var list []invalid
	var missing []string
	for _, f := range e.Fields {
		if f.Code == "REQUIRED" {
			missing = append(missing, f.Name)
		}
		list = append(list, invalid{Message: f.Message, Error: f.Code, Name: f.Name})
	}
	out := *e
	if len(missing) == len(e.Fields) {
		out.Message = fmt.Sprintf("Error creating %s. Some required properties were not set.", upper(t))
		return out.WithDetail("properties", missing...)
	}
	// Strings always marshal.
	text, _ := json.Marshal(list)
	out.Message = "Property values were not valid: " + string(text)
	return &out
}

func upper(t property.ObjectType) string { return strings.ToUpper(t.Singular) }
