package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/id"
)

const threads = "/conversations/v3/conversations/threads"

func TestHubSpotReadsAndAnswersThreads(t *testing.T) { // API-9
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Mail("Ann <ann@example.org>", "Lamp", "It is broken", "Message-ID: <first@example.org>")
		ticket := id.Format(d.Tickets()[0].ID)
		list := d.Ask("GET", threads+"?association=TICKET&associatedTicketId="+ticket, nil).Is(http.StatusOK)
		thread := list.Get("results", 0, "id").(string)
		if list.Get("results", 0, "threadAssociations", "associatedTicketId") != ticket {
			t.Errorf("threads %s", list.Raw)
		}
		first := d.Ask("GET", threads+"/"+thread+"/messages", nil).Is(http.StatusOK)
		if first.Get("results", 0, "direction") != "INCOMING" || first.Get("results", 0, "senders", 0, "deliveryIdentifier", "value") != "ann@example.org" ||
			!strings.Contains(first.Get("results", 0, "text").(string), "It is broken") {
			t.Errorf("messages %s", first.Raw)
		}
		body := map[string]any{"type": "MESSAGE", "text": "Try this & that", "senderActorId": "A-" + id.Format(d.boss.ID), "channelId": "1002",
			"channelAccountId": list.Get("results", 0, "originalChannelAccountId"),
			"recipients":       []any{map[string]any{"recipientField": "TO", "deliveryIdentifiers": []any{map[string]any{"type": "HS_EMAIL_ADDRESS", "value": "ann@example.org"}}}}}
		sent := d.Ask("POST", threads+"/"+thread+"/messages", body).Is(http.StatusCreated)
		if sent.Get("direction") != "OUTGOING" || sent.Get("createdBy") != "A-"+id.Format(d.boss.ID) {
			t.Errorf("sent %s", sent.Raw)
		}
		d.Settle()
		d.Ask("POST", threads+"/"+thread+"/messages", `{"type":"COMMENT","text":"I called her"}`).Is(http.StatusCreated)
		all := d.Ask("GET", threads+"/"+thread+"/messages?sort=-createdAt&limit=3", nil).Is(http.StatusOK)
		if all.Get("results", 0, "type") != "COMMENT" || all.Get("results", 1, "assignedTo") != "A-"+id.Format(d.boss.ID) || all.Get("results", 2, "status", "statusType") != "SENT" || all.Get("paging", "next", "after") == nil {
			t.Errorf("newest %s", all.Raw)
		}
		props := d.Tickets()[0].Properties
		if props["hubspot_owner_id"] != id.Format(d.boss.ID) || props["hs_pipeline_stage"] != "2" {
			t.Errorf("after the answer: owner %s, status %s", props["hubspot_owner_id"], props["hs_pipeline_stage"])
		}
	})
}

func TestHubSpotSendRefusesWhatCannotBe(t *testing.T) { // API-4, API-9
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Mail("Ann <ann@example.org>", "Lamp", "It is broken")
		thread := d.Ask("GET", threads, nil).Get("results", 0, "id").(string)
		for name, body := range map[string]string{
			"type":      `{"type":"SHOUT","text":"x"}`,
			"sender":    `{"type":"MESSAGE","text":"x","senderActorId":"A-1"}`,
			"recipient": `{"type":"MESSAGE","text":"x","recipients":[{"recipientField":"TO","deliveryIdentifiers":[{"type":"HS_PHONE_NUMBER","value":"1"}]}]}`,
			"field":     `{"type":"MESSAGE","text":"x","recipients":[{"recipientField":"UP","deliveryIdentifiers":[{"type":"HS_EMAIL_ADDRESS","value":"a@example.org"}]}]}`,
			"json":      `{"type":`,
		} {
			if got := d.Ask("POST", threads+"/"+thread+"/messages", body); got.Status != 400 || got.Get("category") != "VALIDATION_ERROR" {
				t.Errorf("%s: %d %s", name, got.Status, got.Raw)
			}
		}
		d.Ask("GET", threads+"/1234", nil).Is(http.StatusNotFound)
		d.Ask("GET", threads+"/"+thread+"/messages/1234", nil).Is(http.StatusNotFound)
		if len(d.events("messages")) != 1 {
			t.Errorf("refused sends must change nothing: %v", d.events("messages"))
		}
	})
}

const talks = "/conversations/v3/conversations"

// A thread is closed, opened, archived, brought back and assigned; what happened to it is among its messages, in order.
func TestHubSpotChangesThreads(t *testing.T) { // API-9
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Mail("Ann <ann@example.org>", "Lamp", "It is broken", "Message-ID: <first@example.org>")
		one := threads + "/" + d.Ask("GET", threads, nil).Get("results", 0, "id").(string)
		dated := strings.Replace(one, threads, "/conversations/conversations/2026-09/threads", 1)
		boss := "A-" + id.Format(d.boss.ID)
		if got := d.Ask("PUT", dated+"/assignee", `{"actorId":"`+boss+`"}`).Is(http.StatusOK); got.Get("assignedTo") != boss {
			t.Errorf("assigned %s", got.Raw)
		}
		d.Ask("DELETE", strings.Replace(dated, "2026-09", "v3", 1)+"/assignee", nil).Is(http.StatusNoContent)
		for _, bad := range []string{`{}`, `{"actorId":"A-1"}`, `{"actorId":"V-1"}`} {
			d.Ask("PUT", dated+"/assignee", bad).Is(http.StatusBadRequest)
		}
		closed := d.Ask("PATCH", one, `{"status":"CLOSED"}`).Is(http.StatusOK)
		if closed.Get("status") != "CLOSED" || closed.Get("closedAt") == nil || closed.Get("assignedTo") != nil {
			t.Errorf("closed %s", closed.Raw)
		}
		d.Ask("PATCH", one, `{"status":"AJAR"}`).Is(http.StatusBadRequest)
		d.Ask("PATCH", one, `{"archived":true}`).Is(http.StatusBadRequest)
		d.Ask("DELETE", one, nil).Is(http.StatusNoContent)
		d.Ask("DELETE", one, nil).Is(http.StatusNoContent)
		d.Ask("GET", one, nil).Is(http.StatusNotFound)
		if got := d.Ask("GET", one+"?archived=true", nil).Is(http.StatusOK); got.Get("archived") != true {
			t.Errorf("archived %s", got.Raw)
		}
		if in, out := d.Ask("GET", threads+"?archived=true", nil), d.Ask("GET", threads, nil); len(in.Get("results").([]any)) != 1 || len(out.Get("results").([]any)) != 0 {
			t.Errorf("lists %s and %s", in.Raw, out.Raw)
		}
		if got := d.Ask("PATCH", one+"?archived=true", `{"archived":false}`).Is(http.StatusOK); got.Get("archived") != false || got.Get("status") != "CLOSED" {
			t.Errorf("restored %s", got.Raw)
		}
		// What comes in on a closed thread opens it.
		d.Mail("Ann <ann@example.org>", "Re: Lamp", "Still", "Message-ID: <second@example.org>", "In-Reply-To: <first@example.org>")
		if got := d.Ask("GET", one, nil).Is(http.StatusOK); got.Get("status") != "OPEN" || got.Get("closedAt") != nil {
			t.Errorf("after the next message %s", got.Raw)
		}
		all := d.Ask("GET", one+"/messages", nil).Is(http.StatusOK)
		var told []string
		for i := range all.Get("results").([]any) {
			m := all.Get("results", i).(map[string]any)
			word := m["type"].(string)
			for _, key := range []string{"newStatus", "assignedTo", "assignedFrom"} {
				if v, ok := m[key].(string); ok {
					word += " " + key + " " + v
				}
			}
			told = append(told, word)
			if got := d.Ask("GET", one+"/messages/"+m["id"].(string), nil).Is(http.StatusOK); got.Get("type") != m["type"] {
				t.Errorf("read alone %s", got.Raw)
			}
		}
		want := []string{"MESSAGE", "ASSIGNMENT assignedTo " + boss, "ASSIGNMENT assignedFrom " + boss, "THREAD_STATUS_CHANGE newStatus CLOSED", "MESSAGE", "THREAD_STATUS_CHANGE newStatus OPEN"}
		if strings.Join(told, ", ") != strings.Join(want, ", ") {
			t.Errorf("told %q, want %q", told, want)
		}
		d.pagesOf(one+"/messages?sort=createdAt", 2, len(want))
		d.pagesOf(one+"/messages?sort=-createdAt", 1, len(want))
		whole := d.Ask("GET", one+"/messages/"+all.Get("results", 0, "id").(string)+"/original-content", nil).Is(http.StatusOK)
		if !strings.Contains(whole.Get("text").(string), "It is broken") {
			t.Errorf("whole %s", whole.Raw)
		}
		d.Ask("GET", one+"/messages/"+all.Get("results", 1, "id").(string)+"/original-content", nil).Is(http.StatusNotFound)
	})
}

// pagesOf reads a list page by page: each thing once, and as many as there are.
func (d *desk) pagesOf(path string, limit, want int) {
	d.t.Helper()
	seen := map[any]bool{}
	next := path + "&limit=" + strconv.Itoa(limit)
	for range want + 2 {
		page := d.Ask("GET", next, nil).Is(http.StatusOK)
		for i := range page.Get("results").([]any) {
			one := page.Get("results", i, "id")
			if seen[one] {
				d.t.Errorf("%s: %v twice", path, one)
			}
			seen[one] = true
		}
		link, ok := page.Get("paging", "next", "link").(string)
		if !ok {
			break
		}
		next = link
	}
	if len(seen) != want {
		d.t.Errorf("%s: %d in pages of %d, want %d", path, len(seen), limit, want)
	}
}

func TestHubSpotFindsThreads(t *testing.T) { // API-5, API-9
	eachDesk(t, func(t *testing.T, d *desk) {
		for _, who := range []string{"ann", "bob", "cem", "dan"} {
			d.Mail(who+"@example.org", "From "+who, "Hello", "Message-ID: <"+who+"@example.org>")
			d.clock.Advance(time.Minute)
		}
		d.Mail("ann@example.org", "Re: From ann", "Again", "Message-ID: <ann2@example.org>", "In-Reply-To: <ann@example.org>")
		all := d.Ask("GET", threads, nil).Is(http.StatusOK)
		ann, contact, inbox := all.Get("results", 0, "id").(string), all.Get("results", 0, "associatedContactId").(string), all.Get("results", 0, "inboxId").(string)
		d.Ask("PATCH", threads+"/"+all.Get("results", 1, "id").(string), `{"status":"CLOSED"}`).Is(http.StatusOK)
		for query, want := range map[string]int{
			"": 4, "associatedContactId=" + contact: 1, "associatedContactId=" + contact + "&threadStatus=CLOSED": 0, "threadStatus=CLOSED": 1, "threadStatus=OPEN": 3,
			"inboxId=" + inbox: 4, "inboxId=1&inboxId=2": 0, "inboxId=1," + inbox: 4, "latestMessageTimestampAfter=2026-11-02T09:01:30Z": 3,
			"sort=latestMessageTimestamp&latestMessageTimestampAfter=2026-11-02T09:01:30Z": 3, "sort=latestMessageTimestamp": 4,
			"associatedTicketId=" + id.Format(d.Tickets()[1].ID): 1,
		} {
			d.pagesOf(threads+"?"+query, 1, want)
			d.pagesOf(threads+"?"+query, 3, want)
		}
		latest := d.Ask("GET", threads+"?sort=latestMessageTimestamp", nil).Get("results").([]any)
		if got := latest[len(latest)-1].(map[string]any)["id"]; got != ann {
			t.Errorf("the newest is %v, want the thread of Ann", got)
		}
		for _, bad := range []string{"sort=size", "threadStatus=AJAR", "latestMessageTimestampAfter=noon", "archived=perhaps", "inboxId=x", "sort=latestMessageTimestamp&after=7", "after=7-8", "after=x"} {
			if got := d.Ask("GET", threads+"?"+bad, nil); got.Status != http.StatusBadRequest {
				t.Errorf("%s: %d", bad, got.Status)
			}
		}
	})
}

func TestHubSpotListsInboxesChannelsAndAccounts(t *testing.T) { // API-9
	eachDesk(t, func(t *testing.T, d *desk) {
		c := newChatApp(d)
		inboxes := d.Ask("GET", "/conversations/conversations/2026-09/inboxes", nil).Is(http.StatusOK)
		if inboxes.Get("results", 0, "type") != "HELP_DESK" || inboxes.Get("results", 0, "createdAt") == "" {
			t.Errorf("inboxes %s", inboxes.Raw)
		}
		d.Ask("GET", talks+"/inboxes/"+inboxes.Get("results", 0, "id").(string), nil).Is(http.StatusOK)
		d.Ask("GET", talks+"/inboxes/7", nil).Is(http.StatusNotFound)
		d.pagesOf(talks+"/channels?", 1, 2)
		if got := d.Ask("GET", talks+"/channels/1002", nil).Is(http.StatusOK); got.Get("name") != "E-mail" {
			t.Errorf("e-mail %s", got.Raw)
		}
		if got := d.Ask("GET", talks+"/channels/"+c.channel, nil).Is(http.StatusOK); got.Get("name") != "Lamp chat" {
			t.Errorf("the app's %s", got.Raw)
		}
		d.Ask("GET", talks+"/channels/7", nil).Is(http.StatusNotFound)
		accounts := talks + "/channel-accounts"
		d.pagesOf(accounts+"?", 1, 2)
		d.pagesOf(accounts+"?channelId=1002", 1, 1)
		d.pagesOf(accounts+"?channelId=1002,"+c.channel, 1, 2)
		d.pagesOf(accounts+"?archived=true", 1, 0)
		d.pagesOf(accounts+"?inboxId=12", 1, 0)
		own := d.Ask("GET", accounts+"/"+c.account, nil).Is(http.StatusOK)
		if own.Get("channelId") != c.channel || own.Get("deliveryIdentifier", "value") != "Shop-7" || own.Get("authorized") != true {
			t.Errorf("account %s", own.Raw)
		}
		d.Ask("DELETE", customChannels+"/"+c.channel, nil).Is(http.StatusNoContent)
		d.pagesOf(accounts+"?archived=true", 1, 1)
		d.Ask("GET", accounts+"/"+c.account, nil).Is(http.StatusNotFound)
		d.Ask("GET", accounts+"/"+c.account+"?archived=true", nil).Is(http.StatusOK)
	})
}

func TestHubSpotTellsWhoTookPart(t *testing.T) { // API-9
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Mail("Ann Lee <ann@example.org>", "Lamp", "It is broken")
		visitor := "V-" + d.Ask("GET", threads, nil).Get("results", 0, "associatedContactId").(string)
		agent := "A-" + id.Format(d.boss.ID)
		for asked, want := range map[string][3]string{
			visitor: {"VISITOR", "Ann Lee", "ann@example.org"}, agent: {"AGENT", "Bea Boss", "boss@desk.localhost"}, "E-x@example.org": {"EMAIL", "", "x@example.org"},
			"S-deskbell": {"SYSTEM", "Deskbell", ""},
		} {
			got := d.Ask("GET", talks+"/actors/"+asked, nil).Is(http.StatusOK)
			if got.Get("id") != asked || got.Get("type") != want[0] || (want[1] != "" && got.Get("name") != want[1]) || (want[2] != "" && got.Get("email") != want[2]) {
				t.Errorf("%s: %s", asked, got.Raw)
			}
		}
		for _, nobody := range []string{"A-1", "V-1", "I-1", "X-1", "A", "A-x", "B-1", "E-"} {
			d.Ask("GET", talks+"/actors/"+nobody, nil).Is(http.StatusNotFound)
		}
		batch := "/conversations/conversations/2026-09/actors/batch/read"
		if got := d.Ask("POST", batch, map[string]any{"inputs": []string{agent, visitor}}).Is(http.StatusOK); got.Get("status") != "COMPLETE" || got.Get("results", 1, "name") != "Ann Lee" {
			t.Errorf("batch %s", got.Raw)
		}
		if got := d.Ask("POST", batch, map[string]any{"inputs": []string{agent, "A-1"}}).Is(http.StatusMultiStatus); got.Get("numErrors") != 1.0 || got.Get("errors", 0, "context", "ids", 0) != "A-1" {
			t.Errorf("batch with an error %s", got.Raw)
		}
		d.Ask("POST", batch, `{}`).Is(http.StatusBadRequest)
	})
}
