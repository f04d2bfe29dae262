package wire

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/errs"
)

// FilterGroup are filters that must all hold.
type FilterGroup struct {
	Filters []Filter `json:"filters"`
}

// Filter is a condition over a property.
type Filter struct {
	PropertyName string  `json:"propertyName"`
	Operator     string  `json:"operator"`
	Value        Value   `json:"value"`
	Values       []Value `json:"values"`
	HighValue    Value   `json:"highValue"`
}

const groupsMost = 10 // HubSpot's documents say five, or six: only what is clearly more is refused

// Groups are filter groups as the record engine takes them.
func Groups(list []FilterGroup) (out []filter.Group, err error) {
	if len(list) > groupsMost {
		return nil, errs.Bad("filterGroups", "TOO_MANY", fmt.Sprintf("There can be at most %d filter groups", groupsMost))
	}
	for _, g := range list {
		group := filter.Group{Filters: []filter.Filter{}}
		for _, f := range g.Filters {
			group.Filters = append(group.Filters, f.filter())
		}
		out = append(out, group)
	}
	return out, nil
}

func (f Filter) filter() filter.Filter {
	out := filter.Filter{PropertyName: f.PropertyName, Operator: f.Operator, Value: string(f.Value), HighValue: string(f.HighValue)}
	for _, v := range f.Values {
		out.Values = append(out.Values, string(v))
	}
	return out
}

// SortBy is "createdate", "-createdate", {propertyName, direction} or, where exports are asked for, {propertyName, order}.
type SortBy struct{ record.Sort }

// Outline is the second form.
func (SortBy) Outline() any {
	return struct {
		PropertyName string `json:"propertyName"`
		Direction    string `json:"direction"`
	}{}
}

// UnmarshalJSON reads all forms.
func (s *SortBy) UnmarshalJSON(raw []byte) error {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		s.Property, s.Desc = strings.TrimPrefix(name, "-"), strings.HasPrefix(name, "-")
		return nil
	}
	var o struct{ PropertyName, Direction, Order string }
	err := json.Unmarshal(raw, &o)
	s.Property, s.Desc = o.PropertyName, strings.EqualFold(o.Direction, "DESCENDING") || strings.EqualFold(o.Order, "DESC")
	return err
}

// Sorts are sorts as the record engine takes them: one at most.
func Sorts(list []SortBy) (out []record.Sort, err error) {
	if len(list) > 1 {
		return nil, errs.Bad("sorts", "TOO_MANY_SORTS", "There can be only one sort")
	}
	for _, s := range list {
		out = append(out, s.Sort)
	}
	return out, nil
}
