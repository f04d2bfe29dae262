// Package properties tells what properties records have, for forms and filters, and lets those who may define them. It knows
// nothing of values.
package properties

import (
	"context"
	"net/http"
	"slices"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/crm/computed"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

type routes struct {
	db        *db.DB
	props     *property.Registry
	computed  *computed.Service
	pipelines *pipeline.Store
	people    *people.Service
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, props *property.Registry, c *computed.Service, pipelines *pipeline.Store, p *people.Service) {
	r := &routes{d, props, c, pipelines, p}
	const tag = "Properties"
	row := func(method, path, summary string, needs people.Permission, status int) gate.Route {
		return gate.Route{Method: method, Path: "/helpdesk/v1" + path, Needs: needs, Tag: tag, Summary: summary, Status: status}
	}
	gate.Add(g, row(http.MethodGet, "/properties/{objectType}", "The properties of an object type, for forms and filters", people.Signed, 0), r.list)

	define := func(method, path, summary string, status int) gate.Route {
		return row(method, "/property-definitions/{objectType}"+path, summary, people.ManageProperties, status)
	}
	gate.Add(g, define(http.MethodGet, "", "All definitions of an object type, or those that were archived", 0), r.definitions)
	gate.Add(g, define(http.MethodPost, "", "Make a property, or bring an archived one back", http.StatusCreated), r.add)
	gate.Add(g, define(http.MethodGet, "/{name}", "A definition, and how far records are with it", 0), r.definition)
	gate.Add(g, define(http.MethodPatch, "/{name}", "Change a property", 0), r.change)
	gate.Add(g, define(http.MethodDelete, "/{name}", "Archive a property; its values stay", 0), r.archive)
	gate.Add(g, define(http.MethodPost, "/{name}/rename-option", "Change the value of an option, on records too", 0), r.rename)

	group := func(method, path, summary string, status int) gate.Route {
		return row(method, "/property-groups/{objectType}"+path, summary, people.ManageProperties, status)
	}
	gate.Add(g, row(http.MethodGet, "/property-groups/{objectType}", "The groups of an object type's properties, in their order", people.Signed, 0), r.groups)
	gate.Add(g, group(http.MethodPost, "", "Make a group", http.StatusCreated), r.addGroup)
	gate.Add(g, group(http.MethodPatch, "/{name}", "Change a group", 0), r.changeGroup)
	gate.Add(g, group(http.MethodDelete, "/{name}", "Delete a group that no property is in", 0), r.removeGroup)
}

// Property is what a property means and how it is shown.
type Property struct {
	Name        string   `json:"name"`
	Label       string   `json:"label"`
	Type        string   `json:"type" enum:"string,number,date,datetime,bool,enumeration,phone_number"`
	FieldType   string   `json:"fieldType" doc:"HubSpot's: text, textarea, select, radio, checkbox, booleancheckbox, date, number …"`
	Format      string   `json:"format" doc:"Of a number: formatted, currency, percent and probability (1 is 100 %), duration (milliseconds), or empty for a plain one; of a string: email, url, domain, or empty."`
	Currency    string   `json:"currency" doc:"Of an amount: the property that holds its currency's code; empty for none."`
	GroupName   string   `json:"groupName"`
	Description string   `json:"description"`
	Options     []Option `json:"options" doc:"Of an enumeration, in order; users, teams, pipelines and statuses too."`
	ReadOnly    bool     `json:"readOnly"`
	Required    bool     `json:"required" doc:"A new record needs it."`
}

// Option is one choice.
type Option struct {
	Label  string `json:"label"`
	Value  string `json:"value"`
	Color  string `json:"color,omitempty"`
	Hidden bool   `json:"hidden" doc:"Not offered any more, but still on records."`
}

func (r *routes) list(ctx context.Context, by people.Actor, in *OfType) (*wire.Answer[wire.List[Property]], error) {
	var out []Property
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		set, err := r.props.Set(tx, in.ObjectType)
		if err != nil {
			return err
		}
		given, err := r.choices(tx)
		for _, d := range set.All() {
			if !d.Hidden && d.Sees(by) {
				p := of(d, by, given)
				p.Required = slices.Contains(set.ObjectType.Required, d.Name)
				out = append(out, p)
			}
		}
		return err
	})
	return wire.Listed(out), err
}

func of(d property.Definition, by people.Actor, given choices) Property {
	p := Property{Name: d.Name, Label: d.Label, Type: string(d.Type), FieldType: d.FieldType, Format: d.Format, Currency: d.Shown.Currency, GroupName: d.Group,
		Description: d.Description, Options: []Option{}, ReadOnly: d.ReadOnly || !d.Edits(by)}
	for _, o := range d.Options {
		p.Options = append(p.Options, Option{o.Label, o.Value, o.Color, o.Hidden})
	}
	p.Options = append(p.Options, given[d.References]...)
	p.Options = append(p.Options, given[d.Name]...)
	return p
}

// choices are options that are not in definitions: by what a property refers to, or by its name.
type choices map[string][]Option

func (r *routes) choices(tx *db.Tx) (choices, error) {
	dir, err := r.people.Directory(tx)
	if err != nil {
		return nil, err
	}
	out := choices{}
	for _, u := range dir.Users() {
		out[property.ToUser] = append(out[property.ToUser], Option{Label: u.Name, Value: id.Format(u.ID), Hidden: !u.InWorkspace()})
	}
	for _, t := range dir.Teams() {
		out[property.ToTeam] = append(out[property.ToTeam], Option{Label: t.Name, Value: id.Format(t.ID)})
	}
	all, err := r.pipelines.All(tx, ticket.Object)
	for _, p := range all {
		out[ticket.Pipeline] = append(out[ticket.Pipeline], Option{Label: p.Label, Value: p.ID})
		for _, s := range p.Stages {
			label := s.Label
			if len(all) > 1 {
				label += " (" + p.Label + ")"
			}
			out[ticket.Stage] = append(out[ticket.Stage], Option{Label: label, Value: s.ID})
		}
	}
	return out, err
}
