// Package filter is the one language that asks for records: HubSpot's filter groups and operators, plus relative dates. It
// compiles them to SQL for many records and to a test in memory for one, and alone knows where values are stored.
package filter

import (
	"time"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
)

// Filter is one condition on one property, in HubSpot's JSON.
type Filter struct {
	PropertyName string   `json:"propertyName"`
	Operator     string   `json:"operator"`
	Value        string   `json:"value,omitempty"`
	Values       []string `json:"values,omitempty"`    // of IN and NOT_IN
	HighValue    string   `json:"highValue,omitempty"` // of BETWEEN
}

// Group is filters that must all hold. Of several groups, one must hold.
type Group struct {
	Filters []Filter `json:"filters"`
}

// Condition is compiled groups. It is safe to share.
type Condition struct {
	set    *property.Set
	groups [][]test
}

// Match reports whether a record matches, of which get gives the canonical property values, "" for none; of
// associations.<type> it gives ids joined by ";". now is what relative dates count from.
func (c *Condition) Match(get func(name string) string, now time.Time) bool {
	for _, g := range c.groups {
		if matchAll(g, get, now) {
			return true
		}
	}
	return len(c.groups) == 0
}

func matchAll(g []test, get func(string) string, now time.Time) bool {
	for _, t := range g {
		if !t.match(get(t.def.Name), now) {
			return false
		}
	}
	return true
}

// Where appends the condition over the columns of the object type's table.
func (c *Condition) Where(q *db.SQL, tx *db.Tx) {
	if len(c.groups) == 0 {
		q.Add("TRUE")
		return
	}
	if len(c.groups) > 1 {
		q.Add("(")
	}
	for i, g := range c.groups {
		if i > 0 {
			q.Add(" OR ")
		}
		if len(g) == 0 {
			q.Add("TRUE")
		}
		for j, t := range g {
			if j > 0 {
				q.Add(" AND ")
			}
			t.where(q, tx)
		}
	}
	if len(c.groups) > 1 {
		q.Add(")")
	}
}
