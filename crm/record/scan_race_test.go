package record_test

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/people"
)

// What a user wrote is found by their next search, whatever others write, search, load and drop meanwhile.
func TestOwnWritesAreFoundAmongWriters(t *testing.T) { // PERF-1, REL-1
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		props := property.New(d)
		k := &desk{record.New(d, props, search.New(d, props, nil), map[string]record.Rules{"tickets": plainRules{}}), d, props, nil}
		const writers, rounds = 6, 25
		find := func(k *desk, q record.Query) (page record.Page, scanned bool, err error) {
			q.ObjectType, q.CountTotal = "tickets", true
			err = k.d.Read(context.Background(), func(tx *db.Tx) (err error) {
				if page, scanned, err = k.SearchColumns(tx, people.System, q); err == nil && !scanned {
					page, err = k.SearchSQL(tx, people.System, q)
				}
				return err
			})
			return page, scanned, err
		}
		var wg sync.WaitGroup
		scans := make([]int, writers)
		for w := range writers {
			wg.Go(func() {
				for n := range rounds {
					mine := fmt.Sprintf("writer %d round %d", w, n)
					q := record.Query{Groups: one([]string{"subject", "content", "hs_assignment_method"}[n%3], "EQ", mine),
						Sorts: []record.Sort{{Property: "time_to_close", Desc: n%2 == 0}}}
					if err := k.d.Write(context.Background(), func(tx *db.Tx) error {
						if n%10 == 9 && w == 0 {
							k.Reload(tx, "tickets")
						}
						r, err := k.Create(tx, people.System, "tickets", record.Input{Properties: map[string]string{"subject": mine, "hubspot_owner_id": "7"}})
						if err == nil {
							_, err = k.Derive(tx, people.System, "tickets", r.ID, map[string]string{"content": mine, "hs_assignment_method": mine, "hubspot_owner_id": fmt.Sprint(100 + w)}, "")
						}
						return err
					}); err != nil {
						t.Error(err)
						return
					}
					page, scanned, err := find(k, q)
					if err != nil || page.Total != 1 || len(page.Records) != 1 {
						t.Errorf("%s: found %s in columns %v, %v", mine, shown(page), scanned, err)
					}
					if scanned {
						scans[w]++
					}
					page, _, err = find(k, record.Query{Groups: one("hubspot_owner_id", "EQ", fmt.Sprint(100+w))})
					if err != nil || page.Total != int64(n+1) {
						t.Errorf("%s: %d of the writer's are found, %v", mine, page.Total, err)
					}
				}
			})
		}
		wg.Wait()
		total := 0
		for _, n := range scans {
			total += n
		}
		if total < writers*rounds/3 {
			t.Errorf("columns answered %d of %d", total, writers*rounds)
		}
		k.see(t, func(tx *db.Tx) error {
			q := record.Query{ObjectType: "tickets", Limit: 200, CountTotal: true, Groups: []filter.Group{}}
			want, err := k.SearchSQL(tx, people.System, q)
			if err != nil {
				return err
			}
			got, ok, err := k.SearchColumns(tx, people.System, q)
			if !ok || !reflect.DeepEqual(got, want) {
				t.Errorf("at rest: columns %v %s, SQL %s", ok, shown(got), shown(want))
			}
			return err
		})
	})
}
