package lists

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

const (
	pageUsual = 100
	pageMost  = 250
	batchMost = 1000
)

func (a *API) memberRoutes(all wire.Family) {
	paged := wire.Query("after", "before", "limit")
	all.Add("GET /{listId}/memberships", "List the members of a list, by their ids", a.members(false), paged, gate.Gives[page](http.StatusOK))
	all.Add("GET /{listId}/memberships/join-order", "List the members of a list, in the order in which they came", a.members(true), paged, gate.Gives[page](http.StatusOK))
	all.Add("GET /records/{objectTypeId}/{recordId}/memberships", "List the lists that a record is in", a.listsOf, gate.Gives[wire.Page[in]](http.StatusOK))
	all.Add("POST /records/memberships/batch/read", "List the lists that records are in", a.listsOfMany, gate.Takes[wire.Many[recordBody]](), wire.GivesBatch[recordIn](http.StatusOK))
	all.Add("PUT /{listId}/memberships/add-from/{sourceListId}", "Put the members of a list into another", a.addFrom, gate.Takes[struct{}](), gate.GivesNothing)
	all.Row.Body = bodyMost
	all.Add("PUT /{listId}/memberships/add", "Put records into a list", a.add, gate.Takes[[]wire.Value](), gate.Gives[changes](http.StatusOK))
	all.Add("PUT /{listId}/memberships/remove", "Take records out of a list", a.takeOut, gate.Takes[[]wire.Value](), gate.Gives[changes](http.StatusOK))
	all.Add("PUT /{listId}/memberships/add-and-remove", "Put records into a list and take others out", a.addAndRemove, gate.Takes[changeBody](), gate.Gives[changes](http.StatusOK))
}

// member is a record in a list, in HubSpot's form.
type member struct {
	RecordID string `json:"recordId"`
	At       string `json:"membershipTimestamp"`
}

// page is one page of members; it can be left both ways.
type page struct {
	Results []member `json:"results"`
	Paging  *paging  `json:"paging,omitempty"`
}

type paging struct {
	Next *wire.Next `json:"next,omitempty"`
	Prev *previous  `json:"prev,omitempty"`
}

type previous struct {
	Before string `json:"before"`
	Link   string `json:"link,omitempty"`
}

func (a *API) members(joined bool) gate.Handler {
	return func(w http.ResponseWriter, r *http.Request, by people.Actor) error {
		n, err := wire.PathID(r, "listId")
		if err != nil {
			return err
		}
		limit, err := wire.Limit(r, pageUsual, pageMost)
		if err != nil {
			return err
		}
		q := r.URL.Query()
		return a.reads(w, r, func(tx *db.Tx) (any, error) {
			l, err := a.lists.Get(tx, n)
			if err != nil {
				return nil, err
			}
			p, err := a.lists.Page(tx, by, l, list.Window{After: q.Get("after"), Before: q.Get("before"), Limit: limit, Joined: joined})
			return pageOf(r, p), err
		})
	}
}

func pageOf(r *http.Request, p list.Page) page {
	out := page{Results: make([]member, len(p.Members))}
	for i, m := range p.Members {
		out.Results[i] = member{id.Format(m.ID), wire.Time(m.At)}
	}
	if p.Next != "" || p.Prev != "" {
		out.Paging = &paging{}
	}
	if p.Next != "" {
		out.Paging.Next = &wire.Next{After: p.Next, Link: link(r, "after", p.Next)}
	}
	if p.Prev != "" {
		out.Paging.Prev = &previous{Before: p.Prev, Link: link(r, "before", p.Prev)}
	}
	return out
}

// link is the address of another page.
func link(r *http.Request, name, place string) string {
	q := r.URL.Query()
	q.Del("after")
	q.Del("before")
	q.Set(name, place)
	return (&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String()
}

// changes is what came of changing the members of a list, under HubSpot's names.
type changes struct {
	Added   []string `json:"recordsIdsAdded"`
	Removed []string `json:"recordIdsRemoved"`
	Missing []string `json:"recordIdsMissing"`
}

func (a *API) add(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var ids []wire.Value
	if err := wire.Decode(r, &ids); err != nil {
		return err
	}
	return a.change(w, r, by, ids, nil)
}

func (a *API) takeOut(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var ids []wire.Value
	if err := wire.Decode(r, &ids); err != nil {
		return err
	}
	return a.change(w, r, by, nil, ids)
}

// changeBody are the records to put in and to take out.
type changeBody struct {
	Add    []wire.Value `json:"recordIdsToAdd" required:"true"`
	Remove []wire.Value `json:"recordIdsToRemove" required:"true"`
}

func (a *API) addAndRemove(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body changeBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	return a.change(w, r, by, body.Add, body.Remove)
}

func (a *API) change(w http.ResponseWriter, r *http.Request, by people.Actor, add, remove []wire.Value) error {
	n, err := wire.PathID(r, "listId")
	if err != nil {
		return err
	}
	in, err := idsOf("recordIdsToAdd", add)
	if err != nil {
		return err
	}
	out, err := idsOf("recordIdsToRemove", remove)
	if err != nil {
		return err
	}
	done, err := a.lists.Change(r.Context(), by, n, in, out)
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, changes{texts(done.Added), texts(done.Removed), texts(done.Missing)})
	return nil
}

func texts(ids []int64) []string {
	out := make([]string, len(ids))
	for i, n := range ids {
		out[i] = id.Format(n)
	}
	return out
}

func (a *API) empty(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "listId")
	if err != nil {
		return err
	}
	if err := a.lists.Empty(r.Context(), by, n); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) addFrom(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "listId")
	if err != nil {
		return err
	}
	source, err := wire.PathID(r, "sourceListId")
	if err != nil {
		return err
	}
	if err := a.lists.AddFrom(r.Context(), by, n, source); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// in is a list that a record is in, in HubSpot's form.
type in struct {
	ListID  string `json:"listId"`
	Version int    `json:"listVersion"`
	First   string `json:"firstAddedTimestamp"`
	Last    string `json:"lastAddedTimestamp"`
}

func inOf(all []list.In) []in {
	out := make([]in, len(all))
	for i, l := range all {
		out[i] = in{id.Format(l.List), l.Version, wire.Time(l.At), wire.Time(l.At)}
	}
	return out
}

func (a *API) listsOf(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "recordId")
	if err != nil {
		return err
	}
	return a.reads(w, r, func(tx *db.Tx) (any, error) {
		all, err := a.lists.Of(tx, by, r.PathValue("objectTypeId"), []int64{n})
		if err != nil {
			return nil, err
		}
		mine, ok := all[n]
		if !ok {
			return nil, wire.NotFound()
		}
		total := int64(len(mine))
		return wire.Page[in]{Total: &total, Results: inOf(mine)}, nil
	})
}

// recordBody names a record.
type recordBody struct {
	ObjectTypeID string     `json:"objectTypeId" required:"true"`
	RecordID     wire.Value `json:"recordId" required:"true"`
}

// recordIn is a record with the lists that it is in.
type recordIn struct {
	ObjectTypeID string `json:"objectTypeId"`
	RecordID     string `json:"recordId"`
	Lists        []in   `json:"recordListMemberships"`
}

func (a *API) listsOfMany(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	started := a.db.Clock().Now()
	var body wire.Many[recordBody]
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if err := wire.Inputs(body.Inputs, batchMost); err != nil {
		return err
	}
	out := wire.NewBatch[recordIn](started)
	if err := a.db.Read(r.Context(), func(tx *db.Tx) error { return a.batch(tx, by, body.Inputs, out) }); err != nil {
		return err
	}
	out.Write(w, a.db.Clock().Now(), http.StatusOK)
	return nil
}

// batch asks once for each object type, and answers in the order of the inputs.
func (a *API) batch(tx *db.Tx, by people.Actor, inputs []recordBody, out *wire.Batch[recordIn]) error {
	ids, byType := make([]int64, len(inputs)), map[string][]int64{}
	for i, input := range inputs {
		n, err := id.Parse("recordId", string(input.RecordID))
		if err != nil {
			return errs.Bad("inputs", "INVALID_ID", fmt.Sprintf("%q is no id", input.RecordID))
		}
		ids[i], byType[input.ObjectTypeID] = n, append(byType[input.ObjectTypeID], n)
	}
	lists := map[string]map[int64][]list.In{}
	for name, some := range byType {
		var err error
		if lists[name], err = a.lists.Of(tx, by, name, some); err != nil {
			return err
		}
	}
	for i, input := range inputs {
		mine, ok := lists[input.ObjectTypeID][ids[i]]
		if ok {
			out.Add(recordIn{input.ObjectTypeID, id.Format(ids[i]), inOf(mine)})
		} else if err := out.Fail(wire.NotFound(), "recordId", id.Format(ids[i]), "objectTypeId", input.ObjectTypeID); err != nil {
			return err
		}
	}
	return nil
}

// millis is an instant as lists' own properties show it, "" for none.
func millis(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}
