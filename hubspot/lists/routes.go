// Package lists is HubSpot's API of lists (segments), their folders and their members, in its wire format. It holds no rule of them,
// only how they look outside.
package lists

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// API answers the routes of lists.
type API struct {
	db    *db.DB
	lists *list.Service
	props *property.Registry
}

// bodyMost is as many ids as one call takes.
const bodyMost = 4 << 20

// Routes adds the routes of lists.
func Routes(g *gate.Gate, d *db.DB, lists *list.Service, props *property.Registry) {
	a := &API{d, lists, props}
	all := wire.At(g, "/crm/v3/lists", "/crm/lists/{version}").Of("Lists").For(gate.OneOf("crm.lists.read"), gate.OneOf("crm.lists.write"))
	all.Add("POST ", "Make a list", a.create, gate.Takes[createBody](), gate.Gives[oneList](http.StatusOK))
	all.Add("GET ", "Read lists by their ids", a.some, wire.Query("includeFilters", "listIds"), gate.Gives[manyLists](http.StatusOK))
	all.Add("POST /search", "Search lists", a.search, gate.Takes[searchBody](), gate.Gives[found](http.StatusOK))
	all.Add("GET /{listId}", "Read a list", a.read, wire.Query("includeFilters"), gate.Gives[oneList](http.StatusOK))
	all.Add("GET /object-type-id/{objectTypeId}/name/{listName}", "Read a list by its name", a.readNamed, wire.Query("includeFilters"), gate.Gives[oneList](http.StatusOK))
	all.Add("PUT /{listId}/update-list-name", "Rename a list", a.rename, gate.Takes[struct{}](), wire.Query("listName", "includeFilters"), gate.Gives[updated](http.StatusOK))
	all.Add("PUT /{listId}/update-list-filters", "Change the filters of a list", a.refilter, wire.Query("enrollObjectsInWorkflows"), gate.Takes[filtersBody](), gate.Gives[updated](http.StatusOK))
	all.Add("DELETE /{listId}", "Delete a list", a.remove, gate.GivesNothing)
	all.Add("PUT /{listId}/restore", "Restore a deleted list", a.restore, gate.Takes[struct{}](), gate.GivesNothing)
	// HubSpot's DELETE addresses folders/{folderId} and {listId}/memberships overlap: one route takes all of that form.
	all.Add("DELETE /{listId}/{what}", "Take all members out of a list (memberships), have it not converted (schedule-conversion), or delete a folder (folders/…)", a.removeWhat, gate.GivesNothing)
	a.folderRoutes(all)
	a.memberRoutes(all)
	a.laterRoutes(all)
}

// reads answers with what do reads in one transaction.
func (a *API) reads(w http.ResponseWriter, r *http.Request, do func(tx *db.Tx) (any, error)) error {
	return answer(w, func(fn func(tx *db.Tx) error) error { return a.db.Read(r.Context(), fn) }, do)
}

func (a *API) writes(w http.ResponseWriter, r *http.Request, do func(tx *db.Tx) (any, error)) error {
	return answer(w, func(fn func(tx *db.Tx) error) error { return a.db.Write(r.Context(), fn) }, do)
}

func answer(w http.ResponseWriter, in func(func(tx *db.Tx) error) error, do func(tx *db.Tx) (any, error)) error {
	var out any
	if err := in(func(tx *db.Tx) (err error) {
		out, err = do(tx)
		return err
	}); err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// done runs a command on the list of the path, and answers nothing.
func (a *API) done(w http.ResponseWriter, r *http.Request, do func(tx *db.Tx, list int64) error) error {
	n, err := wire.PathID(r, "listId")
	if err != nil {
		return err
	}
	if err := a.db.Write(r.Context(), func(tx *db.Tx) error { return do(tx, n) }); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// createBody is what a list is made from.
type createBody struct {
	ObjectTypeID string                `json:"objectTypeId" required:"true"`
	Name         string                `json:"name" required:"true"`
	Processing   list.Processing       `json:"processingType" required:"true"`
	Filters      json.RawMessage       `json:"filterBranch"`
	FolderID     wire.Value            `json:"listFolderId"`
	Custom       map[string]wire.Value `json:"customProperties"`
	Permissions  *list.Permissions     `json:"listPermissions"`
	Membership   *list.Membership      `json:"membershipSettings"`
}

func (a *API) create(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body createBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	switch {
	case body.ObjectTypeID == "":
		return wire.Missing("objectTypeId")
	case body.Name == "":
		return wire.Missing("name")
	case body.Processing == "":
		return wire.Missing("processingType")
	}
	wanted := list.Wanted{ObjectType: body.ObjectTypeID, Name: body.Name, Processing: body.Processing, Filters: body.Filters,
		Settings: list.Settings{Permissions: body.Permissions, Membership: body.Membership}}
	if len(body.Custom) > 0 {
		wanted.Settings.Custom = wire.Plain(body.Custom)
	}
	var err error
	if wanted.Folder, err = folderID("listFolderId", string(body.FolderID)); err != nil {
		return err
	}
	return a.changed(w, r, by, true, func(tx *db.Tx) (list.List, error) { return a.lists.Create(tx, by, wanted) }, func(l shownList) any { return oneList{l} })
}

// changed runs a command and answers with the list that it returns. How large that is is asked when it is done: a write is no place
// to count.
func (a *API) changed(w http.ResponseWriter, r *http.Request, by people.Actor, filters bool, do func(tx *db.Tx) (list.List, error), as func(shownList) any) error {
	var l list.List
	if err := a.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		l, err = do(tx)
		return err
	}); err != nil {
		return err
	}
	return a.reads(w, r, func(tx *db.Tx) (any, error) {
		shown, err := a.show(tx, by, l, filters)
		return as(shown), err
	})
}

func (a *API) read(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "listId")
	if err != nil {
		return err
	}
	return a.readOne(w, r, by, func(tx *db.Tx) (list.List, error) { return a.lists.Get(tx, n) })
}

func (a *API) readNamed(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.readOne(w, r, by, func(tx *db.Tx) (list.List, error) {
		return a.lists.Named(tx, r.PathValue("objectTypeId"), r.PathValue("listName"))
	})
}

func (a *API) readOne(w http.ResponseWriter, r *http.Request, by people.Actor, get func(tx *db.Tx) (list.List, error)) error {
	filters, err := wire.Flag(r, "includeFilters")
	if err != nil {
		return err
	}
	return a.reads(w, r, func(tx *db.Tx) (any, error) {
		l, err := get(tx)
		if err != nil {
			return nil, err
		}
		shown, err := a.show(tx, by, l, filters)
		return oneList{shown}, err
	})
}

func (a *API) some(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	filters, err := wire.Flag(r, "includeFilters")
	if err != nil {
		return err
	}
	ids, err := idsOf("listIds", wire.List(r, "listIds"))
	if err != nil {
		return err
	}
	return a.reads(w, r, func(tx *db.Tx) (any, error) {
		some, err := a.lists.Some(tx, ids)
		if err != nil {
			return nil, err
		}
		out := manyLists{Lists: make([]shownList, len(some))}
		for i, l := range some {
			if out.Lists[i], err = a.show(tx, by, l, filters); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

func (a *API) rename(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "listId")
	if err != nil {
		return err
	}
	filters, err := wire.Flag(r, "includeFilters")
	if err != nil {
		return err
	}
	name := r.URL.Query().Get("listName")
	return a.changed(w, r, by, filters, func(tx *db.Tx) (list.List, error) { return a.lists.Rename(tx, by, n, name) }, func(l shownList) any { return updated{l} })
}

// filtersBody are the filters that a list is to have.
type filtersBody struct {
	Filters json.RawMessage `json:"filterBranch" required:"true"`
}

func (a *API) refilter(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "listId")
	if err != nil {
		return err
	}
	var body filtersBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if len(body.Filters) == 0 {
		return wire.Missing("filterBranch")
	}
	return a.changed(w, r, by, true, func(tx *db.Tx) (list.List, error) { return a.lists.SetFilters(tx, by, n, body.Filters) }, func(l shownList) any { return updated{l} })
}

func (a *API) remove(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.done(w, r, func(tx *db.Tx, n int64) error { return a.lists.Delete(tx, by, n) })
}

func (a *API) restore(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.done(w, r, func(tx *db.Tx, n int64) error { return a.lists.Restore(tx, by, n) })
}

// removeWhat answers the DELETE addresses of two parts.
func (a *API) removeWhat(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	switch what := r.PathValue("what"); {
	case r.PathValue("listId") == "folders":
		return a.removeFolder(w, r, by)
	case what == "memberships":
		return a.empty(w, r, by)
	case what == "schedule-conversion":
		return a.done(w, r, func(tx *db.Tx, n int64) error {
			_, err := a.lists.Convert(tx, by, n, nil)
			return err
		})
	}
	return wire.NotFound()
}

// idsOf reads ids.
func idsOf[T ~string](field string, given []T) ([]int64, error) {
	out := make([]int64, len(given))
	for i, v := range given {
		n, err := id.Parse(field, string(v))
		if err != nil {
			return nil, errs.Bad(field, "INVALID_ID", fmt.Sprintf("%q is no id", v))
		}
		out[i] = n
	}
	return out, nil
}
