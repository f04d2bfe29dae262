package ticket_test

import (
	"testing"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// Whoever makes a ticket with a contact, it has that contact.
func TestFirstContactIsThePrimaryOne(t *testing.T) { // REC-1
	each(t, func(t *testing.T, d *desk) {
		d.do(func(tx *db.Tx) error {
			bob, _, err := d.records.EnsureContact(tx, people.System, "bob@example.org", "Bob")
			if err != nil {
				return err
			}
			eve, _, err := d.records.EnsureContact(tx, people.System, "eve@example.org", "Eve")
			if err != nil {
				return err
			}
			links := []record.Link{{ToType: "contacts", ToID: eve.ID}, {ToType: "contacts", ToID: bob.ID}}
			for want, props := range map[int64]map[string]string{eve.ID: fresh(), bob.ID: fresh(ticket.Contact, id.Format(bob.ID))} {
				r, err := d.records.Create(tx, d.ann.Actor(), ticket.Object, record.Input{Properties: props, Links: links})
				if err != nil || r.Properties[ticket.Contact] != id.Format(want) {
					t.Errorf("the contact is %s, want %d: %v", r.Properties[ticket.Contact], want, err)
				}
			}
			return nil
		})
	})
}

// A ticket that is refused in a batch leaves nothing behind, the counts included.
func TestRefusedTicketsDoNotCount(t *testing.T) { // VIEW-1
	each(t, func(t *testing.T, d *desk) {
		var out []record.Outcome
		d.do(func(tx *db.Tx) (err error) {
			out, err = d.records.CreateEach(tx, d.ann.Actor(), ticket.Object, []record.Input{
				{Properties: fresh()},
				{Properties: fresh(), Links: []record.Link{{ToType: "contacts", ToID: 4711}}},
				{Properties: fresh(ticket.Stage, "9")},
				{Properties: fresh(ticket.Owner, id.Format(d.ann.ID))},
			})
			return err
		})
		if out[0].Err != nil || !errs.Is(out[1].Err, errs.NotFound) || !errs.Is(out[2].Err, errs.Invalid) || out[3].Err != nil {
			t.Fatalf("%v", out)
		}
		got, want := d.counts(d.ann.Actor()), d.recounted(d.ann.Actor())
		if got.Open != 2 || got.Open != want.Open || got.Unassigned != 1 || got.Mine != 1 || want.Mine != 1 {
			t.Errorf("kept %+v, counted %+v", got, want)
		}
		d.do(func(tx *db.Tx) (err error) {
			out, err = d.records.UpdateEach(tx, d.ann.Actor(), ticket.Object, []record.Edit{
				{ID: out[0].Record.ID, Properties: map[string]string{ticket.Stage: "4"}},
				{ID: out[3].Record.ID, Properties: map[string]string{ticket.Stage: "9"}},
			}, "")
			return err
		})
		if got, want = d.counts(d.ann.Actor()), d.recounted(d.ann.Actor()); got.Open != 1 || got.Open != want.Open || out[0].Err != nil || out[1].Err == nil {
			t.Errorf("kept %+v, counted %+v after %v", got, want, out)
		}
	})
}
