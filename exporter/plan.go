package exporter

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
)

// Request asks for an export.
type Request struct {
	Name       string
	Format     string // CSV or XLSX
	ObjectType string
	View       string // of tickets; "" for all
	List       int64  // 0 for none; with one there are no filters, text or sorts
	Groups     []filter.Group
	Text       string
	Sorts      []record.Sort
	Properties []string // none for what the type shows where nobody said
	Names      bool     // properties are called by their internal names,
	Values     bool     // and values are as they are stored, rather than as people read them
	Associated []string // object types, the ids of whose records are added
	Unbounded  bool     // all of them, rather than the first thousand of a record
	Labels     bool     // with the labels of the associations,
	Called     bool     // and what the records are called
}

// plan is a request with all names resolved.
type plan struct {
	View       string         `json:"view,omitempty"`
	List       int64          `json:"list,omitempty,string"`
	Groups     []filter.Group `json:"groups,omitempty"`
	Text       string         `json:"text,omitempty"`
	Sorts      []record.Sort  `json:"sorts,omitempty"`
	Properties []string       `json:"properties"`
	Header     []string       `json:"header"`
	Values     bool           `json:"values,omitempty"`
	Associated []string       `json:"associated,omitempty"` // names of types
	Unbounded  bool           `json:"unbounded,omitempty"`
	Labels     bool           `json:"labels,omitempty"`
	Called     bool           `json:"called,omitempty"`
}

const (
	propertiesMost = 1000
	associatedMost = 4
	nameMost       = 200
	openMost       = 30 // exports of one asker that have not ended
	recordID       = "hs_object_id"
	kept           = 30 * 24 * time.Hour
)

// Start begins an export. Its file is kept for 30 days, hidden.
func (s *Service) Start(tx *db.Tx, by people.Actor, r Request) (Export, error) {
	if !by.May(people.Workspace) {
		return Export{}, errs.New(errs.Denied, "Exporting needs a service seat.", nil)
	}
	t, err := s.props.Type(tx, r.ObjectType)
	if err != nil {
		return Export{}, err
	}
	if by.Scope(people.View, t.Name).Reach == people.None {
		return Export{}, errs.Newf(errs.Denied, "You may not view %s. Ask an admin for the permission.", t.Name)
	}
	ex := Export{ID: tx.NewID(), Name: cmp.Or(cut(r.Name, nameMost), t.LabelPlural), State: Enqueued, ObjectType: t.Name, CreatedAt: tx.Now,
		UpdatedAt: tx.Now, Format: Format(r.Format), asker: by.Asking(), at: place{sheet: 1}}
	if ex.Format != CSV && ex.Format != XLSX {
		return ex, errs.Bad("format", "INVALID_OPTION", fmt.Sprintf("format must be CSV or XLSX, not %q", cut(r.Format, 40)))
	}
	if ex.plan, err = s.planned(tx, by, t, r); err != nil {
		return ex, err
	}
	waiting, err := db.Value[int](tx, "SELECT count(*) FROM exports WHERE asker_kind = $1 AND asker_id = $2 AND ended_at IS NULL", string(by.Kind), by.ID)
	if err != nil {
		return ex, err
	}
	if waiting >= openMost {
		return ex, errs.Newf(errs.Limited, "%d exports are on their way. Wait for one of them, or cancel it.", waiting)
	}
	if err := insert(tx, ex); err != nil {
		return ex, err
	}
	detail := map[string]string{"objectType": t.Name, "format": r.Format}
	if err := people.Audit(tx, by, audit.Entry{Action: audit.Exported, ObjectType: "exports", ObjectID: ex.ID, Detail: detail}); err != nil {
		return ex, err
	}
	if _, err := job.Enqueue(tx, job.Spec{Kind: forgetKind, Key: fmt.Sprint(ex.ID), Args: runArgs{ex.ID}, Due: tx.Now.Add(kept)}); err != nil {
		return ex, err
	}
	return ex, runLater(tx, ex)
}

func insert(tx *db.Tx, ex Export) error {
	plan, err := json.Marshal(ex.plan)
	if err != nil {
		return err
	}
	asker, err := json.Marshal(ex.asker)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO exports (id, name, state, object_type, format, plan, asker, asker_kind, asker_id, ids_key, total, done, records, part, sheet,
line, file_id, says, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 0, 0, 0, 0, $10, 0, 0, '', $11, $11)`, ex.ID, ex.Name,
		string(ex.State), ex.ObjectType, string(ex.Format), string(plan), string(asker), string(ex.asker.Kind), ex.asker.ID, ex.at.sheet, tx.Micros())
	return err
}

// query is the search for the records; false when there can be none.
func (s *Service) query(by people.Actor, objectType string, p plan) (record.Query, bool, error) {
	q := record.Query{ObjectType: objectType, Groups: p.Groups, Text: p.Text, Sorts: p.Sorts}
	if p.View == "" {
		return q, true, nil
	}
	return s.of.Views.Narrow(by, p.View, q)
}

// planned checks a request.
func (s *Service) planned(tx *db.Tx, by people.Actor, t property.ObjectType, r Request) (plan, error) {
	p := plan{View: r.View, List: r.List, Groups: r.Groups, Text: r.Text, Sorts: r.Sorts, Values: r.Values, Unbounded: r.Unbounded, Labels: r.Labels, Called: r.Called}
	if r.View != "" && t.Name != "tickets" {
		return p, errs.Bad("view", "INVALID_OPTION", "Views are of tickets.")
	}
	if err := s.listed(tx, t, r.List); err != nil {
		return p, err
	}
	set, err := s.props.Set(tx, t.Name)
	if err != nil {
		return p, err
	}
	q, some, err := s.query(by, t.Name, p)
	if err == nil && some {
		err = check(set, by, q)
	}
	if err != nil {
		return p, err
	}
	if err := p.choose(set, by, r); err != nil {
		return p, err
	}
	return p, s.associate(tx, by, &p, r)
}

// listed refuses a list that is not there or is of other records.
func (s *Service) listed(tx *db.Tx, t property.ObjectType, list int64) error {
	if list == 0 {
		return nil
	}
	of, err := s.of.Lists.TypeOf(tx, list)
	if err == nil && of != t.Name {
		err = errs.Bad("listId", "INVALID_OPTION", fmt.Sprintf("The list is of %s, not of %s.", of, t.Name))
	}
	return err
}

// check says what is wrong with a search before it runs: in the words for what is not there, also where the actor may not see it.
func check(set *property.Set, by people.Actor, q record.Query) error {
	if _, err := filter.Compile(set, q.Groups); err != nil {
		return err
	}
	var names []string
	for _, g := range q.Groups {
		for _, f := range g.Filters {
			names = append(names, f.PropertyName)
		}
	}
	for _, sort := range q.Sorts {
		if _, err := filter.OrderBy(set, sort.Property, sort.Desc); err != nil {
			return err
		}
		names = append(names, sort.Property)
	}
	for _, name := range names {
		if !set.Sees(by, name) {
			return errs.Bad(name, "PROPERTY_DOESNT_EXIST", fmt.Sprintf("There is no property %q.", cut(name, 60)))
		}
	}
	return nil
}

// choose takes the properties, and calls them.
func (p *plan) choose(set *property.Set, by people.Actor, r Request) error {
	names := r.Properties
	if len(names) == 0 {
		names = set.ObjectType.Standard
	}
	if len(names) > propertiesMost {
		return errs.Bad("objectProperties", "TOO_MANY", fmt.Sprintf("At most %d objectProperties.", propertiesMost))
	}
	p.Properties, p.Header = []string{}, []string{"Record ID"}
	if r.Names {
		p.Header[0] = recordID
	}
	for _, name := range names {
		d, ok := set.Get(name)
		if !ok || !d.Sees(by) {
			return errs.Bad("objectProperties", "PROPERTY_DOESNT_EXIST", fmt.Sprintf("There is no property %q of %s", cut(name, 60), set.ObjectType.Name))
		}
		if d.Name == recordID || slices.Contains(p.Properties, d.Name) {
			continue // it is there already
		}
		p.Properties = append(p.Properties, d.Name)
		if r.Names {
			p.Header = append(p.Header, d.Name)
		} else {
			p.Header = append(p.Header, d.Label)
		}
	}
	return nil
}

// associate adds columns of associated records.
func (s *Service) associate(tx *db.Tx, by people.Actor, p *plan, r Request) error {
	if len(r.Associated) > associatedMost {
		return errs.Bad("associatedObjectType", "TOO_MANY", fmt.Sprintf("At most %d associated object types.", associatedMost))
	}
	for _, name := range r.Associated {
		t, err := s.props.Type(tx, name)
		if err != nil {
			return err
		}
		if by.Scope(people.View, t.Name).Reach == people.None {
			return errs.Newf(errs.Denied, "You may not view %s. Ask an admin for the permission.", t.Name)
		}
		if slices.Contains(p.Associated, t.Name) {
			continue
		}
		p.Associated = append(p.Associated, t.Name)
		label := "Associated " + t.Label
		p.Header = append(p.Header, label+" IDs")
		if p.Called {
			p.Header = append(p.Header, label)
		}
		if p.Labels {
			p.Header = append(p.Header, label+" labels")
		}
	}
	return nil
}
