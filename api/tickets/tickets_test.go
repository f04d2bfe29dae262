package tickets_test

import (
	"testing"
	"time"

	"github.com/deskbell/deskbell/api/apitest"
	"github.com/deskbell/deskbell/api/tickets"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

func start(t *testing.T) *apitest.Desk {
	t.Helper()
	return apitest.Start(t, func(d *apitest.Desk, g *gate.Gate) { tickets.Routes(g, d.DB, d.Records, d.Tickets, d.Talk) })
}

const path = "/helpdesk/v1/tickets/"

func contact(t *testing.T, d *apitest.Desk, email, name string) string {
	t.Helper()
	var out string
	dbtest.Do(t, d.DB, func(tx *db.Tx) error {
		c, _, err := d.Records.EnsureContact(tx, people.System, email, name)
		out = id.Format(c.ID)
		return err
	})
	return out
}

func make1(c *gatetest.Client, subject string, contacts ...string) map[string]any {
	return c.Post("/helpdesk/v1/tickets", map[string]any{"contactIds": append([]string{}, contacts...),
		"properties": map[string]any{"subject": subject, "hs_pipeline": "0", "hs_pipeline_stage": "1"}}).Is(201).Object()
}

func TestATicketMadeByHand(t *testing.T) { // TICK-1
	d := start(t)
	c, sam := d.Agent("Sam Service")
	ann, bob := contact(t, d, "ann@customer.example", "Ann Customer"), contact(t, d, "bob@customer.example", "")
	got := make1(c, "Broken lamp", ann, bob)
	props := got["properties"].(map[string]any)
	if props["subject"] != "Broken lamp" || props["hs_pipeline_stage"] != "1" || got["closed"] != false || got["unread"] != false {
		t.Errorf("made %v", got)
	}
	contacts := got["contacts"].([]any)
	first := contacts[0].(map[string]any)
	if len(contacts) != 2 || first["id"] != ann || first["primary"] != true || first["name"] != "Ann Customer" || contacts[1].(map[string]any)["name"] != "bob@customer.example" {
		t.Errorf("its contacts are %v", contacts)
	}
	if can := got["can"].(map[string]any); can["edit"] != true || can["delete"] != true || can["reply"] != true {
		t.Errorf("a service seat can %v", can)
	}
	channels := got["replyChannels"].([]any)
	if len(channels) != 1 || channels[0].(map[string]any)["address"] != apitest.Support || len(got["threads"].([]any)) != 0 {
		t.Errorf("channels %v, threads %v", channels, got["threads"])
	}
	changed := c.Patch(path+got["id"].(string), map[string]any{"properties": map[string]any{"hubspot_owner_id": id.Format(sam.ID), "hs_pipeline_stage": "4"}}).Is(200).Object()
	if changed["closed"] != true || changed["rev"] == got["rev"] || changed["following"] != true {
		t.Errorf("closed and assigned it is %v", changed)
	}
	if !(len(changed["rev"].(string)) >= len(got["rev"].(string)) && changed["rev"].(string) > got["rev"].(string)) {
		t.Errorf("rev went from %v to %v", got["rev"], changed["rev"])
	}
}

func TestBadTicketsAreRefusedByField(t *testing.T) { // API-4, PROP-5
	d := start(t)
	c, _ := d.Agent("Sam Service")
	for name, props := range map[string]map[string]any{
		"no subject":      {"hs_pipeline": "0", "hs_pipeline_stage": "1"},
		"unknown":         {"subject": "x", "hs_pipeline_stage": "1", "colour": "red"},
		"read only":       {"subject": "x", "hs_pipeline_stage": "1", "createdate": "2026-01-01"},
		"foreign status":  {"subject": "x", "hs_pipeline": "0", "hs_pipeline_stage": "99"},
		"unknown user":    {"subject": "x", "hs_pipeline_stage": "1", "hubspot_owner_id": "999"},
		"unknown option":  {"subject": "x", "hs_pipeline_stage": "1", "hs_ticket_priority": "ENORMOUS"},
		"no team by that": {"subject": "x", "hs_pipeline_stage": "1", "hubspot_team_id": "12"},
	} {
		a := c.Post("/helpdesk/v1/tickets", map[string]any{"properties": props}).Is(400)
		if errors := a.Object()["errors"].([]any); errors[0].(map[string]any)["in"] == "" {
			t.Errorf("%s: %s", name, a.Body)
		}
	}
	c.Post("/helpdesk/v1/tickets", map[string]any{"properties": map[string]any{"subject": 5}}).Is(400)
	c.Get(path + "999999").Is(404)
	c.Get(path + "abc").Is(400)
	c.Patch(path+"999999", map[string]any{"properties": map[string]any{"subject": "x"}}).Is(404)
}

func TestContactsAndCompaniesOfATicket(t *testing.T) { // REC-1
	d := start(t)
	c, _ := d.Agent("Sam Service")
	ann, bob := contact(t, d, "ann@customer.example", "Ann"), contact(t, d, "bob@customer.example", "Bob")
	tk := path + make1(c, "Lamp", ann)["id"].(string)
	two := c.Put(tk+"/contacts/"+bob, nil).Is(200).Object()["contacts"].([]any)
	if len(two) != 2 || two[0].(map[string]any)["id"] != ann {
		t.Errorf("with Bob there are %v", two)
	}
	c.Put(tk+"/contacts/"+bob, nil).Is(200) // again changes nothing
	one := c.Delete(tk + "/contacts/" + ann).Is(200).Object()["contacts"].([]any)
	if len(one) != 1 || one[0].(map[string]any)["id"] != bob {
		t.Errorf("without Ann there are %v", one)
	}
	if one[0].(map[string]any)["primary"] != true {
		t.Errorf("the answer to the change does not know what followed from it: %v", one)
	}
	if after := c.Get(tk).Object()["contacts"].([]any)[0].(map[string]any); after["primary"] != true {
		t.Errorf("Bob is alone and is %v", after)
	}
	c.Put(tk+"/companies/999", nil).Is(404)
}

func TestATicketFromMail(t *testing.T) { // CHAN-1, TICK-2
	d := start(t)
	c, _ := d.Agent("Sam Service")
	tk := d.Mail("Ann Customer <ann@customer.example>", "Broken lamp", "It does not light.", "Cc: bob@customer.example")
	got := c.Get(path + tk).Is(200).Object()
	threads := got["threads"].([]any)
	if len(threads) != 1 {
		t.Fatalf("threads %v", threads)
	}
	th := threads[0].(map[string]any)
	to := th["replyTo"].([]any)
	if th["channelAddress"] != apitest.Support || th["channelKind"] != "email" || th["subject"] != "Broken lamp" || len(to) != 1 || to[0].(map[string]any)["email"] != "ann@customer.example" {
		t.Errorf("the thread is %v", th)
	}
	if cc := th["replyCc"].([]any); len(cc) != 1 || th["lastInboundAt"] != "2026-11-02T09:00:00.000Z" || got["unread"] != true {
		t.Errorf("copies go to %v, last came %v, unread %v, participants %v", cc, th["lastInboundAt"], got["unread"], th["participants"])
	}
}

func TestMarksOfAUser(t *testing.T) { // TICK-7, SPAM-1
	d := start(t)
	c, _ := d.Agent("Sam Service")
	other, _ := d.Agent("Olga Other")
	tk := path + d.Mail("ann@customer.example", "Lamp", "Dark.")
	is := func(field string, want any) {
		t.Helper()
		if got := c.Get(tk).Is(200).Object()[field]; got != want {
			t.Errorf("%s is %v, want %v", field, got, want)
		}
	}
	c.Post(tk+"/read", map[string]any{}).Is(204)
	is("unread", false)
	if other.Get(tk).Object()["unread"] != true {
		t.Error("what one read the other has not")
	}
	c.Post(tk+"/unread", nil).Is(204)
	is("unread", true)
	c.Post(tk+"/follow", nil).Is(204)
	is("following", true)
	c.Post(tk+"/unfollow", nil).Is(204)
	is("following", false)
	until := d.Clock.Now().Add(2 * time.Hour)
	c.Put(tk+"/snooze", map[string]any{"until": until}).Is(204)
	is("snoozedUntil", "2026-11-02T11:00:00.000Z")
	c.Delete(tk + "/snooze").Is(204)
	is("snoozedUntil", nil)
	c.Put(tk+"/snooze", map[string]any{"until": until.Add(-24 * time.Hour)}).Refused(400, "INVALID_DATE")
	c.Put(tk+"/snooze", map[string]any{"until": until}).Is(204)
	d.Clock.Advance(3 * time.Hour)
	d.Settle()
	is("snoozedUntil", nil)
	c.Post(tk+"/spam", nil).Is(204)
	if got := c.Get(tk).Object()["properties"].(map[string]any)["desk_spam"]; got != "true" {
		t.Errorf("spam is %v", got)
	}
	c.Post(tk+"/not-spam", nil).Is(204)
	c.Post(path+"999999/read", nil).Is(404)
}

func TestGivingATicketAwayAnswers(t *testing.T) { // ACC-3
	d := start(t)
	c, _ := d.Agent("Sam Service")
	_, olga := d.Agent("Olga Other")
	got := c.Patch(path+make1(c, "Lamp")["id"].(string), map[string]any{"properties": map[string]any{"hubspot_owner_id": id.Format(olga.ID)}}).Is(200).Object()
	if got["properties"].(map[string]any)["hubspot_owner_id"] != id.Format(olga.ID) || got["following"] != false || got["contacts"] == nil {
		t.Errorf("given away it is %v", got)
	}
}

func TestADeletedTicketIsGone(t *testing.T) { // REC-5
	d := start(t)
	c, _ := d.Agent("Sam Service")
	tk := path + make1(c, "Lamp")["id"].(string)
	c.Delete(tk).Is(204)
	c.Get(tk).Is(404)
	c.Delete(tk).Is(204) // again is fine, as in HubSpot
}

func TestAViewSeatOnlyLooks(t *testing.T) { // ACC-2, ACC-3
	d := start(t)
	c, _ := d.Agent("Sam Service")
	tk := path + make1(c, "Lamp")["id"].(string)
	viewer, _ := d.User(people.NewUser{Name: "Vera View", Email: "vera@desk.localhost", Seat: people.ViewSeat})
	can := viewer.Get(tk).Is(200).Object()["can"].(map[string]any)
	if can["edit"] != false || can["delete"] != false || can["reply"] != false {
		t.Errorf("a view seat can %v", can)
	}
	viewer.Patch(tk, map[string]any{"properties": map[string]any{"subject": "Mine"}}).Is(403)
	viewer.Delete(tk).Is(403)
	viewer.Post(tk+"/read", nil).Is(204)
}

func TestRoutesByRole(t *testing.T) { start(t).WalkTable() } // ACC-10
