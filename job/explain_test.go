package job

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

const futureJobs = 20_000

// fill makes jobs of the future, and a few of every other sort, and has PostgreSQL count them.
func fill(t *testing.T, d *db.DB) {
	t.Helper()
	for done := 0; done < futureJobs; done += 1000 {
		dbtest.Do(t, d, func(tx *db.Tx) error {
			for i := range 1000 {
				s := Spec{Kind: fmt.Sprintf("kind%d", i%5), Key: fmt.Sprint("k", done+i), Due: tx.Now.Add(time.Duration(done+i+1) * time.Hour)}
				if i%10 == 0 {
					s.Serial = fmt.Sprint("thread:", done+i)
				}
				if _, err := Enqueue(tx, s); err != nil {
					return err
				}
			}
			return nil
		})
	}
	dbtest.Do(t, d, func(tx *db.Tx) error {
		for i, state := range []string{"running", "dead"} {
			if _, err := tx.Exec("INSERT INTO jobs (id, kind, args, state, due, attempt, lease_owner, lease_node, lease_until, created_at, turn) VALUES ($1, 'kind1', 'null', $2, 1, 1, 1, 1, 1, 1, 0)", i+1, state); err != nil {
				return err
			}
		}
		_, err := tx.Exec("ANALYZE jobs")
		return err
	})
}

// Jobs of the future cost nothing: every statement of a runner's round reads by an index what it needs and no more.
func TestRunnersReadByIndex(t *testing.T) { // PERF-1
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		fill(t, d)
		dbtest.Do(t, d, func(tx *db.Tx) error {
			claims, peeks := claimQuery(tx, []string{"kind1"}, 8), peekQuery([]string{"kind1", "kind2", "none"})
			for _, c := range []struct {
				name, query string
				args        []any
				indexes     []string
			}{
				{"claim", claims.Text(), claims.Args(), []string{"jobs_due", "jobs_serial"}},
				{"peek", peeks.Text(), peeks.Args(), []string{"jobs_due"}},
				{"next", nextDueSelect, []any{"kind1", tx.Micros()}, []string{"jobs_due"}},
				{"leases", leaseEndSelect, nil, []string{"jobs_leased"}},
				{"reap", reapSelect, []any{tx.Micros(), 1, 2, 10}, []string{"jobs_leased"}},
				{"kinds", nextKindSelect, []any{"kind1"}, []string{"jobs_due"}},
				{"turn", insertJob, []any{1, "kind1", nil, "thread:10", "null", 1, 1, "thread:10"}, []string{"jobs_serial"}},
				{"complete", completeJob, []any{1, 1, 1}, []string{"jobs_serial"}},
				{"next in series", nextTurnSelect, []any{"thread:10"}, []string{"jobs_serial"}},
				{"cancel", "SELECT id FROM jobs WHERE " + byKey, []any{"kind1", "k1"}, []string{"jobs_key"}},
				{"dead", listSelect(Dead), []any{10}, []string{"jobs_dead"}},
			} {
				plan, err := tx.Explain(c.query, c.args...)
				if err != nil {
					return err
				}
				for _, index := range c.indexes {
					if !strings.Contains(plan, index) {
						t.Errorf("%s does not use %s:\n%s", c.name, index, plan)
					}
				}
				if whole := scansAll(plan); whole != "" {
					t.Errorf("%s reads the whole table: %s\n%s", c.name, whole, plan)
				}
			}
			return nil
		})
	})
}

// scansAll finds the line of a plan that reads all of jobs, or all of an index of it that holds the future.
func scansAll(plan string) string {
	for line := range strings.Lines(plan) {
		if strings.Contains(line, "Seq Scan on jobs") || strings.Contains(line, "SCAN") && strings.Contains(line, "jobs") &&
			!strings.Contains(line, "jobs_leased") && !strings.Contains(line, "jobs_dead") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func TestRunnerSeesPastTheFuture(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		fill(t, d)
		dbtest.Do(t, d, func(tx *db.Tx) error {
			kinds, err := waitingKinds(tx)
			if fmt.Sprint(kinds) != "[kind0 kind1 kind2 kind3 kind4]" {
				t.Errorf("kinds %v", kinds)
			}
			if err != nil {
				return err
			}
			due, err := peek(tx, []string{"kind4", "none"})
			want := fmt.Sprint([]kindDue{{"kind4", tx.Now.Add(5 * time.Hour).UnixMicro()}, {"none", 0}})
			if fmt.Sprint(due) != want {
				t.Errorf("peeked %v, want %s", due, want)
			}
			return err
		})
	})
}

func TestBackoff(t *testing.T) {
	h := &Handler{}
	for attempt, step := range []time.Duration{5 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 6 * time.Hour} {
		seen := map[time.Duration]bool{}
		for id := range int64(100) {
			p := h.pause(id<<16, attempt)
			if p != h.pause(id<<16, attempt) || p > step || p < step-step/5 {
				t.Fatalf("attempt %d of job %d waits %v, want within a fifth below %v, always the same", attempt, id, p, step)
			}
			seen[p] = true
		}
		if len(seen) < 90 {
			t.Errorf("attempt %d: only %d different waits of 100 jobs", attempt, len(seen))
		}
	}
}
