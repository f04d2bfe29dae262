package filter

import (
	"slices"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
)

// Shape says what a condition asks, without the values, for tables of what an index holds: its filters in order, joined by
// " ". A filter is "name=?" for equality with one value ("name=true" of yes and no), "name" for a value that is there, "!name"
// for one that is not, and "name?" for all else. Alternatives are "|".
func (c *Condition) Shape() string {
	if len(c.groups) > 1 {
		return "|"
	}
	var parts []string
	for _, g := range c.groups {
		for i := range g {
			parts = append(parts, g[i].shape())
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

func (t *test) shape() string {
	switch {
	case t.op == opHas && t.not:
		return "!" + t.def.Name
	case t.op == opHas:
		return t.def.Name
	case t.not || t.link != nil || len(t.values) != 1 || t.op != opEqual && t.op != opIn:
		return t.def.Name + "?"
	case t.def.Store == property.Flag:
		return t.def.Name + "=" + t.values[0]
	}
	return t.def.Name + "=?"
}

// Only returns the value that every record must have of a property, if the condition says so.
func (c *Condition) Only(property string) (value string, ok bool) {
	if len(c.groups) != 1 {
		return "", false
	}
	for _, t := range c.groups[0] {
		if t.def.Name == property && t.shape() == property+"=?" {
			return t.values[0], true
		}
	}
	return "", false
}
