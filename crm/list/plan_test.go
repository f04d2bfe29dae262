package list_test

import (
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// many fills a list with members that no records are of, so that plans are those of a large table.
func (k *desk) many(l list.List, n int) {
	k.t.Helper()
	k.do(func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO list_members (list_id, record_id, living, at, merge_id)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2) SELECT CAST($1 AS BIGINT), i, TRUE, i, 0 FROM n`, l.ID, n)
		return err
	})
	if k.d.Postgres() {
		k.do(func(tx *db.Tx) error { _, err := tx.Exec("ANALYZE list_members"); return err })
	}
}

// A page begins where the one before ended, however long the list is.
func TestAPageReadsNoMoreOfAListThanItShows(t *testing.T) { // PERF-1
	each(t, func(t *testing.T, k *desk) {
		l := k.list("Large")
		k.many(l, 20_000)
		var contacts property.ObjectType
		k.see(func(tx *db.Tx) (err error) { contacts, err = k.props.Type(tx, "contacts"); return err })
		for name, w := range map[string]list.Window{"by id": {Limit: 250, After: "5"}, "backwards": {Limit: 250, Before: "5"},
			"as they came": {Limit: 250, Joined: true, After: "5"}, "as they came, backwards": {Limit: 250, Joined: true, Before: "5"}} {
			for _, by := range []people.Actor{people.System, own(7)} {
				text, args := w.Statement(by, contacts, l, list.Member{ID: 10_000})
				k.see(func(tx *db.Tx) error {
					plan, err := tx.Explain(text, args...)
					if strings.Contains(plan, "Seq Scan on list_members") || strings.Contains(plan, "SCAN list_members") || by.SuperAdmin && (strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "Sort  (")) {
						t.Errorf("%s, for %q: %s\n%s", name, by.Name, text, plan)
					}
					return err
				})
			}
		}
	})
}

// What becomes of a record asks for its own lists alone.
func TestARecordsListsAreFoundByIt(t *testing.T) { // PERF-1
	each(t, func(t *testing.T, k *desk) {
		k.many(k.list("Large"), 20_000)
		k.see(func(tx *db.Tx) error {
			for _, text := range []string{"SELECT list_id FROM list_members WHERE record_id = $1 AND living", "DELETE FROM list_members WHERE record_id = $1 AND NOT living"} {
				plan, err := tx.Explain(text, 500)
				if err != nil {
					return err
				}
				if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "SCAN list_members") {
					t.Errorf("%s: %s", text, plan)
				}
			}
			return nil
		})
	})
}
