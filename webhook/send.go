package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/outbound"
	"github.com/deskbell/deskbell/people"
)

const (
	// patience is for how long a request is tried, and for how long an endpoint may fail before it is paused (API-8).
	patience = 3 * 24 * time.Hour
	// callTime bounds one attempt.
	callTime = 10 * time.Second
	// answerMost is how much of an answer is kept.
	answerMost = 1 << 10
)

// steps is how long to wait after the first failure, the second, …; the last one repeats.
var steps = [...]time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour}

func backoff(attempt int) time.Duration { return steps[min(max(attempt, 1), len(steps))-1] }

// attemptsMost is never reached: patience ends first.
const attemptsMost = 1000

// Handlers run the jobs. Sending has workers of its own: endpoints are slow.
func (s *Service) Handlers() []job.Handler {
	return []job.Handler{
		{Kind: formKind, Run: s.form},
		{Kind: sendKind, Queue: "webhook", Timeout: 2 * callTime, Attempts: attemptsMost, Backoff: backoff, Run: s.send},
		{Kind: replayKind, Run: s.replayMore},
		{Kind: sweepKind, Run: s.sweep},
		{Kind: purgeKind, Run: s.purge},
		{Kind: forgetKind, Run: s.forgetMore},
	}
}

// parcel is a request ready to go.
type parcel struct {
	Delivery
	to     Endpoint
	secret string
}

var (
	errPaused    = errors.New("the webhook is paused")
	errUninvited = errors.New("the app is not installed any more")
)

// pack reads what is to be sent. Where there is nothing to send any more ok is false.
func (s *Service) pack(tx *db.Tx, n int64) (p parcel, ok bool, err error) {
	if p.Delivery, ok, err = db.One(tx, scanWhole, selectWhole+" WHERE id = $1", n); err != nil || !ok || p.State != Waiting {
		return p, false, err
	}
	if p.to, err = one(tx, p.Endpoint, ""); err != nil {
		if errs.Is(err, errs.NotFound) {
			err = nil
		}
		return p, false, err
	}
	if p.to.State == Paused || p.to.URL == "" {
		return p, true, errPaused
	}
	in, err := s.installed(tx, p.to)
	if err != nil {
		return p, false, err
	}
	if !in {
		return p, true, errUninvited
	}
	p.secret, err = s.secret(tx, p.to)
	return p, true, err
}

// send makes one attempt at a request.
func (s *Service) send(ctx context.Context, run job.Run) error {
	var args sendArgs
	if err := json.Unmarshal(run.Args, &args); err != nil {
		return job.Permanent(err)
	}
	var p parcel
	var ok bool
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		p, ok, err = s.pack(tx, args.Delivery)
		return err
	})
	switch {
	case errors.Is(err, errUninvited):
		return s.db.Write(ctx, func(tx *db.Tx) error {
			p.State, p.Error = Failed, err.Error()
			return errors.Join(s.settle(tx, p), run.Complete(tx))
		})
	case errors.Is(err, errPaused): // whoever lets it go on orders it again
		return nil
	case err != nil || !ok:
		return err
	}
	answer, sent := s.call(ctx, p)
	if sent != nil && ctx.Err() != nil && !errors.Is(sent, context.DeadlineExceeded) {
		return sent // we are stopping: it was not the endpoint's fault
	}
	return s.finish(run, p, answer, sent)
}

// settleTime bounds the transaction that keeps the outcome, whatever became of the attempt's own context.
const settleTime = 20 * time.Second

// finish keeps how an attempt went. One that failed and is to be tried again is an error.
func (s *Service) finish(run job.Run, p parcel, answer outbound.Answer, sent error) error {
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	var failed error
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		failed = nil
		now := p
		now.tried(tx, answer, sent)
		if !answer.OK() || sent != nil {
			failed = errors.New(now.Error)
			if now.Error == "" {
				failed = fmt.Errorf("the endpoint answered %d", answer.Status)
			}
			if tx.Now.Sub(p.Created) < patience {
				now.State = Waiting
			}
		}
		if err := s.settle(tx, now); err != nil {
			return err
		}
		if err := s.health(tx, now, answer, failed); err != nil {
			return err
		}
		if now.State == Waiting {
			return nil
		}
		failed = nil
		return run.Complete(tx)
	})
	return errors.Join(err, failed)
}

// tried notes an attempt.
func (d *Delivery) tried(tx *db.Tx, a outbound.Answer, sent error) {
	d.Attempts++
	d.Attempted, d.Status, d.Took, d.Answer, d.Error = tx.Now, a.Status, a.Took, clean(a.Body), ""
	d.State = Delivered
	if sent != nil {
		d.Error = plain(sent)
	}
	if sent != nil || !a.OK() {
		d.State = Failed
	}
}

// plain is an error of the network in words for people.
func plain(err error) string {
	switch {
	case errors.Is(err, outbound.ErrInside):
		return "The address leads into a private network, or to a port that is not for the web. Whoever runs the server can allow it."
	case errors.Is(err, context.DeadlineExceeded):
		return "It took too long to answer."
	}
	text := clean([]byte(err.Error()))
	if _, after, ok := strings.Cut(text, `": `); ok { // Post "https://…": what is wrong
		text = after
	}
	return text
}

// clean is what a stranger sent, as text that every database takes.
func clean(raw []byte) string {
	if len(raw) > answerMost {
		raw = raw[:answerMost]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(string(raw), string(utf8.RuneError)), "\x00", string(utf8.RuneError))
}

// settle stores how a request stands. The next of its lane follows where it has ended.
func (s *Service) settle(tx *db.Tx, p parcel) error {
	var at *int64
	if !p.Attempted.IsZero() {
		us := p.Attempted.UnixMicro()
		at = &us
	}
	_, err := tx.Exec(`UPDATE webhook_deliveries SET state = $2, attempts = $3, attempted_at = $4, status = $5, error = $6, answer = $7, took = $8
WHERE id = $1 AND state = 'waiting'`, p.ID, string(p.State), p.Attempts, at, p.Status, p.Error, p.Answer, p.Took.Microseconds())
	return err
}

// health keeps what the endpoint's state follows from, pauses one that wants no more or has failed for too long, and lets its next
// requests follow.
func (s *Service) health(tx *db.Tx, p parcel, a outbound.Answer, failed error) error {
	e, err := one(tx, p.Endpoint, tx.ForUpdate())
	if err != nil {
		if errs.Is(err, errs.NotFound) {
			err = nil // it was deleted meanwhile
		}
		return err
	}
	recovered := failed == nil && !e.FailingSince.IsZero()
	switch {
	case recovered:
		e.FailingSince = time.Time{}
		_, err = tx.Exec("UPDATE webhook_endpoints SET failing_since = NULL WHERE id = $1", e.ID)
	case failed != nil && e.FailingSince.IsZero():
		e.FailingSince = tx.Now
		_, err = tx.Exec("UPDATE webhook_endpoints SET failing_since = $2 WHERE id = $1", e.ID, tx.Micros())
	}
	if err != nil {
		return err
	}
	switch {
	case failed != nil && a.Gone():
		err = s.pause(tx, people.System, e, "It answered that it wants no more (410 Gone).")
	case failed != nil && tx.Now.Sub(e.FailingSince) >= patience:
		err = s.pause(tx, people.System, e, "It took nothing for three days.")
	case p.State != Waiting && e.State == Active:
		if recovered {
			err = orderWaiting(tx, e.ID)
		}
		if err == nil {
			_, err = s.fill(tx, e)
		}
	}
	return err
}

// call sends a request. It runs outside any transaction.
func (s *Service) call(ctx context.Context, p parcel) (outbound.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	body := p.numbered()
	at := strconv.FormatInt(s.db.Clock().Now().UnixMilli(), 10)
	return s.caller.Do(ctx, outbound.Call{Method: method, URL: p.to.URL, Body: body, Most: answerMost, Header: map[string]string{
		"Content-Type":                "application/json;charset=utf-8",
		"X-HubSpot-Signature":         signV1(p.secret, body),
		"X-HubSpot-Signature-Version": "v1",
		"X-HubSpot-Signature-v3":      signV3(p.secret, method, p.to.URL, body, at),
		"X-HubSpot-Request-Timestamp": at,
		"X-Deskbell-Delivery":         id.Format(p.ID),
	}})
}

const method = "POST"

// numbered is the body with the number of this attempt, from 0, in each event.
func (d Delivery) numbered() []byte {
	tail := `,"attemptNumber":` + strconv.Itoa(d.Attempts) + "}"
	var out strings.Builder
	out.Grow(len(d.body) + d.Events*(len(tail)+1) + 2)
	sep := byte('[')
	for line := range strings.SplitSeq(d.body, "\n") {
		out.WriteByte(sep)
		out.WriteString(strings.TrimSuffix(line, "}"))
		out.WriteString(tail)
		sep = ','
	}
	out.WriteByte(']')
	return []byte(out.String())
}

func signV1(secret string, body []byte) string {
	sum := sha256.Sum256(append([]byte(secret), body...))
	return hex.EncodeToString(sum[:])
}

func signV3(secret, method, url string, body []byte, at string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	for _, part := range []string{method, url, string(body), at} {
		_, _ = mac.Write([]byte(part)) // a hash takes all
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
