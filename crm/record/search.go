package record

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

const (
	limitUsual = 10
	limitMost  = 200
)

// cursor is where a page ends: in which order, at which value and id. It goes out in base64, and nobody reads it but us.
type cursor struct {
	Order string `json:"o"` // object type and order, so that it fits no other query
	Value string `json:"v,omitempty"`
	ID    int64  `json:"i"`
}

func (c cursor) String() string {
	raw, err := json.Marshal(c)
	if err != nil {
		return "" // strings and numbers always marshal
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Place is the place behind a record for a search in an order by id, such as "contacts:-hs_object_id", to go on there.
func Place(order string, n int64) string { return cursor{order, id.Format(n), n}.String() }

func parseCursor(after, order string, accepts func(string) bool) (cursor, error) {
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(after)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.Order != order || c.ID <= 0 || !accepts(c.Value) {
		return c, errs.Bad("after", "INVALID_CURSOR", "The place to go on from is not one of this search in this order.")
	}
	return c, nil
}

// query is a search made ready.
type query struct {
	p      *plan
	q      Query
	cond   *filter.Condition
	order  filter.Order
	scope  people.Scope
	after  *cursor
	limit  int
	texted bool
	found  []int64 // with a text, those that hold it
}

// Search reads one page of the living records that match and that the actor may see. Pages follow the sort's value and the
// id, so records that come or go between two pages shift nothing. Of a text that more than search.Most records hold the
// newest of them are all that is looked at, and counted.
func (s *Store) Search(tx *db.Tx, by people.Actor, q Query) (Page, error) {
	ready, err := s.ready(tx, by, q)
	if err != nil {
		return Page{}, err
	}
	if !ready.byIndex(tx) {
		page, ok, err := s.scan(tx, by, ready)
		if err != nil {
			return Page{}, fmt.Errorf("search %s in memory: %w", ready.p.t.Name, err)
		}
		if ok {
			return page, nil
		}
	}
	page, err := ready.fromDatabase(tx)
	page.Records = ready.p.veiled(by, page.Records)
	return page, err
}

func (r *query) fromDatabase(tx *db.Tx) (Page, error) {
	page, err := r.page(tx)
	if err != nil {
		return Page{}, fmt.Errorf("search %s: %w", r.p.t.Name, err)
	}
	if r.q.CountTotal {
		var count db.SQL
		count.Add("SELECT count(*) FROM " + r.p.t.From())
		r.matching(&count, tx)
		if page.Total, err = db.Value[int64](tx, count.Text(), count.Args()...); err != nil {
			return Page{}, fmt.Errorf("count %s: %w", r.p.t.Name, err)
		}
	}
	return page, nil
}

func (s *Store) ready(tx *db.Tx, by people.Actor, q Query) (*query, error) {
	p, err := s.plan(tx, q.ObjectType)
	if err != nil {
		return nil, err
	}
	r := &query{p: p, q: q, scope: by.Scope(people.View, p.t.Name), limit: q.Limit}
	if r.limit == 0 {
		r.limit = limitUsual
	}
	if r.limit < 0 || r.limit > limitMost {
		return nil, errs.Bad("limit", "INVALID_NUMBER", fmt.Sprintf("limit must be from 1 to %d.", limitMost))
	}
	if len(q.Sorts) > 1 {
		return nil, errs.Bad("sorts", "TOO_MANY", "One sort at most.")
	}
	if err := q.seen(p, by); err != nil {
		return nil, err
	}
	groups, err := unalias(tx, q.Groups)
	if err != nil {
		return nil, err
	}
	if r.cond, err = filter.Compile(p.set, groups); err != nil {
		return nil, err
	}
	sort := Sort{}
	if len(q.Sorts) == 1 {
		sort = q.Sorts[0]
	}
	if r.order, err = filter.OrderBy(p.set, sort.Property, sort.Desc); err != nil {
		return nil, err
	}
	if q.After != "" {
		c, err := parseCursor(q.After, r.orderName(), r.order.Accepts)
		if err != nil {
			return nil, err
		}
		r.after = &c
	}
	if r.texted = strings.TrimSpace(q.Text) != ""; r.texted {
		found, err := s.index.Find(tx, p.t.Name, q.Text, search.Most)
		if err != nil {
			return nil, err
		}
		r.found = found.IDs
	}
	return r, nil
}

// seen refuses a search by values that the actor may not see, in the words for what is not there (PROP-2): who finds by a value
// knows it.
func (q Query) seen(p *plan, by people.Actor) error {
	if len(p.set.Restricted()) == 0 {
		return nil
	}
	unknown := func(field, name string) error {
		return errs.Bad(field, "PROPERTY_DOESNT_EXIST", fmt.Sprintf("There is no property %q.", name))
	}
	for _, g := range q.Groups {
		for _, f := range g.Filters {
			if !p.set.Sees(by, f.PropertyName) {
				return unknown(f.PropertyName, f.PropertyName)
			}
		}
	}
	for _, s := range q.Sorts {
		if !p.set.Sees(by, s.Property) {
			return unknown("sorts", s.Property)
		}
	}
	return nil
}

func (r *query) orderName() string { return r.p.t.Name + ":" + r.order.Name() }

// matching appends the condition that all pages share.
func (r *query) matching(q *db.SQL, tx *db.Tx) {
	q.Add("archived_at IS NULL AND ")
	r.scope.Where(q, "owner_id", "team_id").Add(" AND ")
	r.cond.Where(q, tx)
	if r.texted {
		tx.Among(q.Add(" AND "), "id", r.found)
	}
	if r.q.Among != nil {
		r.q.Among.Where(q.Add(" AND "))
	}
}

// page reads first what has a value to sort by, then what has none, each in the order of an index.
func (r *query) page(tx *db.Tx) (Page, error) {
	var found []Record
	if !r.order.Nullable() || r.after == nil || r.after.Value != "" {
		some, err := r.part(tx, true, r.limit+1)
		if err != nil {
			return Page{}, err
		}
		found = some
	}
	if r.order.Nullable() && len(found) <= r.limit {
		if r.after != nil && r.after.Value != "" {
			r.after = nil // the rest begins at its start
		}
		none, err := r.part(tx, false, r.limit+1-len(found))
		if err != nil {
			return Page{}, err
		}
		found = append(found, none...)
	}
	return r.cut(Page{Records: found}), nil
}

// cut takes off what is more than a page, and says where the next begins.
func (r *query) cut(p Page) Page {
	if len(p.Records) > r.limit {
		p.Records = p.Records[:r.limit]
		last := p.Records[r.limit-1]
		p.Next = cursor{Order: r.orderName(), Value: last.Properties[r.order.Property()], ID: last.ID}.String()
	}
	return p
}

func (r *query) part(tx *db.Tx, present bool, limit int) ([]Record, error) {
	var q db.SQL
	r.statement(&q, tx, present, limit)
	return db.List(tx, r.p.scanner(), q.Text(), q.Args()...)
}

func (r *query) statement(q *db.SQL, tx *db.Tx, present bool, limit int) {
	q.Add(r.p.read)
	r.matching(q, tx)
	if r.order.Nullable() {
		r.order.Present(q.Add(" AND "), tx, present)
	}
	if r.after != nil {
		r.order.After(q.Add(" AND "), tx, r.after.Value, r.after.ID)
	}
	r.order.By(q.Add(" ORDER BY "), tx, present)
	q.Add(" LIMIT " + strconv.Itoa(limit))
}

// List reads one page of the records that the actor may see, by id; archived ones are those in the trash. Its places are
// ids.
func (s *Store) List(tx *db.Tx, by people.Actor, objectType, after string, limit int, archived bool) (Page, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return Page{}, err
	}
	if limit == 0 {
		limit = limitUsual
	}
	if limit < 0 || limit > limitMost {
		return Page{}, errs.Bad("limit", "INVALID_NUMBER", fmt.Sprintf("limit must be from 1 to %d.", limitMost))
	}
	var last int64
	if after != "" {
		if last, err = id.Parse("after", after); err != nil {
			return Page{}, err
		}
	}
	var q db.SQL
	q.Add(p.read)
	if archived {
		q.Add("archived_at IS NOT NULL AND " + notMerged(p.t) + " AND ")
	} else {
		q.Add("archived_at IS NULL AND ")
	}
	by.Scope(people.View, p.t.Name).Where(&q, "owner_id", "team_id")
	q.Add(" AND id > ? ORDER BY id LIMIT "+strconv.Itoa(limit+1), last)
	found, err := db.List(tx, p.scanner(), q.Text(), q.Args()...)
	if err != nil {
		return Page{}, fmt.Errorf("list %s: %w", p.t.Name, err)
	}
	found = p.veiled(by, found)
	if len(found) <= limit {
		return Page{Records: found}, nil
	}
	return Page{Records: found[:limit], Next: id.Format(found[limit-1].ID)}, nil
}
