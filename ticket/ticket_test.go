package ticket_test

import (
	"context"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

var ctx = context.Background()

// desk is a database with the rooms that tickets need.
type desk struct {
	*db.DB
	t       *testing.T
	clock   *clock.Fixed
	people  *people.Service
	records *record.Store
	tickets *ticket.Service
	runner  *job.Runner
	ann     people.User // of team
	team    people.Team
}

func each(t *testing.T, story func(t *testing.T, d *desk)) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) { story(t, open(t, cfg)) })
}

func open(t *testing.T, cfg db.Config) *desk {
	log := slog.New(slog.DiscardHandler)
	bus := event.NewBus(log)
	cfg.Reactor = bus
	d := &desk{DB: dbtest.Open(t, cfg), t: t, clock: cfg.Clock.(*clock.Fixed)}
	d.people = people.New(d.DB, people.HashMemory(64))
	props := property.New(d.DB)
	pipes := pipeline.New(d.DB, props)
	rules := map[string]record.Rules{ticket.Object: ticket.NewRules(pipes, d.people)}
	d.records = record.New(d.DB, props, search.New(d.DB, props, nil), rules)
	d.tickets = ticket.New(d.records, pipes)
	if err := bus.Install(d.tickets.PrimaryContact(), d.tickets.Trashed(), d.tickets.Merged()); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.runner, err = job.NewRunner(d.DB, log, job.Config{}, d.tickets.WakeHandler(d.DB), bus.RetryHandler(d.DB)); err != nil {
		t.Fatal(err)
	}
	d.do(func(tx *db.Tx) error { d.team, err = d.people.AddTeam(tx, people.System, "Support"); return err })
	d.ann, err = d.people.AddUser(ctx, people.System, people.NewUser{Name: "Ann", Email: "ann@example.org", Password: "correct horse",
		SuperAdmin: true, MainTeam: d.team.ID})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) do(fn func(tx *db.Tx) error) { d.t.Helper(); dbtest.Do(d.t, d.DB, fn) }

func (d *desk) create(props map[string]string) (id int64) {
	d.t.Helper()
	d.do(func(tx *db.Tx) error {
		r, err := d.tickets.Create(tx, d.ann.Actor(), ticket.NewTicket{Properties: props})
		id = r.ID
		return err
	})
	return id
}

func fresh(more ...string) map[string]string {
	p := map[string]string{ticket.Subject: "Broken lamp", ticket.Pipeline: "0", ticket.Stage: "1"}
	for i := 0; i < len(more); i += 2 {
		p[more[i]] = more[i+1]
	}
	return p
}

func (d *desk) get(ticketID int64) (r record.Record) {
	d.t.Helper()
	dbtest.See(d.t, d.DB, func(tx *db.Tx) (err error) { r, err = d.tickets.Get(tx, people.System, ticketID); return err })
	return r
}

func (d *desk) move(ticketID int64, stage string) {
	d.t.Helper()
	d.do(func(tx *db.Tx) error { return d.tickets.SetStatus(tx, d.ann.Actor(), ticketID, stage, "by hand") })
}

func TestClosingAndReopening(t *testing.T) { // STAT-6
	each(t, func(t *testing.T, d *desk) {
		n := d.create(fresh())
		d.clock.Advance(90 * time.Minute)
		d.move(n, "4")
		r := d.get(n).Properties
		if r[ticket.Open] != "false" || r[ticket.Closed] == "" || r[ticket.TimeToClose] != "5400000" {
			t.Errorf("closed: open %s, close date %s, time to close %s", r[ticket.Open], r[ticket.Closed], r[ticket.TimeToClose])
		}
		if r["hs_time_in_1"] != "5400000" {
			t.Errorf("time in New: %s ms, want 5400000", r["hs_time_in_1"])
		}
		d.clock.Advance(time.Hour)
		d.move(n, "3")
		r = d.get(n).Properties
		if r[ticket.Open] != "true" || r[ticket.Closed] != "" || r["desk_reopens"] != "1" || !ticket.WasReopened(d.get(n)) {
			t.Errorf("reopened: open %s, close date %q, reopens %s", r[ticket.Open], r[ticket.Closed], r["desk_reopens"])
		}
		if r[ticket.LastClosed] == "" {
			t.Error("the last close date must stay after reopening")
		}
	})
}

func TestStatusMustBeOfThePipeline(t *testing.T) { // PIPE-1, PROP-5
	each(t, func(t *testing.T, d *desk) {
		n := d.create(fresh())
		for name, props := range map[string]map[string]string{
			"unknown status":   {ticket.Stage: "77"},
			"unknown pipeline": {ticket.Pipeline: "9", ticket.Stage: "1"},
			"no status":        {ticket.Stage: ""},
		} {
			err := d.Write(ctx, func(tx *db.Tx) error {
				_, err := d.records.Update(tx, d.ann.Actor(), ticket.Object, n, props, "")
				return err
			})
			if !errs.Is(err, errs.Invalid) || len(errs.As(err).Fields) != 1 {
				t.Errorf("%s: %v", name, err)
			}
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := d.tickets.Create(tx, d.ann.Actor(), ticket.NewTicket{Properties: map[string]string{ticket.Subject: "x"}})
			return err
		})
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("a ticket without a status: %v", err)
		}
	})
}

func TestOwnerBringsTheirTeam(t *testing.T) { // ROUTE-2, ROUTE-4
	each(t, func(t *testing.T, d *desk) {
		n := d.create(fresh())
		assign := func(owner, team int64) error {
			return d.Write(ctx, func(tx *db.Tx) error { return d.tickets.Assign(tx, d.ann.Actor(), n, owner, team, "") })
		}
		if err := assign(d.ann.ID, 0); err != nil {
			t.Fatal(err)
		}
		if o := ticket.OwnershipOf(d.get(n)); o.Owner != d.ann.ID || o.Team != d.team.ID {
			t.Errorf("owned by %+v", o)
		}
		if err := assign(0, d.team.ID); err != nil {
			t.Fatal(err)
		}
		if o := ticket.OwnershipOf(d.get(n)); o.Owner != 0 || o.Team != d.team.ID {
			t.Errorf("given to the team: %+v", o)
		}
		if err := assign(0, 0); err != nil {
			t.Fatal(err)
		}
		if o := ticket.OwnershipOf(d.get(n)); o != (people.Ownership{}) {
			t.Errorf("given to nobody: %+v", o)
		}
		viewer, err := d.people.AddUser(ctx, people.System, people.NewUser{Name: "Vi", Email: "vi@example.org", Password: "correct horse", Seat: people.ViewSeat})
		if err != nil {
			t.Fatal(err)
		}
		if err := assign(viewer.ID, 0); !errs.Is(err, errs.Invalid) {
			t.Errorf("to a view-only seat: %v", err)
		}
	})
}

func TestSnoozeEndsWhenDueOrWhenTheContactWrites(t *testing.T) { // TICK-7
	each(t, func(t *testing.T, d *desk) {
		first, second := d.create(fresh()), d.create(fresh())
		until := d.clock.Now().Add(2 * time.Hour)
		d.do(func(tx *db.Tx) error {
			if err := d.tickets.Snooze(tx, d.ann.Actor(), first, until); err != nil {
				return err
			}
			return d.tickets.Snooze(tx, d.ann.Actor(), second, until)
		})
		d.do(func(tx *db.Tx) error {
			return d.tickets.Touched(tx, people.System, second, ticket.Activity{At: tx.Now, From: "contact", Preview: "hello"})
		})
		if d.get(second).Properties[ticket.SnoozedUntil] != "" {
			t.Error("the contact's message must wake the ticket")
		}
		d.drain()
		if d.get(first).Properties[ticket.SnoozedUntil] == "" {
			t.Error("woken too early")
		}
		d.clock.Advance(2 * time.Hour)
		d.drain()
		if d.get(first).Properties[ticket.SnoozedUntil] != "" {
			t.Error("not woken when due")
		}
		err := d.Write(ctx, func(tx *db.Tx) error { return d.tickets.Snooze(tx, d.ann.Actor(), first, until) })
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("snoozed into the past: %v", err)
		}
	})
}

func (d *desk) drain() {
	d.t.Helper()
	if err := d.runner.Drain(ctx); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) counts(by people.Actor) (c ticket.Counts) {
	d.t.Helper()
	dbtest.See(d.t, d.DB, func(tx *db.Tx) (err error) { c, err = d.tickets.Counts(tx, by); return err })
	return c
}

// Whatever happens to tickets, the kept counts are what counting would find (VIEW-1).
func TestCountsAreExact(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		by := d.ann.Actor()
		var all []int64
		for range 12 {
			all = append(all, d.create(fresh()))
		}
		rapid.Check(t, func(rt *rapid.T) {
			n := rapid.SampledFrom(all).Draw(rt, "ticket")
			step := rapid.IntRange(0, 6).Draw(rt, "step")
			err := d.Write(ctx, func(tx *db.Tx) error { return d.step(tx, by, n, step) })
			if err != nil && !errs.Is(err, errs.NotFound) && !errs.Is(err, errs.Conflict) {
				rt.Fatal(err)
			}
			got, want := d.counts(by), d.recounted(by)
			got.Marked = nil
			if got.Unassigned != want.Unassigned || got.Mine != want.Mine || got.Team != want.Team || got.Open != want.Open ||
				got.Snoozed != want.Snoozed || got.Spam != want.Spam {
				rt.Fatalf("after step %d: kept %+v, counted %+v", step, got, want)
			}
		})
	})
}

func (d *desk) step(tx *db.Tx, by people.Actor, n int64, step int) error {
	switch step {
	case 0:
		return d.tickets.SetStatus(tx, by, n, strconv.Itoa(1+int(n%4)), "")
	case 1:
		return d.tickets.SetStatus(tx, by, n, "4", "")
	case 2:
		return d.tickets.Assign(tx, by, n, d.ann.ID, 0, "")
	case 3:
		return d.tickets.Assign(tx, by, n, 0, d.team.ID, "")
	case 4:
		return d.tickets.SetSpam(tx, by, n, n%2 == 0)
	case 5:
		return d.tickets.Archive(tx, by, n)
	}
	return d.tickets.Restore(tx, by, n)
}

func (d *desk) recounted(by people.Actor) (c ticket.Counts) {
	d.t.Helper()
	dbtest.See(d.t, d.DB, func(tx *db.Tx) error {
		p, err := d.records.List(tx, by, ticket.Object, "", 100, false)
		for _, r := range p.Records {
			o := ticket.OwnershipOf(r)
			switch {
			case r.Properties[ticket.Spam] == "true":
				c.Spam++
			case r.Properties[ticket.Open] != "true":
			default:
				c.Open++
				c.Unassigned += one(o.Owner == 0)
				c.Mine += one(o.Owner == by.ID)
				c.Team += one(o.Team == d.team.ID)
			}
		}
		return err
	})
	return c
}

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func TestCountsFollowPermissions(t *testing.T) { // ACC-4, VIEW-1
	each(t, func(t *testing.T, d *desk) {
		d.create(fresh())
		d.create(fresh(ticket.Owner, id.Format(d.ann.ID)))
		only := d.ann.Actor()
		only.SuperAdmin = false
		only.Grants = map[people.Grant]people.Scope{{ObjectType: ticket.Object, Verb: people.View}: {Reach: people.OwnedOnly}}
		if c := d.counts(only); c.Open != 1 || c.Unassigned != 0 || c.Mine != 1 {
			t.Errorf("who sees only their own counts %+v", c)
		}
		if c := d.counts(d.ann.Actor()); c.Open != 2 || c.Unassigned != 1 {
			t.Errorf("who sees all counts %+v", c)
		}
	})
}

func TestMarksLeaveWithTheTrash(t *testing.T) { // REC-5
	each(t, func(t *testing.T, d *desk) {
		n := d.create(fresh())
		d.do(func(tx *db.Tx) error { return d.tickets.Mark(tx, d.ann.ID, n, ticket.Follow) })
		if got := d.counts(d.ann.Actor()).Marked[ticket.Follow]; got != 1 {
			t.Errorf("following %d, want 1", got)
		}
		d.do(func(tx *db.Tx) error { return d.tickets.Archive(tx, d.ann.Actor(), n) })
		if got := d.counts(d.ann.Actor()).Marked[ticket.Follow]; got != 0 {
			t.Errorf("following %d in the trash, want 0", got)
		}
		d.do(func(tx *db.Tx) error { return d.tickets.Restore(tx, d.ann.Actor(), n) })
		if got := d.counts(d.ann.Actor()).Marked[ticket.Follow]; got != 1 {
			t.Errorf("following %d after restoring, want 1", got)
		}
	})
}

func TestCountsByStatusAndOwner(t *testing.T) { // STAT-3
	each(t, func(t *testing.T, d *desk) {
		d.create(fresh())
		n := d.create(fresh(ticket.Owner, id.Format(d.ann.ID)))
		d.move(d.create(fresh()), "4")
		d.do(func(tx *db.Tx) error { return d.tickets.Archive(tx, d.ann.Actor(), d.createIn(tx)) })
		dbtest.See(t, d.DB, func(tx *db.Tx) error {
			stages, err := d.tickets.ByStage(tx)
			if err != nil || stages["1"] != 2 || stages["4"] != 1 {
				t.Errorf("by status %v, %v", stages, err)
			}
			owners, err := d.tickets.OpenByOwner(tx)
			if err != nil || len(owners) != 1 || owners[d.ann.ID] != 1 {
				t.Errorf("by owner %v, %v; ticket %d is hers", owners, err, n)
			}
			return nil
		})
	})
}

func (d *desk) createIn(tx *db.Tx) int64 {
	d.t.Helper()
	r, err := d.tickets.Create(tx, d.ann.Actor(), ticket.NewTicket{Properties: fresh()})
	if err != nil {
		d.t.Fatal(err)
	}
	return r.ID
}
