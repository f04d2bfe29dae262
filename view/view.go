// Package view lists tickets: the default views with their exact counts, each a standing query in the one filter
// language. It owns which views there are; it knows nothing of how tickets change.
package view

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// View is a saved way to look at tickets (VIEW-1).
type View struct {
	ID, Name, Icon string
	filters        func(by people.Actor) []filter.Filter
	mark           ticket.MarkKind // the tickets that the user marked so
	count          func(ticket.Counts) int64
}

var (
	isOpen = []filter.Filter{
		{PropertyName: ticket.Open, Operator: "EQ", Value: "true"},
		{PropertyName: ticket.Spam, Operator: "EQ", Value: "false"},
		{PropertyName: ticket.SnoozedUntil, Operator: "NOT_HAS_PROPERTY"},
	}
	isSnoozed = []filter.Filter{
		{PropertyName: ticket.Open, Operator: "EQ", Value: "true"},
		{PropertyName: ticket.Spam, Operator: "EQ", Value: "false"},
		{PropertyName: ticket.SnoozedUntil, Operator: "HAS_PROPERTY"},
	}
	isSpam = []filter.Filter{{PropertyName: ticket.Spam, Operator: "EQ", Value: "true"}}
)

func open(more ...filter.Filter) []filter.Filter {
	return append(isOpen[:len(isOpen):len(isOpen)], more...)
}

func always(f []filter.Filter) func(people.Actor) []filter.Filter {
	return func(people.Actor) []filter.Filter { return f }
}

// Defaults are the views that every account has, in their order in the sidebar (VIEW-1).
func Defaults() []View {
	marked := func(id, name, icon string, kind ticket.MarkKind) View {
		return View{ID: id, Name: name, Icon: icon, mark: kind, filters: always(nil),
			count: func(c ticket.Counts) int64 { return c.Marked[kind] }}
	}
	return []View{
		{ID: "unassigned", Name: "Unassigned", Icon: "inbox", count: func(c ticket.Counts) int64 { return c.Unassigned },
			filters: always(open(filter.Filter{PropertyName: ticket.Owner, Operator: "NOT_HAS_PROPERTY"}))},
		{ID: "mine", Name: "Assigned to me", Icon: "user", count: func(c ticket.Counts) int64 { return c.Mine },
			filters: func(by people.Actor) []filter.Filter {
				return open(filter.Filter{PropertyName: ticket.Owner, Operator: "EQ", Value: id.Format(by.ID)})
			}},
		{ID: "team", Name: "My team's open", Icon: "users", count: func(c ticket.Counts) int64 { return c.Team }, filters: ofTeams},
		{ID: "open", Name: "All open", Icon: "list", count: func(c ticket.Counts) int64 { return c.Open }, filters: always(isOpen)},
		marked("sent", "Sent", "send", ticket.Sent),
		{ID: "spam", Name: "Spam", Icon: "alert", count: func(c ticket.Counts) int64 { return c.Spam }, filters: always(isSpam)},
		marked("mentions", "Mentions", "at", ticket.Mention),
		marked("drafts", "Drafts", "pencil", ticket.Draft),
		{ID: "snoozed", Name: "Snoozed", Icon: "clock", count: func(c ticket.Counts) int64 { return c.Snoozed }, filters: always(isSnoozed)},
		marked("following", "Following", "eye", ticket.Follow),
	}
}

func ofTeams(by people.Actor) []filter.Filter {
	teams := make([]string, len(by.Teams))
	for i, t := range by.Teams {
		teams[i] = id.Format(t)
	}
	return open(filter.Filter{PropertyName: ticket.Team, Operator: "IN", Values: teams})
}

// Service answers views.
type Service struct {
	records *record.Store
	tickets *ticket.Service
}

// New returns the service.
func New(records *record.Store, tickets *ticket.Service) *Service { return &Service{records, tickets} }

// Counts returns how many tickets each default view holds for the actor.
func (s *Service) Counts(tx *db.Tx, by people.Actor) (map[string]int64, error) {
	c, err := s.tickets.Counts(tx, by)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, v := range Defaults() {
		out[v.ID] = v.count(c)
	}
	return out, nil
}

// Query is what to show of a view: further filters, text, order, place.
type Query struct {
	View   string // "" for all tickets
	Groups []filter.Group
	Text   string
	Sorts  []record.Sort // none is the newest activity first
	After  string
	Limit  int
	Total  bool // count all that match, too
}

const (
	pageDefault = 50
	pageMost    = 200
)

// Page returns one page of tickets that the actor may view.
func (s *Service) Page(tx *db.Tx, by people.Actor, q Query) (record.Page, error) {
	if q.Limit <= 0 {
		q.Limit = pageDefault
	}
	q.Limit = min(q.Limit, pageMost)
	if q.View == string(ticket.Sent) && len(q.Groups) == 0 && q.Text == "" && len(q.Sorts) == 0 {
		return s.sent(tx, by, q)
	}
	rq, some, err := s.Narrow(by, q.View, record.Query{ObjectType: ticket.Object, Groups: q.Groups, Text: q.Text, Sorts: q.Sorts,
		After: q.After, Limit: q.Limit, CountTotal: q.Total})
	if err != nil || !some {
		return record.Page{}, err
	}
	return s.records.Search(tx, by, rq)
}

// Narrow makes a search one of a view's tickets, in the view's order unless it has one; false when the actor can have none there.
func (s *Service) Narrow(by people.Actor, view string, q record.Query) (record.Query, bool, error) {
	v, err := find(view)
	if err != nil {
		return q, false, err
	}
	if v.ID == "team" && len(by.Teams) == 0 {
		return q, false, nil
	}
	q.ObjectType, q.Groups = ticket.Object, join(q.Groups, v.filters(by))
	if len(q.Sorts) == 0 {
		q.Sorts = []record.Sort{{Property: ticket.ActiveAt, Desc: true}}
	}
	if v.mark != "" {
		q.Among = s.tickets.Marked(by.ID, v.mark)
	}
	return q, true, nil
}

func find(id string) (View, error) {
	if id == "" {
		return View{filters: always(nil)}, nil
	}
	for _, v := range Defaults() {
		if v.ID == id {
			return v, nil
		}
	}
	return View{}, errs.New(errs.NotFound, "There is no such view.", nil)
}

// join adds the view's filters to each group, for groups are alternatives.
func join(groups []filter.Group, filters []filter.Filter) []filter.Group {
	if len(filters) == 0 {
		return groups
	}
	if len(groups) == 0 {
		return []filter.Group{{Filters: filters}}
	}
	out := make([]filter.Group, len(groups))
	for i, g := range groups {
		out[i].Filters = append(append(out[i].Filters, filters...), g.Filters...)
	}
	return out
}

// sent lists what the user sent in the order they sent it, by the marks alone: a user of years has sent on many tickets.
func (s *Service) sent(tx *db.Tx, by people.Actor, q Query) (record.Page, error) {
	at, last := int64(1<<63-1), int64(0)
	if q.After != "" {
		var err error
		if at, last, err = parsePlace(q.After); err != nil {
			return record.Page{}, err
		}
	}
	ids, ats, err := s.tickets.MarkedPage(tx, by.ID, ticket.Sent, at, last, q.Limit)
	if err != nil {
		return record.Page{}, err
	}
	records, err := s.records.GetMany(tx, by, ticket.Object, ids)
	if err != nil {
		return record.Page{}, err
	}
	page := record.Page{Records: records} // in the order of the ids
	if len(ids) == q.Limit {
		page.Next = place(ats[len(ats)-1], ids[len(ids)-1])
	}
	return page, nil
}

func place(at, id int64) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "sent:%d:%d", at, id))
}

func parsePlace(s string) (at, last int64, err error) {
	raw, decodeErr := base64.RawURLEncoding.DecodeString(s)
	a, b, ok := strings.Cut(strings.TrimPrefix(string(raw), "sent:"), ":")
	at, errA := strconv.ParseInt(a, 10, 64)
	last, errB := strconv.ParseInt(b, 10, 64)
	if decodeErr != nil || !ok || errA != nil || errB != nil {
		return 0, 0, errs.Bad("after", "INVALID_CURSOR", "The place to go on from is not one of this list.")
	}
	return at, last, nil
}
