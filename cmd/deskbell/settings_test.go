package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// column joins one field of each result.
func column(a answer, field string) string {
	a.t.Helper()
	var out []string
	for _, r := range a.Get("results").([]any) {
		out = append(out, fmt.Sprint(r.(map[string]any)[field]))
	}
	return strings.Join(out, " ")
}

func TestUsersAreProvisioned(t *testing.T) { // ACC-1, API-1
	eachDesk(t, func(t *testing.T, d *desk) {
		made := d.Ask("POST", "/settings/v3/users/", `{"email":"Mia@desk.localhost","firstName":"Mia","lastName":"van den Berg","roleId":"2","sendWelcomeEmail":true}`).Is(http.StatusCreated)
		id := made.Get("id").(string)
		if made.Get("email") != "mia@desk.localhost" || made.Get("lastName") != "van den Berg" || made.Get("roleId") != "2" || made.Get("superAdmin") != false || made.Get("sendWelcomeEmail") != false {
			t.Errorf("made %s", made.Raw)
		}
		d.Ask("POST", "/settings/users/v3", `{"email":"mia@desk.localhost"}`).Is(http.StatusConflict)
		if _, _, err := d.people.SignIn(context.Background(), "mia@desk.localhost", "", "", "127.0.0.1"); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("a user without a password signs in: %v", err)
		}
		team := d.Ask("POST", "/settings/teams/2026-09-beta", map[string]any{"name": "First", "members": []any{map[string]any{"userId": id, "type": "EXTRA"}}}).Is(http.StatusCreated)
		for _, path := range []string{"/settings/v3/users/" + id, "/settings/users/2026-03/" + id + "/", "/settings/v3/users/MIA@desk.localhost?idProperty=EMAIL"} {
			got := d.Ask("GET", path, nil).Is(http.StatusOK)
			if got.Get("id") != id || got.Get("secondaryTeamIds", 0) != team.Get("id") || got.Get("primaryTeamId") != nil {
				t.Errorf("%s: %s", path, got.Raw)
			}
		}
		changed := d.Ask("PUT", "/settings/v3/users/"+id, map[string]any{"lastName": "Berg", "roleId": "1", "primaryTeamId": team.Get("id"), "secondaryTeamIds": []string{}}).Is(http.StatusOK)
		if changed.Get("firstName") != "Mia" || changed.Get("lastName") != "Berg" || changed.Get("roleId") != "1" || changed.Get("primaryTeamId") != team.Get("id") || changed.Get("secondaryTeamIds") != nil {
			t.Errorf("changed to %s", changed.Raw)
		}
		if got := d.Ask("GET", "/settings/v3/users/teams", nil).Is(http.StatusOK); got.Get("results", 0, "userIds", 0) != id || len(got.Get("results", 0, "secondaryUserIds").([]any)) != 0 {
			t.Errorf("the teams are %s", got.Raw)
		}
		if got := column(d.Ask("GET", "/settings/v3/users/roles", nil).Is(http.StatusOK), "id"); got != "1 2" {
			t.Errorf("the roles are %s", got)
		}
		first := d.Ask("GET", "/settings/v3/users/?limit=1", nil).Is(http.StatusOK)
		second := d.Ask("GET", fmt.Sprint("/settings/users/v3?limit=1&after=", first.Get("paging", "next", "after")), nil).Is(http.StatusOK)
		if column(first, "email") != d.boss.Email || column(second, "email") != "mia@desk.localhost" || second.Get("paging") != nil {
			t.Errorf("the pages are %s and %s", first.Raw, second.Raw)
		}
		if units := d.Ask("GET", "/business-units/v3/business-units/user/"+id, nil).Is(http.StatusOK); column(units, "id") != "0" || column(units, "name") == "" {
			t.Errorf("the business units are %s", units.Raw)
		}
		d.Ask("DELETE", "/settings/v3/users/"+id, nil).Is(http.StatusNoContent)
		d.Ask("GET", "/settings/v3/users/"+id, nil).Is(http.StatusNotFound)
		d.Ask("DELETE", "/settings/v3/users/"+id, nil).Is(http.StatusNotFound)
		back := d.Ask("POST", "/settings/v3/users", `{"email":"mia@desk.localhost","firstName":"Maria"}`).Is(http.StatusCreated)
		if back.Get("id") != id || back.Get("firstName") != "Maria" || back.Get("lastName") != "Berg" {
			t.Errorf("came back as %s", back.Raw)
		}
		bare := d.Ask("POST", "/settings/v3/users", `{"email":"sam.low@desk.localhost"}`).Is(http.StatusCreated)
		if bare.Get("firstName") != "sam.low" || bare.Get("lastName") != nil {
			t.Errorf("with an e-mail only: %s", bare.Raw)
		}
	})
}

func TestProvisioningThatIsRefused(t *testing.T) { // API-4, ACC-5
	eachDesk(t, func(t *testing.T, d *desk) {
		boss := fmt.Sprint("/settings/v3/users/", d.boss.ID)
		for name, tt := range map[string]struct {
			method, path, body string
			status             int
		}{
			"no e-mail":        {"POST", "/settings/v3/users", `{}`, 400},
			"a bad e-mail":     {"POST", "/settings/v3/users", `{"email":"mia"}`, 400},
			"no such role":     {"POST", "/settings/v3/users", `{"email":"a@b.example","roleId":"7"}`, 400},
			"no such team":     {"POST", "/settings/v3/users", `{"email":"a@b.example","primaryTeamId":"7"}`, 400},
			"a bad team":       {"PUT", boss, `{"secondaryTeamIds":["x"]}`, 400},
			"no such property": {"GET", boss + "?idProperty=NAME", "", 400},
			"nobody":           {"GET", "/settings/v3/users/5", "", 404},
			"no number":        {"GET", "/settings/v3/users/mia", "", 404},
			"the last admin":   {"DELETE", boss, "", 409},
			"no such unit":     {"GET", "/business-units/v3/business-units/user/5", "", 404},
			"a bad limit":      {"GET", "/settings/v3/users?limit=0", "", 400},
			"a bad place":      {"GET", "/settings/v3/users?after=x", "", 400},
		} {
			if got := d.Ask(tt.method, tt.path, tt.body); got.Status != tt.status {
				t.Errorf("%s: %d %s", name, got.Status, got.Raw)
			}
		}
		_, weak, err := d.people.AddToken(context.Background(), people.System, "hr", "settings.users.write", "settings.users.read")
		if err != nil {
			t.Fatal(err)
		}
		as := func(method, path string, body any) answer { return d.ask(method, path, body, "Bearer "+weak) }
		as("DELETE", boss, nil).Is(http.StatusForbidden)
		as("PUT", boss, map[string]any{"firstName": "x"}).Is(http.StatusForbidden)
		as("GET", "/settings/v3/users/teams", nil).Is(http.StatusForbidden)
		as("POST", "/settings/v3/users", map[string]any{"email": "mia@desk.localhost"}).Is(http.StatusCreated)
	})
}

func TestTeamsByHubSpotsPaths(t *testing.T) { // ACC-6, API-1
	eachDesk(t, func(t *testing.T, d *desk) {
		const teams = "/settings/teams/2026-09-beta"
		mia, sam := d.Agent("Mia Berg").user, d.Agent("Sam Low").user
		one := d.Ask("POST", teams, `{"name":"One","members":[]}`).Is(http.StatusCreated).Get("id").(string)
		two := d.Ask("POST", teams, map[string]any{"name": "Two", "parentTeamId": one, "members": []any{}}).Is(http.StatusCreated)
		if two.Get("parentTeamId") != one || two.Get("name") != "Two" {
			t.Errorf("made %s", two.Raw)
		}
		at := teams + "/" + two.Get("id").(string)
		if got := d.Ask("PATCH", at, `{"name":"Zwei"}`).Is(http.StatusOK); got.Get("name") != "Zwei" || got.Get("parentTeamId") != one {
			t.Errorf("renamed to %s", got.Raw)
		}
		if got := d.Ask("PATCH", at, `{"parentTeamId":null}`).Is(http.StatusOK); got.Get("name") != "Zwei" || got.Get("parentTeamId") != nil {
			t.Errorf("without a parent it is %s", got.Raw)
		}
		d.Ask("PATCH", teams+"/"+one, map[string]any{"parentTeamId": one}).Is(http.StatusBadRequest)
		d.Ask("POST", at+"/members", map[string]any{"userId": mia.ID, "type": "DEFAULT"}).Is(http.StatusCreated)
		batch := d.Ask("POST", at+"/members/batch", map[string]any{"inputs": []any{map[string]any{"userId": fmt.Sprint(sam.ID), "type": "EXTRA"},
			map[string]any{"userId": "5", "type": "EXTRA"}, map[string]any{"userId": fmt.Sprint(mia.ID), "type": "KING"}}}).Is(http.StatusMultiStatus)
		if batch.Get("numErrors") != 2.0 || batch.Get("errors", 0, "context", "userId", 0) != "5" || column(batch, "userId") != fmt.Sprint(sam.ID) {
			t.Errorf("the batch says %s", batch.Raw)
		}
		members := d.Ask("GET", at+"/members", nil).Is(http.StatusOK)
		if column(members, "userId") != fmt.Sprint(mia.ID, " ", sam.ID) || column(members, "type") != "DEFAULT EXTRA" {
			t.Errorf("the members are %s", members.Raw)
		}
		if got := d.Ask("GET", at+"/members?limit=1", nil); column(got, "type") != "DEFAULT" || got.Get("paging") == nil {
			t.Errorf("the first page is %s", got.Raw)
		}
		d.Ask("DELETE", fmt.Sprint(at, "/members/", mia.ID, "?type=EXTRA"), nil).Is(http.StatusNotFound)
		d.Ask("DELETE", fmt.Sprint(at, "/members/", mia.ID, "?type=DEFAULT"), nil).Is(http.StatusNoContent)
		d.Ask("DELETE", fmt.Sprint(at, "/members/", mia.ID), nil).Is(http.StatusNotFound)
		if got := column(d.Ask("GET", teams+"?limit=1", nil).Is(http.StatusOK), "name"); got != "One" {
			t.Errorf("the first team is %s", got)
		}
		d.Ask("DELETE", at, nil).Is(http.StatusNoContent)
		d.Ask("GET", at, nil).Is(http.StatusNotFound)
		d.Ask("DELETE", at, nil).Is(http.StatusNotFound)
		d.Ask("POST", teams, `{"name":"One"}`).Is(http.StatusBadRequest)
	})
}
