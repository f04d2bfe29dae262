package property

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// Set is every property of one object type. It is shared: treat it as read-only. A change of definitions makes a new Set.
type Set struct {
	ObjectType ObjectType
	byName     map[string]*Definition
	all        []Definition
	columns    []*Definition
	unique     []*Definition
	families   []family
	groups     []Group
	calcs      []calculation
	restricted []*Definition
	rollups    []Definition
	catalog    *catalog
}

// Type returns an object type of the same account by any of its names, as Registry.Type does.
func (s *Set) Type(name string) (ObjectType, bool) { return s.catalog.find(name) }

// Get returns a living property by name. By a second name of a property it returns that, under its own name: what is read of a
// record, filtered and sorted by is the property that it names.
func (s *Set) Get(name string) (Definition, bool) {
	if d, ok := s.byName[name]; ok {
		return *d, true
	}
	for _, f := range s.families {
		if d, ok := f.member(s.ObjectType.Name, name); ok {
			return d, true
		}
	}
	if own, ok := s.ownName(name); ok {
		return s.Get(own)
	}
	return Definition{}, false
}

// ownName is the name of the property that a second name stands for.
func (s *Set) ownName(name string) (string, bool) {
	if s.ObjectType.Name != "tickets" {
		return "", false
	}
	if own, ok := ticketAliases[name]; ok {
		return own, true
	}
	for prefix, own := range ticketAliases {
		if rest, ok := strings.CutPrefix(name, prefix); ok && strings.HasSuffix(prefix, "_") && rest != "" {
			return own + rest, true
		}
	}
	return "", false
}

// All returns the living properties, built-in ones first, each in a stable order.
func (s *Set) All() []Definition { return s.all }

// Columns are the properties that have a column of their own.
func (s *Set) Columns() []*Definition { return s.columns }

// Holds is the name of the property that a column holds, "" for none.
func (s *Set) Holds(column string) string {
	for _, d := range s.columns {
		if d.Column == column {
			return d.Name
		}
	}
	return ""
}

// Unique are the custom properties whose values no two living records share.
func (s *Set) Unique() []*Definition { return s.unique }

// Restricted are the properties that not everyone may see or change.
func (s *Set) Restricted() []*Definition { return s.restricted }

// Sees reports whether an actor may see a property's values. What is no property is everyone's.
func (s *Set) Sees(by people.Actor, name string) bool {
	if own, ok := s.ownName(name); ok && s.byName[name] == nil {
		name = own
	}
	for _, d := range s.restricted {
		if d.Name == name {
			return d.Sees(by)
		}
	}
	return true
}

// Registry knows every object type and its properties.
type Registry struct {
	sets *db.Cache[*catalog]
}

// catalog is all that the registry knows at one time.
type catalog struct {
	types   []ObjectType
	sets    map[string]*Set         // by the type's plural
	rollups map[string][]Definition // by the type whose records they look at
}

// New returns the registry of a database.
func New(d *db.DB) *Registry { return &Registry{sets: db.NewCache(d, "properties", load)} }

func (r *Registry) catalog(tx *db.Tx) (*catalog, error) {
	c, err := r.sets.Get(tx)
	if err != nil {
		return nil, fmt.Errorf("properties: %w", err)
	}
	return c, nil
}

// Set returns the properties of an object type, which may be named in any way that Type knows.
func (r *Registry) Set(tx *db.Tx, objectType string) (*Set, error) {
	c, err := r.catalog(tx)
	if err != nil {
		return nil, err
	}
	if s, ok := c.sets[objectType]; ok {
		return s, nil
	}
	if t, ok := c.find(objectType); ok {
		return c.sets[t.Name], nil
	}
	return nil, unknownType(objectType)
}

// stored is a row of the table.
type stored struct {
	objectType, name string
	builtin          bool
	definition       Definition
}

func scanStored(s db.Scanner) (stored, error) {
	var p stored
	var raw string
	var created, updated int64
	var archived *int64
	if err := s.Scan(&p.objectType, &p.name, &p.builtin, &raw, &created, &updated, &archived); err != nil {
		return p, err
	}
	err := json.Unmarshal([]byte(raw), &p.definition)
	d := &p.definition
	d.CreatedAt, d.UpdatedAt = clock.FromMicros(created), clock.FromMicros(updated)
	if archived != nil {
		d.Archived, d.ArchivedAt = true, clock.FromMicros(*archived)
	}
	return p, err
}

const selectStored = "SELECT object_type, name, builtin, definition, created_at, updated_at, archived_at FROM properties"

func load(tx *db.Tx) (*catalog, error) {
	rows, err := db.List(tx, scanStored, selectStored+" WHERE archived_at IS NULL ORDER BY created_at, name")
	if err != nil {
		return nil, err
	}
	groups, err := db.List(tx, scanGroup, selectGroups)
	if err != nil {
		return nil, err
	}
	own, err := db.List(tx, scanOwnType, selectOwnTypes+" AND archived_at IS NULL ORDER BY number")
	if err != nil {
		return nil, err
	}
	c := &catalog{types: slices.Concat(builtinTypes, own), sets: map[string]*Set{}, rollups: map[string][]Definition{}}
	for i, t := range c.types {
		s := compose(c, t, rows, groups)
		c.sets[t.Name], c.types[i] = s, s.ObjectType
		for _, d := range s.rollups {
			c.rollups[d.Rollup.Of] = append(c.rollups[d.Rollup.Of], d)
		}
	}
	return c, nil
}

func compose(c *catalog, t ObjectType, rows []stored, groups []storedGroup) *Set {
	s := &Set{ObjectType: t, byName: map[string]*Definition{}, catalog: c}
	var built []row
	built, s.families = builtin(t)
	place := map[string]int{}
	for i, r := range built {
		s.all = append(s.all, r.definition(t.Name))
		place[r.name] = i
	}
	s.grouped(built, groups)
	for _, p := range rows {
		if p.objectType != t.Name {
			continue
		}
		if i, ok := place[p.name]; ok {
			s.all[i] = p.over(s.all[i])
		} else if !p.builtin {
			s.all = append(s.all, p.custom())
		}
	}
	for i := range s.all {
		d := &s.all[i]
		s.byName[d.Name] = d
		if d.Column != "" {
			s.columns = append(s.columns, d)
		}
		if d.Unique {
			s.unique = append(s.unique, d)
		}
		if !d.Access.View.IsZero() || !d.Access.Edit.IsZero() {
			s.restricted = append(s.restricted, d)
		}
		if d.Rollup != nil {
			s.rollups = append(s.rollups, *d)
		}
	}
	s.order()
	if t.Own() {
		s.ObjectType.fit(s)
	}
	return s
}

// over is a built-in definition with what the account changed of it.
func (p stored) over(d Definition) Definition {
	o := p.definition
	d.Label, d.Description, d.Group, d.Order, d.Hidden, d.FormField = o.Label, o.Description, o.Group, o.Order, o.Hidden, o.FormField
	d.Rules, d.Shown, d.Access, d.UpdatedBy, d.UpdatedAt = o.Rules, o.Shown, o.Access, o.UpdatedBy, o.UpdatedAt
	if len(d.Options) > 0 && d.Type == Enumeration {
		d.Options = o.Options
	}
	return d
}

func (p stored) custom() Definition {
	d := p.definition
	d.ObjectType, d.Name, d.Custom = p.objectType, p.name, true
	d.ReadOnly = d.Calculated()
	return d
}

// Rollups are the rollup properties that records of an object type have, and those over such records. They are none for what is
// no object type.
func (r *Registry) Rollups(tx *db.Tx, objectType string) (own, over []Definition, err error) {
	c, err := r.catalog(tx)
	if err != nil || len(c.rollups) == 0 {
		return nil, nil, err
	}
	if s, ok := c.sets[objectType]; ok {
		own = s.rollups
	}
	return own, c.rollups[objectType], nil
}
