package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// Outcome is where a request stands.
type Outcome string

// The outcomes.
const (
	Waiting   Outcome = "waiting"   // to be sent, or to be tried again
	Delivered Outcome = "delivered" // the endpoint took it
	Failed    Outcome = "failed"    // given up
	Replayed  Outcome = "replayed"  // given up, and sent again as another
)

// Delivery is one request to an endpoint, with how the latest attempt went.
type Delivery struct {
	ID        int64 // the endpoint sees it with every attempt
	Endpoint  int64
	State     Outcome
	Events    int
	Types     string // of the events: "ticket.creation ×3"
	Attempts  int
	Created   time.Time
	Attempted time.Time // zero for not yet
	Status    int       // what the endpoint answered; 0 for nothing
	Error     string    // why there was no answer, for people
	Answer    string    // how the answer began
	Took      time.Duration

	lane     int
	body     string // one event a line
	replayOf *int64
}

// Body is what the endpoint was sent last, or is sent next.
func (d Delivery) Body() []byte {
	d.Attempts = max(d.Attempts-1, 0)
	return d.numbered()
}

const columns = `id, endpoint_id, lane, state, events, types, attempts, created_at, coalesce(attempted_at, 0), status, error, answer, took, replay_of`

const (
	selectLog   = "SELECT " + columns + ", '' FROM webhook_deliveries"
	selectWhole = "SELECT " + columns + ", body FROM webhook_deliveries"
)

func scanWhole(sc db.Scanner) (d Delivery, err error) {
	var created, attempted, took int64
	err = sc.Scan(&d.ID, &d.Endpoint, &d.lane, &d.State, &d.Events, &d.Types, &d.Attempts, &created, &attempted, &d.Status, &d.Error, &d.Answer, &took,
		&d.replayOf, &d.body)
	d.Created, d.Took = clock.FromMicros(created), time.Duration(took)*time.Microsecond
	if attempted != 0 {
		d.Attempted = clock.FromMicros(attempted)
	}
	return d, err
}

// alone is the lane of what waits for nothing before it.
const alone = -1

// insert stores a new request.
func (d Delivery) insert(tx *db.Tx) error {
	var attempted *int64
	if !d.Attempted.IsZero() {
		us := d.Attempted.UnixMicro()
		attempted = &us
	}
	_, err := tx.Exec(`INSERT INTO webhook_deliveries (id, endpoint_id, lane, state, events, types, body, attempts, created_at, attempted_at, status, error, answer,
took, replay_of) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`, d.ID, d.Endpoint, d.lane, string(d.State), d.Events, d.Types, d.body,
		d.Attempts, d.Created.UnixMicro(), attempted, d.Status, d.Error, d.Answer, d.Took.Microseconds(), d.replayOf)
	return err
}

const logMost = 100

// Log is a page of an endpoint's requests, newest first, older than before (0 for the newest); failed asks for those given up alone.
// They come without their bodies.
func (s *Service) Log(tx *db.Tx, by people.Actor, endpoint, before int64, failed bool, limit int) ([]Delivery, error) {
	if err := may(by); err != nil {
		return nil, err
	}
	if before == 0 {
		before = 1<<63 - 1
	}
	where := " WHERE endpoint_id = $1 AND id < $2"
	if failed {
		where += " AND state = 'failed'"
	}
	return db.List(tx, scanWhole, selectLog+where+" ORDER BY id DESC LIMIT $3", endpoint, before, min(limit, logMost))
}

// Logged is one request, whole.
func (s *Service) Logged(tx *db.Tx, by people.Actor, endpoint, n int64) (Delivery, error) {
	if err := may(by); err != nil {
		return Delivery{}, err
	}
	d, ok, err := db.One(tx, scanWhole, selectWhole+" WHERE id = $1 AND endpoint_id = $2", n, endpoint)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "There is no such request. The log is kept for 30 days.", nil)
	}
	return d, err
}

// Waits counts the events that wait for an endpoint, up to waitsMost.
func (s *Service) Waits(tx *db.Tx, endpoint int64) (int64, error) {
	return db.Value[int64](tx, "SELECT count(*) FROM (SELECT id FROM webhook_queue WHERE endpoint_id = $1 LIMIT $2) q", endpoint, waitsMost)
}

const waitsMost = 1000

// Replay is what is to be sent again.
type Replay struct {
	IDs      []int64   // these, whatever became of them
	Failed   bool      // or all that were given up
	From, To time.Time // or all of a time, those given up alone if Failed; zero is without bound
}

const replayMost = 100

// Replay sends requests again, each as a new one with the same events, one after another and beside what happens now.
func (s *Service) Replay(tx *db.Tx, by people.Actor, endpoint int64, r Replay) error {
	if err := may(by); err != nil {
		return err
	}
	if len(r.IDs) > replayMost {
		return errs.Bad("ids", "TOO_MANY", fmt.Sprintf("At most %d requests by name.", replayMost))
	}
	if len(r.IDs) == 0 && !r.Failed && r.From.IsZero() && r.To.IsZero() {
		return errs.Bad("ids", "REQUIRED", "Say which requests: by their ids, all that failed, or those of a time.")
	}
	e, err := one(tx, endpoint, "")
	if err != nil {
		return err
	}
	if e.State == Paused {
		return errs.New(errs.Conflict, "The webhook is paused. Let it go on first.", nil)
	}
	if err := s.changed(tx, by, e, "webhook.replayed", nil); err != nil {
		return err
	}
	if len(r.IDs) > 0 {
		for _, n := range r.IDs {
			if _, err := s.Logged(tx, by, endpoint, n); err != nil {
				return err
			}
			if err := repeat(tx, endpoint, n); err != nil {
				return err
			}
		}
		return nil
	}
	args := replayArgs{Endpoint: endpoint, Until: tx.NewID(), Failed: r.Failed}
	if !r.From.IsZero() {
		args.After = id.Floor(r.From) - 1
	}
	if !r.To.IsZero() {
		args.Until = min(args.Until, id.Floor(r.To))
	}
	return args.order(tx)
}

type replayArgs struct {
	Endpoint int64 `json:"endpoint,string"`
	After    int64 `json:"after,string"`
	Until    int64 `json:"until,string"`
	Failed   bool  `json:"failed"`
}

func (a replayArgs) order(tx *db.Tx) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: replayKind, Serial: "webhook.range:" + id.Format(a.Endpoint), Args: a})
	return err
}

// replayMore orders some of a range, and another job for the rest. What was sent again once is told by the other request, so a range
// leaves it out.
func (s *Service) replayMore(ctx context.Context, run job.Run) error {
	var args replayArgs
	if err := json.Unmarshal(run.Args, &args); err != nil {
		return job.Permanent(err)
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		which := "state IN ('delivered', 'failed')"
		if args.Failed {
			which = "state = 'failed'"
		}
		list, err := db.List(tx, db.Col[int64], "SELECT id FROM webhook_deliveries WHERE endpoint_id = $1 AND id > $2 AND id < $3 AND "+which+
			" ORDER BY id LIMIT $4", args.Endpoint, args.After, args.Until, replayMost)
		if err != nil {
			return err
		}
		next := args
		for _, n := range list {
			if err := repeat(tx, args.Endpoint, n); err != nil {
				return err
			}
			next.After = n
		}
		if len(list) == replayMost {
			if err := next.order(tx); err != nil {
				return err
			}
		}
		return run.Complete(tx)
	})
}

// repeat sends a request again as a new one.
func repeat(tx *db.Tx, endpoint, n int64) error {
	d, ok, err := db.One(tx, scanWhole, selectWhole+" WHERE id = $1 AND endpoint_id = $2", n, endpoint)
	if err != nil || !ok || d.State == Waiting {
		return err // it is on its way
	}
	if d.State == Failed {
		if _, err := tx.Exec("UPDATE webhook_deliveries SET state = 'replayed' WHERE id = $1", n); err != nil {
			return err
		}
	}
	return Delivery{ID: tx.NewID(), Endpoint: endpoint, lane: alone, Events: d.Events, Types: d.Types, body: d.body, Created: tx.Now, replayOf: &n}.send(tx)
}

// Test sends an endpoint a sample of something that it subscribed to, at once, and tells what it said. The sample is in the log.
func (s *Service) Test(ctx context.Context, by people.Actor, endpoint int64) (Delivery, error) {
	p, err := s.sample(ctx, by, endpoint)
	if err != nil {
		return Delivery{}, err
	}
	answer, sent := s.call(ctx, p)
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		p.tried(tx, answer, sent)
		kept := p.Delivery
		if kept.State == Failed {
			kept.State = Replayed // a sample is nothing to send again
		}
		return kept.insert(tx)
	})
	return p.Delivery, err
}

// sample makes what Test sends.
func (s *Service) sample(ctx context.Context, by people.Actor, endpoint int64) (p parcel, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := may(by); err != nil {
			return err
		}
		if p.to, err = one(tx, endpoint, ""); err != nil {
			return err
		}
		if p.to.URL == "" {
			return errs.New(errs.Conflict, "The app has said no address yet.", nil)
		}
		if p.secret, err = s.secret(tx, p.to); err != nil {
			return err
		}
		b, err := s.book.Get(tx)
		if err != nil {
			return err
		}
		list, err := subscriptionsOf(tx, endpoint)
		if err != nil {
			return err
		}
		w := Subscription{EventType: "ticket." + creation}
		if len(list) > 0 {
			w = list[0]
		}
		out := payload{EventID: tx.NewID(), SubscriptionID: w.ID, PortalID: b.portal, AppID: p.to.Shown(), OccurredAt: tx.Now.UnixMilli(),
			SubscriptionType: w.EventType, ObjectTypeID: w.ObjectTypeID, ObjectID: sampleObject, ChangeSource: "TEST"}
		if strings.HasSuffix(w.EventType, "."+propertyChange) {
			value := "sample-value"
			out.PropertyName, out.PropertyValue = w.Property, &value
		}
		raw, err := json.Marshal(out)
		p.Delivery = Delivery{ID: tx.NewID(), Endpoint: endpoint, lane: alone, State: Waiting, Events: 1, Types: "sample of " + w.EventType, Created: tx.Now, body: string(raw)}
		return err
	})
	return p, err
}

// sampleObject is the record of a sample, which there is not.
const sampleObject = 123
