package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

const (
	hubMost = 1000 // samples of one kind
	hubTime = 3 * time.Second
	hubMade = 200 // of those that make records
)

// bound is what a share of the requests is to take at most; none is promised for a zero one.
type bound struct {
	share float64
	most  time.Duration
}

func within(share float64, most time.Duration) bound { return bound{share, most} }

// hubDesk is a seeded desk that an app asks by HubSpot's routes.
type hubDesk struct {
	*program
	client
	b        *testing.B
	size     seeding
	tracing  atomic.Pointer[tally]
	dice     *rand.Rand
	tickets  []string // some, in random order
	contacts []string
	first    int64 // the first id that is not the seed's
	lines    []string
}

// benchHubSpot measures HubSpot's records API on a large desk with thirty custom properties, and says how the database was asked.
func benchHubSpot(b *testing.B, tickets int64) {
	a := newHubDesk(b, tickets)
	a.lines = []string{"| asked | p50 | p95 | p99 | target | met | how |", "| --- | --- | --- | --- | --- | --- | --- |"}
	a.reads()
	a.searches()
	a.writes()
	writeSection(b, fmt.Sprintf("hubspot %d", tickets), machine()+strings.Join(a.lines, "\n")+"\n")
}

func newHubDesk(b *testing.B, tickets int64) *hubDesk {
	b.Helper()
	a := &hubDesk{b: b, size: seeding{tickets: tickets}, dice: rand.New(rand.NewPCG(3, 4))}
	cfg := benchConfig(seeded(b, tickets), "")
	cfg.trace = func(statements ...string) {
		if l := a.tracing.Load(); l != nil {
			l.add(statements...)
		}
	}
	p, err := wire(context.Background(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	a.program = p
	a.do(func(tx *db.Tx) error { a.first = tx.NewID(); return nil })
	b.Cleanup(func() {
		a.do(a.undo)
		if err := p.close(); err != nil {
			b.Error(err)
		}
	})
	_, token, err := p.people.AddToken(context.Background(), people.System, "bench")
	if err != nil {
		b.Fatal(err)
	}
	a.client = client{p.gate.Door(), token}
	benchSee(b, p.db, func(tx *db.Tx) (err error) {
		if a.tickets, err = db.List(tx, idText, "SELECT id FROM tickets WHERE archived_at IS NULL AND id % 20 = 0 ORDER BY id % 7919 LIMIT 5000"); err != nil {
			return err
		}
		a.contacts, err = db.List(tx, idText, "SELECT id FROM contacts ORDER BY id % 7919 LIMIT 5000")
		return err
	})
	return a
}

func idText(s db.Scanner) (string, error) {
	n, err := db.Col[int64](s)
	return id.Format(n), err
}

func (a *hubDesk) do(fn func(tx *db.Tx) error) {
	a.b.Helper()
	if err := a.db.Write(context.Background(), fn); err != nil {
		a.b.Error(err)
	}
}

// undo takes out what the writes made: the desk is kept, and is to be the same the next time.
func (a *hubDesk) undo(tx *db.Tx) error {
	for _, text := range []string{"DELETE FROM tickets WHERE id >= $1", "DELETE FROM contacts WHERE id >= $1", "DELETE FROM contact_identities WHERE contact_id >= $1",
		"DELETE FROM associations WHERE from_type = 'tickets' AND from_id >= $1", "DELETE FROM associations WHERE from_type = 'contacts' AND from_id >= $1",
		"DELETE FROM events WHERE id >= $1", "DELETE FROM record_changes WHERE id >= $1", "DELETE FROM search_todo WHERE record_id >= $1"} {
		if _, err := tx.Exec(text, a.first); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("DELETE FROM ticket_counts"); err != nil {
		return err
	}
	_, err := tx.Exec(a.size.cube())
	return err
}

// request is one that an app makes.
type request struct {
	method, path string
	body         any
	status       int
}

func (a *hubDesk) send(q request) (string, error) {
	text, ok := q.body.(string)
	if q.body != nil && !ok {
		raw, err := json.Marshal(q.body)
		if err != nil {
			return "", err
		}
		text = string(raw)
	}
	return a.ask(q.method, q.path, text, q.status)
}

// measure asks again and again, then some times more to see how, and adds a line to the table.
func (a *hubDesk) measure(name string, target bound, most int, ask func(n int) request) samples {
	a.b.Helper()
	times := sampleOf(a.b, most, hubTime, func(n int) error {
		_, err := a.send(ask(n))
		return err
	})
	var ways []string
	for n := range 5 {
		q := ask(most + warmUp + n)
		var l tally
		a.tracing.Store(&l)
		_, err := a.send(q)
		a.tracing.Store(nil)
		if err != nil {
			a.b.Fatal(err)
		}
		for _, way := range a.how(q, l.statements) {
			if !slices.Contains(ways, way) {
				ways = append(ways, way)
			}
		}
	}
	limit, met := "", ""
	if target.most > 0 {
		limit, met = fmt.Sprintf("p%.0f %s", 100*target.share, millis(target.most)), verdict(times.at(target.share) < target.most)
	}
	line := fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s |", name, millis(times.at(0.5)), millis(times.at(0.95)), millis(times.at(0.99)), limit, met, strings.Join(ways, "; "))
	fmt.Println(line, len(times))
	a.lines = append(a.lines, line)
	return times
}

func (a *hubDesk) reads() {
	read := func(list []string, path string) func(n int) request {
		return func(n int) request {
			return request{"GET", strings.Replace(path, "{id}", list[n%len(list)], 1), nil, http.StatusOK}
		}
	}
	var custom []string
	for _, p := range a.size.seedProps() {
		custom = append(custom, p.Name)
	}
	a.measure("read a ticket", within(0.99, openTarget), hubMost, read(a.tickets, objects+"tickets/{id}"))
	a.measure("read a ticket, 30 custom properties, with its contacts", within(0.99, openTarget), hubMost,
		read(a.tickets, objects+"tickets/{id}?associations=contacts&properties="+strings.Join(custom, ",")))
	a.measure("read a contact by its address", bound{}, hubMost, func(n int) request {
		c := int64(n) * 7919 % a.size.contactsCount()
		return request{"GET", fmt.Sprintf("%scontacts/customer%d@org%d.example?idProperty=email", objects, c, c%4999), nil, http.StatusOK}
	})
	a.measure("list 100 tickets", bound{}, hubMost, func(n int) request {
		return request{"GET", objects + "tickets?limit=100&after=" + a.tickets[n%len(a.tickets)], nil, http.StatusOK}
	})
	a.measure("read 100 tickets in a batch", bound{}, hubMost, func(n int) request {
		var inputs []any
		for i := range batchRecords {
			inputs = append(inputs, map[string]any{"id": a.tickets[(n*batchRecords+i)%len(a.tickets)]})
		}
		return request{"POST", objects + "tickets/batch/read", map[string]any{"inputs": inputs}, http.StatusOK}
	})
	a.measure("contacts of a ticket", bound{}, hubMost, read(a.tickets, "/crm/v4/objects/tickets/{id}/associations/contacts"))
	a.measure("tickets of a contact, about three", bound{}, hubMost, read(a.contacts, "/crm/v4/objects/contacts/{id}/associations/tickets"))
}

func (a *hubDesk) writes() {
	made, err := a.send(request{"POST", objects + "contacts", `{"properties":{"email":"bench@example.org"}}`, http.StatusCreated})
	if err != nil {
		a.b.Fatal(err)
	}
	contact := idIn(a.b, made)
	one := func(n int) map[string]any {
		return map[string]any{"properties": map[string]any{"subject": fmt.Sprint("Lamp ", n), "content": seedWords[n%500:][:300], "hs_pipeline": "0", "hs_pipeline_stage": "1",
			"hs_ticket_priority": "HIGH", "product": "Lamp", "order_value": fmt.Sprint(n), "renewal": "2027-01-31", "city": "Lyon", "vip": "true"},
			"associations": []any{map[string]any{"to": map[string]any{"id": contact}, "types": []any{map[string]any{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 16}}}}}
	}
	var last string
	a.measure("create a ticket with its contact, ten properties", bound{}, hubMade, func(n int) request {
		return request{"POST", objects + "tickets", one(n), http.StatusCreated}
	})
	if last, err = a.send(request{"POST", objects + "tickets", one(0), http.StatusCreated}); err != nil {
		a.b.Fatal(err)
	}
	ticket := idIn(a.b, last)
	a.measure("update two properties of a ticket", bound{}, hubMost, func(n int) request {
		return request{"PATCH", objects + "tickets/" + ticket, map[string]any{"properties": map[string]any{"content": fmt.Sprint("Seen ", n), "order_value": fmt.Sprint(n)}}, http.StatusOK}
	})
	times := a.measure("create 100 tickets in a batch, each with its contact", bound{}, hubMade, func(n int) request {
		inputs := make([]any, batchRecords)
		for i := range inputs {
			inputs[i] = one(n*batchRecords + i)
		}
		return request{"POST", objects + "tickets/batch/create", map[string]any{"inputs": inputs}, http.StatusCreated}
	})
	var took time.Duration
	for _, t := range times {
		took += t
	}
	rate := float64(len(times)*batchRecords) / took.Seconds()
	a.b.ReportMetric(rate, "records/s")
	a.lines = append(a.lines, fmt.Sprintf("| records in batches: %.0f a second | | | | %d a second | %s | |", rate, batchTarget, verdict(rate >= batchTarget)))
	a.measure("tickets of a contact with thousands, the first 500", bound{}, hubMost, func(int) request {
		return request{"GET", "/crm/v4/objects/contacts/" + contact + "/associations/tickets?limit=500", nil, http.StatusOK}
	})
	a.measure("the next 500", bound{}, hubMost, func(int) request {
		return request{"GET", "/crm/v4/objects/contacts/" + contact + "/associations/tickets?limit=500&after=" + ticket, nil, http.StatusOK}
	})
}

func idIn(b *testing.B, answer string) string {
	b.Helper()
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(answer), &made); err != nil {
		b.Fatal(err)
	}
	return made.ID
}
