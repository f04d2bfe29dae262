package properties

import (
	"context"
	"encoding/json"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/rule"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// Definition is all that there is to know of a property, for those who define them.
type Definition struct {
	Name         string     `json:"name"`
	Label        string     `json:"label"`
	Type         string     `json:"type" enum:"string,number,date,datetime,bool,enumeration,phone_number"`
	FieldType    string     `json:"fieldType" doc:"HubSpot's; html is rich text, file holds ids of files, calculation_equation has a formula, calculation_rollup a rollup."`
	GroupName    string     `json:"groupName"`
	Description  string     `json:"description"`
	DisplayOrder int        `json:"displayOrder" doc:"Within its group; -1 is after all others."`
	Format       string     `json:"format" doc:"Of a string: email, url, domain; of a number: formatted, currency, percent, duration, probability; or empty."`
	Options      []Choice   `json:"options"`
	Rules        []Rule     `json:"rules"`
	Unique       bool       `json:"unique" doc:"No two records share a value."`
	Hidden       bool       `json:"hidden"`
	FormField    bool       `json:"formField"`
	Sensitivity  string     `json:"dataSensitivity" enum:"non_sensitive,sensitive,highly_sensitive"`
	References   string     `json:"references" doc:"OWNER for a user, TEAM for a team, or empty."`
	Formula      string     `json:"calculationFormula"`
	Rollup       *Rollup    `json:"rollup,omitempty"`
	Access       Access     `json:"access"`
	Custom       bool       `json:"custom" doc:"Made by the account; others are built in and cannot be deleted."`
	ReadOnly     bool       `json:"readOnly" doc:"Nobody enters its values."`
	Archived     bool       `json:"archived"`
	CreatedAt    *time.Time `json:"createdAt" nullable:"true"`
	UpdatedAt    *time.Time `json:"updatedAt" nullable:"true"`
	CreatedBy    *wire.ID   `json:"createdBy" nullable:"true"`
	UpdatedBy    *wire.ID   `json:"updatedBy" nullable:"true"`
	Progress     *Progress  `json:"progress,omitempty" doc:"Of bringing the records that are there up to date, where that was needed."`
}

// Choice is one option with all that it has.
type Choice struct {
	Label        string `json:"label" minLength:"1" maxLength:"200"`
	Value        string `json:"value" minLength:"1" maxLength:"200"`
	Description  string `json:"description" required:"false" maxLength:"2000"`
	Color        string `json:"color" required:"false" maxLength:"40"`
	DisplayOrder int    `json:"displayOrder" required:"false"`
	Hidden       bool   `json:"hidden" required:"false" doc:"Not offered any more, but still on records."`
}

// Rule is what values must keep to.
type Rule struct {
	Type      string   `json:"type" doc:"HubSpot's: MAX_LENGTH, REGEX, MIN_NUMBER …"`
	Args      []string `json:"arguments"`
	Normalize bool     `json:"normalize" required:"false" doc:"Bring a value into form first, where the rule can."`
}

// Rollup computes a value from associated records.
type Rollup struct {
	Of       string         `json:"of" doc:"Their object type."`
	How      string         `json:"how" enum:"count,sum,min,max,average"`
	Property string         `json:"property" required:"false" doc:"Of theirs; none for a count."`
	TypeID   int            `json:"associationTypeId" required:"false" doc:"Of the association; 0 is any."`
	Filter   []filter.Group `json:"filterGroups" required:"false" doc:"Which of them count; none is all."`
}

// Access is who may see and who may edit the values: everyone, where nobody is chosen.
type Access struct {
	View Chosen `json:"view" required:"false"`
	Edit Chosen `json:"edit" required:"false"`
}

// Chosen are users, and all users of teams.
type Chosen struct {
	Users []wire.ID `json:"userIds" required:"false"`
	Teams []wire.ID `json:"teamIds" required:"false"`
}

// Progress is how far records are brought up to date with a definition.
type Progress struct {
	Done     int64 `json:"done"`
	Total    int64 `json:"total"`
	Finished bool  `json:"finished"`
}

func definitionOf(d property.Definition) Definition {
	out := Definition{Name: d.Name, Label: d.Label, Type: string(d.Type), FieldType: d.FieldType, GroupName: d.Group, Description: d.Description,
		DisplayOrder: d.Order, Format: d.Format, Options: []Choice{}, Rules: []Rule{}, Unique: d.Unique, Hidden: d.Hidden, FormField: d.FormField,
		Sensitivity: d.Sensitivity, References: d.References, Formula: d.Formula, Custom: d.Custom, ReadOnly: d.ReadOnly, Archived: d.Archived,
		Access:    Access{chosenOf(d.Access.View), chosenOf(d.Access.Edit)},
		CreatedAt: wire.Time(d.CreatedAt), UpdatedAt: wire.Time(d.UpdatedAt), CreatedBy: wire.Ref(d.CreatedBy), UpdatedBy: wire.Ref(d.UpdatedBy)}
	if out.Sensitivity == "" {
		out.Sensitivity = property.NotSensitive
	}
	for _, o := range d.Options {
		out.Options = append(out.Options, Choice{o.Label, o.Value, o.Description, o.Color, o.Order, o.Hidden})
	}
	for _, r := range d.Rules {
		out.Rules = append(out.Rules, Rule{r.Type, append([]string{}, r.Args...), r.Normalize})
	}
	if r := d.Rollup; r != nil {
		out.Rollup = &Rollup{Of: r.Of, How: r.How, Property: r.Property, TypeID: r.TypeID}
		_ = json.Unmarshal(r.Filter, &out.Rollup.Filter) // it was checked when it was stored
	}
	return out
}

func chosenOf(c property.Chosen) Chosen { return Chosen{wire.IDs(c.Users), wire.IDs(c.Teams)} }

func (c Chosen) plain() property.Chosen {
	return property.Chosen{Users: wire.Ints(c.Users), Teams: wire.Ints(c.Teams)}
}

// Change is a definition to make, or what to change of one; what is left out stays, or is what is usual.
type Change struct {
	Label        *string   `json:"label" required:"false" maxLength:"200"`
	FieldType    *string   `json:"fieldType" required:"false" maxLength:"40"`
	GroupName    *string   `json:"groupName" required:"false" maxLength:"100"`
	Description  *string   `json:"description" required:"false" maxLength:"2000"`
	DisplayOrder *int      `json:"displayOrder" required:"false"`
	Format       *string   `json:"format" required:"false" maxLength:"40"`
	Options      *[]Choice `json:"options" required:"false" maxItems:"5000" doc:"All of them: those that are not named go."`
	Rules        *[]Rule   `json:"rules" required:"false" maxItems:"40"`
	Hidden       *bool     `json:"hidden" required:"false"`
	FormField    *bool     `json:"formField" required:"false"`
	Formula      *string   `json:"calculationFormula" required:"false" maxLength:"4000"`
	Rollup       *Rollup   `json:"rollup" required:"false"`
	Access       *Access   `json:"access" required:"false"`
}

func (c Change) over(d property.Definition) (property.Definition, error) {
	take(&d.Label, c.Label)
	take(&d.FieldType, c.FieldType)
	take(&d.Group, c.GroupName)
	take(&d.Description, c.Description)
	take(&d.Order, c.DisplayOrder)
	take(&d.Format, c.Format)
	take(&d.Hidden, c.Hidden)
	take(&d.FormField, c.FormField)
	take(&d.Formula, c.Formula)
	if c.Options != nil {
		d.Options = nil
		for _, o := range *c.Options {
			d.Options = append(d.Options, property.Option{Label: o.Label, Value: o.Value, Description: o.Description, Color: o.Color, Order: o.DisplayOrder, Hidden: o.Hidden})
		}
	}
	if c.Rules != nil {
		d.Rules = nil
		for _, r := range *c.Rules {
			d.Rules = append(d.Rules, rule.Rule{Type: r.Type, Args: r.Args, Normalize: r.Normalize})
		}
	}
	if c.Access != nil {
		d.Access = property.Access{View: c.Access.View.plain(), Edit: c.Access.Edit.plain()}
	}
	if r := c.Rollup; r != nil {
		d.Rollup = &property.Rollup{Of: r.Of, How: r.How, Property: r.Property, TypeID: r.TypeID}
		if len(r.Filter) > 0 {
			raw, err := json.Marshal(r.Filter)
			if err != nil {
				return d, err
			}
			d.Rollup.Filter = raw
		}
	}
	return d, nil
}

func take[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// NewDefinition is what a property is made from.
type NewDefinition struct {
	Change
	Name        string `json:"name" minLength:"1" maxLength:"100" doc:"Internal name: a-z, 0-9 and _; never changes."`
	Type        string `json:"type" enum:"string,number,date,datetime,bool,enumeration,phone_number"`
	Unique      bool   `json:"unique" required:"false"`
	References  string `json:"references" required:"false" enum:"OWNER,TEAM"`
	Sensitivity string `json:"dataSensitivity" required:"false" enum:"non_sensitive,sensitive,highly_sensitive"`
}

// OfType is the input that names an object type.
type OfType struct {
	ObjectType string `path:"objectType" maxLength:"100" doc:"Plural, singular or type id."`
}

// Named is the input that names a property or group of an object type.
type Named struct {
	OfType
	Name string `path:"name" maxLength:"200" doc:"The internal name."`
}

type (
	listInput struct {
		OfType
		Archived bool `query:"archived"`
	}
	addInput struct {
		OfType
		Body NewDefinition
	}
	changeInput struct {
		Named
		Body Change
	}
	renameInput struct {
		Named
		Body struct {
			From string `json:"from" minLength:"1" maxLength:"200" doc:"The option's value."`
			To   string `json:"to" minLength:"1" maxLength:"200" doc:"What it is from now on."`
		}
	}
)

func (r *routes) definitions(ctx context.Context, _ people.Actor, in *listInput) (*wire.Answer[wire.List[Definition]], error) {
	var out []Definition
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		set, err := r.props.Set(tx, in.ObjectType)
		if err != nil {
			return err
		}
		defs := set.All()
		if in.Archived {
			defs, err = r.props.Archived(tx, set.ObjectType.Name)
		}
		out = nil
		for _, d := range defs {
			out = append(out, definitionOf(d))
		}
		return err
	})
	return wire.Listed(out), err
}

func (r *routes) definition(ctx context.Context, _ people.Actor, in *Named) (out *wire.Answer[Definition], err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		set, err := r.props.Set(tx, in.ObjectType)
		if err != nil {
			return err
		}
		d, ok := set.Get(in.Name)
		if !ok {
			return property.NoProperty(in.Name)
		}
		out, err = r.answer(tx, d)
		return err
	})
	return out, err
}

// answer is a definition with how far records are with it.
func (r *routes) answer(tx *db.Tx, d property.Definition) (*wire.Answer[Definition], error) {
	out := definitionOf(d)
	run, ok, err := r.computed.Progress(tx, d.ObjectType, d.Name)
	if ok {
		out.Progress = &Progress{run.Done, run.Total, run.Finished()}
	}
	return wire.Of(out), err
}

func (r *routes) add(ctx context.Context, by people.Actor, in *addInput) (out *wire.Answer[Definition], err error) {
	b := in.Body
	d, err := b.over(property.Definition{ObjectType: in.ObjectType, Name: b.Name, Type: property.Type(b.Type), Unique: b.Unique,
		References: b.References, Sensitivity: b.Sensitivity})
	if err != nil {
		return nil, err
	}
	return r.write(ctx, func(tx *db.Tx) (property.Definition, error) { return r.computed.Create(tx, by, d) })
}

func (r *routes) change(ctx context.Context, by people.Actor, in *changeInput) (*wire.Answer[Definition], error) {
	return r.write(ctx, func(tx *db.Tx) (property.Definition, error) {
		set, err := r.props.Set(tx, in.ObjectType)
		if err != nil {
			return property.Definition{}, err
		}
		d, ok := set.Get(in.Name)
		if !ok {
			return d, property.NoProperty(in.Name)
		}
		if d, err = in.Body.over(d); err != nil {
			return d, err
		}
		return r.computed.Update(tx, by, d)
	})
}

func (r *routes) rename(ctx context.Context, by people.Actor, in *renameInput) (*wire.Answer[Definition], error) {
	return r.write(ctx, func(tx *db.Tx) (property.Definition, error) {
		return r.computed.RenameOption(tx, by, in.ObjectType, in.Name, in.Body.From, in.Body.To)
	})
}

func (r *routes) write(ctx context.Context, fn func(tx *db.Tx) (property.Definition, error)) (out *wire.Answer[Definition], err error) {
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		d, err := fn(tx)
		if err == nil {
			out, err = r.answer(tx, d)
		}
		return err
	})
	return out, err
}

func (r *routes) archive(ctx context.Context, by people.Actor, in *Named) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.props.Archive(tx, by, in.ObjectType, in.Name) })
}

// Group is where properties stand together.
type Group struct {
	Name         string `json:"name"`
	Label        string `json:"label"`
	DisplayOrder int    `json:"displayOrder" doc:"-1 is after all others."`
	Custom       bool   `json:"custom" doc:"Made by the account; others cannot be deleted."`
}

type (
	newGroupInput struct {
		OfType
		Body struct {
			Name         string `json:"name" minLength:"1" maxLength:"100"`
			Label        string `json:"label" minLength:"1" maxLength:"200"`
			DisplayOrder int    `json:"displayOrder" required:"false" default:"-1"`
		}
	}
	groupInput struct {
		Named
		Body struct {
			Label        *string `json:"label" required:"false" maxLength:"200"`
			DisplayOrder *int    `json:"displayOrder" required:"false"`
		}
	}
)

func groupOf(g property.Group) Group { return Group{g.Name, g.Label, g.Order, g.Custom} }

func (r *routes) groups(ctx context.Context, _ people.Actor, in *OfType) (*wire.Answer[wire.List[Group]], error) {
	var out []Group
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		set, err := r.props.Set(tx, in.ObjectType)
		if err != nil {
			return err
		}
		out = nil
		for _, g := range set.Groups() {
			out = append(out, groupOf(g))
		}
		return nil
	})
	return wire.Listed(out), err
}

func (r *routes) addGroup(ctx context.Context, by people.Actor, in *newGroupInput) (out *wire.Answer[Group], err error) {
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		g, err := r.props.CreateGroup(tx, by, in.ObjectType, property.Group{Name: in.Body.Name, Label: in.Body.Label, Order: in.Body.DisplayOrder})
		out = wire.Of(groupOf(g))
		return err
	})
	return out, err
}

func (r *routes) changeGroup(ctx context.Context, by people.Actor, in *groupInput) (out *wire.Answer[Group], err error) {
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		set, err := r.props.Set(tx, in.ObjectType)
		if err != nil {
			return err
		}
		g, ok := set.Group(in.Name)
		if !ok {
			return property.NoGroup(in.Name)
		}
		take(&g.Label, in.Body.Label)
		take(&g.Order, in.Body.DisplayOrder)
		g, err = r.props.UpdateGroup(tx, by, in.ObjectType, g)
		out = wire.Of(groupOf(g))
		return err
	})
	return out, err
}

func (r *routes) removeGroup(ctx context.Context, by people.Actor, in *Named) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.props.DeleteGroup(tx, by, in.ObjectType, in.Name) })
}
