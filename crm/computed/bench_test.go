package computed_test

import (
	"context"
	"log/slog"
	"strconv"
	"testing"

	"github.com/deskbell/deskbell/crm/computed"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// BenchmarkRollup is one computation of a count and a sum over 10,000 associated tickets, which happens at most once a second.
func BenchmarkRollup(b *testing.B) {
	cfg := dbtest.SQLite(b)
	cfg.Reactor = event.NewBus(slog.New(slog.DiscardHandler))
	d := dbtest.Open(b, cfg)
	props := property.New(d)
	records := record.New(d, props, search.New(d, props, nil), map[string]record.Rules{"tickets": plainRules{}})
	s := computed.New(d, props, records)
	var company record.Record
	dbtest.Do(b, d, func(tx *db.Tx) (err error) {
		for _, def := range []property.Definition{
			{ObjectType: "tickets", Name: "price", Label: "Price", Type: property.Number},
			{ObjectType: "companies", Name: "n", Label: "N", Type: property.Number, Rollup: &property.Rollup{Of: "tickets", How: property.Count}},
			{ObjectType: "companies", Name: "total", Label: "Total", Type: property.Number, Rollup: &property.Rollup{Of: "tickets", How: property.Sum, Property: "price"}},
		} {
			if _, err := s.Create(tx, people.System, def); err != nil {
				return err
			}
		}
		company, err = records.Create(tx, people.System, "companies", record.Input{Properties: map[string]string{"name": "Acme"}})
		return err
	})
	for range 10 {
		in := make([]record.Input, 1000)
		for i := range in {
			in[i] = record.Input{Properties: map[string]string{"subject": "A", "price": "0.5"}, Links: []record.Link{{ToType: "companies", ToID: company.ID}}}
		}
		dbtest.Do(b, d, func(tx *db.Tx) error { _, err := records.CreateMany(tx, people.System, "tickets", in); return err })
	}
	compute := s.Handlers()[1]
	args := []byte(`{"objectType":"companies","id":"` + strconv.FormatInt(company.ID, 10) + `"}`)
	for b.Loop() {
		if err := compute.Run(context.Background(), job.Run{Kind: compute.Kind, Args: args}); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	dbtest.See(b, d, func(tx *db.Tx) error {
		got, err := records.Any(tx, "companies", company.ID)
		if got.Properties["n"] != "10000" || got.Properties["total"] != "5000" {
			b.Errorf("computed %v", got.Properties)
		}
		return err
	})
}
