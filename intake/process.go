package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
)

const (
	processKind     = "intake.process"
	processTimeout  = 2 * time.Minute
	processAttempts = 8 // of what is not the message's fault
	parseTimeout    = 30 * time.Second
	rawMost         = 64 << 20 // bytes of a raw message that is read
)

type processArgs struct {
	Inbound int64 `json:"inbound"`
}

// Attention is the data of "attention.added" and "attention.settled".
type Attention struct{ InboundID int64 }

// processHandler understands what came in. A message that cannot be understood never holds up another (CHAN-2): it is
// marked, and its job is done. Mails of one chain are taken one after another.
func (s *Service) processHandler() job.Handler {
	return job.Handler{Kind: processKind, Queue: "intake", Timeout: processTimeout, Attempts: processAttempts, Run: s.process,
		Dead: func(tx *db.Tx, run job.Run, cause error) error {
			var args processArgs
			if err := json.Unmarshal(run.Args, &args); err != nil {
				return err
			}
			return s.putAside(tx, args.Inbound, "", "", "It could not be stored: "+words(cause))
		}}
}

// arrival is one raw message with what is known of it.
type arrival struct {
	id      int64
	account account.Account
	raw     channel.Raw
	key     string
	beside  *[]byte // the body, when it lies beside its row
	state   string
}

const selectInbound = `SELECT i.id, i.account_id, i.external_id, i.received_at, i.envelope_from, i.envelope_to, i.blob_key, i.state, b.body
FROM inbound i LEFT JOIN raw_bodies b ON b.id = i.id WHERE i.id = $1`

func (s *Service) arrival(tx *db.Tx, row int64) (arrival, bool, error) {
	var accountID int64
	a, ok, err := db.One(tx, func(sc db.Scanner) (a arrival, err error) {
		var received int64
		var to []byte
		if err = sc.Scan(&a.id, &accountID, &a.raw.ExternalID, &received, &a.raw.EnvelopeFrom, &to, &a.key, &a.state, &a.beside); err != nil {
			return a, err
		}
		a.raw.ReceivedAt = clock.FromMicros(received)
		return a, json.Unmarshal(to, &a.raw.EnvelopeTo)
	}, selectInbound, row)
	if err != nil || !ok {
		return a, false, err
	}
	a.account, err = s.accounts.Get(tx, accountID)
	return a, err == nil, err
}

func (s *Service) process(ctx context.Context, run job.Run) error {
	var args processArgs
	if err := json.Unmarshal(run.Args, &args); err != nil {
		return job.Permanent(err)
	}
	var a arrival
	var ok bool
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		a, ok, err = s.arrival(tx, args.Inbound)
		return err
	})
	if err != nil || !ok || a.state != waiting {
		return err
	}
	in, files, err := s.understand(ctx, &a)
	if ctx.Err() != nil {
		return errors.Join(err, ctx.Err()) // it is we who stop, or the storage that is slow: not the message's fault
	}
	if err == nil {
		err = s.db.Write(ctx, func(tx *db.Tx) error { return s.place(tx, run, a, in, files) })
	}
	var unstored *unstoredError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unstored) || !itsFault(err):
		return err
	}
	from, subject := sender(in), in.Subject
	if in.MessageID == "" { // it was not read: show what can be seen of it
		fields := headerOf(a.raw.Body)
		from, subject = readable(first(fields, "From")), readable(first(fields, "Subject"))
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.putAside(tx, a.id, from, subject, words(err)); err != nil {
			return err
		}
		return run.Complete(tx)
	})
}

// itsFault reports whether an error is about the message, so that trying again by ourselves is no use.
func itsFault(err error) bool {
	if _, ok := conversation.IsUnplaced(err); ok {
		return true
	}
	var bad *unreadableError
	if errors.As(err, &bad) {
		return true
	}
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Denied, errs.NotFound, errs.Conflict:
		return true
	}
	return false
}

// unreadableError is what the parser says; it is about the message whatever its kind.
type unreadableError struct{ cause error }

func (e *unreadableError) Error() string { return words(e.cause) }
func (e *unreadableError) Unwrap() error { return e.cause }

// unstoredError is trouble with our own storage.
type unstoredError struct{ cause error }

func (e *unstoredError) Error() string { return "storing files: " + e.cause.Error() }
func (e *unstoredError) Unwrap() error { return e.cause }

// words are what an error says to people.
func words(err error) string {
	if reason, ok := conversation.IsUnplaced(err); ok {
		return reason
	}
	if e := errs.As(err); e != nil && e.Kind != errs.Internal {
		return e.Message
	}
	return err.Error()
}

// understand reads the raw message and stores its files, all outside of any transaction.
func (s *Service) understand(ctx context.Context, a *arrival) (channel.Inbound, []conversation.File, error) {
	if err := s.fetch(ctx, a); err != nil {
		return channel.Inbound{}, nil, &unstoredError{err}
	}
	in, err := s.parse(ctx, a)
	if err != nil {
		return in, nil, &unreadableError{err}
	}
	files, err := s.files(ctx, in.Attachments)
	return in, files, err
}

// fetch reads a large body; a small one came with its row.
func (s *Service) fetch(ctx context.Context, a *arrival) error {
	if a.key == "" {
		if a.beside == nil {
			return errNotKept
		}
		a.raw.Body = *a.beside
		return nil
	}
	r, err := s.blobs.Open(ctx, a.key)
	if err != nil {
		return err
	}
	defer r.Close()
	a.raw.Body, err = io.ReadAll(io.LimitReader(r, rawMost))
	return err
}

// parse asks the account's channel. A panic of it is an error like any other.
func (s *Service) parse(ctx context.Context, a *arrival) (in channel.Inbound, err error) {
	ctx, cancel := context.WithTimeout(ctx, parseTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic while reading a message", "inbound", a.id, "panic", p)
			err = errs.New(errs.Invalid, "This message could not be read: our reader does not understand how it is built.", fmt.Errorf("panic: %v", p))
		}
	}()
	c, err := s.accounts.Connect(a.account)
	if err != nil {
		return in, err
	}
	p, ok := c.(channel.Parser)
	if !ok {
		return in, errs.New(errs.Invalid, "Channels of this kind take no messages in.", nil)
	}
	return p.Parse(ctx, a.raw)
}

// files puts attachments among the blobs. What is left of them after a crash is found again under the same key.
func (s *Service) files(ctx context.Context, all []channel.Attachment) ([]conversation.File, error) {
	out := make([]conversation.File, 0, len(all))
	for _, f := range all {
		ref, err := s.putFile(ctx, f)
		if err != nil {
			return nil, &unstoredError{err}
		}
		out = append(out, conversation.File{Key: ref.Key, Name: f.Name, ContentType: f.ContentType, ContentID: f.ContentID, Inline: f.Inline, Size: ref.Size})
	}
	return out, nil
}

func (s *Service) putFile(ctx context.Context, f channel.Attachment) (blob.Ref, error) {
	if f.Open == nil {
		return blob.PutBytes(ctx, s.blobs, f.Data)
	}
	r, err := f.Open(ctx)
	if err != nil {
		return blob.Ref{}, err
	}
	defer r.Close()
	return s.blobs.Put(ctx, r)
}

const settleInbound = `UPDATE inbound SET state = $2, reason = '', attempts = CASE WHEN state = 'waiting' THEN attempts + 1 ELSE attempts END, message_id = $3, done_at = $4, sender = $5, subject = $6 WHERE id = $1`

// place makes the message, marks the raw one and ends the job, in one commit.
func (s *Service) place(tx *db.Tx, run job.Run, a arrival, in channel.Inbound, files []conversation.File) error {
	state, ok, err := db.One(tx, db.Col[string], "SELECT state FROM inbound WHERE id = $1"+tx.ForUpdate(), a.id)
	if err != nil || !ok {
		return err
	}
	if state != waiting {
		return run.Complete(tx)
	}
	if _, err := s.receive(tx, a.of(in, files)); err != nil {
		return err
	}
	return run.Complete(tx)
}

// of is what conversations receive of it.
func (a arrival) of(in channel.Inbound, files []conversation.File) conversation.Arrival {
	return conversation.Arrival{Account: a.account, Inbound: in, Files: files, EnvelopeFrom: a.raw.EnvelopeFrom, EnvelopeTo: a.raw.EnvelopeTo,
		ReceivedAt: a.raw.ReceivedAt, RawID: a.id, RawKey: a.key}
}

// receive makes the message, and marks the raw one unless that was stored as what this message is made of.
func (s *Service) receive(tx *db.Tx, a conversation.Arrival) (message int64, err error) {
	placed, err := s.conversations.Receive(tx, a)
	if err != nil {
		return 0, err
	}
	if placed.Message == a.ID {
		return placed.Message, nil
	}
	state := done
	if placed.Duplicate {
		state = duplicate
	}
	return placed.Message, tx.Later(settleInbound, a.RawID, state, placed.Message, tx.Micros(), sender(a.Inbound), cut(a.Inbound.Subject))
}

// putAside marks a raw message as one that somebody must look at.
func (s *Service) putAside(tx *db.Tx, row int64, from, subject, reason string) error {
	n, err := tx.Exec(`UPDATE inbound SET state = 'failed', reason = $2, attempts = attempts + 1, sender = CASE WHEN $3 = '' THEN sender ELSE $3 END,
subject = CASE WHEN $4 = '' THEN subject ELSE $4 END WHERE id = $1 AND state = 'waiting'`, row, cut(reason), cut(from), cut(subject))
	if err == nil && n > 0 {
		event.Emit(tx, event.Event{Type: "attention.added", ObjectType: "attention", ObjectID: row, Actor: event.BySystem, Data: Attention{row}})
	}
	return err
}

func sender(in channel.Inbound) string {
	if in.From.Name == "" {
		return cut(in.From.Email)
	}
	return cut(in.From.Name + " <" + in.From.Email + ">")
}

// cut bounds what is kept for display, in characters.
func cut(text string) string {
	most := 1000
	for i := range text {
		if most--; most < 0 {
			return text[:i]
		}
	}
	return text
}
