package journal

import (
	"net/http"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/webhook/journal"
)

func (a *API) subscriptionRoutes(g *gate.Gate) {
	const scope = "developer.webhooks_journal.subscriptions."
	f := wire.At(g, "/webhooks-journal/subscriptions/{version}").Of("Webhooks journal").For(gate.OneOf(scope+"read"), gate.OneOf(scope+"write"))
	f.Add("GET ", "What an app's journal tells of", a.list, gate.Gives[wire.Page[subscription]](http.StatusOK))
	f.Add("POST ", "Have an app's journal tell of something", a.subscribe, gate.Takes[subscriptionInput](), gate.Gives[subscription](http.StatusOK))
	f.Add("GET /{subscriptionId}", "A subscription of an app's journal", a.get, gate.Gives[subscription](http.StatusOK))
	f.Add("DELETE /{subscriptionId}", "End a subscription of an app's journal", a.remove, gate.GivesNothing)
	f.Add("DELETE /portals/{portalId}", "End all subscriptions of an app's journal to an account", a.removeAll, gate.GivesNothing)
	f.Add("POST /filters", "Narrow a subscription to some records", a.addFilter, gate.Takes[filterInput](), gate.Gives[filterMade](http.StatusOK))
	f.Add("GET /filters/subscription/{subscriptionId}", "The filters of a subscription", a.filters, gate.Gives[[]filter](http.StatusOK))
	f.Add("GET /filters/{filterId}", "A filter of a subscription", a.filter, gate.Gives[filter](http.StatusOK))
	f.Add("DELETE /filters/{filterId}", "Take a filter of a subscription away", a.removeFilter, gate.GivesNothing)
}

type subscription struct {
	ID           int64    `json:"id"`
	AppID        int64    `json:"appId"`
	Type         string   `json:"subscriptionType"`
	ObjectTypeID string   `json:"objectTypeId"`
	PortalID     int64    `json:"portalId"`
	Actions      []string `json:"actions"`
	Properties   []string `json:"properties,omitempty"`
	ObjectIDs    []int64  `json:"objectIds,omitempty"`
	FarTypeIDs   []string `json:"associatedObjectTypeIds,omitempty"`
	CreatedAt    string   `json:"createdAt"`
	UpdatedAt    string   `json:"updatedAt"`
}

func show(s journal.Subscription, portal int64) subscription {
	return subscription{s.ID, s.App, s.Kind, s.ObjectTypeID, portal, s.Actions, s.Properties, s.Records, s.Far, wire.Time(s.Created), wire.Time(s.Updated)}
}

// answer writes what ask finds in a transaction.
func answer[T any](a *API, w http.ResponseWriter, r *http.Request, ask func(tx *db.Tx) (T, error)) error {
	in := a.db.Write
	if r.Method == http.MethodGet {
		in = a.db.Read
	}
	var out T
	err := in(r.Context(), func(tx *db.Tx) (err error) {
		out, err = ask(tx)
		return err
	})
	if err == nil {
		gate.WriteJSON(w, http.StatusOK, out)
	}
	return err
}

// gone does something to what the path names, and answers with no body.
func (a *API) gone(w http.ResponseWriter, r *http.Request, name string, do func(tx *db.Tx, n int64) error) error {
	n, err := wire.PathID(r, name)
	if err != nil {
		return err
	}
	if err := a.db.Write(r.Context(), func(tx *db.Tx) error { return do(tx, n) }); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) list(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return answer(a, w, r, func(tx *db.Tx) (wire.Page[subscription], error) {
		out := wire.Page[subscription]{Results: []subscription{}}
		all, err := a.journals.Subscriptions(tx, by)
		if err != nil {
			return out, err
		}
		portal, err := a.journals.Portal(tx)
		for _, s := range all {
			out.Results = append(out.Results, show(s, portal))
		}
		return out, err
	})
}

// subscriptionInput is any of HubSpot's upsert requests: which fields count, subscriptionType says.
type subscriptionInput struct {
	Type         string   `json:"subscriptionType" required:"true"`
	ObjectTypeID string   `json:"objectTypeId" required:"true"`
	PortalID     *int64   `json:"portalId"`
	Actions      []string `json:"actions" required:"true"`
	Properties   []string `json:"properties"`
	ObjectIDs    []int64  `json:"objectIds"`
	FarTypeIDs   []string `json:"associatedObjectTypeIds"`
}

func (a *API) subscribe(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in subscriptionInput
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	return answer(a, w, r, func(tx *db.Tx) (subscription, error) {
		portal, err := a.journals.Portal(tx)
		if err == nil && in.PortalID != nil && *in.PortalID != portal {
			err = errs.Bad("portalId", "INVALID_PORTAL", "The app is not installed in such an account.")
		}
		if err != nil {
			return subscription{}, err
		}
		s, err := a.journals.Subscribe(tx, by, journal.Subscription{Kind: in.Type, ObjectTypeID: in.ObjectTypeID,
			Wants: journal.Wants{Actions: in.Actions, Properties: in.Properties, Records: in.ObjectIDs, Far: in.FarTypeIDs}})
		return show(s, portal), err
	})
}

func (a *API) get(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "subscriptionId")
	if err != nil {
		return err
	}
	return answer(a, w, r, func(tx *db.Tx) (subscription, error) {
		s, err := a.journals.Subscription(tx, by, n)
		if err != nil {
			return subscription{}, err
		}
		portal, err := a.journals.Portal(tx)
		return show(s, portal), err
	})
}

func (a *API) remove(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.gone(w, r, "subscriptionId", func(tx *db.Tx, n int64) error { return a.journals.Unsubscribe(tx, by, n) })
}

func (a *API) removeAll(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.gone(w, r, "portalId", func(tx *db.Tx, n int64) error { return a.journals.UnsubscribeAll(tx, by, n) })
}

// conditions is HubSpot's Filter.
type conditions struct {
	Conditions []condition `json:"conditions" required:"true"`
}

type condition struct {
	FilterType string   `json:"filterType"`
	Property   string   `json:"property" required:"true"`
	Operator   string   `json:"operator" required:"true"`
	Value      string   `json:"value,omitempty"`
	Values     []string `json:"values,omitempty"`
}

type filterInput struct {
	SubscriptionID int64      `json:"subscriptionId" required:"true"`
	Filter         conditions `json:"filter" required:"true"`
}

type filterMade struct {
	FilterID int64 `json:"filterId"`
}

type filter struct {
	ID        int64      `json:"id"`
	CreatedAt int64      `json:"createdAt"` // milliseconds
	Filter    conditions `json:"filter"`
}

// byProperty is the only filterType there is.
const byProperty = "CRM_OBJECT_PROPERTY"

func showFilter(f journal.Filter) filter {
	out := filter{ID: f.ID, CreatedAt: f.Created.UnixMilli(), Filter: conditions{Conditions: []condition{}}}
	for _, c := range f.Conditions {
		out.Filter.Conditions = append(out.Filter.Conditions, condition{byProperty, c.Property, c.Operator, c.Value, c.Values})
	}
	return out
}

func (a *API) addFilter(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in filterInput
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	f := journal.Filter{Subscription: in.SubscriptionID}
	for _, c := range in.Filter.Conditions {
		if c.FilterType != "" && c.FilterType != byProperty {
			return errs.Bad("filterType", "INVALID_OPTION", "filterType must be "+byProperty)
		}
		f.Conditions = append(f.Conditions, journal.Condition{Property: c.Property, Operator: c.Operator, Value: c.Value, Values: c.Values})
	}
	return answer(a, w, r, func(tx *db.Tx) (filterMade, error) {
		f, err := a.journals.AddFilter(tx, by, f)
		return filterMade{f.ID}, err
	})
}

func (a *API) filters(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "subscriptionId")
	if err != nil {
		return err
	}
	return answer(a, w, r, func(tx *db.Tx) ([]filter, error) {
		all, err := a.journals.Filters(tx, by, n)
		out := []filter{}
		for _, f := range all {
			out = append(out, showFilter(f))
		}
		return out, err
	})
}

func (a *API) filter(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "filterId")
	if err != nil {
		return err
	}
	return answer(a, w, r, func(tx *db.Tx) (filter, error) {
		f, err := a.journals.Filter(tx, by, n)
		return showFilter(f), err
	})
}

func (a *API) removeFilter(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.gone(w, r, "filterId", func(tx *db.Tx, n int64) error { return a.journals.RemoveFilter(tx, by, n) })
}
