package search_test

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/crm/search/feed"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// talk is what was said, in memory.
type talk struct{ said []search.Message }

func (k *talk) pick(holds func(m search.Message) bool, limit int) (out []search.Message) {
	for _, m := range k.said {
		if holds(m) && len(out) < limit {
			out = append(out, m)
		}
	}
	return out
}

func (k *talk) Texts(_ *db.Tx, ids []int64) ([]search.Message, error) {
	return k.pick(func(m search.Message) bool { return slices.Contains(ids, m.ID) }, len(ids)), nil
}

func (k *talk) About(_ *db.Tx, ticket, after int64, limit int) ([]search.Message, error) {
	return k.pick(func(m search.Message) bool { return m.Record == ticket && m.ID > after }, limit), nil
}

func (k *talk) Before(_ *db.Tx, before int64, limit int) ([]search.Message, error) {
	all := k.pick(func(m search.Message) bool { return m.ID < before }, len(k.said))
	slices.Reverse(all)
	return all[:min(limit, len(all))], nil
}

// desk is a database whose records are searched.
type desk struct {
	*record.Store
	t       testing.TB
	db      *db.DB
	props   *property.Registry
	index   *search.Index
	indexer *search.Indexer
	talk    *talk
}

func open(t testing.TB, cfg db.Config) *desk {
	t.Helper()
	bus := event.NewBus(cfg.Log)
	cfg.Reactor = bus
	k := &desk{t: t, db: dbtest.Open(t, cfg), talk: &talk{}}
	k.props = property.New(k.db)
	k.index = search.New(k.db, k.props, k.talk)
	k.indexer = search.NewIndexer(k.index, slog.New(slog.DiscardHandler), 0)
	k.Store = record.New(k.db, k.props, k.index, nil)
	if err := bus.Install(feed.Reactor(k.props)); err != nil {
		t.Fatal(err)
	}
	return k
}

func each(t *testing.T, story func(t *testing.T, k *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) { story(t, open(t, cfg)) })
}

func (k *desk) do(fn func(tx *db.Tx) error)  { k.t.Helper(); dbtest.Do(k.t, k.db, fn) }
func (k *desk) see(fn func(tx *db.Tx) error) { k.t.Helper(); dbtest.See(k.t, k.db, fn) }

func (k *desk) make(objectType string, props ...string) int64 {
	k.t.Helper()
	in := record.Input{Properties: map[string]string{}}
	for i := 0; i < len(props); i += 2 {
		in.Properties[props[i]] = props[i+1]
	}
	if objectType == "tickets" {
		maps.Copy(in.Properties, map[string]string{"hs_pipeline": "0", "hs_pipeline_stage": "1", "desk_open": "true", "desk_spam": "false", "desk_active_at": "2026-11-02"})
	}
	var made int64
	k.do(func(tx *db.Tx) error {
		r, err := k.Create(tx, people.System, objectType, in)
		made = r.ID
		return err
	})
	return made
}

func (k *desk) set(objectType string, id int64, name, value string) {
	k.t.Helper()
	k.do(func(tx *db.Tx) error {
		_, err := k.Update(tx, people.System, objectType, id, map[string]string{name: value}, "")
		return err
	})
}

func (k *desk) link(ticket int64, objectType string, id int64) {
	k.t.Helper()
	k.do(func(tx *db.Tx) error {
		return k.Associate(tx, people.System, record.Link{FromType: "tickets", FromID: ticket, ToType: objectType, ToID: id})
	})
}

// say has a message written about a ticket.
func (k *desk) say(ticket int64, text string) {
	k.t.Helper()
	k.do(func(tx *db.Tx) error {
		m := search.Message{ID: tx.NewID(), Record: ticket, Text: text}
		k.talk.said = append(k.talk.said, m)
		event.Emit(tx, event.Event{Type: "message.received", ObjectType: "messages", ObjectID: m.ID, Data: struct{}{}})
		return nil
	})
}

func (k *desk) fold() {
	k.t.Helper()
	if err := k.indexer.Fold(context.Background()); err != nil {
		k.t.Fatal(err)
	}
}

func (k *desk) find(objectType, typed string) []int64 {
	k.t.Helper()
	var found search.Found
	k.see(func(tx *db.Tx) (err error) {
		found, err = k.index.Find(tx, objectType, typed, search.Most)
		return err
	})
	return found.IDs
}

// finds checks what some words find, before they are indexed and after.
func (k *desk) finds(objectType string, want map[string][]int64) {
	k.t.Helper()
	for _, when := range []string{"before it is indexed", "when it is indexed"} {
		for typed, ids := range want {
			if got := k.find(objectType, typed); !slices.Equal(got, ids) {
				k.t.Errorf("%s %q finds %v, want %v", when, typed, got, ids)
			}
		}
		k.fold()
	}
}

// LIST-2: a ticket is found by each of its texts, and by words of several of them together.
func TestTicketsAreFoundByEachOfTheirTexts(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ann := k.make("contacts", "firstname", "Ann", "lastname", "Müller", "email", "ann.m@Example.org", "phone", "+31201234567", "mobilephone", "+4915112345678")
		acme := k.make("companies", "name", "Acme & Söhne", "domain", "acme.example")
		a := k.make("tickets", "subject", "Printer on fire", "content", "It burns since noon")
		b := k.make("tickets", "subject", "Invoice 2026-117")
		k.link(a, "contacts", ann)
		k.link(a, "companies", acme)
		k.link(b, "contacts", ann)
		k.say(a, "Please send the brochure")
		k.say(a, "A replacement for Łukasz")
		only := []int64{a}
		k.finds("tickets", map[string][]int64{
			"printer": only, "PRINT": only, "burns": only, "noon fire": only, "brochure": only, "lukasz": only, "łuk": only,
			"muller": {b, a}, "Müller fire": only, "ann.m@example.org": {b, a}, "ann.m@": {b, a}, "@example.org": {b, a}, "+31201234567": {b, a},
			"020 1234567": {b, a}, "4567": {b, a}, "+4915112345678": {b, a}, "345678": {b, a}, "acme": only, "sohne": only, "acme.example": only,
			"brochure müller acme printer replace": only, "invoice ann": {b}, "117": {b}, "2026-117": {b},
			"brochure invoice": nil, "nothing": nil, "ire": nil, "?!": nil, "": nil, "prin fire": nil,
		})
		for _, n := range []int64{a, b} {
			k.finds("tickets", map[string][]int64{id.Format(n): {n}, id.Format(n)[8:]: {n}, id.Format(n)[:8]: nil})
		}
		k.finds("contacts", map[string][]int64{"ann": {ann}, "mull": {ann}, "ann.m@example.org": {ann}, "+3120": {ann}, "printer": nil, "acme": nil})
		k.finds("companies", map[string][]int64{"söhne": {acme}, "acme.ex": {acme}, "ann": nil})
	})
}

func TestWhatChangesIsFoundAsItIs(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ann, bob := k.make("contacts", "firstname", "Ann", "email", "ann@example.org"), k.make("contacts", "firstname", "Bob")
		a := k.make("tickets", "subject", "Red lamp", "content", "a red one")
		k.link(a, "contacts", ann)
		k.say(a, "it is green")
		k.finds("tickets", map[string][]int64{"red": {a}, "green": {a}, "ann": {a}})

		k.set("tickets", a, "subject", "Green lamp")
		k.finds("tickets", map[string][]int64{"red": {a}, "green": {a}}) // red still stands in the description
		k.set("tickets", a, "content", "")
		k.finds("tickets", map[string][]int64{"red": nil, "lamp": {a}, "one": nil})
		k.set("tickets", a, "subject", "Blue lamp")
		k.finds("tickets", map[string][]int64{"green": {a}, "blue": {a}}) // green was said, too

		k.set("contacts", ann, "firstname", "Anna") // a contact that has a new name
		k.set("contacts", ann, "email", "anna@example.com")
		k.finds("tickets", map[string][]int64{"anna": {a}, "anna@example.com blue": {a}, "ann@": nil, "example.org": nil})
		k.finds("contacts", map[string][]int64{"anna": {ann}, "ann@": nil})

		k.link(a, "contacts", bob)
		k.finds("tickets", map[string][]int64{"bob": {a}, "bob anna": {a}})
		k.do(func(tx *db.Tx) error {
			return k.Dissociate(tx, people.System, record.Link{FromType: "contacts", FromID: ann, ToType: "tickets", ToID: a})
		})
		k.finds("tickets", map[string][]int64{"bob": {a}, "anna": nil, "example.com": nil})
	})
}

// A relation ends when the contact has another name already, all before anything is indexed.
func TestNamesOfOldDoNotStay(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ann := k.make("contacts", "firstname", "Ann", "lastname", "Old")
		a := k.make("tickets", "subject", "Lamp")
		k.link(a, "contacts", ann)
		k.finds("tickets", map[string][]int64{"ann old": {a}})
		k.do(func(tx *db.Tx) error {
			if _, err := k.Update(tx, people.System, "contacts", ann, map[string]string{"lastname": "Newer"}, ""); err != nil {
				return err
			}
			return k.Dissociate(tx, people.System, record.Link{FromType: "tickets", FromID: a, ToType: "contacts", ToID: ann})
		})
		k.finds("tickets", map[string][]int64{"ann": nil, "old": nil, "newer": nil, "lamp": {a}})
	})
}

func TestTrash(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ann := k.make("contacts", "firstname", "Ann")
		a, b := k.make("tickets", "subject", "Red lamp"), k.make("tickets", "subject", "Blue lamp")
		k.link(a, "contacts", ann)
		ids := func(text string) (out []int64) {
			k.see(func(tx *db.Tx) error {
				page, err := k.Search(tx, people.System, record.Query{ObjectType: "tickets", Text: text, CountTotal: true})
				for _, r := range page.Records {
					out = append(out, r.ID)
				}
				if page.Total != int64(len(out)) {
					t.Errorf("%d are said to hold %q, %d do", page.Total, text, len(out))
				}
				return err
			})
			return out
		}
		is := func(what string, got []int64, want ...int64) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		is("both live", ids("lamp"), a, b)
		k.do(func(tx *db.Tx) error { return k.Archive(tx, people.System, "tickets", a) })
		is("one archived", ids("lamp"), b)
		k.fold()
		k.do(func(tx *db.Tx) error { return k.Restore(tx, people.System, "tickets", a) })
		is("restored", ids("lamp"), a, b)

		k.do(func(tx *db.Tx) error { return k.Archive(tx, people.System, "contacts", ann) })
		is("its contact archived", ids("ann"))
		k.fold()
		is("its contact archived, indexed", ids("ann"))
		k.do(func(tx *db.Tx) error { return k.Restore(tx, people.System, "contacts", ann) })
		is("its contact restored", ids("ann lamp"), a)
		k.fold()
		is("its contact restored, indexed", ids("ann lamp"), a)
	})
}

// Who may not see a ticket does not find it, and is not told that there is one.
func TestPermissionNarrowsWhatIsFound(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		mine := k.make("tickets", "subject", "Lamp", "hubspot_owner_id", "7")
		k.make("tickets", "subject", "Lamp", "hubspot_owner_id", "8")
		me := people.Actor{Kind: event.User, ID: 7, Grants: map[people.Grant]people.Scope{{ObjectType: "tickets", Verb: people.View}: {Reach: people.OwnedOnly}}}
		k.see(func(tx *db.Tx) error {
			page, err := k.Search(tx, me, record.Query{ObjectType: "tickets", Text: "lamp", CountTotal: true})
			if page.Total != 1 || len(page.Records) != 1 || page.Records[0].ID != mine {
				t.Errorf("found %+v", page)
			}
			return err
		})
	})
}

func TestCommonWordsAreBounded(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.index.Small(4, 3)
		var all []int64
		for range 30 {
			all = append(all, k.make("tickets", "subject", "Lamp"))
		}
		slices.Reverse(all)
		for _, when := range []string{"before", "after"} {
			for most, want := range map[int][]int64{7: all[:7], 30: all, 100: all} {
				k.see(func(tx *db.Tx) error {
					found, err := k.index.Find(tx, "tickets", "lamp", most)
					if !slices.Equal(found.IDs, want) || found.More != (most < 30) {
						t.Errorf("%s: of at most %d there are %d, more %v", when, most, len(found.IDs), found.More)
					}
					return err
				})
			}
			k.fold()
		}
		if n := k.count("SELECT count(*) FROM search_chunks"); n < 5 {
			t.Errorf("30 records lie in %d chunks of 4", n)
		}
	})
}

func (k *desk) count(query string, args ...any) (n int64) {
	k.t.Helper()
	k.see(func(tx *db.Tx) (err error) {
		n, err = db.Value[int64](tx, query, args...)
		return err
	})
	return n
}

// However often a record is written, a chunk has few segments.
func TestSegmentsStayFew(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		a := k.make("tickets", "subject", "Lamp")
		for n := range 40 {
			k.say(a, strings.Repeat("word"+id.Format(int64(n))+" ", 3))
			k.fold()
		}
		if n := k.count("SELECT count(*) FROM search_segments"); n > 5 {
			t.Errorf("%d segments after 40 messages", n)
		}
		k.finds("tickets", map[string][]int64{"word0 word17 word39": {a}, "word40": nil})
		if n := k.count("SELECT count(*) FROM search_todo"); n != 0 {
			t.Errorf("%d rows are left to do", n)
		}
	})
}

// REC-5: what is deleted for good leaves no trace in the index.
func TestForget(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.index.Small(4, 2)
		ann := k.make("contacts", "firstname", "Xanthippe", "email", "xan@example.org")
		var all []int64
		for range 9 {
			a := k.make("tickets", "subject", "Lamp")
			k.link(a, "contacts", ann)
			all = append(all, a)
		}
		k.say(all[3], "my secret is swordfish")
		k.finds("tickets", map[string][]int64{"swordfish": {all[3]}})
		k.do(func(tx *db.Tx) error {
			contacts, err := k.props.Type(tx, "contacts")
			if err != nil {
				return err
			}
			tickets, err := k.props.Type(tx, "tickets")
			if err != nil {
				return err
			}
			if err := k.index.Forget(tx, contacts, ann); err != nil {
				return err
			}
			if err := k.index.Forget(tx, tickets, all[3]); err != nil {
				return err
			}
			k.talk.said = nil
			for _, statement := range []string{"DELETE FROM contacts WHERE id = $1", "DELETE FROM associations WHERE from_id = $1 OR to_id = $1"} {
				if _, err := tx.Exec(statement, ann); err != nil {
					return err
				}
			}
			_, err = tx.Exec("DELETE FROM tickets WHERE id = $1", all[3])
			return err
		})
		k.fold()
		k.finds("tickets", map[string][]int64{"xanthippe": nil, "swordfish": nil, "xan@": nil})
		k.finds("contacts", map[string][]int64{"xanthippe": nil})
		k.see(func(tx *db.Tx) error {
			for _, trace := range []string{"anthippe", "swordfish", "xan@"} {
				blocks, err := db.List(tx, db.Col[[]byte], "SELECT data FROM search_blocks")
				if err != nil {
					return err
				}
				if slices.ContainsFunc(blocks, func(b []byte) bool { return strings.Contains(string(b), trace) }) {
					t.Errorf("the index still has %q", trace)
				}
			}
			return nil
		})
		left := slices.Delete(all, 3, 4)
		slices.Reverse(left)
		k.finds("tickets", map[string][]int64{"lamp": left})
	})
}

// Of what a search read something stays in memory, however many chunks it went through, and what is found is the same.
func TestMemoryOfASearchIsBounded(t *testing.T) { // LIST-2
	each(t, func(t *testing.T, k *desk) {
		k.index.Small(4, 4)
		var all []int64
		for range 40 {
			all = append(all, k.make("tickets", "subject", "Lamp"))
		}
		for worked := true; worked; {
			var err error
			if worked, err = k.indexer.Once(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		slices.Reverse(all)
		for range 3 {
			if got := k.find("tickets", "lamp"); !slices.Equal(got, all) {
				t.Fatalf("found %v, want %v", got, all)
			}
			if held, most := k.index.Held(); held == 0 || held > most {
				t.Fatalf("%d ids are in memory, of at most %d", held, most)
			}
		}
	})
}
