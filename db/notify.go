package db

import "sync"

// Listener is called with each note's payload, in order, on one goroutine of its own. After notes were lost (a full
// queue, a PostgreSQL connection gone) it is called with ok false: whatever is derived from notes must be read again.
type Listener func(payload string, ok bool)

// hub passes notes to listeners of this process.
type hub struct {
	mu     sync.Mutex
	subs   map[string]map[*subscription]bool
	wg     sync.WaitGroup
	closed bool
}

type subscription struct {
	queue chan string
	lost  chan struct{} // holds one token when notes were dropped
	done  chan struct{}
}

const listenerQueue = 4096

func newHub() *hub { return &hub{subs: map[string]map[*subscription]bool{}} }

// Listen calls fn for each note of the topic until stop is called.
func (d *DB) Listen(topic string, fn Listener) (stop func()) { return d.hub.listen(topic, fn) }

// Nudge calls the listeners of a topic in this process, soon.
func (d *DB) Nudge(topic string) { d.hub.publish(Note{Topic: topic}) }

func (h *hub) listen(topic string, fn Listener) (stop func()) {
	s := &subscription{queue: make(chan string, listenerQueue), lost: make(chan struct{}, 1), done: make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return func() {}
	}
	if h.subs[topic] == nil {
		h.subs[topic] = map[*subscription]bool{}
	}
	h.subs[topic][s] = true
	h.wg.Go(func() { s.run(fn) })
	return sync.OnceFunc(func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.subs[topic][s] {
			delete(h.subs[topic], s)
			close(s.done)
		}
	})
}

func (s *subscription) run(fn Listener) {
	for {
		select {
		case <-s.done:
			return
		case <-s.lost:
			fn("", false)
		case p := <-s.queue:
			fn(p, true)
		}
	}
}

func (h *hub) publish(n Note) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs[n.Topic] {
		select {
		case s.queue <- n.Payload:
		default:
			s.lose()
		}
	}
}

func (s *subscription) lose() {
	select {
	case s.lost <- struct{}{}:
	default:
	}
}

// loseAll tells every listener that notes may have been missed.
func (h *hub) loseAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, subs := range h.subs {
		for s := range subs {
			s.lose()
		}
	}
}

func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	for topic, subs := range h.subs {
		for s := range subs {
			close(s.done)
		}
		delete(h.subs, topic)
	}
	h.mu.Unlock()
	h.wg.Wait()
}
