package oauth_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	edge "github.com/deskbell/deskbell/hubspot/oauth"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/oauth"
	"github.com/deskbell/deskbell/seal"
)

const back = "https://sync.example.org/back"

// desk is a gate with an app that an admin let in.
type desk struct {
	*gatetest.Desk
	t      *testing.T
	apps   *oauth.Service
	app    oauth.App
	secret string
	boss   people.Actor
}

func start(t *testing.T) *desk {
	t.Helper()
	d := dbtest.Open(t, dbtest.SQLite(t))
	box, err := seal.New(make([]byte, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	p := people.New(d, people.HashMemory(64))
	k := &desk{t: t, apps: oauth.New(d, p, box)}
	k.Desk = gatetest.Start(t, d, p, func(g *gate.Gate) { edge.Routes(g, d, k.apps, p) }, k.apps)
	u, err := p.AddUser(context.Background(), people.System, people.NewUser{Name: "Ann", Email: "ann@desk.localhost", Password: gatetest.Password, SuperAdmin: true})
	if err != nil {
		t.Fatal(err)
	}
	k.boss = u.Actor()
	dbtest.Do(t, d, func(tx *db.Tx) error {
		if err := p.SetAccount(tx, people.System, people.Account{Name: "Acme", Domain: "acme.example"}); err != nil {
			return err
		}
		a, secrets, err := k.apps.Add(tx, k.boss, oauth.App{Name: "Sync", RedirectURIs: []string{back}, Scopes: []string{"tickets"}})
		k.app, k.secret = a, secrets.Client
		return err
	})
	return k
}

func (k *desk) code() string {
	k.t.Helper()
	to, err := k.apps.Allow(context.Background(), k.boss, oauth.Request{ClientID: k.app.ClientID, RedirectURI: back})
	if err != nil {
		k.t.Fatal(err)
	}
	u, _ := url.Parse(to)
	return u.Query().Get("code")
}

// send posts a form, with more headers by pairs.
func (k *desk) send(path, form string, headers ...string) (*http.Response, string) {
	k.t.Helper()
	req, err := http.NewRequest(http.MethodPost, k.URL+path, strings.NewReader(form))
	if err != nil {
		k.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		k.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		k.t.Fatal(err)
	}
	return res, string(raw)
}

func (k *desk) basic(secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(k.app.ClientID+":"+secret))
}

func TestClientsProveThemselvesEitherWay(t *testing.T) { // RFC 6749, 2.3.1
	k := start(t)
	grant := func() string {
		return url.Values{"grant_type": {"authorization_code"}, "code": {k.code()}, "redirect_uri": {back}}.Encode()
	}
	res, body := k.send("/oauth/v1/token", grant(), "Authorization", k.basic(k.secret))
	if res.StatusCode != http.StatusOK || !strings.Contains(body, `"token_type":"bearer"`) || res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Pragma") != "no-cache" {
		t.Errorf("by Basic: %d %s, %v", res.StatusCode, body, res.Header)
	}
	res, body = k.send("/oauth/v1/token", grant(), "Authorization", k.basic("wrong"))
	if res.StatusCode != http.StatusUnauthorized || res.Header.Get("WWW-Authenticate") == "" || !strings.Contains(body, `"error":"invalid_client"`) {
		t.Errorf("a wrong secret by Basic: %d %s", res.StatusCode, body)
	}
	in := grant() + "&" + url.Values{"client_id": {k.app.ClientID}, "client_secret": {k.secret}}.Encode()
	if res, body = k.send("/oauth/v1/token", in); res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		t.Errorf("in the form: %d %s", res.StatusCode, body)
	}
	// Some clients send all of it in the address.
	in = grant() + "&" + url.Values{"client_id": {k.app.ClientID}, "client_secret": {k.secret}}.Encode()
	if res, body = k.send("/oauth/v1/token?"+in, ""); res.StatusCode != http.StatusOK {
		t.Errorf("in the address: %d %s", res.StatusCode, body)
	}
}

func TestFormsThatAreNone(t *testing.T) { // RFC 6749, 3.2
	k := start(t)
	for name, tt := range map[string]struct {
		form   string
		status int
	}{
		"nothing":        {"", 400},
		"twice the same": {"grant_type=refresh_token&grant_type=authorization_code", 400},
		"cut off":        {"grant_type=%", 400},
		"too long":       {"grant_type=" + strings.Repeat("x", 20<<10), 413},
		"another grant":  {"grant_type=password&username=ann&password=x", 400},
		"no code":        {url.Values{"grant_type": {"authorization_code"}, "client_id": {k.app.ClientID}, "client_secret": {k.secret}}.Encode(), 400},
		"NUL":            {url.Values{"grant_type": {"refresh_token"}, "client_id": {"\x00"}, "client_secret": {"\xff"}, "refresh_token": {"\x00"}}.Encode(), 400},
	} {
		if res, body := k.send("/oauth/v1/token", tt.form); res.StatusCode != tt.status || !strings.Contains(body, `"correlationId"`) {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
	}
}

func TestTokensThatAreNoneAreNotThere(t *testing.T) {
	k := start(t)
	c := k.Nobody()
	for _, token := range []string{"x", "oat-desk-x", "ort-desk-x", "pat-desk-x", "%00", strings.Repeat("x", 3000)} {
		c.Get("/oauth/v1/access-tokens/" + token).Is(http.StatusNotFound)
		c.Get("/oauth/v1/refresh-tokens/" + token).Is(http.StatusNotFound)
		c.Delete("/oauth/v1/refresh-tokens/" + token).Is(http.StatusNotFound)
	}
	in := url.Values{"grant_type": {"authorization_code"}, "code": {k.code()}, "redirect_uri": {back}}.Encode()
	_, body := k.send("/oauth/v1/token", in, "Authorization", k.basic(k.secret))
	access := between(body, `"access_token":"`)
	refresh := between(body, `"refresh_token":"`)
	c.Get("/oauth/v1/access-tokens/" + access).Is(http.StatusOK)
	c.Get("/oauth/v1/refresh-tokens/" + access).Is(http.StatusNotFound) // one kind is not the other
	c.Get("/oauth/v1/access-tokens/" + refresh).Is(http.StatusNotFound)
	if got := c.Get("/oauth/v1/refresh-tokens/" + refresh).Is(http.StatusOK).Object(); got["hub_domain"] != "acme.example" || got["expires_in"] != nil || got["signed_access_token"] != nil {
		t.Errorf("the refresh token is %v", got)
	}
	if got := c.Get("/oauth/v1/access-tokens/" + access).Object(); got["expires_in"] != 1800.0 || got["token_use"] != "access_token" || got["signed_access_token"] == nil {
		t.Errorf("the access token is %v", got)
	}
}

func between(s, before string) string {
	_, rest, _ := strings.Cut(s, before)
	out, _, _ := strings.Cut(rest, `"`)
	return out
}
