// Package copied keeps on tickets what their contacts and companies are called (behaviour.md 3), so that tickets are filtered and sorted
// by it like by all else. It knows whom tickets concern, and nothing of what tickets are.
package copied

import (
	"slices"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/id"
)

const (
	tickets   = "tickets"
	contacts  = "contacts"
	companies = "companies"

	// What a ticket has of its companies.
	companyCount = "hs_num_associated_companies"
	companyID    = "hs_primary_company_id"
	companyName  = "hs_primary_company_name"

	toPrimaryCompany = 26 // HubSpot's type of a ticket's one company that counts

	contactsMost = 50   // of a ticket that are copied, the oldest first
	bytesMost    = 4000 // of one copy
)

// ofContacts are the copies, by the contact's property.
var ofContacts = map[string]string{
	"email": "hs_all_associated_contact_emails", "phone": "hs_all_associated_contact_phones", "mobilephone": "hs_all_associated_contact_mobilephones",
	"firstname": "hs_all_associated_contact_firstnames", "lastname": "hs_all_associated_contact_lastnames",
	"company": "hs_all_associated_contact_companies",
}

// Names are the properties that this package keeps.
func Names() []string {
	out := []string{companyCount, companyID, companyName}
	for _, name := range ofContacts {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// concerned is whom a ticket concerns.
type concerned struct {
	contacts, companies []int64 // in the order in which they came
	primary             int64   // 0 for none
}

func (c *concerned) add(objectType string, n int64, typeID int) {
	switch objectType {
	case contacts:
		if len(c.contacts) < contactsMost && !slices.Contains(c.contacts, n) {
			c.contacts = append(c.contacts, n)
		}
	case companies:
		if !slices.Contains(c.companies, n) {
			c.companies = append(c.companies, n)
		}
		if typeID == toPrimaryCompany {
			c.primary = n
		}
	}
}

// Gather gives new tickets their copies before they are stored.
func Gather(tx *db.Tx, records *record.Store, made []*record.Write) error {
	of := make([]concerned, len(made))
	for i, w := range made {
		for _, l := range w.Links {
			of[i].add(l.ToType, l.ToID, l.TypeID)
		}
	}
	values, err := copies(tx, records, of)
	for i, w := range made {
		for name, v := range values[i] {
			w.Set[name] = v
		}
	}
	return err
}

// current are the copies that tickets should have.
func current(tx *db.Tx, records *record.Store, ids []int64) ([]map[string]string, error) {
	of, place := make([]concerned, len(ids)), make(map[int64]int, len(ids))
	for i, n := range ids {
		place[n] = i
	}
	for _, objectType := range []string{contacts, companies} {
		linked, err := related(tx, objectType, ids)
		if err != nil {
			return nil, err
		}
		for _, l := range linked {
			of[place[l.FromID]].add(objectType, l.ToID, l.TypeID)
		}
	}
	return copies(tx, records, of)
}

// related are the relations of tickets to records of a type that are not in the trash, the oldest first.
func related(tx *db.Tx, objectType string, ids []int64) ([]record.Link, error) {
	var q db.SQL
	q.Add("SELECT a.from_id, a.to_id, a.type_id FROM associations a JOIN "+objectType+
		" t ON t.id = a.to_id WHERE a.from_type = ? AND a.to_type = ? AND t.archived_at IS NULL AND ", tickets, objectType)
	db.In(&q, "a.from_id", db.Padded(ids)).Add(" ORDER BY a.from_id, a.created_at, a.to_id, a.type_id")
	return db.List(tx, func(sc db.Scanner) (l record.Link, err error) { return l, sc.Scan(&l.FromID, &l.ToID, &l.TypeID) }, q.Text(), q.Args()...)
}

// copies reads what is copied for each.
func copies(tx *db.Tx, records *record.Store, of []concerned) ([]map[string]string, error) {
	var people, firms []int64
	for _, c := range of {
		people = append(people, c.contacts...)
		if c.primary != 0 {
			firms = append(firms, c.primary)
		}
	}
	known, err := records.Seen(tx, contacts, people)
	if err != nil {
		return nil, err
	}
	named, err := records.Seen(tx, companies, firms)
	if err != nil {
		return nil, err
	}
	out := make([]map[string]string, len(of))
	for i, c := range of {
		out[i] = map[string]string{companyCount: strconv.Itoa(len(c.companies)), companyID: "", companyName: ""}
		if firm, ok := named[c.primary]; ok {
			out[i][companyID], out[i][companyName] = id.Format(firm.ID), firm.Properties["name"]
		}
		for property, name := range ofContacts {
			out[i][name] = joined(c.contacts, known, property)
		}
	}
	return out, nil
}

// joined is what contacts have of a property, each value once.
func joined(ids []int64, known map[int64]record.Record, property string) string {
	var all []string
	size := 0
	for _, n := range ids {
		v := known[n].Properties[property]
		if v == "" || slices.Contains(all, v) || size+len(v) > bytesMost {
			continue
		}
		all, size = append(all, v), size+len(v)+1
	}
	return strings.Join(all, ";")
}
