package record_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/crm/search/feed"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// plainRules give a ticket what its columns need; the real ones live above.
type plainRules struct{}

func (plainRules) Prepare(tx *db.Tx, _ people.Actor, w *record.Write) error {
	if w.Get("subject") == "refuse me" {
		return errs.Bad("subject", "REFUSED", "no")
	}
	if w.Create {
		for name, v := range map[string]string{"desk_open": "true", "desk_spam": "false", "desk_active_at": property.FormatTime(tx.Now)} {
			if w.Set[name] == "" {
				w.Set[name] = v
			}
		}
	}
	if stage, ok := w.Set["hs_pipeline_stage"]; ok {
		w.Set["desk_open"] = map[bool]string{true: "false", false: "true"}[stage == "4"]
	}
	return nil
}

// seen keeps the events of a database, and shows them to the search index.
type seen struct {
	events []event.Event
	search event.Reactor
}

func (s *seen) Dispatch(tx *db.Tx, e any) error {
	s.events = append(s.events, e.(event.Event))
	return s.search.React(tx, e.(event.Event))
}

func (s *seen) types() []string {
	var out []string
	for _, e := range s.events {
		out = append(out, e.Type)
	}
	s.events = nil
	return out
}

// desk is a store on one database.
type desk struct {
	*record.Store
	d     *db.DB
	props *property.Registry
	seen  *seen
}

func open(t testing.TB, cfg db.Config) *desk {
	t.Helper()
	s := &seen{}
	cfg.Reactor = s
	d := dbtest.Open(t, cfg)
	props := property.New(d)
	s.search = feed.Reactor(props)
	return &desk{record.New(d, props, search.New(d, props, nil), map[string]record.Rules{"tickets": plainRules{}}), d, props, s}
}

func each(t *testing.T, story func(t *testing.T, k *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) { story(t, open(t, cfg)) })
}

func (k *desk) do(t testing.TB, fn func(tx *db.Tx) error)  { t.Helper(); dbtest.Do(t, k.d, fn) }
func (k *desk) see(t testing.TB, fn func(tx *db.Tx) error) { t.Helper(); dbtest.See(t, k.d, fn) }

func (k *desk) make(t testing.TB, objectType string, props map[string]string, links ...record.Link) (r record.Record) {
	t.Helper()
	k.do(t, func(tx *db.Tx) (err error) {
		r, err = k.Create(tx, people.System, objectType, record.Input{Properties: props, Links: links})
		return err
	})
	return r
}

// refuse runs fn, which must fail with the kind, and returns the error.
func (k *desk) refuse(t testing.TB, kind errs.Kind, fn func(tx *db.Tx) error) {
	t.Helper()
	_ = k.refusal(t, kind, fn)
}

// refusal is refuse for who wants to see the error.
func (k *desk) refusal(t testing.TB, kind errs.Kind, fn func(tx *db.Tx) error) *errs.Error {
	t.Helper()
	err := k.d.Write(context.Background(), fn)
	if !errs.Is(err, kind) {
		t.Fatalf("got %v, want an error that is %v", err, kind)
	}
	return errs.As(err)
}

func (k *desk) get(t testing.TB, objectType string, id int64) (r record.Record) {
	t.Helper()
	k.see(t, func(tx *db.Tx) (err error) {
		r, err = k.Get(tx, people.System, objectType, id)
		return err
	})
	return r
}

func (k *desk) ids(t testing.TB, by people.Actor, q record.Query) (ids []int64) {
	t.Helper()
	if q.ObjectType == "" {
		q.ObjectType = "tickets"
	}
	k.see(t, func(tx *db.Tx) error {
		page, err := k.Search(tx, by, q)
		for _, r := range page.Records {
			ids = append(ids, r.ID)
		}
		return err
	})
	return ids
}

// agent is a user who may do all verbs to a reach of tickets.
func agent(id int64, reach people.Reach, unassigned bool, teams ...int64) people.Actor {
	a := people.Actor{Kind: event.User, ID: id, Teams: teams, Grants: map[people.Grant]people.Scope{}}
	for _, v := range []people.Verb{people.View, people.Create, people.Edit, people.Delete} {
		a.Grants[people.Grant{ObjectType: "*", Verb: v}] = people.Scope{Reach: reach, Unassigned: unassigned}
	}
	return a
}

func one(name, operator, value string) []filter.Group {
	return []filter.Group{{Filters: []filter.Filter{{PropertyName: name, Operator: operator, Value: value}}}}
}

func TestCreateKeepsWhatWasGiven(t *testing.T) { // PROP-3, PROP-4
	each(t, func(t *testing.T, k *desk) {
		made := k.make(t, "tickets", map[string]string{"subject": "No toner", "hs_pipeline": "0", "hs_pipeline_stage": "1",
			"content": "The printer \"3\" is <empty>.", "hs_ticket_priority": "high", "hubspot_owner_id": "7"})
		got := k.get(t, "tickets", made.ID)
		if !maps.Equal(got.Properties, made.Properties) {
			t.Errorf("read %v\nmade %v", got.Properties, made.Properties)
		}
		for name, want := range map[string]string{"hs_ticket_priority": "HIGH", "hubspot_owner_id": "7", "desk_open": "true",
			"createdate": "2026-11-02T09:00:00.000Z", "hs_lastmodifieddate": "2026-11-02T09:00:00.000Z", "content": "The printer \"3\" is <empty>."} {
			if got.Properties[name] != want {
				t.Errorf("%s is %q, want %q", name, got.Properties[name], want)
			}
		}
		if !got.CreatedAt.Equal(dbtest.Start) || got.ID != made.ID || got.Archived {
			t.Errorf("got %+v", got)
		}
		if types := k.seen.types(); !slices.Equal(types, []string{"ticket.created"}) {
			t.Errorf("events %v", types)
		}
	})
}

func TestBadPropertiesComeTogether(t *testing.T) { // PROP-2
	each(t, func(t *testing.T, k *desk) {
		user := agent(1, people.Everything, true)
		e := k.refusal(t, errs.Invalid, func(tx *db.Tx) error {
			_, err := k.Create(tx, user, "tickets", record.Input{Properties: map[string]string{"subject": "x", "hs_pipeline_stage": "1",
				"nonsense": "1", "hs_ticket_priority": "EXTREME", "createdate": "0", "hs_object_id": "5"}})
			return err
		})
		var got []string
		for _, f := range e.Fields {
			got = append(got, f.Name+" "+f.Code)
		}
		want := []string{"createdate READ_ONLY_VALUE", "hs_object_id READ_ONLY_VALUE", "hs_ticket_priority INVALID_OPTION", "nonsense PROPERTY_DOESNT_EXIST"}
		if !slices.Equal(got, want) {
			t.Errorf("fields %v, want %v", got, want)
		}
		e = k.refusal(t, errs.Invalid, func(tx *db.Tx) error {
			_, err := k.Create(tx, user, "tickets", record.Input{Properties: map[string]string{"content": "x"}})
			return err
		})
		if e.Code != "REQUIRED" || len(e.Fields) != 2 { // PROP-5
			t.Errorf("got %+v", e)
		}
		k.refuse(t, errs.Invalid, func(tx *db.Tx) error {
			_, err := k.Create(tx, people.System, "rockets", record.Input{})
			return err
		})
		k.refuse(t, errs.Invalid, func(tx *db.Tx) error {
			_, err := k.Create(tx, people.System, "tickets", record.Input{Properties: map[string]string{"subject": "refuse me"}})
			return err
		})
		if n := len(k.ids(t, people.System, record.Query{})); n != 0 {
			t.Errorf("%d tickets were made", n)
		}
	})
}

func TestUpdateWritesOnlyChanges(t *testing.T) { // PROP-4
	each(t, func(t *testing.T, k *desk) {
		made := k.make(t, "tickets", map[string]string{"subject": "a", "content": "c", "hs_pipeline_stage": "1", "hs_ticket_priority": "LOW"})
		k.seen.types()
		update := func(props map[string]string) (r record.Record) {
			k.do(t, func(tx *db.Tx) (err error) {
				r, err = k.Update(tx, people.System, "tickets", made.ID, props, "because")
				return err
			})
			return r
		}
		update(map[string]string{"subject": "a", "hs_ticket_priority": "low", "hs_resolution": ""})
		if types := k.seen.types(); len(types) != 0 {
			t.Errorf("nothing changed, but %v", types)
		}
		got := update(map[string]string{"subject": "b", "content": "", "hs_ticket_priority": "", "hs_resolution": "ISSUE_FIXED", "hs_pipeline_stage": "4"})
		if !maps.Equal(got.Properties, k.get(t, "tickets", made.ID).Properties) {
			t.Errorf("returned %v\nstored %v", got.Properties, k.get(t, "tickets", made.ID).Properties)
		}
		if got.Properties["subject"] != "b" || got.Properties["content"] != "" || got.Properties["desk_open"] != "false" {
			t.Errorf("got %v", got.Properties)
		}
		changed, err := event.Data[record.Changed](k.seen.events[0])
		if err != nil || changed.Changes["content"] != (record.Change{From: "c"}) || changed.Changes["desk_open"] != (record.Change{From: "true", To: "false"}) ||
			len(changed.Changes) != 6 || changed.Reason != "because" {
			t.Errorf("changed %+v, %v", changed, err)
		}
	})
}

func TestUpdateOfWhatIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.refuse(t, errs.NotFound, func(tx *db.Tx) error {
			_, err := k.Update(tx, people.System, "tickets", 12345, map[string]string{"subject": "x"}, "")
			return err
		})
		k.refuse(t, errs.NotFound, func(tx *db.Tx) error {
			return k.Archive(tx, people.System, "contacts", 12345)
		})
	})
}
