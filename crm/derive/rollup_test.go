package derive_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/derive"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// busy is a desk whose records tell of their activities, with a ticket and a deal.
type busy struct {
	*desk
	runner       *job.Runner
	ticket, deal record.Record
}

func eachBusy(t *testing.T, story func(t *testing.T, k *busy)) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		log := slog.New(slog.DiscardHandler)
		bus := event.NewBus(log)
		cfg.Reactor = bus
		d := dbtest.Open(t, cfg)
		props, staff := property.New(d), people.New(d, people.HashMemory(64))
		k := &busy{desk: &desk{t: t, d: d, clock: cfg.Clock.(*clock.Fixed), staff: staff}}
		k.Store = record.New(d, props, search.New(d, props, nil), derive.Of(pipeline.New(d, props), staff))
		doings := derive.NewActivities(d, props, k.Store)
		if err := bus.Install(doings.Reactor()); err != nil {
			t.Fatal(err)
		}
		var err error
		if k.runner, err = job.NewRunner(d, log, job.Config{}, doings.NextHandler(), bus.RetryHandler(d)); err != nil {
			t.Fatal(err)
		}
		k.ticket = k.system("tickets", map[string]string{"subject": "s", "hs_pipeline_stage": "1", "desk_open": "true", "desk_spam": "false",
			"desk_active_at": k.now(), "hs_last_message_received_at": k.now()})
		k.deal = k.system("deals", map[string]string{"dealname": "d", "dealstage": "contractsent"})
		story(t, k)
	})
}

// system makes a record as the program does.
func (k *busy) system(objectType string, props map[string]string, to ...record.Record) (r record.Record) {
	k.t.Helper()
	in := record.Input{Properties: props}
	for _, other := range to {
		in.Links = append(in.Links, record.Link{ToType: other.ObjectType, ToID: other.ID})
	}
	k.do(func(tx *db.Tx) (err error) {
		r, err = k.Create(tx, people.System, objectType, in)
		return err
	})
	return r
}

// says compares what a record says of its activities; "" is no value.
func (k *busy) says(r record.Record, names [5]string, want [5]string) {
	k.t.Helper()
	dbtest.See(k.t, k.d, func(tx *db.Tx) error {
		now, err := k.Get(tx, people.System, r.ObjectType, r.ID)
		for i, name := range names {
			if got := now.Properties[name]; got != want[i] {
				k.t.Errorf("%s of %s is %q, want %q", name, r.ObjectType, got, want[i])
			}
		}
		return err
	})
}

var (
	ofTicket = [5]string{"num_notes", "hs_num_times_contacted", "hs_lastactivitydate", "hs_lastcontacted", "hs_nextactivitydate"}
	ofDeal   = [5]string{"num_notes", "num_contacted_notes", "notes_last_updated", "notes_last_contacted", "notes_next_activity_date"}
)

func TestRecordsTellOfTheirActivities(t *testing.T) { // PROP-3, REC-3
	eachBusy(t, func(t *testing.T, k *busy) {
		at := func(ago time.Duration) string { return property.FormatTime(k.clock.Now().Add(ago)) }
		received := at(0)
		note := k.system("notes", map[string]string{"hs_timestamp": at(-2 * time.Hour), "hs_note_body": "n"}, k.ticket, k.deal)
		k.says(k.ticket, ofTicket, [5]string{"1", "", at(-2 * time.Hour), "", ""})
		k.says(k.deal, ofDeal, [5]string{"1", "", at(-2 * time.Hour), "", ""})
		call := k.system("calls", map[string]string{"hs_timestamp": at(-time.Hour)}, k.deal)
		k.says(k.deal, ofDeal, [5]string{"2", "1", at(-time.Hour), at(-time.Hour), ""})
		k.system("emails", map[string]string{"hs_timestamp": at(-time.Minute), "hs_email_direction": "INCOMING_EMAIL"}, k.deal)
		k.says(k.deal, ofDeal, [5]string{"3", "1", at(-time.Minute), at(-time.Hour), ""})

		link := record.Link{FromType: "calls", FromID: call.ID, ToType: "tickets", ToID: k.ticket.ID}
		for range 2 { // the second time it is so already
			k.do(func(tx *db.Tx) error { return k.Associate(tx, people.System, link) })
		}
		k.says(k.ticket, ofTicket, [5]string{"2", "1", at(-time.Hour), at(-time.Hour), ""})
		k.do(func(tx *db.Tx) error { return k.Dissociate(tx, people.System, link) })
		// What is left is looked up, and messages count.
		k.says(k.ticket, ofTicket, [5]string{"1", "0", received, "", ""})
		k.do(func(tx *db.Tx) error { return k.Archive(tx, people.System, "calls", call.ID) })
		k.says(k.deal, ofDeal, [5]string{"2", "0", at(-time.Minute), "", ""})
		k.do(func(tx *db.Tx) error { return k.Restore(tx, people.System, "calls", call.ID) })
		k.says(k.deal, ofDeal, [5]string{"3", "1", at(-time.Minute), at(-time.Hour), ""})
		k.do(func(tx *db.Tx) error {
			_, err := k.Update(tx, people.System, "notes", note.ID, map[string]string{"hs_timestamp": at(-time.Second)}, "")
			return err
		})
		k.says(k.deal, ofDeal, [5]string{"3", "1", at(-time.Second), at(-time.Hour), ""})
	})
}

func TestTheNextActivityMovesOnWithTime(t *testing.T) { // PROP-3, REC-7
	eachBusy(t, func(t *testing.T, k *busy) {
		start := k.clock.Now()
		in := func(d time.Duration) string { return property.FormatTime(start.Add(d)) }
		next := func(want string) {
			t.Helper()
			k.says(k.ticket, [5]string{4: "hs_nextactivitydate"}, [5]string{4: want})
		}
		k.system("meetings", map[string]string{"hs_timestamp": in(3 * time.Hour)}, k.ticket)
		next(in(3 * time.Hour))
		task := k.system("tasks", map[string]string{"hs_timestamp": in(2 * time.Hour)}, k.ticket)
		next(in(2 * time.Hour))
		k.system("tasks", map[string]string{"hs_timestamp": in(time.Hour), "hs_task_status": "COMPLETED"}, k.ticket)
		next(in(2 * time.Hour))
		k.clock.Advance(2*time.Hour + time.Second)
		if err := k.runner.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		next(in(3 * time.Hour))
		k.says(k.ticket, [5]string{2: "hs_lastactivitydate"}, [5]string{2: in(2 * time.Hour)})
		k.do(func(tx *db.Tx) error {
			_, err := k.Update(tx, people.System, "tasks", task.ID, map[string]string{"hs_timestamp": in(150 * time.Minute)}, "")
			return err
		})
		next(in(150 * time.Minute))
		k.do(func(tx *db.Tx) error {
			_, err := k.Update(tx, people.System, "tasks", task.ID, map[string]string{"hs_task_status": "COMPLETED"}, "")
			return err
		})
		next(in(3 * time.Hour))
		k.clock.Advance(2 * time.Hour)
		if err := k.runner.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		next("")
	})
}
