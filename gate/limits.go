package gate

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/usage"
)

// Limits bound how often apps may ask (API-4); 0 is no bound. Each node counts for itself, but the days of private apps are
// counted together, to within a few seconds. Who signed in is not bound.
type Limits struct {
	Burst  int   // in any ten seconds, of each app
	Search int   // searches in any second, of all apps
	Daily  int64 // from midnight to midnight UTC, of all private apps together
}

// limiter holds what was asked a moment ago.
type limiter struct {
	Limits
	calls *usage.Counter // nil counts nothing

	mu     sync.Mutex
	apps   map[int64]*window
	search window
}

const (
	burstTime  = 10 * time.Second
	searchTime = time.Second
	appsHeld   = 10_000 // windows; past it all are forgotten, which costs an app that counts on it nothing worth having
)

// window counts what happened in a span of time that ends now, in ten slots.
type window struct {
	slots [10]int
	at    int64 // the newest slot, counted since 1970
}

// turn empties the slots that have left the span.
func (w *window) turn(now time.Time, span time.Duration) {
	at := now.UnixNano() / int64(span/time.Duration(len(w.slots)))
	for i := max(w.at+1, at-int64(len(w.slots))+1); i <= at; i++ {
		w.slots[i%int64(len(w.slots))] = 0
	}
	w.at = max(w.at, at)
}

func (w *window) sum() (n int) {
	for _, s := range w.slots {
		n += s
	}
	return n
}

// take counts one if there are not most yet. left is how many may still come.
func (w *window) take(now time.Time, span time.Duration, most int) (left int, ok bool) {
	w.turn(now, span)
	if left = most - w.sum(); left <= 0 {
		return 0, false
	}
	w.slots[w.at%int64(len(w.slots))]++
	return left - 1, true
}

// wait is how long until the oldest that counts leaves the span.
func (w *window) wait(now time.Time, span time.Duration) time.Duration {
	slot := span / time.Duration(len(w.slots))
	for i := w.at - int64(len(w.slots)) + 1; i <= w.at; i++ {
		if w.slots[i%int64(len(w.slots))] > 0 {
			return time.Duration((i+int64(len(w.slots)))*int64(slot) - now.UnixNano())
		}
	}
	return slot
}

// admit counts a call of an app, or refuses it in HubSpot's words. The headers say what is left, but not of searches
// (hubspot-api.md 1).
func (l *limiter) admit(r Route, by people.Actor, private bool, now time.Time, h http.Header) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if private && l.Daily > 0 && l.calls != nil {
		left := l.Daily - l.calls.Private()
		if left <= 0 {
			return tooMany(h, "daily", "DAILY", usage.Midnight(now).Sub(now))
		}
		if !r.Search {
			h.Set("X-HubSpot-RateLimit-Daily", strconv.FormatInt(l.Daily, 10))
			h.Set("X-HubSpot-RateLimit-Daily-Remaining", strconv.FormatInt(left-1, 10))
		}
	}
	switch {
	case r.Search && l.Search > 0:
		if _, ok := l.search.take(now, searchTime, l.Search); !ok {
			return tooMany(h, "secondly", "SECONDLY", l.search.wait(now, searchTime))
		}
	case !r.Search && l.Burst > 0:
		w := l.window(by.ID)
		left, ok := w.take(now, burstTime, l.Burst)
		h.Set("X-HubSpot-RateLimit-Max", strconv.Itoa(l.Burst))
		h.Set("X-HubSpot-RateLimit-Remaining", strconv.Itoa(left))
		h.Set("X-HubSpot-RateLimit-Interval-Milliseconds", strconv.FormatInt(burstTime.Milliseconds(), 10))
		if !ok {
			return tooMany(h, "ten_secondly_rolling", "TEN_SECONDLY_ROLLING", w.wait(now, burstTime))
		}
	}
	if l.calls != nil {
		l.calls.Count(usage.Caller{App: by.ID, Private: private})
	}
	return nil
}

func (l *limiter) window(app int64) *window {
	if l.apps == nil || len(l.apps) > appsHeld {
		l.apps = map[int64]*window{}
	}
	if l.apps[app] == nil {
		l.apps[app] = &window{}
	}
	return l.apps[app]
}

// tooMany is HubSpot's 429: clients know it by the words and by policyName.
func tooMany(h http.Header, words, policy string, wait time.Duration) error {
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	return &statusError{http.StatusTooManyRequests, errs.New(errs.Limited, "You have reached your "+words+" limit.", nil),
		func(b *Body) { b.ErrorType, b.PolicyName = "RATE_LIMIT", policy }}
}
