package properties

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
)

// Property is a definition in HubSpot's form.
type Property struct {
	Name                 string   `json:"name"`
	Label                string   `json:"label"`
	Type                 string   `json:"type"`
	FieldType            string   `json:"fieldType"`
	Description          string   `json:"description"`
	GroupName            string   `json:"groupName"`
	Options              []Option `json:"options"`
	DisplayOrder         int      `json:"displayOrder"`
	Calculated           bool     `json:"calculated"`
	CalculationFormula   string   `json:"calculationFormula,omitempty"`
	ExternalOptions      bool     `json:"externalOptions"`
	ReferencedObjectType string   `json:"referencedObjectType,omitempty"`
	HasUniqueValue       bool     `json:"hasUniqueValue"`
	Hidden               bool     `json:"hidden"`
	HubspotDefined       bool     `json:"hubspotDefined"`
	FormField            bool     `json:"formField"`
	DataSensitivity      string   `json:"dataSensitivity"`
	NumberDisplayHint    string   `json:"numberDisplayHint,omitempty"`
	DateDisplayHint      string   `json:"dateDisplayHint,omitempty"`
	CurrencyPropertyName string   `json:"currencyPropertyName,omitempty"`
	ShowCurrencySymbol   bool     `json:"showCurrencySymbol,omitempty"`
	CreatedUserID        string   `json:"createdUserId,omitempty"`
	UpdatedUserID        string   `json:"updatedUserId,omitempty"`
	CreatedAt            string   `json:"createdAt"`
	UpdatedAt            string   `json:"updatedAt"`
	Archived             bool     `json:"archived"`
	ArchivedAt           string   `json:"archivedAt,omitempty"`
	ModificationMetadata Changes  `json:"modificationMetadata"`
}

// Option is one choice in HubSpot's form.
type Option struct {
	Label        string `json:"label"`
	Value        string `json:"value"`
	Description  string `json:"description,omitempty"`
	DisplayOrder int    `json:"displayOrder"`
	Hidden       bool   `json:"hidden"`
}

// Changes says what of a property can be changed.
type Changes struct {
	Archivable         bool `json:"archivable"`
	ReadOnlyDefinition bool `json:"readOnlyDefinition"`
	ReadOnlyOptions    bool `json:"readOnlyOptions"`
	ReadOnlyValue      bool `json:"readOnlyValue"`
}

// numberHints are HubSpot's words for the formats of numbers.
var numberHints = map[string]string{"": "unformatted", "formatted": "formatted", "currency": "currency", "percent": "percentage",
	"duration": "duration", "probability": "probability"}

// firstTime is when built-in properties were made: before any account.
var firstTime = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// shower returns what puts definitions of an object type into HubSpot's form. Pipelines and stages are options there.
func (a *API) shower(tx *db.Tx, set *property.Set) (func(property.Definition) Property, error) {
	t := set.ObjectType
	var lines []pipeline.Pipeline
	if t.Pipeline != "" {
		var err error
		if lines, err = a.pipelines.All(tx, t.Name); err != nil {
			return nil, err
		}
	}
	return func(d property.Definition) Property {
		p := of(d)
		switch {
		case d.Name == t.Pipeline && t.Pipeline != "":
			p.ExternalOptions, p.Options = true, pipelineOptions(lines)
		case d.Name == t.Stage && t.Stage != "":
			p.ExternalOptions, p.Options = true, stageOptions(lines)
		}
		return p
	}, nil
}

func pipelineOptions(lines []pipeline.Pipeline) []Option {
	out := []Option{}
	for i, p := range lines {
		out = append(out, Option{Label: p.Label, Value: p.ID, DisplayOrder: i})
	}
	return out
}

func stageOptions(lines []pipeline.Pipeline) []Option {
	out := []Option{}
	for _, p := range lines {
		for _, s := range p.Stages {
			label := s.Label
			if len(lines) > 1 {
				label += " (" + p.Label + ")"
			}
			out = append(out, Option{Label: label, Value: s.ID, DisplayOrder: len(out)})
		}
	}
	return out
}

func of(d property.Definition) Property {
	p := Property{Name: d.Name, Label: d.Label, Type: string(d.Type), FieldType: d.FieldType, Description: d.Description, GroupName: d.Group,
		Options: []Option{}, DisplayOrder: d.Order, Calculated: calculated(d), CalculationFormula: d.Formula, ExternalOptions: d.References != "",
		ReferencedObjectType: d.References, HasUniqueValue: d.Unique, Hidden: d.Hidden, HubspotDefined: !d.Custom, FormField: d.FormField,
		DataSensitivity: sensitivityOf(d), DateDisplayHint: d.Shown.Date, CurrencyPropertyName: d.Shown.Currency, ShowCurrencySymbol: d.Shown.Symbol,
		CreatedUserID: userID(d.CreatedBy), UpdatedUserID: userID(d.UpdatedBy), CreatedAt: at(d.CreatedAt), UpdatedAt: at(d.UpdatedAt),
		Archived: d.Archived, ModificationMetadata: Changes{Archivable: d.Custom, ReadOnlyDefinition: !d.Custom,
			ReadOnlyOptions: len(d.Options) == 0 || d.Type == property.Bool, ReadOnlyValue: d.ReadOnly}}
	if d.Type == property.Number {
		p.NumberDisplayHint = numberHints[d.Format]
	}
	if d.Archived {
		p.ArchivedAt = at(d.ArchivedAt)
	}
	for _, o := range d.Options {
		p.Options = append(p.Options, Option{o.Label, o.Value, o.Description, o.Order, o.Hidden})
	}
	return p
}

// calculated: by a formula or rollup, or of built-in ones by the program.
func calculated(d property.Definition) bool {
	return d.Calculated() || !d.Custom && d.ReadOnly && d.Column == ""
}

func userID(n int64) string {
	if n == 0 {
		return ""
	}
	return id.Format(n)
}

func at(t time.Time) string {
	if t.IsZero() {
		t = firstTime
	}
	return property.FormatTime(t)
}

func sensitivityOf(d property.Definition) string {
	if d.Sensitivity == "" {
		return property.NotSensitive
	}
	return d.Sensitivity
}

// sensitivity reads the parameter dataSensitivity.
func sensitivity(r *http.Request, standard string) (string, error) {
	levels := []string{property.NotSensitive, "sensitive", "highly_sensitive"}
	v := r.URL.Query().Get("dataSensitivity")
	if v == "" {
		return standard, nil
	}
	if !contains(levels, v) {
		return "", errs.Bad("dataSensitivity", "INVALID_OPTION", fmt.Sprintf("dataSensitivity must be one of %s", strings.Join(levels, ", ")))
	}
	return v, nil
}

func contains(all []string, one string) bool { return slices.Contains(all, one) }

// create is the body that makes a property.
type create struct {
	update
	Name                 string     `json:"name"`
	HasUniqueValue       bool       `json:"hasUniqueValue"`
	ReferencedObjectType string     `json:"referencedObjectType"`
	DataSensitivity      string     `json:"dataSensitivity"`
	ExternalOptions      wire.Value `json:"externalOptions"`
}

// update is the body that changes one; what it leaves out stays.
type update struct {
	Label                *string   `json:"label"`
	Type                 *string   `json:"type"`
	FieldType            *string   `json:"fieldType"`
	GroupName            *string   `json:"groupName"`
	Description          *string   `json:"description"`
	Options              *[]option `json:"options"`
	DisplayOrder         *int      `json:"displayOrder"`
	Hidden               *bool     `json:"hidden"`
	FormField            *bool     `json:"formField"`
	CalculationFormula   *string   `json:"calculationFormula"`
	NumberDisplayHint    *string   `json:"numberDisplayHint"`
	DateDisplayHint      *string   `json:"dateDisplayHint"`
	CurrencyPropertyName *string   `json:"currencyPropertyName"`
	ShowCurrencySymbol   *bool     `json:"showCurrencySymbol"`
}

type option struct {
	Label        string     `json:"label"`
	Value        wire.Value `json:"value"`
	Description  string     `json:"description"`
	DisplayOrder *int       `json:"displayOrder"`
	Hidden       bool       `json:"hidden"`
}

// definition is what the body asks for.
func (in create) definition() (property.Definition, error) {
	var absent []string
	for _, f := range []struct {
		name string
		set  bool
	}{{"name", in.Name != ""}, {"label", in.Label != nil}, {"type", in.Type != nil}, {"fieldType", in.FieldType != nil}, {"groupName", in.GroupName != nil}} {
		if !f.set {
			absent = append(absent, f.name)
		}
	}
	if absent != nil {
		return property.Definition{}, wire.Missing(absent...)
	}
	return in.over(property.Definition{Name: in.Name, Type: property.Type(*in.Type), Unique: in.HasUniqueValue, Custom: true,
		References: in.ReferencedObjectType, Sensitivity: in.DataSensitivity})
}

// over is a definition with what the body changes of it.
func (in update) over(d property.Definition) (property.Definition, error) {
	if in.Type != nil && property.Type(*in.Type) != d.Type {
		return d, errs.Bad("type", "INVALID_OPTION", fmt.Sprintf("The type of %s is %s and cannot be changed: make another property.", d.Name, d.Type))
	}
	if in.GroupName != nil && *in.GroupName == "" {
		return d, errs.Bad("groupName", "REQUIRED", "groupName must name a property group.")
	}
	if in.NumberDisplayHint != nil {
		found := false
		for format, hint := range numberHints {
			if hint == *in.NumberDisplayHint {
				d.Format, found = format, true
			}
		}
		if !found || d.Type != property.Number {
			return d, errs.Bad("numberDisplayHint", "INVALID_OPTION", "A number can be shown as one of unformatted, formatted, currency, percentage, duration, probability.")
		}
	}
	take(&d.Label, in.Label)
	take(&d.FieldType, in.FieldType)
	take(&d.Group, in.GroupName)
	take(&d.Description, in.Description)
	take(&d.Order, in.DisplayOrder)
	take(&d.Hidden, in.Hidden)
	take(&d.FormField, in.FormField)
	take(&d.Formula, in.CalculationFormula)
	take(&d.Shown.Date, in.DateDisplayHint)
	take(&d.Shown.Currency, in.CurrencyPropertyName)
	take(&d.Shown.Symbol, in.ShowCurrencySymbol)
	if in.Options != nil {
		d.Options = options(*in.Options, d.Options)
	}
	return d, nil
}

func take[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// options replace all that were there; colours, which HubSpot's form has no place for, stay with their values.
func options(in []option, before []property.Option) []property.Option {
	out := make([]property.Option, len(in))
	for i, o := range in {
		out[i] = property.Option{Label: o.Label, Value: string(o.Value), Description: o.Description, Hidden: o.Hidden, Order: i}
		take(&out[i].Order, o.DisplayOrder)
		for _, b := range before {
			if b.Value == out[i].Value {
				out[i].Color = b.Color
			}
		}
	}
	return out
}
