// Package ticket owns the rules of ticket state: pipelines and statuses, owner and team, closing and reopening, and what
// users mark tickets with. It is the only writer of tickets, through the record engine, and knows nothing of messages.
package ticket

import (
	"fmt"
	"slices"
	"strconv"
	"time"

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
		w.Set[ActiveAt] = DateTime(tx.Now)
		if w.Set[Spam] == "" {
			w.Set[Spam] = "false"
		}
		if i := slices.IndexFunc(w.Links, func(l record.Link) bool { return l.ToType == "contacts" }); i >= 0 && w.Set[Contact] == "" {
			w.Set[Contact] = id.Format(w.Links[i].ToID)
		}
	}
	return recount(tx, w)
}

// status resolves pipeline and status, and derives what follows from a move (STAT-6; behaviour.md 2 and 20).
func (r *Rules) status(tx *db.Tx, w *record.Write) error {
	_, stageSet := w.Set[Stage]
	_, pipelineSet := w.Set[Pipeline]
	if !w.Create && !stageSet && !pipelineSet {
		return nil
	}
	// A pipeline that was named and is the ticket's already binds the status all the same.
	_, named := w.Asked[Pipeline]
	pipelineSet = pipelineSet || named
	all, err := r.pipelines.All(tx, Object)
	if err != nil {
		return err
	}
	p, stage, err := resolve(all, w, stageSet, pipelineSet)
	if err != nil {
		return err
	}
	w.Set[Pipeline] = p.ID
	if w.Create || w.Before[Stage] != stage.ID {
		moved(tx, w, stage)
	}
	return nil
}

func resolve(all []pipeline.Pipeline, w *record.Write, stageSet, pipelineSet bool) (pipeline.Pipeline, pipeline.Stage, error) {
	pipelineID, stageID := w.Get(Pipeline), w.Get(Stage)
	if pipelineSet && !stageSet && !w.Create && pipelineID != w.Before[Pipeline] {
		return pipeline.Pipeline{}, pipeline.Stage{}, errs.Bad(Stage, "REQUIRED",
			"Moving a ticket to another pipeline needs a status of that pipeline.")
	}
	if stageID == "" {
		return pipeline.Pipeline{}, pipeline.Stage{}, errs.Bad(Stage, "REQUIRED", "A ticket needs a status.")
	}
	for _, p := range all {
		for _, s := range p.Stages {
			if s.ID != stageID || pipelineSet && p.ID != pipelineID {
				continue
			}
			return p, s, nil
		}
	}
	if pipelineSet && !known(all, pipelineID) {
		return pipeline.Pipeline{}, pipeline.Stage{}, errs.Bad(Pipeline, "INVALID_OPTION", fmt.Sprintf("There is no ticket pipeline %q.", pipelineID))
	}
	return pipeline.Pipeline{}, pipeline.Stage{}, errs.Bad(Stage, "INVALID_OPTION",
		fmt.Sprintf("%q is not a status of the ticket's pipeline.", stageID))
}

func known(all []pipeline.Pipeline, id string) bool {
	for _, p := range all {
		if p.ID == id {
			return true
		}
	}
	return false
}

// moved derives what a ticket that enters a status has: dates, durations, open or closed.
func moved(tx *db.Tx, w *record.Write, to pipeline.Stage) {
	now := DateTime(tx.Now)
	w.Set[Stage] = to.ID
	w.Set[Open] = strconv.FormatBool(!to.Closed)
	w.Set["hs_date_entered_"+to.ID] = now
	if from := w.Before[Stage]; from != "" {
		w.Set["hs_date_exited_"+from] = now
		if entered := ParseDateTime(w.Before["hs_date_entered_"+from]); !entered.IsZero() {
			before, _ := strconv.ParseInt(w.Before["hs_time_in_"+from], 10, 64)
			w.Set["hs_time_in_"+from] = strconv.FormatInt(before+tx.Now.Sub(entered).Milliseconds(), 10)
		}
	}
	wasOpen := w.Create || w.Before[Open] == "true"
	switch {
	case to.Closed && wasOpen:
		w.Set[Closed], w.Set[LastClosed] = now, now
		created := ParseDateTime(w.Get(Created))
		if created.IsZero() {
			created = tx.Now
		}
		w.Set[TimeToClose] = strconv.FormatInt(tx.Now.Sub(created).Milliseconds(), 10)
	case !to.Closed && !wasOpen:
		w.Set[Closed], w.Set[TimeToClose] = "", ""
		w.Set[Reopened] = now
		reopens, _ := strconv.Atoi(w.Before["desk_reopens"])
		w.Set["desk_reopens"] = strconv.Itoa(reopens + 1)
	}
}

// owner checks a new owner or team and derives the team and dates (behaviour.md 3.3; ROUTE-4).
func (r *Rules) owner(tx *db.Tx, w *record.Write) error {
	owner, ownerSet := w.Set[Owner]
	team, teamSet := w.Set[Team]
	if !ownerSet && !teamSet {
		return nil
	}
	dir, err := r.people.Directory(tx)
	if err != nil {
		return err
	}
	if teamSet && team != "" {
		if n, err := id.Parse(Team, team); err != nil {
			return err
		} else if _, ok := dir.Team(n); !ok {
			return errs.Bad(Team, "INVALID_OPTION", "There is no such team.")
		}
	}
	if !ownerSet || owner == w.Before[Owner] {
		return nil
	}
	if owner == "" {
		// The team goes with the owner, unless the ticket is given to that team on purpose.
		if asked, ok := w.Asked[Team]; !teamSet && (!ok || asked == "") {
			w.Set[Team] = ""
		}
		w.Set[OwnerSince] = ""
		return nil
	}
	n, err := id.Parse(Owner, owner)
	if err != nil {
		return err
	}
	u, ok := dir.User(n)
	if !ok || !u.InWorkspace() {
		return errs.Bad(Owner, "INVALID_OPTION", "The owner must be an active user with a service seat.")
	}
	w.Set[OwnerSince] = DateTime(tx.Now)
	w.Set[Team] = ""
	if u.MainTeam != 0 {
		w.Set[Team] = id.Format(u.MainTeam)
	}
	return nil
}
