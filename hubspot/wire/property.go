package wire

import (
	"time"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/id"
)

// Property is a property's definition, as HubSpot's clients model it.
type Property struct {
	Name                 string       `json:"name"`
	Label                string       `json:"label"`
	Type                 string       `json:"type"`
	FieldType            string       `json:"fieldType"`
	Description          string       `json:"description"`
	GroupName            string       `json:"groupName"`
	Options              []Option     `json:"options"`
	DisplayOrder         int          `json:"displayOrder"`
	Calculated           bool         `json:"calculated"`
	ExternalOptions      bool         `json:"externalOptions"`
	HasUniqueValue       bool         `json:"hasUniqueValue"`
	Hidden               bool         `json:"hidden"`
	HubSpotDefined       bool         `json:"hubspotDefined,omitempty"`
	FormField            bool         `json:"formField"`
	DataSensitivity      string       `json:"dataSensitivity"`
	ReferencedObjectType string       `json:"referencedObjectType,omitempty"`
	CalculationFormula   string       `json:"calculationFormula,omitempty"`
	ShowCurrencySymbol   bool         `json:"showCurrencySymbol,omitempty"`
	CurrencyPropertyName string       `json:"currencyPropertyName,omitempty"`
	DateDisplayHint      string       `json:"dateDisplayHint,omitempty"`
	Modification         Modification `json:"modificationMetadata"`
	CreatedAt            string       `json:"createdAt,omitempty"`
	UpdatedAt            string       `json:"updatedAt,omitempty"`
	CreatedUserID        string       `json:"createdUserId,omitempty"`
	UpdatedUserID        string       `json:"updatedUserId,omitempty"`
	Archived             bool         `json:"archived"`
	ArchivedAt           string       `json:"archivedAt,omitempty"`
}

// Option is one choice of an enumeration.
type Option struct {
	Label        string `json:"label"`
	Value        string `json:"value"`
	Description  string `json:"description,omitempty"`
	DisplayOrder int    `json:"displayOrder"`
	Hidden       bool   `json:"hidden"`
}

// Modification says what clients may change of a property.
type Modification struct {
	Archivable         bool `json:"archivable"`
	ReadOnlyDefinition bool `json:"readOnlyDefinition"`
	ReadOnlyOptions    bool `json:"readOnlyOptions"`
	ReadOnlyValue      bool `json:"readOnlyValue"`
}

// ShowProperty is a definition outside.
func ShowProperty(d property.Definition) Property {
	// Users, teams and pipelines are options that are kept elsewhere.
	outside := d.References != "" || d.Type == property.Enumeration && len(d.Options) == 0
	p := Property{Name: d.Name, Label: d.Label, Type: string(d.Type), FieldType: d.FieldType, Description: d.Description, GroupName: d.Group,
		Options: []Option{}, DisplayOrder: d.Order, Calculated: d.Calculated(), ExternalOptions: outside, HasUniqueValue: d.Unique, Hidden: d.Hidden,
		HubSpotDefined: !d.Custom, FormField: d.FormField, DataSensitivity: d.Sensitivity, ReferencedObjectType: d.References,
		CalculationFormula: d.Formula, ShowCurrencySymbol: d.Shown.Symbol, CurrencyPropertyName: d.Shown.Currency, DateDisplayHint: d.Shown.Date,
		Modification: Modification{Archivable: d.Custom, ReadOnlyDefinition: !d.Custom, ReadOnlyOptions: outside || !d.Custom && d.ReadOnly, ReadOnlyValue: d.ReadOnly},
		CreatedAt:    Time(d.CreatedAt), UpdatedAt: Time(d.UpdatedAt), Archived: d.Archived, ArchivedAt: Time(d.ArchivedAt),
		CreatedUserID: userID(d.CreatedBy), UpdatedUserID: userID(d.UpdatedBy)}
	if p.DataSensitivity == "" {
		p.DataSensitivity = property.NotSensitive
	}
	for _, o := range d.Options {
		p.Options = append(p.Options, Option{o.Label, o.Value, o.Description, o.Order, o.Hidden})
	}
	return p
}

// Time is an instant outside, "" for none.
func Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return property.FormatTime(t)
}

func userID(n int64) string {
	if n == 0 {
		return ""
	}
	return id.Format(n)
}

// NewProperty is what clients make a property from.
type NewProperty struct {
	Name                 string      `json:"name"`
	Label                string      `json:"label"`
	Type                 string      `json:"type"`
	FieldType            string      `json:"fieldType"`
	Description          string      `json:"description"`
	GroupName            string      `json:"groupName"`
	Options              []NewOption `json:"options"`
	DisplayOrder         *int        `json:"displayOrder"`
	HasUniqueValue       bool        `json:"hasUniqueValue"`
	Hidden               bool        `json:"hidden"`
	FormField            bool        `json:"formField"`
	ShowCurrencySymbol   bool        `json:"showCurrencySymbol"`
	ReferencedObjectType string      `json:"referencedObjectType"`
	TextDisplayHint      string      `json:"textDisplayHint"`   // of schemas
	NumberDisplayHint    string      `json:"numberDisplayHint"` // of schemas
}

// NewOption is what clients make a choice from.
type NewOption struct {
	Label        string `json:"label"`
	Value        string `json:"value"`
	Description  string `json:"description"`
	DisplayOrder *int   `json:"displayOrder"`
	Hidden       bool   `json:"hidden"`
}

// hints are HubSpot's words for how a text or a number is shown, in ours; those left out change nothing.
var hints = map[string]string{"email": "email", "domain_name": "domain", "formatted": "formatted", "currency": "currency",
	"percentage": "percent", "duration": "duration", "probability": "probability"}

// Definition is what the property is to be.
func (p NewProperty) Definition() property.Definition {
	d := property.Definition{Name: p.Name, Label: p.Label, Type: property.Type(p.Type), FieldType: p.FieldType, Description: p.Description,
		Group: p.GroupName, Order: -1, Unique: p.HasUniqueValue, Hidden: p.Hidden, FormField: p.FormField, References: p.ReferencedObjectType,
		Format: hints[p.TextDisplayHint+p.NumberDisplayHint]}
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
