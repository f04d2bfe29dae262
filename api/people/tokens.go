package people

import (
	"context"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Token is a private app's key to the API.
type Token struct {
	ID         wire.ID    `json:"id"`
	Name       string     `json:"name"`
	AllScopes  bool       `json:"allScopes" doc:"It may do everything."`
	Scopes     []string   `json:"scopes" doc:"What it may do when it may not do everything; HubSpot's names."`
	CreatedAt  time.Time  `json:"createdAt"`
	LastUsedAt *time.Time `json:"lastUsedAt" doc:"To within a few minutes; null for never."`
	Signs      bool       `json:"hasClientSecret" doc:"It has a client secret, with which its webhooks are signed."`
}

func tokenOf(t people.Token) Token {
	out := Token{ID: wire.ID(t.ID), Name: t.Name, AllScopes: t.Scopes == nil, Scopes: t.Scopes, CreatedAt: t.Created, LastUsedAt: wire.Time(t.Used), Signs: t.Signs}
	if out.Scopes == nil {
		out.Scopes = []string{}
	}
	return out
}

// FreshToken is a token that was made just now.
type FreshToken struct {
	ID    wire.ID `json:"id"`
	Name  string  `json:"name"`
	Token string  `json:"token" doc:"The secret. It cannot be shown again."`
}

func (r *routes) tokens(ctx context.Context, by people.Actor, _ *wire.Nothing) (*wire.Answer[wire.List[Token]], error) {
	var out []Token
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		all, err := r.people.Tokens(tx, by)
		for _, t := range all {
			out = append(out, tokenOf(t))
		}
		return err
	})
	return wire.Listed(out), err
}

type tokenBody struct {
	Name      string   `json:"name" maxLength:"200" doc:"What it is for."`
	AllScopes bool     `json:"allScopes" required:"false" doc:"It may do everything; so it may when no scopes are sent."`
	Scopes    []string `json:"scopes" required:"false" maxItems:"100" doc:"What it may do: names from /scopes."`
}

// scopes are those that the body names; nil is all of them. A list that is sent empty is a mistake: it must not mean all.
func (b tokenBody) scopes() ([]string, error) {
	if b.AllScopes || b.Scopes == nil {
		return nil, nil
	}
	if len(b.Scopes) == 0 {
		return nil, errs.Bad("scopes", "REQUIRED", "Choose what the token may do.")
	}
	return b.Scopes, nil
}

type newToken struct{ Body tokenBody }

func (r *routes) addToken(ctx context.Context, by people.Actor, in *newToken) (*wire.Answer[FreshToken], error) {
	scopes, err := in.Body.scopes()
	if err != nil {
		return nil, err
	}
	t, secret, err := r.people.AddToken(ctx, by, in.Body.Name, scopes...)
	return wire.Of(FreshToken{wire.ID(t.ID), t.Name, secret}), err
}

type tokenChange struct {
	wire.One
	Body tokenBody
}

func (r *routes) changeToken(ctx context.Context, by people.Actor, in *tokenChange) (*wire.Answer[Token], error) {
	scopes, err := in.Body.scopes()
	if err != nil {
		return nil, err
	}
	var out Token
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		t, err := r.people.ChangeToken(tx, by, in.ID, in.Body.Name, scopes)
		out = tokenOf(t)
		return err
	})
	return wire.Of(out), err
}

func (r *routes) rotateToken(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[FreshToken], error) {
	t, secret, err := r.people.RotateToken(ctx, by, in.ID)
	return wire.Of(FreshToken{wire.ID(t.ID), t.Name, secret}), err
}

func (r *routes) removeToken(ctx context.Context, by people.Actor, in *wire.One) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.people.RemoveToken(tx, by, in.ID) })
}

// Scope is something that an app may be let do.
type Scope struct {
	Name string `json:"name"`
	Does string `json:"does" doc:"What it lets an app do."`
}

func (r *routes) scopes(context.Context, people.Actor, *wire.Nothing) (*wire.Answer[wire.List[Scope]], error) {
	var out []Scope
	for _, s := range people.AppScopes() {
		out = append(out, Scope(s))
	}
	return wire.Listed(out), nil
}
