package list

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/errs"
)

// operation is what a filter asks of a property. The fields are those of all types of operation.
type operation struct {
	Type     string `json:"operationType"`
	Kind     string `json:"type"` // of operations on times, again
	Operator string `json:"operator"`
	Empty    bool   `json:"includeObjectsWithNoValueSet"` // it holds for records without a value, too

	Value  text   `json:"value"`
	Values []text `json:"values"`
	Lower  text   `json:"lowerBound"` // numbers, or milliseconds since 1970
	Upper  text   `json:"upperBound"`

	Timestamp text   `json:"timestamp"` // milliseconds since 1970
	Year      text   `json:"year"`
	Month     text   `json:"month"`
	Day       text   `json:"day"`
	Days      text   `json:"numberOfDays"`
	Unit      string `json:"timeUnit"`
	Units     text   `json:"timeUnitCount"`
	Fiscal    bool   `json:"useFiscalYear"`

	Of         string `json:"propertyParser"`
	Point      *point `json:"timePoint"`
	LowerPoint *point `json:"lowerBoundTimePoint"`
	UpperPoint *point `json:"upperBoundTimePoint"`
	End        string `json:"endpointBehavior"`
	LowerEnd   string `json:"lowerBoundEndpointBehavior"`
	UpperEnd   string `json:"upperBoundEndpointBehavior"`
}

// list are the values to compare with.
func (o operation) list() []string {
	all := o.Values
	if len(all) == 0 && o.Value != "" {
		all = []text{o.Value}
	}
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return out
}

// known are the operators of every type that ask whether there is a value.
var known = map[string]bool{"IS_KNOWN": true, "IS_NOT_BLANK": true, "IS_UNKNOWN": false, "IS_BLANK": false}

// orders are the operators of an order.
var compared = map[string]string{"IS_EQUAL_TO": "EQ", "IS_GREATER_THAN": "GT", "IS_GREATER_THAN_OR_EQUAL_TO": "GTE",
	"IS_LESS_THAN": "LT", "IS_LESS_THAN_OR_EQUAL_TO": "LTE"}

// texts are the operators that look at a part of a text.
var texts = map[string]string{"CONTAINS": "CONTAINS", "STARTS_WITH": "STARTS_WITH", "ENDS_WITH": "ENDS_WITH"}

// negations are the operators that hold where another does not.
var negations = map[string]string{"IS_NOT_EQUAL_TO": "IS_EQUAL_TO", "DOES_NOT_CONTAIN": "CONTAINS", "DOES_NOT_START_WITH": "STARTS_WITH",
	"DOES_NOT_END_WITH": "ENDS_WITH", "IS_NOT_BETWEEN": "IS_BETWEEN", "IS_NONE_OF": "IS_ANY_OF", "IS_NOT_EXACTLY": "IS_EXACTLY",
	"DOES_NOT_CONTAIN_ALL": "CONTAINS_ALL"}

// property translates a filter on a property, or where it does not hold.
func (t *translator) property(name string, o operation, turn bool) (ways, error) {
	d, ok := t.set.Get(name)
	if !ok {
		return nil, errs.Bad(name, "PROPERTY_DOESNT_EXIST", "There is no property "+strconv.Quote(name)+".")
	}
	if there, ok := known[o.Operator]; ok {
		if there != turn {
			return one(has(name)), nil
		}
		return one(none(name)), nil
	}
	o.Type = cmp.Or(o.Type, o.Kind)
	base, negative := negations[o.Operator]
	if negative {
		o.Operator = base
	}
	w, err := t.holds(d, name, o) // for records with a value alone
	empty := o.Empty != turn
	switch {
	case err != nil:
		return nil, err
	case negative == turn && empty:
		return or(w, one(none(name)))
	case negative == turn:
		return w, nil
	}
	if w, err = negated(w); err == nil && !empty {
		w, err = and(one(has(name)), w)
	}
	return w, err
}

// holds translates an operation that is not negated.
func (t *translator) holds(d property.Definition, name string, o operation) (ways, error) {
	f := func(operator string, values ...string) filter.Filter {
		out := filter.Filter{PropertyName: name, Operator: operator}
		switch {
		case operator == "IN":
			out.Values = values
		case len(values) > 0:
			out.Value = values[0]
		}
		return out
	}
	values := o.list()
	unknown := unsaid(name, "the operator %.40q of %.40s", o.Operator, o.Type)
	switch o.Type {
	case "STRING", "MULTISTRING", "NUMBER", "BOOL", "ENUMERATION":
		if len(values) == 0 {
			return nil, errs.Bad(name, "INVALID_VALUE", name+" needs a value to compare with.")
		}
	}
	switch o.Type {
	case "STRING", "MULTISTRING":
		if o.Operator == "IS_EQUAL_TO" {
			return one(f("IN", values...)), nil
		}
		op, ok := texts[o.Operator]
		if !ok {
			return nil, unknown
		}
		var out ways
		for _, v := range values {
			out = append(out, []filter.Filter{f(op, v)})
		}
		return out, few(out)
	case "NUMBER":
		if op, ok := compared[o.Operator]; ok {
			return one(f(op, values[0])), nil
		}
	case "NUMBER_RANGED":
		if o.Operator == "IS_BETWEEN" {
			return one(filter.Filter{PropertyName: name, Operator: "BETWEEN", Value: string(o.Lower), HighValue: string(o.Upper)}), nil
		}
	case "BOOL":
		if o.Operator == "IS_EQUAL_TO" {
			return one(f("EQ", values[0])), nil
		}
	case "ENUMERATION":
		return enumerated(d, o.Operator, values, f, unknown)
	case "ALL_PROPERTY":
	default:
		return t.timed(d, name, o)
	}
	return nil, unknown
}

func enumerated(d property.Definition, operator string, values []string, f func(string, ...string) filter.Filter, unknown error) (ways, error) {
	switch operator {
	case "IS_ANY_OF", "IS_EQUAL_TO":
		return one(f("IN", values...)), nil
	case "IS_EXACTLY":
		slices.Sort(values)
		return one(f("EQ", strings.Join(values, ";"))), nil
	case "CONTAINS_ALL":
		if d.Multi() {
			return one(f("IN", strings.Join(values, ";"))), nil
		}
		var all []filter.Filter
		for _, v := range values {
			all = append(all, f("EQ", v))
		}
		return one(all...), nil
	}
	return nil, unknown
}
