// Package settings is HubSpot's API for users, teams and business units, in its wire format. It holds no rule of theirs, only
// how they look outside: a role is a seat, and who is removed is deactivated.
package settings

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// API answers the settings routes.
type API struct {
	db     *db.DB
	people *people.Service
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, p *people.Service) {
	a := &API{d, p}
	scopes := func(read, write string) (gate.Scopes, gate.Scopes) { return gate.OneOf(read), gate.OneOf(write) }
	users := wire.At(g, "/settings/v3/users", "/settings/users/{version}").Of("Users and teams").For(scopes("settings.users.read", "settings.users.write"))
	users.Row.Needs = people.ManageUsers
	readers := users
	readers.Row.Needs = people.Workspace
	readers.Add("GET ", "List users", a.listUsers, wire.Query("limit", "after"), gate.Gives[wire.Page[user]](http.StatusOK))
	readers.Add("GET /{userId}", "Read a user", a.readUser, wire.Query("idProperty"), gate.Gives[user](http.StatusOK))
	readers.Add("GET /roles", "List roles", a.roles, gate.Gives[wire.Page[role]](http.StatusOK))
	users.Add("POST ", "Add a user", a.addUser, gate.Takes[userBody](), gate.Gives[user](http.StatusCreated))
	users.Add("PUT /{userId}", "Change a user", a.changeUser, wire.Query("idProperty"), gate.Takes[userBody](), gate.Gives[user](http.StatusOK))
	users.Add("DELETE /{userId}", "Remove a user", a.removeUser, wire.Query("idProperty"), gate.GivesNothing)
	flat := readers.For(scopes("settings.users.teams.read", "settings.users.teams.write"))
	flat.Add("GET /teams", "List teams with their users", a.flatTeams, gate.Gives[wire.Page[flatTeam]](http.StatusOK))

	teams := wire.At(g, "/settings/teams/{version}").Of("Users and teams").For(scopes("settings.users.teams.read", "settings.users.teams.write"))
	teams.Add("GET ", "List teams", a.listTeams, wire.Query("limit", "after"), gate.Gives[wire.Page[team]](http.StatusOK))
	teams.Add("GET /{teamId}", "Read a team", a.readTeam, gate.Gives[team](http.StatusOK))
	teams.Add("GET /{teamId}/members", "List a team's users", a.listMembers, wire.Query("limit", "after"), gate.Gives[wire.Page[member]](http.StatusOK))
	teams.Row.Needs = people.ManageUsers
	teams.Add("POST ", "Add a team", a.addTeam, gate.Takes[teamBody](), gate.Gives[team](http.StatusCreated))
	teams.Add("PATCH /{teamId}", "Change a team", a.changeTeam, gate.Takes[teamChange](), gate.Gives[team](http.StatusOK))
	teams.Add("DELETE /{teamId}", "Delete a team", a.removeTeam, gate.GivesNothing)
	teams.Add("POST /{teamId}/members", "Put a user into a team", a.addMember, gate.Takes[member](), gate.Gives[member](http.StatusCreated))
	teams.Add("POST /{teamId}/members/batch", "Put users into a team", a.addMembers, gate.Takes[wire.Many[member]](), wire.GivesBatch[member](http.StatusOK))
	teams.Add("DELETE /{teamId}/members/{userId}", "Take a user out of a team", a.removeMember, wire.Query("type"), gate.GivesNothing)

	units := wire.At(g, "/business-units/v3/business-units", "/business-units/public/{version}/business-units").Of("Users and teams").
		For(gate.OneOf("business_units_view.read"), nil)
	units.Add("GET /user/{userId}", "List a user's business units", a.units, wire.Query("name"), gate.Gives[wire.Page[unit]](http.StatusOK))
}

const (
	pageLength = 100
	pageMost   = 1000
)

// paged cuts the page that was asked for out of a list, by the ids of its items.
func paged[T any](r *http.Request, all []T, idOf func(T) int64) (wire.Page[T], error) {
	page := wire.Page[T]{Results: []T{}}
	limit, err := wire.Limit(r, pageLength, pageMost)
	if err != nil {
		return page, err
	}
	after := int64(0)
	if text := r.URL.Query().Get("after"); text != "" {
		if after, err = id.Parse("after", text); err != nil {
			return page, err
		}
	}
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(idOf(a), idOf(b)) })
	all = slices.DeleteFunc(all, func(t T) bool { return idOf(t) <= after })
	if len(all) > limit {
		all = all[:limit]
		page.Paging = wire.Following(r, id.Format(idOf(all[limit-1])))
	}
	page.Results = append(page.Results, all...)
	return page, nil
}

func (a *API) directory(r *http.Request) (dir *people.Directory, err error) {
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		dir, err = a.people.Directory(tx)
		return err
	})
	return dir, err
}

// named finds the user of a path: by id, or with idProperty=EMAIL by e-mail. Who was removed is not there.
func (a *API) named(r *http.Request) (people.User, error) {
	dir, err := a.directory(r)
	if err != nil {
		return people.User{}, err
	}
	var u people.User
	var ok bool
	switch by := r.URL.Query().Get("idProperty"); strings.ToUpper(by) {
	case "", "USER_ID":
		n, err := wire.PathID(r, "userId")
		if err != nil {
			return u, err
		}
		u, ok = dir.User(n)
	case "EMAIL":
		u, ok = dir.UserByEmail(r.PathValue("userId"))
	default:
		return u, errs.Bad("idProperty", "INVALID_OPTION", "idProperty must be USER_ID or EMAIL, not "+by)
	}
	if !ok || !u.Active {
		return u, wire.NotFound()
	}
	return u, nil
}

type unit struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// units: the account is the only one.
func (a *API) units(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	if _, err := a.named(r); err != nil {
		return err
	}
	var out []unit
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		acc, _, err := a.people.Account(tx)
		out = []unit{{"0", acc.Name}}
		return err
	})
	if err != nil {
		return err
	}
	if names := wire.List(r, "name"); len(names) > 0 {
		out = slices.DeleteFunc(out, func(u unit) bool { return !slices.Contains(names, u.Name) })
	}
	gate.WriteJSON(w, http.StatusOK, wire.Page[unit]{Results: out})
	return nil
}
