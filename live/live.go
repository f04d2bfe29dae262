// Package live tells browsers that something changed: its type, id and revision, never content. It owns the stream of
// changes and what a browser that missed some is told; it knows nothing of HTTP.
package live

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
)

// Change is a word to browsers: look at this again.
type Change struct {
	Seq  int64  `json:"-"` // of this hub, without gaps
	Type string `json:"type"`
	ID   string `json:"id,omitempty"`
	Rev  string `json:"rev,omitempty"`
}

const (
	topic      = "live"
	kept       = 4096 // changes that a browser may miss and still catch up
	queueMost  = 512  // changes waiting for one slow browser
	countsType = "counts"
)

// types are what browsers call the objects of events. What is not here does not concern them.
var types = map[string]string{
	"tickets": "ticket", "contacts": "contact", "companies": "company", "users": "user", "teams": "team",
	"pipelines": "pipeline", "properties": "property", "channels": "channel", "outbox": "outbox",
	"attention": "attention", "notifications": "notification", "jobs": "attention", "webhooks": "webhook",
}

// OnTicket is the data of an event that happened on a ticket without being the ticket's own.
type OnTicket interface{ OnTicket() int64 }

type saidKey struct{}

// Reactor passes events on to the hubs of every node, each change once a transaction.
func Reactor() event.Reactor {
	return event.Reactor{Name: "live", React: func(tx *db.Tx, e event.Event) error {
		rev := id.Format(e.ID)
		if t := types[e.ObjectType]; t != "" {
			Say(tx, Change{Type: t, ID: id.Format(e.ObjectID), Rev: rev})
		}
		if on, ok := e.Data.(OnTicket); ok && on.OnTicket() != 0 {
			Say(tx, Change{Type: "ticket", ID: id.Format(on.OnTicket()), Rev: rev})
		}
		if e.ObjectType == "tickets" {
			Say(tx, Change{Type: countsType})
		}
		return nil
	}}
}

// Say tells every browser of a change once the transaction committed. A second one of the same thing says nothing new.
func Say(tx *db.Tx, c Change) {
	said, _ := tx.Get(saidKey{}).(map[string]bool)
	if said == nil {
		said = map[string]bool{}
		tx.Put(saidKey{}, said)
	}
	if key := c.Type + ":" + c.ID; !said[key] {
		said[key] = true
		// A Change always marshals.
		payload, _ := json.Marshal(c)
		tx.Notify(topic, string(payload))
	}
}

// Hub gives each browser the changes in order.
type Hub struct {
	epoch string // changes with the program, so that an old place is never taken for one of ours
	stop  func()

	mu   sync.Mutex
	seq  int64
	ring []Change // the newest, oldest first
	subs map[*Subscription]bool
}

// NewHub starts a hub on a database's notes.
func NewHub(d *db.DB) *Hub {
	h := &Hub{epoch: strconv.FormatUint(rand.Uint64(), 36), subs: map[*Subscription]bool{}}
	h.stop = d.Listen(topic, h.hear)
	return h
}

// Close ends every subscription.
func (h *Hub) Close() {
	h.stop()
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		delete(h.subs, s)
		close(s.queue)
	}
}

func (h *Hub) hear(payload string, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !ok {
		h.ring = nil // whoever reconnects reads all again
		h.seq++
		for s := range h.subs {
			s.lose()
		}
		return
	}
	var c Change
	if json.Unmarshal([]byte(payload), &c) != nil {
		return
	}
	h.seq++
	c.Seq = h.seq
	h.ring = append(h.ring, c)
	if len(h.ring) > 2*kept {
		h.ring = append([]Change(nil), h.ring[len(h.ring)-kept:]...)
	}
	for s := range h.subs {
		s.put(c)
	}
}

// Subscription is one browser's stream.
type Subscription struct {
	hub   *Hub
	queue chan Change
	lost  bool // the queue ran full; guarded by the hub's lock
}

// Reset is the change that means: you missed something, read everything on screen again.
var Reset = Change{Type: "reset"}

func (s *Subscription) put(c Change) {
	if s.lost {
		return
	}
	select {
	case s.queue <- c:
	default:
		s.lost = true
	}
}

func (s *Subscription) lose() {
	s.put(Reset) // wakes whoever waits for C
	s.lost = true
}

// Subscribe starts a stream after the place last seen ("" for now). If that place is not known any more the stream
// begins with Reset.
func (h *Hub) Subscribe(place string) *Subscription {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := &Subscription{hub: h, queue: make(chan Change, queueMost)}
	h.subs[s] = true
	if place == "" {
		return s
	}
	missed, ok := h.since(place)
	if !ok || len(missed) > queueMost/2 {
		r := Reset
		r.Seq = h.seq
		s.put(r)
		return s
	}
	for _, c := range missed {
		s.put(c)
	}
	return s
}

func (h *Hub) since(place string) ([]Change, bool) {
	epoch, number, _ := strings.Cut(place, "-")
	seq, err := strconv.ParseInt(number, 10, 64)
	if err != nil || epoch != h.epoch || seq > h.seq {
		return nil, false
	}
	if seq == h.seq {
		return nil, true
	}
	if len(h.ring) == 0 || h.ring[0].Seq > seq+1 {
		return nil, false
	}
	return h.ring[seq+1-h.ring[0].Seq:], true
}

// Next waits for the changes in C and is called after each receive: it reports whether the stream lost changes since the
// last call, and if so forgets what waits, so that one Reset stands for all of it.
func (s *Subscription) Next() (lost bool) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if !s.lost {
		return false
	}
	s.lost = false
	for len(s.queue) > 0 {
		<-s.queue
	}
	return true
}

// C is the stream; it is closed when the hub closes.
func (s *Subscription) C() <-chan Change { return s.queue }

// Place is where the stream stands after a change, for Subscribe.
func (h *Hub) Place(c Change) string { return fmt.Sprintf("%s-%d", h.epoch, c.Seq) }

// Here is the newest place.
func (h *Hub) Here() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.Place(Change{Seq: h.seq})
}

// Close ends the stream.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	delete(s.hub.subs, s)
}
