package journal

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// Entry is some events that became visible together.
type Entry struct {
	ID   int64
	At   time.Time
	body string
}

// Offset is a place in a journal, in the form that HubSpot gives them.
func (e Entry) Offset() string { return Token(e.ID) }

// Token is an id in the form of a UUID (RFC 9562, version 8).
func Token(n int64) string {
	u := uuid.UUID{6: 0x80}
	binary.BigEndian.PutUint64(u[8:], uint64(n)|1<<63)
	return u.String()
}

// number reads Token's form; 0 for anything else.
func number(token string) int64 {
	u, err := uuid.Parse(token)
	if err != nil {
		return 0
	}
	n := int64(binary.BigEndian.Uint64(u[8:]) &^ (1 << 63)) //nolint:gosec // the highest bit is gone
	if Token(n) != u.String() {
		return 0
	}
	return n
}

const (
	publishKind = "journal.publish"
	sweepKind   = "journal.sweep"

	queueMost  = 2000    // events of one transaction
	entryMost  = 500     // events of one entry
	entryBytes = 1 << 20 // and their size, unless one alone is larger
	again      = time.Second
	sweepEvery = time.Hour
	sweepMost  = 1000
)

// Handlers publish what was noted, and forget what is old.
func (s *Service) Handlers() []job.Handler {
	return []job.Handler{{Kind: publishKind, Run: s.publish}, {Kind: sweepKind, Run: s.sweep}}
}

// queued is an event that nobody can read yet.
type queued struct {
	id, app int64
	event   string
}

// publish makes entries of what was noted and committed. One job of it runs at a time, and each entry gets a higher id than all before it,
// whatever the clocks of nodes say: who reads on from an offset misses nothing that is committed late.
func (s *Service) publish(ctx context.Context, run job.Run) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock("journal"); err != nil {
			return err
		}
		list, err := db.List(tx, func(sc db.Scanner) (q queued, err error) {
			err = sc.Scan(&q.id, &q.app, &q.event)
			return q, err
		}, "SELECT id, app_id, event FROM journal_queue ORDER BY id LIMIT $1", queueMost)
		if err != nil {
			return err
		}
		if len(list) > 0 { // what was committed while this looked is found by the next look
			if err := s.enter(tx, list); err != nil {
				return err
			}
			if err := look(tx, again); err != nil {
				return err
			}
		}
		return run.Complete(tx)
	})
}

func look(tx *db.Tx, in time.Duration) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: publishKind, Key: "all", Due: tx.Now.Add(in)})
	return err
}

// enter moves events into entries.
func (s *Service) enter(tx *db.Tx, list []queued) error {
	newest, err := db.Value[int64](tx, "SELECT coalesce(max(id), 0) FROM journal_entries")
	if err != nil {
		return err
	}
	var ids []int64
	var order []int64
	of := map[int64][]string{}
	for _, q := range list {
		ids = append(ids, q.id)
		if of[q.app] == nil {
			order = append(order, q.app)
		}
		of[q.app] = append(of[q.app], q.event)
	}
	for _, app := range order {
		for events := of[app]; len(events) > 0; {
			n, size := 0, 0
			for n < min(len(events), entryMost) && (n == 0 || size+len(events[n]) <= entryBytes) {
				size += len(events[n])
				n++
			}
			newest = max(newest+1, tx.NewID())
			if _, err := tx.Exec("INSERT INTO journal_entries (id, app_id, body, created_at) VALUES ($1, $2, $3, $4)",
				newest, app, strings.Join(events[:n], "\n"), tx.Micros()); err != nil {
				return err
			}
			events = events[n:]
		}
	}
	var gone, done db.SQL
	if _, err := tx.Among(gone.Add("DELETE FROM journal_queue WHERE "), "id", ids).Exec(tx); err != nil {
		return err
	}
	_, err = tx.Among(done.Add("UPDATE journal_snapshots SET done_at = ? WHERE ", tx.Micros()), "id", ids).Exec(tx)
	return err
}

func sweepLater(tx *db.Tx, in time.Duration) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: sweepKind, Key: "all", Due: tx.Now.Add(in)})
	return err
}

// sweep forgets what is older than three days, and comes again while there is anything.
func (s *Service) sweep(ctx context.Context, run job.Run) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		old, next := tx.Now.Add(-Life), sweepEvery
		for _, table := range []string{"journal_entries", "journal_snapshots"} {
			n, err := tx.Exec("DELETE FROM "+table+" WHERE id IN (SELECT id FROM "+table+" WHERE id < $1 AND created_at <= $2 ORDER BY id LIMIT $3)", id.Floor(old), clock.Micros(old), sweepMost)
			if err != nil {
				return err
			}
			if n == sweepMost {
				next = again // others write between two transactions
			}
		}
		left, err := db.Value[bool](tx, `SELECT EXISTS (SELECT 1 FROM journal_subscriptions) OR EXISTS (SELECT 1 FROM journal_entries)
OR EXISTS (SELECT 1 FROM journal_snapshots) OR EXISTS (SELECT 1 FROM journal_queue)`)
		if err == nil && left {
			if err = look(tx, 0); err == nil {
				err = sweepLater(tx, next)
			}
		}
		if err != nil {
			return err
		}
		return run.Complete(tx)
	})
}

// Most is how many entries one may ask for at once.
const Most = 100

const selectEntries = "SELECT id, body, created_at FROM journal_entries WHERE app_id = $1 AND created_at > $2"

func scanEntry(sc db.Scanner) (e Entry, err error) {
	var at int64
	err = sc.Scan(&e.ID, &e.body, &at)
	e.At = clock.FromMicros(at)
	return e, err
}

// entries reads some of an app's own that are not too old, oldest first.
func entries(tx *db.Tx, by people.Actor, more string, args ...any) ([]Entry, error) {
	app, err := owner(by)
	if err != nil {
		return nil, err
	}
	return db.List(tx, scanEntry, selectEntries+more, append([]any{app, clock.Micros(tx.Now.Add(-Life))}, args...)...)
}

func count(n int) error {
	if n < 1 || n > Most {
		return errs.Bad("count", "INVALID_COUNT", "count must be from 1 to 100")
	}
	return nil
}

// Earliest are the oldest entries of an app's journal.
func (s *Service) Earliest(tx *db.Tx, by people.Actor, n int) ([]Entry, error) {
	if err := count(n); err != nil {
		return nil, err
	}
	return entries(tx, by, " ORDER BY id LIMIT $3", n)
}

// Latest are the newest entries, the oldest of them first.
func (s *Service) Latest(tx *db.Tx, by people.Actor, n int) ([]Entry, error) {
	if err := count(n); err != nil {
		return nil, err
	}
	out, err := entries(tx, by, " ORDER BY id DESC LIMIT $3", n)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out, err
}

// Next are the entries behind an offset, which must not be forgotten yet.
func (s *Service) Next(tx *db.Tx, by people.Actor, offset string, n int) ([]Entry, error) {
	if err := count(n); err != nil {
		return nil, err
	}
	at, err := s.Entry(tx, by, offset)
	if err != nil {
		return nil, err
	}
	return entries(tx, by, " AND id > $3 ORDER BY id LIMIT $4", at.ID, n)
}

// Entry is the entry at an offset.
func (s *Service) Entry(tx *db.Tx, by people.Actor, offset string) (Entry, error) {
	list, err := entries(tx, by, " AND id = $3", number(offset))
	if err != nil {
		return Entry{}, err
	}
	if len(list) == 0 {
		return Entry{}, errs.New(errs.NotFound, "There is no such offset, or not any more: an entry can be read for three days.", nil).WithCode("OFFSET_NOT_FOUND")
	}
	return list[0], nil
}

// Path is where entries are read, by a link.
const Path = "/webhooks-journal/entries/"

// Link is an address by which anybody may read an entry until a time.
func (s *Service) Link(e Entry, until time.Time) string {
	expires := strconv.FormatInt(until.Unix(), 10)
	q := url.Values{"expires": {expires}, "signature": {s.box.Sign(about(e.ID), expires)}}
	return s.base + Path + e.Offset() + "?" + q.Encode()
}

func about(n int64) string { return "journal entry " + id.Format(n) }

// Content is what an entry tells.
type Content struct {
	Offset      string            `json:"offset"`
	Events      []json.RawMessage `json:"journalEvents"`
	PublishedAt string            `json:"publishedAt"`
}

// Linked reads what the entry tells that a link leads to.
func (s *Service) Linked(tx *db.Tx, offset, expires, signature string) (Content, error) {
	n := number(offset)
	until, err := strconv.ParseInt(expires, 10, 64)
	if err != nil || !s.box.Signed(about(n), expires, signature) || tx.Now.Unix() >= until {
		return Content{}, errs.New(errs.Denied, "This link is not good, or not any more.", nil)
	}
	e, ok, err := db.One(tx, scanEntry, "SELECT id, body, created_at FROM journal_entries WHERE id = $1", n)
	if err != nil || !ok {
		return Content{}, orNone(err)
	}
	out := Content{Offset: offset, PublishedAt: property.FormatTime(e.At)}
	for line := range strings.SplitSeq(e.body, "\n") {
		out.Events = append(out.Events, json.RawMessage(line))
	}
	return out, nil
}

// Erasing takes the values of a record that is erased from what apps can still read.
func (s *Service) Erasing() erase.Part {
	return erase.Part{Name: "journal", Step: func(tx *db.Tx, w erase.What, from erase.Cursor) (erase.Cursor, bool, error) {
		if w.Old { // no entry is
			return 0, false, nil
		}
		if from == 0 {
			if err := purge(tx, "journal_queue", "event", w.ID, 0, 1<<62); err != nil {
				return 0, false, err
			}
		}
		last, err := db.Value[int64](tx, "SELECT coalesce(max(id), 0) FROM (SELECT id FROM journal_entries WHERE id > $1 ORDER BY id LIMIT $2) AS span", int64(from), sweepMost)
		if err != nil || last == 0 {
			return 0, false, err
		}
		return erase.Cursor(last), true, purge(tx, "journal_entries", "body", w.ID, int64(from), last)
	}}
}

// purge takes the values of a record from the events in rows of a table.
func purge(tx *db.Tx, table, column string, object, from, to int64) error {
	type row struct {
		id   int64
		text string
	}
	rows, err := db.List(tx, func(sc db.Scanner) (r row, err error) { return r, sc.Scan(&r.id, &r.text) },
		"SELECT id, "+column+" FROM "+table+" WHERE id > $1 AND id <= $2 AND "+column+" LIKE $3", from, to, `%"objectId":`+id.Format(object)+`,%`)
	if err != nil {
		return err
	}
	for _, r := range rows {
		lines := strings.Split(r.text, "\n")
		for i, line := range lines {
			var e Event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				return err
			}
			if e.ObjectID != object || e.Changes == nil && e.Values == nil {
				continue
			}
			e.Changes, e.Values = nil, nil
			raw, err := json.Marshal(e)
			if err != nil {
				return err
			}
			lines[i] = string(raw)
		}
		if _, err := tx.Exec("UPDATE "+table+" SET "+column+" = $2 WHERE id = $1", r.id, strings.Join(lines, "\n")); err != nil {
			return err
		}
	}
	return nil
}
