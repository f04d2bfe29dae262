package oauth

import (
	"net/http"
	"strings"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/oauth"
)

// info is what a token is, as all of the routes tell it. What only one kind of token has is a pointer or empty.
type info struct {
	Active    *bool    `json:"active,omitempty"`
	Token     string   `json:"token"`
	TokenType string   `json:"token_type"`
	TokenUse  string   `json:"token_use"`
	ClientID  string   `json:"client_id"`
	AppID     int64    `json:"app_id"`
	HubID     int64    `json:"hub_id"`
	HubDomain string   `json:"hub_domain"`
	UserID    int64    `json:"user_id"`
	User      string   `json:"user"`
	Scopes    []string `json:"scopes"`
	ExpiresIn *int     `json:"expires_in,omitempty"`
	Private   *bool    `json:"is_private_distribution,omitempty"`
	Signed    *signed  `json:"signed_access_token,omitempty"`
}

// signed is what HubSpot keeps inside a token. Ours are plain random numbers, so there is no signature.
type signed struct {
	AppID            int64  `json:"appId"`
	ExpiresAt        int64  `json:"expiresAt"`
	HubID            int64  `json:"hubId"`
	Hublet           string `json:"hublet"`
	InstallingUserID int64  `json:"installingUserId"`
	Private          bool   `json:"isPrivateDistribution"`
	ServiceAccount   bool   `json:"isServiceAccount"`
	UserLevel        bool   `json:"isUserLevel"`
	NewSignature     string `json:"newSignature"`
	Signature        string `json:"signature"`
	ScopePks         string `json:"scopeToScopeGroupPks"`
	Scopes           string `json:"scopes"`
	TrialScopePks    string `json:"trialScopeToScopeGroupPks"`
	TrialScopes      string `json:"trialScopes"`
	UserID           int64  `json:"userId"`
}

func (a *API) show(tx *db.Tx, i oauth.Info, token string, refresh bool) (info, error) {
	acc, _, err := a.people.Account(tx)
	out := info{Token: token, TokenType: "access", TokenUse: "access_token", ClientID: i.App.ClientID, AppID: i.App.ID, HubID: acc.Portal,
		HubDomain: acc.Domain, UserID: i.User, User: i.Email, Scopes: i.Scopes}
	if refresh {
		out.TokenType, out.TokenUse = "refresh", "refresh_token"
		return out, err
	}
	left, private := int(i.ExpiresAt.Sub(tx.Now)/time.Second), true
	out.ExpiresIn, out.Private = &left, &private
	out.Signed = &signed{AppID: i.App.ID, ExpiresAt: i.ExpiresAt.UnixMilli(), HubID: acc.Portal, InstallingUserID: i.User, Private: true,
		Scopes: strings.Join(i.Scopes, " "), UserID: i.User}
	return out, err
}

func (a *API) access(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	return a.tell(w, r, a.apps.Access, false)
}

func (a *API) refresh(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	return a.tell(w, r, a.apps.RefreshInfo, true)
}

// tell answers what the token in the path is; one that is none is not there.
func (a *API) tell(w http.ResponseWriter, r *http.Request, find func(*db.Tx, string) (oauth.Info, error), refresh bool) error {
	token := r.PathValue("token")
	var out info
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		i, err := find(tx, token)
		if err == nil {
			out, err = a.show(tx, i, token, refresh)
		}
		return err
	})
	if err != nil {
		return absent(err)
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func absent(err error) error {
	if errs.Is(err, errs.Unauthenticated) || errs.Is(err, errs.Invalid) {
		return wire.NotFound()
	}
	return err
}

func (a *API) end(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	err := a.db.Write(r.Context(), func(tx *db.Tx) error { return a.apps.Revoke(tx, r.PathValue("token")) })
	if err != nil {
		return absent(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// introspect is RFC 7662's: what is not a live token of the app's is not active, and nothing more is said.
func (a *API) introspect(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	active := false
	var out info
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		i, refresh, ok, err := a.apps.Own(tx, client(r, in), in["token"])
		if err != nil || !ok {
			return err
		}
		active = true
		out, err = a.show(tx, i, in["token"], refresh)
		return err
	})
	if err != nil {
		return a.refuse(w, r, err)
	}
	if !active {
		gate.WriteJSON(w, http.StatusOK, map[string]bool{"active": false})
		return nil
	}
	out.Active = &active
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// revoke is RFC 7009's: it says nothing of whether there was such a token.
func (a *API) revoke(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	err = a.db.Write(r.Context(), func(tx *db.Tx) error { return a.apps.RevokeOwn(tx, client(r, in), in["token"]) })
	if err != nil {
		return a.refuse(w, r, err)
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

type privateBody struct {
	TokenKey string `json:"tokenKey" required:"true"`
}

type privateInfo struct {
	UserID int64    `json:"userId"`
	HubID  int64    `json:"hubId"`
	AppID  int64    `json:"appId"`
	Scopes []string `json:"scopes"`
}

// private tells whoever holds a private app's token what it is.
func (a *API) private(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	var body privateBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if body.TokenKey == "" {
		return wire.Missing("tokenKey")
	}
	t, err := a.people.TokenOf(r.Context(), body.TokenKey)
	if err != nil {
		return err
	}
	acc, err := a.account(r)
	if err != nil {
		return err
	}
	if t.Scopes == nil {
		for _, s := range people.AppScopes() {
			t.Scopes = append(t.Scopes, s.Name)
		}
	}
	gate.WriteJSON(w, http.StatusOK, privateInfo{t.By, acc.Portal, t.ID, t.Scopes})
	return nil
}
