package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/view"
)

// reading is a seeded desk that is asked questions by several of its users.
type reading struct {
	*program
	b       *testing.B
	door    http.Handler
	agents  []asker
	tickets []int64 // some, open and closed, in random order
	teams   []int64
	lines   []string // of the page's table
}

// asker is a signed-in user.
type asker struct {
	user   people.User
	secret string
}

// The users who ask: the super admin, two with a plain service seat, two who see their team's tickets, one of whom sees
// no others, and one who sees their own alone.
var askerNumbers = []int{0, 1, 6, seedTeamOnly, seedTeamHard, seedOwnOnly}

// The targets of PERF-1.
const (
	pageTarget   = 20 * time.Millisecond
	openTarget   = 10 * time.Millisecond
	countsTarget = 10 * time.Millisecond
	searchTarget = 50 * time.Millisecond
)

func benchReads(b *testing.B, tickets int64) {
	r := newReading(b, tickets)
	r.lines = append(r.lines, "| asked | query p50 | query p99 | request p50 | request p99 | target p99 | met |", "| --- | --- | --- | --- | --- | --- | --- |")
	for _, v := range view.Defaults() {
		r.measure("view *"+v.Name+"*", pageTarget, func(*rand.Rand) view.Query { return view.Query{View: v.ID} })
	}
	r.measure("any view, 1 to 4 filters", pageTarget, func(dice *rand.Rand) view.Query {
		return view.Query{View: anyView(dice), Groups: r.filters(dice)}
	})
	r.measure("any view, sorted by a date", pageTarget, func(dice *rand.Rand) view.Query {
		return view.Query{View: anyView(dice), Sorts: one(dice, dateSorts)}
	})
	r.measure("any view, any sort", pageTarget, func(dice *rand.Rand) view.Query {
		return view.Query{View: anyView(dice), Sorts: one(dice, allSorts)}
	})
	r.measure("any view, 1 to 4 filters, any sort", pageTarget, func(dice *rand.Rand) view.Query {
		return view.Query{View: anyView(dice), Groups: r.filters(dice), Sorts: one(dice, allSorts)}
	})
	r.counts()
	r.open()
	r.search()
	writeSection(b, fmt.Sprintf("read %d", tickets), machine()+strings.Join(r.lines, "\n")+"\n")
}

func newReading(b *testing.B, tickets int64) *reading {
	b.Helper()
	ctx := context.Background()
	p, err := wire(ctx, benchConfig(seeded(b, tickets), ""))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := p.close(); err != nil {
			b.Error(err)
		}
	})
	r := &reading{program: p, b: b, door: p.gate.Door()}
	for _, n := range askerNumbers {
		secret, u, err := p.people.SignIn(ctx, seedEmail(n), seedPassword, "bench", fmt.Sprintf("127.0.0.%d", n+1))
		if err != nil {
			b.Fatal(err)
		}
		r.agents = append(r.agents, asker{u, secret})
	}
	r.see(func(tx *db.Tx) error {
		dir, err := p.people.Directory(tx)
		if err != nil {
			return err
		}
		for _, t := range dir.Teams() {
			r.teams = append(r.teams, t.ID)
		}
		r.tickets, err = db.List(tx, db.Col[int64], "SELECT id FROM tickets WHERE archived_at IS NULL AND (open OR id % 20 = 0) ORDER BY id % 7919 LIMIT 20000")
		return err
	})
	return r
}

func (r *reading) see(fn func(tx *db.Tx) error) {
	r.b.Helper()
	if err := r.db.Read(context.Background(), fn); err != nil {
		r.b.Fatal(err)
	}
}

// dateSorts have an index of their own; allSorts are what the list's columns offer.
var (
	dateSorts = []string{"-desk_active_at", "desk_active_at", "-createdate", "createdate", "-hs_lastmodifieddate"}
	allSorts  = []string{"-desk_active_at", "desk_active_at", "-createdate", "createdate", "-hs_lastmodifieddate", "closed_date", "-closed_date", "subject", "-subject",
		"-hs_ticket_priority", "hs_ticket_priority", "hubspot_owner_id", "hubspot_team_id", "hs_pipeline_stage", "hs_ticket_category", "time_to_close", "-hs_last_message_received_at"}
)

func one(dice *rand.Rand, sorts []string) []record.Sort {
	name, desc := strings.CutPrefix(sorts[dice.IntN(len(sorts))], "-")
	return []record.Sort{{Property: name, Desc: desc}}
}

// anyView is one of the views, or all tickets.
func anyView(dice *rand.Rand) string {
	all := view.Defaults()
	if n := dice.IntN(len(all) + 1); n < len(all) {
		return all[n].ID
	}
	return ""
}

// filters are one to four that people would choose, different properties.
func (r *reading) filters(dice *rand.Rand) []filter.Group {
	from := func(values ...string) string { return values[dice.IntN(len(values))] }
	all := []filter.Filter{
		{PropertyName: "hs_ticket_priority", Operator: "EQ", Value: from("LOW", "MEDIUM", "HIGH", "URGENT")},
		{PropertyName: "hs_ticket_priority", Operator: "IN", Values: []string{"HIGH", "URGENT"}},
		{PropertyName: "hs_ticket_category", Operator: "IN", Values: []string{from("PRODUCT_ISSUE", "BILLING_ISSUE")}},
		{PropertyName: "hubspot_team_id", Operator: "EQ", Value: id.Format(r.teams[dice.IntN(len(r.teams))])},
		{PropertyName: "hubspot_owner_id", Operator: "EQ", Value: id.Format(r.agents[dice.IntN(len(r.agents))].user.ID)},
		{PropertyName: "hubspot_owner_id", Operator: "HAS_PROPERTY"},
		{PropertyName: "hs_pipeline_stage", Operator: "EQ", Value: from("1", "2", "3", "4")},
		{PropertyName: "createdate", Operator: "IN_LAST_DAYS", Value: from("7", "30", "90")},
		{PropertyName: "desk_last_from", Operator: "EQ", Value: from("contact", "user")},
		{PropertyName: "source_type", Operator: "EQ", Value: "EMAIL"},
		{PropertyName: "subject", Operator: "CONTAINS_TOKEN", Value: from("invoice", "parcel", "router")},
		{PropertyName: "first_agent_reply_date", Operator: "HAS_PROPERTY"},
	}
	dice.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var out []filter.Filter
	for _, f := range all[:1+dice.IntN(4)] {
		if !slices.ContainsFunc(out, func(o filter.Filter) bool { return o.PropertyName == f.PropertyName }) {
			out = append(out, f)
		}
	}
	return []filter.Group{{Filters: out}}
}

// slowest keeps what took longest, for the log.
type slowest map[string]time.Duration

func (s slowest) log() {
	names := make([]string, 0, len(s))
	for name := range s {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int { return cmp.Compare(s[y], s[x]) })
	for _, name := range names[:min(8, len(names))] {
		fmt.Printf("    %s %s\n", millis(s[name]), name)
	}
}

// measure asks for pages, by the service and as whole requests of the web app, and adds a line to the table.
func (r *reading) measure(name string, target time.Duration, ask func(dice *rand.Rand) view.Query) {
	r.b.Helper()
	dice := rand.New(rand.NewPCG(1, 2))
	slow := slowest{}
	query := sample(r.b, func(n int) error {
		a := r.agents[n%len(r.agents)]
		q := ask(dice)
		began := time.Now()
		err := r.db.Read(context.Background(), func(tx *db.Tx) error {
			_, err := r.views.Page(tx, a.user.Actor(), q)
			return err
		})
		if n >= warmUp {
			text := fmt.Sprintf("user %d view %q sort %v filters %v", askerNumbers[n%len(askerNumbers)], q.View, q.Sorts, q.Groups)
			slow[text] = max(slow[text], time.Since(began))
		}
		return err
	})
	dice = rand.New(rand.NewPCG(1, 2))
	request := sample(r.b, func(n int) error {
		q, a := ask(dice), r.agents[n%len(r.agents)]
		if len(q.Groups) > 0 || q.View == "" {
			return r.ask(a, "POST", "/helpdesk/v1/tickets/search", body(q)) // counts all that match, too
		}
		path := "/helpdesk/v1/views/" + q.View + "/tickets?limit=50"
		for _, s := range body(q)["sorts"].([]string) {
			path += "&sort=" + s
		}
		return r.ask(a, "GET", path, nil)
	})
	r.line(name, query, request, target)
	if query.at(0.99) > target {
		slow.log()
	}
}

// body is what the web app sends to search.
func body(q view.Query) map[string]any {
	var sorts []string
	for _, s := range q.Sorts {
		name := s.Property
		if s.Desc {
			name = "-" + name
		}
		sorts = append(sorts, name)
	}
	return map[string]any{"view": q.View, "filterGroups": append([]filter.Group{}, q.Groups...), "query": q.Text, "sorts": append([]string{}, sorts...), "limit": 50}
}

func (r *reading) line(name string, query, request samples, target time.Duration) {
	r.b.Helper()
	q50, q99 := "", ""
	worst := request.at(0.99)
	if query != nil {
		q50, q99 = millis(query.at(0.5)), millis(query.at(0.99))
	}
	line := fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s |", name, q50, q99, millis(request.at(0.5)), millis(request.at(0.99)),
		millis(target), verdict(worst < target))
	fmt.Println(line, len(query), len(request))
	r.lines = append(r.lines, line)
}

// ask is one request of the web app, without a network between.
func (r *reading) ask(a asker, method, path string, body any) error {
	var in bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&in).Encode(body); err != nil {
			return err
		}
	}
	req := httptest.NewRequest(method, path, &in)
	req.Header.Set("Content-Type", "application/json")
	req.AddCookie(&http.Cookie{Name: gate.SessionCookie, Value: a.secret})
	out := httptest.NewRecorder()
	r.door.ServeHTTP(out, req)
	if out.Code != http.StatusOK && out.Code != http.StatusNotFound {
		return fmt.Errorf("%s %s: %d %s", method, path, out.Code, out.Body)
	}
	return nil
}

func (r *reading) counts() {
	query := sample(r.b, func(n int) error {
		return r.db.Read(context.Background(), func(tx *db.Tx) error {
			_, err := r.views.Counts(tx, r.agents[n%len(r.agents)].user.Actor())
			return err
		})
	})
	request := sample(r.b, func(n int) error {
		return r.ask(r.agents[n%len(r.agents)], "GET", "/helpdesk/v1/views/counts", nil)
	})
	r.line("counts of the sidebar", query, request, countsTarget)
}

// open is a ticket and its conversation: the two requests that the web app makes.
func (r *reading) open() {
	request := sample(r.b, func(n int) error {
		a, path := r.agents[n%len(r.agents)], "/helpdesk/v1/tickets/"+id.Format(r.tickets[n%len(r.tickets)])
		if err := r.ask(a, "GET", path, nil); err != nil {
			return err
		}
		return r.ask(a, "GET", path+"/conversation", nil)
	})
	query := sample(r.b, func(n int) error {
		return r.db.Read(context.Background(), func(tx *db.Tx) error {
			if _, err := r.program.tickets.Get(tx, people.System, r.tickets[n%len(r.tickets)]); err != nil {
				return err
			}
			_, _, err := r.talks.Items(tx, people.System, r.tickets[n%len(r.tickets)], 0, 50)
			return err
		})
	})
	r.line("open a ticket (two requests)", query, request, openTarget)
}

// searchKinds are what people type: words that many tickets have, few, and none; beginnings of words; and two words.
var searchKinds = []struct {
	name  string
	typed []string
}{
	{"a common word", []string{"parcel", "invoice", "replacement"}},
	{"a rare word", []string{"customer77", "customer4711", "Gallo"}},
	{"no such word", []string{"nowhere", "xylophonic"}},
	{"the beginning of a word", []string{"cust", "invoi", "rep"}},
	{"two words", []string{"lamp order", "parcel customer77", "invoice replacement"}},
}

func (r *reading) search() {
	for _, kind := range searchKinds {
		slow := slowest{}
		request := sample(r.b, func(n int) error {
			began, typed := time.Now(), kind.typed[n%len(kind.typed)]
			err := r.ask(r.agents[n%len(r.agents)], "POST", "/helpdesk/v1/tickets/search", body(view.Query{Text: typed}))
			if n >= warmUp {
				slow[typed] = max(slow[typed], time.Since(began))
			}
			return err
		})
		line := fmt.Sprintf("| search for %s | | | %s | %s (p95 %s) | p95 %s | %s |", kind.name, millis(request.at(0.5)), millis(request.at(0.99)),
			millis(request.at(0.95)), millis(searchTarget), verdict(request.at(0.95) < searchTarget))
		fmt.Println(line, len(request))
		slow.log()
		r.lines = append(r.lines, line)
	}
}
