// Package record keeps records of every object type: their properties, relations and history, in any database. It owns
// what is common to all; an object type's own rules come from outside, and it knows none of them.
package record

import (
	"encoding/json"
	"time"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/column"
	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// Record is one ticket, contact or company. Properties holds only those with a value.
type Record struct {
	ID         int64
	ObjectType string
	Properties map[string]string
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Archived   bool
	ArchivedAt time.Time
}

// AnyType stands for the object types without rules of their own.
const AnyType = "*"

// Rules are a package's own rules for its object type: they refuse a write or derive more values of it.
type Rules interface {
	Prepare(tx *db.Tx, by people.Actor, w *Write) error
}

// Gatherer are rules that take values of new records from those that they are made with, all at once.
type Gatherer interface {
	Gather(tx *db.Tx, s *Store, made []*Write) error
}

// Write is a create or update before it is stored. Set holds canonical values that differ from Before; rules may add to
// it, read-only properties too.
type Write struct {
	ObjectType string
	Type       property.ObjectType
	ID         int64
	Create     bool
	Before     map[string]string // current values, empty on create
	Set        map[string]string
	Asked      map[string]string // of an update: what the caller gave, the values that equal Before included
	Links      []Link            // of a create: the relations made with the record
	Reason     string
}

// Get returns the value that a property will have.
func (w *Write) Get(name string) string {
	if v, ok := w.Set[name]; ok {
		return v
	}
	return w.Before[name]
}

// Input is what a record is created from.
type Input struct {
	ID         int64 // of a record that shows what is kept elsewhere under this id; 0 for a new one
	Properties map[string]string
	Links      []Link // FromType and FromID are the new record's and need not be given
	Reason     string
}

// Sort orders by a property. Records without a value come last.
type Sort struct {
	Property string
	Desc     bool
}

// Query asks for records.
type Query struct {
	ObjectType string
	Groups     []filter.Group
	Text       string // what people type into a search box; blank for no such condition
	Sorts      []Sort // at most one; none is by id
	After      string // Page.Next of the page before
	Limit      int    // 1 to 200; 0 for 10
	Among      Subset // when it is not nil: of these alone
	CountTotal bool   // count all that match, too
}

// Page is one page of records.
type Page struct {
	Records []Record
	Next    string // "" on the last page
	Total   int64  // if asked for
}

// Version is one value that a property had.
type Version struct {
	Value  string
	At     time.Time
	By     event.Actor
	Reason string
}

// Created is the data of "<singular>.created". Relations made with the record have no events of their own.
type Created struct {
	Properties map[string]string `json:"properties"`
	Links      []Linked          `json:"links,omitempty"`
	Reason     string            `json:"reason,omitempty"`
}

// MarshalJSON writes what the tags of the fields say.
func (c Created) MarshalJSON() ([]byte, error) {
	out := append(make([]byte, 0, property.Room(c.Properties)), `{"properties":`...)
	out = property.AppendValues(out, c.Properties, nil)
	if len(c.Links) > 0 {
		links, err := json.Marshal(c.Links)
		if err != nil {
			return nil, err
		}
		out = append(append(out, `,"links":`...), links...)
	}
	if c.Reason != "" {
		out = property.AppendText(append(out, `,"reason":`...), c.Reason)
	}
	return append(out, '}'), nil
}

// Changed is the data of "<singular>.changed".
type Changed struct {
	Changes map[string]Change `json:"changes"`
	Reason  string            `json:"reason,omitempty"`
}

// Change is one property's old and new value.
type Change struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// What package relation says of relations, under the names that writers of records use.
type (
	// Link is a relation from one record to another. TypeID 0 means the unlabelled type between the two.
	Link = relation.Link
	// Linked is the data of "<singular>.associated" and "<singular>.dissociated".
	Linked = relation.Linked
	// Association is the other end of a relation.
	Association = relation.Association
)

// Store keeps records, and what they are related to.
type Store struct {
	*relation.Store
	db      *db.DB
	props   *property.Registry
	index   *search.Index
	rules   map[string]Rules
	columns *column.Store
	plans   plans
	blocked *db.Cache[map[string]bool] // by hash
}

// New returns the store, of which a database has one. rules holds each object type's own rules, by plural name or AnyType.
func New(d *db.DB, props *property.Registry, index *search.Index, rules map[string]Rules) *Store {
	return &Store{Store: relation.New(props, association.New(d)), db: d, props: props, index: index, rules: rules,
		columns: column.NewStore(d, column.BytesUsual), blocked: db.NewCache(d, "blocked", loadBlocked)}
}

// emit tells of a write, whoever does it: the reactors, and the columns in memory.
func (p *plan) emit(tx *db.Tx, by people.Actor, what string, id int64, data any) {
	if p.memory != nil {
		p.memory.Changed(tx, p.t.Name, id)
	}
	event.Emit(tx, event.Event{Type: p.t.Events + "." + what, ObjectType: p.t.Name, ObjectID: id, Actor: by.As(), Data: data})
}
