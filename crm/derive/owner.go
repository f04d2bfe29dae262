package derive

import (
	"strings"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// owner checks a new owner or team of a record that is no ticket.
func (c *common) owner(tx *db.Tx, w *record.Write) error {
	dir, u, err := Owned(tx, c.people, w)
	if err == nil && u.ID != 0 && !u.Active {
		err = errs.Bad(Owner, "INVALID_OPTION", "The owner must be an active user.")
	}
	if err == nil && dir != nil {
		Follow(tx, w, dir, u)
	}
	return err
}

// Owned checks the owner and team that a write sets. dir is nil when it sets neither; u is the new owner, zero when the owner
// stays or goes.
func Owned(tx *db.Tx, staff *people.Service, w *record.Write) (dir *people.Directory, u people.User, err error) {
	owner, ownerSet := w.Set[Owner]
	team, teamSet := w.Set[Team]
	if !ownerSet && !teamSet {
		return nil, u, nil
	}
	if dir, err = staff.Directory(tx); err != nil {
		return nil, u, err
	}
	if teamSet && team != "" {
		if n, err := id.Parse(Team, team); err != nil {
			return nil, u, err
		} else if _, ok := dir.Team(n); !ok {
			return nil, u, errs.Bad(Team, "INVALID_OPTION", "There is no such team.")
		}
	}
	if owner == "" || owner == w.Before[Owner] {
		return dir, u, nil
	}
	n, err := id.Parse(Owner, owner)
	if err != nil {
		return nil, u, err
	}
	u, ok := dir.User(n)
	if !ok {
		return nil, u, errs.Bad(Owner, "INVALID_OPTION", "There is no such user.")
	}
	return dir, u, nil
}

// Follow derives what follows from a new owner u, or from there being none any more: since when, and the team, which is the
// owner's main one (behaviour.md 3.3). u is zero where the owner stays.
func Follow(tx *db.Tx, w *record.Write, dir *people.Directory, u people.User) {
	owner, ownerSet := w.Set[Owner]
	switch {
	case !ownerSet || owner == w.Before[Owner]:
	case owner == "":
		// The team goes with the owner, unless the record is given to that team on purpose.
		_, teamSet := w.Set[Team]
		if asked, ok := w.Asked[Team]; !teamSet && (!ok || asked == "") {
			w.Set[Team] = ""
		}
		w.Set[OwnerSince] = ""
	default:
		w.Set[OwnerSince] = now(tx)
		w.Set[Team] = ""
		if u.MainTeam != 0 {
			w.Set[Team] = id.Format(u.MainTeam)
		}
	}
	w.Set[AllOwners], w.Set[AllTeams] = w.Get(Owner), TeamsOf(dir, w.Get(Team))
}

// TeamsOf is a team with all those that it is a part of (behaviour.md 3).
func TeamsOf(dir *people.Directory, team string) string {
	n, err := id.Parse(Team, team)
	if err != nil {
		return ""
	}
	var all []string
	for _, t := range dir.Above(n) {
		all = append(all, id.Format(t))
	}
	return strings.Join(all, ";")
}
