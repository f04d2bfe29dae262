package gate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// answers remembers what POSTs with an Idempotency-Key were answered, so that a repeat runs nothing (API-6).
type answers struct{ db *db.DB }

const (
	answerLife = 24 * time.Hour
	answerMost = 256 << 10 // bytes of one answer kept; a larger one is not, and its repeat is refused
	keyMost    = 200
	sweepMost  = 100 // old answers removed with each new one
	claimed    = 0   // status of a request that has no answer yet
)

// once runs a POST, or repeats the answer that an earlier one with its key got.
func (g *Gate) once(r Route, w http.ResponseWriter, req *http.Request, by people.Actor, run func(http.ResponseWriter, *http.Request) error) error {
	key := req.Header.Get("Idempotency-Key")
	if key == "" || r.Method != http.MethodPost || r.Forget || r.Public {
		return run(w, req)
	}
	if len(key) > keyMost {
		return errs.Bad("Idempotency-Key", "INVALID_KEY", "The Idempotency-Key may have at most 200 characters.")
	}
	readBy(w, time.Now().Add(requestTime))
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, limit(r.Body)))
	if err != nil {
		return err
	}
	readBy(w, time.Time{})
	req.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha256.Sum256(body)
	id := answerID{key, by.ID, req.URL.Path, hex.EncodeToString(sum[:])}
	kept, fresh, err := g.answers.claim(req, id)
	if err != nil {
		return err
	}
	if !fresh {
		return kept.repeat(w)
	}
	rec := &recorder{ResponseWriter: w}
	defer g.remember(req, id, rec)
	if err := run(rec, req); err != nil {
		g.fail(rec, req, err)
	}
	return nil
}

// readBy bounds how long a request's body may take to come. Where there is no connection, in tests, there is nothing to bound.
func readBy(w http.ResponseWriter, at time.Time) {
	_ = http.NewResponseController(w).SetReadDeadline(at)
}

// remember keeps the answer even when the client has gone: that is when it will ask again.
func (g *Gate) remember(req *http.Request, id answerID, rec *recorder) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(req.Context()), requestTime)
	defer cancel()
	if err := g.answers.keep(ctx, id, rec); err != nil {
		g.log.Error("keep the answer of an idempotency key", "path", req.URL.Path, "error", err)
	}
}

type answerID struct {
	key   string
	actor int64
	path  string
	body  string // SHA-256 of the request's body
}

type answer struct {
	status int
	kind   string // content type
	body   []byte
	sum    string
}

var errKeyReused = errs.New(errs.Conflict, "This Idempotency-Key was used for another request. Use a new one.", nil).WithCode("KEY_REUSED")

// claim takes the key for this request; fresh is false when it was taken before.
func (a answers) claim(req *http.Request, id answerID) (kept answer, fresh bool, err error) {
	err = a.db.Write(req.Context(), func(tx *db.Tx) error {
		old := clock.Micros(tx.Now.Add(-answerLife))
		if _, err := tx.Exec(`DELETE FROM idempotency WHERE (key, actor_id, path) IN
(SELECT key, actor_id, path FROM idempotency WHERE at < $1 ORDER BY at LIMIT $2)`, old, sweepMost); err != nil {
			return err
		}
		n, err := tx.Exec(`INSERT INTO idempotency (key, actor_id, path, at, request, status, kind, body)
VALUES ($1, $2, $3, $4, $5, 0, '', '') ON CONFLICT (key, actor_id, path) DO NOTHING`, id.key, id.actor, id.path, tx.Micros(), id.body)
		if err != nil || n == 1 {
			fresh = n == 1
			return err
		}
		fresh = false
		kept, _, err = db.One(tx, func(s db.Scanner) (k answer, err error) {
			var body string
			err = s.Scan(&k.sum, &k.status, &k.kind, &body)
			k.body = []byte(body)
			return k, err
		}, "SELECT request, status, kind, body FROM idempotency WHERE key = $1 AND actor_id = $2 AND path = $3", id.key, id.actor, id.path)
		if err == nil && kept.sum != id.body {
			return errKeyReused
		}
		return err
	})
	return kept, fresh, err
}

func (k answer) repeat(w http.ResponseWriter) error {
	if k.status == claimed {
		// It still runs, or the program stopped while it ran: only a look at the result can tell.
		return errs.New(errs.Conflict, "The first request with this Idempotency-Key has no answer yet. Look whether it took effect before you send it again.", nil).
			WithCode("IN_PROGRESS")
	}
	if k.kind != "" {
		w.Header().Set("Content-Type", k.kind)
	}
	w.Header().Set("Idempotent-Replayed", "true")
	w.WriteHeader(k.status)
	_, err := w.Write(k.body)
	if errors.Is(err, http.ErrBodyNotAllowed) {
		return nil
	}
	return err
}

// keep stores the answer. What went wrong on our side, a panic too, is forgotten, so that the request can be tried again.
func (a answers) keep(ctx context.Context, id answerID, rec *recorder) error {
	return a.db.Write(ctx, func(tx *db.Tx) error {
		where := []any{id.key, id.actor, id.path}
		if rec.status == 0 || rec.status >= http.StatusInternalServerError || rec.status == http.StatusTooManyRequests {
			_, err := tx.Exec("DELETE FROM idempotency WHERE key = $1 AND actor_id = $2 AND path = $3", where...)
			return err
		}
		if rec.body.Len() > answerMost {
			return nil
		}
		_, err := tx.Exec("UPDATE idempotency SET status = $4, kind = $5, body = $6 WHERE key = $1 AND actor_id = $2 AND path = $3",
			append(where, rec.status, rec.Header().Get("Content-Type"), rec.body.String())...)
		return err
	})
}

// recorder passes an answer on and keeps its beginning.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	if room := answerMost + 1 - r.body.Len(); room > 0 {
		r.body.Write(b[:min(room, len(b))])
	}
	return r.ResponseWriter.Write(b)
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
