// Package workflow acts on tickets by rules that admins set. It owns the status automation of pipelines, which runs inside
// the transaction that made it due; it knows nothing of how messages come and go.
package workflow

import (
	"strconv"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// Trigger is one of a pipeline's two status triggers (AUTO-4).
type Trigger struct {
	On    bool
	Stage string // the status it sets
}

// Automation is the status automation of one pipeline.
type Automation struct {
	Sent  Trigger // AUTO-2: an e-mail is sent to a customer
	Reply Trigger // AUTO-3: a customer replies to an e-mail
}

// Status runs the status automation.
type Status struct {
	tickets   *ticket.Service
	pipelines *pipeline.Store
	settings  *db.Cache[map[string]Automation]
}

// NewStatus returns the status automation.
func NewStatus(d *db.DB, tickets *ticket.Service, pipelines *pipeline.Store) *Status {
	return &Status{tickets: tickets, pipelines: pipelines, settings: db.NewCache(d, "status_automation", loadAutomation)}
}

func loadAutomation(tx *db.Tx) (map[string]Automation, error) {
	out := map[string]Automation{}
	_, err := db.List(tx, func(s db.Scanner) (id string, err error) {
		var a Automation
		err = s.Scan(&id, &a.Sent.On, &a.Sent.Stage, &a.Reply.On, &a.Reply.Stage)
		out[id] = a
		return id, err
	}, "SELECT pipeline_id, sent_on, sent_stage_id, reply_on, reply_stage_id FROM status_automation")
	return out, err
}

// The statuses that the triggers set in a pipeline nobody configured, found by name: they are in every new pipeline.
const (
	waitingOnContact = "Waiting on contact"
	waitingOnUs      = "Waiting on us"
)

// Of returns a pipeline's automation. A trigger whose status is gone is off.
func (s *Status) Of(tx *db.Tx, p pipeline.Pipeline) (Automation, error) {
	all, err := s.settings.Get(tx)
	if err != nil {
		return Automation{}, err
	}
	if a, ok := all[p.ID]; ok {
		a.Sent.On = a.Sent.On && has(p, a.Sent.Stage)
		a.Reply.On = a.Reply.On && has(p, a.Reply.Stage)
		return a, nil
	}
	var a Automation
	for _, st := range p.Stages {
		switch st.Label {
		case waitingOnContact:
			a.Sent = Trigger{true, st.ID}
		case waitingOnUs:
			a.Reply = Trigger{true, st.ID}
		}
	}
	return a, nil
}

func has(p pipeline.Pipeline, stage string) bool {
	for _, st := range p.Stages {
		if st.ID == stage {
			return true
		}
	}
	return false
}

// Set changes a pipeline's automation; only statuses of the pipeline can be targets.
func (s *Status) Set(tx *db.Tx, by people.Actor, pipelineID string, a Automation) error {
	if !by.May(people.ManagePipelines) {
		return errs.New(errs.Denied, "Only an admin may change pipelines.", nil)
	}
	p, err := s.pipelines.Find(tx, ticket.Object, pipelineID)
	if err != nil {
		return err
	}
	for field, t := range map[string]Trigger{"emailSent": a.Sent, "customerReplies": a.Reply} {
		if t.On && !has(p, t.Stage) {
			return errs.Bad(field, "INVALID_OPTION", "Choose a status of this pipeline.")
		}
	}
	_, err = tx.Exec(`INSERT INTO status_automation (pipeline_id, sent_on, sent_stage_id, reply_on, reply_stage_id)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT (pipeline_id) DO UPDATE SET sent_on = excluded.sent_on,
sent_stage_id = excluded.sent_stage_id, reply_on = excluded.reply_on, reply_stage_id = excluded.reply_stage_id`,
		pipelineID, a.Sent.On, a.Sent.Stage, a.Reply.On, a.Reply.Stage)
	s.settings.Invalidate(tx)
	event.Emit(tx, event.Event{Type: "automation.changed", ObjectType: "pipelines", ObjectID: number(pipelineID), Actor: by.As(), Data: a})
	return err
}

// number is a pipeline's id as an object's; an id that an API client chose in letters has none.
func number(pipelineID string) int64 {
	n, err := strconv.ParseInt(pipelineID, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Reactor changes statuses when messages are sent and received.
func (s *Status) Reactor() event.Reactor {
	return event.Reactor{Name: "status automation", Types: []string{"message.replied", "message.received"}, React: s.react}
}

func (s *Status) react(tx *db.Tx, e event.Event) error {
	if e.Type == "message.replied" {
		d, err := event.Data[conversation.Replied](e)
		if err != nil || !d.ByUser || d.StatusChosen || !d.StatusTriggers {
			return err
		}
		return s.move(tx, d.TicketID, func(a Automation, _ record.Record) Trigger { return a.Sent }, "an e-mail was sent to the customer")
	}
	d, err := event.Data[conversation.Received](e)
	// AUTO-3, AUTO-7: only a person's own reply counts, never a forward, auto-reply, list mail or report.
	if err != nil || d.Nature != channel.Message || d.Forward || !d.StatusTriggers {
		return err
	}
	onOriginal := d.Originating && d.Reply
	if !onOriginal && d.NewTicket {
		return nil
	}
	return s.move(tx, d.TicketID, func(a Automation, r record.Record) Trigger {
		if !onOriginal && !ticket.WasReopened(r) {
			return Trigger{}
		}
		return a.Reply
	}, "the customer replied")
}

func (s *Status) move(tx *db.Tx, ticketID int64, choose func(Automation, record.Record) Trigger, reason string) error {
	r, err := s.tickets.Get(tx, people.System, ticketID)
	if err != nil {
		return err
	}
	p, err := s.pipelines.Find(tx, ticket.Object, r.Properties[ticket.Pipeline])
	if err != nil {
		return err
	}
	a, err := s.Of(tx, p)
	if err != nil {
		return err
	}
	t := choose(a, r)
	if !t.On || t.Stage == r.Properties[ticket.Stage] {
		return nil
	}
	return s.tickets.SetStatus(tx, people.Automation, ticketID, t.Stage, reason)
}
