package property

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/crm/formula"
	"github.com/deskbell/deskbell/errs"
)

const (
	calculationsMost = 100 // of one object type
	chainMost        = 10  // calculations that build on one another
)

// How a rollup puts values together.
const (
	Count   = "count"
	Sum     = "sum"
	Min     = "min"
	Max     = "max"
	Average = "average"
)

// Rollup computes a value from the records that a record is associated with (PROP-1).
type Rollup struct {
	Of       string          `json:"of"`                 // their object type
	How      string          `json:"how"`                // Count, Sum …
	Property string          `json:"property,omitempty"` // of theirs; not for Count
	TypeID   int             `json:"typeId,omitempty"`   // of the association, seen from the record; 0 is any
	Filter   json.RawMessage `json:"filter,omitempty"`   // groups of filters over theirs
}

// calculation is a calculation property, ready to be computed.
type calculation struct {
	def     *Definition
	formula *formula.Formula
}

// Calculate returns the values of the calculation properties that may differ when the named properties have changed, themselves
// included: nobody but their formula says what they are; all of them for nil. get gives the values as they are now. They come from one another in order, so the result is complete.
func (s *Set) Calculate(get func(name string) string, changed func(name string) bool) map[string]string {
	if len(s.calcs) == 0 {
		return nil
	}
	out := map[string]string{}
	now := func(name string) string {
		if v, ok := out[name]; ok {
			return v
		}
		return get(name)
	}
	for _, c := range s.calcs {
		stale := changed == nil || changed(c.def.Name) || slices.ContainsFunc(c.formula.Names(), func(name string) bool {
			_, again := out[name]
			return again || changed(name)
		})
		if stale {
			out[c.def.Name] = c.value(now)
		}
	}
	return out
}

// value is what comes out, or "" where that is no value of the property's type.
func (c calculation) value(get func(string) string) string {
	v, err := c.def.Normalize(c.formula.Eval(get))
	if err != nil {
		return ""
	}
	return v
}

// kind is what a formula sees of a property.
func (d *Definition) kind() formula.Kind {
	switch d.Type {
	case Number:
		return formula.Number
	case Date, DateTime:
		return formula.Time
	case Bool:
		return formula.Bool
	}
	return formula.Text
}

// yields reports whether a formula's result can be a value of the property.
func (d *Definition) yields(k formula.Kind) bool {
	return k == d.kind() || d.Type == Enumeration && k == formula.Bool
}

// parse checks the formula of a definition of this type. The definition may be a new one.
func (s *Set) parse(d *Definition) (*formula.Formula, error) {
	var never error
	f, err := formula.Parse(d.Formula, func(name string) (formula.Kind, bool) {
		used, ok := s.Get(name)
		if ok && used.Column == "updated_at" {
			never = errs.Bad("calculationFormula", "INVALID_FORMULA", fmt.Sprintf("%s changes with every write: nothing can be calculated from it.", name))
		}
		return used.kind(), ok
	})
	if err == nil {
		err = never
	}
	if err == nil && !d.yields(f.Kind()) {
		err = errs.Bad("calculationFormula", "INVALID_FORMULA", fmt.Sprintf("The formula computes %s, which is no %s.", f.Kind(), d.Type))
	}
	return f, err
}

// order puts the calculations after those they use. What cannot be parsed any more is left out, and keeps its values.
func (s *Set) order() {
	parsed := map[string]*formula.Formula{}
	for i := range s.all {
		if d := &s.all[i]; d.Formula != "" {
			if f, err := s.parse(d); err == nil {
				parsed[d.Name] = f
			}
		}
	}
	for len(parsed) > 0 {
		before := len(parsed)
		for i := range s.all {
			d := &s.all[i]
			f, waits := parsed[d.Name]
			if !waits || slices.ContainsFunc(f.Names(), func(name string) bool { _, later := parsed[name]; return later }) {
				continue
			}
			s.calcs = append(s.calcs, calculation{d, f})
			delete(parsed, d.Name)
		}
		if len(parsed) == before {
			return // a circle: checkFormula lets none be made
		}
	}
}

// checkFormula refuses a formula that is wrong, or that would use itself.
func (s *Set) checkFormula(d *Definition) error {
	f, err := s.parse(d)
	if err != nil {
		return err
	}
	if mine := len(s.calcs); mine >= calculationsMost && s.byName[d.Name] == nil {
		return errs.Newf(errs.Invalid, "There are %d calculation properties, which is the limit.", mine).WithCode("PROPERTY_LIMIT_REACHED")
	}
	return s.checkChain("calculationFormula", "INVALID_FORMULA", d.Name, s.full(f.Names()))
}

// full are names with their object type.
func (s *Set) full(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = s.ObjectType.Name + "." + name
	}
	return out
}

// checkChain refuses a computed property that would be computed from itself, whether by formulas or through associations, or
// from too many others in a row.
func (s *Set) checkChain(field, code, name string, from []string) error {
	uses := map[string][]string{}
	for _, t := range s.catalog.types {
		other := s.catalog.sets[t.Name]
		for _, c := range other.calcs {
			uses[t.Name+"."+c.def.Name] = other.full(c.formula.Names())
		}
		for _, d := range other.rollups {
			uses[t.Name+"."+d.Name] = s.catalog.sets[d.Rollup.Of].full(d.Rollup.Uses())
		}
	}
	start := s.ObjectType.Name + "." + name
	uses[start] = from
	depth, circle := chain(uses, start, nil)
	if circle != nil {
		return errs.Bad(field, code, "It would be computed from itself: "+strings.Join(circle, " uses ")+".")
	}
	if depth > chainMost {
		return errs.Bad(field, code, fmt.Sprintf("At most %d computed properties may build on one another.", chainMost))
	}
	return nil
}

// chain is how many computed properties build on one another below a name, or the circle that it is in.
func chain(uses map[string][]string, name string, above []string) (depth int, circle []string) {
	if slices.Contains(above, name) {
		return 0, append(above, name)
	}
	if len(above) > chainMost {
		return len(above), nil
	}
	for _, used := range uses[name] {
		if _, calculated := uses[used]; !calculated {
			continue
		}
		d, c := chain(uses, used, append(slices.Clone(above), name))
		if c != nil {
			return 0, c
		}
		depth = max(depth, d)
	}
	return depth + 1, nil
}

// users are the computed properties of the account that use a property, as type.name.
func (c *catalog) users(objectType, name string) []string {
	var out []string
	for _, t := range c.types {
		s := c.sets[t.Name]
		for _, calc := range s.calcs {
			if t.Name == objectType && slices.Contains(calc.formula.Names(), name) {
				out = append(out, t.Name+"."+calc.def.Name)
			}
		}
		for _, d := range s.rollups {
			if d.Rollup.Of == objectType && slices.Contains(d.Rollup.Uses(), name) {
				out = append(out, t.Name+"."+d.Name)
			}
		}
	}
	return out
}

// Uses are the properties of the associated records that the value follows from.
func (r *Rollup) Uses() []string {
	var out []string
	if r.Property != "" {
		out = append(out, r.Property)
	}
	var groups []struct {
		Filters []struct {
			PropertyName string `json:"propertyName"`
		} `json:"filters"`
	}
	if len(r.Filter) == 0 || json.Unmarshal(r.Filter, &groups) != nil {
		return out
	}
	for _, g := range groups {
		for _, f := range g.Filters {
			if !slices.Contains(out, f.PropertyName) {
				out = append(out, f.PropertyName)
			}
		}
	}
	return out
}

// checkRollup refuses a rollup that is wrong; its filter is checked where filters are known.
func (s *Set) checkRollup(d *Definition) error {
	r := d.Rollup
	bad := func(message string) error { return errs.Bad("rollup", "INVALID_ROLLUP", message) }
	of, ok := s.Type(r.Of)
	if !ok {
		return bad(fmt.Sprintf("There is no object type %q.", clip(r.Of)))
	}
	r = &Rollup{of.Name, r.How, r.Property, r.TypeID, r.Filter} // the caller's is left alone
	d.Rollup = r
	theirs := s.catalog.sets[of.Name]
	if err := s.checkChain("rollup", "INVALID_ROLLUP", d.Name, theirs.full(r.Uses())); err != nil {
		return err
	}
	if !slices.Contains([]string{Count, Sum, Min, Max, Average}, r.How) {
		return bad("A rollup is one of count, sum, min, max, average.")
	}
	if r.How == Count {
		if r.Property != "" || d.Type != Number {
			return bad("A count is a number, and of no property.")
		}
		return nil
	}
	used, ok := theirs.Get(r.Property)
	switch {
	case !ok:
		return bad(fmt.Sprintf("There is no property %q of %s.", clip(r.Property), of.Name))
	case used.Type == Number && d.Type == Number:
		return nil
	case (used.Type == Date || used.Type == DateTime) && used.Type == d.Type && (r.How == Min || r.How == Max):
		return nil
	}
	return bad(fmt.Sprintf("The %s of %s cannot be a %s: numbers make numbers, and of dates there are min and max.", r.How, used.Label, d.Type))
}
