package ticket_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/deskbell/deskbell/crm/fill"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// bob is another user.
func (d *desk) bob() people.User {
	d.t.Helper()
	u, err := d.people.AddUser(ctx, people.System, people.NewUser{Name: "Bob", Email: "bob@example.org", Password: "correct horse", Seat: people.ServiceSeat})
	if err != nil {
		d.t.Fatal(err)
	}
	return u
}

func TestTicketsRepeatWhatUsersMarked(t *testing.T) { // PROP-3, TICK-7
	each(t, func(t *testing.T, d *desk) {
		bob := d.bob()
		made := d.create(fresh())
		a, b := id.Format(d.ann.ID), id.Format(bob.ID)
		mark := func(u people.User, kind ticket.MarkKind, set bool) {
			t.Helper()
			d.do(func(tx *db.Tx) error {
				if set {
					return d.tickets.Mark(tx, u.ID, made, kind)
				}
				return d.tickets.Unmark(tx, u.ID, made, kind)
			})
		}
		for kind, name := range map[ticket.MarkKind]string{ticket.Follow: "hs_user_ids_of_all_notification_followers",
			ticket.Unfollow: "hs_user_ids_of_all_notification_unfollowers", ticket.Mention: "hs_mentions_user_ids", ticket.Draft: "hs_draft_user_ids"} {
			mark(d.ann, kind, true)
			mark(bob, kind, true)
			mark(bob, kind, true)
			d.is(made, map[string]string{name: a + ";" + b})
			mark(d.ann, kind, false)
			mark(d.ann, kind, false)
			d.is(made, map[string]string{name: b})
			mark(bob, kind, false)
			d.is(made, map[string]string{name: ""})
		}
		says := func(by ticket.Activity) {
			t.Helper()
			d.do(func(tx *db.Tx) error {
				by.At, by.Preview = tx.Now, "hello"
				return d.tickets.Touched(tx, people.System, made, by)
			})
		}
		saw := func(all, latest string) {
			t.Helper()
			d.is(made, map[string]string{"hs_seen_by_agent_ids": all, "hs_latest_message_seen_by_agent_ids": latest})
		}
		mark(d.ann, ticket.Seen, true)
		saw(a, a)
		says(ticket.Activity{From: "contact", Channel: "1002"})
		saw(a, "")
		mark(bob, ticket.Seen, true)
		saw(a+";"+b, b)
		mark(bob, ticket.Seen, false)
		saw(a+";"+b, "")
		says(ticket.Activity{From: "user", Agent: d.ann.ID, Channel: "1007"})
		saw(a+";"+b, a)
		d.is(made, map[string]string{"hs_current_generic_channel_id": "1007"})

		// Marks are no news of the ticket, nor is what it repeats of them; in the trash it repeats nothing.
		if n := len(d.history(made, "hs_seen_by_agent_ids")); n != 0 {
			t.Errorf("%d versions are kept of who has seen it", n)
		}
		d.do(func(tx *db.Tx) error { return d.tickets.Archive(tx, people.System, made) })
		mark(d.ann, ticket.Follow, true)
		d.do(func(tx *db.Tx) error { return d.tickets.Mark(tx, bob.ID, 404, ticket.Follow) })
	})
}

func (d *desk) history(ticketID int64, property string) (values []string) {
	d.t.Helper()
	d.do(func(tx *db.Tx) error {
		all, err := d.records.History(tx, people.System, ticket.Object, ticketID, property)
		for _, v := range all {
			values = append(values, v.Value)
		}
		return err
	})
	return values
}

func TestStateOfOwnersAndSnoozes(t *testing.T) { // PROP-3, ACC-6, TICK-7
	each(t, func(t *testing.T, d *desk) {
		made := d.create(fresh())
		var top people.Team
		d.do(func(tx *db.Tx) (err error) {
			if top, err = d.people.AddTeam(tx, people.System, "All of us"); err == nil {
				_, err = d.people.ChangeTeam(tx, people.System, d.team.ID, people.TeamChange{Parent: &top.ID})
			}
			return err
		})
		give := func(owner int64) {
			t.Helper()
			d.do(func(tx *db.Tx) error { return d.tickets.Assign(tx, d.ann.Actor(), made, owner, 0, "") })
		}
		teams := id.Format(d.team.ID) + ";" + id.Format(top.ID)
		give(d.ann.ID)
		d.is(made, map[string]string{"hs_ticket_owner_type": "human_rep", "hs_first_assignee_type": "human_rep", "hs_all_team_ids": teams,
			"hs_all_accessible_team_ids": "", "hs_assigned_team_ids": id.Format(d.team.ID)})
		give(0)
		d.is(made, map[string]string{"hs_ticket_owner_type": "", "hs_first_assignee_type": "human_rep", "hs_all_team_ids": ""})
		d.do(func(tx *db.Tx) error { return d.tickets.Snooze(tx, d.ann.Actor(), made, tx.Now.Add(time.Hour)) })
		d.is(made, map[string]string{"hs_snoozed_for_portal": "true"})
		d.do(func(tx *db.Tx) error { return d.tickets.Wake(tx, d.ann.Actor(), made) })
		d.is(made, map[string]string{"hs_snoozed_for_portal": ""})

		d.move(made, "3")
		d.clock.Advance(time.Minute)
		d.move(made, "1")
		d.clock.Advance(time.Minute)
		d.move(made, "3")
		d.clock.Advance(3 * time.Minute)
		d.move(made, "4")
		d.is(made, map[string]string{"hs_time_in_3": "240000", "hs_v2_latest_time_in_3": "180000"}) // STAT-6
	})
}

// Tickets from before get the state that they did not repeat.
func TestOldTicketsGetTheirState(t *testing.T) { // PROP-3
	each(t, func(t *testing.T, d *desk) {
		bob := d.bob()
		a, b := id.Format(d.ann.ID), id.Format(bob.ID)
		made, gone := d.create(fresh(ticket.Owner, a)), d.create(fresh())
		d.do(func(tx *db.Tx) error { return d.tickets.Snooze(tx, d.ann.Actor(), made, tx.Now.Add(time.Hour)) })
		for _, n := range []int64{made, gone} {
			d.do(func(tx *db.Tx) error { return d.tickets.Mark(tx, d.ann.ID, n, ticket.Seen) })
		}
		d.do(func(tx *db.Tx) error { return d.tickets.Archive(tx, people.System, gone) })
		d.clock.Advance(time.Minute)
		d.do(func(tx *db.Tx) error {
			return d.tickets.Touched(tx, people.System, made, ticket.Activity{At: tx.Now, From: "contact", Preview: "again"})
		})
		d.do(func(tx *db.Tx) error { return d.tickets.Snooze(tx, d.ann.Actor(), made, tx.Now.Add(time.Hour)) })
		d.do(func(tx *db.Tx) error { return d.tickets.Mark(tx, bob.ID, made, ticket.Seen) })
		d.do(func(tx *db.Tx) error { return d.tickets.Mark(tx, bob.ID, made, ticket.Follow) })
		was := d.get(made)
		d.do(func(tx *db.Tx) error { // as an older program left them
			for _, name := range []string{ticket.SeenBy, ticket.LatestSeen, ticket.Followers, ticket.SnoozedForAll, ticket.OwnerType, ticket.FirstAssignee} {
				if _, err := tx.Exec("UPDATE tickets SET props = " + tx.RemoveJSON("props", name)); err != nil {
					return err
				}
			}
			d.records.Reload(tx, ticket.Object)
			_, err := tx.Exec("INSERT INTO fills (name, after_id) VALUES ('tickets.state', 0)")
			return err
		})
		d.is(made, map[string]string{ticket.SeenBy: "", ticket.OwnerType: ""})
		r, err := job.NewRunner(d.DB, slog.New(slog.DiscardHandler), job.Config{}, fill.Handler(d.DB, d.tickets.Fill(d.people)))
		if err != nil {
			t.Fatal(err)
		}
		d.do(fill.Schedule)
		if err := r.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		d.is(made, map[string]string{ticket.SeenBy: a + ";" + b, ticket.LatestSeen: b, ticket.Followers: b, ticket.SnoozedForAll: "true",
			ticket.OwnerType: "human_rep", ticket.FirstAssignee: "human_rep", "hs_all_team_ids": id.Format(d.team.ID)})
		if !d.get(made).UpdatedAt.Equal(was.UpdatedAt) {
			t.Error("it is told as changed")
		}
		d.do(func(tx *db.Tx) error {
			r, err := d.records.Any(tx, ticket.Object, gone)
			if r.Properties[ticket.SeenBy] != a {
				t.Errorf("in the trash it was seen by %q", r.Properties[ticket.SeenBy])
			}
			if errs.Is(err, errs.NotFound) {
				t.Error("it is gone")
			}
			return err
		})
	})
}
