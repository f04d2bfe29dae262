package conversation_test

import (
	"bytes"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/api/apitest"
	"github.com/deskbell/deskbell/api/conversation"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

func start(t *testing.T) *apitest.Desk {
	t.Helper()
	return apitest.Start(t, func(d *apitest.Desk, g *gate.Gate) {
		conversation.Routes(g, d.DB, d.Talk, d.Intake, d.People, d.Props, d.Pipelines, d.Records)
	})
}

const base = "/helpdesk/v1/tickets/"

func items(c *gatetest.Client, ticket string) []map[string]any {
	var out []map[string]any
	for _, it := range c.Get(base + ticket + "/conversation").Is(200).Object()["items"].([]any) {
		out = append(out, it.(map[string]any))
	}
	return out
}

func ofKind(all []map[string]any, kind string) []map[string]any {
	var out []map[string]any
	for _, it := range all {
		if it["kind"] == kind {
			out = append(out, it)
		}
	}
	return out
}

func TestAConversationReadsFromTopToBottom(t *testing.T) { // TICK-2, TICK-3
	d := start(t)
	c, sam := d.Agent("Sam Service")
	tk := d.Mail("Ann Customer <ann@customer.example>", "Broken lamp", "It does not light.", "Cc: bob@customer.example")
	first := items(c, tk)
	said := ofKind(first, "message")
	if len(said) != 1 || len(ofKind(first, "event")) == 0 {
		t.Fatalf("items %v", first)
	}
	m := said[0]
	from := m["from"].(map[string]any)
	delivery := m["delivery"].(map[string]any)
	if from["name"] != "Ann Customer" || from["contactId"] == nil || from["userId"] != nil || m["direction"] != "in" || m["nature"] != "message" ||
		!strings.Contains(m["text"].(string), "It does not light.") || delivery["state"] != "received" || m["hasOriginal"] != true {
		t.Errorf("the message is %v", m)
	}
	if cc := m["cc"].([]any); len(cc) != 1 || len(m["attachments"].([]any)) != 0 {
		t.Errorf("cc %v, files %v", cc, m["attachments"])
	}
	d.Clock.Advance(1e9)
	reply := c.Post(base+tk+"/replies", map[string]any{"threadId": m["threadId"], "channelId": nil, "to": []any{map[string]any{"name": "Ann", "email": "ann@customer.example"}},
		"cc": []any{}, "bcc": []any{}, "html": "<p>Try the <b>other</b> switch.</p><script>alert(1)</script>", "attachmentIds": []any{}, "seen": first[len(first)-1]["id"], "stageId": "2"}).Is(201).Object()
	if reply["kind"] != "message" || reply["direction"] != "out" || strings.Contains(reply["html"].(string), "script") || reply["from"].(map[string]any)["userId"] != id.Format(sam.ID) {
		t.Errorf("the reply is %v", reply)
	}
	if at := reply["delivery"].(map[string]any); at["state"] != "queued" || at["outbox"] != true {
		t.Errorf("delivery %v", at)
	}
	d.Settle()
	all := items(c, tk)
	last := ofKind(all, "message")[1]
	if at := last["delivery"].(map[string]any); at["state"] != "sent" || at["sentAt"] == nil || at["error"] != nil {
		t.Errorf("after sending, delivery is %v", at)
	}
	lines := map[string]string{}
	for _, e := range ofKind(all, "event") {
		for _, c := range e["changes"].([]any) {
			change := c.(map[string]any)
			lines[change["label"].(string)] = change["fromLabel"].(string) + "→" + change["toLabel"].(string)
		}
	}
	if lines["Ticket status"] != "New→Waiting on contact" || lines["Ticket owner"] != "→Sam Service" {
		t.Errorf("the happenings read %v", lines)
	}
	for i := 1; i < len(all); i++ {
		if all[i-1]["id"].(string) >= all[i]["id"].(string) {
			t.Errorf("item %d is not after the one before", i)
		}
	}
}

func TestPagesOfAConversation(t *testing.T) { // TICK-2
	d := start(t)
	c, _ := d.Agent("Sam Service")
	tk := d.Mail("ann@customer.example", "Lamp", "Dark.")
	for range 7 {
		c.Post(base+tk+"/comments", map[string]any{"html": "<p>Note</p>", "mentions": map[string]any{"users": []any{}, "teams": []any{}}, "attachmentIds": []any{}}).Is(201)
	}
	want := len(items(c, tk))
	seen, before := map[any]bool{}, ""
	for range 10 {
		page := c.Get(base + tk + "/conversation?limit=3" + before).Is(200).Object()
		for _, it := range page["items"].([]any) {
			seen[it.(map[string]any)["id"]] = true
		}
		next, _ := page["before"].(string)
		if next == "" {
			break
		}
		before = "&before=" + next
	}
	if len(seen) != want {
		t.Errorf("pages of three hold %d items, one page %d", len(seen), want)
	}
	c.Get(base + "99999/conversation").Is(404)
	c.Get(base + tk + "/conversation?limit=1000").Is(400)
}

func TestSomebodyWroteMeanwhile(t *testing.T) { // TICK-6
	d := start(t)
	c, _ := d.Agent("Sam Service")
	tk := d.Mail("ann@customer.example", "Lamp", "Dark.")
	all := items(c, tk)
	seen := all[len(all)-1]["id"]
	d.Clock.Advance(1e9)
	d.Mail("ann@customer.example", "Re: Lamp", "It is the blue one.", "In-Reply-To: <mail-1@customer.example>")
	reply := map[string]any{"html": "<p>Which colour?</p>", "seen": seen}
	a := c.Post(base+tk+"/replies", reply)
	a.Refused(409, "THREAD_ADVANCED")
	newer := a.Object()["context"].(map[string]any)["itemIds"].([]any)
	if len(newer) != 1 {
		t.Fatalf("in the way: %v", newer)
	}
	reply["seen"] = newer[0]
	c.Post(base+tk+"/replies", reply).Is(201)
}

func TestAKeySendsOnce(t *testing.T) { // API-6
	d := start(t)
	c, _ := d.Agent("Sam Service")
	tk := d.Mail("ann@customer.example", "Lamp", "Dark.")
	keyed := c.With("Idempotency-Key", "k-1")
	one := keyed.Post(base+tk+"/replies", map[string]any{"html": "<p>Hello</p>"}).Is(201).Object()
	two := keyed.Post(base+tk+"/replies", map[string]any{"html": "<p>Hello</p>"}).Is(201).Object()
	if one["id"] != two["id"] || len(ofKind(items(c, tk), "message")) != 2 {
		t.Errorf("sent %v and %v", one["id"], two["id"])
	}
}

func TestCommentsMention(t *testing.T) { // REPLY-1, REPLY-2
	d := start(t)
	c, sam := d.Agent("Sam Service")
	_, olga := d.Agent("Olga Other")
	tk := d.Mail("ann@customer.example", "Lamp", "Dark.")
	got := c.Post(base+tk+"/comments", map[string]any{"html": "<p>@Olga, known?</p>", "mentions": map[string]any{"users": []any{id.Format(olga.ID)}, "teams": []any{}}, "attachmentIds": []any{}}).Is(201).Object()
	if got["kind"] != "comment" || got["author"].(map[string]any)["userId"] != id.Format(sam.ID) || got["author"].(map[string]any)["name"] != "Sam Service" ||
		got["mentions"].(map[string]any)["users"].([]any)[0] != id.Format(olga.ID) || got["delivery"] != nil {
		t.Errorf("the comment is %v", got)
	}
	c.Post(base+tk+"/comments", map[string]any{"html": " "}).Refused(400, "REQUIRED")
	c.Post(base+tk+"/comments", map[string]any{"html": "x", "mentions": map[string]any{"users": []any{"99"}}}).Refused(400, "INVALID_OPTION")
}

func TestDrafts(t *testing.T) { // REPLY-4
	d := start(t)
	c, _ := d.Agent("Sam Service")
	other, _ := d.Agent("Olga Other")
	tk := d.Mail("ann@customer.example", "Lamp", "Dark.")
	path := base + tk + "/drafts"
	if got := c.Get(path).Is(200).Object(); got["reply"] != nil || got["comment"] != nil {
		t.Errorf("before writing there are %v", got)
	}
	file := upload(t, c, "plan.txt", "text/plain", []byte("plan")).Is(201).Object()
	saved := c.Put(path+"/reply", map[string]any{"html": "<p>Hel", "to": []any{map[string]any{"name": "Ann", "email": "ann@customer.example"}}, "cc": []any{}, "bcc": []any{},
		"threadId": nil, "channelId": nil, "attachmentIds": []any{file["id"]}, "seen": nil, "updatedAt": "2026-11-02T09:00:00Z", "attachments": []any{}}).Is(200).Object()
	if saved["html"] != "<p>Hel" || len(saved["attachments"].([]any)) != 1 || saved["threadId"] != nil || len(saved["to"].([]any)) != 1 {
		t.Errorf("saved %v", saved)
	}
	if got := other.Get(path).Is(200).Object(); got["reply"] != nil {
		t.Errorf("somebody else sees %v", got)
	}
	c.Put(path+"/poem", map[string]any{"html": "x"}).Is(400)
	c.Delete(path + "/reply").Is(204)
	if got := c.Get(path).Object(); got["reply"] != nil {
		t.Errorf("after deleting there are %v", got)
	}
}

func upload(t *testing.T, c *gatetest.Client, name, kind string, content []byte) *gatetest.Answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="` + name + `"`}, "Content-Type": {kind}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return c.With("Content-Type", form.FormDataContentType()).Post("/helpdesk/v1/attachments", body.String())
}

func TestFilesCannotRun(t *testing.T) { // SEC-1
	d := start(t)
	c, _ := d.Agent("Sam Service")
	for _, tt := range []struct{ name, kind, shown, served string }{
		{"a.png", "image/png", "inline", "image/png"},
		{"evil.svg", "image/svg+xml", "attachment", "application/octet-stream"},
		{"evil.html", "text/html", "attachment", "application/octet-stream"},
		{"plan ü.txt", "text/plain", "attachment", "application/octet-stream"},
		{"nothing", "", "attachment", "application/octet-stream"},
	} {
		made := upload(t, c, tt.name, tt.kind, []byte("<script>alert(1)</script>")).Is(201).Object()
		got := c.Get(made["url"].(string)).Is(200)
		h := got.Header
		if !strings.HasPrefix(h.Get("Content-Disposition"), tt.shown) || h.Get("Content-Type") != tt.served || h.Get("X-Content-Type-Options") != "nosniff" ||
			h.Get("Content-Security-Policy") != "sandbox; default-src 'none'" {
			t.Errorf("%s is served with %v", tt.name, h)
		}
		if string(got.Body) != "<script>alert(1)</script>" {
			t.Errorf("%s came back as %q", tt.name, got.Body)
		}
		other, _ := d.Agent("O" + id.Format(int64(len(tt.name)+1000)) + " Other")
		other.Get(made["url"].(string)).Is(404) // loose files are their uploader's
	}
	c.Post("/helpdesk/v1/attachments", "no form").Refused(400, "REQUIRED")
	upload(t, c, "big.bin", "application/zip", make([]byte, 25<<20+1)).Refused(400, "TOO_LARGE")
	upload(t, c, "huge.bin", "application/zip", make([]byte, 27<<20)).Is(400)
	c.Get("/helpdesk/v1/attachments/99").Is(404)
	c.Get("/helpdesk/v1/attachments/x").Is(400)
}

func TestTheOriginalOfAMessage(t *testing.T) { // MAIL-4
	d := start(t)
	c, _ := d.Agent("Sam Service")
	tk := d.Mail("ann@customer.example", "Lamp", "Dark.")
	m := ofKind(items(c, tk), "message")[0]
	got := c.Get("/helpdesk/v1/messages/" + m["id"].(string) + "/original").Is(200)
	if got.Header.Get("Content-Type") != "message/rfc822" || !strings.Contains(string(got.Body), "Subject: Lamp") || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the original is %s with %v", got.Body, got.Header)
	}
	c.Get("/helpdesk/v1/messages/99/original").Is(404)
}

func TestCallingOffAndTryingAgain(t *testing.T) { // MAIL-7
	d := start(t)
	c, _ := d.Agent("Sam Service")
	tk := d.Mail("ann@customer.example", "Lamp", "Dark.")
	m := c.Post(base+tk+"/replies", map[string]any{"html": "<p>Oops</p>"}).Is(201).Object()
	path := "/helpdesk/v1/messages/" + m["id"].(string)
	off := c.Post(path+"/cancel", map[string]any{}).Is(200).Object()["delivery"].(map[string]any)
	if off["state"] != "failed" || off["error"] == nil {
		t.Errorf("called off it is %v", off)
	}
	if again := c.Post(path+"/retry", map[string]any{}).Is(200).Object()["delivery"].(map[string]any); again["state"] != "queued" {
		t.Errorf("tried again it is %v", again)
	}
	d.Settle()
	c.Post(path+"/cancel", nil).Refused(409, "WRONG_STATE")
}

func TestQuotesAndPicturesOfAMail(t *testing.T) { // MAIL-4
	d := start(t)
	c, _ := d.Agent("Sam Service")
	tk := d.Mail("ann@customer.example", "Lamp", `<p>New words</p><img src="https://elsewhere.example/a.png"><div class="gmail_quote"><div>On Mon Ann wrote:</div><blockquote>old</blockquote></div>`,
		"Content-Type: text/html; charset=utf-8")
	m := ofKind(items(c, tk), "message")[0]
	if m["remoteImages"] != 1.0 || m["hasQuote"] != true || !strings.Contains(m["html"].(string), `<details class="quoted"`) {
		t.Errorf("the mail is %v", m)
	}
}

func TestAViewSeatDoesNotWrite(t *testing.T) { // ACC-2
	d := start(t)
	tk := d.Mail("ann@customer.example", "Lamp", "Dark.")
	viewer, _ := d.User(people.NewUser{Name: "Vera View", Email: "vera@desk.localhost", Seat: people.ViewSeat})
	if len(items(viewer, tk)) == 0 {
		t.Error("a view seat reads nothing")
	}
	viewer.Post(base+tk+"/replies", map[string]any{"html": "x"}).Is(403)
	viewer.Post(base+tk+"/comments", map[string]any{"html": "x"}).Is(403)
}

func TestRoutesByRole(t *testing.T) { start(t).WalkTable() } // ACC-10
