package people_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

func ptr[T any](v T) *T { return &v }

// names returns the fields that an Invalid error names.
func names(err error) []string {
	e := errs.As(err)
	if e == nil || e.Kind != errs.Invalid {
		return []string{fmt.Sprint(err)}
	}
	var out []string
	for _, f := range e.Fields {
		out = append(out, f.Name)
	}
	return out
}

func TestWhatAUserMayBeMadeOf(t *testing.T) { // ACC-1
	each(t, func(t *testing.T, _ *db.DB, s *people.Service) {
		good := people.NewUser{Name: "Ann", Email: "ann@example.org", Password: "correct horse"}
		for name, tt := range map[string]struct {
			spoil func(n *people.NewUser)
			bad   string // the field named
		}{
			"blank name":            {func(n *people.NewUser) { n.Name = "  \t" }, "name"},
			"long name":             {func(n *people.NewUser) { n.Name = strings.Repeat("ä", 201) }, "name"},
			"name with NUL":         {func(n *people.NewUser) { n.Name = "An\x00n" }, "name"},
			"name of two lines":     {func(n *people.NewUser) { n.Name = "Ann\nBcc: x" }, "name"},
			"name that is no text":  {func(n *people.NewUser) { n.Name = "An\xffn" }, "name"},
			"no e-mail":             {func(n *people.NewUser) { n.Email = "" }, "email"},
			"e-mail with name":      {func(n *people.NewUser) { n.Email = "Ann <ann@example.org>" }, "email"},
			"two e-mails":           {func(n *people.NewUser) { n.Email = "ann@example.org, bob@example.org" }, "email"},
			"e-mail with NUL":       {func(n *people.NewUser) { n.Email = "an\x00n@example.org" }, "email"},
			"e-mail too long":       {func(n *people.NewUser) { n.Email = "ann@" + strings.Repeat("a", 250) + ".org" }, "email"},
			"short password":        {func(n *people.NewUser) { n.Password = "1234567" }, "password"},
			"long password":         {func(n *people.NewUser) { n.Password = strings.Repeat("long", 51) }, "password"},
			"password of one sign":  {func(n *people.NewUser) { n.Password = "aaaaaaaaaaaa" }, "password"},
			"password of one ä":     {func(n *people.NewUser) { n.Password = "ääääääääää" }, "password"},
			"password is the email": {func(n *people.NewUser) { n.Password = "ANN@example.org" }, "password"},
			"no such seat":          {func(n *people.NewUser) { n.Seat = "admin" }, "seat"},
			"no such zone":          {func(n *people.NewUser) { n.TimeZone = "Europe/Atlantis" }, "timeZone"},
			"the machine's zone":    {func(n *people.NewUser) { n.TimeZone = "Local" }, "timeZone"},
			"a path for a zone":     {func(n *people.NewUser) { n.TimeZone = "../../etc/passwd" }, "timeZone"},
			"no such locale":        {func(n *people.NewUser) { n.Locale = "English, please" }, "locale"},
			"a long locale":         {func(n *people.NewUser) { n.Locale = strings.Repeat("en-", 1000) + "en" }, "locale"},
			"no such main team":     {func(n *people.NewUser) { n.MainTeam = 99 }, "teamIds"},
			"no such team":          {func(n *people.NewUser) { n.Teams = []int64{99} }, "teamIds"},
		} {
			n := good
			tt.spoil(&n)
			if _, err := s.AddUser(ctx, people.System, n); !slices.Equal(names(err), []string{tt.bad}) {
				t.Errorf("%s: %v, want %s named", name, err, tt.bad)
			}
		}
		u, err := s.AddUser(ctx, people.System, people.NewUser{Name: " Ann ", Email: " ANN@Example.org", Password: "pässwörd", Locale: "nl-BE", TimeZone: "Europe/Brussels"})
		if err != nil || u.Name != "Ann" || u.Email != "ann@example.org" || u.Seat != people.ServiceSeat || !u.Active || u.SuperAdmin || u.Locale != "nl-BE" {
			t.Errorf("made %+v, %v", u, err)
		}
	})
}

func TestWhatAUserMayChangeOfThemselves(t *testing.T) { // ACC-1, UX-4
	each(t, func(t *testing.T, _ *db.DB, s *people.Service) {
		add(t, s, "boss@example.org", true)
		u := add(t, s, "ann@example.org", false)
		for name, tt := range map[string]struct {
			change people.UserChange
			bad    string
		}{
			"no name":            {people.UserChange{Name: ptr(" ")}, "name"},
			"NUL in the name":    {people.UserChange{Name: ptr("a\x00")}, "name"},
			"weak password":      {people.UserChange{Password: ptr("short")}, "password"},
			"no zone":            {people.UserChange{TimeZone: ptr("")}, "timeZone"},
			"the machine's zone": {people.UserChange{TimeZone: ptr("Local")}, "timeZone"},
			"no locale":          {people.UserChange{Locale: ptr("")}, "locale"},
			"locale with NUL":    {people.UserChange{Locale: ptr("en\x00")}, "locale"},
			"no JSON":            {people.UserChange{Preferences: json.RawMessage(`{"theme":`)}, "preferences"},
			"no object":          {people.UserChange{Preferences: json.RawMessage(`[1]`)}, "preferences"},
			"null":               {people.UserChange{Preferences: json.RawMessage(`null`)}, "preferences"},
			"NUL in JSON":        {people.UserChange{Preferences: json.RawMessage(`{"a":"\u0000"}`)}, "preferences"},
			"no text in JSON":    {people.UserChange{Preferences: json.RawMessage("{\"a\":\"\xff\"}")}, "preferences"},
			"too much JSON":      {people.UserChange{Preferences: json.RawMessage(`{"a":"` + strings.Repeat("x", 64<<10) + `"}`)}, "preferences"},
		} {
			if _, err := s.ChangeUser(ctx, u.Actor(), u.ID, tt.change); !slices.Equal(names(err), []string{tt.bad}) {
				t.Errorf("%s: %v, want %s named", name, err, tt.bad)
			}
		}
		large := `{"theme":"dark","note":"` + strings.Repeat("x", 60<<10) + `"}`
		after, err := s.ChangeUser(ctx, u.Actor(), u.ID, people.UserChange{Locale: ptr("de"), TimeZone: ptr("Europe/Berlin"), Preferences: json.RawMessage(large)})
		var kept map[string]string
		if err := errors.Join(err, json.Unmarshal(after.Preferences, &kept)); err != nil {
			t.Fatal(err)
		}
		if after.Locale != "de" || after.TimeZone != "Europe/Berlin" || kept["theme"] != "dark" || len(kept["note"]) != 60<<10 {
			t.Errorf("changed to %s, %s, %.50s", after.Locale, after.TimeZone, after.Preferences)
		}
		// What was not named stays.
		if after, err = s.ChangeUser(ctx, u.Actor(), u.ID, people.UserChange{Name: ptr("Anna")}); err != nil || after.Name != "Anna" || after.Locale != "de" || len(after.Preferences) < 60<<10 {
			t.Errorf("changed to %s, %s, %d bytes; %v", after.Name, after.Locale, len(after.Preferences), err)
		}
	})
}

func TestOthersAndRightsAreForAdminsToChange(t *testing.T) { // ACC-1
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		boss, ann, bob := add(t, s, "boss@example.org", true), add(t, s, "ann@example.org", false), add(t, s, "bob@example.org", false)
		for name, c := range map[string]people.UserChange{
			"a seat": {Seat: ptr(people.ViewSeat)}, "a main team": {MainTeam: ptr(int64(0))}, "teams": {Teams: &[]int64{}},
			"activity": {Active: ptr(false)}, "super admin": {SuperAdmin: ptr(true)}, "a name and a seat": {Name: ptr("x"), Seat: ptr(people.ServiceSeat)},
		} {
			if _, err := s.ChangeUser(ctx, ann.Actor(), ann.ID, c); !errs.Is(err, errs.Denied) {
				t.Errorf("%s of one's own: %v", name, err)
			}
		}
		if _, err := s.ChangeUser(ctx, ann.Actor(), bob.ID, people.UserChange{Name: ptr("Bobby")}); !errs.Is(err, errs.Denied) {
			t.Errorf("another's name: %v", err)
		}
		app := people.Actor{Kind: "app", ID: ann.ID} // an app with a user's number is not that user
		if _, err := s.ChangeUser(ctx, app, ann.ID, people.UserChange{Name: ptr("x")}); !errs.Is(err, errs.Denied) {
			t.Errorf("an app: %v", err)
		}
		if _, err := s.ChangeUser(ctx, boss.Actor(), 12345, people.UserChange{Name: ptr("x")}); !errs.Is(err, errs.NotFound) {
			t.Errorf("nobody: %v", err)
		}
		viewer, err := s.ChangeUser(ctx, boss.Actor(), bob.ID, people.UserChange{Seat: ptr(people.ViewSeat)})
		if err != nil || viewer.InWorkspace() || viewer.Actor().May(people.Workspace) {
			t.Errorf("a view-only seat in the workspace: %+v, %v", viewer, err)
		}
		for what, err := range map[string]error{
			"rename a team": d.Write(ctx, func(tx *db.Tx) error { _, err := s.ChangeTeam(tx, ann.Actor(), 1, people.TeamChange{}); return err }),
			"remove a team": d.Write(ctx, func(tx *db.Tx) error { return s.RemoveTeam(tx, ann.Actor(), 1) }),
			"see tokens":    d.Read(ctx, func(tx *db.Tx) error { _, err := s.Tokens(tx, ann.Actor()); return err }),
			"remove tokens": d.Write(ctx, func(tx *db.Tx) error { return s.RemoveToken(tx, ann.Actor(), 1) }),
			"the account": d.Write(ctx, func(tx *db.Tx) error {
				return s.SetAccount(tx, ann.Actor(), people.Account{Name: "x", Domain: "x.org"})
			}),
		} {
			if !errs.Is(err, errs.Denied) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// Two admins on two nodes who demote each other at the same moment: one of them stays (ACC-1, SCALE-1).
func TestAdminsCannotDemoteEachOtherAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		first := dbtest.Open(t, cfg)
		nodes := []*people.Service{people.New(first, cheap), people.New(first, cheap)}
		if first.Postgres() {
			cfg.Node = 1
			nodes[1] = people.New(dbtest.Open(t, cfg), cheap)
		}
		both := []people.User{add(t, nodes[0], "ann@example.org", true), add(t, nodes[0], "bob@example.org", true)}
		for round := range 8 {
			told := make([]error, 2)
			var all sync.WaitGroup
			for i := range 2 {
				all.Go(func() {
					_, told[i] = nodes[i].ChangeUser(ctx, both[i].Actor(), both[1-i].ID, people.UserChange{SuperAdmin: ptr(false)})
				})
			}
			all.Wait()
			admins := int64(0)
			dbtest.See(t, first, func(tx *db.Tx) (err error) {
				admins, err = db.Value[int64](tx, "SELECT count(*) FROM users WHERE super_admin AND active")
				return err
			})
			if admins != 1 || errs.Is(told[0], errs.Conflict) == errs.Is(told[1], errs.Conflict) {
				t.Fatalf("round %d: %d admins are left; told %v", round, admins, told)
			}
			for _, u := range both {
				if _, err := nodes[0].ChangeUser(ctx, people.System, u.ID, people.UserChange{SuperAdmin: ptr(true)}); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func TestSetUpRacesHaveOneWinner(t *testing.T) { // SCALE-1
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		first := dbtest.Open(t, cfg)
		nodes := []*people.Service{people.New(first, cheap), people.New(first, cheap)}
		if first.Postgres() {
			cfg.Node = 1
			nodes[1] = people.New(dbtest.Open(t, cfg), cheap)
		}
		told := make([]error, 6)
		prepared := make(chan bool, len(told))
		var all sync.WaitGroup
		for i := range told {
			all.Go(func() {
				_, told[i] = nodes[i%2].SetUp(ctx, people.Setup{Account: people.Account{Name: fmt.Sprint("Acme ", i), Domain: "acme.example"},
					Admin: people.NewUser{Name: "Ann", Email: fmt.Sprintf("ann%d@acme.example", i), Password: "correct horse"}},
					func(*db.Tx) error { prepared <- true; return nil })
			})
		}
		all.Wait()
		won := 0
		for i, err := range told {
			if err == nil {
				won++
			} else if !errs.Is(err, errs.Conflict) {
				t.Errorf("%d was told %v", i, err)
			}
		}
		if won != 1 || len(prepared) != 1 {
			t.Errorf("%d won, %d prepared", won, len(prepared))
		}
	})
}

func TestSetUpThatFailsCanBeTriedAgain(t *testing.T) { // REL-1
	each(t, func(t *testing.T, d *db.DB, s *people.Service) {
		in := people.Setup{Account: people.Account{Name: " Acme ", Domain: " ACME.Example "}, Admin: people.NewUser{Name: "Ann", Email: "ann@acme.example", Password: "correct horse"}}
		if _, err := s.SetUp(ctx, in, func(*db.Tx) error { return errors.New("no pipeline") }); err == nil {
			t.Fatal("set up although its preparation failed")
		}
		for name, spoil := range map[string]func(in *people.Setup){
			"company": func(in *people.Setup) { in.Account.Name = " " },
			"domain":  func(in *people.Setup) { in.Account.Domain = "not a domain" },
			"email":   func(in *people.Setup) { in.Admin.Email = "ann" },
		} {
			bad := in
			spoil(&bad)
			if _, err := s.SetUp(ctx, bad, func(*db.Tx) error { return nil }); !slices.Equal(names(err), []string{name}) {
				t.Errorf("%s: %v", name, err)
			}
		}
		u, err := s.SetUp(ctx, in, func(*db.Tx) error { return nil })
		if err != nil || !u.SuperAdmin || !u.InWorkspace() {
			t.Errorf("the second try: %+v, %v", u, err)
		}
		dbtest.See(t, d, func(tx *db.Tx) error {
			a, ok, err := s.Account(tx)
			if a.Name != "Acme" || a.Domain != "acme.example" || a.Portal < 10_000_000 || a.Portal > 99_999_999 || !ok {
				t.Errorf("the account is %+v, %v", a, ok)
			}
			return err
		})
	})
}
