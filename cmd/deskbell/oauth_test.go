package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/people/oauth"
)

const syncBack = "https://sync.example.org/back"

// form posts what an HTML form or an OAuth client sends.
func (d *desk) form(path string, fields map[string]string) answer {
	d.t.Helper()
	v := url.Values{}
	for name, value := range fields {
		v.Set(name, value)
	}
	req, err := http.NewRequest(http.MethodPost, d.web.URL+path, strings.NewReader(v.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.send(req)
}

// actors are who did what was done to objects of a type, oldest first.
func (d *desk) actors(objectType string) (out []string) {
	d.t.Helper()
	dbtest.See(d.t, d.db, func(tx *db.Tx) (err error) {
		out, err = db.List(tx, func(sc db.Scanner) (string, error) {
			var kind string
			var id int64
			err := sc.Scan(&kind, &id)
			return fmt.Sprint(kind, " ", id), err
		}, "SELECT actor_kind, actor_id FROM events WHERE object_type = $1 ORDER BY id", objectType)
		return err
	})
	return out
}

// install registers an app, lets it in as the boss, and exchanges the code by HubSpot's path.
func (d *desk) install(scopes ...string) (app, tokens answer) {
	d.t.Helper()
	boss := d.SignIn(d.boss)
	app = boss.Ask("POST", api+"/apps", map[string]any{"name": "Sync", "redirectUris": []string{syncBack}, "scopes": scopes}).Is(http.StatusCreated)
	request := map[string]any{"client_id": app.Get("app", "clientId"), "redirect_uri": syncBack, "scope": strings.Join(scopes, " "), "state": "s1", "allow": true}
	to := boss.Ask("POST", api+"/oauth/authorize", request).Is(http.StatusOK).Get("url").(string)
	u, err := url.Parse(to)
	if err != nil || u.Query().Get("state") != "s1" || !strings.HasPrefix(to, syncBack) {
		d.t.Fatalf("sent to %s", to)
	}
	tokens = d.form("/oauth/v1/token", map[string]string{"grant_type": "authorization_code", "client_id": app.Get("app", "clientId").(string),
		"client_secret": app.Get("clientSecret").(string), "redirect_uri": syncBack, "code": u.Query().Get("code")}).Is(http.StatusOK)
	return app, tokens
}

func TestOAuthAppWorksByHubSpotsPaths(t *testing.T) { // API-1, API-3, ACC-8
	eachDesk(t, func(t *testing.T, d *desk) {
		app, tokens := d.install("tickets")
		id, secret := app.Get("app", "clientId").(string), app.Get("clientSecret").(string)
		if tokens.Get("token_type") != "bearer" || tokens.Get("expires_in") != 1800.0 {
			t.Errorf("the tokens are %s", tokens.Raw)
		}
		access, refresh := tokens.Get("access_token").(string), tokens.Get("refresh_token").(string)
		as := func(method, path string, body any) answer { return d.ask(method, path, body, "Bearer "+access) }
		made := as("POST", objects+"tickets", newTicket("From the app")).Is(http.StatusCreated)
		as("GET", "/crm/objects/2026-03/tickets/"+made.Get("id").(string), nil).Is(http.StatusOK)
		refused := as("GET", objects+"contacts", nil).Is(http.StatusForbidden)
		if refused.Get("category") != "MISSING_SCOPES" || refused.Get("errors", 0, "context", "requiredGranularScopes", 0) != "crm.objects.contacts.read" {
			t.Errorf("without the scope: %s", refused.Raw)
		}
		if got := d.actors("tickets"); !slices.Equal(got, []string{"app " + app.Get("app", "id").(string)}) {
			t.Errorf("it was done by %q", got)
		}
		info := d.ask("GET", "/oauth/v1/access-tokens/"+access, nil, "").Is(http.StatusOK)
		if info.Get("hub_id") == 0.0 || info.Get("token") != access || info.Get("user") != "boss@desk.localhost" || info.Get("scopes", 0) != "tickets" || info.Get("expires_in") != 1800.0 {
			t.Errorf("the access token is %s", info.Raw)
		}
		info = d.ask("GET", "/oauth/v1/refresh-tokens/"+refresh, nil, "").Is(http.StatusOK)
		if info.Get("client_id") != id || info.Get("token_type") != "refresh" {
			t.Errorf("the refresh token is %s", info.Raw)
		}
		d.clock.Advance(oauth.AccessLife)
		if old := as("GET", objects+"tickets", nil).Is(http.StatusUnauthorized); old.Get("category") != "EXPIRED_AUTHENTICATION" {
			t.Errorf("an old token: %s", old.Raw)
		}
		again := d.form("/oauth/2026-03/token", map[string]string{"grant_type": "refresh_token", "client_id": id, "client_secret": secret, "refresh_token": refresh}).
			Is(http.StatusOK)
		access = again.Get("access_token").(string)
		as("GET", objects+"tickets", nil).Is(http.StatusOK)
		d.ask("DELETE", "/oauth/v1/refresh-tokens/"+refresh, nil, "").Is(http.StatusNoContent)
		d.ask("GET", "/oauth/v1/refresh-tokens/"+refresh, nil, "").Is(http.StatusNotFound)
		as("GET", objects+"tickets", nil).Is(http.StatusUnauthorized)
	})
}

func TestOAuthErrorsInBothWords(t *testing.T) { // API-4, RFC 6749 5.2
	eachDesk(t, func(t *testing.T, d *desk) {
		app, _ := d.install("tickets")
		id, secret := app.Get("app", "clientId").(string), app.Get("clientSecret").(string)
		for name, tt := range map[string]struct {
			fields        map[string]string
			status, error string
		}{
			"no grant":      {map[string]string{}, "BAD_GRANT_TYPE", "unsupported_grant_type"},
			"no client":     {map[string]string{"grant_type": "refresh_token", "client_id": "x"}, "BAD_CLIENT_ID", "invalid_client"},
			"wrong secret":  {map[string]string{"grant_type": "refresh_token", "client_id": id, "client_secret": "x"}, "BAD_CLIENT_SECRET", "invalid_client"},
			"wrong refresh": {map[string]string{"grant_type": "refresh_token", "client_id": id, "client_secret": secret, "refresh_token": "x"}, "BAD_REFRESH_TOKEN", "invalid_grant"},
			"wrong code":    {map[string]string{"grant_type": "authorization_code", "client_id": id, "client_secret": secret, "code": "x"}, "BAD_AUTH_CODE", "invalid_grant"},
		} {
			for _, path := range []string{"/oauth/v1/token", "/oauth/2026-09/token/"} {
				got := d.form(path, tt.fields)
				if got.Status != http.StatusBadRequest || got.Get("status") != tt.status || got.Get("error") != tt.error || got.Get("correlationId") == "" || got.Get("error_description") == "" {
					t.Errorf("%s: %d %s", name, got.Status, got.Raw)
				}
			}
		}
		d.form("/oauth/v9/token", map[string]string{"grant_type": "refresh_token"}).Is(http.StatusNotFound)
	})
}

func TestTokensAreIntrospectedAndRevoked(t *testing.T) { // RFC 7662, RFC 7009
	eachDesk(t, func(t *testing.T, d *desk) {
		app, tokens := d.install("tickets")
		access, refresh := tokens.Get("access_token").(string), tokens.Get("refresh_token").(string)
		ask := func(path, token, secret string) answer {
			return d.form(path, map[string]string{"token": token, "client_id": app.Get("app", "clientId").(string), "client_secret": secret})
		}
		secret := app.Get("clientSecret").(string)
		for token, use := range map[string]string{access: "access_token", refresh: "refresh_token"} {
			got := ask("/oauth/2026-03/token/introspect", token, secret).Is(http.StatusOK)
			if got.Get("active") != true || got.Get("token_use") != use || got.Get("app_id") == nil {
				t.Errorf("%s is %s", use, got.Raw)
			}
		}
		if got := ask("/oauth/v3/introspect", "nonsense", secret).Is(http.StatusOK); got.Get("active") != false {
			t.Errorf("nonsense is %s", got.Raw)
		}
		ask("/oauth/2026-03/token/introspect", access, "wrong").Is(http.StatusBadRequest)
		ask("/oauth/2026-03/token/revoke", refresh, "wrong").Is(http.StatusBadRequest)
		ask("/oauth/2026-03/token/revoke", "nonsense", secret).Is(http.StatusOK)
		ask("/oauth/2026-03/token/revoke", refresh, secret).Is(http.StatusOK)
		d.ask("GET", objects+"tickets", nil, "Bearer "+access).Is(http.StatusUnauthorized)
		if got := ask("/oauth/2026-03/token/introspect", access, secret).Is(http.StatusOK); got.Get("active") != false {
			t.Errorf("after it was revoked: %s", got.Raw)
		}
	})
}

func TestConsentIsAnAdmins(t *testing.T) { // ACC-8, SEC-1
	eachDesk(t, func(t *testing.T, d *desk) {
		app, tokens := d.install("tickets", "crm.objects.contacts.read")
		query := "?" + url.Values{"client_id": {app.Get("app", "clientId").(string)}, "redirect_uri": {syncBack}, "scope": {"tickets"}}.Encode()
		boss, mia := d.SignIn(d.boss), d.Agent("Mia Berg")
		seen := boss.Ask("GET", api+"/oauth/authorize"+query, nil).Is(http.StatusOK)
		if seen.Get("name") != "Sync" || seen.Get("host") != "sync.example.org" || seen.Get("installed") != true || seen.Get("scopes", 0, "name") != "tickets" {
			t.Errorf("the admin sees %s", seen.Raw)
		}
		mia.Ask("GET", api+"/oauth/authorize"+query, nil).Is(http.StatusForbidden)
		mia.Ask("POST", api+"/oauth/authorize", map[string]any{"client_id": app.Get("app", "clientId"), "redirect_uri": syncBack, "allow": true}).Is(http.StatusForbidden)
		d.ask("GET", api+"/oauth/authorize"+query, nil, "Bearer "+tokens.Get("access_token").(string)).Is(http.StatusForbidden)
		d.Ask("POST", api+"/oauth/authorize", map[string]any{"client_id": app.Get("app", "clientId"), "redirect_uri": syncBack, "allow": true}).Is(http.StatusForbidden)
		no := boss.Ask("POST", api+"/oauth/authorize", map[string]any{"client_id": app.Get("app", "clientId"), "redirect_uri": syncBack, "state": "q", "allow": false}).Is(http.StatusOK)
		if no.Get("url") != syncBack+"?error=access_denied&state=q" {
			t.Errorf("denied to %v", no.Get("url"))
		}
		path := api + "/apps/" + app.Get("app", "id").(string)
		boss.Ask("POST", path+"/uninstall", nil).Is(http.StatusNoContent)
		d.ask("GET", objects+"tickets", nil, "Bearer "+tokens.Get("access_token").(string)).Is(http.StatusUnauthorized)
		if got := boss.Ask("GET", api+"/apps", nil).Is(http.StatusOK); got.Get("results", 0, "installed") != false || strings.Contains(got.Raw, "ecret\":") {
			t.Errorf("the apps are %s", got.Raw)
		}
		changed := boss.Ask("PUT", path, map[string]any{"name": "Sync 2", "redirectUris": []string{syncBack}, "scopes": []string{"files"}}).Is(http.StatusOK)
		if changed.Get("name") != "Sync 2" || changed.Get("scopes", 0) != "files" {
			t.Errorf("changed to %s", changed.Raw)
		}
		if got := boss.Ask("POST", path+"/secret", nil).Is(http.StatusOK); got.Get("secret") == app.Get("clientSecret") {
			t.Error("the secret stayed")
		}
		boss.Ask("POST", path+"/developer-key", nil).Is(http.StatusOK)
		boss.Ask("DELETE", path, nil).Is(http.StatusNoContent)
		boss.Ask("DELETE", path, nil).Is(http.StatusNotFound)
	})
}

func TestPrivateTokenIsToldWhatItIs(t *testing.T) { // ACC-8
	eachDesk(t, func(t *testing.T, d *desk) {
		made := d.SignIn(d.boss).Ask("POST", api+"/tokens", map[string]any{"name": "export", "scopes": []string{"tickets", "files"}}).Is(http.StatusCreated)
		const path = "/oauth/v2/private-apps/get/access-token-info"
		got := d.ask("POST", path, map[string]any{"tokenKey": made.Get("token")}, "").Is(http.StatusOK)
		if got.Get("userId") != float64(d.boss.ID) || got.Get("scopes", 1) != "files" || got.Get("hubId") == 0.0 || got.Get("appId") == nil {
			t.Errorf("the token is %s", got.Raw)
		}
		if got := d.ask("POST", path, map[string]any{"tokenKey": d.token}, "").Is(http.StatusOK); len(got.Get("scopes").([]any)) < 20 {
			t.Errorf("a token that may all is %s", got.Raw)
		}
		d.ask("POST", path, map[string]any{"tokenKey": "pat-desk-x"}, "").Is(http.StatusUnauthorized)
		d.ask("POST", path, map[string]any{}, "").Is(http.StatusBadRequest)
	})
}
