package clock_test

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/clock"
)

func TestFixedClockStandsStill(t *testing.T) {
	zone := time.FixedZone("", 3600)
	c := clock.At(time.Date(2026, 11, 2, 10, 0, 0, 0, zone))
	if now := c.Now(); now.Location() != time.UTC || now.Hour() != 9 || !now.Equal(c.Now()) {
		t.Errorf("stands at %v", now)
	}
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() { c.Advance(time.Minute); c.Now() })
	}
	all.Wait()
	if got := c.Now().Format(time.TimeOnly); got != "10:40:00" {
		t.Errorf("after 100 minutes it is %s", got)
	}
}

func TestSystemClockIsUTC(t *testing.T) {
	before := time.Now()
	now := clock.System{}.Now()
	if now.Location() != time.UTC || now.Before(before.Add(-time.Second)) || now.After(time.Now().Add(time.Second)) {
		t.Errorf("now is %v", now)
	}
}

func TestStoredInstantsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		us := rapid.Int64Range(-1<<60, 1<<60).Draw(t, "microseconds")
		at := clock.FromMicros(us)
		if clock.Micros(at) != us || at.Location() != time.UTC || !clock.FromMicros(us+1).After(at) {
			t.Fatalf("%d became %v and then %d", us, at, clock.Micros(at))
		}
	})
}
