package property

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/rule"
	"github.com/deskbell/deskbell/errs"
)

const (
	nameMost    = 100
	labelMost   = 200
	aboutMost   = 2000    // of a description
	orderMost   = 1000000 // of displayOrder
	CustomMost  = 1000    // custom properties of one object type
	uniqueMost  = 10      // of one object type (HubSpot's limit)
	optionsMost = 5000
	optionMost  = 200 // bytes of a value or label
	chosenMost  = 500 // users or teams of Access
)

// How a computed property is shown, in HubSpot's words.
const (
	Equation = "calculation_equation"
	Rolled   = "calculation_rollup"
)

var (
	goodName   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}$`)
	fieldTypes = map[Type][]string{
		String:      {"text", "textarea", "html", "file", "phonenumber", Equation},
		Number:      {"number", Equation, Rolled},
		Date:        {"date", Equation, Rolled},
		DateTime:    {"date", Equation, Rolled},
		Bool:        {"booleancheckbox", "radio", "select", Equation},
		Enumeration: {"select", "radio", "checkbox", "booleancheckbox", Equation},
		Phone:       {"phonenumber", "text"},
	}
	formats = map[Type][]string{
		String: {"email", "domain", "url"},
		Number: {"formatted", "currency", "percent", "duration", "probability"},
	}
	dateHints     = []string{"absolute", "absolute_with_relative", "time_since", "time_until"}
	sensitivities = []string{NotSensitive, "sensitive", "highly_sensitive"}
)

// NotSensitive is the sensitivity of ordinary data.
const NotSensitive = "non_sensitive"

// changesShape reports whether values of one definition would not fit the other: one choice or several, plain text or HTML,
// written or computed.
func changesShape(a, b Definition) bool {
	if b.FieldType == "" {
		b.FieldType = a.FieldType
	}
	special := func(field string) string {
		switch field {
		case "html", "file", "checkbox", "phonenumber", Equation, Rolled:
			return field
		}
		return ""
	}
	return special(a.FieldType) != special(b.FieldType)
}

// checkBuiltin refuses what the account cannot change of a built-in property.
func (s *Set) checkBuiltin(old, d Definition) (Definition, error) {
	d.Format, d.Formula, d.Rollup = old.Format, "", nil
	d, err := s.checkCommon(d)
	switch {
	case err != nil:
		return d, err
	case len(d.Options) == 0 && len(old.Options) > 0:
		return d, errs.Bad("options", "REQUIRED", "A property with options needs at least one.")
	case !d.Access.View.IsZero() && (old.Column != "" || old.ReadOnly || slices.Contains(s.ObjectType.Required, old.Name)):
		return d, errs.Bad("access", "INVALID_OPTION", fmt.Sprintf("Deskbell works with %s itself, so everyone who sees a %s sees it.", old.Label, s.ObjectType.Singular))
	}
	return d, checkOptions(d)
}

// check completes a custom definition and refuses what is wrong in it.
func (s *Set) check(d Definition) (Definition, error) {
	if !goodName.MatchString(d.Name) || strings.HasPrefix(d.Name, "hs_") || strings.HasPrefix(d.Name, "desk_") {
		return d, errs.Bad("name", "INVALID_NAME",
			"The internal name must begin with a letter, hold only a-z, 0-9 and _, at most 100, and not begin with hs_ or desk_.")
	}
	shown, ok := fieldTypes[d.Type]
	if !ok {
		return d, errs.Bad("type", "INVALID_OPTION", "The type must be one of string, number, date, datetime, bool, enumeration, phone_number.")
	}
	if d.FieldType == "" {
		d.FieldType = d.usualField()
	}
	if !slices.Contains(shown, d.FieldType) {
		return d, errs.Bad("fieldType", "INVALID_OPTION", fmt.Sprintf("A %s is shown as one of %s.", d.Type, strings.Join(shown, ", ")))
	}
	if d.Unique && (d.Type != String && d.Type != Number && d.Type != Phone || d.Calculated()) {
		return d, errs.Bad("hasUniqueValue", "INVALID_OPTION", "Only text, numbers and phone numbers that people enter can be unique.")
	}
	if d.Format != "" && !slices.Contains(formats[d.Type], d.Format) {
		return d, errs.Bad("format", "INVALID_OPTION", fmt.Sprintf("A %s can have one of the formats %s.", d.Type, strings.Join(formats[d.Type], ", ")))
	}
	if d.References != "" && (d.Type != Enumeration || d.References != ToUser && d.References != ToTeam) {
		return d, errs.Bad("referencedObjectType", "INVALID_OPTION", "An enumeration can refer to OWNER or TEAM.")
	}
	if d.Type == Bool && len(d.Options) == 0 {
		d.Options = booleanOptions
	}
	_, yes := d.Option("true")
	if _, no := d.Option("false"); d.Type == Bool && (!yes || !no || len(d.Options) != 2) {
		return d, errs.Bad("options", "INVALID_OPTION", "A bool has the options true and false.")
	}
	if d.References != "" || d.Type != Enumeration && d.Type != Bool {
		d.Options = nil
	}
	if d.Type == Enumeration && len(d.Options) == 0 && d.References == "" {
		return d, errs.Bad("options", "REQUIRED", "A property with options needs at least one.")
	}
	d, err := s.checkCommon(d)
	if err == nil {
		err = s.checkComputed(&d)
	}
	if err == nil {
		err = checkOptions(d)
	}
	return d, err
}

func (d Definition) usualField() string {
	switch {
	case d.Formula != "":
		return Equation
	case d.Rollup != nil:
		return Rolled
	}
	return usualField[d.Type]
}

// checkComputed refuses a formula or rollup that is wrong, missing, or has no place.
func (s *Set) checkComputed(d *Definition) error {
	switch {
	case (d.FieldType == Equation) != (d.Formula != ""):
		return errs.Bad("calculationFormula", "REQUIRED", fmt.Sprintf("A property shown as %s needs a formula, and no other has one.", Equation))
	case (d.FieldType == Rolled) != (d.Rollup != nil):
		return errs.Bad("rollup", "REQUIRED", fmt.Sprintf("A property shown as %s needs a rollup, and no other has one.", Rolled))
	case d.Calculated() && (len(d.Rules) > 0 || !d.Access.Edit.IsZero()):
		return errs.Bad("rules", "INVALID_OPTION", "Nobody enters a calculated property: it has no rules and nobody who may edit it.")
	case d.Formula != "":
		return s.checkFormula(d)
	case d.Rollup != nil:
		return s.checkRollup(d)
	}
	return nil
}

// checkCommon checks what the account can choose of any property.
func (s *Set) checkCommon(d Definition) (Definition, error) {
	if d.Label = strings.TrimSpace(d.Label); d.Label == "" || len(d.Label) > labelMost {
		return d, errs.Bad("label", "REQUIRED", fmt.Sprintf("The label must have 1 to %d characters.", labelMost))
	}
	if len(d.Description) > aboutMost {
		return d, errs.Bad("description", "TOO_LONG", fmt.Sprintf("The description may have at most %d characters.", aboutMost))
	}
	if d.Group == "" && len(s.groups) > 0 {
		d.Group = s.groups[0].Name
	}
	if _, ok := s.Group(d.Group); !ok {
		return d, errs.Bad("groupName", "INVALID_GROUP", fmt.Sprintf("There is no property group %q.", clip(d.Group)))
	}
	if d.Order < -1 || d.Order > orderMost {
		return d, badOrder()
	}
	if d.Sensitivity == NotSensitive {
		d.Sensitivity = ""
	}
	if d.Sensitivity != "" && !slices.Contains(sensitivities, d.Sensitivity) {
		return d, errs.Bad("dataSensitivity", "INVALID_OPTION", "dataSensitivity is one of "+strings.Join(sensitivities, ", ")+".")
	}
	if d.Shown.Date != "" && (d.Type != Date && d.Type != DateTime || !slices.Contains(dateHints, d.Shown.Date)) {
		return d, errs.Bad("dateDisplayHint", "INVALID_OPTION", "A date can be shown as one of "+strings.Join(dateHints, ", ")+".")
	}
	if _, ok := s.Get(d.Shown.Currency); d.Shown.Currency != "" && (d.Type != Number || !ok) {
		return d, errs.Bad("currencyPropertyName", "INVALID_OPTION", "currencyPropertyName must name a property, and only a number has one.")
	}
	if max(len(d.Access.View.Users), len(d.Access.View.Teams), len(d.Access.Edit.Users), len(d.Access.Edit.Teams)) > chosenMost {
		return d, errs.Bad("access", "TOO_MANY", fmt.Sprintf("At most %d users and %d teams can be chosen.", chosenMost, chosenMost))
	}
	return d, d.checkRules()
}

// sort is what rules see of a property's values, "" where none holds.
func (d Definition) sort() rule.Sort {
	switch {
	case d.Type == Phone, d.Type == String && d.FieldType == "phonenumber":
		return rule.Phone
	case d.Type == String && d.FieldType != "file" && d.FieldType != "html":
		return rule.Text
	case d.Type == Number:
		return rule.Number
	case d.Type == Date:
		return rule.Date
	case d.Type == DateTime:
		return rule.DateTime
	}
	return ""
}

func (d Definition) checkRules() error {
	seen := map[string]rule.Rule{}
	for _, r := range d.Rules {
		if err := r.Check(d.sort()); err != nil {
			return err
		}
		if _, twice := seen[r.Type]; twice {
			return errs.Bad("rules", "DUPLICATE", fmt.Sprintf("The rule %s is there twice.", r.Type))
		}
		seen[r.Type] = r
	}
	low, high := seen["MIN_NUMBER"], seen["MAX_NUMBER"]
	if d.Type != Number {
		low, high = seen["MIN_LENGTH"], seen["MAX_LENGTH"]
	}
	if low.Args != nil && high.Args != nil {
		if _, broken := rule.Apply([]rule.Rule{{Type: "MIN_NUMBER", Args: low.Args}}, high.Args[0], time.Time{}); broken != nil {
			return errs.Bad("rules", "INVALID_NUMBER", "The minimum must not be above the maximum.")
		}
	}
	return nil
}

func checkOptions(d Definition) error {
	if len(d.Options) > optionsMost {
		return errs.Bad("options", "TOO_MANY", fmt.Sprintf("At most %d options.", optionsMost))
	}
	seen := map[string]bool{}
	for _, o := range d.Options {
		folded := strings.ToLower(strings.TrimSpace(o.Value))
		if folded == "" || len(o.Value) > optionMost || len(o.Label) > optionMost || len(o.Description) > aboutMost || strings.Contains(o.Value, ";") || seen[folded] || strings.TrimSpace(o.Label) == "" {
			return errs.Bad("options", "INVALID_OPTION", fmt.Sprintf("Option %q: its value must be unique, without semicolon, and it needs a label.", clip(o.Value)))
		}
		seen[folded] = true
	}
	return nil
}
