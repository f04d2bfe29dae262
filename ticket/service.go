package ticket

import (
	"maps"
	"time"

	"github.com/deskbell/deskbell/crm/column"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// Service is the ticket's commands. Each composes into the caller's transaction.
type Service struct {
	records   *record.Store
	pipelines *pipeline.Store
	marks     *column.Sets // the tickets that each user marked with what is listed
}

// New returns the service.
func New(records *record.Store, pipelines *pipeline.Store) *Service {
	return &Service{records: records, pipelines: pipelines, marks: records.Sets("marks", members())}
}

// New tickets are made of properties and whom they concern; the first contact is the primary one.
type NewTicket struct {
	Properties map[string]string
	Contacts   []int64
	Companies  []int64
	Reason     string
	First      *Activity // the message that it is made for; only the program's own actors may give it
}

// Association type ids, HubSpot's own (hubspot-api.md, Associations).
const (
	toContact        = 16
	toCompany        = 339
	toPrimaryCompany = 26
)

// Create makes a ticket. Without a pipeline and status it goes to the first open status of the first pipeline.
func (s *Service) Create(tx *db.Tx, by people.Actor, n NewTicket) (record.Record, error) {
	props := maps.Clone(n.Properties)
	if props == nil {
		props = map[string]string{}
	}
	if n.First != nil {
		maps.Copy(props, n.First.properties(tx, record.Record{}))
	}
	in := record.Input{Properties: props, Reason: n.Reason}
	for _, c := range n.Contacts {
		in.Links = append(in.Links, record.Link{FromType: Object, ToType: "contacts", ToID: c, TypeID: toContact})
	}
	for i, c := range n.Companies {
		if i == 0 {
			in.Links = append(in.Links, record.Link{FromType: Object, ToType: "companies", ToID: c, TypeID: toPrimaryCompany})
		}
		in.Links = append(in.Links, record.Link{FromType: Object, ToType: "companies", ToID: c, TypeID: toCompany})
	}
	r, err := s.records.Create(tx, by, Object, in)
	if err == nil {
		tx.Put(unmarkedKey{r.ID}, true)
	}
	return r, err
}

// FirstOpen returns the pipeline and the first open status that new tickets take when nothing says otherwise.
func (s *Service) FirstOpen(tx *db.Tx) (pipelineID, stageID string, err error) {
	all, err := s.pipelines.All(tx, Object)
	if err != nil {
		return "", "", err
	}
	for _, p := range all {
		for _, st := range p.Stages {
			if !st.Closed {
				return p.ID, st.ID, nil
			}
		}
	}
	return "", "", errs.New(errs.Internal, "there is no open ticket status", nil)
}

// Get reads a ticket that the actor may view.
func (s *Service) Get(tx *db.Tx, by people.Actor, ticketID int64) (record.Record, error) {
	return s.records.Get(tx, by, Object, ticketID)
}

// Hold reads a ticket that something is to be added to, and makes a merge wait that would take what is there along: what
// is added to a ticket that is being merged goes to the merged one.
func (s *Service) Hold(tx *db.Tx, by people.Actor, ticketID int64) (r record.Record, err error) {
	for {
		if err := record.LockNext(tx, ticketID); err != nil {
			return r, err
		}
		if r, err = s.Get(tx, by, ticketID); err != nil || r.ID == ticketID {
			return r, err
		}
		ticketID = r.ID
	}
}

// SetStatus moves a ticket to a status of its pipeline, or of another.
func (s *Service) SetStatus(tx *db.Tx, by people.Actor, ticketID int64, stageID, reason string) error {
	_, err := s.records.Update(tx, by, Object, ticketID, map[string]string{Stage: stageID}, reason)
	return err
}

// Assign gives a ticket to a user, or to a team without a user, or to nobody (0, 0).
func (s *Service) Assign(tx *db.Tx, by people.Actor, ticketID, owner, team int64, reason string) error {
	props := map[string]string{Owner: reference(owner)}
	if owner == 0 {
		props[Team] = reference(team)
	}
	_, err := s.records.Update(tx, by, Object, ticketID, props, reason)
	return err
}

func reference(n int64) string {
	if n == 0 {
		return ""
	}
	return id.Format(n)
}

// SetSpam moves a ticket to the Spam view or back (SPAM-1).
func (s *Service) SetSpam(tx *db.Tx, by people.Actor, ticketID int64, spam bool) error {
	value, reason := "false", "marked as not spam"
	if spam {
		value, reason = "true", "marked as spam"
	}
	if err := s.mayEdit(tx, by, ticketID); err != nil {
		return err
	}
	_, err := s.records.Derive(tx, by, Object, ticketID, map[string]string{Spam: value}, reason)
	return err
}

func (s *Service) mayEdit(tx *db.Tx, by people.Actor, ticketID int64) error {
	r, err := s.records.Get(tx, by, Object, ticketID)
	if err != nil {
		return err
	}
	return by.Check(people.Edit, Object, OwnershipOf(r))
}

// OwnershipOf is what the permission check needs of a ticket.
func OwnershipOf(r record.Record) people.Ownership {
	return people.Ownership{Owner: parse(r.Properties[Owner]), Team: parse(r.Properties[Team])}
}

func parse(s string) int64 {
	if s == "" {
		return 0
	}
	n, err := id.Parse("id", s)
	if err != nil {
		return 0
	}
	return n
}

const snoozeKind = "ticket.wake"

type snoozeArgs struct {
	Ticket int64 `json:"ticket"`
	Until  int64 `json:"until"` // microseconds; a job for another time than the ticket's is of an older snooze
}

// Snooze hides an open ticket until a time or the contact's next message (TICK-7).
func (s *Service) Snooze(tx *db.Tx, by people.Actor, ticketID int64, until time.Time) error {
	if !until.After(tx.Now) {
		return errs.Bad("until", "INVALID_DATE", "Choose a time in the future.")
	}
	if err := s.mayEdit(tx, by, ticketID); err != nil {
		return err
	}
	until = until.UTC().Truncate(time.Millisecond)
	if _, err := s.records.Derive(tx, by, Object, ticketID, map[string]string{SnoozedUntil: DateTime(until)}, "snoozed"); err != nil {
		return err
	}
	_, err := job.Enqueue(tx, job.Spec{Kind: snoozeKind, Key: id.Format(ticketID) + "@" + DateTime(until),
		Args: snoozeArgs{ticketID, until.UnixMicro()}, Due: until})
	return err
}

// Wake ends a snooze.
func (s *Service) Wake(tx *db.Tx, by people.Actor, ticketID int64) error {
	if err := s.mayEdit(tx, by, ticketID); err != nil {
		return err
	}
	_, err := s.records.Derive(tx, by, Object, ticketID, map[string]string{SnoozedUntil: ""}, "snooze ended")
	return err
}

// Archive puts a ticket in the trash; Restore takes it out (REC-5).
func (s *Service) Archive(tx *db.Tx, by people.Actor, ticketID int64) error {
	return s.records.Archive(tx, by, Object, ticketID)
}

// Restore takes a ticket out of the trash.
func (s *Service) Restore(tx *db.Tx, by people.Actor, ticketID int64) error {
	return s.records.Restore(tx, by, Object, ticketID)
}

// WasReopened reports whether a ticket was ever closed and opened again (AUTO-3).
func WasReopened(r record.Record) bool { return r.Properties[Reopened] != "" }

// PrimaryContact keeps desk_contact_id true when contacts are linked and unlinked; it is a reactor.
func (s *Service) PrimaryContact() event.Reactor {
	return event.Reactor{Name: "ticket.contact", Types: []string{"ticket.associated", "ticket.dissociated"},
		React: func(tx *db.Tx, e event.Event) error {
			linked, err := event.Data[record.Linked](e)
			if err != nil || linked.ToType != "contacts" || linked.TypeID != toContact {
				return err
			}
			r, err := s.records.Get(tx, people.System, Object, e.ObjectID)
			if err != nil {
				return err
			}
			if e.Type == "ticket.associated" && r.Properties[Contact] == id.Format(linked.ToID) {
				return nil
			}
			return s.primaryContact(tx, r)
		}}
}
