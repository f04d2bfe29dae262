package derive_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/derive"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// desk is a record store with the rules, and a user of a team.
type desk struct {
	*record.Store
	t     *testing.T
	d     *db.DB
	clock *clock.Fixed
	pipes *pipeline.Store
	staff *people.Service
	ann   people.User
	team  people.Team
}

func each(t *testing.T, story func(t *testing.T, k *desk)) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d := dbtest.Open(t, cfg)
		k := &desk{t: t, d: d, clock: cfg.Clock.(*clock.Fixed), staff: people.New(d, people.HashMemory(64))}
		props := property.New(d)
		k.pipes = pipeline.New(d, props)
		k.Store = record.New(d, props, search.New(d, props, nil), derive.Of(k.pipes, k.staff))
		var err error
		k.do(func(tx *db.Tx) error { k.team, err = k.staff.AddTeam(tx, people.System, "Sales"); return err })
		k.ann, err = k.staff.AddUser(context.Background(), people.System, people.NewUser{Name: "Ann", Email: "ann@example.org",
			Password: "correct horse", SuperAdmin: true, MainTeam: k.team.ID})
		if err != nil {
			t.Fatal(err)
		}
		story(t, k)
	})
}

func (k *desk) do(fn func(tx *db.Tx) error) { k.t.Helper(); dbtest.Do(k.t, k.d, fn) }

func (k *desk) make(objectType string, props map[string]string) (r record.Record) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) {
		r, err = k.Create(tx, k.ann.Actor(), objectType, record.Input{Properties: props})
		return err
	})
	return r
}

func (k *desk) set(r record.Record, props map[string]string) (after record.Record) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) {
		after, err = k.Update(tx, k.ann.Actor(), r.ObjectType, r.ID, props, "")
		return err
	})
	return after
}

// is compares properties; "" is no value.
func (k *desk) is(r record.Record, want map[string]string) {
	k.t.Helper()
	for name, v := range want {
		if r.Properties[name] != v {
			k.t.Errorf("%s of %s is %q, want %q", name, r.ObjectType, r.Properties[name], v)
		}
	}
}

// refuse runs a write that must be refused at a property.
func (k *desk) refuse(field, code, message string, fn func(tx *db.Tx) error) {
	k.t.Helper()
	e := errs.As(k.d.Write(context.Background(), fn))
	if e == nil || len(e.Fields) == 0 || e.Fields[0].Name != field || e.Fields[0].Code != code || message != "" && e.Fields[0].Message != message {
		k.t.Errorf("got %+v, want %s at %s: %s", e, code, field, message)
	}
}

func (k *desk) refuseSet(r record.Record, field, code, message string, props map[string]string) {
	k.t.Helper()
	k.refuse(field, code, message, func(tx *db.Tx) error {
		_, err := k.Update(tx, k.ann.Actor(), r.ObjectType, r.ID, props, "")
		return err
	})
}

func (k *desk) now() string { return property.FormatTime(k.clock.Now()) }

func TestDealsFollowTheirStage(t *testing.T) { // PIPE-2
	each(t, func(t *testing.T, k *desk) {
		made := k.now()
		d := k.make("deals", map[string]string{"dealname": "Big one", "dealstage": "contractsent", "amount": "1000.10", "closedate": "2027-01-31"})
		k.is(d, map[string]string{"pipeline": "default", "hs_deal_stage_probability": "0.9", "hs_is_closed": "false", "hs_is_closed_won": "false",
			"hs_projected_amount": "900.09", "hs_closed_amount": "0", "closedate": "2027-01-31T00:00:00.000Z", "hs_date_entered_contractsent": made,
			"days_to_close": "", "hs_object_source": "CRM_UI", "hs_created_by_user_id": id.Format(k.ann.ID)})
		k.clock.Advance(50 * time.Hour)
		won := k.set(d, map[string]string{"dealstage": "closedwon"})
		k.is(won, map[string]string{"hs_deal_stage_probability": "1", "hs_is_closed": "true", "hs_is_closed_won": "true", "hs_is_closed_lost": "false",
			"closedate": k.now(), "days_to_close": "2", "hs_closed_amount": "1000.1", "hs_projected_amount": "1000.1",
			"hs_date_exited_contractsent": k.now(), "hs_time_in_contractsent": "180000000"})
		lost := k.set(d, map[string]string{"dealstage": "closedlost"})
		k.is(lost, map[string]string{"hs_is_closed": "true", "hs_is_closed_won": "false", "hs_is_closed_lost": "true", "hs_closed_amount": "0",
			"hs_projected_amount": "0", "closedate": k.now()})
		open := k.set(d, map[string]string{"dealstage": "qualifiedtobuy", "hs_deal_stage_probability": "0.75", "amount": ""})
		k.is(open, map[string]string{"hs_is_closed": "false", "hs_is_closed_lost": "false", "days_to_close": "", "hs_deal_stage_probability": "0.75",
			"hs_projected_amount": "", "hs_closed_amount": ""})
		given := k.set(d, map[string]string{"dealstage": "closedwon", "closedate": "2026-12-24"})
		k.is(given, map[string]string{"closedate": "2026-12-24T00:00:00.000Z"})
	})
}

func TestDealsStayInTheirPipelines(t *testing.T) { // PIPE-2
	each(t, func(t *testing.T, k *desk) {
		var other pipeline.Pipeline
		k.do(func(tx *db.Tx) (err error) {
			other, err = k.pipes.Create(tx, people.System, "deals", "Renewals", nil)
			return err
		})
		d := k.make("deals", map[string]string{"dealname": "One", "dealstage": "contractsent", "pipeline": "default"})
		k.refuseSet(d, "dealstage", "INVALID_OPTION", `"3" is not a stage of the deal's pipeline.`, map[string]string{"dealstage": "3"})
		k.refuseSet(d, "dealstage", "REQUIRED", "Moving a deal to another pipeline needs a stage of that pipeline.", map[string]string{"pipeline": other.ID})
		k.refuseSet(d, "pipeline", "INVALID_OPTION", `There is no deal pipeline "7".`, map[string]string{"pipeline": "7", "dealstage": "contractsent"})
		k.refuseSet(d, "dealstage", "INVALID_OPTION", "", map[string]string{"pipeline": "default", "dealstage": other.Stages[0].ID})
		k.is(k.set(d, map[string]string{"dealstage": other.Stages[1].ID}), map[string]string{"pipeline": other.ID})
	})
}

func TestTasksKnowWhenTheyWereDone(t *testing.T) { // REC-7
	each(t, func(t *testing.T, k *desk) {
		task := k.make("tasks", map[string]string{"hs_timestamp": "2026-12-01", "hs_task_subject": "Call back"})
		k.is(task, map[string]string{"hs_task_status": "NOT_STARTED", "hs_task_priority": "NONE", "hs_task_type": "TO" + "DO", "hs_task_is_completed": "false"})
		done := k.now()
		k.is(k.set(task, map[string]string{"hs_task_status": "COMPLETED"}), map[string]string{"hs_task_completion_date": done, "hs_task_is_completed": "true"})
		k.clock.Advance(time.Hour)
		k.is(k.set(task, map[string]string{"hs_task_status": "COMPLETED", "hs_task_subject": "Called"}), map[string]string{"hs_task_completion_date": done})
		k.is(k.set(task, map[string]string{"hs_task_status": "WAITING"}), map[string]string{"hs_task_completion_date": "", "hs_task_is_completed": "false"})
		k.is(k.make("tasks", map[string]string{"hs_timestamp": "2026-12-01", "hs_task_status": "completed"}), map[string]string{"hs_task_completion_date": k.now()})
		k.refuseSet(task, "hs_task_completion_date", "READ_ONLY_VALUE", "", map[string]string{"hs_task_completion_date": "2026-01-01"})
	})
}

func TestMeetingsStartWhenTheyAre(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *desk) {
		m := k.make("meetings", map[string]string{"hs_timestamp": "2026-12-01T10:00:00Z", "hs_meeting_end_time": "2026-12-01T11:00:00Z"})
		k.is(m, map[string]string{"hs_meeting_start_time": "2026-12-01T10:00:00.000Z"})
		k.is(k.set(m, map[string]string{"hs_meeting_start_time": "2026-12-01T10:30:00Z"}), map[string]string{"hs_timestamp": "2026-12-01T10:30:00.000Z"})
		k.refuseSet(m, "hs_meeting_end_time", "INVALID_DATE", "A meeting cannot end before it starts.", map[string]string{"hs_timestamp": "2026-12-02"})
	})
}

func TestEmailsSayWhoTheyAreFrom(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *desk) {
		e := k.make("emails", map[string]string{"hs_timestamp": "2026-12-01", "hs_email_headers": `{"from":{"email":"a@example.com","firstName":"Ada","lastName":"L"},
"sender":{"email":"s@example.com"},"to":[{"email":"b@example.com","firstName":"Bo"},{"email":"c@example.com"}],"cc":[],"bcc":[{"email":"d@example.com"}]}`})
		k.is(e, map[string]string{"hs_email_from_email": "a@example.com", "hs_email_from_firstname": "Ada", "hs_email_to_email": "b@example.com;c@example.com",
			"hs_email_to_firstname": "Bo", "hs_email_cc_email": "", "hs_email_bcc_email": "d@example.com", "hs_email_sender_email": "s@example.com"})
		k.is(k.set(e, map[string]string{"hs_email_headers": ""}), map[string]string{"hs_email_from_email": "", "hs_email_to_email": ""})
		k.refuseSet(e, "hs_email_headers", "INVALID_JSON", "", map[string]string{"hs_email_headers": "From: me"})
	})
}

func TestTeamsFollowOwners(t *testing.T) { // ACC-4
	each(t, func(t *testing.T, k *desk) {
		owner, team := id.Format(k.ann.ID), id.Format(k.team.ID)
		for kind, props := range map[string]map[string]string{"contacts": {"email": "a@example.com"}, "companies": {"name": "Acme"},
			"deals": {"dealname": "One", "dealstage": "contractsent"}, "notes": {"hs_timestamp": "2026-12-01"}} {
			props["hubspot_owner_id"] = owner
			r := k.make(kind, props)
			k.is(r, map[string]string{"hubspot_team_id": team, "hubspot_owner_assigneddate": k.now(), "hs_all_owner_ids": owner, "hs_all_team_ids": team})
			k.is(k.set(r, map[string]string{"hubspot_owner_id": ""}), map[string]string{"hubspot_team_id": "", "hubspot_owner_assigneddate": "", "hs_all_owner_ids": "", "hs_all_team_ids": ""})
			k.is(k.set(r, map[string]string{"hubspot_team_id": team}), map[string]string{"hubspot_owner_id": "", "hs_all_team_ids": team})
			k.refuseSet(r, "hubspot_owner_id", "INVALID_OPTION", "There is no such user.", map[string]string{"hubspot_owner_id": "77"})
			k.refuseSet(r, "hubspot_team_id", "INVALID_OPTION", "There is no such team.", map[string]string{"hubspot_team_id": "77"})
		}
	})
}

func TestRecordsSayWhatMadeThem(t *testing.T) { // PROP-4
	each(t, func(t *testing.T, k *desk) {
		for kind, want := range map[event.ActorKind]string{event.App: "INTEGRATION", event.Import: "IMPORT", event.Channel: "CONVERSATIONS", event.System: "INTERNAL_PROCESSING", event.Automation: "AUTOMATION_PLATFORM"} {
			k.do(func(tx *db.Tx) error {
				r, err := k.Create(tx, people.Actor{Kind: kind, ID: 9, SuperAdmin: true}, "companies", record.Input{Properties: map[string]string{"name": "Acme"}})
				k.is(r, map[string]string{"hs_object_source": want, "hs_object_source_label": want, "hs_created_by_user_id": "", "hs_updated_by_user_id": "",
					"hs_object_source_id": map[event.ActorKind]string{event.App: "9"}[kind], "hs_was_imported": map[event.ActorKind]string{event.Import: "true"}[kind]})
				return err
			})
		}
	})
}

func TestUsersHaveRecords(t *testing.T) { // API-1
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		bus := event.NewBus(slog.New(slog.DiscardHandler))
		cfg.Reactor = bus
		d := dbtest.Open(t, cfg)
		staff, props := people.New(d, people.HashMemory(64)), property.New(d)
		records := record.New(d, props, search.New(d, props, nil), derive.Of(pipeline.New(d, props), staff))
		users := derive.NewUsers(records, staff)
		add := func(name, email string) people.User {
			u, err := staff.AddUser(context.Background(), people.System, people.NewUser{Name: name, Email: email, Password: "correct horse"})
			if err != nil {
				t.Fatal(err)
			}
			return u
		}
		before := add("Ann Mary Lee", "ann@example.org") // before there were records
		k := &desk{Store: records, t: t, d: d}
		fill := func() { k.do(users.Fill) }
		fill()
		fill()
		if err := bus.Install(users.Reactor()); err != nil {
			t.Fatal(err)
		}
		after := add("Bob", "bob@example.org")
		if _, err := staff.ChangeUser(context.Background(), people.System, after.ID, people.UserChange{Active: new(bool)}); err != nil {
			t.Fatal(err)
		}
		dbtest.See(t, d, func(tx *db.Tx) error {
			page, err := records.List(tx, people.System, "users", "", 10, false)
			if len(page.Records) != 2 || page.Records[0].ID != before.ID || page.Records[1].ID != after.ID {
				t.Fatalf("%+v", page.Records)
			}
			self := id.Format(before.ID)
			k.is(page.Records[0], map[string]string{"hs_given_name": "Ann Mary", "hs_family_name": "Lee", "hs_email": "ann@example.org",
				"hs_searchable_calculated_name": "Ann Mary Lee", "hs_internal_user_id": self, "hubspot_owner_id": self, "hs_deactivated": "false"})
			k.is(page.Records[1], map[string]string{"hs_given_name": "Bob", "hs_family_name": "", "hs_deactivated": "true"})
			return err
		})
	})
}
