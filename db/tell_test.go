package db_test

import (
	"errors"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

func TestTellReachesOtherNodesAlone(t *testing.T) { // SCALE-1
	cfg := dbtest.Postgres(t)
	here, there := dbtest.Open(t, cfg), dbtest.Open(t, cfg)
	near, far := listen(t, here, "word"), listen(t, there, "word")
	dbtest.Do(t, here, func(tx *db.Tx) error {
		tx.Tell("word", "once")
		tx.Tell("word", "once")
		err := tx.Savepoint(func() error { tx.Tell("word", "undone"); return errors.New("undo") })
		tx.Tell("word", "twice")
		if err == nil {
			t.Error("the savepoint did not fail")
		}
		return nil
	})
	say(t, here, "word", "the end")
	for _, want := range []string{"once", "twice", "the end"} {
		if want != "the end" {
			if w := <-far; w.text != want {
				t.Errorf("the other node heard %+v, want %q", w, want)
			}
			continue
		}
		if w := <-near; w.text != want {
			t.Errorf("this node heard %+v, want %q", w, want)
		}
	}
}

func TestNudgeAndEpoch(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		heard := listen(t, d, "wake")
		d.Nudge("wake")
		if w := <-heard; !w.ok || w.text != "" {
			t.Errorf("heard %+v", w)
		}
		dbtest.See(t, d, func(tx *db.Tx) error {
			before := tx.Epoch()
			if next := d.Advance(); next <= before || tx.Epoch() != before || tx.Writable() {
				t.Errorf("epoch %d, then %d; of the transaction %d, writable %v", before, next, tx.Epoch(), tx.Writable())
			}
			return nil
		})
		now := d.Advance()
		dbtest.Do(t, d, func(tx *db.Tx) error {
			if tx.Epoch() < now || !tx.Writable() {
				t.Errorf("epoch %d after %d, writable %v", tx.Epoch(), now, tx.Writable())
			}
			return nil
		})
	})
}
