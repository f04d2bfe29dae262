package conversation

import (
	"slices"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// ThreadQuery asks for threads across tickets, by id.
type ThreadQuery struct {
	Ticket, Contact, Inbox int64 // 0 for any
	After                  int64 // the last id of the page before
	Limit                  int
}

// BrowseThreads returns a page of threads that the actor may view; a thread may be seen by who may see its ticket. next
// continues, 0 at the end. A page may hold fewer than asked for when others lie between.
func (s *Service) BrowseThreads(tx *db.Tx, by people.Actor, q ThreadQuery) (page []Thread, next int64, err error) {
	var sql db.SQL
	sql.Add(selectThreads+" WHERE id > ?", q.After)
	for _, c := range []struct {
		column string
		id     int64
	}{{"ticket_id", q.Ticket}, {"contact_id", q.Contact}, {"inbox_id", q.Inbox}} {
		if c.id != 0 {
			sql.Add(" AND "+c.column+" = ?", c.id)
		}
	}
	sql.Add(" ORDER BY id LIMIT ?", q.Limit)
	all, err := db.List(tx, scanThread, sql.Text(), sql.Args()...)
	if err != nil {
		return nil, 0, err
	}
	if len(all) == q.Limit {
		next = all[len(all)-1].ID
	}
	page, err = s.visibleThreads(tx, by, all)
	return page, next, err
}

func (s *Service) visibleThreads(tx *db.Tx, by people.Actor, all []Thread) ([]Thread, error) {
	var ids []int64
	for _, t := range all {
		if t.Ticket != 0 {
			ids = append(ids, t.Ticket)
		}
	}
	tickets, err := s.records.GetMany(tx, by, ticket.Object, ids)
	if err != nil {
		return nil, err
	}
	seen := map[int64]bool{0: by.Check(people.View, ticket.Object, people.Ownership{}) == nil}
	for _, r := range tickets {
		seen[r.ID] = true
	}
	return slices.DeleteFunc(all, func(t Thread) bool { return !seen[t.Ticket] }), nil
}

// ThreadByID returns a thread that the actor may view.
func (s *Service) ThreadByID(tx *db.Tx, by people.Actor, id int64) (Thread, error) {
	all, err := db.List(tx, scanThread, selectThreads+" WHERE id = $1", id)
	if err == nil {
		all, err = s.visibleThreads(tx, by, all)
	}
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such thread.", nil)
	}
	if err != nil {
		return Thread{}, err
	}
	return all[0], nil
}

// ThreadMessages returns a page of a thread's messages and of the comments on its ticket by id, after the one named.
func (s *Service) ThreadMessages(tx *db.Tx, by people.Actor, thread, after int64, limit int, newestFirst bool) (page []Message, next int64, err error) {
	t, err := s.ThreadByID(tx, by, thread)
	if err != nil {
		return nil, 0, err
	}
	var q db.SQL
	q.Add(selectMessages)
	if t.Ticket == 0 {
		q.Add(" WHERE thread_id = ?", t.ID)
	} else {
		// By the ticket, for a comment is on no thread.
		q.Add(" WHERE ticket_id = ? AND (thread_id = ? OR thread_id IS NULL)", t.Ticket, t.ID)
	}
	if newestFirst {
		if after == 0 {
			after = 1<<63 - 1
		}
		q.Add(" AND id < ? ORDER BY id DESC LIMIT ?", after, limit)
	} else {
		q.Add(" AND id > ? ORDER BY id LIMIT ?", after, limit)
	}
	if page, err = db.List(tx, scanMessage, q.Text(), q.Args()...); err != nil {
		return nil, 0, err
	}
	if len(page) == limit {
		next = page[len(page)-1].ID
	}
	return page, next, s.addAttachments(tx, page)
}

// ThreadIDs are the threads of a ticket, oldest first: a comment on the ticket is shown in each.
func ThreadIDs(tx *db.Tx, ticketID int64) ([]int64, error) {
	return db.List(tx, db.Col[int64], "SELECT id FROM threads WHERE ticket_id = $1 ORDER BY id LIMIT $2", ticketID, threadsMost)
}
