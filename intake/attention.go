package intake

import (
	"context"
	"io"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// Aside is a raw message under Needs attention (CHAN-2).
type Aside struct {
	ID, Account int64
	ReceivedAt  time.Time
	From        string // as far as it could be read
	Subject     string
	Reason      string // in plain words
	Attempts    int
	Size        int64
}

const asidesMost = 500

// mayLook: raw messages and the outbox hold what belongs to any ticket.
func mayLook(by people.Actor) error {
	if by.Scope(people.View, ticket.Object).All() {
		return nil
	}
	return errs.New(errs.Denied, "Only users who may see every ticket may see this.", nil)
}

// Asides are what needs attention, the newest first.
func (s *Service) Asides(tx *db.Tx, by people.Actor) ([]Aside, error) {
	if err := mayLook(by); err != nil {
		return nil, err
	}
	return db.List(tx, func(sc db.Scanner) (a Aside, err error) {
		var received int64
		err = sc.Scan(&a.ID, &a.Account, &received, &a.From, &a.Subject, &a.Reason, &a.Attempts, &a.Size)
		a.ReceivedAt = clock.FromMicros(received)
		return a, err
	}, `SELECT id, account_id, received_at, sender, subject, reason, attempts, size FROM inbound
WHERE state = 'failed' ORDER BY id DESC LIMIT $1`, asidesMost)
}

// RetryAside takes a raw message in again, as if it had just come.
func (s *Service) RetryAside(tx *db.Tx, by people.Actor, row int64) error {
	if err := mayLook(by); err != nil {
		return err
	}
	n, err := tx.Exec("UPDATE inbound SET state = 'waiting' WHERE id = $1 AND state = 'failed'", row)
	if err != nil {
		return err
	}
	if n == 0 {
		return errs.New(errs.NotFound, "This message does not need attention any more.", nil)
	}
	event.Emit(tx, event.Event{Type: "attention.settled", ObjectType: "attention", ObjectID: row, Actor: by.As(), Data: Attention{row}})
	_, err = job.Enqueue(tx, job.Spec{Kind: processKind, Key: id.Format(row), Args: processArgs{row}})
	return err
}

// OpenAside opens the raw message, for download. The caller closes it.
func (s *Service) OpenAside(ctx context.Context, by people.Actor, row int64) (io.ReadCloser, error) {
	if err := mayLook(by); err != nil {
		return nil, err
	}
	var key string
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		found, ok, err := db.One(tx, db.Col[string], "SELECT blob_key FROM inbound WHERE id = $1 AND state = 'failed'", row)
		if err == nil && !ok {
			err = errs.New(errs.NotFound, "This message does not need attention any more.", nil)
		}
		key = found
		return err
	})
	if err != nil {
		return nil, err
	}
	return open(ctx, s.db, s.blobs, row, key)
}

// Holds reports whether a message that came in or went out is kept raw under a key.
func Holds(tx *db.Tx, key string) (bool, error) {
	return db.Value[bool](tx, "SELECT EXISTS (SELECT 1 FROM inbound WHERE blob_key = $1) OR EXISTS (SELECT 1 FROM outbox WHERE blob_key = $1)", key)
}
