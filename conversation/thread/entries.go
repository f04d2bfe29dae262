package thread

import (
	"slices"
	"time"

	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// Entry is one thing on a thread: a message, a comment on its ticket, or what happened to it.
type Entry struct {
	ID      int64
	At      time.Time
	Message *conversation.Message // nil for a happening
	Actor   event.Actor           // of a happening
	Status  string                // that the thread was given; "" where it was not
	// From and To are who had the thread and who has it, in the form of the ticket's owner; both "" where that stayed.
	From, To string
}

// happeningsMost bounds the events that one page looks through. A page that meets more is shorter.
const happeningsMost = 500

// happenings are the events that tell of a thread, by the object they happened to.
var happenings = map[string][]string{"threads": {"thread.changed"}, ticket.Object: {"ticket.changed"}}

// Entries returns a page of all that happened on a thread, after the entry named, the oldest first or the newest first. next
// continues; 0 at the end.
func (s *Service) Entries(tx *db.Tx, by people.Actor, threadID, after int64, limit int, newestFirst bool) (page []Entry, next int64, err error) {
	t, err := s.talks.ThreadByID(tx, by, threadID)
	if err != nil {
		return nil, 0, err
	}
	messages, _, err := s.talks.ThreadMessages(tx, by, threadID, after, limit, newestFirst)
	if err != nil {
		return nil, 0, err
	}
	read := horizon{newestFirst: newestFirst}
	for _, m := range messages {
		page = append(page, Entry{ID: m.ID, At: m.At, Message: &m})
	}
	if len(messages) == limit {
		read.endsAt(messages[limit-1].ID)
	}
	for object, id := range map[string]int64{"threads": t.ID, ticket.Object: t.Ticket} {
		if id == 0 {
			continue
		}
		events, err := event.Between(tx, object, id, happenings[object], event.Span{After: after, NewestFirst: newestFirst, Limit: happeningsMost})
		if err != nil {
			return nil, 0, err
		}
		for _, e := range events {
			if entry, ok, err := happened(e); err != nil {
				return nil, 0, err
			} else if ok {
				page = append(page, entry)
			}
		}
		if len(events) == happeningsMost {
			read.endsAt(events[happeningsMost-1].ID)
		}
	}
	return read.cut(page, limit)
}

// horizon is how far several lists were read: what lies behind the end of one waits for the next page.
type horizon struct {
	newestFirst bool
	end         int64 // 0 for no end
}

func (h *horizon) before(x, y int64) bool {
	if h.newestFirst {
		return x > y
	}
	return x < y
}

func (h *horizon) endsAt(id int64) {
	if h.end == 0 || h.before(id, h.end) {
		h.end = id
	}
}

func (h *horizon) cut(page []Entry, limit int) ([]Entry, int64, error) {
	page = slices.DeleteFunc(page, func(e Entry) bool { return h.end != 0 && h.before(h.end, e.ID) })
	slices.SortFunc(page, func(x, y Entry) int {
		if h.before(x.ID, y.ID) {
			return -1
		}
		return 1
	})
	if len(page) > limit {
		return page[:limit], page[limit-1].ID, nil
	}
	return page, h.end, nil
}

// happened reads an event; ok is false for one that does not concern the thread.
func happened(e event.Event) (entry Entry, ok bool, err error) {
	entry = Entry{ID: e.ID, At: e.At, Actor: e.Actor}
	if e.Type == "thread.changed" {
		d, err := event.Data[conversation.ThreadChanged](e)
		entry.Status = d.To
		return entry, err == nil && d.To != d.From, err
	}
	d, err := event.Data[record.Changed](e)
	c, ok := d.Changes[ticket.Owner]
	entry.From, entry.To = c.From, c.To
	return entry, ok, err
}

// Entry reads one thing on a thread.
func (s *Service) Entry(tx *db.Tx, by people.Actor, threadID, id int64) (Entry, error) {
	t, err := s.talks.ThreadByID(tx, by, threadID)
	if err != nil {
		return Entry{}, err
	}
	m, err := s.talks.Message(tx, by, id)
	switch {
	case err == nil && (m.Thread == t.ID || m.Thread == 0 && m.Ticket == t.Ticket):
		return Entry{ID: m.ID, At: m.At, Message: &m}, nil
	case err == nil:
		return Entry{}, errNoEntry
	case !errs.Is(err, errs.NotFound):
		return Entry{}, err
	}
	e, ok, err := event.Get(tx, id)
	if err != nil || !ok || happenings[e.ObjectType] == nil || !slices.Contains(happenings[e.ObjectType], e.Type) || e.ObjectID != t.ID && e.ObjectID != t.Ticket {
		return Entry{}, orNone(err)
	}
	entry, ok, err := happened(e)
	if err != nil || !ok {
		return entry, orNone(err)
	}
	return entry, nil
}

var errNoEntry = errs.New(errs.NotFound, "There is no such message.", nil)

func orNone(err error) error {
	if err != nil {
		return err
	}
	return errNoEntry
}
