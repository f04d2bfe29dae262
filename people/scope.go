package people

import (
	"slices"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
)

// Verb is what is done to a record (ACC-3).
type Verb string

// The verbs.
const (
	View        Verb = "view"
	Create      Verb = "create"
	Edit        Verb = "edit"
	Delete      Verb = "delete"
	Communicate Verb = "communicate"
)

// Grant is one cell of the permission matrix.
type Grant struct {
	ObjectType string // "tickets"; "*" for every type without a cell of its own
	Verb       Verb
}

// Reach is how far a grant goes (ACC-3).
type Reach int

// The reaches, each wider than the one before.
const (
	None Reach = iota
	OwnedOnly
	TeamOnly // owned by the user, by someone on one of their teams, or assigned to such a team (ACC-4)
	Everything
)

// Scope is the set of records that an actor's grant covers. It is the one permission check: Allows asks it of one
// record in memory, Where of many in SQL.
type Scope struct {
	Reach      Reach
	Unassigned bool // records without an owner too; with it off those nobody owns are hidden (ACC-4)
	User       int64
	Teams      []int64
	Mates      []int64 // who is on one of the teams, by an extra one too; sorted
}

// Ownership is all that the permission check needs to know of a record.
type Ownership struct{ Owner, Team int64 } // 0 for none

// Scope returns what of an object type the actor may do the verb to.
func (a Actor) Scope(v Verb, objectType string) Scope {
	if a.SuperAdmin {
		return Scope{Reach: Everything, Unassigned: true}
	}
	if a.Limited() {
		return a.appScope(v, objectType)
	}
	s, ok := a.Grants[Grant{objectType, v}]
	if !ok {
		s = a.Grants[Grant{"*", v}]
	}
	s.User, s.Teams, s.Mates = a.Person(), a.Teams, a.Mates
	return s
}

// Allows reports whether the record is in the scope.
func (s Scope) Allows(o Ownership) bool {
	unowned := o.Owner == 0 && o.Team == 0
	switch {
	case s.Reach == None:
		return false
	case o.Owner == 0 && !s.Unassigned && (unowned || s.Reach != TeamOnly):
		return false
	case unowned, s.Reach == Everything:
		return true
	case o.Owner != 0 && o.Owner == s.User:
		return true
	}
	if s.Reach != TeamOnly {
		return false
	}
	_, mate := slices.BinarySearch(s.Mates, o.Owner)
	return o.Owner != 0 && mate || o.Team != 0 && slices.Contains(s.Teams, o.Team)
}

// All reports whether the scope covers every record, so that no condition is needed.
func (s Scope) All() bool { return s.Reach == Everything && s.Unassigned }

// Where appends the scope as a condition over the columns that hold owner and team (NULL for none).
// An owned record carries the main team that its owner had when they got it.
func (s Scope) Where(q *db.SQL, ownerColumn, teamColumn string) *db.SQL {
	switch {
	case s.Reach == None:
		return q.Add("FALSE")
	case s.All():
		return q.Add("TRUE")
	case s.Reach == Everything:
		return q.Add(ownerColumn + " IS NOT NULL")
	}
	q.Add("("+ownerColumn+" = ?", s.User)
	if s.Reach == TeamOnly && len(s.Teams) > 0 {
		q.Add(" OR ")
		db.In(q, teamColumn, s.Teams)
	}
	if s.Reach == TeamOnly && len(s.Mates) > 0 {
		q.Add(" OR ")
		db.In(q, ownerColumn, s.Mates)
	}
	if s.Unassigned {
		q.Add(" OR (" + ownerColumn + " IS NULL AND " + teamColumn + " IS NULL)")
	}
	return q.Add(")")
}

// Check returns a Denied error fit for a user unless the actor may do the verb to a record.
func (a Actor) Check(v Verb, objectType string, o Ownership) error {
	if a.Scope(v, objectType).Allows(o) {
		return nil
	}
	return errs.Newf(errs.Denied, "You may not %s these %s. Ask an admin for the permission.", v, objectType)
}
