// Package schemas is HubSpot's API of object schemas: how an account defines object types of its own, in the wire format. It
// holds no rule of them, only how they look outside.
package schemas

import (
	"net/http"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/schema"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

// API answers the routes of schemas.
type API struct {
	db        *db.DB
	props     *property.Registry
	pipelines *pipeline.Store
	schemas   *schema.Store
	staff     *people.Service
}

// Routes adds the routes of schemas.
func Routes(g *gate.Gate, d *db.DB, props *property.Registry, pipelines *pipeline.Store, schemas *schema.Store, staff *people.Service) {
	a := &API{d, props, pipelines, schemas, staff}
	read, write := gate.OneOf("crm.schemas.custom.read", "crm.objects.custom.read"), gate.OneOf("crm.schemas.custom.write")
	// The path before HubSpot moved it, which clients still call, is served as well.
	all := wire.At(g, "/crm-object-schemas/{version}/schemas", "/crm/v3/schemas").Of("Custom objects").For(read, write)
	all.Add("GET ", "List schemas of custom objects", a.list, wire.Query("archived", "includePropertyDefinitions", "includeAssociationDefinitions", "includeAuditMetadata"), gate.Gives[results](http.StatusOK))
	all.Add("POST /batch/read", "Read several schemas", a.readMany, gate.Takes[readBody](), gate.Gives[results](http.StatusOK))
	all.Add("GET /{objectType}", "Read a schema", a.read, wire.Query("includePropertyDefinitions", "includeAssociationDefinitions", "includeAuditMetadata"), gate.Gives[objectSchema](http.StatusOK))
	all.Row.Needs = people.ManageProperties
	all.Add("POST ", "Define a custom object", a.create, gate.Takes[egg](), gate.Gives[objectSchema](http.StatusCreated))
	all.Add("PATCH /{objectType}", "Change a schema", a.update, gate.Takes[patch](), gate.Gives[definition](http.StatusOK))
	all.Add("DELETE /{objectType}", "Delete a schema", a.archive, wire.Query("archived"), gate.GivesNothing)
	all.Add("POST /{objectType}/associations", "Define an association of a custom object", a.associate, gate.Takes[associationBody](), gate.Gives[associationDefinition](http.StatusCreated))
	all.Add("DELETE /{objectType}/associations/{associationIdentifier}", "Remove an association of a custom object", a.dissociate, gate.GivesNothing)
}

func (a *API) list(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	archived, err := wire.Flag(r, "archived")
	if err != nil {
		return err
	}
	show, err := shownFor(r)
	if err != nil {
		return err
	}
	out := results{Results: []objectSchema{}}
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		all, err := a.schemas.All(tx, archived)
		if err != nil {
			return err
		}
		for _, t := range all {
			s, err := a.show(tx, t, show)
			if err != nil {
				return err
			}
			out.Results = append(out.Results, s)
		}
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) create(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body egg
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	draft, err := body.draft()
	if err != nil {
		return err
	}
	var out objectSchema
	err = a.db.Write(r.Context(), func(tx *db.Tx) error {
		t, err := a.schemas.Define(tx, by, draft)
		if err != nil {
			return err
		}
		out, err = a.show(tx, t, everything)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusCreated, out)
	return nil
}

const batchMost = 100

// readBody names schemas, and says what of them to show.
type readBody struct {
	Inputs       []string `json:"inputs" required:"true"`
	Properties   *bool    `json:"includePropertyDefinitions"`
	Associations *bool    `json:"includeAssociationDefinitions"`
	Audit        bool     `json:"includeAuditMetadata"`
}

func (a *API) readMany(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	var body readBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if err := wire.Inputs(body.Inputs, batchMost); err != nil {
		return err
	}
	show := shown{properties: body.Properties == nil || *body.Properties, associations: body.Associations == nil || *body.Associations, audit: body.Audit}
	out := results{Results: []objectSchema{}}
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		for _, name := range body.Inputs {
			s, err := a.find(tx, name, show)
			if errs.Is(err, errs.NotFound) {
				continue // the answer has no place for what is not there
			}
			if err != nil {
				return err
			}
			out.Results = append(out.Results, s)
		}
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) find(tx *db.Tx, name string, show shown) (objectSchema, error) {
	t, err := a.schemas.Find(tx, name)
	if err != nil {
		return objectSchema{}, err
	}
	return a.show(tx, t, show)
}

func (a *API) read(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	show, err := shownFor(r)
	if err != nil {
		return err
	}
	var out objectSchema
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		out, err = a.find(tx, r.PathValue("objectType"), show)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) update(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body patch
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	var out definition
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		t, err := a.schemas.Change(tx, by, r.PathValue("objectType"), body.change())
		if err != nil {
			return err
		}
		out, err = a.define(tx, t)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// archive deletes a schema, and with archived=true for good.
func (a *API) archive(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	forGood, err := wire.Flag(r, "archived")
	if err != nil {
		return err
	}
	err = a.db.Write(r.Context(), func(tx *db.Tx) error {
		if forGood {
			return a.schemas.Purge(tx, by, r.PathValue("objectType"))
		}
		return a.schemas.Archive(tx, by, r.PathValue("objectType"))
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// associationBody is an association that is to be.
type associationBody struct {
	From wire.Value `json:"fromObjectTypeId"`
	To   wire.Value `json:"toObjectTypeId" required:"true"`
	Name string     `json:"name"`
}

func (a *API) associate(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body associationBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if body.To == "" {
		return wire.Missing("toObjectTypeId")
	}
	if body.From == "" {
		body.From = wire.Value(r.PathValue("objectType"))
	}
	var out associationDefinition
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		if _, err := a.schemas.Find(tx, r.PathValue("objectType")); err != nil {
			return err
		}
		t, err := a.schemas.Associate(tx, by, string(body.From), string(body.To), body.Name)
		if err != nil {
			return err
		}
		out, err = a.showAssociation(tx, t)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusCreated, out)
	return nil
}

func (a *API) dissociate(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		return a.schemas.Dissociate(tx, by, r.PathValue("objectType"), r.PathValue("associationIdentifier"))
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
