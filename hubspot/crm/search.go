package crm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

const (
	searchMost = 200
	queryMost  = 3000
	groupsMost = 10 // HubSpot's documents say five, or six: only what is clearly more is refused
)

type searchBody struct {
	FilterGroups []groupBody `json:"filterGroups"`
	Sorts        []sortBody  `json:"sorts"`
	Query        string      `json:"query"`
	Properties   []string    `json:"properties"`
	Limit        int         `json:"limit"`
	After        wire.Value  `json:"after"`
}

type groupBody struct {
	Filters []filterBody `json:"filters"`
}

type filterBody struct {
	PropertyName string       `json:"propertyName"`
	Operator     string       `json:"operator"`
	Value        wire.Value   `json:"value"`
	Values       []wire.Value `json:"values"`
	HighValue    wire.Value   `json:"highValue"`
}

// sortBody is "createdate", "-createdate" or {propertyName, direction}.
type sortBody struct{ record.Sort }

// Outline is the second form.
func (sortBody) Outline() any {
	return struct {
		PropertyName string `json:"propertyName"`
		Direction    string `json:"direction"`
	}{}
}

// UnmarshalJSON reads both forms.
func (s *sortBody) UnmarshalJSON(raw []byte) error {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		s.Property, s.Desc = strings.TrimPrefix(name, "-"), strings.HasPrefix(name, "-")
		return nil
	}
	var o struct{ PropertyName, Direction string }
	err := json.Unmarshal(raw, &o)
	s.Property, s.Desc = o.PropertyName, strings.EqualFold(o.Direction, "DESCENDING")
	return err
}

func (a *API) search(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body searchBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	var out wire.Page[object]
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		t, err := a.objectType(tx, r)
		if err != nil {
			return err
		}
		q, err := body.query(t)
		if err != nil {
			return err
		}
		p, err := a.records.Search(tx, by, q)
		if err != nil {
			return err
		}
		out.Total, out.Paging = &p.Total, wire.Following(r, p.Next)
		out.Results, err = a.show(tx, by, t, p.Records, view{properties: body.Properties})
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (b searchBody) query(t property.ObjectType) (record.Query, error) {
	q := record.Query{ObjectType: t.Name, Text: b.Query, After: string(b.After), Limit: b.Limit, CountTotal: true}
	if b.Limit == 0 {
		q.Limit = pageLength
	}
	if q.Limit < 0 || q.Limit > searchMost {
		return q, errs.Bad("limit", "INVALID_LIMIT", fmt.Sprintf("limit must be a number from 1 to %d", searchMost))
	}
	if len(b.Query) > queryMost {
		return q, errs.Bad("query", "TOO_LONG", fmt.Sprintf("query must be at most %d characters", queryMost))
	}
	if len(b.Sorts) > 1 {
		return q, errs.Bad("sorts", "TOO_MANY_SORTS", "There can be only one sort")
	}
	for _, s := range b.Sorts {
		q.Sorts = append(q.Sorts, s.Sort)
	}
	if len(b.FilterGroups) > groupsMost {
		return q, errs.Bad("filterGroups", "TOO_MANY", fmt.Sprintf("There can be at most %d filter groups", groupsMost))
	}
	for _, g := range b.FilterGroups {
		group := filter.Group{Filters: []filter.Filter{}}
		for _, f := range g.Filters {
			group.Filters = append(group.Filters, f.filter())
		}
		q.Groups = append(q.Groups, group)
	}
	return q, nil
}

func (f filterBody) filter() filter.Filter {
	out := filter.Filter{PropertyName: f.PropertyName, Operator: f.Operator, Value: string(f.Value), HighValue: string(f.HighValue)}
	for _, v := range f.Values {
		out.Values = append(out.Values, string(v))
	}
	return out
}
