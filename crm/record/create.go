package record

import (
	"fmt"
	"maps"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// draft is a record that is being made.
type draft struct {
	id     int64 // stays the same when it is made again, because another of its batch was refused
	in     Input
	w      *Write
	links  []Link
	record Record
}

func newDrafts(tx *db.Tx, ins []Input) []*draft {
	out := make([]*draft, len(ins))
	for i, in := range ins {
		out[i] = &draft{id: in.ID, in: in}
		if in.ID == 0 {
			out[i].id = tx.NewID()
		}
	}
	return out
}

// Create makes a record. Bad properties come back together in one Invalid error with a field for each; a taken e-mail
// address of a contact is Conflict CONTACT_EXISTS.
func (s *Store) Create(tx *db.Tx, by people.Actor, objectType string, in Input) (Record, error) {
	made, err := s.CreateMany(tx, by, objectType, []Input{in})
	if err != nil {
		return Record{}, err
	}
	return made[0], nil
}

// makeAll makes records. With a refusal what was stored is unfinished, and the caller must undo it.
func (s *Store) makeAll(tx *db.Tx, by people.Actor, p *plan, drafts []*draft) (refusals, error) {
	refused := refusals{}
	for i, d := range drafts {
		if err := refused.take(i, s.complete(tx, by, p, d)); err != nil {
			return nil, err
		}
	}
	if err := s.reachable(tx, by, drafts, refused); err != nil || len(refused) > 0 {
		return refused, err
	}
	if err := s.gather(tx, p, drafts); err != nil {
		return nil, fmt.Errorf("create %s: %w", p.t.Singular, err)
	}
	writes, err := p.insertRows(tx, drafts)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", p.t.Singular, err)
	}
	if refused, err = claim(tx, p, writes); err != nil || len(refused) > 0 {
		return refused, err
	}
	remember(tx, by, p, writes)
	if refused, err = s.relate(tx, drafts); err != nil || len(refused) > 0 {
		return refused, err
	}
	for _, d := range drafts {
		p.keep(tx, d.record)
		p.emit(tx, by, "created", d.id, Created{Properties: p.told(d.w.Set), Links: linked(d.links), Reason: d.in.Reason})
	}
	return nil, nil
}

// complete checks what a record is made from and lets the rules complete it; nothing is stored but what the rules store.
func (s *Store) complete(tx *db.Tx, by people.Actor, p *plan, d *draft) error {
	if err := p.mayMake(by); err != nil {
		return err
	}
	set, err := p.normalize(tx, by, d.in.Properties, trusted(by))
	if err != nil {
		return err
	}
	empty := func(_, v string) bool { return v == "" }
	maps.DeleteFunc(set, empty)
	if err := p.required(set, trusted(by)); err != nil {
		return err
	}
	if d.links, err = s.Begin(tx, p.t, d.id, d.in.Links); err != nil {
		return err
	}
	if set[p.created] == "" {
		set[p.created] = millis(tx)
	}
	set[p.updated], set[propID] = millis(tx), id.Format(d.id)
	d.w = &Write{ObjectType: p.t.Name, ID: d.id, Create: true, Before: map[string]string{}, Set: set, Links: d.links, Reason: d.in.Reason}
	if err := s.prepare(tx, by, p, d.w); err != nil {
		return err
	}
	set = d.w.Set
	maps.DeleteFunc(set, empty)
	if err := by.Check(people.Create, p.t.Name, ownership(d.w.Get)); err != nil {
		return err
	}
	d.record = Record{ID: d.id, ObjectType: p.t.Name, Properties: set}
	p.complete(&d.record)
	return nil
}

// gather has the rules take what follows from the records that drafts are made with, and calculates what depends on it.
func (s *Store) gather(tx *db.Tx, p *plan, drafts []*draft) error {
	rules, ok := s.rules[p.t.Name].(Gatherer)
	if !ok {
		return nil
	}
	made, before := make([]*Write, len(drafts)), make([]map[string]string, len(drafts))
	for i, d := range drafts {
		made[i], before[i] = d.w, maps.Clone(d.w.Set)
	}
	if err := rules.Gather(tx, s, made); err != nil {
		return err
	}
	for i, w := range made {
		maps.Copy(w.Set, p.set.Calculate(w.Get, func(name string) bool { return w.Set[name] != before[i][name] }))
		maps.DeleteFunc(w.Set, func(_, v string) bool { return v == "" })
	}
	return nil
}

// reachable refuses the drafts that link to records that are not there, or that the actor may not see.
func (s *Store) reachable(tx *db.Tx, by people.Actor, drafts []*draft, refused refusals) error {
	var all []Link
	for _, d := range drafts {
		all = append(all, d.links...)
	}
	if trusted(by) || len(all) == 0 {
		return nil
	}
	err := s.Visible(tx, by, all)
	if err == nil || len(drafts) == 1 {
		return refused.take(0, err)
	}
	for i, d := range drafts { // only now it is worth asking whose link it is
		if err := refused.take(i, s.Visible(tx, by, d.links)); err != nil {
			return err
		}
	}
	return nil
}

// relate stores the relations of drafts, and refuses those whose relations a limit refuses.
func (s *Store) relate(tx *db.Tx, drafts []*draft) (refusals, error) {
	var links []Link
	var whose []int
	for i, d := range drafts {
		for _, l := range d.links {
			links, whose = append(links, l), append(whose, i)
		}
	}
	limited, err := s.AddFirst(tx, links)
	if err != nil {
		return nil, err
	}
	refused := refusals{}
	for i, err := range limited {
		if err := refused.take(whose[i], err); err != nil {
			return nil, err
		}
	}
	return refused, nil
}

// linked is what the event of a new record says of its relations.
func linked(links []Link) []Linked {
	var out []Linked
	for _, l := range links {
		out = append(out, Linked{ToType: l.ToType, ToID: l.ToID, TypeID: l.TypeID})
	}
	return out
}

// insertRows stores the rows of drafts and returns their writes.
func (p *plan) insertRows(tx *db.Tx, drafts []*draft) ([]*Write, error) {
	writes, rows := make([]*Write, len(drafts)), make([][]any, len(drafts))
	for i, d := range drafts {
		row := make([]any, 0, len(p.columns)+2)
		if row = append(row, p.encode(d.w.Set)); p.t.Shared {
			row = append(row, p.t.Name)
		}
		for _, c := range p.columns {
			row = append(row, c.Arg(d.w.Set[c.Name]))
		}
		writes[i], rows[i] = d.w, row
	}
	return writes, p.insert.Later(tx, rows...)
}
