package views_test

import (
	"strings"
	"testing"

	"github.com/deskbell/deskbell/api/apitest"
	"github.com/deskbell/deskbell/api/row"
	"github.com/deskbell/deskbell/api/views"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

func start(t *testing.T) *apitest.Desk {
	t.Helper()
	return apitest.Start(t, func(d *apitest.Desk, g *gate.Gate) {
		views.Routes(g, d.DB, d.Views, row.New(d.Records, d.Tickets, d.Kinds))
	})
}

func subjects(a *gatetest.Answer) string {
	a.Is(200)
	var page struct {
		Results []struct{ Subject string }
	}
	a.Into(&page)
	var out []string
	for _, r := range page.Results {
		out = append(out, r.Subject)
	}
	return strings.Join(out, " ")
}

func change(t *testing.T, d *apitest.Desk, ticketID string, props map[string]string) {
	t.Helper()
	n, err := id.Parse("id", ticketID)
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Do(t, d.DB, func(tx *db.Tx) error {
		_, err := d.Records.Update(tx, people.System, ticket.Object, n, props, "")
		return err
	})
}

func TestViewsListAndCount(t *testing.T) { // VIEW-1
	d := start(t)
	c, sam := d.Agent("Sam Service")
	var ids []string
	for _, s := range []string{"one", "two", "three"} {
		d.Clock.Advance(60e9)
		ids = append(ids, d.Mail("Ann Customer <ann@customer.example>", s, "Text of "+s))
	}
	change(t, d, ids[0], map[string]string{"hubspot_owner_id": id.Format(sam.ID)})
	change(t, d, ids[1], map[string]string{"hs_pipeline_stage": "4"})
	counts := c.Get("/helpdesk/v1/views/counts").Is(200).Object()["counts"].(map[string]any)
	list := c.Get("/helpdesk/v1/views").Is(200).Object()["results"].([]any)
	if len(list) != 10 || len(counts) != 10 {
		t.Errorf("%d views, %d counts", len(list), len(counts))
	}
	for view, want := range map[string]string{"unassigned": "three", "mine": "one", "open": "three one", "team": "", "spam": "", "snoozed": "", "sent": ""} {
		if got := subjects(c.Get("/helpdesk/v1/views/" + view + "/tickets")); got != want {
			t.Errorf("%s shows %q, want %q", view, got, want)
		}
		if n := counts[view].(float64); int(n) != len(strings.Fields(want)) {
			t.Errorf("%s counts %v", view, n)
		}
	}
	c.Get("/helpdesk/v1/views/nonsense/tickets").Is(404)
}

func TestARowSaysWhatAListShows(t *testing.T) { // LIST-1
	d := start(t)
	c, _ := d.Agent("Sam Service")
	tk := d.Mail("Ann Customer <ann@customer.example>", "Broken lamp", "It does not light.")
	change(t, d, tk, map[string]string{"hs_ticket_priority": "HIGH", "hs_ticket_category": "BILLING_ISSUE"})
	r := c.Get("/helpdesk/v1/views/open/tickets").Is(200).Object()["results"].([]any)[0].(map[string]any)
	contact := r["contact"].(map[string]any)
	if contact["name"] != "Ann Customer" || contact["email"] != "ann@customer.example" || r["preview"] != "It does not light." || r["lastMessageFrom"] != "contact" ||
		r["lastMessageAt"] != "2026-11-02T09:00:00.000Z" || r["stageId"] != "1" || r["pipelineId"] != "0" || r["closed"] != false || r["priority"] != "HIGH" ||
		r["category"] != "BILLING_ISSUE" || r["ownerId"] != nil || r["unread"] != true || r["channelKind"] != "email" || r["hasDraft"] != false || r["snoozedUntil"] != nil {
		t.Errorf("the row is %v", r)
	}
}

func TestARowWithoutAContact(t *testing.T) { // LIST-1
	d := start(t)
	c, _ := d.Agent("Sam Service")
	dbtest.Do(t, d.DB, func(tx *db.Tx) error {
		_, err := d.Tickets.Create(tx, people.System, ticket.NewTicket{Properties: map[string]string{"subject": "By hand", "hs_pipeline_stage": "1"}})
		return err
	})
	r := c.Get("/helpdesk/v1/views/open/tickets").Is(200).Object()["results"].([]any)[0].(map[string]any)
	if r["contact"] != nil || r["channelKind"] != nil || r["lastMessageFrom"] != nil || r["preview"] != "" || r["lastMessageAt"] == "" {
		t.Errorf("the row is %v", r)
	}
}

func TestPagesAndOrder(t *testing.T) { // LIST-1, API-5
	d := start(t)
	c, _ := d.Agent("Sam Service")
	for _, s := range []string{"b", "a", "e", "d", "c"} {
		d.Clock.Advance(60e9)
		d.Mail("ann@customer.example", s, "Text")
	}
	after, all := "", ""
	for range 3 {
		a := c.Get("/helpdesk/v1/views/open/tickets?limit=2" + after)
		all += subjects(a) + " "
		if p, ok := a.Object()["paging"].(map[string]any); ok {
			after = "&after=" + p["next"].(map[string]any)["after"].(string)
		}
	}
	if all != "c d e a b " {
		t.Errorf("pages of two show %q", all)
	}
	if got := subjects(c.Get("/helpdesk/v1/views/open/tickets?sort=subject")); got != "a b c d e" {
		t.Errorf("by subject: %q", got)
	}
	if got := subjects(c.Get("/helpdesk/v1/views/open/tickets?sort=-createdAt")); got != "c d e a b" {
		t.Errorf("by age: %q", got)
	}
	c.Get("/helpdesk/v1/views/open/tickets?sort=nonsense").Is(400)
	c.Get("/helpdesk/v1/views/open/tickets?after=nonsense").Refused(400, "INVALID_CURSOR")
	c.Get("/helpdesk/v1/views/open/tickets?limit=201").Is(400)
}

func TestSearch(t *testing.T) { // LIST-2, API-5
	d := start(t)
	c, _ := d.Agent("Sam Service")
	lamp := d.Mail("Ann Customer <ann@customer.example>", "Broken lamp", "It does not light.")
	d.Clock.Advance(60e9)
	d.Mail("Bob Buyer <bob@customer.example>", "Invoice", "Please send it again.")
	change(t, d, lamp, map[string]string{"hs_ticket_priority": "HIGH"})
	search := func(body map[string]any) *gatetest.Answer { return c.Post("/helpdesk/v1/tickets/search", body) }
	high := []any{map[string]any{"filters": []any{map[string]any{"propertyName": "hs_ticket_priority", "operator": "EQ", "value": "HIGH"}}}}
	for want, body := range map[string]map[string]any{
		"Broken lamp":         {"filterGroups": high, "sorts": []any{}},
		"Invoice Broken lamp": {"sorts": []any{"-createdate"}},
		"Invoice":             {"query": "invoice", "filterGroups": []any{}},
		"":                    {"view": "mine", "filterGroups": high},
	} {
		a := search(body)
		if got := subjects(a); got != want {
			t.Errorf("%v finds %q, want %q", body, got, want)
		}
		if total := a.Object()["total"].(float64); int(total) != strings.Count(want, "lamp")+strings.Count(want, "Invoice") {
			t.Errorf("%v counts %v", body, total)
		}
	}
	if _, counted := search(map[string]any{"query": "invoice", "uncounted": true}).Object()["total"]; counted {
		t.Error("a total that nobody asked for was counted")
	}
	search(map[string]any{"filterGroups": []any{map[string]any{"filters": []any{map[string]any{"propertyName": "nonsense", "operator": "EQ", "value": "1"}}}}}).Is(400)
	search(map[string]any{"filterGroups": []any{map[string]any{"filters": []any{map[string]any{"propertyName": "subject", "operator": "LOOKS_LIKE", "value": "1"}}}}}).Is(400)
	search(map[string]any{"view": "nonsense"}).Is(404)
}

func TestRoutesByRole(t *testing.T) { start(t).WalkTable() } // ACC-10
