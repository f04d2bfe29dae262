package owners_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/hubspot/owners"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

type owner struct {
	ID, Email, Type, FirstName, LastName, CreatedAt, UpdatedAt string
	UserID                                                     *int64
	UserIDIncludingInactive                                    int64
	Archived                                                   bool
	Teams                                                      []struct {
		ID, Name string
		Primary  bool
	}
}

type page struct {
	Results []owner
	Paging  *struct{ Next struct{ After, Link string } }
}

func start(t *testing.T, cfg db.Config) (*gatetest.Desk, *people.Service) {
	d := dbtest.Open(t, cfg)
	staff := people.New(d, people.HashMemory(64))
	return gatetest.Start(t, d, staff, func(g *gate.Gate) { owners.Routes(g, d, staff) }), staff
}

func TestOwnersAreTheUsers(t *testing.T) { // API-1, ACC-6
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		k, staff := start(t, cfg)
		var support, sales people.Team
		dbtest.Do(t, k.DB, func(tx *db.Tx) (err error) {
			if support, err = staff.AddTeam(tx, people.System, "Support"); err == nil {
				sales, err = staff.AddTeam(tx, people.System, "Sales")
			}
			return err
		})
		_, ann := k.User(people.NewUser{Name: "Ann van Dam", Email: "ann@example.org", MainTeam: support.ID, Teams: []int64{sales.ID}})
		_, bob := k.User(people.NewUser{Name: "Bob", Email: "bob@example.org", Seat: people.ViewSeat})
		off := false
		if _, err := staff.ChangeUser(t.Context(), people.System, bob.ID, people.UserChange{Active: &off}); err != nil {
			t.Fatal(err)
		}
		app := k.App()
		for _, path := range []string{"/crm/v3/owners", "/crm/v3/owners/", "/crm/owners/2026-03", "/crm/owners/2026-09/"} {
			var got page
			app.Get(path).Is(http.StatusOK).Into(&got)
			if len(got.Results) != 1 || got.Paging != nil {
				t.Fatalf("%s: %+v", path, got)
			}
			o := got.Results[0]
			if o.ID != id.Format(ann.ID) || o.Email != "ann@example.org" || o.Type != "PERSON" || o.FirstName != "Ann van" || o.LastName != "Dam" ||
				*o.UserID != ann.ID || o.UserIDIncludingInactive != ann.ID || o.Archived || o.CreatedAt == "" || o.UpdatedAt == "" {
				t.Errorf("%s: %+v", path, o)
			}
			if len(o.Teams) != 2 || o.Teams[0].Name != "Support" || !o.Teams[0].Primary || o.Teams[1].Name != "Sales" || o.Teams[1].Primary {
				t.Errorf("teams %+v", o.Teams)
			}
		}
		var gone page
		app.Get("/crm/v3/owners?archived=true").Is(http.StatusOK).Into(&gone)
		if len(gone.Results) != 1 || gone.Results[0].ID != id.Format(bob.ID) || !gone.Results[0].Archived || gone.Results[0].UserID != nil || gone.Results[0].UserIDIncludingInactive != bob.ID {
			t.Errorf("%+v", gone)
		}
		for path, want := range map[string]int{
			id.Format(ann.ID): 200, id.Format(ann.ID) + "?idProperty=userId": 200, id.Format(ann.ID) + "?idProperty=id": 200,
			id.Format(ann.ID) + "?idProperty=email": 400, id.Format(ann.ID) + "?archived=true": 404, id.Format(bob.ID): 404,
			id.Format(bob.ID) + "?archived=true": 200, "4711": 404, "x": 404, id.Format(ann.ID) + "?archived=perhaps": 400,
		} {
			if got := app.Get("/crm/v3/owners/" + path); got.Status != want {
				t.Errorf("%s: %d, want %d: %s", path, got.Status, want, got.Body)
			}
		}
	})
}

func TestOwnersByPages(t *testing.T) { // API-5
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		k, staff := start(t, cfg)
		for i := range 7 {
			_, err := staff.AddUser(t.Context(), people.System, people.NewUser{Name: "User", Email: fmt.Sprintf("u%d@example.org", i), Password: gatetest.Password})
			if err != nil {
				t.Fatal(err)
			}
		}
		app := k.App()
		var seen []string
		for at := "/crm/v3/owners/?limit=3"; at != ""; {
			var p page
			app.Get(at).Is(http.StatusOK).Into(&p)
			for _, o := range p.Results {
				seen = append(seen, o.Email)
			}
			if at = ""; p.Paging != nil {
				at = p.Paging.Next.Link
			}
		}
		if want := []string{"u0@example.org", "u1@example.org", "u2@example.org", "u3@example.org", "u4@example.org", "u5@example.org", "u6@example.org"}; !slices.Equal(seen, want) {
			t.Errorf("%q", seen)
		}
		for query, want := range map[string]int{"email=U3@example.org": 1, "email=nobody@example.org": 0, "email=": 7, "limit=500": 7} {
			var p page
			if app.Get("/crm/v3/owners?" + query).Is(http.StatusOK).Into(&p); len(p.Results) != want {
				t.Errorf("%s: %+v", query, p)
			}
		}
		for _, bad := range []string{"limit=501", "limit=0", "after=x", "archived=maybe"} {
			app.Get("/crm/v3/owners?" + bad).Is(http.StatusBadRequest)
		}
	})
}
