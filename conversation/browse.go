package conversation

import (
	"slices"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// ThreadsByID returns those of the threads that the actor may view, in the order of ids: a thread is seen by who sees its ticket.
func (s *Service) ThreadsByID(tx *db.Tx, by people.Actor, ids ...int64) ([]Thread, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var q db.SQL
	all, err := db.List(tx, scanThread, tx.Among(q.Add(selectThreads+" WHERE "), "id", ids).Text(), q.Args()...)
	if err != nil {
		return nil, err
	}
	var onTickets []int64
	for _, t := range all {
		if t.Ticket != 0 {
			onTickets = append(onTickets, t.Ticket)
		}
	}
	tickets, err := s.records.GetMany(tx, by, ticket.Object, onTickets)
	if err != nil {
		return nil, err
	}
	owners := map[int64]int64{}
	if by.Check(people.View, ticket.Object, people.Ownership{}) == nil {
		owners[0] = 0
	}
	for _, r := range tickets {
		owners[r.ID] = ticket.OwnershipOf(r).Owner
	}
	all = slices.DeleteFunc(all, func(t Thread) bool { _, ok := owners[t.Ticket]; return !ok })
	for i := range all {
		all[i].Owner = owners[all[i].Ticket]
	}
	slices.SortFunc(all, func(x, y Thread) int { return slices.Index(ids, x.ID) - slices.Index(ids, y.ID) })
	return all, nil
}

// ThreadByID returns a thread that the actor may view.
func (s *Service) ThreadByID(tx *db.Tx, by people.Actor, id int64) (Thread, error) {
	all, err := s.ThreadsByID(tx, by, id)
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
