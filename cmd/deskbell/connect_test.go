package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/id"
)

// An admin connects an account of an app's channel: by the app's page, which says by the token which account it is.
func TestConnectingAnAccountOnTheAppsPage(t *testing.T) { // API-9, CHAN-2
	eachDesk(t, func(t *testing.T, d *desk) {
		c := newChatApp(d)
		boss := d.SignIn(d.boss)
		own := customChannels + "/" + c.channel
		connect := api + "/app-channels/" + c.channel + "/connect"
		if got := boss.Ask("POST", connect, nil).Is(http.StatusConflict); got.Get("errors", 0, "code") != "NO_CONNECT_URL" && !strings.Contains(got.Raw, "NO_CONNECT_URL") {
			t.Errorf("without a page: %s", got.Raw)
		}
		d.Ask("PATCH", own, `{"channelAccountConnectionRedirectUrl":"https://chat.example/connect?from=desk","channelDescription":"Chats"}`).Is(http.StatusOK)
		list := boss.Ask("GET", api+"/app-channels", nil).Is(http.StatusOK)
		if list.Get("results", 0, "id") != c.channel || list.Get("results", 0, "name") != "Lamp chat" || list.Get("results", 0, "connects") != true || list.Get("results", 0, "description") != "Chats" {
			t.Errorf("listed %s", list.Raw)
		}
		d.Agent("Mia Berg").Ask("POST", connect, nil).Is(http.StatusForbidden)
		to, err := url.Parse(boss.Ask("POST", connect, nil).Is(http.StatusOK).Get("url").(string))
		if err != nil {
			t.Fatal(err)
		}
		q := to.Query()
		if to.Host != "chat.example" || q.Get("from") != "desk" || q.Get("channelId") != c.channel || !strings.HasSuffix(q.Get("redirectUrl"), "/settings/channels") || q.Get("portalId") == "" {
			t.Errorf("sent to %s", to)
		}
		token := own + "/channel-account-staging-tokens/" + q.Get("accountToken")
		says := func(name, value string) string {
			return fmt.Sprintf(`{"accountName":%q,"deliveryIdentifier":{"type":%q,"value":%q}}`, name, opaque, value)
		}
		for body, words := range map[string]string{`{}`: "Some required fields were not set", says("", "x"): "Some required fields", `{"accountName":"x","deliveryIdentifier":{"type":"SMELL","value":"x"}}`: "type of delivery identifier",
			says("x", ""): "address", `{`: "Invalid input JSON"} {
			if got := d.Ask("PATCH", token, body); got.Status != http.StatusBadRequest || !strings.Contains(got.Get("message").(string), words) {
				t.Errorf("%s: %d %s", body, got.Status, got.Raw)
			}
		}
		staged := d.Ask("PATCH", token, says("Lamps DE", "Shop-8")).Is(http.StatusOK)
		if fmt.Sprintf("%.0f", staged.Get("genericChannelId")) != c.channel || fmt.Sprintf("%.0f", staged.Get("userId")) != id.Format(d.boss.ID) || staged.Get("accountName") != "Lamps DE" ||
			"/"+staged.Get("accountToken").(string) != token[strings.LastIndex(token, "/"):] || staged.Get("inboxId").(float64) == 0 || staged.Get("deliveryIdentifier", "value") != "Shop-8" {
			t.Errorf("staged %s", staged.Raw)
		}
		if list := boss.Ask("GET", api+"/channels", nil); list.Get("results", 2, "name") != "Lamps DE" {
			t.Errorf("channels %s", list.Raw)
		}
		d.Ask("PATCH", strings.Replace(token, "/conversations/v3/custom-channels", "/conversations/custom-channels/2026-09", 1), says("Lamps AT", "Shop-9")).Is(http.StatusOK)
		if list := boss.Ask("GET", api+"/channels", nil); list.Get("results", 2, "name") != "Lamps AT" || len(list.Get("results").([]any)) != 3 {
			t.Errorf("said anew: %s", list.Raw)
		}
		late, err := url.Parse(boss.Ask("POST", connect, nil).Is(http.StatusOK).Get("url").(string))
		if err != nil {
			t.Fatal(err)
		}
		d.Advance(25 * time.Hour)
		d.Ask("PATCH", own+"/channel-account-staging-tokens/"+late.Query().Get("accountToken"), says("Late", "Shop-10")).Is(http.StatusNotFound)
		d.Ask("PATCH", own+"/channel-account-staging-tokens/none", says("None", "Shop-11")).Is(http.StatusNotFound)
		boss.Ask("POST", api+"/app-channels/12/connect", nil).Is(http.StatusNotFound)
	})
}

// The parameters of lists and threads, in both families of paths.
func TestParametersOfConversations(t *testing.T) { // API-5, API-9
	eachDesk(t, func(t *testing.T, d *desk) {
		c := newChatApp(d)
		d.Mail("Ann <ann@example.org>", "Lamp", "It is broken")
		for _, base := range []string{talks, "/conversations/conversations/2026-09"} {
			first := func(path string) any { return d.Ask("GET", base+path, nil).Is(http.StatusOK).Get("results", 0, "id") }
			for _, list := range []string{"/channels", "/channel-accounts", "/inboxes"} {
				d.pagesOf(base+list+"?sort=-createdAt&defaultPageLength=1", 1, len(d.Ask("GET", base+list, nil).Get("results").([]any)))
			}
			if first("/channels?sort=-createdAt") != c.channel || first("/channel-accounts?sort=-id") != c.account || first("/channels") == c.channel {
				t.Errorf("%s: backwards %v, %v", base, first("/channels?sort=-createdAt"), first("/channel-accounts?sort=-id"))
			}
			thread := base + "/threads/" + first("/threads?property=status&property=id&association=TICKET").(string)
			for _, path := range []string{"?property=status", "/messages?property=text&sort=-createdAt", "/messages?archived=false"} {
				d.Ask("GET", thread+path, nil).Is(http.StatusOK)
			}
			message := thread + "/messages/" + d.Ask("GET", thread+"/messages", nil).Get("results", 0, "id").(string)
			d.Ask("GET", message+"?property=text", nil).Is(http.StatusOK)
			d.Ask("GET", message+"/original-content?property=text", nil).Is(http.StatusOK)
			d.Ask("PATCH", thread+"?archived=true", `{"status":"OPEN"}`).Is(http.StatusNotFound)
			d.Ask("PATCH", thread+"?archived=maybe", `{"status":"OPEN"}`).Is(http.StatusBadRequest)
			d.Ask("PATCH", thread+"?archived=false", `{"status":"OPEN"}`).Is(http.StatusOK)
		}
		for _, base := range []string{customChannels, "/conversations/custom-channels/v3", "/conversations/custom-channels/2026-09"} {
			if got := d.Ask("GET", base+"?sort=-createdAt&defaultPageLength=5", nil).Is(http.StatusOK); got.Get("results", 0, "id") != c.channel {
				t.Errorf("%s: %s", base, got.Raw)
			}
			d.Ask("GET", base+"?sort=name", nil).Is(http.StatusBadRequest)
			if got := d.Ask("GET", base+"/"+c.channel+"/channel-accounts?sort=-id&defaultPageLength=1&deliveryIdentifierType="+opaque+"&deliveryIdentifierValue=Shop-7&archived=false", nil).Is(http.StatusOK); got.Get("results", 0, "id") != c.account {
				t.Errorf("%s: %s", base, got.Raw)
			}
		}
	})
}
