package people

import (
	"slices"
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people/audit"
)

// Team is a group of users.
type Team struct {
	ID     int64
	Name   string
	Parent int64 // the team that it is a part of; 0 for none (ACC-6)
}

// AddTeam makes a team; its name must be free.
func (s *Service) AddTeam(tx *db.Tx, by Actor, name string) (Team, error) {
	return s.saveTeam(tx, by, Team{ID: tx.NewID(), Name: name}, "team.created", nil, func(t Team) (int64, error) {
		return tx.Exec("INSERT INTO teams (id, name, created_at) VALUES ($1, $2, $3)", t.ID, t.Name, tx.Micros())
	})
}

// TeamChange is what to change of a team; nil leaves it.
type TeamChange struct {
	Name   *string
	Parent *int64
}

// ChangeTeam renames a team or makes it a part of another one.
func (s *Service) ChangeTeam(tx *db.Tx, by Actor, id int64, c TeamChange) (Team, error) {
	if !by.May(ManageUsers) {
		return Team{}, errTeams
	}
	if err := tx.Lock(usersLock); err != nil {
		return Team{}, err
	}
	s.directory.Invalidate(tx)
	dir, err := s.directory.Get(tx)
	if err != nil {
		return Team{}, err
	}
	t, ok := dir.Team(id)
	if !ok {
		return Team{}, errNoTeam
	}
	detail := map[string]string{}
	if c.Name != nil {
		differ(detail, "name", t.Name, *c.Name)
	}
	if c.Parent != nil {
		differ(detail, "parent", dir.teams[t.Parent].Name, dir.teams[*c.Parent].Name)
	}
	set(&t.Name, c.Name)
	set(&t.Parent, c.Parent)
	return s.saveTeam(tx, by, t, "team.changed", detail, func(t Team) (int64, error) {
		return tx.Exec("UPDATE teams SET name = $2, parent_id = $3 WHERE id = $1", t.ID, t.Name, none(t.Parent))
	})
}

var (
	errNoTeam = errs.New(errs.NotFound, "There is no such team.", nil)
	errTeams  = errs.New(errs.Denied, "Only an admin may change teams.", nil)
)

func (s *Service) saveTeam(tx *db.Tx, by Actor, t Team, action string, detail map[string]string, store func(Team) (int64, error)) (Team, error) {
	if !by.May(ManageUsers) {
		return Team{}, errTeams
	}
	t.Name = strings.TrimSpace(t.Name)
	if !goodName(t.Name) {
		return Team{}, errs.Bad("name", "INVALID_NAME", "Enter a name of at most 200 letters.")
	}
	if err := s.goodParent(tx, t); err != nil {
		return Team{}, err
	}
	n, err := store(t)
	if db.IsUnique(err) {
		return Team{}, errs.Bad("name", "NAME_TAKEN", "There is a team with this name already.")
	}
	if err == nil && n == 0 {
		return Team{}, errNoTeam
	}
	if err != nil {
		return Team{}, err
	}
	return t, s.teamChanged(tx, by, t, action, detail)
}

// goodParent refuses a parent that does not exist or is below the team.
func (s *Service) goodParent(tx *db.Tx, t Team) error {
	if t.Parent == 0 {
		return nil
	}
	dir, err := s.directory.Get(tx)
	if err != nil {
		return err
	}
	if _, ok := dir.Team(t.Parent); !ok {
		return errs.Bad("parentTeamId", "INVALID_OPTION", "The team above does not exist any more.")
	}
	for at := t.Parent; at != 0; at = dir.teams[at].Parent {
		if at == t.ID {
			return errs.Bad("parentTeamId", "INVALID_OPTION", "A team cannot be a part of itself or of a team below it.")
		}
	}
	return nil
}

// RemoveTeam deletes a team; its members stay, without it, and teams below it move up. Its tickets without a user stand under
// Unassigned.
func (s *Service) RemoveTeam(tx *db.Tx, by Actor, id int64) error {
	if !by.May(ManageUsers) {
		return errTeams
	}
	t, ok, err := db.One(tx, scanTeam, selectTeams+" WHERE id = $1", id)
	if err != nil {
		return err
	}
	if !ok {
		return errNoTeam
	}
	for _, statement := range []string{
		"UPDATE users SET main_team_id = NULL WHERE main_team_id = $1",
		"DELETE FROM team_members WHERE team_id = $1",
		"UPDATE teams SET parent_id = (SELECT up.parent_id FROM teams up WHERE up.id = $1) WHERE parent_id = $1",
		"DELETE FROM teams WHERE id = $1",
	} {
		if _, err := tx.Exec(statement, id); err != nil {
			return err
		}
	}
	return s.teamChanged(tx, by, t, "team.deleted", nil)
}

// Membership is how a user belongs to a team.
type Membership struct {
	User int64
	Main bool // it is the user's main team
}

// AddMembers puts users into a team. One who is to have it as the main team loses the main team they had as such, not as an
// extra one.
func (s *Service) AddMembers(tx *db.Tx, by Actor, team int64, members []Membership) error {
	return s.changeMembers(tx, by, team, func(dir *Directory) error {
		for _, m := range members {
			u, ok := dir.User(m.User)
			if !ok {
				return errs.Bad("userId", "INVALID_OPTION", "One of the users does not exist any more.")
			}
			teams, main := append(slices.Clone(u.Teams), team), u.MainTeam
			if m.Main {
				main = team
			}
			if _, err := s.changeUser(tx, by, m.User, UserChange{MainTeam: &main, Teams: &teams}, ""); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemoveMember takes a user out of a team.
func (s *Service) RemoveMember(tx *db.Tx, by Actor, team, user int64) error {
	return s.changeMembers(tx, by, team, func(dir *Directory) error {
		u, ok := dir.User(user)
		if !ok || !slices.Contains(u.Teams, team) {
			return errs.New(errs.NotFound, "The user is not in this team.", nil)
		}
		teams, main := slices.DeleteFunc(slices.Clone(u.Teams), func(t int64) bool { return t == team }), u.MainTeam
		if main == team {
			main = 0
		}
		_, err := s.changeUser(tx, by, user, UserChange{MainTeam: &main, Teams: &teams}, "")
		return err
	})
}

func (s *Service) changeMembers(tx *db.Tx, by Actor, team int64, change func(*Directory) error) error {
	if !by.May(ManageUsers) {
		return errTeams
	}
	if err := tx.Lock(usersLock); err != nil {
		return err
	}
	s.directory.Invalidate(tx)
	dir, err := s.directory.Get(tx)
	if err != nil {
		return err
	}
	if _, ok := dir.Team(team); !ok {
		return errNoTeam
	}
	return change(dir)
}

func (s *Service) teamChanged(tx *db.Tx, by Actor, t Team, action string, detail map[string]string) error {
	s.directory.Invalidate(tx)
	event.Emit(tx, event.Event{Type: "team.changed", ObjectType: "teams", ObjectID: t.ID, Actor: by.As(), Data: struct{}{}})
	return Audit(tx, by, audit.Entry{Action: action, ObjectType: "teams", ObjectID: t.ID, Object: t.Name, Detail: detail})
}

const selectTeams = "SELECT id, name, coalesce(parent_id, 0) FROM teams"

func scanTeam(sc db.Scanner) (t Team, err error) { return t, sc.Scan(&t.ID, &t.Name, &t.Parent) }
