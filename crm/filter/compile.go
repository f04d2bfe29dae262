package filter

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/errs"
)

// What one condition may hold, so that no request can make a statement without end.
const (
	groupsMost  = 25
	filtersMost = 25  // of a group
	valuesMost  = 500 // of IN
	daysMost    = 36500
)

// op is an operator without its negation.
type op int

const (
	opEqual op = iota
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opBetween
	opIn
	opHas
	opToken
	opPart  // anywhere in the text
	opStart // at its beginning
	opEnd
	opRelative // between two times relative to now
)

type operator struct {
	op  op
	not bool
}

// operators are HubSpot's, and ours for parts of a text, which may hold spaces, and for relative dates: IN_LAST_… and IN_NEXT_… count from now, OLDER_THAN_DAYS is further
// back, LATER_THAN_DAYS further ahead. A negated operator also holds for records without a value.
var operators = map[string]operator{
	"EQ": {opEqual, false}, "NEQ": {opEqual, true},
	"LT": {opLess, false}, "LTE": {opLessEqual, false}, "GT": {opGreater, false}, "GTE": {opGreaterEqual, false},
	"BETWEEN": {opBetween, false},
	"IN":      {opIn, false}, "NOT_IN": {opIn, true},
	"HAS_PROPERTY": {opHas, false}, "NOT_HAS_PROPERTY": {opHas, true},
	"CONTAINS_TOKEN": {opToken, false}, "NOT_CONTAINS_TOKEN": {opToken, true},
	"CONTAINS": {opPart, false}, "NOT_CONTAINS": {opPart, true},
	"STARTS_WITH": {opStart, false}, "NOT_STARTS_WITH": {opStart, true},
	"ENDS_WITH": {opEnd, false}, "NOT_ENDS_WITH": {opEnd, true},
	"IN_LAST_DAYS": {opRelative, false}, "IN_LAST_HOURS": {opRelative, false},
	"IN_NEXT_DAYS": {opRelative, false}, "IN_NEXT_HOURS": {opRelative, false},
	"OLDER_THAN_DAYS": {opRelative, false}, "LATER_THAN_DAYS": {opRelative, false},
}

// test is one compiled filter.
type test struct {
	def    property.Definition
	op     op
	not    bool
	values []string     // canonical; of opBetween the two bounds, of opToken the words
	span   span         // of opRelative
	link   *association // of associations.<type>
}

// span is a stretch of time relative to now. An end that is absent is open.
type span struct {
	from, to       time.Duration
	hasFrom, hasTo bool
}

// bounds are the ends in the canonical form of the property, "" for an open end.
func (s span) bounds(d property.Definition, now time.Time) (low, high string) {
	format := func(t time.Time) string {
		if d.Type == property.Date {
			return t.UTC().Format("2006-01-02")
		}
		return property.FormatTime(t)
	}
	if s.hasFrom {
		low = format(now.Add(s.from))
	}
	if s.hasTo {
		high = format(now.Add(s.to))
	}
	return low, high
}

// Compile checks groups against the properties of an object type. Errors name the filter's property and say what is allowed.
func Compile(set *property.Set, groups []Group) (*Condition, error) {
	if len(groups) > groupsMost {
		return nil, errs.Bad("filterGroups", "TOO_MANY", fmt.Sprintf("At most %d filter groups.", groupsMost))
	}
	c := &Condition{set: set, groups: make([][]test, 0, len(groups))}
	for _, g := range groups {
		if len(g.Filters) > filtersMost {
			return nil, errs.Bad("filters", "TOO_MANY", fmt.Sprintf("At most %d filters in a group.", filtersMost))
		}
		tests := make([]test, 0, len(g.Filters))
		for _, f := range g.Filters {
			t, err := compile(set, f)
			if err != nil {
				return nil, err
			}
			tests = append(tests, t)
		}
		c.groups = append(c.groups, tests)
	}
	return c, nil
}

func compile(set *property.Set, f Filter) (test, error) {
	t := test{}
	name, ok := operators[f.Operator]
	if !ok {
		return t, errs.Bad(f.PropertyName, "INVALID_OPERATOR", fmt.Sprintf("There is no operator %q.", clip(f.Operator)))
	}
	t.op, t.not = name.op, name.not
	if rest, ok := strings.CutPrefix(f.PropertyName, "associations."); ok {
		return t.linked(set, f, rest)
	}
	if t.def, ok = set.Get(f.PropertyName); !ok {
		return t, errs.Bad(f.PropertyName, "PROPERTY_DOESNT_EXIST", fmt.Sprintf("There is no property %q.", clip(f.PropertyName)))
	}
	return t, t.take(f)
}

func (t *test) take(f Filter) error {
	switch t.op {
	case opHas:
		return nil
	case opIn:
		return t.list(f)
	case opToken:
		return t.words(f.Value)
	case opPart, opStart, opEnd:
		return t.part(f.Value)
	case opRelative:
		return t.relative(f)
	case opEqual:
		return t.normalize(f.Value)
	}
	if t.def.Multi() || t.def.Type == property.Bool {
		return t.bad("INVALID_OPERATOR", fmt.Sprintf("%s has no order to compare by.", t.def.Label))
	}
	if t.op == opBetween {
		return t.normalize(f.Value, f.HighValue)
	}
	return t.normalize(f.Value)
}

func (t *test) bad(code, message string) error { return errs.Bad(t.def.Name, code, message) }

func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

// normalize brings filter values to the form that records have. A value that no record can have matches none: HubSpot
// accepts options that do not exist, and so must saved views whose option was deleted.
func (t *test) normalize(raw ...string) error {
	for _, r := range raw {
		if r == "" {
			return t.bad("INVALID_VALUE", fmt.Sprintf("%s needs a value to compare with; use HAS_PROPERTY for any.", t.def.Label))
		}
		d := t.def
		if d.Type == property.String {
			d.Format, d.FieldType = "", ""
		}
		v, err := d.Normalize(r)
		if err != nil {
			if d.Type != property.Enumeration || d.References != "" {
				return err
			}
			v = r
		}
		if d.Type == property.String && (t.def.Format == "email" || t.def.Format == "domain") {
			v = strings.ToLower(strings.TrimSpace(v))
		}
		t.values = append(t.values, strings.ReplaceAll(strings.ToValidUTF8(v, "\uFFFD"), "\x00", ""))
	}
	return nil
}

func (t *test) list(f Filter) error {
	if len(f.Values) == 0 && f.Value != "" {
		f.Values = strings.Split(f.Value, ";")
	}
	if len(f.Values) == 0 || len(f.Values) > valuesMost {
		return t.bad("INVALID_VALUE", fmt.Sprintf("%s needs 1 to %d values.", t.def.Label, valuesMost))
	}
	return t.normalize(f.Values...)
}

// wordsMost bounds the words of one CONTAINS_TOKEN.
const wordsMost = 10

// words takes the value apart: every word must occur, ignoring the case of A to Z; * stands for anything.
func (t *test) words(raw string) error {
	raw = strings.ReplaceAll(strings.ToValidUTF8(raw, "\uFFFD"), "\x00", "")
	if t.def.Multi() {
		return t.normalize(raw)
	}
	if t.wordless() {
		return t.bad("INVALID_OPERATOR", fmt.Sprintf("%s has no words to look for.", t.def.Label))
	}
	for _, w := range strings.Fields(raw) {
		if w = strings.Trim(w, "*"); w != "" {
			t.values = append(t.values, lowerASCII(w))
		}
	}
	if len(t.values) == 0 || len(t.values) > wordsMost || len(raw) > 3000 {
		return t.bad("INVALID_VALUE", fmt.Sprintf("%s needs 1 to %d words to look for.", t.def.Label, wordsMost))
	}
	return nil
}

// part takes a part of a text, in lower case.
func (t *test) part(raw string) error {
	if t.wordless() {
		return t.bad("INVALID_OPERATOR", fmt.Sprintf("%s has no text to look into.", t.def.Label))
	}
	raw = strings.ReplaceAll(strings.ToValidUTF8(raw, "\uFFFD"), "\x00", "")
	if raw == "" || len(raw) > 3000 {
		return t.bad("INVALID_VALUE", fmt.Sprintf("%s needs a text to look for.", t.def.Label))
	}
	t.values = []string{lowerASCII(raw)}
	return nil
}

// wordless: values that are no text, or several.
func (t *test) wordless() bool {
	return t.def.Multi() || t.def.Type != property.String && t.def.Type != property.Phone && (t.def.Type != property.Enumeration || t.def.References != "")
}

func (t *test) relative(f Filter) error {
	if t.def.Type != property.Date && t.def.Type != property.DateTime {
		return t.bad("INVALID_OPERATOR", fmt.Sprintf("%s is not a date.", t.def.Label))
	}
	n, err := strconv.Atoi(strings.TrimSpace(f.Value))
	if err != nil || n < 0 || n > daysMost {
		return t.bad("INVALID_VALUE", fmt.Sprintf("%s needs a whole number from 0 to %d.", t.def.Label, daysMost))
	}
	unit := 24 * time.Hour
	if strings.HasSuffix(f.Operator, "_HOURS") {
		unit = time.Hour
	}
	d := time.Duration(n) * unit
	switch f.Operator {
	case "IN_LAST_DAYS", "IN_LAST_HOURS":
		t.span = span{from: -d, hasFrom: true, hasTo: true}
	case "IN_NEXT_DAYS", "IN_NEXT_HOURS":
		t.span = span{to: d, hasFrom: true, hasTo: true}
	case "OLDER_THAN_DAYS":
		t.span = span{to: -d, hasTo: true}
	case "LATER_THAN_DAYS":
		t.span = span{from: d, hasFrom: true}
	}
	return nil
}
