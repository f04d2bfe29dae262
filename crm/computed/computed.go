// Package computed keeps calculation and rollup properties true (PROP-1): it goes through the records that are there when a
// definition changes, and follows associated records for rollups. It knows no formula and no definition's rules.
package computed

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// Service is where properties are made and changed, so that what records have follows.
type Service struct {
	db      *db.DB
	props   *property.Registry
	records *record.Store
}

// New returns the service.
func New(d *db.DB, props *property.Registry, records *record.Store) *Service {
	return &Service{d, props, records}
}

// Handlers run the jobs.
func (s *Service) Handlers() []job.Handler {
	return []job.Handler{{Kind: runKind, Run: s.run}, {Kind: rollupKind, Run: s.rollup}, {Kind: spreadKind, Run: s.spread}}
}

// Create makes a property as the registry does. The values of a computed one are being brought up to date from then on.
func (s *Service) Create(tx *db.Tx, by people.Actor, d property.Definition) (property.Definition, error) {
	if err := s.checkFilter(tx, d); err != nil {
		return d, err
	}
	made, err := s.props.Create(tx, by, d)
	if err == nil && made.Calculated() {
		err = begin(tx, made, kindCompute, renaming{})
	}
	return made, err
}

// Update changes a property as the registry does. When what it is computed from changed, so do the values, from then on.
func (s *Service) Update(tx *db.Tx, by people.Actor, d property.Definition) (property.Definition, error) {
	if err := s.checkFilter(tx, d); err != nil {
		return d, err
	}
	set, err := s.props.Set(tx, d.ObjectType)
	if err != nil {
		return d, err
	}
	before, _ := set.Get(d.Name)
	after, err := s.props.Update(tx, by, d)
	if err == nil && after.Calculated() && differs(before, after) {
		err = begin(tx, after, kindCompute, renaming{})
	}
	return after, err
}

// differs reports whether two definitions compute different values.
func differs(a, b property.Definition) bool {
	return a.Formula != b.Formula || !reflect.DeepEqual(a.Rollup, b.Rollup) || a.Calculated() && !reflect.DeepEqual(a.Options, b.Options)
}

// RenameOption changes the value of an option, on the records that have it too: those follow in the background, and until then keep
// the old one, which filters find under its old name.
func (s *Service) RenameOption(tx *db.Tx, by people.Actor, objectType, name, from, to string) (property.Definition, error) {
	set, err := s.props.Set(tx, objectType)
	if err != nil {
		return property.Definition{}, err
	}
	d, ok := set.Get(name)
	if !ok {
		return d, property.NoProperty(name)
	}
	if !d.Custom || d.Type != property.Enumeration || d.Calculated() || d.References != "" {
		return d, errs.Newf(errs.Invalid, "The values of %s are fixed: its options cannot be renamed.", d.Label)
	}
	if run, busy, err := s.Progress(tx, d.ObjectType, name); err != nil || busy && !run.Finished() {
		return d, errs.New(errs.Conflict, "The property is being brought up to date. Try again when that is done.", err).WithCode("IN_PROGRESS")
	}
	options := append([]property.Option(nil), d.Options...)
	found := false
	for i := range options {
		if options[i].Value == from {
			options[i].Value, found = strings.TrimSpace(to), true
		}
	}
	if !found {
		return d, errs.Newf(errs.NotFound, "There is no option %q.", from).WithCode("OBJECT_NOT_FOUND")
	}
	d.Options = options
	d, err = s.props.Update(tx, by, d)
	if err == nil && from != strings.TrimSpace(to) {
		err = begin(tx, d, kindRename, renaming{from, strings.TrimSpace(to)})
	}
	return d, err
}

// passing are operators whose answer changes with the time alone, without a write.
func passing(operator string) bool {
	return strings.HasSuffix(operator, "_DAYS") || strings.HasSuffix(operator, "_HOURS")
}

// checkFilter refuses a rollup's filter that is wrong, or whose answer could change without a change of the associated record.
func (s *Service) checkFilter(tx *db.Tx, d property.Definition) error {
	if d.Rollup == nil || len(d.Rollup.Filter) == 0 {
		return nil
	}
	groups, err := groupsOf(d.Rollup)
	if err != nil {
		return err
	}
	set, err := s.props.Set(tx, d.Rollup.Of)
	if err != nil {
		return err
	}
	for _, g := range groups {
		for _, f := range g.Filters {
			if passing(f.Operator) || strings.HasPrefix(f.PropertyName, "associations.") {
				return errs.Bad("rollup", "INVALID_ROLLUP", fmt.Sprintf("A rollup's filter cannot ask %s %.60s: its answer changes without a change of the record.", f.PropertyName, f.Operator))
			}
		}
	}
	_, err = filter.Compile(set, groups)
	return err
}

func groupsOf(r *property.Rollup) (groups []filter.Group, err error) {
	if len(r.Filter) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(r.Filter, &groups); err != nil {
		return nil, errs.Bad("rollup", "INVALID_ROLLUP", "The rollup's filter is not a list of filter groups.")
	}
	return groups, nil
}
