package search_test

import (
	"context"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/people"
)

// What stands in the tables when the program first runs is indexed in the background, in pieces, and so is what is written
// meanwhile.
func TestWhatWasThereBeforeIsIndexed(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.index.Small(4, 3)
		ann := k.make("contacts", "firstname", "Ann")
		var old []int64
		for range 11 {
			a := k.make("tickets", "subject", "Old lamp")
			k.link(a, "contacts", ann)
			k.say(a, "broken")
			old = append(old, a)
		}
		k.do(func(tx *db.Tx) error { _, err := tx.Exec("DELETE FROM search_todo"); return err })
		for n := 1; ; n++ {
			fresh := k.make("tickets", "subject", "New lamp")
			if got := k.find("tickets", "new"); len(got) != n || got[0] != fresh {
				t.Fatalf("after %d folds %v are new", n-1, got)
			}
			worked, err := k.indexer.Once(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if !worked || n > 100 {
				break
			}
		}
		slices.Reverse(old)
		for _, typed := range []string{"old lamp", "ann", "broken", "broken ann old"} {
			if got := k.find("tickets", typed); !slices.Equal(got, old) {
				t.Errorf("%q finds %v, want %v", typed, got, old)
			}
		}
		k.finds("contacts", map[string][]int64{"ann": {ann}})
	})
}

// What a program with other words indexed is indexed again, the old going bit by bit.
func TestAnIndexOfOtherWordsIsMadeAgain(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.index.Small(2, 2)
		var all []int64
		for range 25 {
			all = append(all, k.make("tickets", "subject", "Lamp"))
		}
		k.fold()
		before := k.count("SELECT max(id) FROM search_segments")
		k.do(func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE search_state SET version = version - 1")
			return err
		})
		k.clock().Advance(time.Minute)
		k.fold()
		slices.Reverse(all)
		k.finds("tickets", map[string][]int64{"lamp": all})
		if k.count("SELECT count(*) FROM search_segments WHERE id <= $1", before) > 0 {
			t.Error("segments of old are left")
		}
		if n := k.count("SELECT count(*) FROM search_blocks b WHERE NOT EXISTS (SELECT 1 FROM search_segments s WHERE s.id = b.segment)"); n > 0 {
			t.Errorf("%d blocks belong to no segment", n)
		}
	})
}

func (k *desk) clock() *clock.Fixed { return k.db.Clock().(*clock.Fixed) }

// A contact of many tickets is renamed: they follow, page by page.
func TestManyTicketsFollowTheirContact(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.index.Small(5, 3)
		ann := k.make("contacts", "firstname", "Ann")
		var all []int64
		for range 14 {
			a := k.make("tickets", "subject", "Lamp")
			k.link(a, "contacts", ann)
			all = append(all, a)
		}
		k.fold()
		k.set("contacts", ann, "firstname", "Bob")
		for n := 0; ; n++ {
			worked, err := k.indexer.Once(context.Background())
			if err != nil || n > 50 {
				t.Fatal(n, err)
			}
			if !worked {
				break
			}
			if n == 1 { // once more, in the middle of it
				k.set("contacts", ann, "firstname", "Cid")
			}
		}
		slices.Reverse(all)
		k.finds("tickets", map[string][]int64{"cid": all, "bob": nil, "ann": nil})
	})
}

// What one ticket took over from another by a merge is found as its own (REC-4).
func TestATicketTakesOver(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.index.Small(5, 3)
		a, b := k.make("tickets", "subject", "Lamp"), k.make("tickets", "subject", "Chair")
		for _, text := range []string{"one", "two", "three", "four", "five", "six", "seven"} {
			k.say(a, text)
		}
		k.fold()
		for i := range k.talk.said {
			k.talk.said[i].Record = b
		}
		k.do(func(tx *db.Tx) error {
			t, err := k.props.Type(tx, "tickets")
			search.Took(tx, t, b)
			return err
		})
		k.fold()
		k.finds("tickets", map[string][]int64{"one chair": {b}, "seven four chair": {b}})
	})
}

func TestOneNodeIndexesAtATime(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ctx := context.Background()
		other := search.NewIndexer(k.index, slog.New(slog.DiscardHandler), 1)
		a := k.make("tickets", "subject", "Lamp")
		k.fold()
		k.say(a, "one")
		if err := other.Fold(ctx); err == nil {
			t.Error("two nodes index at once")
		}
		k.clock().Advance(time.Minute) // the first is gone
		if err := other.Fold(ctx); err != nil {
			t.Error(err)
		}
		k.say(a, "two")
		if worked, err := k.indexer.Once(ctx); worked || err != nil {
			t.Errorf("the first indexes again, %v (%v)", worked, err)
		}
		k.clock().Advance(time.Minute)
		k.fold()
		k.finds("tickets", map[string][]int64{"one two lamp": {a}})
	})
}

// A node that lost its lease while it read must not write.
func TestAFoldIsLostWithTheLease(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		a := k.make("tickets", "subject", "Lamp")
		k.fold()
		k.say(a, "one")
		k.do(func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE search_state SET turn = turn + 1")
			return err
		})
		if worked, err := k.indexer.Once(context.Background()); worked || err != nil {
			t.Errorf("it wrote all the same, %v (%v)", worked, err)
		}
		if k.count("SELECT count(*) FROM search_todo") != 1 {
			t.Error("what it had not written is not to be done any more")
		}
		k.finds("tickets", map[string][]int64{"one": {a}})
	})
}

// The running indexer hears of what is written.
func TestRun(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- k.indexer.Run(ctx) }()
		a := k.make("tickets", "subject", "Lamp")
		for k.count("SELECT count(*) FROM search_todo") > 0 {
			runtime.Gosched()
		}
		if got := k.find("tickets", "lamp"); !slices.Equal(got, []int64{a}) {
			t.Errorf("found %v", got)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// However large the index, a search reads but the blocks that may hold its words (PERF-1).
func TestSearchUsesTheIndex(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.make("tickets", "subject", "Lamp")
		k.fold()
		k.do(func(tx *db.Tx) error {
			if tx.Postgres() {
				if _, err := tx.Exec("SET LOCAL enable_seqscan = off"); err != nil {
					return err
				}
			}
			plan, err := tx.Explain(search.SelectBlocks, "tickets", 0, 3, []byte("lamp\xff"), []byte("lamp"))
			if err != nil {
				return err
			}
			for _, index := range []string{"search_segments_chunk", map[bool]string{true: "search_blocks_pkey", false: "(segment=? AND first>? AND first<?)"}[tx.Postgres()]} {
				if !strings.Contains(plan, index) || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "SCAN") {
					t.Errorf("%s is not used:\n%s", index, plan)
				}
			}
			return nil
		})
	})
}

// Whatever is typed, it is never more than found or not.
func FuzzTyped(f *testing.F) {
	k := open(f, dbtest.SQLite(f))
	a := k.make("tickets", "subject", `Lamp "AND" (x OR y*) NEAR 117 東京 ann@example.org`)
	k.fold()
	k.say(a, "more of it")
	for _, seed := range []string{"lamp", `"`, `a AND b`, `* OR ^x`, `NEAR(a b)`, `col:x`, `-x`, `{a}`, `ann@`, `+31 20`, "\x00", "\xff", "'; DROP TABLE tickets", "%", "_", "$1", "?", `\`, "ａｎｎ", "a'b\"c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		dbtest.See(t, k.db, func(tx *db.Tx) error {
			found, err := k.index.Find(tx, "tickets", typed, 10)
			if err != nil || len(found.IDs) > 1 {
				t.Errorf("%q finds %v, %v", typed, found, err)
			}
			page, err := k.Search(tx, people.System, record.Query{ObjectType: "tickets", Text: typed})
			if err != nil || len(page.Records) != len(found.IDs) && strings.TrimSpace(typed) != "" {
				t.Errorf("%q finds %v, records %v, %v", typed, found, page.Records, err)
			}
			return nil
		})
	})
}
