package job

import (
	"errors"
	"time"
)

const (
	attemptsDefault = 20
	timeoutDefault  = time.Minute
)

// backoffSteps is how long to wait after the first failure, the second, …; the last one repeats.
var backoffSteps = [...]time.Duration{
	5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour,
}

// pause is how long a job waits after it failed for the attempt-th time. The default spreads jobs that failed together
// over a fifth of the step, by their id, so that a test can say when.
func (h *Handler) pause(id int64, attempt int) time.Duration {
	if h.Backoff != nil {
		return max(0, h.Backoff(attempt))
	}
	step := backoffSteps[min(max(attempt, 1), len(backoffSteps))-1]
	spread := (uint64(id) + uint64(attempt)) * 0x9E3779B97F4A7C15 >> 44 // 20 well-mixed bits
	return step - time.Duration(spread)*(step/5)/(1<<20)
}

func (h *Handler) attempts() int {
	if h.Attempts > 0 {
		return h.Attempts
	}
	return attemptsDefault
}

func (h *Handler) timeout() time.Duration {
	if h.Timeout > 0 {
		return h.Timeout
	}
	return timeoutDefault
}

func (h *Handler) queue() string {
	if h.Queue == "" {
		return "default"
	}
	return h.Queue
}

// hopeless reports whether no further attempt is to be made.
func (h *Handler) hopeless(attempt int, err error) bool {
	var p permanentError
	return attempt >= h.attempts() || errors.As(err, &p)
}
