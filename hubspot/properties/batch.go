package properties

import (
	"net/http"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

const batchMost = 100

type name struct {
	Name string `json:"name" required:"true"`
}

type names struct {
	Inputs   []name `json:"inputs" required:"true"`
	Archived bool   `json:"archived"`
}

func (a *API) readBatch(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in names
	if err := decodeNames(r, &in); err != nil {
		return err
	}
	var out *wire.Batch[wire.Property]
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		out = wire.NewBatch[wire.Property](tx.Now)
		set, err := a.set(tx, r)
		if err != nil {
			return err
		}
		show, err := wire.PropertyShower(tx, a.pipelines, set)
		if err != nil {
			return err
		}
		for _, n := range in.Inputs {
			d, err := a.one(tx, set, by, n.Name, in.Archived)
			if err != nil {
				if err := out.Fail(err, "name", n.Name); err != nil {
					return err
				}
				continue
			}
			out.Add(show(d))
		}
		return nil
	})
	if err != nil {
		return err
	}
	out.Write(w, a.db.Clock().Now(), http.StatusOK)
	return nil
}

func decodeNames(r *http.Request, in *names) error {
	if err := wire.Decode(r, in); err != nil {
		return err
	}
	if err := wire.Inputs(in.Inputs, batchMost); err != nil {
		return err
	}
	for _, n := range in.Inputs {
		if n.Name == "" {
			return wire.Missing("name")
		}
	}
	return nil
}

// createBatch makes each property on its own: others write between two, since a definition concerns all of them.
func (a *API) createBatch(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in wire.Many[create]
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	if err := wire.Inputs(in.Inputs, batchMost); err != nil {
		return err
	}
	if err := a.db.Read(r.Context(), func(tx *db.Tx) error { _, err := a.set(tx, r); return err }); err != nil {
		return err
	}
	out := wire.NewBatch[wire.Property](a.db.Clock().Now())
	for _, one := range in.Inputs {
		made, err := a.make(r, by, one)
		if err != nil {
			if err := out.Fail(err, "name", one.Name); err != nil {
				return err
			}
			continue
		}
		out.Add(made)
	}
	out.Write(w, a.db.Clock().Now(), http.StatusCreated)
	return nil
}

// archiveBatch archives all or none. What is not there is archived as far as anybody can tell.
func (a *API) archiveBatch(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in names
	if err := decodeNames(r, &in); err != nil {
		return err
	}
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		set, err := a.set(tx, r)
		if err != nil {
			return err
		}
		for _, n := range in.Inputs {
			if err := a.drop(tx, set, by, n.Name); err != nil && !errs.Is(err, errs.NotFound) {
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
