package job

import (
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
)

// This file holds the statements that runners live on. Each is served by a partial index, so that jobs of the future
// cost nothing; explain_test.go holds them to it.

// holder is who holds leases.
type holder struct {
	owner int64
	node  int
	lease time.Duration
}

// claimQuery picks due jobs of the kinds whose turn it is: no earlier job of their series is undone and no twin runs.
func claimQuery(tx *db.Tx, kinds []string, most int) *db.SQL {
	var q db.SQL
	q.Add("SELECT id, kind, key, serial, attempt, args, due FROM jobs j WHERE state = 'ready' AND ")
	db.In(&q, "kind", kinds)
	q.Add(` AND due <= ?
AND (serial IS NULL OR (NOT EXISTS (SELECT 1 FROM jobs r WHERE r.serial = j.serial AND r.state = 'running')
  AND NOT EXISTS (SELECT 1 FROM jobs e WHERE e.serial = j.serial AND e.state = 'ready' AND e.state <> 'dead' AND (e.turn, e.id) < (j.turn, j.id))))
AND (key IS NULL OR NOT EXISTS (SELECT 1 FROM jobs t WHERE t.kind = j.kind AND t.key = j.key AND t.state = 'running' AND t.state <> 'dead'))
ORDER BY due, id LIMIT ?`, tx.Micros(), most)
	return q.Add(tx.Claim())
}

// claim takes up to most due jobs. A unique violation means that another node began the same series meanwhile: try again.
func claim(tx *db.Tx, h holder, kinds []string, most int) ([]Run, error) {
	q := claimQuery(tx, kinds, most)
	scan := func(s db.Scanner) (Run, error) {
		r := Run{lease: &lease{owner: h.owner}}
		var key, serial *string
		var due int64
		var args []byte
		err := s.Scan(&r.ID, &r.Kind, &key, &serial, &r.Attempt, &args, &due)
		r.Attempt++
		r.Key, r.lease.serial, r.Args, r.Due = text(key), text(serial), args, clock.FromMicros(due)
		return r, err
	}
	runs, err := db.List(tx, scan, q.Text(), q.Args()...)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	var u db.SQL
	u.Add("UPDATE jobs SET state = 'running', attempt = attempt + 1, lease_owner = ?, lease_node = ?, lease_until = ? WHERE ",
		h.owner, h.node, tx.Now.Add(h.lease).UnixMicro())
	db.In(&u, "id", ids(runs))
	return runs, tx.Later(u.Text(), u.Args()...)
}

func ids(runs []Run) []int64 {
	out := make([]int64, len(runs))
	for i, r := range runs {
		out[i] = r.ID
	}
	return out
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

const nextDueSelect = "SELECT due FROM jobs WHERE state = 'ready' AND kind = $1 AND due > $2 ORDER BY due LIMIT 1"

// nextDue is when the earliest job of the kind after now is due; 0 for none.
func nextDue(tx *db.Tx, kind string) (int64, error) {
	return db.Value[int64](tx, nextDueSelect, kind, tx.Micros())
}

type kindDue struct {
	kind string
	due  int64 // of its earliest job; 0 for none
}

// peekQuery asks for the earliest job of each kind, by one step in the index for each.
func peekQuery(kinds []string) *db.SQL {
	var q db.SQL
	for i, kind := range kinds {
		if i == 0 {
			q.Add("WITH k(kind) AS (SELECT CAST(? AS TEXT)", kind)
		} else {
			q.Add(" UNION ALL SELECT CAST(? AS TEXT)", kind)
		}
	}
	return q.Add(`) SELECT kind, coalesce((SELECT j.due FROM jobs j WHERE j.state = 'ready' AND j.kind = k.kind ORDER BY j.due LIMIT 1), 0) FROM k`)
}

func peek(tx *db.Tx, kinds []string) ([]kindDue, error) {
	q := peekQuery(kinds)
	scan := func(s db.Scanner) (k kindDue, err error) {
		err = s.Scan(&k.kind, &k.due)
		return k, err
	}
	return db.List(tx, scan, q.Text(), q.Args()...)
}

const leaseEndSelect = "SELECT lease_until FROM jobs WHERE state = 'running' ORDER BY lease_until LIMIT 1"

// leaseEnd is when the first lease runs out; 0 when nothing runs.
func leaseEnd(tx *db.Tx) (int64, error) {
	return db.Value[int64](tx, leaseEndSelect)
}

// finish deletes jobs that succeeded and are still held.
func finish(tx *db.Tx, h holder, runs []Run) error {
	if len(runs) == 0 {
		return nil
	}
	var q db.SQL
	q.Add("DELETE FROM jobs WHERE lease_owner = ? AND ", h.owner)
	if _, err := db.In(&q, "id", ids(runs)).Exec(tx); err != nil {
		return err
	}
	for _, r := range runs {
		if err := wakeNext(tx, r.lease.serial); err != nil {
			return err
		}
	}
	return nil
}

const (
	putBack = `UPDATE jobs SET state = 'ready', due = $1, attempt = $2, error = coalesce($3, error), failed_at = coalesce($4, failed_at),
lease_owner = NULL, lease_node = NULL, lease_until = NULL WHERE id = $5 AND lease_owner = $6`
	// A newer job with the key stands in for one that has to wait again.
	dropTwin = `DELETE FROM jobs WHERE id = $1 AND lease_owner = $2
AND EXISTS (SELECT 1 FROM jobs t WHERE t.kind = $3 AND t.key = $4 AND t.state = 'ready' AND t.state <> 'dead')`
)

// again makes a held job wait until due. cause nil means that it did not fail: the attempt does not count.
func again(tx *db.Tx, r Run, due time.Time, cause error) error {
	if r.Key != "" {
		n, err := tx.Exec(dropTwin, r.ID, r.lease.owner, r.Kind, r.Key)
		if err != nil {
			return err
		}
		if n == 1 {
			return wakeNext(tx, r.lease.serial)
		}
	}
	attempt := r.Attempt - 1
	var says *string
	var failed *int64
	if cause != nil {
		attempt++
		t, at := errorText(cause), tx.Micros()
		says, failed = &t, &at
	}
	n, err := tx.Exec(putBack, due.UnixMicro(), attempt, says, failed, r.ID, r.lease.owner)
	if n == 1 {
		wake(tx, r.Kind, due.UnixMicro())
	}
	return err
}

// bury makes a held job dead; ok is false when it is not held any more.
func bury(tx *db.Tx, r Run, cause error) (ok bool, err error) {
	n, err := tx.Exec(`UPDATE jobs SET state = 'dead', error = $1, failed_at = $2,
lease_owner = NULL, lease_node = NULL, lease_until = NULL WHERE id = $3 AND lease_owner = $4`, errorText(cause), tx.Micros(), r.ID, r.lease.owner)
	if err != nil || n == 0 {
		return false, err
	}
	return true, wakeNext(tx, r.lease.serial)
}

const errorBytes = 4000

// errorText is an error as it is stored: bounded, and without what PostgreSQL refuses in a text.
func errorText(err error) string {
	s := err.Error()
	if len(s) > errorBytes {
		s = s[:errorBytes]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// renew prolongs leases and returns which of the jobs are still held.
func renew(tx *db.Tx, h holder, held []int64) (map[int64]bool, error) {
	still := map[int64]bool{}
	if len(held) == 0 {
		return still, nil
	}
	var q db.SQL
	q.Add("UPDATE jobs SET lease_until = ? WHERE lease_owner = ? AND ", tx.Now.Add(h.lease).UnixMicro(), h.owner)
	db.In(&q, "id", held).Add(" RETURNING id")
	list, err := db.List(tx, db.Col[int64], q.Text(), q.Args()...)
	for _, id := range list {
		still[id] = true
	}
	return still, err
}

// reapMost bounds how many abandoned jobs one transaction takes back.
const reapMost = 200

const reapSelect = `SELECT id, kind, key, serial, attempt, args, due FROM jobs
WHERE state = 'running' AND (lease_until <= $1 OR (lease_node = $2 AND lease_owner <> $3)) ORDER BY lease_until LIMIT $4`

// reap takes over jobs whose lease ran out, or that an earlier process of this node left. The caller makes each ready
// or dead. node -1 asks for the first sort alone.
func reap(tx *db.Tx, h holder, node int) ([]Run, error) {
	scan := func(s db.Scanner) (Run, error) {
		r := Run{lease: &lease{owner: h.owner}}
		var key, serial *string
		var due int64
		var args []byte
		err := s.Scan(&r.ID, &r.Kind, &key, &serial, &r.Attempt, &args, &due)
		r.Key, r.lease.serial, r.Args, r.Due = text(key), text(serial), args, clock.FromMicros(due)
		return r, err
	}
	runs, err := db.List(tx, scan, reapSelect+tx.Claim(), tx.Micros(), node, h.owner, reapMost)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	var q db.SQL
	q.Add("UPDATE jobs SET lease_owner = ?, lease_node = ?, lease_until = ? WHERE ", h.owner, h.node, tx.Now.Add(h.lease).UnixMicro())
	_, err = db.In(&q, "id", ids(runs)).Exec(tx)
	return runs, err
}

const nextKindSelect = "SELECT kind FROM jobs WHERE state = 'ready' AND kind > $1 ORDER BY kind LIMIT 1"

// waitingKinds lists every kind that has waiting jobs, stepping from one to the next in the index.
func waitingKinds(tx *db.Tx) ([]string, error) {
	var kinds []string
	last := ""
	for {
		kind, ok, err := db.One(tx, db.Col[string], nextKindSelect, last)
		if err != nil || !ok {
			return kinds, err
		}
		last = kind
		kinds = append(kinds, kind)
	}
}
