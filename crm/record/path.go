package record

import (
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/id"
)

// served are the questions that an index of the table answers by itself: the filters that it holds (filter.Condition.Shape),
// then the properties in whose order it lists them, either way round. All others go to the columns in memory.
var served = map[string]map[string]string{
	"tickets": {
		"": "hs_object_id desk_active_at createdate hs_lastmodifieddate",
		"!desk_snoozed_until desk_open=true desk_spam=false":                    "desk_active_at",
		"!desk_snoozed_until !hubspot_owner_id desk_open=true desk_spam=false":  "desk_active_at",
		"!desk_snoozed_until desk_open=true desk_spam=false hubspot_owner_id=?": "desk_active_at",
		"!desk_snoozed_until desk_open=true desk_spam=false hubspot_team_id=?":  "desk_active_at",
		"desk_open=true desk_snoozed_until desk_spam=false":                     "desk_active_at",
		"desk_spam=true":                    "desk_active_at",
		"desk_contact_id=?":                 "desk_active_at",
		"hs_pipeline=? hs_pipeline_stage=?": "desk_active_at hs_object_id",
	},
	"contacts":  {"": "hs_object_id createdate lastmodifieddate"},
	"companies": {"": "hs_object_id createdate hs_lastmodifieddate"},
}

// few are the properties of which a value is that of few records, which an index finds: then nothing is faster.
var few = map[string]string{
	"tickets": "desk_contact_id", "contacts": "email", "companies": "domain",
}

// byIndex decides which of the two ways a search goes: an index of the database, or the columns in memory. Both find the same.
func (r *query) byIndex(tx *db.Tx) bool {
	name := r.p.t.Name
	if tx.Writable() {
		return true // what others do not see yet
	}
	if r.texted {
		return len(r.found) <= fewIDs
	}
	for _, property := range []string{propID, few[name]} {
		if _, ok := r.cond.Only(property); ok {
			return true
		}
	}
	if r.q.CountTotal || r.q.Among != nil {
		return false
	}
	orders, ok := served[name][r.cond.Shape()]
	if !ok && r.p.t.Shared && r.cond.Shape() == "" {
		orders = propID
	}
	if !r.scope.All() { // an index walks what the actor may not see, unless all in it is the actor's own
		owner, own := r.cond.Only(propOwner)
		ok = ok && own && owner == id.Format(r.scope.User)
		return ok && named(orders, r.order.Property())
	}
	return named(orders, r.order.Property())
}

// named reports whether a name is one of those joined by a space.
func named(names, name string) bool { return strings.Contains(" "+names+" ", " "+name+" ") }
