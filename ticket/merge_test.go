package ticket_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

func TestWhatAMergedTicketSays(t *testing.T) { // REC-4
	early, late := "2026-11-02T09:00:00.000Z", "2026-11-02T10:00:00.000Z"
	for name, c := range map[string]struct{ into, from, want map[string]string }{
		"the newest word counts": {map[string]string{ticket.ActiveAt: early, ticket.Preview: "old", ticket.LastFrom: "user"},
			map[string]string{ticket.ActiveAt: late, ticket.Preview: "new", ticket.LastFrom: "contact"},
			map[string]string{ticket.ActiveAt: late, ticket.Preview: "new", ticket.LastFrom: "contact"}},
		"the primary's own is newer": {map[string]string{ticket.ActiveAt: late, ticket.Preview: "new"}, map[string]string{ticket.ActiveAt: early, ticket.Preview: "old"}, nil},
		"nothing was said on the other": {map[string]string{ticket.ActiveAt: early, ticket.Preview: "old"}, map[string]string{ticket.ActiveAt: late},
			map[string]string{ticket.ActiveAt: late}},
		"the first answer is the earlier one": {map[string]string{"first_agent_reply_date": late}, map[string]string{"first_agent_reply_date": early},
			map[string]string{"first_agent_reply_date": early}},
		"the only answer": {nil, map[string]string{"first_agent_reply_date": early}, map[string]string{"first_agent_reply_date": early}},
		"touches add up":  {map[string]string{ticket.Touches: "2"}, map[string]string{ticket.Touches: "3"}, map[string]string{ticket.Touches: "5"}},
		"no touches":      {map[string]string{ticket.Touches: "2"}, nil, nil},
		"status, spam, snooze and dates of closing stay": {map[string]string{ticket.Open: "true"}, map[string]string{ticket.Open: "false", ticket.Spam: "true",
			ticket.Closed: late, ticket.SnoozedUntil: late, ticket.TimeToClose: "5"}, nil},
	} {
		got := ticket.Merging{}.Merge(record.Record{Properties: c.into}, record.Record{Properties: c.from})
		if !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Whatever users marked, and however tickets are merged and parted: each mark of the merged ticket is the newer of the two, and
// the counts are those of the tickets that are there.
func TestMarksAndCountsFollowMerges(t *testing.T) { // REC-4, VIEW-5
	each(t, func(t *testing.T, d *desk) {
		merges := merge.New(d.DB, d.records, property.New(d.DB), map[string]merge.Rules{ticket.Object: ticket.Merging{}})
		kinds := []ticket.MarkKind{ticket.Seen, ticket.Follow, ticket.Mention}
		marks := func(n int64) (out []string) {
			dbtest.See(t, d.DB, func(tx *db.Tx) error {
				rows, err := db.List(tx, db.Col[string], "SELECT kind FROM ticket_marks WHERE user_id = $1 AND ticket_id = $2 ORDER BY kind", d.ann.ID, n)
				out = rows
				return err
			})
			return out
		}
		open := func() (n int64) {
			dbtest.See(t, d.DB, func(tx *db.Tx) error {
				c, err := d.tickets.Counts(tx, people.System)
				n = c.Open
				return err
			})
			return n
		}
		rapid.Check(t, func(rt *rapid.T) {
			before := open()
			a, b := d.create(fresh(ticket.Owner, fmt.Sprint(d.ann.ID))), d.create(fresh())
			want := map[int64][]string{}
			for _, n := range []int64{a, b} {
				for _, k := range kinds {
					if rapid.Bool().Draw(rt, string(k)) {
						d.clock.Advance(time.Second)
						d.do(func(tx *db.Tx) error { return d.tickets.Mark(tx, d.ann.ID, n, k) })
						want[n] = append(want[n], string(k))
					}
				}
			}
			slices.Sort(want[a])
			slices.Sort(want[b])
			d.do(func(tx *db.Tx) error {
				_, err := merges.Merge(tx, people.System, ticket.Object, a, b)
				return err
			})
			both := slices.Compact(slices.Sorted(slices.Values(slices.Concat(want[a], want[b]))))
			if got := marks(a); !slices.Equal(got, both) || open() != before+1 {
				rt.Fatalf("merged: marks %v, want %v; %d open", got, both, open()-before)
			}
			followers := ""
			if slices.Contains(both, "follow") {
				followers = fmt.Sprint(d.ann.ID)
			}
			if got := d.get(a).Properties[ticket.Followers]; got != followers {
				rt.Fatalf("merged: followers %q, want %q", got, followers)
			}
			d.do(func(tx *db.Tx) error {
				all, err := merges.List(tx, people.System, ticket.Object, a)
				if err == nil {
					_, err = merges.Undo(tx, people.System, all[0].ID)
				}
				return err
			})
			if got := marks(b); !slices.Equal(got, want[b]) || open() != before+2 {
				rt.Fatalf("undone: marks %v, want %v; %d open", got, want[b], open()-before)
			}
		})
	})
}
