package workflow_test

import (
	"context"
	"log/slog"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
	"github.com/deskbell/deskbell/workflow"
)

// desk is real tickets with the status automation, and messages that are only told of.
type desk struct {
	*db.DB
	t         testing.TB
	pipelines *pipeline.Store
	tickets   *ticket.Service
	status    *workflow.Status
}

func each(t *testing.T, story func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) { story(t, open(t, cfg)) })
}

func open(t *testing.T, cfg db.Config) *desk {
	t.Helper()
	bus := event.NewBus(slog.New(slog.DiscardHandler))
	cfg.Reactor = bus
	d := &desk{DB: dbtest.Open(t, cfg), t: t}
	props := property.New(d.DB)
	d.pipelines = pipeline.New(d.DB, props)
	rules := map[string]record.Rules{ticket.Object: ticket.NewRules(d.pipelines, people.New(d.DB))}
	d.tickets = ticket.New(record.New(d.DB, props, search.New(d.DB, props, nil), rules), d.pipelines)
	d.status = workflow.NewStatus(d.DB, d.tickets, d.pipelines)
	if err := bus.Install(d.status.Reactor()); err != nil {
		t.Fatal(err)
	}
	return d
}

// in makes a ticket in a status.
func (d *desk) in(pipelineID, stage string) (n int64) {
	d.t.Helper()
	dbtest.Do(d.t, d.DB, func(tx *db.Tx) error {
		r, err := d.tickets.Create(tx, people.System, ticket.NewTicket{Properties: map[string]string{
			ticket.Subject: "Lamp", ticket.Pipeline: pipelineID, ticket.Stage: stage}})
		n = r.ID
		return err
	})
	return n
}

func (d *desk) move(n int64, stage string) {
	d.t.Helper()
	dbtest.Do(d.t, d.DB, func(tx *db.Tx) error { return d.tickets.SetStatus(tx, people.System, n, stage, "by hand") })
}

// received tells of a message that came in on a ticket, and returns the ticket's status after it.
func (d *desk) received(n int64, m conversation.Received) string {
	d.t.Helper()
	m.TicketID = n
	return d.told(n, "message.received", event.Actor{Kind: event.Contact, ID: 1}, m)
}

// replied tells of a message that went out.
func (d *desk) replied(n int64, m conversation.Replied) string {
	d.t.Helper()
	m.TicketID = n
	return d.told(n, "message.replied", event.Actor{Kind: event.User, ID: 1}, m)
}

func (d *desk) told(n int64, what string, by event.Actor, data any) (stage string) {
	d.t.Helper()
	dbtest.Do(d.t, d.DB, func(tx *db.Tx) error {
		event.Emit(tx, event.Event{Type: what, ObjectType: "messages", ObjectID: 1, Actor: by, Data: data})
		return nil
	})
	dbtest.See(d.t, d.DB, func(tx *db.Tx) error {
		r, err := d.tickets.Get(tx, people.System, n)
		stage = r.Properties[ticket.Stage]
		return err
	})
	return stage
}

func (d *desk) set(pipelineID string, a workflow.Automation) error {
	return d.Write(context.Background(), func(tx *db.Tx) error { return d.status.Set(tx, people.System, pipelineID, a) })
}

func (d *desk) of(pipelineID string) (a workflow.Automation) {
	d.t.Helper()
	dbtest.See(d.t, d.DB, func(tx *db.Tx) error {
		p, err := d.pipelines.Find(tx, ticket.Object, pipelineID)
		if err == nil {
			a, err = d.status.Of(tx, p)
		}
		return err
	})
	return a
}

// A customer's own reply, and what an e-mail channel calls one.
var (
	reply = conversation.Received{Nature: channel.Message, Originating: true, Reply: true, StatusTriggers: true}
	sent  = conversation.Replied{ByUser: true, StatusTriggers: true}
)

func TestWhatMovesATicket(t *testing.T) { // AUTO-2, AUTO-3, AUTO-5, AUTO-7
	each(t, func(t *testing.T, d *desk) {
		change := func(fill func(r *conversation.Received)) conversation.Received {
			r := reply
			fill(&r)
			return r
		}
		for name, c := range map[string]struct {
			got  conversation.Received
			want string
		}{
			"reply in the ticket's own thread": {reply, "3"},
			"first message of the ticket":      {change(func(r *conversation.Received) { r.Reply, r.NewTicket = false, true }), "2"},
			"another thread":                   {change(func(r *conversation.Received) { r.Originating = false }), "2"},
			"forward":                          {change(func(r *conversation.Received) { r.Forward = true }), "2"},
			"automatic answer":                 {change(func(r *conversation.Received) { r.Nature = channel.AutoReply }), "2"},
			"bounce":                           {change(func(r *conversation.Received) { r.Nature = channel.Bounce }), "2"},
			"mailing list":                     {change(func(r *conversation.Received) { r.Nature = channel.Bulk }), "2"},
			"chat":                             {change(func(r *conversation.Received) { r.StatusTriggers = false }), "2"},
		} {
			if got := d.received(d.in("0", "2"), c.got); got != c.want {
				t.Errorf("%s: status %s, want %s", name, got, c.want)
			}
		}
		for name, c := range map[string]struct {
			got  conversation.Replied
			want string
		}{
			"e-mail by a user":   {sent, "2"},
			"by an app":          {conversation.Replied{StatusTriggers: true}, "1"},
			"with a status":      {conversation.Replied{ByUser: true, StatusTriggers: true, StatusChosen: true}, "1"},
			"by chat":            {conversation.Replied{ByUser: true}, "1"},
			"on a closed ticket": {sent, "2"},
		} {
			from := "1"
			if name == "on a closed ticket" {
				from = "4"
			}
			if got := d.replied(d.in("0", from), c.got); got != c.want {
				t.Errorf("sent %s: status %s, want %s", name, got, c.want)
			}
		}
	})
}

func TestNewThreadsCountOnceTheTicketWasReopened(t *testing.T) { // AUTO-3, AUTO-6
	each(t, func(t *testing.T, d *desk) {
		other := conversation.Received{Nature: channel.Message, StatusTriggers: true}
		n := d.in("0", "2")
		if got := d.received(n, other); got != "2" {
			t.Errorf("a new thread on a ticket that was never closed: status %s", got)
		}
		d.move(n, "4")
		if got := d.received(n, other); got != "4" {
			t.Errorf("a new thread on a ticket that is closed for the first time: status %s", got)
		}
		if got := d.received(n, reply); got != "3" {
			t.Errorf("a reply to a closed ticket: status %s, want it reopened", got)
		}
		d.move(n, "2")
		if got := d.received(n, other); got != "3" {
			t.Errorf("a new thread on a reopened ticket: status %s, want 3", got)
		}
		d.move(n, "2")
		auto := other
		auto.Nature = channel.AutoReply
		if got := d.received(n, auto); got != "2" {
			t.Errorf("an automatic answer on a reopened ticket: status %s", got)
		}
	})
}

// Whatever comes in, nothing but a person's own message on a channel with triggers moves a ticket.
func TestOnlyPersonsMoveTickets(t *testing.T) { // AUTO-7
	d := open(t, dbtest.SQLite(t))
	n := d.in("0", "4")
	d.move(n, "2") // it was reopened, so that new threads count, too
	rapid.Check(t, func(rt *rapid.T) {
		flag := func(name string) bool { return rapid.Bool().Draw(rt, name) }
		m := conversation.Received{Nature: rapid.SampledFrom([]channel.Nature{channel.Message, channel.AutoReply, channel.Bounce, channel.Report, channel.Bulk}).Draw(rt, "nature"),
			Originating: flag("originating"), Reply: flag("reply"), Forward: flag("forward"), StatusTriggers: flag("triggers")}
		d.move(n, "2")
		moves := m.Nature == channel.Message && !m.Forward && m.StatusTriggers
		if got := d.received(n, m); (got == "3") != moves {
			rt.Fatalf("%+v: status %s", m, got)
		}
	})
}

func TestTriggersAreSwitchedOffAndAimed(t *testing.T) { // AUTO-4
	each(t, func(t *testing.T, d *desk) {
		if got := d.of("0"); got != (workflow.Automation{Sent: workflow.Trigger{On: true, Stage: "2"}, Reply: workflow.Trigger{On: true, Stage: "3"}}) {
			t.Errorf("at first %+v", got)
		}
		aimed := workflow.Automation{Sent: workflow.Trigger{Stage: "2"}, Reply: workflow.Trigger{On: true, Stage: "1"}}
		if err := d.set("0", aimed); err != nil {
			t.Fatal(err)
		}
		n := d.in("0", "3")
		if got := d.replied(n, sent); got != "3" {
			t.Errorf("a trigger that is off moved the ticket to %s", got)
		}
		if got := d.received(n, reply); got != "1" {
			t.Errorf("aimed at 1, the ticket went to %s", got)
		}
		if got := d.of("0"); got != aimed {
			t.Errorf("kept %+v, want %+v", got, aimed)
		}
	})
}

func TestSettingTriggersIsChecked(t *testing.T) { // AUTO-4, ACC-5
	each(t, func(t *testing.T, d *desk) {
		on := func(stage string) workflow.Trigger { return workflow.Trigger{On: true, Stage: stage} }
		for name, c := range map[string]struct {
			pipeline string
			a        workflow.Automation
			kind     errs.Kind
		}{
			"a status of no pipeline": {"0", workflow.Automation{Sent: on("99"), Reply: on("3")}, errs.Invalid},
			"no status":               {"0", workflow.Automation{Sent: on("2"), Reply: on("")}, errs.Invalid},
			"no such pipeline":        {"77", workflow.Automation{}, errs.NotFound},
		} {
			if err := d.set(c.pipeline, c.a); !errs.Is(err, c.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			return d.status.Set(tx, people.Actor{Kind: event.User, ID: 7, Seat: people.ServiceSeat}, "0", workflow.Automation{})
		})
		if !errs.Is(err, errs.Denied) {
			t.Errorf("a user without the permission: %v", err)
		}
		if got := d.of("0"); !got.Sent.On || !got.Reply.On {
			t.Errorf("refused settings were kept: %+v", got)
		}
	})
}

// Deleting the status that a trigger sets switches the trigger off; the ticket stays where it is.
func TestTargetThatIsGone(t *testing.T) { // AUTO-4, STAT-3
	each(t, func(t *testing.T, d *desk) {
		if err := d.set("0", workflow.Automation{Sent: workflow.Trigger{On: true, Stage: "2"}, Reply: workflow.Trigger{On: true, Stage: "3"}}); err != nil {
			t.Fatal(err)
		}
		n := d.in("0", "1")
		dbtest.Do(t, d.DB, func(tx *db.Tx) error {
			p, err := d.pipelines.Find(tx, ticket.Object, "0")
			if err != nil {
				return err
			}
			var left []pipeline.Stage
			for _, s := range p.Stages {
				if s.ID != "3" {
					left = append(left, s)
				}
			}
			_, err = d.pipelines.SetStages(tx, people.System, "0", left)
			return err
		})
		if got := d.received(n, reply); got != "1" {
			t.Errorf("moved to %s", got)
		}
		if got := d.of("0"); got.Reply.On || !got.Sent.On {
			t.Errorf("now %+v, want only the other trigger on", got)
		}
		if got := d.replied(n, sent); got != "2" {
			t.Errorf("the other trigger moved the ticket to %s, want 2", got)
		}
	})
}

func TestOtherPipelinesHaveTheirOwnTriggers(t *testing.T) { // AUTO-4, PIPE-2
	each(t, func(t *testing.T, d *desk) {
		var bare, like pipeline.Pipeline
		dbtest.Do(t, d.DB, func(tx *db.Tx) (err error) {
			bare, err = d.pipelines.Create(tx, people.System, ticket.Object, "Repairs", []pipeline.Stage{{Label: "In"}, {Label: "Out", Closed: true}})
			if err == nil {
				like, err = d.pipelines.Create(tx, people.System, ticket.Object, "Billing", []pipeline.Stage{{Label: "New"}, {Label: "Waiting on us"},
					{Label: "Waiting on contact"}, {Label: "Done", Closed: true}})
			}
			return err
		})
		n := d.in(bare.ID, bare.Stages[0].ID)
		if got := d.received(n, reply); got != bare.Stages[0].ID {
			t.Errorf("in a pipeline without such statuses the ticket went to %s", got)
		}
		if got := d.replied(n, sent); got != bare.Stages[0].ID {
			t.Errorf("in a pipeline without such statuses the ticket went to %s", got)
		}
		n = d.in(like.ID, like.Stages[0].ID)
		if got := d.replied(n, sent); got != like.Stages[2].ID {
			t.Errorf("sent: %s, want Waiting on contact of its own pipeline", got)
		}
		if got := d.received(n, reply); got != like.Stages[1].ID {
			t.Errorf("reply: %s, want Waiting on us of its own pipeline", got)
		}
	})
}
