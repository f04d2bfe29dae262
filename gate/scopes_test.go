package gate_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/people"
)

// scoped is a desk with routes that ask for scopes in each way.
func scoped(t *testing.T) *gatetest.Desk {
	t.Helper()
	d := dbtest.Open(t, dbtest.SQLite(t))
	return gatetest.Start(t, d, people.New(d), func(g *gate.Gate) {
		add := func(method, path string, needs people.Permission, scopes gate.Scopes) {
			g.Handle(gate.Route{Method: method, Path: path, Needs: needs, Scopes: scopes, Status: http.StatusNoContent}, func(w http.ResponseWriter, _ *http.Request, _ people.Actor) error {
				w.WriteHeader(http.StatusNoContent)
				return nil
			})
		}
		add("GET", "/objects/{objectType}", people.Workspace, gate.ReadObjects("objectType"))
		add("POST", "/objects/{objectType}", people.Workspace, gate.WriteObjects("objectType"))
		add("GET", "/links/{from}/{to}", people.Workspace, gate.ReadObjects("from").And(gate.ReadObjects("to")))
		add("GET", "/either", people.Workspace, gate.OneOf("files", "forms"))
		add("GET", "/any", people.Signed, gate.AnyApp)
		add("GET", "/unnamed", people.Workspace, nil)
		add("GET", "/helpdesk/v1/views", people.Signed, nil)
		add("PUT", "/helpdesk/v1/views", people.Workspace, nil)
		add("POST", "/helpdesk/v1/channels", people.ManageAccount, nil)
		add("GET", "/helpdesk/v1/tokens", people.ManageTokens, nil)
		add("POST", "/helpdesk/v1/users", people.ManageUsers, nil)
	})
}

func TestAppsNeedTheScopesOfARoute(t *testing.T) { // ACC-8, API-3
	desk := scoped(t)
	for name, tt := range map[string]struct {
		scopes, route string
		lacks         string // "" lets it in
	}{
		"tickets":                   {"tickets", "GET /objects/tickets", ""},
		"tickets by singular":       {"tickets", "POST /objects/Ticket", ""},
		"tickets by id":             {"tickets", "GET /objects/0-5", ""},
		"contacts to read":          {"crm.objects.contacts.read", "GET /objects/contacts", ""},
		"contacts to write":         {"crm.objects.contacts.read", "POST /objects/contacts", "crm.objects.contacts.write"},
		"writing is not reading":    {"crm.objects.contacts.write", "GET /objects/0-1", "crm.objects.contacts.read"},
		"notes go with contacts":    {"crm.objects.contacts.read", "GET /objects/notes", ""},
		"companies by singular":     {"crm.objects.contacts.read", "GET /objects/company", "crm.objects.companies.read"},
		"custom objects":            {"crm.objects.custom.read", "GET /objects/2-17", ""},
		"a name nobody knows":       {"tickets", "GET /objects/p123_cars", "crm.objects.custom.read"},
		"custom is not contacts":    {"crm.objects.custom.read", "GET /objects/contacts", "crm.objects.contacts.read"},
		"both of two":               {"tickets crm.objects.contacts.read", "GET /links/tickets/contacts", ""},
		"one of two":                {"tickets", "GET /links/tickets/contacts", "crm.objects.contacts.read"},
		"either":                    {"forms", "GET /either", ""},
		"neither":                   {"tickets", "GET /either", "files,forms"},
		"any app":                   {"oauth", "GET /any", ""},
		"a route without scopes":    {"tickets", "GET /unnamed", "*"},
		"reading what is ours":      {"helpdesk.read", "GET /helpdesk/v1/views", ""},
		"writing what is ours":      {"helpdesk.read", "PUT /helpdesk/v1/views", "helpdesk.write"},
		"settings":                  {"helpdesk.settings", "POST /helpdesk/v1/channels", ""},
		"settings with less":        {"helpdesk.read helpdesk.write", "POST /helpdesk/v1/channels", "helpdesk.settings"},
		"users":                     {"settings.users.write", "POST /helpdesk/v1/users", ""},
		"no scope opens the tokens": {"settings.users.write helpdesk.settings oauth", "GET /helpdesk/v1/tokens", "*"},
	} {
		app := desk.App(strings.Fields(tt.scopes)...)
		method, path, _ := strings.Cut(tt.route, " ")
		a := app.Do(method, path, nil)
		if tt.lacks == "" {
			if a.Status != http.StatusNoContent {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
			continue
		}
		var body gate.Body
		a.Is(http.StatusForbidden).Into(&body)
		got := "*"
		if len(body.Errors) == 1 && body.Errors[0].Context != nil {
			got = strings.Join(body.Errors[0].Context["requiredGranularScopes"], ",")
		}
		if body.Category != "MISSING_SCOPES" || body.Status != "error" || got != tt.lacks {
			t.Errorf("%s: %s", name, a.Body)
		}
		desk.App().Do(method, path, nil).Is(http.StatusNoContent) // one that was given all needs none
	}
}

func TestScopesAreReadAnewForEachRequest(t *testing.T) { // ACC-8
	desk := scoped(t)
	ctx := context.Background()
	token, secret, err := desk.People.AddToken(ctx, people.System, "connector", "tickets")
	if err != nil {
		t.Fatal(err)
	}
	app := desk.Nobody().With("Authorization", "Bearer "+secret)
	app.Get("/objects/tickets").Is(204)
	dbtest.Do(t, desk.DB, func(tx *db.Tx) error {
		_, err := desk.People.ChangeToken(tx, people.System, token.ID, "connector", []string{"files"})
		return err
	})
	app.Get("/objects/tickets").Is(403)
	app.Get("/either").Is(204)
	_, fresh, err := desk.People.RotateToken(ctx, people.System, token.ID)
	if err != nil {
		t.Fatal(err)
	}
	app.Get("/either").Is(401)
	desk.Nobody().With("Authorization", "Bearer "+fresh).Get("/either").Is(204)
}

// apps stands in for what knows OAuth tokens and developer keys.
type apps struct{}

func (apps) Bearer(_ context.Context, token string) (people.Actor, error) {
	switch token {
	case "good":
		return people.LimitedApp(7, "Sync", []string{"files"}), nil
	case "old":
		return people.Actor{}, errs.New(errs.Unauthenticated, "The OAuth token used to make this call expired 5 second(s) ago.", nil).
			WithCode("EXPIRED_AUTHENTICATION").WithDetail("expire time", "2026-11-02T09:00:00Z")
	}
	return people.Actor{}, errs.New(errs.Unauthenticated, "The token is not valid.", nil)
}

func (apps) Developer(_ context.Context, key string) (people.Actor, error) {
	if key == "key" {
		return people.DeveloperOf(7, "Sync"), nil
	}
	return people.Actor{}, errs.New(errs.Unauthenticated, "This hapikey doesn't exist.", nil)
}

func TestOtherCredentialsOfApps(t *testing.T) { // API-3, ACC-8
	d := dbtest.Open(t, dbtest.SQLite(t))
	desk := gatetest.Start(t, d, people.New(d), func(g *gate.Gate) {
		who := func(w http.ResponseWriter, req *http.Request, by people.Actor) error {
			gate.WriteJSON(w, http.StatusOK, map[string]any{"id": by.ID, "kind": by.Kind, "address": gate.Client(req.Context())})
			return nil
		}
		g.Handle(gate.Route{Method: "GET", Path: "/files", Needs: people.Workspace, Scopes: gate.OneOf("files")}, who)
		g.Handle(gate.Route{Method: "GET", Path: "/webhooks", Needs: people.Workspace, DeveloperKey: true}, who)
	}, apps{})
	oauth := desk.Nobody().With("Authorization", "Bearer good")
	if got := oauth.Get("/files").Is(200).Object(); got["id"] != 7.0 || got["kind"] != "app" || got["address"] != "127.0.0.1" {
		t.Errorf("acts as %v", got)
	}
	var body gate.Body
	desk.Nobody().With("Authorization", "Bearer old").Get("/files").Is(401).Into(&body)
	if body.Category != "EXPIRED_AUTHENTICATION" || body.Context["expire time"] == nil {
		t.Errorf("an expired token: %+v", body)
	}
	desk.Nobody().With("Authorization", "Bearer bad").Get("/files").Is(401)
	desk.Nobody().Get("/webhooks?hapikey=key").Is(200)
	desk.Nobody().Get("/webhooks?hapikey=other").Is(401)
	desk.Nobody().Get("/webhooks").Is(401)
	desk.Nobody().Get("/files?hapikey=key").Is(401) // only where the route says so
	oauth.Get("/webhooks").Is(403)                  // and no scope opens it to another app
}
