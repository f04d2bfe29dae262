package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// made asks for a record and returns its id.
func (d *desk) made(kind string, props map[string]any) string {
	d.t.Helper()
	return d.Ask("POST", objects+kind, map[string]any{"properties": props}).Is(http.StatusCreated).Get("id").(string)
}

// An integration relates a ticket, renames the words for it, and takes it all back; everybody is told from both ends.
func TestHubSpotAssociationsLife(t *testing.T) { // REC-1, API-1, API-3
	eachDesk(t, func(t *testing.T, d *desk) {
		lamp := d.made("tickets", map[string]any{"subject": "Lamp", "hs_pipeline_stage": "1"})
		ann, bob := d.made("contacts", map[string]any{"email": "ann@example.org"}), d.made("contacts", map[string]any{"email": "bob@example.org"})
		deal := d.made("deals", map[string]any{"dealname": "A hundred lamps", "dealstage": "appointmentscheduled"})
		note := d.made("notes", map[string]any{"hs_note_body": "Called.", "hs_timestamp": "2026-11-02T09:00:00Z"})

		label := d.Ask("POST", "/crm/v4/associations/tickets/contacts/labels", `{"name":"witness","label":"Witness"}`).Is(http.StatusOK)
		id := int(label.Get("results").([]any)[0].(map[string]any)["typeId"].(float64))
		one := "/crm/v4/objects/tickets/" + lamp + "/associations/"
		spec := func(category string, id int) string {
			return fmt.Sprintf(`[{"associationCategory":%q,"associationTypeId":%d}]`, category, id)
		}
		d.Ask("PUT", one+"contacts/"+ann, spec("USER_DEFINED", id)).Is(http.StatusCreated)
		d.Ask("PUT", one+"contacts/"+bob, spec("HUBSPOT_DEFINED", 16)).Is(http.StatusCreated)
		d.Ask("PUT", one+"deals/"+deal, spec("HUBSPOT_DEFINED", 28)).Is(http.StatusCreated)
		d.Ask("PUT", "/crm/v4/objects/notes/"+note+"/associations/default/tickets/"+lamp, nil).Is(http.StatusOK)
		if got := d.Ask("GET", objects+"tickets/"+lamp+"?properties=desk_contact_id", nil).Get("properties", "desk_contact_id"); got != ann {
			t.Errorf("the first contact is %v, want %s", got, ann)
		}
		for _, to := range []string{"contacts", "deals", "notes"} {
			if got := d.Ask("GET", one+to, nil).Is(http.StatusOK).Get("results").([]any); len(got) != map[string]int{"contacts": 2, "deals": 1, "notes": 1}[to] {
				t.Errorf("%s: %v", to, got)
			}
		}

		d.Ask("DELETE", fmt.Sprintf("/crm/v4/associations/tickets/contacts/labels/%d", id), nil).Is(http.StatusNoContent)
		if err := d.jobs.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		d.Ask("DELETE", one+"contacts/"+ann, nil).Is(http.StatusNoContent)
		if got := d.Ask("GET", objects+"tickets/"+lamp+"?properties=desk_contact_id", nil).Get("properties", "desk_contact_id"); got != bob {
			t.Errorf("the next contact is %v, want %s", got, bob)
		}
		d.Ask("DELETE", one+"contacts/"+bob, nil).Is(http.StatusNoContent)
		if got := d.Ask("GET", objects+"tickets/"+lamp+"?properties=desk_contact_id", nil).Get("properties", "desk_contact_id"); got != nil {
			t.Errorf("left over: %v", got)
		}

		linked := func(objectType string) (out []string) {
			for _, e := range d.events(objectType) {
				if _, what, _ := strings.Cut(e, "."); what == "associated" || what == "dissociated" {
					out = append(out, what)
				}
			}
			return out
		}
		for kind, want := range map[string][]string{
			"tickets":  {"associated", "associated", "associated", "associated", "associated", "dissociated", "dissociated"},
			"contacts": {"associated", "associated", "associated", "dissociated", "dissociated"},
			"deals":    {"associated"}, "notes": {"associated"},
		} {
			if got := linked(kind); !slices.Equal(got, want) {
				t.Errorf("%s were told %v, want %v", kind, got, want)
			}
		}
	})
}

// A whole address book is related to a ticket in two requests, and taken off it in one.
func TestHubSpotAssociationsByTheThousand(t *testing.T) { // REC-1, API-2
	eachDesk(t, func(t *testing.T, d *desk) {
		lamp := d.made("tickets", map[string]any{"subject": "Lamp", "hs_pipeline_stage": "1"})
		var create, archive []any
		for i := range 300 {
			c := d.made("contacts", map[string]any{"email": fmt.Sprintf("c%d@example.org", i)})
			create = append(create, map[string]any{"from": map[string]any{"id": c}, "to": map[string]any{"id": lamp},
				"types": []any{map[string]any{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 15}}})
			archive = append(archive, map[string]any{"from": map[string]any{"id": c}, "to": []any{map[string]any{"id": lamp}}})
		}
		base := "/crm/v4/associations/contacts/tickets/batch/"
		if got := d.Ask("POST", base+"create", map[string]any{"inputs": create}).Is(http.StatusCreated).Get("results").([]any); len(got) != 300 {
			t.Errorf("%d results", len(got))
		}
		found, next := 0, "/crm/v4/objects/tickets/"+lamp+"/associations/contacts?limit=120"
		for next != "" {
			page := d.Ask("GET", next, nil).Is(http.StatusOK)
			found += len(page.Get("results").([]any))
			next, _ = page.Get("paging", "next", "link").(string)
		}
		if found != 300 {
			t.Errorf("%d contacts on the pages", found)
		}
		d.Ask("POST", base+"archive", map[string]any{"inputs": archive}).Is(http.StatusNoContent)
		if got := d.Ask("GET", "/crm/v4/objects/tickets/"+lamp+"/associations/contacts", nil).Is(http.StatusOK).Get("results").([]any); len(got) != 0 {
			t.Errorf("%d left", len(got))
		}
	})
}
