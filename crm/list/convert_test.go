package list_test

import (
	"testing"
	"time"

	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

const day = 24 * time.Hour

// days lets days pass, each with its job.
func (k *desk) days(n int) {
	k.t.Helper()
	for range n {
		k.pass(day)
	}
}

func (k *desk) now(l list.List) (out list.List) {
	k.t.Helper()
	k.see(func(tx *db.Tx) (err error) { out, err = k.Get(tx, l.ID); return err })
	return out
}

// convert asks for a list to be converted; nil takes it back.
func (k *desk) convert(l list.List, c *list.Conversion) {
	k.t.Helper()
	k.do(func(tx *db.Tx) error { _, err := k.Convert(tx, people.System, l.ID, c); return err })
}

func TestADynamicListIsConvertedOnItsDay(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *desk) {
		ids := k.contacts(3, map[string]string{"city": "Delft"})
		l := k.filtered("Delft", list.Dynamic, root(where("city", "STRING", "IS_EQUAL_TO", `"value":"delft"`)))
		k.convert(l, &list.Conversion{Type: "CONVERSION_DATE", Year: 2026, Month: 11, Day: 4, Unit: "DAY"})
		c, at, err := k.now(l).Conversion()
		if err != nil || *c != (list.Conversion{Type: "CONVERSION_DATE", Year: 2026, Month: 11, Day: 4}) || !at.IsZero() {
			t.Errorf("scheduled %+v %v %v", c, at, err)
		}
		k.convert(l, &list.Conversion{Type: "CONVERSION_DATE", Year: 2026, Month: 11, Day: 6})
		k.days(2)
		if got := k.now(l); got.Processing != list.Dynamic {
			t.Errorf("on the day that it was first given it is %s", got.Processing)
		}
		k.days(2)
		got := k.now(l)
		if _, at, _ := got.Conversion(); got.Processing != list.Snapshot || got.Status != list.Complete || at.IsZero() || got.Version != 2 {
			t.Errorf("on its day it is %+v", got)
		}
		k.contacts(1, map[string]string{"city": "Delft"})
		k.holds("later", l, ids...)
		k.refused(errs.Invalid, func(tx *db.Tx) error { _, err := k.Convert(tx, people.System, l.ID, nil); return err })
		k.refused(errs.NotFound, func(tx *db.Tx) error { _, err := k.Convert(tx, people.System, 99, nil); return err })

		kept := k.filtered("Kept", list.Dynamic, root())
		k.convert(kept, &list.Conversion{Type: "CONVERSION_DATE", Year: 2026, Month: 11, Day: 8})
		gone := k.filtered("Gone", list.Dynamic, root())
		k.convert(gone, &list.Conversion{Type: "CONVERSION_DATE", Year: 2026, Month: 11, Day: 8})
		k.convert(kept, nil)
		k.do(func(tx *db.Tx) error { return k.Delete(tx, people.System, gone.ID) })
		k.days(5)
		if c, _, _ := k.now(kept).Conversion(); c != nil || k.now(kept).Processing != list.Dynamic {
			t.Errorf("taken back, and it is %+v", k.now(kept))
		}
		for _, bad := range []list.Conversion{{}, {Type: "SOON"}, {Type: "CONVERSION_DATE"}, {Type: "CONVERSION_DATE", Year: 2026, Month: 2, Day: 30}, {Type: "INACTIVITY"},
			{Type: "INACTIVITY", Offset: 1, Unit: "HOUR"}, {Type: "INACTIVITY", Offset: 0, Unit: "DAY"}} {
			k.refused(errs.Invalid, func(tx *db.Tx) error { _, err := k.Convert(tx, people.System, kept.ID, &bad); return err })
		}
	})
}

func TestAQuietListIsConverted(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *desk) {
		l := k.filtered("Delft", list.Dynamic, root(where("city", "STRING", "IS_EQUAL_TO", `"value":"delft"`)))
		k.convert(l, &list.Conversion{Type: "INACTIVITY", Offset: 1, Unit: "WEEK"})
		k.days(5)
		ids := k.contacts(2, map[string]string{"city": "Delft"})
		k.days(6)
		if got := k.now(l); got.Processing != list.Dynamic {
			t.Errorf("it changed six days ago and is %s", got.Processing)
		}
		k.days(3)
		k.holds("converted", l, ids...)
		if got := k.now(l); got.Processing != list.Snapshot {
			t.Errorf("nothing changed for a week and it is %s", got.Processing)
		}
		monthly := k.filtered("Monthly", list.Dynamic, root())
		k.convert(monthly, &list.Conversion{Type: "INACTIVITY", Offset: 1, Unit: "MONTH"})
		daily := k.filtered("Daily", list.Dynamic, root())
		k.convert(daily, &list.Conversion{Type: "INACTIVITY", Offset: 2, Unit: "DAY"})
		k.days(4)
		if m, d := k.now(monthly), k.now(daily); m.Processing != list.Dynamic || d.Processing != list.Snapshot {
			t.Errorf("after four days: %s and %s", m.Processing, d.Processing)
		}
	})
}

func TestWhatAListWas(t *testing.T) { // API-1, ACC-3
	each(t, func(t *testing.T, k *desk) {
		fixed, l := k.list("Fixed"), k.filtered("All", list.Dynamic, root())
		begun := k.now(l).CreatedAt
		k.days(1)
		k.add(fixed, k.contacts(3)...)
		k.days(1)
		k.do(func(tx *db.Tx) error {
			_, err := k.SetFilters(tx, people.System, l.ID, []byte(branches("OR")))
			return err
		})
		k.days(1)
		for _, one := range []struct {
			l     list.List
			want  []int64
			edits int
		}{{fixed, []int64{0, 3, 3}, 0}, {l, []int64{0, 3, 0}, 1}} {
			k.see(func(tx *db.Tx) error {
				sizes, edits, err := k.History(tx, people.System, one.l.ID, begun, tx.Now)
				if len(sizes) != len(one.want) || len(edits) != one.edits {
					t.Fatalf("%s was %v, and changed %v", one.l.Name, sizes, edits)
				}
				for i, s := range sizes {
					if s.Members != one.want[i] || s.At.Before(begun.Add(day*time.Duration(i+1))) {
						t.Errorf("%s had %d on day %d, want %d", one.l.Name, s.Members, i, one.want[i])
					}
				}
				some, _, err2 := k.History(tx, people.System, one.l.ID, begun, begun.Add(day+time.Hour))
				if len(some) != 1 || err2 != nil {
					t.Errorf("%s on the first day: %v %v", one.l.Name, some, err2)
				}
				mine, _, err2 := k.History(tx, own(5), one.l.ID, begun, tx.Now)
				if len(mine) != 0 || err2 != nil {
					t.Errorf("who sees part is told %v %v", mine, err2)
				}
				return err
			})
		}
		k.see(func(tx *db.Tx) error {
			_, _, err := k.History(tx, people.System, 99, begun, begun)
			code(t, errs.NotFound, err)
			found, _, err := k.Search(tx, list.Query{Sort: "-LIST_SIZE", Limit: 5})
			if found[0].ID != fixed.ID {
				t.Errorf("by size: %s", names(found))
			}
			return err
		})
		k.do(func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE list_history SET at = at - 70000000000000 WHERE list_id = $1", fixed.ID)
			return err
		})
		k.days(1)
		k.see(func(tx *db.Tx) error {
			sizes, _, err := k.History(tx, people.System, fixed.ID, time.Unix(0, 0), tx.Now)
			if len(sizes) != 1 {
				t.Errorf("after two years there are %v", sizes)
			}
			return err
		})
	})
}
