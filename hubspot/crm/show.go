package crm

import (
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
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

func (a *API) show(tx *db.Tx, t property.ObjectType, rec record.Record, asked []string) (object, error) {
	set, err := a.props.Set(tx, t.Name)
	if err != nil {
		return object{}, err
	}
	return shown(set, t, rec, asked), nil
}

func (a *API) showAll(tx *db.Tx, t property.ObjectType, records []record.Record, asked []string) ([]object, error) {
	set, err := a.props.Set(tx, t.Name)
	if err != nil {
		return nil, err
	}
	out := make([]object, 0, len(records))
	for _, rec := range records {
		out = append(out, shown(set, t, rec, asked))
	}
	return out, nil
}

// shown makes the outside form. Names that are no property are left out without an error; a property without a value is null.
func shown(set *property.Set, t property.ObjectType, rec record.Record, asked []string) object {
	if len(asked) == 0 {
		asked = t.Standard
	}
	o := object{ID: id.Format(rec.ID), Properties: map[string]*string{}, CreatedAt: property.FormatTime(rec.CreatedAt),
		UpdatedAt: property.FormatTime(rec.UpdatedAt), Archived: rec.Archived}
	if rec.Archived {
		o.ArchivedAt = property.FormatTime(rec.ArchivedAt)
	}
	// When it was made and changed is returned whatever was asked for.
	for _, list := range [][]string{asked, {set.Holds("created_at"), set.Holds("updated_at")}} {
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
