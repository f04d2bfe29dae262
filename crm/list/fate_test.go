package list_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// model is what lists should hold: by list, the records that were put in, those in the trash too.
type model struct {
	k      *desk
	lists  []list.List
	ids    []int64
	in     []map[int64]bool
	gone   map[int64]bool  // in the trash, or merged into another
	into   map[int64]int64 // what a record was merged into
	merges []merged
}

// merged is a merge that can be taken back, with the lists that it put the first record into.
type merged struct {
	merge      int64
	into, from int64
	brought    []int
}

func (m *model) living() (out []int64) {
	for _, n := range m.ids {
		if !m.gone[n] {
			out = append(out, n)
		}
	}
	return out
}

func (m *model) pick(r *rand.Rand) (n int64, ok bool) {
	all := m.living()
	if len(all) < 2 {
		return 0, false
	}
	return all[r.IntN(len(all))], true
}

func (m *model) change(r *rand.Rand) {
	i := r.IntN(len(m.lists))
	var add, remove []int64
	for range 3 {
		if n, ok := m.pick(r); ok {
			add = append(add, n)
		}
		if n, ok := m.pick(r); ok && !slices.Contains(add, n) {
			remove = append(remove, n)
		}
	}
	if _, err := m.k.Change(context.Background(), people.System, m.lists[i].ID, add, remove); err != nil {
		m.k.t.Fatal(err)
	}
	for _, n := range remove {
		delete(m.in[i], n)
		m.forget(i, n)
	}
	for _, n := range add {
		m.in[i][n] = true
	}
}

// forget: what was taken out by hand no merge takes out again.
func (m *model) forget(i int, n int64) {
	for j := range m.merges {
		if m.merges[j].into == n {
			m.merges[j].brought = slices.DeleteFunc(m.merges[j].brought, func(l int) bool { return l == i })
		}
	}
}

func (m *model) trash(r *rand.Rand) {
	n, ok := m.pick(r)
	if !ok {
		return
	}
	m.k.do(func(tx *db.Tx) error { return m.k.records.Archive(tx, people.System, "contacts", n) })
	m.gone[n] = true
}

func (m *model) restore() {
	for _, n := range m.ids {
		if m.gone[n] && m.into[n] == 0 {
			m.k.do(func(tx *db.Tx) error { return m.k.records.Restore(tx, people.System, "contacts", n) })
			m.gone[n] = false
			return
		}
	}
}

func (m *model) merge(r *rand.Rand) {
	into, ok := m.pick(r)
	from, ok2 := m.pick(r)
	if !ok || !ok2 || into == from {
		return
	}
	var made merge.Merge
	m.k.do(func(tx *db.Tx) error {
		if _, err := m.k.merges.Merge(tx, people.System, "contacts", into, from); err != nil {
			return err
		}
		all, err := m.k.merges.List(tx, people.System, "contacts", into)
		made = all[0]
		return err
	})
	one := merged{made.ID, into, from, nil}
	for i := range m.lists {
		if m.in[i][from] && !m.in[i][into] {
			m.in[i][into] = true
			one.brought = append(one.brought, i)
		}
	}
	m.gone[from], m.into[from] = true, into
	m.merges = append(m.merges, one)
}

// undo takes the newest merge back, where the record is not in the trash or merged again.
func (m *model) undo() {
	if len(m.merges) == 0 {
		return
	}
	last := m.merges[len(m.merges)-1]
	if m.gone[last.into] {
		return
	}
	m.merges = m.merges[:len(m.merges)-1]
	m.k.do(func(tx *db.Tx) error { _, err := m.k.merges.Undo(tx, people.System, last.merge); return err })
	for _, i := range last.brought {
		delete(m.in[i], last.into)
	}
	m.gone[last.from] = false
	delete(m.into, last.from)
}

// check compares the lists with the model: their members by id, their sizes, and the lists of each record.
func (m *model) check(step int) {
	m.k.t.Helper()
	lists := map[int64][]int64{}
	for i, l := range m.lists {
		var want []int64
		for _, n := range m.living() {
			if m.in[i][n] {
				want = append(want, n)
				lists[n] = append(lists[n], l.ID)
			}
		}
		if got := m.k.members(people.System, l); !slices.Equal(got, want) {
			m.k.t.Fatalf("step %d: list %d holds %v, want %v", step, i, got, want)
		}
		if got := m.k.size(people.System, l); got != int64(len(want)) {
			m.k.t.Fatalf("step %d: the size of list %d is %d, want %d", step, i, got, len(want))
		}
	}
	m.k.see(func(tx *db.Tx) error {
		all, err := m.k.Of(tx, people.System, "contacts", m.living())
		for _, n := range m.living() {
			var got []int64
			for _, in := range all[n] {
				got = append(got, in.List)
			}
			if !slices.Equal(got, lists[n]) {
				m.k.t.Fatalf("step %d: %d is in %v, want %v", step, n, got, lists[n])
			}
		}
		return err
	})
}

// Whatever becomes of records, their lists hold those that are there, and know how many.
func TestListsHoldWhatTheModelHolds(t *testing.T) { // REC-4, REC-5
	each(t, func(t *testing.T, k *desk) {
		r := rand.New(rand.NewPCG(7, 34))
		m := &model{k: k, ids: k.contacts(12), gone: map[int64]bool{}, into: map[int64]int64{}}
		for _, name := range []string{"A", "B", "C"} {
			m.lists, m.in = append(m.lists, k.list(name)), append(m.in, map[int64]bool{})
		}
		for step := range 120 {
			switch r.IntN(8) {
			case 0:
				m.trash(r)
			case 1, 2:
				m.restore()
			case 3:
				m.merge(r)
			case 4:
				m.undo()
			default:
				m.change(r)
			}
			m.check(step)
		}
		if len(m.merges) == 0 && len(m.into) == 0 {
			t.Log("the last merge was taken back")
		}
	})
}
