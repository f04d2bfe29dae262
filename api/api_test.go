// Package api_test puts all areas of /helpdesk/v1 behind one gate.
package api_test

import (
	"strings"
	"testing"

	"github.com/deskbell/deskbell/api/apitest"
	"github.com/deskbell/deskbell/api/channels"
	"github.com/deskbell/deskbell/api/contacts"
	"github.com/deskbell/deskbell/api/conversation"
	"github.com/deskbell/deskbell/api/health"
	"github.com/deskbell/deskbell/api/live"
	"github.com/deskbell/deskbell/api/notifications"
	apipeople "github.com/deskbell/deskbell/api/people"
	"github.com/deskbell/deskbell/api/pipelines"
	"github.com/deskbell/deskbell/api/properties"
	"github.com/deskbell/deskbell/api/row"
	"github.com/deskbell/deskbell/api/session"
	"github.com/deskbell/deskbell/api/tickets"
	"github.com/deskbell/deskbell/api/views"
	"github.com/deskbell/deskbell/crm/computed"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	hub "github.com/deskbell/deskbell/live"
	"github.com/deskbell/deskbell/people"
)

func start(t *testing.T) *apitest.Desk {
	t.Helper()
	return apitest.Start(t, func(d *apitest.Desk, g *gate.Gate) {
		rows := row.New(d.Records, d.Tickets, d.Kinds)
		mail := func(*db.Tx) (string, bool, error) { return apitest.Support, false, nil }
		prepare := func(*db.Tx, people.Account) error { return nil }
		h := hub.NewHub(d.DB)
		t.Cleanup(h.Close)
		session.Routes(g, d.DB, d.People, mail, prepare, "test")
		apipeople.Routes(g, d.DB, d.People, d.Tickets.OpenByOwner)
		pipelines.Routes(g, d.DB, d.Pipelines, d.Status, d.Clearing, d.Tickets.ByStage)
		properties.Routes(g, d.DB, d.Props, computed.New(d.DB, d.Props, d.Records), d.Pipelines, d.People)
		views.Routes(g, d.DB, d.Views, rows)
		tickets.Routes(g, d.DB, d.Records, d.Tickets, d.Talk)
		conversation.Routes(g, d.DB, d.Talk, d.Intake, d.People, d.Props, d.Pipelines, d.Records)
		contacts.Routes(g, d.DB, d.Records, rows)
		channels.Routes(g, d.DB, d.Accounts, d.Pipelines, d.Intake, "http://desk.localhost")
		notifications.Routes(g, d.DB, d.Notify)
		live.Routes(g, h)
		health.Routes(g, d.DB)
	})
}

func TestEveryRouteAsEveryRole(t *testing.T) { start(t).WalkTable() } // ACC-10

// public are the routes that anybody may ask; whoever adds one thinks about it here.
var public = []string{"GET /helpdesk/v1/setup", "POST /helpdesk/v1/setup", "POST /helpdesk/v1/session", "DELETE /helpdesk/v1/session", "GET /healthz", "GET /readyz",
	"GET /attachments-signed/{id}"} // by a signature that runs out

func TestPublicRoutesAreTheFewWeMean(t *testing.T) { // ACC-10
	open := map[string]bool{}
	for _, p := range public {
		open[p] = true
	}
	for _, r := range start(t).Gate.Routes() {
		name := r.Method + " " + r.Path
		if r.Public != open[name] {
			t.Errorf("%s: public is %v", name, r.Public)
		}
		if !r.Public && r.Needs == "" {
			t.Errorf("%s names no permission", name)
		}
		delete(open, name)
	}
	if len(open) > 0 {
		t.Errorf("there is no %v", open)
	}
}

func TestTheDescriptionIsWhole(t *testing.T) { // API-7
	d := start(t)
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Summary, OperationID string
			Tags                 []string
			Security             []any
			Responses            map[string]any
		}
	}
	d.Nobody().Get("/helpdesk/v1/openapi.json").Is(200).Into(&doc)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("it is OpenAPI %s", doc.OpenAPI)
	}
	ids := map[string]string{}
	for _, r := range d.Gate.Routes() {
		if !strings.HasPrefix(r.Path, "/helpdesk/") {
			continue
		}
		op, ok := doc.Paths[r.Path][strings.ToLower(r.Method)]
		name := r.Method + " " + r.Path
		if !ok || op.Summary == "" || len(op.Tags) != 1 || op.Tags[0] == "" || len(op.Responses) == 0 || (len(op.Security) == 0) != r.Public {
			t.Errorf("%s is described as %+v", name, op)
		}
		if other := ids[op.OperationID]; other != "" {
			t.Errorf("%s and %s are both %s", name, other, op.OperationID)
		}
		ids[op.OperationID] = name
	}
}

// TestAMailIsAnswered is the main road by the API alone.
func TestAMailIsAnswered(t *testing.T) { // CHAN-1, REPLY-1, AUTO-2, ROUTE-2, MAIL-7
	d := start(t)
	c, _ := d.Agent("Sam Service")
	d.Mail("Ann Customer <ann@customer.example>", "Broken lamp", "It does not light.")
	get := func(path string) map[string]any { return c.Get("/helpdesk/v1" + path).Is(200).Object() }
	counts := func(view string) any { return get("/views/counts")["counts"].(map[string]any)[view] }
	if counts("unassigned") != 1.0 {
		t.Fatalf("unassigned are %v", counts("unassigned"))
	}
	tk := get("/views/unassigned/tickets")["results"].([]any)[0].(map[string]any)["id"].(string)
	items := get("/tickets/" + tk + "/conversation")["items"].([]any)
	seen := items[len(items)-1].(map[string]any)["id"]
	c.Post("/helpdesk/v1/tickets/"+tk+"/read", nil).Is(204)
	c.With("Idempotency-Key", "one").Post("/helpdesk/v1/tickets/"+tk+"/replies", map[string]any{"html": "<p>Try the other switch.</p>", "seen": seen}).Is(201)
	d.Settle()
	now := get("/tickets/" + tk)
	if now["properties"].(map[string]any)["hs_pipeline_stage"] != "2" || now["unread"] != false || counts("unassigned") != 0.0 || counts("mine") != 1.0 || counts("sent") != 1.0 {
		t.Errorf("after the answer the ticket is %v, mine %v, sent %v", now["properties"], counts("mine"), counts("sent"))
	}
	kept := get("/outbox")["results"].([]any)
	if len(kept) != 1 || kept[0].(map[string]any)["subject"] != "Re: Broken lamp" || kept[0].(map[string]any)["ticketId"] != tk {
		t.Errorf("the outbox holds %v", kept)
	}
	d.Clock.Advance(60e9)
	d.Mail("Ann Customer <ann@customer.example>", "Re: Broken lamp", "It works, thank you!", "In-Reply-To: <mail-1@customer.example>")
	if again := get("/tickets/" + tk); again["properties"].(map[string]any)["hs_pipeline_stage"] != "3" || again["unread"] != true {
		t.Errorf("after the customer's reply the ticket is %v", again["properties"])
	}
	if told := get("/notifications"); told["unread"].(float64) < 1 {
		t.Errorf("nobody was told: %v", told)
	}
}
