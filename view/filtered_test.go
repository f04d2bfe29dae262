package view_test

import (
	"context"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
	"github.com/deskbell/deskbell/view"
)

// totals is how many tickets a query matches, and the first page's subjects.
func (d *desk) totals(by people.Actor, q view.Query) (int64, []string) {
	d.t.Helper()
	q.Total = true
	var page record.Page
	err := d.Read(context.Background(), func(tx *db.Tx) (err error) { page, err = d.views.Page(tx, by, q); return err })
	if err != nil {
		d.t.Fatalf("%+v: %v", q, err)
	}
	var out []string
	for _, r := range page.Records {
		out = append(out, r.Properties[ticket.Subject])
	}
	return page.Total, out
}

// Each view takes filters and any order, for each who looks; a custom property is one like all others at once.
func TestViewsWithFiltersInAnyOrder(t *testing.T) { // VIEW-1, PROP-6, ACC-4
	each(t, func(t *testing.T, d *desk) {
		d.story()
		d.do(func(tx *db.Tx) error {
			_, err := d.props.Create(tx, people.System, property.Definition{ObjectType: "tickets", Name: "mood", Label: "Mood", Type: property.Enumeration,
				Options: []property.Option{{Value: "good", Label: "Good", Order: 1}, {Value: "bad", Label: "Bad"}}})
			return err
		})
		filed := map[string]string{"his": "good", "hers": "bad", "free": "bad"}
		d.do(func(tx *db.Tx) error {
			page, err := d.records.Search(tx, people.System, record.Query{ObjectType: ticket.Object, Limit: 50})
			if err != nil {
				return err
			}
			for _, r := range page.Records {
				if mood := filed[r.Properties[ticket.Subject]]; mood != "" {
					if _, err := d.records.Update(tx, people.System, ticket.Object, r.ID, map[string]string{"mood": mood}, ""); err != nil {
						return err
					}
				}
			}
			return nil
		})
		own := people.Actor{Kind: event.User, ID: d.ann.ID, MainTeam: d.ann.Actor().MainTeam, Teams: d.ann.Actor().Teams,
			Grants: map[people.Grant]people.Scope{{ObjectType: ticket.Object, Verb: people.View}: {Reach: people.OwnedOnly}}}
		where := func(name, operator, value string) []filter.Group {
			return []filter.Group{{Filters: []filter.Filter{{PropertyName: name, Operator: operator, Value: value}}}}
		}
		for _, c := range []struct {
			by     people.Actor
			view   string
			groups []filter.Group
			sort   string
			want   string
		}{
			{d.ann.Actor(), "open", where("mood", "EQ", "bad"), "subject", "free hers"},
			{d.ann.Actor(), "open", where("mood", "NEQ", "bad"), "-subject", "sales his"},
			{d.ann.Actor(), "open", nil, "mood", "free hers his sales"},
			{d.ann.Actor(), "open", nil, "-mood", "his hers free sales"},
			{d.ann.Actor(), "", where("mood", "HAS_PROPERTY", ""), "-subject", "his hers free"},
			{d.ann.Actor(), "sent", nil, "subject", "his"},
			{d.ann.Actor(), "sent", where("mood", "EQ", "bad"), "subject", ""},
			{d.ann.Actor(), "following", where(ticket.Subject, "CONTAINS_TOKEN", "HI"), "mood", "his"},
			{d.bob.Actor(), "team", where("mood", "NOT_HAS_PROPERTY", ""), "subject", "sales"},
			{own, "open", nil, "subject", "hers"},
			{own, "", nil, "-subject", "hers closed asleep"},
			{own, "sent", nil, "subject", ""},
			{own, "unassigned", where("mood", "EQ", "bad"), "subject", ""},
		} {
			name, desc := strings.CutPrefix(c.sort, "-")
			total, got := d.totals(c.by, view.Query{View: c.view, Groups: c.groups, Sorts: []record.Sort{{Property: name, Desc: desc}}})
			if strings.Join(got, " ") != c.want || total != int64(len(got)) {
				t.Errorf("view %q by %s %v: %q of %d, want %q", c.view, c.sort, c.groups, got, total, c.want)
			}
		}
		for v, n := range d.counts(own) {
			if total, _ := d.totals(own, view.Query{View: v}); total != n {
				t.Errorf("view %s: counted %d, listed %d", v, n, total)
			}
		}
	})
}
