package record_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

func TestHistorySaysWhoWhenAndWhy(t *testing.T) { // PROP-4
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		k := open(t, cfg)
		user := agent(42, people.Everything, true)
		made := k.make(t, "tickets", map[string]string{"subject": "a"})
		cfg.Clock.(*clock.Fixed).Advance(time.Hour)
		k.do(t, func(tx *db.Tx) error {
			_, err := k.Update(tx, user, "tickets", made.ID, map[string]string{"subject": "b", "content": "c"}, "typing error")
			return err
		})
		k.see(t, func(tx *db.Tx) error {
			got, err := k.History(tx, user, "tickets", made.ID, "subject")
			want := []record.Version{{Value: "b", At: dbtest.Start.Add(time.Hour), By: event.Actor{Kind: event.User, ID: 42}, Reason: "typing error"},
				{Value: "a", At: dbtest.Start, By: event.Actor{Kind: event.System}}}
			if !slices.Equal(got, want) {
				t.Errorf("history %+v", got)
			}
			if none, err := k.History(tx, user, "tickets", made.ID, "x' OR 1"); len(none) != 0 || err != nil {
				t.Errorf("history of nothing: %v %v", none, err)
			}
			if _, err := k.History(tx, agent(1, people.None, false), "tickets", made.ID, "subject"); !errs.Is(err, errs.NotFound) {
				t.Errorf("hidden history: %v", err)
			}
			return err
		})
		if r := k.get(t, "tickets", made.ID); !r.UpdatedAt.Equal(dbtest.Start.Add(time.Hour)) || !r.CreatedAt.Equal(dbtest.Start) {
			t.Errorf("times %v %v", r.CreatedAt, r.UpdatedAt)
		}
	})
}

// TestHistoryFollowsAModel writes at random and compares records and their histories with maps and lists.
func TestHistoryFollowsAModel(t *testing.T) { // PROP-4
	each(t, func(t *testing.T, k *desk) {
		names := []string{"subject", "hs_ticket_priority", "content", "hubspot_owner_id", "closed_date", "hs_resolution"}
		values := map[string][]string{"subject": {"", "a", "b"}, "hs_ticket_priority": {"", "LOW", "HIGH"}, "content": {"", "x", "y"},
			"hubspot_owner_id": {"", "1", "2"}, "closed_date": {"", "2026-11-01T00:00:00.000Z"}, "hs_resolution": {"", "ISSUE_FIXED"}}
		rapid.Check(t, func(rt *rapid.T) {
			draw := func() map[string]string {
				props := map[string]string{}
				for range rapid.IntRange(0, 4).Draw(rt, "properties") {
					name := rapid.SampledFrom(names).Draw(rt, "name")
					props[name] = rapid.SampledFrom(values[name]).Draw(rt, "value")
				}
				return props
			}
			now, past := map[string]string{}, map[string][]string{}
			learn := func(props map[string]string) {
				for name, v := range props {
					if now[name] != v {
						now[name] = v
						past[name] = append([]string{v}, past[name]...)
					}
				}
			}
			first := draw()
			learn(first)
			r := k.make(t, "tickets", first)
			for range rapid.IntRange(0, 6).Draw(rt, "updates") {
				props := draw()
				fail := rapid.IntRange(0, 4).Draw(rt, "fail") == 0
				if fail {
					props["nonsense"] = "1"
				}
				err := k.d.Write(context.Background(), func(tx *db.Tx) error {
					_, err := k.Update(tx, people.System, "tickets", r.ID, props, "")
					return err
				})
				if (err != nil) != fail {
					rt.Fatalf("%v: %v", props, err)
				}
				if !fail {
					learn(props)
				}
			}
			k.see(t, func(tx *db.Tx) error {
				got, err := k.Get(tx, people.System, "tickets", r.ID)
				if err != nil {
					return err
				}
				for _, name := range names {
					if got.Properties[name] != now[name] {
						rt.Errorf("%s is %q, want %q", name, got.Properties[name], now[name])
					}
					versions, err := k.History(tx, people.System, "tickets", r.ID, name)
					if err != nil {
						return err
					}
					var was []string
					for _, v := range versions {
						was = append(was, v.Value)
					}
					if !slices.Equal(was, past[name]) {
						rt.Errorf("%s was %q, want %q", name, was, past[name])
					}
				}
				return nil
			})
		})
	})
}
