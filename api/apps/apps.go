// Package apps is OAuth apps for those who manage them, and the consent that the page /oauth/authorize asks an admin for. It
// knows nothing of what apps do once they are in.
package apps

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/oauth"
)

type routes struct {
	db   *db.DB
	apps *oauth.Service
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, a *oauth.Service) {
	r := &routes{d, a}
	row := func(method, path, summary string, status int) gate.Route {
		return gate.Route{Method: method, Path: "/helpdesk/v1/" + path, Needs: people.ManageTokens, Tag: "Apps", Summary: summary, Status: status}
	}
	secret := func(path, summary string, status int) gate.Route {
		out := row(http.MethodPost, path, summary, status)
		out.Forget = true
		return out
	}
	gate.Add(g, row(http.MethodGet, "apps", "All OAuth apps, newest first, without their secrets", 0), r.list)
	gate.Add(g, secret("apps", "Register an OAuth app; its secrets are shown this once", http.StatusCreated), r.add)
	gate.Add(g, row(http.MethodPut, "apps/{id}", "Change what an app is called, where it sends users back to, and what it may ask for", 0), r.change)
	gate.Add(g, row(http.MethodDelete, "apps/{id}", "Delete an app and end all its tokens", 0), r.remove)
	gate.Add(g, secret("apps/{id}/secret", "Give an app a new client secret, shown this once; the old one ends at once", 0), r.rotateSecret)
	gate.Add(g, secret("apps/{id}/developer-key", "Give an app a new developer key, shown this once; the old one ends at once", 0), r.rotateKey)
	private := secret("tokens/{id}/client-secret", "Give a private app a client secret, or a new one, shown this once; its webhooks are signed with it", 0)
	private.Tag = "API tokens"
	gate.Add(g, private, r.privateSecret)
	gate.Add(g, row(http.MethodPost, "apps/{id}/uninstall", "End all tokens of an app; it stays registered", 0), r.uninstall)
	gate.Add(g, row(http.MethodGet, "oauth/authorize", "What an app asks for that sent the user", 0), r.asked)
	gate.Add(g, secret("oauth/authorize", "Let an app in, or not: where to send the user back to", 0), r.answer)
}

// App is a program of somebody's that asks admins to let it in.
type App struct {
	ID           wire.ID    `json:"id"`
	Name         string     `json:"name"`
	Description  string     `json:"description"`
	ClientID     string     `json:"clientId"`
	RedirectURIs []string   `json:"redirectUris" doc:"Where it may send users back to."`
	Scopes       []string   `json:"scopes" doc:"What it may ask for."`
	Installed    bool       `json:"installed" doc:"An admin let it in, and nobody has ended that."`
	CreatedAt    time.Time  `json:"createdAt"`
	LastUsedAt   *time.Time `json:"lastUsedAt" doc:"To within a few minutes; null for never."`
}

func appOf(a oauth.App) App {
	return App{wire.ID(a.ID), a.Name, a.Description, a.ClientID, a.RedirectURIs, a.Scopes, a.Grants > 0, a.Created, wire.Time(a.Used)}
}

func (r *routes) list(ctx context.Context, by people.Actor, _ *wire.Nothing) (*wire.Answer[wire.List[App]], error) {
	var out []App
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		all, err := r.apps.List(tx, by)
		for _, a := range all {
			out = append(out, appOf(a))
		}
		return err
	})
	return wire.Listed(out), err
}

type appBody struct {
	Name         string   `json:"name" maxLength:"200"`
	Description  string   `json:"description" required:"false" maxLength:"1000" doc:"Shown to whoever is to let it in."`
	RedirectURIs []string `json:"redirectUris" maxItems:"20" doc:"Each https://, or http:// on localhost."`
	Scopes       []string `json:"scopes" maxItems:"100" doc:"Names from /scopes."`
}

func (b appBody) app(id int64) oauth.App {
	return oauth.App{ID: id, Name: b.Name, Description: b.Description, RedirectURIs: b.RedirectURIs, Scopes: b.Scopes}
}

type newApp struct{ Body appBody }

// FreshApp is an app that was registered just now.
type FreshApp struct {
	App          App    `json:"app"`
	ClientSecret string `json:"clientSecret" doc:"It cannot be shown again."`
	DeveloperKey string `json:"developerKey" doc:"For managing the app's webhooks. It cannot be shown again."`
}

func (r *routes) add(ctx context.Context, by people.Actor, in *newApp) (*wire.Answer[FreshApp], error) {
	var out FreshApp
	err := r.db.Write(ctx, func(tx *db.Tx) error {
		a, secrets, err := r.apps.Add(tx, by, in.Body.app(0))
		out = FreshApp{appOf(a), secrets.Client, secrets.Developer}
		return err
	})
	return wire.Of(out), err
}

type appChange struct {
	wire.One
	Body appBody
}

func (r *routes) change(ctx context.Context, by people.Actor, in *appChange) (*wire.Answer[App], error) {
	var out App
	err := r.db.Write(ctx, func(tx *db.Tx) error {
		a, err := r.apps.Change(tx, by, in.Body.app(in.ID))
		out = appOf(a)
		return err
	})
	return wire.Of(out), err
}

func (r *routes) remove(ctx context.Context, by people.Actor, in *wire.One) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.apps.Remove(tx, by, in.ID) })
}

func (r *routes) uninstall(ctx context.Context, by people.Actor, in *wire.One) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.apps.Uninstall(tx, by, in.ID) })
}

// Secret is a secret that was made just now.
type Secret struct {
	Secret string `json:"secret" doc:"It cannot be shown again."`
}

func (r *routes) rotateSecret(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[Secret], error) {
	return r.rotate(ctx, func(tx *db.Tx) (string, error) { return r.apps.RotateSecret(tx, by, in.ID) })
}

func (r *routes) rotateKey(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[Secret], error) {
	return r.rotate(ctx, func(tx *db.Tx) (string, error) { return r.apps.RotateKey(tx, by, in.ID) })
}

func (r *routes) privateSecret(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[Secret], error) {
	return r.rotate(ctx, func(tx *db.Tx) (string, error) { return r.apps.PrivateSecret(tx, by, in.ID) })
}

func (r *routes) rotate(ctx context.Context, make func(tx *db.Tx) (string, error)) (*wire.Answer[Secret], error) {
	var out Secret
	err := r.db.Write(ctx, func(tx *db.Tx) (err error) {
		out.Secret, err = make(tx)
		return err
	})
	return wire.Of(out), err
}

// Request is what an app sent the user with; the names are RFC 6749's and 7636's.
type Request struct {
	ClientID      string `json:"client_id" query:"client_id" maxLength:"200"`
	RedirectURI   string `json:"redirect_uri" query:"redirect_uri" maxLength:"2000"`
	Scope         string `json:"scope" query:"scope" required:"false" maxLength:"10000"`
	OptionalScope string `json:"optional_scope" query:"optional_scope" required:"false" maxLength:"10000"`
	State         string `json:"state" query:"state" required:"false" maxLength:"2000"`
	Challenge     string `json:"code_challenge" query:"code_challenge" required:"false" maxLength:"200"`
	Method        string `json:"code_challenge_method" query:"code_challenge_method" required:"false" maxLength:"20"`
}

// Consent is what an admin is asked.
type Consent struct {
	Name        string  `json:"name" doc:"Of the app."`
	Description string  `json:"description"`
	Host        string  `json:"host" doc:"Where the user is sent back to."`
	Scopes      []Scope `json:"scopes" doc:"What the app asks for."`
	Installed   bool    `json:"installed" doc:"The app was let in before."`
}

// Scope is something that an app may be let do.
type Scope struct {
	Name string `json:"name"`
	Does string `json:"does" doc:"What it lets an app do."`
}

func (r *routes) asked(ctx context.Context, by people.Actor, in *Request) (*wire.Answer[Consent], error) {
	var out Consent
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		c, err := r.apps.Asked(tx, by, oauth.Request(*in))
		if err != nil {
			return err
		}
		out = Consent{Name: c.App.Name, Description: c.App.Description, Scopes: scopesOf(c.Scopes), Installed: c.App.Grants > 0}
		if u, err := url.Parse(in.RedirectURI); err == nil {
			out.Host = u.Host
		}
		return nil
	})
	return wire.Of(out), err
}

func scopesOf(names []string) []Scope {
	out := make([]Scope, 0, len(names))
	for _, s := range people.AppScopes() {
		for _, name := range names {
			if s.Name == name {
				out = append(out, Scope(s))
			}
		}
	}
	return out
}

type answerInput struct {
	Body struct {
		Request
		Allow bool `json:"allow"`
	}
}

// Redirect is where to send the user.
type Redirect struct {
	URL string `json:"url"`
}

func (r *routes) answer(ctx context.Context, by people.Actor, in *answerInput) (*wire.Answer[Redirect], error) {
	request := oauth.Request(in.Body.Request)
	if in.Body.Allow {
		to, err := r.apps.Allow(ctx, by, request)
		return wire.Of(Redirect{to}), err
	}
	var out Redirect
	err := r.db.Read(ctx, func(tx *db.Tx) (err error) {
		out.URL, err = r.apps.Deny(tx, by, request)
		return err
	})
	return wire.Of(out), err
}
