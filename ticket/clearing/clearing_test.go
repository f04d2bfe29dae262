package clearing_test

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"testing"

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
	"github.com/deskbell/deskbell/ticket"
	"github.com/deskbell/deskbell/ticket/clearing"
)

var ctx = context.Background()

// desk has tickets, pipelines and a runner.
type desk struct {
	*db.DB
	t         *testing.T
	pipelines *pipeline.Store
	records   *record.Store
	tickets   *ticket.Service
	clearing  *clearing.Service
	runner    *job.Runner
}

func each(t *testing.T, story func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) { story(t, open(t, cfg)) })
}

func open(t *testing.T, cfg db.Config) *desk {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	bus := event.NewBus(log)
	cfg.Reactor = bus
	d := &desk{DB: dbtest.Open(t, cfg), t: t}
	staff, props := people.New(d.DB), property.New(d.DB)
	d.pipelines = pipeline.New(d.DB, props)
	d.records = record.New(d.DB, props, search.New(d.DB, props, nil), map[string]record.Rules{ticket.Object: ticket.NewRules(d.pipelines, staff)})
	d.tickets = ticket.New(d.records, d.pipelines)
	d.clearing = clearing.New(d.DB, d.records, d.pipelines, d.tickets)
	if err := bus.Install(d.tickets.Trashed()); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.runner, err = job.NewRunner(d.DB, log, job.Config{}, d.clearing.Handler(), bus.RetryHandler(d.DB)); err != nil {
		t.Fatal(err)
	}
	return d
}

// returns is a second pipeline with so many tickets in its first status.
func (d *desk) returns(n int) pipeline.Pipeline {
	d.t.Helper()
	var p pipeline.Pipeline
	dbtest.Do(d.t, d.DB, func(tx *db.Tx) (err error) {
		p, err = d.pipelines.Create(tx, people.System, ticket.Object, "Returns", nil)
		return err
	})
	d.fill(p, n)
	return p
}

func (d *desk) fill(p pipeline.Pipeline, n int) {
	d.t.Helper()
	dbtest.Do(d.t, d.DB, func(tx *db.Tx) error {
		for range n {
			_, err := d.tickets.Create(tx, people.System, ticket.NewTicket{Properties: map[string]string{ticket.Subject: "Lamp", ticket.Pipeline: p.ID, ticket.Stage: p.Stages[0].ID}})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *desk) start(by people.Actor, p clearing.Plan) error {
	return d.Write(ctx, func(tx *db.Tx) error { return d.clearing.Start(tx, by, p) })
}

func (d *desk) drain() {
	d.t.Helper()
	if err := d.runner.Drain(ctx); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) counts() (out map[string]int64) {
	d.t.Helper()
	dbtest.See(d.t, d.DB, func(tx *db.Tx) (err error) {
		out, err = d.tickets.ByStage(tx)
		return err
	})
	return out
}

func (d *desk) going(p pipeline.Pipeline) (c clearing.Clearing, ok bool) {
	d.t.Helper()
	dbtest.See(d.t, d.DB, func(tx *db.Tx) error {
		all, err := d.clearing.Of(tx)
		c, ok = all[p.ID]
		return err
	})
	return c, ok
}

func (d *desk) has(p pipeline.Pipeline) (found bool) {
	d.t.Helper()
	dbtest.See(d.t, d.DB, func(tx *db.Tx) error {
		_, err := d.pipelines.Find(tx, ticket.Object, p.ID)
		found = err == nil
		return nil
	})
	return found
}

func away(p pipeline.Pipeline) clearing.Plan {
	return clearing.Plan{Pipeline: p.ID, Moves: map[string]clearing.Place{p.Stages[0].ID: {Pipeline: "0", Stage: "2"}}}
}

func TestManyTicketsMoveInParts(t *testing.T) { // PIPE-3
	each(t, func(t *testing.T, d *desk) {
		p := d.returns(450)
		if err := d.start(people.System, away(p)); err != nil {
			t.Fatal(err)
		}
		if c, ok := d.going(p); !ok || c.Total != 450 || c.Done != 0 || !d.has(p) {
			t.Errorf("before the job ran: %+v, %v", c, ok)
		}
		d.fill(p, 3) // customers go on writing
		d.drain()
		if c, ok := d.going(p); ok || d.has(p) || d.counts()["2"] != 453 {
			t.Errorf("in the end: %+v, counts %v", c, d.counts())
		}
	})
}

func TestAPartCostsTheSameHoweverManyAreLeft(t *testing.T) { // PIPE-3
	cfg := dbtest.SQLite(t)
	var asked []string
	cfg.Trace = func(statements ...string) {
		for _, text := range statements {
			if strings.HasPrefix(text, "SELECT") && strings.Contains(text, "stage_id =") && strings.Contains(text, "FROM tickets") {
				asked = append(asked, text)
			}
		}
	}
	d := open(t, cfg)
	p := d.returns(3)
	if err := d.start(people.System, away(p)); err != nil {
		t.Fatal(err)
	}
	if len(asked) == 0 {
		t.Fatal("nobody asked for tickets")
	}
	places := regexp.MustCompile(`\$\d+`)
	dbtest.See(t, d.DB, func(tx *db.Tx) error {
		plan, err := tx.Explain(asked[0], make([]any, len(places.FindAllString(asked[0], -1)))...)
		if !strings.Contains(plan, "tickets_stage") || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s\n%s", asked[0], plan)
		}
		return err
	})
}

func TestFewTicketsMoveAtOnce(t *testing.T) { // PIPE-3, REC-5
	each(t, func(t *testing.T, d *desk) {
		p := d.returns(3)
		if err := d.start(people.System, clearing.Plan{Pipeline: p.ID, Trash: true}); err != nil || d.has(p) {
			t.Errorf("%v, still there: %v", err, d.has(p))
		}
	})
}

func TestManyTicketsLeaveAStatus(t *testing.T) { // STAT-3
	each(t, func(t *testing.T, d *desk) {
		p := d.returns(230)
		first, second := p.Stages[0].ID, p.Stages[1].ID
		plan := clearing.Plan{Pipeline: p.ID, Stages: p.Stages[1:], Moves: map[string]clearing.Place{first: {Pipeline: p.ID, Stage: second}}}
		if err := d.start(people.System, plan); err != nil {
			t.Fatal(err)
		}
		d.drain()
		var got pipeline.Pipeline
		dbtest.See(t, d.DB, func(tx *db.Tx) (err error) {
			got, err = d.pipelines.Find(tx, ticket.Object, p.ID)
			return err
		})
		if len(got.Stages) != len(p.Stages)-1 || d.counts()[second] != 230 {
			t.Errorf("statuses %v, counts %v", got.Stages, d.counts())
		}
	})
}

func TestPlansThatLeadNowhere(t *testing.T) { // PIPE-3, STAT-3
	each(t, func(t *testing.T, d *desk) {
		p := d.returns(1)
		first, second := p.Stages[0].ID, p.Stages[1].ID
		to := func(pipeline, stage string) map[string]clearing.Place {
			return map[string]clearing.Place{first: {Pipeline: pipeline, Stage: stage}}
		}
		clerk := people.Actor{Kind: event.User, ID: 7}
		for name, tt := range map[string]struct {
			by   people.Actor
			plan clearing.Plan
			kind errs.Kind
		}{
			"nobody says where to":      {people.System, clearing.Plan{Pipeline: p.ID}, errs.Conflict},
			"into itself":               {people.System, clearing.Plan{Pipeline: p.ID, Moves: to(p.ID, second)}, errs.Invalid},
			"where it is":               {people.System, clearing.Plan{Pipeline: p.ID, Stages: p.Stages, Moves: to(p.ID, first)}, errs.Invalid},
			"to a status that goes":     {people.System, clearing.Plan{Pipeline: p.ID, Stages: p.Stages[2:], Moves: to(p.ID, second)}, errs.Invalid},
			"to no such status":         {people.System, clearing.Plan{Pipeline: p.ID, Moves: to("0", "99")}, errs.Invalid},
			"to no such pipeline":       {people.System, clearing.Plan{Pipeline: p.ID, Moves: to("99", "1")}, errs.Invalid},
			"by one who may not":        {clerk, away(p), errs.Denied},
			"of a pipeline that is not": {people.System, clearing.Plan{Pipeline: "99"}, errs.NotFound},
		} {
			if err := d.start(tt.by, tt.plan); errs.KindOf(err) != tt.kind {
				t.Errorf("%s: %v", name, err)
			}
		}
		if !d.has(p) || d.counts()[first] != 1 {
			t.Errorf("refused plans changed something: %v", d.counts())
		}
	})
}

func TestWhatStopsAClearingIsShown(t *testing.T) { // PIPE-3
	each(t, func(t *testing.T, d *desk) {
		p := d.returns(230)
		if err := d.start(people.System, away(p)); err != nil {
			t.Fatal(err)
		}
		dbtest.Do(t, d.DB, func(tx *db.Tx) error { // meanwhile the status goes that the tickets are to go to
			_, err := d.pipelines.SetStages(tx, people.System, "0", []pipeline.Stage{{ID: "1", Label: "New"}, {ID: "4", Label: "Closed", Closed: true}})
			return err
		})
		d.drain()
		if c, ok := d.going(p); !ok || c.Problem == "" || d.counts()[p.Stages[0].ID] != 230 {
			t.Errorf("%+v, counts %v", c, d.counts())
		}
		again := away(p)
		again.Moves[p.Stages[0].ID] = clearing.Place{Pipeline: "0", Stage: "1"}
		if err := d.start(people.System, again); err != nil {
			t.Fatal(err)
		}
		d.drain()
		if d.has(p) || d.counts()["1"] != 230 {
			t.Errorf("counts %v", d.counts())
		}
	})
}
