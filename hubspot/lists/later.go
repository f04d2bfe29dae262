package lists

import (
	"net/http"
	"time"

	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

func (a *API) laterRoutes(all wire.Family) {
	all.Add("GET /{listId}/schedule-conversion", "When a list is to be converted", a.conversion, gate.Gives[shownConversion](http.StatusOK))
	all.Add("PUT /{listId}/schedule-conversion", "Have a DYNAMIC list become a SNAPSHOT", a.convert, gate.Takes[list.Conversion](), gate.Gives[shownConversion](http.StatusOK))
	all.Add("GET /{listId}/size-and-edits-history/between", "The sizes that a list had, and when its filters were changed", a.history, wire.Query("startDate", "endDate"), gate.Gives[history](http.StatusOK))
	asks := all
	asks.Write = all.Read
	asks.Add("GET /idmapping", "The list of an id of HubSpot's first API", a.mapping, wire.Query("legacyListId"), gate.Gives[mapping](http.StatusOK))
	asks.Add("POST /idmapping", "The lists of ids of HubSpot's first API", a.mappings, gate.Takes[[]wire.Value](), gate.Gives[mappings](http.StatusOK))
}

// shownConversion is when a list is to be converted, in HubSpot's form.
type shownConversion struct {
	ListID      string           `json:"listId"`
	Requested   *list.Conversion `json:"requestedConversionTime,omitempty"`
	ConvertedAt string           `json:"convertedAt,omitempty"`
}

func conversionOf(l list.List) (shownConversion, error) {
	c, at, err := l.Conversion()
	return shownConversion{id.Format(l.ID), c, wire.Time(at)}, err
}

func (a *API) conversion(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	n, err := wire.PathID(r, "listId")
	if err != nil {
		return err
	}
	return a.reads(w, r, func(tx *db.Tx) (any, error) {
		l, err := a.lists.Get(tx, n)
		if err != nil {
			return nil, err
		}
		return conversionOf(l)
	})
}

func (a *API) convert(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "listId")
	if err != nil {
		return err
	}
	var body list.Conversion
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	return a.writes(w, r, func(tx *db.Tx) (any, error) {
		l, err := a.lists.Convert(tx, by, n, &body)
		if err != nil {
			return nil, err
		}
		return conversionOf(l)
	})
}

// history is what a list was, in HubSpot's form.
type history struct {
	Edits []string `json:"editHistory"`
	Sizes []size   `json:"sizeHistory"`
}

type size struct {
	Size int64  `json:"size"`
	At   string `json:"timestamp"`
}

func (a *API) history(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "listId")
	if err != nil {
		return err
	}
	from, err := moment(r, "startDate", time.Unix(0, 0))
	if err != nil {
		return err
	}
	to, err := moment(r, "endDate", a.db.Clock().Now())
	if err != nil {
		return err
	}
	return a.reads(w, r, func(tx *db.Tx) (any, error) {
		sizes, edits, err := a.lists.History(tx, by, n, from, to)
		out := history{Edits: make([]string, len(edits)), Sizes: make([]size, len(sizes))}
		for i, at := range edits {
			out.Edits[i] = wire.Time(at)
		}
		for i, s := range sizes {
			out.Sizes[i] = size{s.Members, wire.Time(s.At)}
		}
		return out, err
	})
}

// moment reads a time in the address.
func moment(r *http.Request, name string, standard time.Time) (time.Time, error) {
	v := r.URL.Query().Get(name)
	if v == "" {
		return standard, nil
	}
	canonical, err := property.Definition{Name: name, Label: name, Type: property.DateTime}.Normalize(v)
	at, ok := property.ParseTime(canonical)
	if err != nil || !ok {
		return at, errs.Bad(name, "INVALID_DATE", name+" must be a time in ISO 8601, or in milliseconds since 1970")
	}
	return at, nil
}

// mapping is the list of an id of HubSpot's first API. Lists here had no other ids before: each is its own.
type mapping struct {
	ListID   string `json:"listId"`
	LegacyID string `json:"legacyListId"`
}

type mappings struct {
	Found   []mapping `json:"legacyListIdsToIdsMapping"`
	Missing []string  `json:"missingLegacyListIds"`
}

func (a *API) mapping(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	n, err := id.Parse("legacyListId", r.URL.Query().Get("legacyListId"))
	if err != nil {
		return err
	}
	return a.reads(w, r, func(tx *db.Tx) (any, error) {
		l, err := a.lists.Get(tx, n)
		return mapping{id.Format(l.ID), id.Format(n)}, err
	})
}

func (a *API) mappings(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	var body []wire.Value
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	ids, err := idsOf("legacyListIds", body)
	if err != nil {
		return err
	}
	return a.reads(w, r, func(tx *db.Tx) (any, error) {
		some, err := a.lists.Some(tx, ids)
		there := map[int64]bool{}
		for _, l := range some {
			there[l.ID] = true
		}
		out := mappings{Found: []mapping{}, Missing: []string{}}
		for _, n := range ids {
			if there[n] {
				out.Found = append(out.Found, mapping{id.Format(n), id.Format(n)})
			} else {
				out.Missing = append(out.Missing, id.Format(n))
			}
		}
		return out, err
	})
}
