package list_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// atOnce runs some of the same and reports their errors.
func (k *desk) atOnce(n int, do func(i int) error) {
	k.t.Helper()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if err := do(i); err != nil {
				k.t.Errorf("%d: %v", i, err)
			}
		})
	}
	all.Wait()
}

// Several who change a list, and records that go, at once: it knows how many it holds, and holds each once.
func TestAListThatManyChangeAtOnce(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *desk) {
		ids, l, other := k.contacts(30), k.list("L"), k.list("Other")
		k.add(other, ids...)
		k.atOnce(6, func(i int) error {
			_, err := k.Change(t.Context(), people.System, l.ID, ids[:20], nil)
			if err == nil && i%2 == 0 {
				_, err = k.Change(t.Context(), people.System, l.ID, ids[10:30], ids[:5])
			}
			return err
		})
		k.atOnce(10, func(i int) error {
			return k.d.Write(t.Context(), func(tx *db.Tx) error { return k.records.Archive(tx, people.System, "contacts", ids[10+i]) })
		})
		got := k.members(people.System, l)
		if n := k.size(people.System, l); n != int64(len(got)) || !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Errorf("it counts %d and holds %v", n, got)
		}
		if want := slices.Concat(ids[:10], ids[20:]); !slices.Equal(k.members(people.System, other), want) {
			t.Errorf("the other holds %v, want %v", k.members(people.System, other), want)
		}
		k.holds("records went at once", other, slices.Concat(ids[:10], ids[20:])...)
	})
}

// Of several who make a list of one name at once one does.
func TestOneListOfAName(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *desk) {
		var mu sync.Mutex
		var made []list.List
		k.atOnce(5, func(i int) error {
			err := k.d.Write(t.Context(), func(tx *db.Tx) error {
				l, err := k.Create(tx, people.System, list.Wanted{ObjectType: "contacts", Name: []string{"Same", "SAME"}[i%2], Processing: list.Manual})
				if err == nil {
					tx.AfterCommit(func() {
						mu.Lock()
						defer mu.Unlock()
						made = append(made, l)
					})
				}
				return err
			})
			if err != nil {
				if got := code(t, errs.Invalid, err); got != "ILS.DUPLICATE_LIST_NAMES" {
					return fmt.Errorf("refused with %s", got)
				}
			}
			return nil
		})
		if len(made) != 1 {
			t.Errorf("%d were made", len(made))
		}
	})
}
