package db

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	relayChannel = "deskbell"
	relayBytes   = 7000 // PostgreSQL refuses payloads of 8000 bytes and more
	relayQueue   = 8192
	relayPause   = 5 * time.Millisecond // gathers notes into one NOTIFY: a NOTIFY serialises commits
	relayRetry   = time.Second
)

// relay passes notes between nodes, outside of business transactions: NOTIFY inside them would serialise every commit.
type relay struct {
	pool   *pgxpool.Pool
	hub    *hub
	log    *slog.Logger
	self   string // marks our own notes, which the hub already had
	queue  chan Note
	lost   atomic.Bool // notes were dropped that the other nodes do not know of
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

type relayed struct {
	From  string `json:"f"`
	Lost  bool   `json:"l,omitempty"` // the sender dropped notes
	Notes []Note `json:"n"`
}

// startRelay returns once it listens, so that from then on no note is missed unnoticed.
func startRelay(ctx context.Context, pool *pgxpool.Pool, h *hub, log *slog.Logger) (*relay, error) {
	first, err := listen(ctx, pool)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &relay{pool: pool, hub: h, log: log, self: strconv.FormatUint(rand.Uint64(), 36),
		queue: make(chan Note, relayQueue), cancel: cancel}
	r.wg.Go(func() { r.forever(ctx, "relay", r.sendLoop) })
	r.wg.Go(func() { r.forever(ctx, "listen", r.listenLoop(first)) })
	return r, nil
}

// listen takes a connection out of the pool for good: it must not go back listening.
func listen(ctx context.Context, pool *pgxpool.Pool) (*pgx.Conn, error) {
	c, err := pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	conn := c.Hijack()
	if _, err := conn.Exec(ctx, "LISTEN "+relayChannel); err != nil {
		return nil, errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
	}
	return conn, nil
}

func (r *relay) forever(ctx context.Context, what string, loop func(context.Context) error) {
	for ctx.Err() == nil {
		if err := loop(ctx); err != nil && ctx.Err() == nil {
			r.log.Warn("node messages interrupted", "part", what, "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(relayRetry):
			}
		}
	}
}

func (r *relay) send(notes []Note) {
	for _, n := range notes {
		select {
		case r.queue <- n:
		default:
			r.log.Warn("node message dropped; the receivers read again", "topic", n.Topic)
			r.lost.Store(true)
			return
		}
	}
}

func (r *relay) sendLoop(ctx context.Context) error {
	for {
		batch, ok := r.gather(ctx)
		if !ok {
			return nil
		}
		if err := r.notify(ctx, batch); err != nil {
			r.lost.Store(true) // what was in the batch
			return err
		}
	}
}

// gather waits for a note, or for notes lost that must be told of, and takes what comes right behind.
func (r *relay) gather(ctx context.Context) (batch relayed, ok bool) {
	batch.From = r.self
	size := 0
	take := func(n Note) {
		size += len(n.Payload) + len(n.Topic) + 20
		batch.Notes = append(batch.Notes, n)
	}
	if !r.lost.Load() { // whoever sets it left the queue full, or is this very loop
		select {
		case <-ctx.Done():
			return batch, false
		case n := <-r.queue:
			take(n)
		}
	}
	select {
	case <-ctx.Done():
		return batch, false
	case <-time.After(relayPause):
	}
	batch.Lost = r.lost.Swap(false)
	for size < relayBytes/2 && len(r.queue) > 0 {
		take(<-r.queue)
	}
	return batch, true
}

func (r *relay) notify(ctx context.Context, batch relayed) error {
	payload, err := json.Marshal(batch)
	if err != nil {
		return err
	}
	if len(payload) > relayBytes {
		payload, err = json.Marshal(relayed{From: r.self, Lost: true})
		if err != nil {
			return err
		}
	}
	_, err = r.pool.Exec(ctx, "SELECT pg_notify($1, $2)", relayChannel, string(payload))
	return err
}

// listenLoop hears on conn until it fails; called again, on a new connection, it first says that notes were lost.
func (r *relay) listenLoop(conn *pgx.Conn) func(context.Context) error {
	return func(ctx context.Context) error {
		if conn == nil {
			var err error
			if conn, err = listen(ctx, r.pool); err != nil {
				return err
			}
			r.hub.loseAll()
		}
		err := r.hear(ctx, conn)
		conn.Close(context.WithoutCancel(ctx))
		conn = nil
		return err
	}
}

func (r *relay) hear(ctx context.Context, conn *pgx.Conn) error {
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		var batch relayed
		if err := json.Unmarshal([]byte(n.Payload), &batch); err != nil {
			r.log.Warn("node message not understood", "error", err)
			continue
		}
		r.receive(batch)
	}
}

func (r *relay) receive(batch relayed) {
	if batch.From == r.self {
		return
	}
	if batch.Lost {
		r.hub.loseAll()
	}
	for _, n := range batch.Notes {
		r.hub.publish(n)
	}
}

func (r *relay) close() {
	r.cancel()
	r.wg.Wait()
}
