package people_test

import (
	"strings"
	"testing"

	api "github.com/deskbell/deskbell/api/people"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/people"
)

func start(t *testing.T) *gatetest.Desk {
	t.Helper()
	d := dbtest.Open(t, dbtest.SQLite(t))
	p := people.New(d)
	open := func(tx *db.Tx) (map[int64]int64, error) {
		dir, err := p.Directory(tx)
		if err != nil {
			return nil, err
		}
		sam, _ := dir.UserByEmail("sam@desk.localhost")
		return map[int64]int64{sam.ID: 7}, nil
	}
	return gatetest.Start(t, d, p, func(g *gate.Gate) { api.Routes(g, d, p, open) })
}

func admin(desk *gatetest.Desk) *gatetest.Client {
	c, _ := desk.User(people.NewUser{Name: "Ada Admin", Email: "ada@desk.localhost", SuperAdmin: true})
	return c
}

func find(t *testing.T, a *gatetest.Answer, name string) map[string]any {
	t.Helper()
	for _, one := range a.Is(200).Object()["results"].([]any) {
		if m := one.(map[string]any); m["name"] == name {
			return m
		}
	}
	t.Fatalf("%s is not in %s", name, a.Body)
	return nil
}

func TestUsersFromAddingToDeactivating(t *testing.T) { // ACC-1, ACC-2
	desk := start(t)
	c := admin(desk)
	team := c.Post("/helpdesk/v1/teams", map[string]any{"name": "First line"}).Is(201).Object()
	extra := c.Post("/helpdesk/v1/teams", map[string]any{"name": "Nights"}).Is(201).Object()
	sam := c.Post("/helpdesk/v1/users", map[string]any{"name": "Sam", "email": "sam@desk.localhost", "password": gatetest.Password,
		"superAdmin": false, "seat": "service", "mainTeamId": team["id"], "teamIds": []any{extra["id"]}}).Is(201).Object()
	if sam["mainTeamId"] != team["id"] || len(sam["teamIds"].([]any)) != 2 || sam["active"] != true || sam["lastSeenAt"] != nil {
		t.Errorf("the new user is %v", sam)
	}
	first := find(t, c.Get("/helpdesk/v1/teams"), "First line")
	nights := find(t, c.Get("/helpdesk/v1/teams"), "Nights")
	if first["mainMemberIds"].([]any)[0] != sam["id"] || nights["extraMemberIds"].([]any)[0] != sam["id"] || len(nights["mainMemberIds"].([]any)) != 0 {
		t.Errorf("the teams are %v and %v", first, nights)
	}
	if listed := find(t, c.Get("/helpdesk/v1/users"), "Sam"); listed["openTickets"] != 7.0 {
		t.Errorf("the listed user is %v", listed)
	}
	path := "/helpdesk/v1/users/" + sam["id"].(string)
	changed := c.Patch(path, map[string]any{"seat": "view", "mainTeamId": nil, "teamIds": []any{extra["id"]}, "email": "sam@desk.localhost"}).Is(200).Object()
	if changed["seat"] != "view" || changed["mainTeamId"] != nil || len(changed["teamIds"].([]any)) != 1 {
		t.Errorf("the changed user is %v", changed)
	}
	if off := c.Patch(path, map[string]any{"active": false}).Is(200).Object(); off["active"] != false || off["seat"] != "view" {
		t.Errorf("the deactivated user is %v", off)
	}
}

func TestADeactivatedUserIsOutAtOnce(t *testing.T) { // ACC-7
	desk := start(t)
	c := admin(desk)
	sam, u := desk.User(people.NewUser{Name: "Sam", Email: "sam@desk.localhost"})
	sam.Get("/helpdesk/v1/users").Is(200)
	c.Patch("/helpdesk/v1/users/"+string(idOf(u.ID)), map[string]any{"active": false}).Is(200)
	sam.Get("/helpdesk/v1/users").Is(401)
}

func idOf(n int64) []byte {
	var out []byte
	for ; n > 0; n /= 10 {
		out = append([]byte{byte('0' + n%10)}, out...)
	}
	return out
}

func TestBadUsersAreRefusedByField(t *testing.T) { // API-4
	desk := start(t)
	c := admin(desk)
	good := func() map[string]any {
		return map[string]any{"name": "Sam", "email": "sam@desk.localhost", "password": gatetest.Password}
	}
	for field, value := range map[string]any{"email": "sam", "password": "short", "seat": "king", "mainTeamId": "abc", "name": ""} {
		body := good()
		body[field] = value
		if a := c.Post("/helpdesk/v1/users", body).Is(400); !strings.Contains(string(a.Body), `"in":"`+field+`"`) {
			t.Errorf("a bad %s is refused with %s", field, a.Body)
		}
	}
	body := good()
	body["teamIds"] = []any{"999"}
	c.Post("/helpdesk/v1/users", body).Refused(400, "INVALID_OPTION")
	made := c.Post("/helpdesk/v1/users", good()).Is(201).Object()
	c.Post("/helpdesk/v1/users", good()).Refused(409, "EMAIL_TAKEN")
	c.Patch("/helpdesk/v1/users/"+made["id"].(string), map[string]any{"email": "other@desk.localhost"}).Refused(400, "READ_ONLY_VALUE")
	c.Patch("/helpdesk/v1/users/999", map[string]any{"name": "x"}).Is(404)
}

func TestTheLastAdminStays(t *testing.T) { // ACC-5
	desk := start(t)
	c, u := desk.User(people.NewUser{Name: "Ada Admin", Email: "ada@desk.localhost", SuperAdmin: true})
	a := c.Patch("/helpdesk/v1/users/"+string(idOf(u.ID)), map[string]any{"superAdmin": false})
	a.Refused(409, "LAST_SUPER_ADMIN")
}

func TestTeams(t *testing.T) { // ACC-4
	desk := start(t)
	c := admin(desk)
	one := c.Post("/helpdesk/v1/teams", map[string]any{"name": "Blue"}).Is(201).Object()
	c.Post("/helpdesk/v1/teams", map[string]any{"name": "Blue"}).Refused(400, "NAME_TAKEN")
	path := "/helpdesk/v1/teams/" + one["id"].(string)
	if got := c.Patch(path, map[string]any{"name": "Green"}).Is(200).Object(); got["name"] != "Green" {
		t.Errorf("the renamed team is %v", got)
	}
	c.Delete(path).Is(204)
	if got := c.Get("/helpdesk/v1/teams").Is(200).Object()["results"].([]any); len(got) != 0 {
		t.Errorf("a deleted team is still there: %v", got)
	}
	c.Patch(path, map[string]any{"name": "Red"}).Is(404)
}

func TestATokenWorksUntilItIsRevoked(t *testing.T) { // ACC-8
	desk := start(t)
	c := admin(desk)
	made := c.With("Idempotency-Key", "k1").Post("/helpdesk/v1/tokens", map[string]any{"name": "CRM sync"}).Is(201).Object()
	app := desk.Nobody().With("Authorization", "Bearer "+made["token"].(string))
	app.Get("/helpdesk/v1/users").Is(200)
	listed := c.Get("/helpdesk/v1/tokens").Is(200)
	if strings.Contains(string(listed.Body), made["token"].(string)) {
		t.Error("the list shows the secret")
	}
	if got := find(t, listed, "CRM sync"); got["id"] != made["id"] || got["lastUsedAt"] == nil {
		t.Errorf("the token is %v", got)
	}
	if again := c.With("Idempotency-Key", "k1").Post("/helpdesk/v1/tokens", map[string]any{"name": "CRM sync"}).Is(201).Object(); again["token"] == made["token"] {
		t.Error("the secret was kept to be repeated")
	}
	c.Delete("/helpdesk/v1/tokens/" + made["id"].(string)).Is(204)
	app.Get("/helpdesk/v1/users").Is(401)
	c.Delete("/helpdesk/v1/tokens/" + made["id"].(string)).Is(404)
	desk.Nobody().With("Authorization", "Basic abc").Get("/helpdesk/v1/users").Is(401)
}

func TestATokensScopesAreChosen(t *testing.T) { // ACC-8
	desk := start(t)
	c := admin(desk)
	made := c.Post("/helpdesk/v1/tokens", map[string]any{"name": "sync", "scopes": []string{"settings.users.read", "files"}}).Is(201).Object()
	app := desk.Nobody().With("Authorization", "Bearer "+made["token"].(string))
	app.Get("/helpdesk/v1/users").Is(200)
	app.Get("/helpdesk/v1/teams").Is(403)
	path := "/helpdesk/v1/tokens/" + made["id"].(string)
	changed := c.Put(path, map[string]any{"name": "sync 2", "scopes": []string{"settings.users.teams.read"}}).Is(200).Object()
	if changed["name"] != "sync 2" || changed["allScopes"] != false || len(changed["scopes"].([]any)) != 1 {
		t.Errorf("changed to %v", changed)
	}
	app.Get("/helpdesk/v1/users").Is(403)
	app.Get("/helpdesk/v1/teams").Is(200)
	if all := c.Put(path, map[string]any{"name": "sync", "allScopes": true, "scopes": []string{"files"}}).Is(200).Object(); all["allScopes"] != true {
		t.Errorf("with everything: %v", all)
	}
	fresh := c.Post(path+"/rotate", nil).Is(200).Object()
	app.Get("/helpdesk/v1/users").Is(401)
	desk.Nobody().With("Authorization", "Bearer "+fresh["token"].(string)).Get("/helpdesk/v1/users").Is(200)
	for _, scopes := range []any{[]string{}, []string{"fly"}} { // an empty list must not mean everything
		c.Post("/helpdesk/v1/tokens", map[string]any{"name": "x", "scopes": scopes}).Is(400)
		c.Put(path, map[string]any{"name": "x", "scopes": scopes}).Is(400)
	}
	if got := find(t, c.Get("/helpdesk/v1/scopes"), "tickets"); got["does"] == "" {
		t.Errorf("the scope is %v", got)
	}
}

func TestRoutesByRole(t *testing.T) { start(t).WalkTable() } // ACC-10
