package contacts_test

import (
	"fmt"
	"testing"

	"github.com/deskbell/deskbell/api/apitest"
	"github.com/deskbell/deskbell/api/contacts"
	"github.com/deskbell/deskbell/api/row"
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
		contacts.Routes(g, d.DB, d.Records, row.New(d.Records, d.Tickets, d.Kinds))
	})
}

const path = "/helpdesk/v1/contacts"

func make1(c *gatetest.Client, email, first, last string) map[string]any {
	return c.Post(path, map[string]any{"properties": map[string]any{"email": email, "firstname": first, "lastname": last, "phone": "+31 20 5550123"}}).Is(201).Object()
}

func names(a *gatetest.Answer) []string {
	var out []string
	for _, r := range a.Is(200).Object()["results"].([]any) {
		out = append(out, r.(map[string]any)["name"].(string))
	}
	return out
}

func TestAContactFromMakingToReading(t *testing.T) { // REC-1, REC-6
	d := start(t)
	c, _ := d.Agent("Sam Service")
	c.Post("/helpdesk/v1/companies", map[string]any{"properties": map[string]any{"name": "Lamps Ltd", "domain": "lamps.example"}}).Is(201)
	ann := make1(c, "Ann@Lamps.example", "Ann", "Customer")
	if ann["email"] != "ann@lamps.example" || ann["name"] != "Ann Customer" || ann["phone"] == "" || len(ann["tickets"].([]any)) != 0 {
		t.Errorf("made %v", ann)
	}
	c.Post(path, map[string]any{"properties": map[string]any{"email": "ann@lamps.example"}}).Is(409)
	changed := c.Patch(path+"/"+ann["id"].(string), map[string]any{"properties": map[string]any{"lastname": "Buyer"}}).Is(200).Object()
	if changed["name"] != "Ann Buyer" || changed["properties"].(map[string]any)["lastname"] != "Buyer" {
		t.Errorf("changed %v", changed)
	}
	c.Patch(path+"/"+ann["id"].(string), map[string]any{"properties": map[string]any{"email": "no address"}}).Is(400)
	c.Get(path + "/999").Is(404)
}

func TestTheTicketsAndCompaniesOfAContact(t *testing.T) { // REC-2
	d := start(t)
	c, _ := d.Agent("Sam Service")
	c.Post("/helpdesk/v1/companies", map[string]any{"properties": map[string]any{"name": "Lamps Ltd", "domain": "lamps.example"}}).Is(201)
	var contact int64
	dbtest.Do(t, d.DB, func(tx *db.Tx) error {
		ann, _, err := d.Records.EnsureContact(tx, people.System, "ann@lamps.example", "Ann Customer")
		contact = ann.ID
		for i := range 3 {
			if err == nil {
				_, err = d.Tickets.Create(tx, people.System, ticket.NewTicket{Contacts: []int64{ann.ID},
					Properties: map[string]string{"subject": fmt.Sprint("Lamp ", i), "hs_pipeline_stage": "1"}})
			}
		}
		return err
	})
	got := c.Get(path + "/" + id.Format(contact)).Is(200).Object()
	tickets, companies := got["tickets"].([]any), got["companies"].([]any)
	if len(tickets) != 3 || tickets[0].(map[string]any)["subject"] != "Lamp 2" || len(companies) != 1 || companies[0].(map[string]any)["name"] != "Lamps Ltd" {
		t.Errorf("tickets %v, companies %v", tickets, companies)
	}
	if listed := c.Get(path).Object()["results"].([]any)[0].(map[string]any); listed["companyName"] != "Lamps Ltd" {
		t.Errorf("listed %v", listed)
	}
}

func TestFindingContacts(t *testing.T) { // LIST-2
	d := start(t)
	c, _ := d.Agent("Sam Service")
	for i := range 5 {
		d.Clock.Advance(1e9)
		make1(c, fmt.Sprintf("c%d@customer.example", i), "Contact", fmt.Sprint("No", i))
	}
	if got := names(c.Get(path + "?query=no3")); len(got) != 1 || got[0] != "Contact No3" {
		t.Errorf("found %v", got)
	}
	first := c.Get(path + "?limit=2")
	if got := names(first); len(got) != 2 || got[0] != "Contact No4" {
		t.Errorf("the first page is %v", got)
	}
	after := first.Object()["paging"].(map[string]any)["next"].(map[string]any)["after"].(string)
	if got := names(c.Get(path + "?limit=4&after=" + after)); len(got) != 3 || got[0] != "Contact No2" {
		t.Errorf("the second page is %v", got)
	}
}

func TestFindingCompanies(t *testing.T) {
	d := start(t)
	c, _ := d.Agent("Sam Service")
	for _, n := range []string{"Lamps Ltd", "Chairs Ltd"} {
		c.Post("/helpdesk/v1/companies", map[string]any{"properties": map[string]any{"name": n}}).Is(201)
	}
	if got := names(c.Get("/helpdesk/v1/companies?query=lamps")); len(got) != 1 || got[0] != "Lamps Ltd" {
		t.Errorf("found %v", got)
	}
	if got := names(c.Get("/helpdesk/v1/companies")); len(got) != 2 {
		t.Errorf("all are %v", got)
	}
}

func TestRoutesByRole(t *testing.T) { start(t).WalkTable() } // ACC-10
