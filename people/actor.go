// Package people owns users, teams, seats, sessions, API tokens, and the one permission check with its SQL form.
// It knows record types only by name, and records only by who owns them.
package people

import (
	"slices"

	"github.com/deskbell/deskbell/event"
)

// Actor is who asks: a signed-in user, an app with a token, or the program itself.
type Actor struct {
	Kind        event.ActorKind
	ID          int64 // of the user or app; 0 for the system
	Name        string
	SuperAdmin  bool
	Seat        Seat
	MainTeam    int64   // 0 for none
	Teams       []int64 // every team of the user, the main one included
	Mates       []int64 // every user, the inactive ones too, who is on one of those teams; sorted
	Permissions []Permission
	Grants      map[Grant]Scope // by object type and verb; what is missing is denied
	Scopes      []string        // of an app that was not given all; the door asks for them
	Developer   bool            // came with an app's developer key
	For         int64           // the user for whom an import acts; 0 for none
}

// Seat is what lets a user work in the help desk (ACC-2).
type Seat string

// The seats.
const (
	ServiceSeat Seat = "service"
	ViewSeat    Seat = "view"
)

// System is the program itself: it may all.
var System = Actor{Kind: event.System, Name: "Deskbell", SuperAdmin: true}

// Automation is System acting by a rule that people set.
var Automation = Actor{Kind: event.Automation, Name: "Automation", SuperAdmin: true}

// Importing returns an import that acts for the actor: it may what they may, and is who did it.
func (a Actor) Importing(id int64) Actor {
	if a.Kind == event.User {
		a.For = a.ID
	}
	a.Kind, a.ID = event.Import, id
	return a
}

// Person is the user who acts, or for whom an import does; 0 for none.
func (a Actor) Person() int64 {
	if a.Kind == event.User {
		return a.ID
	}
	return a.For
}

// As returns who acted, for events and history.
func (a Actor) As() event.Actor { return event.Actor{Kind: a.Kind, ID: a.ID} }

// Limited reports whether the actor is an app that may do no more than its scopes say (ACC-8), or imports for one.
func (a Actor) Limited() bool {
	return !a.SuperAdmin && (a.Kind == event.App || a.Kind == event.Import && a.For == 0)
}

// IsPerson reports whether a signed-in user acts, for whom the rules that bind people hold.
func (a Actor) IsPerson() bool { return a.Kind == event.User }

// Permission is what an account lets a user do beyond records (ACC-5).
type Permission string

// The permissions of this slice; roles are sets of them.
const (
	ManageUsers      Permission = "users"
	ManageAccount    Permission = "account" // channels, inboxes, moving conversations
	ManagePipelines  Permission = "pipelines"
	ManageProperties Permission = "properties" // what records can have
	ManageTokens     Permission = "tokens"
	CustomViews      Permission = "views"
	ReadAudit        Permission = "audit"
	Signed           Permission = "signed-in" // any user or app
	Workspace        Permission = "workspace" // a service seat or an app
)

// May reports whether the actor has an account permission.
func (a Actor) May(p Permission) bool {
	switch {
	case a.SuperAdmin:
		return true
	case p == Signed:
		return a.Kind == event.User || a.Kind == event.App
	case p == Workspace:
		return a.Kind == event.App || a.Kind == event.Import || a.Kind == event.User && a.Seat == ServiceSeat
	}
	return slices.Contains(a.Permissions, p)
}
