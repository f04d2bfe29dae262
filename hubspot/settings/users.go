package settings

import (
	"net/http"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

type role struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	BillingWrite bool   `json:"requiresBillingWrite"`
}

// seats are what a user's role may be.
var seats = []struct {
	role
	seat people.Seat
}{
	{role{ID: "1", Name: "Service seat"}, people.ServiceSeat},
	{role{ID: "2", Name: "View only"}, people.ViewSeat},
}

func (a *API) roles(w http.ResponseWriter, _ *http.Request, _ people.Actor) error {
	page := wire.Page[role]{}
	for _, s := range seats {
		page.Results = append(page.Results, s.role)
	}
	gate.WriteJSON(w, http.StatusOK, page)
	return nil
}

func seatOf(roleID string) (people.Seat, error) {
	for _, s := range seats {
		if s.ID == roleID {
			return s.seat, nil
		}
	}
	return "", errs.Bad("roleId", "INVALID_OPTION", "There is no role "+roleID+".")
}

// user is a user outside. sendWelcomeEmail is false always: no such mail is sent.
type user struct {
	ID           string   `json:"id"`
	Email        string   `json:"email"`
	FirstName    string   `json:"firstName,omitempty"`
	LastName     string   `json:"lastName,omitempty"`
	RoleIDs      []string `json:"roleIds"`
	RoleID       string   `json:"roleId,omitempty"`
	PrimaryTeam  string   `json:"primaryTeamId,omitempty"`
	OtherTeams   []string `json:"secondaryTeamIds,omitempty"`
	SuperAdmin   bool     `json:"superAdmin"`
	WelcomeEmail bool     `json:"sendWelcomeEmail"`

	id int64
}

func show(u people.User) user {
	out := user{ID: id.Format(u.ID), Email: u.Email, SuperAdmin: u.SuperAdmin, RoleIDs: []string{}, id: u.ID}
	out.FirstName, out.LastName = u.Names()
	for _, s := range seats {
		if s.seat == u.Seat {
			out.RoleID, out.RoleIDs = s.ID, []string{s.ID}
		}
	}
	if u.MainTeam != 0 {
		out.PrimaryTeam = id.Format(u.MainTeam)
	}
	for _, t := range u.Teams {
		if t != u.MainTeam {
			out.OtherTeams = append(out.OtherTeams, id.Format(t))
		}
	}
	return out
}

func (a *API) listUsers(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	dir, err := a.directory(r)
	if err != nil {
		return err
	}
	var all []user
	for _, u := range dir.Users() {
		if u.Active {
			all = append(all, show(u))
		}
	}
	page, err := paged(r, all, func(u user) int64 { return u.id })
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, page)
	return nil
}

func (a *API) readUser(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	u, err := a.named(r)
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, show(u))
	return nil
}

// userBody is what is sent of a user; what is left out stays.
type userBody struct {
	Email       string        `json:"email"`
	FirstName   *string       `json:"firstName"`
	LastName    *string       `json:"lastName"`
	RoleID      *wire.Value   `json:"roleId"`
	PrimaryTeam *wire.Value   `json:"primaryTeamId"`
	OtherTeams  *[]wire.Value `json:"secondaryTeamIds"`
}

// name is the whole name after the change.
func (b userBody) name(first, last string) string {
	if b.FirstName != nil {
		first = *b.FirstName
	}
	if b.LastName != nil {
		last = *b.LastName
	}
	return strings.TrimSpace(strings.TrimSpace(first) + " " + strings.TrimSpace(last))
}

// change is what the body changes of a user.
func (b userBody) change(u people.User) (c people.UserChange, err error) {
	if b.FirstName != nil || b.LastName != nil {
		name := b.name(u.Names())
		c.Name = &name
	}
	if b.RoleID != nil && *b.RoleID != "" {
		seat, err := seatOf(string(*b.RoleID))
		if err != nil {
			return c, err
		}
		c.Seat = &seat
	}
	main, others := u.MainTeam, slices.DeleteFunc(slices.Clone(u.Teams), func(t int64) bool { return t == u.MainTeam })
	if b.PrimaryTeam != nil {
		if main, err = teamID("primaryTeamId", *b.PrimaryTeam); err != nil {
			return c, err
		}
		c.MainTeam = &main
	}
	if b.OtherTeams != nil {
		others = others[:0]
		for _, v := range *b.OtherTeams {
			n, err := teamID("secondaryTeamIds", v)
			if err != nil {
				return c, err
			}
			others = append(others, n)
		}
	}
	if b.PrimaryTeam != nil || b.OtherTeams != nil {
		c.Teams = &others
	}
	return c, nil
}

// teamID reads a team's id; 0 for none.
func teamID(field string, v wire.Value) (int64, error) {
	if v == "" {
		return 0, nil
	}
	return id.Parse(field, string(v))
}

// addUser adds a user without a password: an admin gives them one. Who was removed before comes back.
func (a *API) addUser(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body userBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if body.Email == "" {
		return wire.Missing("email")
	}
	dir, err := a.directory(r)
	if err != nil {
		return err
	}
	u, known := dir.UserByEmail(body.Email)
	switch {
	case known && u.Active:
		return errs.New(errs.Conflict, "User already exists", nil)
	case known:
		u, err = a.comeBack(r, by, u, body)
	default:
		u, err = a.newUser(r, by, body)
	}
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusCreated, show(u))
	return nil
}

func (a *API) newUser(r *http.Request, by people.Actor, body userBody) (people.User, error) {
	c, err := body.change(people.User{})
	if err != nil {
		return people.User{}, err
	}
	n := people.NewUser{Name: body.name("", ""), Email: body.Email, Later: true}
	if n.Name == "" {
		n.Name, _, _ = strings.Cut(body.Email, "@")
	}
	if c.Seat != nil {
		n.Seat = *c.Seat
	}
	if c.MainTeam != nil {
		n.MainTeam = *c.MainTeam
	}
	if c.Teams != nil {
		n.Teams = *c.Teams
	}
	return a.people.AddUser(r.Context(), by, n)
}

func (a *API) comeBack(r *http.Request, by people.Actor, u people.User, body userBody) (people.User, error) {
	c, err := body.change(u)
	if err != nil {
		return u, err
	}
	active := true
	c.Active = &active
	return a.people.ChangeUser(r.Context(), by, u.ID, c)
}

func (a *API) changeUser(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body userBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	u, err := a.named(r)
	if err != nil {
		return err
	}
	c, err := body.change(u)
	if err != nil {
		return err
	}
	if u, err = a.people.ChangeUser(r.Context(), by, u.ID, c); err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, show(u))
	return nil
}

// removeUser deactivates: what the user did keeps their name.
func (a *API) removeUser(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	u, err := a.named(r)
	if err != nil {
		return err
	}
	active := false
	if _, err := a.people.ChangeUser(r.Context(), by, u.ID, people.UserChange{Active: &active}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
