package relation_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// stored are the rows of a record's relations, seen from it and from the other ends.
func (k *desk) stored(t testing.TB, r record.Record) (out []string) {
	t.Helper()
	k.see(t, func(tx *db.Tx) error {
		rows, err := db.List(tx, func(sc db.Scanner) (string, error) {
			var from, to string
			var fromID, toID, typeID int64
			err := sc.Scan(&from, &fromID, &to, &toID, &typeID)
			return fmt.Sprintf("%s %d-%s %d/%d", from, fromID, to, toID, typeID), err
		}, "SELECT from_type, from_id, to_type, to_id, type_id FROM associations WHERE from_id = $1 OR to_id = $1", r.ID)
		out = rows
		return err
	})
	slices.Sort(out)
	return out
}

// Whatever two companies are related to: taking over and giving back leaves each as it was, and in between the first has all.
func TestTakingOverAndGivingBack(t *testing.T) { // REC-4
	each(t, func(t *testing.T, k *desk) {
		kind, _ := k.types(t, "companies", "contacts")
		contacts := k.contacts(t, 4)
		rapid.Check(t, func(rt *rapid.T) {
			a, b := k.make(t, "companies", map[string]string{"name": "A"}), k.make(t, "companies", map[string]string{"name": "B"})
			var links []record.Link
			ends := map[int64]bool{}
			for _, firm := range []record.Record{a, b} {
				for _, c := range contacts {
					switch rapid.IntRange(0, 2).Draw(rt, "way") {
					case 1:
						links = append(links, link(firm, c, 280))
					case 2:
						links = append(links, link(firm, c, 2))
					default:
						continue
					}
					ends[c.ID] = true
				}
			}
			if rapid.Bool().Draw(rt, "both") {
				links = append(links, link(a, b, 450))
			}
			k.associate(t, links...)
			before := [2][]string{k.stored(t, a), k.stored(t, b)}
			var kept []relation.Kept
			k.do(t, func(tx *db.Tx) (err error) { kept, err = k.Absorb(tx, kind, a.ID, b.ID); return err })
			var found map[int64]relation.Ends
			k.see(t, func(tx *db.Tx) (err error) {
				found, err = k.Related(tx, people.System, relation.Related{FromType: "companies", IDs: []int64{a.ID}, ToType: "contacts", Limit: 10})
				return err
			})
			for _, e := range found[a.ID].To {
				if !ends[e.ID] {
					rt.Fatalf("took over %d, which neither had", e.ID)
				}
			}
			if len(found[a.ID].To) != len(ends) || !slices.Equal(k.stored(t, b), before[1]) {
				rt.Fatalf("took over %v of %v; the other has %v, had %v", found[a.ID].To, ends, k.stored(t, b), before[1])
			}
			k.do(t, func(tx *db.Tx) error { return k.Part(tx, kind, a.ID, b.ID, kept) })
			if got := [2][]string{k.stored(t, a), k.stored(t, b)}; !slices.Equal(got[0], before[0]) || !slices.Equal(got[1], before[1]) {
				rt.Fatalf("given back: %v, before %v", got, before)
			}
			k.do(t, func(tx *db.Tx) error {
				for more := true; more; {
					var err error
					if more, err = k.Drop(tx, kind, b.ID, 2); err != nil {
						return err
					}
				}
				return nil
			})
			if got := k.stored(t, b); len(got) != 0 {
				rt.Fatalf("dropped, but for %v", got)
			}
		})
	})
}

// The id of a merged record relates what it was merged into.
func TestRelatingByTheIDsOfMergedRecords(t *testing.T) { // REC-4
	each(t, func(t *testing.T, k *desk) {
		all := k.contacts(t, 3)
		old, now := k.make(t, "tickets", map[string]string{"subject": "old"}), k.make(t, "tickets", map[string]string{"subject": "now"})
		k.do(t, func(tx *db.Tx) error { return k.Withdraw(tx, people.System, "tickets", old.ID, now.ID) })
		k.do(t, func(tx *db.Tx) error { return k.Withdraw(tx, people.System, "contacts", all[1].ID, all[2].ID) })
		refused := k.associate(t, link(old, all[0], 10001), link(old, all[1], 0), link(old, now, 0))
		if refused[0] != nil || refused[1] != nil || !errs.Is(refused[2], errs.Invalid) {
			t.Errorf("refused %v", refused)
		}
		for _, r := range []record.Record{old, now} {
			k.see(t, func(tx *db.Tx) error {
				found, err := k.Related(tx, people.System, relation.Related{FromType: "tickets", IDs: []int64{r.ID}, ToType: "contacts", Limit: 1})
				page := found[r.ID]
				if len(page.To) != 1 || page.To[0].ID != all[0].ID || page.Next != all[0].ID {
					t.Errorf("%s: %+v", r.Properties["subject"], page)
				}
				return err
			})
		}
		k.do(t, func(tx *db.Tx) error {
			refused, err := k.DissociateMany(tx, people.System, []record.Link{link(old, all[1], 0)})
			if refused[0] != nil {
				t.Error(refused[0])
			}
			return err
		})
		if got := k.links(t, "tickets", now.ID, "contacts"); len(got) != 2 {
			t.Errorf("left %v, want a label and its relation to the first", got)
		}
	})
}
