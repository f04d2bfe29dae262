package channels_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/api/apitest"
	"github.com/deskbell/deskbell/api/channels"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

func start(t *testing.T) *apitest.Desk {
	t.Helper()
	return apitest.Start(t, func(d *apitest.Desk, g *gate.Gate) {
		channels.Routes(g, d.DB, d.Accounts, d.Pipelines, d.Intake, "http://desk.localhost")
	})
}

const path = "/helpdesk/v1/channels"

func results(a *gatetest.Answer) []map[string]any {
	var out []map[string]any
	for _, r := range a.Is(200).Object()["results"].([]any) {
		out = append(out, r.(map[string]any))
	}
	return out
}

func imap() map[string]any {
	return map[string]any{"kind": "email", "name": "Sales", "address": "Sales@desk.localhost", "pipelineId": "0", "stageId": "1", "settings": map[string]any{
		"receive": "imap", "imap_host": "127.0.0.1", "imap_port": "1", "imap_user": "sales", "imap_password": "very secret", "send": "smtp",
		"smtp_host": "127.0.0.1", "smtp_port": "1", "smtp_user": "sales", "smtp_password": "also secret"}}
}

func TestKindsDescribeTheirForms(t *testing.T) { // CHAN-4
	c, _ := start(t).Agent("Sam Service")
	kinds := results(c.Get("/helpdesk/v1/channel-kinds"))
	if len(kinds) != 1 || kinds[0]["name"] != "email" {
		t.Fatalf("kinds %v", kinds)
	}
	seen := map[string]map[string]any{}
	for _, s := range kinds[0]["settings"].([]any) {
		seen[s.(map[string]any)["name"].(string)] = s.(map[string]any)
	}
	if seen["imap_password"]["type"] != "secret" || seen["receive"]["type"] != "choice" || len(seen["receive"]["choices"].([]any)) != 2 || seen["imap_host"]["when"] != "receive=imap" {
		t.Errorf("settings %v", seen)
	}
	if limits := kinds[0]["limits"].(map[string]any); limits["html"] != true || limits["replyWindowHours"] != 0.0 {
		t.Errorf("limits %v", limits)
	}
}

func TestAChannelFromConnectingToRemoving(t *testing.T) { // CHAN-1, SEC-2
	d := start(t)
	c, _ := d.Admin("Ada Admin")
	made := c.Post(path, imap()).Is(201)
	got := made.Object()
	settings, kept := got["settings"].(map[string]any), got["secretsSet"].([]any)
	if strings.Contains(string(made.Body), "secret\"") && strings.Contains(string(made.Body), "very secret") || settings["imap_password"] != "" || len(kept) != 2 {
		t.Errorf("made %s", made.Body)
	}
	if got["address"] != "sales@desk.localhost" || got["active"] != true || got["builtin"] != false || got["health"].(map[string]any)["state"] != "idle" {
		t.Errorf("made %v", got)
	}
	one := path + "/" + got["id"].(string)
	changed := c.Patch(one, map[string]any{"name": "Sales team", "active": false, "settings": map[string]any{"imap_host": "127.0.0.2", "imap_password": ""}}).Is(200).Object()
	if changed["name"] != "Sales team" || changed["active"] != false || changed["settings"].(map[string]any)["imap_host"] != "127.0.0.2" || len(changed["secretsSet"].([]any)) != 2 {
		t.Errorf("changed %v", changed)
	}
	if all := results(c.Get(path)); len(all) != 2 || all[0]["builtin"] != true || all[0]["address"] != apitest.Support {
		t.Errorf("all %v", all)
	}
	agent, _ := d.Agent("Sam Service")
	if seen := results(agent.Get(path)); len(seen) != 2 || len(seen[1]["settings"].(map[string]any)) != 0 || len(seen[1]["secretsSet"].([]any)) != 0 {
		t.Errorf("a service seat sees %v", seen)
	}
	c.Delete(one).Is(204)
	if all := results(c.Get(path)); len(all) != 1 {
		t.Errorf("left %v", all)
	}
	c.Patch(one, map[string]any{"name": "x"}).Is(404)
}

func TestBadChannelsAreRefusedByField(t *testing.T) { // API-4
	d := start(t)
	c, _ := d.Admin("Ada Admin")
	for field, change := range map[string]func(map[string]any){
		"kind":       func(b map[string]any) { b["kind"] = "pigeon" },
		"name":       func(b map[string]any) { b["name"] = " " },
		"address":    func(b map[string]any) { b["address"] = "" },
		"pipelineId": func(b map[string]any) { b["pipelineId"] = "99" },
		"stageId":    func(b map[string]any) { b["stageId"] = "99" },
		"wings":      func(b map[string]any) { b["settings"] = map[string]any{"wings": "2"} },
	} {
		body := imap()
		change(body)
		if a := c.Post(path, body).Is(400); !strings.Contains(string(a.Body), `"in":"`+field+`"`) {
			t.Errorf("a bad %s is refused with %s", field, a.Body)
		}
	}
	taken := imap()
	taken["address"] = apitest.Support
	c.Post(path, taken).Refused(400, "ADDRESS_TAKEN")
}

func TestTryingAChannel(t *testing.T) { // CHAN-4
	d := start(t)
	c, _ := d.Admin("Ada Admin")
	body := imap()
	delete(body, "pipelineId")
	delete(body, "stageId")
	out := c.Post(path+"/test", body).Is(200).Object() // nothing listens on port 1
	if out["ok"] != false || out["message"] == "" || strings.Contains(out["message"].(string), "secret") {
		t.Errorf("trying says %v", out)
	}
	builtin := results(c.Get(path))[0]["id"].(string)
	if out := c.Post(path+"/"+builtin+"/test", map[string]any{}).Is(200).Object(); out["ok"] != true {
		t.Errorf("the built-in channel says %v", out)
	}
	changed := map[string]any{"settings": map[string]any{"receive": "imap", "imap_host": "127.0.0.1", "imap_port": "1", "imap_password": "x"}}
	if out := c.Post(path+"/"+builtin+"/test", changed).Is(200).Object(); out["ok"] != false {
		t.Errorf("with a server that is not there it says %v", out)
	}
	c.Post(path+"/999/test", nil).Is(404)
}

func TestTheOutbox(t *testing.T) { // MAIL-7
	d := start(t)
	c, _ := d.Agent("Sam Service")
	for _, subject := range []string{"First", "Second", "Third"} {
		source := "From: support@desk.localhost\r\nTo: ann@customer.example\r\nSubject: " + subject + "\r\nContent-Type: text/html\r\n\r\n<p>Hello <b>Ann</b></p><script>x</script>\r\n"
		if err := d.Outbox.Keep(context.Background(), subject+"@desk.localhost", apitest.Support, []string{"ann@customer.example"}, []byte(source)); err != nil {
			t.Fatal(err)
		}
	}
	first := c.Get("/helpdesk/v1/outbox?limit=2")
	kept := results(first)
	if len(kept) != 2 || kept[0]["subject"] != "Third" || kept[0]["to"].([]any)[0] != "ann@customer.example" || kept[0]["ticketId"] != nil {
		t.Errorf("the outbox holds %v", kept)
	}
	after := first.Object()["paging"].(map[string]any)["next"].(map[string]any)["after"].(string)
	if rest := results(c.Get("/helpdesk/v1/outbox?after=" + after)); len(rest) != 1 || rest[0]["subject"] != "First" {
		t.Errorf("the rest is %v", rest)
	}
	mail := c.Get("/helpdesk/v1/outbox/" + kept[0]["id"].(string)).Is(200).Object()
	if !strings.Contains(mail["text"].(string), "Hello Ann") || strings.Contains(mail["html"].(string), "script") || mail["headers"].([]any)[0].(map[string]any)["name"] != "From" {
		t.Errorf("read it is %v", mail)
	}
	source := c.Get("/helpdesk/v1/outbox/" + kept[0]["id"].(string) + "/source").Is(200)
	if source.Header.Get("Content-Type") != "message/rfc822" || !strings.Contains(string(source.Body), "Subject: Third") || !strings.Contains(source.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("its source is %s", source.Body)
	}
	c.Get("/helpdesk/v1/outbox/99").Is(404)
	c.Get("/helpdesk/v1/outbox?after=x").Refused(400, "INVALID_CURSOR")
}

func TestNeedsAttention(t *testing.T) { // CHAN-2
	d := start(t)
	c, _ := d.Agent("Sam Service")
	d.Raw(strings.Repeat("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n", 3000)) // too deep to be understood
	list := results(c.Get("/helpdesk/v1/attention"))
	if len(list) != 1 || list[0]["error"] == "" || list[0]["size"] == 0.0 || list[0]["channelId"] == nil {
		t.Fatalf("attention %v", list)
	}
	one := "/helpdesk/v1/attention/" + list[0]["id"].(string)
	if raw := c.Get(one + "/raw").Is(200); !strings.HasPrefix(string(raw.Body), "Content-Type: multipart/mixed") || raw.Header.Get("Content-Type") != "message/rfc822" {
		t.Errorf("raw it is %.80s", raw.Body)
	}
	c.Post(one+"/retry", map[string]any{}).Is(204)
	if left := results(c.Get("/helpdesk/v1/attention")); len(left) != 0 {
		t.Errorf("while it is tried again there are %v", left)
	}
	d.Settle()
	if again := results(c.Get("/helpdesk/v1/attention")); len(again) != 1 {
		t.Errorf("it is as bad as before, and there are %v", again)
	}
	c.Post("/helpdesk/v1/attention/99/retry", nil).Is(404)
	c.Get("/helpdesk/v1/attention/99/raw").Is(404)
}

func TestDeadJobs(t *testing.T) { // REL-1
	d := start(t)
	c, _ := d.Admin("Ada Admin")
	broken := job.Handler{Kind: "test.broken", Attempts: 1, Run: func(context.Context, job.Run) error { return job.Permanent(errors.New("it is broken")) }}
	runner, err := job.NewRunner(d.DB, d.Log, job.Config{}, broken)
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Do(t, d.DB, func(tx *db.Tx) error {
		_, err := job.Enqueue(tx, job.Spec{Kind: "test.broken"})
		return err
	})
	if err := runner.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	dead := results(c.Get("/helpdesk/v1/jobs/dead"))
	if len(dead) != 1 || dead[0]["kind"] != "test.broken" || !strings.Contains(dead[0]["error"].(string), "it is broken") {
		t.Fatalf("dead are %v", dead)
	}
	c.Post("/helpdesk/v1/jobs/"+dead[0]["id"].(string)+"/retry", map[string]any{}).Is(204)
	if left := results(c.Get("/helpdesk/v1/jobs/dead")); len(left) != 0 {
		t.Errorf("left are %v", left)
	}
	c.Post("/helpdesk/v1/jobs/99/retry", nil).Is(404)
}

func TestWhoMaySeeAllTicketsMaySeeMail(t *testing.T) { // ACC-3
	d := start(t)
	viewer, _ := d.User(people.NewUser{Name: "Vera View", Email: "vera@desk.localhost", Seat: people.ViewSeat})
	viewer.Get("/helpdesk/v1/outbox").Is(403)
	viewer.Get("/helpdesk/v1/attention").Is(403)
}

func TestRoutesByRole(t *testing.T) { start(t).WalkTable() } // ACC-10
