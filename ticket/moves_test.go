package ticket_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

func (d *desk) set(ticketID int64, props map[string]string) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := d.records.Update(tx, d.ann.Actor(), ticket.Object, ticketID, props, "")
		return err
	})
}

// second makes another pipeline with an open and two closed statuses.
func (d *desk) second() (p pipeline.Pipeline) {
	d.t.Helper()
	d.do(func(tx *db.Tx) (err error) {
		p, err = pipeline.New(d.DB, property.New(d.DB)).Create(tx, people.System, ticket.Object, "Returns", []pipeline.Stage{{Label: "Asked"}, {Label: "Refunded", Closed: true}, {Label: "Refused", Closed: true}})
		return err
	})
	return p
}

// Each move from each status to each: what is open, when it was closed, how often it was reopened (STAT-6).
func TestEveryMove(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		p := d.second()
		stages := map[string]string{"1": "0", "2": "0", "4": "0", p.Stages[0].ID: p.ID, p.Stages[1].ID: p.ID, p.Stages[2].ID: p.ID}
		closed := []string{"4", p.Stages[1].ID, p.Stages[2].ID}
		for from, pipe := range stages {
			for to := range stages {
				n := d.create(fresh(ticket.Pipeline, pipe, ticket.Stage, from))
				before := d.get(n).Properties
				d.clock.Advance(time.Hour)
				if err := d.set(n, map[string]string{ticket.Stage: to}); err != nil {
					t.Fatalf("%s to %s: %v", from, to, err)
				}
				after := d.get(n).Properties
				wasClosed, isClosed := slices.Contains(closed, from), slices.Contains(closed, to)
				if after[ticket.Pipeline] != stages[to] || after[ticket.Stage] != to || after[ticket.Open] != strconv.FormatBool(!isClosed) {
					t.Errorf("%s to %s: pipeline %s, status %s, open %s", from, to, after[ticket.Pipeline], after[ticket.Stage], after[ticket.Open])
				}
				wantClosed, wantReopens, wantSpent := "", "", "3600000"
				switch {
				case isClosed && wasClosed:
					wantClosed = before[ticket.Closed] // from closed to closed it was closed once
				case isClosed:
					wantClosed = ticket.DateTime(d.clock.Now())
				case wasClosed:
					wantReopens = "1"
				}
				if from == to {
					wantSpent = ""
				}
				if after[ticket.Closed] != wantClosed || after["desk_reopens"] != wantReopens || after["hs_time_in_"+from] != wantSpent {
					t.Errorf("%s to %s: closed %q, want %q; reopens %q, want %q; time in it %q, want %q", from, to,
						after[ticket.Closed], wantClosed, after["desk_reopens"], wantReopens, after["hs_time_in_"+from], wantSpent)
				}
			}
		}
	})
}

func TestTimeInAStatusAddsUp(t *testing.T) { // STAT-6
	each(t, func(t *testing.T, d *desk) {
		n := d.create(fresh())
		for _, step := range []struct {
			wait  time.Duration
			stage string
		}{{time.Minute, "2"}, {time.Hour, "1"}, {2 * time.Minute, "2"}, {2 * time.Hour, "4"}, {24 * time.Hour, "1"}, {3 * time.Minute, "4"}} {
			d.clock.Advance(step.wait)
			d.move(n, step.stage)
		}
		p := d.get(n).Properties
		for name, want := range map[string]time.Duration{"hs_time_in_1": 6 * time.Minute, "hs_time_in_2": 3 * time.Hour, "hs_time_in_4": 24 * time.Hour} {
			if p[name] != fmt.Sprint(want.Milliseconds()) {
				t.Errorf("%s is %s, want %d", name, p[name], want.Milliseconds())
			}
		}
		if p["desk_reopens"] != "1" || p["hs_date_entered_4"] != ticket.DateTime(d.clock.Now()) || p["hs_date_exited_1"] != p["hs_date_entered_4"] || p[ticket.LastClosed] != p[ticket.Closed] {
			t.Errorf("reopens %s, entered %s, left %s, closed %s and last %s", p["desk_reopens"], p["hs_date_entered_4"], p["hs_date_exited_1"], p[ticket.Closed], p[ticket.LastClosed])
		}
	})
}

func TestMovesThatAreRefused(t *testing.T) { // PIPE-3, STAT-5
	each(t, func(t *testing.T, d *desk) {
		p := d.second()
		n := d.create(fresh())
		for name, tt := range map[string]struct {
			props map[string]string
			field string
		}{
			"another pipeline without a status":        {map[string]string{ticket.Pipeline: p.ID}, ticket.Stage},
			"another pipeline with a status of this":   {map[string]string{ticket.Pipeline: p.ID, ticket.Stage: "2"}, ticket.Stage},
			"this pipeline with a status of the other": {map[string]string{ticket.Pipeline: "0", ticket.Stage: p.Stages[0].ID}, ticket.Stage},
			"a pipeline that is not there":             {map[string]string{ticket.Pipeline: "77", ticket.Stage: "2"}, ticket.Pipeline},
			"no pipeline":                              {map[string]string{ticket.Pipeline: ""}, ticket.Stage},
		} {
			err := d.set(n, tt.props)
			if e := errs.As(err); e == nil || e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Name != tt.field {
				t.Errorf("%s: %v, want %s named", name, err, tt.field)
			}
		}
		if got := d.get(n).Properties; got[ticket.Pipeline] != "0" || got[ticket.Stage] != "1" {
			t.Errorf("a refused move moved it to %s, %s", got[ticket.Pipeline], got[ticket.Stage])
		}
		if err := d.set(n, map[string]string{ticket.Pipeline: "0"}); err != nil {
			t.Errorf("its own pipeline: %v", err)
		}
		if err := d.set(n, map[string]string{ticket.Pipeline: p.ID, ticket.Stage: p.Stages[1].ID}); err != nil || d.get(n).Properties[ticket.Open] != "false" {
			t.Errorf("into another pipeline's closed status: %v", err)
		}
	})
}

func TestOwnersWhoCannotBe(t *testing.T) { // ROUTE-4, ACC-2
	each(t, func(t *testing.T, d *desk) {
		n := d.create(fresh())
		add := func(name string, seat people.Seat) people.User {
			u, err := d.people.AddUser(ctx, people.System, people.NewUser{Name: name, Email: name + "@example.org", Password: "correct horse", Seat: seat})
			if err != nil {
				t.Fatal(err)
			}
			return u
		}
		gone, viewer := add("gone", people.ServiceSeat), add("viewer", people.ViewSeat)
		if err := d.set(n, map[string]string{ticket.Owner: id.Format(gone.ID)}); err != nil {
			t.Fatal(err)
		}
		off := false
		if _, err := d.people.ChangeUser(ctx, people.System, gone.ID, people.UserChange{Active: &off}); err != nil {
			t.Fatal(err)
		}
		// What a user who left owns can still be worked on; nothing new comes to them.
		if err := d.set(n, map[string]string{ticket.Subject: "Still broken", ticket.Owner: id.Format(gone.ID)}); err != nil {
			t.Errorf("a ticket of a user who left: %v", err)
		}
		other := d.create(fresh())
		for name, owner := range map[string]string{"a user who left": id.Format(gone.ID), "a view-only seat": id.Format(viewer.ID), "nobody there": "12345", "no number": "ann", "below none": "-1"} {
			if err := d.set(other, map[string]string{ticket.Owner: owner}); !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, team := range map[string]string{"no such team": "12345", "no number": "support"} {
			if err := d.set(other, map[string]string{ticket.Team: team}); !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if o := ticket.OwnershipOf(d.get(other)); o != (people.Ownership{}) {
			t.Errorf("a refused owner is %+v", o)
		}
	})
}

// Sixteen writers at once, through one node: the kept counts are still what counting finds (VIEW-1, SCALE-1).
func TestCountsUnderConcurrentWriters(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		by := d.ann.Actor()
		var all []int64
		for range 6 {
			all = append(all, d.create(fresh()))
		}
		var writers sync.WaitGroup
		for w := range 16 {
			writers.Go(func() {
				for i := range 10 {
					n := all[(w+i)%len(all)]
					err := d.Write(ctx, func(tx *db.Tx) error {
						if i == 5 {
							_, err := d.tickets.Create(tx, by, ticket.NewTicket{Properties: fresh()})
							return err
						}
						return d.step(tx, by, n, (w*7+i*3)%7)
					})
					if err != nil && !errs.Is(err, errs.NotFound) && !errs.Is(err, errs.Conflict) {
						t.Errorf("writer %d: %v", w, err)
						return
					}
				}
			})
		}
		writers.Wait()
		got, want := d.counts(by), d.recounted(by)
		got.Marked = nil
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("kept %+v, counted %+v", got, want)
		}
		dbtest.See(t, d.DB, func(tx *db.Tx) error {
			below, err := db.Value[int64](tx, "SELECT count(*) FROM (SELECT sum(n) AS n FROM ticket_counts GROUP BY place, owner_id, team_id, stage_id) AS cells WHERE n < 0")
			if below != 0 {
				t.Errorf("%d cells count less than nothing", below)
			}
			return err
		})
	})
}

func TestMarksAreOnesOwn(t *testing.T) { // TICK-7
	each(t, func(t *testing.T, d *desk) {
		bob, err := d.people.AddUser(ctx, people.System, people.NewUser{Name: "Bob", Email: "bob@example.org", Password: "correct horse"})
		if err != nil {
			t.Fatal(err)
		}
		told := make(chan string, 100)
		defer d.Listen(ticket.MarksTopic, func(who string, ok bool) {
			if ok {
				told <- who
			}
		})()
		first, second := d.create(fresh()), d.create(fresh())
		mark := func(user, n int64, kinds ...ticket.MarkKind) {
			d.clock.Advance(time.Minute)
			d.do(func(tx *db.Tx) error {
				for _, k := range kinds {
					if err := d.tickets.Mark(tx, user, n, k); err != nil {
						return err
					}
				}
				return nil
			})
		}
		mark(d.ann.ID, first, ticket.Seen, ticket.Follow)
		mark(bob.ID, first, ticket.Follow)
		mark(d.ann.ID, second, ticket.Follow, ticket.Draft)
		mark(d.ann.ID, first, ticket.Seen) // again: its time moves
		for i, want := range []int64{d.ann.ID, bob.ID, d.ann.ID, d.ann.ID} {
			if got := <-told; got != id.Format(want) {
				t.Errorf("told %s as number %d, want %d", got, i, want)
			}
		}
		dbtest.See(t, d.DB, func(tx *db.Tx) error {
			marks, err := d.tickets.Marks(tx, d.ann.ID, []int64{first, second, 99})
			if len(marks) != 2 || !marks[first][ticket.Seen].Equal(d.clock.Now()) || marks[second][ticket.Draft].IsZero() || len(marks[first]) != 2 {
				t.Errorf("her marks are %v", marks)
			}
			none, noneErr := d.tickets.Marks(tx, d.ann.ID, nil)
			followers, followErr := d.tickets.Followers(tx, first)
			slices.Sort(followers)
			if len(none) != 0 || fmt.Sprint(followers) != fmt.Sprint([]int64{d.ann.ID, bob.ID}) {
				t.Errorf("of no tickets %v; followers %v", none, followers)
			}
			page, ats, pageErr := d.tickets.MarkedPage(tx, d.ann.ID, ticket.Follow, 1<<62, 0, 1)
			rest, _, restErr := d.tickets.MarkedPage(tx, d.ann.ID, ticket.Follow, ats[0], page[0], 5)
			if fmt.Sprint(page, rest) != fmt.Sprint([]int64{second}, []int64{first}) {
				t.Errorf("a page %v and the rest %v, want the newest mark first", page, rest)
			}
			return errors.Join(err, noneErr, followErr, pageErr, restErr)
		})
		d.do(func(tx *db.Tx) error {
			return errors.Join(d.tickets.Unmark(tx, d.ann.ID, first, ticket.Follow), d.tickets.Unmark(tx, d.ann.ID, first, ticket.Follow), d.tickets.Unmark(tx, d.ann.ID, first, ticket.Mention))
		})
		if got := d.counts(d.ann.Actor()).Marked[ticket.Follow]; got != 1 {
			t.Errorf("she follows %d, want 1", got)
		}
		if got := d.counts(bob.Actor()).Marked[ticket.Follow]; got != 1 {
			t.Errorf("he follows %d, want 1", got)
		}
	})
}
