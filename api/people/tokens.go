package people

import (
	"context"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// Token is a private app's key to the API.
type Token struct {
	ID         wire.ID    `json:"id"`
	Name       string     `json:"name"`
	CreatedAt  time.Time  `json:"createdAt"`
	LastUsedAt *time.Time `json:"lastUsedAt" doc:"To within a few minutes; null for never."`
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
			out = append(out, Token{wire.ID(t.ID), t.Name, t.Created, wire.Time(t.Used)})
		}
		return err
	})
	return wire.Listed(out), err
}

type newToken struct {
	Body struct {
		Name string `json:"name" maxLength:"200" doc:"What it is for."`
	}
}

func (r *routes) addToken(ctx context.Context, by people.Actor, in *newToken) (*wire.Answer[FreshToken], error) {
	t, secret, err := r.people.AddToken(ctx, by, in.Body.Name)
	return wire.Of(FreshToken{wire.ID(t.ID), t.Name, secret}), err
}

func (r *routes) removeToken(ctx context.Context, by people.Actor, in *wire.One) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.people.RemoveToken(tx, by, in.ID) })
}
