// Package audit keeps what was done that somebody may have to answer for: who did what, when and from where (ACC-9). Rows
// are only ever added, in the transaction of what they tell; it does not know who may read them.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
)

// Entry is one thing that was done. Names are as they were then: whoever reads it may find nothing else left.
type Entry struct {
	ID         int64
	At         time.Time
	Actor      event.Actor
	Name       string            // of the actor
	Address    string            // where they asked from: what From said, unless it is given; "" for the program itself
	Action     string            // "user.created": the category, a dot, what was done
	ObjectType string            // "users"; "" where there is no object
	ObjectID   int64             // 0 where there is none
	Object     string            // its name
	Detail     map[string]string // what changed, and to what; never a secret
}

// Category is what sort of thing it was: what stands before the dot of the action.
func (e Entry) Category() string {
	category, _, _ := strings.Cut(e.Action, ".")
	return category
}

// SignIn is the category of sign-ins, those that failed too.
const SignIn = "sign-in"

// Actions that several packages write.
const (
	Erased   = "deletion.gdpr"    // all there was of a person; the entry must not name them
	Deleted  = "deletion.record"  // records put into the trash, or out of it for good
	Exported = "export.requested" // records or the whole account
)

const textMost = 500

type fromKey struct{}

// From says in a request's context which address it came from.
func From(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, fromKey{}, address)
}

// Address is the address that a request came from; "" when nobody said.
func Address(ctx context.Context) string {
	a, _ := ctx.Value(fromKey{}).(string)
	return a
}

// Add writes an entry; ID and At are filled in.
func Add(tx *db.Tx, e Entry) error {
	if e.Address == "" {
		e.Address = Address(tx.Context())
	}
	if e.Detail == nil {
		e.Detail = map[string]string{}
	}
	for k, v := range e.Detail {
		e.Detail[k] = cut(v)
	}
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	_, err = tx.Exec(`INSERT INTO audit_log (id, at, actor_kind, actor_id, actor_name, address, category, action, object_type, object_id,
object_name, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, tx.NewID(), tx.Micros(), string(e.Actor.Kind), e.Actor.ID,
		cut(e.Name), cut(e.Address), e.Category(), e.Action, e.ObjectType, e.ObjectID, cut(e.Object), string(detail))
	return err
}

// cut keeps what both databases take, and no more than one reads.
func cut(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	for utf8.RuneCountInString(s) > textMost {
		s = string([]rune(s)[:textMost])
	}
	return s
}

// Query chooses entries; what is empty does not.
type Query struct {
	Categories []string
	Not        string // a category left out
	Actions    []string
	Actors     []event.Actor
	ObjectType string
	ObjectID   int64
	From, To   time.Time // To is not in it
	After      int64     // the id of the last entry of the page before
	OldFirst   bool
	Limit      int
}

// List reads a page of entries, newest first unless it says otherwise.
func List(tx *db.Tx, q Query) ([]Entry, error) {
	var sql db.SQL
	sql.Add(`SELECT id, at, actor_kind, actor_id, actor_name, address, action, object_type, object_id, object_name, detail
FROM audit_log WHERE TRUE`)
	q.where(&sql)
	order, next := "DESC", "<"
	if q.OldFirst {
		order, next = "ASC", ">"
	}
	if q.After != 0 {
		sql.Add(" AND id "+next+" ?", q.After)
	}
	sql.Add(" ORDER BY id "+order+" LIMIT ?", q.Limit)
	return db.List(tx, scan, sql.Text(), sql.Args()...)
}

func (q Query) where(sql *db.SQL) {
	if len(q.Categories) > 0 {
		db.In(sql.Add(" AND "), "category", q.Categories)
	}
	if q.Not != "" {
		sql.Add(" AND category <> ?", q.Not)
	}
	if len(q.Actions) > 0 {
		db.In(sql.Add(" AND "), "action", q.Actions)
	}
	if len(q.Actors) > 0 {
		sql.Add(" AND (FALSE")
		for _, a := range q.Actors {
			sql.Add(" OR actor_kind = ? AND actor_id = ?", string(a.Kind), a.ID)
		}
		sql.Add(")")
	}
	if q.ObjectType != "" {
		sql.Add(" AND object_type = ?", q.ObjectType)
	}
	if q.ObjectID != 0 {
		sql.Add(" AND object_id = ?", q.ObjectID)
	}
	// Ids follow time, so that a range of time is a range of the key.
	if !q.From.IsZero() {
		sql.Add(" AND at >= ? AND id >= ?", clock.Micros(q.From), id.Floor(q.From))
	}
	if !q.To.IsZero() {
		sql.Add(" AND at < ? AND id < ?", clock.Micros(q.To), id.Floor(q.To.Add(idsAhead)))
	}
}

// idsAhead is by how much ids may run ahead of the time in a burst.
const idsAhead = time.Minute

func scan(s db.Scanner) (e Entry, err error) {
	var at int64
	var kind, detail string
	err = s.Scan(&e.ID, &at, &kind, &e.Actor.ID, &e.Name, &e.Address, &e.Action, &e.ObjectType, &e.ObjectID, &e.Object, &detail)
	if err != nil {
		return e, err
	}
	e.At, e.Actor.Kind = clock.FromMicros(at), event.ActorKind(kind)
	return e, json.Unmarshal([]byte(detail), &e.Detail)
}
