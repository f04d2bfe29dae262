package gate

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// Apps knows the apps that come with something else than a private app's token.
type Apps interface {
	// Bearer returns the app of an OAuth access token.
	Bearer(ctx context.Context, token string) (people.Actor, error)
	// Developer returns the app of a developer key.
	Developer(ctx context.Context, key string) (people.Actor, error)
}

// enter is the one permission check of a route (ACC-10): deny by default.
func (g *Gate) enter(r Route, w http.ResponseWriter, req *http.Request) (people.Actor, error) {
	by, private, err := g.who(req.Context(), r, req)
	if r.Public {
		return by, nil
	}
	if err != nil {
		return by, err
	}
	if by.Kind == event.App {
		if err := g.limits.admit(r, by, private, g.answers.db.Clock().Now(), w.Header()); err != nil {
			return by, err
		}
	}
	if err := r.lacksScope(req, by); err != nil {
		return by, err
	}
	if r.Needs == "" || !by.May(r.Needs) {
		return by, errs.New(errs.Denied, "You may not do this. Ask an admin for the permission.", nil).
			WithDetail("requiredGranularScopes", string(r.Needs))
	}
	return by, nil
}

// Still reports whether who began a long request is still signed in and may still make it.
func (g *Gate) Still(req *http.Request, needs people.Permission) bool {
	by, _, err := g.who(req.Context(), Route{}, req)
	return err == nil && by.May(needs)
}

// SessionCookie is the name of the cookie that holds a session's secret.
const SessionCookie = "deskbell_session"

var errNobody = errs.New(errs.Unauthenticated, "Authentication credentials not found. This API supports OAuth 2.0 authentication. Sign in, or send a bearer token.", nil)

// who finds out who asks; private is true of a private app's token.
func (g *Gate) who(ctx context.Context, r Route, req *http.Request) (by people.Actor, private bool, err error) {
	if auth := req.Header.Get("Authorization"); auth != "" {
		scheme, token, _ := strings.Cut(auth, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return by, false, errNobody
		}
		return g.bearer(ctx, strings.TrimSpace(token))
	}
	if r.DeveloperKey && g.cfg.Apps != nil && req.URL.Query().Has("hapikey") {
		by, err = g.cfg.Apps.Developer(ctx, req.URL.Query().Get("hapikey"))
		return by, false, err
	}
	c, err := req.Cookie(SessionCookie)
	if err != nil {
		return by, false, errNobody
	}
	u, err := g.people.Session(ctx, c.Value)
	if err != nil {
		return by, false, err
	}
	return u.Actor(), false, nil
}

func (g *Gate) bearer(ctx context.Context, token string) (by people.Actor, private bool, err error) {
	if g.cfg.Apps != nil && !people.IsToken(token) {
		by, err = g.cfg.Apps.Bearer(ctx, token)
		return by, false, err
	}
	t, err := g.people.TokenOf(ctx, token)
	if err != nil {
		return by, true, err
	}
	return t.Actor(), true, nil
}

// Scopes is what an app must have been given to ask a route: of each list at least one. A scope may name an object type as
// the address does: "crm.objects.{objectType}.read". Who signed in needs none, nor does an app that was given all.
type Scopes [][]string

// OneOf asks for any one of the scopes.
func OneOf(names ...string) Scopes { return Scopes{names} }

// AnyApp lets every app in.
var AnyApp = Scopes{}

// ReadObjects and WriteObjects guard the records of the object type that the path parameter names.
func ReadObjects(param string) Scopes { return OneOf("crm.objects.{" + param + "}.read") }

// WriteObjects is ReadObjects for what changes records.
func WriteObjects(param string) Scopes { return OneOf("crm.objects.{" + param + "}.write") }

// And asks for both.
func (s Scopes) And(other Scopes) Scopes { return append(s[:len(s):len(s)], other...) }

// Needed is what the route asks of apps; nil is that only an app with all scopes may ask.
func (r Route) Needed() Scopes {
	switch {
	case r.Scopes != nil || !strings.HasPrefix(r.Path, ownAPI):
		return r.Scopes
	case r.Needs == people.ManageTokens || r.Needs == people.ReadAudit && r.Method != http.MethodGet:
		return nil
	case ownScopes[r.Needs] != "":
		return OneOf(ownScopes[r.Needs])
	case r.Method == http.MethodGet:
		return OneOf(people.HelpdeskRead)
	}
	return OneOf(people.HelpdeskWrite)
}

// ownScopes guard our own routes by the permission that they need.
var ownScopes = map[people.Permission]string{
	people.ManageUsers: "settings.users.write", people.ReadAudit: "account-info.security.read",
	people.ManageAccount: people.HelpdeskSettings, people.ManagePipelines: people.HelpdeskSettings,
	people.ManageProperties: people.HelpdeskSettings,
}

// lacksScope is the error of an app without a scope that the route needs.
func (r Route) lacksScope(req *http.Request, by people.Actor) error {
	if !by.Limited() || r.DeveloperKey && by.Developer {
		return nil
	}
	needed := r.Needed()
	if needed == nil {
		return missing(by, nil) // and no list of scopes would do
	}
	for _, list := range needed {
		names := make([]string, len(list))
		for i, name := range list {
			names[i] = scopeName(name, req)
		}
		if err := missing(by, names); err != nil {
			return err
		}
	}
	return nil
}

func scopeName(name string, req *http.Request) string {
	before, rest, ok := strings.Cut(name, "{")
	param, after, closed := strings.Cut(rest, "}")
	if !ok || !closed {
		return name
	}
	return people.ScopeOf(before+"*"+after, req.PathValue(param))
}

// missing is the error of an app that has none of the scopes.
func missing(by people.Actor, oneOf []string) error {
	if slices.ContainsFunc(oneOf, func(name string) bool { return slices.Contains(by.Scopes, name) }) {
		return nil
	}
	detail := BodyError{Message: "One or more of the following scopes are required.", Context: map[string][]string{"requiredGranularScopes": oneOf}}
	if len(oneOf) == 0 {
		detail = BodyError{Message: "Only a private app with all scopes may do this."}
	}
	return &statusError{http.StatusForbidden, errs.New(errs.Denied, "This app hasn't been granted all required scopes to make this call.", nil),
		func(b *Body) { b.Errors = []BodyError{detail} }}
}
