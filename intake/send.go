package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/job"
)

const sendTimeout = 12 * time.Minute // a mail server may think for ten over one message

// sendPauses is how long a message waits after each refusal for now; after the last it failed (MAIL-7).
var sendPauses = [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 24 * time.Hour}

func sendPause(attempt int) time.Duration {
	return sendPauses[min(max(attempt, 1), len(sendPauses))-1]
}

// sendHandler sends messages, those of a thread one after another.
//
// Sending is at least once: between the far side's yes and our commit the program may be killed, and then the message is
// sent again. Its Message-ID and its bytes are the same both times, so that mail servers and programs that look for
// doubles find it; nothing less than asking the far side could do better.
func (s *Service) sendHandler() job.Handler {
	return job.Handler{Kind: conversation.SendKind, Queue: "send", Timeout: sendTimeout, Attempts: len(sendPauses) + 1, Backoff: sendPause, Run: s.send,
		Dead: func(tx *db.Tx, run job.Run, cause error) error {
			var args conversation.SendArgs
			if err := json.Unmarshal(run.Args, &args); err != nil {
				return err
			}
			return s.conversations.Refused(tx, args.Message, words(cause))
		}}
}

func (s *Service) send(ctx context.Context, run job.Run) error {
	var args conversation.SendArgs
	if err := json.Unmarshal(run.Args, &args); err != nil {
		return job.Permanent(err)
	}
	var out conversation.Outgoing
	var ready bool
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if ready, err = s.conversations.Sending(tx, args.Message); err != nil || !ready {
			return errors.Join(err, run.Complete(tx))
		}
		out, err = s.conversations.Outgoing(tx, args.Message)
		return err
	})
	if err != nil || !ready {
		return err
	}
	receipt, err := s.transfer(ctx, out)
	if err != nil {
		return s.refused(ctx, run, args.Message, err)
	}
	return s.sent(ctx, run, args.Message, receipt)
}

// transfer hands the message to its channel. A panic of it is a refusal for now.
func (s *Service) transfer(ctx context.Context, out conversation.Outgoing) (receipt channel.Receipt, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic while sending", "message", out.Message.ID, "panic", p)
			err = &channel.SendError{Temporary: true, Message: "The program failed while it sent this message.", Cause: fmt.Errorf("panic: %v", p)}
		}
	}()
	switch {
	case out.Account.Removed:
		return channel.Receipt{}, &channel.SendError{Message: "The channel was removed before the message was sent."}
	case !out.Account.Active:
		return channel.Receipt{}, &channel.SendError{Temporary: true, Message: "The channel is paused."}
	}
	if err := readFiles(ctx, &out.Outbound); err != nil {
		return channel.Receipt{}, err
	}
	c, err := s.accounts.Connect(out.Account)
	if err != nil {
		return channel.Receipt{}, err
	}
	return c.Send(ctx, out.Outbound)
}

// readFiles reads the files of a message, whose total was bounded when it was written.
func readFiles(ctx context.Context, out *channel.Outbound) error {
	for i := range out.Attachments {
		f := &out.Attachments[i]
		if f.Open == nil {
			continue
		}
		r, err := f.Open(ctx)
		if err == nil {
			f.Data, err = io.ReadAll(r)
			_ = r.Close() // only read
		}
		if errs.Is(err, errs.NotFound) {
			return &channel.SendError{Message: "The file " + f.Name + " is not there any more.", Cause: err}
		}
		if err != nil {
			return fmt.Errorf("reading the file %d of a message: %w", i, err)
		}
		f.Open = nil
	}
	return nil
}

// noteTime is how long the outcome of a send may take to be written down. It is not given up when the program stops: what
// is not noted is sent again.
const noteTime = 30 * time.Second

func noting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), noteTime)
}

// sent notes the far side's yes and ends the job in one commit, with the source beside it.
func (s *Service) sent(ctx context.Context, run job.Run, message int64, receipt channel.Receipt) error {
	ctx, cancel := noting(ctx)
	defer cancel()
	rawID, source := message, stored{}
	if receipt.Source == nil {
		rawID = 0
	} else {
		var err error
		if source, err = stash(ctx, s.blobs, receipt.Source); err != nil {
			s.log.Warn("the source of a sent message is not kept", "message", message, "error", err)
			rawID = 0
		}
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if rawID != 0 {
			if err := source.keepAgain(tx, message); err != nil {
				return err
			}
		}
		if err := s.conversations.Sent(tx, message, rawID, source.key); err != nil {
			return err
		}
		return run.Complete(tx)
	})
}

// refused notes the far side's no: for good, or until the next try.
func (s *Service) refused(ctx context.Context, run job.Run, message int64, cause error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return cause // the program stops; the next one goes on
	}
	ctx, cancel := noting(ctx)
	defer cancel()
	reason, temporary := explain(cause)
	if !temporary || run.Attempt > len(sendPauses) {
		return s.db.Write(ctx, func(tx *db.Tx) error {
			if err := s.conversations.Refused(tx, message, reason); err != nil {
				return err
			}
			return run.Complete(tx)
		})
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		return s.conversations.Postponed(tx, message, reason, tx.Now.Add(sendPause(run.Attempt)))
	})
	return errors.Join(cause, err)
}

// explain says why in plain words, and whether trying again can help. Trouble of our own is temporary, unless it is a
// setting that somebody must change.
func explain(err error) (reason string, temporary bool) {
	var e *channel.SendError
	if errors.As(err, &e) {
		if e.Code == "" {
			return e.Message, e.Temporary
		}
		return e.Message + " (" + e.Code + ")", e.Temporary
	}
	return words(err), !errs.Is(err, errs.Invalid)
}
