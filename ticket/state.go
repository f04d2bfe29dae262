package ticket

import (
	"slices"
	"strings"

	"github.com/deskbell/deskbell/crm/derive"
	"github.com/deskbell/deskbell/crm/fill"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// Properties that repeat what users marked a ticket with (behaviour.md 3 and 19), and other state that others look for under these names.
const (
	Followers   = "hs_user_ids_of_all_notification_followers"
	Unfollowers = "hs_user_ids_of_all_notification_unfollowers"
	Mentioned   = "hs_mentions_user_ids"
	Drafting    = "hs_draft_user_ids"
	SeenBy      = "hs_seen_by_agent_ids"
	LatestSeen  = "hs_latest_message_seen_by_agent_ids"

	SnoozedForAll = "hs_snoozed_for_portal"
	OwnerType     = "hs_ticket_owner_type"
	FirstAssignee = "hs_first_assignee_type"

	human = "human_rep"
)

// repeats are the properties that each mark is repeated in. Who marks a ticket as unread has seen it all the same, but not the latest.
var repeats = map[MarkKind]struct{ set, unset []string }{
	Follow:   {[]string{Followers}, []string{Followers}},
	Unfollow: {[]string{Unfollowers}, []string{Unfollowers}},
	Mention:  {[]string{Mentioned}, []string{Mentioned}},
	Draft:    {[]string{Drafting}, []string{Drafting}},
	Seen:     {[]string{SeenBy, LatestSeen}, []string{LatestSeen}},
}

// repeat has a ticket repeat a mark that was set or taken away. One in the trash is left alone.
func (s *Service) repeat(tx *db.Tx, user, ticketID int64, kind MarkKind, set bool) error {
	names := repeats[kind].unset
	if set {
		names = repeats[kind].set
	}
	change := func(r record.Record) map[string]string {
		out := map[string]string{}
		for _, name := range names {
			if v := with(r.Properties[name], user, set); v != r.Properties[name] {
				out[name] = v
			}
		}
		return out
	}
	if len(names) == 0 {
		return nil
	}
	r, err := s.records.Any(tx, Object, ticketID)
	if errs.Is(err, errs.NotFound) || err == nil && (r.Archived || len(change(r)) == 0) {
		return nil
	}
	if err == nil {
		_, err = s.records.Amend(tx, people.System, Object, ticketID, change, "")
	}
	return err
}

// with is a list of users with one more, or without one.
func with(list string, user int64, in bool) string {
	var users []string
	if list != "" {
		users = strings.Split(list, ";")
	}
	self := id.Format(user)
	switch at := slices.Index(users, self); {
	case in && at < 0:
		users = append(users, self)
	case !in && at >= 0:
		users = slices.Delete(users, at, at+1)
	}
	return strings.Join(users, ";")
}

// fillStep is how many tickets one step of Fill does.
const fillStep = 100

// Fill gives tickets the state that they did not repeat before.
func (s *Service) Fill(staff *people.Service) fill.Part {
	return fill.Part{Name: "tickets.state", Step: func(tx *db.Tx, after int64) (int64, error) {
		ids, err := s.records.Behind(tx, Object, after, fillStep)
		if err != nil || len(ids) == 0 {
			return 0, err
		}
		dir, err := staff.Directory(tx)
		if err != nil {
			return 0, err
		}
		return ids[len(ids)-1], s.supply(tx, ids, func(r record.Record, values map[string]string) {
			if r.Properties[Owner] != "" {
				values[OwnerType] = human
			}
			if r.Properties[FirstAssignment] != "" {
				values[FirstAssignee] = human
			}
			if r.Properties[SnoozedUntil] != "" {
				values[SnoozedForAll] = "true"
			}
			values[derive.AllTeams] = derive.TeamsOf(dir, r.Properties[Team])
		})
	}}
}

// supply gives tickets what they repeat of marks, and what more adds.
func (s *Service) supply(tx *db.Tx, ids []int64, more func(r record.Record, values map[string]string)) error {
	held, err := s.records.Held(tx, Object, ids...)
	if err != nil {
		return err
	}
	values := map[int64]map[string]string{}
	for n, r := range held {
		values[n] = map[string]string{}
		for _, names := range repeats {
			for _, name := range names.set {
				values[n][name] = ""
			}
		}
		if more != nil {
			more(r, values[n])
		}
	}
	var q db.SQL
	db.In(q.Add("SELECT ticket_id, user_id, kind, at FROM ticket_marks WHERE "), "ticket_id", db.Padded(ids)).Add(" ORDER BY ticket_id, at, user_id")
	_, err = db.List(tx, func(sc db.Scanner) (struct{}, error) {
		var n, user, at int64
		var kind string
		err := sc.Scan(&n, &user, &kind, &at)
		for _, name := range repeats[MarkKind(strings.TrimPrefix(kind, trashed))].set {
			if name != LatestSeen || at >= ParseDateTime(held[n].Properties[ActiveAt]).UnixMicro() {
				values[n][name] = with(values[n][name], user, true)
			}
		}
		return struct{}{}, err
	}, q.Text(), q.Args()...)
	if err != nil {
		return err
	}
	edits := make([]record.Edit, 0, len(values))
	for n, v := range values {
		edits = append(edits, record.Edit{ID: n, Properties: v})
	}
	slices.SortFunc(edits, func(a, b record.Edit) int { return int(a.ID - b.ID) })
	return s.records.Supply(tx, Object, edits)
}
