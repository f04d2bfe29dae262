package gatetest

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
)

var pathParam = regexp.MustCompile(`\{[^}]*\}`)

// WalkTable asks every route of the gate as every role and fails where the answer does not fit the route's row: 401 for
// nobody, 403 without the permission, and neither for who has it (ACC-10). skip are paths not to be asked, streams for one.
func (k *Desk) WalkTable(skip ...string) {
	k.T.Helper()
	roles := k.Roles()
	may := map[string]func(people.Permission) bool{
		"view":    (people.Actor{Kind: "user", Seat: people.ViewSeat}).May,
		"service": (people.Actor{Kind: "user", Seat: people.ServiceSeat, Permissions: []people.Permission{people.CustomViews}}).May,
		"admin":   (people.Actor{Kind: "user", SuperAdmin: true}).May,
		"bare":    people.LimitedApp(1, "", []string{bareScope}).May,
		"scoped":  people.LimitedApp(1, "", allScopes()).May,
		"app":     (people.Actor{Kind: "app", SuperAdmin: true}).May,
	}
	for _, r := range k.Gate.Routes() {
		if r.Public || r.Endless || contains(skip, r.Path) {
			continue
		}
		// The last role may do all, so what it deletes nobody misses afterwards.
		for _, role := range []string{"nobody", "view", "service", "bare", "scoped", "admin", "app"} {
			want := http.StatusOK
			switch {
			case role == "nobody":
				want = http.StatusUnauthorized
			case !may[role](r.Needs), role == "bare" && !opens(r.Needed(), bareScope), role == "scoped" && r.Needed() == nil:
				want = http.StatusForbidden
			}
			k.one(roles[role], role, r, want)
		}
	}
}

// bareScope lets an app know the account and nothing else.
const bareScope = "oauth"

func allScopes() (names []string) {
	for _, s := range people.AppScopes() {
		names = append(names, s.Name)
	}
	return names
}

func opens(needed gate.Scopes, scope string) bool {
	for _, oneOf := range needed {
		if !contains(oneOf, scope) {
			return false
		}
	}
	return needed != nil
}

func (k *Desk) one(c *Client, role string, r gate.Route, want int) {
	k.T.Helper()
	path := strings.ReplaceAll(r.Path, "{version}", "v3")
	path = strings.TrimSuffix(pathParam.ReplaceAllString(path, "999999999"), "$")
	var body any
	if r.Method != http.MethodGet && r.Method != http.MethodDelete {
		body = map[string]any{}
	}
	a := c.Do(r.Method, path, body)
	refused := a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden
	if want != http.StatusOK && a.Status != want || want == http.StatusOK && refused || a.Status >= http.StatusInternalServerError {
		k.T.Errorf("%s %s as %s answered %d, want %d (200 is: let in): %s", r.Method, r.Path, role, a.Status, want, a.Body)
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
