// Package erase deletes records for good (REC-5): at once what they are found by, and step by step all that was kept of them, here and in
// the packages that say so. It owns the order in which that goes; it does not know what others keep.
package erase

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
)

// What is erased.
type What struct {
	ObjectType string   `json:"objectType"`
	ID         int64    `json:"id,string"`
	Person     bool     `json:"person,omitempty"` // somebody had themself erased: what others keep of them goes too, wherever it is
	Emails     []string `json:"emails,omitempty"` // the person's addresses,
	Phones     []string `json:"phones,omitempty"` // their numbers, of digits alone,
	Names      []string `json:"names,omitempty"`  // and the words of their whole name, in lower case; none where it is not known
	Keep       bool     `json:"keep,omitempty"`   // the record stays, without what was said
	Old        bool     `json:"old,omitempty"`    // it was in the trash for ninety days: what is younger has nothing of it
}

// Cursor is how far a part has come; the zero value is its beginning.
type Cursor int64

// Part is what another package keeps of records. Step erases some of it, in a transaction that is short, and says where to go on;
// false when it is done. It may run again from the beginning.
type Part struct {
	Name string
	Step func(tx *db.Tx, w What, from Cursor) (next Cursor, more bool, err error)
}

// Service erases records.
type Service struct {
	db      *db.DB
	records *record.Store
	props   *property.Registry
	index   *search.Index
	parts   []Part
}

// New returns the service. Parts run in their order, before the relations and the history of the record go.
func New(d *db.DB, records *record.Store, props *property.Registry, index *search.Index, parts ...Part) *Service {
	return &Service{db: d, records: records, props: props, index: index, parts: parts}
}

// Erase deletes a record for good, whether it is in the trash or not; the actor must be allowed to delete it. Nothing finds it from then
// on; jobs remove what is left. The audit log keeps that it happened, and nothing of whom it was.
func (s *Service) Erase(tx *db.Tx, by people.Actor, objectType string, n int64) error {
	t, err := s.props.Type(tx, objectType)
	if err != nil {
		return err
	}
	now, err := record.Current(tx, []int64{n})
	if err != nil {
		return err
	}
	if err := record.Lock(tx, now[0]); err != nil {
		return err
	}
	r, err := s.records.Any(tx, t.Name, now[0])
	if err != nil {
		return err
	}
	if err := s.may(by, t, r); err != nil {
		return err
	}
	return s.erase(tx, by, t, r, audit.Erased)
}

// may checks that the actor may delete a record, in the trash or not.
func (s *Service) may(by people.Actor, t property.ObjectType, r record.Record) error {
	own := people.Ownership{Owner: number(r.Properties["hubspot_owner_id"]), Team: number(r.Properties["hubspot_team_id"])}
	switch {
	case t.Mirror && by.Kind != event.System:
		return errs.Newf(errs.Denied, "%s cannot be deleted here.", t.LabelPlural)
	case !by.Scope(people.View, t.Name).Allows(own):
		return errs.Newf(errs.NotFound, "There is no such %s.", t.Singular).WithCode("OBJECT_NOT_FOUND")
	case by.IsPerson() && !by.May(people.ManageAccount):
		return errs.New(errs.Denied, "Only an admin may delete for good.", nil)
	}
	return by.Check(people.Delete, t.Name, own)
}

func number(s string) int64 {
	n, err := id.Parse("id", s)
	if err != nil {
		return 0
	}
	return n
}

// erase puts a record out of sight, and leaves the rest to a job.
func (s *Service) erase(tx *db.Tx, by people.Actor, t property.ObjectType, r record.Record, action string) error {
	if !r.Archived {
		if err := s.records.Archive(tx, people.System, t.Name, r.ID); err != nil {
			return err
		}
	}
	w := What{ObjectType: t.Name, ID: r.ID, Old: action == audit.Deleted}
	if action == audit.Erased && t.Name == "contacts" {
		w.person(r)
		if err := s.block(tx, w); err != nil {
			return err
		}
	}
	if action == audit.Erased {
		event.Emit(tx, event.Event{Type: t.Events + ".erased", ObjectType: t.Name, ObjectID: r.ID, Actor: by.As(), Data: struct{}{}})
	}
	if err := people.Audit(tx, by, audit.Entry{Action: action, ObjectType: t.Name, ObjectID: r.ID}); err != nil {
		return err
	}
	return later(tx, w)
}

// block keeps addresses from being a contact's again, and has those other contacts erased that are in the trash with them.
func (s *Service) block(tx *db.Tx, w What) error {
	for _, e := range w.Emails {
		if err := s.records.BlockEmail(tx, e); err != nil {
			return err
		}
	}
	old, err := record.TrashedContacts(tx, w.Emails)
	for _, n := range old {
		if err == nil && n != w.ID {
			err = later(tx, What{ObjectType: "contacts", ID: n, Person: true, Emails: w.Emails, Phones: w.Phones, Names: w.Names})
		}
	}
	return err
}

func later(tx *db.Tx, w What) error {
	return job.Ensure(tx, job.Spec{Kind: eraseKind, Key: fmt.Sprintf("%s:%d", w.ObjectType, w.ID), Args: w})
}

// Gone leaves the erasing of a record that is in the trash, with all that was said about it.
func Gone(tx *db.Tx, objectType string, n int64) error {
	return later(tx, What{ObjectType: objectType, ID: n})
}

// Redact leaves the erasing of what was said about a record that stays.
func Redact(tx *db.Tx, objectType string, n int64) error {
	return later(tx, What{ObjectType: objectType, ID: n, Keep: true})
}

func emails(r record.Record) []string {
	var out []string
	for a := range strings.SplitSeq(r.Properties["email"]+";"+r.Properties["hs_additional_emails"], ";") {
		if a != "" {
			out = append(out, a)
		}
	}
	return out
}

// forgetMerges erases the records that were merged into one, too: they are what it was made of.
func (s *Service) forgetMerges(tx *db.Tx, t property.ObjectType, r record.Record) error {
	old, err := db.List(tx, db.Col[int64], "SELECT merged_id FROM merged_records WHERE survivor_id = $1", r.ID)
	if err != nil {
		return err
	}
	for _, n := range old {
		if err := later(tx, What{ObjectType: t.Name, ID: n}); err != nil {
			return err
		}
	}
	for _, statement := range []string{"DELETE FROM merged_records WHERE survivor_id = $1", "DELETE FROM merges WHERE primary_id = $1",
		"DELETE FROM merges WHERE merged_id = $1"} {
		if _, err := tx.Exec(statement, r.ID); err != nil {
			return err
		}
	}
	return nil
}

// BlockEmail erases the contact of an e-mail address, if there is one, and keeps the address from being made a contact again by people,
// apps and imports (HubSpot's gdpr-delete by address). Who writes to us from it becomes one all the same.
func (s *Service) BlockEmail(tx *db.Tx, by people.Actor, email string) error {
	n, ok, err := s.records.FindBy(tx, "contacts", "email", email)
	if err != nil {
		return err
	}
	if ok {
		return s.Erase(tx, by, "contacts", n)
	}
	if by.IsPerson() && !by.May(people.ManageAccount) {
		return errs.New(errs.Denied, "Only an admin may delete for good.", nil)
	}
	if err := by.Check(people.Delete, "contacts", people.Ownership{}); err != nil {
		return err
	}
	if err := people.Audit(tx, by, audit.Entry{Action: audit.Erased, ObjectType: "contacts"}); err != nil {
		return err
	}
	return s.block(tx, What{Emails: []string{email}})
}

const (
	eraseKind = "record.erase"
	step      = 500
)

// Handlers run what erasing leaves to do.
func (s *Service) Handlers() []job.Handler {
	return []job.Handler{
		{Kind: eraseKind, Timeout: time.Hour, Run: s.run},
		{Kind: trashKind, Timeout: time.Hour, Run: s.emptyTrash},
	}
}

func (s *Service) run(ctx context.Context, run job.Run) error {
	var w What
	if err := json.Unmarshal(run.Args, &w); err != nil {
		return job.Permanent(err)
	}
	own := []Part{{Name: "activities", Step: s.activities}, {Name: "relations", Step: s.relations}, {Name: "history", Step: s.history}}
	for _, p := range slices.Concat([]Part{{Name: "row", Step: s.row}}, s.parts, own) {
		var from Cursor
		for more := true; more; {
			var next Cursor
			err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
				next, more, err = p.Step(tx, w, from)
				return err
			})
			if err != nil {
				return fmt.Errorf("erase %s %d, %s: %w", w.ObjectType, w.ID, p.Name, err)
			}
			from = next
		}
	}
	return nil
}

// row removes the row of a record, and what it is found by. Who took it out of the trash meanwhile was late.
func (s *Service) row(tx *db.Tx, w What, _ Cursor) (Cursor, bool, error) {
	if w.Keep {
		return 0, false, nil
	}
	t, err := s.props.Type(tx, w.ObjectType)
	if err != nil {
		return 0, false, err
	}
	r, err := s.records.Any(tx, t.Name, w.ID)
	switch {
	case errs.Is(err, errs.NotFound):
		return 0, false, nil
	case err != nil:
		return 0, false, err
	case !r.Archived:
		return 0, true, s.records.Archive(tx, people.System, t.Name, r.ID)
	}
	if err := s.index.Forget(tx, t, r.ID); err != nil {
		return 0, false, err
	}
	if err := s.forgetMerges(tx, t, r); err != nil {
		return 0, false, err
	}
	return 0, false, s.records.Discard(tx, t.Name, r.ID)
}

// activities are what is written down about people: it goes with them.
var activities = []string{"notes", "tasks", "calls", "emails", "meetings", "communications", "feedback_submissions"}

// activitiesStep is how many records a transaction has erased.
const activitiesStep = 20

func (s *Service) activities(tx *db.Tx, w What, from Cursor) (Cursor, bool, error) {
	if !w.Person {
		return 0, false, nil
	}
	type one struct {
		objectType string
		id         int64
	}
	var all []one
	for _, t := range activities {
		ids, err := s.records.Traces(tx, w.ObjectType, w.ID, t, int64(from), activitiesStep)
		if err != nil {
			return 0, false, err
		}
		for _, n := range ids {
			all = append(all, one{t, n})
		}
	}
	slices.SortFunc(all, func(a, b one) int { return cmp.Compare(a.id, b.id) })
	all = all[:min(len(all), activitiesStep)]
	for _, a := range all {
		if err := s.records.Archive(tx, people.System, a.objectType, a.id); err != nil && !errs.Is(err, errs.NotFound) {
			return 0, false, err
		}
		if err := Gone(tx, a.objectType, a.id); err != nil {
			return 0, false, err
		}
		from = Cursor(a.id)
	}
	return from, len(all) > 0, nil
}

func (s *Service) relations(tx *db.Tx, w What, _ Cursor) (Cursor, bool, error) {
	if w.Keep {
		return 0, false, nil
	}
	t, err := s.props.Type(tx, w.ObjectType)
	if err != nil {
		return 0, false, err
	}
	more, err := s.records.Drop(tx, t, w.ID, step)
	return 0, more, err
}

// history erases what values a record had, and what its events tell of them.
func (s *Service) history(tx *db.Tx, w What, _ Cursor) (Cursor, bool, error) {
	n, err := tx.Exec("DELETE FROM record_changes WHERE id IN (SELECT id FROM record_changes WHERE record_id = $1 AND object_type = $2 LIMIT $3)", w.ID, w.ObjectType, step)
	if err != nil || n == step {
		return 0, true, err
	}
	more, err := event.Forget(tx, w.ObjectType, []int64{w.ID}, step)
	if err != nil || more || !w.Keep {
		return 0, more, err
	}
	return 0, false, Reindexer(s.props, s.index)(tx, w.ObjectType, w.ID)
}

// Reindexer returns what has not a word stay in the search index that a record, or what is said about it, does not hold any more.
func Reindexer(props *property.Registry, index *search.Index) func(tx *db.Tx, objectType string, n int64) error {
	return func(tx *db.Tx, objectType string, n int64) error {
		t, err := props.Type(tx, objectType)
		if err != nil {
			return err
		}
		if err := index.Forget(tx, t, n); err != nil {
			return err
		}
		search.Took(tx, t, n)
		return nil
	}
}
