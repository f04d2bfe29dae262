package schemas

import (
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/hubspot/wire"
)

// newProperty is what clients make a property of a schema from.
type newProperty struct {
	Name                 string      `json:"name"`
	Label                string      `json:"label"`
	Type                 string      `json:"type"`
	FieldType            string      `json:"fieldType"`
	Description          string      `json:"description"`
	GroupName            string      `json:"groupName"`
	Options              []newOption `json:"options"`
	DisplayOrder         *int        `json:"displayOrder"`
	HasUniqueValue       bool        `json:"hasUniqueValue"`
	Hidden               bool        `json:"hidden"`
	FormField            bool        `json:"formField"`
	ShowCurrencySymbol   bool        `json:"showCurrencySymbol"`
	ReferencedObjectType string      `json:"referencedObjectType"`
	TextDisplayHint      string      `json:"textDisplayHint"`
	NumberDisplayHint    string      `json:"numberDisplayHint"`
}

// newOption is what clients make a choice from.
type newOption struct {
	Label        string `json:"label"`
	Value        string `json:"value"`
	Description  string `json:"description"`
	DisplayOrder *int   `json:"displayOrder"`
	Hidden       bool   `json:"hidden"`
}

// textFormats are our formats of texts by HubSpot's words for them; words left out change nothing.
var textFormats = map[string]string{"email": "email", "domain_name": "domain"}

// definition is what the property is to be.
func (p newProperty) definition() property.Definition {
	d := property.Definition{Name: p.Name, Label: p.Label, Type: property.Type(p.Type), FieldType: p.FieldType, Description: p.Description,
		Group: p.GroupName, Order: -1, Unique: p.HasUniqueValue, Hidden: p.Hidden, FormField: p.FormField, References: p.ReferencedObjectType,
		Format: textFormats[p.TextDisplayHint]}
	if d.Type == property.Number {
		d.Format = wire.Formats()[p.NumberDisplayHint]
	}
	d.Shown.Symbol = p.ShowCurrencySymbol
	if p.DisplayOrder != nil {
		d.Order = *p.DisplayOrder
	}
	for i, o := range p.Options {
		order := i
		if o.DisplayOrder != nil && *o.DisplayOrder >= 0 {
			order = *o.DisplayOrder
		}
		d.Options = append(d.Options, property.Option{Label: o.Label, Value: o.Value, Description: o.Description, Order: order, Hidden: o.Hidden})
	}
	return d
}
