package record

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// trusted reports whether the program itself acts. It may set read-only properties and leave required ones empty.
func trusted(by people.Actor) bool {
	return by.Kind == event.System || by.Kind == event.Automation || by.Kind == event.Channel
}

// Create makes a record. Bad properties come back together in one Invalid error with a field for each; a taken e-mail
// address of a contact is Conflict CONTACT_EXISTS.
func (s *Store) Create(tx *db.Tx, by people.Actor, objectType string, in Input) (Record, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return Record{}, err
	}
	if err := p.mayMake(by); err != nil {
		return Record{}, err
	}
	set, err := p.normalize(in.Properties, trusted(by))
	if err != nil {
		return Record{}, err
	}
	maps.DeleteFunc(set, func(_, v string) bool { return v == "" })
	if err := p.required(set, trusted(by)); err != nil {
		return Record{}, err
	}
	w := &Write{ObjectType: p.t.Name, ID: tx.NewID(), Create: true, Before: map[string]string{}, Set: set, Reason: in.Reason}
	if set[p.created] == "" {
		set[p.created] = millis(tx)
	}
	set[p.updated] = millis(tx)
	if err := s.prepare(tx, by, p, w); err != nil {
		return Record{}, err
	}
	set = w.Set
	set[propID] = id.Format(w.ID)
	maps.DeleteFunc(set, func(_, v string) bool { return v == "" })
	if err := by.Check(people.Create, p.t.Name, ownership(w.Get)); err != nil {
		return Record{}, err
	}
	r := Record{ID: w.ID, ObjectType: p.t.Name, Properties: set}
	p.complete(&r)
	if err := p.insertRow(tx, set); err != nil {
		return Record{}, fmt.Errorf("create %s: %w", p.t.Singular, err)
	}
	if err := claim(tx, p, w); err != nil {
		return Record{}, err
	}
	links, err := s.firstLinks(tx, by, p, w.ID, in.Links)
	if err != nil {
		return Record{}, err
	}
	if err := remember(tx, by, p, w.ID, set, in.Reason); err != nil {
		return Record{}, err
	}
	p.emit(tx, by, "created", w.ID, Created{Properties: maps.Clone(set), Links: links, Reason: in.Reason})
	return r, nil
}

// mayMake refuses people and apps records that show what is kept elsewhere: they cannot be made or deleted here.
func (p *plan) mayMake(by people.Actor) error {
	if !p.t.Mirror || trusted(by) {
		return nil
	}
	return errs.Newf(errs.Denied, "%s cannot be created or deleted here.", p.t.LabelPlural)
}

func (p *plan) insertRow(tx *db.Tx, set map[string]string) error {
	props, err := p.encode(set)
	if err != nil {
		return err
	}
	args := make([]any, 0, len(p.columns)+1)
	args = append(args, props)
	for _, d := range p.columns {
		args = append(args, d.Arg(set[d.Name]))
	}
	_, err = tx.Exec(p.insert, args...)
	return err
}

// Update changes properties; "" clears one. When nothing changes nothing is written. A record in the trash or not visible
// is NotFound; the actor must be allowed to edit it as it was and as it becomes.
func (s *Store) Update(tx *db.Tx, by people.Actor, objectType string, id int64, props map[string]string, reason string) (Record, error) {
	return s.update(tx, by, objectType, id, props, reason, false)
}

// Derive is Update for values that the program derives: it may set read-only properties and asks for no permission, which
// the caller has checked.
func (s *Store) Derive(tx *db.Tx, by people.Actor, objectType string, id int64, props map[string]string, reason string) (Record, error) {
	return s.update(tx, by, objectType, id, props, reason, true)
}

func (s *Store) update(tx *db.Tx, by people.Actor, objectType string, id int64, props map[string]string, reason string, derive bool) (Record, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return Record{}, err
	}
	r, err := s.one(tx, p, id, tx.ForUpdate())
	if err != nil {
		return Record{}, err
	}
	if r.Archived || !derive && !by.Scope(people.View, p.t.Name).Allows(ownership(r.get)) {
		return Record{}, p.notFound()
	}
	if !derive {
		if err := by.Check(people.Edit, p.t.Name, ownership(r.get)); err != nil {
			return Record{}, err
		}
	}
	set, err := p.normalize(props, derive || trusted(by))
	if err != nil {
		return Record{}, err
	}
	w := &Write{ObjectType: p.t.Name, ID: id, Before: r.Properties, Set: set, Asked: maps.Clone(set), Reason: reason}
	if dropEqual(w); len(w.Set) == 0 {
		return r, nil
	}
	if err := s.prepare(tx, by, p, w); err != nil {
		return Record{}, err
	}
	if dropEqual(w); len(w.Set) == 0 {
		return r, nil
	}
	if !derive {
		if err := by.Check(people.Edit, p.t.Name, ownership(w.Get)); err != nil {
			return Record{}, err
		}
	}
	return s.apply(tx, by, p, r, w)
}

// apply stores the changes of a record that is there.
func (s *Store) apply(tx *db.Tx, by people.Actor, p *plan, r Record, w *Write) (Record, error) {
	changes := make(map[string]Change, len(w.Set))
	for name, v := range w.Set {
		changes[name] = Change{From: w.Before[name], To: v}
	}
	delete(changes, p.updated)
	if err := remember(tx, by, p, w.ID, w.Set, w.Reason); err != nil {
		return Record{}, err
	}
	w.Set[p.updated] = millis(tx)
	if err := p.updateRow(tx, w); err != nil {
		return Record{}, fmt.Errorf("update %s %d: %w", p.t.Singular, w.ID, err)
	}
	if err := claim(tx, p, w); err != nil {
		return Record{}, err
	}
	after := Record{ID: r.ID, ObjectType: r.ObjectType, Properties: maps.Clone(r.Properties)}
	for name, v := range w.Set {
		if v == "" {
			delete(after.Properties, name)
		} else {
			after.Properties[name] = v
		}
	}
	p.complete(&after)
	p.emit(tx, by, "changed", w.ID, Changed{Changes: changes, Reason: w.Reason})
	return after, nil
}

func (p *plan) updateRow(tx *db.Tx, w *Write) error {
	var q db.SQL
	q.Add("UPDATE " + p.t.Table + " SET ")
	patch := map[string]*string{}
	for name, v := range w.Set {
		if _, hot := p.column[name]; hot {
			continue
		}
		patch[name] = nil
		if v != "" {
			patch[name] = &v
		}
	}
	first := true
	for _, d := range p.columns { // in their order, so that equal sets of changes are equal statements
		if v, ok := w.Set[d.Name]; ok {
			if !first {
				q.Add(", ")
			}
			first = false
			q.Add(d.Column+" = ?", d.Arg(v))
		}
	}
	if len(patch) > 0 {
		raw, err := json.Marshal(patch)
		if err != nil {
			return err
		}
		if !first {
			q.Add(", ")
		}
		q.Add("props = "+tx.MergeJSON("props", "?"), string(raw))
	}
	_, err := q.Add(" WHERE id = ?", w.ID).Exec(tx)
	return err
}

// prepare runs the object type's own rules and brings what they set to canonical form.
func (s *Store) prepare(tx *db.Tx, by people.Actor, p *plan, w *Write) error {
	rules := s.rules[p.t.Name]
	if rules == nil {
		return nil
	}
	given := maps.Clone(w.Set)
	if err := rules.Prepare(tx, by, w); err != nil {
		return ofProperties(err, w.Create)
	}
	derived := map[string]string{}
	for name, v := range w.Set {
		if old, ok := given[name]; !ok || old != v {
			derived[name] = v
		}
	}
	derived, err := p.normalize(derived, true)
	if err != nil {
		return fmt.Errorf("rules of %s: %w", p.t.Name, err)
	}
	maps.Copy(w.Set, derived)
	return nil
}

// ofProperties marks what rules refuse of single properties as normalize and required do.
func ofProperties(err error, create bool) error {
	e := errs.As(err)
	if e == nil || e.Kind != errs.Invalid || e.Code != "" || len(e.Fields) == 0 {
		return err
	}
	out := *e
	out.Code = codeValues
	if create && !slices.ContainsFunc(e.Fields, func(f errs.Field) bool { return f.Code != codeRequired }) {
		out.Code = codeRequired
	}
	return &out
}

// The codes of errors that name the properties that are wrong in their Fields.
const (
	codeValues   = "PROPERTY_VALUES"
	codeRequired = "REQUIRED"
)

// dropEqual removes what would not change.
func dropEqual(w *Write) {
	maps.DeleteFunc(w.Set, func(name, v string) bool { return w.Before[name] == v })
}

// normalize brings given values to canonical form, or names every bad one at once.
func (p *plan) normalize(given map[string]string, readOnlyToo bool) (map[string]string, error) {
	out := make(map[string]string, len(given)+8)
	var bad []errs.Field
	for name, raw := range given {
		d, ok := p.set.Get(name)
		switch {
		case !ok:
			bad = append(bad, errs.Field{Name: name, Code: "PROPERTY_DOESNT_EXIST", Message: fmt.Sprintf("Property %q does not exist", clip(name))})
		case d.ReadOnly && !readOnlyToo, d.Column == "id":
			bad = append(bad, errs.Field{Name: name, Code: "READ_ONLY_VALUE", Message: fmt.Sprintf("%q is a read only property; its value cannot be set.", name)})
		default:
			v, err := d.Normalize(raw)
			if e := errs.As(err); e != nil {
				bad = append(bad, e.Fields...)
			}
			if v == "" && d.NotNull && err == nil {
				bad = append(bad, errs.Field{Name: name, Code: codeRequired, Message: fmt.Sprintf("%s cannot be empty.", d.Label)})
			}
			out[name] = v
		}
	}
	if len(bad) == 0 {
		return out, nil
	}
	slices.SortFunc(bad, func(a, b errs.Field) int { return strings.Compare(a.Name, b.Name) })
	return nil, &errs.Error{Kind: errs.Invalid, Code: codeValues, Message: "Property values were not valid", Fields: bad}
}

func clip(s string) string {
	if len(s) > 100 {
		return strings.ToValidUTF8(s[:100], "") + "…"
	}
	return s
}

// required refuses a new record that lacks what its type needs (PROP-5). What the program makes completes itself.
func (p *plan) required(set map[string]string, trusted bool) error {
	var missing []errs.Field
	for _, name := range p.t.Required {
		if set[name] == "" && !trusted {
			missing = append(missing, errs.Field{Name: name, Code: codeRequired, Message: fmt.Sprintf("%s is required.", name)})
		}
	}
	if missing == nil {
		return nil
	}
	return &errs.Error{Kind: errs.Invalid, Code: codeRequired, Fields: missing,
		Message: fmt.Sprintf("Error creating %s. Some required properties were not set.", strings.ToUpper(p.t.Singular))}
}

func (p *plan) emit(tx *db.Tx, by people.Actor, what string, id int64, data any) {
	event.Emit(tx, event.Event{Type: p.t.Events + "." + what, ObjectType: p.t.Name, ObjectID: id, Actor: by.As(), Data: data})
}

const insertChanges = "INSERT INTO record_changes (id, object_type, record_id, at, actor_kind, actor_id, reason, changes)"

// remember keeps the new values (PROP-4), but for when the record was changed, which the row's own time says.
func remember(tx *db.Tx, by people.Actor, p *plan, id int64, set map[string]string, reason string) error {
	kept := maps.Clone(set)
	delete(kept, p.updated)
	raw, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	tx.StoreLast(insertChanges, tx.NewID(), p.t.Name, id, tx.Micros(), string(by.Kind), by.ID, reason, string(raw))
	return nil
}
