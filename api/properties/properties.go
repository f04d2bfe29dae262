// Package properties tells what properties records have, for forms and filters. It knows nothing of values.
package properties

import (
	"context"
	"net/http"
	"slices"

	"github.com/deskbell/deskbell/api/wire"
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
	pipelines *pipeline.Store
	people    *people.Service
}

// Routes adds the route.
func Routes(g *gate.Gate, d *db.DB, props *property.Registry, pipelines *pipeline.Store, p *people.Service) {
	r := &routes{d, props, pipelines, p}
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/properties/{objectType}", Needs: people.Signed, Tag: "Properties",
		Summary: "The properties of tickets, contacts or companies"}, r.list)
}

// Property is what a property means and how it is shown.
type Property struct {
	Name        string   `json:"name"`
	Label       string   `json:"label"`
	Type        string   `json:"type" enum:"string,number,date,datetime,bool,enumeration,phone_number"`
	FieldType   string   `json:"fieldType" doc:"HubSpot's: text, textarea, select, radio, checkbox, booleancheckbox, date, number …"`
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

type input struct {
	ObjectType string `path:"objectType" enum:"tickets,contacts,companies"`
}

func (r *routes) list(ctx context.Context, _ people.Actor, in *input) (*wire.Answer[wire.List[Property]], error) {
	var out []Property
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		set, err := r.props.Set(tx, in.ObjectType)
		if err != nil {
			return err
		}
		given, err := r.choices(tx)
		for _, d := range set.All() {
			if !d.Hidden {
				p := of(d, given)
				p.Required = slices.Contains(set.ObjectType.Required, d.Name)
				out = append(out, p)
			}
		}
		return err
	})
	return wire.Listed(out), err
}

func of(d property.Definition, given choices) Property {
	p := Property{Name: d.Name, Label: d.Label, Type: string(d.Type), FieldType: d.FieldType, GroupName: d.Group,
		Description: d.Description, Options: []Option{}, ReadOnly: d.ReadOnly}
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
