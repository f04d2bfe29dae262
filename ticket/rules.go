// Package ticket owns the rules of ticket state: pipelines and statuses, owner and team, closing and reopening, and what
// users mark tickets with. It is the only writer of tickets, through the record engine, and knows nothing of messages.
package ticket

import (
	"slices"
	"strconv"
	"time"

	"github.com/deskbell/deskbell/crm/copied"
	"github.com/deskbell/deskbell/crm/derive"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// Object is the tickets' object type.
const Object = "tickets"

// Property names that the rules read and write. HubSpot's where it has them.
const (
	Subject      = "subject"
	Pipeline     = "hs_pipeline"
	Stage        = "hs_pipeline_stage"
	Owner        = "hubspot_owner_id"
	Team         = "hubspot_team_id"
	OwnerSince   = "hubspot_owner_assigneddate"
	Created      = "createdate"
	Closed       = "closed_date"
	LastClosed   = "hs_last_closed_date"
	TimeToClose  = "time_to_close"
	Reopened     = "hs_ticket_reopened_at"
	Source       = "source_type"
	Contact      = "desk_contact_id"
	Open         = "desk_open"
	Spam         = "desk_spam"
	SnoozedUntil = "desk_snoozed_until"
	ActiveAt     = "desk_active_at"
	LastFrom     = "desk_last_from"
	Preview      = "desk_preview"
	LastReceived = "hs_last_message_received_at"
	LastSent     = "hs_last_message_sent_at"

	IsClosed        = "hs_is_closed"
	AssignedTeams   = "hs_assigned_team_ids"
	FirstAssignment = "hs_time_to_first_rep_assignment"
	Touches         = "hs_number_of_touches"
	OneTouch        = "hs_is_one_touch_ticket"
)

// DateTime is the form of instants in properties.
func DateTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// ParseDateTime reads DateTime's form; zero for "".
func ParseDateTime(s string) time.Time {
	t, err := time.Parse("2006-01-02T15:04:05.000Z", s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// Rules are the tickets' part of every write of the record engine, whoever asked for it.
type Rules struct {
	pipelines *pipeline.Store
	people    *people.Service
}

// NewRules returns the rules.
func NewRules(p *pipeline.Store, s *people.Service) *Rules { return &Rules{pipelines: p, people: s} }

// Prepare checks and completes a write of a ticket.
func (r *Rules) Prepare(tx *db.Tx, by people.Actor, w *record.Write) error {
	if err := r.status(tx, w); err != nil {
		return err
	}
	if err := r.owner(tx, w); err != nil {
		return err
	}
	if w.Create {
		w.Set[ActiveAt], w.Set[InHelpDesk] = DateTime(tx.Now), "true"
		if w.Set[Spam] == "" {
			w.Set[Spam] = "false"
		}
		if i := slices.IndexFunc(w.Links, func(l record.Link) bool { return l.ToType == "contacts" }); i >= 0 && w.Set[Contact] == "" {
			w.Set[Contact] = id.Format(w.Links[i].ToID)
		}
	}
	if until, ok := w.Set[SnoozedUntil]; ok {
		w.Set[SnoozedForAll] = ""
		if until != "" {
			w.Set[SnoozedForAll] = "true"
		}
	}
	recount(tx, w)
	return nil
}

// Gather has new tickets repeat what their contacts and companies are called.
func (*Rules) Gather(tx *db.Tx, s *record.Store, made []*record.Write) error {
	return copied.Gather(tx, s, made)
}

// status resolves pipeline and status, and derives what follows from a move (STAT-6; behaviour.md 2 and 20).
func (r *Rules) status(tx *db.Tx, w *record.Write) error {
	all, err := r.pipelines.All(tx, Object)
	if err != nil {
		return err
	}
	_, stage, isMove, err := derive.Place(all, w)
	if isMove {
		moved(tx, w, stage)
	}
	return err
}

// moved derives what a ticket that enters a status has: dates, durations, open or closed.
func moved(tx *db.Tx, w *record.Write, to pipeline.Stage) {
	now := DateTime(tx.Now)
	derive.Moved(tx, w, to)
	w.Set[Open], w.Set[IsClosed] = strconv.FormatBool(!to.Closed), strconv.FormatBool(to.Closed)
	wasOpen := w.Create || w.Before[Open] == "true"
	switch {
	case to.Closed && wasOpen:
		w.Set[Closed], w.Set[LastClosed], w.Set[TimeToClose] = now, now, age(tx, w.Get(Created))
		w.Set[OneTouch] = strconv.FormatBool(w.Get(Touches) == "1")
	case !to.Closed && !wasOpen:
		w.Set[Closed], w.Set[TimeToClose], w.Set[OneTouch] = "", "", ""
		w.Set[Reopened] = now
		reopens, _ := strconv.Atoi(w.Before["desk_reopens"])
		w.Set["desk_reopens"] = strconv.Itoa(reopens + 1)
	}
}

// owner checks a new owner or team and derives the team and dates (behaviour.md 3.3; ROUTE-4).
func (r *Rules) owner(tx *db.Tx, w *record.Write) error {
	dir, u, err := derive.Owned(tx, r.people, w)
	if err != nil || dir == nil {
		return err
	}
	if u.ID != 0 && !u.InWorkspace() {
		return errs.Bad(Owner, "INVALID_OPTION", "The owner must be an active user with a service seat.")
	}
	derive.Follow(tx, w, dir, u)
	assigned(tx, w, u)
	return nil
}

// assigned derives which teams a ticket was given to, which stays when the owner goes, and how long it waited for an owner.
func assigned(tx *db.Tx, w *record.Write, u people.User) {
	if team := w.Get(Team); team != "" {
		w.Set[AssignedTeams] = team
	}
	w.Set[OwnerType] = ""
	if w.Get(Owner) != "" {
		w.Set[OwnerType] = human
	}
	if u.ID == 0 || w.Before[FirstAssignment] != "" {
		return
	}
	w.Set[FirstAssignment], w.Set[FirstAssignee] = age(tx, w.Get(Created)), human
}
