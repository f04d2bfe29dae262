package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Request is what an app sends a user with, to be let in.
type Request struct {
	ClientID      string
	RedirectURI   string
	Scope         string // names with spaces between; "" for all that the app may ask for
	OptionalScope string // names that are left out where they cannot be had
	State         string // handed back as it came
	Challenge     string // PKCE (RFC 7636); "" for none
	Method        string // of the challenge: only S256 is taken
}

// Consent is a request that an admin may grant.
type Consent struct {
	App    App
	Scopes []string
}

const stateMost = 2000

var challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// Asked checks a request. An error is to be shown to the user, never sent to the address it names: that may be a stranger's.
func (s *Service) Asked(tx *db.Tx, by people.Actor, r Request) (Consent, error) {
	if err := may(by); err != nil {
		return Consent{}, errs.New(errs.Denied, "Only an admin may let an app in. Ask one of them to open this address.", nil)
	}
	a, ok, err := db.One(tx, scanApp, selectApps+" WHERE a.client_id = $1", r.ClientID)
	if err != nil {
		return Consent{}, err
	}
	switch {
	case !ok:
		return Consent{}, errs.Bad("client_id", "UNKNOWN_APP", "No app is registered under this client id.")
	case !has(a.RedirectURIs, r.RedirectURI):
		return Consent{}, errs.Bad("redirect_uri", "BAD_REDIRECT_URI", "The address to go back to is not one that the app registered.")
	case len(r.State) > stateMost:
		return Consent{}, errs.Bad("state", "TOO_LONG", "The app's state is too long.")
	case r.Challenge == "" && r.Method == "":
	case r.Method != "S256" || !challengeForm.MatchString(r.Challenge):
		return Consent{}, errs.Bad("code_challenge", "INVALID_CHALLENGE", "The app's code challenge must be of the method S256.")
	}
	scopes, err := a.asked(strings.Fields(r.Scope), strings.Fields(r.OptionalScope))
	return Consent{a, scopes}, err
}

// asked are the scopes that a request comes to.
func (a App) asked(required, optional []string) ([]string, error) {
	for _, name := range required {
		if !has(a.Scopes, name) && name != basicScope {
			return nil, errs.Bad("scope", "INVALID_SCOPE", "The app asks for "+name+", which it is not registered for.")
		}
	}
	if len(required) == 0 {
		required = a.Scopes
	}
	optional = slices.DeleteFunc(optional, func(name string) bool { return !has(a.Scopes, name) })
	return people.CheckScopes(slices.Concat(required, optional, []string{basicScope}))
}

// basicScope lets an app know the account; every app has it.
const basicScope = "oauth"

const (
	codeLife  = 5 * time.Minute
	usedLife  = time.Hour // how long a code is remembered after that
	sweepMost = 100       // old rows removed with each new one
)

// Allow grants a request and returns the address to send the user back to, with the code.
func (s *Service) Allow(ctx context.Context, by people.Actor, r Request) (string, error) {
	if !by.IsPerson() {
		return "", errs.New(errs.Denied, "Only a user who is signed in may let an app in.", nil)
	}
	code := people.NewSecret()
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		c, err := s.Asked(tx, by, r)
		if err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM app_codes WHERE code_hash IN (SELECT code_hash FROM app_codes WHERE expires_at < $1 LIMIT $2)",
			clock.Micros(tx.Now.Add(-usedLife)), sweepMost); err != nil {
			return err
		}
		if _, err = tx.Exec(`INSERT INTO app_codes (code_hash, app_id, user_id, scopes, redirect_uri, challenge, expires_at, grant_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`, people.HashSecret(code), c.App.ID, by.ID, list(c.Scopes), r.RedirectURI, r.Challenge,
			clock.Micros(tx.Now.Add(codeLife))); err != nil {
			return err
		}
		return log(tx, by, c.App, "app.allowed", map[string]string{"scopes": strings.Join(c.Scopes, " "), "redirectUri": r.RedirectURI})
	})
	if err != nil {
		return "", err
	}
	return back(r, "code", code), nil
}

// Deny is the address to send the user back to who does not let the app in.
func (s *Service) Deny(tx *db.Tx, by people.Actor, r Request) (string, error) {
	if _, err := s.Asked(tx, by, r); err != nil {
		return "", err
	}
	return back(r, "error", "access_denied"), nil
}

func back(r Request, key, value string) string {
	u, err := url.Parse(r.RedirectURI)
	if err != nil {
		return "" // it was registered, so it parses
	}
	q := u.Query()
	q.Set(key, value)
	if r.State != "" {
		q.Set("state", r.State)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// refused is an error of the token endpoint; its code is HubSpot's, and OAuthError makes RFC 6749's of it.
func refused(code, message string) *errs.Error {
	return errs.New(errs.Invalid, message, nil).WithCode(code)
}

// OAuthError is RFC 6749's name of an error of this package, or "".
func OAuthError(err error) string {
	e := errs.As(err)
	if e == nil {
		return ""
	}
	return oauthErrors[e.Code]
}

var oauthErrors = map[string]string{
	"BAD_CLIENT_ID": "invalid_client", "BAD_CLIENT_SECRET": "invalid_client", "BAD_AUTH_CODE": "invalid_grant", "BAD_REDIRECT_URI": "invalid_grant",
	"BAD_CODE_VERIFIER": "invalid_grant", "BAD_REFRESH_TOKEN": "invalid_grant", "BAD_GRANT_TYPE": "unsupported_grant_type", "BAD_SCOPE": "invalid_scope",
	"NOT_INSTALLED": "unauthorized_client",
}

// Client is how an app proves who it is.
type Client struct{ ID, Secret string }

func (s *Service) client(tx *db.Tx, c Client) (App, error) {
	hash, ok, err := db.One(tx, db.Col[string], "SELECT secret_hash FROM apps WHERE client_id = $1", c.ID)
	if err != nil {
		return App{}, err
	}
	if !ok {
		return App{}, refused("BAD_CLIENT_ID", "missing or unknown client id")
	}
	if subtle.ConstantTimeCompare([]byte(hash), []byte(people.HashSecret(c.Secret))) != 1 {
		return App{}, refused("BAD_CLIENT_SECRET", "missing or invalid client secret")
	}
	a, _, err := db.One(tx, scanApp, selectApps+" WHERE a.client_id = $1", c.ID)
	return a, err
}

// Exchange turns a code into tokens.
func (s *Service) Exchange(ctx context.Context, c Client, code, redirectURI, verifier string) (t Tokens, err error) {
	refresh := refreshPrefix + people.NewSecret()
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		t = Tokens{}
		a, err := s.client(tx, c)
		if err != nil {
			return err
		}
		row, err := readCode(tx, a, code)
		if err != nil {
			return err
		}
		if row.grant != 0 {
			// Who comes second may be the thief, and so may who came first: what the code brought ends (RFC 6749, 4.1.2).
			if err := endGrant(tx, row.grant); err != nil {
				return err
			}
			return log(tx, people.LimitedApp(a.ID, a.Name, nil), a, "app.revoked", map[string]string{"why": "a code was used twice"})
		}
		if err := row.check(tx, redirectURI, verifier); err != nil {
			return err
		}
		g := grant{id: tx.NewID(), app: a, user: row.user, scopes: row.scopes}
		if n, err := tx.Exec("UPDATE app_codes SET grant_id = $2 WHERE code_hash = $1 AND grant_id = 0", people.HashSecret(code), g.id); err != nil || n == 0 {
			return orElse(err, errCode)
		}
		if err := s.install(tx, g, refresh); err != nil {
			return err
		}
		t, err = s.issue(tx, g)
		t.Refresh = refresh
		return err
	})
	if err == nil && t.Access == "" {
		err = errCode
	}
	return t, err
}

var errCode = errs.New(errs.Invalid, "missing or unknown auth code", nil).WithCode("BAD_AUTH_CODE")

type code struct {
	user      int64
	scopes    []string
	redirect  string
	challenge string
	expires   int64
	grant     int64
}

func readCode(tx *db.Tx, a App, secret string) (code, error) {
	c, ok, err := db.One(tx, func(sc db.Scanner) (c code, err error) {
		var scopes string
		if err := sc.Scan(&c.user, &scopes, &c.redirect, &c.challenge, &c.expires, &c.grant); err != nil {
			return c, err
		}
		return c, json.Unmarshal([]byte(scopes), &c.scopes)
	}, "SELECT user_id, scopes, redirect_uri, challenge, expires_at, grant_id FROM app_codes WHERE code_hash = $1 AND app_id = $2",
		people.HashSecret(secret), a.ID)
	if err == nil && !ok {
		err = errCode
	}
	return c, err
}

func (c code) check(tx *db.Tx, redirectURI, verifier string) error {
	switch {
	case c.expires <= tx.Micros():
		return refused("BAD_AUTH_CODE", "the auth code has expired")
	case c.redirect != redirectURI:
		return refused("BAD_REDIRECT_URI", "missing or wrong redirect_uri: it must be the one that the user was sent with")
	case c.challenge == "" && verifier == "":
		return nil
	case c.challenge == "" || !meets(c.challenge, verifier):
		// A verifier without a challenge may come of a code that was swapped (RFC 9700, 4.8.2).
		return refused("BAD_CODE_VERIFIER", "missing or wrong code_verifier")
	}
	return nil
}

func meets(challenge, verifier string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(challenge), []byte(base64.RawURLEncoding.EncodeToString(sum[:]))) == 1
}
