package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/job"
)

const (
	externalMost = 500 // bytes of a channel's own id; longer ones are hashed
	envelopeMost = 100 // recipients of one delivery
)

// delivery is one raw message on its way in.
type delivery struct {
	raw        channel.Raw
	account    int64
	recipients string // as a JSON list
	body       stored
	serial     string    // of the job that will understand it
	read       *readMail // nil: the job will
}

// readMail is a raw message that was understood before it was stored.
type readMail struct {
	arrival arrival
	in      channel.Inbound
	files   []conversation.File
}

// deliver stores one raw message (CHAN-2). A small one becomes a message in the same commit; a large one, and one with which
// that fails for whatever reason, is stored with the job that will understand it. The same message again changes nothing
// (CHAN-3).
func (s *Service) deliver(ctx context.Context, accountID int64, raw channel.Raw) error {
	d, err := s.delivery(ctx, accountID, raw)
	if err != nil {
		return fmt.Errorf("storing a raw message: %w", err)
	}
	if d.read = s.readAtOnce(ctx, d); d.read != nil {
		err := s.db.Write(ctx, func(tx *db.Tx) error { return s.takeIn(tx, d) })
		if err == nil {
			return nil
		}
		if !itsFault(err) {
			s.log.Warn("a message was not taken in at once; its job will", "account", accountID, "error", err)
		}
		d.read = nil
	}
	if err := s.db.Write(ctx, func(tx *db.Tx) error { return s.takeIn(tx, d) }); err != nil {
		return fmt.Errorf("storing a raw message: %w", err)
	}
	return nil
}

// delivery puts what the channel says in the form that is stored.
func (s *Service) delivery(ctx context.Context, accountID int64, raw channel.Raw) (delivery, error) {
	if len(raw.EnvelopeTo) > envelopeMost {
		raw.EnvelopeTo = raw.EnvelopeTo[:envelopeMost]
	}
	recipients := make([]string, len(raw.EnvelopeTo))
	for i, one := range raw.EnvelopeTo {
		recipients[i] = strings.ToLower(plain(one))
	}
	to, err := json.Marshal(recipients)
	if err != nil {
		return delivery{}, err
	}
	external := plain(raw.ExternalID)
	if external == "" || len(external) > externalMost {
		sum := sha256.Sum256(append([]byte(raw.ExternalID), raw.Body...))
		external = "sha256:" + hex.EncodeToString(sum[:])
	}
	raw.ExternalID, raw.EnvelopeFrom, raw.EnvelopeTo = external, plain(raw.EnvelopeFrom), recipients
	if raw.ReceivedAt.IsZero() {
		raw.ReceivedAt = s.db.Clock().Now()
	}
	raw.ReceivedAt = clock.FromMicros(clock.Micros(raw.ReceivedAt)) // as it is read back
	body, err := stash(ctx, s.blobs, raw.Body)
	return delivery{raw: raw, account: accountID, recipients: string(to), body: body,
		serial: fmt.Sprintf("in:%d:%s", accountID, orderKey(raw.Body, external))}, err
}

// readAtOnce understands a small message. It returns nil where the job has to: that one knows what to do with trouble, and takes
// the mails of one chain one after another, so where one of them waits already, so must this. What is delivered at the very same
// time has no order.
func (s *Service) readAtOnce(ctx context.Context, d delivery) *readMail {
	if d.body.key != "" {
		return nil
	}
	r := &readMail{arrival: arrival{raw: d.raw, beside: &d.raw.Body}}
	waits := false
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		if waits, err = job.Waits(tx, d.serial); err == nil {
			r.arrival.account, err = s.accounts.Get(tx, d.account)
		}
		return err
	})
	if err != nil || waits {
		return nil
	}
	if r.in, r.files, err = s.understand(ctx, &r.arrival); err != nil {
		return nil
	}
	return r
}

const insertWaiting = `INSERT INTO inbound (id, account_id, external_id, received_at, envelope_from, envelope_to, size, blob_key, state,
reason, attempts, sender, subject) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', '', 0, '', '')
ON CONFLICT (account_id, external_id) DO NOTHING`

const insertDone = `INSERT INTO inbound (id, account_id, external_id, received_at, envelope_from, envelope_to, size, blob_key, state,
reason, attempts, message_id, done_at, sender, subject) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'done', '', 1, $9, $10, $11, $12)
ON CONFLICT (account_id, external_id) DO NOTHING`

// wait keeps a delivery and its body for the job; fresh is false when it is there already.
func (d delivery) wait(tx *db.Tx) (row int64, fresh bool, err error) {
	row = tx.NewID()
	return d.store(tx, row, insertWaiting)
}

// settled keeps a delivery and its body as what a message is made of in this very commit, so that its row need not be written
// twice.
func (d delivery) settled(tx *db.Tx, in channel.Inbound) (row, message int64, fresh bool, err error) {
	row, message = tx.NewID(), tx.NewID()
	row, fresh, err = d.store(tx, row, insertDone, message, tx.Micros(), sender(in), cut(in.Subject))
	return row, message, fresh, err
}

func (d delivery) store(tx *db.Tx, row int64, insert string, more ...any) (_ int64, fresh bool, err error) {
	args := append([]any{row, d.account, d.raw.ExternalID, clock.Micros(d.raw.ReceivedAt), d.raw.EnvelopeFrom, d.recipients,
		len(d.raw.Body), d.body.key}, more...)
	n, err := tx.Exec(insert, args...)
	if err != nil || n == 0 {
		return 0, false, err
	}
	return row, true, d.body.keep(tx, row)
}

// takeIn stores a delivery, and makes it a message when it was read.
func (s *Service) takeIn(tx *db.Tx, d delivery) error {
	if d.read == nil {
		row, fresh, err := d.wait(tx)
		if err == nil && fresh {
			_, err = job.Enqueue(tx, job.Spec{Kind: processKind, Serial: d.serial, Args: processArgs{row}})
		}
		return err
	}
	row, message, fresh, err := d.settled(tx, d.read.in)
	if err != nil || !fresh {
		return err
	}
	a := d.read.arrival
	a.id = row
	received := a.of(d.read.in, d.read.files)
	received.ID = message
	_, err = s.receive(tx, received)
	return err
}
