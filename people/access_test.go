package people_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
)

// told are the actions in the audit log, oldest first, with what they were done to.
func told(t *testing.T, d *db.DB, s *people.Service, categories ...string) (out []string) {
	t.Helper()
	dbtest.See(t, d, func(tx *db.Tx) error {
		all, err := s.AuditLog(tx, people.System, audit.Query{Categories: categories, OldFirst: true, Limit: 1000})
		for _, e := range all {
			var detail []string
			for _, k := range slices.Sorted(maps.Keys(e.Detail)) {
				detail = append(detail, k+": "+e.Detail[k])
			}
			out = append(out, strings.TrimSpace(e.Name+" "+e.Action+" "+e.Object+" "+strings.Join(detail, ", ")))
		}
		return err
	})
	return out
}

func TestTokensWithScopes(t *testing.T) { // ACC-8, ACC-9
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		boss := add(t, s, "ann@example.org", true).Actor()
		token, secret, err := s.AddToken(ctx, boss, "sync", "tickets", "crm.objects.contacts.read", "tickets")
		if err != nil || !slices.Equal(token.Scopes, []string{"tickets", "crm.objects.contacts.read"}) {
			t.Fatalf("%+v, %v", token, err)
		}
		if _, _, err := s.AddToken(ctx, boss, "sync", "crm.objects.tickets.fly"); !errs.Is(err, errs.Invalid) {
			t.Errorf("a scope that there is not: %v", err)
		}
		got, err := s.TokenOf(ctx, secret)
		if err != nil || !slices.Equal(got.Scopes, token.Scopes) || !got.Actor().Limited() {
			t.Errorf("%+v, %v", got, err)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			_, err := s.ChangeToken(tx, boss, token.ID, "sync all", nil)
			return err
		})
		if got, err := s.TokenOf(ctx, secret); err != nil || got.Scopes != nil || got.Actor().Limited() {
			t.Errorf("with all scopes: %+v, %v", got, err)
		}
		_, fresh, err := s.RotateToken(ctx, boss, token.ID)
		if _, old := s.TokenOf(ctx, secret); err != nil || !errs.Is(old, errs.Unauthenticated) {
			t.Errorf("the old secret: %v, %v", old, err)
		}
		if got, err := s.TokenOf(ctx, fresh); err != nil || got.ID != token.ID {
			t.Errorf("the new secret: %+v, %v", got, err)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error { return s.RemoveToken(tx, boss, token.ID) })
		want := []string{
			"Ann token.created sync scopes: tickets crm.objects.contacts.read",
			"Ann token.changed sync all name: sync → sync all, scopes: tickets crm.objects.contacts.read → all",
			"Ann token.rotated sync all", "Ann token.revoked sync all",
		}
		if got := told(t, d, s, "token"); !slices.Equal(got, want) {
			t.Errorf("the log says %q", got)
		}
		if _, _, err := s.RotateToken(ctx, boss, token.ID); !errs.Is(err, errs.NotFound) {
			t.Errorf("a token that is gone: %v", err)
		}
	})
}

func TestWhatScopesLetAnAppDo(t *testing.T) { // ACC-8
	for name, tt := range map[string]struct {
		scopes []string
		may    []string // "verb type", of those below
	}{
		"nothing":      {nil, nil},
		"tickets":      {[]string{"tickets"}, []string{"view tickets", "edit tickets", "delete tickets"}},
		"contacts":     {[]string{"crm.objects.contacts.read"}, []string{"view contacts", "view notes"}},
		"both":         {[]string{"crm.objects.contacts.write", "crm.objects.deals.read"}, []string{"view contacts", "edit contacts", "delete contacts", "view notes", "edit notes", "delete notes", "view deals"}},
		"custom":       {[]string{"crm.objects.custom.read"}, []string{"view cars"}},
		"talk":         {[]string{"conversations.read"}, []string{"view tickets"}},
		"talk back":    {[]string{"conversations.write"}, []string{"view tickets", "edit tickets"}},
		"what is ours": {[]string{"helpdesk.read", "helpdesk.write", "helpdesk.settings", "settings.users.write"}, nil},
	} {
		app := people.LimitedApp(5, "sync", tt.scopes)
		var may []string
		for _, typ := range []string{"tickets", "contacts", "notes", "companies", "deals", "cars"} {
			for _, v := range []people.Verb{people.View, people.Edit, people.Delete} {
				if app.Scope(v, typ).All() {
					may = append(may, string(v)+" "+typ)
				} else if app.Scope(v, typ).Reach != people.None {
					t.Errorf("%s: %s %s reaches halfway", name, v, typ)
				}
			}
		}
		if !slices.Equal(may, tt.may) {
			t.Errorf("%s: may %q, want %q", name, may, tt.may)
		}
	}
	all := people.LimitedApp(5, "sync", func() (names []string) {
		for _, s := range people.AppScopes() {
			names = append(names, s.Name)
		}
		return names
	}())
	if all.May(people.ManageTokens) || !all.May(people.ManageUsers) || !all.May(people.ReadAudit) || !all.May(people.Workspace) {
		t.Error("an app with every scope may not make tokens, and may the rest")
	}
	if dev := people.DeveloperOf(5, "sync"); dev.Scope(people.View, "tickets").Reach != people.None || dev.May(people.ManageTokens) {
		t.Error("a developer key opens records")
	}
}

func TestNamesOfScopes(t *testing.T) {
	for name, want := range map[string]string{
		"tickets": "tickets", "Ticket": "tickets", "0-5": "tickets", "contacts": "crm.objects.contacts.read", "CONTACT": "crm.objects.contacts.read",
		"0-1": "crm.objects.contacts.read", "company": "crm.objects.companies.read", "0-46": "crm.objects.contacts.read", "deal": "crm.objects.deals.read",
		"2-5": "crm.objects.custom.read", "": "crm.objects.custom.read", "p1_tickets": "crm.objects.custom.read", "feedback_submissions": "crm.objects.feedback_submissions.read",
	} {
		if got := people.ScopeOf("crm.objects.*.read", name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
	seen := map[string]bool{}
	for _, s := range people.AppScopes() {
		if seen[s.Name] || s.Does == "" {
			t.Errorf("%s is there twice, or does not say what it does", s.Name)
		}
		seen[s.Name] = true
	}
}

func TestTheLogOfPeople(t *testing.T) { // ACC-9
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		boss := add(t, s, "ann@example.org", true).Actor()
		ctx := audit.From(ctx, "192.0.2.7")
		bob, err := s.AddUser(ctx, boss, people.NewUser{Name: "Bob", Email: "bob@example.org", Password: "correct horse"})
		if err != nil {
			t.Fatal(err)
		}
		var team people.Team
		dbtest.Do(t, d, func(tx *db.Tx) (err error) { team, err = s.AddTeam(tx, boss, "First"); return err })
		for _, c := range []people.UserChange{
			{SuperAdmin: ptr(true), MainTeam: &team.ID}, {Password: ptr("battery staple")}, {Active: ptr(false), Seat: ptr(people.ViewSeat)}, {Locale: ptr("nl")},
		} {
			if _, err := s.ChangeUser(ctx, boss, bob.ID, c); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := s.SignIn(ctx, "ann@example.org", "correct horse", "Firefox", "192.0.2.8"); err != nil {
			t.Fatal(err)
		}
		for _, bad := range [][2]string{{"ann@example.org", "wrong one"}, {"eve@example.org", "x"}, {"bob@example.org", "battery staple"}} {
			if _, _, err := s.SignIn(ctx, bad[0], bad[1], "curl", "192.0.2.9"); !errs.Is(err, errs.Unauthenticated) {
				t.Fatal(err)
			}
		}
		want := []string{
			"Deskbell user.created ann@example.org seat: service, superAdmin: true",
			"Ann user.created bob@example.org seat: service, superAdmin: false",
			"Ann team.created First",
			"Ann user.changed bob@example.org mainTeam: First, superAdmin: false → true, teams: First",
			"Ann user.changed bob@example.org password: changed",
			"Ann user.changed bob@example.org active: true → false, seat: service → view",
			"Ann sign-in.ok ann@example.org agent: Firefox",
			"ann@example.org sign-in.failed ann@example.org agent: curl, why: The e-mail or the password is wrong.",
			"eve@example.org sign-in.failed eve@example.org agent: curl, why: The e-mail or the password is wrong.",
			"bob@example.org sign-in.failed bob@example.org agent: curl, why: This user was deactivated. Ask an admin.",
		}
		if got := told(t, d, s); !slices.Equal(got, want) {
			t.Errorf("the log says\n%s", strings.Join(got, "\n"))
		}
		dbtest.See(t, d, func(tx *db.Tx) error {
			all, err := s.AuditLog(tx, boss, audit.Query{Categories: []string{"user"}, Limit: 1})
			if len(all) != 1 || all[0].Address != "192.0.2.7" || all[0].ObjectID != bob.ID {
				t.Errorf("the newest is %+v", all)
			}
			if _, err := s.AuditLog(tx, bob.Actor(), audit.Query{Limit: 1}); !errs.Is(err, errs.Denied) {
				t.Errorf("anybody reads it: %v", err)
			}
			return err
		})
	})
}

// Who may manage users cannot make themselves, or an app of theirs, more than that (ACC-5, ACC-8).
func TestOnlySuperAdminsMakeSuperAdmins(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *people.Service) {
		boss := add(t, s, "ann@example.org", true)
		app := people.LimitedApp(5, "sync", []string{"settings.users.write"})
		bob, err := s.AddUser(ctx, app, people.NewUser{Name: "Bob", Email: "bob@example.org", Password: "correct horse"})
		if err != nil {
			t.Fatal(err)
		}
		_, made := s.AddUser(ctx, app, people.NewUser{Name: "Eve", Email: "eve@example.org", Password: "correct horse", SuperAdmin: true})
		_, raised := s.ChangeUser(ctx, app, bob.ID, people.UserChange{SuperAdmin: ptr(true)})
		_, taken := s.ChangeUser(ctx, app, boss.ID, people.UserChange{Password: ptr("battery staple")})
		_, off := s.ChangeUser(ctx, app, boss.ID, people.UserChange{Active: ptr(false)})
		for what, err := range map[string]error{"made one": made, "raised one": raised, "took one over": taken, "switched one off": off} {
			if !errs.Is(err, errs.Denied) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := s.ChangeUser(ctx, app, bob.ID, people.UserChange{Seat: ptr(people.ViewSeat)}); err != nil {
			t.Error(err)
		}
	})
}

func TestTeamsNest(t *testing.T) { // ACC-6
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		add := func(name string) (team people.Team) {
			dbtest.Do(t, d, func(tx *db.Tx) (err error) { team, err = s.AddTeam(tx, people.System, name); return err })
			return team
		}
		under := func(team, parent int64) error {
			return d.Write(ctx, func(tx *db.Tx) error {
				_, err := s.ChangeTeam(tx, people.System, team, people.TeamChange{Parent: &parent})
				return err
			})
		}
		top, middle, low := add("Top"), add("Middle"), add("Low")
		if err := under(middle.ID, top.ID); err != nil {
			t.Error(err)
		}
		if err := under(low.ID, middle.ID); err != nil {
			t.Error(err)
		}
		for _, parent := range []int64{top.ID, middle.ID, low.ID, 99} {
			if err := under(top.ID, parent); !errs.Is(err, errs.Invalid) {
				t.Errorf("the top below %d: %v", parent, err)
			}
		}
		dbtest.Do(t, d, func(tx *db.Tx) error { return s.RemoveTeam(tx, people.System, middle.ID) })
		dbtest.See(t, d, func(tx *db.Tx) error {
			dir, err := s.Directory(tx)
			if left, _ := dir.Team(low.ID); left.Parent != top.ID {
				t.Errorf("what was below a removed team is below %d", left.Parent)
			}
			return err
		})
		if err := under(low.ID, 0); err != nil {
			t.Error(err)
		}
	})
}

func TestMembers(t *testing.T) { // ACC-6
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		ann, bob := add(t, s, "ann@example.org", true), add(t, s, "bob@example.org", false)
		var one, two people.Team
		dbtest.Do(t, d, func(tx *db.Tx) (err error) {
			if one, err = s.AddTeam(tx, people.System, "One"); err != nil {
				return err
			}
			two, err = s.AddTeam(tx, people.System, "Two")
			return err
		})
		dbtest.Do(t, d, func(tx *db.Tx) error {
			return s.AddMembers(tx, people.System, one.ID, []people.Membership{{User: ann.ID, Main: true}, {User: bob.ID}})
		})
		dbtest.Do(t, d, func(tx *db.Tx) error {
			return s.AddMembers(tx, people.System, two.ID, []people.Membership{{User: ann.ID, Main: true}})
		})
		see := func(user, main int64, teams ...int64) {
			t.Helper()
			dbtest.See(t, d, func(tx *db.Tx) error {
				dir, err := s.Directory(tx)
				u, _ := dir.User(user)
				if got := slices.Sorted(slices.Values(u.Teams)); u.MainTeam != main || !slices.Equal(got, teams) {
					t.Errorf("main %d of %v", u.MainTeam, got)
				}
				return err
			})
		}
		see(ann.ID, two.ID, one.ID, two.ID)
		see(bob.ID, 0, one.ID)
		dbtest.Do(t, d, func(tx *db.Tx) error { return s.RemoveMember(tx, people.System, two.ID, ann.ID) })
		see(ann.ID, 0, one.ID)
		for what, change := range map[string]func(tx *db.Tx) error{
			"no such team":    func(tx *db.Tx) error { return s.AddMembers(tx, people.System, 99, nil) },
			"not a member":    func(tx *db.Tx) error { return s.RemoveMember(tx, people.System, two.ID, ann.ID) },
			"not permitted":   func(tx *db.Tx) error { return s.AddMembers(tx, bob.Actor(), one.ID, nil) },
			"nobody to add":   func(tx *db.Tx) error { return s.AddMembers(tx, people.System, one.ID, []people.Membership{{User: 99}}) },
			"nor to take out": func(tx *db.Tx) error { return s.RemoveMember(tx, bob.Actor(), one.ID, ann.ID) },
		} {
			if err := d.Write(ctx, change); errs.As(err) == nil {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// Whoever shares a team with a colleague sees what the colleague owns, by whichever of their teams it is (ACC-4).
func TestTeammatesByAnyTeam(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		ids := map[string]int64{}
		for _, name := range []string{"me", "main", "extra", "gone", "stranger"} {
			ids[name] = add(t, s, name+"@example.org", false).ID
		}
		var ours, theirs people.Team
		dbtest.Do(t, d, func(tx *db.Tx) (err error) {
			if ours, err = s.AddTeam(tx, people.System, "Ours"); err != nil {
				return err
			}
			theirs, err = s.AddTeam(tx, people.System, "Theirs")
			return err
		})
		join := func(team int64, user string, main bool) {
			dbtest.Do(t, d, func(tx *db.Tx) error {
				return s.AddMembers(tx, people.System, team, []people.Membership{{User: ids[user], Main: main}})
			})
		}
		join(ours.ID, "me", false)
		join(ours.ID, "main", true)
		for _, user := range []string{"extra", "stranger", "gone"} {
			join(theirs.ID, user, true)
		}
		join(ours.ID, "extra", false)
		join(ours.ID, "gone", false)
		if _, err := s.ChangeUser(ctx, people.System, ids["gone"], people.UserChange{Active: ptr(false)}); err != nil {
			t.Fatal(err)
		}
		me := func() (out people.Scope) {
			dbtest.See(t, d, func(tx *db.Tx) error {
				dir, err := s.Directory(tx)
				u, _ := dir.User(ids["me"])
				a := u.Actor()
				a.Grants = map[people.Grant]people.Scope{{ObjectType: "*", Verb: people.View}: {Reach: people.TeamOnly}}
				out = a.Scope(people.View, "tickets")
				return err
			})
			return out
		}
		seen := func(scope people.Scope) (names []string) {
			for name, id := range ids {
				if scope.Allows(people.Ownership{Owner: id, Team: theirs.ID}) {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			return names
		}
		if got := seen(me()); !slices.Equal(got, []string{"extra", "gone", "main", "me"}) {
			t.Errorf("sees what is of %q", got)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error { return s.RemoveMember(tx, people.System, ours.ID, ids["extra"]) })
		if got := seen(me()); !slices.Equal(got, []string{"gone", "main", "me"}) {
			t.Errorf("at once after one left the team: %q", got)
		}
	})
}
