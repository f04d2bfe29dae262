package record_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/people"
)

// both runs a benchmark on both databases.
func both(b *testing.B, run func(b *testing.B, k *desk)) {
	b.Run("sqlite", func(b *testing.B) { run(b, open(b, dbtest.SQLite(b))) })
	b.Run("postgres", func(b *testing.B) { run(b, open(b, dbtest.Postgres(b))) })
}

const perCommit = 50 // writes that share a commit, as they do under load

func BenchmarkCreate(b *testing.B) {
	both(b, func(b *testing.B, k *desk) {
		contact := k.make(b, "contacts", map[string]string{"email": "a@example.com"})
		b.ReportAllocs()
		for done := 0; b.Loop(); done++ {
			if done%perCommit != 0 {
				continue
			}
			k.do(b, func(tx *db.Tx) error {
				for range perCommit {
					_, err := k.Create(tx, people.System, "tickets", record.Input{
						Properties: map[string]string{"subject": "Printer", "hs_pipeline": "0", "hs_pipeline_stage": "1", "source_type": "EMAIL",
							"content": "It is on fire.", "desk_contact_id": strconv.FormatInt(contact.ID, 10)},
						Links: []record.Link{{ToType: "contacts", ToID: contact.ID, TypeID: 16}}})
					if err != nil {
						return err
					}
				}
				return nil
			})
			k.seen.events = nil
		}
	})
}

func BenchmarkUpdate(b *testing.B) {
	both(b, func(b *testing.B, k *desk) {
		k.crowd(b, 2000)
		ids := k.ids(b, people.System, record.Query{Limit: 200})
		b.ReportAllocs()
		for done := 0; b.Loop(); done++ {
			if done%perCommit != 0 {
				continue
			}
			k.do(b, func(tx *db.Tx) error {
				for i := range perCommit {
					_, err := k.Derive(tx, people.System, "tickets", ids[(done+i)%len(ids)], map[string]string{"desk_preview": strconv.Itoa(done + i),
						"desk_last_from": "contact", "hs_last_message_received_at": strconv.Itoa(1700000000000 + done + i)}, "")
					if err != nil {
						return err
					}
				}
				return nil
			})
			k.seen.events = nil
		}
	})
}

func BenchmarkPage(b *testing.B) {
	both(b, func(b *testing.B, k *desk) {
		k.crowd(b, 5000)
		q := views()["tickets_open"]
		b.ReportAllocs()
		for b.Loop() {
			k.see(b, func(tx *db.Tx) error {
				page, err := k.Search(tx, people.System, q)
				if len(page.Records) != 50 {
					b.Fatalf("%d records", len(page.Records))
				}
				return err
			})
		}
	})
}

func BenchmarkCreateMany(b *testing.B) {
	both(b, func(b *testing.B, k *desk) {
		contact := k.make(b, "contacts", map[string]string{"email": "a@example.com"})
		one := record.Input{
			Properties: map[string]string{"subject": "Printer", "hs_pipeline": "0", "hs_pipeline_stage": "1", "source_type": "EMAIL",
				"content": "It is on fire.", "desk_contact_id": strconv.FormatInt(contact.ID, 10)},
			Links: []record.Link{{ToType: "contacts", ToID: contact.ID, TypeID: 16}}}
		b.ReportAllocs()
		for done := 0; b.Loop(); done++ {
			if done%100 != 0 {
				continue
			}
			k.do(b, func(tx *db.Tx) error {
				_, err := k.CreateMany(tx, people.System, "tickets", slices.Repeat([]record.Input{one}, 100))
				return err
			})
			k.seen.events = nil
		}
	})
}
