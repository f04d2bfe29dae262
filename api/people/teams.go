package people

import (
	"context"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// Team is a group of users.
type Team struct {
	ID             wire.ID   `json:"id"`
	Name           string    `json:"name"`
	MainMemberIDs  []wire.ID `json:"mainMemberIds" doc:"Active users whose main team it is."`
	ExtraMemberIDs []wire.ID `json:"extraMemberIds" doc:"Active users who belong to it besides their main team."`
}

func teamOf(dir *people.Directory, t people.Team) Team {
	out := Team{ID: wire.ID(t.ID), Name: t.Name, MainMemberIDs: []wire.ID{}, ExtraMemberIDs: []wire.ID{}}
	for _, u := range dir.Members(t.ID) {
		if u.MainTeam == t.ID {
			out.MainMemberIDs = append(out.MainMemberIDs, wire.ID(u.ID))
		} else {
			out.ExtraMemberIDs = append(out.ExtraMemberIDs, wire.ID(u.ID))
		}
	}
	return out
}

func (r *routes) teams(ctx context.Context, _ people.Actor, _ *wire.Nothing) (*wire.Answer[wire.List[Team]], error) {
	var out []Team
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		dir, err := r.people.Directory(tx)
		if err != nil {
			return err
		}
		for _, t := range dir.Teams() {
			out = append(out, teamOf(dir, t))
		}
		return nil
	})
	return wire.Listed(out), err
}

type teamBody struct {
	Name string `json:"name" maxLength:"200" doc:"No two teams share one."`
}

type newTeam struct{ Body teamBody }

func (r *routes) addTeam(ctx context.Context, by people.Actor, in *newTeam) (*wire.Answer[Team], error) {
	return r.saveTeam(ctx, func(tx *db.Tx) (people.Team, error) { return r.people.AddTeam(tx, by, in.Body.Name) })
}

type teamChange struct {
	wire.One
	Body teamBody
}

func (r *routes) renameTeam(ctx context.Context, by people.Actor, in *teamChange) (*wire.Answer[Team], error) {
	return r.saveTeam(ctx, func(tx *db.Tx) (people.Team, error) {
		return r.people.ChangeTeam(tx, by, in.ID, people.TeamChange{Name: &in.Body.Name})
	})
}

func (r *routes) saveTeam(ctx context.Context, save func(tx *db.Tx) (people.Team, error)) (*wire.Answer[Team], error) {
	var out Team
	err := r.db.Write(ctx, func(tx *db.Tx) error {
		t, err := save(tx)
		if err != nil {
			return err
		}
		dir, err := r.people.Directory(tx)
		if err == nil {
			out = teamOf(dir, t)
		}
		return err
	})
	return wire.Of(out), err
}

func (r *routes) removeTeam(ctx context.Context, by people.Actor, in *wire.One) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.people.RemoveTeam(tx, by, in.ID) })
}
