package derive

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// rolled are the properties of a type that say what happened around its records.
type rolled struct {
	count, contacts     string
	last, contacted     string
	next                string
	messages, addressed []string // what messages keep, where they count too: when something was said, when we said something
}

// rollups are the types whose records tell of their activities (behaviour.md 3).
var rollups = map[string]rolled{
	"tickets": {"num_notes", "hs_num_times_contacted", "hs_lastactivitydate", "hs_lastcontacted", "hs_nextactivitydate",
		[]string{"hs_last_message_received_at", "hs_last_message_sent_at"}, []string{"hs_last_message_sent_at"}},
	"deals": {"num_notes", "num_contacted_notes", "notes_last_updated", "notes_last_contacted", "notes_next_activity_date", nil, nil},
}

// activities are the types that count, and whether one of it is a contact with the customer.
var activities = map[string]bool{"notes": false, "tasks": false, "calls": true, "emails": true, "meetings": true, "communications": true}

// Activities keeps what records say of their notes, tasks, calls, e-mails and meetings.
type Activities struct {
	db      *db.DB
	props   *property.Registry
	records *record.Store
}

// NewActivities returns the keeper.
func NewActivities(d *db.DB, props *property.Registry, records *record.Store) *Activities {
	return &Activities{d, props, records}
}

// Reactor keeps counts and dates true while activities come, go and change.
func (a *Activities) Reactor() event.Reactor {
	var types []string
	for _, what := range []string{"created", "changed", "archived", "restored", "associated", "dissociated"} {
		for _, singular := range []string{"note", "task", "call", "email", "meeting", "communication"} {
			types = append(types, singular+"."+what)
		}
	}
	return event.Reactor{Name: "activities", Types: types, React: func(tx *db.Tx, e event.Event) error {
		r, err := a.records.Any(tx, e.ObjectType, e.ObjectID)
		if errs.Is(err, errs.NotFound) {
			return nil // gone for good meanwhile
		}
		if err != nil {
			return err
		}
		return a.react(tx, e, r)
	}}
}

func (a *Activities) react(tx *db.Tx, e event.Event, activity record.Record) error {
	linked := func(l record.Linked, by int) error {
		if first, err := a.first(tx, activity.ObjectType, l); err != nil || !first {
			return err
		}
		return a.tell(tx, l.ToType, l.ToID, activity, by)
	}
	switch _, what, _ := strings.Cut(e.Type, "."); what {
	case "created":
		made, err := event.Data[record.Created](e)
		for _, l := range made.Links {
			if err == nil {
				err = linked(l, 1)
			}
		}
		return err
	case "associated", "dissociated":
		l, err := event.Data[record.Linked](e)
		if err != nil || activity.Archived {
			return err
		}
		return linked(l, map[string]int{"associated": 1, "dissociated": -1}[what])
	case "archived":
		return a.tellAll(tx, activity, -1)
	case "restored":
		return a.tellAll(tx, activity, 1)
	}
	changed, err := event.Data[record.Changed](e)
	_, moved := changed.Changes[happened]
	_, done := changed.Changes[taskStatus]
	if err != nil || !moved && !done || activity.Archived {
		return err
	}
	return a.tellAll(tx, activity, 0)
}

// first reports whether a relation is the unlabelled one, which every related pair has once.
func (a *Activities) first(tx *db.Tx, objectType string, l record.Linked) (bool, error) {
	if _, ok := rollups[l.ToType]; !ok {
		return false, nil
	}
	from, err := a.props.Type(tx, objectType)
	if err != nil {
		return false, err
	}
	to, err := a.props.Type(tx, l.ToType)
	if err != nil {
		return false, err
	}
	plain, ok, err := a.records.AssociationTypes().Find(tx, from, to, 0)
	return ok && plain.ID == l.TypeID, err
}

func (a *Activities) tellAll(tx *db.Tx, activity record.Record, by int) error {
	for objectType := range rollups {
		linked, err := a.records.Associated(tx, people.System, activity.ObjectType, []int64{activity.ID}, objectType)
		if err != nil {
			return err
		}
		var told []int64
		for _, l := range linked[activity.ID] {
			if slices.Contains(told, l.ID) {
				continue
			}
			told = append(told, l.ID)
			if err := a.tell(tx, objectType, l.ID, activity, by); err != nil {
				return err
			}
		}
	}
	return nil
}

// tell has a record count one activity more or less. One more is all that is looked at; with one less, or one that changed,
// the record's dates are looked up anew.
func (a *Activities) tell(tx *db.Tx, objectType string, recordID int64, activity record.Record, by int) error {
	of := rollups[objectType]
	var found dates
	if by <= 0 {
		var err error
		if found, err = a.dates(tx, objectType, recordID); err != nil {
			return err
		}
	}
	before := ""
	_, err := a.records.Amend(tx, people.System, objectType, recordID, func(r record.Record) map[string]string {
		before = r.Properties[of.next]
		set := map[string]string{of.count: plus(r.Properties[of.count], by)}
		if contacts(activity) {
			set[of.contacts] = plus(r.Properties[of.contacts], by)
		}
		if by > 0 {
			found = of.with(r, activity, tx.Now)
		} else {
			found.last, found.contacted = latest(found.last, r, of.messages), latest(found.contacted, r, of.addressed)
		}
		set[of.last], set[of.contacted], set[of.next] = found.last, found.contacted, found.next
		return set
	}, "")
	if errs.Is(err, errs.NotFound) {
		return nil // in the trash: what it says is of then
	}
	if err != nil || found.next == before {
		return err
	}
	return remind(tx, objectType, recordID, found.next)
}

// contacts reports whether an activity is a contact that we made with the customer.
func contacts(activity record.Record) bool {
	return activities[activity.ObjectType] && activity.Properties["hs_email_direction"] != "INCOMING_EMAIL"
}

// dates are when activities of a record were and will be, "" for never.
type dates struct{ last, contacted, next string }

// with are a record's dates with one more activity.
func (of rolled) with(r record.Record, activity record.Record, now time.Time) dates {
	d := dates{r.Properties[of.last], r.Properties[of.contacted], r.Properties[of.next]}
	at, instant := activity.Properties[happened], property.FormatTime(now)
	switch {
	case at == "":
	case at <= instant:
		d.last = max(d.last, at)
		if contacts(activity) {
			d.contacted = max(d.contacted, at)
		}
	case planned(activity) && (d.next <= instant || at < d.next):
		d.next = at
	}
	return d
}

// planned reports whether an activity is one that is still to come: a meeting, or a task that is not done.
func planned(activity record.Record) bool {
	return activity.ObjectType == "meetings" || activity.ObjectType == "tasks" && activity.Properties[taskStatus] != "COMPLETED"
}

// latest is the latest of an instant and of properties.
func latest(at string, r record.Record, names []string) string {
	for _, name := range names {
		at = max(at, r.Properties[name])
	}
	return at
}

const selectDates = `SELECT
max(CASE WHEN o.occurred_at <= $1 THEN o.occurred_at END),
max(CASE WHEN o.occurred_at <= $1 AND (o.object_type IN ('calls', 'meetings', 'communications')
  OR o.object_type = 'emails' AND coalesce(o.props->>'hs_email_direction', '') <> 'INCOMING_EMAIL') THEN o.occurred_at END),
min(CASE WHEN o.occurred_at > $1 AND (o.object_type = 'meetings' OR o.object_type = 'tasks' AND o.stage_id <> 'COMPLETED') THEN o.occurred_at END)
FROM associations a JOIN objects o ON o.id = a.to_id
WHERE a.from_type = $2 AND a.from_id = $3 AND a.to_type IN ('notes', 'tasks', 'calls', 'emails', 'meetings', 'communications') AND o.archived_at IS NULL`

// dates looks up when activities of a record were and will be.
func (a *Activities) dates(tx *db.Tx, objectType string, recordID int64) (dates, error) {
	d, _, err := db.One(tx, func(s db.Scanner) (d dates, err error) {
		var at [3]*int64
		if err := s.Scan(&at[0], &at[1], &at[2]); err != nil {
			return d, err
		}
		for i, to := range []*string{&d.last, &d.contacted, &d.next} {
			if at[i] != nil {
				*to = property.FormatTime(time.UnixMicro(*at[i]))
			}
		}
		return d, nil
	}, selectDates, tx.Micros(), objectType, recordID)
	return d, err
}

func plus(n string, by int) string {
	was, _ := strconv.Atoi(n)
	return strconv.Itoa(max(0, was+by))
}

const nextKind = "activities.next"

type nextArgs struct {
	ObjectType string `json:"objectType"`
	ID         int64  `json:"id,string"`
}

// remind has a record looked at again when its next activity is no longer to come.
func remind(tx *db.Tx, objectType string, recordID int64, next string) error {
	at, ok := property.ParseTime(next)
	if !ok || !at.After(tx.Now) {
		return nil
	}
	_, err := job.Enqueue(tx, job.Spec{Kind: nextKind, Key: objectType + ":" + id.Format(recordID) + "@" + next, Args: nextArgs{objectType, recordID}, Due: at})
	return err
}

// NextHandler moves records on to their next activity when the one before has come.
func (a *Activities) NextHandler() job.Handler {
	return job.Handler{Kind: nextKind, Run: func(ctx context.Context, run job.Run) error {
		var args nextArgs
		if err := json.Unmarshal(run.Args, &args); err != nil {
			return job.Permanent(err)
		}
		return a.db.Write(ctx, func(tx *db.Tx) error {
			of := rollups[args.ObjectType]
			found, err := a.dates(tx, args.ObjectType, args.ID)
			if err != nil {
				return err
			}
			_, err = a.records.Amend(tx, people.System, args.ObjectType, args.ID, func(r record.Record) map[string]string {
				return map[string]string{of.next: found.next, of.last: latest(found.last, r, of.messages), of.contacted: latest(found.contacted, r, of.addressed)}
			}, "")
			if err != nil && !errs.Is(err, errs.NotFound) {
				return err
			}
			if err := remind(tx, args.ObjectType, args.ID, found.next); err != nil {
				return err
			}
			return run.Complete(tx)
		})
	}}
}
