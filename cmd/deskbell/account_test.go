package main

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/people"
)

func TestHubSpotKnowsTheAccount(t *testing.T) { // API-1
	eachDesk(t, func(t *testing.T, d *desk) {
		for _, path := range []string{"/account-info/v3/details", "/account-info/2026-03/details", "/account-info/v3/details/"} {
			got := d.Ask("GET", path, nil).Is(http.StatusOK)
			if portal := got.Get("portalId").(float64); portal < 10_000_000 || portal > 99_999_999 || got.Get("timeZone") != "UTC" {
				t.Errorf("%s: %s", path, got.Raw)
			}
		}
		first := d.Ask("GET", "/account-info/v3/details", nil).Get("portalId")
		if err := d.db.Write(context.Background(), func(tx *db.Tx) error {
			return d.people.SetAccount(tx, people.System, people.Account{Name: "Acme", Domain: "acme.example"})
		}); err != nil {
			t.Fatal(err)
		}
		if again := d.Ask("GET", "/account-info/2026-09/details", nil).Get("portalId"); again != first {
			t.Errorf("the account's number went from %v to %v", first, again)
		}
		usage := d.Ask("GET", "/account-info/v3/api-usage/daily/private-apps", nil).Is(http.StatusOK)
		if usage.Get("results", 0, "currentUsage") != 6.0 || usage.Get("results", 0, "resetsAt") != "2026-11-03T00:00:00.000Z" || usage.Get("results", 0, "fetchStatus") != "SUCCESS" {
			t.Errorf("the usage is %s", usage.Raw)
		}
		d.SignIn(d.boss).Ask("GET", "/account-info/v3/details", nil).Is(http.StatusOK) // which is no app's call
		if again := d.Ask("GET", "/account-info/v3/api-usage/daily/private-apps", nil); again.Get("results", 0, "currentUsage") != 7.0 {
			t.Errorf("then it is %s", again.Raw)
		}
	})
}

func TestHubSpotReadsTheAuditLog(t *testing.T) { // ACC-9, API-1
	eachDesk(t, func(t *testing.T, d *desk) {
		const activity = "/account-info/v3/activity/"
		boss := d.SignIn(d.boss)
		d.clock.Advance(time.Hour)
		made := boss.Ask("POST", api+"/users", map[string]any{"name": "Mia", "email": "mia@desk.localhost", "password": bossPassword}).Is(http.StatusCreated)
		boss.Ask("PATCH", api+"/users/"+made.Get("id").(string), map[string]any{"superAdmin": true}).Is(http.StatusOK)
		boss.Ask("PATCH", api+"/users/"+made.Get("id").(string), map[string]any{"name": "Mia Berg"}).Is(http.StatusOK)
		boss.Ask("POST", api+"/session", map[string]any{"email": "mia@desk.localhost", "password": "wrong"}).Is(http.StatusUnauthorized)

		all := d.Ask("GET", activity+"audit-logs?limit=2&sort=occurredAt&actingUserId="+fmt.Sprint(d.boss.ID), nil).Is(http.StatusOK)
		if all.Get("results", 0, "category") != "LOGIN" || all.Get("results", 1, "action") != "CREATE" || all.Get("results", 1, "actingUser", "userEmail") != d.boss.Email ||
			all.Get("results", 1, "targetObjectId") != made.Get("id") {
			t.Errorf("the log is %s", all.Raw)
		}
		next := d.Ask("GET", fmt.Sprintf("%saudit-logs?limit=2&sort=occurredAt&actingUserId=%d&after=%v", activity, d.boss.ID, all.Get("paging", "next", "after")), nil).Is(http.StatusOK)
		if len(next.Get("results").([]any)) != 2 || next.Get("paging") != nil {
			t.Errorf("the second page is %s", next.Raw)
		}
		logins := d.Ask("GET", "/account-info/2026-03/activity/login", nil).Is(http.StatusOK)
		if logins.Get("results", 0, "loginSucceeded") != false || logins.Get("results", 0, "email") != "mia@desk.localhost" || logins.Get("results", 1, "loginSucceeded") != true ||
			logins.Get("results", 0, "ipAddress") != "127.0.0.1" {
			t.Errorf("the sign-ins are %s", logins.Raw)
		}
		security := d.Ask("GET", fmt.Sprintf("%ssecurity?fromTimestamp=%d", activity, d.clock.Now().UnixMilli()), nil).Is(http.StatusOK)
		var types []string
		for _, r := range security.Get("results").([]any) {
			types = append(types, r.(map[string]any)["type"].(string))
		}
		if got := fmt.Sprint(types); got != "[ADD_ADMIN_USER ADD_USER]" {
			t.Errorf("what bears on security is %s: %s", got, security.Raw)
		}
		d.Ask("GET", activity+"security?fromTimestamp=yesterday", nil).Is(http.StatusBadRequest)
		d.SignIn(d.boss).Ask("GET", activity+"security", nil).Is(http.StatusOK)
		d.Agent("Sam Low").Ask("GET", activity+"security", nil).Is(http.StatusForbidden)
	})
}

func TestSettingsAndDeletionsAreAudited(t *testing.T) { // ACC-9
	eachDesk(t, func(t *testing.T, d *desk) {
		ticket := d.Ask("POST", objects+"tickets", newTicket("Lamp")).Is(http.StatusCreated).Get("id").(string)
		d.Ask("DELETE", objects+"tickets/"+ticket, nil).Is(http.StatusNoContent)
		boss := d.SignIn(d.boss)
		boss.Ask("POST", api+"/pipelines", map[string]any{"label": "Repairs"}).Is(http.StatusCreated)
		seen := boss.Ask("GET", api+"/audit?limit=2", nil).Is(http.StatusOK)
		if seen.Get("results", 0, "action") != "settings.pipeline" || seen.Get("results", 0, "actorName") != d.boss.Name || seen.Get("results", 0, "address") != "127.0.0.1" {
			t.Errorf("the setting is told as %s", seen.Raw)
		}
		d.Ask("POST", "/crm/v3/properties/tickets", `{"name":"colour","label":"Colour","type":"string","fieldType":"text","groupName":"ticketinformation"}`).Is(http.StatusCreated)
		if seen := boss.Ask("GET", api+"/audit?action=settings.property", nil).Is(http.StatusOK); seen.Get("results", 0, "objectName") != "colour" || seen.Get("results", 0, "detail", "property") != "defined" {
			t.Errorf("the property is told as %s", seen.Raw)
		}
		gone := boss.Ask("GET", api+"/audit?category=deletion", nil).Is(http.StatusOK)
		if gone.Get("results", 0, "objectType") != "tickets" || gone.Get("results", 0, "objectId") != ticket || gone.Get("results", 0, "actorName") != "test" ||
			gone.Get("results", 0, "actorKind") != "app" || gone.Get("results", 0, "objectName") != "" {
			t.Errorf("the deletion is told as %s", gone.Raw)
		}
		security := d.Ask("GET", "/account-info/v3/activity/audit-logs?limit=2", nil).Is(http.StatusOK)
		if security.Get("results", 0, "category") != "SETTINGS" || security.Get("results", 0, "subCategory") != "SETTINGS_PROPERTY" {
			t.Errorf("HubSpot's log is %s", security.Raw)
		}
	})
}

func TestLimitsOfTheProgram(t *testing.T) { // API-4
	d := newDesk(t, dbtest.SQLite(t), limits{Burst: 5})
	for range 5 {
		d.Ask("GET", "/account-info/v3/details", nil).Is(http.StatusOK)
	}
	if got := d.Ask("GET", "/account-info/v3/details", nil).Is(http.StatusTooManyRequests); got.Get("policyName") != "TEN_SECONDLY_ROLLING" {
		t.Errorf("refused with %s", got.Raw)
	}
	d.clock.Advance(10 * time.Second)
	d.Ask("GET", "/account-info/v3/details", nil).Is(http.StatusOK)
}
