package people

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
)

// User is a person who signs in.
type User struct {
	ID          int64
	Email       string // lower-cased, unique
	Name        string
	Active      bool
	SuperAdmin  bool
	Seat        Seat
	MainTeam    int64   // 0 for none
	Teams       []int64 // every team, the main one included
	Locale      string  // BCP 47
	TimeZone    string  // IANA
	Preferences json.RawMessage
	CreatedAt   time.Time
	UpdatedAt   time.Time

	set   *permissionSet // nil: what the seat gives
	mates []int64        // as of Actor; those who are on the same teams share it
}

// permissionSet is a stored permission matrix.
type permissionSet struct {
	Permissions []Permission `json:"permissions"`
	Grants      []cell       `json:"grants"`
}

type cell struct {
	ObjectType string `json:"objectType"`
	Verb       Verb   `json:"verb"`
	Reach      Reach  `json:"reach"`
	Unassigned bool   `json:"unassigned"`
}

// seatSets are what the seats give where no set of the user's own is stored.
var seatSets = map[Seat]permissionSet{
	ServiceSeat: {Permissions: []Permission{CustomViews}, Grants: []cell{
		{"*", View, Everything, true}, {"*", Create, Everything, true}, {"*", Edit, Everything, true},
		{"*", Delete, Everything, true}, {"*", Communicate, Everything, true},
	}},
	ViewSeat: {Grants: []cell{{"*", View, Everything, true}}},
}

// Directory is every user and team, held in memory.
type Directory struct {
	users  map[int64]User
	emails map[string]int64
	teams  map[int64]Team
}

// User returns a user by id; ok is false when there is none.
func (d *Directory) User(id int64) (User, bool) {
	u, ok := d.users[id]
	return u, ok
}

// UserByEmail returns a user by address, ignoring case.
func (d *Directory) UserByEmail(email string) (User, bool) {
	return d.User(d.emails[strings.ToLower(email)])
}

// Team returns a team by id; ok is false when there is none.
func (d *Directory) Team(id int64) (Team, bool) {
	t, ok := d.teams[id]
	return t, ok
}

// Users are all users by name, inactive ones included.
func (d *Directory) Users() []User {
	out := make([]User, 0, len(d.users))
	for _, u := range d.users {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b User) int { return strings.Compare(a.Name+a.Email, b.Name+b.Email) })
	return out
}

// Teams are all teams by name.
func (d *Directory) Teams() []Team {
	out := make([]Team, 0, len(d.teams))
	for _, t := range d.teams {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b Team) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// teamNames are the names of teams, in their order.
func (d *Directory) teamNames(ids []int64) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = d.teams[id].Name
	}
	return strings.Join(names, ", ")
}

// Above are a team and all that it is a part of, itself in front; a team that is not there is alone.
func (d *Directory) Above(team int64) []int64 {
	out := []int64{team}
	for at := d.teams[team].Parent; at != 0 && !slices.Contains(out, at); at = d.teams[at].Parent {
		out = append(out, at)
	}
	return out
}

// Members are the active users of a team, main members and extra ones.
func (d *Directory) Members(team int64) []User {
	return slices.DeleteFunc(d.Users(), func(u User) bool { return !u.Active || !slices.Contains(u.Teams, team) })
}

// Actor returns the user as one who acts, with every permission worked out.
func (u User) Actor() Actor {
	set := u.set
	if set == nil {
		s := seatSets[u.Seat]
		set = &s
	}
	a := Actor{Kind: event.User, ID: u.ID, Name: u.Name, SuperAdmin: u.SuperAdmin, Seat: u.Seat, MainTeam: u.MainTeam,
		Teams: u.Teams, Mates: u.mates, Permissions: set.Permissions, Grants: map[Grant]Scope{}}
	for _, c := range set.Grants {
		a.Grants[Grant{c.ObjectType, c.Verb}] = Scope{Reach: c.Reach, Unassigned: c.Unassigned}
	}
	return a
}

// Names are the user's first name and the rest: a name is kept whole, and clients that want two get it cut at the first space.
func (u User) Names() (first, last string) {
	first, last, _ = strings.Cut(u.Name, " ")
	return first, strings.TrimSpace(last)
}

// InWorkspace reports whether the user works tickets: an active super admin or service seat (ACC-2).
func (u User) InWorkspace() bool { return u.Active && (u.SuperAdmin || u.Seat == ServiceSeat) }

const selectUsers = `SELECT id, email, name, active, super_admin, seat, coalesce(main_team_id, 0), locale, time_zone,
preferences, permissions, created_at, updated_at FROM users`

func scanUser(s db.Scanner) (User, error) {
	var u User
	var preferences []byte
	var set *string
	var created, updated int64
	err := s.Scan(&u.ID, &u.Email, &u.Name, &u.Active, &u.SuperAdmin, &u.Seat, &u.MainTeam, &u.Locale, &u.TimeZone,
		&preferences, &set, &created, &updated)
	if err != nil {
		return u, err
	}
	u.Preferences, u.CreatedAt, u.UpdatedAt = preferences, clock.FromMicros(created), clock.FromMicros(updated)
	if set != nil {
		u.set = &permissionSet{}
		if err := json.Unmarshal([]byte(*set), u.set); err != nil {
			return u, fmt.Errorf("permissions of user %d: %w", u.ID, err)
		}
	}
	return u, nil
}

// LastSeen is when each user was last here, to within a few minutes; who never was is missing. It is not in the directory,
// which is not read again for every use of a session.
func (s *Service) LastSeen(tx *db.Tx) (map[int64]time.Time, error) {
	out := map[int64]time.Time{}
	_, err := db.List(tx, func(sc db.Scanner) (id int64, err error) {
		var at int64
		err = sc.Scan(&id, &at)
		out[id] = clock.FromMicros(at)
		return id, err
	}, "SELECT id, last_seen_at FROM users WHERE last_seen_at IS NOT NULL")
	return out, err
}

func loadDirectory(tx *db.Tx) (*Directory, error) {
	dir := &Directory{users: map[int64]User{}, emails: map[string]int64{}, teams: map[int64]Team{}}
	users, err := db.List(tx, scanUser, selectUsers)
	if err != nil {
		return nil, err
	}
	type member struct{ team, user int64 }
	members, err := db.List(tx, func(s db.Scanner) (m member, err error) {
		return m, s.Scan(&m.team, &m.user)
	}, "SELECT team_id, user_id FROM team_members ORDER BY team_id")
	if err != nil {
		return nil, err
	}
	teams, err := db.List(tx, scanTeam, selectTeams)
	if err != nil {
		return nil, err
	}
	of, in := map[int64][]int64{}, map[int64][]int64{}
	for _, m := range members {
		of[m.user] = append(of[m.user], m.team)
		in[m.team] = append(in[m.team], m.user)
	}
	mates := map[string][]int64{}
	for _, u := range users {
		u.Teams = of[u.ID]
		u.mates = matesOf(u.Teams, in, mates)
		dir.users[u.ID] = u
		dir.emails[u.Email] = u.ID
	}
	for _, t := range teams {
		dir.teams[t.ID] = t
	}
	return dir, nil
}

// matesOf is who is on any of the teams. It is made once for each set of teams: in one large team that many lists would be
// as large.
func matesOf(teams []int64, in map[int64][]int64, made map[string][]int64) []int64 {
	if len(teams) == 0 {
		return nil
	}
	key := fmt.Sprint(teams) // they are sorted
	if made[key] == nil {
		var all []int64
		for _, t := range teams {
			all = append(all, in[t]...)
		}
		slices.Sort(all)
		made[key] = slices.Compact(all)
	}
	return made[key]
}

var errNoUser = errs.New(errs.NotFound, "There is no such user.", nil)
