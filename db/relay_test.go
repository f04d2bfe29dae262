package db_test

import (
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// with is the configuration with one more parameter in its address.
func with(t *testing.T, cfg db.Config, name, value string) db.Config {
	t.Helper()
	u, err := url.Parse(cfg.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	cfg.URL = u.String()
	return cfg
}

type word struct {
	text string
	ok   bool
}

func listen(t *testing.T, d *db.DB, topic string) <-chan word {
	t.Helper()
	heard := make(chan word, 10000)
	t.Cleanup(d.Listen(topic, func(text string, ok bool) { heard <- word{text, ok} }))
	return heard
}

func say(t *testing.T, d *db.DB, topic string, words ...string) {
	t.Helper()
	dbtest.Do(t, d, func(tx *db.Tx) error {
		for _, w := range words {
			tx.Notify(topic, w)
		}
		return nil
	})
}

func TestNodesHearOneAnotherInOrderAndOnce(t *testing.T) { // SCALE-1
	cfg := dbtest.Postgres(t)
	nodes := []*db.DB{dbtest.Open(t, cfg), dbtest.Open(t, cfg), dbtest.Open(t, cfg)}
	var ears []<-chan word
	for _, n := range nodes {
		ears = append(ears, listen(t, n, "word"))
	}
	var want []string
	for i := range 200 { // more than one NOTIFY takes
		want = append(want, fmt.Sprintf("%d %s", i, strings.Repeat("ä", 60)))
	}
	say(t, nodes[0], "another topic", "not for these ears")
	say(t, nodes[0], "word", want...)
	say(t, nodes[0], "word", "the end")
	for i, ear := range ears {
		var got []string
		for w := range ear {
			if !w.ok {
				t.Fatalf("node %d was told that words were lost", i)
			}
			if w.text == "the end" {
				break
			}
			got = append(got, w.text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("node %d heard %d words, want %d in the order they were said", i, len(got), len(want))
		}
	}
}

func TestNodeThatWasCutOffIsToldToReadAgain(t *testing.T) { // SCALE-1, REL-1
	cfg := dbtest.Postgres(t)
	here, there := dbtest.Open(t, cfg), dbtest.Open(t, with(t, cfg, "application_name", "there"))
	heard := listen(t, there, "word")
	load := func(tx *db.Tx) (int64, error) { return db.Value[int64](tx, "SELECT count(*) FROM notes") }
	table(t, here)
	cache := db.NewCache(there, "notes", load)
	see := func() (n int64) {
		dbtest.See(t, there, func(tx *db.Tx) (err error) { n, err = cache.Get(tx); return err })
		return n
	}
	if n := see(); n != 0 {
		t.Fatalf("%d notes at first", n)
	}
	dbtest.Do(t, here, func(tx *db.Tx) error {
		_, err := db.List(tx, db.Col[bool], "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'there' AND query LIKE 'LISTEN%'")
		return err
	})
	// Changed while nobody there listens, without a word: only reading again can tell.
	dbtest.Do(t, here, func(tx *db.Tx) error { return insert(tx, 1, "unheard") })
	if w := <-heard; w.ok {
		t.Fatalf("heard %q, want to be told that words were lost", w.text)
	}
	for see() != 1 {
		runtime.Gosched() // the cache is dropped on a goroutine of its own
	}
	say(t, here, "word", "again")
	if w := <-heard; !w.ok || w.text != "again" {
		t.Errorf("heard %+v after reconnecting", w)
	}
}

func TestWordTooLongForTheWireIsALoss(t *testing.T) { // SCALE-1
	cfg := dbtest.Postgres(t)
	here, there := dbtest.Open(t, cfg), dbtest.Open(t, cfg)
	near, far := listen(t, here, "word"), listen(t, there, "word")
	say(t, here, "word", strings.Repeat("x", 20_000), "short")
	if w := <-near; !w.ok || len(w.text) != 20_000 {
		t.Errorf("this node heard %d bytes, ok %v", len(w.text), w.ok)
	}
	if w := <-far; w.ok {
		t.Errorf("the other node heard %d bytes, want to be told of a loss", len(w.text))
	}
}

// The first NOTIFY fails, its words are gone: the next one must say so.
func TestWordsThatCouldNotBeSentAreALoss(t *testing.T) { // SCALE-1, REL-1
	cfg := dbtest.Postgres(t)
	there := dbtest.Open(t, cfg)
	dbtest.Do(t, there, func(tx *db.Tx) error {
		if _, err := tx.Exec("CREATE SEQUENCE tries"); err != nil {
			return err
		}
		_, err := tx.Exec(`CREATE FUNCTION public.pg_notify(text, text) RETURNS void AS $$ BEGIN
IF nextval('public.tries') = 1 THEN RAISE EXCEPTION 'not now'; END IF;
PERFORM pg_catalog.pg_notify($1, $2); END $$ LANGUAGE plpgsql`)
		return err
	})
	here := dbtest.Open(t, with(t, cfg, "search_path", "public,pg_catalog"))
	heard := listen(t, there, "word")
	say(t, here, "word", "lost")
	if w := <-heard; w.ok {
		t.Errorf("heard %q, want to be told of a loss", w.text)
	}
	say(t, here, "word", "sent")
	if w := <-heard; !w.ok || w.text != "sent" {
		t.Errorf("heard %+v", w)
	}
}

func TestStrangersWordsOnTheWireAreLeftAlone(t *testing.T) { // SEC-1
	cfg := dbtest.Postgres(t)
	here, there := dbtest.Open(t, cfg), dbtest.Open(t, cfg)
	heard := listen(t, there, "word")
	for _, payload := range []string{"", "not JSON", "[]", `{"n":7}`, `{"f":"x","n":[{"Topic":"other","Payload":"p"}]}`, `{"f":"x"}`} {
		dbtest.Do(t, here, func(tx *db.Tx) error { _, err := tx.Exec("SELECT pg_notify('deskbell', $1)", payload); return err })
	}
	say(t, here, "word", "still here")
	if w := <-heard; !w.ok || w.text != "still here" {
		t.Errorf("heard %+v first", w)
	}
}

func TestListenerThatStoppedHearsNothing(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		stopped := make(chan word, 10)
		stop := d.Listen("word", func(text string, ok bool) { stopped <- word{text, ok} })
		heard := listen(t, d, "word")
		say(t, d, "word", "one")
		if w := <-stopped; w.text != "one" {
			t.Errorf("heard %+v", w)
		}
		<-heard
		stop()
		stop() // twice is fine
		say(t, d, "word", "two")
		if w := <-heard; w.text != "two" || len(stopped) != 0 {
			t.Errorf("heard %+v; who stopped heard %d more", w, len(stopped))
		}
	})
}
