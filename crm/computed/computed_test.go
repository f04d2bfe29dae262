package computed_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/computed"
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

// plainRules give a ticket what its columns need.
type plainRules struct{}

func (plainRules) Prepare(tx *db.Tx, _ people.Actor, w *record.Write) error {
	if w.Create {
		w.Set["desk_open"], w.Set["desk_spam"], w.Set["desk_active_at"] = "true", "false", property.FormatTime(tx.Now)
	}
	return nil
}

// desk is a service on one database, with its reactor and its jobs.
type desk struct {
	*computed.Service
	d       *db.DB
	props   *property.Registry
	records *record.Store
	jobs    *job.Runner
}

func each(t *testing.T, story func(t *testing.T, k *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) { story(t, open(t, cfg)) })
}

func open(t *testing.T, cfg db.Config) *desk {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	bus := event.NewBus(log)
	cfg.Reactor = bus
	d := dbtest.Open(t, cfg)
	props := property.New(d)
	records := record.New(d, props, search.New(d, props, nil), map[string]record.Rules{"tickets": plainRules{}})
	s := computed.New(d, props, records)
	if err := bus.Install(s.Reactor()); err != nil {
		t.Fatal(err)
	}
	jobs, err := job.NewRunner(d, log, job.Config{}, append(s.Handlers(), bus.RetryHandler(d))...)
	if err != nil {
		t.Fatal(err)
	}
	return &desk{s, d, props, records, jobs}
}

func (k *desk) do(t testing.TB, fn func(tx *db.Tx) error) { t.Helper(); dbtest.Do(t, k.d, fn) }

// settle lets the waiting jobs run.
func (k *desk) settle(t *testing.T) {
	t.Helper()
	for range 3 { // a spread leaves further jobs
		k.d.Clock().(*clock.Fixed).Advance(2 * time.Second)
		if err := k.jobs.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	dbtest.See(t, k.d, func(tx *db.Tx) error {
		left, err := job.List(tx, job.Ready, job.Running, job.Dead)
		if len(left) > 0 {
			t.Errorf("jobs are left: %+v", left)
		}
		return err
	})
}

func (k *desk) define(t *testing.T, d property.Definition) (made property.Definition) {
	t.Helper()
	if d.Label == "" {
		d.Label = d.Name
	}
	k.do(t, func(tx *db.Tx) (err error) {
		made, err = k.Create(tx, people.System, d)
		return err
	})
	return made
}

func (k *desk) make(t *testing.T, objectType string, props map[string]string, to ...record.Record) (r record.Record) {
	t.Helper()
	var links []record.Link
	for _, o := range to {
		links = append(links, record.Link{ToType: o.ObjectType, ToID: o.ID})
	}
	k.do(t, func(tx *db.Tx) (err error) {
		r, err = k.records.Create(tx, people.System, objectType, record.Input{Properties: props, Links: links})
		return err
	})
	return r
}

func (k *desk) set(t *testing.T, r record.Record, name, value string) {
	t.Helper()
	k.do(t, func(tx *db.Tx) error {
		_, err := k.records.Update(tx, people.System, r.ObjectType, r.ID, map[string]string{name: value}, "")
		return err
	})
}

// is checks values of a record, each as name=value.
func (k *desk) is(t *testing.T, r record.Record, want ...string) {
	t.Helper()
	dbtest.See(t, k.d, func(tx *db.Tx) error {
		got, err := k.records.Any(tx, r.ObjectType, r.ID)
		for _, w := range want {
			name, value, _ := strings.Cut(w, "=")
			if got.Properties[name] != value {
				t.Errorf("%s is %q, want %q", name, got.Properties[name], value)
			}
		}
		return err
	})
}

func (k *desk) progress(t *testing.T, name string) (run computed.Run) {
	t.Helper()
	dbtest.See(t, k.d, func(tx *db.Tx) (err error) {
		run, _, err = k.Progress(tx, "tickets", name)
		return err
	})
	return run
}

func TestNewFormulaReachesWhatIsThere(t *testing.T) { // PROP-1, PROP-6
	each(t, func(t *testing.T, k *desk) {
		k.define(t, property.Definition{ObjectType: "tickets", Name: "price", Type: property.Number})
		var all []record.Record
		for i := range 130 { // more than two transactions' worth
			all = append(all, k.make(t, "tickets", map[string]string{"subject": "A", "price": fmt.Sprint(i)}))
		}
		double := k.define(t, property.Definition{ObjectType: "tickets", Name: "double", Type: property.Number, Formula: "price * 2"})
		if run := k.progress(t, "double"); run.Finished() {
			t.Errorf("begins with %+v", run)
		}
		late := k.make(t, "tickets", map[string]string{"subject": "A", "price": "7"})
		k.is(t, late, "double=14")
		k.settle(t)
		for i, r := range all {
			k.is(t, r, fmt.Sprintf("double=%d", 2*i))
		}
		if run := k.progress(t, "double"); !run.Finished() || run.Done != 131 || run.Total != 131 {
			t.Errorf("ends with %+v", run)
		}
		double.Formula = "price * 3"
		k.do(t, func(tx *db.Tx) error { _, err := k.Update(tx, people.System, double); return err })
		k.settle(t)
		k.is(t, all[129], "double=387")
		double.Label = "Triple" // what nothing follows from starts nothing
		k.do(t, func(tx *db.Tx) error { _, err := k.Update(tx, people.System, double); return err })
		if run := k.progress(t, "double"); !run.Finished() {
			t.Errorf("a label began %+v", run)
		}
	})
}

func TestRunGoesOnWhereItWasKilled(t *testing.T) { // PROP-1
	each(t, func(t *testing.T, k *desk) {
		for range 120 {
			k.make(t, "tickets", map[string]string{"subject": "A"})
		}
		k.define(t, property.Definition{ObjectType: "tickets", Name: "loud", Type: property.String, Formula: "upper(subject) + 'B'"})
		ctx, cancel := context.WithCancel(context.Background())
		handler := k.Handlers()[0]
		cancel()
		if err := handler.Run(ctx, job.Run{Args: []byte(`{"objectType":"tickets","name":"loud"}`)}); err == nil {
			t.Error("ran after its end")
		}
		k.settle(t)
		if run := k.progress(t, "loud"); !run.Finished() || run.Done != 120 {
			t.Errorf("%+v", run)
		}
		if err := handler.Run(context.Background(), job.Run{Args: []byte(`{`)}); err == nil {
			t.Error("ran nonsense")
		}
		// A property that is gone has nothing to bring up to date.
		k.do(t, func(tx *db.Tx) error {
			_, err := k.Update(tx, people.System, property.Definition{ObjectType: "tickets", Name: "loud", Label: "Loud", Formula: "lower(subject)"})
			if err == nil {
				err = k.props.Archive(tx, people.System, "tickets", "loud")
			}
			return err
		})
		k.settle(t)
		if run := k.progress(t, "loud"); !run.Finished() || run.Done != 0 {
			t.Errorf("%+v", run)
		}
	})
}

// rollups are those of a company over its tickets.
func rollups(k *desk, t *testing.T) {
	t.Helper()
	k.define(t, property.Definition{ObjectType: "tickets", Name: "price", Type: property.Number})
	k.define(t, property.Definition{ObjectType: "tickets", Name: "paid", Type: property.Date})
	roll := func(name string, typ property.Type, r property.Rollup) {
		r.Of = "tickets"
		k.define(t, property.Definition{ObjectType: "companies", Name: name, Type: typ, Rollup: &r})
	}
	roll("n", property.Number, property.Rollup{How: property.Count})
	roll("total", property.Number, property.Rollup{How: property.Sum, Property: "price"})
	roll("mean", property.Number, property.Rollup{How: property.Average, Property: "price"})
	roll("least", property.Number, property.Rollup{How: property.Min, Property: "price"})
	roll("most", property.Number, property.Rollup{How: property.Max, Property: "price"})
	roll("first_paid", property.Date, property.Rollup{How: property.Min, Property: "paid"})
	roll("last_made", property.DateTime, property.Rollup{How: property.Max, Property: "createdate"})
	roll("urgent", property.Number, property.Rollup{How: property.Count, Filter: []byte(`[{"filters":[{"propertyName":"hs_ticket_priority","operator":"EQ","value":"URGENT"}]}]`)})
	k.define(t, property.Definition{ObjectType: "companies", Name: "big", Type: property.Bool, Formula: "total > 100"})
}

func TestRollupsFollow(t *testing.T) { // PROP-1
	each(t, func(t *testing.T, k *desk) {
		acme := k.make(t, "companies", map[string]string{"name": "Acme"})
		rollups(k, t)
		other := k.make(t, "companies", map[string]string{"name": "Other"})
		k.settle(t)
		for _, c := range []record.Record{acme, other} {
			k.is(t, c, "n=0", "total=", "mean=", "least=", "first_paid=", "last_made=", "urgent=0", "big=")
		}
		a := k.make(t, "tickets", map[string]string{"subject": "A", "price": "0.1", "paid": "2026-03-02"}, acme)
		b := k.make(t, "tickets", map[string]string{"subject": "B", "price": "0.2", "hs_ticket_priority": "URGENT"}, acme)
		k.make(t, "tickets", map[string]string{"subject": "C"}, acme)
		k.settle(t)
		k.is(t, acme, "n=3", "total=0.3", "mean=0.15", "least=0.1", "most=0.2", "first_paid=2026-03-02", "urgent=1", "big=false",
			"last_made="+b.Properties["createdate"])
		k.is(t, other, "n=0")

		k.set(t, a, "price", "1000")
		k.set(t, a, "paid", "2026-03-05")
		k.set(t, b, "hs_ticket_priority", "LOW")
		k.settle(t)
		k.is(t, acme, "total=1000.2", "least=0.2", "most=1000", "first_paid=2026-03-05", "urgent=0", "big=true")

		link := record.Link{FromType: "tickets", FromID: a.ID, ToType: "companies", ToID: acme.ID}
		k.do(t, func(tx *db.Tx) error { return k.records.Dissociate(tx, people.System, link) })
		k.settle(t)
		k.is(t, acme, "n=2", "total=0.2", "first_paid=", "big=false")
		link.ToID = other.ID
		k.do(t, func(tx *db.Tx) error { return k.records.Associate(tx, people.System, link) })
		k.settle(t)
		k.is(t, other, "n=1", "total=1000")

		k.do(t, func(tx *db.Tx) error { return k.records.Archive(tx, people.System, "tickets", b.ID) })
		k.settle(t)
		k.is(t, acme, "n=1", "total=")
		k.do(t, func(tx *db.Tx) error { return k.records.Restore(tx, people.System, "tickets", b.ID) })
		k.settle(t)
		k.is(t, acme, "n=2", "total=0.2")

		// A company in the trash is left alone, and caught up with when it comes back.
		k.do(t, func(tx *db.Tx) error { return k.records.Archive(tx, people.System, "companies", acme.ID) })
		k.set(t, b, "price", "5")
		k.settle(t)
		k.is(t, acme, "total=0.2")
		k.do(t, func(tx *db.Tx) error { return k.records.Restore(tx, people.System, "companies", acme.ID) })
		k.settle(t)
		k.is(t, acme, "total=5")
	})
}

// count is how many jobs of a kind wait.
func (k *desk) count(t *testing.T, kind string) (n int) {
	t.Helper()
	dbtest.See(t, k.d, func(tx *db.Tx) error {
		all, err := job.List(tx, job.Ready)
		for _, j := range all {
			if j.Kind == kind {
				n++
			}
		}
		return err
	})
	return n
}

func TestManyChangesCostOneComputation(t *testing.T) { // PROP-1
	each(t, func(t *testing.T, k *desk) {
		rollups(k, t)
		acme := k.make(t, "companies", map[string]string{"name": "Acme"})
		var all []record.Record
		for range 30 {
			all = append(all, k.make(t, "tickets", map[string]string{"subject": "A", "price": "1"}, acme))
		}
		k.settle(t)
		for _, r := range all {
			k.set(t, r, "price", "2")
			k.set(t, r, "subject", "B") // which no rollup looks at
		}
		if n := k.count(t, "property.rollup"); n != 1 {
			t.Errorf("%d jobs for one company", n)
		}
		k.settle(t)
		k.is(t, acme, "total=60")
		k.set(t, all[0], "subject", "C")
		if n := k.count(t, "property.rollup"); n != 0 {
			t.Errorf("%d jobs for nothing", n)
		}
	})
}

// A record that counts for very many finds them in the background.
func TestOneRecordThatCountsForMany(t *testing.T) { // PROP-1
	each(t, func(t *testing.T, k *desk) {
		k.define(t, property.Definition{ObjectType: "companies", Name: "size", Type: property.Number})
		k.define(t, property.Definition{ObjectType: "tickets", Name: "sized", Type: property.Number,
			Rollup: &property.Rollup{Of: "companies", How: property.Max, Property: "size"}})
		acme := k.make(t, "companies", map[string]string{"name": "Acme", "size": "1"})
		var all []record.Record
		for range 25 {
			all = append(all, k.make(t, "tickets", map[string]string{"subject": "A"}, acme))
		}
		k.settle(t)
		k.is(t, all[24], "sized=1")
		k.set(t, acme, "size", "9")
		if spread, direct := k.count(t, "property.rollup.spread"), k.count(t, "property.rollup"); spread != 1 || direct != 0 {
			t.Errorf("%d jobs to find them, %d for them", spread, direct)
		}
		k.settle(t)
		for _, r := range all {
			k.is(t, r, "sized=9")
		}
	})
}

func TestRollupReadsOnlyWhatIsAssociated(t *testing.T) { // PERF-1
	each(t, func(t *testing.T, k *desk) {
		rollups(k, t)
		dbtest.See(t, k.d, func(tx *db.Tx) error {
			all := computed.Statements(tx, k.Service, "companies")
			if len(all) != 8 {
				t.Errorf("%d statements", len(all))
			}
			for _, q := range all {
				plan, err := tx.Explain(q.Text(), q.Args()...)
				if err != nil {
					return err
				}
				if strings.Contains(plan, "SCAN tickets") || strings.Contains(plan, "Seq Scan on tickets") || strings.Contains(plan, "tickets_active") {
					t.Errorf("%s\n%s", q.Text(), plan)
				}
			}
			return nil
		})
	})
}

func TestRenamedOption(t *testing.T) { // PROP-2, PROP-4
	each(t, func(t *testing.T, k *desk) {
		options := []property.Option{{Value: "s", Label: "Small"}, {Value: "m", Label: "Middle", Order: 1}, {Value: "l", Label: "Large", Order: 2}}
		k.define(t, property.Definition{ObjectType: "tickets", Name: "sizes", Type: property.Enumeration, FieldType: "checkbox", Options: options})
		a := k.make(t, "tickets", map[string]string{"subject": "A", "sizes": "s;l"})
		b := k.make(t, "tickets", map[string]string{"subject": "B", "sizes": "l"})
		rename := func(from, to string) (err error) {
			return k.d.Write(context.Background(), func(tx *db.Tx) error {
				d, err := k.RenameOption(tx, people.System, "tickets", "sizes", from, to)
				if err == nil && (d.Options[0].Value != to || d.Options[0].Label != "Small") {
					t.Errorf("options are %+v", d.Options)
				}
				return err
			})
		}
		if err := rename("s", "xs"); err != nil {
			t.Fatal(err)
		}
		if err := rename("m", "mm"); !errs.Is(err, errs.Conflict) {
			t.Errorf("while one goes on: %v", err)
		}
		k.settle(t)
		k.is(t, a, "sizes=xs;l")
		k.is(t, b, "sizes=l")
		for name, kind := range map[string]errs.Kind{"none": errs.NotFound} {
			if err := rename(name, "x"); !errs.Is(err, kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := rename("xs", "l"); !errs.Is(err, errs.Invalid) {
			t.Errorf("onto another: %v", err)
		}
		err := k.d.Write(context.Background(), func(tx *db.Tx) error {
			_, err := k.RenameOption(tx, people.System, "tickets", "hs_ticket_priority", "LOW", "x")
			return err
		})
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("of a built-in one: %v", err)
		}
	})
}

func TestFiltersOfRollups(t *testing.T) { // PROP-1
	k := open(t, dbtest.SQLite(t))
	for filter, code := range map[string]string{
		`[{"filters":[{"propertyName":"nothing","operator":"EQ","value":"1"}]}]`:                 "PROPERTY_DOESNT_EXIST",
		`[{"filters":[{"propertyName":"createdate","operator":"IN_LAST_DAYS","value":"3"}]}]`:    "INVALID_ROLLUP",
		`[{"filters":[{"propertyName":"associations.contact","operator":"EQ","value":"3"}]}]`:    "INVALID_ROLLUP",
		`[{"filters":[{"propertyName":"createdate","operator":"OLDER_THAN_DAYS","value":"3"}]}]`: "INVALID_ROLLUP",
		`{"filters":[]}`: "INVALID_ROLLUP",
	} {
		err := k.d.Write(context.Background(), func(tx *db.Tx) error {
			_, err := k.Create(tx, people.System, property.Definition{ObjectType: "companies", Name: "n", Label: "N", Type: property.Number,
				Rollup: &property.Rollup{Of: "tickets", How: property.Count, Filter: []byte(filter)}})
			return err
		})
		if e := errs.As(err); e == nil || e.Fields[0].Code != code {
			t.Errorf("%s: %v", filter, err)
		}
	}
}
