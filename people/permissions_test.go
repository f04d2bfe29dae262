package people_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Each reach against each sort of owner, with unassigned records switched on and off (ACC-3, ACC-4).
func TestScopes(t *testing.T) {
	const me, mate, stranger, ours, theirs = 1, 2, 3, 10, 20
	records := map[string]people.Ownership{
		"mine": {Owner: me, Team: ours}, "mine without team": {Owner: me}, "mine in another team": {Owner: me, Team: theirs},
		"a mate's": {Owner: mate, Team: ours}, "a stranger's": {Owner: stranger, Team: theirs}, "teamless stranger's": {Owner: stranger},
		"our team's": {Team: ours}, "their team's": {Team: theirs}, "nobody's": {},
	}
	every := []string{"mine", "mine without team", "mine in another team"}
	team := append(slices.Clone(every), "a mate's", "our team's")
	owned := append(slices.Clone(team), "a stranger's", "teamless stranger's", "their team's")
	for name, tt := range map[string]struct {
		reach      people.Reach
		unassigned bool
		want       []string
	}{
		"none":                       {people.None, false, nil},
		"none, unassigned":           {people.None, true, nil},
		"owned only":                 {people.OwnedOnly, false, every},
		"owned only, unassigned":     {people.OwnedOnly, true, append(slices.Clone(every), "nobody's")},
		"team only":                  {people.TeamOnly, false, team},
		"team only, unassigned":      {people.TeamOnly, true, append(slices.Clone(team), "nobody's")},
		"everything with an owner":   {people.Everything, false, slices.DeleteFunc(slices.Clone(owned), func(n string) bool { return strings.Contains(n, "team's") })},
		"everything and unassigned":  {people.Everything, true, append(slices.Clone(owned), "nobody's")},
		"a reach nobody has defined": {people.Reach(9), false, every},
	} {
		s := people.Scope{Reach: tt.reach, Unassigned: tt.unassigned, User: me, Teams: []int64{ours, 30}}
		var got []string
		for n, o := range records {
			if s.Allows(o) {
				got = append(got, n)
			}
		}
		slices.Sort(got)
		slices.Sort(tt.want)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s covers %q, want %q", name, got, tt.want)
		}
		if s.All() != (len(got) == len(records)) {
			t.Errorf("%s says that it covers all: %v", name, s.All())
		}
	}
}

func TestGrantsOfATypeGoBeforeThoseOfAll(t *testing.T) { // ACC-3
	a := people.Actor{Kind: "user", ID: 1, Teams: []int64{10}, Grants: map[people.Grant]people.Scope{
		{ObjectType: "*", Verb: people.View}:         {Reach: people.Everything, Unassigned: true},
		{ObjectType: "tickets", Verb: people.View}:   {Reach: people.OwnedOnly},
		{ObjectType: "tickets", Verb: people.Delete}: {Reach: people.None},
		{ObjectType: "*", Verb: people.Delete}:       {Reach: people.Everything},
	}}
	for _, tt := range []struct {
		verb  people.Verb
		typ   string
		owner int64
		ok    bool
	}{
		{people.View, "contacts", 2, true}, {people.View, "tickets", 2, false}, {people.View, "tickets", 1, true}, {people.View, "tickets", 0, false},
		{people.Delete, "contacts", 2, true}, {people.Delete, "tickets", 1, false}, {people.Edit, "tickets", 1, false}, {people.Communicate, "contacts", 1, false},
	} {
		err := a.Check(tt.verb, tt.typ, people.Ownership{Owner: tt.owner})
		if (err == nil) != tt.ok || err != nil && (!errs.Is(err, errs.Denied) || !strings.Contains(err.Error(), string(tt.verb)+" these "+tt.typ)) {
			t.Errorf("%s %s of %d: %v, want %v", tt.verb, tt.typ, tt.owner, err, tt.ok)
		}
	}
	a.SuperAdmin = true
	if err := a.Check(people.Delete, "tickets", people.Ownership{Owner: 2}); err != nil {
		t.Errorf("a super admin: %v", err)
	}
	if (people.Actor{}).Scope(people.View, "tickets").Allows(people.Ownership{}) {
		t.Error("who has no grants at all sees what nobody owns")
	}
}

func TestSeatsAndPermissions(t *testing.T) { // ACC-2, ACC-5
	view, service := people.User{Active: true, Seat: people.ViewSeat}.Actor(), people.User{Active: true, Seat: people.ServiceSeat}.Actor()
	admin, app := people.User{Active: true, SuperAdmin: true, Seat: people.ViewSeat}.Actor(), people.Actor{Kind: "app"}
	for p, want := range map[people.Permission]string{
		people.Signed: "true true true true", people.Workspace: "false true true true", people.CustomViews: "false true true false",
		people.ManageUsers: "false false true false", people.ManageAccount: "false false true false", people.ManagePipelines: "false false true false",
		people.ManageProperties: "false false true false",
		people.ManageTokens:     "false false true false", "no such permission": "false false true false", "": "false false true false",
	} {
		if got := fmt.Sprint(view.May(p), service.May(p), admin.May(p), app.May(p)); got != want {
			t.Errorf("%s: view, service, admin, app may %s, want %s", p, got, want)
		}
	}
	for verb, want := range map[people.Verb]bool{people.View: true, people.Create: false, people.Edit: false, people.Delete: false, people.Communicate: false} {
		if view.Scope(verb, "tickets").All() != want || !service.Scope(verb, "tickets").All() {
			t.Errorf("%s: a view-only seat %v, a service seat %v", verb, !want, service.Scope(verb, "tickets").All())
		}
	}
	if people.System.IsPerson() || !view.IsPerson() || app.IsPerson() || people.Automation.As().Kind == people.System.As().Kind {
		t.Error("who is a person, and who acted")
	}
	for name, u := range map[string]people.User{"inactive": {Seat: people.ServiceSeat}, "inactive admin": {SuperAdmin: true}, "view-only": {Active: true, Seat: people.ViewSeat}} {
		if u.InWorkspace() {
			t.Errorf("%s works tickets", name)
		}
	}
}

// A user's stored permissions stand in place of what the seat gives (ACC-3, ACC-5).
func TestStoredPermissionsReplaceTheSeats(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		u := add(t, s, "ann@example.org", false)
		store := func(set string) *people.Service {
			dbtest.Do(t, d, func(tx *db.Tx) error {
				_, err := tx.Exec("UPDATE users SET permissions = $2 WHERE id = $1", u.ID, set)
				return err
			})
			return people.New(d, cheap)
		}
		fresh := store(`{"permissions":["pipelines"],"grants":[{"objectType":"tickets","verb":"view","reach":2,"unassigned":true},{"objectType":"*","verb":"edit","reach":1}]}`)
		dbtest.See(t, d, func(tx *db.Tx) error {
			dir, err := fresh.Directory(tx)
			if err != nil {
				return err
			}
			now, ok := dir.UserByEmail("ANN@example.ORG")
			a := now.Actor()
			if !ok || !a.May(people.ManagePipelines) || a.May(people.CustomViews) || a.Scope(people.View, "contacts").Reach != people.None ||
				a.Scope(people.View, "tickets").Reach != people.TeamOnly || !a.Scope(people.View, "tickets").Unassigned || a.Scope(people.Edit, "contacts").Reach != people.OwnedOnly {
				t.Errorf("acts with %+v", a)
			}
			return nil
		})
		broken := store(`{"permissions":"all of them"}`)
		err := d.Read(ctx, func(tx *db.Tx) error { _, err := broken.Directory(tx); return err })
		if err == nil || !strings.Contains(err.Error(), fmt.Sprint("permissions of user ", u.ID)) {
			t.Errorf("a set that cannot be read: %v", err)
		}
	})
}

func TestPasswordChangeEndsEverySession(t *testing.T) { // ACC-7
	each(t, func(t *testing.T, _ *db.DB, s *people.Service) {
		ann, bob := add(t, s, "ann@example.org", true), add(t, s, "bob@example.org", false)
		enter := func(u people.User, password string) (string, error) {
			secret, _, err := s.SignIn(ctx, u.Email, password, "browser", "127.0.0.1")
			return secret, err
		}
		var of []string
		for _, u := range []people.User{ann, ann, bob} {
			secret, err := enter(u, "correct horse")
			if err != nil {
				t.Fatal(err)
			}
			of = append(of, secret)
		}
		valid := func() string {
			var out []bool
			for _, secret := range of {
				_, err := s.Session(ctx, secret)
				out = append(out, err == nil)
			}
			return fmt.Sprint(out)
		}
		if _, err := s.ChangeUser(ctx, ann.Actor(), ann.ID, people.UserChange{Name: ptr("Anna")}); err != nil || valid() != "[true true true]" {
			t.Errorf("after a change of name: %s, %v", valid(), err)
		}
		if _, err := s.ChangeUser(ctx, ann.Actor(), ann.ID, people.UserChange{Password: ptr("battery staple")}); err != nil || valid() != "[false false true]" {
			t.Errorf("after a change of password: %s, %v", valid(), err)
		}
		if _, err := enter(ann, "correct horse"); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("the old password: %v", err)
		}
		if _, err := enter(ann, "battery staple"); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
}

func TestSignInTakesHostileInput(t *testing.T) { // ACC-7, SEC-1
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		u := add(t, s, "ann@example.org", true)
		for i, bad := range [][2]string{
			{"ann@example.org\x00", "correct horse"}, {"ann\xff@example.org", "correct horse"}, {strings.Repeat("a", 1<<20) + "@example.org", "x"},
			{"ann@example.org", strings.Repeat("x", 1<<20)}, {"' OR 1=1 --", "x"}, {"ann@example.org", "correct horse\x00"}, {"%", "correct horse"},
		} {
			_, _, err := s.SignIn(ctx, bad[0], bad[1], "", fmt.Sprint("127.0.1.", i))
			if !errs.Is(err, errs.Unauthenticated) {
				t.Errorf("%.40q, %.40q: %v", bad[0], bad[1], err)
			}
		}
		// What browsers say of themselves is kept only as far as it is text of a bounded length.
		secret, _, err := s.SignIn(ctx, u.Email, "correct horse", "agent\x00\xff"+strings.Repeat("ä", 1000), strings.Repeat("9", 5000))
		if err != nil {
			t.Fatal(err)
		}
		dbtest.See(t, d, func(tx *db.Tx) error {
			n, err := db.Value[int64](tx, "SELECT max(length(agent) + length(address)) FROM sessions")
			if n == 0 || n > 600 {
				t.Errorf("%d letters of agent and address were kept", n)
			}
			return err
		})
		for _, forged := range []string{"", secret + "x", strings.ToUpper(secret), "' OR 1=1 --", "\x00", strings.Repeat("a", 1<<16)} {
			if _, err := s.Session(ctx, forged); !errs.Is(err, errs.Unauthenticated) {
				t.Errorf("the session %.20q: %v", forged, err)
			}
			if _, err := s.TokenOf(ctx, "pat-desk-"+forged); !errs.Is(err, errs.Unauthenticated) {
				t.Errorf("the token %.20q: %v", forged, err)
			}
			if err := s.SignOut(ctx, forged); err != nil {
				t.Errorf("signing out of %.20q: %v", forged, err)
			}
		}
		if _, err := s.Session(ctx, secret); err != nil {
			t.Errorf("the true one: %v", err)
		}
	})
}

// One address that tries ever new e-mails is stopped, and does not lock out those whose e-mails it names (ACC-7).
func TestOneAddressCannotSlowEverybody(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	s := people.New(d, cheap)
	u := add(t, s, "ann@example.org", true)
	limited := 0
	for i := range 60 {
		email := u.Email
		if i%2 == 0 {
			email = fmt.Sprintf("user%d@example.org", i)
		}
		if _, _, err := s.SignIn(ctx, email, "guess", "", "203.0.113.9"); errs.Is(err, errs.Limited) {
			limited++
		}
	}
	if limited != 50 {
		t.Errorf("%d of 60 tries of one address were refused, want 50", limited)
	}
	if _, _, err := s.SignIn(ctx, u.Email, "correct horse", "", "198.51.100.7"); err != nil {
		t.Errorf("she herself, from elsewhere: %v", err)
	}
	// Ten tries from ten addresses count for the e-mail that they all name.
	for i := range 10 {
		if _, _, err := s.SignIn(ctx, "bob@example.org", "guess", "", fmt.Sprint("192.0.2.", i)); !errs.Is(err, errs.Unauthenticated) {
			t.Error(err)
		}
	}
	if _, _, err := s.SignIn(ctx, "bob@example.org", "guess", "", "192.0.2.99"); !errs.Is(err, errs.Limited) {
		t.Errorf("the eleventh address: %v", err)
	}
}

func TestDeactivatedUserIsToldSoOnlyWithThePassword(t *testing.T) { // ACC-7
	each(t, func(t *testing.T, _ *db.DB, s *people.Service) {
		add(t, s, "boss@example.org", true)
		u := add(t, s, "ann@example.org", false)
		if _, err := s.ChangeUser(ctx, people.System, u.ID, people.UserChange{Active: ptr(false)}); err != nil {
			t.Fatal(err)
		}
		_, _, right := s.SignIn(ctx, u.Email, "correct horse", "", "1")
		_, _, wrong := s.SignIn(ctx, u.Email, "wrong horse", "", "2")
		if !errs.Is(right, errs.Unauthenticated) || !strings.Contains(right.Error(), "deactivated") || strings.Contains(wrong.Error(), "deactivated") {
			t.Errorf("with the password %v, without it %v", right, wrong)
		}
	})
}

func TestUseOfTokensAndTeamsIsTold(t *testing.T) { // ACC-6, ACC-8
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		for _, bad := range []string{"", "  ", strings.Repeat("x", 201), "a\x00b", "a\xffb"} {
			if _, _, err := s.AddToken(ctx, people.System, bad); !slices.Equal(names(err), []string{"name"}) {
				t.Errorf("a token called %.20q: %v", bad, err)
			}
			err := d.Write(ctx, func(tx *db.Tx) error { _, err := s.AddTeam(tx, people.System, bad); return err })
			if !slices.Equal(names(err), []string{"name"}) {
				t.Errorf("a team called %.20q: %v", bad, err)
			}
		}
		_, secret, err := s.AddToken(ctx, people.System, " first ")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.AddToken(ctx, people.System, "second"); err != nil {
			t.Fatal(err)
		}
		tokens := func() (all []people.Token) {
			dbtest.See(t, d, func(tx *db.Tx) (err error) { all, err = s.Tokens(tx, people.System); return err })
			return all
		}
		if all := tokens(); len(all) != 2 || all[1].Name != "first" || !all[1].Used.IsZero() || !all[1].Created.Equal(dbtest.Start) {
			t.Errorf("listed %+v", all)
		}
		for _, wait := range []time.Duration{0, time.Minute, 10 * time.Minute} {
			d.Clock().(*clock.Fixed).Advance(wait)
			if _, err := s.TokenOf(ctx, secret); err != nil {
				t.Fatal(err)
			}
		}
		if all := tokens(); !all[1].Used.Equal(dbtest.Start.Add(11 * time.Minute)) {
			t.Errorf("used at %v", all[1].Used)
		}
		err = d.Write(ctx, func(tx *db.Tx) error { return s.RemoveToken(tx, people.System, 5) })
		renamed := d.Write(ctx, func(tx *db.Tx) error { _, err := s.ChangeTeam(tx, people.System, 5, people.TeamChange{}); return err })
		if !errs.Is(err, errs.NotFound) || !errs.Is(renamed, errs.NotFound) {
			t.Errorf("a token that is not there: %v; a team: %v", err, renamed)
		}
	})
}

func TestMembersAreActiveAndInOrder(t *testing.T) { // ACC-6
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		var team people.Team
		dbtest.Do(t, d, func(tx *db.Tx) (err error) { team, err = s.AddTeam(tx, people.System, "Support"); return err })
		var last people.User
		for i, name := range []string{"Zoe", "Ann", "Mia", "Bob"} {
			u, err := s.AddUser(ctx, people.System, people.NewUser{Name: name, Email: strings.ToLower(name) + "@example.org", Password: "correct horse",
				SuperAdmin: i == 0, MainTeam: map[bool]int64{true: team.ID}[i%2 == 0], Teams: map[bool][]int64{true: {team.ID, team.ID, 0}}[i == 1]})
			if err != nil {
				t.Fatal(err)
			}
			last = u
			if i == 2 {
				if _, err := s.ChangeUser(ctx, people.System, u.ID, people.UserChange{Active: ptr(false)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		dbtest.See(t, d, func(tx *db.Tx) error {
			dir, err := s.Directory(tx)
			var got []string
			for _, u := range dir.Members(team.ID) {
				got = append(got, u.Name)
			}
			if fmt.Sprint(got) != "[Ann Zoe]" || len(dir.Users()) != 4 || len(dir.Teams()) != 1 || len(last.Teams) != 0 {
				t.Errorf("members %v of %d users; Bob is of %v", got, len(dir.Users()), last.Teams)
			}
			if _, ok := dir.Team(99); ok {
				t.Error("a team that is not there")
			}
			return err
		})
	})
}
