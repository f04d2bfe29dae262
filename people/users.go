package people

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people/audit"
)

const usersLock = "people.users"

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
	if c.SuperAdmin != nil && *c.SuperAdmin && !by.SuperAdmin {
		return User{}, errMakeAdmin
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
	if err := tx.Lock(usersLock); err != nil {
		return User{}, err
	}
	s.directory.Invalidate(tx)
	dir, err := s.directory.Get(tx)
	if err != nil {
		return User{}, err
	}
	was, ok := dir.User(id)
	if !ok {
		return User{}, errNoUser
	}
	// Whoever sets a super admin's password signs in as them.
	if was.SuperAdmin && !by.SuperAdmin && by.As() != was.Actor().As() {
		return User{}, errMakeAdmin
	}
	u := was
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
time_zone = $8, preferences = $9, password_hash = CASE WHEN $10 = '' THEN password_hash ELSE $10 END, updated_at = $11 WHERE id = $1`,
		id, u.Name, u.Active, u.SuperAdmin, string(u.Seat), none(u.MainTeam), u.Locale, u.TimeZone, string(u.Preferences), hash, tx.Micros())
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
	now, err := s.changed(tx, by, id, "user.changed")
	if err != nil {
		return now, err
	}
	return now, auditChange(tx, by, dir, was, now, hash != "")
}

// errMakeAdmin keeps who may manage users from making themselves more than that.
var errMakeAdmin = errs.New(errs.Denied, "Only a super admin may make or change a super admin.", nil)

// auditChange tells what an admin changed of a user, and of any user what decides what they may do. Their own preferences
// are theirs.
func auditChange(tx *db.Tx, by Actor, dir *Directory, was, now User, password bool) error {
	detail := map[string]string{}
	differ(detail, "name", was.Name, now.Name)
	differ(detail, "superAdmin", strconv.FormatBool(was.SuperAdmin), strconv.FormatBool(now.SuperAdmin))
	differ(detail, "active", strconv.FormatBool(was.Active), strconv.FormatBool(now.Active))
	differ(detail, "seat", string(was.Seat), string(now.Seat))
	differ(detail, "mainTeam", dir.teams[was.MainTeam].Name, dir.teams[now.MainTeam].Name)
	differ(detail, "teams", dir.teamNames(was.Teams), dir.teamNames(now.Teams))
	if password {
		detail["password"] = "changed"
	}
	if len(detail) == 0 {
		return nil
	}
	return Audit(tx, by, audit.Entry{Action: "user.changed", ObjectType: "users", ObjectID: now.ID, Object: now.Email, Detail: detail})
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
