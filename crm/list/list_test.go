package list_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/derive"
	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// desk is records and lists of them, on one database.
type desk struct {
	*list.Service
	t       *testing.T
	d       *db.DB
	records *record.Store
	merges  *merge.Service
	people  *people.Service
	props   *property.Registry
	jobs    *job.Runner
}

func each(t *testing.T, story func(t *testing.T, k *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		bus := event.NewBus(slog.New(slog.DiscardHandler))
		cfg.Reactor = bus
		k := &desk{t: t, d: dbtest.Open(t, cfg)}
		props := property.New(k.d)
		staff, pipes := people.New(k.d, people.HashMemory(64)), pipeline.New(k.d, props)
		k.people, k.props = staff, props
		k.records = record.New(k.d, props, search.New(k.d, props, nil), derive.Of(pipes, staff))
		k.merges = merge.New(k.d, k.records, props, nil)
		k.Service = list.New(k.d, k.records, props)
		err := bus.Install(k.Reactor())
		if err == nil {
			k.jobs, err = job.NewRunner(k.d, slog.New(slog.DiscardHandler), job.Config{}, append(k.Handlers(), k.merges.SettleHandler())...)
		}
		if err != nil {
			t.Fatal(err)
		}
		k.do(list.Schedule)
		story(t, k)
	})
}

func (k *desk) do(fn func(tx *db.Tx) error)  { k.t.Helper(); dbtest.Do(k.t, k.d, fn) }
func (k *desk) see(fn func(tx *db.Tx) error) { k.t.Helper(); dbtest.See(k.t, k.d, fn) }

func (k *desk) pass(d time.Duration) {
	k.t.Helper()
	k.d.Clock().(*clock.Fixed).Advance(d)
	if err := k.jobs.Drain(context.Background()); err != nil {
		k.t.Fatal(err)
	}
}

// contacts makes so many contacts.
func (k *desk) contacts(n int, props ...map[string]string) (ids []int64) {
	k.t.Helper()
	k.do(func(tx *db.Tx) error {
		ids = nil
		for i := range n {
			p := map[string]string{"firstname": fmt.Sprintf("C%03d", i)}
			for _, more := range props {
				for name, v := range more {
					p[name] = v
				}
			}
			r, err := k.records.Create(tx, people.System, "contacts", record.Input{Properties: p})
			if err != nil {
				return err
			}
			ids = append(ids, r.ID)
		}
		return nil
	})
	return ids
}

// user makes a user and returns their id.
func (k *desk) user(name string) int64 {
	k.t.Helper()
	u, err := k.people.AddUser(context.Background(), people.System, people.NewUser{Name: name, Email: name + "@desk.localhost", Password: "correct horse battery"})
	if err != nil {
		k.t.Fatal(err)
	}
	return u.ID
}

func (k *desk) list(name string) (l list.List) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) {
		l, err = k.Create(tx, people.System, list.Wanted{ObjectType: "0-1", Name: name, Processing: list.Manual})
		return err
	})
	return l
}

func (k *desk) add(l list.List, ids ...int64) list.Changed {
	k.t.Helper()
	c, err := k.Change(context.Background(), people.System, l.ID, ids, nil)
	if err != nil {
		k.t.Fatal(err)
	}
	return c
}

// members are all members that an actor sees, page by page.
func (k *desk) members(by people.Actor, l list.List) (ids []int64) {
	k.t.Helper()
	k.see(func(tx *db.Tx) error {
		for last := int64(0); ; {
			page, err := k.Members(tx, by, l.ID, last, 7)
			if err != nil || len(page) == 0 {
				return err
			}
			ids, last = append(ids, page...), page[len(page)-1]
		}
	})
	return ids
}

func (k *desk) size(by people.Actor, l list.List) (n int64) {
	k.t.Helper()
	k.see(func(tx *db.Tx) error {
		l, err := k.Get(tx, l.ID)
		if err == nil {
			n, err = k.Size(tx, by, l)
		}
		return err
	})
	return n
}

// holds checks the members of a list, and that it knows how many they are.
func (k *desk) holds(when string, l list.List, want ...int64) {
	k.t.Helper()
	if got := k.members(people.System, l); !slices.Equal(got, want) {
		k.t.Errorf("%s: %s holds %v, want %v", when, l.Name, got, want)
	}
	if n := k.size(people.System, l); n != int64(len(want)) {
		k.t.Errorf("%s: the size of %s is %d, want %d", when, l.Name, n, len(want))
	}
}

// refused runs a write that must fail with the kind, and returns the code of its error.
func (k *desk) refused(kind errs.Kind, fn func(tx *db.Tx) error) string {
	k.t.Helper()
	return code(k.t, kind, k.d.Write(context.Background(), fn))
}

func code(t *testing.T, kind errs.Kind, err error) string {
	t.Helper()
	e := errs.As(err)
	if !errs.Is(err, kind) || e == nil {
		t.Errorf("got %v, want an error that is %v", err, kind)
		return ""
	}
	if e.Code == "" && len(e.Fields) > 0 {
		return e.Fields[0].Code
	}
	return e.Code
}

// own is a user who sees their own contacts alone.
func own(id int64) people.Actor {
	return people.Actor{Kind: event.User, ID: id, Seat: people.ServiceSeat, Permissions: []people.Permission{people.CustomViews},
		Grants: map[people.Grant]people.Scope{{ObjectType: "contacts", Verb: people.View}: {Reach: people.OwnedOnly}}}
}

func TestAListsLife(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *desk) {
		l := k.list(" VIPs ")
		if l.Name != "VIPs" || l.ObjectType != "contacts" || l.Status != list.Complete || l.Version != 1 {
			t.Errorf("made %+v", l)
		}
		make := func(objectType, name string, folder int64) func(tx *db.Tx) error {
			return func(tx *db.Tx) error {
				_, err := k.Create(tx, people.System, list.Wanted{ObjectType: objectType, Name: name, Processing: list.Manual, Folder: folder})
				return err
			}
		}
		for name, want := range map[string]string{"vips": "ILS.DUPLICATE_LIST_NAMES", " ": "INVALID_NAME", string(make1000()): "INVALID_NAME"} {
			if got := k.refused(errs.Invalid, make("contacts", name, 0)); got != want {
				t.Errorf("%.20q is refused with %s, want %s", name, got, want)
			}
		}
		k.refused(errs.Invalid, make("rockets", "x", 0))
		k.refused(errs.NotFound, make("contacts", "x", 77))
		k.do(make("companies", "VIPs", 0)) // names are of an object type
		k.do(make("tickets", "VIPs", 0))

		ids := k.contacts(2)
		k.add(l, ids...)
		k.do(func(tx *db.Tx) error {
			got, err := k.Rename(tx, own(7), l.ID, "Best")
			if got.Name != "Best" || got.UpdatedBy != 7 {
				t.Errorf("renamed %+v", got)
			}
			return err
		})
		other := k.list("VIPs")
		if got := k.refused(errs.Invalid, func(tx *db.Tx) error { _, err := k.Rename(tx, people.System, other.ID, "BEST"); return err }); got != "ILS.DUPLICATE_LIST_NAMES" {
			t.Errorf("renamed to a name that is taken: %s", got)
		}
		k.see(func(tx *db.Tx) error {
			got, err := k.Named(tx, "contact", "best")
			if got.ID != l.ID {
				t.Errorf("by name: %+v", got)
			}
			some, err2 := k.Some(tx, []int64{other.ID, 5, l.ID})
			if len(some) != 2 || some[0].ID != l.ID {
				t.Errorf("by ids: %+v", some)
			}
			if err == nil {
				err = err2
			}
			return err
		})
		k.do(func(tx *db.Tx) error { return k.Delete(tx, people.System, l.ID) })
		k.refused(errs.NotFound, func(tx *db.Tx) error { _, err := k.Get(tx, l.ID); return err })
		k.refused(errs.NotFound, func(tx *db.Tx) error { return k.Delete(tx, people.System, l.ID) })
		again := k.list("best")
		restore := func(tx *db.Tx) error { return k.Restore(tx, people.System, l.ID) }
		if got := k.refused(errs.Invalid, restore); got != "ILS.DUPLICATE_LIST_NAMES" {
			t.Errorf("restored beside its namesake: %s", got)
		}
		k.do(func(tx *db.Tx) error { return k.Delete(tx, people.System, again.ID) })
		k.do(restore)
		k.do(restore) // again changes nothing
		k.holds("restored", l, ids...)
		k.do(func(tx *db.Tx) error { return k.Delete(tx, people.System, l.ID) })
		for range 92 {
			k.pass(24 * time.Hour)
		}
		k.refused(errs.NotFound, restore)
		k.see(func(tx *db.Tx) error {
			n, err := db.Value[int64](tx, "SELECT count(*) FROM list_members WHERE list_id = $1", l.ID)
			if n != 0 {
				t.Errorf("%d members of a list that is gone for good", n)
			}
			return err
		})
		viewer := people.Actor{Kind: event.User, ID: 8, Seat: people.ServiceSeat}
		for _, fn := range []func(tx *db.Tx) error{
			func(tx *db.Tx) error { _, err := k.Create(tx, viewer, list.Wanted{}); return err },
			func(tx *db.Tx) error { _, err := k.Rename(tx, viewer, other.ID, "x"); return err },
			func(tx *db.Tx) error { return k.Delete(tx, viewer, other.ID) },
			func(tx *db.Tx) error { return k.Restore(tx, viewer, other.ID) },
			func(tx *db.Tx) error { return k.Move(tx, viewer, other.ID, 0) },
			func(tx *db.Tx) error { _, err := k.MakeFolder(tx, viewer, "x", 0); return err },
		} {
			k.refused(errs.Denied, fn)
		}
	})
}

func make1000() []byte { return slices.Repeat([]byte("x"), 1000) }

func TestFoldersOfLists(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *desk) {
		folder := func(name string, parent int64) (f list.Folder) {
			t.Helper()
			k.do(func(tx *db.Tx) (err error) { f, err = k.MakeFolder(tx, people.System, name, parent); return err })
			return f
		}
		a := folder("A", 0)
		b := folder("B", a.ID)
		c := folder("C", b.ID)
		l := k.list("One")
		move := func(id, to int64) func(tx *db.Tx) error {
			return func(tx *db.Tx) error { _, err := k.MoveFolder(tx, people.System, id, to); return err }
		}
		k.do(func(tx *db.Tx) error { return k.Move(tx, people.System, l.ID, c.ID) })
		k.refused(errs.NotFound, func(tx *db.Tx) error { return k.Move(tx, people.System, l.ID, 99) })
		for want, fn := range map[string]func(tx *db.Tx) error{
			"INVALID_PARENT":   move(a.ID, c.ID),
			"DUPLICATE_NAME":   func(tx *db.Tx) error { _, err := k.MakeFolder(tx, people.System, "b", a.ID); return err },
			"FOLDER_NOT_EMPTY": func(tx *db.Tx) error { return k.DeleteFolder(tx, people.System, c.ID) },
			"INVALID_NAME":     func(tx *db.Tx) error { _, err := k.RenameFolder(tx, people.System, c.ID, ""); return err },
		} {
			if got := k.refused(errs.Invalid, fn); got != want {
				t.Errorf("refused with %s, want %s", got, want)
			}
		}
		k.refused(errs.NotFound, move(99, 0))
		k.refused(errs.NotFound, move(0, a.ID))
		k.refused(errs.NotFound, move(a.ID, 99))
		k.refused(errs.NotFound, func(tx *db.Tx) error { return k.DeleteFolder(tx, people.System, 0) })
		k.do(move(c.ID, 0))
		k.do(func(tx *db.Tx) error { _, err := k.RenameFolder(tx, people.System, c.ID, "Campaigns"); return err })
		k.see(func(tx *db.Tx) error {
			top, err := k.Folder(tx, 0)
			if len(top.Folders) != 2 || top.Folders[0].Name != "A" || top.Folders[0].Folders[0].ID != b.ID || top.Folders[1].Name != "Campaigns" ||
				!slices.Equal(top.Folders[1].Lists, []int64{l.ID}) || len(top.Lists) != 0 {
				t.Errorf("the tree is %+v", top)
			}
			return err
		})
		k.refused(errs.Invalid, func(tx *db.Tx) error {
			for f := a.ID; ; {
				next, err := k.MakeFolder(tx, people.System, "deep", f)
				if err != nil {
					return err
				}
				f = next.ID
			}
		})
		k.do(func(tx *db.Tx) error { return k.Delete(tx, people.System, l.ID) })
		k.do(func(tx *db.Tx) error { return k.DeleteFolder(tx, people.System, c.ID) }) // what is deleted is not in it
		k.do(func(tx *db.Tx) error { return k.Restore(tx, people.System, l.ID) })
		k.see(func(tx *db.Tx) error {
			got, err := k.Get(tx, l.ID)
			if got.Folder != 0 {
				t.Errorf("restored into a folder that is gone: %d", got.Folder)
			}
			return err
		})
	})
}

func TestMembersComeAndGo(t *testing.T) { // API-1, API-5
	each(t, func(t *testing.T, k *desk) {
		ids, l := k.contacts(20), k.list("L")
		company := int64(0)
		k.do(func(tx *db.Tx) error {
			r, err := k.records.Create(tx, people.System, "companies", record.Input{Properties: map[string]string{"name": "C"}})
			company = r.ID
			return err
		})
		got := k.add(l, ids[5], ids[3], ids[5], 99, company)
		if !slices.Equal(got.Added, []int64{ids[3], ids[5]}) || !slices.Equal(got.Missing, []int64{99, company}) {
			t.Errorf("added %+v", got)
		}
		if got := k.add(l, ids[5]); len(got.Added)+len(got.Missing) != 0 {
			t.Errorf("added again: %+v", got)
		}
		k.pass(time.Minute)
		k.add(l, ids[0])
		change, err := k.Change(context.Background(), people.System, l.ID, []int64{ids[1]}, []int64{ids[3], ids[4], 98})
		if err != nil || !slices.Equal(change.Added, []int64{ids[1]}) || !slices.Equal(change.Removed, []int64{ids[3]}) || !slices.Equal(change.Missing, []int64{98}) {
			t.Errorf("changed %+v %v", change, err)
		}
		k.holds("changed", l, ids[0], ids[1], ids[5])

		other := k.list("Other")
		k.add(other, ids...)
		if err := k.AddFrom(context.Background(), people.System, l.ID, other.ID); err != nil {
			t.Error(err)
		}
		k.holds("from another", l, ids...)
		if err := k.Empty(context.Background(), people.System, l.ID); err != nil {
			t.Error(err)
		}
		k.holds("emptied", l)
		k.holds("emptied the other", other, ids...)
		_, err = k.Change(context.Background(), people.System, l.ID, make([]int64, 100_001), nil)
		code(t, errs.Invalid, err)
		_, err = k.Change(context.Background(), people.System, 99, ids, nil)
		code(t, errs.NotFound, err)
		_, err = k.Change(context.Background(), people.Actor{Kind: event.User, ID: 3}, l.ID, ids, nil)
		code(t, errs.Denied, err)
		var firms list.List
		k.do(func(tx *db.Tx) (err error) {
			firms, err = k.Create(tx, people.System, list.Wanted{ObjectType: "companies", Name: "Firms", Processing: list.Manual})
			return err
		})
		code(t, errs.Invalid, k.AddFrom(context.Background(), people.System, firms.ID, other.ID))
	})
}

// walk goes through a list by its pages, and back.
func (k *desk) walk(l list.List, joined bool) (there, back []int64) {
	k.t.Helper()
	k.see(func(tx *db.Tx) error {
		w := list.Window{Limit: 3, Joined: joined}
		var last string
		for {
			p, err := k.Page(tx, people.System, l, w)
			if err != nil {
				return err
			}
			for _, m := range p.Members {
				there = append(there, m.ID)
			}
			if w.After, last = p.Next, p.Prev; p.Next == "" {
				break
			}
		}
		for w.Before = last; w.Before != ""; {
			p, err := k.Page(tx, people.System, l, w)
			if err != nil {
				return err
			}
			for _, m := range p.Members {
				back = append(back, m.ID)
			}
			w.Before = p.Prev
		}
		return nil
	})
	return there, back
}

func TestPagesOfMembersGoBothWays(t *testing.T) { // API-5
	each(t, func(t *testing.T, k *desk) {
		ids, l := k.contacts(8), k.list("L")
		var joined []int64
		for _, i := range []int{4, 1, 7, 0, 6, 2, 5, 3} {
			k.pass(time.Second)
			k.add(l, ids[i])
			joined = append(joined, ids[i])
		}
		for _, one := range []struct {
			joined bool
			want   []int64
		}{{false, ids}, {true, joined}} {
			there, back := k.walk(l, one.joined)
			before := slices.Clone(one.want[:6]) // the last page has two
			slices.Reverse(before)
			if !slices.Equal(there, one.want) || !slices.Equal(back, before) {
				t.Errorf("joined %t: there %v and back %v, want %v and %v", one.joined, there, back, one.want, before)
			}
		}
		k.see(func(tx *db.Tx) error {
			for _, w := range []list.Window{{After: "x"}, {After: "-1"}, {Before: "1-2"}, {After: "5", Joined: true}, {After: "5-x", Joined: true}} {
				w.Limit = 3
				_, err := k.Page(tx, people.System, l, w)
				code(t, errs.Invalid, err)
			}
			return nil
		})
	})
}

func TestMembersThatAnActorSees(t *testing.T) { // ACC-3
	each(t, func(t *testing.T, k *desk) {
		me := own(k.user("Mia"))
		theirs, mine := k.contacts(3), k.contacts(2, map[string]string{"hubspot_owner_id": fmt.Sprint(me.ID)})
		l := k.list("L")
		k.add(l, append(slices.Clone(theirs), mine[0])...)
		if got := k.members(me, l); !slices.Equal(got, mine[:1]) || k.size(me, l) != 1 {
			t.Errorf("I see %v and count %d", got, k.size(me, l))
		}
		if got := k.members(people.Actor{Kind: event.User, ID: 9}, l); got != nil || k.size(people.Actor{Kind: event.User, ID: 9}, l) != 0 {
			t.Errorf("who sees no contacts sees %v", got)
		}
		got, err := k.Change(context.Background(), me, l.ID, []int64{theirs[0], mine[1]}, []int64{theirs[1]})
		if err != nil || !slices.Equal(got.Added, mine[1:]) || got.Removed != nil || !slices.Equal(got.Missing, theirs[:2]) {
			t.Errorf("I changed %+v %v", got, err)
		}
		k.see(func(tx *db.Tx) error {
			in, err := k.Of(tx, me, "contacts", []int64{theirs[0], mine[0]})
			if len(in) != 1 || len(in[mine[0]]) != 1 {
				t.Errorf("I see the lists of %v", in)
			}
			return err
		})
		if err := k.Empty(context.Background(), me, l.ID); err != nil {
			t.Error(err)
		}
		k.holds("I emptied", l, theirs...)
	})
}

func TestRecordsThatLeaveAndComeBack(t *testing.T) { // REC-4, REC-5
	each(t, func(t *testing.T, k *desk) {
		ids, l, other := k.contacts(4), k.list("L"), k.list("Other")
		k.add(l, ids...)
		k.add(other, ids[0])
		trash := func(n int64) {
			k.do(func(tx *db.Tx) error { return k.records.Archive(tx, people.System, "contacts", n) })
		}
		trash(ids[0])
		k.holds("one is in the trash", l, ids[1:]...)
		k.holds("one is in the trash", other)
		if got := k.add(l, ids[0]); !slices.Equal(got.Missing, ids[:1]) {
			t.Errorf("what is in the trash was added: %+v", got)
		}
		k.do(func(tx *db.Tx) error { return k.records.Restore(tx, people.System, "contacts", ids[0]) })
		k.holds("it is back", l, ids...)
		k.holds("it is back", other, ids[0])

		var m merge.Merge
		k.do(func(tx *db.Tx) error { // 1 has all lists of 0
			_, err := k.merges.Merge(tx, people.System, "contacts", ids[1], ids[0])
			if err != nil {
				return err
			}
			all, err := k.merges.List(tx, people.System, "contacts", ids[1])
			m = all[0]
			return err
		})
		k.holds("merged", l, ids[1:]...)
		k.holds("merged", other, ids[1])
		if got := k.add(other, ids[0]); len(got.Added)+len(got.Missing) != 0 {
			t.Errorf("by the old id: %+v", got)
		}
		k.see(func(tx *db.Tx) error {
			in, err := k.Of(tx, people.System, "contacts", []int64{ids[0], ids[1]})
			if len(in[ids[0]]) != 2 || len(in[ids[1]]) != 2 {
				t.Errorf("the lists of the merged record are %v", in)
			}
			return err
		})
		k.do(func(tx *db.Tx) error { _, err := k.merges.Undo(tx, people.System, m.ID); return err })
		k.holds("unmerged", l, ids...)
		k.holds("unmerged", other, ids[0])

		trash(ids[0])
		k.do(func(tx *db.Tx) error { return k.records.Discard(tx, "contacts", ids[0]) })
		k.see(func(tx *db.Tx) error {
			n, err := db.Value[int64](tx, "SELECT count(*) FROM list_members WHERE record_id = $1", ids[0])
			if n != 0 {
				t.Errorf("%d lists keep a record that is gone for good", n)
			}
			return err
		})
		k.holds("gone for good", l, ids[1:]...)
	})
}

func TestSearchingLists(t *testing.T) { // API-5
	each(t, func(t *testing.T, k *desk) {
		var all []list.List
		for _, name := range []string{"Beta", "alpha", "Gamma 100%", "alphabet"} {
			all = append(all, k.list(name))
			k.pass(time.Second)
		}
		k.add(all[2], k.contacts(2)...)
		for want, q := range map[string]list.Query{
			"Beta alpha Gamma 100% alphabet": {},
			"alpha alphabet":                 {Text: "ALPHA"},
			"Gamma 100%":                     {Text: "0%"},
			"alpha alphabet Beta Gamma 100%": {Sort: "HS_NAME"},
			"Gamma 100%  ":                   {Sort: "-LIST_SIZE", Limit: 1},
			"alphabet Gamma 100%":            {Sort: "-createdAt", Limit: 2},
			"Beta alphabet":                  {IDs: []int64{all[0].ID, all[3].ID, 5}},
			"":                               {IDs: []int64{}},
			" ":                              {Processing: []list.Processing{"DYNAMIC"}},
			"Gamma 100% alphabet":            {Offset: 2},
		} {
			if q.Limit == 0 {
				q.Limit = 10
			}
			k.see(func(tx *db.Tx) error {
				found, _, err := k.Search(tx, q)
				if got := names(found); got != trimmed(want) {
					t.Errorf("%+v found %s", q, got)
				}
				return err
			})
		}
		k.see(func(tx *db.Tx) error {
			_, total, err := k.Search(tx, list.Query{Text: "alpha", Limit: 1})
			if total != 2 {
				t.Errorf("%d in all", total)
			}
			_, _, bad := k.Search(tx, list.Query{Sort: "colour", Limit: 1})
			code(t, errs.Invalid, bad)
			return err
		})
	})
}

func names(all []list.List) string {
	var out []string
	for _, l := range all {
		out = append(out, l.Name)
	}
	return strings.Join(out, " ")
}

func trimmed(s string) string { return strings.TrimSpace(s) }
