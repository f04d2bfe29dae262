package search_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/crm/search/word"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// parts are what the texts of the model are made of: few, so that they meet often.
var parts = []string{"ann", "Anna", "bob", "lamp", "Lämpe", "red", "re", "a@ex.org", "ex.org", "+31201234567", "0201234567", "117", "東京都", "don't"}

// step is one thing that happens: what, to which records, with which text.
type step struct {
	What  string
	A, B  int
	Text  string
	Other string
}

func steps() *rapid.Generator[step] {
	text := rapid.Map(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 3), func(p []string) string { return strings.Join(p, " ") })
	return rapid.Custom(func(t *rapid.T) step {
		return step{rapid.SampledFrom([]string{"ticket", "ticket", "contact", "company", "say", "say", "change", "change", "rename", "rename", "link", "link",
			"unlink", "archive", "restore", "fold", "fold", "rebuild", "forget"}).Draw(t, "what"), rapid.IntRange(0, 9).Draw(t, "a"),
			rapid.IntRange(0, 9).Draw(t, "b"), text.Draw(t, "text"), text.Draw(t, "other")}
	})
}

// world is what the steps made, and how it is looked up.
type world struct {
	*desk
	tickets, others []int64
	typeOf          map[int64]string
}

func (w *world) take(s step) {
	pick := func(from []int64, n int) int64 {
		if len(from) == 0 {
			return 0
		}
		return from[n%len(from)]
	}
	ticket, other := pick(w.tickets, s.A), pick(w.others, s.B)
	switch s.What {
	case "ticket":
		w.tickets = append(w.tickets, w.make("tickets", "subject", s.Text+" "+s.Other, "content", s.Other))
	case "contact":
		w.add("contacts", w.make("contacts", "firstname", s.Text, "phone", digitsOf(s.Other)))
	case "company":
		w.add("companies", w.make("companies", "name", s.Text))
	case "fold":
		w.fold()
	case "rebuild":
		w.do(func(tx *db.Tx) error {
			t, err := w.props.Type(tx, "tickets")
			search.Rebuild(tx, t)
			search.RebuildMessages(tx)
			return err
		})
	default:
		if ticket != 0 && other != 0 {
			w.touch(s, ticket, other)
		}
	}
}

func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}

func (w *world) add(objectType string, id int64) {
	w.others = append(w.others, id)
	w.typeOf[id] = objectType
}

func (w *world) touch(s step, ticket, other int64) {
	link := record.Link{FromType: "tickets", FromID: ticket, ToType: w.typeOf[other], ToID: other}
	names := map[string]string{"contacts": "firstname", "companies": "name"}
	w.do(func(tx *db.Tx) error {
		_, err := w.Get(tx, people.System, w.typeOf[other], other)
		_, errTicket := w.Get(tx, people.System, "tickets", ticket)
		if (err != nil || errTicket != nil) && s.What != "archive" && s.What != "restore" {
			return nil
		}
		switch s.What {
		case "change":
			_, err = w.Update(tx, people.System, "tickets", ticket, map[string]string{[]string{"subject", "content"}[s.B%2]: s.Text}, "")
		case "rename":
			_, err = w.Update(tx, people.System, w.typeOf[other], other, map[string]string{names[w.typeOf[other]]: s.Text}, "")
		case "link":
			err = w.Associate(tx, people.System, link)
		case "unlink":
			err = w.Dissociate(tx, people.System, link)
		case "archive":
			err = w.Archive(tx, people.System, w.typeOf[other], other)
		case "restore":
			err = w.Restore(tx, people.System, w.typeOf[other], other)
		default:
			err = nil
		}
		return err
	})
	switch s.What {
	case "say":
		w.say(ticket, s.Text)
	case "forget":
		w.forget(other)
		w.others = slices.DeleteFunc(w.others, func(id int64) bool { return id == other })
	}
}

func (w *world) forget(id int64) {
	w.do(func(tx *db.Tx) error {
		t, err := w.props.Type(tx, w.typeOf[id])
		if err != nil {
			return err
		}
		if err := w.index.Forget(tx, t, id); err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM associations WHERE from_id = $1 OR to_id = $1", id); err != nil {
			return err
		}
		_, err = tx.Exec("DELETE FROM "+t.Table+" WHERE id = $1", id)
		return err
	})
}

// words are all that a record holds, read without an index.
func (w *world) words(tx *db.Tx, objectType string, of int64) (out []string) {
	emit := func(b []byte) { out = append(out, string(b)) }
	own := func(objectType string, of int64, living bool) {
		r, err := w.Any(tx, objectType, of)
		set, errSet := w.props.Set(tx, objectType)
		if err != nil || errSet != nil {
			w.t.Fatal(err, errSet)
		}
		if living && r.Archived {
			return
		}
		for _, name := range set.ObjectType.Searchable {
			if d, _ := set.Get(name); d.Type == property.Phone {
				word.Phone(r.Properties[name], emit)
			} else {
				word.Each(r.Properties[name], emit)
			}
		}
	}
	own(objectType, of, false)
	word.ID(id.Format(of), emit)
	if objectType != "tickets" {
		return out
	}
	for _, other := range []string{"contacts", "companies"} {
		linked, err := w.Associated(tx, people.System, "tickets", []int64{of}, other)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, a := range linked[of] {
			own(other, a.ID, true)
		}
	}
	for _, m := range w.talk.said {
		if m.Record == of {
			word.Each(m.Text, emit)
		}
	}
	return out
}

func holds(q word.Query, words []string) bool {
	one := func(q word.Query) bool { return holds(q, words) }
	switch {
	case q.Word != "":
		return slices.ContainsFunc(words, func(w string) bool { return w == q.Word || q.Prefix && strings.HasPrefix(w, q.Word) })
	case len(q.Any) > 0:
		return slices.ContainsFunc(q.Any, one)
	}
	return !slices.ContainsFunc(q.All, func(q word.Query) bool { return !one(q) })
}

// agree compares what is found with what a look at every record finds.
func (w *world) agree(t *rapid.T, typed []string) {
	var wrong []string
	w.see(func(tx *db.Tx) error {
		for objectType, ids := range map[string][]int64{"tickets": w.tickets, "contacts": w.of("contacts"), "companies": w.of("companies")} {
			words := map[int64][]string{}
			for _, id := range ids {
				words[id] = w.words(tx, objectType, id)
			}
			for _, text := range typed {
				q, ok := word.Parse(text)
				var want []int64
				for _, id := range slices.Backward(ids) {
					if ok && holds(q, words[id]) {
						want = append(want, id)
					}
				}
				found, err := w.index.Find(tx, objectType, text, search.Most)
				if err != nil {
					return err
				}
				// What was deleted for good leaves the index a little later.
				got := slices.DeleteFunc(found.IDs, func(id int64) bool { return !slices.Contains(ids, id) })
				if !slices.Equal(got, want) {
					wrong = append(wrong, fmt.Sprintf("%s: %q finds %v, want %v of %v", objectType, text, got, want, words))
				}
			}
		}
		return nil
	})
	if wrong != nil {
		t.Fatal(strings.Join(wrong, "\n"))
	}
}

func (w *world) of(objectType string) (out []int64) {
	for _, id := range w.others {
		if w.typeOf[id] == objectType {
			out = append(out, id)
		}
	}
	return out
}

// Whatever is written in whatever order, indexed at whatever time, is found as by a look at every record.
func TestIndexAgreesWithALookAtEverything(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.index.Small(3, 2)
		some := rapid.SliceOfN(steps(), 1, 25)
		typed := rapid.SliceOfN(rapid.Map(rapid.SliceOfN(rapid.SampledFrom(append(parts, "an", "lam", "4567", "a@", "京")), 1, 2),
			func(p []string) string { return strings.Join(p, " ") }), 1, 4)
		rapid.Check(t, func(t *rapid.T) {
			k.do(func(tx *db.Tx) error {
				for _, table := range []string{"tickets", "contacts", "companies", "associations", "search_todo", "search_blocks", "search_segments"} {
					if _, err := tx.Exec("DELETE FROM " + table); err != nil {
						return err
					}
				}
				return nil
			})
			k.talk.said = nil
			w := &world{desk: k, typeOf: map[int64]string{}}
			for i, s := range some.Draw(t, "steps") {
				w.take(s)
				if i%6 == 5 {
					w.agree(t, typed.Draw(t, "typed"))
				}
			}
			words := typed.Draw(t, "typed")
			w.agree(t, words)
			w.fold()
			w.agree(t, words)
		})
	})
}
