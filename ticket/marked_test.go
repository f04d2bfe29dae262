package ticket_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// markedBySQL is what the user marked, and how many of it the actor may view, asked of the tables.
func (d *desk) markedBySQL(tx *db.Tx, by people.Actor, kind ticket.MarkKind) (ids []int64, visible int64) {
	d.t.Helper()
	ids, err := db.List(tx, db.Col[int64], "SELECT ticket_id FROM ticket_marks WHERE user_id = $1 AND kind = $2 ORDER BY ticket_id", by.ID, string(kind))
	if err != nil {
		d.t.Fatal(err)
	}
	for part := range slices.Chunk(ids, 500) {
		records, err := d.records.GetMany(tx, by, ticket.Object, part)
		if err != nil {
			d.t.Fatal(err)
		}
		visible += int64(len(records))
	}
	return ids, visible
}

// checkMarks compares what is kept in memory of an actor's marks with the tables.
func (d *desk) checkMarks(by people.Actor, when string) {
	d.t.Helper()
	dbtest.See(d.t, d.DB, func(tx *db.Tx) error {
		counts, err := d.tickets.Counts(tx, by)
		for _, kind := range []ticket.MarkKind{ticket.Sent, ticket.Mention, ticket.Draft, ticket.Follow} {
			want, visible := d.markedBySQL(tx, by, kind)
			got, ok, idsErr := d.tickets.Marked(by.ID, kind).IDs(tx)
			if !ok || idsErr != nil || !slices.Equal(got, want) {
				d.t.Errorf("%s: %s are %d (%v, %v), want %d", when, kind, len(got), ok, idsErr, len(want))
			}
			if counts.Marked[kind] != visible {
				d.t.Errorf("%s: %d are counted as %s of user %d, %d are visible", when, counts.Marked[kind], kind, by.ID, visible)
			}
		}
		return err
	})
}

// watcher is a user who may see a reach of the tickets.
func watcher(user, team int64, reach people.Reach, unassigned bool) people.Actor {
	return people.Actor{Kind: event.User, ID: user, MainTeam: team, Teams: []int64{team}, Grants: map[people.Grant]people.Scope{
		{ObjectType: ticket.Object, Verb: people.View}: {Reach: reach, Unassigned: unassigned}}}
}

// The counts of marks are exact for who sees all and for who sees a part, whatever becomes of the tickets (VIEW-1).
func TestMarksAreCountedForWhatOneSees(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		// More than are looked up one by one.
		const n = 400
		var all []int64
		for range n / 50 {
			d.do(func(tx *db.Tx) error {
				for range 50 {
					r, err := d.tickets.Create(tx, people.System, ticket.NewTicket{Properties: fresh()})
					if err != nil {
						return err
					}
					all = append(all, r.ID)
				}
				return nil
			})
		}
		ann := d.ann.Actor()
		actors := []people.Actor{ann, watcher(ann.ID, ann.MainTeam, people.TeamOnly, true), watcher(ann.ID, ann.MainTeam, people.TeamOnly, false),
			watcher(ann.ID, ann.MainTeam, people.OwnedOnly, false), watcher(ann.ID, ann.MainTeam, people.None, false), people.System}
		check := func(when string) {
			t.Helper()
			for _, by := range actors {
				d.checkMarks(by, when)
			}
		}
		check("without marks")
		d.do(func(tx *db.Tx) error {
			for _, one := range all {
				if err := d.tickets.Mark(tx, ann.ID, one, ticket.Sent); err != nil {
					return err
				}
			}
			return d.tickets.Mark(tx, ann.ID, all[7], ticket.Follow)
		})
		check("all are sent")
		random := rand.New(rand.NewPCG(1, 2))
		for round := range 12 {
			d.do(func(tx *db.Tx) error {
				for range 20 {
					if err := d.disturb(tx, all[random.IntN(n)], random.IntN(6)); err != nil {
						return err
					}
				}
				return nil
			})
			check(fmt.Sprintf("after round %d", round))
		}
	})
}

// disturb does one of the things that change who counts a mark.
func (d *desk) disturb(tx *db.Tx, one int64, what int) error {
	r, err := d.records.Any(tx, ticket.Object, one)
	if err != nil || r.Archived && what != 3 {
		return err
	}
	switch what {
	case 0:
		return d.tickets.Unmark(tx, d.ann.ID, one, ticket.Sent)
	case 1:
		return d.tickets.Mark(tx, d.ann.ID, one, ticket.Sent)
	case 2:
		return d.tickets.Archive(tx, people.System, one)
	case 3:
		return d.tickets.Restore(tx, people.System, one)
	case 4:
		return d.tickets.Mark(tx, d.ann.ID, one, ticket.Mention)
	}
	owner := id.Format(d.ann.ID)
	if r.Properties[ticket.Owner] != "" {
		owner = ""
	}
	_, err = d.records.Update(tx, people.System, ticket.Object, one, map[string]string{ticket.Owner: owner}, "")
	return err
}
