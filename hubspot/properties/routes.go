// Package properties is HubSpot's API of property definitions, their groups and their validation rules, in its wire format. It
// holds no rule of definitions, only how they look outside.
package properties

import (
	"net/http"

	"github.com/deskbell/deskbell/crm/computed"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

// API answers the routes of properties.
type API struct {
	db        *db.DB
	props     *property.Registry
	computed  *computed.Service
	pipelines *pipeline.Store
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, props *property.Registry, c *computed.Service, pipelines *pipeline.Store) {
	a := &API{d, props, c, pipelines}
	reads, writes := scoped(g, "/crm/v3/properties/{objectType}", "/crm/properties/{version}/{objectType}")
	reads.Add("GET ", "List properties", a.list, wire.Query("archived", "dataSensitivity", "properties"), gate.Gives[wire.Page[wire.Property]](http.StatusOK))
	writes.Add("POST ", "Create a property", a.create, gate.Takes[create](), gate.Gives[wire.Property](http.StatusCreated))
	writes.Add("POST /batch/archive", "Archive properties", a.archiveBatch, gate.Takes[names](), gate.GivesNothing)
	writes.Add("POST /batch/create", "Create properties", a.createBatch, gate.Takes[wire.Many[create]](), wire.GivesBatch[wire.Property](http.StatusCreated))
	reads.Add("POST /batch/read", "Read properties", a.readBatch, gate.Takes[names](), wire.GivesBatch[wire.Property](http.StatusOK))
	reads.Add("GET /groups", "List property groups", a.listGroups, gate.Gives[wire.Page[Group]](http.StatusOK))
	writes.Add("POST /groups", "Create a property group", a.createGroup, gate.Takes[group](), gate.Gives[Group](http.StatusCreated))
	reads.Add("GET /groups/{groupName}", "Read a property group", a.readGroup, gate.Gives[Group](http.StatusOK))
	writes.Add("PATCH /groups/{groupName}", "Update a property group", a.updateGroup, gate.Takes[group](), gate.Gives[Group](http.StatusOK))
	writes.Add("DELETE /groups/{groupName}", "Archive a property group", a.archiveGroup, gate.GivesNothing)
	reads.Add("GET /{propertyName}", "Read a property", a.read, wire.Query("archived", "dataSensitivity"), gate.Gives[wire.Property](http.StatusOK))
	writes.Add("PATCH /{propertyName}", "Update a property", a.update, gate.Takes[update](), gate.Gives[wire.Property](http.StatusOK))
	writes.Add("DELETE /{propertyName}", "Archive a property", a.archive, gate.GivesNothing)
	a.validations(g)
}

// scoped is a family of routes: those that read, and those that write. An app that may read records may read what their
// properties are.
func scoped(g *gate.Gate, bases ...string) (reads, writes wire.Family) {
	reads = wire.At(g, bases...).Of("Properties").For(gate.OneOf("crm.objects.{objectType}.read", "crm.schemas.{objectType}.read"), gate.OneOf("crm.schemas.{objectType}.write"))
	writes = reads
	writes.Row.Needs = people.ManageProperties
	return reads, writes
}

// set is the properties of the object type that the path names.
func (a *API) set(tx *db.Tx, r *http.Request) (*property.Set, error) {
	return a.props.Set(tx, r.PathValue("objectType"))
}

// find is a living property that the actor may see.
func find(set *property.Set, by people.Actor, name string) (property.Definition, error) {
	d, ok := set.Get(name)
	if !ok || !shown(d, by) {
		return d, missing(set, name)
	}
	return d, nil
}

// shown: who defines properties sees them all.
func shown(d property.Definition, by people.Actor) bool {
	return d.Sees(by) || by.May(people.ManageProperties)
}

func missing(set *property.Set, name string) error {
	return errs.Newf(errs.NotFound, "Property %q does not exist for object type %s", name, set.ObjectType.Name).WithCode("OBJECT_NOT_FOUND").
		WithDetail("propertyName", name)
}

func (a *API) list(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	archived, err := wire.Flag(r, "archived")
	if err != nil {
		return err
	}
	level, err := sensitivity(r, property.NotSensitive)
	if err != nil {
		return err
	}
	names := wire.List(r, "properties")
	out := wire.Page[wire.Property]{Results: []wire.Property{}}
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		out.Results = out.Results[:0]
		set, err := a.set(tx, r)
		if err != nil {
			return err
		}
		defs := set.All()
		if archived {
			if defs, err = a.props.Archived(tx, set.ObjectType.Name); err != nil {
				return err
			}
		}
		show, err := wire.PropertyShower(tx, a.pipelines, set)
		if err != nil {
			return err
		}
		for _, d := range defs {
			if shown(d, by) && level == wire.Sensitivity(d) && (len(names) == 0 || contains(names, d.Name)) {
				out.Results = append(out.Results, show(d))
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

func (a *API) read(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	archived, err := wire.Flag(r, "archived")
	if err != nil {
		return err
	}
	level, err := sensitivity(r, "")
	if err != nil {
		return err
	}
	var out wire.Property
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		set, err := a.set(tx, r)
		if err != nil {
			return err
		}
		d, err := a.one(tx, set, by, r.PathValue("propertyName"), archived)
		if err != nil {
			return err
		}
		if level != "" && level != wire.Sensitivity(d) {
			return missing(set, d.Name)
		}
		show, err := wire.PropertyShower(tx, a.pipelines, set)
		if err == nil {
			out = show(d)
		}
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// one is a property by name: a living one, or an archived one.
func (a *API) one(tx *db.Tx, set *property.Set, by people.Actor, name string, archived bool) (property.Definition, error) {
	if !archived {
		return find(set, by, name)
	}
	all, err := a.props.Archived(tx, set.ObjectType.Name)
	for _, d := range all {
		if d.Name == name && shown(d, by) {
			return d, nil
		}
	}
	if err != nil {
		return property.Definition{}, err
	}
	return property.Definition{}, missing(set, name)
}

func (a *API) create(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in create
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	out, err := a.make(r, by, in)
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusCreated, out)
	return nil
}

// make creates one property in a transaction of its own.
func (a *API) make(r *http.Request, by people.Actor, in create) (out wire.Property, err error) {
	d, err := in.definition()
	if err != nil {
		return out, err
	}
	err = a.db.Write(r.Context(), func(tx *db.Tx) error {
		set, err := a.set(tx, r)
		if err != nil {
			return err
		}
		d.ObjectType = set.ObjectType.Name
		made, err := a.computed.Create(tx, by, d)
		if err != nil {
			return err
		}
		show, err := wire.PropertyShower(tx, a.pipelines, set)
		if err == nil {
			out = show(made)
		}
		return err
	})
	return out, err
}

func (a *API) update(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in update
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	var out wire.Property
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		set, err := a.set(tx, r)
		if err != nil {
			return err
		}
		d, err := find(set, by, r.PathValue("propertyName"))
		if err != nil {
			return err
		}
		if d, err = in.over(d); err != nil {
			return err
		}
		if d, err = a.computed.Update(tx, by, d); err != nil {
			return err
		}
		show, err := wire.PropertyShower(tx, a.pipelines, set)
		if err == nil {
			out = show(d)
		}
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// archive is harmless to repeat: what is archived already stays so.
func (a *API) archive(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		set, err := a.set(tx, r)
		if err != nil {
			return err
		}
		return a.drop(tx, set, by, r.PathValue("propertyName"))
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) drop(tx *db.Tx, set *property.Set, by people.Actor, name string) error {
	if _, err := a.one(tx, set, by, name, true); err == nil || !errs.Is(err, errs.NotFound) {
		return err
	}
	err := a.props.Archive(tx, by, set.ObjectType.Name, name)
	if errs.Is(err, errs.NotFound) {
		return missing(set, name)
	}
	return err
}
