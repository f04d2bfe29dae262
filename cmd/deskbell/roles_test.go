package main

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/people"
)

// openRoutes are all that anybody may ask. A route is added here with care: it must show nothing and cost nothing.
var openRoutes = []string{
	// Who asks these has a client secret or a token of 256 bits, and learns nothing without.
	"POST /oauth/v1/token", "POST /oauth/{version}/token", "POST /oauth/{version}/token/introspect", "POST /oauth/{version}/token/revoke",
	"POST /oauth/{version}/introspect", "POST /oauth/{version}/revoke", "GET /oauth/v1/access-tokens/{token}", "GET /oauth/v1/refresh-tokens/{token}",
	"DELETE /oauth/v1/refresh-tokens/{token}", "POST /oauth/v2/private-apps/get/access-token-info",
	// Public files, at addresses that hold the account's number, and files by a signature that runs out.
	"GET /hubfs/{portal}/{path...}", "GET /hubfs-signed/{fileId}", "GET /attachments-signed/{id}",
	// Entries of journals, by a signature that runs out.
	"GET /webhooks-journal/entries/{offset}",
	"GET /", "GET /healthz", "GET /readyz",
	"GET /helpdesk/v1/setup", "POST /helpdesk/v1/setup", "POST /helpdesk/v1/session", "DELETE /helpdesk/v1/session",
}

// ownWrites are the writes that a view-only user may make: of their own marks and settings, and one that is a question.
var ownWrites = []string{
	"PATCH /helpdesk/v1/me", "POST /helpdesk/v1/notifications/read", "POST /helpdesk/v1/tickets/search",
	"POST /helpdesk/v1/tickets/{id}/read", "POST /helpdesk/v1/tickets/{id}/unread",
	"POST /helpdesk/v1/tickets/{id}/follow", "POST /helpdesk/v1/tickets/{id}/unfollow",
}

var templated = regexp.MustCompile(`\{[a-zA-Z]+\}`)

func TestEveryRouteNamesItsPermission(t *testing.T) { // ACC-10
	d := newDesk(t, dbtest.SQLite(t))
	known := []people.Permission{people.ManageUsers, people.ManageAccount, people.ManagePipelines, people.ManageProperties, people.ManageTokens, people.CustomViews,
		people.ReadAudit, people.Signed, people.Workspace}
	var public, writes []string
	for _, r := range d.gate.Routes() {
		name := r.Method + " " + r.Path
		switch {
		case r.Public:
			public = append(public, name)
		case !slices.Contains(known, r.Needs):
			t.Errorf("%s needs %q, which is no permission", name, r.Needs)
		case r.Needs == people.Signed && r.Method != http.MethodGet:
			writes = append(writes, name)
		}
		if !strings.HasPrefix(r.Path, api) && !r.Public && r.Scopes == nil {
			t.Errorf("%s does not say which scopes an app needs: see gate.Scopes, and For of a wire.Family", name)
		}
		for _, oneOf := range r.Needed() {
			for _, scope := range oneOf {
				if scope = templated.ReplaceAllString(scope, "custom"); !people.KnownScope(scope) {
					t.Errorf("%s needs the scope %s, which there is not", name, scope)
				}
			}
		}
		if r.Summary == "" || r.Tag == "" {
			t.Errorf("%s does not say what it is for", name)
		}
	}
	for what, lists := range map[string][2][]string{"public": {public, openRoutes}, "writes of any user": {writes, ownWrites}} {
		slices.Sort(lists[0])
		slices.Sort(lists[1])
		if !slices.Equal(lists[0], lists[1]) {
			t.Errorf("%s are %q, want %q", what, lists[0], lists[1])
		}
	}
}

// Each route of the whole program is asked as nobody, a view-only user, a user, an admin and an app.
func TestEveryRouteAsEveryRole(t *testing.T) { // ACC-2, ACC-10
	d := newDesk(t, dbtest.SQLite(t))
	k := &gatetest.Desk{T: t, DB: d.db, People: d.people, Gate: d.gate, URL: d.web.URL}
	k.WalkTable()
}

// Streams are let in by the same check; the table's walk leaves them out, for they do not end.
func TestStreamsAsEveryRole(t *testing.T) { // ACC-10
	d := newDesk(t, dbtest.SQLite(t))
	k := &gatetest.Desk{T: t, DB: d.db, People: d.people, Gate: d.gate, URL: d.web.URL}
	roles := k.Roles()
	for _, r := range d.gate.Routes() {
		if !r.Endless || r.Method != http.MethodGet {
			continue
		}
		for role, c := range roles {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			res := c.Stream(ctx, strings.ReplaceAll(r.Path, "{id}", "7"))
			want := http.StatusOK
			if strings.Contains(r.Path, "{id}") {
				want = http.StatusNotFound // there is no such thing, but they may ask
			}
			switch {
			case role == "nobody":
				want = http.StatusUnauthorized
			case role == "bare", role == "view" && r.Needs == people.Workspace:
				want = http.StatusForbidden
			}
			if res.StatusCode != want {
				t.Errorf("%s as %s: %d, want %d", r.Path, role, res.StatusCode, want)
			}
			cancel()
			_ = res.Body.Close()
		}
	}
}

// What a person may not do by the API they may not do with a cookie that ended, either.
func TestEndedSessionOpensNothing(t *testing.T) { // ACC-7
	d := newDesk(t, dbtest.SQLite(t))
	mia := d.Agent("Mia Berg")
	mia.Ask("GET", api+"/me", nil).Is(http.StatusOK)
	mia.Ask("DELETE", api+"/session", nil).Is(http.StatusNoContent)
	mia.Ask("GET", api+"/me", nil).Is(http.StatusUnauthorized)
	off := d.SignIn(mia.user)
	no := false
	if _, err := d.people.ChangeUser(context.Background(), people.System, mia.user.ID, people.UserChange{Active: &no}); err != nil {
		t.Fatal(err)
	}
	for _, r := range d.gate.Routes() {
		if r.Public || r.Endless || r.Method != http.MethodGet || r.Needs == "" {
			continue
		}
		if got := off.Ask(r.Method, r.Path, nil); got.Status != http.StatusUnauthorized {
			t.Errorf("%s %s answered %d to a user who was switched off", r.Method, r.Path, got.Status)
		}
	}
}
