// Package event says what happened: commands emit, reactors see each event in one written order before the transaction
// commits. It owns the events table and knows nothing of what the events mean.
package event

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
)

// ActorKind is what sort of thing acted.
type ActorKind string

// Who can act.
const (
	User       ActorKind = "user"
	Contact    ActorKind = "contact"
	App        ActorKind = "app" // an API token or OAuth app
	Automation ActorKind = "automation"
	Import     ActorKind = "import"
	Channel    ActorKind = "channel"
	System     ActorKind = "system"
)

// Actor is who did it: ID is of the user, contact, app, workflow or channel; 0 for the system.
type Actor struct {
	Kind ActorKind
	ID   int64
}

// BySystem is the actor of what nobody asked for.
var BySystem = Actor{Kind: System}

// Event is one thing that happened to one object.
type Event struct {
	ID         int64
	Type       string // "ticket.created", "message.received"
	ObjectType string // "tickets", "contacts", "threads", "messages"
	ObjectID   int64
	At         time.Time
	Actor      Actor
	Cause      int64 // the event that a reactor was handling when it emitted this one; 0 for none
	Depth      int   // how many causes back
	Data       any   // a struct of the emitting package, stored as JSON; read it with Data
}

// depthMost bounds chains of events: past it an event is kept but no reactor sees it.
const depthMost = 8

type causeKey struct{}

// Emit announces an event in the transaction; the id, time, cause and depth are filled in. It returns the id.
func Emit(tx *db.Tx, e Event) int64 {
	e.ID = tx.NewID()
	e.At = tx.Now
	if cause, ok := tx.Get(causeKey{}).(Event); ok {
		e.Cause, e.Depth = cause.ID, cause.Depth+1
	}
	tx.Emit(e)
	return e.ID
}

// Data returns the event's data as T, whether the event is fresh or was read from the table.
func Data[T any](e Event) (T, error) {
	if v, ok := e.Data.(T); ok {
		return v, nil
	}
	var v T
	raw, ok := e.Data.(json.RawMessage)
	if !ok {
		return v, fmt.Errorf("event %s carries %T, not %T", e.Type, e.Data, v)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, fmt.Errorf("event %s: %w", e.Type, err)
	}
	return v, nil
}

var insertEvents = db.NewInsert("INSERT INTO events ("+eventColumns+")", "")

type freshKey struct{}

// store keeps an event, in one statement with the others of its transaction. Until then Get finds it in memory.
func store(tx *db.Tx, e Event) error {
	data, err := encode(e.Data)
	if err != nil {
		return fmt.Errorf("event %s: %w", e.Type, err)
	}
	fresh, _ := tx.Get(freshKey{}).(map[int64]Event)
	if fresh == nil {
		fresh = map[int64]Event{}
		tx.Put(freshKey{}, fresh)
	}
	fresh[e.ID] = e
	tx.StoreLast(insertEvents, e.ID, e.Type, e.ObjectType, e.ObjectID, clock.Micros(e.At), string(e.Actor.Kind),
		e.Actor.ID, e.Cause, e.Depth, withoutNUL(string(data)))
	return nil
}

// encode writes an event's data. What of ours knows how to write itself is taken at its word, which
// json.Marshal would read again.
func encode(data any) ([]byte, error) {
	_, foreign := data.(json.RawMessage)
	if m, ok := data.(json.Marshaler); ok && !foreign {
		return m.MarshalJSON()
	}
	return json.Marshal(data)
}

// withoutNUL replaces the escaped NUL in JSON, which a stranger's text may hold and PostgreSQL's JSONB refuses.
func withoutNUL(data string) string {
	const nul = `\u0000`
	if !strings.Contains(data, nul) {
		return data
	}
	var out strings.Builder
	for i := 0; i < len(data); i++ {
		switch {
		case strings.HasPrefix(data[i:], nul):
			out.WriteString(`\ufffd`)
			i += len(nul) - 1
		case data[i] == '\\' && i+1 < len(data): // an escaped backslash does not begin the next escape
			out.WriteString(data[i : i+2])
			i++
		default:
			out.WriteByte(data[i])
		}
	}
	return out.String()
}

const eventColumns = `id, type, object_type, object_id, at, actor_kind, actor_id, cause_id, depth, data`

func scan(s db.Scanner) (Event, error) {
	var e Event
	var at int64
	var kind string
	var data []byte
	err := s.Scan(&e.ID, &e.Type, &e.ObjectType, &e.ObjectID, &at, &kind, &e.Actor.ID, &e.Cause, &e.Depth, &data)
	e.At, e.Actor.Kind, e.Data = clock.FromMicros(at), ActorKind(kind), json.RawMessage(data)
	return e, err
}

// Get reads one event; ok is false when there is none. Reactors find those of their own transaction too.
func Get(tx *db.Tx, id int64) (e Event, ok bool, err error) {
	fresh, _ := tx.Get(freshKey{}).(map[int64]Event)
	if e, ok = fresh[id]; ok {
		return e, true, nil
	}
	return db.One(tx, scan, "SELECT "+eventColumns+" FROM events WHERE id = $1", id)
}

// Span is a stretch of events: those behind After as they are read, at most Limit.
type Span struct {
	After       int64 // 0 for the beginning
	NewestFirst bool
	Limit       int
}

// Between returns a stretch of an object's events of some types.
func Between(tx *db.Tx, objectType string, objectID int64, types []string, s Span) ([]Event, error) {
	var q db.SQL
	q.Add("SELECT "+eventColumns+" FROM events WHERE object_type = ? AND object_id = ?", objectType, objectID)
	switch {
	case !s.NewestFirst:
		q.Add(" AND id > ?", s.After)
	case s.After != 0:
		q.Add(" AND id < ?", s.After)
	}
	db.In(q.Add(" AND "), "type", types).Add(" ORDER BY id")
	if s.NewestFirst {
		q.Add(" DESC")
	}
	q.Add(" LIMIT ?", s.Limit)
	return db.List(tx, scan, q.Text(), q.Args()...)
}

// Of reads the events of one object, newest first, older than before (0 for the newest), at most limit. Those of the
// transaction itself are not among them.
func Of(tx *db.Tx, objectType string, objectID, before int64, limit int) ([]Event, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	return db.List(tx, scan, "SELECT "+eventColumns+` FROM events
WHERE object_type = $1 AND object_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4`, objectType, objectID, before, limit)
}

// Unsay takes from the events of an object the changes of a property, whose name is fit for SQL, from or to some values.
func Unsay(tx *db.Tx, objectType string, objectID int64, property string, values []string) error {
	var q db.SQL
	change := "(data->'changes'->'" + property + "'->>"
	q.Add("UPDATE events SET data = "+tx.RemoveJSON("data", "changes", property)+" WHERE object_type = ? AND object_id = ? AND (", objectType, objectID)
	db.In(&q, change+"'from')", values)
	_, err := db.In(q.Add(" OR "), change+"'to')", values).Add(")").Exec(tx)
	return err
}

// Forget takes from up to so many events of objects what they tell, for what must be forgotten; that they happened stays. It says
// whether there may be more.
func Forget(tx *db.Tx, objectType string, ids []int64, most int) (more bool, err error) {
	if len(ids) == 0 {
		return false, nil
	}
	var q db.SQL
	q.Add("UPDATE events SET data = '{}' WHERE id IN (SELECT id FROM events WHERE object_type = ? AND ", objectType)
	n, err := db.In(&q, "object_id", ids).Add(" AND data <> '{}' LIMIT ?)", most).Exec(tx)
	return n == int64(most), err
}
