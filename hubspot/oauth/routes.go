// Package oauth is HubSpot's OAuth API: how apps get tokens and learn what they are, in its wire format and RFC 6749's words.
// It holds no rule of apps, only how they look outside.
package oauth

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/oauth"
)

// API answers the OAuth routes.
type API struct {
	db     *db.DB
	apps   *oauth.Service
	people *people.Service
}

// Routes adds the routes. Who asks proves it with a client secret, or with the token asked about, so anybody may ask.
func Routes(g *gate.Gate, d *db.DB, apps *oauth.Service, p *people.Service) {
	a := &API{d, apps, p}
	public := func(bases ...string) wire.Family {
		f := wire.At(g, bases...).Of("OAuth")
		f.Row = gate.Route{Public: true, Tag: f.Row.Tag, Body: bodyMost, Forget: true}
		return f
	}
	public("/oauth/v1/token", "/oauth/{version}/token").Add("POST ", "Get tokens for a code, a refresh token, or an app itself", a.token,
		gate.TakesForm[tokenForm](), gate.Gives[tokens](http.StatusOK))
	dated := public("/oauth/{version}/token", "/oauth/{version}")
	dated.Add("POST /introspect", "What a token of the app's is", a.introspect, gate.TakesForm[ownForm](), gate.Gives[json.RawMessage](http.StatusOK))
	dated.Add("POST /revoke", "End a token of the app's", a.revoke, gate.TakesForm[ownForm](), gate.GivesEmpty(http.StatusOK))
	v1 := public("/oauth/v1")
	v1.Add("GET /access-tokens/{token}", "What an access token is", a.access, gate.Gives[info](http.StatusOK))
	v1.Add("GET /refresh-tokens/{token}", "What a refresh token is", a.refresh, gate.Gives[info](http.StatusOK))
	v1.Add("DELETE /refresh-tokens/{token}", "End a refresh token and what it brought", a.end, gate.GivesNothing)
	public("/oauth/v2/private-apps/get/access-token-info").Add("POST ", "What a private app's token is", a.private,
		gate.Takes[privateBody](), gate.Gives[privateInfo](http.StatusOK))
}

// tokenForm is what a token is asked with. Who asks may be named by HTTP Basic instead.
type tokenForm struct {
	GrantType    string `json:"grant_type" required:"true"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	Code         string `json:"code"`
	RedirectURI  string `json:"redirect_uri"`
	CodeVerifier string `json:"code_verifier"`
	RefreshToken string `json:"refresh_token"`
	Scope        string `json:"scope"`
}

// ownForm names a token of the app that asks.
type ownForm struct {
	Token        string `json:"token" required:"true"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

const bodyMost = 16 << 10 // bytes of a request

// form reads what came in the body, or in the address as some clients send it.
func form(r *http.Request) (map[string]string, error) {
	if err := r.ParseForm(); err != nil {
		if classified := gate.Classify(err); errs.As(classified) != nil {
			return nil, classified
		}
		return nil, errs.New(errs.Invalid, "the form cannot be read", err)
	}
	out := map[string]string{}
	for name, values := range r.Form {
		if len(values) > 1 {
			return nil, errs.Bad(name, "INVALID_REQUEST", name+" came more than once")
		}
		out[name] = values[0]
	}
	return out, nil
}

// client is who asks: in the form, or by HTTP Basic (RFC 6749, 2.3.1).
func client(r *http.Request, in map[string]string) oauth.Client {
	if id, secret, ok := r.BasicAuth(); ok {
		return oauth.Client{ID: id, Secret: secret}
	}
	return oauth.Client{ID: in["client_id"], Secret: in["client_secret"]}
}

type tokens struct {
	TokenType    string   `json:"token_type"`
	AccessToken  string   `json:"access_token"`
	RefreshToken string   `json:"refresh_token,omitempty"`
	ExpiresIn    int      `json:"expires_in"`
	HubID        int64    `json:"hub_id"`
	Scopes       []string `json:"scopes"`
	TokenUse     string   `json:"token_use"`
	UserID       int64    `json:"user_id"`
}

func (a *API) token(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	// No cache may keep a token (RFC 6749, 5.1); the gate says so of every answer, and this for the oldest ones.
	w.Header().Set("Pragma", "no-cache")
	var t oauth.Tokens
	switch in["grant_type"] {
	case "authorization_code":
		t, err = a.apps.Exchange(r.Context(), client(r, in), in["code"], in["redirect_uri"], in["code_verifier"])
	case "refresh_token":
		t, err = a.apps.Refresh(r.Context(), client(r, in), in["refresh_token"])
	case "client_credentials":
		t, err = a.apps.ForItself(r.Context(), client(r, in), strings.Fields(in["scope"]))
	default:
		err = errs.New(errs.Invalid, "missing or unknown grant type", nil).WithCode("BAD_GRANT_TYPE")
	}
	if err != nil {
		return a.refuse(w, r, err)
	}
	hub, err := a.account(r)
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, tokens{"bearer", t.Access, t.Refresh, int(oauth.AccessLife.Seconds()), hub.Portal, t.Scopes, "access_token", t.User})
	return nil
}

func (a *API) account(r *http.Request) (out people.Account, err error) {
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		out, _, err = a.people.Account(tx)
		return err
	})
	return out, err
}

// refusal is RFC 6749's error body and HubSpot's in one.
type refusal struct {
	Status        string `json:"status"`
	Message       string `json:"message"`
	CorrelationID string `json:"correlationId"`
	Category      string `json:"category"`
	Error         string `json:"error"`
	Description   string `json:"error_description"`
}

func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) error {
	name := oauth.OAuthError(err)
	if name == "" {
		return err
	}
	e := errs.As(err)
	status := http.StatusBadRequest
	if _, _, basic := r.BasicAuth(); basic && name == "invalid_client" {
		w.Header().Set("WWW-Authenticate", `Basic realm="oauth"`)
		status = http.StatusUnauthorized
	}
	gate.WriteJSON(w, status, refusal{e.Code, e.Message, gate.CorrelationID(r.Context()), "VALIDATION_ERROR", name, e.Message})
	return nil
}
