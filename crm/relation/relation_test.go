package relation_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// desk is records on one database, and what they tell.
type desk struct {
	*record.Store
	d     *db.DB
	props *property.Registry
	mu    sync.Mutex
	told  []string
}

// Dispatch keeps the types of events.
func (k *desk) Dispatch(_ *db.Tx, e any) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.told = append(k.told, e.(event.Event).Type)
	return nil
}

// tickets give tickets what their columns need; the real rules live above.
type tickets struct{}

func (tickets) Prepare(tx *db.Tx, _ people.Actor, w *record.Write) error {
	if w.Create {
		w.Set["desk_open"], w.Set["desk_spam"], w.Set["desk_active_at"] = "true", "false", property.FormatTime(tx.Now)
	}
	return nil
}

func each(t *testing.T, story func(t *testing.T, k *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) { story(t, openDesk(t, cfg)) })
}

func openDesk(t *testing.T, cfg db.Config) *desk {
	t.Helper()
	k := &desk{}
	cfg.Reactor = k
	k.d = dbtest.Open(t, cfg)
	k.props = property.New(k.d)
	k.Store = record.New(k.d, k.props, search.New(k.d, k.props, nil), map[string]record.Rules{"tickets": tickets{}})
	return k
}

func (k *desk) do(t testing.TB, fn func(tx *db.Tx) error)  { t.Helper(); dbtest.Do(t, k.d, fn) }
func (k *desk) see(t testing.TB, fn func(tx *db.Tx) error) { t.Helper(); dbtest.See(t, k.d, fn) }

func (k *desk) make(t testing.TB, objectType string, props map[string]string) (r record.Record) {
	t.Helper()
	k.do(t, func(tx *db.Tx) (err error) {
		r, err = k.Create(tx, people.System, objectType, record.Input{Properties: props})
		return err
	})
	return r
}

func (k *desk) refuse(t testing.TB, kind errs.Kind, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := k.d.Write(context.Background(), fn); !errs.Is(err, kind) {
		t.Errorf("got %v, want an error that is %v", err, kind)
	}
}

// links shows the other ends as "id/type" in the order they were made.
func (k *desk) links(t testing.TB, fromType string, id int64, toType string) (out []string) {
	t.Helper()
	k.see(t, func(tx *db.Tx) error {
		all, err := k.Associated(tx, people.System, fromType, []int64{id}, toType)
		for _, a := range all[id] {
			out = append(out, fmt.Sprintf("%d/%d", a.ID, a.TypeID))
		}
		return err
	})
	return out
}

// link is from a ticket to a contact.
func link(ticket, contact record.Record, typeID int) record.Link {
	return record.Link{FromType: ticket.ObjectType, FromID: ticket.ID, ToType: contact.ObjectType, ToID: contact.ID, TypeID: typeID}
}

func (k *desk) types(t testing.TB, from, to string) (a, b property.ObjectType) {
	t.Helper()
	k.see(t, func(tx *db.Tx) (err error) {
		if a, err = k.props.Type(tx, from); err == nil {
			b, err = k.props.Type(tx, to)
		}
		return err
	})
	return a, b
}

func (k *desk) limit(t testing.TB, from, to string, typeID, most int) {
	t.Helper()
	a, b := k.types(t, from, to)
	k.do(t, func(tx *db.Tx) error {
		_, err := k.AssociationTypes().Limit(tx, people.System, a, b, typeID, most, true)
		return err
	})
}

func (k *desk) associate(t testing.TB, links ...record.Link) (refused []error) {
	t.Helper()
	k.do(t, func(tx *db.Tx) (err error) { refused, err = k.AssociateMany(tx, people.System, links); return err })
	return refused
}

func (k *desk) contacts(t testing.TB, n int) (all []record.Record) {
	t.Helper()
	k.do(t, func(tx *db.Tx) error {
		for i := range n {
			r, err := k.Create(tx, people.System, "contacts", record.Input{Properties: map[string]string{"email": fmt.Sprintf("c%d@example.com", i)}})
			if err != nil {
				return err
			}
			all = append(all, r)
		}
		return nil
	})
	return all
}

// ends reads all pages of what a record is related to, as "place in all/type types".
func (k *desk) ends(t testing.TB, by people.Actor, from record.Record, all []record.Record, limit int) (out []string, pages int) {
	t.Helper()
	q := relation.Related{FromType: from.ObjectType, IDs: []int64{from.ID, from.ID, 99}, ToType: all[0].ObjectType, Limit: limit}
	for pages = 1; ; pages++ {
		var got map[int64]relation.Ends
		k.see(t, func(tx *db.Tx) (err error) { got, err = k.Related(tx, by, q); return err })
		page := got[from.ID]
		if len(got) > 1 || len(page.To) > limit {
			t.Fatalf("page %d: %+v", pages, got)
		}
		for _, e := range page.To {
			at := slices.IndexFunc(all, func(r record.Record) bool { return r.ID == e.ID })
			s := fmt.Sprint(at)
			for _, kind := range e.Types {
				s += fmt.Sprintf("/%d", kind.ID)
			}
			out = append(out, s)
		}
		if page.Next == 0 {
			return out, pages
		}
		q.After = map[int64]int64{from.ID: page.Next}
	}
}

func TestRelationsAreReadByPages(t *testing.T) { // REC-1, API-5
	each(t, func(t *testing.T, k *desk) {
		all := k.contacts(t, 7)
		ticket := k.make(t, "tickets", map[string]string{"subject": "s"})
		for i, r := range all {
			if i != 3 {
				k.associate(t, link(ticket, r, []int{0, 10001, 10003, 16}[i%4]))
			}
		}
		want := []string{"0/16", "1/16/10001", "2/16/10003", "4/16", "5/16/10001", "6/16/10003"}
		for limit, pages := range map[int]int{1: 6, 2: 3, 4: 2, 6: 1, 500: 1} {
			if got, n := k.ends(t, people.System, ticket, all, limit); !slices.Equal(got, want) || n != pages {
				t.Errorf("by %d: %v on %d pages", limit, got, n)
			}
		}
		if got, _ := k.ends(t, people.System, all[1], []record.Record{ticket}, 10); !slices.Equal(got, []string{"0/15/10002"}) {
			t.Errorf("from the other end: %v", got)
		}
		k.do(t, func(tx *db.Tx) error { return k.Archive(tx, people.System, "contacts", all[2].ID) })
		if got, _ := k.ends(t, people.System, ticket, all, 2); !slices.Equal(got, []string{"0/16", "1/16/10001", "4/16", "5/16/10001", "6/16/10003"}) {
			t.Errorf("without what is in the trash: %v", got)
		}
		k.see(t, func(tx *db.Tx) error {
			for _, q := range []relation.Related{{ToType: "contacts", Limit: 0}, {ToType: "contacts", Limit: 501}, {ToType: "rockets", Limit: 1}, {ToType: "contacts", Limit: 1, IDs: make([]int64, 2001)}} {
				q.FromType = "tickets"
				if _, err := k.Related(tx, people.System, q); !errs.Is(err, errs.Invalid) {
					t.Errorf("%+v: %v", q.ToType, err)
				}
			}
			return nil
		})
	})
}

func TestRelationsTheActorMayNotSee(t *testing.T) { // ACC-4
	each(t, func(t *testing.T, k *desk) {
		all := k.contacts(t, 3)
		ticket := k.make(t, "tickets", map[string]string{"subject": "s"})
		k.associate(t, link(ticket, all[0], 0), link(ticket, all[1], 0), link(ticket, all[2], 0))
		mine := people.Actor{Kind: event.User, ID: 7, Grants: map[people.Grant]people.Scope{{ObjectType: "tickets", Verb: people.View}: {Reach: people.Everything, Unassigned: true},
			{ObjectType: "contacts", Verb: people.View}: {Reach: people.OwnedOnly}}}
		k.do(t, func(tx *db.Tx) error {
			_, err := k.Update(tx, people.System, "contacts", all[1].ID, map[string]string{"hubspot_owner_id": "7"}, "")
			return err
		})
		if got, _ := k.ends(t, mine, ticket, all, 1); !slices.Equal(got, []string{"1/16"}) {
			t.Errorf("sees %v", got)
		}
		if got, _ := k.ends(t, mine, all[0], []record.Record{ticket}, 1); len(got) != 0 {
			t.Errorf("sees %v from a contact that is hidden", got)
		}
		var refused []error
		k.do(t, func(tx *db.Tx) (err error) {
			refused, err = k.AssociateMany(tx, mine, []record.Link{link(ticket, all[1], 10001), link(ticket, all[0], 10001)})
			return err
		})
		if !errs.Is(refused[0], errs.Denied) || !errs.Is(refused[1], errs.NotFound) {
			t.Errorf("refused %v", refused)
		}
	})
}

func TestLimitsHold(t *testing.T) { // REC-1
	each(t, func(t *testing.T, k *desk) {
		all := k.contacts(t, 5)
		ticket, other := k.make(t, "tickets", map[string]string{"subject": "s"}), k.make(t, "tickets", map[string]string{"subject": "o"})
		k.limit(t, "tickets", "contacts", 16, 3)
		k.limit(t, "tickets", "contacts", 10001, 1)
		k.limit(t, "contacts", "tickets", 15, 1)
		refused := k.associate(t, link(ticket, all[0], 10001), link(ticket, all[1], 10001), link(ticket, all[1], 16), link(ticket, all[0], 0),
			link(ticket, all[2], 10003), link(ticket, all[3], 10003), link(other, all[2], 0), link(other, all[4], 0))
		for i, full := range []bool{false, true, false, false, false, true, true, false} {
			if e := errs.As(refused[i]); (e != nil) != full || full && (e.Code != "ASSOCIATION_LIMIT_EXCEEDED" || e.Kind != errs.Invalid) {
				t.Errorf("%d: %v", i, refused[i])
			}
		}
		if got, _ := k.ends(t, people.System, ticket, all, 10); !slices.Equal(got, []string{"0/16/10001", "1/16", "2/16/10003"}) {
			t.Errorf("got %v", got)
		}
		for _, err := range k.associate(t, link(ticket, all[0], 10001), link(ticket, all[2], 0)) { // what is there may be asked for again
			if err != nil {
				t.Error(err)
			}
		}
		k.refuse(t, errs.Invalid, func(tx *db.Tx) error {
			_, err := k.Create(tx, people.System, "tickets", record.Input{Properties: map[string]string{"subject": "n"},
				Links: []record.Link{{ToType: "contacts", ToID: all[0].ID, TypeID: 16}}})
			return err
		})
	})
}

func TestLimitsHoldAtTheSameTime(t *testing.T) { // REC-1
	each(t, func(t *testing.T, k *desk) {
		all := k.contacts(t, 12)
		ticket := k.make(t, "tickets", map[string]string{"subject": "s"})
		acme := k.make(t, "companies", map[string]string{"name": "Acme"})
		bolt := k.make(t, "companies", map[string]string{"name": "Bolt"})
		k.limit(t, "tickets", "contacts", 16, 3)
		var wg sync.WaitGroup
		var full, odd int
		var mu sync.Mutex
		for i, r := range all {
			wg.Go(func() {
				l := link(ticket, r, 16)
				if i%2 == 0 { // from the other end
					l = link(r, ticket, 15)
				}
				err := k.d.Write(context.Background(), func(tx *db.Tx) error {
					if err := k.Associate(tx, people.System, link(ticket, []record.Record{acme, bolt}[i%2], 26)); err != nil {
						return err
					}
					return k.Associate(tx, people.System, l)
				})
				mu.Lock()
				defer mu.Unlock()
				if e := errs.As(err); e != nil && e.Code == "ASSOCIATION_LIMIT_EXCEEDED" {
					full++
				} else if err != nil {
					odd++
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := k.links(t, "tickets", ticket.ID, "contacts"); len(got) != 3 || full != 9 {
			t.Errorf("%d made, %d refused", len(got), full)
		}
		primary := 0
		for _, l := range k.links(t, "tickets", ticket.ID, "companies") {
			if strings.HasSuffix(l, "/26") {
				primary++
			}
		}
		if primary != 1 {
			t.Errorf("%d primary companies", primary)
		}
	})
}

func TestManyAtOnce(t *testing.T) { // REC-1, API-2
	each(t, func(t *testing.T, k *desk) {
		all := k.contacts(t, 1200)
		ticket := k.make(t, "tickets", map[string]string{"subject": "s"})
		acme, bolt := k.make(t, "companies", map[string]string{"name": "Acme"}), k.make(t, "companies", map[string]string{"name": "Bolt"})
		var links []record.Link
		for _, r := range all {
			links = append(links, link(ticket, r, 10003), link(ticket, r, 16))
		}
		k.told = nil
		if refused := k.associate(t, links...); slices.ContainsFunc(refused, func(err error) bool { return err != nil }) {
			t.Errorf("refused %v", slices.Compact(refused))
		}
		if got := len(k.told); got != 4*1200 {
			t.Errorf("%d events, want two for each relation of each contact", got)
		}
		nobody := record.Record{ObjectType: "contacts", ID: 99}
		refused := k.associate(t, link(ticket, acme, 26), link(ticket, nobody, 16), link(ticket, bolt, 26), link(ticket, acme, 15), link(nobody, ticket, 15))
		if refused[0] != nil || !errs.Is(refused[1], errs.NotFound) || refused[2] != nil || !errs.Is(refused[3], errs.Invalid) || !errs.Is(refused[4], errs.NotFound) {
			t.Errorf("refused %v", refused)
		}
		if got, _ := k.ends(t, people.System, ticket, []record.Record{acme, bolt}, 10); !slices.Equal(got, []string{"0/339", "1/26/339"}) {
			t.Errorf("of two primary ones the last counts: %v", got)
		}
		k.do(t, func(tx *db.Tx) error {
			refused, err := k.DissociateMany(tx, people.System, append(links[:1000:1000], link(ticket, nobody, 16), link(nobody, ticket, 0), link(ticket, acme, 26)))
			if refused[1000] != nil || !errs.Is(refused[1001], errs.NotFound) || refused[1002] != nil {
				t.Errorf("refused %v", refused[1000:])
			}
			return err
		})
		if got := k.links(t, "tickets", ticket.ID, "contacts"); len(got) != 1400 {
			t.Errorf("%d relations left, want those of 700 contacts", len(got))
		}
		k.do(t, func(tx *db.Tx) error {
			_, err := k.DissociateMany(tx, people.System, []record.Link{link(ticket, all[1000], 10003)})
			return err
		})
		if got, _ := k.ends(t, people.System, ticket, all[1000:1001], 500); !slices.Contains(got, "0/16") {
			t.Error("the unlabelled relation stays when a label goes")
		}
	})
}

func TestParentCompany(t *testing.T) { // REC-1
	each(t, func(t *testing.T, k *desk) {
		var firms []record.Record
		for i := range 3 {
			firms = append(firms, k.make(t, "companies", map[string]string{"name": fmt.Sprint("Firm ", i)}))
		}
		k.associate(t, link(firms[0], firms[1], 13), link(firms[1], firms[2], 13))
		k.associate(t, link(firms[2], firms[0], 14)) // a company has one parent
		for i, want := range [][]string{{"1/13/450", "2/13/450"}, {"0/14/450", "2/450"}, {"0/14/450", "1/450"}} {
			if got, _ := k.ends(t, people.System, firms[i], firms, 10); !slices.Equal(got, want) {
				t.Errorf("firm %d: %v, want %v", i, got, want)
			}
		}
	})
}

func TestRelationsOfARemovedLabelGo(t *testing.T) { // REC-1
	each(t, func(t *testing.T, k *desk) {
		all := k.contacts(t, 1100)
		ticket := k.make(t, "tickets", map[string]string{"subject": "s"})
		from, to := k.types(t, "tickets", "contacts")
		var label association.Type
		k.do(t, func(tx *db.Tx) (err error) {
			label, err = k.AssociationTypes().CreateLabel(tx, people.System, from, to, association.Label{Label: "Witness"})
			return err
		})
		var links []record.Link
		for _, r := range all {
			links = append(links, link(ticket, r, label.ID))
		}
		k.associate(t, links...)
		k.refuse(t, errs.Invalid, func(tx *db.Tx) error { return k.RemoveType(tx, people.System, "tickets", "contacts", 16) })
		k.do(t, func(tx *db.Tx) error { return k.RemoveType(tx, people.System, "contacts", "tickets", label.Inverse) })
		if got, _ := k.ends(t, people.System, ticket, all, 500); len(got) != 1100 || got[0] != "0/16" {
			t.Errorf("%d ends, first %s", len(got), got[0])
		}
		count := func() (n int64) {
			k.see(t, func(tx *db.Tx) (err error) {
				n, err = db.Value[int64](tx, "SELECT count(*) FROM associations WHERE type_id = $1 OR type_id = $2", label.ID, label.Inverse)
				return err
			})
			return n
		}
		if got := count(); got != 2200 {
			t.Errorf("%d rows before the job", got)
		}
		runner, err := job.NewRunner(k.d, slog.New(slog.DiscardHandler), job.Config{}, relation.UnlabelHandler(k.d))
		if err != nil {
			t.Fatal(err)
		}
		if err := runner.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := count(); got != 0 || len(k.links(t, "tickets", ticket.ID, "contacts")) != 1100 {
			t.Errorf("%d rows after the job", got)
		}
	})
}

func TestRelationsAreFoundByIndex(t *testing.T) { // PERF-1
	each(t, func(t *testing.T, k *desk) {
		k.see(t, func(tx *db.Tx) error {
			text, args := relation.RelatedStatement(relation.Related{FromType: "companies", IDs: []int64{1, 2, 3}, ToType: "tickets", Limit: 100})
			plan, err := tx.Explain(text, args...)
			if strings.Contains(plan, "SCAN associations") || strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "Seq Scan") ||
				strings.Contains(plan, "Sort") || !strings.Contains(plan, "to_id>?") && !strings.Contains(plan, "to_id >") {
				t.Errorf("reads more than its pages:\n%s", plan)
			}
			if err != nil {
				return err
			}
			text, args = relation.DeletionStatement([]record.Link{{FromType: "tickets", FromID: 1, ToType: "contacts", ToID: 2, TypeID: 16}, {FromType: "tickets", FromID: 1, ToType: "contacts", ToID: 3, TypeID: 16}})
			if plan, err = tx.Explain(text, args...); strings.Contains(plan, "SCAN associations") {
				t.Errorf("deletes by reading all:\n%s", plan)
			}
			return err
		})
	})
}
