package view_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/crm/search/feed"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
	"github.com/deskbell/deskbell/view"
)

// desk is real tickets, two teams with a user each, and the views over them.
type desk struct {
	*db.DB
	t        testing.TB
	clock    *clock.Fixed
	props    *property.Registry
	tickets  *ticket.Service
	records  *record.Store
	views    *view.Service
	ann, bob people.User // of support, and of sales
	sales    people.Team
}

func each(t *testing.T, story func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) { story(t, open(t, cfg)) })
}

func open(t *testing.T, cfg db.Config) *desk {
	t.Helper()
	bus := event.NewBus(slog.New(slog.DiscardHandler))
	cfg.Reactor = bus
	d := &desk{DB: dbtest.Open(t, cfg), t: t, clock: cfg.Clock.(*clock.Fixed)}
	staff, props := people.New(d.DB), property.New(d.DB)
	d.props = props
	pipes := pipeline.New(d.DB, props)
	d.records = record.New(d.DB, props, search.New(d.DB, props, nil), map[string]record.Rules{ticket.Object: ticket.NewRules(pipes, staff)})
	d.tickets = ticket.New(d.records, pipes)
	d.views = view.New(d.records, d.tickets)
	if err := bus.Install(d.tickets.PrimaryContact(), d.tickets.Trashed(), feed.Reactor(props)); err != nil {
		t.Fatal(err)
	}
	user := func(name string) (u people.User) {
		var team people.Team
		dbtest.Do(t, d.DB, func(tx *db.Tx) (err error) { team, err = staff.AddTeam(tx, people.System, name+"'s team"); return err })
		d.sales = team
		u, err := staff.AddUser(context.Background(), people.System, people.NewUser{Name: name, Email: strings.ToLower(name) + "@desk.example",
			Password: "correct horse", MainTeam: team.ID})
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	d.ann, d.bob = user("Ann"), user("Bob")
	return d
}

func (d *desk) do(fn func(tx *db.Tx) error) { d.t.Helper(); dbtest.Do(d.t, d.DB, fn) }

// add makes a ticket a minute after the last one.
func (d *desk) add(subject string, more ...string) (n int64) {
	d.t.Helper()
	d.clock.Advance(time.Minute)
	props := map[string]string{ticket.Subject: subject, ticket.Pipeline: "0", ticket.Stage: "1"}
	for i := 0; i < len(more); i += 2 {
		props[more[i]] = more[i+1]
	}
	d.do(func(tx *db.Tx) error {
		r, err := d.tickets.Create(tx, people.System, ticket.NewTicket{Properties: props})
		n = r.ID
		return err
	})
	return n
}

// page is one page, as the subjects of its tickets.
func (d *desk) page(by people.Actor, q view.Query) (subjects []string, next string, err error) {
	d.t.Helper()
	err = d.Read(context.Background(), func(tx *db.Tx) error {
		p, err := d.views.Page(tx, by, q)
		next = p.Next
		for _, r := range p.Records {
			subjects = append(subjects, r.Properties[ticket.Subject])
		}
		return err
	})
	return subjects, next, err
}

// list is all pages of a view.
func (d *desk) list(by people.Actor, q view.Query) (all []string) {
	d.t.Helper()
	for {
		some, next, err := d.page(by, q)
		if err != nil {
			d.t.Fatalf("view %s: %v", q.View, err)
		}
		all = append(all, some...)
		if q.After = next; next == "" {
			return all
		}
	}
}

func (d *desk) counts(by people.Actor) (c map[string]int64) {
	d.t.Helper()
	dbtest.See(d.t, d.DB, func(tx *db.Tx) (err error) { c, err = d.views.Counts(tx, by); return err })
	return c
}

func TestDefaultViews(t *testing.T) { // VIEW-1
	var got []string
	for _, v := range view.Defaults() {
		got = append(got, v.ID+" "+v.Name)
		if v.Icon == "" {
			t.Errorf("%s has no icon", v.ID)
		}
	}
	want := []string{"unassigned Unassigned", "mine Assigned to me", "team My team's open", "open All open", "sent Sent", "spam Spam",
		"mentions Mentions", "drafts Drafts", "snoozed Snoozed", "following Following"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// story is a desk where each view has something to show.
func (d *desk) story() {
	d.t.Helper()
	owner := func(u people.User) []string { return []string{ticket.Owner, id.Format(u.ID)} }
	d.add("free")
	hers := d.add("hers", owner(d.ann)...)
	his := d.add("his", owner(d.bob)...)
	d.add("closed", append(owner(d.ann), ticket.Stage, "4")...)
	spam, asleep, gone := d.add("spam"), d.add("asleep", owner(d.ann)...), d.add("gone", owner(d.ann)...)
	d.add("sales", ticket.Team, id.Format(d.sales.ID))
	d.do(func(tx *db.Tx) error {
		for _, kind := range []ticket.MarkKind{ticket.Sent, ticket.Mention, ticket.Draft, ticket.Follow} {
			for _, n := range []int64{his, gone} {
				if err := d.tickets.Mark(tx, d.ann.ID, n, kind); err != nil {
					return err
				}
			}
		}
		if err := d.tickets.SetSpam(tx, d.ann.Actor(), spam, true); err != nil {
			return err
		}
		if err := d.tickets.Snooze(tx, d.ann.Actor(), asleep, tx.Now.Add(time.Hour)); err != nil {
			return err
		}
		if err := d.tickets.Mark(tx, d.bob.ID, hers, ticket.Follow); err != nil {
			return err
		}
		return d.tickets.Archive(tx, people.System, gone)
	})
}

func TestWhatEachViewHolds(t *testing.T) { // VIEW-1, TICK-7, SPAM-1
	each(t, func(t *testing.T, d *desk) {
		d.story()
		for who, c := range map[string]struct {
			by   people.Actor
			want map[string]string
		}{
			"Ann": {d.ann.Actor(), map[string]string{"unassigned": "sales free", "mine": "hers", "team": "hers", "open": "sales his hers free", "sent": "his",
				"spam": "spam", "mentions": "his", "drafts": "his", "snoozed": "asleep", "following": "his"}},
			"Bob": {d.bob.Actor(), map[string]string{"unassigned": "sales free", "mine": "his", "team": "sales his", "open": "sales his hers free", "sent": "",
				"spam": "spam", "mentions": "", "drafts": "", "snoozed": "asleep", "following": "hers"}},
			"an app": {people.Actor{Kind: event.App, ID: 9, SuperAdmin: true}, map[string]string{"unassigned": "sales free", "mine": "", "team": "",
				"open": "sales his hers free", "sent": "", "spam": "spam", "mentions": "", "drafts": "", "snoozed": "asleep", "following": ""}},
		} {
			counts := d.counts(c.by)
			for v, want := range c.want {
				got := d.list(c.by, view.Query{View: v})
				if strings.Join(got, " ") != want || int(counts[v]) != len(got) {
					t.Errorf("%s, %s: %q, counted %d, want %q", who, v, got, counts[v], want)
				}
			}
			if all := d.list(c.by, view.Query{}); len(all) != 7 {
				t.Errorf("%s, all tickets: %q", who, all)
			}
		}
	})
}

// limited is Ann with less than a seat gives.
func (d *desk) limited(reach people.Reach, unassigned bool) people.Actor {
	a := d.ann.Actor()
	a.Grants = map[people.Grant]people.Scope{{ObjectType: "*", Verb: people.View}: {Reach: reach, Unassigned: unassigned}}
	return a
}

func TestViewsShowOnlyWhatMayBeSeen(t *testing.T) { // ACC-3, ACC-4
	each(t, func(t *testing.T, d *desk) {
		d.story()
		for name, c := range map[string]struct {
			by   people.Actor
			want string // of all open
		}{
			"everything":               {d.limited(people.Everything, true), "sales his hers free"},
			"everything but unowned":   {d.limited(people.Everything, false), "his hers"},
			"team":                     {d.limited(people.TeamOnly, false), "hers"},
			"team and unassigned":      {d.limited(people.TeamOnly, true), "hers free"},
			"owned":                    {d.limited(people.OwnedOnly, false), "hers"},
			"owned and unassigned":     {d.limited(people.OwnedOnly, true), "hers free"},
			"nothing":                  {d.limited(people.None, false), ""},
			"nothing but unassigned":   {d.limited(people.None, true), ""},
			"nobody, without any seat": {people.Actor{Kind: event.User, ID: 5}, ""},
		} {
			if got := strings.Join(d.list(c.by, view.Query{View: "open"}), " "); got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
			counts := d.counts(c.by)
			for _, v := range view.Defaults() {
				if got := d.list(c.by, view.Query{View: v.ID}); int(counts[v.ID]) != len(got) {
					t.Errorf("%s, %s: counted %d, shown %q", name, v.ID, counts[v.ID], got)
				}
			}
		}
	})
}

// Pages of any size show each ticket of a view once and in one order.
func TestPagesAddUp(t *testing.T) { // API-5, LIST-1
	each(t, func(t *testing.T, d *desk) {
		var made []string
		for i := range 23 {
			n := d.add(fmt.Sprintf("t%02d", i), "hs_ticket_priority", []string{"LOW", "HIGH"}[i%2])
			made = append(made, fmt.Sprintf("t%02d", i))
			if i%3 > 0 {
				d.do(func(tx *db.Tx) error { return d.tickets.Mark(tx, d.ann.ID, n, ticket.Sent) })
			}
		}
		slices.Reverse(made)
		whole := map[string][]string{}
		for _, v := range []string{"", "open", "unassigned", "sent"} {
			whole[v] = d.list(d.ann.Actor(), view.Query{View: v, Limit: 200})
		}
		if !slices.Equal(whole["open"], made) || !slices.Equal(whole["unassigned"], made) || len(whole["sent"]) != 15 || whole["sent"][0] != "t22" {
			t.Fatalf("%q", whole)
		}
		rapid.Check(t, func(rt *rapid.T) {
			q := view.Query{View: rapid.SampledFrom([]string{"", "open", "unassigned", "sent"}).Draw(rt, "view"), Limit: rapid.IntRange(4, 30).Draw(rt, "limit")}
			want := whole[q.View]
			if rapid.Bool().Draw(rt, "by subject") {
				q.Sorts = []record.Sort{{Property: ticket.Subject}}
				want = slices.Sorted(slices.Values(want))
			}
			if got := d.list(d.ann.Actor(), q); !slices.Equal(got, want) {
				rt.Fatalf("%+v: %q, want %q", q, got, want)
			}
		})
	})
}

func TestNewMailDoesNotShiftThePages(t *testing.T) { // API-5, VIEW-5
	each(t, func(t *testing.T, d *desk) {
		for i := range 6 {
			d.add(fmt.Sprint("t", i))
		}
		first, next, err := d.page(d.ann.Actor(), view.Query{View: "open", Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		d.add("new")
		rest := d.list(d.ann.Actor(), view.Query{View: "open", Limit: 3, After: next})
		if got := strings.Join(append(first, rest...), " "); got != "t5 t4 t3 t2 t1 t0" {
			t.Errorf("%q", got)
		}
	})
}

func TestFiltersAndTextNarrowAView(t *testing.T) { // LIST-2, LIST-3
	each(t, func(t *testing.T, d *desk) {
		d.add("red lamp", "hs_ticket_priority", "HIGH")
		d.add("blue lamp", "hs_ticket_priority", "LOW")
		d.add("red kettle", "hs_ticket_priority", "HIGH", ticket.Owner, id.Format(d.ann.ID))
		d.add("old lamp", ticket.Stage, "4")
		is := func(name, value string) filter.Group {
			return filter.Group{Filters: []filter.Filter{{PropertyName: name, Operator: "EQ", Value: value}}}
		}
		for name, c := range map[string]struct {
			q    view.Query
			want string
		}{
			"text":             {view.Query{View: "open", Text: "lamp"}, "blue lamp,red lamp"},
			"text everywhere":  {view.Query{Text: "lamp"}, "old lamp,blue lamp,red lamp"},
			"as one types":     {view.Query{View: "open", Text: "ket"}, "red kettle"},
			"nothing like it":  {view.Query{View: "open", Text: "sofa"}, ""},
			"filter":           {view.Query{View: "open", Groups: []filter.Group{is("hs_ticket_priority", "HIGH")}}, "red kettle,red lamp"},
			"filter and text":  {view.Query{View: "open", Text: "lamp", Groups: []filter.Group{is("hs_ticket_priority", "HIGH")}}, "red lamp"},
			"or":               {view.Query{View: "unassigned", Groups: []filter.Group{is("hs_ticket_priority", "HIGH"), is("hs_ticket_priority", "LOW")}}, "blue lamp,red lamp"},
			"the view holds":   {view.Query{View: "mine", Groups: []filter.Group{is("hs_pipeline_stage", "1"), is("hs_pipeline_stage", "4")}}, "red kettle"},
			"no way around it": {view.Query{View: "open", Groups: []filter.Group{is("desk_open", "false")}}, ""},
		} {
			if got := strings.Join(d.list(d.ann.Actor(), c.q), ","); got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
	})
}

func TestSentViewIsInTheOrderOfSending(t *testing.T) { // VIEW-1
	each(t, func(t *testing.T, d *desk) {
		a, b := d.add("a"), d.add("b")
		for _, n := range []int64{b, a} { // a last
			d.clock.Advance(time.Minute)
			d.do(func(tx *db.Tx) error { return d.tickets.Mark(tx, d.ann.ID, n, ticket.Sent) })
		}
		if got := strings.Join(d.list(d.ann.Actor(), view.Query{View: "sent", Limit: 1}), " "); got != "a b" {
			t.Errorf("%q", got)
		}
		if got := strings.Join(d.list(d.ann.Actor(), view.Query{View: "sent", Text: "b"}), " "); got != "b" {
			t.Errorf("searched: %q", got)
		}
	})
}

func TestBadQuestionsAreRefused(t *testing.T) { // API-4, API-5
	each(t, func(t *testing.T, d *desk) {
		d.add("a")
		by := d.ann.Actor()
		for name, c := range map[string]struct {
			q    view.Query
			kind errs.Kind
		}{
			"no such view":            {view.Query{View: "nowhere"}, errs.NotFound},
			"foreign place":           {view.Query{View: "open", After: "!"}, errs.Invalid},
			"foreign place in sent":   {view.Query{View: "sent", After: "!"}, errs.Invalid},
			"half a place in sent":    {view.Query{View: "sent", After: "c2VudDox"}, errs.Invalid}, // "sent:1"
			"no numbers in sent":      {view.Query{View: "sent", After: "c2VudDphOmI"}, errs.Invalid},
			"unknown property":        {view.Query{View: "open", Sorts: []record.Sort{{Property: "shoe_size"}}}, errs.Invalid},
			"unknown filter property": {view.Query{Groups: []filter.Group{{Filters: []filter.Filter{{PropertyName: "shoe_size", Operator: "EQ", Value: "1"}}}}}, errs.Invalid},
		} {
			if _, _, err := d.page(by, c.q); !errs.Is(err, c.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
