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
	"sync"
	"testing"
	"time"
)

// ear is a server that is told; what it hears are the events of all requests.
type ear struct {
	*httptest.Server
	mu    sync.Mutex
	heard []map[string]any
	code  int
}

func listen(t *testing.T) *ear {
	t.Helper()
	e := &ear{code: http.StatusOK}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var events []map[string]any
		if err != nil || json.Unmarshal(body, &events) != nil {
			t.Errorf("told of %q: %v", body, err)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		e.heard = append(e.heard, events...)
		w.WriteHeader(e.code)
	}))
	t.Cleanup(e.Close)
	return e
}

// kinds are the types of what was heard since it was last asked, with what they are of.
func (e *ear) kinds(field string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []string
	for _, h := range e.heard {
		out = append(out, fmt.Sprint(h["subscriptionType"], " ", h[field]))
	}
	e.heard = nil
	return strings.Join(out, "; ")
}

func (e *ear) answer(code int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.code = code
}

// hooked is a desk, and a server that it may tell.
func hooked(t *testing.T, story func(t *testing.T, d *desk, e *ear)) {
	t.Helper()
	eachDesk(t, func(t *testing.T, d *desk) { story(t, d, listen(t)) })
}

// A private app has webhooks of its own, by its token, once it has a client secret: that signs them.
func TestPrivateAppsWebhooks(t *testing.T) { // API-1, API-8
	hooked(t, func(t *testing.T, d *desk, e *ear) {
		var signature, moment, body string
		e.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			raw, _ := io.ReadAll(r.Body)
			e.mu.Lock()
			defer e.mu.Unlock()
			signature, moment, body = r.Header.Get("X-HubSpot-Signature-v3"), r.Header.Get("X-HubSpot-Request-Timestamp"), string(raw)
		})
		boss := d.SignIn(d.boss)
		made := boss.Ask("POST", api+"/tokens", map[string]any{"name": "Sync", "scopes": []string{"tickets"}}).Is(http.StatusCreated)
		id, bearer := made.Get("id").(string), "Bearer "+made.Get("token").(string)
		settings := map[string]any{"targetUrl": e.URL, "throttling": map[string]any{"maxConcurrentRequests": 5}}
		refused := d.ask("PUT", "/webhooks/v3/"+id+"/settings", settings, bearer).Is(http.StatusConflict)
		if !strings.Contains(refused.Raw, "client secret") {
			t.Errorf("without a secret: %s", refused.Raw)
		}
		if got := boss.Ask("GET", api+"/tokens", nil); !strings.Contains(got.Raw, `"hasClientSecret":false`) || strings.Contains(got.Raw, `"hasClientSecret":true`) {
			t.Errorf("before: %s", got.Raw)
		}
		d.Agent("Mia Berg").Ask("POST", api+"/tokens/"+id+"/client-secret", nil).Is(http.StatusForbidden)
		d.ask("POST", api+"/tokens/"+id+"/client-secret", nil, bearer).Is(http.StatusForbidden)
		boss.Ask("POST", api+"/tokens/7/client-secret", nil).Is(http.StatusNotFound)
		secret := boss.Ask("POST", api+"/tokens/"+id+"/client-secret", nil).Is(http.StatusOK).Get("secret").(string)
		if got := boss.Ask("GET", api+"/tokens", nil); !strings.Contains(got.Raw, `"hasClientSecret":true`) || strings.Contains(got.Raw, secret) || len(d.traces(secret)) != 0 {
			t.Errorf("after: %s; the secret is in %v", got.Raw, d.traces(secret))
		}
		d.ask("PUT", "/webhooks/v3/"+id+"/settings", settings, bearer).Is(http.StatusOK)
		for _, kind := range []string{"ticket.creation", "contact.creation"} { // the second is beyond its scopes
			d.ask("POST", "/app-webhooks/2026-09/"+id+"/subscriptions", map[string]any{"eventType": kind, "active": true}, bearer).Is(http.StatusCreated)
		}
		heard := func(secret string) bool {
			e.mu.Lock()
			defer e.mu.Unlock()
			mac := hmac.New(sha256.New, []byte(secret))
			fmt.Fprint(mac, "POST", e.URL, body, moment)
			return signature == base64.StdEncoding.EncodeToString(mac.Sum(nil))
		}
		d.made("contacts", map[string]any{"lastname": "Bell"})
		d.Ask("POST", objects+"tickets", newTicket("Lamp")).Is(http.StatusCreated)
		d.Advance(2 * time.Second)
		if !heard(secret) || strings.Count(body, "subscriptionType") != 1 || !strings.Contains(body, `"appId":`+id) {
			t.Errorf("heard %s, signed %s", body, signature)
		}
		again := boss.Ask("POST", api+"/tokens/"+id+"/client-secret", nil).Is(http.StatusOK).Get("secret").(string)
		d.Ask("POST", objects+"tickets", newTicket("Desk")).Is(http.StatusCreated)
		d.Advance(2 * time.Second)
		if heard(secret) || !heard(again) {
			t.Error("it is signed with the old secret")
		}
		list := boss.Ask("GET", api+"/webhooks", nil).Is(http.StatusOK)
		if list.Get("results", 0, "name") != "Sync" || list.Get("results", 0, "appId") != id {
			t.Errorf("admins see %s", list.Raw)
		}
		log := boss.Ask("GET", api+"/audit?action=token.secret-rotated", nil).Is(http.StatusOK)
		if len(log.Get("results").([]any)) != 2 {
			t.Errorf("the audit log: %s", log.Raw)
		}
		// A token that is revoked takes its webhook along.
		boss.Ask("DELETE", api+"/tokens/"+id, nil).Is(http.StatusNoContent)
		if got := boss.Ask("GET", api+"/webhooks", nil).Is(http.StatusOK); len(got.Get("results").([]any)) != 0 {
			t.Errorf("left are %s", got.Raw)
		}
	})
}

func TestAppsWebhooksByHubSpotsPaths(t *testing.T) { // API-1, API-8
	hooked(t, func(t *testing.T, d *desk, e *ear) {
		app, tokens := d.install("tickets", "conversations.read")
		id, key := app.Get("app", "id").(string), app.Get("developerKey").(string)
		ask := func(method, path string, body any) answer {
			return d.ask(method, "/webhooks/v3/"+id+path+"?hapikey="+key, body, "")
		}
		ask("GET", "/settings", nil).Is(http.StatusNotFound)
		set := ask("PUT", "/settings", map[string]any{"targetUrl": e.URL, "throttling": map[string]any{"maxConcurrentRequests": 10}}).Is(http.StatusOK)
		if set.Get("targetUrl") != e.URL || set.Get("throttling", "maxConcurrentRequests") != 10.0 || set.Get("createdAt") == nil {
			t.Errorf("the settings are %s", set.Raw)
		}
		for _, bad := range []map[string]any{{}, {"targetUrl": e.URL}, {"targetUrl": "x", "throttling": map[string]any{"maxConcurrentRequests": 10}},
			{"targetUrl": e.URL, "throttling": map[string]any{"maxConcurrentRequests": 0}}} {
			ask("PUT", "/settings", bad).Is(http.StatusBadRequest)
		}
		if got := ask("GET", "/subscriptions", nil).Is(http.StatusOK); fmt.Sprint(got.Get("results")) != "[]" {
			t.Errorf("no subscriptions are %s", got.Raw)
		}
		made := ask("POST", "/subscriptions", map[string]any{"eventType": "ticket.creation", "active": true}).Is(http.StatusCreated)
		sub := made.Get("id").(string)
		ask("POST", "/subscriptions", map[string]any{"eventType": "ticket.creation", "active": true}).Is(http.StatusConflict)
		ask("POST", "/subscriptions", map[string]any{"eventType": "ticket.propertyChange"}).Is(http.StatusBadRequest)
		ask("POST", "/subscriptions", map[string]any{"eventType": "ticket.birthday"}).Is(http.StatusBadRequest)
		off := ask("POST", "/subscriptions", map[string]any{"eventType": "ticket.propertyChange", "propertyName": "subject"}).Is(http.StatusCreated)
		if off.Get("active") != false || off.Get("propertyName") != "subject" {
			t.Errorf("one that is off: %s", off.Raw)
		}
		ask("POST", "/subscriptions", map[string]any{"eventType": "contact.creation", "active": true}).Is(http.StatusCreated) // beyond its scopes
		ask("POST", "/subscriptions", map[string]any{"eventType": "conversation.newMessage", "active": true}).Is(http.StatusCreated)

		d.Mail("Eve <eve@example.org>", "Broken lamp", "It is broken.")
		d.Advance(2 * time.Second)
		ticket := d.Tickets()[0].ID
		if got := e.kinds("changeFlag"); got != "ticket.creation CREATED; conversation.newMessage NEW_MESSAGE" && got != "conversation.newMessage NEW_MESSAGE; ticket.creation CREATED" {
			t.Errorf("told of %s", got)
		}
		d.Agent("Sam Hill").Ask("POST", fmt.Sprint(api, "/tickets/", ticket, "/comments"), map[string]any{"html": "<p>Seen it</p>"}).Is(http.StatusCreated)
		d.Advance(2 * time.Second)
		if got := e.kinds("messageType"); got != "conversation.newMessage COMMENT" {
			t.Errorf("told of %s", got)
		}
		ask("POST", "/subscriptions", map[string]any{"eventType": "conversation.propertyChange", "propertyName": "assignedTo", "active": true}).Is(http.StatusCreated)
		d.Ask("PATCH", objects+"tickets/"+fmt.Sprint(ticket), map[string]any{"properties": map[string]any{"hubspot_owner_id": fmt.Sprint(d.boss.ID)}}).Is(http.StatusOK)
		d.Advance(2 * time.Second)
		if got := e.kinds("propertyValue"); got != fmt.Sprint("conversation.propertyChange A-", d.boss.ID) {
			t.Errorf("told of %s", got)
		}
		on := ask("PATCH", "/subscriptions/"+off.Get("id").(string), map[string]any{"active": true}).Is(http.StatusOK)
		if on.Get("active") != true || on.Get("updatedAt") == nil {
			t.Errorf("switched on: %s", on.Raw)
		}
		batch := ask("POST", "/subscriptions/batch/update", map[string]any{"inputs": []any{map[string]any{"id": json.Number(sub), "active": false}}}).Is(http.StatusOK)
		if batch.Get("status") != "COMPLETE" || batch.Get("results", 0, "active") != false {
			t.Errorf("switched off: %s", batch.Raw)
		}
		ask("POST", "/subscriptions/batch/update", map[string]any{"inputs": []any{map[string]any{"id": 7, "active": false}}}).Is(http.StatusMultiStatus)
		d.Ask("PATCH", objects+"tickets/"+fmt.Sprint(ticket), map[string]any{"properties": map[string]any{"subject": "New lamp"}}).Is(http.StatusOK)
		d.Ask("POST", objects+"tickets", newTicket("Another")).Is(http.StatusCreated)
		d.Advance(2 * time.Second)
		if got := e.kinds("propertyValue"); got != "ticket.propertyChange New lamp; ticket.propertyChange Another" {
			t.Errorf("told of %s", got)
		}
		// What the dated form says is the same, and the app's own token opens it too.
		dated := d.ask("GET", "/app-webhooks/2026-09/"+id+"/subscriptions/"+sub, nil, "Bearer "+tokens.Get("access_token").(string)).Is(http.StatusOK)
		if dated.Get("eventType") != "ticket.creation" {
			t.Errorf("the dated form: %s", dated.Raw)
		}
		ask("DELETE", "/subscriptions/"+sub, nil).Is(http.StatusNoContent)
		ask("GET", "/subscriptions/"+sub, nil).Is(http.StatusNotFound)

		// Nobody but the app and an admin finds it.
		d.ask("GET", "/webhooks/v3/"+id+"/subscriptions?hapikey=wrong", nil, "").Is(http.StatusUnauthorized)
		d.Agent("Mia Berg").Ask("GET", "/webhooks/v3/"+id+"/subscriptions", nil).Is(http.StatusNotFound)
		d.Ask("GET", "/webhooks/v3/"+id+"/subscriptions", nil).Is(http.StatusOK)
		other, _ := d.install("tickets")
		d.ask("GET", "/webhooks/v3/"+id+"/settings?hapikey="+other.Get("developerKey").(string), nil, "").Is(http.StatusNotFound)

		// Nothing of the account leaves once the app is out.
		boss := d.SignIn(d.boss)
		boss.Ask("POST", api+"/apps/"+id+"/uninstall", nil).Is(http.StatusNoContent)
		d.Ask("POST", objects+"tickets", newTicket("A third")).Is(http.StatusCreated)
		d.Advance(time.Hour)
		if got := e.kinds("propertyValue"); got != "" {
			t.Errorf("an app that was let out is told of %s", got)
		}
		ask("DELETE", "/settings", nil).Is(http.StatusNoContent)
		ask("GET", "/settings", nil).Is(http.StatusNotFound)
		boss.Ask("DELETE", api+"/apps/"+id, nil).Is(http.StatusNoContent)
		ask("GET", "/subscriptions", nil).Is(http.StatusUnauthorized)
	})
}

func TestWhatWaitedWhenAnAppWasLetOutIsNotSent(t *testing.T) { // API-8
	hooked(t, func(t *testing.T, d *desk, e *ear) {
		app, _ := d.install("tickets")
		id, key := app.Get("app", "id").(string), app.Get("developerKey").(string)
		d.ask("PUT", "/webhooks/v3/"+id+"/settings?hapikey="+key, map[string]any{"targetUrl": e.URL, "throttling": map[string]any{"maxConcurrentRequests": 5}}, "").Is(http.StatusOK)
		d.ask("POST", "/webhooks/v3/"+id+"/subscriptions?hapikey="+key, map[string]any{"eventType": "ticket.creation", "active": true}, "").Is(http.StatusCreated)
		d.Ask("POST", objects+"tickets", newTicket("Lamp")).Is(http.StatusCreated)
		d.SignIn(d.boss).Ask("POST", api+"/apps/"+id+"/uninstall", nil).Is(http.StatusNoContent)
		d.Advance(time.Hour)
		if got := e.kinds("objectId"); got != "" {
			t.Errorf("told of %s", got)
		}
	})
}

// One that wants no more is paused, and admins read it where they read everything else.
func TestAdminsAreToldOfAPausedWebhook(t *testing.T) { // API-8
	hooked(t, func(t *testing.T, d *desk, e *ear) {
		boss := d.SignIn(d.boss)
		made := boss.Ask("POST", api+"/webhooks", map[string]any{"name": "Stock", "url": e.URL, "events": []any{map[string]any{"eventType": "ticket.creation"}}}).
			Is(http.StatusCreated)
		e.answer(http.StatusGone)
		d.Mail("Eve <eve@example.org>", "Broken lamp", "It is broken.")
		d.Advance(2 * time.Second)
		one := boss.Ask("GET", fmt.Sprint(api, "/webhooks/", made.Get("webhook", "id")), nil).Is(http.StatusOK)
		if one.Get("state") != "paused" || one.Get("lastDelivery", "status") != float64(http.StatusGone) {
			t.Errorf("it is %s", one.Raw)
		}
		told := boss.Ask("GET", api+"/notifications", nil).Is(http.StatusOK)
		if told.Get("results", 0, "kind") != "webhook_paused" || told.Get("results", 0, "title") != "The webhook Stock is paused" {
			t.Errorf("the boss was told %s", told.Raw)
		}
		log := boss.Ask("GET", api+"/audit?category=webhook", nil).Is(http.StatusOK)
		if log.Get("results", 0, "action") != "webhook.changed" || log.Get("results", 1, "action") != "webhook.created" {
			t.Errorf("the audit log has %s", log.Raw)
		}
		e.answer(http.StatusOK)
		e.kinds("")
		boss.Ask("POST", fmt.Sprint(api, "/webhooks/", made.Get("webhook", "id"), "/resume"), nil).Is(http.StatusOK)
		d.Settle()
		if got := e.kinds("changeFlag"); got != "ticket.creation CREATED" {
			t.Errorf("when it goes on it is told of %s", got)
		}
	})
}
