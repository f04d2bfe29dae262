package record_test

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// crowd is nodes on one database whose records are written and searched at random.
type crowd struct {
	nodes   []*desk
	ids     []int64
	custom  []string // properties made on the way
	asked   int
	scanned int
}

// held are what the properties of the crowd's tickets may hold, "" for none.
var held = map[string][]string{
	"subject":            {"", "Printer on fire", "printer on FIRE", "Ärger mit Rechnung", "50% off_now", "été"},
	"hs_ticket_priority": {"", "LOW", "MEDIUM", "HIGH", "URGENT"},
	"hs_ticket_category": {"", "PRODUCT_ISSUE", "BILLING_ISSUE", "PRODUCT_ISSUE;BILLING_ISSUE"},
	"hubspot_owner_id":   {"", "7", "8", "70"},
	"hubspot_team_id":    {"", "3", "30"},
	"hs_pipeline_stage":  {"1", "2", "4"},
	"createdate":         {"2026-10-01T00:00:00.000Z", "2026-11-02T09:00:00.000Z", "2026-11-01T09:00:00.000Z"},
	"closed_date":        {"", "2026-11-02T09:00:00.000Z", "2026-11-02T09:00:00.001Z"},
	"desk_spam":          {"false", "false", "true"},
	"content":            {"", "short", "a longer text about an invoice", "another text"},
	"time_to_close":      {"", "5", "1000", "30"},
	"hs_is_closed":       {"", "true", "false"},
	"weight":             {"", "9", "10", "-1", "2.5"},
	"due":                {"", "2026-11-02", "2026-12-24", "2027-01-01"},
	"colour":             {"", "red", "green", "red;green"},
}

func heldNames() []string {
	var all []string
	for name := range held {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func (c *crowd) node(rt *rapid.T) *desk { return rapid.SampledFrom(c.nodes).Draw(rt, "node") }

func (c *crowd) values(rt *rapid.T) map[string]string {
	props := map[string]string{}
	for _, name := range heldNames() {
		if _, builtin := map[string]bool{"weight": true, "due": true, "colour": true}[name]; builtin && !slices.Contains(c.custom, name) {
			continue
		}
		if rapid.IntRange(0, 2).Draw(rt, "given") > 0 {
			props[name] = rapid.SampledFrom(held[name]).Draw(rt, name)
		}
	}
	return props
}

// define makes a custom property: filters can use it at once (PROP-6).
func (c *crowd) define(rt *rapid.T) {
	all := []property.Definition{{Name: "weight", Label: "Weight", Type: property.Number}, {Name: "due", Label: "Due", Type: property.Date},
		{Name: "colour", Label: "Colour", Type: property.Enumeration, FieldType: "checkbox", Options: []property.Option{
			{Value: "red", Label: "Red"}, {Value: "green", Label: "Green", Order: 1}}}}
	if len(c.custom) == len(all) {
		return
	}
	d := all[len(c.custom)]
	d.ObjectType = "tickets"
	k := c.node(rt)
	c.do(rt, k, func(tx *db.Tx) error { _, err := k.props.Create(tx, people.System, d); return err })
	c.custom = append(c.custom, d.Name)
	for _, other := range c.nodes { // the definitions of other nodes follow soon
		c.until(rt, func() bool {
			known := false
			c.see(rt, other, func(tx *db.Tx) error {
				set, err := other.props.Set(tx, "tickets")
				if err == nil {
					_, known = set.Get(d.Name)
				}
				return err
			})
			return known
		})
	}
}

func (c *crowd) do(rt *rapid.T, k *desk, fn func(tx *db.Tx) error) {
	if err := k.d.Write(context.Background(), fn); err != nil {
		rt.Fatal(err)
	}
}

func (c *crowd) see(rt *rapid.T, k *desk, fn func(tx *db.Tx) error) {
	if err := k.d.Read(context.Background(), fn); err != nil {
		rt.Fatal(err)
	}
}

// until waits for what another node tells.
func (c *crowd) until(rt *rapid.T, done func() bool) {
	for end := time.Now().Add(20 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(end) {
			rt.Fatal("the other node does not hear of it")
		}
	}
}

// write is one transaction of some changes; some of it, or all, may be undone.
func (c *crowd) write(rt *rapid.T) {
	k := c.node(rt)
	var made []int64
	c.do(rt, k, func(tx *db.Tx) error {
		for range rapid.IntRange(1, 5).Draw(rt, "changes") {
			var fresh []int64
			undo := rapid.IntRange(0, 9).Draw(rt, "undo") == 0
			err := tx.Savepoint(func() (err error) {
				if fresh, err = c.one(rt, tx, k); err == nil && undo {
					err = errs.New(errs.Internal, "undo", nil)
				}
				return err
			})
			if err == nil {
				made = append(made, fresh...)
			} else if !undo {
				return err
			}
		}
		return nil
	})
	c.ids = append(c.ids, made...)
}

func (c *crowd) one(rt *rapid.T, tx *db.Tx, k *desk) (made []int64, err error) {
	kind := rapid.IntRange(0, 6).Draw(rt, "kind")
	if kind < 2 || len(c.ids) == 0 {
		for range rapid.IntRange(1, 4).Draw(rt, "several") {
			r, err := k.Create(tx, people.System, "tickets", record.Input{Properties: c.values(rt)})
			if err != nil {
				return nil, err
			}
			made = append(made, r.ID)
		}
		return made, nil
	}
	id := rapid.SampledFrom(c.ids).Draw(rt, "record")
	switch kind {
	case 2:
		return nil, k.Archive(tx, people.System, "tickets", id)
	case 3:
		return nil, k.Restore(tx, people.System, "tickets", id)
	}
	_, err = k.Update(tx, people.System, "tickets", id, c.values(rt), "")
	if errs.Is(err, errs.NotFound) { // it is in the trash
		err = nil
	}
	return nil, err
}

var actors = []people.Actor{people.System, agent(7, people.Everything, false), agent(7, people.TeamOnly, true, 3), agent(8, people.TeamOnly, false, 3, 30),
	agent(8, people.OwnedOnly, false), agent(70, people.OwnedOnly, true), agent(9, people.None, false)}

// some is a subset as views have.
type some struct{ ids []int64 }

func (s some) Where(q *db.SQL)                   { db.In(q, "id", s.ids) }
func (s some) IDs(*db.Tx) ([]int64, bool, error) { return s.ids, true, nil }

func (c *crowd) query(rt *rapid.T) record.Query {
	names := slices.DeleteFunc(heldNames(), func(n string) bool {
		return slices.Contains([]string{"weight", "due", "colour"}, n) && !slices.Contains(c.custom, n)
	})
	q := record.Query{ObjectType: "tickets", Limit: rapid.IntRange(1, 8).Draw(rt, "limit"), CountTotal: true}
	for range rapid.IntRange(0, 2).Draw(rt, "groups") {
		var g filter.Group
		for range rapid.IntRange(0, 3).Draw(rt, "filters") {
			name := rapid.SampledFrom(names).Draw(rt, "property")
			f := filter.Filter{PropertyName: name, Operator: rapid.SampledFrom([]string{"EQ", "NEQ", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY", "GT", "LTE",
				"BETWEEN", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN", "IN_LAST_DAYS", "OLDER_THAN_DAYS"}).Draw(rt, "operator")}
			f.Value, f.HighValue = rapid.SampledFrom(held[name]).Draw(rt, "value"), rapid.SampledFrom(held[name]).Draw(rt, "high")
			if strings.HasSuffix(f.Operator, "_DAYS") {
				f.Value = strconv.Itoa(rapid.IntRange(0, 40).Draw(rt, "days"))
			}
			f.Values = []string{f.Value, f.HighValue}
			g.Filters = append(g.Filters, f)
		}
		q.Groups = append(q.Groups, g)
	}
	if sort := rapid.SampledFrom(append(names, "")).Draw(rt, "sort"); sort != "" {
		q.Sorts = []record.Sort{{Property: sort, Desc: rapid.Bool().Draw(rt, "desc")}}
	}
	if rapid.IntRange(0, 4).Draw(rt, "among") == 0 {
		s := some{slices.DeleteFunc(slices.Clone(c.ids), func(id int64) bool { return id%3 == 0 })}
		slices.Sort(s.ids)
		q.Among = s
	}
	return q
}

// ask walks the first pages both ways; the places of one are the other's.
func (c *crowd) ask(rt *rapid.T) {
	q, by := c.query(rt), rapid.SampledFrom(actors).Draw(rt, "by")
	writer := c.node(rt)
	for _, k := range c.nodes {
		for q.After = ""; ; {
			var want, got record.Page
			var scanned bool
			differ := func() string {
				return fmt.Sprintf("%+v\nby %+v\nSQL     %s\ncolumns %s", q, by.Grants, shown(want), shown(got))
			}
			c.until(rt, func() bool {
				invalid := false
				c.see(rt, k, func(tx *db.Tx) (err error) {
					if want, err = k.SearchSQL(tx, by, q); errs.Is(err, errs.Invalid) {
						invalid = true
						return nil
					} else if err != nil {
						return err
					}
					got, scanned, err = k.SearchColumns(tx, by, q)
					return err
				})
				if invalid {
					want, got = record.Page{}, record.Page{}
					return true
				}
				if len(c.nodes) == 1 && (!scanned || !reflect.DeepEqual(got, want)) {
					rt.Fatalf("scanned %v %s", scanned, differ())
				}
				return scanned && reflect.DeepEqual(got, want)
			})
			c.asked++
			if scanned {
				c.scanned++
			}
			if want.Total > 0 && k == writer {
				c.matches(rt, k, by, q, want.Total)
			}
			if q.After = want.Next; q.After == "" || rapid.IntRange(0, 2).Draw(rt, "on") == 0 {
				break
			}
		}
	}
}

func shown(p record.Page) string {
	var ids []int64
	for _, r := range p.Records {
		ids = append(ids, r.ID)
	}
	return fmt.Sprintf("%v of %d, next %s", ids, p.Total, p.Next)
}

// matches counts by the third way: each record by itself.
func (c *crowd) matches(rt *rapid.T, k *desk, by people.Actor, q record.Query, want int64) {
	c.see(rt, k, func(tx *db.Tx) error {
		set, err := k.props.Set(tx, "tickets")
		if err != nil {
			return err
		}
		cond, err := filter.Compile(set, q.Groups)
		if err != nil {
			return err
		}
		ids := c.ids
		if q.Among != nil {
			ids = q.Among.(some).ids
		}
		n := int64(0)
		for part := range slices.Chunk(ids, 1000) {
			records, err := k.GetMany(tx, by, "tickets", part)
			if err != nil {
				return err
			}
			for _, r := range records {
				if cond.Match(func(name string) string { return r.Properties[name] }, tx.Now) {
					n++
				}
			}
		}
		if n != want {
			rt.Errorf("%+v: %d match one by one, %d by SQL", q, n, want)
		}
		return nil
	})
}

func (c *crowd) live(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 4).Draw(rt, "steps") {
			if rapid.IntRange(0, 9).Draw(rt, "define") == 0 {
				c.define(rt)
			}
			c.write(rt)
			c.ask(rt)
		}
	})
	if c.asked == 0 || c.scanned*2 < c.asked || len(c.custom) == 0 {
		t.Errorf("columns answered %d of %d, %d custom properties were made: the test says nothing", c.scanned, c.asked, len(c.custom))
	}
}

// Every search is answered alike by SQL, by the columns in memory, and by asking each record.
func TestEveryWayFindsTheSame(t *testing.T) { // PERF-1, PROP-6, VIEW-2
	each(t, func(t *testing.T, k *desk) { (&crowd{nodes: []*desk{k}}).live(t) })
}

func TestNodesFindTheSame(t *testing.T) { // PERF-1, SCALE-1
	cfg := dbtest.Postgres(t)
	second := cfg
	second.Node = 1
	(&crowd{nodes: []*desk{open(t, cfg), open(t, second)}}).live(t)
}
