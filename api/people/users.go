// Package people is users, teams and API tokens for those who manage them. It knows nothing of what users work on but how
// many tickets each has open.
package people

import (
	"context"
	"net/http"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
)

// OpenTickets counts the open tickets of each owner.
type OpenTickets func(tx *db.Tx) (map[int64]int64, error)

type routes struct {
	db     *db.DB
	people *people.Service
	open   OpenTickets
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, p *people.Service, open OpenTickets) {
	r := &routes{d, p, open}
	const users, teams, tokens = "Users", "Teams", "API tokens"
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/users", Needs: people.Signed, Tag: users,
		Scopes:  gate.OneOf("settings.users.read", "crm.objects.owners.read"),
		Summary: "All users by name, inactive ones too"}, r.users)
	gate.Add(g, gate.Route{Method: http.MethodPost, Path: "/helpdesk/v1/users", Needs: people.ManageUsers, Status: http.StatusCreated,
		Tag: users, Summary: "Add a user"}, r.addUser)
	gate.Add(g, gate.Route{Method: http.MethodPatch, Path: "/helpdesk/v1/users/{id}", Needs: people.ManageUsers, Tag: users,
		Summary: "Change a user; a new password or active false ends their sessions"}, r.changeUser)
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/teams", Needs: people.Signed, Tag: teams,
		Scopes:  gate.OneOf("settings.users.teams.read", "crm.objects.owners.read"),
		Summary: "All teams by name, with their members"}, r.teams)
	gate.Add(g, gate.Route{Method: http.MethodPost, Path: "/helpdesk/v1/teams", Needs: people.ManageUsers, Status: http.StatusCreated,
		Tag: teams, Summary: "Add a team"}, r.addTeam)
	gate.Add(g, gate.Route{Method: http.MethodPatch, Path: "/helpdesk/v1/teams/{id}", Needs: people.ManageUsers, Tag: teams,
		Summary: "Rename a team"}, r.renameTeam)
	gate.Add(g, gate.Route{Method: http.MethodDelete, Path: "/helpdesk/v1/teams/{id}", Needs: people.ManageUsers, Tag: teams,
		Summary: "Delete a team; its members stay"}, r.removeTeam)
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/tokens", Needs: people.ManageTokens, Tag: tokens,
		Summary: "All API tokens, newest first, without their secrets"}, r.tokens)
	gate.Add(g, gate.Route{Method: http.MethodPost, Path: "/helpdesk/v1/tokens", Needs: people.ManageTokens, Status: http.StatusCreated,
		Forget: true, Tag: tokens, Summary: "Make an API token; its secret is shown this once"}, r.addToken)
	gate.Add(g, gate.Route{Method: http.MethodPut, Path: "/helpdesk/v1/tokens/{id}", Needs: people.ManageTokens, Tag: tokens,
		Summary: "Change an API token's name and scopes; its secret stays"}, r.changeToken)
	gate.Add(g, gate.Route{Method: http.MethodPost, Path: "/helpdesk/v1/tokens/{id}/rotate", Needs: people.ManageTokens, Forget: true, Tag: tokens,
		Summary: "Give an API token a new secret, shown this once; the old one ends at once"}, r.rotateToken)
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/scopes", Needs: people.ManageTokens, Tag: tokens,
		Summary: "What an app may be let do"}, r.scopes)
	gate.Add(g, gate.Route{Method: http.MethodDelete, Path: "/helpdesk/v1/tokens/{id}", Needs: people.ManageTokens, Tag: tokens,
		Summary: "Revoke an API token at once"}, r.removeToken)
}

// User is a person who signs in.
type User struct {
	ID          wire.ID     `json:"id"`
	Name        string      `json:"name"`
	Email       string      `json:"email"`
	Active      bool        `json:"active" doc:"Inactive users cannot sign in and get no tickets."`
	SuperAdmin  bool        `json:"superAdmin"`
	Seat        people.Seat `json:"seat" enum:"service,view" doc:"service works tickets, view only looks."`
	MainTeamID  *wire.ID    `json:"mainTeamId" nullable:"true"`
	TeamIDs     []wire.ID   `json:"teamIds" doc:"Every team, the main one included."`
	LastSeenAt  *time.Time  `json:"lastSeenAt" doc:"To within a few minutes."`
	OpenTickets int64       `json:"openTickets" doc:"Open tickets that the user owns."`
}

func userOf(u people.User, seen map[int64]time.Time, open map[int64]int64) User {
	return User{ID: wire.ID(u.ID), Name: u.Name, Email: u.Email, Active: u.Active, SuperAdmin: u.SuperAdmin, Seat: u.Seat,
		MainTeamID: wire.Ref(u.MainTeam), TeamIDs: wire.IDs(u.Teams), LastSeenAt: wire.Time(seen[u.ID]), OpenTickets: open[u.ID]}
}

func (r *routes) users(ctx context.Context, _ people.Actor, _ *wire.Nothing) (*wire.Answer[wire.List[User]], error) {
	var out []User
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		dir, err := r.people.Directory(tx)
		if err != nil {
			return err
		}
		seen, err := r.people.LastSeen(tx)
		if err != nil {
			return err
		}
		open, err := r.open(tx)
		for _, u := range dir.Users() {
			out = append(out, userOf(u, seen, open))
		}
		return err
	})
	return wire.Listed(out), err
}

type newUser struct {
	Body struct {
		Name       string      `json:"name" maxLength:"200"`
		Email      string      `json:"email" maxLength:"320" doc:"With which the user signs in; no two users share one."`
		Password   string      `json:"password" maxLength:"1000" doc:"At least 8 characters."`
		SuperAdmin bool        `json:"superAdmin" required:"false"`
		Seat       people.Seat `json:"seat" required:"false" enum:"service,view" default:"service"`
		MainTeamID *wire.ID    `json:"mainTeamId" required:"false" nullable:"true"`
		TeamIDs    []wire.ID   `json:"teamIds" required:"false" maxItems:"1000"`
	}
}

func (r *routes) addUser(ctx context.Context, by people.Actor, in *newUser) (*wire.Answer[User], error) {
	b := in.Body
	n := people.NewUser{Name: b.Name, Email: b.Email, Password: b.Password, SuperAdmin: b.SuperAdmin, Seat: b.Seat, Teams: wire.Ints(b.TeamIDs)}
	if b.MainTeamID != nil {
		n.MainTeam = int64(*b.MainTeamID)
	}
	u, err := r.people.AddUser(ctx, by, n)
	return wire.Of(userOf(u, nil, nil)), err
}

type userChange struct {
	wire.One
	Body struct {
		Name       *string                `json:"name,omitempty" maxLength:"200"`
		Email      *string                `json:"email,omitempty" maxLength:"320" doc:"Must be the present one: an e-mail cannot be changed yet."`
		Password   *string                `json:"password,omitempty" maxLength:"1000"`
		SuperAdmin *bool                  `json:"superAdmin,omitempty"`
		Active     *bool                  `json:"active,omitempty"`
		Seat       *people.Seat           `json:"seat,omitempty" enum:"service,view"`
		MainTeamID wire.Optional[wire.ID] `json:"mainTeamId" required:"false" doc:"null for none."`
		TeamIDs    *[]wire.ID             `json:"teamIds,omitempty" maxItems:"1000" doc:"All teams; the main one is added by itself."`
	}
}

func (r *routes) changeUser(ctx context.Context, by people.Actor, in *userChange) (*wire.Answer[User], error) {
	b := in.Body
	if err := r.sameEmail(ctx, in.ID, b.Email); err != nil {
		return nil, err
	}
	c := people.UserChange{Name: b.Name, Password: b.Password, SuperAdmin: b.SuperAdmin, Active: b.Active, Seat: b.Seat}
	if c.Password != nil && *c.Password == "" {
		c.Password = nil // a form that was not filled in
	}
	if b.MainTeamID.Sent {
		main := int64(b.MainTeamID.Value)
		c.MainTeam = &main
	}
	if b.TeamIDs != nil {
		teams := wire.Ints(*b.TeamIDs)
		c.Teams = &teams
	}
	if _, err := r.people.ChangeUser(ctx, by, in.ID, c); err != nil {
		return nil, err
	}
	return r.user(ctx, in.ID)
}

var errNoUser = errs.New(errs.NotFound, "There is no such user.", nil)

func (r *routes) sameEmail(ctx context.Context, id int64, email *string) error {
	if email == nil {
		return nil
	}
	return r.db.Read(ctx, func(tx *db.Tx) error {
		dir, err := r.people.Directory(tx)
		if err != nil {
			return err
		}
		if u, ok := dir.UserByEmail(*email); !ok || u.ID != id {
			return errs.Bad("email", "READ_ONLY_VALUE", "The e-mail of a user cannot be changed.")
		}
		return nil
	})
}

func (r *routes) user(ctx context.Context, id int64) (*wire.Answer[User], error) {
	var out User
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		dir, err := r.people.Directory(tx)
		if err != nil {
			return err
		}
		u, ok := dir.User(id)
		if !ok {
			return errNoUser
		}
		seen, err := r.people.LastSeen(tx)
		if err != nil {
			return err
		}
		open, err := r.open(tx)
		out = userOf(u, seen, open)
		return err
	})
	return wire.Of(out), err
}
