package column_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/column"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// The columns of the tests, one of each kind, and what each may hold; "" is none.
var (
	owner   = column.Spec{Name: "owner", Kind: column.Ref, SQL: "owner_id"}
	contact = column.Spec{Name: "contact", Kind: column.Ref, SQL: "contact_id"} // of many
	open    = column.Spec{Name: "open", Kind: column.Flag, SQL: "open"}
	made    = column.Spec{Name: "made", Kind: column.Micros, SQL: "created_at"}
	stage   = column.Spec{Name: "stage", Kind: column.Text, SQL: "stage_id"}
	subject = column.Spec{Name: "subject", Kind: column.Text, SQL: "subject"} // of many
	weight  = column.Spec{Name: "weight", Kind: column.Number, SQL: "props->>'weight'"}
	due     = column.Spec{Name: "due", Kind: column.Date, SQL: "props->>'due'"}
	seen    = column.Spec{Name: "seen", Kind: column.Time, SQL: "props->>'seen'"}

	specs  = []column.Spec{owner, contact, open, made, stage, subject, weight, due, seen}
	source = column.Source{Name: "tickets", From: "tickets WHERE ", Hot: []column.Spec{owner, open, made, stage}}
)

func draw(s column.Spec, n func(most int) int) string {
	pick := func(from ...string) string { return from[n(len(from))] }
	switch s {
	case owner:
		return pick("", "7", "8", "70", "123456789012")
	case contact:
		return pick("", strconv.Itoa(1+n(100_000)), strconv.Itoa(1+n(100_000)))
	case open:
		return pick("true", "false")
	case made:
		return fmt.Sprintf("2026-10-%02dT09:00:00.%03dZ", 1+n(28), n(3))
	case stage:
		return pick("", "1", "2", "3", "waiting", "Closed")
	case subject:
		return pick("", "Printer on fire", fmt.Sprintf("%s Invoice %d", pick("Your", "our", "ÄRGER mit"), n(50_000)), strings.Repeat("long ", 30)+strconv.Itoa(n(9)))
	case weight:
		return pick("", "5", "-5", "5.25", "0.1", "1000000", "9007199254740993", "9007199254740992", "9223372036854775807", "-9223372036854775808",
			"1000000000000000000000000", "-0.5", strconv.Itoa(n(1000)))
	case due:
		return pick("", fmt.Sprintf("20%02d-0%d-1%d", n(99), 1+n(9), n(10)), "0001-01-01", "9999-12-31")
	}
	return pick("", fmt.Sprintf("2026-11-%02dT%02d:00:00.%03dZ", 1+n(28), n(24), n(1000)))
}

// compare orders two values of a kind, by what they mean.
func (m *model) compare(s column.Spec, a, b string) int {
	if a == b || s.Kind != column.Ref && s.Kind != column.Number {
		return strings.Compare(a, b)
	}
	return m.rat(a).Cmp(m.rat(b))
}

func (m *model) rat(s string) *big.Rat {
	if m.rats[s] == nil {
		m.rats[s], _ = new(big.Rat).SetString(s)
	}
	return m.rats[s]
}

// model is what the table should hold.
type model struct {
	d      *db.DB
	store  *column.Store
	rows   map[int64]map[column.Spec]string
	dead   map[int64]bool
	next   int64
	rats   map[string]*big.Rat
	asked  int
	viewed int
}

const insertRow = `INSERT INTO tickets (id, open, spam, active_at, updated_at, owner_id, contact_id, created_at, stage_id, subject, props)
VALUES ($1, $2, FALSE, 0, 0, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO UPDATE SET open = excluded.open, owner_id = excluded.owner_id, contact_id = excluded.contact_id, created_at = excluded.created_at,
stage_id = excluded.stage_id, subject = excluded.subject, props = excluded.props`

// write stores random values of a record, new or not.
func (m *model) write(tx *db.Tx, id int64, n func(int) int) error {
	row := map[column.Spec]string{}
	for _, s := range specs {
		row[s] = draw(s, n)
	}
	m.rows[id] = row
	arg := func(s column.Spec) any {
		v := row[s]
		k, _ := s.Kind.Key(v)
		switch {
		case v == "":
			return nil
		case s.Kind == column.Ref || s.Kind == column.Micros:
			return k.K
		case s.Kind == column.Flag:
			return v == "true"
		}
		return v
	}
	var props []string
	for _, s := range []column.Spec{weight, due, seen} {
		if row[s] != "" {
			props = append(props, fmt.Sprintf(`"%s": "%s"`, s.Name, row[s]))
		}
	}
	m.store.Changed(tx, "tickets", id)
	_, err := tx.Exec(insertRow, id, arg(open), arg(owner), arg(contact), arg(made), arg(stage), arg(subject), "{"+strings.Join(props, ", ")+"}")
	return err
}

func (m *model) ids() []int64 {
	ids := make([]int64, 0, len(m.rows))
	for id := range m.rows {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// build fills more than two blocks.
func build(t testing.TB, d *db.DB, rows int) *model {
	m := &model{d: d, store: column.NewStore(d, column.BytesUsual), rows: map[int64]map[column.Spec]string{}, dead: map[int64]bool{}, rats: map[string]*big.Rat{}}
	random := rand.New(rand.NewPCG(1, 2))
	for range rows / 500 {
		dbtest.Do(t, d, func(tx *db.Tx) error {
			for range 500 {
				m.next += 1 + random.Int64N(5)
				if err := m.write(tx, m.next, random.IntN); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return m
}

// condition is a predicate with what it should mean.
type condition struct {
	text  string
	holds func(id int64, row map[column.Spec]string) bool
	make  func(v *column.View) column.Predicate
}

func (m *model) condition(rt *rapid.T) condition {
	s := rapid.SampledFrom(specs).Draw(rt, "column")
	n := func(most int) int { return rapid.IntRange(0, most-1).Draw(rt, "n") }
	values := []string{draw(s, n), draw(s, n), draw(s, n)}
	not := rapid.Bool().Draw(rt, "not")
	text := fmt.Sprintf("%s %q not %v", s.Name, values, not)
	switch kind := rapid.IntRange(0, 4).Draw(rt, "kind"); {
	case kind == 0:
		return condition{text + " present", func(_ int64, r map[column.Spec]string) bool { return (r[s] != "") != not },
			func(v *column.View) column.Predicate { return v.Column(s).Present(not) }}
	case kind == 1:
		some := m.ids()
		some = some[:n(len(some))]
		return condition{"among " + text, func(id int64, _ map[column.Spec]string) bool {
			_, in := slices.BinarySearch(some, id)
			return in != not
		},
			func(v *column.View) column.Predicate { return v.Among(some, not) }}
	case s == subject && kind == 2:
		word := rapid.SampledFrom([]string{"on", "FIRE", "invoice 1", "ÄRGER", "xyz", "our"}).Draw(rt, "word")
		holds := func(v string) bool { return strings.Contains(strings.ToLower(v), strings.ToLower(word)) != not }
		return condition{text + word, func(_ int64, r map[column.Spec]string) bool { return holds(r[s]) }, func(v *column.View) column.Predicate {
			if not {
				return v.Column(s).Matching(holds)
			}
			return v.Column(s).Matching(holds, []string{word})
		}}
	case !s.Kind.Ordered() || kind == 3:
		holds := func(v string) bool { return (v != "" && slices.Contains(values, v)) != not }
		return condition{text + " one of", func(_ int64, r map[column.Spec]string) bool { return holds(r[s]) }, func(v *column.View) column.Predicate {
			if c := v.Column(s); s.Kind.Ordered() && !c.Coded() {
				return c.OneOf(m.keys(s, values), not)
			}
			return v.Column(s).Matching(holds)
		}}
	}
	return m.between(s, values, not, text)
}

func (m *model) keys(s column.Spec, values []string) (out []column.Key) {
	for _, v := range values {
		if k, ok := s.Kind.Key(v); ok {
			out = append(out, k)
		}
	}
	return out
}

func (m *model) between(s column.Spec, values []string, not bool, text string) condition {
	in := func(v string) bool {
		return v != "" && (values[0] == "" || m.compare(s, v, values[0]) > 0) && (values[1] == "" || m.compare(s, v, values[1]) <= 0)
	}
	return condition{text + " between", func(_ int64, r map[column.Spec]string) bool { return in(r[s]) != not }, func(v *column.View) column.Predicate {
		c := v.Column(s)
		if c.Coded() {
			return c.Matching(func(v string) bool { return in(v) != not })
		}
		low, high := column.Lowest, column.Highest
		if k, ok := s.Kind.Key(values[0]); ok {
			low = k.After()
		}
		if k, ok := s.Kind.Key(values[1]); ok {
			high = k
		}
		return c.Between(low, high, not)
	}}
}

// ask compares a random question with a walk over the model.
func (m *model) ask(rt *rapid.T) {
	var groups [][]condition
	text := ""
	for range rapid.IntRange(0, 2).Draw(rt, "groups") {
		var g []condition
		for range rapid.IntRange(0, 3).Draw(rt, "conditions") {
			g = append(g, m.condition(rt))
			text += g[len(g)-1].text + "; "
		}
		groups, text = append(groups, g), text+" or "
	}
	by := rapid.SampledFrom(append(specs, column.Spec{})).Draw(rt, "order")
	desc, ranked := rapid.Bool().Draw(rt, "desc"), by == stage && rapid.Bool().Draw(rt, "ranked")
	rank := func(v string) int64 { return int64(len(v)) }
	order := func(x, y int64) int {
		a, b := m.rows[x][by], m.rows[y][by]
		c := 0
		switch {
		case by.Name == "" || a == "" && b == "":
		case a == "":
			return 1
		case b == "":
			return -1
		case ranked:
			c = cmp.Compare(rank(a), rank(b))
		default:
			c = m.compare(by, a, b)
		}
		if c = cmp.Or(c, cmp.Compare(x, y)); desc {
			return -c
		}
		return c
	}
	want := m.matching(groups)
	slices.SortFunc(want, order)
	total := len(want)
	after := int64(0)
	if all := m.ids(); rapid.Bool().Draw(rt, "after") {
		after = rapid.SampledFrom(all).Draw(rt, "place")
		want = slices.DeleteFunc(want, func(id int64) bool { return order(id, after) <= 0 })
	}
	limit := rapid.IntRange(1, 60).Draw(rt, "limit")
	want = want[:min(limit, len(want))]
	m.asked++
	wrong := ""
	err := m.d.Read(context.Background(), func(tx *db.Tx) error {
		ok, err := m.store.View(tx, source, specs, func(v *column.View) error {
			q := column.Scan{Limit: limit, Count: true}
			for _, g := range groups {
				var all []column.Predicate
				for _, c := range g {
					all = append(all, c.make(v))
				}
				q.Groups = append(q.Groups, all)
			}
			c := v.ID()
			if by.Name != "" {
				c = v.Column(by)
			}
			if q.Order = v.By(c, desc, nil); ranked {
				q.Order = v.By(c, desc, rank)
			}
			if after != 0 {
				q.Order = q.Order.After(m.rows[after][by], after)
			}
			got, n := v.Scan(q)
			if !slices.Equal(got, want) || n != int64(total) {
				wrong = fmt.Sprintf("%s by %s desc %v ranked %v after %d %q: found %v of %d, want %v of %d", text, by.Name, desc, ranked, after, m.rows[after][by], got, n, want, total)
			}
			return nil
		})
		if ok {
			m.viewed++
		}
		return err
	})
	if err != nil || wrong != "" {
		rt.Fatal(err, wrong)
	}
}

func (m *model) matching(groups [][]condition) (out []int64) {
	for id, row := range m.rows {
		match := len(groups) == 0
		for _, g := range groups {
			match = match || !slices.ContainsFunc(g, func(c condition) bool { return !c.holds(id, row) })
		}
		if match && !m.dead[id] {
			out = append(out, id)
		}
	}
	return out
}

// change writes some records: old ones, new ones, and new ones whose ids come late; some go to the trash, come back, or vanish.
func (m *model) change(rt *rapid.T) {
	n := func(most int) int { return rapid.IntRange(0, most-1).Draw(rt, "n") }
	undo := rapid.IntRange(0, 9).Draw(rt, "undo") == 0
	before, dead, next := m.rows, m.dead, m.next
	if undo {
		m.rows, m.dead = maps.Clone(m.rows), maps.Clone(m.dead)
	}
	err := m.d.Write(context.Background(), func(tx *db.Tx) error {
		for range 1 + n(4) {
			all := m.ids()
			id := all[n(len(all))]
			switch n(6) {
			case 0:
				m.next += 1 + int64(n(5))
				id = m.next
			case 1:
				if id -= int64(n(9)); id <= 0 {
					continue
				}
			case 2:
				m.dead[id] = !m.dead[id]
				m.store.Changed(tx, "tickets", id)
				if _, err := tx.Exec("UPDATE tickets SET archived_at = CASE WHEN archived_at IS NULL THEN 5 END WHERE id = $1", id); err != nil {
					return err
				}
				continue
			case 3:
				delete(m.rows, id)
				delete(m.dead, id)
				m.store.Changed(tx, "tickets", id)
				if _, err := tx.Exec("DELETE FROM tickets WHERE id = $1", id); err != nil {
					return err
				}
				continue
			}
			if err := m.write(tx, id, n); err != nil {
				return err
			}
		}
		if undo {
			return context.Canceled
		}
		return nil
	})
	if undo {
		m.rows, m.dead, m.next = before, dead, next
	} else if err != nil {
		rt.Fatal(err)
	}
}

func TestColumnsAgreeWithAModel(t *testing.T) { // PERF-1, PROP-6
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		m := build(t, d, 9000)
		rapid.Check(t, func(rt *rapid.T) {
			for range rapid.IntRange(1, 3).Draw(rt, "steps") {
				m.change(rt)
				m.ask(rt)
			}
		})
		if m.viewed != m.asked || m.asked == 0 {
			t.Errorf("columns answered %d of %d questions", m.viewed, m.asked)
		}
	})
}
