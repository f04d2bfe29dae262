package associations

import (
	"net/http"
	"strconv"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

func (a *API) listLabels(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	all, err := a.typesOf(r)
	if err != nil {
		return err
	}
	out := wire.Page[kind]{Results: []kind{}}
	for _, t := range all {
		out.Results = append(out.Results, kindOf(*t))
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// labelBody is a new label, or new words for one.
type labelBody struct {
	Name         string     `json:"name"`
	Label        string     `json:"label" required:"true"`
	InverseLabel string     `json:"inverseLabel"`
	TypeID       wire.Value `json:"associationTypeId"`
}

func (b labelBody) label() association.Label {
	return association.Label{Name: b.Name, Label: b.Label, Inverse: b.InverseLabel}
}

// postLabels adds a label. Its path is that of the report of high usage as well.
func (a *API) postLabels(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	last := r.PathValue("labels")
	if r.PathValue("fromObjectType") == "usage" && r.PathValue("toObjectType") == "high-usage-report" {
		return a.report(w, r, last)
	}
	if last != "labels" {
		return gate.NoRoute()
	}
	var body labelBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if body.Label == "" || body.Name == "" {
		return wire.Missing("label", "name")
	}
	var out wire.Page[kind]
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		from, to, err := a.pairOf(tx, r)
		if err != nil {
			return err
		}
		t, err := a.records.AssociationTypes().CreateLabel(tx, by, from, to, body.label())
		if err != nil {
			return err
		}
		out.Results = []kind{kindOf(t)}
		if t.Inverse == t.ID {
			return nil
		}
		turned, err := a.records.AssociationTypes().Turned(tx, t)
		out.Results = append(out.Results, kindOf(turned))
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) renameLabel(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body labelBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if body.Label == "" || body.TypeID == "" {
		return wire.Missing("associationTypeId", "label")
	}
	return a.change(w, r, func(tx *db.Tx, from, to property.ObjectType) error {
		n, err := spec{TypeID: body.TypeID}.id()
		if err != nil {
			return err
		}
		return a.records.AssociationTypes().RenameLabel(tx, by, from, to, n, body.label())
	})
}

func (a *API) removeLabel(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := strconv.Atoi(r.PathValue("associationTypeId"))
	if err != nil {
		return wire.NotFound()
	}
	return a.change(w, r, func(tx *db.Tx, from, to property.ObjectType) error {
		return a.records.RemoveType(tx, by, from.Name, to.Name, n)
	})
}

// change runs fn for the two object types of the path and answers nothing.
func (a *API) change(w http.ResponseWriter, r *http.Request, fn func(tx *db.Tx, from, to property.ObjectType) error) error {
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		from, to, err := a.pairOf(tx, r)
		if err != nil {
			return err
		}
		return fn(tx, from, to)
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// report orders the report of records that are near a limit for a user, whom it reaches as a notification.
func (a *API) report(w http.ResponseWriter, r *http.Request, userID string) error {
	type ordered struct {
		UserID      int64  `json:"userId"`
		UserEmail   string `json:"userEmail"`
		EnqueueTime string `json:"enqueueTime"`
	}
	var out ordered
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		n, err := id.Parse("userId", userID)
		if err != nil {
			return err
		}
		dir, err := a.people.Directory(tx)
		if err != nil {
			return err
		}
		u, ok := dir.User(n)
		if !ok {
			return wire.NotFound()
		}
		out = ordered{u.ID, u.Email, property.FormatTime(tx.Now)}
		return a.records.ReportUsage(tx, u.ID)
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}
