package record_test

import (
	"slices"
	"testing"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

func TestScopesLimitWhatIsSeen(t *testing.T) { // ACC-3, ACC-4
	each(t, func(t *testing.T, k *desk) {
		mine := k.make(t, "tickets", map[string]string{"subject": "mine", "hubspot_owner_id": "1", "hubspot_team_id": "5"})
		teams := k.make(t, "tickets", map[string]string{"subject": "team's", "hubspot_owner_id": "2", "hubspot_team_id": "5"})
		other := k.make(t, "tickets", map[string]string{"subject": "other", "hubspot_owner_id": "3", "hubspot_team_id": "6"})
		nobodys := k.make(t, "tickets", map[string]string{"subject": "nobody's"})
		contact := k.make(t, "contacts", map[string]string{"email": "a@example.com"})
		all := []int64{mine.ID, teams.ID, other.ID, nobodys.ID}
		for _, id := range all {
			k.do(t, func(tx *db.Tx) error {
				return k.Associate(tx, people.System, record.Link{FromType: "contacts", FromID: contact.ID, ToType: "tickets", ToID: id})
			})
		}
		for name, c := range map[string]struct {
			by   people.Actor
			want []int64
		}{
			"everything": {agent(1, people.Everything, true), all},
			"owned":      {agent(1, people.OwnedOnly, true), []int64{mine.ID, nobodys.ID}},
			"owned only": {agent(1, people.OwnedOnly, false), []int64{mine.ID}},
			"team":       {agent(1, people.TeamOnly, true, 5), []int64{mine.ID, teams.ID, nobodys.ID}},
			"team only":  {agent(1, people.TeamOnly, false, 5), []int64{mine.ID, teams.ID}},
			"owned ones": {agent(1, people.Everything, false), []int64{mine.ID, teams.ID, other.ID}},
			"none":       {agent(1, people.None, false), nil},
			"system":     {people.System, all},
		} {
			if got := k.ids(t, c.by, record.Query{}); !slices.Equal(got, c.want) {
				t.Errorf("%s: search finds %v, want %v", name, got, c.want)
			}
			k.see(t, func(tx *db.Tx) error {
				page, err := k.List(tx, c.by, "tickets", "", 100, false)
				many, errMany := k.GetMany(tx, c.by, "tickets", all)
				if len(page.Records) != len(c.want) || len(many) != len(c.want) || err != nil || errMany != nil {
					t.Errorf("%s: list %d, many %d, want %d; %v %v", name, len(page.Records), len(many), len(c.want), err, errMany)
				}
				for _, id := range all {
					if _, err := k.Get(tx, c.by, "tickets", id); errs.Is(err, errs.NotFound) == slices.Contains(c.want, id) {
						t.Errorf("%s: get %d: %v", name, id, err)
					}
				}
				admin := c.by
				admin.Grants = map[people.Grant]people.Scope{{ObjectType: "contacts", Verb: people.View}: {Reach: people.Everything, Unassigned: true},
					{ObjectType: "*", Verb: people.View}: c.by.Grants[people.Grant{ObjectType: "*", Verb: people.View}]}
				to, err := k.Associated(tx, admin, "contact", []int64{contact.ID}, "tickets")
				from, errFrom := k.Associated(tx, admin, "tickets", all, "contacts")
				if len(to[contact.ID]) != len(c.want) || len(from) != len(c.want) || err != nil || errFrom != nil {
					t.Errorf("%s: associated %d and %d, want %d; %v %v", name, len(to[contact.ID]), len(from), len(c.want), err, errFrom)
				}
				return nil
			})
		}
	})
}

func TestScopesLimitWrites(t *testing.T) { // ACC-3
	each(t, func(t *testing.T, k *desk) {
		mine := k.make(t, "tickets", map[string]string{"subject": "mine", "hubspot_owner_id": "1"})
		other := k.make(t, "tickets", map[string]string{"subject": "other", "hubspot_owner_id": "3"})
		owned := agent(1, people.OwnedOnly, false)
		reader := agent(1, people.Everything, true)
		reader.Grants = map[people.Grant]people.Scope{{ObjectType: "*", Verb: people.View}: {Reach: people.Everything, Unassigned: true}}
		update := func(by people.Actor, id int64, props map[string]string) func(tx *db.Tx) error {
			return func(tx *db.Tx) error { _, err := k.Update(tx, by, "tickets", id, props, ""); return err }
		}
		k.do(t, update(owned, mine.ID, map[string]string{"subject": "still mine"}))
		k.refuse(t, errs.NotFound, update(owned, other.ID, map[string]string{"subject": "grabbed"}))
		k.refuse(t, errs.Denied, update(owned, mine.ID, map[string]string{"hubspot_owner_id": "3"}))
		k.refuse(t, errs.Denied, update(reader, mine.ID, map[string]string{"subject": "read"}))
		create := func(by people.Actor, owner string) func(tx *db.Tx) error {
			return func(tx *db.Tx) error {
				_, err := k.Create(tx, by, "tickets", record.Input{Properties: map[string]string{"subject": "n", "hs_pipeline_stage": "1", "hubspot_owner_id": owner}})
				return err
			}
		}
		k.do(t, create(owned, "1"))
		k.refuse(t, errs.Denied, create(owned, "3"))
		k.refuse(t, errs.Denied, create(reader, "1"))
		k.refuse(t, errs.Denied, func(tx *db.Tx) error { return k.Archive(tx, reader, "tickets", mine.ID) })
		k.refuse(t, errs.NotFound, func(tx *db.Tx) error { return k.Archive(tx, owned, "tickets", other.ID) })
		link := record.Link{FromType: "tickets", FromID: mine.ID, ToType: "tickets", ToID: other.ID}
		k.refuse(t, errs.Denied, func(tx *db.Tx) error { return k.Associate(tx, reader, link) })
		k.refuse(t, errs.NotFound, func(tx *db.Tx) error { return k.Associate(tx, owned, link) })
		k.refuse(t, errs.NotFound, func(tx *db.Tx) error {
			_, err := k.Create(tx, owned, "tickets", record.Input{Properties: map[string]string{"subject": "n", "hs_pipeline_stage": "1", "hubspot_owner_id": "1"},
				Links: []record.Link{{ToType: "tickets", ToID: other.ID}}})
			return err
		})
		k.do(t, func(tx *db.Tx) error {
			_, err := k.Derive(tx, reader, "tickets", mine.ID, map[string]string{"desk_preview": "hello"}, "")
			return err
		})
		if r := k.get(t, "tickets", mine.ID); r.Properties["desk_preview"] != "hello" || r.Properties["subject"] != "still mine" {
			t.Errorf("got %v", r.Properties)
		}
	})
}
