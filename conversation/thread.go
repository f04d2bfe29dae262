package conversation

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/crm/fill"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/mime"
	"github.com/deskbell/deskbell/ticket"
)

// Thread is one conversation with one contact over one channel.
type Thread struct {
	ID, Inbox, Account int64
	Ticket, Contact    int64 // 0 for none
	Subject            string
	Token              string // secret: whoever writes to it is on the thread
	Status             string // HubSpot's OPEN or CLOSED
	Originating        bool   // the ticket was made from it, or it was the ticket's first
	Forwarded          bool   // it began with a user's forward
	CreatedAt          time.Time
	LatestAt           time.Time
	InboundAt          time.Time // of the newest message that came in; zero for none
	OutboundAt         time.Time // of the newest that went out; zero for none
	ClosedAt           time.Time // zero while it is open
	ArchivedAt         time.Time // zero while it is not
	Key                string    // what its channel calls it; "" where Message-IDs lead to it
	Messages           int
	Owner              int64 // of its ticket, as of reading; 0 for none
}

// The states of a thread, in HubSpot's words.
const (
	Open   = "OPEN"
	Closed = "CLOSED"
)

const threadColumns = `id, inbox_id, account_id, ticket_id, contact_id, subject, token, status, originating, forwarded,
created_at, latest_at, inbound_at, outbound_at, closed_at, archived_at, channel_key, messages`

const selectThreads = "SELECT " + threadColumns + " FROM threads"

func scanThread(s db.Scanner) (Thread, error) {
	var t Thread
	var ticketID, contact, inbound, outbound, closed, archived *int64
	var created, latest int64
	err := s.Scan(&t.ID, &t.Inbox, &t.Account, &ticketID, &contact, &t.Subject, &t.Token, &t.Status, &t.Originating, &t.Forwarded,
		&created, &latest, &inbound, &outbound, &closed, &archived, &t.Key, &t.Messages)
	t.Ticket, t.Contact = number(ticketID), number(contact)
	t.CreatedAt, t.LatestAt, t.InboundAt, t.OutboundAt = clock.FromMicros(created), clock.FromMicros(latest), instant(inbound), instant(outbound)
	t.ClosedAt, t.ArchivedAt = instant(closed), instant(archived)
	return t, err
}

func (t Thread) insert(tx *db.Tx) error {
	return tx.Later("INSERT INTO threads ("+threadColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
		t.ID, t.Inbox, t.Account, reference(t.Ticket), reference(t.Contact), t.Subject, t.Token, t.Status, t.Originating, t.Forwarded,
		t.CreatedAt.UnixMicro(), t.LatestAt.UnixMicro(), micros(t.InboundAt), micros(t.OutboundAt), micros(t.ClosedAt), micros(t.ArchivedAt), t.Key, t.Messages)
}

// grew notes a new message of the thread. One that comes in opens a closed thread, and brings an archived one back.
func (t Thread) grew(tx *db.Tx, m Message) error {
	if m.Direction == Out {
		return tx.Later("UPDATE threads SET latest_at = $2, outbound_at = $2, messages = messages + 1 WHERE id = $1", t.ID, m.At.UnixMicro())
	}
	if t.Status == Closed || !t.ArchivedAt.IsZero() {
		if err := tx.Later("UPDATE threads SET status = 'OPEN', closed_at = NULL, archived_at = NULL WHERE id = $1", t.ID); err != nil {
			return err
		}
		event.Emit(tx, event.Event{Type: "thread.changed", ObjectType: "threads", ObjectID: t.ID, Actor: m.Actor,
			Data: ThreadChanged{ThreadID: t.ID, TicketID: t.Ticket, From: t.Status, To: Open}})
	}
	return tx.Later("UPDATE threads SET latest_at = $2, inbound_at = $2, messages = messages + 1 WHERE id = $1", t.ID, m.At.UnixMicro())
}

// threadsMost bounds the threads of one ticket that are shown.
const threadsMost = 200

func threadsOf(tx *db.Tx, ticketID int64) ([]Thread, error) {
	return db.List(tx, scanThread, selectThreads+" WHERE ticket_id = $1 ORDER BY id LIMIT $2", ticketID, threadsMost)
}

func threadByID(tx *db.Tx, id int64) (Thread, bool, error) {
	return db.One(tx, scanThread, selectThreads+" WHERE id = $1", id)
}

// tokenText is what a token looks like; as part of an address, or of a subject.
var (
	tokenText    = regexp.MustCompile(`^[a-z2-7]{26}$`)
	subjectToken = regexp.MustCompile(`\[#([a-z2-7]{26})\]`)
)

// tokenIn returns the token in the plus part of an address, "" for none.
func tokenIn(email string) string {
	if _, token, ok := mime.TokenFrom(email); ok && tokenText.MatchString(token) {
		return token
	}
	return ""
}

// find returns the thread that an arrival belongs to, in the order of MAIL-3: a token in a recipient; a Message-ID that
// it refers to, or has itself, where the sender is plausible; a token in the subject. A subject alone is never enough. A channel
// that knows its threads by name is believed.
func (s *Service) find(tx *db.Tx, a Arrival, b *account.Book, from string, trusted bool) (Thread, bool, error) {
	if a.Inbound.ThreadKey != "" {
		return db.One(tx, scanThread, whereKey, a.Account.ID, a.Inbound.ThreadKey)
	}
	for _, token := range a.tokens() {
		if t, ok, err := byToken(tx, token); err != nil || ok {
			return t, ok, err
		}
	}
	leads, err := leadsOf(tx, a.Account.Inbox, a.keys())
	if err != nil {
		return Thread{}, false, err
	}
	for _, l := range leads {
		ok := l.ours || trusted
		if !ok {
			if ok, err = plausible(tx, l.thread, from, b); err != nil {
				return Thread{}, false, err
			}
		}
		if ok {
			return threadByID(tx, l.thread)
		}
	}
	if m := subjectToken.FindStringSubmatch(a.Inbound.Subject); m != nil {
		return byToken(tx, m[1])
	}
	return Thread{}, false, nil
}

const whereKey = selectThreads + " WHERE account_id = $1 AND channel_key = $2 AND channel_key <> ''"
const whereToken = selectThreads + " WHERE token = $1"

func byToken(tx *db.Tx, token string) (Thread, bool, error) {
	return db.One(tx, scanThread, whereToken, token)
}

// lead is a thread that a Message-ID leads to.
type lead struct {
	thread int64
	ours   bool // the id is of a message of ours: only who received that knows it
}

// leadsOf looks up Message-IDs, and keeps their order.
func leadsOf(tx *db.Tx, inbox int64, keys []string) ([]lead, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	q := leadsQuery(inbox, keys)
	found := map[string]lead{}
	_, err := db.List(tx, func(sc db.Scanner) (ref string, err error) {
		var l lead
		err = sc.Scan(&ref, &l.thread, &l.ours)
		found[ref] = l
		return ref, err
	}, q.Text(), q.Args()...)
	var out []lead
	for _, k := range keys {
		if l, ok := found[k]; ok && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out, err
}

func leadsQuery(inbox int64, keys []string) *db.SQL {
	var q db.SQL
	q.Add(`SELECT r.ref, r.thread_id, m.id IS NOT NULL FROM message_refs r
LEFT JOIN messages m ON m.message_id = r.ref AND m.inbox_id = r.inbox_id AND m.direction = 'out' WHERE r.inbox_id = ? AND `, inbox)
	return db.In(&q, "r.ref", keys)
}

// openDomains give an address to anybody: sharing one says nothing about knowing one another.
var openDomains = []string{"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "icloud.com",
	"me.com", "aol.com", "gmx.de", "gmx.net", "gmx.com", "web.de", "proton.me", "protonmail.com", "mail.ru", "yandex.ru", "qq.com", "163.com",
	"wp.pl", "o2.pl", "onet.pl", "interia.pl", "ziggo.nl", "kpnmail.nl", "online.no", "orange.fr", "free.fr", "libero.it", "fastmail.com"}

// plausible reports whether a sender may know a thread's Message-IDs: a participant, or of one's organisation.
func plausible(tx *db.Tx, thread int64, from string, b *account.Book) (bool, error) {
	all, err := db.List(tx, db.Col[string], "SELECT email FROM participants WHERE thread_id = $1", thread)
	if err != nil {
		return false, err
	}
	_, domain, _ := strings.Cut(from, "@")
	open := domain == "" || slices.Contains(openDomains, domain)
	return slices.ContainsFunc(all, func(email string) bool {
		return email == from || !open && strings.HasSuffix(email, "@"+domain) && !b.Own(email)
	}), nil
}

// refMost bounds a Message-ID as a key, in bytes: longer ones are known by their hash.
const refMost = 500

func refKey(messageID string) string {
	if len(messageID) <= refMost {
		return messageID
	}
	sum := sha256.Sum256([]byte(messageID))
	return "sha256:" + hex.EncodeToString(sum[:])
}

var insertRefs = db.NewInsert("INSERT INTO message_refs (ref, inbox_id, thread_id)", "ON CONFLICT (ref, inbox_id) DO NOTHING")

// remember notes that Message-IDs lead to a thread; the first thread keeps an id.
func remember(tx *db.Tx, t Thread, keys []string) error {
	rows := make([][]any, len(keys))
	for i, k := range keys {
		rows[i] = []any{k, t.Inbox, t.ID}
	}
	return insertRefs.Later(tx, rows...)
}

// participantsMost bounds how many addresses one message adds to its thread.
const participantsMost = 200

// role is how addresses come into a thread.
type role struct {
	name string
	all  []channel.Address
}

var insertParticipants = db.NewInsert("INSERT INTO participants (thread_id, email, name, role, type)",
	"ON CONFLICT (thread_id, email) DO UPDATE SET name = CASE WHEN participants.name = '' THEN excluded.name ELSE participants.name END")

// join adds addresses to a thread. Who is in it keeps the first role; a name is filled in when it was not known.
func join(tx *db.Tx, thread int64, roles ...role) error {
	var rows [][]any
	places := map[string]int{}
	for _, r := range roles {
		for _, a := range r.all {
			if a.Email == "" || len(a.Email) > addressMost {
				continue
			}
			name := cut(a.Name, nameMost)
			if i, ok := places[a.Email]; !ok && len(rows) < participantsMost {
				places[a.Email] = len(rows)
				rows = append(rows, []any{thread, a.Email, name, r.name, string(a.Type)})
			} else if ok && rows[i][2] == "" {
				rows[i][2] = name
			}
		}
	}
	return insertParticipants.Later(tx, rows...)
}

func participantsOf(tx *db.Tx, threads []int64) (map[int64][]channel.Address, error) {
	out := map[int64][]channel.Address{}
	var q db.SQL
	q.Add("SELECT thread_id, name, email, type FROM participants WHERE ")
	db.In(&q, "thread_id", threads).Add(" ORDER BY thread_id, email")
	_, err := db.List(tx, func(sc db.Scanner) (id int64, err error) {
		var a channel.Address
		err = sc.Scan(&id, &a.Name, &a.Email, &a.Type)
		out[id] = append(out[id], a)
		return id, err
	}, q.Text(), q.Args()...)
	return out, err
}

const channelsStep = 100 // tickets of one step of FillChannels

// FillChannels gives tickets the channels that they began and went on by, which they did not repeat before.
func (s *Service) FillChannels() fill.Part {
	return fill.Part{Name: "tickets.channels", Step: func(tx *db.Tx, after int64) (int64, error) {
		ids, err := s.records.Behind(tx, ticket.Object, after, channelsStep)
		if err != nil || len(ids) == 0 {
			return 0, err
		}
		return ids[len(ids)-1], s.supplyChannels(tx, ids)
	}}
}

func (s *Service) supplyChannels(tx *db.Tx, ids []int64) error {
	held, err := s.records.Held(tx, ticket.Object, ids...)
	if err != nil {
		return err
	}
	book, err := s.accounts.Book(tx)
	if err != nil {
		return err
	}
	values := map[int64]map[string]string{}
	var q db.SQL
	db.In(q.Add("SELECT id, ticket_id, account_id FROM threads WHERE "), "ticket_id", db.Padded(ids)).Add(" ORDER BY ticket_id, latest_at, id")
	_, err = db.List(tx, func(sc db.Scanner) (struct{}, error) {
		var thread, on, account int64
		err := sc.Scan(&thread, &on, &account)
		over, _ := book.Account(account)
		if values[on] == nil {
			values[on] = map[string]string{}
		}
		values[on][ticket.LatestChannel] = s.accounts.ChannelOf(over)
		if held[on].Properties[ticket.OriginThread] == id.Format(thread) {
			values[on][ticket.OriginChannel] = s.accounts.ChannelOf(over)
		}
		return struct{}{}, err
	}, q.Text(), q.Args()...)
	if err != nil {
		return err
	}
	var edits []record.Edit
	for _, n := range ids {
		if v, ok := values[n]; ok {
			edits = append(edits, record.Edit{ID: n, Properties: v})
		}
	}
	return s.records.Supply(tx, ticket.Object, edits)
}
