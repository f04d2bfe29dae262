package audit_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people/audit"
)

var (
	ann = event.Actor{Kind: event.User, ID: 1}
	app = event.Actor{Kind: event.App, ID: 1}
)

// each opens a database with a clock that the story moves.
func each(t *testing.T, story func(t *testing.T, d *db.DB, c *clock.Fixed)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) { story(t, dbtest.Open(t, cfg), cfg.Clock.(*clock.Fixed)) })
}

func actions(t *testing.T, d *db.DB, q audit.Query) (out []string) {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	dbtest.See(t, d, func(tx *db.Tx) error {
		all, err := audit.List(tx, q)
		for _, e := range all {
			out = append(out, e.Action)
		}
		return err
	})
	return out
}

func TestWhatWasDoneIsFound(t *testing.T) { // ACC-9
	each(t, func(t *testing.T, d *db.DB, c *clock.Fixed) {
		add := func(e audit.Entry) {
			t.Helper()
			dbtest.Do(t, d, func(tx *db.Tx) error { return audit.Add(tx, e) })
			c.Advance(time.Hour)
		}
		add(audit.Entry{Action: "sign-in.ok", Actor: ann, Name: "Ann", Address: "192.0.2.1"})
		add(audit.Entry{Action: "user.created", Actor: ann, ObjectType: "users", ObjectID: 9, Object: "bob@example.org", Detail: map[string]string{"seat": "view"}})
		add(audit.Entry{Action: "user.changed", Actor: app, ObjectType: "users", ObjectID: 9})
		add(audit.Entry{Action: "token.created", Actor: ann, ObjectType: "tokens", ObjectID: 9})
		for name, tt := range map[string]struct {
			q    audit.Query
			want []string
		}{
			"all, newest first": {audit.Query{}, []string{"token.created", "user.changed", "user.created", "sign-in.ok"}},
			"oldest first":      {audit.Query{OldFirst: true, Limit: 2}, []string{"sign-in.ok", "user.created"}},
			"a category":        {audit.Query{Categories: []string{"user"}}, []string{"user.changed", "user.created"}},
			"all but sign-ins":  {audit.Query{Not: audit.SignIn, Limit: 2}, []string{"token.created", "user.changed"}},
			"actions":           {audit.Query{Actions: []string{"sign-in.ok", "token.created"}}, []string{"token.created", "sign-in.ok"}},
			"an actor":          {audit.Query{Actors: []event.Actor{app}}, []string{"user.changed"}},
			"two actors":        {audit.Query{Actors: []event.Actor{app, ann}, Categories: []string{"user"}}, []string{"user.changed", "user.created"}},
			"an object":         {audit.Query{ObjectType: "users", ObjectID: 9}, []string{"user.changed", "user.created"}},
			"a time":            {audit.Query{From: dbtest.Start.Add(time.Hour), To: dbtest.Start.Add(3 * time.Hour)}, []string{"user.changed", "user.created"}},
			"up to a time":      {audit.Query{To: dbtest.Start.Add(time.Hour)}, []string{"sign-in.ok"}},
		} {
			if got := actions(t, d, tt.q); !slices.Equal(got, tt.want) {
				t.Errorf("%s: %q, want %q", name, got, tt.want)
			}
		}
		dbtest.See(t, d, func(tx *db.Tx) error {
			page, err := audit.List(tx, audit.Query{Limit: 3})
			if err != nil || len(page) != 3 {
				t.Fatalf("%v, %v", page, err)
			}
			rest, err := audit.List(tx, audit.Query{Limit: 3, After: page[2].ID})
			if len(rest) != 1 || rest[0].Action != "sign-in.ok" || rest[0].Name != "Ann" || rest[0].Address != "192.0.2.1" || !rest[0].At.Equal(dbtest.Start) {
				t.Errorf("the second page is %+v", rest)
			}
			if e := page[2]; e.Detail["seat"] != "view" || e.Object != "bob@example.org" || e.Actor != ann || e.Category() != "user" {
				t.Errorf("the entry is %+v", e)
			}
			return err
		})
	})
}

// Not even the program can change what was written (ACC-9).
func TestEntriesStay(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ *clock.Fixed) {
		dbtest.Do(t, d, func(tx *db.Tx) error { return audit.Add(tx, audit.Entry{Action: "user.created"}) })
		for _, statement := range []string{"UPDATE audit_log SET actor_name = 'nobody'", "DELETE FROM audit_log"} {
			err := d.Write(context.Background(), func(tx *db.Tx) error { _, err := tx.Exec(statement); return err })
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		if got := actions(t, d, audit.Query{}); len(got) != 1 {
			t.Errorf("left are %q", got)
		}
	})
}

// What strangers send is kept in bounds, and what one database refuses is not sent to it.
func TestHostileTexts(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ *clock.Fixed) {
		long := strings.Repeat("é", 10_000)
		dbtest.Do(t, d, func(tx *db.Tx) error {
			return audit.Add(tx, audit.Entry{Action: "sign-in.failed", Name: long, Object: "a\x00b\xff", Detail: map[string]string{"agent": long + "\x00"}})
		})
		dbtest.See(t, d, func(tx *db.Tx) error {
			all, err := audit.List(tx, audit.Query{Limit: 1})
			if len(all) != 1 || len(all[0].Name) != 1000 || all[0].Object != "ab" || len(all[0].Detail["agent"]) != 1000 {
				t.Errorf("kept %d letters, %q", len(all[0].Name), all[0].Object)
			}
			return err
		})
	})
}

func TestPagesUseTheKey(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ *clock.Fixed) {
		explain := "EXPLAIN QUERY PLAN "
		if d.Postgres() {
			explain = "EXPLAIN "
		}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			for i := range 3000 {
				e := audit.Entry{Action: fmt.Sprintf("user.%d", i%7), Actor: ann, ObjectType: "users", ObjectID: int64(i)}
				if err := audit.Add(tx, e); err != nil {
					return err
				}
			}
			_, err := tx.Exec("ANALYZE")
			return err
		})
		dbtest.See(t, d, func(tx *db.Tx) error {
			plan, err := db.List(tx, func(s db.Scanner) (string, error) {
				var id, parent, unused int
				var detail string
				if d.Postgres() {
					err := s.Scan(&detail)
					return detail, err
				}
				err := s.Scan(&id, &parent, &unused, &detail)
				return detail, err
			}, explain+"SELECT id FROM audit_log WHERE at >= $1 AND id >= $2 ORDER BY id DESC LIMIT 50", 1, 1)
			if text := strings.Join(plan, "\n"); strings.Contains(text, "Seq Scan") || strings.Contains(text, "TEMP B-TREE") || strings.Contains(text, "Sort") {
				t.Errorf("the plan is\n%s", text)
			}
			return err
		})
	})
}
