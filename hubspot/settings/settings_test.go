package settings_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/hubspot/settings"
	"github.com/deskbell/deskbell/people"
)

func start(t *testing.T) *gatetest.Desk {
	t.Helper()
	d := dbtest.Open(t, dbtest.SQLite(t))
	p := people.New(d, people.HashMemory(64))
	return gatetest.Start(t, d, p, func(g *gate.Gate) { settings.Routes(g, d, p) })
}

// value follows names and list positions into an answer.
func value(a *gatetest.Answer, path ...any) any {
	var at any = a.Object()
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, _ := at.(map[string]any)
			at = m[s]
		case int:
			l, _ := at.([]any)
			if s >= len(l) {
				return nil
			}
			at = l[s]
		}
	}
	return at
}

func TestNamesGoBothWays(t *testing.T) { // ACC-1
	desk := start(t)
	app := desk.App()
	made := app.Post("/settings/v3/users", map[string]any{"email": "mia@desk.localhost", "firstName": " Mia ", "lastName": " van den Berg "}).Is(http.StatusCreated)
	path := "/settings/v3/users/" + value(made, "id").(string)
	for _, tt := range []struct{ body, first, last string }{
		{`{}`, "Mia", "van den Berg"}, {`{"firstName":"Maria","lastName":"Berg"}`, "Maria", "Berg"}, {`{"firstName":"Mia"}`, "Mia", "Berg"},
		{`{"lastName":"de Wit"}`, "Mia", "de Wit"}, {`{"lastName":""}`, "Mia", "<nil>"}, {`{"lastName":"Berg"}`, "Mia", "Berg"},
	} {
		a := app.Put(path, tt.body).Is(http.StatusOK)
		if got := fmt.Sprint(value(a, "firstName"), "|", value(a, "lastName")); got != tt.first+"|"+tt.last {
			t.Errorf("%s: %s", tt.body, got)
		}
	}
	app.Put(path, `{"firstName":"","lastName":""}`).Refused(http.StatusBadRequest, "INVALID_NAME")
	app.Put(path, `{"firstName":7}`).Is(http.StatusBadRequest)
	app.Put(path, `{"firstName":`).Is(http.StatusBadRequest)
}

func TestRolesAreSeats(t *testing.T) { // ACC-2
	desk := start(t)
	app := desk.App()
	for _, role := range value(app.Get("/settings/v3/users/roles").Is(200), "results").([]any) {
		id := role.(map[string]any)["id"].(string)
		made := app.Post("/settings/v3/users", map[string]any{"email": "user" + id + "@desk.localhost", "roleId": id}).Is(http.StatusCreated)
		if value(made, "roleId") != id || value(made, "roleIds", 0) != id {
			t.Errorf("the role %s makes %s", id, made.Body)
		}
	}
	without := app.Post("/settings/v3/users", map[string]any{"email": "x@desk.localhost"}).Is(http.StatusCreated)
	if value(without, "roleId") != "1" {
		t.Errorf("without a role: %s", without.Body)
	}
	// Clients send ids as numbers too, and null for what they do not know.
	app.Post("/settings/v3/users", `{"email":"y@desk.localhost","roleId":2,"primaryTeamId":null,"secondaryTeamIds":null}`).Is(http.StatusCreated)
}

func TestTeamsOfAUser(t *testing.T) { // ACC-6
	desk := start(t)
	app := desk.App()
	team := func(name string) string {
		return value(app.Post("/settings/teams/2026-09", map[string]any{"name": name}).Is(http.StatusCreated), "id").(string)
	}
	one, two, three := team("One"), team("Two"), team("Three")
	made := app.Post("/settings/v3/users", map[string]any{"email": "mia@desk.localhost", "primaryTeamId": one, "secondaryTeamIds": []string{two, three}}).Is(http.StatusCreated)
	path := "/settings/v3/users/" + value(made, "id").(string)
	see := func(a *gatetest.Answer, want string) {
		t.Helper()
		others, _ := value(a, "secondaryTeamIds").([]any)
		names := []string{fmt.Sprint(value(a, "primaryTeamId"))}
		for _, o := range others {
			names = append(names, o.(string))
		}
		if got := strings.NewReplacer(one, "1", two, "2", three, "3", "<nil>", "0").Replace(strings.Join(names, " ")); got != want {
			t.Errorf("the teams are %s, want %s", got, want)
		}
	}
	see(made, "1 2 3")
	see(app.Put(path, map[string]any{"primaryTeamId": two}).Is(200), "2 3")
	see(app.Put(path, map[string]any{"secondaryTeamIds": []string{one}}).Is(200), "2 1")
	see(app.Put(path, map[string]any{"primaryTeamId": ""}).Is(200), "0 1")
	see(app.Put(path, map[string]any{"secondaryTeamIds": []string{}}).Is(200), "0")
	see(app.Put(path, `{"primaryTeamId":`+three+`}`).Is(200), "3")
	app.Put(path, map[string]any{"secondaryTeamIds": []string{"12345"}}).Is(http.StatusBadRequest)
	see(app.Get(path).Is(200), "3")
	flat := app.Get("/settings/users/2026-03/teams").Is(200)
	if got := len(value(flat, "results").([]any)); got != 3 {
		t.Errorf("%d teams", got)
	}
}

func TestPagesOfUsers(t *testing.T) { // API-5
	desk := start(t)
	app := desk.App()
	for i := range 7 {
		app.Post("/settings/v3/users", map[string]any{"email": fmt.Sprintf("user%d@desk.localhost", i)}).Is(http.StatusCreated)
	}
	seen, after := 0, ""
	for range 5 {
		a := app.Get("/settings/users/v3/?limit=3&after=" + after).Is(200)
		seen += len(value(a, "results").([]any))
		next, ok := value(a, "paging", "next", "after").(string)
		if !ok {
			break
		}
		if link := value(a, "paging", "next", "link"); !strings.Contains(fmt.Sprint(link), "after="+next) {
			t.Errorf("the link is %v", link)
		}
		after = next
	}
	if seen != 7 {
		t.Errorf("the pages have %d users", seen)
	}
	if got := value(app.Get("/settings/v3/users?after=999999999999999").Is(200), "results").([]any); len(got) != 0 {
		t.Errorf("after the end: %v", got)
	}
}

func TestTeamsThatCannotBe(t *testing.T) { // API-4
	desk := start(t)
	app := desk.App()
	made := value(app.Post("/settings/teams/2026-09", `{"name":"One"}`).Is(http.StatusCreated), "id").(string)
	at := "/settings/teams/2026-09/" + made
	for name, tt := range map[string]struct {
		method, path, body string
		status             int
	}{
		"no name":          {"POST", "/settings/teams/2026-09", `{"members":[]}`, 400},
		"the same name":    {"POST", "/settings/teams/2026-09", `{"name":"One"}`, 400},
		"no such parent":   {"POST", "/settings/teams/2026-09", `{"name":"Two","parentTeamId":"77"}`, 400},
		"a bad parent":     {"PATCH", at, `{"parentTeamId":"x"}`, 400},
		"a parent of two":  {"PATCH", at, `{"parentTeamId":["1"]}`, 400},
		"no such member":   {"POST", "/settings/teams/2026-09", `{"name":"Two","members":[{"userId":"5","type":"EXTRA"}]}`, 400},
		"a bad member":     {"POST", at + "/members", `{"userId":"x","type":"EXTRA"}`, 400},
		"a bad type":       {"POST", at + "/members", `{"userId":"5","type":"BOSS"}`, 400},
		"nobody":           {"POST", at + "/members", `{}`, 400},
		"no inputs":        {"POST", at + "/members/batch", `{}`, 400},
		"too many inputs":  {"POST", at + "/members/batch", `{"inputs":[` + strings.TrimSuffix(strings.Repeat(`{"userId":"5","type":"EXTRA"},`, 101), ",") + `]}`, 400},
		"no such team":     {"POST", "/settings/teams/2026-09/5/members", `{"userId":"5","type":"EXTRA"}`, 404},
		"nor to change":    {"PATCH", "/settings/teams/2026-09/5", `{"name":"x"}`, 404},
		"nor its members":  {"GET", "/settings/teams/2026-09/5/members", "", 404},
		"no such version":  {"GET", "/settings/teams/2020-01", "", 404},
		"nobody to remove": {"DELETE", at + "/members/5", "", 404},
	} {
		var body any
		if tt.body != "" {
			body = tt.body
		}
		if a := app.Do(tt.method, tt.path, body); a.Status != tt.status {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	// What failed left nothing behind.
	if got := value(app.Get("/settings/teams/2026-09").Is(200), "results").([]any); len(got) != 1 {
		t.Errorf("the teams are %v", got)
	}
}

func TestBusinessUnits(t *testing.T) { // API-1
	desk := start(t)
	dbtest.Do(t, desk.DB, func(tx *db.Tx) error {
		return desk.People.SetAccount(tx, people.System, people.Account{Name: "Acme", Domain: "acme.example"})
	})
	_, ann := desk.User(people.NewUser{Name: "Ann", Email: "ann@desk.localhost"})
	app := desk.App()
	path := fmt.Sprint("/business-units/v3/business-units/user/", ann.ID)
	for query, want := range map[string]int{"": 1, "?name=Acme": 1, "?name=Acme,Other": 1, "?name=Other": 0, "?properties=logoMetadata": 1} {
		if got := value(app.Get(path+query).Is(200), "results").([]any); len(got) != want {
			t.Errorf("%s: %v", query, got)
		}
	}
	app.Get(fmt.Sprint("/business-units/public/2026-09/business-units/user/", ann.ID)).Is(200)
}

func TestRoutesByRole(t *testing.T) { start(t).WalkTable() } // ACC-10
