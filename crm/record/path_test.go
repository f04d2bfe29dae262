package record_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

func filters(names ...string) []filter.Group {
	var g filter.Group
	for _, n := range names {
		part := strings.Split(n, " ")
		f := filter.Filter{PropertyName: part[0], Operator: part[1]}
		if len(part) > 2 {
			f.Value, f.Values = part[2], part[2:]
		}
		g.Filters = append(g.Filters, f)
	}
	return []filter.Group{g}
}

// An index answers what it holds in its order; the columns in memory all else.
func TestWhichWayASearchGoes(t *testing.T) { // PERF-1
	open := []string{"desk_open EQ true", "desk_spam EQ false", "desk_snoozed_until NOT_HAS_PROPERTY"}
	with := func(more ...string) []filter.Group { return filters(append(slices.Clone(open), more...)...) }
	by := func(name string) []record.Sort { return []record.Sort{{Property: name, Desc: true}} }
	own, team := agent(7, people.OwnedOnly, false), agent(7, people.TeamOnly, true, 3)
	each(t, func(t *testing.T, k *desk) {
		for name, c := range map[string]struct {
			by    people.Actor
			q     record.Query
			index bool
		}{
			"all, newest":                    {people.System, record.Query{Sorts: by("desk_active_at")}, true},
			"all, by id":                     {people.System, record.Query{}, true},
			"all, by create date":            {people.System, record.Query{Sorts: by("createdate")}, true},
			"all, by name":                   {people.System, record.Query{Sorts: by("subject")}, false},
			"all, counted":                   {people.System, record.Query{Sorts: by("desk_active_at"), CountTotal: true}, false},
			"open":                           {people.System, record.Query{Groups: with(), Sorts: by("desk_active_at")}, true},
			"open, by priority":              {people.System, record.Query{Groups: with(), Sorts: by("hs_ticket_priority")}, false},
			"open of one":                    {people.System, record.Query{Groups: with("hubspot_owner_id EQ 7"), Sorts: by("desk_active_at")}, true},
			"open of a team":                 {people.System, record.Query{Groups: with("hubspot_team_id IN 3"), Sorts: by("desk_active_at")}, true},
			"open of two teams":              {people.System, record.Query{Groups: with("hubspot_team_id IN 3 4"), Sorts: by("desk_active_at")}, false},
			"open, with a filter":            {people.System, record.Query{Groups: with("hs_ticket_priority EQ HIGH"), Sorts: by("desk_active_at")}, false},
			"closed":                         {people.System, record.Query{Groups: filters("desk_open EQ false"), Sorts: by("desk_active_at")}, false},
			"alternatives":                   {people.System, record.Query{Groups: append(with(), with()...), Sorts: by("desk_active_at")}, false},
			"of a status":                    {people.System, record.Query{Groups: filters("hs_pipeline EQ 0", "hs_pipeline_stage EQ 1"), Sorts: by("desk_active_at")}, true},
			"of a contact, counted":          {own, record.Query{Groups: filters("desk_contact_id EQ 5"), CountTotal: true}, true},
			"one by id, counted":             {own, record.Query{Groups: filters("hs_object_id EQ 5", "subject HAS_PROPERTY"), CountTotal: true}, true},
			"some that the program names":    {people.System, record.Query{Among: some{}}, false},
			"text":                           {people.System, record.Query{Text: "fire", Sorts: by("subject"), CountTotal: true}, true},
			"all, of one who sees their own": {own, record.Query{Sorts: by("desk_active_at")}, false},
			"open, of one who sees a team's": {team, record.Query{Groups: with(), Sorts: by("desk_active_at")}, false},
			"their own, of such":             {own, record.Query{Groups: with("hubspot_owner_id EQ 7"), Sorts: by("desk_active_at")}, true},
			"another's, of such":             {team, record.Query{Groups: with("hubspot_owner_id EQ 8"), Sorts: by("desk_active_at")}, false},
			"a contact by address, counted":  {people.System, record.Query{ObjectType: "contacts", Groups: filters("email EQ ada@example.com"), CountTotal: true}, true},
			"contacts of a city":             {people.System, record.Query{ObjectType: "contacts", Groups: filters("city EQ Graz")}, false},
			"a company by domain":            {people.System, record.Query{ObjectType: "companies", Groups: filters("domain EQ example.com")}, true},
			"deals, by id":                   {people.System, record.Query{ObjectType: "deals"}, true},
			"deals, by name":                 {people.System, record.Query{ObjectType: "deals", Sorts: by("dealname")}, false},
			"deals of a stage, counted":      {people.System, record.Query{ObjectType: "deals", Groups: filters("dealstage EQ closedwon"), CountTotal: true}, false},
		} {
			if c.q.ObjectType == "" {
				c.q.ObjectType = "tickets"
			}
			k.see(t, func(tx *db.Tx) error {
				got, err := k.ByIndex(tx, c.by, c.q)
				if got != c.index {
					t.Errorf("%s: by an index %v, want %v", name, got, c.index)
				}
				return err
			})
			k.do(t, func(tx *db.Tx) error {
				got, err := k.ByIndex(tx, c.by, c.q)
				if !got {
					t.Errorf("%s: what a transaction wrote itself is only in the database", name)
				}
				return err
			})
		}
	})
}

// The standing views stay with the indexes that TestViewsUseTheirIndexes finds in their plans, and need no columns.
func TestStandingViewsNeedNoColumns(t *testing.T) { // VIEW-1, PERF-5
	each(t, func(t *testing.T, k *desk) {
		k.mixed(t, 30)
		for index, q := range views() {
			if index == "tickets_updated" || index == "tickets_closed" { // of these the columns are as good
				continue
			}
			k.ids(t, people.System, q)
			if n := k.ColumnBytes(); n != 0 {
				t.Fatalf("%s: %d bytes of columns were loaded", index, n)
			}
		}
		k.ids(t, people.System, record.Query{Sorts: []record.Sort{{Property: "subject"}}})
		if k.ColumnBytes() == 0 {
			t.Error("a list by name needs columns")
		}
	})
}

// Every object type has columns, and associations are conditions over them.
func TestColumnsOfOtherTypes(t *testing.T) { // PROP-6
	each(t, func(t *testing.T, k *desk) {
		ada := k.make(t, "contacts", map[string]string{"firstname": "Ada", "city": "Graz"})
		k.make(t, "contacts", map[string]string{"firstname": "Bob", "city": "Gent"})
		k.make(t, "companies", map[string]string{"name": "Acme", "city": "Graz"})
		k.make(t, "deals", map[string]string{"dealname": "Big", "amount": "900.5"})
		first := k.make(t, "tickets", map[string]string{"subject": "First"}, record.Link{ToType: "contacts", ToID: ada.ID})
		k.make(t, "tickets", map[string]string{"subject": "Second"})
		k.make(t, "deals", map[string]string{"dealname": "Small", "amount": "80"})
		k.make(t, "notes", map[string]string{"hs_note_body": "900.5", "hs_timestamp": "2026-11-02"})
		for _, c := range []struct {
			objectType string
			groups     []filter.Group
			want       int64
		}{
			{"contacts", filters("city EQ graz"), 1}, {"companies", filters("city EQ graz"), 1}, {"contacts", nil, 2}, {"deals", nil, 2}, {"notes", nil, 1},
			{"deals", filters("amount GT 100"), 1}, {"deals", filters("amount LTE 900.5"), 2}, {"tickets", nil, 2},
			{"tickets", filters("associations.contact EQ " + ada.Properties["hs_object_id"]), 1},
			{"tickets", filters("associations.contact NEQ " + ada.Properties["hs_object_id"]), 1},
			{"contacts", filters("associations.ticket IN " + first.Properties["hs_object_id"]), 1},
		} {
			k.see(t, func(tx *db.Tx) error {
				page, ok, err := k.SearchColumns(tx, people.System, record.Query{ObjectType: c.objectType, Groups: c.groups, CountTotal: true})
				if !ok || page.Total != c.want || int64(len(page.Records)) != c.want {
					t.Errorf("%s %v: %s in columns %v, want %d", c.objectType, c.groups, shown(page), ok, c.want)
				}
				return err
			})
		}
		k.see(t, func(tx *db.Tx) error {
			q := record.Query{ObjectType: "tickets", Groups: filters("associations.contact HAS_PROPERTY"), CountTotal: true}
			if _, ok, err := k.SearchColumns(tx, people.System, q); ok || err != nil {
				t.Errorf("columns know nothing of who has associations: %v, %v", ok, err)
			}
			page, err := k.Search(tx, people.System, q)
			if page.Total != 1 {
				t.Errorf("the database finds %s", shown(page))
			}
			return err
		})
	})
}

// A text that many records hold is looked for among the columns, one that few hold in the database; both ways find, order and
// count the same, by permission.
func TestCommonAndRareTextsFindTheSameEitherWay(t *testing.T) { // LIST-2, PERF-1
	each(t, func(t *testing.T, k *desk) {
		k.do(t, func(tx *db.Tx) error {
			for n := range 300 {
				props := map[string]string{"name": "Common " + strconv.Itoa(n%7), "city": strconv.Itoa(n % 3)}
				if n%10 == 0 {
					props["hubspot_owner_id"] = "7"
				}
				if _, err := k.Create(tx, people.System, "companies", record.Input{Properties: props}); err != nil {
					return err
				}
			}
			return nil
		})
		for name, c := range map[string]struct {
			text  string
			by    people.Actor
			index bool
			total int64
		}{
			"many": {"common", people.System, false, 300}, "few": {"common 3", people.System, true, 43}, "none": {"nothing", people.System, true, 0},
			"many of which one sees some": {"common", agent(7, people.OwnedOnly, false), false, 30},
		} {
			q := record.Query{ObjectType: "companies", Text: c.text, Groups: filters("city IN 0 1 2"), Limit: 20, CountTotal: true,
				Sorts: []record.Sort{{Property: "name", Desc: true}}}
			ask := func(tx *db.Tx) (ids []int64) {
				page, err := k.Search(tx, c.by, q)
				if err != nil || page.Total != c.total {
					t.Errorf("%s: %d are counted, want %d (%v)", name, page.Total, c.total, err)
				}
				for _, r := range page.Records {
					ids = append(ids, r.ID)
				}
				return ids
			}
			var read, written []int64
			k.see(t, func(tx *db.Tx) error {
				index, err := k.ByIndex(tx, c.by, q)
				if index != c.index {
					t.Errorf("%s: by an index %v, want %v", name, index, c.index)
				}
				read = ask(tx)
				return err
			})
			k.do(t, func(tx *db.Tx) error { // a transaction that writes asks the database
				written = ask(tx)
				return nil
			})
			if !slices.Equal(read, written) {
				t.Errorf("%s: %v by the columns, %v by the database", name, read, written)
			}
		}
	})
}
