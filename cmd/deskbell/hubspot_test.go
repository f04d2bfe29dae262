package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// events are the types emitted about an object, oldest first.
func (d *desk) events(objectType string) (out []string) {
	d.t.Helper()
	dbtest.See(d.t, d.db, func(tx *db.Tx) (err error) {
		out, err = db.List(tx, db.Col[string], "SELECT type FROM events WHERE object_type = $1 ORDER BY id", objectType)
		return err
	})
	return out
}

const objects = "/crm/v3/objects/"

func newTicket(subject string) map[string]any {
	return map[string]any{"properties": map[string]any{"subject": subject, "hs_pipeline": "0", "hs_pipeline_stage": "1"}}
}

func TestHubSpotTicketLife(t *testing.T) { // API-1, API-3
	eachDesk(t, func(t *testing.T, d *desk) {
		made := d.Ask("POST", objects+"tickets", newTicket("Lamp is broken")).Is(http.StatusCreated)
		id := made.Get("id").(string)
		if got := made.Get("properties", "hs_pipeline_stage"); got != "1" {
			t.Errorf("stage %v", got)
		}
		if got := made.Get("properties", "content"); got != nil {
			t.Errorf("a property without a value is %v, want null", got)
		}
		d.clock.Advance(time.Hour)
		d.Ask("PATCH", objects+"TICKET/"+id, `{"properties":{"hs_ticket_priority":"HIGH","hs_pipeline_stage":4}}`).Is(http.StatusOK)
		got := d.Ask("GET", objects+"0-5/"+id+"?properties=hs_ticket_priority,closed_date&properties=nonsense", nil).Is(http.StatusOK)
		if got.Get("properties", "hs_ticket_priority") != "HIGH" || got.Get("properties", "closed_date") != "2026-11-02T10:00:00.000Z" {
			t.Errorf("read %s", got.Raw)
		}
		if _, there := got.Get("properties").(map[string]any)["nonsense"]; there {
			t.Error("an unknown property must be left out")
		}
		d.Ask("DELETE", objects+"tickets/"+id, nil).Is(http.StatusNoContent)
		d.Ask("DELETE", objects+"tickets/"+id, nil).Is(http.StatusNoContent)
		d.Ask("GET", objects+"tickets/"+id, nil).Is(http.StatusNotFound)
		if got := d.events("tickets"); !slices.Equal(got, []string{"ticket.created", "ticket.changed", "ticket.archived"}) {
			t.Errorf("emitted %v", got)
		}
	})
}

func TestHubSpotDatedPathIsTheSame(t *testing.T) { // API-1
	eachDesk(t, func(t *testing.T, d *desk) {
		id := d.Ask("POST", "/crm/objects/2026-03/tickets", newTicket("Dated")).Is(http.StatusCreated).Get("id").(string)
		d.Ask("GET", objects+"tickets/"+id, nil).Is(http.StatusOK)
		d.Ask("GET", "/crm/pipelines/2026-09/tickets", nil).Is(http.StatusOK)
	})
}

func TestHubSpotErrors(t *testing.T) { // API-4
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Ask("POST", objects+"contacts", `{"properties":{"email":"ann@example.org"}}`).Is(http.StatusCreated)
		for name, c := range map[string]struct {
			method, path, body string
			status             int
			category, words    string
		}{
			"bad option": {"POST", "tickets", `{"properties":{"subject":"x","hs_pipeline_stage":"1","hs_ticket_priority":"HUGE"}}`, 400,
				"VALIDATION_ERROR", `Property values were not valid: [{"isValid":false`},
			"unknown property": {"POST", "tickets", `{"properties":{"subject":"x","hs_pipeline_stage":"1","shoe_size":"9"}}`, 400,
				"VALIDATION_ERROR", "PROPERTY_DOESNT_EXIST"},
			"no status":       {"POST", "tickets", `{"properties":{"subject":"x"}}`, 400, "VALIDATION_ERROR", "required properties were not set"},
			"cut-off JSON":    {"POST", "tickets", `{"properties":`, 400, "VALIDATION_ERROR", "Invalid input JSON on line 1"},
			"unknown type":    {"POST", "spaceships", `{"properties":{}}`, 400, "VALIDATION_ERROR", "Unable to infer object type from: spaceships"},
			"unknown id":      {"GET", "tickets/12345", "", 404, "OBJECT_NOT_FOUND", ""},
			"no number":       {"GET", "tickets/abc", "", 404, "OBJECT_NOT_FOUND", ""},
			"same e-mail":     {"POST", "contacts", `{"properties":{"email":"ANN@example.org"}}`, 409, "CONFLICT", "Contact already exists. Existing ID: "},
			"limit too high":  {"GET", "tickets?limit=101", "", 400, "VALIDATION_ERROR", "limit"},
			"unknown filter":  {"POST", "tickets/search", `{"filterGroups":[{"filters":[{"propertyName":"nope","operator":"EQ","value":"1"}]}]}`, 400, "VALIDATION_ERROR", "nope"},
			"foreign cursor":  {"POST", "tickets/search", `{"after":"garbage!"}`, 400, "VALIDATION_ERROR", ""},
			"object as value": {"POST", "tickets", `{"properties":{"subject":{"a":1}}}`, 400, "VALIDATION_ERROR", "Invalid input JSON"},
		} {
			got := d.Ask(c.method, objects+c.path, c.body)
			if got.Status != c.status || got.Get("category") != c.category || !strings.Contains(got.Raw, strings.ReplaceAll(c.words, `"`, `\"`)) ||
				got.Get("status") != "error" || got.Get("correlationId") == "" {
				t.Errorf("%s: %d %s", name, got.Status, got.Raw)
			}
		}
		if got := d.ask("GET", objects+"tickets", nil, "Bearer pat-desk-wrong"); got.Status != 401 || got.Get("category") != "INVALID_AUTHENTICATION" {
			t.Errorf("a wrong token: %d %s", got.Status, got.Raw)
		}
		if got := d.ask("GET", objects+"tickets", nil, ""); got.Status != 401 {
			t.Errorf("no token: %d %s", got.Status, got.Raw)
		}
	})
}

func TestHubSpotListAndSearchPages(t *testing.T) { // API-5
	eachDesk(t, func(t *testing.T, d *desk) {
		for i := range 25 {
			d.clock.Advance(time.Minute)
			d.Ask("POST", objects+"tickets", newTicket(fmt.Sprintf("Lamp %02d", i))).Is(http.StatusCreated)
		}
		var seen []string
		after := ""
		for range 10 {
			page := d.Ask("GET", objects+"tickets?limit=10&properties=subject&after="+after, nil).Is(http.StatusOK)
			for _, r := range page.Get("results").([]any) {
				seen = append(seen, r.(map[string]any)["id"].(string))
			}
			next, _ := page.Get("paging").(map[string]any)
			if next == nil {
				break
			}
			after = page.Get("paging", "next", "after").(string)
		}
		slices.Sort(seen)
		if len(slices.Compact(seen)) != 25 {
			t.Errorf("%d different tickets over the pages, want 25", len(seen))
		}
		search := map[string]any{"sorts": []string{"-createdate"}, "limit": 3, "properties": []string{"subject"},
			"filterGroups": []any{map[string]any{"filters": []any{map[string]any{"propertyName": "subject", "operator": "CONTAINS_TOKEN", "value": "lamp"}}}}}
		found := d.Ask("POST", objects+"tickets/search", search).Is(http.StatusOK)
		if found.Get("total") != 25.0 || found.Get("results", 0, "properties", "subject") != "Lamp 24" {
			t.Errorf("found %s", found.Raw)
		}
		if d.Ask("POST", objects+"tickets/search", `{}`).Is(http.StatusOK).Get("total") != 25.0 {
			t.Error("an empty search must find everything")
		}
	})
}

func TestHubSpotContactByEmail(t *testing.T) { // API-6, REC-6
	eachDesk(t, func(t *testing.T, d *desk) {
		contact := d.Ask("POST", objects+"contacts", `{"properties":{"email":"Ann@Example.org","firstname":"Ann"}}`).Is(http.StatusCreated)
		got := d.Ask("GET", objects+"contacts/ann@example.org?idProperty=email", nil).Is(http.StatusOK)
		if got.Get("id") != contact.Get("id") || got.Get("properties", "email") != "ann@example.org" {
			t.Errorf("found %s", got.Raw)
		}
		d.Ask("GET", objects+"contacts/bob@example.org?idProperty=email", nil).Is(http.StatusNotFound)
		ticket := newTicket("For Ann")
		ticket["associations"] = []any{map[string]any{"to": map[string]any{"id": contact.Get("id")},
			"types": []any{map[string]any{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 16}}}}
		d.Ask("POST", objects+"tickets", ticket).Is(http.StatusCreated)
		search := fmt.Sprintf(`{"filterGroups":[{"filters":[{"propertyName":"associations.contact","operator":"EQ","value":"%v"}]}]}`, contact.Get("id"))
		if found := d.Ask("POST", objects+"tickets/search", search).Is(http.StatusOK); found.Get("total") != 1.0 {
			t.Errorf("by contact: %s", found.Raw)
		}
	})
}

func TestHubSpotPipelines(t *testing.T) { // PIPE-1, API-1
	eachDesk(t, func(t *testing.T, d *desk) {
		got := d.Ask("GET", "/crm/v3/pipelines/tickets", nil).Is(http.StatusOK)
		var labels []string
		for _, s := range got.Get("results", 0, "stages").([]any) {
			m := s.(map[string]any)
			labels = append(labels, m["id"].(string)+" "+m["label"].(string)+" "+m["metadata"].(map[string]any)["ticketState"].(string))
		}
		want := []string{"1 New OPEN", "2 Waiting on contact OPEN", "3 Waiting on us OPEN", "4 Closed CLOSED"}
		if got.Get("results", 0, "label") != "Support Pipeline" || !slices.Equal(labels, want) {
			t.Errorf("%v: %v", got.Get("results", 0, "label"), labels)
		}
		d.Ask("GET", "/crm/v3/pipelines/tickets/0/stages/4", nil).Is(http.StatusOK)
		d.Ask("GET", "/crm/v3/pipelines/tickets/9", nil).Is(http.StatusNotFound)
	})
}
