package record_test

import (
	"errors"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// A transaction that reads a record it wrote asks no database (PERF-3), and finds exactly what everybody will find.
func TestWhatWasWrittenIsWhatIsRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		var reads atomic.Int64
		cfg.Trace = func(all ...string) {
			for _, s := range all {
				if strings.HasPrefix(s, "SELECT archived_at") {
					reads.Add(1)
				}
			}
		}
		k := open(t, cfg)
		no := errors.New("no")
		get := func(tx *db.Tx, objectType string, id int64) (record.Record, error) {
			return k.Get(tx, people.System, objectType, id)
		}
		for _, tt := range []struct {
			objectType   string
			made, edited map[string]string
		}{
			{"tickets", map[string]string{"subject": " a lamp\n", "content": "It is\nbroken", "createdate": "2026-01-02", "hs_ticket_priority": "HIGH", "hs_pipeline_stage": "1"},
				map[string]string{"subject": "", "hs_pipeline_stage": "4", "closed_date": "1767225600123", "content": "new"}},
			{"contacts", map[string]string{"email": " Ada@X.example", "firstname": "Ada", "lastname": "Lovelace"},
				map[string]string{"email": "ada@y.example", "lastname": "", "phone": "+49 30 1234"}},
			{"companies", map[string]string{"name": "Lamps", "domain": "https://www.Lamps.example/shop"}, map[string]string{"name": "Lights"}},
			{"deals", map[string]string{"dealname": "Ten lamps", "amount": "12.50"}, map[string]string{"amount": "", "dealname": "Eleven"}},
		} {
			var id int64
			var last record.Record
			same := func(when string, tx *db.Tx, want record.Record) error {
				got, err := get(tx, tt.objectType, id)
				if err != nil {
					return err
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s %s: read\n%v, want\n%v", tt.objectType, when, got, want)
				}
				got.Properties["subject"] = "what a reader does to its copy" // must not be anybody else's
				last, err = get(tx, tt.objectType, id)
				return err
			}
			stored := func(when string) {
				k.see(t, func(tx *db.Tx) error { want := last; return same(when, tx, want) })
			}
			k.do(t, func(tx *db.Tx) error {
				r, err := k.Create(tx, people.System, tt.objectType, record.Input{Properties: tt.made})
				if err != nil {
					return err
				}
				id = r.ID
				before := reads.Load()
				defer func() {
					if n := reads.Load() - before; n != 0 {
						t.Errorf("%s: %d reads of what was just made", tt.objectType, n)
					}
				}()
				return same("made", tx, r)
			})
			stored("made")
			k.do(t, func(tx *db.Tx) error {
				r, err := k.Derive(tx, people.System, tt.objectType, id, tt.edited, "")
				if err != nil {
					return err
				}
				if err := same("edited", tx, r); err != nil {
					return err
				}
				lost := tx.Savepoint(func() error {
					_, err := k.Derive(tx, people.System, tt.objectType, id, tt.made, "")
					return errors.Join(err, no)
				})
				if !errors.Is(lost, no) {
					t.Errorf("the savepoint failed with %v", lost)
				}
				return same("after a savepoint that failed", tx, r)
			})
			stored("edited")
			k.do(t, func(tx *db.Tx) error {
				if _, err := k.Derive(tx, people.System, tt.objectType, id, tt.made, ""); err != nil {
					return err
				}
				if err := k.Archive(tx, people.System, tt.objectType, id); err != nil {
					return err
				}
				if _, err := get(tx, tt.objectType, id); !errs.Is(err, errs.NotFound) {
					t.Errorf("%s in the trash: %v", tt.objectType, err)
				}
				if err := k.Restore(tx, people.System, tt.objectType, id); err != nil {
					return err
				}
				r, err := get(tx, tt.objectType, id)
				last = r
				return err
			})
			stored("restored")
		}
	})
}
