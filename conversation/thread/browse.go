// Package thread is threads across tickets: lists of them, their status, who has them, and all that happened on one in its order.
// It must not know how messages are written or sent.
package thread

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// Service is the commands and queries on threads. Each composes into the caller's transaction.
type Service struct {
	talks   *conversation.Service
	tickets *ticket.Service
	people  *people.Service
}

// New returns the service.
func New(talks *conversation.Service, tickets *ticket.Service, p *people.Service) *Service {
	return &Service{talks, tickets, p}
}

// Query asks for threads across tickets.
type Query struct {
	Ticket, Contact int64     // 0 for any
	Inboxes         []int64   // none for any
	Status          string    // "" for any
	Archived        bool      // those that are archived, instead of those that are not
	Latest          bool      // by the newest message; else in the order they began
	LatestAfter     time.Time // only with a message since; zero for any
	After           string    // the end of the page before
	Limit           int
}

// place is where a page ends: the id, and by the newest message its time too.
type place struct{ at, id int64 }

func (q Query) place() (p place, err error) {
	at, n, both := strings.Cut(q.After, "-")
	switch {
	case q.After == "":
		return place{at: q.LatestAfter.UnixMicro()}, nil
	case both != q.Latest:
		err = errs.Bad("after", "INVALID_PLACE", "after must be what the page before gave")
	case both:
		if p.at, err = strconv.ParseInt(at, 10, 64); err != nil {
			return p, errs.Bad("after", "INVALID_PLACE", "after must be what the page before gave")
		}
		p.id, err = id.Parse("after", n)
	default:
		p.id, err = id.Parse("after", q.After)
	}
	return p, err
}

func (q Query) next(last place) string {
	if q.Latest {
		return fmt.Sprintf("%d-%d", last.at, last.id)
	}
	return id.Format(last.id)
}

// sql finds ids and times of the newest messages. Each list follows an index: by ticket, contact, inbox, time or id.
func (q Query) sql() (*db.SQL, error) {
	from, err := q.place()
	if err != nil {
		return nil, err
	}
	var s db.SQL
	s.Add("SELECT id, latest_at FROM threads WHERE archived_at IS NULL")
	if q.Archived {
		s = db.SQL{}
		s.Add("SELECT id, latest_at FROM threads WHERE archived_at IS NOT NULL")
	}
	for _, c := range []struct {
		column string
		id     int64
	}{{"ticket_id", q.Ticket}, {"contact_id", q.Contact}} {
		if c.id != 0 {
			s.Add(" AND "+c.column+" = ?", c.id)
		}
	}
	if len(q.Inboxes) > 0 {
		db.In(s.Add(" AND "), "inbox_id", q.Inboxes)
	}
	if q.Status != "" {
		s.Add(" AND status = ?", q.Status)
	}
	if q.Latest {
		return s.Add(" AND (latest_at, id) > (?, ?) ORDER BY latest_at, id LIMIT ?", from.at, from.id, q.Limit), nil
	}
	if !q.LatestAfter.IsZero() {
		s.Add(" AND latest_at > ?", q.LatestAfter.UnixMicro())
	}
	return s.Add(" AND id > ? ORDER BY id LIMIT ?", from.id, q.Limit), nil
}

// Browse returns a page of threads that the actor may view. next continues, "" at the end. A page may hold fewer than asked
// for when others lie between.
func (s *Service) Browse(tx *db.Tx, by people.Actor, q Query) (page []conversation.Thread, next string, err error) {
	sql, err := q.sql()
	if err != nil {
		return nil, "", err
	}
	found, err := db.List(tx, func(sc db.Scanner) (p place, err error) { return p, sc.Scan(&p.id, &p.at) }, sql.Text(), sql.Args()...)
	if err != nil || len(found) == 0 {
		return nil, "", err
	}
	if len(found) == q.Limit {
		next = q.next(found[len(found)-1])
	}
	ids := make([]int64, len(found))
	for i, p := range found {
		ids[i] = p.id
	}
	page, err = s.talks.ThreadsByID(tx, by, ids...)
	return page, next, err
}
