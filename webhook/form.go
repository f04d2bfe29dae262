package webhook

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
)

// The kinds of job.
const (
	formKind   = "webhook.form"
	sendKind   = "webhook.send"
	replayKind = "webhook.replay"
	sweepKind  = "webhook.sweep"
	purgeKind  = "webhook.purge"
	forgetKind = "webhook.forget"
)

const (
	batchMost  = 100     // events of one request, as at HubSpot
	batchBytes = 1 << 20 // and their size, unless one alone is larger
	again      = time.Second
)

// form makes requests of what was queued. One job of it runs at a time.
func (s *Service) form(ctx context.Context, run job.Run) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		all, err := db.List(tx, scanEndpoint, selectEndpoints+" WHERE state = 'active' AND url <> '' ORDER BY id")
		if err != nil {
			return err
		}
		made := 0
		for _, e := range all {
			n, err := s.fill(tx, e)
			if err != nil {
				return fmt.Errorf("webhook %d: %w", e.ID, err)
			}
			made += n
		}
		if made > 0 { // what was committed while this looked is found by the next look
			if err := look(tx, again); err != nil {
				return err
			}
		}
		return run.Complete(tx)
	})
}

// fill makes the next requests of an endpoint, of the lanes that have none under way: first of those that wait the longest, no more
// than it takes at once, and one at a time while it fails.
func (s *Service) fill(tx *db.Tx, e Endpoint) (made int, err error) {
	if err := tx.Lock("webhook:" + id.Format(e.ID)); err != nil {
		return 0, err
	}
	busy, err := db.List(tx, db.Col[int], "SELECT lane FROM webhook_deliveries WHERE endpoint_id = $1 AND state = 'waiting' AND lane >= 0", e.ID)
	if err != nil {
		return 0, err
	}
	room := e.Concurrency - len(busy)
	if !e.FailingSince.IsZero() {
		room = 1 - len(busy)
	}
	if room <= 0 {
		return 0, nil
	}
	heads, err := headsOf(tx, e.ID)
	if err != nil {
		return 0, err
	}
	heads = slices.DeleteFunc(heads, func(h head) bool { return h.first == 0 || slices.Contains(busy, h.lane) })
	slices.SortFunc(heads, func(a, b head) int { return cmp.Compare(a.first, b.first) })
	for _, h := range heads[:min(room, len(heads))] {
		if err := s.take(tx, e, h.lane); err != nil {
			return made, err
		}
		made++
	}
	return made, nil
}

// head is the oldest that waits in a lane; first is 0 for none.
type head struct {
	lane  int
	first int64
}

// selectHeads asks for the head of each lane, by one step in the index for each.
const selectHeads = `WITH RECURSIVE k(lane) AS (SELECT 0 UNION ALL SELECT lane + 1 FROM k WHERE lane < $1)
SELECT k.lane, coalesce((SELECT q.id FROM webhook_queue q WHERE q.endpoint_id = $2 AND q.lane = k.lane ORDER BY q.id LIMIT 1), 0) FROM k`

func headsOf(tx *db.Tx, endpoint int64) ([]head, error) {
	return db.List(tx, func(sc db.Scanner) (h head, err error) {
		err = sc.Scan(&h.lane, &h.first)
		return h, err
	}, selectHeads, lanes-1, endpoint)
}

// queued is an event that waits.
type queued struct {
	id            int64
	kind, payload string
}

const selectQueue = "SELECT id, type, payload FROM webhook_queue WHERE endpoint_id = $1 AND lane = $2 ORDER BY id LIMIT $3"

// take makes the next request of a lane.
func (s *Service) take(tx *db.Tx, e Endpoint, lane int) error {
	d, err := collect(tx, e, lane)
	if err != nil || d.Events == 0 {
		return err
	}
	return d.send(tx)
}

// collect moves what waits in a lane into a request that is not stored yet; without events for none.
func collect(tx *db.Tx, e Endpoint, lane int) (Delivery, error) {
	d := Delivery{ID: tx.NewID(), Endpoint: e.ID, lane: lane, State: Waiting, Created: tx.Now}
	list, err := db.List(tx, func(sc db.Scanner) (q queued, err error) {
		err = sc.Scan(&q.id, &q.kind, &q.payload)
		return q, err
	}, selectQueue, e.ID, lane, batchMost)
	if err != nil || len(list) == 0 {
		return d, err
	}
	size := 0
	for i, q := range list {
		if size += len(q.payload); size > batchBytes && i > 0 {
			list = list[:i]
			break
		}
	}
	ids := make([]int64, len(list))
	lines, kinds := make([]string, len(list)), make([]string, len(list))
	for i, q := range list {
		ids[i], lines[i], kinds[i] = q.id, q.payload, q.kind
	}
	d.Events, d.body, d.Types = len(list), strings.Join(lines, "\n"), counted(kinds)
	// By their ids: another of the lane may have been committed since.
	var del db.SQL
	del.Add("DELETE FROM webhook_queue WHERE endpoint_id = ? AND lane = ? AND ", e.ID, lane)
	_, err = db.In(&del, "id", db.Padded(ids)).Exec(tx)
	return d, err
}

// counted is a list of words in short: "ticket.creation ×3, ticket.propertyChange".
func counted(words []string) string {
	var order []string
	count := map[string]int{}
	for _, w := range words {
		if count[w] == 0 {
			order = append(order, w)
		}
		count[w]++
	}
	for i, w := range order {
		if count[w] > 1 {
			order[i] = fmt.Sprintf("%s ×%d", w, count[w])
		}
	}
	return strings.Join(order, ", ")
}

// send stores a new request, and orders it to be sent.
func (d Delivery) send(tx *db.Tx) error {
	d.State = Waiting
	if err := d.insert(tx); err != nil {
		return err
	}
	return d.order(tx)
}

// order has it sent at once, also where it waits for its next attempt. Those that are sent again go one after another.
func (d Delivery) order(tx *db.Tx) error {
	spec := job.Spec{Kind: sendKind, Key: id.Format(d.ID), Args: sendArgs{d.ID}}
	if d.lane < 0 {
		spec.Serial = "webhook.replay:" + id.Format(d.Endpoint)
	}
	fresh, err := job.Enqueue(tx, spec)
	if err == nil && !fresh {
		_, err = job.Reschedule(tx, spec.Kind, spec.Key, tx.Now)
	}
	return err
}

type sendArgs struct {
	Delivery int64 `json:"delivery,string"`
}
