// Package session is how people get in and out, and who they are: the first-run set-up, signing in, the signed-in user's
// own profile. It knows nothing of other users.
package session

import (
	"context"
	"net/http"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
)

// Mail tells of the account's mail: the address that customers write to, and whether a mail server is connected.
type Mail func(tx *db.Tx) (support string, server bool, err error)

// Prepare makes what a new account needs besides its first admin; it runs in the set-up's transaction.
type Prepare func(tx *db.Tx, a people.Account) error

type routes struct {
	gate    *gate.Gate
	db      *db.DB
	people  *people.Service
	mail    Mail
	prepare Prepare
	version string
}

const tag = "Session"

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, p *people.Service, mail Mail, prepare Prepare, version string) {
	r := &routes{g, d, p, mail, prepare, version}
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/setup", Public: true, Tag: tag,
		Summary: "Whether the first-run set-up is still to be done"}, r.setupNeeded)
	gate.Add(g, gate.Route{Method: http.MethodPost, Path: "/helpdesk/v1/setup", Public: true, Status: http.StatusCreated, Tag: tag,
		Summary: "Make the account and its first admin, and sign in; once only"}, r.setUp)
	gate.Add(g, gate.Route{Method: http.MethodPost, Path: "/helpdesk/v1/session", Public: true, Status: http.StatusCreated, Tag: tag,
		Summary: "Sign in: sets the session's cookie"}, r.signIn)
	gate.Add(g, gate.Route{Method: http.MethodDelete, Path: "/helpdesk/v1/session", Public: true, Tag: tag,
		Summary: "Sign out: ends the session and removes its cookie"}, r.signOut)
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/me", Needs: people.Signed, Scopes: gate.AnyApp, Tag: tag,
		Summary: "Who is signed in, or which app asks, and what they may do"}, r.me)
	gate.Add(g, gate.Route{Method: http.MethodPatch, Path: "/helpdesk/v1/me", Needs: people.Signed, Tag: tag,
		Summary: "Change one's own name, language, time zone and preferences"}, r.changeMe)
}

type setup struct {
	Needed bool `json:"needed" doc:"True until the first user exists."`
}

func (r *routes) setupNeeded(ctx context.Context, _ people.Actor, _ *wire.Nothing) (*wire.Answer[setup], error) {
	var s setup
	err := r.db.Read(ctx, func(tx *db.Tx) (err error) {
		s.Needed, err = r.people.SetupNeeded(tx)
		return err
	})
	return wire.Of(s), err
}

type setupInput struct {
	Browser
	Body struct {
		Company  string `json:"company" maxLength:"200" doc:"Name of the company."`
		Domain   string `json:"domain" maxLength:"253" doc:"Mail for support at this domain comes to the help desk."`
		Name     string `json:"name" maxLength:"200" doc:"Name of the first admin."`
		Email    string `json:"email" maxLength:"320"`
		Password string `json:"password" maxLength:"1000" doc:"At least 8 characters."`
		TimeZone string `json:"timeZone" required:"false" maxLength:"64" doc:"IANA name, such as Europe/Amsterdam; UTC without it."`
	}
}

// Browser is the part of the input that tells one session from another in lists.
type Browser struct {
	Agent string `header:"User-Agent" hidden:"true"`
}

type signedIn struct {
	SetCookie string `header:"Set-Cookie" doc:"The session's cookie."`
	Body      Me
}

func (r *routes) setUp(ctx context.Context, _ people.Actor, in *setupInput) (*signedIn, error) {
	b := in.Body
	account := people.Account{Name: b.Company, Domain: b.Domain}
	admin := people.NewUser{Name: b.Name, Email: b.Email, Password: b.Password, TimeZone: b.TimeZone}
	_, err := r.people.SetUp(ctx, people.Setup{Account: account, Admin: admin}, func(tx *db.Tx) error {
		a, _, err := r.people.Account(tx)
		if err != nil {
			return err
		}
		return r.prepare(tx, a)
	})
	if err != nil {
		return nil, err
	}
	return r.start(ctx, b.Email, b.Password, in.Agent)
}

type signInInput struct {
	Browser
	Body struct {
		Email    string `json:"email" maxLength:"320"`
		Password string `json:"password" maxLength:"1000"`
	}
}

func (r *routes) signIn(ctx context.Context, _ people.Actor, in *signInInput) (*signedIn, error) {
	return r.start(ctx, in.Body.Email, in.Body.Password, in.Agent)
}

func (r *routes) start(ctx context.Context, email, password, agent string) (*signedIn, error) {
	secret, u, err := r.people.SignIn(ctx, email, password, agent, gate.Client(ctx))
	if err != nil {
		return nil, err
	}
	me, err := r.read(ctx, u.Actor())
	return &signedIn{SetCookie: r.gate.Cookie(secret), Body: me}, err
}

type signedOut struct {
	SetCookie string `header:"Set-Cookie" doc:"Removes the session's cookie."`
}

func (r *routes) signOut(ctx context.Context, _ people.Actor, in *meInput) (*signedOut, error) {
	return &signedOut{r.gate.NoCookie()}, r.people.SignOut(ctx, in.Secret)
}

type meInput struct {
	Secret string `cookie:"deskbell_session" required:"false" hidden:"true"`
}

// me hands the cookie out again, so that it lives as long as the session, whose end moves while it is used.
func (r *routes) me(ctx context.Context, by people.Actor, in *meInput) (*signedIn, error) {
	me, err := r.read(ctx, by)
	if err != nil {
		return nil, err
	}
	out := &signedIn{Body: me}
	if by.IsPerson() {
		out.SetCookie = r.gate.Cookie(in.Secret)
	}
	return out, nil
}

var errNoProfile = errs.New(errs.NotFound, "A token belongs to no user, so it has no profile.", nil)
