package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
)

const (
	contacts   = "contacts"
	companies  = "companies"
	tickets    = "tickets"
	propEmail  = "email"
	propEmails = "hs_additional_emails"
	kindEmail  = "email"
)

// claim takes what a written record alone may have, and gives back what it no longer has: a contact's addresses, and
// values of unique custom properties. What another has is a Conflict.
func claim(tx *db.Tx, p *plan, w *Write) error {
	if p.t.Name == contacts {
		if err := claimEmails(tx, w); err != nil {
			return err
		}
	}
	for _, d := range p.set.Unique() {
		v, ok := w.Set[d.Name]
		if !ok {
			continue
		}
		if err := claimValue(tx, p, d, w.ID, w.Before[d.Name], v); err != nil {
			return err
		}
	}
	return nil
}

func claimEmails(tx *db.Tx, w *Write) error {
	_, first := w.Set[propEmail]
	_, more := w.Set[propEmails]
	if !first && !more {
		return nil
	}
	before := addresses(func(name string) string { return w.Before[name] })
	after := addresses(w.Get)
	for _, a := range before {
		if slices.Contains(after, a) {
			continue
		}
		_, err := tx.Exec("DELETE FROM contact_identities WHERE kind = $1 AND value = $2 AND contact_id = $3", kindEmail, a, w.ID)
		if err != nil {
			return err
		}
	}
	for _, a := range after {
		if slices.Contains(before, a) {
			continue
		}
		// No error on a conflict: PostgreSQL would end the transaction with it.
		n, err := tx.Exec(`INSERT INTO contact_identities (kind, value, contact_id) VALUES ($1, $2, $3)
ON CONFLICT (kind, value) DO NOTHING`, kindEmail, a, w.ID)
		if err != nil {
			return fmt.Errorf("take address: %w", err)
		}
		if n == 1 {
			continue
		}
		other, err := db.Value[int64](tx, selectIdentity, kindEmail, a)
		if err != nil {
			return err
		}
		// Integrations read the id out of this very sentence.
		return errs.Newf(errs.Conflict, "Contact already exists. Existing ID: %d", other).WithCode("CONTACT_EXISTS").
			WithDetail("id", fmt.Sprint(other))
	}
	return nil
}

const selectIdentity = "SELECT contact_id FROM contact_identities WHERE kind = $1 AND value = $2"

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

func claimValue(tx *db.Tx, p *plan, d *property.Definition, id int64, before, after string) error {
	if before != "" {
		_, err := tx.Exec("DELETE FROM unique_values WHERE object_type = $1 AND property = $2 AND value = $3 AND record_id = $4",
			p.t.Name, d.Name, before, id)
		if err != nil {
			return err
		}
	}
	if after == "" {
		return nil
	}
	n, err := tx.Exec(`INSERT INTO unique_values (object_type, property, value, record_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (object_type, property, value) DO NOTHING`, p.t.Name, d.Name, after, id)
	if err != nil || n == 1 {
		return err
	}
	other, err := db.Value[int64](tx, selectUnique, p.t.Name, d.Name, after)
	if err != nil {
		return err
	}
	return errs.Newf(errs.Conflict, "Another %s has the %s %q already. Existing ID: %d", p.t.Singular, d.Label, clip(after), other).
		WithCode("DUPLICATE_VALUE").WithDetail("id", fmt.Sprint(other)).WithDetail("property", d.Name)
}

const selectUnique = "SELECT record_id FROM unique_values WHERE object_type = $1 AND property = $2 AND value = $3"

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
	p, err := s.plan(tx, objectType)
	if err != nil {
		return 0, false, err
	}
	d, known := p.set.Get(name)
	if !known {
		return 0, false, errs.Bad(name, "PROPERTY_DOESNT_EXIST", fmt.Sprintf("There is no property %q.", clip(name)))
	}
	if value, err = d.Normalize(value); err != nil || value == "" {
		return 0, false, err
	}
	switch {
	case name == propID:
		return db.One(tx, db.Col[int64], "SELECT id FROM "+p.t.From()+"id = $1 AND archived_at IS NULL", d.Arg(value))
	case p.t.Name == contacts && (name == propEmail || name == propEmails):
		return db.One(tx, db.Col[int64], selectIdentity, kindEmail, value)
	case p.t.Name == companies && name == "domain":
		return db.One(tx, db.Col[int64], "SELECT id FROM companies WHERE domain = $1 AND archived_at IS NULL ORDER BY id LIMIT 1", value)
	case d.Unique:
		return db.One(tx, db.Col[int64], selectUnique, p.t.Name, name, value)
	}
	return 0, false, errs.Bad(name, "NOT_UNIQUE", fmt.Sprintf("%s does not name one record.", d.Label))
}
