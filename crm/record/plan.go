package record

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/column"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Properties that the engine itself reads and writes.
const (
	propID    = "hs_object_id"
	propOwner = "hubspot_owner_id"
	propTeam  = "hubspot_team_id"

	propUpdatedBy = "hs_updated_by_user_id" // like the time of a change: neither events nor history tell of it
)

// plan is how one object type is read and written: statements whose text stays the same, so that they stay prepared.
type plan struct {
	set     *property.Set
	t       property.ObjectType
	columns []*property.Definition
	column  map[string]int // by property name
	created string         // the property that says when a record was made
	updated string         // and the one that says when it was last changed
	read    string         // SELECT … FROM table WHERE, without a condition
	insert  *db.Insert
	silent  map[string]bool // what neither events nor history tell of
	memory  *column.Store   // nil for a plan that only emits
	source  column.Source
}

// plans holds the plan of each object type for its newest set of properties.
type plans struct {
	mu sync.Mutex
	of map[string]*plan
}

func (s *Store) plan(tx *db.Tx, objectType string) (*plan, error) {
	set, err := s.props.Set(tx, objectType)
	if err != nil {
		return nil, err
	}
	name := set.ObjectType.Name
	s.plans.mu.Lock()
	defer s.plans.mu.Unlock()
	if p, ok := s.plans.of[name]; ok && p.set == set {
		return p, nil
	}
	p := newPlan(set)
	p.memory, p.source = s.columns, source(p)
	if s.plans.of == nil {
		s.plans.of = map[string]*plan{}
	}
	s.plans.of[name] = p
	return p, nil
}

func newPlan(set *property.Set) *plan {
	p := &plan{set: set, t: set.ObjectType, columns: set.Columns(), column: map[string]int{}}
	names := make([]string, len(p.columns))
	for i, d := range p.columns {
		names[i] = d.Column
		p.column[d.Name] = i
		switch d.Column {
		case "created_at":
			p.created = d.Name
		case "updated_at":
			p.updated = d.Name
		}
	}
	p.silent = map[string]bool{p.updated: true, propUpdatedBy: true}
	for _, d := range set.All() {
		if d.Silent {
			p.silent[d.Name] = true
		}
	}
	list := strings.Join(names, ", ")
	p.read = "SELECT archived_at, props, " + list + " FROM " + p.t.From()
	if p.t.Shared {
		list = "object_type, " + list
	}
	p.insert = db.NewInsert("INSERT INTO "+p.t.Table+" (props, "+list+")", "")
	return p
}

// scanner reads rows of p.read. It reuses its cells: one scanner for one query.
func (p *plan) scanner() func(db.Scanner) (Record, error) {
	var archived *int64
	var props []byte
	cells := make([]property.Cell, len(p.columns))
	dest := make([]any, 0, len(p.columns)+2)
	dest = append(dest, &archived, &props)
	for i, d := range p.columns {
		dest = append(dest, cells[i].Dest(d))
	}
	return func(s db.Scanner) (Record, error) {
		if err := s.Scan(dest...); err != nil {
			return Record{}, err
		}
		r := Record{ObjectType: p.t.Name, Properties: make(map[string]string, len(p.columns)+8)}
		for i, d := range p.columns {
			if v := cells[i].Value(d); v != "" {
				r.Properties[d.Name] = v
			}
		}
		if len(props) > len("{}") {
			if err := json.Unmarshal(props, &r.Properties); err != nil {
				return r, fmt.Errorf("properties of a record of %s: %w", p.t.Name, err)
			}
		}
		p.complete(&r)
		if archived != nil {
			r.Archived, r.ArchivedAt = true, clock.FromMicros(*archived)
		}
		return r, nil
	}
}

// complete fills the fields of a record that repeat properties.
func (p *plan) complete(r *Record) {
	r.ID = number(r.Properties[propID])
	r.CreatedAt, _ = property.ParseTime(r.Properties[p.created])
	r.UpdatedAt, _ = property.ParseTime(r.Properties[p.updated])
}

func number(s string) int64 {
	var n int64
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// ownership is what the permission check needs of a record.
func ownership(get func(string) string) people.Ownership {
	return people.Ownership{Owner: number(get(propOwner)), Team: number(get(propTeam))}
}

func (r Record) get(name string) string { return r.Properties[name] }

// encode writes the values that have no column of their own.
func (p *plan) encode(values map[string]string) string {
	return string(property.AppendValues(make([]byte, 0, property.Room(values)), values, func(name, v string) bool {
		_, hot := p.column[name]
		return !hot && v != ""
	}))
}

// told is what events and history tell of values.
func (p *plan) told(values map[string]string) map[string]string {
	out := make(map[string]string, len(values))
	for name, v := range values {
		if !p.silent[name] {
			out[name] = v
		}
	}
	return out
}

func (p *plan) notFound() error {
	return errs.Newf(errs.NotFound, "There is no such %s.", p.t.Singular).WithCode("OBJECT_NOT_FOUND")
}

// millis is the transaction's now as properties hold it.
func millis(tx *db.Tx) string { return property.FormatTime(tx.Now.Truncate(time.Millisecond)) }
