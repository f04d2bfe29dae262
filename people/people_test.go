package people_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

var ctx = context.Background()

// cheap is for tests that are not about how slow guessing is.
var cheap = people.HashMemory(64)

func each(t *testing.T, story func(t *testing.T, d *db.DB, s *people.Service)) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) { story(t, d, people.New(d, cheap)) })
}

func add(t *testing.T, s *people.Service, email string, admin bool) people.User {
	t.Helper()
	u, err := s.AddUser(ctx, people.System, people.NewUser{Name: "Ann", Email: email, Password: "correct horse", SuperAdmin: admin})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestSignInAndOut(t *testing.T) { // ACC-7
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		add(t, s, "Ann@Example.org", true)
		secret, u, err := s.SignIn(ctx, " ann@example.ORG ", "correct horse", "test", "127.0.0.1")
		if err != nil || u.Email != "ann@example.org" {
			t.Fatalf("signed in as %q, %v", u.Email, err)
		}
		if _, err := s.Session(ctx, secret); err != nil {
			t.Error(err)
		}
		dbtest.See(t, d, func(tx *db.Tx) error {
			seen, err := s.LastSeen(tx)
			if !seen[u.ID].Equal(dbtest.Start) {
				t.Errorf("last seen %v", seen)
			}
			return err
		})
		if err := s.SignOut(ctx, secret); err != nil {
			t.Error(err)
		}
		if _, err := s.Session(ctx, secret); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("after signing out: %v", err)
		}
		for _, bad := range [][2]string{{"ann@example.org", "wrong"}, {"bob@example.org", "correct horse"}, {"", ""}} {
			if _, _, err := s.SignIn(ctx, bad[0], bad[1], "", "127.0.0.2"); !errs.Is(err, errs.Unauthenticated) {
				t.Errorf("%v: %v", bad, err)
			}
		}
	})
}

func TestGuessingIsSlowed(t *testing.T) { // ACC-7
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		try := func() error {
			_, _, err := s.SignIn(ctx, "nobody@example.org", "guess", "", "127.0.0.1")
			return err
		}
		for range 10 {
			if err := try(); !errs.Is(err, errs.Unauthenticated) {
				t.Fatal(err)
			}
		}
		if err := try(); !errs.Is(err, errs.Limited) {
			t.Errorf("the eleventh guess: %v", err)
		}
		d.Clock().(*clock.Fixed).Advance(time.Minute)
		if err := try(); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("a minute later: %v", err)
		}
	})
}

func TestAWholeOfficeSignsInFromOneAddress(t *testing.T) { // ACC-7: only what fails counts
	each(t, func(t *testing.T, _ *db.DB, s *people.Service) {
		u := add(t, s, "ann@example.org", true)
		sign := func(password string) error {
			_, _, err := s.SignIn(ctx, u.Email, password, "", "203.0.113.1")
			return err
		}
		for n := range 25 {
			if err := sign("correct horse"); err != nil {
				t.Fatalf("sign-in %d: %v", n+1, err)
			}
		}
		for range 10 {
			if err := sign("guess"); !errs.Is(err, errs.Unauthenticated) {
				t.Fatal(err)
			}
		}
		if err := sign("correct horse"); !errs.Is(err, errs.Limited) {
			t.Errorf("after ten guesses: %v", err)
		}
	})
}

func TestSessionEndsWhenUnusedOrUserDeactivated(t *testing.T) { // ACC-7
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		add(t, s, "boss@example.org", true)
		u := add(t, s, "ann@example.org", false)
		fixed := d.Clock().(*clock.Fixed)
		secret, _, err := s.SignIn(ctx, u.Email, "correct horse", "", "")
		if err != nil {
			t.Fatal(err)
		}
		fixed.Advance(29 * 24 * time.Hour)
		if _, err := s.Session(ctx, secret); err != nil {
			t.Errorf("in use: %v", err)
		}
		fixed.Advance(29 * 24 * time.Hour)
		if _, err := s.Session(ctx, secret); err != nil {
			t.Errorf("its use must have moved its end: %v", err)
		}
		off := false
		if _, err := s.ChangeUser(ctx, people.System, u.ID, people.UserChange{Active: &off}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Session(ctx, secret); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("deactivated: %v", err)
		}
	})
}

func TestBadUserNamesEachField(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		_, err := s.AddUser(ctx, people.System, people.NewUser{Email: "no address", Password: "short", Seat: "throne", TimeZone: "Mars"})
		var names []string
		for _, f := range errs.As(err).Fields {
			names = append(names, f.Name)
		}
		if !slices.Equal(names, []string{"name", "email", "password", "seat", "timeZone"}) {
			t.Errorf("named %v", names)
		}
		add(t, s, "ann@example.org", true)
		_, err = s.AddUser(ctx, people.System, people.NewUser{Name: "B", Email: "ANN@example.org", Password: "correct horse"})
		if !errs.Is(err, errs.Conflict) {
			t.Errorf("the same e-mail twice: %v", err)
		}
	})
}

func TestLastSuperAdminStays(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *people.Service) {
		u := add(t, s, "ann@example.org", true)
		off := false
		_, err := s.ChangeUser(ctx, u.Actor(), u.ID, people.UserChange{SuperAdmin: &off})
		if !errs.Is(err, errs.Conflict) {
			t.Errorf("got %v", err)
		}
		add(t, s, "bob@example.org", true)
		if _, err = s.ChangeUser(ctx, u.Actor(), u.ID, people.UserChange{SuperAdmin: &off}); err != nil {
			t.Error(err)
		}
	})
}

func TestOnlyAdminsManagePeople(t *testing.T) { // ACC-1
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		add(t, s, "boss@example.org", true)
		u := add(t, s, "ann@example.org", false)
		by := u.Actor()
		name, on := "Anna", true
		if _, err := s.ChangeUser(ctx, by, u.ID, people.UserChange{Name: &name}); err != nil {
			t.Errorf("one's own name: %v", err)
		}
		denied := map[string]error{}
		_, denied["promote"] = s.ChangeUser(ctx, by, u.ID, people.UserChange{SuperAdmin: &on})
		_, denied["add"] = s.AddUser(ctx, by, people.NewUser{Name: "C", Email: "c@example.org", Password: "correct horse"})
		_, _, denied["token"] = s.AddToken(ctx, by, "mine")
		denied["team"] = d.Write(ctx, func(tx *db.Tx) error { _, err := s.AddTeam(tx, by, "Ours"); return err })
		for what, err := range denied {
			if !errs.Is(err, errs.Denied) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestTeams(t *testing.T) { // ACC-6
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		u := add(t, s, "ann@example.org", true)
		var first, second people.Team
		dbtest.Do(t, d, func(tx *db.Tx) (err error) {
			if first, err = s.AddTeam(tx, u.Actor(), "First"); err != nil {
				return err
			}
			second, err = s.AddTeam(tx, u.Actor(), "Second")
			return err
		})
		err := d.Write(ctx, func(tx *db.Tx) error { _, err := s.AddTeam(tx, u.Actor(), "First"); return err })
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("the same name twice: %v", err)
		}
		u, err = s.ChangeUser(ctx, people.System, u.ID, people.UserChange{MainTeam: &first.ID, Teams: &[]int64{second.ID}})
		if err != nil || u.MainTeam != first.ID || len(u.Teams) != 2 {
			t.Errorf("main %d of %v, %v", u.MainTeam, u.Teams, err)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error { return s.RemoveTeam(tx, people.System, first.ID) })
		if err := d.Write(ctx, func(tx *db.Tx) error { return s.RemoveTeam(tx, people.System, first.ID) }); !errs.Is(err, errs.NotFound) {
			t.Errorf("removed twice: %v", err)
		}
		dbtest.See(t, d, func(tx *db.Tx) error {
			dir, err := s.Directory(tx)
			after, _ := dir.User(u.ID)
			if after.MainTeam != 0 || !slices.Equal(after.Teams, []int64{second.ID}) {
				t.Errorf("after removing the main team: %d of %v", after.MainTeam, after.Teams)
			}
			return err
		})
	})
}

func TestTokens(t *testing.T) { // ACC-8
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		token, secret, err := s.AddToken(ctx, people.System, "connector")
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.TokenOf(ctx, secret)
		if err != nil || got.ID != token.ID || !got.Actor().May(people.ManageUsers) {
			t.Errorf("acts as %+v, %v", got, err)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error { return s.RemoveToken(tx, people.System, token.ID) })
		if _, err := s.TokenOf(ctx, secret); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("revoked: %v", err)
		}
	})
}

func TestSetUpOnce(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *people.Service) {
		in := people.Setup{Account: people.Account{Name: "Acme", Domain: "Desk.Localhost"},
			Admin: people.NewUser{Name: "Ann", Email: "ann@example.org", Password: "correct horse"}}
		nothing := func(*db.Tx) error { return nil }
		u, err := s.SetUp(ctx, in, nothing)
		if err != nil || !u.SuperAdmin {
			t.Fatalf("%+v, %v", u, err)
		}
		if _, err := s.SetUp(ctx, in, nothing); !errs.Is(err, errs.Conflict) {
			t.Errorf("twice: %v", err)
		}
	})
}

// The SQL form and the memory form of the permission check are one check (ACC-3, ACC-4).
func TestScopeInSQLIsScopeInMemory(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			small := rapid.Int64Range(0, 3)
			s := people.Scope{Reach: people.Reach(rapid.IntRange(0, 3).Draw(rt, "reach")), Unassigned: rapid.Bool().Draw(rt, "unassigned"),
				User: 1 + small.Draw(rt, "user"), Teams: rapid.SliceOfN(rapid.Int64Range(1, 3), 0, 2).Draw(rt, "teams"),
				Mates: slices.Sorted(slices.Values(rapid.SliceOfN(rapid.Int64Range(1, 5), 0, 3).Draw(rt, "mates")))}
			o := people.Ownership{Owner: small.Draw(rt, "owner"), Team: small.Draw(rt, "team")}
			var q db.SQL
			q.Add("SELECT count(*) FROM (SELECT nullif(CAST(? AS BIGINT), 0) AS owner, nullif(CAST(? AS BIGINT), 0) AS team) AS one WHERE ", o.Owner, o.Team)
			s.Where(&q, "owner", "team")
			var n int64
			err := d.Read(ctx, func(tx *db.Tx) (err error) {
				n, err = db.Value[int64](tx, q.Text(), q.Args()...)
				return err
			})
			if err != nil || (n == 1) != s.Allows(o) {
				rt.Fatalf("%+v of %+v: SQL %d, memory %v, %v", s, o, n, s.Allows(o), err)
			}
		})
	})
}

func TestUserAddedByAnotherProcessSignsIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		server, command := dbtest.Open(t, cfg), dbtest.Open(t, cfg)
		s := people.New(server, cheap)
		dbtest.See(t, server, func(tx *db.Tx) error { _, err := s.Directory(tx); return err })
		add(t, people.New(command, cheap), "ann@example.org", true)
		if _, u, err := s.SignIn(ctx, "ann@example.org", "correct horse", "", ""); err != nil || u.Name != "Ann" {
			t.Errorf("signed in as %q, %v", u.Name, err)
		}
	})
}
