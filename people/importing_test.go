package people_test

import (
	"testing"

	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// An import is who did it, and may what its asker may: no more, no less.
func TestAnImportActsForItsAsker(t *testing.T) { // ACC-8, PROP-4
	own := people.Scope{Reach: people.OwnedOnly}
	user := people.Actor{
		Kind: event.User,
		ID:   7,
		Name: "Sam",
		Seat: people.ServiceSeat,
		Grants: map[people.Grant]people.Scope{
			{ObjectType: "contacts", Verb: people.Edit}: own,
		},
	}
	admin := people.Actor{Kind: event.User, ID: 8, SuperAdmin: true}
	viewer := people.Actor{Kind: event.User, ID: 9, Seat: people.ViewSeat}
	app := people.LimitedApp(10, "app", []string{"crm.objects.contacts.read"})
	for name, c := range map[string]struct {
		asker        people.Actor
		person       int64
		limited      bool
		edits        bool // a contact of the user's
		editsAnother bool
	}{
		"a user":    {user, 7, false, true, false},
		"an admin":  {admin, 8, false, true, true},
		"a viewer":  {viewer, 9, false, false, false},
		"an app":    {app, 0, true, false, false},
		"all scope": {people.Actor{Kind: event.App, ID: 11, SuperAdmin: true}, 0, false, true, true},
	} {
		im := c.asker.Importing(99)
		if im.As() != (event.Actor{Kind: event.Import, ID: 99}) {
			t.Errorf("%s: who did it is %v", name, im.As())
		}
		if c.asker.Kind == event.Import || c.asker.ID == 99 {
			t.Errorf("%s: the asker was changed", name)
		}
		if im.Person() != c.person || im.Limited() != c.limited || im.IsPerson() {
			t.Errorf("%s: person %d, limited %v, is a person %v", name, im.Person(), im.Limited(), im.IsPerson())
		}
		for owner, want := range map[int64]bool{
			7:  c.edits,
			12: c.editsAnother,
			99: c.editsAnother, // the import's own number is nobody
		} {
			err := im.Check(people.Edit, "contacts", people.Ownership{Owner: owner})
			if (err == nil) != want {
				t.Errorf("%s: a contact of %d: %v, want %v", name, owner, err, want)
			}
		}
	}
}

func TestWhoActs(t *testing.T) {
	for name, c := range map[string]struct {
		by     people.Actor
		person int64
	}{
		"a user":      {people.Actor{Kind: event.User, ID: 7}, 7},
		"an app":      {people.Actor{Kind: event.App, ID: 7}, 0},
		"the program": {people.System, 0},
		"a rule":      {people.Automation, 0},
	} {
		if got := c.by.Person(); got != c.person {
			t.Errorf("%s is the user %d, want %d", name, got, c.person)
		}
	}
}
