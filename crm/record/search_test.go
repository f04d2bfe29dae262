package record_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// pages walks all pages of a query.
func (k *desk) pages(t testing.TB, q record.Query) (all []record.Record) {
	t.Helper()
	for range 1000 {
		k.see(t, func(tx *db.Tx) error {
			page, err := k.Search(tx, people.System, q)
			all = append(all, page.Records...)
			q.After = page.Next
			return err
		})
		if q.After == "" {
			return all
		}
	}
	t.Fatal("the pages do not end")
	return nil
}

// mixed makes tickets with gaps and ties in every property that is sorted by.
func (k *desk) mixed(t testing.TB, n int) {
	random := rand.New(rand.NewPCG(3, 4))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	k.do(t, func(tx *db.Tx) error {
		_, err := k.props.Create(tx, people.System, property.Definition{ObjectType: "tickets", Name: "weight", Label: "Weight", Type: property.Number})
		return err
	})
	for range n {
		k.make(t, "tickets", map[string]string{"subject": pick("", "a", "b", "B"), "weight": pick("", "9", "10", "-1", "2.5"),
			"hs_ticket_priority": pick("", "LOW", "HIGH", "URGENT"), "closed_date": pick("", "2026-11-01", "2026-11-02"),
			"hubspot_owner_id": pick("", "7", "70", "8"), "content": pick("", "x", "é"), "hs_last_closed_date": pick("", "2026-11-01", "2026-10-02"),
			"desk_active_at": pick("2026-11-01", "2026-11-02", "2026-10-03")})
	}
}

func TestPagesFollowEveryOrder(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.mixed(t, 60)
		for _, name := range []string{"", "subject", "weight", "hs_ticket_priority", "closed_date", "hubspot_owner_id", "content", "hs_last_closed_date", "desk_active_at", "createdate"} {
			for _, desc := range []bool{false, true} {
				q := record.Query{ObjectType: "tickets", Limit: 7, Sorts: []record.Sort{{Property: name, Desc: desc}}}
				got := k.pages(t, q)
				q.Limit = 200
				if whole := k.pages(t, q); len(whole) != 60 || !slices.EqualFunc(got, whole, func(a, b record.Record) bool { return a.ID == b.ID }) {
					t.Errorf("by %q desc %v: pages of 7 hold %d, one page %d, or in another order", name, desc, len(got), len(whole))
				}
				if !slices.IsSortedFunc(got, func(a, b record.Record) int { return order(a, b, name, desc) }) {
					t.Errorf("by %q desc %v: not in order", name, desc)
				}
			}
		}
	})
}

// order is what the pages must follow: none last, priorities by rank, numbers by size, then id.
func order(a, b record.Record, name string, desc bool) int {
	x, y := a.Properties[name], b.Properties[name]
	c := 0
	switch {
	case x == y:
	case x == "":
		return 1
	case y == "":
		return -1
	case name == "hs_ticket_priority":
		ranks := []string{"LOW", "MEDIUM", "HIGH", "URGENT"}
		c = slices.Index(ranks, x) - slices.Index(ranks, y)
	case name == "weight" || name == "hubspot_owner_id":
		f, _ := strconv.ParseFloat(x, 64)
		g, _ := strconv.ParseFloat(y, 64)
		c = int(2*f - 2*g)
	default:
		c = strings.Compare(x, y)
	}
	if c == 0 {
		c = int(a.ID - b.ID)
	}
	if desc {
		return -c
	}
	return c
}

func TestPagesAreStableUnderInserts(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		var want []int64
		for range 10 {
			want = append(want, k.make(t, "tickets", map[string]string{"subject": "old"}).ID)
		}
		slices.Reverse(want)
		q := record.Query{ObjectType: "tickets", Limit: 3, Sorts: []record.Sort{{Property: "createdate", Desc: true}}}
		var got []int64
		for {
			var page record.Page
			k.see(t, func(tx *db.Tx) (err error) {
				page, err = k.Search(tx, people.System, q)
				return err
			})
			for _, r := range page.Records {
				got = append(got, r.ID)
			}
			k.make(t, "tickets", map[string]string{"subject": "new"})
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestCursorsOfOtherSearchesAreRefused(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.mixed(t, 5)
		var next string
		k.see(t, func(tx *db.Tx) error {
			page, err := k.Search(tx, people.System, record.Query{ObjectType: "tickets", Limit: 1, Sorts: []record.Sort{{Property: "weight"}}})
			next = page.Next
			return err
		})
		for name, q := range map[string]record.Query{
			"another sort":      {ObjectType: "tickets", After: next},
			"another direction": {ObjectType: "tickets", After: next, Sorts: []record.Sort{{Property: "weight", Desc: true}}},
			"another type":      {ObjectType: "contacts", After: next},
			"no cursor":         {ObjectType: "tickets", After: "10"},
			"a forged value":    {ObjectType: "tickets", After: "eyJvIjoidGlja2V0czp3ZWlnaHQiLCJ2IjoieCIsImkiOjF9", Sorts: []record.Sort{{Property: "weight"}}},
			"two sorts":         {ObjectType: "tickets", Sorts: make([]record.Sort, 2)},
			"unknown sort":      {ObjectType: "tickets", Sorts: []record.Sort{{Property: "nonsense"}}},
			"too many":          {ObjectType: "tickets", Limit: 201},
		} {
			e := k.refusal(t, errs.Invalid, func(tx *db.Tx) error {
				_, err := k.Search(tx, people.System, q)
				return err
			})
			if len(e.Fields) != 1 {
				t.Errorf("%s: %+v", name, e)
			}
		}
	})
}

func TestSearchByTextAndCount(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ada := k.make(t, "contacts", map[string]string{"firstname": "Ada", "lastname": "Löw", "email": "ada@example.com"})
		a := k.make(t, "tickets", map[string]string{"subject": "Printer on fire"})
		b := k.make(t, "tickets", map[string]string{"subject": "Invoice 100%", "content": "the printer invoice"})
		k.do(t, func(tx *db.Tx) error {
			return k.Associate(tx, people.System, record.Link{FromType: "contacts", FromID: ada.ID, ToType: "tickets", ToID: a.ID})
		})
		for text, want := range map[string][]int64{"printer": {a.ID, b.ID}, "PRINTER fire": {a.ID}, "ada": {a.ID}, "100%": {b.ID},
			"1%0": nil, "löw": {a.ID}, "nothing": nil, "?!": nil, strconv.FormatInt(b.ID, 10): {b.ID}, " ": {a.ID, b.ID}} {
			if got := k.ids(t, people.System, record.Query{Text: text}); !slices.Equal(got, want) {
				t.Errorf("%q finds %v, want %v", text, got, want)
			}
		}
		if got := k.ids(t, people.System, record.Query{ObjectType: "contacts", Text: "example.com"}); !slices.Equal(got, []int64{ada.ID}) {
			t.Errorf("contacts %v", got)
		}
		k.see(t, func(tx *db.Tx) error {
			page, err := k.Search(tx, people.System, record.Query{ObjectType: "tickets", Groups: one("subject", "HAS_PROPERTY", ""), Limit: 1, CountTotal: true,
				Among: only{b.ID}})
			if page.Total != 1 || len(page.Records) != 1 || page.Next != "" {
				t.Errorf("page %+v", page)
			}
			return err
		})
	})
}

// only is one record as a subset.
type only struct{ id int64 }

func (o only) Where(q *db.SQL)                   { q.Add("id = ?", o.id) }
func (o only) IDs(*db.Tx) ([]int64, bool, error) { return []int64{o.id}, true, nil }

// views are the standing queries of the workspace, and the index that each must use on both databases.
func views() map[string]record.Query {
	f := func(name, operator string, values ...string) filter.Filter {
		out := filter.Filter{PropertyName: name, Operator: operator, Values: values}
		if len(values) == 1 {
			out.Value = values[0]
		}
		return out
	}
	isOpen := []filter.Filter{f("desk_open", "EQ", "true"), f("desk_spam", "EQ", "false"), f("desk_snoozed_until", "NOT_HAS_PROPERTY")}
	q := func(sort string, fs ...filter.Filter) record.Query {
		return record.Query{ObjectType: "tickets", Limit: 50, Groups: []filter.Group{{Filters: fs}}, Sorts: []record.Sort{{Property: sort, Desc: true}}}
	}
	opened := func(fs ...filter.Filter) []filter.Filter { return append(slices.Clone(isOpen), fs...) }
	return map[string]record.Query{
		"tickets_unassigned": q("desk_active_at", opened(f("hubspot_owner_id", "NOT_HAS_PROPERTY"))...),
		"tickets_owner":      q("desk_active_at", opened(f("hubspot_owner_id", "EQ", "7"))...),
		"tickets_team":       q("desk_active_at", opened(f("hubspot_team_id", "IN", "3"))...),
		"tickets_open":       q("desk_active_at", isOpen...),
		"tickets_spam":       q("desk_active_at", f("desk_spam", "EQ", "true")),
		"tickets_contact":    q("desk_active_at", f("desk_contact_id", "EQ", "5")),
		"tickets_stage":      q("desk_active_at", f("hs_pipeline", "EQ", "0"), f("hs_pipeline_stage", "EQ", "2")),
		"tickets_active":     q("desk_active_at"),
		"tickets_created":    q("createdate"),
		"tickets_updated":    q("hs_lastmodifieddate", f("hs_lastmodifieddate", "GT", "2026-10-30")),
		"tickets_closed":     q("closed_date"),
		"tickets_snoozed": q("desk_active_at", f("desk_open", "EQ", "true"), f("desk_spam", "EQ", "false"),
			f("desk_snoozed_until", "HAS_PROPERTY")),
	}
}

func (k *desk) crowd(t testing.TB, n int) {
	random := rand.New(rand.NewPCG(5, 6))
	set := func(props map[string]string, name, value string, chance float64) {
		if random.Float64() < chance {
			props[name] = value
		}
	}
	for at := 0; at < n; at += 500 {
		k.do(t, func(tx *db.Tx) error {
			for i := range 500 {
				ago := time.Duration(random.IntN(1000000)) * time.Second
				props := map[string]string{"subject": "s", "hs_pipeline": "0", "hs_pipeline_stage": strconv.Itoa(1 + random.IntN(4)),
					"desk_active_at": property.FormatTime(tx.Now.Add(-ago)), "createdate": property.FormatTime(tx.Now.Add(-ago))}
				set(props, "hubspot_owner_id", strconv.Itoa(1+random.IntN(50)), 0.9)
				set(props, "hubspot_team_id", strconv.Itoa(1+random.IntN(9)), 0.9)
				set(props, "desk_contact_id", strconv.Itoa(1+i), 0.9)
				set(props, "desk_spam", "true", 0.02)
				set(props, "desk_snoozed_until", "2027-01-01", 0.02)
				set(props, "closed_date", "2026-11-01", 0.2)
				if _, err := k.Create(tx, people.System, "tickets", record.Input{Properties: props}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	k.do(t, func(tx *db.Tx) error {
		_, err := tx.Exec("ANALYZE")
		return err
	})
}

func TestViewsUseTheirIndexes(t *testing.T) { // VIEW-1
	each(t, func(t *testing.T, k *desk) {
		k.crowd(t, 6000)
		for index, q := range views() {
			k.see(t, func(tx *db.Tx) error {
				first, err := k.Search(tx, people.System, q)
				if err != nil {
					return err
				}
				for _, after := range []string{"", first.Next} {
					q.After = after
					text, args, err := k.Statement(tx, people.System, q)
					if err != nil {
						return err
					}
					plan, err := tx.Explain(text, args...)
					if err != nil {
						return err
					}
					if !strings.Contains(plan, index) || strings.Contains(plan, "TEMP B-TREE") {
						t.Errorf("%s after %q is not used alone:\n%s\n%s %v", index, after, plan, text, args)
					}
				}
				return nil
			})
		}
	})
}
