package record

import (
	"fmt"

	"github.com/deskbell/deskbell/crm/column"
	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// Subset is records that the program names, in the two ways that a search goes.
type Subset interface {
	Where(q *db.SQL)                                 // appends the condition over the column id
	IDs(tx *db.Tx) (ids []int64, ok bool, err error) // false when only the database can tell
}

// source is where the columns of an object type come from. The small ones are those of the table itself, texts aside.
func source(p *plan) column.Source {
	src := column.Source{Name: p.t.Name, From: p.t.From()}
	for _, d := range p.columns {
		if s := filter.Spec(d); d.Column != "id" && (s.Kind != column.Text || d.Type == property.Enumeration) {
			src.Hot = append(src.Hot, s)
		}
	}
	return src
}

// spare is how many more ids are asked for than a page needs, for records that were deleted meanwhile.
const spare = 3

// scan answers a search by the columns in memory, and reads the records of the page from the database, which decides anew
// whether the actor may see each. It returns false when the columns cannot answer.
func (s *Store) scan(tx *db.Tx, by people.Actor, r *query) (page Page, ok bool, err error) {
	asked, ok, err := r.overColumns(tx)
	if !ok || err != nil {
		return Page{}, false, err
	}
	for want := r.limit + 1 + spare; ; want *= 2 {
		var ids []int64
		ok, err := s.columns.View(tx, r.p.source, asked.specs, func(v *column.View) error {
			ids, page.Total = v.Scan(asked.in(v, want))
			return nil
		})
		if !ok || err != nil || want > idsMost {
			return Page{}, false, err
		}
		page.Records, err = s.GetMany(tx, by, r.p.t.Name, ids)
		if err != nil {
			return Page{}, false, err
		}
		if len(page.Records) > r.limit || len(ids) < want {
			break
		}
	}
	return r.cut(page), true, nil
}

// overColumns is a search made ready for the columns.
type overColumns struct {
	*query
	cond  filter.Columns
	among []int64
	specs []column.Spec
}

func (r *query) overColumns(tx *db.Tx) (*overColumns, bool, error) {
	cond, ok, err := r.cond.Columns(tx)
	if !ok || err != nil {
		return nil, false, err
	}
	o := &overColumns{query: r, cond: cond, specs: cond.Specs}
	if r.q.Among != nil {
		if o.among, ok, err = r.q.Among.IDs(tx); !ok || err != nil {
			return nil, false, err
		}
	}
	if s, ok := r.order.Spec(); ok {
		o.specs = append(o.specs, s)
	}
	if !r.scope.All() {
		owner, team := r.p.ownerSpecs()
		o.specs = append(o.specs, owner, team)
	}
	return o, true, nil
}

// in is what to ask a view for.
func (o *overColumns) in(v *column.View, limit int) column.Scan {
	q := column.Scan{Groups: o.cond.In(v), Limit: limit, Count: o.q.CountTotal, Order: o.order.In(v)}
	if !o.scope.All() {
		q.Always = append(q.Always, o.p.inScope(v, o.scope))
	}
	if o.q.Among != nil {
		q.Always = append(q.Always, v.Among(o.among, false))
	}
	if o.texted {
		q.Always = append(q.Always, v.Among(o.found, false))
	}
	if o.after != nil {
		q.Order = q.Order.After(o.after.Value, o.after.ID)
	}
	return q
}

func (p *plan) ownerSpecs() (owner, team column.Spec) {
	o, _ := p.set.Get(propOwner)
	t, _ := p.set.Get(propTeam)
	return filter.Spec(&o), filter.Spec(&t)
}

// inScope is the permission check over the columns: what people.Scope allows of each record.
func (p *plan) inScope(v *column.View, scope people.Scope) column.Predicate {
	owner, team := p.ownerSpecs()
	return column.Pairs(v.Column(owner), v.Column(team), func(owner, team int64) bool {
		return scope.Allows(people.Ownership{Owner: owner, Team: team})
	})
}

// Touch says that the transaction changes a record's row other than by the commands of this package, and emits no event of it.
func (s *Store) Touch(tx *db.Tx, objectType string, id int64) { s.columns.Changed(tx, objectType, id) }

// Reload says that the transaction changes very many rows of an object type, given by its plural.
func (s *Store) Reload(tx *db.Tx, objectType string) { s.columns.Reset(tx, objectType) }

// Sets keeps sets of ids in memory beside the columns, for subsets. The name is unique in a program.
func (s *Store) Sets(name string, read column.Members) *column.Sets {
	return column.NewSets(s.db, name, read)
}

// fewIDs are looked up in the database as fast.
const fewIDs = 256

// CountVisible returns how many of some records are living and the actor may view.
func (s *Store) CountVisible(tx *db.Tx, by people.Actor, objectType string, among Subset) (n int64, err error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return 0, err
	}
	scope := by.Scope(people.View, p.t.Name)
	ids, ok, err := among.IDs(tx)
	if err != nil {
		return 0, err
	}
	if ok && len(ids) > fewIDs {
		owner, team := p.ownerSpecs()
		ok, err = s.columns.View(tx, p.source, []column.Spec{owner, team}, func(v *column.View) error {
			n = v.Tally(ids, p.inScope(v, scope))
			return nil
		})
		if ok || err != nil {
			return n, err
		}
	}
	var q db.SQL
	q.Add("SELECT count(*) FROM " + p.t.From() + "archived_at IS NULL AND ")
	among.Where(scope.Where(&q, "owner_id", "team_id").Add(" AND "))
	if n, err = db.Value[int64](tx, q.Text(), q.Args()...); err != nil {
		err = fmt.Errorf("count %s: %w", p.t.Name, err)
	}
	return n, err
}
