package list

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/errs"
)

// What filters may be, so that none cost without end.
const (
	filtersMost = 64 << 10 // bytes of JSON
	depthOf     = 8        // branches in branches
	waysMost    = 200      // alternatives on the way; package filter allows fewer in the end
)

// branch is a branch of HubSpot's tree of filters.
type branch struct {
	Type     string   `json:"filterBranchType"`
	Operator string   `json:"filterBranchOperator"`
	Branches []branch `json:"filterBranches"`
	Filters  []leaf   `json:"filters"`

	// Of ASSOCIATION.
	ObjectType      text                 `json:"objectTypeId"`
	AssociationType text                 `json:"associationTypeId"`
	Category        association.Category `json:"associationCategory"`
}

// leaf is a filter of a branch.
type leaf struct {
	Type      string    `json:"filterType"`
	Property  string    `json:"property"`
	Operation operation `json:"operation"`
	Accepts   bool      `json:"shouldAccept"` // of CONSTANT
}

// text is a string, number or boolean; null is "".
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(raw []byte) error {
	switch {
	case bytes.Equal(raw, []byte("null")):
		*t = ""
	case raw[0] == '"':
		var s string
		err := json.Unmarshal(raw, &s)
		*t = text(s)
		return err
	case raw[0] == '{' || raw[0] == '[':
		return fmt.Errorf("%s is no value", raw)
	default:
		*t = text(raw)
	}
	return nil
}

// parse reads filters.
func parse(raw json.RawMessage) (branch, error) {
	var b branch
	if len(raw) > filtersMost {
		return b, errs.Bad("filterBranch", "TOO_MANY", fmt.Sprintf("filterBranch is too long: at most %d bytes.", filtersMost))
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		return b, errs.Bad("filterBranch", "INVALID_JSON", "filterBranch cannot be read: "+err.Error())
	}
	return b, nil
}

// ways are alternatives of which one must hold; each is filters that must all hold. None is never, one without filters is always.
type ways [][]filter.Filter

func always() ways                  { return ways{{}} }
func one(all ...filter.Filter) ways { return ways{all} }
func has(name string) filter.Filter {
	return filter.Filter{PropertyName: name, Operator: "HAS_PROPERTY"}
}
func none(name string) filter.Filter {
	return filter.Filter{PropertyName: name, Operator: "NOT_HAS_PROPERTY"}
}

func or(all ...ways) (out ways, err error) {
	for _, w := range all {
		out = append(out, w...)
	}
	return out, few(out)
}

func and(all ...ways) (out ways, err error) {
	out = always()
	for _, w := range all {
		var next ways
		for _, a := range out {
			for _, b := range w {
				if both, ok := together(a, b); ok {
					next = append(next, both)
				}
			}
			if err := few(next); err != nil {
				return nil, err
			}
		}
		out = next
	}
	return out, nil
}

// together are filters that must all hold, each once; false when nothing can: a value that is not there is not compared.
func together(a, b []filter.Filter) ([]filter.Filter, bool) {
	out := slices.Clone(a)
	for _, f := range b {
		if !slices.ContainsFunc(out, func(other filter.Filter) bool { return reflect.DeepEqual(f, other) }) {
			out = append(out, f)
		}
	}
	for _, f := range out {
		if f.Operator == "NOT_HAS_PROPERTY" && slices.ContainsFunc(out, func(other filter.Filter) bool {
			return other.PropertyName == f.PropertyName && other.Operator != "NEQ" && !strings.HasPrefix(other.Operator, "NOT_")
		}) {
			return nil, false
		}
	}
	return out, true
}

func few(w ways) error {
	if len(w) > waysMost {
		return errs.Bad("filterBranch", "TOO_MANY", "These filters have too many alternatives.")
	}
	return nil
}

// opposites are the operators that hold exactly where another does not.
var opposites = map[string]string{"EQ": "NEQ", "IN": "NOT_IN", "HAS_PROPERTY": "NOT_HAS_PROPERTY", "CONTAINS_TOKEN": "NOT_CONTAINS_TOKEN",
	"CONTAINS": "NOT_CONTAINS", "STARTS_WITH": "NOT_STARTS_WITH", "ENDS_WITH": "NOT_ENDS_WITH",
	"NEQ": "EQ", "NOT_IN": "IN", "NOT_HAS_PROPERTY": "HAS_PROPERTY", "NOT_CONTAINS_TOKEN": "CONTAINS_TOKEN",
	"NOT_CONTAINS": "CONTAINS", "NOT_STARTS_WITH": "STARTS_WITH", "NOT_ENDS_WITH": "ENDS_WITH"}

// turned are the operators of an order, with those that hold for the other values.
var turned = map[string]string{"LT": "GTE", "LTE": "GT", "GT": "LTE", "GTE": "LT"}

// not is where a filter does not hold: where there is no value, too.
func not(f filter.Filter) (ways, error) {
	if op, ok := opposites[f.Operator]; ok {
		f.Operator = op
		return one(f), nil
	}
	if op, ok := turned[f.Operator]; ok {
		f.Operator = op
		return ways{{f}, {none(f.PropertyName)}}, nil
	}
	if f.Operator == "BETWEEN" {
		low, high := f, f
		low.Operator, low.HighValue = "LT", ""
		high.Operator, high.Value, high.HighValue = "GT", f.HighValue, ""
		return ways{{low}, {high}, {none(f.PropertyName)}}, nil
	}
	return nil, unsaid(f.PropertyName, "%s cannot be turned around by NOT_ANY, NOT_ALL or an operator with NOT", f.Operator)
}

// negated is where none of the alternatives holds.
func negated(w ways) (ways, error) {
	var all []ways
	for _, way := range w {
		var some []ways
		for _, f := range way {
			n, err := not(f)
			if err != nil {
				return nil, err
			}
			some = append(some, n)
		}
		any, err := or(some...)
		if err != nil {
			return nil, err
		}
		all = append(all, any)
	}
	return and(all...)
}

// unsaid refuses a filter that cannot be said in the language of filters, and names it.
func unsaid(field, format string, args ...any) error {
	return errs.Bad(field, "UNSUPPORTED_FILTER", fmt.Sprintf("This filter is not supported: "+format+".", args...))
}

// translator puts HubSpot's filters into the language of package filter, as of a moment: what they say of today they say of the day
// that it is then.
type translator struct {
	set *property.Set
	now time.Time
	// unlabelled reports whether a type of association is the one that all relations of two object types have.
	unlabelled func(to property.ObjectType, id string, c association.Category) (bool, error)
}

// groups are filters as package filter takes them.
func (t *translator) groups(b branch) ([]filter.Group, error) {
	w, err := t.branch(b, 0, false)
	if err != nil {
		return nil, err
	}
	if len(w) == 0 {
		w = one(none("hs_object_id")) // nobody
	}
	out := make([]filter.Group, len(w))
	for i, all := range w {
		if len(all) == 0 {
			return nil, nil // everybody
		}
		out[i] = filter.Group{Filters: all}
	}
	return out, nil
}

// branch translates a branch, or where it does not hold: what turns it around goes down to the filters, as alternatives of
// alternatives would be too many.
func (t *translator) branch(b branch, depth int, turn bool) (ways, error) {
	if depth > depthOf {
		return nil, errs.Bad("filterBranch", "TOO_DEEP", fmt.Sprintf("Branches of filters may lie %d deep at most.", depthOf))
	}
	if b.Type == "ASSOCIATION" {
		w, err := t.association(b)
		if err == nil && turn {
			w, err = negated(w)
		}
		return w, err
	}
	within := turn != (b.Type == "NOT_ANY" || b.Type == "NOT_ALL")
	var parts []ways
	for _, l := range b.Filters {
		w, err := t.leaf(l, within)
		if err != nil {
			return nil, err
		}
		parts = append(parts, w)
	}
	for _, sub := range b.Branches {
		w, err := t.branch(sub, depth+1, within)
		if err != nil {
			return nil, err
		}
		parts = append(parts, w)
	}
	switch b.Type {
	case "AND", "NOT_ANY":
		if turn {
			return or(parts...)
		}
		return and(parts...)
	case "OR", "NOT_ALL":
		if turn {
			return and(parts...)
		}
		return or(parts...)
	case "":
		return nil, errs.Bad("filterBranchType", "REQUIRED", "Every branch of filters needs a filterBranchType.")
	}
	return nil, unsaid("filterBranchType", "branches of the type %.40q", b.Type)
}

func (t *translator) leaf(l leaf, turn bool) (ways, error) {
	switch l.Type {
	case "PROPERTY":
		return t.property(l.Property, l.Operation, turn)
	case "CONSTANT":
		if l.Accepts != turn {
			return always(), nil
		}
		return nil, nil
	case "":
		return nil, errs.Bad("filterType", "REQUIRED", "Every filter needs a filterType.")
	}
	return nil, unsaid("filterType", "filters of the type %.40q", l.Type)
}

// association: that there is an associated record, or one of some given by their ids.
func (t *translator) association(b branch) (ways, error) {
	to, ok := t.set.Type(string(b.ObjectType))
	if !ok {
		return nil, errs.Bad("objectTypeId", "INVALID_OBJECT_TYPE", fmt.Sprintf("There is no object type %.40q.", string(b.ObjectType)))
	}
	if b.AssociationType != "" {
		plain, err := t.unlabelled(to, string(b.AssociationType), b.Category)
		if err != nil {
			return nil, err
		}
		if !plain {
			return nil, unsaid("associationTypeId", "associations by a label: only the type without one can be asked for, and %.20s is not that of %s", string(b.AssociationType), to.Name)
		}
	}
	f := has("associations." + to.Name)
	switch {
	case len(b.Branches) > 0 || len(b.Filters) > 1:
		return nil, unsaid("filterBranches", "of associated %s only their ids can be asked for", to.Name)
	case len(b.Filters) == 0:
		return one(f), nil
	}
	l := b.Filters[0]
	values := l.Operation.list()
	if l.Type != "PROPERTY" || l.Property != "hs_object_id" || !slices.Contains([]string{"IS_EQUAL_TO", "IS_ANY_OF"}, l.Operation.Operator) || len(values) == 0 {
		return nil, unsaid(l.Property, "of associated %s only their ids (hs_object_id with IS_EQUAL_TO or IS_ANY_OF) can be asked for", to.Name)
	}
	f.Operator, f.Values = "IN", values
	return one(f), nil
}
