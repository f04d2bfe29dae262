// Package intake is the road between channels and conversations: it stores what comes in before anybody understands it,
// turns it into messages, sends what goes out, and keeps receivers alive. It must not know what a thread is made of, nor
// how any one channel works.
package intake

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// Service takes in and sends out.
type Service struct {
	db            *db.DB
	conversations *conversation.Service
	accounts      *account.Store
	blobs         blob.Store
	outbox        *Outbox
	log           *slog.Logger

	mu    sync.Mutex
	sinks map[int64]*sink
}

// New returns the service.
func New(d *db.DB, c *conversation.Service, blobs blob.Store, outbox *Outbox, log *slog.Logger) *Service {
	return &Service{db: d, conversations: c, accounts: c.Accounts(), blobs: blobs, outbox: outbox, log: log, sinks: map[int64]*sink{}}
}

// Handlers are the jobs of the package.
func (s *Service) Handlers() []job.Handler {
	return []job.Handler{s.processHandler(), s.sendHandler()}
}

// Route finds the account that a recipient's mail is for; ok is false for an address that is not ours. An error is
// temporary: the sending server keeps the mail.
func (s *Service) Route(ctx context.Context, recipient string) (accountID int64, ok bool, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		a, found, err := s.accounts.Route(tx, recipient)
		accountID, ok = a.ID, found && err == nil
		return err
	})
	return accountID, ok, err
}

// Sink is where an account's receiver, listener or webhook delivers.
func (s *Service) Sink(accountID int64) channel.Sink {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sinks[accountID] == nil {
		s.sinks[accountID] = &sink{s: s, account: accountID}
	}
	return s.sinks[accountID]
}

// sink is one account's.
type sink struct {
	s       *Service
	account int64

	mu    sync.Mutex
	noted time.Time // when a success was last written
}

// healthyEvery is how often a success is written down.
const healthyEvery = time.Minute

// Deliver implements channel.Sink.
func (k *sink) Deliver(ctx context.Context, raw channel.Raw) error {
	if err := k.s.deliver(ctx, k.account, raw); err != nil {
		return err
	}
	k.Healthy(ctx)
	return nil
}

// Cursor implements channel.Sink.
func (k *sink) Cursor(ctx context.Context) (cursor string, err error) {
	err = k.s.db.Read(ctx, func(tx *db.Tx) error {
		cursor, err = k.s.accounts.Cursor(tx, k.account)
		return err
	})
	return cursor, err
}

// SaveCursor implements channel.Sink.
func (k *sink) SaveCursor(ctx context.Context, cursor string) error {
	return k.s.db.Write(ctx, func(tx *db.Tx) error { return k.s.accounts.SaveCursor(tx, k.account, cursor) })
}

// Healthy implements channel.Sink. That a success is not written down is no failure.
func (k *sink) Healthy(ctx context.Context) {
	now := k.s.db.Clock().Now()
	k.mu.Lock()
	fresh := !k.noted.IsZero() && now.Sub(k.noted) < healthyEvery
	if !fresh {
		k.noted = now
	}
	k.mu.Unlock()
	if fresh {
		return
	}
	err := k.s.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.s.accounts.Get(tx, k.account)
		if err != nil {
			return err
		}
		return k.s.accounts.Works(tx, a)
	})
	if err != nil && ctx.Err() == nil {
		k.s.log.Warn("health of a channel not noted", "channel", k.account, "error", err)
	}
}

// failed makes the next success be written at once.
func (k *sink) failed() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.noted = time.Time{}
}

// The states of what came in.
const (
	waiting   = "waiting"
	done      = "done"
	duplicate = "duplicate"
	broken    = "failed"
)

// besideMost is how large a body may be that is kept in the database, in bytes: one commit for all, and no file to sync.
const besideMost = 64 << 10

// stored is a body on its way to the database, or already among the blobs.
type stored struct {
	beside []byte // nil when it is a blob
	key    string // "" when it goes beside its row
}

// stash puts a large body among the blobs; a small one waits for keep.
func stash(ctx context.Context, blobs blob.Store, body []byte) (stored, error) {
	if len(body) <= besideMost {
		return stored{beside: body}, nil
	}
	ref, err := blob.PutBytes(ctx, blobs, body)
	return stored{key: ref.Key}, err
}

// keep stores a small body beside the new row with the id.
func (b stored) keep(tx *db.Tx, id int64) error { return b.beneath(tx, id, "") }

// keepAgain is keep for what may have been kept before.
func (b stored) keepAgain(tx *db.Tx, id int64) error {
	return b.beneath(tx, id, " ON CONFLICT (id) DO UPDATE SET body = excluded.body")
}

func (b stored) beneath(tx *db.Tx, id int64, conflict string) error {
	if b.key != "" {
		return nil
	}
	if b.beside == nil {
		b.beside = []byte{}
	}
	return tx.Later("INSERT INTO raw_bodies (id, body) VALUES ($1, $2)"+conflict, id, b.beside)
}

var errNotKept = errs.New(errs.NotFound, "The original is not kept any more.", nil)

// open reads a body back. The caller closes it.
func open(ctx context.Context, d *db.DB, blobs blob.Store, id int64, key string) (io.ReadCloser, error) {
	if key != "" {
		return blobs.Open(ctx, key)
	}
	var body []byte
	err := d.Read(ctx, func(tx *db.Tx) error {
		found, ok, err := db.One(tx, db.Col[[]byte], "SELECT body FROM raw_bodies WHERE id = $1", id)
		if err == nil && !ok {
			err = errNotKept
		}
		body = found
		return err
	})
	return io.NopCloser(bytes.NewReader(body)), err
}

// Original opens a message as it came or went, for download (MAIL-4). The caller closes it.
func (s *Service) Original(ctx context.Context, by people.Actor, message int64) (io.ReadCloser, error) {
	var m conversation.Message
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		m, err = s.conversations.Message(tx, by, message)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !m.HasOriginal() {
		return nil, errs.New(errs.NotFound, "This message has no original.", nil)
	}
	return open(ctx, s.db, s.blobs, m.RawID, m.RawKey)
}
