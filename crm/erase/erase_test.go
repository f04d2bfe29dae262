package erase_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/derive"
	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// desk is records that can be erased, and another package that keeps something of them.
type desk struct {
	*record.Store
	t      *testing.T
	d      *db.DB
	clock  *clock.Fixed
	eraser *erase.Service
	merges *merge.Service
	jobs   *job.Runner

	mu    sync.Mutex
	told  []string
	steps []erase.What // of the part, in its order
	fails int          // how often the part fails first
}

// Dispatch keeps the types of events.
func (k *desk) Dispatch(_ *db.Tx, e any) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.told = append(k.told, e.(event.Event).Type)
	return nil
}

// part goes in three steps.
func (k *desk) part() erase.Part {
	return erase.Part{Name: "letters", Step: func(_ *db.Tx, w erase.What, from erase.Cursor) (erase.Cursor, bool, error) {
		if k.fails > 0 && from == 1 {
			k.fails--
			return 0, false, errors.New("the shelf is locked")
		}
		k.steps = append(k.steps, w)
		return from + 1, from < 2, nil
	}}
}

func each(t *testing.T, story func(k *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		k := &desk{t: t, clock: cfg.Clock.(*clock.Fixed)}
		cfg.Reactor = k
		k.d = dbtest.Open(t, cfg)
		props := property.New(k.d)
		index := search.New(k.d, props, nil)
		k.Store = record.New(k.d, props, index, derive.Of(pipeline.New(k.d, props), people.New(k.d)))
		k.merges = merge.New(k.d, k.Store, props, nil)
		var err error
		k.eraser = erase.New(k.d, k.Store, props, index, k.part())
		log := slog.New(slog.DiscardHandler)
		if k.jobs, err = job.NewRunner(k.d, log, job.Config{}, append(k.eraser.Handlers(), k.merges.SettleHandler())...); err != nil {
			t.Fatal(err)
		}
		story(k)
	})
}

func (k *desk) do(fn func(tx *db.Tx) error)  { k.t.Helper(); dbtest.Do(k.t, k.d, fn) }
func (k *desk) see(fn func(tx *db.Tx) error) { k.t.Helper(); dbtest.See(k.t, k.d, fn) }

func (k *desk) settle() {
	k.t.Helper()
	if err := k.jobs.Drain(context.Background()); err != nil {
		k.t.Fatal(err)
	}
}

func (k *desk) make(kind string, props map[string]string, to ...record.Record) (r record.Record) {
	k.t.Helper()
	in := record.Input{Properties: props}
	for _, other := range to {
		in.Links = append(in.Links, record.Link{ToType: other.ObjectType, ToID: other.ID})
	}
	k.do(func(tx *db.Tx) (err error) {
		r, err = k.Create(tx, people.System, kind, in)
		return err
	})
	return r
}

func (k *desk) erase(r record.Record) {
	k.t.Helper()
	k.do(func(tx *db.Tx) error { return k.eraser.Erase(tx, people.System, r.ObjectType, r.ID) })
}

// there reports whether a record is there, in the trash or not.
func (k *desk) there(r record.Record) (yes bool) {
	k.t.Helper()
	k.see(func(tx *db.Tx) error {
		_, err := k.Any(tx, r.ObjectType, r.ID)
		if yes = err == nil; errs.Is(err, errs.NotFound) {
			return nil
		}
		return err
	})
	return yes
}

// count is what a statement counts.
func (k *desk) count(statement string, args ...any) (n int64) {
	k.t.Helper()
	k.see(func(tx *db.Tx) (err error) {
		n, err = db.Value[int64](tx, statement, args...)
		return err
	})
	return n
}

// found are those that a filter finds, in memory too.
func (k *desk) found(kind, name, value string) (ids []int64) {
	k.t.Helper()
	k.see(func(tx *db.Tx) error {
		p, err := k.Search(tx, people.System, record.Query{ObjectType: kind, CountTotal: true,
			Groups: []filter.Group{{Filters: []filter.Filter{{PropertyName: name, Operator: "EQ", Value: value}}}}})
		for _, r := range p.Records {
			ids = append(ids, r.ID)
		}
		if int(p.Total) != len(ids) {
			k.t.Errorf("%d counted, %d found", p.Total, len(ids))
		}
		return err
	})
	return ids
}

func TestNothingOfARecordIsLeft(t *testing.T) { // REC-5
	each(t, func(k *desk) {
		firm := k.make("companies", map[string]string{"name": "Acme"})
		ann := k.make("contacts", map[string]string{"email": "ann@example.org", "city": "Delft"}, firm)
		bob := k.make("contacts", map[string]string{"email": "bob@example.org", "city": "Delft"}, firm)
		if got := k.found("contacts", "city", "Delft"); len(got) != 2 {
			t.Fatalf("found %v", got)
		}
		k.fails = 1
		k.erase(ann)
		if got := k.found("contacts", "city", "Delft"); !slices.Equal(got, []int64{bob.ID}) {
			t.Errorf("before the job ran %v is found", got)
		}
		k.settle()
		k.clock.Advance(time.Hour)
		k.settle() // the part failed once
		if k.there(ann) || !k.there(bob) || !k.there(firm) {
			t.Error("who is there is not who should be")
		}
		if len(k.steps) != 4 || k.steps[0].ID != ann.ID || !k.steps[0].Person || !slices.Equal(k.steps[0].Emails, []string{"ann@example.org"}) {
			t.Errorf("the part was asked for %+v", k.steps)
		}
		for _, left := range []string{"associations WHERE from_id = $1 OR to_id = $1", "record_changes WHERE record_id = $1", "contact_identities WHERE contact_id = $1",
			"events WHERE object_id = $1 AND CAST(data AS TEXT) <> '{}'"} {
			if n := k.count("SELECT count(*) FROM "+left, ann.ID); n != 0 {
				t.Errorf("%d of %s", n, left)
			}
		}
		if got := k.found("contacts", "city", "Delft"); !slices.Equal(got, []int64{bob.ID}) {
			t.Errorf("afterwards %v is found", got)
		}
		if n := k.count("SELECT count(*) FROM audit_log WHERE action = 'deletion.gdpr' AND object_id = $1", ann.ID); n != 1 {
			t.Errorf("%d entries in the audit log", n)
		}
		if !slices.Contains(k.told, "contact.erased") || !slices.Contains(k.told, "contact.purged") {
			t.Errorf("told %v", k.told)
		}
	})
}

// What is written about a person, and who they were before, goes with them.
func TestWhatBelongsToAPersonGoesToo(t *testing.T) { // REC-5
	each(t, func(k *desk) {
		ann := k.make("contacts", map[string]string{"email": "ann@example.org", "hs_additional_emails": "ann@home.example"})
		bob := k.make("contacts", map[string]string{"email": "bob@example.org"})
		before := k.make("contacts", map[string]string{"email": "old@example.org"})
		k.do(func(tx *db.Tx) error { return k.Archive(tx, people.System, "contacts", before.ID) })
		k.do(func(tx *db.Tx) error {
			_, err := k.Update(tx, people.System, "contacts", ann.ID, map[string]string{"hs_additional_emails": "ann@home.example;old@example.org"}, "")
			return err
		})
		other := k.make("contacts", map[string]string{"email": "xold@example.org"}) // no more alike than that
		k.do(func(tx *db.Tx) error { return k.Archive(tx, people.System, "contacts", other.ID) })
		var gone []record.Record
		for i := range 23 { // more than a transaction takes
			gone = append(gone, k.make("notes", map[string]string{"hs_note_body": strings.Repeat("n", i+1), "hs_timestamp": "2026-01-01T00:00:00Z"}, ann))
		}
		gone = append(gone, k.make("calls", map[string]string{"hs_call_body": "rang", "hs_timestamp": "2026-01-01T00:00:00Z"}, ann, bob), before)
		kept := k.make("notes", map[string]string{"hs_note_body": "of Bob", "hs_timestamp": "2026-01-01T00:00:00Z"}, bob)
		deal := k.make("deals", map[string]string{"dealname": "Lamps", "dealstage": "contractsent"}, ann)
		k.erase(ann)
		k.settle()
		for _, r := range gone {
			if k.there(r) {
				t.Errorf("%s %d is there", r.ObjectType, r.ID)
			}
		}
		for _, r := range []record.Record{bob, other, kept, deal} {
			if !k.there(r) {
				t.Errorf("%s %d is not there", r.ObjectType, r.ID)
			}
		}
		for _, email := range []string{"ann@example.org", "ANN@home.example", "old@example.org"} {
			err := k.d.Write(context.Background(), func(tx *db.Tx) error {
				_, err := k.Create(tx, people.LimitedApp(1, "sync", []string{"crm.objects.contacts.write"}), "contacts", record.Input{Properties: map[string]string{"email": email}})
				return err
			})
			if e := errs.As(err); e == nil || len(e.Fields) == 0 || e.Fields[0].Code != "EMAIL_BLOCKED" {
				t.Errorf("%s may be used again: %v", email, err)
			}
		}
	})
}

// A record takes those along that were merged into it, and what the merge kept for its undoing.
func TestMergedRecordsAreErased(t *testing.T) { // REC-4, REC-5
	each(t, func(k *desk) {
		into := k.make("companies", map[string]string{"name": "Acme"})
		from := k.make("companies", map[string]string{"name": "Acme Two"})
		k.do(func(tx *db.Tx) error {
			_, err := k.merges.Merge(tx, people.System, "companies", into.ID, from.ID)
			return err
		})
		k.erase(from) // by the id that it answers to as well
		k.settle()
		if k.there(into) || k.there(from) || k.count("SELECT (SELECT count(*) FROM merges) + (SELECT count(*) FROM merged_records)") != 0 {
			t.Error("something is left of the merge")
		}
		if len(k.steps) != 6 || k.steps[0].Person {
			t.Errorf("the part was asked for %+v", k.steps)
		}
		k.clock.Advance(31 * 24 * time.Hour)
		k.settle()
	})
}

func TestTrashIsEmptiedInTime(t *testing.T) { // REC-5
	each(t, func(k *desk) {
		day := 24 * time.Hour
		k.do(erase.Schedule)
		k.do(erase.Schedule)
		var all []record.Record
		for i := range 45 {
			all = append(all, k.make("companies", map[string]string{"name": strings.Repeat("x", i+1)}))
			r := all[i]
			k.do(func(tx *db.Tx) error { return k.Archive(tx, people.System, "companies", r.ID) })
			if i == 22 {
				k.clock.Advance(2 * day) // the others come later
			}
		}
		back := all[3]
		k.do(func(tx *db.Tx) error { return k.Restore(tx, people.System, "companies", back.ID) })
		for range 89 {
			k.clock.Advance(day)
			k.settle()
		}
		left := func() (n int) {
			for _, r := range all {
				if k.there(r) {
					n++
				}
			}
			return n
		}
		if got := left(); got != 23 {
			t.Errorf("%d left of the 45 after 91 days, want those of the last 89 and the restored one: 23", got)
		}
		for range 3 {
			k.clock.Advance(day)
			k.settle()
		}
		if got := left(); got != 1 || !k.there(back) {
			t.Errorf("%d left in the end, want the restored one", got)
		}
		if n := k.count("SELECT count(*) FROM audit_log WHERE action = 'deletion.record'"); n != 44 {
			t.Errorf("%d entries in the audit log", n)
		}
	})
}

// Who takes a record out of the trash after it was deleted for good was late.
func TestErasedIsNotRestored(t *testing.T) { // REC-5
	each(t, func(k *desk) {
		ann := k.make("contacts", map[string]string{"email": "ann@example.org"})
		k.erase(ann)
		k.do(func(tx *db.Tx) error { return k.Restore(tx, people.System, "contacts", ann.ID) })
		k.settle()
		if k.there(ann) {
			t.Error("she is back")
		}
		err := k.d.Write(context.Background(), func(tx *db.Tx) error { return k.eraser.Erase(tx, people.System, "contacts", ann.ID) })
		if !errs.Is(err, errs.NotFound) {
			t.Errorf("erased twice: %v", err)
		}
	})
}

func TestWhoMayErase(t *testing.T) { // ACC-3, REC-5
	each(t, func(k *desk) {
		all := people.Scope{Reach: people.Everything, Unassigned: true}
		may := func(p []people.Permission, verbs ...people.Verb) people.Actor {
			a := people.Actor{Kind: event.User, ID: 7, Permissions: p, Grants: map[people.Grant]people.Scope{}}
			for _, v := range verbs {
				a.Grants[people.Grant{ObjectType: "*", Verb: v}] = all
			}
			return a
		}
		admin := []people.Permission{people.ManageAccount}
		for name, c := range map[string]struct {
			by   people.Actor
			want errs.Kind
		}{
			"a user":                    {may(nil, people.View, people.Delete), errs.Denied},
			"an admin who is not shown": {may(admin, people.Delete), errs.NotFound},
			"one who may not delete":    {may(admin, people.View, people.Edit), errs.Denied},
			"an app that reads":         {people.LimitedApp(1, "sync", []string{"crm.objects.contacts.read"}), errs.Denied},
			"an app of another type":    {people.LimitedApp(1, "sync", []string{"tickets"}), errs.NotFound},
		} {
			ann := k.make("contacts", map[string]string{"lastname": name})
			err := k.d.Write(context.Background(), func(tx *db.Tx) error { return k.eraser.Erase(tx, c.by, "contacts", ann.ID) })
			if !errs.Is(err, c.want) {
				t.Errorf("%s: %v, want an error that is %v", name, err, c.want)
			}
		}
		for name, by := range map[string]people.Actor{"an admin": may(admin, people.View, people.Delete), "an app": people.LimitedApp(1, "sync", []string{"crm.objects.contacts.write"})} {
			ann := k.make("contacts", map[string]string{"lastname": name})
			k.do(func(tx *db.Tx) error { return k.eraser.Erase(tx, by, "contacts", ann.ID) })
			k.settle()
			if k.there(ann) {
				t.Errorf("%s erased nobody", name)
			}
		}
	})
}
