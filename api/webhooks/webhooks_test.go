package webhooks_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/api/apitest"
	apiwebhooks "github.com/deskbell/deskbell/api/webhooks"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/outbound"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/oauth"
	"github.com/deskbell/deskbell/seal"
	"github.com/deskbell/deskbell/webhook"
)

// start is a desk with webhooks, a client of an admin's, and a server that answers with what status says.
func start(t *testing.T) (admin *gatetest.Client, d *apitest.Desk, at string, status *int) {
	t.Helper()
	code := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "thank you")
	}))
	t.Cleanup(server.Close)
	box, err := seal.New(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	d = apitest.Start(t, func(d *apitest.Desk, g *gate.Gate) {
		apps := oauth.New(d.DB, d.People, box)
		out := outbound.New(outbound.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
		apiwebhooks.Routes(g, d.DB, webhook.New(d.DB, d.People, apps, d.Props, d.Records.AssociationTypes(), box, out), apps)
	})
	admin, _ = d.User(people.NewUser{Name: "Ada", Email: "ada2@desk.localhost", SuperAdmin: true})
	return admin, d, server.URL, &code
}

const hooks = "/helpdesk/v1/webhooks"

func TestAWebhookLives(t *testing.T) { // API-2, API-8
	admin, _, at, status := start(t)
	made := admin.Post(hooks, map[string]any{"name": "Sync", "url": at, "events": []any{map[string]any{"eventType": "ticket.propertyChange", "propertyName": "subject"}}}).Is(http.StatusCreated)
	var fresh struct {
		Secret  string
		Webhook struct {
			ID, State   string
			Concurrency int
			Events      []map[string]string
		}
	}
	made.Into(&fresh)
	if len(fresh.Secret) < 32 || fresh.Webhook.State != "active" || fresh.Webhook.Concurrency != 5 || fresh.Webhook.Events[0]["propertyName"] != "subject" {
		t.Errorf("made %+v", fresh)
	}
	one := hooks + "/" + fresh.Webhook.ID
	var sample struct {
		ID, State, Answer string
		Status            int
	}
	admin.Post(one+"/test", nil).Is(http.StatusOK).Into(&sample)
	if sample.State != "delivered" || sample.Status != 200 || sample.Answer != "thank you" {
		t.Errorf("a sample: %+v", sample)
	}
	*status = http.StatusNotFound
	admin.Post(one+"/test", nil).Is(http.StatusOK).Into(&sample)
	if sample.State != "failed" || sample.Status != 404 {
		t.Errorf("a sample that is refused: %+v", sample)
	}
	var log struct{ Results []struct{ ID, Types string } }
	admin.Get(one + "/deliveries").Is(http.StatusOK).Into(&log)
	if len(log.Results) != 2 || log.Results[0].Types != "sample of ticket.propertyChange" {
		t.Fatalf("the log is %+v", log)
	}
	var whole struct{ Body string }
	admin.Get(one + "/deliveries/" + log.Results[0].ID).Is(http.StatusOK).Into(&whole)
	if !strings.Contains(whole.Body, `"propertyName":"subject"`) || !strings.HasPrefix(whole.Body, "[{") {
		t.Errorf("it was sent %s", whole.Body)
	}
	admin.Post(one+"/replay", map[string]any{"ids": []string{log.Results[1].ID}}).Is(http.StatusAccepted)
	admin.Post(one+"/replay", map[string]any{"failed": true, "from": dbtest.Start, "to": dbtest.Start.Add(time.Hour)}).Is(http.StatusAccepted)
	admin.Post(one+"/replay", map[string]any{}).Is(http.StatusBadRequest)

	var shown struct{ State, Name, Secret string }
	admin.Post(one+"/pause", nil).Is(http.StatusOK).Into(&shown)
	if shown.State != "paused" {
		t.Errorf("paused: %+v", shown)
	}
	admin.Post(one+"/replay", map[string]any{"failed": true}).Is(http.StatusConflict)
	admin.Post(one+"/resume", nil).Is(http.StatusOK).Into(&shown)
	if shown.State != "active" {
		t.Errorf("resumed: %+v", shown)
	}
	admin.Put(one, map[string]any{"name": "Sync 2", "url": at + "/x", "concurrency": 9, "events": []any{map[string]any{"eventType": "contact.creation"}}}).Is(http.StatusOK).Into(&shown)
	if shown.Name != "Sync 2" {
		t.Errorf("changed: %+v", shown)
	}
	admin.Post(one+"/secret", nil).Is(http.StatusOK).Into(&shown)
	if shown.Secret == "" || shown.Secret == fresh.Secret {
		t.Error("the secret is no new one")
	}
	admin.Delete(one).Is(http.StatusNoContent)
	admin.Get(one).Is(http.StatusNotFound)
}

func TestBadWebhooksAreRefusedByField(t *testing.T) { // API-4
	admin, _, at, _ := start(t)
	events := []any{map[string]any{"eventType": "ticket.creation"}}
	for field, body := range map[string]map[string]any{
		"name": {"name": " ", "url": at, "events": events}, "url": {"name": "x", "url": "http://10.0.0.1/", "events": events},
		"events": {"name": "x", "url": at, "events": []any{}}, "eventType": {"name": "x", "url": at, "events": []any{map[string]any{"eventType": "ticket.birthday"}}},
		"secret": {"name": "x", "url": at, "events": events, "secret": "short"},
	} {
		if a := admin.Post(hooks, body); a.Status != http.StatusBadRequest || !strings.Contains(string(a.Body), `"in":"`+field+`"`) {
			t.Errorf("%s: %d %s", field, a.Status, a.Body)
		}
	}
}

// An app's webhook is seen and paused by admins, and changed by the app alone.
func TestWebhooksOfApps(t *testing.T) { // API-8
	admin, d, at, _ := start(t)
	var id int64
	dbtest.Do(t, d.DB, func(tx *db.Tx) error {
		box, err := seal.New(bytes.Repeat([]byte{7}, 32))
		if err != nil {
			return err
		}
		apps := oauth.New(d.DB, d.People, box)
		app, _, err := apps.Add(tx, people.System, oauth.App{Name: "Chat", RedirectURIs: []string{"https://chat.example/"}, Scopes: []string{"tickets"}})
		if err != nil {
			return err
		}
		out := outbound.New(outbound.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
		h := webhook.New(d.DB, d.People, apps, d.Props, d.Records.AssociationTypes(), box, out)
		e, err := h.SetApp(tx, people.Actor{Kind: event.App, ID: app.ID, Developer: true}, app.ID, at, 10)
		id = e.ID
		return err
	})
	var list struct {
		Results []struct{ ID, Name, AppID string }
	}
	admin.Get(hooks).Is(http.StatusOK).Into(&list)
	if len(list.Results) != 1 || list.Results[0].Name != "Chat" || list.Results[0].AppID == "" {
		t.Errorf("%+v", list)
	}
	one := fmt.Sprint(hooks, "/", id)
	admin.Post(one+"/test", nil).Is(http.StatusOK)
	admin.Post(one+"/pause", nil).Is(http.StatusOK)
	admin.Put(one, map[string]any{"name": "x", "url": at, "events": []any{map[string]any{"eventType": "ticket.creation"}}}).Is(http.StatusConflict)
	admin.Delete(one).Is(http.StatusConflict)
}

func TestWebhooksAsEveryRole(t *testing.T) { // ACC-10
	_, d, _, _ := start(t)
	d.WalkTable()
}
