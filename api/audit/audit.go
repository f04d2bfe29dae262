// Package audit is the audit log for those who may read it: pages, filters, and a table to take away (ACC-9). It adds nothing
// to the log but that it was taken away.
package audit

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
)

type routes struct {
	db     *db.DB
	people *people.Service
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, p *people.Service) {
	r := &routes{d, p}
	const tag = "Audit log"
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/audit", Needs: people.ReadAudit, Tag: tag,
		Summary: "What was done: who, what, when, from where; newest first"}, r.page)
	g.Handle(gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/audit.csv", Needs: people.ReadAudit, Tag: tag,
		Summary: "The same as a table in CSV, all of it; it takes the same filters"}, r.table)
}

// Entry is one thing that was done. Names are as they were then.
type Entry struct {
	ID         wire.ID           `json:"id"`
	At         time.Time         `json:"at"`
	ActorKind  string            `json:"actorKind" enum:"user,app,system,automation,import,channel,contact"`
	ActorID    *wire.ID          `json:"actorId" nullable:"true"`
	ActorName  string            `json:"actorName"`
	Address    string            `json:"address" doc:"Where they asked from; empty for the program itself."`
	Category   string            `json:"category"`
	Action     string            `json:"action" doc:"The category, a dot, what was done."`
	ObjectType string            `json:"objectType"`
	ObjectID   *wire.ID          `json:"objectId" nullable:"true"`
	ObjectName string            `json:"objectName"`
	Detail     map[string]string `json:"detail" doc:"What changed, and to what."`
}

func entryOf(e audit.Entry) Entry {
	return Entry{wire.ID(e.ID), e.At, string(e.Actor.Kind), wire.Ref(e.Actor.ID), e.Name, e.Address, e.Category(), e.Action, e.ObjectType,
		wire.Ref(e.ObjectID), e.Object, e.Detail}
}

// Filter chooses entries; what is left out does not.
type Filter struct {
	Category string    `query:"category" maxLength:"40" doc:"sign-in, user, team, token, app, webhook, settings, import, export, deletion"`
	Action   string    `query:"action" maxLength:"80" doc:"Such as user.changed."`
	UserID   string    `query:"userId" maxLength:"20" doc:"What a user did."`
	AppID    string    `query:"appId" maxLength:"20" doc:"What an app did."`
	From     time.Time `query:"from" doc:"Not before this time."`
	To       time.Time `query:"to" doc:"Before this time."`
}

func (f Filter) query() (audit.Query, error) {
	q := audit.Query{From: f.From, To: f.To}
	if f.Category != "" {
		q.Categories = []string{f.Category}
	}
	if f.Action != "" {
		q.Actions = []string{f.Action}
	}
	for name, by := range map[string]struct {
		text string
		kind event.ActorKind
	}{"userId": {f.UserID, event.User}, "appId": {f.AppID, event.App}} {
		if by.text == "" {
			continue
		}
		n, err := id.Parse(name, by.text)
		if err != nil {
			return q, err
		}
		q.Actors = append(q.Actors, event.Actor{Kind: by.kind, ID: n})
	}
	return q, nil
}

type pageInput struct {
	Filter
	After string `query:"after" maxLength:"20"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (r *routes) page(ctx context.Context, by people.Actor, in *pageInput) (*wire.Answer[wire.Page[Entry]], error) {
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	if q.After, err = wire.Place(in.After); err != nil {
		return nil, err
	}
	q.Limit = in.Limit + 1
	var out []Entry
	after := ""
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		out, after = nil, ""
		all, err := r.people.AuditLog(tx, by, q)
		if len(all) > in.Limit {
			all = all[:in.Limit]
			after = id.Format(all[in.Limit-1].ID)
		}
		for _, e := range all {
			out = append(out, entryOf(e))
		}
		return err
	})
	return wire.Of(wire.Paged(out, after)), err
}

// filterOf reads the filter of a route that reads its address itself.
func filterOf(req *http.Request) (f Filter, err error) {
	v := req.URL.Query()
	f = Filter{Category: v.Get("category"), Action: v.Get("action"), UserID: v.Get("userId"), AppID: v.Get("appId")}
	for name, to := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		if text := v.Get(name); text != "" {
			if *to, err = time.Parse(time.RFC3339, text); err != nil {
				return f, errs.Bad(name, "INVALID_DATE", "The time must be written as 2026-11-02T09:00:00Z.")
			}
		}
	}
	return f, nil
}

const tablePage = 1000 // entries read at once

// table writes as it reads, so that a long log takes no memory.
func (r *routes) table(w http.ResponseWriter, req *http.Request, by people.Actor) error {
	f, err := filterOf(req)
	if err != nil {
		return err
	}
	q, err := f.query()
	if err != nil {
		return err
	}
	q.Limit = tablePage
	err = r.db.Write(req.Context(), func(tx *db.Tx) error {
		return people.Audit(tx, by, audit.Entry{Action: audit.Exported, Object: "audit log", Detail: map[string]string{"filter": req.URL.RawQuery}})
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="audit.csv"`)
	out := csv.NewWriter(w)
	err = out.Write([]string{"at", "actor kind", "actor id", "actor", "address", "action", "object type", "object id", "object", "detail"})
	for {
		all, readErr := r.read(req.Context(), by, q)
		err = orFirst(err, readErr)
		for _, e := range all {
			err = orFirst(err, out.Write(cells(e)))
		}
		out.Flush()
		if err = orFirst(err, out.Error()); err != nil || len(all) < q.Limit {
			return cutOff(err)
		}
		q.After = all[len(all)-1].ID
	}
}

func (r *routes) read(ctx context.Context, by people.Actor, q audit.Query) (all []audit.Entry, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = r.people.AuditLog(tx, by, q)
		return err
	})
	return all, err
}

func orFirst(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// cutOff ends a table that cannot be finished so that the client sees it: it has begun, so no error body can follow.
func cutOff(err error) error {
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

func cells(e audit.Entry) []string {
	detail, _ := json.Marshal(e.Detail) // texts always marshal
	out := []string{e.At.Format(time.RFC3339Nano), string(e.Actor.Kind), id.Format(e.Actor.ID), e.Name, e.Address, e.Action, e.ObjectType,
		id.Format(e.ObjectID), e.Object, string(detail)}
	for i, cell := range out {
		// A stranger's text must not become a formula where the table is opened.
		if strings.IndexAny(cell, "=+-@\t\r") == 0 {
			out[i] = "'" + cell
		}
	}
	return out
}
