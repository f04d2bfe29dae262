package merge_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/derive"
	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// desk is records that can be merged, on one database.
type desk struct {
	*record.Store
	t      *testing.T
	d      *db.DB
	props  *property.Registry
	merges *merge.Service
	mu     sync.Mutex
	told   []string
}

// Dispatch keeps the types of events.
func (k *desk) Dispatch(_ *db.Tx, e any) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.told = append(k.told, e.(event.Event).Type)
	return nil
}

func each(t *testing.T, story func(k *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		k := &desk{t: t}
		cfg.Reactor = k
		k.d = dbtest.Open(t, cfg)
		k.props = property.New(k.d)
		staff, pipes := people.New(k.d), pipeline.New(k.d, k.props)
		k.Store = record.New(k.d, k.props, search.New(k.d, k.props, nil), derive.Of(pipes, staff))
		k.merges = merge.New(k.d, k.Store, k.props, nil)
		story(k)
	})
}

func (k *desk) do(fn func(tx *db.Tx) error)  { k.t.Helper(); dbtest.Do(k.t, k.d, fn) }
func (k *desk) see(fn func(tx *db.Tx) error) { k.t.Helper(); dbtest.See(k.t, k.d, fn) }

func (k *desk) make(kind string, props map[string]string, links ...record.Link) (r record.Record) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) {
		r, err = k.Create(tx, people.System, kind, record.Input{Properties: props, Links: links})
		return err
	})
	return r
}

func (k *desk) company(name string) record.Record {
	return k.make("companies", map[string]string{"name": name})
}

func (k *desk) merge(into, from record.Record) (r record.Record) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) {
		r, err = k.merges.Merge(tx, people.System, into.ObjectType, into.ID, from.ID)
		return err
	})
	return r
}

// refused runs fn, which must fail with the kind, and returns the code of its error.
func (k *desk) refused(kind errs.Kind, fn func(tx *db.Tx) error) string {
	k.t.Helper()
	err := k.d.Write(context.Background(), fn)
	e := errs.As(err)
	if !errs.Is(err, kind) || e == nil {
		k.t.Errorf("got %v, want an error that is %v", err, kind)
		return ""
	}
	if e.Code == "" && len(e.Fields) > 0 {
		return e.Fields[0].Code
	}
	return e.Code
}

func (k *desk) refusedMerge(kind errs.Kind, into, from record.Record) string {
	k.t.Helper()
	return k.refused(kind, func(tx *db.Tx) error {
		_, err := k.merges.Merge(tx, people.System, into.ObjectType, into.ID, from.ID)
		return err
	})
}

func (k *desk) get(r record.Record) (out record.Record) {
	k.t.Helper()
	k.see(func(tx *db.Tx) (err error) { out, err = k.Get(tx, people.System, r.ObjectType, r.ID); return err })
	return out
}

// newest is the newest merge into a record.
func (k *desk) newest(r record.Record) (m merge.Merge) {
	k.t.Helper()
	k.see(func(tx *db.Tx) error {
		all, err := k.merges.List(tx, people.System, r.ObjectType, r.ID)
		if len(all) > 0 {
			m = all[0]
		}
		return err
	})
	return m
}

func (k *desk) undo(m merge.Merge) func(tx *db.Tx) error {
	return func(tx *db.Tx) error { _, err := k.merges.Undo(tx, people.System, m.ID); return err }
}

// ends are what a record is related to, as "name/type type".
func (k *desk) ends(r record.Record, to string) (out []string) {
	k.t.Helper()
	k.see(func(tx *db.Tx) error {
		found, err := k.Related(tx, people.System, relation.Related{FromType: r.ObjectType, IDs: []int64{r.ID}, ToType: to, Limit: 500})
		if err != nil {
			return err
		}
		for _, e := range found[r.ID].To {
			other, err := k.Get(tx, people.System, to, e.ID)
			if err != nil {
				return err
			}
			s := other.Properties["name"] + other.Properties["email"] + other.Properties["dealname"]
			for _, kind := range e.Types {
				s += fmt.Sprintf("/%d", kind.ID)
			}
			out = append(out, s)
		}
		return nil
	})
	slices.Sort(out)
	return out
}

func (k *desk) drain() {
	k.t.Helper()
	r, err := job.NewRunner(k.d, slog.New(slog.DiscardHandler), job.Config{}, k.merges.SettleHandler())
	if err == nil {
		err = r.Drain(context.Background())
	}
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *desk) advance(d time.Duration) { k.d.Clock().(*clock.Fixed).Advance(d) }

func TestMergedRecordHasTheValuesOfBoth(t *testing.T) { // REC-4, REC-6
	each(t, func(k *desk) {
		old := k.make("contacts", map[string]string{"email": "ann@example.org", "firstname": "Ann", "city": "Delft", "hs_additional_emails": "ann@home.example"})
		k.advance(time.Hour)
		into := k.make("contacts", map[string]string{"email": "a.berg@example.org", "firstname": "Anna", "lastname": "Berg"})
		k.told = nil
		got := k.merge(into, old)
		for name, want := range map[string]string{"email": "a.berg@example.org", "firstname": "Anna", "lastname": "Berg", "city": "Delft",
			"hs_additional_emails": "ann@example.org;ann@home.example", "createdate": old.Properties["createdate"], "hs_merged_object_ids": fmt.Sprint(old.ID)} {
			if got.Properties[name] != want {
				t.Errorf("%s is %q, want %q", name, got.Properties[name], want)
			}
		}
		if got.ID != into.ID || !slices.Equal(k.told, []string{"contact.archived", "contact.changed", "contact.merged"}) {
			t.Errorf("%d told %v", got.ID, k.told)
		}
		k.see(func(tx *db.Tx) error {
			for _, email := range []string{"ann@example.org", "ANN@home.example", "a.berg@example.org"} {
				if id, _, err := k.FindBy(tx, "contacts", "email", email); err != nil || id != into.ID {
					t.Errorf("%s is of %d, %v", email, id, err)
				}
			}
			return nil
		})
		k.do(func(tx *db.Tx) error {
			r, created, err := k.EnsureContact(tx, people.System, "ann@example.org", "")
			if created || r.ID != into.ID {
				t.Errorf("who writes from the old address is %d", r.ID)
			}
			return err
		})
	})
}

func TestTheOtherIDAnswersAsTheMergedRecord(t *testing.T) { // REC-4
	each(t, func(k *desk) {
		a, b, c := k.company("A"), k.company("B"), k.company("C")
		k.merge(b, a)
		k.merge(c, b) // a chain: all three are one
		for _, r := range []record.Record{a, b, c} {
			if got := k.get(r); got.ID != c.ID || got.Properties["name"] != "C" {
				t.Errorf("%s answers as %d %v", r.Properties["name"], got.ID, got.Properties["name"])
			}
			k.see(func(tx *db.Tx) error {
				page, err := k.Search(tx, people.System, record.Query{ObjectType: "companies", Groups: []filter.Group{{Filters: []filter.Filter{{PropertyName: "hs_object_id", Operator: "EQ", Value: fmt.Sprint(r.ID)}}}}})
				if err != nil || len(page.Records) != 1 || page.Records[0].ID != c.ID {
					t.Errorf("searched by the id of %s: %+v %v", r.Properties["name"], page.Records, err)
				}
				found, err := k.FindAll(tx, "companies", "hs_object_id", []string{fmt.Sprint(r.ID)})
				if found[fmt.Sprint(r.ID)] != c.ID {
					t.Errorf("by id: %v", found)
				}
				return err
			})
		}
		k.do(func(tx *db.Tx) error {
			got, err := k.Update(tx, people.System, "companies", a.ID, map[string]string{"city": "Delft"}, "")
			if got.ID != c.ID || got.Properties["city"] != "Delft" {
				t.Errorf("updated %d %v", got.ID, got.Properties)
			}
			return err
		})
		if got := k.get(c).Properties["hs_merged_object_ids"]; got != fmt.Sprintf("%d;%d", a.ID, b.ID) {
			t.Errorf("merged ids %s", got)
		}
		k.do(func(tx *db.Tx) error { return k.Archive(tx, people.System, "companies", a.ID) }) // it is gone already
		if k.get(c).Archived {
			t.Error("the merged record went into the trash by its old id")
		}
		k.see(func(tx *db.Tx) error {
			trash, err := k.List(tx, people.System, "companies", "", 10, true)
			also, err2 := k.GetTrashed(tx, people.System, "companies", []int64{a.ID, b.ID})
			if len(trash.Records)+len(also) != 0 {
				t.Errorf("merged records are in the trash: %v %v", trash.Records, also)
			}
			if err == nil {
				err = err2
			}
			return err
		})
		k.refused(errs.Conflict, func(tx *db.Tx) error { return k.Restore(tx, people.System, "companies", a.ID) })
	})
}

func TestMergesThatAreRefused(t *testing.T) { // REC-4
	each(t, func(k *desk) {
		a, b, c := k.company("A"), k.company("B"), k.company("C")
		if got := k.refusedMerge(errs.Invalid, a, a); got != "INVALID_MERGE" {
			t.Errorf("with itself: %s", got)
		}
		k.refusedMerge(errs.NotFound, a, record.Record{ID: 99})
		k.refusedMerge(errs.NotFound, record.Record{ObjectType: "companies", ID: 99}, a)
		k.merge(a, b)
		if got := k.refusedMerge(errs.Invalid, c, b); got != "ALREADY_MERGED" {
			t.Errorf("again: %s", got)
		}
		if got := k.refusedMerge(errs.Invalid, b, a); got != "INVALID_MERGE" { // b is a by now
			t.Errorf("the other way round: %s", got)
		}
		k.do(func(tx *db.Tx) error { return k.Archive(tx, people.System, "companies", c.ID) })
		k.refusedMerge(errs.NotFound, a, c)
		k.refusedMerge(errs.NotFound, c, a)
		k.refusedMerge(errs.Denied, record.Record{ObjectType: "users", ID: 1}, record.Record{ID: 2})
		k.refusedMerge(errs.Invalid, record.Record{ObjectType: "rockets", ID: 1}, record.Record{ID: 2})
		one := people.Actor{Kind: event.User, ID: 7, Grants: map[people.Grant]people.Scope{{ObjectType: "companies", Verb: people.View}: {Reach: people.Everything, Unassigned: true},
			{ObjectType: "companies", Verb: people.Edit}: {Reach: people.OwnedOnly}}}
		d := k.company("D")
		for _, pair := range [][2]record.Record{{a, d}, {d, a}} {
			k.refused(errs.Denied, func(tx *db.Tx) error {
				_, err := k.merges.Merge(tx, one, "companies", pair[0].ID, pair[1].ID)
				return err
			})
		}
		many := make([]string, 249)
		for i := range many {
			many[i] = fmt.Sprint(i + 1)
		}
		k.do(func(tx *db.Tx) error {
			_, err := k.Derive(tx, people.System, "companies", d.ID, map[string]string{"hs_merged_object_ids": strings.Join(many, ";")}, "")
			return err
		})
		if got := k.refusedMerge(errs.Invalid, a, d); got != "MERGE_LIMIT_EXCEEDED" {
			t.Errorf("too often: %s", got)
		}
	})
}

func TestAssociationsMoveAndComeBack(t *testing.T) { // REC-1, REC-4
	each(t, func(k *desk) {
		a, b := k.company("A"), k.company("B")
		ann, bob, cid := k.make("contacts", map[string]string{"email": "ann@x.example"}), k.make("contacts", map[string]string{"email": "bob@x.example"}), k.make("contacts", map[string]string{"email": "cid@x.example"})
		deal, other := k.make("deals", map[string]string{"dealname": "D", "dealstage": "appointmentscheduled"}), k.make("deals", map[string]string{"dealname": "E", "dealstage": "appointmentscheduled"})
		parentA, parentB := k.company("PA"), k.company("PB")
		link := func(from, to record.Record, typeID int) {
			k.do(func(tx *db.Tx) error {
				return k.Associate(tx, people.System, record.Link{FromType: from.ObjectType, FromID: from.ID, ToType: to.ObjectType, ToID: to.ID, TypeID: typeID})
			})
		}
		link(a, ann, 0)
		link(a, bob, 0)
		link(bob, b, 1) // bob's primary company is b
		link(b, cid, 0)
		link(b, deal, 0)
		link(other, b, 5)
		link(a, parentA, 14)
		link(b, parentB, 14)
		link(a, b, 0)
		before := map[string][]string{}
		for _, to := range []string{"contacts", "deals", "companies"} {
			before["a"+to], before["b"+to] = k.ends(a, to), k.ends(b, to)
		}
		k.merge(a, b)
		check := func(when string, r record.Record, to string, want ...string) {
			t.Helper()
			if got := k.ends(r, to); !slices.Equal(got, want) {
				t.Errorf("%s, %s to %s: %v, want %v", when, r.Properties["name"], to, got, want)
			}
		}
		for _, r := range []record.Record{a, b} { // by either id
			check("merged", r, "contacts", "ann@x.example/280", "bob@x.example/2/280", "cid@x.example/280")
			check("merged", r, "deals", "D/342", "E/6/342")
			check("merged", r, "companies", "PA/14/450", "PB/450") // a company has one parent: the primary record's
		}
		check("merged", bob, "companies", "A/1/279")
		check("merged", other, "companies", "A/5/341")
		link(b, bob, 0) // by the old id: it is there already
		k.do(k.undo(k.newest(a)))
		for _, to := range []string{"contacts", "deals", "companies"} {
			check("undone", a, to, before["a"+to]...)
			check("undone", b, to, before["b"+to]...)
		}
		check("undone", bob, "companies", "A/279", "B/1/279")
	})
}

func TestUndoGivesEachWhatItHad(t *testing.T) { // REC-4
	each(t, func(k *desk) {
		a := k.make("contacts", map[string]string{"email": "a@x.example", "firstname": "A"})
		b := k.make("contacts", map[string]string{"email": "b@x.example", "city": "Delft"})
		c := k.make("contacts", map[string]string{"email": "c@x.example"})
		k.merge(b, c)
		k.merge(a, b)
		k.told = nil
		k.do(k.undo(k.newest(a)))
		if !slices.Equal(k.told, []string{"contact.changed", "contact.restored", "contact.unmerged"}) {
			t.Errorf("told %v", k.told)
		}
		got, back := k.get(a), k.get(b)
		if got.Properties["city"] != "" || got.Properties["hs_additional_emails"] != "" || got.Properties["hs_merged_object_ids"] != "" {
			t.Errorf("left with the first: %v", got.Properties)
		}
		if back.ID != b.ID || back.Properties["city"] != "Delft" || back.Properties["hs_additional_emails"] != "c@x.example" {
			t.Errorf("the other: %v", back.Properties)
		}
		if got := k.get(c); got.ID != b.ID {
			t.Errorf("what had been merged into it is %d", got.ID)
		}
		k.do(k.undo(k.newest(b)))
		if got := k.get(c); got.ID != c.ID || got.Properties["email"] != "c@x.example" {
			t.Errorf("the last: %v", got.Properties)
		}
		k.refused(errs.NotFound, k.undo(merge.Merge{ID: 99}))
	})
}

func TestUndoIsRefusedWhenItIsTooLate(t *testing.T) { // REC-4
	each(t, func(k *desk) {
		a, b, c := k.company("A"), k.company("B"), k.company("C")
		k.merge(a, b)
		first := k.newest(a)
		k.merge(a, c)
		if got := k.refused(errs.Conflict, k.undo(first)); got != "MERGE_NOT_NEWEST" {
			t.Errorf("the older first: %s", got)
		}
		k.do(k.undo(k.newest(a)))
		k.refused(errs.Denied, func(tx *db.Tx) error {
			_, err := k.merges.Undo(tx, people.Actor{Kind: event.User, ID: 7, Seat: people.ServiceSeat}, first.ID)
			return err
		})
		edit := func(by people.Actor, props map[string]string) {
			k.do(func(tx *db.Tx) error { _, err := k.Update(tx, by, "companies", a.ID, props, ""); return err })
		}
		edit(people.Automation, map[string]string{"city": "Delft"}) // a rule is no edit
		user := people.Actor{Kind: event.User, ID: 7, SuperAdmin: true}
		edit(user, map[string]string{"phone": "+31 15 2789111"})
		if got := k.refused(errs.Conflict, k.undo(first)); got != "MERGE_EDITED" {
			t.Errorf("after an edit: %s", got)
		}
		d, e := k.company("D"), k.company("E")
		k.merge(d, e)
		late := k.newest(d)
		k.advance(30*24*time.Hour + time.Minute)
		if got := k.refused(errs.Conflict, k.undo(late)); got != "MERGE_TOO_OLD" {
			t.Errorf("after a month: %s", got)
		}
		f, g := k.company("F"), k.company("G")
		k.merge(f, g)
		gone := k.newest(f)
		k.do(func(tx *db.Tx) error { return k.Archive(tx, people.System, "companies", f.ID) })
		if got := k.refused(errs.Conflict, k.undo(gone)); got != "MERGE_EDITED" {
			t.Errorf("of what is in the trash: %s", got)
		}
	})
}

func TestMergesSettle(t *testing.T) { // REC-4
	each(t, func(k *desk) {
		a, b := k.company("A"), k.company("B")
		var all []record.Link
		for i := range 1100 {
			c := k.make("contacts", map[string]string{"email": fmt.Sprintf("c%d@x.example", i)})
			all = append(all, record.Link{FromType: "companies", FromID: b.ID, ToType: "contacts", ToID: c.ID})
		}
		k.do(func(tx *db.Tx) error { _, err := k.AssociateMany(tx, people.System, all); return err })
		k.merge(a, b)
		rows := func(id int64) (n int64) {
			k.see(func(tx *db.Tx) (err error) {
				n, err = db.Value[int64](tx, "SELECT count(*) FROM associations WHERE from_id = $1 OR to_id = $1", id)
				return err
			})
			return n
		}
		k.drain()
		if rows(b.ID) != 2200 || rows(a.ID) != 2200 {
			t.Errorf("%d and %d rows while it can be undone", rows(a.ID), rows(b.ID))
		}
		k.advance(30 * 24 * time.Hour)
		k.drain()
		if rows(b.ID) != 0 || rows(a.ID) != 2200 || !k.newest(a).Settled {
			t.Errorf("%d and %d rows afterwards", rows(a.ID), rows(b.ID))
		}
		if got := k.get(b); got.ID != a.ID {
			t.Errorf("the old id is forgotten: %d", got.ID)
		}
		k.see(func(tx *db.Tx) error {
			if n, err := db.Value[int64](tx, "SELECT count(*) FROM companies WHERE id = $1", b.ID); n != 0 || err != nil {
				t.Errorf("the row is there still: %v", err)
			}
			return nil
		})
	})
}

func TestMergesAtTheSameTime(t *testing.T) { // REC-4
	each(t, func(k *desk) {
		for range 5 {
			all := []record.Record{k.company("A"), k.company("B"), k.company("C")}
			var wg sync.WaitGroup
			for i := range 6 { // each into each other, at once
				wg.Go(func() {
					err := k.d.Write(context.Background(), func(tx *db.Tx) error {
						_, err := k.merges.Merge(tx, people.System, "companies", all[i%3].ID, all[(i+1+i/3)%3].ID)
						return err
					})
					if err != nil && !errs.Is(err, errs.Invalid) && !errs.Is(err, errs.NotFound) {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			survivors := map[int64]bool{}
			for _, r := range all {
				survivors[k.get(r).ID] = true
			}
			if len(survivors) != 1 {
				t.Errorf("%d records are left of three", len(survivors))
			}
		}
	})
}

func TestAnOwnerWhoLeftIsNoReasonNotToMerge(t *testing.T) { // REC-4
	each(t, func(k *desk) {
		a, b := k.company("A"), k.make("companies", map[string]string{"name": "B", "city": "Delft"})
		k.do(func(tx *db.Tx) error { // as it was when the user was there
			_, err := tx.Exec("UPDATE companies SET owner_id = 4711 WHERE id = $1", b.ID)
			return err
		})
		if got := k.merge(a, b); got.Properties["hubspot_owner_id"] != "" || got.Properties["city"] != "Delft" {
			t.Errorf("got %v", got.Properties)
		}
	})
}
