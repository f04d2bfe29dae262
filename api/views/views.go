// Package views is the default views, their counts, their pages of tickets, and search. It knows nothing of one ticket.
package views

import (
	"context"
	"net/http"
	"strings"

	"github.com/deskbell/deskbell/api/row"
	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/view"
)

type routes struct {
	db    *db.DB
	views *view.Service
	rows  *row.Maker
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, views *view.Service, rows *row.Maker) {
	r := &routes{d, views, rows}
	const tag = "Views"
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/views", Needs: people.Signed, Tag: tag,
		Summary: "The views in the order of the sidebar"}, r.list)
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/views/counts", Needs: people.Signed, Tag: tag,
		Summary: "How many tickets each view holds for the user, exactly"}, r.counts)
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/views/{id}/tickets", Needs: people.Signed, Tag: tag,
		Summary: "A page of a view's tickets, the newest activity first"}, r.tickets)
	gate.Add(g, gate.Route{Method: http.MethodPost, Path: "/helpdesk/v1/tickets/search", Needs: people.Signed, Forget: true, Tag: tag,
		Summary: "Search tickets by text and filters, in a view or in all of them"}, r.search)
}

// View is a way to look at tickets.
type View struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind" enum:"default"`
	Icon string `json:"icon"`
}

func (r *routes) list(context.Context, people.Actor, *wire.Nothing) (*wire.Answer[wire.List[View]], error) {
	var out []View
	for _, v := range view.Defaults() {
		out = append(out, View{v.ID, v.Name, "default", v.Icon})
	}
	return wire.Listed(out), nil
}

// Counts is how many tickets each view holds.
type Counts struct {
	Counts map[string]int64 `json:"counts" doc:"By the view's id."`
}

func (r *routes) counts(ctx context.Context, by people.Actor, _ *wire.Nothing) (*wire.Answer[Counts], error) {
	var c Counts
	err := r.db.Read(ctx, func(tx *db.Tx) (err error) {
		c.Counts, err = r.views.Counts(tx, by)
		return err
	})
	return wire.Of(c), err
}

type pageInput struct {
	ID    string `path:"id" maxLength:"50" doc:"The view's id."`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	After string `query:"after" maxLength:"2000" doc:"paging.next.after of the page before."`
	Sort  string `query:"sort" maxLength:"200" doc:"A property, or lastMessageAt, createdAt or updatedAt; - before it for descending. Default -lastMessageAt."`
}

func (r *routes) tickets(ctx context.Context, by people.Actor, in *pageInput) (*wire.Answer[wire.Page[row.Ticket]], error) {
	q := view.Query{View: in.ID, After: in.After, Limit: in.Limit}
	if in.Sort != "" && in.Sort != defaultSort {
		q.Sorts = sorts([]string{in.Sort})
	}
	return r.page(ctx, by, q)
}

// defaultSort is left to the view, which may have an order of its own.
const defaultSort = "-lastMessageAt"

type searchInput struct {
	Body struct {
		View         string         `json:"view,omitempty" maxLength:"50" doc:"Only tickets of this view."`
		FilterGroups []filter.Group `json:"filterGroups,omitempty" maxItems:"25" doc:"HubSpot's filter groups: of several, one must hold."`
		Query        string         `json:"query,omitempty" maxLength:"1000" doc:"Words of the name, of how the newest message begins, of the primary contact, or the id; all must occur, in any case."`
		Sorts        []string       `json:"sorts,omitempty" maxItems:"1" doc:"As sort of a view's tickets."`
		After        string         `json:"after,omitempty" maxLength:"2000"`
		Limit        int            `json:"limit,omitempty" minimum:"0" maximum:"200"`
		Uncounted    bool           `json:"uncounted,omitempty" doc:"Leave out the total of the first page, whose cost grows with what matches."`
	}
}

func (r *routes) search(ctx context.Context, by people.Actor, in *searchInput) (*wire.Answer[wire.Page[row.Ticket]], error) {
	b := in.Body
	q := view.Query{View: b.View, Groups: b.FilterGroups, Text: strings.TrimSpace(b.Query), Sorts: Sorts(b.View, b.Sorts), After: b.After,
		Limit: b.Limit, Total: b.After == "" && !b.Uncounted}
	return r.page(ctx, by, q)
}

func (r *routes) page(ctx context.Context, by people.Actor, q view.Query) (*wire.Answer[wire.Page[row.Ticket]], error) {
	var out wire.Page[row.Ticket]
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		page, err := r.views.Page(tx, by, q)
		if err != nil {
			return err
		}
		rows, err := r.rows.Tickets(tx, by, page.Records)
		out = wire.Paged(rows, page.Next)
		if q.Total {
			out.Total = &page.Total
		}
		return err
	})
	return wire.Of(out), err
}

// names are what a row's fields are called where the property has another name.
var names = map[string]string{
	"lastMessageAt": "desk_active_at", "createdAt": "createdate", "updatedAt": "hs_lastmodifieddate", "priority": "hs_ticket_priority",
	"category": "hs_ticket_category", "ownerId": "hubspot_owner_id", "teamId": "hubspot_team_id", "stageId": "hs_pipeline_stage",
	"pipelineId": "hs_pipeline", "snoozedUntil": "desk_snoozed_until",
}

// Sorts are those of a list as the record engine takes them; none where a view's own order is asked for.
func Sorts(view string, list []string) []record.Sort {
	if view != "" && len(list) == 1 && list[0] == defaultSort {
		return nil
	}
	return sorts(list)
}

func sorts(list []string) []record.Sort {
	var out []record.Sort
	for _, s := range list {
		name, desc := strings.CutPrefix(s, "-")
		if p := names[name]; p != "" {
			name = p
		}
		out = append(out, record.Sort{Property: name, Desc: desc})
	}
	return out
}
