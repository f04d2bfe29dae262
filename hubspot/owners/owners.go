// Package owners is HubSpot's API of owners, in its wire format: the users who can own records. An owner's id is the user's.
package owners

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// API answers the routes.
type API struct {
	db     *db.DB
	people *people.Service
}

const (
	pageLength = 100
	pageMost   = 500
)

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, p *people.Service) {
	a := &API{db: d, people: p}
	scopes := gate.OneOf("crm.objects.owners.read")
	owners := wire.At(g, "/crm/v3/owners", "/crm/owners/{version}").Of("Owners").For(scopes, scopes)
	owners.Add("GET ", "List owners", a.list, wire.Query("limit", "after", "email", "archived"), gate.Gives[wire.Page[owner]](http.StatusOK))
	owners.Add("GET /{ownerId}", "Read an owner", a.read, wire.Query("idProperty", "archived"), gate.Gives[owner](http.StatusOK))
}

// owner is a user outside. Archived ones are those who were switched off; they have no userId of their own any more.
type owner struct {
	ID          string `json:"id"`
	Email       string `json:"email"`
	Type        string `json:"type"`
	FirstName   string `json:"firstName"`
	LastName    string `json:"lastName"`
	UserID      *int64 `json:"userId,omitempty"`
	UserIDOfOld int64  `json:"userIdIncludingInactive"`
	CreatedAt   string `json:"createdAt"`
	UpdatedAt   string `json:"updatedAt"`
	Archived    bool   `json:"archived"`
	Teams       []team `json:"teams,omitempty"`
}

type team struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Primary bool   `json:"primary"`
}

func show(dir *people.Directory, u people.User) owner {
	out := owner{ID: id.Format(u.ID), Email: u.Email, Type: "PERSON", UserIDOfOld: u.ID, Archived: !u.Active,
		CreatedAt: property.FormatTime(u.CreatedAt), UpdatedAt: property.FormatTime(u.UpdatedAt)}
	if out.FirstName = u.Name; strings.Contains(u.Name, " ") {
		at := strings.LastIndexByte(u.Name, ' ')
		out.FirstName, out.LastName = u.Name[:at], u.Name[at+1:]
	}
	if u.Active {
		out.UserID = &u.ID
	}
	for _, n := range u.Teams {
		if t, ok := dir.Team(n); ok {
			out.Teams = append(out.Teams, team{id.Format(t.ID), t.Name, t.ID == u.MainTeam})
		}
	}
	return out
}

func (a *API) directory(r *http.Request) (dir *people.Directory, err error) {
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		dir, err = a.people.Directory(tx)
		return err
	})
	return dir, err
}

func (a *API) list(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	limit, err := wire.Limit(r, pageLength, pageMost)
	if err != nil {
		return err
	}
	archived, err := wire.Flag(r, "archived")
	if err != nil {
		return err
	}
	var after int64
	if text := r.URL.Query().Get("after"); text != "" {
		if after, err = id.Parse("after", text); err != nil {
			return err
		}
	}
	dir, err := a.directory(r)
	if err != nil {
		return err
	}
	email := r.URL.Query().Get("email")
	found := slices.DeleteFunc(dir.Users(), func(u people.User) bool {
		return u.Active == archived || u.ID <= after || email != "" && !strings.EqualFold(u.Email, email)
	})
	slices.SortFunc(found, func(a, b people.User) int { return cmp.Compare(a.ID, b.ID) })
	out := wire.Page[owner]{Results: []owner{}}
	if len(found) > limit {
		found = found[:limit]
		out.Paging = wire.Following(r, id.Format(found[limit-1].ID))
	}
	for _, u := range found {
		out.Results = append(out.Results, show(dir, u))
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) read(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	archived, err := wire.Flag(r, "archived")
	if err != nil {
		return err
	}
	if by := r.URL.Query().Get("idProperty"); by != "" && by != "id" && by != "userId" {
		return errs.Bad("idProperty", "INVALID_OPTION", "idProperty must be id or userId")
	}
	n, err := wire.PathID(r, "ownerId")
	if err != nil {
		return err
	}
	dir, err := a.directory(r)
	if err != nil {
		return err
	}
	u, ok := dir.User(n)
	if !ok || u.Active == archived {
		return wire.NotFound()
	}
	gate.WriteJSON(w, http.StatusOK, show(dir, u))
	return nil
}
