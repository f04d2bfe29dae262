// Package visitors is HubSpot's visitor identification API, in its wire format. It holds no rule of tokens, only how they are asked for.
package visitors

import (
	"net/http"

	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/visitor"
)

// API answers the visitor identification routes.
type API struct{ visitors *visitor.Service }

// Routes adds the routes. v3 is one of the versions of the dated form.
func Routes(g *gate.Gate, visitors *visitor.Service) {
	a := &API{visitors}
	create := gate.OneOf("conversations.visitor_identification.tokens.create")
	all := wire.At(g, "/visitor-identification/{version}").Of("Visitor identification").For(create, create)
	all.Row.Forget = true // a token is a secret, and another is as good
	all.Add("POST /tokens/create", "Make a token that says who a visitor is", a.create, gate.Takes[identity](), gate.Gives[token](http.StatusOK))
}

// identity is who a visitor is.
type identity struct {
	Email     string `json:"email" required:"true"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
}

type token struct {
	Token string `json:"token"`
}

func (a *API) create(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body identity
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if body.Email == "" {
		return wire.Missing("email")
	}
	made, err := a.visitors.Token(r.Context(), by, visitor.Visitor(body))
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, token{made})
	return nil
}
