package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

const customChannels = "/conversations/v3/custom-channels"

// chatApp is somebody's app with a server of its own, which brings a channel.
type chatApp struct {
	*desk
	server  *httptest.Server
	status  int // that its server answers
	got     []map[string]any
	headers []http.Header
	bodies  []string
	channel string
	account string
}

const opaque = "CHANNEL_SPECIFIC_OPAQUE_ID"

// newChatApp registers a channel and connects an account of it to the help desk.
func newChatApp(d *desk, capabilities ...string) *chatApp {
	d.t.Helper()
	c := &chatApp{desk: d, status: http.StatusOK}
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var body map[string]any
		if err := json.Unmarshal(raw, &body); err != nil {
			d.t.Errorf("the app was sent %q: %v", raw, err)
		}
		c.got, c.headers, c.bodies = append(c.got, body), append(c.headers, r.Header), append(c.bodies, string(raw))
		w.WriteHeader(c.status)
	}))
	d.t.Cleanup(c.server.Close)
	can := `"deliveryIdentifierTypes":["` + opaque + `","HS_EMAIL_ADDRESS","HS_PHONE_NUMBER"],"richText":["BOLD"],"threadingModel":"INTEGRATION_THREAD_ID","allowOutgoingMessages":true,"outgoingAttachmentTypes":["FILE"]`
	if len(capabilities) > 0 {
		can = capabilities[0]
	}
	made := d.Ask("POST", customChannels, fmt.Sprintf(`{"name":"Lamp chat","webhookUrl":%q,"capabilities":{%s}}`, c.server.URL+"/hook?x=1", can)).Is(http.StatusCreated)
	c.channel = made.Get("id").(string)
	inbox := d.Ask("GET", "/conversations/v3/conversations/inboxes", nil).Is(http.StatusOK).Get("results", 0, "id").(string)
	account := d.Ask("POST", customChannels+"/"+c.channel+"/channel-accounts", fmt.Sprintf(
		`{"name":"Lamps NL","inboxId":%q,"authorized":true,"deliveryIdentifier":{"type":%q,"value":"Shop-7"}}`, inbox, opaque)).Is(http.StatusCreated)
	c.account = account.Get("id").(string)
	return c
}

// says is a message from somebody of the channel.
func (c *chatApp) says(thread, key, from, text string, more ...string) string {
	extra := strings.Join(more, "")
	return fmt.Sprintf(`{"messageDirection":"INCOMING","channelAccountId":%q,"integrationThreadId":%q,"integrationIdempotencyId":%q,"text":%q,"timestamp":"2026-11-02T08:59:00Z",
"senders":[{"name":"Ann Lee","deliveryIdentifier":%s}],"recipients":[{"deliveryIdentifier":{"type":%q,"value":"Shop-7"}}],"attachments":[]%s}`,
		c.account, thread, key, text, from, opaque, extra)
}

func known(kind, value string) string { return fmt.Sprintf(`{"type":%q,"value":%q}`, kind, value) }

func (c *chatApp) publish(body string) answer {
	c.t.Helper()
	return c.Ask("POST", customChannels+"/"+c.channel+"/messages", body)
}

// The whole loop: an app brings a channel, its message becomes a ticket, the answer goes to the app, signed, and the app says what
// became of it.
func TestACustomChannelBothWays(t *testing.T) { // API-9, CHAN-1, CHAN-3
	eachDesk(t, func(t *testing.T, d *desk) {
		c := newChatApp(d)
		ann := known(opaque, "ann/7")
		first := c.publish(c.says("chat-1", "m1", ann, "My lamp is broken")).Is(http.StatusCreated)
		if first.Get("direction") != "INCOMING" || first.Get("channelId") != c.channel || first.Get("channelAccountId") != c.account ||
			first.Get("senders", 0, "deliveryIdentifier", "value") != "ann/7" || first.Get("status", "statusType") != "RECEIVED" {
			t.Errorf("published %s", first.Raw)
		}
		thread := first.Get("conversationsThreadId").(string)
		if again := c.publish(c.says("chat-1", "m1", ann, "My lamp is broken")).Is(http.StatusCreated); again.Get("id") != first.Get("id") {
			t.Errorf("the same message twice: %s", again.Raw)
		}
		second := c.publish(c.says("chat-1", "m2", ann, "Hello?")).Is(http.StatusCreated)
		if second.Get("conversationsThreadId") != thread || second.Get("id") == first.Get("id") {
			t.Errorf("the next of the chat: %s", second.Raw)
		}
		d.Settle()
		tickets := d.Tickets()
		if len(tickets) != 1 || tickets[0].Properties["subject"] != "My lamp is broken" || tickets[0].Properties["source_type"] != "CUSTOM" {
			t.Fatalf("tickets %+v", tickets)
		}
		contact := d.Ask("GET", threads+"/"+thread, nil).Is(http.StatusOK).Get("associatedContactId").(string)
		if who := d.Ask("GET", objects+"contacts/"+contact, nil).Is(http.StatusOK); who.Get("properties", "firstname") != "Ann" {
			t.Errorf("contact %s", who.Raw)
		}
		sent := d.Ask("POST", threads+"/"+thread+"/messages", map[string]any{"type": "MESSAGE", "text": "Try <this>", "senderActorId": "A-" + id.Format(d.boss.ID)}).Is(http.StatusCreated)
		if sent.Get("recipients", 0, "deliveryIdentifier", "value") != "ann/7" || sent.Get("recipients", 0, "deliveryIdentifier", "type") != opaque {
			t.Errorf("the answer goes to %s", sent.Raw)
		}
		d.Settle()
		if len(c.got) != 1 {
			t.Fatalf("the app heard %v", c.bodies)
		}
		c.heard(0, sent.Get("id").(string), thread, "chat-1", "Try <this>")
		message := customChannels + "/" + c.channel + "/messages/" + sent.Get("id").(string)
		if got := d.Ask("GET", message, nil).Is(http.StatusOK); got.Get("status", "statusType") != "SENT" {
			t.Errorf("taken by the app: %s", got.Raw)
		}
		if got := d.Ask("PATCH", message, `{"statusType":"READ"}`).Is(http.StatusOK); got.Get("status", "statusType") != "READ" {
			t.Errorf("read: %s", got.Raw)
		}
		if got := d.Ask("PATCH", message, `{"statusType":"FAILED","errorMessage":"She blocked us"}`).Is(http.StatusOK); got.Get("status", "failureDetails", "errorMessage") != "She blocked us" {
			t.Errorf("failed: %s", got.Raw)
		}
		d.Ask("PATCH", message, `{"statusType":"LOST"}`).Is(http.StatusBadRequest)
		d.Ask("PATCH", customChannels+"/"+c.channel+"/messages/"+first.Get("id").(string), `{"statusType":"SENT"}`).Is(http.StatusBadRequest)
	})
}

// heard checks what the app was told, and that it was us.
func (c *chatApp) heard(n int, message, thread, name, text string) {
	c.t.Helper()
	got := answer{t: c.t, Body: c.got[n], Raw: c.bodies[n]}
	if got.Get("type") != "OUTGOING_CHANNEL_MESSAGE_CREATED" || got.Get("channelId") != c.channel || got.Get("channelIntegrationThreadIds", 0) != name ||
		got.Get("message", "id") != message || got.Get("message", "conversationsThreadId") != thread || got.Get("message", "text") != text ||
		got.Get("message", "channelAccountId") != c.account || got.Get("message", "createdBy") != "A-"+id.Format(c.boss.ID) {
		c.t.Errorf("the app heard %s", got.Raw)
	}
	var secret string
	dbtest.See(c.t, c.db, func(tx *db.Tx) error {
		b, err := c.accounts.Book(tx)
		if err != nil {
			return err
		}
		channelID, _ := id.Parse("id", c.channel)
		r, _ := b.Registered(channelID)
		secret, err = c.accounts.Secret(r)
		return err
	})
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("POST" + c.server.URL + "/hook?x=1" + got.Raw + c.headers[n].Get("X-HubSpot-Request-Timestamp")))
	if want := base64.StdEncoding.EncodeToString(mac.Sum(nil)); c.headers[n].Get("X-HubSpot-Signature-v3") != want {
		c.t.Errorf("signed %v, want %s", c.headers[n], want)
	}
}

// People are known by what the channel knows them by: an address, a number, or a name of its own.
func TestWhoWritesOnACustomChannel(t *testing.T) { // API-9, REC-6
	eachDesk(t, func(t *testing.T, d *desk) {
		c := newChatApp(d)
		contactOf := func(body string) string {
			t.Helper()
			thread := c.publish(body).Is(http.StatusCreated).Get("conversationsThreadId").(string)
			return d.Ask("GET", threads+"/"+thread, nil).Is(http.StatusOK).Get("associatedContactId").(string)
		}
		d.Mail("Ann <ann@example.org>", "Lamp", "It is broken")
		mailed := d.Ask("GET", threads, nil).Get("results", 0, "associatedContactId").(string)
		if got := contactOf(c.says("t1", "k1", known("HS_EMAIL_ADDRESS", "ANN@example.org"), "me again")); got != mailed {
			t.Errorf("by address: %s, want %s", got, mailed)
		}
		number := contactOf(c.says("t2", "k2", known("HS_PHONE_NUMBER", "+31 20 123 4567"), "by phone"))
		if got := contactOf(c.says("t3", "k3", known("HS_PHONE_NUMBER", "+31201234567"), "by phone again")); got != number || got == mailed {
			t.Errorf("by number: %s and %s", number, got)
		}
		if got := d.Ask("GET", objects+"contacts/"+number+"?properties=phone", nil).Get("properties", "phone"); got != "+31201234567" {
			t.Errorf("the number is kept as %v", got)
		}
		named := contactOf(c.says("t4", "k4", known(opaque, "x"), "by name"))
		if got := contactOf(c.says("t5", "k5", known(opaque, "x"), "by name")); got != named {
			t.Errorf("by the channel's name: %s and %s", named, got)
		}
		if got := contactOf(c.says("t6", "k6", known(opaque, "X"), "by another name")); got == named {
			t.Error("names of a channel are told apart by case")
		}
		if got := contactOf(c.says("t7", "k7", known(opaque, "z"), "we know her", `,"associateWithContactId":`+mailed)); got != mailed {
			t.Errorf("as the app says: %s", got)
		}
		c.publish(c.says("t8", "k8", known(opaque, "z"), "nobody", `,"associateWithContactId":12345`)).Is(http.StatusBadRequest)
	})
}

// Answers that somebody gave in the app itself are on the thread, and nobody sends them again.
func TestAnswersGivenElsewhere(t *testing.T) { // API-9
	eachDesk(t, func(t *testing.T, d *desk) {
		c := newChatApp(d)
		thread := c.publish(c.says("t", "k1", known(opaque, "ann"), "help")).Is(http.StatusCreated).Get("conversationsThreadId").(string)
		out := strings.NewReplacer("INCOMING", "OUTGOING", `"ann"`, `"Shop-7"`, `"Shop-7"`, `"ann"`).Replace(c.says("t", "k2", known(opaque, "ann"), "helped"))
		got := c.publish(out).Is(http.StatusCreated)
		if got.Get("direction") != "OUTGOING" || got.Get("conversationsThreadId") != thread || got.Get("status", "statusType") != "SENT" || got.Get("client", "clientType") != "INTEGRATION" {
			t.Errorf("%s", got.Raw)
		}
		d.Settle()
		if len(c.got) != 0 || len(d.Tickets()) != 1 {
			t.Errorf("sent %v, tickets %d", c.bodies, len(d.Tickets()))
		}
		if th := d.Ask("GET", threads+"/"+thread, nil); th.Get("latestMessageSentTimestamp") == nil || th.Get("associatedContactId") == "" {
			t.Errorf("%s", th.Raw)
		}
		begun := c.publish(strings.ReplaceAll(strings.ReplaceAll(out, `"t"`, `"t-new"`), "k2", "k3")).Is(http.StatusCreated)
		if begun.Get("conversationsThreadId") == thread {
			t.Errorf("begun by an answer: %s", begun.Raw)
		}
	})
}

// An app that cannot take a message now gets it again; one that refuses it does not.
func TestAnAppThatIsAway(t *testing.T) { // API-9, MAIL-7
	eachDesk(t, func(t *testing.T, d *desk) {
		c := newChatApp(d)
		thread := c.publish(c.says("t", "k1", known(opaque, "ann"), "help")).Is(http.StatusCreated).Get("conversationsThreadId").(string)
		send := func() string {
			t.Helper()
			return threads + "/" + thread + "/messages/" + d.Ask("POST", threads+"/"+thread+"/messages", `{"type":"MESSAGE","text":"yes"}`).Is(http.StatusCreated).Get("id").(string)
		}
		c.status = http.StatusServiceUnavailable
		m := send()
		d.Settle()
		if got := d.Ask("GET", m, nil); len(c.got) != 1 || got.Get("status", "statusType") != "SENT" {
			t.Errorf("%d, %s", len(c.got), got.Raw)
		}
		c.status = http.StatusOK
		d.Advance(2 * time.Minute)
		if len(c.got) != 2 || c.bodies[0] != c.bodies[1] {
			t.Errorf("heard %q", c.bodies)
		}
		c.status = http.StatusBadRequest
		m = send()
		d.Settle()
		if got := d.Ask("GET", m, nil); got.Get("status", "statusType") != "FAILED" || got.Get("status", "failureDetails", "errorMessage") == "" {
			t.Errorf("refused: %s", got.Raw)
		}
	})
}

// What one app brought is no other's business.
func TestAppsSeeTheirOwnChannels(t *testing.T) { // API-9, ACC-10
	eachDesk(t, func(t *testing.T, d *desk) {
		c := newChatApp(d)
		message := c.publish(c.says("t", "k1", known(opaque, "ann"), "help")).Is(http.StatusCreated).Get("id").(string)
		_, other, err := d.people.AddToken(t.Context(), people.System, "other", "conversations.custom_channels.read", "conversations.custom_channels.write")
		if err != nil {
			t.Fatal(err)
		}
		_, reader, err := d.people.AddToken(t.Context(), people.System, "reader", "conversations.custom_channels.read")
		if err != nil {
			t.Fatal(err)
		}
		own := customChannels + "/" + c.channel
		for _, ask := range []struct{ method, path, body string }{
			{"GET", own, ""}, {"PATCH", own, `{"name":"Mine"}`}, {"DELETE", own, ""}, {"GET", own + "/channel-accounts", ""},
			{"POST", own + "/channel-accounts", `{"name":"x","inboxId":"1","deliveryIdentifier":{"type":"` + opaque + `","value":"y"}}`},
			{"GET", own + "/channel-accounts/" + c.account, ""}, {"PATCH", own + "/channel-accounts/" + c.account, `{"authorized":false}`},
			{"GET", own + "/messages/" + message, ""}, {"PATCH", own + "/messages/" + message, `{"statusType":"SENT"}`},
		} {
			if got := d.ask(ask.method, ask.path, ask.body, "Bearer "+other); got.Status != http.StatusNotFound {
				t.Errorf("%s %s as another app: %d %s", ask.method, ask.path, got.Status, got.Raw)
			}
		}
		d.ask("POST", own+"/messages", c.says("t", "k2", known(opaque, "ann"), "stolen"), "Bearer "+other).Is(http.StatusBadRequest)
		d.ask("POST", customChannels, `{"name":"x","capabilities":{"deliveryIdentifierTypes":["`+opaque+`"]}}`, "Bearer "+reader).Is(http.StatusForbidden)
		if got := d.ask("GET", customChannels, nil, "Bearer "+other).Is(http.StatusOK); got.Get("total") != 0.0 {
			t.Errorf("another's list %s", got.Raw)
		}
		if got := d.Ask("GET", "/conversations/custom-channels/v3", nil).Is(http.StatusOK); got.Get("total") != 1.0 || got.Get("results", 0, "name") != "Lamp chat" {
			t.Errorf("own list %s", got.Raw)
		}
	})
}

func TestCustomChannelsRefuseWhatCannotBe(t *testing.T) { // API-4, API-9
	eachDesk(t, func(t *testing.T, d *desk) {
		c := newChatApp(d)
		ok := c.says("t", "k", known(opaque, "ann"), "help")
		for name, body := range map[string]string{
			"no json": `{`, "nothing": `{}`, "direction": strings.Replace(ok, "INCOMING", "UP", 1), "account": strings.Replace(ok, c.account, "12", 1),
			"no text": strings.Replace(ok, `"help"`, `""`, 1), "identifier": strings.Replace(ok, opaque, "HS_SMELL", 1), "time": strings.Replace(ok, "2026-11-02T", "yesterday", 1),
			"file": strings.Replace(ok, `"attachments":[]`, `"attachments":[{"type":"FILE","fileId":"12"}]`, 1),
			"key":  strings.Replace(ok, `"k"`, `"`+strings.Repeat("k", 400)+`"`, 1),
		} {
			if got := c.publish(body); got.Status != http.StatusBadRequest || got.Get("message") == "" {
				t.Errorf("%s: %d %s", name, got.Status, got.Raw)
			}
		}
		for name, body := range map[string]string{
			"no name": `{"capabilities":{"deliveryIdentifierTypes":["` + opaque + `"]}}`, "no capabilities": `{"name":"x"}`,
			"identifiers": `{"name":"x","capabilities":{"deliveryIdentifierTypes":["EMAIL"]}}`, "none": `{"name":"x","capabilities":{}}`,
			"threads": `{"name":"x","capabilities":{"deliveryIdentifierTypes":["` + opaque + `"],"threadingModel":"MAGIC"}}`,
			"url":     `{"name":"x","webhookUrl":"ftp://x","capabilities":{"deliveryIdentifierTypes":["` + opaque + `"]}}`,
		} {
			if got := d.Ask("POST", customChannels, body); got.Status != http.StatusBadRequest {
				t.Errorf("registering %s: %d %s", name, got.Status, got.Raw)
			}
		}
		if len(d.Tickets()) != 0 {
			t.Errorf("what was refused made %d tickets", len(d.Tickets()))
		}
		d.Ask("PATCH", customChannels+"/"+c.channel+"/channel-accounts/"+c.account, `{"authorized":false,"name":"Away"}`).Is(http.StatusOK)
		thread := c.publish(ok).Is(http.StatusCreated).Get("conversationsThreadId").(string)
		d.Ask("POST", threads+"/"+thread+"/messages", `{"type":"MESSAGE","text":"yes"}`).Is(http.StatusConflict)
		d.Ask("DELETE", customChannels+"/"+c.channel, nil).Is(http.StatusNoContent)
		d.Ask("GET", customChannels+"/"+c.channel, nil).Is(http.StatusNotFound)
		d.Ask("GET", threads+"/"+thread, nil).Is(http.StatusOK)
	})
}

// An agent answers a chat in the web app: whom to answer comes with the ticket, and how far the answer got is shown on it.
func TestAgentsAnswerACustomChannel(t *testing.T) { // API-9, REPLY-5
	eachDesk(t, func(t *testing.T, d *desk) {
		c := newChatApp(d)
		c.publish(c.says("chat-1", "m1", known(opaque, "Ann/7"), "My lamp is broken")).Is(http.StatusCreated)
		d.Settle()
		mia := d.Agent("Mia Berg")
		on := api + "/tickets/" + id.Format(d.Tickets()[0].ID)
		ticket := mia.Ask("GET", on, nil).Is(http.StatusOK)
		to := ticket.Get("threads", 0, "replyTo", 0).(map[string]any)
		if to["email"] != "Ann/7" || to["type"] != opaque || ticket.Get("threads", 0, "channelAddress") != "Shop-7" {
			t.Fatalf("to answer %s", ticket.Raw)
		}
		said := mia.Ask("POST", on+"/replies", map[string]any{"html": "<p>Which one?</p>", "to": []any{to}}).Is(http.StatusCreated)
		d.Settle()
		message := customChannels + "/" + c.channel + "/messages/" + said.Get("id").(string)
		states := func(want string) {
			t.Helper()
			items := mia.Ask("GET", on+"/conversation", nil).Is(http.StatusOK)
			for i := range items.Get("items").([]any) {
				if items.Get("items", i, "id") == said.Get("id") {
					if got := items.Get("items", i, "delivery"); got.(map[string]any)["state"] != want || got.(map[string]any)["outbox"] != false {
						t.Errorf("delivery %v, want %s", got, want)
					}
					return
				}
			}
			t.Errorf("the answer is not on the ticket: %s", items.Raw)
		}
		states("sent")
		d.Ask("PATCH", message, `{"statusType":"READ"}`).Is(http.StatusOK)
		states("read")
		if len(c.got) != 1 {
			t.Errorf("the app heard %q", c.bodies)
		}
		kinds := mia.Ask("GET", api+"/channel-kinds", nil).Is(http.StatusOK)
		if kinds.Get("results", 0, "byApps") != false || kinds.Get("results", 1, "byApps") != true {
			t.Errorf("kinds %s", kinds.Raw)
		}
		list := mia.Ask("GET", api+"/channels", nil).Is(http.StatusOK)
		if list.Get("results", 1, "name") != "Lamps NL" || list.Get("results", 1, "address") != "Shop-7" {
			t.Errorf("channels %s", list.Raw)
		}
	})
}
