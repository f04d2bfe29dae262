// Package rule is what values must keep to beyond their type (PROP-2): HubSpot's property validations, under their names. It
// owns what each rule takes and asks; it knows nothing of definitions or of where rules are kept.
package rule

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/errs"
)

// Rule is one rule of a property. A property has at most one of a type.
type Rule struct {
	Type      string   `json:"type"`
	Args      []string `json:"args,omitempty"`
	Normalize bool     `json:"normalize,omitempty"` // bring a value into form first, where the rule knows how
}

// Sort is what a rule can hold for.
type Sort string

// The sorts of values.
const (
	Text     Sort = "text"
	Phone    Sort = "phone"
	Number   Sort = "number"
	Date     Sort = "date"
	DateTime Sort = "datetime"
)

// kind is a type of rule.
type kind struct {
	sorts []Sort
	code  string                                                  // of a value that breaks it
	args  func(args []string) error                               // refuses wrong arguments
	hold  func(r Rule, value string, now time.Time) (says string) // "" when the value keeps it
	form  func(r Rule, value string) string                       // brings a value into form; nil where there is none
}

const (
	badText   = "INVALID_STRING"
	badNumber = "INVALID_NUMBER"
	badDate   = "INVALID_DATE"
)

var (
	texts  = []Sort{Text}
	anyOf  = []Sort{Text, Phone}
	phones = []Sort{Phone, Text}
	nums   = []Sort{Number}
	days   = []Sort{Date}
	times  = []Sort{DateTime}
	both   = []Sort{Date, DateTime}
)

// kinds are all types of rules, by HubSpot's names.
var kinds = map[string]kind{
	"ALPHANUMERIC":          {texts, badText, oneOf("ALPHANUMERIC", "ALPHA_ONLY", "NUMERIC_ONLY"), alphanumeric, nil},
	"DOMAIN":                {texts, badText, none, isDomain, lower},
	"EMAIL":                 {texts, "INVALID_EMAIL", none, isEmail, lower},
	"EMAIL_ALLOWED_DOMAINS": {texts, badText, domains, emailAllowed, lower},
	"EMAIL_BLOCKED_DOMAINS": {texts, badText, domains, emailBlocked, lower},
	"FORMAT":                {texts, badText, oneOf("CAPITALIZATION", "UPPER", "LOWER"), format, formatted},
	"MAX_LENGTH":            {anyOf, badText, whole(1, 10000), maxLength, nil},
	"MIN_LENGTH":            {anyOf, badText, whole(1, 10000), minLength, nil},
	"REGEX":                 {texts, badText, pattern, matches, nil},
	"SPECIAL_CHARACTERS":    {texts, badText, oneOf("NOT_ALLOWED"), noSpecial, nil},
	"URL":                   {texts, badText, none, isURL, nil},
	"URL_ALLOWED_DOMAINS":   {texts, badText, domains, urlAllowed, nil},
	"URL_BLOCKED_DOMAINS":   {texts, badText, domains, urlBlocked, nil},
	"WHITESPACE":            {texts, badText, maybe("ALL", "TRIM"), noSpace, withoutSpace},
	"PHONE_NUMBER_WITH_EXPLICIT_COUNTRY_CODE": {phones, badText, country, isPhone, nil},

	"DECIMAL":    {nums, badNumber, whole(0, 20), decimals, nil},
	"MAX_NUMBER": {nums, badNumber, number, maxNumber, nil},
	"MIN_NUMBER": {nums, badNumber, number, minNumber, nil},

	"AFTER_DURATION":           {days, badDate, period, after, nil},
	"AFTER_DATETIME_DURATION":  {times, badDate, period, after, nil},
	"BEFORE_DURATION":          {days, badDate, period, before, nil},
	"BEFORE_DATETIME_DURATION": {times, badDate, period, before, nil},
	"DAYS_OF_WEEK":             {both, badDate, weekdays, onDays, nil},
	"START_DATE":               {days, badDate, instant, notBefore, nil},
	"START_DATETIME":           {times, badDate, instant, notBefore, nil},
	"END_DATE":                 {days, badDate, instant, notAfter, nil},
	"END_DATETIME":             {times, badDate, instant, notAfter, nil},
}

// Known reports whether there is a type of rules.
func Known(typ string) bool { _, ok := kinds[typ]; return ok }

// Check refuses a rule that is wrong or does not hold for a sort of values; its errors name ruleType or ruleArguments.
func (r Rule) Check(of Sort) error {
	k, ok := kinds[r.Type]
	if !ok {
		return errs.Bad("ruleType", "INVALID_OPTION", fmt.Sprintf("There is no rule %.60q. There are %s.", r.Type, strings.Join(names(), ", ")))
	}
	if !slices.Contains(k.sorts, of) {
		return errs.Bad("ruleType", "INVALID_OPTION", fmt.Sprintf("The rule %s does not hold for a %s property.", r.Type, of))
	}
	if err := k.args(r.Args); err != nil {
		return errs.Bad("ruleArguments", "INVALID_ARGUMENT", fmt.Sprintf("%s: %v", r.Type, err))
	}
	if k.form == nil && r.Normalize {
		return errs.Bad("shouldApplyNormalization", "INVALID_OPTION", fmt.Sprintf("The rule %s cannot bring values into form.", r.Type))
	}
	return nil
}

func names() []string {
	all := make([]string, 0, len(kinds))
	for name := range kinds {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// Broken is a rule that a value does not keep.
type Broken struct {
	Code string // for programs: INVALID_STRING, INVALID_NUMBER, INVALID_DATE, INVALID_EMAIL
	Says string // what the value must be, after "must"
}

// Apply brings a canonical value into the form that the rules ask for and tests it; nil is no broken rule. Rules that count
// from today use now. "" keeps every rule: that a value must be there is asked elsewhere.
func Apply(rules []Rule, value string, now time.Time) (string, *Broken) {
	if value == "" {
		return "", nil
	}
	for _, r := range rules {
		if k := kinds[r.Type]; r.Normalize && k.form != nil {
			value = k.form(r, value)
		}
	}
	for _, r := range rules {
		k, ok := kinds[r.Type]
		if !ok || value == "" {
			continue
		}
		if says := k.hold(r, value, now); says != "" {
			return value, &Broken{k.code, says}
		}
	}
	return value, nil
}
