package account

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
)

const (
	pageLength = 100
	pageMost   = 100
)

// query is what all three lists are asked by.
func query(r *http.Request) (q audit.Query, err error) {
	if q.Limit, err = wire.Limit(r, pageLength, pageMost); err != nil {
		return q, err
	}
	if after := r.URL.Query().Get("after"); after != "" {
		if q.After, err = id.Parse("after", after); err != nil {
			return q, err
		}
	}
	for _, name := range []string{"userId", "actingUserId"} {
		for _, text := range wire.List(r, name) {
			n, err := id.Parse(name, text)
			if err != nil {
				return q, err
			}
			q.Actors = append(q.Actors, event.Actor{Kind: event.User, ID: n})
		}
	}
	for name, to := range map[string]*time.Time{"occurredAfter": &q.From, "fromTimestamp": &q.From, "occurredBefore": &q.To, "toTimestamp": &q.To} {
		if text := r.URL.Query().Get(name); text != "" {
			if *to, err = instant(name, text); err != nil {
				return q, err
			}
		}
	}
	return q, nil
}

// instant reads milliseconds since 1970 or ISO 8601.
func instant(name, text string) (time.Time, error) {
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, errs.Bad(name, "INVALID_DATE", name+" must be a time in ISO 8601, or milliseconds since 1970")
	}
	return t, nil
}

// answer reads a page of the log and shows each entry that show knows.
func answer[T any](a *API, w http.ResponseWriter, r *http.Request, by people.Actor, q audit.Query, show func(audit.Entry, *people.Directory) (T, bool)) error {
	page := wire.Page[T]{Results: []T{}}
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		page.Results, page.Paging = page.Results[:0], nil
		dir, err := a.people.Directory(tx)
		if err != nil {
			return err
		}
		limit := q.Limit
		q := q
		q.Limit++
		all, err := a.people.AuditLog(tx, by, q)
		if len(all) > limit {
			all = all[:limit]
			page.Paging = wire.Following(r, id.Format(all[limit-1].ID))
		}
		for _, e := range all {
			if shown, ok := show(e, dir); ok {
				page.Results = append(page.Results, shown)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, page)
	return nil
}

// acting is the user who did it; an app and the program are nobody.
func acting(e audit.Entry, dir *people.Directory) (int64, string) {
	if e.Actor.Kind != event.User {
		return 0, ""
	}
	u, ok := dir.User(e.Actor.ID)
	if !ok {
		return 0, ""
	}
	return u.ID, u.Email
}

type actingUser struct {
	UserID int64  `json:"userId"`
	Email  string `json:"userEmail,omitempty"`
}

type auditLog struct {
	ID          string     `json:"id"`
	Category    string     `json:"category"`
	SubCategory string     `json:"subCategory"`
	Action      string     `json:"action"`
	Target      string     `json:"targetObjectId,omitempty"`
	OccurredAt  string     `json:"occurredAt"`
	ActingUser  actingUser `json:"actingUser"`
}

// verbs are HubSpot's names of what was done; anything else was performed.
var verbs = map[string]string{
	"created": "CREATE", "changed": "UPDATE", "rotated": "UPDATE", "deleted": "DELETE", "revoked": "DELETE", "record": "DELETE", "gdpr": "DELETE",
	"account": "UPDATE",
}

func (a *API) auditLogs(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	q, err := query(r)
	if err != nil {
		return err
	}
	q.OldFirst = slices.Contains(wire.List(r, "sort"), "occurredAt")
	return answer(a, w, r, by, q, func(e audit.Entry, dir *people.Directory) (auditLog, bool) {
		_, did, _ := strings.Cut(e.Action, ".")
		out := auditLog{ID: id.Format(e.ID), Category: word(e.Category()), SubCategory: word(e.Action), Action: "PERFORM",
			OccurredAt: property.FormatTime(e.At)}
		if e.Category() == audit.SignIn {
			out.Category, out.SubCategory = "LOGIN", "LOGIN_SUCCEEDED"
			if did != "ok" {
				out.SubCategory = "LOGIN_FAILED"
			}
		}
		if v := verbs[did]; v != "" {
			out.Action = v
		}
		if e.ObjectID != 0 {
			out.Target = id.Format(e.ObjectID)
		}
		out.ActingUser.UserID, out.ActingUser.Email = acting(e, dir)
		return out, true
	})
}

// word is one of our names in the form of HubSpot's.
func word(s string) string {
	return strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(s))
}

type login struct {
	ID        string `json:"id"`
	UserID    int64  `json:"userId,omitempty"`
	Email     string `json:"email"`
	LoginAt   string `json:"loginAt"`
	Succeeded bool   `json:"loginSucceeded"`
	Address   string `json:"ipAddress"`
	Agent     string `json:"userAgent"`
}

func (a *API) logins(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	q, err := query(r)
	if err != nil {
		return err
	}
	q.Categories = []string{audit.SignIn}
	return answer(a, w, r, by, q, func(e audit.Entry, _ *people.Directory) (login, bool) {
		return login{id.Format(e.ID), e.Actor.ID, e.Object, property.FormatTime(e.At), e.Action == "sign-in.ok", e.Address, e.Detail["agent"]}, true
	})
}

type critical struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	CreatedAt  string `json:"createdAt"`
	UserID     int64  `json:"userId"`
	ActingUser string `json:"actingUser,omitempty"`
	Address    string `json:"ipAddress,omitempty"`
	ObjectID   string `json:"objectId,omitempty"`
}

// criticals are HubSpot's names of the actions that bear on security; those of user.changed say what was changed.
var criticals = map[string]string{
	"user.created": "ADD_USER", "user.changed": "", "team.created": "TEAM_ADDED", "team.deleted": "TEAM_DELETED",
	"token.created": "PRIVATE_APP_ACCESS_TOKEN_CREATE", "token.rotated": "PRIVATE_APP_ACCESS_TOKEN_ROTATE",
	"token.revoked": "PRIVATE_APP_ACCESS_TOKEN_DEACTIVATE", "token.changed": "PRIVATE_APP_SCOPE_GROUPS_UPDATE",
	"app.installed": "INSTALL_INTEGRATION", "app.uninstalled": "UNINSTALL_INTEGRATION", "app.deleted": "UNINSTALL_INTEGRATION",
	"app.secret-rotated": "PUBLIC_APP_CLIENT_SECRET_WRITE", "token.secret-rotated": "PUBLIC_APP_CLIENT_SECRET_WRITE", "app.key-rotated": "HAPIKEY_CREATE",
	audit.Exported: "EXPORT", audit.Erased: "GDPR_DELETE",
}

// changes are those of user.changed: the first whose detail is there.
var changes = []struct{ detail, value, name string }{
	{"superAdmin", "false → true", "ADD_ADMIN_USER"}, {"superAdmin", "true → false", "REMOVE_ADMIN_USER"},
	{"active", "true → false", "DEACTIVATE_USER"}, {"active", "false → true", "REACTIVATE_USER"}, {"password", "changed", "CHANGE_PASSWORD"},
}

func nameOf(e audit.Entry) string {
	for _, c := range changes {
		if e.Action == "user.changed" && e.Detail[c.detail] == c.value {
			return c.name
		}
	}
	return criticals[e.Action]
}

func (a *API) security(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	q, err := query(r)
	if err != nil {
		return err
	}
	q.Actions = slices.Sorted(maps.Keys(criticals))
	return answer(a, w, r, by, q, func(e audit.Entry, dir *people.Directory) (critical, bool) {
		out := critical{ID: id.Format(e.ID), Type: nameOf(e), CreatedAt: property.FormatTime(e.At), Address: e.Address}
		out.UserID, out.ActingUser = acting(e, dir)
		if e.ObjectID != 0 {
			out.ObjectID = id.Format(e.ObjectID)
		}
		return out, out.Type != ""
	})
}
