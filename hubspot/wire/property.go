package wire

import (
	"time"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
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

// PropertyShower returns what puts definitions of an object type into HubSpot's form. Pipelines and stages are options there.
func PropertyShower(tx *db.Tx, pipelines *pipeline.Store, set *property.Set) (func(property.Definition) Property, error) {
	t := set.ObjectType
	var lines []pipeline.Pipeline
	if t.Pipeline != "" {
		var err error
		if lines, err = pipelines.All(tx, t.Name); err != nil {
			return nil, err
		}
	}
	return func(d property.Definition) Property {
		p := shownProperty(d)
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

func shownProperty(d property.Definition) Property {
	p := Property{Name: d.Name, Label: d.Label, Type: string(d.Type), FieldType: d.FieldType, Description: d.Description, GroupName: d.Group,
		Options: []Option{}, DisplayOrder: d.Order, Calculated: calculated(d), CalculationFormula: d.Formula, ExternalOptions: d.References != "",
		ReferencedObjectType: d.References, HasUniqueValue: d.Unique, Hidden: d.Hidden, HubspotDefined: !d.Custom, FormField: d.FormField,
		DataSensitivity: Sensitivity(d), DateDisplayHint: d.Shown.Date, CurrencyPropertyName: d.Shown.Currency, ShowCurrencySymbol: d.Shown.Symbol,
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

// Sensitivity is how sensitive a property is, in HubSpot's words.
func Sensitivity(d property.Definition) string {
	if d.Sensitivity == "" {
		return property.NotSensitive
	}
	return d.Sensitivity
}

// Time is an instant in HubSpot's form, "" for none.
func Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return property.FormatTime(t)
}

// Formats are our formats of numbers by HubSpot's words for them.
func Formats() map[string]string {
	out := map[string]string{}
	for format, hint := range numberHints {
		out[hint] = format
	}
	return out
}
