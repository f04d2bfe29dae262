package record

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/crm/phone"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// contactToPrimaryCompany is HubSpot's id of the type.
const contactToPrimaryCompany = 1

// EnsureContact returns the contact that has an e-mail address, ignoring case (REC-6), and makes it if there is none. A
// contact without a name gets the given one. A new contact is related to the company of the address's domain, if there is one.
// It asks for no permission: whoever writes to us becomes a contact.
func (s *Store) EnsureContact(tx *db.Tx, by people.Actor, email, name string) (r Record, created bool, err error) {
	p, err := s.plan(tx, contacts)
	if err != nil {
		return Record{}, false, err
	}
	d, _ := p.set.Get(propEmail)
	if email, err = d.Normalize(email); err != nil {
		return Record{}, false, err
	}
	if email == "" {
		return Record{}, false, property.Required(d)
	}
	if err := tx.LockNext("contact:" + email); err != nil {
		return Record{}, false, err
	}
	r, ok, err := db.One(tx, p.scanner(), p.read+"id = (SELECT contact_id FROM contact_identities WHERE kind = $1 AND value = $2)", kindEmail, email)
	if err != nil {
		return Record{}, false, fmt.Errorf("read contact of an address: %w", err)
	}
	if ok {
		r, err = s.named(tx, by, p.saw(tx, r), name)
		return r, false, err
	}
	in := Input{Properties: nameOf(name)}
	in.Properties[propEmail] = email
	_, domain, _ := strings.Cut(email, "@")
	company, ok, err := s.FindBy(tx, companies, "domain", domain)
	if err == nil && ok {
		in.Links = []Link{{ToType: companies, ToID: company, TypeID: contactToPrimaryCompany}}
	}
	return s.newcomer(tx, by, in)
}

// EnsureContactByPhone is EnsureContact for who calls or writes from a phone number with its country's code, in any form. Of several
// who share the number it is the one who has been a contact longest.
func (s *Store) EnsureContactByPhone(tx *db.Tx, by people.Actor, number, name string) (r Record, created bool, err error) {
	p, err := s.plan(tx, contacts)
	if err != nil {
		return Record{}, false, err
	}
	e164, ok := phone.E164(number)
	if !ok {
		return Record{}, false, errs.Bad(propPhone, "INVALID_PHONE_NUMBER", "A phone number must begin with + and the country's code, such as +31 20 123 4567.")
	}
	if err := tx.LockNext("contact:" + e164); err != nil {
		return Record{}, false, err
	}
	r, ok, err = db.One(tx, p.scanner(), p.read+"id = (SELECT min(contact_id) FROM contact_identities WHERE kind = $1)", kindPhone+e164)
	if err != nil {
		return Record{}, false, fmt.Errorf("read contact of a phone number: %w", err)
	}
	if ok {
		r, err = s.named(tx, by, p.saw(tx, r), name)
		return r, false, err
	}
	in := Input{Properties: nameOf(name)}
	in.Properties[propPhone] = e164
	return s.newcomer(tx, by, in)
}

// named gives a contact without a name the one that a message claims.
func (s *Store) named(tx *db.Tx, by people.Actor, r Record, name string) (Record, error) {
	props := nameOf(name)
	if r.Properties["firstname"] != "" || r.Properties["lastname"] != "" || len(props) == 0 {
		return r, nil
	}
	return s.Derive(tx, by, contacts, r.ID, props, "")
}

// newcomer makes a contact of who writes to us, whatever the actor may do.
func (s *Store) newcomer(tx *db.Tx, by people.Actor, in Input) (Record, bool, error) {
	r, err := s.Create(tx, people.Actor{Kind: by.Kind, ID: by.ID, Name: by.Name, SuperAdmin: true}, contacts, in)
	return r, err == nil, err
}

func nameOf(name string) map[string]string {
	props := map[string]string{}
	if first, last := splitName(name); first != "" || last != "" {
		props["firstname"], props["lastname"] = first, last
	}
	return props
}

const nameMost = 200 // bytes of a name that a message claims

// splitName takes "Ada Lovelace" and "Lovelace, Ada" apart. What looks like an address is no name.
func splitName(name string) (first, last string) {
	name = strings.Join(strings.Fields(strings.ToValidUTF8(name, "")), " ")
	name = strings.Trim(name, `"' `)
	if name == "" || len(name) > nameMost || strings.Contains(name, "@") {
		return "", ""
	}
	if before, after, ok := strings.Cut(name, ", "); ok && !strings.Contains(after, ",") {
		return after, before
	}
	if i := strings.LastIndexByte(name, ' '); i > 0 {
		return name[:i], name[i+1:]
	}
	return name, ""
}

// hashOf is how a blocked address is kept: nobody reads it out of there.
func hashOf(email string) string {
	sum := sha256.Sum256([]byte("deskbell:" + strings.ToLower(strings.TrimSpace(email))))
	return hex.EncodeToString(sum[:])
}

// BlockEmail keeps an e-mail address from being given to a contact by people, apps and imports (REC-5). Who writes to us from it becomes
// a contact all the same.
func (s *Store) BlockEmail(tx *db.Tx, email string) error {
	_, err := tx.Exec("INSERT INTO blocked_identities (kind, hash, at) VALUES ($1, $2, $3) ON CONFLICT (kind, hash) DO NOTHING", kindEmail, hashOf(email), tx.Micros())
	s.blocked.Invalidate(tx)
	return err
}

func loadBlocked(tx *db.Tx) (map[string]bool, error) {
	hashes, err := db.List(tx, db.Col[string], "SELECT hash FROM blocked_identities WHERE kind = $1", kindEmail)
	out := make(map[string]bool, len(hashes))
	for _, h := range hashes {
		out[h] = true
	}
	return out, err
}

// unblocked refuses a write that gives a contact an address whose owner had themself erased.
func (s *Store) unblocked(tx *db.Tx, by people.Actor, p *plan, w *Write) error {
	_, first := w.Set[propEmail]
	_, more := w.Set[propEmails]
	if p.t.Name != contacts || !first && !more || trusted(by) {
		return nil
	}
	blocked, err := s.blocked.Get(tx)
	if err != nil || len(blocked) == 0 {
		return err
	}
	had := addresses(func(name string) string { return w.Before[name] })
	for _, a := range addresses(w.Get) {
		if blocked[hashOf(a)] && !slices.Contains(had, a) {
			return errs.Bad(propEmail, "EMAIL_BLOCKED", "This e-mail address was deleted on its owner's request, and cannot be used again.")
		}
	}
	return nil
}

// Identity is what names exactly one living contact besides an e-mail address.
type Identity struct {
	Kind, Value string
	Set         map[string]string // what a contact that is made for it has
}

// EnsureKnown returns the contact that has an identity, and makes it if there is none. As EnsureContact it asks for no permission.
func (s *Store) EnsureKnown(tx *db.Tx, by people.Actor, known Identity, name string) (r Record, err error) {
	p, err := s.plan(tx, contacts)
	if err != nil {
		return Record{}, err
	}
	if err := tx.LockNext("contact:" + known.Kind + ":" + known.Value); err != nil {
		return Record{}, err
	}
	r, ok, err := db.One(tx, p.scanner(), p.read+"id = (SELECT contact_id FROM contact_identities WHERE kind = $1 AND value = $2)", known.Kind, known.Value)
	if err != nil {
		return r, err
	}
	if ok {
		return p.saw(tx, r), nil
	}
	in := Input{Properties: map[string]string{}}
	maps.Copy(in.Properties, known.Set)
	if first, last := splitName(name); first != "" || last != "" {
		in.Properties["firstname"], in.Properties["lastname"] = first, last
	}
	r, err = s.Create(tx, people.Actor{Kind: by.Kind, ID: by.ID, Name: by.Name, SuperAdmin: true}, contacts, in)
	if err != nil {
		return r, err
	}
	_, err = tx.Exec("INSERT INTO contact_identities (kind, value, contact_id) VALUES ($1, $2, $3)", known.Kind, known.Value, r.ID)
	return r, err
}

// companyOf are the companies of a contact, the one that counts in front.
const companyOf = `id = (SELECT a.to_id FROM associations a JOIN companies c ON c.id = a.to_id
WHERE a.from_type = 'contacts' AND a.from_id = $1 AND a.to_type = 'companies' AND c.archived_at IS NULL
ORDER BY CASE a.type_id WHEN $2 THEN 0 ELSE 1 END, a.created_at, a.to_id LIMIT 1)`

// CompanyOf reads the company that a contact is of: the primary one, else the one that it has been related to for the longest time.
func (s *Store) CompanyOf(tx *db.Tx, contact int64) (r Record, ok bool, err error) {
	p, err := s.plan(tx, companies)
	if err != nil {
		return Record{}, false, err
	}
	if r, ok, err = db.One(tx, p.scanner(), p.read+companyOf, contact, contactToPrimaryCompany); err != nil || !ok {
		return Record{}, false, err
	}
	return p.saw(tx, r), true, nil
}

const selectPhones = "SELECT id, coalesce(phone, ''), coalesce(props->>'" + propMobile + "', '') FROM contacts WHERE id > $1 AND archived_at IS NULL ORDER BY id LIMIT 500"

// FillPhones keeps the phone numbers of some contacts behind an id, of the time before those were kept apart (REC-6). It returns the last
// one's id; 0 when there are no more.
func (s *Store) FillPhones(tx *db.Tx, after int64) (last int64, err error) {
	var writes []*Write
	_, err = db.List(tx, func(sc db.Scanner) (struct{}, error) {
		var id int64
		var first, mobile string
		err := sc.Scan(&id, &first, &mobile)
		writes = append(writes, &Write{ID: id, Set: map[string]string{propPhone: first, propMobile: mobile}})
		return struct{}{}, err
	}, selectPhones+tx.ForUpdate(), after)
	if err != nil || len(writes) == 0 {
		return 0, err
	}
	return writes[len(writes)-1].ID, claimPhones(tx, writes)
}
