package associations

import (
	"net/http"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

// limit is how many records a record may have by a type of association.
type limit struct {
	Category association.Category `json:"category"`
	TypeID   int                  `json:"typeId"`
	Most     int                  `json:"userEnforcedMaxToObjectIds"`
	Label    string               `json:"label,omitempty"`
}

func limitOf(t association.Type) limit { return limit{t.Category, t.ID, t.Most, t.Label} }

func (a *API) allLimits(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.showLimits(w, r, func(*db.Tx, association.Type) (bool, error) { return true, nil })
}

func (a *API) limits(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.showLimits(w, r, func(tx *db.Tx, t association.Type) (bool, error) {
		from, to, err := a.pairOf(tx, r)
		return t.From == from.Name && t.To == to.Name, err
	})
}

func (a *API) showLimits(w http.ResponseWriter, r *http.Request, fits func(*db.Tx, association.Type) (bool, error)) error {
	out := wire.Page[limit]{Results: []limit{}}
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		if r.PathValue("fromObjectType") != "" {
			if _, _, err := a.pairOf(tx, r); err != nil {
				return err
			}
		}
		all, err := a.records.AssociationTypes().Limited(tx)
		if err != nil {
			return err
		}
		for _, t := range all {
			ok, err := fits(tx, t)
			if err != nil {
				return err
			}
			if ok {
				out.Results = append(out.Results, limitOf(t))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// limitInput is a limit to set; the names of its fields are not those of an association.
type limitInput struct {
	Category association.Category `json:"category"`
	TypeID   wire.Value           `json:"typeId" required:"true"`
	Most     int                  `json:"maxToObjectIds"`
}

func (in limitInput) named() spec { return spec{in.Category, in.TypeID} }

const limitsAtOnce = 100

func (a *API) createLimits(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.setLimits(w, r, by, true, http.StatusCreated)
}

func (a *API) updateLimits(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.setLimits(w, r, by, false, http.StatusOK)
}

func (a *API) setLimits(w http.ResponseWriter, r *http.Request, by people.Actor, fresh bool, status int) error {
	var answer *wire.Batch[limit]
	err := batch(a, r, limitsAtOnce, true, func(tx *db.Tx, from, to property.ObjectType, inputs []limitInput) error {
		answer = wire.NewBatch[limit](tx.Now)
		for _, in := range inputs {
			t, err := a.find(tx, from, to, in.named())
			if err == nil {
				t, err = a.records.AssociationTypes().Limit(tx, by, from, to, t.ID, in.Most, fresh)
			}
			if err != nil {
				if err := answer.Fail(err, "typeId", string(in.TypeID)); err != nil {
					return err
				}
				continue
			}
			answer.Add(limitOf(t))
		}
		return nil
	})
	if err != nil {
		return err
	}
	answer.Write(w, a.db.Clock().Now(), status)
	return nil
}

func (a *API) purgeLimits(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	err := batch(a, r, limitsAtOnce, true, func(tx *db.Tx, from, to property.ObjectType, inputs []limitInput) error {
		for _, in := range inputs {
			t, err := a.find(tx, from, to, in.named())
			if err != nil {
				return err
			}
			if err := a.records.AssociationTypes().Unlimit(tx, by, from, to, t.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
