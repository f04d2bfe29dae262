// Package live streams to browsers that something changed (VIEW-5). It knows nothing of what changed.
package live

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/live"
	"github.com/deskbell/deskbell/people"
)

const (
	pingEvery   = 25 * time.Second // below the minute after which proxies cut silent connections
	writeTime   = 10 * time.Second // for one event; a browser that takes none is gone
	streamsMost = 20               // of one user or app: tabs
)

type routes struct {
	gate *gate.Gate
	hub  *live.Hub
	ping time.Duration

	mu      sync.Mutex
	streams map[int64]int
}

// Routes adds the route.
func Routes(g *gate.Gate, hub *live.Hub) { add(g, hub, pingEvery) }

func add(g *gate.Gate, hub *live.Hub, ping time.Duration) {
	r := &routes{gate: g, hub: hub, ping: ping, streams: map[int64]int{}}
	g.Handle(gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/live", Needs: people.Signed, Endless: true, Tag: "Live",
		Summary: "Changes as server-sent events: what to read again, never content"}, r.stream)
}

func (r *routes) stream(w http.ResponseWriter, req *http.Request, by people.Actor) error {
	if !r.enter(by.ID) {
		return errs.New(errs.Limited, "You have too many pages open. Close some.", nil)
	}
	defer r.leave(by.ID)
	place := req.Header.Get("Last-Event-ID")
	here := ""
	if place == "" {
		// The browser is told its place at once, so that a connection that breaks before the first change loses nothing.
		here = r.hub.Here()
		place = here
	}
	sub := r.hub.Subscribe(place)
	defer sub.Close()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	s := sender{w: w, control: http.NewResponseController(w), hub: r.hub}
	if s.say("ping", live.Change{}, here) == nil {
		r.pump(req, sub, &s)
	}
	return nil
}

// pump sends until the browser goes, the hub closes, a write fails or the user is signed out; none of them is an error.
func (r *routes) pump(req *http.Request, sub *live.Subscription, s *sender) {
	ping := time.NewTicker(r.ping)
	defer ping.Stop()
	for {
		select {
		case <-req.Context().Done():
			return
		case <-ping.C:
			if !r.gate.Still(req, people.Signed) || s.say("ping", live.Change{}, "") != nil {
				return
			}
		case c, open := <-sub.C():
			if !open {
				return
			}
			if s.change(c, sub.Next()) != nil {
				return
			}
		}
	}
}

func (r *routes) enter(id int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.streams[id] >= streamsMost {
		return false
	}
	r.streams[id]++
	return true
}

func (r *routes) leave(id int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.streams[id]--; r.streams[id] <= 0 {
		delete(r.streams, id)
	}
}

type sender struct {
	w       http.ResponseWriter
	control *http.ResponseController
	hub     *live.Hub
}

func (s *sender) change(c live.Change, lost bool) error {
	if lost || c.Type == live.Reset.Type {
		return s.say("reset", live.Change{}, s.hub.Here())
	}
	return s.say("change", c, s.hub.Place(c))
}

func (s *sender) say(event string, c live.Change, place string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	if place != "" {
		if _, err := fmt.Fprintf(s.w, "id: %s\n", place); err != nil {
			return err
		}
	}
	// A Change always marshals.
	data, _ := json.Marshal(c)
	if c.Type == "" {
		data = []byte("{}")
	}
	if _, err := fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", event, data); err != nil {
		return err
	}
	return s.control.Flush()
}
