package properties_test

import (
	"testing"

	"github.com/deskbell/deskbell/api/apitest"
	"github.com/deskbell/deskbell/api/properties"
	"github.com/deskbell/deskbell/crm/computed"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/id"
)

func start(t *testing.T) *apitest.Desk {
	t.Helper()
	return apitest.Start(t, func(d *apitest.Desk, g *gate.Gate) {
		properties.Routes(g, d.DB, d.Props, computed.New(d.DB, d.Props, d.Records), d.Pipelines, d.People)
	})
}

func property(t *testing.T, a *gatetest.Answer, name string) map[string]any {
	t.Helper()
	for _, p := range a.Is(200).Object()["results"].([]any) {
		if m := p.(map[string]any); m["name"] == name {
			return m
		}
	}
	t.Fatalf("%s is not there", name)
	return nil
}

func TestPropertiesOfTickets(t *testing.T) { // PROP-2, PROP-3
	d := start(t)
	c, sam := d.Agent("Sam Service")
	a := c.Get("/helpdesk/v1/properties/tickets")
	subject := property(t, a, "subject")
	if subject["type"] != "string" || subject["required"] != true || subject["readOnly"] != false || subject["label"] == "" || len(subject["options"].([]any)) != 0 {
		t.Errorf("subject is %v", subject)
	}
	if created := property(t, a, "createdate"); created["readOnly"] != true || created["type"] != "datetime" {
		t.Errorf("createdate is %v", created)
	}
	if closing := property(t, a, "time_to_close"); closing["format"] != "duration" || subject["format"] != "" { // PROP-1
		t.Errorf("time_to_close is %v", closing)
	}
	priority := property(t, a, "hs_ticket_priority")["options"].([]any)
	if len(priority) != 4 || priority[3].(map[string]any)["value"] != "URGENT" {
		t.Errorf("priorities are %v", priority)
	}
	stages := property(t, a, "hs_pipeline_stage")["options"].([]any)
	if len(stages) != 4 || stages[0].(map[string]any)["label"] != "New" || stages[0].(map[string]any)["value"] != "1" {
		t.Errorf("statuses are %v", stages)
	}
	owners := property(t, a, "hubspot_owner_id")["options"].([]any)
	if len(owners) != 1 || owners[0].(map[string]any)["value"] != id.Format(sam.ID) || owners[0].(map[string]any)["label"] != "Sam Service" {
		t.Errorf("owners are %v", owners)
	}
}

func TestEveryObjectTypeHasProperties(t *testing.T) { // PROP-1
	c, _ := start(t).Agent("Sam Service")
	property(t, c.Get("/helpdesk/v1/properties/contacts"), "email")
	property(t, c.Get("/helpdesk/v1/properties/companies"), "domain")
	c.Get("/helpdesk/v1/properties/spaceships").Is(400)
}

func TestRoutesByRole(t *testing.T) { start(t).WalkTable() } // ACC-10
