package record

import (
	"maps"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// Recalculate brings the calculation properties of a record up to date (PROP-1), after their formulas changed or while nobody
// watched them. In the trash nothing is calculated; Restore makes up for it.
func (s *Store) Recalculate(tx *db.Tx, by people.Actor, objectType string, id int64, reason string) error {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return err
	}
	r, err := s.one(tx, p, id, tx.ForUpdate())
	if err != nil || r.Archived {
		return err
	}
	w := &Write{ObjectType: p.t.Name, ID: id, Before: r.Properties, Set: p.set.Calculate(r.get, nil), Reason: reason}
	if dropEqual(w); len(w.Set) == 0 {
		return nil
	}
	return s.applyOne(tx, by, p, w)
}

// added spells out what begins with a semicolon: options to add to those that a record has, as HubSpot's clients write it.
func (p *plan) added(props map[string]string, r Record) map[string]string {
	out, cloned := props, false
	for name, v := range props {
		if d, ok := p.set.Get(name); !ok || !strings.HasPrefix(v, ";") || !d.Multi() || r.Properties[name] == "" {
			continue
		}
		if !cloned {
			out, cloned = maps.Clone(props), true // the caller's stays as it is
		}
		out[name] = r.Properties[name] + v
	}
	return out
}

// accept is a value in canonical form; who is not trusted must keep the rules.
func accept(tx *db.Tx, d property.Definition, raw string, trusted bool) (string, error) {
	if trusted {
		return d.Normalize(raw)
	}
	return d.Accept(raw, tx.Now)
}

// Hidden are the properties of an object type whose values the actor may not see (PROP-2), for who shows values that come from
// elsewhere than a record: from events.
func (s *Store) Hidden(tx *db.Tx, by people.Actor, objectType string) ([]string, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, d := range p.set.Restricted() {
		if !d.Sees(by) {
			out = append(out, d.Name)
		}
	}
	return out, nil
}

// veil takes from records the values that the actor may not see (PROP-2).
func (p *plan) veil(by people.Actor, records ...*Record) {
	for _, d := range p.set.Restricted() {
		if !d.Sees(by) {
			for _, r := range records {
				delete(r.Properties, d.Name)
			}
		}
	}
}

// veiled is veil of a list.
func (p *plan) veiled(by people.Actor, found []Record) []Record {
	if len(p.set.Restricted()) > 0 {
		for i := range found {
			p.veil(by, &found[i])
		}
	}
	return found
}
