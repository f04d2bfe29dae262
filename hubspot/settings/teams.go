package settings

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// flatTeam is a team as user provisioning shows it.
type flatTeam struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	UserIDs   []string `json:"userIds"`
	Secondary []string `json:"secondaryUserIds"`
}

func (a *API) flatTeams(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	dir, err := a.directory(r)
	if err != nil {
		return err
	}
	page := wire.Page[flatTeam]{Results: []flatTeam{}}
	for _, t := range dir.Teams() {
		out := flatTeam{ID: id.Format(t.ID), Name: t.Name, UserIDs: []string{}, Secondary: []string{}}
		for _, u := range dir.Members(t.ID) {
			if u.MainTeam == t.ID {
				out.UserIDs = append(out.UserIDs, id.Format(u.ID))
			} else {
				out.Secondary = append(out.Secondary, id.Format(u.ID))
			}
		}
		page.Results = append(page.Results, out)
	}
	gate.WriteJSON(w, http.StatusOK, page)
	return nil
}

// team is a team as the teams API shows it.
type team struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Parent string `json:"parentTeamId,omitempty"`

	id int64
}

func showTeam(t people.Team) team {
	out := team{ID: id.Format(t.ID), Name: t.Name, id: t.ID}
	if t.Parent != 0 {
		out.Parent = id.Format(t.Parent)
	}
	return out
}

func (a *API) listTeams(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	dir, err := a.directory(r)
	if err != nil {
		return err
	}
	var all []team
	for _, t := range dir.Teams() {
		all = append(all, showTeam(t))
	}
	page, err := paged(r, all, func(t team) int64 { return t.id })
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, page)
	return nil
}

// inPath is the team of a path.
func (a *API) inPath(r *http.Request) (people.Team, *people.Directory, error) {
	n, err := wire.PathID(r, "teamId")
	if err != nil {
		return people.Team{}, nil, err
	}
	dir, err := a.directory(r)
	if err != nil {
		return people.Team{}, nil, err
	}
	t, ok := dir.Team(n)
	if !ok {
		return t, nil, wire.NotFound()
	}
	return t, dir, nil
}

func (a *API) readTeam(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	t, _, err := a.inPath(r)
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, showTeam(t))
	return nil
}

// member is how a user belongs to a team: DEFAULT is the main team, EXTRA any other.
type member struct {
	UserID wire.Value `json:"userId" required:"true"`
	Type   string     `json:"type"`
}

const (
	mainMember  = "DEFAULT"
	extraMember = "EXTRA"
)

func (m member) membership() (people.Membership, error) {
	if m.UserID == "" || m.Type == "" {
		return people.Membership{}, wire.Missing("userId", "type")
	}
	n, err := id.Parse("userId", string(m.UserID))
	if err != nil {
		return people.Membership{}, err
	}
	kind := strings.ToUpper(m.Type)
	if kind != mainMember && kind != extraMember {
		return people.Membership{}, errs.Bad("type", "INVALID_OPTION", "type must be DEFAULT or EXTRA, not "+m.Type)
	}
	return people.Membership{User: n, Main: kind == mainMember}, nil
}

// teamBody is a team that is to be.
type teamBody struct {
	Name    string     `json:"name" required:"true"`
	Parent  wire.Value `json:"parentTeamId"`
	Members []member   `json:"members"`
}

func (a *API) addTeam(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body teamBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	parent, err := teamID("parentTeamId", body.Parent)
	if err != nil {
		return err
	}
	var members []people.Membership
	for _, m := range body.Members {
		one, err := m.membership()
		if err != nil {
			return err
		}
		members = append(members, one)
	}
	var out people.Team
	err = a.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		if out, err = a.people.AddTeam(tx, by, body.Name); err != nil {
			return err
		}
		if parent != 0 {
			if out, err = a.people.ChangeTeam(tx, by, out.ID, people.TeamChange{Parent: &parent}); err != nil {
				return err
			}
		}
		return a.people.AddMembers(tx, by, out.ID, members)
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusCreated, showTeam(out))
	return nil
}

// teamChange is what changes a team.
type teamChange struct {
	Name   *string         `json:"name"`
	Parent json.RawMessage `json:"parentTeamId"` // null is none, and not left out
}

func (a *API) changeTeam(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body teamChange
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	t, _, err := a.inPath(r)
	if err != nil {
		return err
	}
	c := people.TeamChange{Name: body.Name}
	if body.Parent != nil {
		var v wire.Value
		if err := json.Unmarshal(body.Parent, &v); err != nil {
			return errs.Bad("parentTeamId", "INVALID_ID", "parentTeamId must be the id of a team, or null")
		}
		parent, err := teamID("parentTeamId", v)
		if err != nil {
			return err
		}
		c.Parent = &parent
	}
	err = a.db.Write(r.Context(), func(tx *db.Tx) error {
		t, err = a.people.ChangeTeam(tx, by, t.ID, c)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, showTeam(t))
	return nil
}

func (a *API) removeTeam(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "teamId")
	if err != nil {
		return err
	}
	if err := a.db.Write(r.Context(), func(tx *db.Tx) error { return a.people.RemoveTeam(tx, by, n) }); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func showMember(u people.User, team int64) member {
	m := member{wire.Value(id.Format(u.ID)), extraMember}
	if u.MainTeam == team {
		m.Type = mainMember
	}
	return m
}

func (a *API) listMembers(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	t, dir, err := a.inPath(r)
	if err != nil {
		return err
	}
	page, err := paged(r, dir.Members(t.ID), func(u people.User) int64 { return u.ID })
	if err != nil {
		return err
	}
	out := wire.Page[member]{Results: []member{}, Paging: page.Paging}
	for _, u := range page.Results {
		out.Results = append(out.Results, showMember(u, t.ID))
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) addMember(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body member
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	t, _, err := a.inPath(r)
	if err != nil {
		return err
	}
	m, err := body.membership()
	if err != nil {
		return err
	}
	err = a.db.Write(r.Context(), func(tx *db.Tx) error { return a.people.AddMembers(tx, by, t.ID, []people.Membership{m}) })
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusCreated, member{body.UserID, strings.ToUpper(body.Type)})
	return nil
}

const batchMost = 100

// addMembers puts each user in for itself: one that fails does not keep the others out.
func (a *API) addMembers(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body wire.Many[member]
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if err := wire.Inputs(body.Inputs, batchMost); err != nil {
		return err
	}
	t, _, err := a.inPath(r)
	if err != nil {
		return err
	}
	var out *wire.Batch[member]
	err = a.db.Write(r.Context(), func(tx *db.Tx) error {
		out = wire.NewBatch[member](tx.Now)
		for _, in := range body.Inputs {
			m, err := in.membership()
			if err == nil {
				err = tx.Savepoint(func() error { return a.people.AddMembers(tx, by, t.ID, []people.Membership{m}) })
			}
			if err == nil {
				out.Add(member{in.UserID, strings.ToUpper(in.Type)})
			} else if err := out.Fail(err, "userId", string(in.UserID)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	out.Write(w, a.db.Clock().Now(), http.StatusOK)
	return nil
}

func (a *API) removeMember(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	t, dir, err := a.inPath(r)
	if err != nil {
		return err
	}
	n, err := wire.PathID(r, "userId")
	if err != nil {
		return err
	}
	u, ok := dir.User(n)
	if kind := r.URL.Query().Get("type"); !ok || kind != "" && !strings.EqualFold(kind, showMember(u, t.ID).Type) {
		return wire.NotFound()
	}
	if err := a.db.Write(r.Context(), func(tx *db.Tx) error { return a.people.RemoveMember(tx, by, t.ID, n) }); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
