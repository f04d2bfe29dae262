package intake

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/mime"
	"github.com/deskbell/deskbell/people"
)

// Outbox keeps mail that has no server to go to, so that people can read and download it.
type Outbox struct {
	db    *db.DB
	blobs blob.Store
}

var _ channel.Outbox = (*Outbox)(nil)

// NewOutbox returns the outbox.
func NewOutbox(d *db.DB, blobs blob.Store) *Outbox { return &Outbox{d, blobs} }

// OutboxKept is the data of "outbox.kept".
type OutboxKept struct{ MessageID string }

// Keep implements channel.Outbox.
func (o *Outbox) Keep(ctx context.Context, messageID, from string, to []string, source []byte) error {
	body, err := stash(ctx, o.blobs, source)
	if err != nil {
		return err
	}
	recipients, err := json.Marshal(append([]string{}, to...))
	if err != nil {
		return err
	}
	fields := headerOf(source)
	if from == "" {
		from = readable(first(fields, "From")) // the envelope of an automatic mail has no sender
	}
	return o.db.Write(ctx, func(tx *db.Tx) error {
		row := tx.NewID()
		n, err := tx.Exec(`INSERT INTO outbox (id, message_id, sender, recipients, subject, at, size, blob_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (message_id) DO NOTHING`, row, messageID, from, string(recipients),
			cut(readable(first(fields, "Subject"))), tx.Micros(), len(source), body.key)
		if err != nil || n == 0 {
			return err
		}
		event.Emit(tx, event.Event{Type: "outbox.kept", ObjectType: "outbox", ObjectID: row, Actor: event.BySystem, Data: OutboxKept{messageID}})
		return body.keep(tx, row)
	})
}

// Kept is one mail of the outbox.
type Kept struct {
	ID        int64
	MessageID string
	From      string
	To        []string
	Subject   string
	At        time.Time
	Size      int64
	Ticket    int64 // that it was sent from; 0 for none

	key string
}

const selectOutbox = "SELECT id, message_id, sender, recipients, subject, at, size, blob_key FROM outbox"

func scanKept(sc db.Scanner) (Kept, error) {
	var k Kept
	var at int64
	var to []byte
	if err := sc.Scan(&k.ID, &k.MessageID, &k.From, &to, &k.Subject, &at, &k.Size, &k.key); err != nil {
		return k, err
	}
	k.At = clock.FromMicros(at)
	return k, json.Unmarshal(to, &k.To)
}

const outboxMost = 200

// OutboxPage lists the outbox, newest first, older than before (0 for the newest). next continues; 0 on the last page.
func (s *Service) OutboxPage(tx *db.Tx, by people.Actor, before int64, limit int) (page []Kept, next int64, err error) {
	if err := mayLook(by); err != nil {
		return nil, 0, err
	}
	if before == 0 {
		before = 1<<63 - 1
	}
	limit = max(1, min(limit, outboxMost))
	page, err = db.List(tx, scanKept, selectOutbox+" WHERE id < $1 ORDER BY id DESC LIMIT $2", before, limit+1)
	if err != nil {
		return nil, 0, err
	}
	if len(page) > limit {
		page = page[:limit]
		next = page[limit-1].ID
	}
	return page, next, s.addTickets(tx, page)
}

func (s *Service) addTickets(tx *db.Tx, page []Kept) error {
	ids := make([]string, len(page))
	for i, k := range page {
		ids[i] = k.MessageID
	}
	tickets, err := s.conversations.TicketsOf(tx, ids)
	for i := range page {
		page[i].Ticket = tickets[page[i].MessageID]
	}
	return err
}

// KeptMail is a mail of the outbox, read.
type KeptMail struct {
	Kept
	Text, HTML string // HTML is sanitised
	Headers    []HeaderField
}

// HeaderField is one line of a mail's header, decoded.
type HeaderField struct{ Name, Value string }

const keptMost = 40 << 20 // bytes

// OutboxMail reads one mail of the outbox.
func (s *Service) OutboxMail(ctx context.Context, by people.Actor, row int64) (KeptMail, error) {
	k, r, err := s.OpenOutbox(ctx, by, row)
	if err != nil {
		return KeptMail{}, err
	}
	defer r.Close()
	source, err := io.ReadAll(io.LimitReader(r, keptMost))
	if err != nil {
		return KeptMail{}, err
	}
	in, err := mime.Parse(ctx, source, mime.Options{ReceivedAt: k.At})
	if err != nil {
		return KeptMail{}, err
	}
	m := KeptMail{Kept: k, Text: in.Text, HTML: in.HTML}
	for _, f := range headerOf(source) {
		m.Headers = append(m.Headers, HeaderField{f.Name, readable(f.Value)})
	}
	return m, nil
}

// OpenOutbox opens the source of a mail of the outbox. The caller closes it.
func (s *Service) OpenOutbox(ctx context.Context, by people.Actor, row int64) (Kept, io.ReadCloser, error) {
	if err := mayLook(by); err != nil {
		return Kept{}, nil, err
	}
	page := make([]Kept, 1)
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		k, ok, err := db.One(tx, scanKept, selectOutbox+" WHERE id = $1", row)
		if err == nil && !ok {
			err = errs.New(errs.NotFound, "There is no such mail in the outbox.", nil)
		}
		if err != nil {
			return err
		}
		page[0] = k
		return s.addTickets(tx, page)
	})
	if err != nil {
		return Kept{}, nil, err
	}
	r, err := open(ctx, s.db, s.blobs, row, page[0].key)
	return page[0], r, err
}
