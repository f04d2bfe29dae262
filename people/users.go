package people

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
)

// UserChange is what to change of a user; nil leaves it.
type UserChange struct {
	Name, Password, Locale, TimeZone *string
	SuperAdmin, Active               *bool
	Seat                             *Seat
	MainTeam                         *int64
	Teams                            *[]int64
	Preferences                      json.RawMessage
}

func (c UserChange) ownOnly() bool {
	return c.SuperAdmin == nil && c.Active == nil && c.Seat == nil && c.MainTeam == nil && c.Teams == nil
}

// ChangeUser changes a user: an admin anybody, a user their own name, password, locale, time zone and preferences.
// The last active super admin stays one. Deactivating ends the user's sessions.
func (s *Service) ChangeUser(ctx context.Context, by Actor, id int64, c UserChange) (User, error) {
	self := by.IsPerson() && by.ID == id && c.ownOnly()
	if !self && !by.May(ManageUsers) {
		return User{}, errs.New(errs.Denied, "Only an admin may change users.", nil)
	}
	hash := ""
	if c.Password != nil {
		if why := weak(*c.Password, ""); why != "" {
			return User{}, errs.Bad("password", "WEAK_PASSWORD", why)
		}
		var err error
		if hash, err = s.hash(ctx, *c.Password); err != nil {
			return User{}, err
		}
	}
	var u User
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		u, err = s.changeUser(tx, by, id, c, hash)
		return err
	})
	return u, err
}

func (s *Service) changeUser(tx *db.Tx, by Actor, id int64, c UserChange, hash string) (User, error) {
	// One change after the other, each on what the one before it left, on every node: two admins who demote each other at
	// the same moment would leave nobody.
	if err := tx.Lock("people.users"); err != nil {
		return User{}, err
	}
	s.directory.Invalidate(tx)
	dir, err := s.directory.Get(tx)
	if err != nil {
		return User{}, err
	}
	u, ok := dir.User(id)
	if !ok {
		return User{}, errNoUser
	}
	if c.MainTeam != nil || c.Teams != nil {
		if err := s.knownTeams(tx, changedTeams(c)); err != nil {
			return User{}, err
		}
	}
	if err := u.apply(c); err != nil {
		return User{}, err
	}
	if (!u.Active || !u.SuperAdmin) && lastAdmin(dir, id) {
		return User{}, errs.New(errs.Conflict, "This is the last active super admin. Make someone else one first.", nil).WithCode("LAST_SUPER_ADMIN")
	}
	_, err = tx.Exec(`UPDATE users SET name = $2, active = $3, super_admin = $4, seat = $5, main_team_id = $6, locale = $7,
time_zone = $8, preferences = $9, password_hash = CASE WHEN $10 = '' THEN password_hash ELSE $10 END WHERE id = $1`,
		id, u.Name, u.Active, u.SuperAdmin, string(u.Seat), none(u.MainTeam), u.Locale, u.TimeZone, string(u.Preferences), hash)
	if err != nil {
		return User{}, err
	}
	if c.MainTeam != nil || c.Teams != nil {
		if err := s.setTeams(tx, id, u.MainTeam, u.Teams); err != nil {
			return User{}, err
		}
	}
	// A password change and a deactivation end every session: whoever held one must sign in again.
	if !u.Active || hash != "" {
		if _, err := tx.Exec("DELETE FROM sessions WHERE user_id = $1", id); err != nil {
			return User{}, err
		}
	}
	return s.changed(tx, by, id, "user.changed")
}

func (u *User) apply(c UserChange) error {
	if c.Name != nil {
		u.Name = strings.TrimSpace(*c.Name)
	}
	if !goodName(u.Name) {
		return errs.Bad("name", "INVALID_NAME", "Enter a name of at most 200 letters.")
	}
	if c.TimeZone != nil {
		u.TimeZone = *c.TimeZone
	}
	if !goodZone(u.TimeZone) {
		return errs.Bad("timeZone", "INVALID_OPTION", "The time zone must be an IANA name such as Europe/Amsterdam.")
	}
	if c.Seat != nil {
		u.Seat = *c.Seat
	}
	if _, ok := seatSets[u.Seat]; !ok {
		return errs.Bad("seat", "INVALID_OPTION", "The seat must be service or view.")
	}
	if c.Locale != nil && !goodLocale.MatchString(*c.Locale) {
		return errs.Bad("locale", "INVALID_OPTION", "The locale must be a language tag such as en or nl-BE.")
	}
	if c.Preferences != nil && !goodPreferences(c.Preferences) {
		return errs.Bad("preferences", "INVALID_JSON", "The preferences must be a JSON object of at most 64 KB.")
	}
	set(&u.Locale, c.Locale)
	set(&u.SuperAdmin, c.SuperAdmin)
	set(&u.Active, c.Active)
	set(&u.MainTeam, c.MainTeam)
	set(&u.Teams, c.Teams)
	if c.Preferences != nil {
		u.Preferences = c.Preferences
	}
	return nil
}

const preferencesMost = 64 << 10

// goodPreferences holds of objects that both databases take: PostgreSQL refuses NUL and what is not UTF-8.
func goodPreferences(p json.RawMessage) bool {
	var object map[string]any
	return len(p) <= preferencesMost && utf8.Valid(p) && !bytes.Contains(p, []byte(`\u0000`)) && json.Unmarshal(p, &object) == nil && object != nil
}

func changedTeams(c UserChange) []int64 {
	var all []int64
	if c.MainTeam != nil {
		all = append(all, *c.MainTeam)
	}
	if c.Teams != nil {
		all = append(all, *c.Teams...)
	}
	return all
}

// knownTeams refuses a team that does not exist; 0 is none.
func (s *Service) knownTeams(tx *db.Tx, teams []int64) error {
	dir, err := s.directory.Get(tx)
	if err != nil {
		return err
	}
	for _, team := range teams {
		if _, ok := dir.Team(team); !ok && team != 0 {
			return errs.Bad("teamIds", "INVALID_OPTION", "One of the teams does not exist any more.")
		}
	}
	return nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func lastAdmin(dir *Directory, id int64) bool {
	admins := slices.DeleteFunc(dir.Users(), func(u User) bool { return !u.Active || !u.SuperAdmin })
	return len(admins) == 1 && admins[0].ID == id
}

func (s *Service) setTeams(tx *db.Tx, user, main int64, extra []int64) error {
	if _, err := tx.Exec("DELETE FROM team_members WHERE user_id = $1", user); err != nil {
		return err
	}
	all := slices.Clone(extra)
	if main != 0 {
		all = append(all, main)
	}
	slices.Sort(all)
	for _, team := range slices.Compact(all) {
		if team == 0 {
			continue
		}
		if _, err := tx.Exec("INSERT INTO team_members (team_id, user_id) VALUES ($1, $2)", team, user); err != nil {
			return err
		}
	}
	return nil
}

// AddTeam makes a team; its name must be free.
func (s *Service) AddTeam(tx *db.Tx, by Actor, name string) (Team, error) {
	return s.saveTeam(tx, by, Team{ID: tx.NewID(), Name: name}, func(t Team) (int64, error) {
		return tx.Exec("INSERT INTO teams (id, name, created_at) VALUES ($1, $2, $3)", t.ID, t.Name, tx.Micros())
	})
}

// RenameTeam renames a team.
func (s *Service) RenameTeam(tx *db.Tx, by Actor, id int64, name string) (Team, error) {
	return s.saveTeam(tx, by, Team{ID: id, Name: name}, func(t Team) (int64, error) {
		return tx.Exec("UPDATE teams SET name = $2 WHERE id = $1", t.ID, t.Name)
	})
}

func (s *Service) saveTeam(tx *db.Tx, by Actor, t Team, store func(Team) (int64, error)) (Team, error) {
	if !by.May(ManageUsers) {
		return Team{}, errs.New(errs.Denied, "Only an admin may change teams.", nil)
	}
	t.Name = strings.TrimSpace(t.Name)
	if !goodName(t.Name) {
		return Team{}, errs.Bad("name", "INVALID_NAME", "Enter a name of at most 200 letters.")
	}
	n, err := store(t)
	if db.IsUnique(err) {
		return Team{}, errs.Bad("name", "NAME_TAKEN", "There is a team with this name already.")
	}
	if err == nil && n == 0 {
		return Team{}, errs.New(errs.NotFound, "There is no such team.", nil)
	}
	s.teamChanged(tx, by, t.ID)
	return t, err
}

// RemoveTeam deletes a team; its members stay, without it. Its tickets without a user stand under Unassigned.
func (s *Service) RemoveTeam(tx *db.Tx, by Actor, id int64) error {
	if !by.May(ManageUsers) {
		return errs.New(errs.Denied, "Only an admin may change teams.", nil)
	}
	for _, statement := range []string{
		"UPDATE users SET main_team_id = NULL WHERE main_team_id = $1",
		"DELETE FROM team_members WHERE team_id = $1",
	} {
		if _, err := tx.Exec(statement, id); err != nil {
			return err
		}
	}
	n, err := tx.Exec("DELETE FROM teams WHERE id = $1", id)
	if err == nil && n == 0 {
		err = errs.New(errs.NotFound, "There is no such team.", nil)
	}
	if err != nil {
		return err
	}
	s.teamChanged(tx, by, id)
	return nil
}

func (s *Service) teamChanged(tx *db.Tx, by Actor, id int64) {
	s.directory.Invalidate(tx)
	event.Emit(tx, event.Event{Type: "team.changed", ObjectType: "teams", ObjectID: id, Actor: by.As(), Data: struct{}{}})
}
