package ticket

import (
	"slices"

	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Erased is what a ticket is called that was a person's who had themself erased.
const Erased = "Deleted on request"

// tickets a transaction
const eraseStep = 20

// Erasing takes what a person told from the tickets that they were the contact of: words and history go, what happened when stays, for
// the figures. Tickets that are with others too lose the person alone.
func (s *Service) Erasing(props *property.Registry) erase.Part {
	return erase.Part{Name: "tickets", Step: func(tx *db.Tx, w erase.What, from erase.Cursor) (erase.Cursor, bool, error) {
		if w.ObjectType != "contacts" || !w.Person {
			return 0, false, nil
		}
		ids, err := s.records.Traces(tx, "contacts", w.ID, Object, int64(from), eraseStep)
		if err != nil || len(ids) == 0 {
			return 0, false, err
		}
		for _, n := range ids {
			if err := s.leave(tx, props, n, w.ID); err != nil {
				return 0, false, err
			}
		}
		return erase.Cursor(ids[len(ids)-1]), true, nil
	}}
}

// leave takes an erased contact from a ticket.
func (s *Service) leave(tx *db.Tx, props *property.Registry, n, contact int64) error {
	r, err := s.records.Any(tx, Object, n)
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	theirs := parse(r.Properties[Contact]) == contact
	_, others, err := s.records.FirstRelated(tx, Object, n, "contacts")
	if err != nil {
		return err
	}
	switch mine := theirs || !others; {
	case r.Archived && mine:
		return erase.Gone(tx, Object, n)
	case r.Archived:
		return nil
	case mine:
		if err := s.redact(tx, props, r); err != nil {
			return err
		}
	}
	return s.primaryContact(tx, r)
}

// Unsaid takes words of erased messages from what a ticket shows as the newest, instead of which it shows now. With again the ticket
// had some of them; what was said of that is to be forgotten next, in a transaction of its own.
func (s *Service) Unsaid(tx *db.Tx, n int64, gone []string, now string) (again bool, err error) {
	r, err := s.records.Any(tx, Object, n)
	if errs.Is(err, errs.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !r.Archived && slices.Contains(gone, r.Properties[Preview]) && r.Properties[Preview] != now {
		_, err := s.records.Derive(tx, people.System, Object, r.ID, map[string]string{Preview: now}, "")
		return true, err
	}
	return false, s.records.Unwrite(tx, Object, r.ID, Preview, gone)
}

// redact clears the words of a ticket, and leaves the rest of it to a job.
func (s *Service) redact(tx *db.Tx, props *property.Registry, r record.Record) error {
	set, err := props.Set(tx, Object)
	if err != nil {
		return err
	}
	words := map[string]string{Subject: Erased}
	for name := range r.Properties {
		if d, ok := set.Get(name); ok && d.Type == property.String && name != Subject && (d.Custom || name == "content" || name == Preview) {
			words[name] = ""
		}
	}
	if _, err := s.records.Derive(tx, people.System, Object, r.ID, words, "erased"); err != nil {
		return err
	}
	return erase.Redact(tx, Object, r.ID)
}
