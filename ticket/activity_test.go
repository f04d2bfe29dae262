package ticket_test

import (
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// is compares properties of a ticket; "" is no value.
func (d *desk) is(ticketID int64, want map[string]string) {
	d.t.Helper()
	d.do(func(tx *db.Tx) error {
		r, err := d.tickets.Get(tx, people.System, ticketID)
		for name, v := range want {
			if r.Properties[name] != v {
				d.t.Errorf("%s is %q, want %q", name, r.Properties[name], v)
			}
		}
		return err
	})
}

func TestMessagesKeepCountsAndFirstTimes(t *testing.T) { // PROP-3
	each(t, func(t *testing.T, d *desk) {
		now := func() string { return ticket.DateTime(d.clock.Now()) }
		says := func(ticketID int64, a ticket.Activity) {
			t.Helper()
			d.do(func(tx *db.Tx) error {
				a.At = tx.Now
				return d.tickets.Touched(tx, people.System, ticketID, a)
			})
		}
		began := now()
		var made int64
		d.do(func(tx *db.Tx) error {
			r, err := d.tickets.Create(tx, people.System, ticket.NewTicket{Properties: map[string]string{"subject": "Broken", "hs_pipeline_stage": "1"},
				First: &ticket.Activity{At: tx.Now, From: "contact", Preview: "help", Email: true, Thread: &ticket.Thread{ID: 7, Account: 8, Inbox: 9}}})
			made = r.ID
			return err
		})
		d.is(made, map[string]string{"hs_last_email_activity": "ORIGINAL_FROM_CONTACT", "hs_last_message_from_visitor": "true", "last_reply_date": "",
			"hs_lastactivitydate": began, "num_notes": "1", "hs_num_associated_conversations": "1", "hs_conversations_originating_thread_id": "7",
			"hs_originating_channel_instance_id": "8", "hs_inbox_id": "9", "hs_outbound_ticket": "false", "hs_in_helpdesk": "true",
			"hs_is_closed": "false", "hs_num_times_contacted": "", "hs_number_of_touches": ""})

		d.clock.Advance(time.Hour)
		first := now()
		says(made, ticket.Activity{From: "user", Preview: "we look into it", Agent: d.ann.ID})
		d.is(made, map[string]string{"hs_first_agent_message_sent_at": first, "hs_first_agent_message_sent_by": id.Format(d.ann.ID), "first_agent_reply_date": "",
			"hs_number_of_touches": "1", "hs_num_times_contacted": "1", "hs_lastcontacted": first, "num_notes": "2", "hs_last_message_from_visitor": "false",
			"hs_last_email_activity": "ORIGINAL_FROM_CONTACT"})
		d.clock.Advance(time.Hour)
		says(made, ticket.Activity{From: "user", Preview: "fixed", Agent: d.ann.ID, Email: true, Thread: &ticket.Thread{ID: 17, Account: 8, Inbox: 9}})
		d.is(made, map[string]string{"first_agent_reply_date": now(), "time_to_first_agent_reply": "7200000", "hs_first_agent_message_sent_at": first,
			"hs_number_of_touches": "2", "hs_last_email_activity": "SENT_TO_CONTACT", "hs_num_associated_conversations": "2",
			"hs_conversations_originating_thread_id": "7", "hs_outbound_ticket": "false"})
		d.clock.Advance(time.Hour)
		says(made, ticket.Activity{From: "user", Preview: "an automatic word", Email: true})
		d.is(made, map[string]string{"hs_number_of_touches": "2", "hs_num_times_contacted": "3", "time_to_first_agent_reply": "7200000"})
		says(made, ticket.Activity{From: "contact", Preview: "thanks", Email: true})
		d.is(made, map[string]string{"last_reply_date": now(), "hs_last_email_activity": "REPLY_FROM_CONTACT", "num_notes": "5"})
	})
}

func TestOneTouchIsSaidAtTheEnd(t *testing.T) { // PROP-3, STAT-6
	each(t, func(t *testing.T, d *desk) {
		made := d.create(map[string]string{"subject": "Quick", "hs_pipeline_stage": "1"})
		move := func(stage string) {
			d.do(func(tx *db.Tx) error { return d.tickets.SetStatus(tx, d.ann.Actor(), made, stage, "") })
		}
		answer := func() {
			d.do(func(tx *db.Tx) error {
				return d.tickets.Touched(tx, people.System, made, ticket.Activity{At: tx.Now, From: "user", Preview: "done " + tx.Now.String(), Agent: d.ann.ID})
			})
		}
		answer()
		d.is(made, map[string]string{"hs_is_one_touch_ticket": ""})
		move("4")
		d.is(made, map[string]string{"hs_is_one_touch_ticket": "true", "hs_is_closed": "true"})
		move("1")
		d.is(made, map[string]string{"hs_is_one_touch_ticket": "", "hs_is_closed": "false"})
		d.clock.Advance(time.Minute)
		answer()
		move("4")
		d.is(made, map[string]string{"hs_is_one_touch_ticket": "false", "hs_number_of_touches": "2"})
	})
}

func TestAssignmentsAreRemembered(t *testing.T) { // PROP-3
	each(t, func(t *testing.T, d *desk) {
		made := d.create(map[string]string{"subject": "Whose", "hs_pipeline_stage": "1"})
		ann, team := id.Format(d.ann.ID), id.Format(d.team.ID)
		d.clock.Advance(90 * time.Second)
		give := func(owner int64) {
			d.do(func(tx *db.Tx) error { return d.tickets.Assign(tx, d.ann.Actor(), made, owner, 0, "") })
		}
		give(d.ann.ID)
		d.is(made, map[string]string{"hs_time_to_first_rep_assignment": "90000", "hs_assigned_team_ids": team, "hs_all_owner_ids": ann, "hs_all_team_ids": team,
			"hs_updated_by_user_id": ann, "hs_created_by_user_id": ann, "hs_object_source": "CRM_UI", "hs_object_source_id": "userId:" + ann})
		d.clock.Advance(time.Minute)
		give(0)
		d.is(made, map[string]string{"hubspot_team_id": "", "hs_assigned_team_ids": team, "hs_all_owner_ids": "", "hs_time_to_first_rep_assignment": "90000"})
		give(d.ann.ID)
		d.is(made, map[string]string{"hs_time_to_first_rep_assignment": "90000"})
	})
}
