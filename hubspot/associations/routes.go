// Package associations is HubSpot's associations API: what records are related to, labels, and limits, in HubSpot's wire
// format. It holds no rule of relations, only how they look outside.
package associations

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

// What a batch takes (hubspot-api.md 2).
const (
	readMost   = 1000
	createMost = 2000
)

// API answers the associations routes.
type API struct {
	db      *db.DB
	records *record.Store
	props   *property.Registry
	people  *people.Service
}

// Routes adds the associations routes.
func Routes(g *gate.Gate, d *db.DB, records *record.Store, props *property.Registry, p *people.Service) {
	a := &API{db: d, records: records, props: props, people: p}
	one := wire.At(g, "/crm/v4/objects/{fromObjectType}/{id}/associations", "/crm/objects/{version}/{fromObjectType}/{id}/associations").Of("Associations").For(both("read"), both("write"))
	one.Add("GET /{toObjectType}", "List what a record is associated with", a.list, wire.Query("limit", "after"), gate.Gives[wire.Page[end]](http.StatusOK))
	one.Add("PUT /{toObjectType}/{toObjectId}", "Associate two records", a.put, gate.Takes[[]spec](), gate.Gives[labelled](http.StatusCreated))
	one.Add("PUT /default/{toObjectType}/{toObjectId}", "Associate two records without a label", a.putDefault, wire.GivesBatch[defaulted](http.StatusOK))
	one.Add("DELETE /{toObjectType}/{toObjectId}", "End all associations of two records", a.remove, gate.GivesNothing)

	many := wire.At(g, "/crm/v4/associations", "/crm/associations/{version}").Of("Associations").For(both("read"), both("write"))
	many.Add("POST "+pair+"/batch/read", "Read what records are associated with", a.batchRead, gate.Takes[wire.Many[asked]](), wire.GivesBatch[related[end]](http.StatusOK))
	many.Add("POST "+pair+"/batch/create", "Associate records", a.batchCreate, gate.Takes[wire.Many[wanted]](), wire.GivesBatch[labelled](http.StatusCreated))
	many.Add("POST "+pair+"/batch/archive", "End all associations of records", a.batchArchive, gate.Takes[wire.Many[ending]](), gate.GivesNothing)
	many.Add("POST "+pair+"/batch/associate/default", "Associate records without a label", a.batchDefault, gate.Takes[wire.Many[wanted]](), wire.GivesBatch[defaulted](http.StatusOK))
	many.Add("POST "+pair+"/batch/labels/archive", "End associations by their labels", a.batchUnlabel, gate.Takes[wire.Many[wanted]](), gate.GivesNothing)

	labels := wire.At(g, "/crm/v4/associations", "/crm/associations/{version}").Of("Association labels").For(
		gate.OneOf("crm.schemas.{fromObjectType}.read", "crm.objects.{fromObjectType}.read"), gate.OneOf("crm.schemas.{fromObjectType}.write", "crm.objects.{fromObjectType}.write"))
	labels.Add("GET "+pair+"/labels", "List the types of association of two object types", a.listLabels, gate.Gives[wire.Page[kind]](http.StatusOK))
	labels.Add("PUT "+pair+"/labels", "Rename a label", a.renameLabel, gate.Takes[labelBody](), gate.GivesNothing)
	labels.Add("DELETE "+pair+"/labels/{associationTypeId}", "Remove a label", a.removeLabel, gate.GivesNothing)
	// No pattern of this mux tells …/{from}/{to}/labels from …/usage/high-usage-report/{userId}.
	labels.Add("POST "+pair+"/{labels}", "Add a label, or ask for the report of high usage", a.postLabels, gate.Takes[labelBody](), gate.Gives[json.RawMessage](http.StatusOK))
	labels.Add("GET /definitions/configurations/all", "List the limits of associations", a.allLimits, gate.Gives[wire.Page[limit]](http.StatusOK))
	labels.Add("GET /definitions/configurations"+pair, "List the limits of associations of two object types", a.limits, gate.Gives[wire.Page[limit]](http.StatusOK))
	labels.Add("POST /definitions/configurations"+pair+"/batch/create", "Set limits", a.createLimits, gate.Takes[wire.Many[limitInput]](), wire.GivesBatch[limit](http.StatusCreated))
	labels.Add("POST /definitions/configurations"+pair+"/batch/update", "Change limits", a.updateLimits, gate.Takes[wire.Many[limitInput]](), wire.GivesBatch[limit](http.StatusOK))
	labels.Add("POST /definitions/configurations"+pair+"/batch/purge", "Remove limits", a.purgeLimits, gate.Takes[wire.Many[limitInput]](), gate.GivesNothing)

	legacy := wire.At(g, "/crm/v3/associations"+pair).Of("Associations").For(both("read"), both("write"))
	legacy.Add("POST /batch/read", "Read what records are associated with, in the older form", a.legacyRead, gate.Takes[wire.Many[asked]](), wire.GivesBatch[related[legacyEnd]](http.StatusOK))
	legacy.Add("POST /batch/create", "Associate records, in the older form", a.legacyCreate, gate.Takes[wire.Many[legacyLink]](), wire.GivesBatch[legacyLink](http.StatusCreated))
	legacy.Add("POST /batch/archive", "End associations, in the older form", a.legacyArchive, gate.Takes[wire.Many[legacyLink]](), gate.GivesNothing)
	legacy.Add("GET /types", "List the types of association of two object types, in the older form", a.legacyTypes, gate.Gives[wire.Page[legacyType]](http.StatusOK))
}

const pair = "/{fromObjectType}/{toObjectType}"

// both are the scopes of both ends.
func both(verb string) gate.Scopes {
	return gate.OneOf("crm.objects.{fromObjectType}." + verb).And(gate.OneOf("crm.objects.{toObjectType}." + verb))
}

// pairOf resolves the two object types of a path.
func (a *API) pairOf(tx *db.Tx, r *http.Request) (from, to property.ObjectType, err error) {
	if from, err = a.props.Type(tx, r.PathValue("fromObjectType")); err == nil {
		to, err = a.props.Type(tx, r.PathValue("toObjectType"))
	}
	return from, to, err
}

// spec names a type of association.
type spec struct {
	Category association.Category `json:"associationCategory"`
	TypeID   wire.Value           `json:"associationTypeId"`
}

func specOf(t association.Type) spec { return spec{t.Category, wire.Value(strconv.Itoa(t.ID))} }

// Outline is what MarshalJSON writes.
func (spec) Outline() any {
	return struct {
		Category association.Category `json:"associationCategory"`
		TypeID   int                  `json:"associationTypeId" required:"true"`
	}{}
}

// MarshalJSON writes the id as the number that clients read.
func (s spec) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `{"associationCategory":%q,"associationTypeId":%s}`, s.Category, s.TypeID), nil
}

func (s spec) id() (int, error) {
	n, err := strconv.Atoi(string(s.TypeID))
	if err != nil || n <= 0 {
		return 0, errs.Bad("associationTypeId", "INVALID_ASSOCIATION_TYPE", fmt.Sprintf("%q is no id of a type of association", s.TypeID))
	}
	return n, nil
}

// fits refuses a category that is not that of the type.
func (s spec) fits(t association.Type) error {
	if s.Category != "" && s.Category != t.Category {
		return errs.Bad("associationCategory", "INVALID_ASSOCIATION_TYPE", fmt.Sprintf("There is no %s type of association %d from %s to %s", s.Category, t.ID, t.From, t.To))
	}
	return nil
}

// find returns the type that a spec names between two object types.
func (a *API) find(tx *db.Tx, from, to property.ObjectType, s spec) (association.Type, error) {
	n, err := s.id()
	if err != nil {
		return association.Type{}, err
	}
	t, ok, err := a.records.AssociationTypes().Find(tx, from, to, n)
	if err == nil && !ok {
		err = errs.Bad("associationTypeId", "INVALID_ASSOCIATION_TYPE", fmt.Sprintf("%d is not a type of association from %s to %s", n, from.Name, to.Name))
	}
	if err != nil {
		return t, err
	}
	return t, s.fits(t)
}

// links are the relations of two records by the types that specs name.
func (a *API) links(tx *db.Tx, from, to property.ObjectType, fromID, toID int64, specs []spec) ([]relation.Link, []string, error) {
	if len(specs) == 0 {
		return nil, nil, wire.Missing("types")
	}
	out, labels := make([]relation.Link, len(specs)), []string{}
	for i, s := range specs {
		t, err := a.find(tx, from, to, s)
		if err != nil {
			return nil, nil, err
		}
		if t.Label != "" {
			labels = append(labels, t.Label)
		}
		out[i] = relation.Link{FromType: from.Name, FromID: fromID, ToType: to.Name, ToID: toID, TypeID: t.ID}
	}
	return out, labels, nil
}
