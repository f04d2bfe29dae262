package search_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// Every object type is found by its searchable properties, and by no others; types do not find one another's records.
func TestEveryTypeIsFoundByItsProperties(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		deal := k.make("deals", "dealname", "Quantum drive", "dealstage", "appointmentscheduled", "pipeline", "default", "description", "with warranty")
		noted := k.make("notes", "hs_timestamp", "2026-11-02", "hs_note_body", "Called about the quantum leap")
		task := k.make("tasks", "hs_timestamp", "2026-11-02", "hs_task_subject", "Order quanta", "hs_task_body", "before Friday")
		company := k.make("companies", "name", "Quantum Ltd", "website", "https://quantum.example/about", "city", "Delft", "phone", "+31 15 278 9111")
		contact := k.make("contacts", "email", "q@quantum.example", "hs_additional_emails", "second@quantum.example", "jobtitle", "Physicist")
		for objectType, want := range map[string]map[string][]int64{
			"deals":     {"quantum": {deal}, "warranty drive": {deal}, "leap": nil, "appointmentscheduled": nil},
			"notes":     {"quantum": {noted}, "call": {noted}, "drive": nil},
			"tasks":     {"quanta friday": {task}, "quantum": nil},
			"companies": {"quantum": {company}, "quantum.example": {company}, "delft": nil, "0152789111": {company}, "9111": {company}},
			"contacts":  {"q@quantum.example": {contact}, "second@": {contact}, "quantum.example": {contact}, "physicist": nil},
			"tickets":   {"quantum": nil},
		} {
			k.finds(objectType, want)
		}
	})
}

// A custom property is searched when its type says so, and its change is seen.
func TestChangesOfOtherTypes(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		deal := k.make("deals", "dealname", "Red drive", "dealstage", "appointmentscheduled", "pipeline", "default")
		k.finds("deals", map[string][]int64{"red": {deal}})
		k.set("deals", deal, "dealname", "Blue drive")
		k.finds("deals", map[string][]int64{"red": nil, "blue drive": {deal}})
		k.set("deals", deal, "amount", "12")
		if n := k.count("SELECT count(*) FROM search_todo"); n != 0 {
			t.Errorf("%d rows are to do for a property that nobody searches", n)
		}
	})
}

// Only the beginning of a very long text is searched, and what it begins with is found in it like in any other.
func TestLongTexts(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		far := strings.Repeat("lorem ipsum dolor ", search.TextMost/18+1)
		a := k.make("tickets", "subject", "Lamp", "content", "begin "+far+" finis")
		k.say(a, "prima "+far+" ultima")
		k.finds("tickets", map[string][]int64{"begin": {a}, "prima": {a}, "finis": nil, "ultima": nil, "dolor prima begin": {a}})
		k.set("tickets", a, "content", "short")
		k.finds("tickets", map[string][]int64{"begin": nil, "short": {a}, "lorem": {a}})
	})
}

// One transaction writes much: all of it is found, and nothing of what a savepoint undid.
func TestMuchInOneTransaction(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		var all []int64
		k.do(func(tx *db.Tx) error {
			all = nil
			for n := range 150 {
				r, err := k.Create(tx, people.System, "contacts", record.Input{Properties: map[string]string{"firstname": fmt.Sprintf("Ann%d Common", n)}})
				if err != nil {
					return err
				}
				all = append(all, r.ID)
			}
			return tx.Savepoint(func() error { return nil })
		})
		k.do(func(tx *db.Tx) error {
			err := tx.Savepoint(func() error {
				_, err := k.Create(tx, people.System, "contacts", record.Input{Properties: map[string]string{"firstname": "Undone Common"}})
				if err == nil {
					err = fmt.Errorf("no")
				}
				return err
			})
			if err == nil {
				t.Error("the savepoint must fail")
			}
			return nil
		})
		slices.Reverse(all)
		k.finds("contacts", map[string][]int64{"common": all, "ann149": {all[0]}, "undone": nil, "ann1 common": all[149-1 : 149]})
	})
}

// What many write at once while the indexer runs is all found in the end, each once.
func TestWritersBesideTheIndexer(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.fold() // the first build is over: while that goes on, what it comes to later is not found
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { // folds as fast as it can
			var err error
			for ctx.Err() == nil && err == nil {
				_, err = k.indexer.Once(context.Background())
			}
			done <- err
		}()
		var mu sync.Mutex
		var made []int64
		var writers sync.WaitGroup
		for w := range 4 {
			writers.Go(func() {
				for n := range 12 {
					var id int64
					err := k.db.Write(context.Background(), func(tx *db.Tx) error {
						r, err := k.Create(tx, people.System, "companies", record.Input{Properties: map[string]string{"name": fmt.Sprintf("Many w%dn%d", w, n)}})
						id = r.ID
						return err
					})
					if err == nil && n%3 == 0 {
						err = k.db.Write(context.Background(), func(tx *db.Tx) error {
							_, err := k.Update(tx, people.System, "companies", id, map[string]string{"name": fmt.Sprintf("Many changed w%dn%d", w, n)}, "")
							return err
						})
					}
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					made = append(made, id)
					mu.Unlock()
				}
			})
		}
		writers.Wait()
		slices.Sort(made)
		slices.Reverse(made)
		if got := k.find("companies", "many"); !slices.Equal(got, made) {
			t.Errorf("%d of %d are found at once", len(got), len(made))
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		k.fold()
		if got := k.find("companies", "many"); !slices.Equal(got, made) {
			t.Errorf("%d of %d are found in the end", len(got), len(made))
		}
		if got := k.find("companies", "changed"); len(got) != 16 {
			t.Errorf("%d changed ones are found", len(got))
		}
	})
}

// Where more is written than a search reads besides the index, the newest of it is found at once.
func TestTheNewestIsFoundAtOnceUnderLoad(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.do(func(tx *db.Tx) error {
			t, err := k.props.Type(tx, "companies")
			for n := range int64(700) {
				search.Created(tx, t, n+1) // of nothing: it only stands in the way
			}
			return err
		})
		fresh := k.make("companies", "name", "Fresh")
		if got := k.find("companies", "fresh"); !slices.Equal(got, []int64{fresh}) {
			t.Errorf("found %v", got)
		}
		k.fold()
		k.finds("companies", map[string][]int64{"fresh": {fresh}})
	})
}

// What a type searches comes from its definition: a property that is gone is not asked for.
func TestSearchablePropertiesThatAreNotThere(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.see(func(tx *db.Tx) error {
			types, err := k.props.Types(tx)
			if err != nil {
				return err
			}
			for _, of := range types {
				set, err := k.props.Set(tx, of.Name)
				if err != nil {
					return err
				}
				for _, name := range of.Searchable {
					if d, ok := set.Get(name); !ok || d.Type != property.String && d.Type != property.Phone {
						t.Errorf("%s searches %s, which is %v", of.Name, name, d.Type)
					}
				}
				if _, err := k.index.Find(tx, of.Name, "anything", 10); err != nil {
					t.Errorf("%s: %v", of.Name, err)
				}
			}
			return nil
		})
	})
}
