package main

import (
	"net/http"
	"strings"
	"testing"

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
		all := d.Ask("GET", threads+"/"+thread+"/messages?sort=-createdAt&limit=2", nil).Is(http.StatusOK)
		if all.Get("results", 0, "type") != "COMMENT" || all.Get("results", 1, "status", "statusType") != "SENT" || all.Get("paging", "next", "after") == nil {
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
