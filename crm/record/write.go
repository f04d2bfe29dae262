package record

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Update changes properties; "" clears one. When nothing changes nothing is written. A record in the trash or not visible
// is NotFound; the actor must be allowed to edit it as it was and as it becomes.
func (s *Store) Update(tx *db.Tx, by people.Actor, objectType string, id int64, props map[string]string, reason string) (Record, error) {
	return s.update(tx, by, objectType, id, func(Record) map[string]string { return props }, reason, false)
}

// Derive is Update for values that the program derives: it may set read-only properties and asks for no permission, which
// the caller has checked.
func (s *Store) Derive(tx *db.Tx, by people.Actor, objectType string, id int64, props map[string]string, reason string) (Record, error) {
	return s.update(tx, by, objectType, id, func(Record) map[string]string { return props }, reason, true)
}

// Amend is Derive for values that follow from those there are, such as counts: change sees the record as nobody else changes
// it until the transaction ends.
func (s *Store) Amend(tx *db.Tx, by people.Actor, objectType string, id int64, change func(Record) map[string]string, reason string) (Record, error) {
	return s.update(tx, by, objectType, id, change, reason, true)
}

func (s *Store) update(tx *db.Tx, by people.Actor, objectType string, id int64, change func(Record) map[string]string, reason string, derive bool) (Record, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return Record{}, err
	}
	r, err := s.current(tx, p, id, tx.ForUpdate())
	if err != nil {
		return Record{}, err
	}
	w, err := s.edit(tx, by, p, r, change(r), reason, derive)
	if err != nil {
		return Record{}, err
	}
	if w != nil {
		if err := s.applyOne(tx, by, p, w); err != nil {
			return Record{}, err
		}
		r = p.after(w)
	}
	p.veil(by, &r)
	return r, nil
}

func (s *Store) applyOne(tx *db.Tx, by people.Actor, p *plan, w *Write) error {
	claims, err := s.apply(tx, by, p, []*Write{w})
	if err == nil {
		err = claims.first()
	}
	return err
}

// edit makes an update of a record ready; nothing is stored but what the rules store. Where nothing changes there is no Write.
func (s *Store) edit(tx *db.Tx, by people.Actor, p *plan, r Record, props map[string]string, reason string, derive bool) (*Write, error) {
	if r.Archived || !derive && !by.Scope(people.View, p.t.Name).Allows(ownership(r.get)) {
		return nil, p.notFound()
	}
	if !derive {
		if err := by.Check(people.Edit, p.t.Name, ownership(r.get)); err != nil {
			return nil, err
		}
		props = p.added(props, r)
	}
	set, err := p.normalize(tx, by, props, derive || trusted(by))
	if err != nil {
		return nil, err
	}
	w := &Write{ObjectType: p.t.Name, ID: r.ID, Before: r.Properties, Set: set, Asked: maps.Clone(set), Reason: reason}
	if dropEqual(w); len(w.Set) == 0 {
		return nil, nil
	}
	if err := s.prepare(tx, by, p, w); err != nil {
		return nil, err
	}
	if dropEqual(w); len(w.Set) == 0 {
		return nil, nil
	}
	if !derive {
		if err := by.Check(people.Edit, p.t.Name, ownership(w.Get)); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// editAll updates several records. With a refusal what was stored is unfinished, and the caller must undo it.
func (s *Store) editAll(tx *db.Tx, by people.Actor, p *plan, edits []Edit, reason string) ([]Record, refusals, error) {
	refused := refusals{}
	out := make([]Record, len(edits))
	held, err := s.hold(tx, p, edits)
	if err != nil {
		return nil, nil, err
	}
	var writes []*Write
	var places []int // of writes among edits
	for i, e := range edits {
		r, there := held[e.ID]
		if !there {
			refused[i] = p.notFound()
			continue
		}
		w, err := s.edit(tx, by, p, r, e.Properties, reason, false)
		if err := refused.take(i, err); err != nil {
			return nil, nil, err
		}
		out[i] = r
		if w != nil {
			writes, places = append(writes, w), append(places, i)
		}
	}
	if len(refused) > 0 || len(writes) == 0 {
		return p.veiled(by, out), refused, nil
	}
	claims, err := s.apply(tx, by, p, writes)
	if err != nil {
		return nil, nil, err
	}
	for i, w := range writes {
		out[places[i]] = p.after(w)
		if claims[i] != nil {
			refused[places[i]] = claims[i]
		}
	}
	return p.veiled(by, out), refused, nil
}

// hold reads and locks what is to be updated. Each record may be named once.
func (s *Store) hold(tx *db.Tx, p *plan, edits []Edit) (map[int64]Record, error) {
	ids := make([]int64, 0, len(edits))
	for _, e := range edits {
		if slices.Contains(ids, e.ID) {
			return nil, errs.Newf(errs.Invalid, "Duplicate IDs found in batch input: [%d]", e.ID).WithCode("DUPLICATE_ID")
		}
		ids = append(ids, e.ID)
	}
	out := make(map[int64]Record, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var q db.SQL
	db.In(q.Add(p.read), "id", db.Padded(ids)).Add(" ORDER BY id" + tx.ForUpdate())
	found, err := db.List(tx, p.scanner(), q.Text(), q.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p.t.Name, err)
	}
	for _, r := range found {
		out[r.ID] = r
	}
	return out, nil
}

// apply stores the changes of records that are there. With a refusal they are unfinished, and the caller must undo them.
func (s *Store) apply(tx *db.Tx, by people.Actor, p *plan, writes []*Write) (refusals, error) {
	remember(tx, by, p, writes)
	changed := make([]Changed, len(writes))
	for i, w := range writes {
		changes := make(map[string]Change, len(w.Set))
		for name, v := range p.told(w.Set) {
			changes[name] = Change{From: w.Before[name], To: v}
		}
		changed[i] = Changed{Changes: changes, Reason: w.Reason}
		w.Set[p.updated] = millis(tx)
		if err := p.updateRow(tx, w); err != nil {
			return nil, fmt.Errorf("update %s %d: %w", p.t.Singular, w.ID, err)
		}
	}
	refused, err := claim(tx, p, writes)
	if err != nil || len(refused) > 0 {
		return refused, err
	}
	for i, w := range writes {
		p.keep(tx, p.after(w))
		if len(changed[i].Changes) == 0 {
			s.Touch(tx, p.t.Name, w.ID)
			continue
		}
		p.emit(tx, by, "changed", w.ID, changed[i])
	}
	return nil, nil
}

// after is the record that an update leaves.
func (p *plan) after(w *Write) Record {
	r := Record{ObjectType: p.t.Name, Properties: maps.Clone(w.Before)}
	for name, v := range w.Set {
		if v == "" {
			delete(r.Properties, name)
		} else {
			r.Properties[name] = v
		}
	}
	p.complete(&r)
	return r
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
	p.forget(tx, w.ID)
	q.Add(" WHERE id = ?", w.ID)
	return tx.Later(q.Text(), q.Args()...)
}

// prepare runs the object type's own rules, brings what they set to canonical form, and calculates what depends on it (PROP-1).
func (s *Store) prepare(tx *db.Tx, by people.Actor, p *plan, w *Write) error {
	if err := s.unblocked(tx, by, p, w); err != nil {
		return err
	}
	w.Type = p.t
	p.stamp(by, w)
	rules, ok := s.rules[p.t.Name]
	if !ok {
		rules = s.rules[AnyType]
	}
	if rules != nil {
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
		derived, err := p.normalize(tx, by, derived, true)
		if err != nil {
			return fmt.Errorf("rules of %s: %w", p.t.Name, err)
		}
		maps.Copy(w.Set, derived)
	}
	changed := func(name string) bool { _, ok := w.Set[name]; return ok }
	if w.Create {
		changed = nil
	}
	maps.Copy(w.Set, p.set.Calculate(w.Get, changed))
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

// normalize brings given values to canonical form, or names every bad one at once. What is trusted may be read-only, and is asked
// for neither the property's rules nor who may change it.
func (p *plan) normalize(tx *db.Tx, by people.Actor, given map[string]string, trusted bool) (map[string]string, error) {
	out := make(map[string]string, len(given)+8)
	var bad []errs.Field
	for name, raw := range given {
		d, ok := p.set.Get(name)
		switch {
		case !ok || !trusted && !d.Sees(by):
			bad = append(bad, errs.Field{Name: name, Code: "PROPERTY_DOESNT_EXIST", Message: fmt.Sprintf("Property %q does not exist", clip(name))})
		case !trusted && (d.ReadOnly || !d.Edits(by)), d.Column == "id", d.Name != name:
			bad = append(bad, errs.Field{Name: name, Code: "READ_ONLY_VALUE", Message: fmt.Sprintf("%q is a read only property; its value cannot be set.", name)})
		default:
			v, err := accept(tx, d, raw, trusted)
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
