package copied_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/copied"
	"github.com/deskbell/deskbell/crm/fill"
	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// rules give a ticket what its columns need, and its copies.
type rules struct{}

func (rules) Prepare(tx *db.Tx, _ people.Actor, w *record.Write) error {
	if w.Create {
		w.Set["desk_open"], w.Set["desk_spam"], w.Set["desk_active_at"] = "true", "false", property.FormatTime(tx.Now)
	}
	return nil
}

func (rules) Gather(tx *db.Tx, s *record.Store, made []*record.Write) error {
	return copied.Gather(tx, s, made)
}

// desk is a record store whose tickets repeat what their contacts and companies are called.
type desk struct {
	*record.Store
	t      *testing.T
	d      *db.DB
	copies *copied.Service
	merges *merge.Service
	jobs   *job.Runner
	events []event.Event
}

func each(t *testing.T, story func(t *testing.T, k *desk)) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		log := slog.New(slog.DiscardHandler)
		bus := event.NewBus(log)
		cfg.Reactor = bus
		d := dbtest.Open(t, cfg)
		props := property.New(d)
		k := &desk{t: t, d: d, Store: record.New(d, props, search.New(d, props, nil), map[string]record.Rules{"tickets": rules{}})}
		k.copies, k.merges = copied.New(d, k.Store), merge.New(d, k.Store, props, nil)
		watch := event.Reactor{Name: "watch", React: func(_ *db.Tx, e event.Event) error { k.events = append(k.events, e); return nil }}
		if err := bus.Install(k.copies.Reactor(), watch); err != nil {
			t.Fatal(err)
		}
		var err error
		if k.jobs, err = job.NewRunner(d, log, job.Config{}, k.copies.Handler(), k.merges.SettleHandler(), bus.RetryHandler(d),
			fill.Handler(d, k.copies.Fill())); err != nil {
			t.Fatal(err)
		}
		story(t, k)
	})
}

func (k *desk) do(fn func(tx *db.Tx) error) { k.t.Helper(); dbtest.Do(k.t, k.d, fn) }

// settle runs what is due within some seconds.
func (k *desk) settle() {
	k.t.Helper()
	k.d.Clock().(*clock.Fixed).Advance(2 * time.Second)
	if err := k.jobs.Drain(context.Background()); err != nil {
		k.t.Fatal(err)
	}
}

func (k *desk) make(objectType string, props map[string]string, to ...record.Link) (r record.Record) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) {
		r, err = k.Create(tx, people.System, objectType, record.Input{Properties: props, Links: to})
		return err
	})
	return r
}

func (k *desk) set(r record.Record, props map[string]string) {
	k.t.Helper()
	k.do(func(tx *db.Tx) error {
		_, err := k.Update(tx, people.System, r.ObjectType, r.ID, props, "")
		return err
	})
}

func to(r record.Record, typeID int) record.Link {
	return record.Link{ToType: r.ObjectType, ToID: r.ID, TypeID: typeID}
}

// is compares a ticket's copies: e-mail addresses, first and last names, companies' count, name and id.
func (k *desk) is(ticket record.Record, want ...string) {
	k.t.Helper()
	dbtest.See(k.t, k.d, func(tx *db.Tx) error {
		now, err := k.Any(tx, ticket.ObjectType, ticket.ID)
		for i, name := range []string{"hs_all_associated_contact_emails", "hs_all_associated_contact_firstnames", "hs_all_associated_contact_lastnames",
			"hs_num_associated_companies", "hs_primary_company_name", "hs_primary_company_id"} {
			if i < len(want) && now.Properties[name] != want[i] {
				k.t.Errorf("%s is %q, want %q", name, now.Properties[name], want[i])
			}
		}
		return err
	})
}

const (
	toContact = 16
	toCompany = 339
	toPrimary = 26
)

func TestTicketsRepeatWhomTheyConcern(t *testing.T) { // PROP-3
	each(t, func(t *testing.T, k *desk) {
		ada := k.make("contacts", map[string]string{"email": "ada@example.org", "firstname": "Ada", "lastname": "Lovelace", "phone": "+31201234567",
			"mobilephone": "+48601234567", "company": "Engines"})
		bob := k.make("contacts", map[string]string{"email": "bob@example.org", "firstname": "Bob", "lastname": "Lovelace"})
		acme, other := k.make("companies", map[string]string{"name": "Acme"}), k.make("companies", map[string]string{"name": "Other"})
		alone := k.make("tickets", map[string]string{"subject": "of nobody"})
		k.is(alone, "", "", "", "0", "", "")
		ticket := k.make("tickets", map[string]string{"subject": "s"}, to(ada, toContact), to(acme, toPrimary))
		k.is(ticket, "ada@example.org", "Ada", "Lovelace", "1", "Acme", id.Format(acme.ID))
		for name, want := range map[string]string{"phones": "+31201234567", "mobilephones": "+48601234567", "companies": "Engines"} {
			if got := ticket.Properties["hs_all_associated_contact_"+name]; got != want {
				t.Errorf("%s are %q", name, got)
			}
		}
		link := func(r record.Record, typeID int, end bool) {
			t.Helper()
			l := to(r, typeID)
			l.FromType, l.FromID = "tickets", ticket.ID
			k.do(func(tx *db.Tx) error {
				if end {
					return k.Dissociate(tx, people.System, l)
				}
				return k.Associate(tx, people.System, l)
			})
		}
		link(bob, toContact, false)
		k.is(ticket, "ada@example.org;bob@example.org", "Ada;Bob", "Lovelace", "1")
		link(other, toPrimary, false)
		k.is(ticket, "ada@example.org;bob@example.org", "Ada;Bob", "Lovelace", "2", "Other", id.Format(other.ID))
		link(other, toPrimary, true)
		k.is(ticket, "ada@example.org;bob@example.org", "Ada;Bob", "Lovelace", "2", "", "")
		link(acme, toPrimary, false)
		k.set(bob, map[string]string{"firstname": "Robert", "email": "robert@example.org"})
		k.set(acme, map[string]string{"name": "Acme Inc."})
		k.is(ticket, "ada@example.org;robert@example.org", "Ada;Robert", "Lovelace", "2", "Acme Inc.")
		k.do(func(tx *db.Tx) error { return k.Archive(tx, people.System, "contacts", bob.ID) })
		k.is(ticket, "ada@example.org", "Ada", "Lovelace", "2")
		k.do(func(tx *db.Tx) error { return k.Restore(tx, people.System, "contacts", bob.ID) })
		k.do(func(tx *db.Tx) error { return k.Archive(tx, people.System, "companies", other.ID) })
		k.is(ticket, "ada@example.org;robert@example.org", "Ada;Robert", "Lovelace", "1")
		link(ada, toContact, true)
		k.is(ticket, "robert@example.org", "Robert", "Lovelace", "1")

		// In the trash it is told nothing, and all of it when it comes back.
		k.do(func(tx *db.Tx) error { return k.Archive(tx, people.System, "tickets", ticket.ID) })
		k.set(bob, map[string]string{"firstname": "Bob"})
		k.is(ticket, "robert@example.org", "Robert")
		k.do(func(tx *db.Tx) error { return k.Restore(tx, people.System, "tickets", ticket.ID) })
		k.is(ticket, "robert@example.org", "Bob")
	})
}

// Names of people are told by the people's own events and history: tickets repeat them in silence.
func TestCopiesAreSilent(t *testing.T) { // PROP-3, PROP-4
	each(t, func(t *testing.T, k *desk) {
		ada := k.make("contacts", map[string]string{"email": "ada@example.org", "firstname": "Ada"})
		ticket := k.make("tickets", map[string]string{"subject": "s"}, to(ada, toContact))
		k.events = nil
		k.d.Clock().(*clock.Fixed).Advance(time.Minute)
		k.set(ada, map[string]string{"firstname": "Augusta"})
		k.is(ticket, "ada@example.org", "Augusta")
		for _, e := range k.events {
			if e.ObjectType == "tickets" {
				t.Errorf("told %+v", e)
			}
		}
		dbtest.See(t, k.d, func(tx *db.Tx) error {
			now, err := k.Get(tx, people.System, "tickets", ticket.ID)
			if now.UpdatedAt.Equal(ticket.UpdatedAt) {
				t.Error("the ticket is not changed now")
			}
			versions, herr := k.History(tx, people.System, "tickets", ticket.ID, "hs_all_associated_contact_firstnames")
			if herr != nil || len(versions) != 0 {
				t.Errorf("history has %+v, %v", versions, herr)
			}
			return err
		})
	})
}

func TestMergesBringCopiesTogether(t *testing.T) { // PROP-3, REC-4
	each(t, func(t *testing.T, k *desk) {
		ada := k.make("contacts", map[string]string{"email": "ada@example.org", "firstname": "Ada"})
		bob := k.make("contacts", map[string]string{"email": "bob@example.org", "firstname": "Bob"})
		one := k.make("tickets", map[string]string{"subject": "one"}, to(ada, toContact))
		two := k.make("tickets", map[string]string{"subject": "two"}, to(bob, toContact))
		three := k.make("tickets", map[string]string{"subject": "three"}, to(bob, toContact))
		k.do(func(tx *db.Tx) error {
			_, err := k.merges.Merge(tx, people.System, "tickets", one.ID, two.ID)
			return err
		})
		k.is(one, "ada@example.org;bob@example.org", "Ada;Bob")
		k.do(func(tx *db.Tx) error {
			all, err := k.merges.List(tx, people.System, "tickets", one.ID)
			if err != nil {
				return err
			}
			_, err = k.merges.Undo(tx, people.System, all[0].ID)
			return err
		})
		k.is(one, "ada@example.org", "Ada")
		k.is(two, "bob@example.org", "Bob")
		k.do(func(tx *db.Tx) error {
			_, err := k.merges.Merge(tx, people.System, "contacts", ada.ID, bob.ID)
			return err
		})
		k.is(three, "ada@example.org", "Ada")
	})
}

// A contact with very many tickets is renamed at once; its tickets follow.
func TestManyTicketsFollow(t *testing.T) { // PROP-3
	each(t, func(t *testing.T, k *desk) {
		ada := k.make("contacts", map[string]string{"email": "ada@example.org", "firstname": "Ada"})
		ins := make([]record.Input, 230)
		for i := range ins {
			ins[i] = record.Input{Properties: map[string]string{"subject": "s"}, Links: []record.Link{to(ada, toContact)}}
		}
		var made []record.Record
		k.do(func(tx *db.Tx) (err error) { made, err = k.CreateMany(tx, people.System, "tickets", ins); return err })
		k.set(ada, map[string]string{"firstname": "Augusta"})
		k.is(made[229], "ada@example.org", "Ada")
		k.settle()
		for _, r := range made {
			k.is(r, "ada@example.org", "Augusta")
		}
	})
}

// Tickets from before copies were kept get theirs, and stay as old as they are.
func TestOldTicketsGetTheirCopies(t *testing.T) { // PROP-3
	each(t, func(t *testing.T, k *desk) {
		ada := k.make("contacts", map[string]string{"email": "ada@example.org", "firstname": "Ada"})
		acme := k.make("companies", map[string]string{"name": "Acme"})
		var made []record.Record
		for range 120 {
			made = append(made, k.make("tickets", map[string]string{"subject": "s"}, to(ada, toContact), to(acme, toPrimary)))
		}
		gone := made[7]
		k.do(func(tx *db.Tx) error { return k.Archive(tx, people.System, "tickets", gone.ID) })
		k.do(func(tx *db.Tx) error { // as an older program left them
			if _, err := tx.Exec("UPDATE tickets SET props = '{}'"); err != nil {
				return err
			}
			k.Reload(tx, "tickets")
			_, err := tx.Exec("INSERT INTO fills (name, after_id) VALUES ('tickets.copies', 0)")
			return err
		})
		k.is(made[0], "", "", "", "")
		k.events = nil
		k.do(fill.Schedule)
		k.settle()
		for _, r := range made {
			k.is(r, "ada@example.org", "Ada", "", "1", "Acme", id.Format(acme.ID))
		}
		if len(k.events) > 0 {
			t.Errorf("told %d events, the first is %+v", len(k.events), k.events[0])
		}
		dbtest.See(t, k.d, func(tx *db.Tx) error {
			now, err := k.Get(tx, people.System, "tickets", made[0].ID)
			if !now.UpdatedAt.Equal(made[0].UpdatedAt) {
				t.Error("it is told as changed")
			}
			return err
		})
	})
}
