package main

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/deskbell/deskbell/crm/fill"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/people"
)

// A ticket says whom it concerns and how it came, however it was made, and is found by it (PROP-3).
func TestTicketsSayWhomTheyConcern(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		acme := d.add("companies", map[string]any{"name": "Acme", "domain": "acme.example"})
		d.Mail("Ada Lovelace <ada@acme.example>", "A lamp is broken", "It does not shine.")
		d.Mail("Ada Lovelace <ada@acme.example>", "Another lamp", "It does not shine either.")
		d.Mail("bob@home.example", "Mine too", "Dark.")
		all := d.Tickets()
		first, second, third := all[0].Properties, all[1].Properties, all[2].Properties
		for _, p := range []map[string]string{first, second} {
			for name, want := range map[string]string{"hs_all_associated_contact_emails": "ada@acme.example", "hs_all_associated_contact_firstnames": "Ada",
				"hs_all_associated_contact_lastnames": "Lovelace", "hs_primary_company_name": "Acme", "hs_primary_company_id": acme,
				"hs_num_associated_companies": "1", "hs_current_generic_channel_id": "1002", "hs_originating_generic_channel_id": "1002"} {
				if p[name] != want {
					t.Errorf("%s is %q, want %q", name, p[name], want)
				}
			}
		}
		if third["hs_all_associated_contact_emails"] != "bob@home.example" || third["hs_num_associated_companies"] != "0" || third["hs_primary_company_id"] != "" {
			t.Errorf("of nobody's company: %v", third)
		}
		d.has("tickets", first["hs_object_id"], "hs_primary_company_name", "Acme")
		byApp := d.add("tickets", map[string]any{"subject": "by an app"}, map[string]any{"to": map[string]any{"id": acme},
			"types": []any{map[string]any{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 26}}})
		is := func(got []string, want ...string) {
			t.Helper()
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("found %v, want %v", got, want)
			}
		}
		one, two, three := first["hs_object_id"], second["hs_object_id"], third["hs_object_id"]
		is(d.found("tickets", "hs_primary_company_name", "EQ", "Acme"), one, two, byApp)
		is(d.found("tickets", "hs_all_associated_contact_emails", "EQ", "bob@home.example"), three)
		is(d.found("tickets", "hs_all_associated_contact_emails", "CONTAINS_TOKEN", "ada*"), one, two)
		is(d.found("tickets", "hs_num_associated_companies", "LT", "1"), three)

		d.Ask("PATCH", objects+"companies/"+acme, map[string]any{"properties": map[string]any{"name": "Acme Inc."}}).Is(http.StatusOK)
		is(d.found("tickets", "hs_primary_company_name", "EQ", "Acme Inc."), one, two, byApp)
		if m := d.refused(one, "hs_primary_company_name", "Mine"); m == "" {
			t.Error("a copy can be written")
		}
	})
}

// Nothing that tickets repeat of a person outlives them (REC-5).
func TestCopiesGoWithWhomTheyAreOf(t *testing.T) { // PROP-3
	eachDesk(t, func(t *testing.T, d *desk) {
		bob := d.add("contacts", map[string]any{"email": "bob@home.example", "firstname": "Bob"})
		unusual := d.add("contacts", map[string]any{"email": "quirinus@home.example", "firstname": "Quirinus", "mobilephone": "+48601234567"})
		var made []string
		for range 23 { // more than one change reaches at once
			made = append(made, d.add("tickets", map[string]any{"subject": "of both"}, of(bob, 16), of(unusual, 16)))
		}
		d.Ask("DELETE", objects+"tickets/"+made[0], nil).Is(http.StatusNoContent)
		d.has("tickets", made[22], "hs_all_associated_contact_firstnames", "Bob;Quirinus")
		d.Ask("POST", objects+"contacts/gdpr-delete", map[string]any{"objectId": unusual}).Is(http.StatusNoContent)
		d.Advance(time.Minute)
		d.fold()
		d.Advance(48 * time.Hour)
		d.has("tickets", made[22], "hs_all_associated_contact_firstnames", "Bob")
		if left := d.traces("quirinus"); len(left) > 0 {
			t.Errorf("left are %v", left)
		}
	})
}

// of is an association with a record.
func of(id string, typeID int) map[string]any {
	return map[string]any{"to": map[string]any{"id": id}, "types": []any{map[string]any{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": typeID}}}
}

// repeated are some of the properties that tickets did not have before.
var repeated = []string{"hs_all_associated_contact_emails", "hs_all_associated_contact_lastnames", "hs_num_associated_companies", "hs_seen_by_agent_ids",
	"hs_latest_message_seen_by_agent_ids", "hs_current_generic_channel_id", "hs_originating_generic_channel_id"}

// A database of an older program is filled in by the one that opens it (PROP-3, REC-6).
func TestAnOldDeskIsFilledIn(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Mail("Ada Lovelace <ada@acme.example>", "A lamp is broken", "It does not shine.")
		d.add("contacts", map[string]any{"email": "bob@home.example", "phone": "+31201234567"})
		ticket := d.Tickets()[0].Properties
		bea := d.SignIn(d.boss)
		bea.Ask("POST", "/helpdesk/v1/tickets/"+ticket["hs_object_id"]+"/read", nil).Is(http.StatusNoContent)
		want := d.Tickets()[0].Properties
		dbtest.Do(t, d.db, func(tx *db.Tx) error { // as it was before any of it was kept
			for _, statement := range []string{"DELETE FROM contact_identities WHERE kind LIKE 'phone:%'",
				"INSERT INTO fills (name, after_id) VALUES ('contacts.phones', 0), ('tickets.copies', 0), ('tickets.state', 0), ('tickets.channels', 0)"} {
				if _, err := tx.Exec(statement); err != nil {
					return err
				}
			}
			for _, name := range repeated {
				if _, err := tx.Exec("UPDATE tickets SET props = " + tx.RemoveJSON("props", name)); err != nil {
					return err
				}
			}
			d.records.Reload(tx, "tickets")
			return fill.Schedule(tx)
		})
		if got := d.Tickets()[0].Properties["hs_all_associated_contact_emails"]; got != "" {
			t.Fatalf("it still has %q", got)
		}
		d.Settle()
		got := d.Tickets()[0].Properties
		for _, name := range repeated {
			if got[name] != want[name] || got[name] == "" {
				t.Errorf("%s is %q, want %q", name, got[name], want[name])
			}
		}
		dbtest.Do(t, d.db, func(tx *db.Tx) error {
			if n, err := db.Value[int64](tx, "SELECT count(*) FROM fills"); n != 0 || err != nil {
				t.Errorf("%d parts are left, %v", n, err)
			}
			_, created, err := d.records.EnsureContactByPhone(tx, people.System, "+31 20 123 4567", "")
			if created {
				t.Error("Bob is not found by his number")
			}
			return err
		})
	})
}
