package search_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/people"
)

func TestEveryWordMustOccur(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		records := record.New(d, property.New(d), nil)
		var acme, bolt int64
		dbtest.Do(t, d, func(tx *db.Tx) error {
			a, err := records.Create(tx, people.System, "companies", record.Input{Properties: map[string]string{"name": "Acme 50%_off Ltd", "domain": "acme.example"}})
			if err != nil {
				return err
			}
			b, err := records.Create(tx, people.System, "companies", record.Input{Properties: map[string]string{"name": `Bolt \ Nut Ltd`, "phone": "+49 89 1"}})
			acme, bolt = a.ID, b.ID
			return err
		})
		companies := property.ObjectType{Name: "companies"}
		for typed, want := range map[string][]int64{
			"ltd": {acme, bolt}, "ACME ltd": {acme}, "acme bolt": nil, "0%_o": {acme}, "0__o": nil, `\`: {bolt}, "+49": {bolt},
			"": {acme, bolt}, " \x00 ": {acme, bolt}, "acme.example": {acme}, "' OR 1": nil, "\xff": {acme, bolt}, "$1": nil, "?": nil,
			strings.Repeat("ltd ", 2000): {acme, bolt},
		} {
			dbtest.See(t, d, func(tx *db.Tx) error {
				var q db.SQL
				search.Where(q.Add("SELECT id FROM companies WHERE "), tx, companies, typed)
				got, err := db.List(tx, db.Col[int64], q.Add(" ORDER BY id").Text(), q.Args()...)
				if !slices.Equal(got, want) {
					t.Errorf("%.20q finds %v, want %v", typed, got, want)
				}
				return err
			})
		}
	})
}
