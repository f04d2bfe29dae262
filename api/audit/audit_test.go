package audit_test

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	api "github.com/deskbell/deskbell/api/audit"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
)

func start(t *testing.T) (*gatetest.Desk, *gatetest.Client, *clock.Fixed) {
	t.Helper()
	cfg := dbtest.SQLite(t)
	d := dbtest.Open(t, cfg)
	p := people.New(d)
	desk := gatetest.Start(t, d, p, func(g *gate.Gate) { api.Routes(g, d, p) })
	admin, _ := desk.User(people.NewUser{Name: "Ada Admin", Email: "ada@desk.localhost", SuperAdmin: true})
	return desk, admin, cfg.Clock.(*clock.Fixed)
}

func TestTheLogIsReadAndFiltered(t *testing.T) { // ACC-9
	desk, admin, c := start(t)
	actions := func(query string) (out []string) {
		t.Helper()
		for _, one := range admin.Get("/helpdesk/v1/audit" + query).Is(200).Object()["results"].([]any) {
			out = append(out, one.(map[string]any)["action"].(string))
		}
		return out
	}
	if got := strings.Join(actions(""), " "); got != "sign-in.ok user.created" {
		t.Errorf("the log is %s", got)
	}
	c.Advance(time.Hour)
	_, sam := desk.User(people.NewUser{Name: "Sam", Email: "sam@desk.localhost"})
	id := func(n int64) string { return strings.TrimSpace(string(idText(n))) }
	for query, want := range map[string]string{
		"?category=sign-in":           "sign-in.ok sign-in.ok",
		"?action=user.created":        "user.created user.created",
		"?userId=" + id(sam.ID):       "sign-in.ok",
		"?appId=5":                    "",
		"?from=2026-11-02T10:00:00Z":  "sign-in.ok user.created",
		"?to=2026-11-02T10:00:00Z":    "sign-in.ok user.created",
		"?category=user&userId=12345": "",
	} {
		if got := strings.Join(actions(query), " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	first := admin.Get("/helpdesk/v1/audit?limit=3").Is(200).Object()
	after := first["paging"].(map[string]any)["next"].(map[string]any)["after"].(string)
	rest := admin.Get("/helpdesk/v1/audit?limit=3&after=" + after).Is(200).Object()
	if len(first["results"].([]any)) != 3 || len(rest["results"].([]any)) != 1 || rest["paging"] != nil {
		t.Errorf("pages %v and %v", first, rest)
	}
	for _, bad := range []string{"?userId=x", "?from=yesterday", "?limit=0", "?after=x"} {
		admin.Get("/helpdesk/v1/audit" + bad).Is(400)
	}
}

func idText(n int64) (out []byte) {
	for ; n > 0; n /= 10 {
		out = append([]byte{byte('0' + n%10)}, out...)
	}
	return out
}

func TestTheLogIsTakenAway(t *testing.T) { // ACC-9
	desk, admin, _ := start(t)
	dbtest.Do(t, desk.DB, func(tx *db.Tx) error {
		for range 2500 {
			if err := audit.Add(tx, audit.Entry{Action: "sign-in.failed", Object: "=cmd|' /C calc'!A0"}); err != nil {
				return err
			}
		}
		return nil
	})
	a := admin.Get("/helpdesk/v1/audit.csv?category=sign-in").Is(200)
	rows, err := csv.NewReader(strings.NewReader(string(a.Body))).ReadAll()
	if err != nil || len(rows) != 1+2500+1 || rows[0][0] != "at" || rows[1][5] != "sign-in.failed" || rows[1][8] != "'=cmd|' /C calc'!A0" || rows[2501][3] != "Ada Admin" {
		t.Errorf("%d rows, the first %v, %v", len(rows), rows[min(1, len(rows)-1)], err)
	}
	if got := admin.Get("/helpdesk/v1/audit?category=export").Is(200).Object()["results"].([]any); len(got) != 1 || got[0].(map[string]any)["objectName"] != "audit log" {
		t.Errorf("that it was taken away is told as %v", got)
	}
	admin.Get("/helpdesk/v1/audit.csv?from=x").Is(400)
}

func TestRoutesByRole(t *testing.T) { // ACC-10
	d := dbtest.Open(t, dbtest.SQLite(t))
	p := people.New(d)
	gatetest.Start(t, d, p, func(g *gate.Gate) { api.Routes(g, d, p) }).WalkTable()
}
