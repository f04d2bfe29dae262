package journal_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/hubspot/journal"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/oauth"
	"github.com/deskbell/deskbell/seal"
	journals "github.com/deskbell/deskbell/webhook/journal"
)

const (
	subscriptions = "/webhooks-journal/subscriptions/2026-09"
	entries       = "/webhooks-journal/journal/2026-09"
)

// open starts the routes, and returns a private app that may do everything.
func open(t *testing.T, cfg db.Config) *gatetest.Client {
	t.Helper()
	d := dbtest.Open(t, cfg)
	box, err := seal.New(make([]byte, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	p := people.New(d, people.HashMemory(64))
	props := property.New(d)
	records := record.New(d, props, search.New(d, props, nil), nil)
	apps := oauth.New(d, p, box)
	s := journals.New(d, p, apps, props, records, box, "https://desk.example")
	desk := gatetest.Start(t, d, p, func(g *gate.Gate) { journal.Routes(g, d, s) }, apps)
	_, secret, err := p.AddToken(t.Context(), people.System, "Reader")
	if err != nil {
		t.Fatal(err)
	}
	return desk.Nobody().With("Authorization", "Bearer "+secret)
}

func TestBodiesThatAreRefused(t *testing.T) { // API-4
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		app := open(t, cfg)
		for path, bodies := range map[string][]string{
			subscriptions: {
				`{`,
				`[]`,
				`{"subscriptionType":7}`,
				`{"subscriptionType":"OBJECT","objectTypeId":"0-2","actions":"CREATE"}`,
				`{"subscriptionType":"OBJECT","objectTypeId":"0-2","actions":["CREATE"],"objectIds":["x"]}`,
			},
			subscriptions + "/filters": {
				`{"filter":`,
				`{"subscriptionId":"x"}`,
			},
			entries + "/batch/read": {
				`{"inputs":7}`,
				`{"inputs":[` + strings.TrimSuffix(strings.Repeat(`"x",`, 101), ",") + `]}`,
			},
			"/webhooks-journal/snapshots/2026-09/crm": {
				`{"snapshotRequests":[{"objectId":"x"}]}`,
				`{"snapshotRequests":[]}`,
			},
		} {
			for _, body := range bodies {
				if got := app.Do("POST", path, body); got.Status != http.StatusBadRequest {
					t.Errorf("%s %s: %d %s", path, body, got.Status, got.Body)
				}
			}
		}
	})
}

func TestPathsThatNameNothing(t *testing.T) { // API-4
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		app := open(t, cfg)
		for _, c := range []struct{ method, path string }{
			{"GET", subscriptions + "/x"},
			{"GET", subscriptions + "/7"},
			{"DELETE", subscriptions + "/7"},
			{"DELETE", subscriptions + "/portals/x"},
			{"GET", subscriptions + "/filters/7"},
			{"GET", subscriptions + "/filters/x"},
			{"DELETE", subscriptions + "/filters/7"},
			{"GET", subscriptions + "/filters/subscription/7"},
			{"GET", subscriptions + "/filters/subscription/x"},
			{"GET", entries + "/status/x"},
			{"GET", entries + "/offset/x/next"},
			{"GET", entries + "/batch/x/next/5"},
			{"GET", "/webhooks-journal/journal/2019-01/earliest"},
		} {
			if got := app.Do(c.method, c.path, nil); got.Status != http.StatusNotFound {
				t.Errorf("%s %s: %d %s", c.method, c.path, got.Status, got.Body)
			}
		}
		app.Do("GET", "/webhooks-journal/entries/x?expires=9999999999&signature=x", nil).Is(http.StatusForbidden)
		app.Do("GET", entries+"/latest", nil).Is(http.StatusNoContent)
	})
}

// What is left out and what is there look as HubSpot's clients expect it.
func TestHowASubscriptionLooks(t *testing.T) { // API-1, API-8
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		app := open(t, cfg)
		made := app.Do("POST", subscriptions, map[string]any{
			"subscriptionType":        "ASSOCIATION",
			"objectTypeId":            "contacts",
			"actions":                 []string{"ASSOCIATION_ADDED"},
			"associatedObjectTypeIds": []string{"companies"},
			"objectIds":               []int64{7},
		}).Is(http.StatusOK).Object()
		for name, want := range map[string]string{
			"subscriptionType":        "ASSOCIATION",
			"objectTypeId":            "0-1",
			"actions":                 "[ASSOCIATION_ADDED]",
			"associatedObjectTypeIds": "[0-2]",
			"objectIds":               "[7]",
			"createdAt":               "2026-11-02T09:00:00.000Z",
		} {
			if got := fmt.Sprint(made[name]); got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
		}
		for _, name := range []string{"properties", "listIds", "deletedAt", "actionOverrides"} {
			if _, there := made[name]; there {
				t.Errorf("%s is there: %v", name, made[name])
			}
		}
		path := fmt.Sprintf("%s/%.0f", subscriptions, made["id"])
		if got := app.Do("GET", path, nil).Is(http.StatusOK).Object(); fmt.Sprint(got) != fmt.Sprint(made) {
			t.Errorf("read it is %v, made it was %v", got, made)
		}
	})
}
