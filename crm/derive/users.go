package derive

import (
	"slices"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

const users = "users"

// Users keeps a record of each user, under the user's own id, so that users can be listed, searched and associated like all
// else. Package people owns what the records show.
type Users struct {
	records *record.Store
	people  *people.Service
}

// NewUsers returns the keeper of users' records.
func NewUsers(records *record.Store, staff *people.Service) *Users { return &Users{records, staff} }

// Reactor keeps the records true when users come and change.
func (u *Users) Reactor() event.Reactor {
	return event.Reactor{Name: "users.record", Types: []string{"user.created", "user.changed"}, React: func(tx *db.Tx, e event.Event) error {
		dir, err := u.people.Directory(tx)
		if err != nil {
			return err
		}
		if user, ok := dir.User(e.ObjectID); ok {
			return u.keep(tx, user)
		}
		return nil
	}}
}

// Fill makes the records of users that have none, such as those who were there before users had records.
func (u *Users) Fill(tx *db.Tx) error {
	dir, err := u.people.Directory(tx)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(dir.Users(), fillStep) {
		ids := make([]int64, len(some))
		for i, user := range some {
			ids[i] = user.ID
		}
		there, err := u.records.GetMany(tx, people.System, users, ids)
		if err != nil {
			return err
		}
		for _, user := range some {
			if slices.ContainsFunc(there, func(r record.Record) bool { return r.ID == user.ID }) {
				continue
			}
			if _, err := u.records.Create(tx, people.System, users, record.Input{ID: user.ID, Properties: shown(user)}); err != nil {
				return err
			}
		}
	}
	return nil
}

const fillStep = 500 // users a statement

// keep makes a user's record, or brings it up to date.
func (u *Users) keep(tx *db.Tx, user people.User) error {
	there, err := u.records.GetMany(tx, people.System, users, []int64{user.ID})
	if err != nil {
		return err
	}
	if len(there) > 0 {
		_, err = u.records.Derive(tx, people.System, users, user.ID, shown(user), "")
	} else {
		_, err = u.records.Create(tx, people.System, users, record.Input{ID: user.ID, Properties: shown(user)})
	}
	return err
}

// shown is what a user's record says.
func shown(user people.User) map[string]string {
	first, last := user.Name, ""
	if at := strings.LastIndexByte(user.Name, ' '); at > 0 {
		first, last = user.Name[:at], user.Name[at+1:]
	}
	self := id.Format(user.ID)
	props := map[string]string{"hs_searchable_calculated_name": user.Name, "hs_given_name": first, "hs_family_name": last, "hs_email": user.Email,
		"hs_internal_user_id": self, Owner: self, Team: "", "hs_deactivated": strconv.FormatBool(!user.Active), "hs_standard_time_zone": user.TimeZone}
	if user.MainTeam != 0 {
		props[Team] = id.Format(user.MainTeam)
	}
	return props
}
