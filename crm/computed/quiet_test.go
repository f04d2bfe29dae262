package computed_test

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/formula"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/people"
)

// ticket is what the model knows of one.
type ticket struct {
	id       int64
	price    int // in tenths; -1 for none
	urgent   bool
	archived bool
	of       map[int]bool // companies, by place
}

// shop is a desk with companies that roll up their tickets, and what must be true of it.
type shop struct {
	*desk
	t         *testing.T
	companies []record.Record
	tickets   []*ticket
}

func (s *shop) write(fn func(tx *db.Tx) error) {
	if err := s.d.Write(context.Background(), fn); err != nil {
		s.t.Fatal(err)
	}
}

func decimal(tenths int) string {
	if tenths < 0 {
		return ""
	}
	return formula.Decimal(big.NewRat(int64(tenths), 10))
}

func priority(urgent bool) string {
	if urgent {
		return "URGENT"
	}
	return "LOW"
}

// step does one random thing to the desk and to the model.
func (s *shop) step(r *rapid.T) {
	if len(s.tickets) == 0 || rapid.IntRange(0, 4).Draw(r, "new") == 0 {
		s.open(r)
		return
	}
	k := rapid.SampledFrom(s.tickets).Draw(r, "ticket")
	company := rapid.IntRange(0, len(s.companies)-1).Draw(r, "company")
	link := record.Link{FromType: "tickets", FromID: k.id, ToType: "companies", ToID: s.companies[company].ID}
	switch action := rapid.IntRange(0, 5).Draw(r, "action"); {
	case action == 0 && !k.archived:
		s.write(func(tx *db.Tx) error { return s.records.Archive(tx, people.System, "tickets", k.id) })
		k.archived = true
	case action == 1 && k.archived:
		s.write(func(tx *db.Tx) error { return s.records.Restore(tx, people.System, "tickets", k.id) })
		k.archived = false
	case k.archived:
	case action == 2:
		s.write(func(tx *db.Tx) error { return s.records.Associate(tx, people.System, link) })
		k.of[company] = true
	case action == 3:
		s.write(func(tx *db.Tx) error { return s.records.Dissociate(tx, people.System, link) })
		delete(k.of, company)
	default:
		k.price, k.urgent = rapid.IntRange(-1, 99).Draw(r, "price"), rapid.Bool().Draw(r, "urgent")
		s.write(func(tx *db.Tx) error {
			props := map[string]string{"price": decimal(k.price), "hs_ticket_priority": priority(k.urgent)}
			_, err := s.records.Update(tx, people.System, "tickets", k.id, props, "")
			return err
		})
	}
}

// open makes a ticket, with a company or without.
func (s *shop) open(r *rapid.T) {
	k := &ticket{price: rapid.IntRange(-1, 99).Draw(r, "price"), urgent: rapid.Bool().Draw(r, "urgent"), of: map[int]bool{}}
	in := record.Input{Properties: map[string]string{"subject": "A", "hs_ticket_priority": priority(k.urgent)}}
	if k.price >= 0 {
		in.Properties["price"] = decimal(k.price)
	}
	if company := rapid.IntRange(-1, len(s.companies)-1).Draw(r, "with"); company >= 0 {
		in.Links = []record.Link{{ToType: "companies", ToID: s.companies[company].ID}}
		k.of[company] = true
	}
	s.write(func(tx *db.Tx) error {
		made, err := s.records.Create(tx, people.System, "tickets", in)
		k.id = made.ID
		return err
	})
	s.tickets = append(s.tickets, k)
}

// check compares what companies have with what the model says.
func (s *shop) check() {
	for i, c := range s.companies {
		n, urgent := 0, 0
		var prices []int
		sum := 0
		for _, k := range s.tickets {
			if k.archived || !k.of[i] {
				continue
			}
			n++
			if k.urgent {
				urgent++
			}
			if k.price >= 0 {
				prices, sum = append(prices, k.price), sum+k.price
			}
		}
		total, mean, least, most := "", "", "", ""
		if prices != nil {
			total, least, most = decimal(sum), decimal(slices.Min(prices)), decimal(slices.Max(prices))
			mean = formula.Decimal(big.NewRat(int64(sum), int64(10*len(prices))))
		}
		s.is(s.t, c, fmt.Sprintf("n=%d", n), fmt.Sprintf("urgent=%d", urgent), "total="+total, "mean="+mean, "least="+least, "most="+most)
	}
}

// TestRollupsAreWhatTheyCount: whatever happens to tickets, when it is quiet the companies say what is.
func TestRollupsAreWhatTheyCount(t *testing.T) { // PROP-1
	if testing.Short() {
		t.Skip("many small transactions")
	}
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		k := open(t, cfg)
		rollups(k, t)
		rapid.Check(t, func(r *rapid.T) {
			s := &shop{desk: k, t: t}
			for i := range 2 {
				s.companies = append(s.companies, k.make(t, "companies", map[string]string{"name": fmt.Sprintf("Company %d", i)}))
			}
			for range rapid.IntRange(1, 3).Draw(r, "rounds") {
				for range rapid.IntRange(1, 8).Draw(r, "steps") {
					s.step(r)
				}
				k.settle(t)
				s.check()
			}
			if t.Failed() {
				r.FailNow()
			}
		})
	})
}

// A formula over a rollup, and a rollup over a formula, follow in turn.
func TestComputedFromComputed(t *testing.T) { // PROP-1
	each(t, func(t *testing.T, k *desk) {
		k.define(t, property.Definition{ObjectType: "tickets", Name: "price", Type: property.Number})
		k.define(t, property.Definition{ObjectType: "tickets", Name: "gross", Type: property.Number, Formula: "price * 2"})
		k.define(t, property.Definition{ObjectType: "companies", Name: "total", Type: property.Number, Rollup: &property.Rollup{Of: "tickets", How: property.Sum, Property: "gross"}})
		k.define(t, property.Definition{ObjectType: "companies", Name: "class", Type: property.String, Formula: "if total >= 10 then 'big' else 'small'"})
		k.define(t, property.Definition{ObjectType: "contacts", Name: "classes", Type: property.Number,
			Rollup: &property.Rollup{Of: "companies", How: property.Count, Filter: []byte(`[{"filters":[{"propertyName":"class","operator":"EQ","value":"big"}]}]`)}})
		acme := k.make(t, "companies", map[string]string{"name": "Acme"})
		ann := k.make(t, "contacts", map[string]string{"email": "ann@example.org"}, acme)
		chair := k.make(t, "tickets", map[string]string{"subject": "Chair", "price": "1"}, acme)
		k.settle(t)
		k.is(t, acme, "total=2", "class=small")
		k.is(t, ann, "classes=0")
		k.set(t, chair, "price", "5")
		k.settle(t)
		k.is(t, acme, "total=10", "class=big")
		k.is(t, ann, "classes=1")
	})
}
