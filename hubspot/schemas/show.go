package schemas

import (
	"net/http"
	"strconv"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/schema"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/hubspot/wire"
)

// definition is an object type without what belongs to it.
type definition struct {
	ID                         string   `json:"id"`
	ObjectTypeID               string   `json:"objectTypeId"`
	FullyQualifiedName         string   `json:"fullyQualifiedName,omitempty"`
	Name                       string   `json:"name"`
	Description                string   `json:"description,omitempty"`
	Labels                     labels   `json:"labels"`
	PrimaryDisplayProperty     string   `json:"primaryDisplayProperty,omitempty"`
	SecondaryDisplayProperties []string `json:"secondaryDisplayProperties"`
	RequiredProperties         []string `json:"requiredProperties"`
	SearchableProperties       []string `json:"searchableProperties"`
	Archived                   bool     `json:"archived"`
	CreatedAt                  string   `json:"createdAt,omitempty"`
	UpdatedAt                  string   `json:"updatedAt,omitempty"`
	PortalID                   int64    `json:"portalId,omitempty"`
}

type labels struct {
	Singular string `json:"singular,omitempty"`
	Plural   string `json:"plural,omitempty"`
}

// objectSchema is an object type with its properties and associations.
type objectSchema struct {
	definition
	CreatedByUserID int64                   `json:"createdByUserId,omitempty"`
	UpdatedByUserID int64                   `json:"updatedByUserId,omitempty"`
	Properties      []wire.Property         `json:"properties"`
	Associations    []associationDefinition `json:"associations"`
}

type associationDefinition struct {
	ID               string `json:"id"`
	FromObjectTypeID string `json:"fromObjectTypeId"`
	ToObjectTypeID   string `json:"toObjectTypeId"`
	Name             string `json:"name,omitempty"`
}

type results struct {
	Results []objectSchema `json:"results"`
}

// shown is what of a schema an answer holds.
type shown struct{ properties, associations, audit bool }

var everything = shown{properties: true, associations: true}

// shownFor is what a request asks for: all but who changed it, unless it says otherwise.
func shownFor(r *http.Request) (s shown, err error) {
	s = everything
	q := r.URL.Query()
	for name, to := range map[string]*bool{"includePropertyDefinitions": &s.properties, "includeAssociationDefinitions": &s.associations, "includeAuditMetadata": &s.audit} {
		if q.Has(name) && err == nil {
			*to, err = wire.Flag(r, name)
		}
	}
	return s, err
}

func (a *API) define(tx *db.Tx, t property.ObjectType) (definition, error) {
	account, _, err := a.staff.Account(tx)
	list := func(names []string) []string { return append([]string{}, names...) } // never null
	return definition{ID: t.TypeID, ObjectTypeID: t.TypeID, FullyQualifiedName: t.FullName, Name: t.Name, Description: t.Description,
		Labels: labels{t.Label, t.LabelPlural}, PrimaryDisplayProperty: t.PrimaryDisplay, SecondaryDisplayProperties: list(t.Secondary),
		RequiredProperties: list(t.Required), SearchableProperties: list(t.Searchable), Archived: t.Archived,
		CreatedAt: wire.Time(t.CreatedAt), UpdatedAt: wire.Time(t.UpdatedAt), PortalID: account.Portal}, err
}

func (a *API) show(tx *db.Tx, t property.ObjectType, what shown) (objectSchema, error) {
	d, err := a.define(tx, t)
	if err != nil {
		return objectSchema{}, err
	}
	d.PortalID = 0
	out := objectSchema{definition: d, Properties: []wire.Property{}, Associations: []associationDefinition{}}
	if what.audit {
		out.CreatedByUserID, out.UpdatedByUserID = t.CreatedBy, t.UpdatedBy
	}
	if t.Archived {
		return out, nil
	}
	if what.properties {
		set, err := a.props.Set(tx, t.Name)
		if err != nil {
			return out, err
		}
		show, err := wire.PropertyShower(tx, a.pipelines, set)
		if err != nil {
			return out, err
		}
		for _, p := range set.All() {
			out.Properties = append(out.Properties, show(p))
		}
	}
	if what.associations {
		out.Associations, err = a.associations(tx, t)
	}
	return out, err
}

// associations are those that begin at a type and, as HubSpot shows them, the same seen from the other end.
func (a *API) associations(tx *db.Tx, t property.ObjectType) ([]associationDefinition, error) {
	all, err := a.schemas.Associations(tx, t)
	if err != nil {
		return nil, err
	}
	out := []associationDefinition{}
	for _, near := range all {
		far, err := a.schemas.Turned(tx, near)
		if err != nil {
			return nil, err
		}
		ends := []association.Type{near, far}
		if near.ID == far.ID {
			ends = ends[:1]
		}
		for _, end := range ends {
			d, err := a.showAssociation(tx, end)
			if err != nil {
				return nil, err
			}
			out = append(out, d)
		}
	}
	return out, nil
}

func (a *API) showAssociation(tx *db.Tx, t association.Type) (associationDefinition, error) {
	from, err := a.props.Type(tx, t.From)
	if err != nil {
		return associationDefinition{}, err
	}
	to, err := a.props.Type(tx, t.To)
	return associationDefinition{ID: strconv.Itoa(t.ID), FromObjectTypeID: from.TypeID, ToObjectTypeID: to.TypeID, Name: t.Name}, err
}

// egg is what a schema is made from.
type egg struct {
	Name                       string        `json:"name"`
	Description                string        `json:"description"`
	Labels                     *labels       `json:"labels"`
	PrimaryDisplayProperty     string        `json:"primaryDisplayProperty"`
	SecondaryDisplayProperties []string      `json:"secondaryDisplayProperties"`
	RequiredProperties         []string      `json:"requiredProperties"`
	SearchableProperties       []string      `json:"searchableProperties"`
	Properties                 []newProperty `json:"properties"`
	AssociatedObjects          []wire.Value  `json:"associatedObjects"`
}

func (e egg) draft() (schema.Draft, error) {
	d := schema.Draft{Name: e.Name, Description: e.Description, Primary: e.PrimaryDisplayProperty, Secondary: e.SecondaryDisplayProperties,
		Required: e.RequiredProperties, Searching: e.SearchableProperties}
	switch {
	case e.Name == "":
		return d, wire.Missing("name")
	case e.Labels == nil:
		return d, wire.Missing("labels")
	}
	d.Label, d.LabelPlural = e.Labels.Singular, e.Labels.Plural
	for _, p := range e.Properties {
		d.Properties = append(d.Properties, p.definition())
	}
	for _, name := range e.AssociatedObjects {
		d.Associated = append(d.Associated, string(name))
	}
	return d, nil
}

// patch is what to change of a schema. HubSpot's restorable says nothing here: what is deleted can only be deleted for good.
type patch struct {
	Description      *string `json:"description"`
	ClearDescription bool    `json:"clearDescription"`
	Labels           *struct {
		Singular *string `json:"singular"`
		Plural   *string `json:"plural"`
	} `json:"labels"`
	PrimaryDisplayProperty     *string   `json:"primaryDisplayProperty"`
	SecondaryDisplayProperties *[]string `json:"secondaryDisplayProperties"`
	RequiredProperties         *[]string `json:"requiredProperties"`
	SearchableProperties       *[]string `json:"searchableProperties"`
}

func (p patch) change() schema.Change {
	c := schema.Change{Description: p.Description, Primary: p.PrimaryDisplayProperty, Secondary: p.SecondaryDisplayProperties,
		Required: p.RequiredProperties, Searching: p.SearchableProperties}
	if p.ClearDescription {
		none := ""
		c.Description = &none
	}
	if p.Labels != nil {
		c.Label, c.LabelPlural = p.Labels.Singular, p.Labels.Plural
	}
	return c
}
