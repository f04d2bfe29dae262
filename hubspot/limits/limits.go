// Package limits is HubSpot's limits-tracking API: how much of what an account may have it has, in HubSpot's wire format. The
// figures are real; what has no bound here is shown with the largest number that clients keep in 32 bits.
package limits

import (
	"math"
	"net/http"
	"strings"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

// API answers the limits routes.
type API struct {
	db        *db.DB
	props     *property.Registry
	pipelines *pipeline.Store
	records   *record.Store
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, props *property.Registry, pipelines *pipeline.Store, records *record.Store) {
	a := &API{d, props, pipelines, records}
	anyObject := gate.OneOf("tickets", "crm.objects.contacts.read", "crm.objects.companies.read", "crm.objects.deals.read", "crm.objects.custom.read")
	limits := wire.At(g, "/crm/v3/limits", "/crm/limits/{version}").Of("Limits").For(anyObject, nil)
	limits.Add("GET /records", "How many records there are", a.ofRecords, gate.Gives[parts](http.StatusOK))
	limits.Add("GET /custom-properties", "How many custom properties there are", a.ofProperties, gate.Gives[overall](http.StatusOK))
	limits.Add("GET /calculated-properties", "How many calculated properties there are", a.ofCalculated, gate.Gives[overall](http.StatusOK))
	limits.Add("GET /pipelines", "How many pipelines there are", a.ofPipelines, gate.Gives[parts](http.StatusOK))
	limits.Add("GET /custom-object-types", "How many object types the account defined", a.ofTypes, gate.Gives[typesUsage](http.StatusOK))
	limits.Add("GET /associations/labels", "How many labels pairs of object types have", a.ofLabels, wire.Query("fromObjectTypeId", "toObjectTypeId"), gate.Gives[wire.Page[labels]](http.StatusOK))
	limits.Add("GET /associations/records/from", "Which object types have records near a limit of associations", a.from, gate.Gives[wire.Page[nearness]](http.StatusOK))
	limits.Add("GET /associations/records/{fromObjectTypeId}/to", "To which object types records are near a limit of associations", a.to, gate.Gives[wire.Page[nearness]](http.StatusOK))
	limits.Add("GET /associations/records/{fromObjectTypeId}/{toObjectTypeId}", "Which records are near a limit of associations", a.between, gate.Gives[samples](http.StatusOK))
}

// unbounded is the limit of what has none.
const unbounded = math.MaxInt32

// usage is how much there is of something, and for an object type whose it is.
type usage struct {
	ObjectTypeID string  `json:"objectTypeId"`
	Singular     string  `json:"singularLabel"`
	Plural       string  `json:"pluralLabel"`
	Limit        int64   `json:"limit"`
	Usage        int64   `json:"usage"`
	Percentage   float64 `json:"percentage"`
}

func of(t property.ObjectType, n, most int64) usage {
	return usage{t.TypeID, t.Label, t.LabelPlural, most, n, percent(n, most)}
}

func percent(n, most int64) float64 {
	if most == 0 {
		return 0
	}
	return math.Round(float64(n)*1000/float64(most)) / 10
}

// overall is the sum over object types.
type overall struct {
	ByObjectType []usage `json:"byObjectType"`
	Limit        int64   `json:"overallLimit"`
	Usage        int64   `json:"overallUsage"`
	Percentage   float64 `json:"overallPercentage"`
}

func sum(all []usage, most int64) overall {
	out := overall{ByObjectType: all, Limit: most}
	if out.ByObjectType == nil {
		out.ByObjectType = []usage{}
	}
	for _, u := range all {
		out.Usage += u.Usage
	}
	out.Percentage = percent(out.Usage, most)
	return out
}

// parts are HubSpot's object types and the account's own.
type parts struct {
	Custom  overall `json:"customObjectTypes"`
	HubSpot []usage `json:"hubspotDefinedObjectTypes"`
}

func custom(t property.ObjectType) bool { return strings.HasPrefix(t.TypeID, "2-") }

// each counts something of every object type, in one snapshot.
func (a *API) each(r *http.Request, most int64, count func(tx *db.Tx, t property.ObjectType) (n int64, ok bool, err error)) (builtin, own []usage, err error) {
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		builtin, own = []usage{}, nil
		types, err := a.props.Types(tx)
		if err != nil {
			return err
		}
		for _, t := range types {
			n, ok, err := count(tx, t)
			switch {
			case err != nil:
				return err
			case ok && custom(t):
				own = append(own, of(t, n, most))
			case ok:
				builtin = append(builtin, of(t, n, most))
			}
		}
		return nil
	})
	return builtin, own, err
}

// ofRecords counts what the actor may see.
func (a *API) ofRecords(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	builtin, own, err := a.each(r, unbounded, func(tx *db.Tx, t property.ObjectType) (int64, bool, error) {
		page, err := a.records.Search(tx, by, record.Query{ObjectType: t.Name, Limit: 1, CountTotal: true})
		return page.Total, true, err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, parts{sum(own, unbounded), builtin})
	return nil
}

func (a *API) ofPipelines(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	builtin, own, err := a.each(r, pipeline.PipelinesMost, func(tx *db.Tx, t property.ObjectType) (int64, bool, error) {
		if t.Pipeline == "" {
			return 0, false, nil
		}
		all, err := a.pipelines.All(tx, t.Name)
		return int64(len(all)), true, err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, parts{sum(own, int64(len(own))*pipeline.PipelinesMost), builtin})
	return nil
}

// definitions counts the properties of every object type that fit.
func (a *API) definitions(w http.ResponseWriter, r *http.Request, fits func(property.Definition) bool) error {
	builtin, own, err := a.each(r, property.CustomMost, func(tx *db.Tx, t property.ObjectType) (n int64, ok bool, err error) {
		set, err := a.props.Set(tx, t.Name)
		if err != nil {
			return 0, false, err
		}
		for _, d := range set.All() {
			if d.Custom && fits(d) {
				n++
			}
		}
		return n, true, nil
	})
	if err != nil {
		return err
	}
	all := append(builtin, own...)
	gate.WriteJSON(w, http.StatusOK, sum(all, int64(len(all))*property.CustomMost))
	return nil
}

func (a *API) ofProperties(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	return a.definitions(w, r, func(property.Definition) bool { return true })
}

func (a *API) ofCalculated(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	return a.definitions(w, r, func(d property.Definition) bool { return d.Formula != "" || d.Rollup != nil })
}

type typesUsage struct {
	Limit      int64   `json:"limit"`
	Usage      int64   `json:"usage"`
	Percentage float64 `json:"percentage"`
}

func (a *API) ofTypes(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	_, own, err := a.each(r, unbounded, func(*db.Tx, property.ObjectType) (int64, bool, error) { return 0, true, nil })
	if err != nil {
		return err
	}
	n := int64(len(own))
	gate.WriteJSON(w, http.StatusOK, typesUsage{unbounded, n, percent(n, unbounded)})
	return nil
}
