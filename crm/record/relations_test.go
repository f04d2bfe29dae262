package record_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// links shows the other ends as "id/type" in order.
func (k *desk) links(t testing.TB, fromType string, id int64, toType string) (out []string) {
	t.Helper()
	k.see(t, func(tx *db.Tx) error {
		all, err := k.Associated(tx, people.System, fromType, []int64{id}, toType)
		for _, a := range all[id] {
			out = append(out, fmt.Sprintf("%d/%d", a.ID, a.TypeID))
		}
		return err
	})
	return out
}

func TestAssociationsAreSeenFromBothEnds(t *testing.T) { // REC-1
	each(t, func(t *testing.T, k *desk) {
		contact := k.make(t, "contacts", map[string]string{"email": "a@example.com"})
		acme := k.make(t, "companies", map[string]string{"name": "Acme"})
		bolt := k.make(t, "companies", map[string]string{"name": "Bolt"})
		ticket := k.make(t, "tickets", map[string]string{"subject": "s"}, record.Link{ToType: "contact", ToID: contact.ID},
			record.Link{ToType: "companies", ToID: acme.ID, TypeID: 26})
		k.seen.types()
		check := func(fromType string, id int64, toType string, want ...string) {
			t.Helper()
			if got := k.links(t, fromType, id, toType); !slices.Equal(got, want) {
				t.Errorf("%s to %s: %v, want %v", fromType, toType, got, want)
			}
		}
		at := func(r record.Record, typeID int) string { return fmt.Sprintf("%d/%d", r.ID, typeID) }
		check("tickets", ticket.ID, "contacts", at(contact, 16))
		check("contacts", contact.ID, "tickets", at(ticket, 15))
		check("tickets", ticket.ID, "companies", at(acme, 26), at(acme, 339))
		check("companies", acme.ID, "tickets", at(ticket, 25), at(ticket, 340))

		link := record.Link{FromType: "tickets", FromID: ticket.ID, ToType: "companies", ToID: bolt.ID, TypeID: 26}
		for range 2 {
			k.do(t, func(tx *db.Tx) error { return k.Associate(tx, people.System, link) })
		}
		check("tickets", ticket.ID, "companies", at(acme, 339), at(bolt, 26), at(bolt, 339))
		want := []string{"ticket.dissociated", "company.dissociated", "ticket.associated", "company.associated", "ticket.associated", "company.associated"}
		if got := k.seen.types(); !slices.Equal(got, want) {
			t.Errorf("events %v", got)
		}
		k.do(t, func(tx *db.Tx) error {
			return k.Associate(tx, people.System, record.Link{FromType: "companies", FromID: acme.ID, ToType: "tickets", ToID: ticket.ID, TypeID: 25})
		})
		check("tickets", ticket.ID, "companies", at(acme, 26), at(acme, 339), at(bolt, 339))
		k.do(t, func(tx *db.Tx) error {
			link.TypeID = 0
			return k.Dissociate(tx, people.System, link)
		})
		check("companies", bolt.ID, "tickets")
		k.do(t, func(tx *db.Tx) error { return k.Archive(tx, people.System, "companies", acme.ID) })
		check("tickets", ticket.ID, "companies")
		k.do(t, func(tx *db.Tx) error { return k.Restore(tx, people.System, "companies", acme.ID) })
		check("tickets", ticket.ID, "companies", at(acme, 26), at(acme, 339))
	})
}

func TestBadAssociations(t *testing.T) { // REC-1
	each(t, func(t *testing.T, k *desk) {
		ticket := k.make(t, "tickets", map[string]string{"subject": "s"})
		for name, c := range map[string]struct {
			kind errs.Kind
			link record.Link
		}{
			"unknown type id":   {errs.Invalid, record.Link{FromType: "tickets", FromID: ticket.ID, ToType: "contacts", ToID: 1, TypeID: 15}},
			"unknown object":    {errs.Invalid, record.Link{FromType: "tickets", FromID: ticket.ID, ToType: "rockets", ToID: 1}},
			"itself":            {errs.Invalid, record.Link{FromType: "tickets", FromID: ticket.ID, ToType: "0-5", ToID: ticket.ID}},
			"nothing there":     {errs.NotFound, record.Link{FromType: "tickets", FromID: ticket.ID, ToType: "contacts", ToID: 99}},
			"from what is not ": {errs.NotFound, record.Link{FromType: "tickets", FromID: 99, ToType: "tickets", ToID: ticket.ID}},
		} {
			k.refuse(t, c.kind, func(tx *db.Tx) error {
				if err := k.Associate(tx, people.System, c.link); err != nil {
					return err
				}
				return fmt.Errorf("%s was accepted", name)
			})
		}
	})
}

func TestContactsAreOneByAddress(t *testing.T) { // REC-6
	each(t, func(t *testing.T, k *desk) {
		first := k.make(t, "contacts", map[string]string{"email": "Ada@Example.com", "hs_additional_emails": "ada@home.example; ADA@work.example"})
		if first.Properties["email"] != "ada@example.com" {
			t.Errorf("email %q", first.Properties["email"])
		}
		create := func(props map[string]string) func(tx *db.Tx) error {
			return func(tx *db.Tx) error {
				_, err := k.Create(tx, people.System, "contacts", record.Input{Properties: props})
				return err
			}
		}
		want := "Contact already exists. Existing ID: " + strconv.FormatInt(first.ID, 10)
		for _, email := range []string{"ADA@example.com", "ada@WORK.example"} {
			if e := k.refusal(t, errs.Conflict, create(map[string]string{"email": email})); e.Message != want || e.Code != "CONTACT_EXISTS" {
				t.Errorf("got %q %q", e.Message, e.Code)
			}
		}
		find := func(email string) (id int64) {
			k.see(t, func(tx *db.Tx) (err error) {
				id, _, err = k.FindBy(tx, "contacts", "email", email)
				return err
			})
			return id
		}
		if find("ada@HOME.example") != first.ID || find("bob@example.com") != 0 {
			t.Error("secondary addresses name the contact too, and no others")
		}
		k.do(t, func(tx *db.Tx) error {
			_, err := k.Update(tx, people.System, "contacts", first.ID, map[string]string{"hs_additional_emails": "ada@home.example"}, "")
			return err
		})
		k.do(t, create(map[string]string{"email": "ada@work.example"})) // it is free again
		k.do(t, func(tx *db.Tx) error { return k.Archive(tx, people.System, "contacts", first.ID) })
		k.do(t, create(map[string]string{"email": "ada@example.com"}))
		k.refuse(t, errs.Conflict, func(tx *db.Tx) error { return k.Restore(tx, people.System, "contacts", first.ID) })
	})
}

func TestContactsOfAPhoneNumber(t *testing.T) { // REC-6
	each(t, func(t *testing.T, k *desk) {
		ensure := func(number, name string) (r record.Record, created bool) {
			t.Helper()
			k.do(t, func(tx *db.Tx) (err error) {
				r, created, err = k.EnsureContactByPhone(tx, people.System, number, name)
				return err
			})
			return r, created
		}
		is := func(number string, want record.Record) {
			t.Helper()
			if got, created := ensure(number, ""); got.ID != want.ID || created {
				t.Errorf("%s is of %d (new %t), want %d", number, got.ID, created, want.ID)
			}
		}
		ada, created := ensure("+31 20 123-4567", "Ada Lovelace")
		if !created || ada.Properties["phone"] != "+31201234567" || ada.Properties["lastname"] != "Lovelace" {
			t.Errorf("made %+v", ada)
		}
		is("+31201234567", ada)
		is("+31 (0)20 123 4567", ada)
		bob := k.make(t, "contacts", map[string]string{"email": "bob@example.org", "mobilephone": "+48 601 234 567"})
		is("+48601234567", bob)
		if got, _ := ensure("+48601234567", "Bob Baker"); got.Properties["lastname"] != "Baker" {
			t.Errorf("without a name he is still %v", got.Properties)
		}
		// Who shares a number is refused nothing; the first who had it counts, while they have it.
		eve := k.make(t, "contacts", map[string]string{"email": "eve@example.org", "phone": "+31201234567 ext. 12"})
		is("+31201234567", ada)
		change := func(r record.Record, props map[string]string) {
			t.Helper()
			k.do(t, func(tx *db.Tx) error {
				_, err := k.Update(tx, people.System, "contacts", r.ID, props, "")
				return err
			})
		}
		change(ada, map[string]string{"phone": "020 123 4567", "mobilephone": "+31201234567"}) // the one goes, the other comes
		is("+31201234567", ada)
		change(ada, map[string]string{"mobilephone": ""})
		is("+31201234567", eve)
		k.do(t, func(tx *db.Tx) error { return k.Archive(tx, people.System, "contacts", eve.ID) })
		fresh, created := ensure("+31201234567", "")
		if !created {
			t.Errorf("in the trash she is still found: %d", fresh.ID)
		}
		k.do(t, func(tx *db.Tx) error { return k.Restore(tx, people.System, "contacts", eve.ID) })
		is("+31201234567", eve) // she had it before
		for _, bad := range []string{"", "020 123 4567", "+", "+31", "nobody", "0031201234567"} {
			e := k.refusal(t, errs.Invalid, func(tx *db.Tx) error {
				_, _, err := k.EnsureContactByPhone(tx, people.System, bad, "")
				return err
			})
			if len(e.Fields) != 1 || e.Fields[0].Name != "phone" {
				t.Errorf("%q: %+v", bad, e)
			}
		}
	})
}

// Contacts from before numbers were kept apart are found by theirs, once they were filled in.
func TestOldContactsGetTheirPhoneNumbers(t *testing.T) { // REC-6
	each(t, func(t *testing.T, k *desk) {
		ada := k.make(t, "contacts", map[string]string{"email": "ada@example.org", "phone": "+31201234567"})
		bob := k.make(t, "contacts", map[string]string{"email": "bob@example.org", "mobilephone": "+48601234567"})
		gone := k.make(t, "contacts", map[string]string{"phone": "+4722123456"})
		k.make(t, "contacts", map[string]string{"phone": "020 123 4567"})
		k.do(t, func(tx *db.Tx) error { return k.Archive(tx, people.System, "contacts", gone.ID) })
		k.do(t, func(tx *db.Tx) error {
			_, err := tx.Exec("DELETE FROM contact_identities WHERE kind LIKE 'phone:%'")
			return err
		})
		for range 2 { // a step may be done twice
			for last, more := int64(0), true; more; more = last != 0 {
				k.do(t, func(tx *db.Tx) (err error) {
					last, err = k.FillPhones(tx, last)
					return err
				})
			}
		}
		for number, want := range map[string]int64{"+31201234567": ada.ID, "+48601234567": bob.ID} {
			k.do(t, func(tx *db.Tx) error {
				r, created, err := k.EnsureContactByPhone(tx, people.System, number, "")
				if r.ID != want || created {
					t.Errorf("%s is of %d (new %t), want %d", number, r.ID, created, want)
				}
				return err
			})
		}
		k.do(t, func(tx *db.Tx) error {
			_, created, err := k.EnsureContactByPhone(tx, people.System, "+4722123456", "")
			if !created {
				t.Error("who is in the trash is found by a number")
			}
			return err
		})
	})
}

// Ten messages from one new number at the same moment are one contact's.
func TestOnePhoneNumberInARush(t *testing.T) { // REC-6
	each(t, func(t *testing.T, k *desk) {
		ids := make([]int64, 10)
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				err := k.d.Write(context.Background(), func(tx *db.Tx) error {
					r, _, err := k.EnsureContactByPhone(tx, people.System, "+47 22 12 34 56", "")
					ids[i] = r.ID
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if slices.Sort(ids); ids[0] == 0 || ids[0] != ids[9] {
			t.Errorf("contacts %v", ids)
		}
	})
}

func TestEnsureContact(t *testing.T) { // REC-6
	each(t, func(t *testing.T, k *desk) {
		acme := k.make(t, "companies", map[string]string{"name": "Acme", "domain": "https://www.ACME.example/about"})
		ensure := func(email, name string) (r record.Record, created bool) {
			k.do(t, func(tx *db.Tx) (err error) {
				r, created, err = k.EnsureContact(tx, people.System, email, name)
				return err
			})
			return r, created
		}
		r, created := ensure(" Ada@acme.EXAMPLE", "")
		if !created || r.Properties["email"] != "ada@acme.example" {
			t.Errorf("got %v %v", r.Properties, created)
		}
		if got := k.links(t, "contacts", r.ID, "companies"); !slices.Equal(got, []string{fmt.Sprintf("%d/1", acme.ID), fmt.Sprintf("%d/279", acme.ID)}) {
			t.Errorf("companies %v", got)
		}
		again, created := ensure("ada@acme.example", `"Lovelace, Ada"`)
		if created || again.ID != r.ID || again.Properties["firstname"] != "Ada" || again.Properties["lastname"] != "Lovelace" {
			t.Errorf("got %v %v", again.Properties, created)
		}
		if last, _ := ensure("ada@acme.example", "Someone Else"); last.Properties["firstname"] != "Ada" {
			t.Errorf("the name was replaced: %v", last.Properties)
		}
		if bob, _ := ensure("bob@example.com", "bob@example.com"); bob.Properties["firstname"] != "" {
			t.Errorf("an address is no name: %v", bob.Properties)
		}
		for _, email := range []string{"", "nonsense", "a@b@c"} {
			k.refuse(t, errs.Invalid, func(tx *db.Tx) error {
				_, _, err := k.EnsureContact(tx, people.System, email, "")
				return err
			})
		}
	})
}

func TestEnsureContactAtTheSameTime(t *testing.T) { // REC-6
	each(t, func(t *testing.T, k *desk) {
		var wg sync.WaitGroup
		ids := make([]int64, 8)
		for i := range ids {
			wg.Go(func() {
				err := k.d.Write(context.Background(), func(tx *db.Tx) error {
					r, _, err := k.EnsureContact(tx, people.System, "rush@example.com", "")
					ids[i] = r.ID
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if slices.Sort(ids); ids[0] != ids[7] || ids[0] == 0 {
			t.Errorf("contacts %v", ids)
		}
	})
}

func TestUniqueCustomProperties(t *testing.T) { // PROP-2
	each(t, func(t *testing.T, k *desk) {
		k.do(t, func(tx *db.Tx) error {
			_, err := k.props.Create(tx, people.System, property.Definition{ObjectType: "companies", Name: "vat", Label: "VAT", Type: property.String, Unique: true})
			return err
		})
		a := k.make(t, "companies", map[string]string{"vat": "DE1"})
		create := func(tx *db.Tx) error {
			_, err := k.Create(tx, people.System, "companies", record.Input{Properties: map[string]string{"vat": "DE1"}})
			return err
		}
		if e := k.refusal(t, errs.Conflict, create); e.Code != "DUPLICATE_VALUE" {
			t.Errorf("got %+v", e)
		}
		k.see(t, func(tx *db.Tx) error {
			id, ok, err := k.FindBy(tx, "companies", "vat", "DE1")
			if id != a.ID || !ok {
				t.Errorf("found %d", id)
			}
			return err
		})
		k.do(t, func(tx *db.Tx) error {
			_, err := k.Update(tx, people.System, "companies", a.ID, map[string]string{"vat": "DE2"}, "")
			return err
		})
		k.do(t, create)
		k.do(t, func(tx *db.Tx) error { return k.Archive(tx, people.System, "companies", a.ID) })
		k.make(t, "companies", map[string]string{"vat": "DE2"})
		k.refuse(t, errs.Conflict, func(tx *db.Tx) error { return k.Restore(tx, people.System, "companies", a.ID) })
		k.refuse(t, errs.Invalid, func(tx *db.Tx) error { _, _, err := k.FindBy(tx, "companies", "name", "x"); return err })
	})
}

func TestTrash(t *testing.T) { // REC-5
	each(t, func(t *testing.T, k *desk) {
		a := k.make(t, "tickets", map[string]string{"subject": "a"})
		k.seen.types()
		for range 2 {
			k.do(t, func(tx *db.Tx) error { return k.Archive(tx, people.System, "tickets", a.ID) })
		}
		k.refuse(t, errs.NotFound, func(tx *db.Tx) error { _, err := k.Get(tx, people.System, "tickets", a.ID); return err })
		k.refuse(t, errs.NotFound, func(tx *db.Tx) error {
			_, err := k.Update(tx, people.System, "tickets", a.ID, map[string]string{"subject": "b"}, "")
			return err
		})
		k.see(t, func(tx *db.Tx) error {
			page, err := k.List(tx, people.System, "tickets", "", 10, true)
			if len(page.Records) != 1 || !page.Records[0].Archived || page.Records[0].ArchivedAt.IsZero() {
				t.Errorf("trash %+v", page)
			}
			return err
		})
		if got := k.ids(t, people.System, record.Query{}); len(got) != 0 {
			t.Errorf("found %v", got)
		}
		for range 2 {
			k.do(t, func(tx *db.Tx) error { return k.Restore(tx, people.System, "tickets", a.ID) })
		}
		if k.get(t, "tickets", a.ID).Archived {
			t.Error("still archived")
		}
		if got := k.seen.types(); !slices.Equal(got, []string{"ticket.archived", "ticket.restored"}) {
			t.Errorf("events %v", got)
		}
	})
}
