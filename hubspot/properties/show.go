package properties

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/hubspot/wire"
)

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
	Name                 string     `json:"name" required:"true"`
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
		var found bool
		d.Format, found = wire.Formats()[*in.NumberDisplayHint]
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
