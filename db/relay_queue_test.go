package db

import (
	"context"
	"log/slog"
	"testing"
)

// A queue that ran full says so once, with the next batch, even when it was emptied in between.
func TestFullQueueSaysThatNotesWereLost(t *testing.T) { // SCALE-1, REL-1
	r := &relay{log: slog.New(slog.DiscardHandler), self: "me", queue: make(chan Note, 3)}
	r.send([]Note{{"a", "1"}, {"a", "2"}})
	batch, ok := r.gather(context.Background())
	if !ok || batch.Lost || len(batch.Notes) != 2 || batch.From != "me" {
		t.Fatalf("gathered %+v, %v; want both notes and no loss", batch, ok)
	}
	r.send([]Note{{"a", "3"}, {"a", "4"}, {"a", "5"}, {"a", "dropped"}, {"a", "dropped too"}})
	if batch, ok = r.gather(context.Background()); !ok || !batch.Lost || len(batch.Notes) != 3 {
		t.Errorf("gathered %+v, %v; want three notes and a loss", batch, ok)
	}
	r.send([]Note{{"a", "6"}})
	if batch, ok = r.gather(context.Background()); !ok || batch.Lost || len(batch.Notes) != 1 {
		t.Errorf("gathered %+v, %v; want one note and no loss", batch, ok)
	}
	// What a failed NOTIFY took with it is told of without waiting for a further note.
	r.lost.Store(true)
	if batch, ok = r.gather(context.Background()); !ok || !batch.Lost || len(batch.Notes) != 0 {
		t.Errorf("gathered %+v, %v; want nothing but a loss", batch, ok)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if batch, ok = r.gather(ended); ok {
		t.Errorf("gathered %+v after the end", batch)
	}
}

func TestReceivedLossReachesEveryListenerAndOwnNotesNone(t *testing.T) { // SCALE-1
	h := newHub()
	defer h.close()
	r := &relay{hub: h, self: "me"}
	heard := make(chan string, 10)
	for _, topic := range []string{"a", "b"} {
		h.listen(topic, func(p string, ok bool) {
			if !ok {
				p = "lost"
			}
			heard <- topic + " " + p
		})
	}
	r.receive(relayed{From: "me", Lost: true, Notes: []Note{{"a", "mine"}}})
	r.receive(relayed{From: "you", Notes: []Note{{"a", "yours"}}})
	if got := <-heard; got != "a yours" {
		t.Errorf("heard %q first", got)
	}
	r.receive(relayed{From: "you", Lost: true})
	if both := map[string]bool{<-heard: true, <-heard: true}; !both["a lost"] || !both["b lost"] {
		t.Errorf("heard %v", both)
	}
}
