package relation_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// model is what relations must be: links as stored, each once, seen from the ticket.
type model struct {
	k       *desk
	tickets []record.Record
	firms   []record.Record
	links   map[record.Link]bool
	gone    map[int64]bool // in the trash
	most    int            // companies a ticket may have by the unlabelled type
}

const (
	unlabelled = 339
	primary    = 26
)

// has counts the companies of a ticket.
func (m *model) has(ticket int64, typeID int) (firms []int64) {
	for l := range m.links {
		if l.FromID == ticket && l.TypeID == typeID {
			firms = append(firms, l.ToID)
		}
	}
	return firms
}

// add is what one association must do; it says whether it must be refused.
func (m *model) add(l record.Link) (refused bool) {
	plain := l
	plain.TypeID = unlabelled
	if m.gone[l.FromID] || m.gone[l.ToID] {
		return true
	}
	if !m.links[plain] && len(m.has(l.FromID, unlabelled)) >= m.most {
		return true
	}
	m.links[plain] = true
	if l.TypeID == primary {
		for _, other := range m.has(l.FromID, primary) {
			delete(m.links, record.Link{FromType: l.FromType, FromID: l.FromID, ToType: l.ToType, ToID: other, TypeID: primary})
		}
		m.links[l] = true
	}
	return false
}

func (m *model) remove(l record.Link) {
	if m.gone[l.FromID] {
		return
	}
	delete(m.links, l)
	if l.TypeID == unlabelled {
		l.TypeID = primary
		delete(m.links, l)
	}
}

// draw picks a link from a ticket to a company, and whether to ask for it from the company's end.
func (m *model) draw(t *rapid.T) (l, asked record.Link) {
	ticket, firm := rapid.SampledFrom(m.tickets).Draw(t, "ticket"), rapid.SampledFrom(m.firms).Draw(t, "company")
	l = link(ticket, firm, rapid.SampledFrom([]int{unlabelled, primary}).Draw(t, "type"))
	if asked = l; rapid.Bool().Draw(t, "turned") {
		asked = link(firm, ticket, map[int]int{unlabelled: 340, primary: 25}[l.TypeID])
	}
	return l, asked
}

func (m *model) associate(t *rapid.T) {
	var all, asked []record.Link
	for range rapid.IntRange(1, 4).Draw(t, "links") {
		l, a := m.draw(t)
		all, asked = append(all, l), append(asked, a)
	}
	if single := map[int64]bool{}; slices.ContainsFunc(all, func(l record.Link) bool {
		twice := single[l.FromID] && l.TypeID == primary
		single[l.FromID] = single[l.FromID] || l.TypeID == primary
		return twice
	}) {
		t.Skip("which of two primary ones comes last is told by another test")
	}
	before := maps.Clone(m.links)
	var refused []error
	err := m.k.d.Write(context.Background(), func(tx *db.Tx) (err error) {
		refused, err = m.k.AssociateMany(tx, people.System, asked)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range all {
		if want := m.add(l); want != (refused[i] != nil) || refused[i] != nil && !errs.Is(refused[i], errs.Invalid) && !errs.Is(refused[i], errs.NotFound) {
			t.Fatalf("%+v of %+v to %v: refused is %v, want %v", asked[i], all, before, refused[i], want)
		}
	}
}

func (m *model) dissociate(t *rapid.T) {
	l, asked := m.draw(t)
	if m.gone[asked.FromID] {
		return
	}
	err := m.k.d.Write(context.Background(), func(tx *db.Tx) error { return m.k.Dissociate(tx, people.System, asked) })
	if err != nil {
		t.Fatal(err)
	}
	gone := m.gone[l.FromID]
	m.gone[l.FromID] = false // from the other end a record in the trash can be left
	m.remove(l)
	m.gone[l.FromID] = gone
}

func (m *model) trash(t *rapid.T) {
	firm := rapid.SampledFrom(m.firms).Draw(t, "company")
	err := m.k.d.Write(context.Background(), func(tx *db.Tx) error {
		if m.gone[firm.ID] {
			return m.k.Restore(tx, people.System, "companies", firm.ID)
		}
		return m.k.Archive(tx, people.System, "companies", firm.ID)
	})
	if err != nil {
		t.Fatal(err)
	}
	m.gone[firm.ID] = !m.gone[firm.ID]
}

// check reads everything from both ends, in pages.
func (m *model) check(t *rapid.T) {
	var want []string
	for l := range m.links {
		if !m.gone[l.ToID] {
			want = append(want, fmt.Sprintf("%d-%d/%d", l.FromID, l.ToID, l.TypeID))
		}
	}
	slices.Sort(want)
	limit := rapid.IntRange(1, 3).Draw(t, "page")
	near := m.all(t, "tickets", m.tickets, "companies", limit, func(from, to int64, typeID int) string { return fmt.Sprintf("%d-%d/%d", from, to, typeID) })
	far := m.all(t, "companies", m.firms, "tickets", limit, func(from, to int64, typeID int) string {
		return fmt.Sprintf("%d-%d/%d", to, from, map[int]int{340: unlabelled, 25: primary}[typeID])
	})
	if !slices.Equal(near, want) || !slices.Equal(far, want) {
		t.Fatalf("from tickets %s\nfrom companies %s\nwant %s", strings.Join(near, " "), strings.Join(far, " "), strings.Join(want, " "))
	}
}

func (m *model) all(t *rapid.T, fromType string, from []record.Record, toType string, limit int, show func(from, to int64, typeID int) string) (out []string) {
	q := relation.Related{FromType: fromType, ToType: toType, Limit: limit, After: map[int64]int64{}}
	for _, r := range from {
		q.IDs = append(q.IDs, r.ID)
	}
	for len(q.IDs) > 0 {
		var found map[int64]relation.Ends
		err := m.k.d.Read(context.Background(), func(tx *db.Tx) (err error) { found, err = m.k.Related(tx, people.System, q); return err })
		if err != nil {
			t.Fatal(err)
		}
		q.IDs = q.IDs[:0:0]
		for _, id := range slices.Sorted(maps.Keys(found)) {
			page := found[id]
			if !slices.IsSortedFunc(page.To, func(a, b relation.End) int { return cmp.Compare(a.ID, b.ID) }) || len(page.To) > limit {
				t.Fatalf("page %+v", page)
			}
			for _, e := range page.To {
				for _, kind := range e.Types {
					out = append(out, show(id, e.ID, kind.ID))
				}
			}
			if page.Next != 0 {
				q.IDs, q.After[id] = append(q.IDs, id), page.Next
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestRelationsFollowAModel(t *testing.T) { // REC-1
	each(t, func(t *testing.T, k *desk) {
		k.limit(t, "tickets", "companies", unlabelled, 3)
		rapid.Check(t, func(rt *rapid.T) {
			m := &model{k: k, links: map[record.Link]bool{}, gone: map[int64]bool{}, most: 3}
			for i := range 3 {
				m.tickets = append(m.tickets, k.make(t, "tickets", map[string]string{"subject": fmt.Sprint("t", i)}))
			}
			for i := range 5 {
				m.firms = append(m.firms, k.make(t, "companies", map[string]string{"name": fmt.Sprint("f", i)}))
			}
			rt.Repeat(map[string]func(*rapid.T){"associate": m.associate, "dissociate": m.dissociate, "trash": m.trash, "": m.check})
		})
	})
}

// A record with ten thousand relations is read, and given one more, in as many statements as one with ten.
func TestRecordWithManyRelations(t *testing.T) { // PERF-1, PERF-2
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		var asked []string
		tracing := false
		cfg.Trace = func(statements ...string) {
			if tracing {
				asked = append(asked, statements...)
			}
		}
		k := openDesk(t, cfg)
		ticket := k.make(t, "tickets", map[string]string{"subject": "s"})
		for step := range 10 {
			k.do(t, func(tx *db.Tx) error {
				var links []record.Link
				var ins []record.Input
				for i := range 1000 {
					ins = append(ins, record.Input{Properties: map[string]string{"email": fmt.Sprintf("c%d-%d@example.com", step, i)}})
				}
				made, err := k.CreateMany(tx, people.System, "contacts", ins)
				for _, r := range made {
					links = append(links, link(ticket, r, 16))
				}
				if err != nil {
					return err
				}
				_, err = k.AssociateMany(tx, people.System, links)
				return err
			})
		}
		last := k.contacts(t, 1)[0]
		pages, ends := 0, 0
		q := relation.Related{FromType: "tickets", IDs: []int64{ticket.ID}, ToType: "contacts", Limit: relation.RelatedMost}
		for {
			var page relation.Ends
			asked, tracing = nil, true
			k.see(t, func(tx *db.Tx) error {
				found, err := k.Related(tx, people.System, q)
				page = found[ticket.ID]
				return err
			})
			tracing = false
			if selects := slices.DeleteFunc(asked, func(s string) bool { return !strings.HasPrefix(s, "SELECT") }); len(selects) > 6 {
				t.Errorf("a page takes %d statements: %q", len(selects), selects)
			}
			pages, ends = pages+1, ends+len(page.To)
			if page.Next == 0 {
				break
			}
			q.After = map[int64]int64{ticket.ID: page.Next}
		}
		if pages != 20 || ends != 10000 {
			t.Errorf("%d ends on %d pages", ends, pages)
		}
		asked, tracing = nil, true
		k.associate(t, link(ticket, last, 10001))
		tracing = false
		if len(asked) > 12 {
			t.Errorf("one more takes %d statements: %q", len(asked), asked)
		}
	})
}
