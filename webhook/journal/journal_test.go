package journal_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
	"github.com/deskbell/deskbell/webhook/journal"
)

var everything = journal.Wants{Actions: []string{"CREATE", "UPDATE", "DELETE", "MERGE", "RESTORE"}}

// The life of a record, as an app reads it.
func TestTheLifeOfARecord(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		app := &reader{w: w, by: w.app()}
		w.subscribe(app.by, journal.Objects, "companies", everything)
		firm := w.make("companies", map[string]string{"name": "Acme", "city": "Delft"})
		w.change(firm, "city", "Gouda")
		w.change(firm, "city", "Gouda") // which changes nothing
		other := w.make("companies", map[string]string{"name": "Other"})
		w.do(func(tx *db.Tx) error {
			_, err := w.merges.Merge(tx, people.System, "companies", firm.ID, other.ID)
			return err
		})
		w.do(func(tx *db.Tx) error { return w.records.Archive(tx, people.System, "companies", firm.ID) })
		w.do(func(tx *db.Tx) error { return w.records.Restore(tx, people.System, "companies", firm.ID) })
		got := app.events()
		got = slices.DeleteFunc(got, func(e journal.Event) bool { return e.Action == "UPDATE" && e.Changes["city"] == "" }) // what a merge moved
		want := "CREATE 0-2 name=Acme city=Delft; UPDATE 0-2 city=Gouda; CREATE 0-2 name=Other; MERGE 0-2; DELETE 0-2; RESTORE 0-2"
		if short(got) != want {
			t.Fatalf("it reads %s, want %s", short(got), want)
		}
		first, merged := got[0], got[3]
		if first.Type != "OBJECT" || first.PortalID != w.portal || first.ObjectID != firm.ID || first.OccurredAt != "2026-11-02T09:00:00.000Z" {
			t.Errorf("the first is %+v", first)
		}
		if merged.ObjectID != firm.ID || !slices.Equal(merged.MergedObjectIDs, []int64{other.ID}) {
			t.Errorf("the merge is %+v", merged)
		}
	})
}

// Relations are told from the side that was asked for, those of a new record too.
func TestRelations(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		near, far := &reader{w: w, by: w.app()}, &reader{w: w, by: w.app()}
		both := []string{"ASSOCIATION_ADDED", "ASSOCIATION_REMOVED"}
		w.subscribe(near.by, journal.Associations, "contacts", journal.Wants{Actions: both, Far: []string{"companies"}})
		w.subscribe(far.by, journal.Associations, "companies", journal.Wants{Actions: both[:1]})
		firm := w.make("companies", map[string]string{"name": "Acme"})
		deal := w.make("deals", map[string]string{"dealname": "Lamps", "dealstage": "contractsent"})
		ann := w.make("contacts", map[string]string{"email": "ann@x.example"}, firm, deal)
		bob := w.make("contacts", map[string]string{"email": "bob@x.example"})
		link := record.Link{ToType: "companies", ToID: firm.ID}
		w.do(func(tx *db.Tx) error {
			return w.records.Associate(tx, people.System, recordLink(bob, link))
		})
		w.do(func(tx *db.Tx) error {
			return w.records.Dissociate(tx, people.System, recordLink(ann, link))
		})
		got := near.events()
		if short(got) != "ASSOCIATION_ADDED 0-1 0-2; ASSOCIATION_ADDED 0-1 0-2; ASSOCIATION_REMOVED 0-1 0-2" {
			t.Fatalf("the near side reads %s", short(got))
		}
		if got[0].ObjectID != ann.ID || got[0].FarID != firm.ID || got[0].AssociationTypeID == 0 || got[0].AssociationCategory != "HUBSPOT_DEFINED" || got[2].ObjectID != ann.ID {
			t.Errorf("the first is %+v", got[0])
		}
		back := far.events()
		if short(back) != "ASSOCIATION_ADDED 0-2 0-1; ASSOCIATION_ADDED 0-2 0-1" {
			t.Fatalf("the far side reads %s", short(back))
		}
		if back[0].ObjectID != firm.ID || back[0].FarID != ann.ID || back[0].AssociationTypeID == got[0].AssociationTypeID {
			t.Errorf("from the far side it is %+v", back[0])
		}
	})
}

func recordLink(from record.Record, l record.Link) record.Link {
	l.FromType, l.FromID = from.ObjectType, from.ID
	return l
}

// What a subscription narrows is narrowed, and what an app may not read it is not told of.
func TestWhatIsNotTold(t *testing.T) { // API-8, ACC-8
	each(t, func(t *testing.T, w *world) {
		one := w.make("companies", map[string]string{"name": "One"})
		two := w.make("companies", map[string]string{"name": "Two"})
		byID, byName, limited := &reader{w: w, by: w.app()}, &reader{w: w, by: w.app()}, &reader{w: w, by: w.app("crm.objects.contacts.read")}
		w.subscribe(byID.by, journal.Objects, "0-2", journal.Wants{Actions: []string{"UPDATE"}, Records: []int64{two.ID}})
		w.subscribe(byName.by, journal.Objects, "0-2", journal.Wants{Actions: []string{"UPDATE", "CREATE"}, Properties: []string{"name"}})
		w.subscribe(limited.by, journal.Objects, "0-2", everything)
		w.subscribe(limited.by, journal.Associations, "0-1", journal.Wants{Actions: []string{"ASSOCIATION_ADDED"}})
		w.change(one, "city", "Delft")
		w.change(two, "city", "Gouda")
		w.change(one, "name", "First")
		w.make("companies", map[string]string{"city": "Edam", "domain": "three.example"})
		w.make("contacts", map[string]string{"email": "ann@x.example"}, one)
		for name, c := range map[string]struct {
			who  *reader
			want string
		}{
			"by id":   {byID, "UPDATE 0-2 city=Gouda"},
			"by name": {byName, "UPDATE 0-2 name=First; CREATE 0-2"},
			"limited": {limited, ""},
		} {
			if got := short(c.who.events()); got != c.want {
				t.Errorf("%s reads %s, want %s", name, got, c.want)
			}
		}
	})
}

// While nobody subscribes nothing is kept, and what was taken back is not told.
func TestNothingIsKeptInVain(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		app := &reader{w: w, by: w.app()}
		w.make("companies", map[string]string{"name": "Before"})
		s := w.subscribe(app.by, journal.Objects, "0-2", everything)
		gone := errs.New(errs.Conflict, "never mind", nil)
		w.refused(errs.Conflict, func(tx *db.Tx) error {
			if _, err := w.records.Create(tx, people.System, "companies", record.Input{Properties: map[string]string{"name": "Never"}}); err != nil {
				return err
			}
			return gone
		})
		w.make("contacts", map[string]string{"email": "ann@x.example"})
		w.do(func(tx *db.Tx) error { return w.Unsubscribe(tx, app.by, s.ID) })
		w.make("companies", map[string]string{"name": "After"})
		if got := app.events(); len(got) != 0 {
			t.Errorf("it reads %s", short(got))
		}
	})
}

// An app that is gone leaves no subscription, and one whose scopes changed reads what they let it from then on.
func TestAppsThatChange(t *testing.T) { // API-8, ACC-8
	each(t, func(t *testing.T, w *world) {
		app, other := &reader{w: w, by: w.app()}, &reader{w: w, by: w.app()}
		for _, r := range []*reader{app, other} {
			w.subscribe(r.by, journal.Objects, "0-2", everything)
			w.subscribe(r.by, journal.Objects, "0-1", everything)
		}
		w.do(func(tx *db.Tx) error {
			_, err := w.people.ChangeToken(tx, people.System, app.by.ID, "Reader", []string{"crm.objects.contacts.read"})
			return err
		})
		w.make("companies", map[string]string{"name": "Acme"})
		w.make("contacts", map[string]string{"email": "ann@x.example"})
		if got := short(app.events()); got != "CREATE 0-1 email=ann@x.example" {
			t.Errorf("with fewer scopes it reads %s", got)
		}
		w.do(func(tx *db.Tx) error { return w.people.RemoveToken(tx, people.System, app.by.ID) })
		w.make("contacts", map[string]string{"email": "bob@x.example"})
		if got := short(other.events()); got != "CREATE 0-2 name=Acme; CREATE 0-1 email=ann@x.example; CREATE 0-1 email=bob@x.example" {
			t.Errorf("the other reads %s", got)
		}
		w.see(func(tx *db.Tx) error {
			left, err := db.Value[int64](tx, "SELECT count(*) FROM journal_subscriptions")
			if left != 2 {
				t.Errorf("%d subscriptions are left", left)
			}
			return err
		})
	})
}

// Whoever is no app has no journal, and nobody has another's.
func TestWhoHasAJournal(t *testing.T) { // API-8, ACC-3
	each(t, func(t *testing.T, w *world) {
		mine, other := w.app(), w.app()
		s := w.subscribe(mine, journal.Objects, "0-2", everything)
		var f journal.Filter
		w.do(func(tx *db.Tx) (err error) {
			f, err = w.AddFilter(tx, mine, journal.Filter{Subscription: s.ID, Conditions: []journal.Condition{{Property: "name", Operator: "EQ", Value: "Acme"}}})
			return err
		})
		ann := people.Actor{Kind: event.User, ID: mine.ID, SuperAdmin: true}
		for name, by := range map[string]people.Actor{"a person": ann, "the program": people.System, "another app": other} {
			for what, ask := range map[string]func(tx *db.Tx) error{
				"a subscription": func(tx *db.Tx) error { _, err := w.Subscription(tx, by, s.ID); return err },
				"its filters":    func(tx *db.Tx) error { _, err := w.Filters(tx, by, s.ID); return err },
				"a filter":       func(tx *db.Tx) error { _, err := w.Filter(tx, by, f.ID); return err },
				"its end":        func(tx *db.Tx) error { return w.Unsubscribe(tx, by, s.ID) },
				"a filter's end": func(tx *db.Tx) error { return w.RemoveFilter(tx, by, f.ID) },
				"another filter": func(tx *db.Tx) error { _, err := w.AddFilter(tx, by, f); return err },
				"a status":       func(tx *db.Tx) error { _, err := w.Status(tx, by, journal.Token(7)); return err },
				"an entry":       func(tx *db.Tx) error { _, err := w.Entry(tx, by, journal.Token(7)); return err },
			} {
				err := w.db.Write(ctx, ask)
				if !errs.Is(err, errs.NotFound) {
					t.Errorf("%s asks for %s: %v", name, what, err)
				}
			}
		}
		for _, ask := range []func(tx *db.Tx) error{
			func(tx *db.Tx) error { _, err := w.Subscriptions(tx, ann); return err },
			func(tx *db.Tx) error { _, err := w.Subscribe(tx, ann, s); return err },
			func(tx *db.Tx) error { _, err := w.Earliest(tx, ann, 1); return err },
			func(tx *db.Tx) error { _, err := w.Latest(tx, ann, 1); return err },
			func(tx *db.Tx) error { _, err := w.Snapshots(tx, ann, []journal.Wish{{}}); return err },
			func(tx *db.Tx) error { return w.UnsubscribeAll(tx, ann, w.portal) },
		} {
			w.refused(errs.NotFound, ask)
		}
	})
}

func TestSubscriptionsThatAreRefused(t *testing.T) { // API-4
	each(t, func(t *testing.T, w *world) {
		app := w.app()
		many := make([]string, 1001)
		for name, s := range map[string]journal.Subscription{
			"no kind":          {ObjectTypeID: "0-2", Wants: everything},
			"no type":          {Kind: journal.Objects, Wants: everything},
			"no actions":       {Kind: journal.Objects, ObjectTypeID: "0-2"},
			"another's action": {Kind: journal.Privacy, ObjectTypeID: "0-1", Wants: everything},
			"twice too many":   {Kind: journal.Privacy, ObjectTypeID: "0-1", Wants: journal.Wants{Actions: []string{"GDPR_DELETE", "GDPR_DELETE"}}},
			"many properties":  {Kind: journal.Objects, ObjectTypeID: "0-2", Wants: journal.Wants{Actions: []string{"UPDATE"}, Properties: many}},
			"a long property":  {Kind: journal.Objects, ObjectTypeID: "0-2", Wants: journal.Wants{Actions: []string{"UPDATE"}, Properties: []string{strings.Repeat("x", 201)}}},
			"a far type":       {Kind: journal.Associations, ObjectTypeID: "0-2", Wants: journal.Wants{Actions: []string{"ASSOCIATION_ADDED"}, Far: []string{"moons"}}},
		} {
			err := w.db.Write(ctx, func(tx *db.Tx) error {
				_, err := w.Subscribe(tx, app, s)
				return err
			})
			if !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Filters look at the record as it is when something happens to it; of several one is enough, and there is a bound.
func TestFiltersOfRecords(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		app := &reader{w: w, by: w.app()}
		s := w.subscribe(app.by, journal.Objects, "0-2", everything)
		add := func(conditions ...journal.Condition) error {
			return w.db.Write(ctx, func(tx *db.Tx) error {
				_, err := w.AddFilter(tx, app.by, journal.Filter{Subscription: s.ID, Conditions: conditions})
				return err
			})
		}
		if err := add(journal.Condition{Property: "city", Operator: "EQ", Value: "delft"}, journal.Condition{Property: "name", Operator: "IS_NOT_EMPTY"}); err != nil {
			t.Fatal(err)
		}
		firm := w.make("companies", map[string]string{"name": "Acme", "city": "Gouda"})
		w.change(firm, "name", "Acme Ltd") // still in Gouda
		w.change(firm, "city", "Delft")
		w.change(firm, "name", "Acme BV")
		w.do(func(tx *db.Tx) error { return w.records.Archive(tx, people.System, "companies", firm.ID) })
		if got := short(app.events()); got != "UPDATE 0-2 city=Delft; UPDATE 0-2 name=Acme BV; DELETE 0-2" {
			t.Errorf("it reads %s", got)
		}
		for i := 1; i < 20; i++ {
			if err := add(journal.Condition{Property: "city", Operator: "EQ", Value: strings.Repeat("x", i)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := add(journal.Condition{Property: "city", Operator: "IS_EMPTY"}); !errs.Is(err, errs.Conflict) {
			t.Errorf("one too many: %v", err)
		}
		w.make("companies", map[string]string{"name": "X", "city": "xxx"})
		if got := short(app.events()); got != "CREATE 0-2 name=X city=xxx" {
			t.Errorf("by another filter it reads %s", got)
		}
	})
}

// Values of a record that is erased are taken out of what waits and of what can be read.
func TestErasedFromTheJournal(t *testing.T) { // REC-5, API-8
	each(t, func(t *testing.T, w *world) {
		app := &reader{w: w, by: w.app()}
		w.subscribe(app.by, journal.Objects, "0-1", everything)
		w.subscribe(app.by, journal.Privacy, "0-1", journal.Wants{Actions: []string{"GDPR_DELETE"}})
		ann := w.make("contacts", map[string]string{"email": "ann@x.example", "city": "Delft"})
		bob := w.make("contacts", map[string]string{"email": "bob@x.example", "city": "Delft"})
		w.pass(2 * time.Second) // published
		w.change(ann, "city", "Gouda")
		w.do(func(tx *db.Tx) error { return w.eraser.Erase(tx, people.System, "contacts", ann.ID) })
		got := app.events()
		if short(got) != "CREATE 0-1; CREATE 0-1 city=Delft email=bob@x.example; UPDATE 0-1; DELETE 0-1; GDPR_DELETE 0-1" {
			t.Errorf("it reads %s", short(got))
		}
		if got[1].ObjectID != bob.ID {
			t.Errorf("the second is %+v", got[1])
		}
		w.see(func(tx *db.Tx) error {
			n, err := db.Value[int64](tx, "SELECT count(*) FROM journal_entries WHERE body LIKE '%ann@%'")
			if n != 0 {
				t.Errorf("she is in %d entries", n)
			}
			return err
		})
	})
}

// What was asked for, and taken back, is in the audit log.
func TestSubscriptionsAreAudited(t *testing.T) { // ACC-9
	each(t, func(t *testing.T, w *world) {
		app := w.app()
		s := w.subscribe(app, journal.Objects, "0-2", journal.Wants{Actions: []string{"CREATE"}})
		w.do(func(tx *db.Tx) error { return w.Unsubscribe(tx, app, s.ID) })
		w.do(func(tx *db.Tx) error { return w.UnsubscribeAll(tx, app, w.portal) })
		var got []string
		w.see(func(tx *db.Tx) error {
			all, err := audit.List(tx, audit.Query{Categories: []string{"webhook"}, OldFirst: true, Limit: 20})
			for _, e := range all {
				got = append(got, e.Action+" "+e.Object+": "+e.Detail["event"])
			}
			return err
		})
		want := []string{
			"webhook.subscribed Reader: OBJECT 0-2 CREATE",
			"webhook.unsubscribed Reader: OBJECT 0-2 CREATE",
			"webhook.unsubscribed Reader: ",
		}
		if !slices.Equal(got, want) {
			t.Errorf("the log has %q", got)
		}
	})
}
