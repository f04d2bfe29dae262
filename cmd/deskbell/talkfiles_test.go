package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// asLimited asks as an app that has these scopes and no others.
func (d *desk) asLimited(method, path string, body any, scopes ...string) answer {
	d.t.Helper()
	_, token, err := d.people.AddToken(d.t.Context(), people.System, strings.Join(scopes, " "), scopes...)
	if err != nil {
		d.t.Fatal(err)
	}
	return d.ask(method, path, body, "Bearer "+token)
}

func attaching(kind, text string, files ...string) string {
	var all []string
	for _, f := range files {
		all = append(all, fmt.Sprintf(`{"type":"FILE","fileId":%q}`, f))
	}
	return fmt.Sprintf(`{"type":%q,"text":%q,"attachments":[%s]}`, kind, text, strings.Join(all, ","))
}

// A file of the account goes with what is published, answered and noted; it stays what it was then, and is fetched by links that run out.
func TestFilesOfTheAccountOnMessages(t *testing.T) { // API-9, SEC-1
	eachDesk(t, func(t *testing.T, d *desk) {
		c := newChatApp(d)
		plan := d.Upload("POST", filesV3, "file", "plan.txt", "the plan", fileOptions(`{"access":"PRIVATE"}`)).Is(201).Get("id").(string)
		says := strings.Replace(c.says("t", "k1", known(opaque, "ann"), "see there"), `"attachments":[]`, `"attachments":[{"type":"FILE","fileId":"`+plan+`"},{"type":"QUICK_REPLIES"}]`, 1)
		first := c.publish(says).Is(http.StatusCreated)
		shown := func(m answer, content string) string {
			t.Helper()
			if m.Get("attachments", 0, "fileId") != plan || m.Get("attachments", 0, "name") != "plan.txt" || len(m.Get("attachments").([]any)) != 1 {
				t.Fatalf("attachments %s", m.Raw)
			}
			link := m.Get("attachments", 0, "url").(string)
			if got, h := d.Fetch(link); got != content || h.Get("Content-Disposition") != "attachment; filename=plan.txt" || !strings.HasPrefix(link, "http") {
				t.Errorf("%s brought %q, %v", link, got, h)
			}
			return link
		}
		shown(first, "the plan")
		thread := threads + "/" + first.Get("conversationsThreadId").(string) + "/messages"
		upload := d.Upload("POST", "/helpdesk/v1/attachments", "file", "more.txt", "more", nil).Is(201).Get("id").(string)
		sent := d.Ask("POST", thread, attaching("MESSAGE", "I read it", plan, upload)).Is(http.StatusCreated)
		if len(sent.Get("attachments").([]any)) != 2 {
			t.Errorf("sent %s", sent.Raw)
		}
		shown(d.Ask("POST", thread, attaching("COMMENT", "", plan)).Is(http.StatusCreated), "the plan")
		d.Settle()
		heard := answer{t: t, Body: c.got[0], Raw: c.bodies[0]}
		names := map[any]string{}
		for i := range heard.Get("message", "attachments").([]any) {
			content, _ := d.Fetch(heard.Get("message", "attachments", i, "url").(string))
			names[heard.Get("message", "attachments", i, "name")] = content
		}
		if len(names) != 2 || names["plan.txt"] != "the plan" || names["more.txt"] != "more" {
			t.Errorf("the app was told %s", heard.Raw)
		}

		// Another content of the file, or its end, changes nothing of what was said.
		d.Upload("PUT", filesV3+"/"+plan, "file", "plan.txt", "another plan", fileOptions(`{"access":"PRIVATE"}`)).Is(200)
		d.Ask("DELETE", filesV3+"/"+plan+"/gdpr-delete", nil).Is(204)
		d.Advance(30 * time.Hour)
		link := shown(d.Ask("GET", thread+"/"+first.Get("id").(string), nil).Is(http.StatusOK), "the plan")
		d.Ask("POST", thread, attaching("COMMENT", "", plan)).Is(http.StatusBadRequest)

		if got, _ := d.Fetch(strings.Replace(link, "signature=", "signature=x", 1)); got != "403" {
			t.Errorf("a forged link brought %q", got)
		}
		if got, _ := d.Fetch(strings.Split(link, "?")[0]); got != "403" {
			t.Errorf("a bare address brought %q", got)
		}
		d.Advance(61 * time.Minute)
		if got, _ := d.Fetch(link); got != "403" {
			t.Errorf("after an hour it brought %q", got)
		}
		out := heard.Get("message", "attachments", 0, "url").(string)
		if got, _ := d.Fetch(out); len(got) < 4 {
			t.Errorf("the app's link ended before a week: %q", got)
		}
		d.Advance(7 * 24 * time.Hour)
		if got, _ := d.Fetch(out); got != "403" {
			t.Errorf("after a week it brought %q", got)
		}
	})
}

// A message that is tried again is the same to the app, links and all.
func TestLinksStayTheSameWhileAMessageIsTried(t *testing.T) { // API-9, MAIL-7
	eachDesk(t, func(t *testing.T, d *desk) {
		c := newChatApp(d)
		thread := c.publish(c.says("t", "k1", known(opaque, "ann"), "help")).Is(http.StatusCreated).Get("conversationsThreadId").(string)
		file := d.Upload("POST", filesV3, "file", "plan.txt", "the plan", fileOptions(`{"access":"PRIVATE"}`)).Is(201).Get("id").(string)
		c.status = http.StatusServiceUnavailable
		sent := d.Ask("POST", threads+"/"+thread+"/messages", attaching("MESSAGE", "here", file)).Is(http.StatusCreated).Get("id").(string)
		d.Settle()
		for range 6 {
			d.Advance(13 * time.Hour)
		}
		if len(c.bodies) < 7 {
			t.Fatalf("tried %d times", len(c.bodies))
		}
		for _, b := range c.bodies {
			if b != c.bodies[0] {
				t.Errorf("tried with\n%s\nthen with\n%s", c.bodies[0], b)
			}
		}
		// Long after, somebody tries again by hand: the link is good again.
		d.Advance(20 * 24 * time.Hour)
		c.status = http.StatusOK
		d.Agent("Mia Berg").Ask("POST", api+"/messages/"+sent+"/retry", nil).Is(http.StatusOK)
		d.Settle()
		last := answer{t: t, Body: c.got[len(c.got)-1]}
		if got, _ := d.Fetch(last.Get("message", "attachments", 0, "url").(string)); got != "the plan" {
			t.Errorf("it brought %q", got)
		}
	})
}

// An app attaches what it may read of the files, and nothing else.
func TestFilesOnMessagesNeedTheirPermission(t *testing.T) { // ACC-8, API-4, API-9
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Mail("Ann <ann@example.org>", "Lamp", "It is broken")
		thread := threads + "/" + d.Ask("GET", threads, nil).Get("results", 0, "id").(string) + "/messages"
		made := func(options string) string {
			return d.Upload("POST", filesV3, "file", "a.txt", "content "+options, fileOptions(options)).Is(201).Get("id").(string)
		}
		plain, hidden, gone := made(`{"access":"PRIVATE"}`), made(`{"access":"HIDDEN_PRIVATE"}`), made(`{"access":"PRIVATE","ttl":"P1D"}`)
		deleted := made(`{"access": "PRIVATE"}`)
		d.Ask("DELETE", filesV3+"/"+deleted, nil).Is(204)
		ask := func(file string, scopes ...string) answer {
			return d.asLimited("POST", thread, attaching("COMMENT", "x", file), append(scopes, "conversations.write")...)
		}
		if got := ask(plain).Is(http.StatusForbidden); got.Get("category") != "MISSING_SCOPES" || got.Get("context", "requiredGranularScopes", 0) != "files" {
			t.Errorf("without the scope: %s", got.Raw)
		}
		ask(plain, "files").Is(http.StatusCreated)
		ask(hidden, "files").Is(http.StatusBadRequest)
		ask(hidden, "files.ui_hidden.read").Is(http.StatusCreated)
		ask(deleted, "files").Is(http.StatusBadRequest)
		d.clock.Advance(25 * time.Hour)
		for name, file := range map[string]string{"run out": gone, "none": "12", "words": "plan", "empty": "", "negative": "-4"} {
			if got := ask(file, "files"); got.Status != http.StatusBadRequest || got.Get("category") != "VALIDATION_ERROR" {
				t.Errorf("%s: %d %s", name, got.Status, got.Raw)
			}
		}
		many := make([]string, 101)
		for i := range many {
			many[i] = plain
		}
		d.Ask("POST", thread, attaching("COMMENT", "x", many...)).Is(http.StatusCreated) // one file, named often
		for i := range many {
			many[i] = id.Format(int64(i + 1))
		}
		d.Ask("POST", thread, attaching("COMMENT", "x", many...)).Is(http.StatusBadRequest)
		d.Ask("POST", thread, attaching("MESSAGE", "", plain)).Is(http.StatusCreated)
	})
}
