package schemas_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/deskbell/deskbell/crm/derive"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/schema"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/hubspot/schemas"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

const at = "/crm-object-schemas/v3/schemas"

type m = map[string]any

// each starts a desk on both databases.
func each(t *testing.T, story func(t *testing.T, k *gatetest.Desk, pipes *pipeline.Store)) {
	t.Helper()
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		staff, props := people.New(d, people.HashMemory(64)), property.New(d)
		pipes := pipeline.New(d, props)
		records := record.New(d, props, search.New(d, props, nil), derive.Of(pipes, staff))
		dbtest.Do(t, d, func(tx *db.Tx) error {
			return staff.SetAccount(tx, people.System, people.Account{Name: "Acme", Domain: "acme.example"})
		})
		story(t, gatetest.Start(t, d, staff, func(g *gate.Gate) {
			schemas.Routes(g, d, props, pipes, schema.New(props, pipes, records.Store), staff)
		}), pipes)
	})
}

// boat is a body that defines a type.
func boat(change m) m {
	body := m{"name": "boat", "labels": m{"singular": "Boat", "plural": "Boats"}, "requiredProperties": []string{}, "associatedObjects": []string{"COMPANY"},
		"properties": []m{
			{"name": "title", "label": "Title", "type": "string", "fieldType": "text", "textDisplayHint": "multi_line"},
			{"name": "harbour_mail", "label": "Harbour", "type": "string", "fieldType": "text", "textDisplayHint": "email", "displayOrder": 2},
			{"name": "length", "label": "Length", "type": "number", "fieldType": "number", "numberDisplayHint": "percentage", "hidden": true, "formField": true},
			{"name": "hull", "label": "Hull", "type": "enumeration", "fieldType": "radio", "options": []m{{"label": "Steel", "value": "steel", "displayOrder": 5},
				{"label": "Wood", "value": "wood", "hidden": true, "description": "Needs paint"}}},
			{"name": "launched", "label": "Launched", "type": "date", "fieldType": "date"},
			{"name": "insured", "label": "Insured", "type": "bool", "fieldType": "booleancheckbox"},
		}}
	for k, v := range change {
		body[k] = v
	}
	return body
}

type schemaBody struct {
	ID, ObjectTypeID, Name, FullyQualifiedName, Description, PrimaryDisplayProperty, CreatedAt, UpdatedAt string
	RequiredProperties, SearchableProperties, SecondaryDisplayProperties                                  []string
	Archived                                                                                              bool
	CreatedByUserID, UpdatedByUserID                                                                      int64
	Properties                                                                                            []wire.Property
	Associations                                                                                          []struct{ ID, FromObjectTypeID, ToObjectTypeID, Name string }
}

func (s schemaBody) property(name string) (p wire.Property) {
	for _, p := range s.Properties {
		if p.Name == name {
			return p
		}
	}
	return p
}

func TestPropertiesGivenWithASchema(t *testing.T) { // API-1, PROP-2
	each(t, func(t *testing.T, k *gatetest.Desk, _ *pipeline.Store) {
		app := k.App()
		var made, read schemaBody
		app.Post(at, boat(nil)).Is(http.StatusCreated).Into(&made)
		if made.PrimaryDisplayProperty != "title" || !slices.Equal(made.SearchableProperties, []string{"title"}) || made.RequiredProperties == nil ||
			made.SecondaryDisplayProperties == nil || made.ID != made.ObjectTypeID || made.CreatedAt == "" || made.UpdatedAt == "" {
			t.Errorf("made %+v", made)
		}
		if p := made.property("title"); p.GroupName != "boat_information" || p.HubspotDefined || !p.ModificationMetadata.Archivable {
			t.Errorf("title %+v", p)
		}
		if p := made.property("harbour_mail"); p.DisplayOrder != 2 || p.Type != "string" {
			t.Errorf("harbour %+v", p)
		}
		if p := made.property("length"); p.NumberDisplayHint != "percentage" || !p.Hidden || !p.FormField {
			t.Errorf("length %+v", p)
		}
		if p := made.property("hull"); len(p.Options) != 2 || p.Options[0].DisplayOrder+p.Options[1].DisplayOrder != 6 || p.FieldType != "radio" {
			t.Errorf("hull %+v", p)
		}
		if p := made.property("hs_createdate"); !p.HubspotDefined || !p.ModificationMetadata.ReadOnlyValue {
			t.Errorf("create date %+v", p)
		}
		for _, path := range []string{at + "/boat", "/crm/v3/schemas/" + made.FullyQualifiedName, "/crm-object-schemas/2026-03/schemas/" + made.ObjectTypeID + "/"} {
			app.Get(path).Is(http.StatusOK).Into(&read)
			if read.Name != "boat" || len(read.Properties) != len(made.Properties) || len(read.Associations) != len(made.Associations) {
				t.Errorf("%s: %+v", path, read)
			}
		}
		app.Post(at, boat(m{"name": "BOAT"})).Refused(http.StatusConflict, "OBJECT_ALREADY_EXISTS")
		app.Post(at, boat(m{"name": "ship", "primaryDisplayProperty": "mast"})).Refused(http.StatusBadRequest, "PROPERTY_DOESNT_EXIST")
		app.Get(at+"/ship").Refused(http.StatusNotFound, "OBJECT_NOT_FOUND")
	})
}

func TestStagesAreOptionsOfASchema(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *gatetest.Desk, pipes *pipeline.Store) {
		app := k.App()
		app.Post(at, boat(nil)).Is(http.StatusCreated)
		dbtest.Do(t, k.DB, func(tx *db.Tx) error {
			_, err := pipes.Create(tx, people.System, "boat", "Repairs", nil)
			return err
		})
		var read schemaBody
		app.Get(at + "/boat").Is(http.StatusOK).Into(&read)
		if p := read.property("hs_pipeline_stage"); len(p.Options) != 3 || !p.ExternalOptions {
			t.Errorf("stages %+v", p)
		}
	})
}

func TestWhoMayDefineSchemas(t *testing.T) { // ACC-3, API-3
	each(t, func(t *testing.T, k *gatetest.Desk, _ *pipeline.Store) {
		admin, ann := k.User(people.NewUser{Name: "Ann", Email: "ann@example.org", SuperAdmin: true})
		agent, _ := k.User(people.NewUser{Name: "Bob", Email: "bob@example.org", Seat: people.ServiceSeat})
		agent.Post(at, boat(nil)).Is(http.StatusForbidden)
		k.App("crm.schemas.custom.read").Post(at, boat(nil)).Is(http.StatusForbidden)
		k.Nobody().Get(at).Is(http.StatusUnauthorized)
		admin.Post(at, boat(nil)).Is(http.StatusCreated)
		var read schemaBody
		agent.Get(at + "/boat?includeAuditMetadata=true").Is(http.StatusOK).Into(&read)
		if read.CreatedByUserID != ann.ID || read.UpdatedByUserID != ann.ID {
			t.Errorf("by %+v", read)
		}
		var plain schemaBody
		k.App("crm.schemas.custom.read").Get(at + "/boat").Is(http.StatusOK).Into(&plain)
		if plain.CreatedByUserID != 0 {
			t.Errorf("who made it is shown unasked: %+v", plain)
		}
		k.App("crm.schemas.custom.write").Patch(at+"/boat", m{"labels": m{"singular": "Ship"}}).Is(http.StatusOK)
		agent.Patch(at+"/boat", m{"description": "x"}).Is(http.StatusForbidden)
		agent.Delete(at + "/boat").Is(http.StatusForbidden)
	})
}

func TestArchivedSchemasAreBare(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *gatetest.Desk, _ *pipeline.Store) {
		app := k.App()
		app.Post(at, boat(nil)).Is(http.StatusCreated)
		app.Delete(at + "/boat").Is(http.StatusNoContent)
		app.Delete(at+"/boat").Refused(http.StatusNotFound, "OBJECT_NOT_FOUND")
		var read schemaBody
		app.Get(at + "/2-1").Is(http.StatusOK).Into(&read)
		if !read.Archived || read.Name != "boat" || len(read.Properties) != 0 || len(read.Associations) != 0 {
			t.Errorf("archived %+v", read)
		}
		app.Patch(at+"/boat", m{"labels": m{"singular": "Ship"}}).Refused(http.StatusNotFound, "OBJECT_NOT_FOUND")
		app.Delete(at + "/boat?archived=true").Is(http.StatusNoContent)
		app.Get(at+"/2-1").Refused(http.StatusNotFound, "OBJECT_NOT_FOUND")
	})
}
