package gate

import "time"

// Window is a window of ten seconds for tests.
type Window struct{ window }

// NewWindow returns an empty one.
func NewWindow() *Window { return &Window{} }

// Take is take.
func (w *Window) Take(now time.Time, most int) bool {
	_, ok := w.take(now, burstTime, most)
	return ok
}

// Wait is wait.
func (w *Window) Wait(now time.Time) time.Duration { return w.wait(now, burstTime) }
