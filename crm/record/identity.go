package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/crm/phone"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
)

const (
	contacts   = "contacts"
	companies  = "companies"
	tickets    = "tickets"
	propEmail  = "email"
	propEmails = "hs_additional_emails"
	propPhone  = "phone"
	propMobile = "mobilephone"
	kindEmail  = "email"
)

// claim takes what written records alone may have, and gives back what they no longer have: contacts' addresses, and values
// of unique custom properties. What another has is a Conflict of the write that wanted it.
func claim(tx *db.Tx, p *plan, writes []*Write) (refusals, error) {
	var losses []loss
	if p.t.Name == contacts {
		lost, err := claimEmails(tx, writes)
		if err != nil {
			return nil, err
		}
		losses = lost
		if err := claimPhones(tx, writes); err != nil {
			return nil, err
		}
	}
	for _, d := range p.set.Unique() {
		lost, err := claimValues(tx, p, d, writes)
		if err != nil {
			return nil, err
		}
		losses = append(losses, lost...)
	}
	return judge(writes, losses), nil
}

// kindPhone begins the kind of a phone number's rows. The number is part of it, and the value the contact: many share one, as those in
// an office do, and no write is refused for it.
const kindPhone = "phone:"

var insertPhones = db.NewInsert("INSERT INTO contact_identities (kind, value, contact_id)", "ON CONFLICT DO NOTHING")

// claimPhones keeps by which numbers contacts are found (REC-6).
func claimPhones(tx *db.Tx, writes []*Write) error {
	var rows [][]any
	for _, w := range writes {
		_, first := w.Set[propPhone]
		_, mobile := w.Set[propMobile]
		if !first && !mobile {
			continue
		}
		before, after := phones(func(name string) string { return w.Before[name] }), phones(w.Get)
		for _, n := range before {
			if slices.Contains(after, n) {
				continue
			}
			if _, err := tx.Exec("DELETE FROM contact_identities WHERE kind = $1 AND value = $2", kindPhone+n, id.Format(w.ID)); err != nil {
				return err
			}
		}
		for _, n := range after {
			if !slices.Contains(before, n) {
				rows = append(rows, []any{kindPhone + n, id.Format(w.ID), w.ID})
			}
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := insertPhones.Exec(tx, rows...)
	return err
}

// phones are a contact's numbers in E.164. What has no country's code may be anybody's, and names nobody.
func phones(get func(string) string) []string {
	var all []string
	for _, name := range []string{propPhone, propMobile} {
		if n, ok := phone.E164(get(name)); ok && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

// loss is a wish that was not granted, and whose the value is.
type loss struct {
	wish
	holder int64
	err    error
}

// judge refuses who lost a value. Who lost it to a write before it that does not stand either is spared: it may have it next time.
func judge(writes []*Write, losses []loss) refusals {
	if len(losses) == 0 {
		return nil
	}
	refused, falls := refusals{}, make([]bool, len(writes))
	places := make(map[int64]int, len(writes))
	for i, w := range writes {
		places[w.ID] = i
	}
	slices.SortStableFunc(losses, func(a, b loss) int { return a.place - b.place })
	for _, l := range losses {
		falls[l.place] = true
		if i, ours := places[l.holder]; ours && i < l.place && falls[i] {
			continue
		}
		if refused[l.place] == nil {
			refused[l.place] = l.err
		}
	}
	return refused
}

// wish is a value that a write wants for its record alone.
type wish struct {
	place int // of the write
	id    int64
	value string
}

func claimEmails(tx *db.Tx, writes []*Write) ([]loss, error) {
	var wishes []wish
	for i, w := range writes {
		_, first := w.Set[propEmail]
		_, more := w.Set[propEmails]
		if !first && !more {
			continue
		}
		before := addresses(func(name string) string { return w.Before[name] })
		after := addresses(w.Get)
		for _, a := range before {
			if slices.Contains(after, a) {
				continue
			}
			_, err := tx.Exec("DELETE FROM contact_identities WHERE kind = $1 AND value = $2 AND contact_id = $3", kindEmail, a, w.ID)
			if err != nil {
				return nil, err
			}
		}
		for _, a := range after {
			if !slices.Contains(before, a) {
				wishes = append(wishes, wish{i, w.ID, a})
			}
		}
	}
	losses, err := emailsOf.grant(tx, wishes)
	for i, l := range losses {
		// Integrations read the id out of this very sentence.
		losses[i].err = errs.Newf(errs.Conflict, "Contact already exists. Existing ID: %d", l.holder).WithCode("CONTACT_EXISTS").
			WithDetail("id", fmt.Sprint(l.holder))
	}
	return losses, err
}

func claimValues(tx *db.Tx, p *plan, d *property.Definition, writes []*Write) ([]loss, error) {
	var wishes []wish
	for i, w := range writes {
		v, ok := w.Set[d.Name]
		if before := w.Before[d.Name]; ok && before != "" {
			_, err := tx.Exec("DELETE FROM unique_values WHERE object_type = $1 AND property = $2 AND value = $3 AND record_id = $4",
				p.t.Name, d.Name, before, w.ID)
			if err != nil {
				return nil, err
			}
		}
		if v != "" {
			wishes = append(wishes, wish{i, w.ID, v})
		}
	}
	losses, err := valuesOf(p, d.Name).grant(tx, wishes)
	for i, l := range losses {
		losses[i].err = errs.Newf(errs.Conflict, "Another %s has the %s %q already. Existing ID: %d", p.t.Singular, d.Label, clip(l.value), l.holder).
			WithCode("DUPLICATE_VALUE").WithDetail("id", fmt.Sprint(l.holder)).WithDetail("property", d.Name)
	}
	return losses, err
}

// exclusive is a part of a table in which each value has one holder.
type exclusive struct {
	insert *db.Insert // of keys, value and record
	holder string     // SELECT value, record … AND
	keys   []any      // of the part
}

// emailsOf are contacts' addresses.
var emailsOf = exclusive{db.NewInsert("INSERT INTO contact_identities (kind, value, contact_id)", "ON CONFLICT DO NOTHING"),
	"SELECT value, contact_id FROM contact_identities WHERE kind = ? AND ", []any{kindEmail}}

// valuesOf are the values of a unique custom property.
func valuesOf(p *plan, name string) exclusive {
	return exclusive{insertUnique,
		"SELECT value, record_id FROM unique_values WHERE object_type = ? AND property = ? AND ", []any{p.t.Name, name}}
}

var insertUnique = db.NewInsert("INSERT INTO unique_values (object_type, property, value, record_id)", "ON CONFLICT DO NOTHING")

// grant stores wishes, and returns those whose value another record has.
func (e exclusive) grant(tx *db.Tx, wishes []wish) ([]loss, error) {
	if len(wishes) == 0 {
		return nil, nil
	}
	rows, values := make([][]any, len(wishes)), make([]string, len(wishes))
	for i, k := range wishes {
		rows[i] = append(slices.Clone(e.keys), k.value, k.id)
		values[i] = k.value
	}
	// No error on a conflict: PostgreSQL would end the transaction with it.
	n, err := e.insert.Exec(tx, rows...)
	if err != nil || n == int64(len(rows)) {
		return nil, err
	}
	have, err := e.holders(tx, values)
	if err != nil {
		return nil, err
	}
	var lost []loss
	for _, k := range wishes {
		if holder := have[k.value]; holder != k.id {
			lost = append(lost, loss{wish: k, holder: holder})
		}
	}
	return lost, nil
}

// holders are the records that have values.
func (e exclusive) holders(tx *db.Tx, values []string) (map[string]int64, error) {
	out := make(map[string]int64, len(values))
	if len(values) == 0 {
		return out, nil
	}
	var q db.SQL
	db.In(q.Add(e.holder, e.keys...), "value", db.Padded(values))
	_, err := db.List(tx, func(sc db.Scanner) (id int64, err error) {
		var value string
		err = sc.Scan(&value, &id)
		out[value] = id
		return id, err
	}, q.Text(), q.Args()...)
	return out, err
}

// addresses are all e-mail addresses of a contact, the first one in front.
func addresses(get func(string) string) []string {
	var all []string
	if a := get(propEmail); a != "" {
		all = append(all, a)
	}
	for a := range strings.SplitSeq(get(propEmails), ";") {
		if a != "" && !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}

// release gives back all that a record alone had.
func release(tx *db.Tx, p *plan, id int64) error {
	if p.t.Name == contacts {
		if _, err := tx.Exec("DELETE FROM contact_identities WHERE contact_id = $1", id); err != nil {
			return err
		}
	}
	if len(p.set.Unique()) == 0 {
		return nil
	}
	_, err := tx.Exec("DELETE FROM unique_values WHERE object_type = $1 AND record_id = $2", p.t.Name, id)
	return err
}

// FindBy returns the living record that has a value of a property that names one record: the id, a contact's e-mail
// address (secondary ones too, REC-6), a unique custom property, or a company's domain, of which the oldest counts.
// Whoever asks may not see it: read it with Get.
func (s *Store) FindBy(tx *db.Tx, objectType, name, value string) (id int64, ok bool, err error) {
	found, err := s.FindAll(tx, objectType, name, []string{value})
	id, ok = found[value]
	return id, ok, err
}

// FindAll is FindBy for several values: the ids of those that there are.
func (s *Store) FindAll(tx *db.Tx, objectType, name string, values []string) (map[string]int64, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return nil, err
	}
	if len(values) > idsMost {
		return nil, errs.Bad("ids", "TOO_MANY", fmt.Sprintf("At most %d ids at a time.", idsMost))
	}
	d, known := p.set.Get(name)
	if !known {
		return nil, errs.Bad(name, "PROPERTY_DOESNT_EXIST", fmt.Sprintf("There is no property %q.", clip(name)))
	}
	canonical := make(map[string]string, len(values)) // by the value as it was given
	var asked []string
	for _, given := range values {
		v, err := d.Normalize(given)
		if err != nil {
			return nil, err
		}
		if canonical[given] = v; v != "" && !slices.Contains(asked, v) {
			asked = append(asked, v)
		}
	}
	have, err := p.named(tx, d, asked)
	if err != nil {
		return nil, err
	}
	out := make(map[string]int64, len(have))
	for given, v := range canonical {
		if id, ok := have[v]; ok {
			out[given] = id
		}
	}
	return out, nil
}

// named are the living records that have values of a property that names one.
func (p *plan) named(tx *db.Tx, d property.Definition, values []string) (map[string]int64, error) {
	switch {
	case len(values) == 0:
		return nil, nil
	case d.Name == propID:
		ids := make([]int64, len(values))
		for i, v := range values {
			ids[i] = number(v)
		}
		return p.byID(tx, ids)
	case p.t.Name == contacts && (d.Name == propEmail || d.Name == propEmails):
		return emailsOf.holders(tx, values)
	case p.t.Name == companies && d.Name == "domain":
		return byColumn(tx, p, "domain", "domain", values)
	case d.Unique:
		return valuesOf(p, d.Name).holders(tx, values)
	}
	return nil, errs.Bad(d.Name, "NOT_UNIQUE", fmt.Sprintf("%s does not name one record.", d.Label))
}

// byID are the living records of ids, and those that merged ones were merged into.
func (p *plan) byID(tx *db.Tx, ids []int64) (map[string]int64, error) {
	out, err := byColumn(tx, p, "CAST(id AS TEXT)", "id", ids)
	if err != nil || len(out) == len(ids) {
		return out, err
	}
	known, err := relation.Survivors(tx, ids)
	for merged, survivor := range known {
		out[fmt.Sprint(merged)] = survivor
	}
	return out, err
}

// byColumn are the living records by the values of a column; of several with one value the oldest counts.
func byColumn[T any](tx *db.Tx, p *plan, shown, column string, values []T) (map[string]int64, error) {
	var q db.SQL
	db.In(q.Add("SELECT "+shown+", min(id) FROM "+p.t.From()), column, db.Padded(values)).Add(" AND archived_at IS NULL GROUP BY " + column)
	out := make(map[string]int64, len(values))
	_, err := db.List(tx, func(sc db.Scanner) (id int64, err error) {
		var value string
		err = sc.Scan(&value, &id)
		out[value] = id
		return id, err
	}, q.Text(), q.Args()...)
	return out, err
}
