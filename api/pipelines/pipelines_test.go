package pipelines_test

import (
	"strings"
	"testing"

	"github.com/deskbell/deskbell/api/apitest"
	"github.com/deskbell/deskbell/api/pipelines"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

func start(t *testing.T) *apitest.Desk {
	t.Helper()
	return apitest.Start(t, func(d *apitest.Desk, g *gate.Gate) {
		pipelines.Routes(g, d.DB, d.Pipelines, d.Status, d.Clearing, d.Tickets.ByStage)
	})
}

const path = "/helpdesk/v1/pipelines"

func tickets(t *testing.T, d *apitest.Desk, pipeline, stage string, n int) {
	t.Helper()
	dbtest.Do(t, d.DB, func(tx *db.Tx) error {
		for range n {
			if _, err := d.Tickets.Create(tx, people.System, ticket.NewTicket{Properties: map[string]string{"subject": "Lamp", "hs_pipeline": pipeline, "hs_pipeline_stage": stage}}); err != nil {
				return err
			}
		}
		return nil
	})
}

// labels are the statuses of a pipeline with their ticket counts: "New:2 Closed:0".
func labels(p map[string]any) string {
	var out []string
	for _, s := range p["stages"].([]any) {
		stage := s.(map[string]any)
		out = append(out, stage["label"].(string)+":"+string(rune('0'+int(stage["ticketCount"].(float64)))))
	}
	return strings.Join(out, " ")
}

func list(c *gatetest.Client) []map[string]any {
	var out []map[string]any
	for _, p := range c.Get(path).Is(200).Object()["results"].([]any) {
		out = append(out, p.(map[string]any))
	}
	return out
}

func stageID(p map[string]any, i int) string {
	return p["stages"].([]any)[i].(map[string]any)["id"].(string)
}

func TestPipelines(t *testing.T) { // PIPE-1, PIPE-2
	d := start(t)
	c, _ := d.Admin("Ada Admin")
	tickets(t, d, "0", "1", 2)
	first := list(c)
	if len(first) != 1 || first[0]["label"] != "Support Pipeline" || first[0]["ticketCount"] != 2.0 || labels(first[0]) != "New:2 Waiting on contact:0 Waiting on us:0 Closed:0" {
		t.Fatalf("a new account has %v", first)
	}
	sales := c.Post(path, map[string]any{"label": "Returns"}).Is(201).Object()
	if labels(sales) != "New:0 Waiting on contact:0 Waiting on us:0 Closed:0" {
		t.Errorf("a new pipeline has %v", labels(sales))
	}
	c.Post(path, map[string]any{"label": "returns"}).Refused(409, "PIPELINE_LABEL_EXISTS")
	twin := c.Post(path+"/"+sales["id"].(string)+"/duplicate", map[string]any{"label": "Repairs"}).Is(201).Object()
	if stageID(twin, 0) == stageID(sales, 0) {
		t.Error("the twin shares a status")
	}
	order := []any{twin["id"], "0", sales["id"]}
	moved := c.Put(path+"/order", map[string]any{"ids": order}).Is(200).Object()["results"].([]any)
	for i, p := range moved {
		if p.(map[string]any)["id"] != order[i] {
			t.Errorf("at %d stands %v", i, p.(map[string]any)["label"])
		}
	}
	c.Put(path+"/order", map[string]any{"ids": order[:1]}).Is(400)
	if got := c.Patch(path+"/"+sales["id"].(string), map[string]any{"label": "Sent back"}).Is(200).Object(); got["label"] != "Sent back" {
		t.Errorf("renamed %v", got)
	}
	c.Patch(path+"/999", map[string]any{"label": "x"}).Is(404)
}

func TestStatusAutomationOfAPipeline(t *testing.T) { // AUTO-4
	d := start(t)
	c, _ := d.Admin("Ada Admin")
	at := list(c)[0]["automation"].(map[string]any)
	sent := at["emailSent"].(map[string]any)
	if sent["on"] != true || sent["stageId"] != "2" || at["customerReplies"].(map[string]any)["stageId"] != "3" {
		t.Errorf("at first %v", at)
	}
	got := c.Patch(path+"/0", map[string]any{"automation": map[string]any{"emailSent": map[string]any{"on": false, "stageId": ""}}}).Is(200).Object()["automation"].(map[string]any)
	if got["emailSent"].(map[string]any)["on"] != false || got["customerReplies"].(map[string]any)["on"] != true {
		t.Errorf("switched off %v", got)
	}
	c.Patch(path+"/0", map[string]any{"automation": map[string]any{"emailSent": map[string]any{"on": true, "stageId": "99"}}}).Refused(400, "INVALID_OPTION")
}

func stage(id, label, state string) map[string]any {
	s := map[string]any{"label": label, "state": state}
	if id != "" {
		s["id"] = id
	}
	return s
}

func TestStatusesAreReplacedAndTicketsMove(t *testing.T) { // STAT-1, STAT-2, STAT-3
	d := start(t)
	c, _ := d.Admin("Ada Admin")
	tickets(t, d, "0", "2", 3)
	tickets(t, d, "0", "3", 1)
	want := []any{stage("4", "Done", "CLOSED"), stage("1", "New", "OPEN"), stage("", "Escalated", "OPEN")}
	body := map[string]any{"stages": want}
	a := c.Put(path+"/0/stages", body)
	a.Refused(409, "STAGE_IN_USE")
	facts := a.Object()["context"].(map[string]any)
	if len(facts["stageIds"].([]any)) != 2 || facts["count"].([]any)[0] != "4" {
		t.Errorf("in the way: %v", facts)
	}
	body["moves"] = map[string]any{"2": "1"}
	c.Put(path+"/0/stages", body).Refused(409, "STAGE_IN_USE")
	body["moves"] = map[string]any{"2": "1", "3": "4"}
	got := c.Put(path+"/0/stages", body).Is(200).Object()
	if labels(got) != "Done:1 New:3 Escalated:0" || stageID(got, 0) != "4" {
		t.Errorf("now there are %s", labels(got))
	}
}

func TestStatusesThatCannotBe(t *testing.T) { // STAT-1
	d := start(t)
	c, _ := d.Admin("Ada Admin")
	tickets(t, d, "0", "2", 1)
	for code, stages := range map[string][]any{
		"MISSING_OPEN_STAGE":   {stage("4", "Closed", "CLOSED")},
		"MISSING_CLOSED_STAGE": {stage("1", "New", "OPEN")},
		"STAGE_LABEL_EXISTS":   {stage("1", "New", "OPEN"), stage("4", "new ", "CLOSED")},
	} {
		c.Put(path+"/0/stages", map[string]any{"stages": stages, "moves": map[string]any{"2": "1", "3": "1"}}).Refused(400, code)
	}
	if got := labels(list(c)[0]); got != "New:0 Waiting on contact:1 Waiting on us:0 Closed:0" {
		t.Errorf("refused changes left %s", got)
	}
	c.Put(path+"/0/stages", map[string]any{"stages": []any{stage("1", "New", "OPEN"), stage("4", "Closed", "CLOSED")}, "moves": map[string]any{"2": "2"}}).Is(400)
}

func TestAPipelineGoesWithItsTickets(t *testing.T) { // PIPE-3
	d := start(t)
	c, _ := d.Admin("Ada Admin")
	c.Post(path+"/0/delete", map[string]any{}).Refused(400, "LAST_PIPELINE")
	other := c.Post(path, map[string]any{"label": "Returns"}).Is(201).Object()
	id := other["id"].(string)
	tickets(t, d, id, stageID(other, 0), 230) // more than one transaction moves: a job does it
	a := c.Post(path+"/"+id+"/delete", map[string]any{})
	a.Refused(409, "PIPELINE_IN_USE")
	if n := a.Object()["context"].(map[string]any)["count"].([]any)[0]; n != "230" {
		t.Errorf("in the way: %v", n)
	}
	move := func(to string, stages map[string]any) map[string]any {
		return map[string]any{"move": map[string]any{"pipelineId": to, "stages": stages}}
	}
	c.Post(path+"/"+id+"/delete", move("999", nil)).Is(400)
	c.Post(path+"/"+id+"/delete", move(id, map[string]any{})).Refused(400, "INVALID_OPTION")
	c.Post(path+"/"+id+"/delete", move("0", map[string]any{stageID(other, 0): "99"})).Refused(400, "INVALID_OPTION")
	c.Post(path+"/"+id+"/delete", move("0", map[string]any{})).Refused(409, "PIPELINE_IN_USE")
	c.Post(path+"/"+id+"/delete", move("0", map[string]any{stageID(other, 0): "3"})).Is(204)
	going := list(c)[1]["clearing"].(map[string]any)
	if going["done"] != 0.0 || going["total"] != 230.0 {
		t.Errorf("before the job ran: %v", going)
	}
	d.Settle()
	if left := list(c); len(left) != 1 || left[0]["ticketCount"] != 230.0 {
		t.Errorf("left are %v", left)
	}
}

func TestAPipelineGoesAndItsTicketsToTheTrash(t *testing.T) { // PIPE-3, REC-5
	d := start(t)
	c, _ := d.Admin("Ada Admin")
	other := c.Post(path, map[string]any{"label": "Returns"}).Is(201).Object()
	id := other["id"].(string)
	tickets(t, d, id, stageID(other, 0), 3)
	c.Post(path+"/"+id+"/delete", map[string]any{"deleteTickets": true, "move": map[string]any{"pipelineId": "0", "stages": map[string]any{}}}).Is(400)
	c.Post(path+"/"+id+"/delete", map[string]any{"deleteTickets": true}).Is(204)
	if left := list(c); len(left) != 1 || left[0]["ticketCount"] != 0.0 {
		t.Errorf("left are %v", left)
	}
}

func TestAClearingIsStopped(t *testing.T) { // PIPE-3
	d := start(t)
	c, _ := d.Admin("Ada Admin")
	other := c.Post(path, map[string]any{"label": "Returns"}).Is(201).Object()
	id := other["id"].(string)
	tickets(t, d, id, stageID(other, 0), 230)
	c.Post(path+"/"+id+"/delete", map[string]any{"deleteTickets": true}).Is(204)
	c.Delete(path + "/" + id + "/clearing").Is(204)
	c.Delete(path + "/" + id + "/clearing").Is(204)
	d.Settle()
	if left := list(c); len(left) != 2 || left[1]["ticketCount"] != 230.0 || left[1]["clearing"] != nil {
		t.Errorf("left are %v", left)
	}
}

func TestRoutesByRole(t *testing.T) { start(t).WalkTable() } // ACC-10
