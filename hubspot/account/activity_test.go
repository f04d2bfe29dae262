package account

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people/audit"
)

func TestNamesOfWhatBearsOnSecurity(t *testing.T) { // ACC-9
	for name, tt := range map[string]struct {
		entry audit.Entry
		want  string
	}{
		"a user":           {audit.Entry{Action: "user.created"}, "ADD_USER"},
		"made an admin":    {audit.Entry{Action: "user.changed", Detail: map[string]string{"superAdmin": "false → true", "name": "a → b"}}, "ADD_ADMIN_USER"},
		"no longer one":    {audit.Entry{Action: "user.changed", Detail: map[string]string{"superAdmin": "true → false"}}, "REMOVE_ADMIN_USER"},
		"switched off":     {audit.Entry{Action: "user.changed", Detail: map[string]string{"active": "true → false"}}, "DEACTIVATE_USER"},
		"and on":           {audit.Entry{Action: "user.changed", Detail: map[string]string{"active": "false → true"}}, "REACTIVATE_USER"},
		"a password":       {audit.Entry{Action: "user.changed", Detail: map[string]string{"password": "changed"}}, "CHANGE_PASSWORD"},
		"a name":           {audit.Entry{Action: "user.changed", Detail: map[string]string{"name": "a → b"}}, ""},
		"not of a user":    {audit.Entry{Action: "team.changed", Detail: map[string]string{"active": "true → false"}}, ""},
		"a token":          {audit.Entry{Action: "token.created"}, "PRIVATE_APP_ACCESS_TOKEN_CREATE"},
		"its end":          {audit.Entry{Action: "token.revoked"}, "PRIVATE_APP_ACCESS_TOKEN_DEACTIVATE"},
		"an app":           {audit.Entry{Action: "app.installed"}, "INSTALL_INTEGRATION"},
		"a secret":         {audit.Entry{Action: "app.secret-rotated"}, "PUBLIC_APP_CLIENT_SECRET_WRITE"},
		"a private one's":  {audit.Entry{Action: "token.secret-rotated"}, "PUBLIC_APP_CLIENT_SECRET_WRITE"},
		"an export":        {audit.Entry{Action: audit.Exported}, "EXPORT"},
		"erased":           {audit.Entry{Action: audit.Erased}, "GDPR_DELETE"},
		"a sign-in":        {audit.Entry{Action: "sign-in.ok"}, ""},
		"nothing we know":  {audit.Entry{Action: "moon.reached"}, ""},
		"a setting":        {audit.Entry{Action: "settings.channel"}, ""},
		"a team":           {audit.Entry{Action: "team.created"}, "TEAM_ADDED"},
		"a team that went": {audit.Entry{Action: "team.deleted"}, "TEAM_DELETED"},
	} {
		if got := nameOf(tt.entry); got != tt.want {
			t.Errorf("%s is %q, want %q", name, got, tt.want)
		}
	}
	for action, want := range map[string]string{"app.secret-rotated": "APP_SECRET_ROTATED", "user.created": "USER_CREATED", "token": "TOKEN"} {
		if got := word(action); got != want {
			t.Errorf("%s is %s", action, got)
		}
	}
}

func TestWhatTheListsAreAskedBy(t *testing.T) { // API-5
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for query, check := range map[string]func(q audit.Query) bool{
		"":                 func(q audit.Query) bool { return q.Limit == 100 && q.After == 0 && q.Actors == nil },
		"limit=7&after=12": func(q audit.Query) bool { return q.Limit == 7 && q.After == 12 },
		"actingUserId=1&actingUserId=2": func(q audit.Query) bool {
			return len(q.Actors) == 2 && q.Actors[1] == event.Actor{Kind: event.User, ID: 2}
		},
		"actingUserId=1,2":                           func(q audit.Query) bool { return len(q.Actors) == 2 },
		"userId=3":                                   func(q audit.Query) bool { return len(q.Actors) == 1 && q.Actors[0].ID == 3 },
		"occurredAfter=2026-11-02T09:00:00Z":         func(q audit.Query) bool { return q.From.Equal(at) && q.To.IsZero() },
		"occurredBefore=2026-11-02T10:00:00%2B01:00": func(q audit.Query) bool { return q.To.Equal(at) },
		"fromTimestamp=1793610000000":                func(q audit.Query) bool { return q.From.Equal(at) },
		"toTimestamp=1793610000000":                  func(q audit.Query) bool { return q.To.Equal(at) },
	} {
		q, err := asked(query)
		if err != nil || !check(q) {
			t.Errorf("%s: %+v, %v", query, q, err)
		}
	}
	for _, bad := range []string{"limit=0", "limit=101", "after=x", "userId=me", "actingUserId=1,x", "occurredAfter=yesterday", "toTimestamp=1.5"} {
		if _, err := asked(bad); err == nil || !strings.Contains(err.Error(), strings.SplitN(bad, "=", 2)[0]) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func asked(text string) (audit.Query, error) {
	return query(httptest.NewRequest(http.MethodGet, "/account-info/v3/activity/audit-logs?"+text, nil))
}
