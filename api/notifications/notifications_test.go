package notifications_test

import (
	"fmt"
	"testing"

	"github.com/deskbell/deskbell/api/apitest"
	"github.com/deskbell/deskbell/api/notifications"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

func start(t *testing.T) *apitest.Desk {
	t.Helper()
	return apitest.Start(t, func(d *apitest.Desk, g *gate.Gate) { notifications.Routes(g, d.DB, d.Notify) })
}

const path = "/helpdesk/v1/notifications"

// assign gives the user n new tickets.
func assign(t *testing.T, d *apitest.Desk, u people.User, n int) {
	t.Helper()
	for i := range n {
		dbtest.Do(t, d.DB, func(tx *db.Tx) error {
			made, err := d.Tickets.Create(tx, people.System, ticket.NewTicket{Properties: map[string]string{"subject": fmt.Sprint("Lamp ", i), "hs_pipeline_stage": "1"}})
			if err != nil {
				return err
			}
			return d.Tickets.Assign(tx, people.System, made.ID, u.ID, 0, "")
		})
	}
}

func TestNotificationsAreReadOneByOneAndAll(t *testing.T) { // ACT-3
	d := start(t)
	c, sam := d.Agent("Sam Service")
	other, _ := d.Agent("Olga Other")
	assign(t, d, sam, 3)
	page := c.Get(path).Is(200).Object()
	all := page["results"].([]any)
	newest := all[0].(map[string]any)
	if len(all) != 3 || page["unread"] != 3.0 || page["paging"] != nil || newest["kind"] != "assigned" || newest["body"] != "Lamp 2" || newest["ticketId"] == nil || newest["read"] != false {
		t.Errorf("notifications %v", page)
	}
	if got := other.Get(path).Object(); len(got["results"].([]any)) != 0 || got["unread"] != 0.0 {
		t.Errorf("somebody else sees %v", got)
	}
	if left := c.Post(path+"/read", map[string]any{"ids": []any{newest["id"]}}).Is(200).Object()["unread"]; left != 2.0 {
		t.Errorf("left unread: %v", left)
	}
	other.Post(path+"/read", map[string]any{"ids": []any{all[1].(map[string]any)["id"]}}).Is(200)
	if again := c.Get(path).Object(); again["unread"] != 2.0 || again["results"].([]any)[0].(map[string]any)["read"] != true {
		t.Errorf("after reading one %v", again)
	}
	if left := c.Post(path+"/read", map[string]any{"all": true}).Is(200).Object()["unread"]; left != 0.0 {
		t.Errorf("left unread: %v", left)
	}
	c.Post(path+"/read", map[string]any{}).Refused(400, "REQUIRED")
}

func TestPagesOfNotifications(t *testing.T) { // ACT-3
	d := start(t)
	c, sam := d.Agent("Sam Service")
	assign(t, d, sam, 55)
	first := c.Get(path).Is(200).Object()
	after := first["paging"].(map[string]any)["next"].(map[string]any)["after"].(string)
	rest := c.Get(path + "?after=" + after).Is(200).Object()
	if len(first["results"].([]any)) != 50 || len(rest["results"].([]any)) != 5 || rest["paging"] != nil || rest["unread"] != 55.0 {
		t.Errorf("pages of %d and %d", len(first["results"].([]any)), len(rest["results"].([]any)))
	}
	c.Get(path+"?after=x").Refused(400, "INVALID_CURSOR")
}

func TestRoutesByRole(t *testing.T) { start(t).WalkTable() } // ACC-10
