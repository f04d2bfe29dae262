package webhooks_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/hubspot/webhooks"
	"github.com/deskbell/deskbell/outbound"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/oauth"
	"github.com/deskbell/deskbell/seal"
	"github.com/deskbell/deskbell/webhook"
)

// world is the routes, and an app.
type world struct {
	*gatetest.Desk
	app     oauth.App
	secrets oauth.Secrets
}

func each(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d := dbtest.Open(t, cfg)
		box, err := seal.New(make([]byte, seal.KeySize))
		if err != nil {
			t.Fatal(err)
		}
		p := people.New(d, people.HashMemory(64))
		apps := oauth.New(d, p, box)
		out := outbound.New(outbound.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
		hooks := webhook.New(d, p, apps, property.New(d), association.New(d), box, out)
		w := &world{}
		dbtest.Do(t, d, func(tx *db.Tx) (err error) {
			w.app, w.secrets, err = apps.Add(tx, people.System, oauth.App{Name: "Sync", RedirectURIs: []string{"https://sync.example/"}, Scopes: []string{"tickets"}})
			return err
		})
		w.Desk = gatetest.Start(t, d, p, func(g *gate.Gate) { webhooks.Routes(g, d, hooks) }, apps)
		story(t, w)
	})
}

// ask asks as the app's maker does.
func (w *world) ask(method, path string, body any) *gatetest.Answer {
	w.T.Helper()
	return w.Nobody().Do(method, fmt.Sprintf("/webhooks/v3/%d%s?hapikey=%s", w.app.ID, path, w.secrets.Developer), body)
}

type subscription struct {
	ID, EventType, ObjectTypeID, PropertyName, CreatedAt, UpdatedAt string
	Active                                                          bool
}

type settings struct {
	TargetURL, CreatedAt, UpdatedAt string
	Throttling                      struct{ MaxConcurrentRequests int }
}

func TestSettings(t *testing.T) { // API-1, API-8
	each(t, func(t *testing.T, w *world) {
		w.ask("GET", "/settings", nil).Is(http.StatusNotFound)
		w.ask("DELETE", "/settings", nil).Is(http.StatusNotFound)
		good := map[string]any{"targetUrl": "https://sync.example/in", "throttling": map[string]any{"maxConcurrentRequests": 10}}
		var set settings
		w.ask("PUT", "/settings", good).Is(http.StatusOK).Into(&set)
		if set.TargetURL != "https://sync.example/in" || set.Throttling.MaxConcurrentRequests != 10 || set.CreatedAt != "2026-11-02T09:00:00.000Z" || set.UpdatedAt == "" {
			t.Errorf("%+v", set)
		}
		var again settings
		if w.ask("GET", "/settings", nil).Is(http.StatusOK).Into(&again); again != set {
			t.Errorf("%+v, want %+v", again, set)
		}
		for words, bad := range map[string]any{
			"[targetUrl, throttling]": map[string]any{}, "[throttling]": map[string]any{"targetUrl": "https://sync.example/in"}, "[targetUrl]": map[string]any{"throttling": map[string]any{}},
			"begins with https":  map[string]any{"targetUrl": "ftp://x.example", "throttling": map[string]any{"maxConcurrentRequests": 10}},
			"private network":    map[string]any{"targetUrl": "https://192.168.0.1/", "throttling": map[string]any{"maxConcurrentRequests": 10}},
			"At most 1 to 100":   map[string]any{"targetUrl": "https://sync.example/in", "throttling": map[string]any{"maxConcurrentRequests": 0}},
			"Invalid input JSON": "no object",
		} {
			if a := w.ask("PUT", "/settings", bad).Is(http.StatusBadRequest); !strings.Contains(string(a.Body), words) {
				t.Errorf("%v: %s", bad, a.Body)
			}
		}
		if a := w.ask("DELETE", "/settings", nil).Is(http.StatusNoContent); len(a.Body) != 0 {
			t.Errorf("204 with %q", a.Body)
		}
		w.ask("GET", "/settings", nil).Is(http.StatusNotFound)
	})
}

func TestSubscriptions(t *testing.T) { // API-1, API-8
	each(t, func(t *testing.T, w *world) {
		var list struct{ Results []subscription }
		if a := w.ask("GET", "/subscriptions", nil).Is(http.StatusOK); !strings.Contains(string(a.Body), `"results":[]`) {
			t.Errorf("none are %s", a.Body)
		}
		make := func(body map[string]any) (s subscription) {
			w.ask("POST", "/subscriptions", body).Is(http.StatusCreated).Into(&s)
			return s
		}
		plain := make(map[string]any{"eventType": "contact.creation", "active": true})
		of := make(map[string]any{"eventType": "contact.propertyChange", "propertyName": "email"})
		generic := make(map[string]any{"eventType": "object.propertyChange", "objectTypeId": "tickets", "propertyName": "subject", "active": true})
		if !plain.Active || of.Active || of.PropertyName != "email" || generic.ObjectTypeID != "0-5" || plain.CreatedAt == "" {
			t.Errorf("%+v %+v %+v", plain, of, generic)
		}
		w.ask("GET", "/subscriptions", nil).Is(http.StatusOK).Into(&list)
		if len(list.Results) != 3 || list.Results[0] != plain {
			t.Errorf("%+v", list)
		}
		for status, bodies := range map[int][]map[string]any{
			http.StatusConflict:   {{"eventType": "contact.creation"}},
			http.StatusBadRequest: {{}, {"eventType": "contact.birthday"}, {"eventType": "contact.propertyChange"}, {"eventType": "object.creation"}, {"eventType": "object.creation", "objectTypeId": "2-99"}},
		} {
			for _, body := range bodies {
				w.ask("POST", "/subscriptions", body).Is(status)
			}
		}
		one := "/subscriptions/" + of.ID
		var got subscription
		w.ask("PATCH", one, map[string]any{"active": true}).Is(http.StatusOK).Into(&got)
		if !got.Active {
			t.Errorf("%+v", got)
		}
		if w.ask("PATCH", one, map[string]any{}).Is(http.StatusOK).Into(&got); !got.Active {
			t.Errorf("a change of nothing made it %+v", got)
		}
		if w.ask("GET", one, nil).Is(http.StatusOK).Into(&got); got.ID != of.ID {
			t.Errorf("%+v", got)
		}
		w.ask("DELETE", one, nil).Is(http.StatusNoContent)
		for _, method := range []string{"GET", "PATCH", "DELETE"} {
			w.ask(method, one, map[string]any{"active": true}).Is(http.StatusNotFound)
			w.ask(method, "/subscriptions/x", map[string]any{}).Is(http.StatusNotFound)
		}
	})
}

func TestBatches(t *testing.T) { // API-1, API-8
	each(t, func(t *testing.T, w *world) {
		var s subscription
		w.ask("POST", "/subscriptions", map[string]any{"eventType": "contact.creation"}).Is(http.StatusCreated).Into(&s)
		var batch struct {
			Status                 string
			Results                []subscription
			NumErrors              int
			StartedAt, CompletedAt string
			Errors                 []struct{ Context map[string][]string }
		}
		update := func(inputs ...any) *gatetest.Answer {
			return w.ask("POST", "/subscriptions/batch/update", map[string]any{"inputs": inputs})
		}
		update(map[string]any{"id": json.Number(s.ID), "active": true}).Is(http.StatusOK).Into(&batch)
		if batch.Status != "COMPLETE" || len(batch.Results) != 1 || !batch.Results[0].Active || batch.StartedAt == "" || batch.CompletedAt == "" {
			t.Errorf("%+v", batch)
		}
		update(map[string]any{"id": s.ID, "active": false}, map[string]any{"id": 7, "active": true}, map[string]any{"id": "x", "active": true}).Is(http.StatusMultiStatus).Into(&batch)
		if len(batch.Results) != 1 || batch.Results[0].Active || batch.NumErrors != 2 || batch.Errors[0].Context["ids"][0] != "7" {
			t.Errorf("%+v", batch)
		}
		w.ask("POST", "/subscriptions/batch/update", map[string]any{}).Is(http.StatusBadRequest)
	})
}

// Every version of the dated form is the same, and the key counts for its own app alone.
func TestPathsAndKeys(t *testing.T) { // API-1, ACC-10
	each(t, func(t *testing.T, w *world) {
		for _, version := range []string{"2025-09", "2026-03", "2026-09", "2026-09-beta", "v3"} {
			w.Nobody().Get(fmt.Sprintf("/app-webhooks/%s/%d/subscriptions?hapikey=%s", version, w.app.ID, w.secrets.Developer)).Is(http.StatusOK)
		}
		w.Nobody().Get(fmt.Sprintf("/app-webhooks/v9/%d/subscriptions?hapikey=%s", w.app.ID, w.secrets.Developer)).Is(http.StatusNotFound)
		for _, path := range []string{"/webhooks/v3/12345/subscriptions", "/webhooks/v3/x/settings", "/webhooks/v3/12345/settings"} {
			w.Nobody().Get(path + "?hapikey=" + w.secrets.Developer).Is(http.StatusNotFound)
		}
		path := fmt.Sprintf("/webhooks/v3/%d/subscriptions", w.app.ID)
		w.Nobody().Get(path).Is(http.StatusUnauthorized)
		w.Nobody().Get(path + "?hapikey=x").Is(http.StatusUnauthorized)
		w.App().Get(path).Is(http.StatusOK)
		w.App("tickets").Get(path).Is(http.StatusNotFound)
		service, _ := w.User(people.NewUser{Name: "Sue", Email: "sue@desk.localhost"})
		service.Get(path).Is(http.StatusNotFound)
		w.WalkTable()
	})
}
