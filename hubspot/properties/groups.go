package properties

import (
	"net/http"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

// Group is a group of properties in HubSpot's form. A group that was archived is gone.
type Group struct {
	Name         string `json:"name"`
	Label        string `json:"label"`
	DisplayOrder int    `json:"displayOrder"`
	Archived     bool   `json:"archived"`
}

func groupOf(g property.Group) Group {
	return Group{Name: g.Name, Label: g.Label, DisplayOrder: g.Order}
}

func (a *API) listGroups(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	out := wire.Page[Group]{Results: []Group{}}
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		set, err := a.set(tx, r)
		if err != nil {
			return err
		}
		out.Results = out.Results[:0]
		for _, g := range set.Groups() {
			out.Results = append(out.Results, groupOf(g))
		}
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) readGroup(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	var out Group
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		set, err := a.set(tx, r)
		if err != nil {
			return err
		}
		g, ok := set.Group(r.PathValue("groupName"))
		if !ok {
			return property.NoGroup(r.PathValue("groupName"))
		}
		out = groupOf(g)
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// group is the body that makes or changes a group.
type group struct {
	Name         string  `json:"name"`
	Label        *string `json:"label"`
	DisplayOrder *int    `json:"displayOrder"`
}

func (a *API) createGroup(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in group
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	switch {
	case in.Name == "" && in.Label == nil:
		return wire.Missing("name", "label")
	case in.Name == "":
		return wire.Missing("name")
	case in.Label == nil:
		return wire.Missing("label")
	}
	g := property.Group{Name: in.Name, Label: *in.Label, Order: -1}
	take(&g.Order, in.DisplayOrder)
	return a.writeGroup(w, r, http.StatusCreated, func(tx *db.Tx) (property.Group, error) {
		return a.props.CreateGroup(tx, by, r.PathValue("objectType"), g)
	})
}

func (a *API) updateGroup(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in group
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	return a.writeGroup(w, r, http.StatusOK, func(tx *db.Tx) (property.Group, error) {
		set, err := a.set(tx, r)
		if err != nil {
			return property.Group{}, err
		}
		g, ok := set.Group(r.PathValue("groupName"))
		if !ok {
			return g, property.NoGroup(r.PathValue("groupName"))
		}
		take(&g.Label, in.Label)
		take(&g.Order, in.DisplayOrder)
		return a.props.UpdateGroup(tx, by, set.ObjectType.Name, g)
	})
}

func (a *API) writeGroup(w http.ResponseWriter, r *http.Request, status int, fn func(tx *db.Tx) (property.Group, error)) error {
	var g property.Group
	err := a.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		g, err = fn(tx)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, status, groupOf(g))
	return nil
}

func (a *API) archiveGroup(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		return a.props.DeleteGroup(tx, by, r.PathValue("objectType"), r.PathValue("groupName"))
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
