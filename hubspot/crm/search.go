package crm

import (
	"fmt"
	"net/http"

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
)

type searchBody struct {
	FilterGroups []wire.FilterGroup `json:"filterGroups"`
	Sorts        []wire.SortBy      `json:"sorts"`
	Query        string             `json:"query"`
	Properties   []string           `json:"properties"`
	Limit        int                `json:"limit"`
	After        wire.Value         `json:"after"`
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
	var err error
	if q.Sorts, err = wire.Sorts(b.Sorts); err != nil {
		return q, err
	}
	q.Groups, err = wire.Groups(b.FilterGroups)
	return q, err
}
