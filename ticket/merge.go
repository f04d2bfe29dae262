package ticket

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// Merging are the tickets' part of a merge.
type Merging struct{}

// latest and earliest are the dates of which the later or the earlier one counts.
var (
	latest   = []string{ActiveAt, LastReceived, LastSent, "last_reply_date", "hs_lastactivitydate", "hs_lastcontacted"}
	earliest = []string{"first_agent_reply_date", "hs_first_agent_message_sent_at"}
	sums     = []string{Touches, "hs_num_times_contacted", "hs_num_associated_conversations", "num_notes"}
)

// Merge brings together what was said on two tickets. Status, owner and goals stay the primary's.
func (Merging) Merge(into, from record.Record) map[string]string {
	out := map[string]string{}
	a, b := into.Properties, from.Properties
	for _, name := range latest {
		if b[name] > a[name] {
			out[name] = b[name]
		}
	}
	for _, name := range earliest {
		if b[name] != "" && (a[name] == "" || b[name] < a[name]) {
			out[name] = b[name]
		}
	}
	if b[ActiveAt] > a[ActiveAt] && b[LastFrom] != "" {
		out[LastFrom], out[Preview] = b[LastFrom], b[Preview]
	}
	for _, name := range sums {
		x, _ := strconv.ParseInt(a[name], 10, 64)
		y, _ := strconv.ParseInt(b[name], 10, 64)
		if y > 0 {
			out[name] = strconv.FormatInt(x+y, 10)
		}
	}
	return out
}

// Merged moves what users marked a merged ticket with, and has the tickets of merged contacts looked at; it is a reactor. The
// marks of the ticket itself wait in the trash with it.
func (s *Service) Merged() event.Reactor {
	return event.Reactor{Name: "ticket.merge", Types: []string{"ticket.merged", "contact.merged", "contact.unmerged"},
		React: func(tx *db.Tx, e event.Event) error {
			m, err := event.Data[merge.Merged](e)
			if err != nil {
				return err
			}
			if e.Type != "ticket.merged" {
				_, err := job.Enqueue(tx, job.Spec{Kind: recontactKind, Args: recontactArgs{Contacts: []int64{e.ObjectID, m.From}}})
				return err
			}
			if _, err := tx.Exec(`INSERT INTO ticket_marks (user_id, kind, ticket_id, at)
SELECT user_id, substr(kind, 7), CAST($1 AS BIGINT), at FROM ticket_marks WHERE ticket_id = $2 AND kind LIKE 'trash.%'
ON CONFLICT (user_id, kind, ticket_id) DO UPDATE SET at = CASE WHEN excluded.at > ticket_marks.at THEN excluded.at ELSE ticket_marks.at END`,
				e.ObjectID, m.From); err != nil {
				return err
			}
			if err := s.remarked(tx, e.ObjectID); err != nil {
				return err
			}
			return s.supply(tx, []int64{e.ObjectID}, nil)
		}}
}

const (
	recontactKind = "ticket.recontact"
	recontactStep = 50 // tickets a transaction
)

type recontactArgs struct {
	Contacts []int64 `json:"contacts"`
}

// RecontactHandler gives the tickets of contacts that were merged, or made again, the contact that they are associated with.
func (s *Service) RecontactHandler(d *db.DB) job.Handler {
	return job.Handler{Kind: recontactKind, Timeout: 10 * time.Minute, Run: func(ctx context.Context, run job.Run) error {
		var args recontactArgs
		if err := json.Unmarshal(run.Args, &args); err != nil {
			return job.Permanent(err)
		}
		for _, contact := range args.Contacts {
			for after, more := int64(0), true; more; {
				err := d.Write(ctx, func(tx *db.Tx) (err error) {
					after, more, err = s.recontact(tx, contact, after)
					return err
				})
				if err != nil {
					return err
				}
			}
		}
		return nil
	}}
}

// recontact does some of the tickets of a contact, and says where the next begin.
func (s *Service) recontact(tx *db.Tx, contact, after int64) (next int64, more bool, err error) {
	found, err := s.records.Related(tx, people.System, relation.Related{FromType: "contacts", IDs: []int64{contact}, ToType: Object,
		After: map[int64]int64{contact: after}, Limit: recontactStep})
	if err != nil {
		return 0, false, err
	}
	page := found[contact]
	for _, e := range page.To {
		r, err := s.records.Any(tx, Object, e.ID)
		if err != nil {
			return 0, false, err
		}
		if err := s.primaryContact(tx, r); err != nil {
			return 0, false, err
		}
	}
	return page.Next, page.Next != 0, nil
}

// primaryContact makes the contact of a ticket one that it is associated with: the one it has if that is, else the oldest.
func (s *Service) primaryContact(tx *db.Tx, r record.Record) error {
	current := parse(r.Properties[Contact])
	if current != 0 {
		related, err := s.records.AreRelated(tx, Object, r.ID, "contacts", current)
		if err != nil || related {
			return err
		}
	}
	first, ok, err := s.records.FirstRelated(tx, Object, r.ID, "contacts")
	if err != nil || !ok && current == 0 {
		return err
	}
	contact := ""
	if ok {
		contact = id.Format(first)
	}
	_, err = s.records.Derive(tx, people.System, Object, r.ID, map[string]string{Contact: contact}, "")
	return err
}
