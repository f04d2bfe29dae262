package wire

import (
	"net/http"
	"time"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
)

// Batch is the answer to a batch. With errors it is answered as 207 (hubspot-api.md 1).
type Batch[T any] struct {
	Status      string       `json:"status"`
	Results     []T          `json:"results"`
	NumErrors   int          `json:"numErrors,omitempty"`
	Errors      []BatchError `json:"errors,omitempty"`
	RequestedAt string       `json:"requestedAt,omitempty"`
	StartedAt   string       `json:"startedAt"`
	CompletedAt string       `json:"completedAt"`
}

// BatchError is one input that failed, or several that failed alike: Context says which.
type BatchError struct {
	Status      string              `json:"status"`
	ID          string              `json:"id,omitempty"`
	Category    string              `json:"category"`
	SubCategory string              `json:"subCategory,omitempty"`
	Message     string              `json:"message"`
	Errors      []gate.BodyError    `json:"errors"`
	Context     map[string][]string `json:"context"`
	Links       map[string]string   `json:"links"`
}

// NewBatch begins an answer.
func NewBatch[T any](started time.Time) *Batch[T] {
	at := property.FormatTime(started)
	return &Batch[T]{Status: "COMPLETE", Results: []T{}, RequestedAt: at, StartedAt: at}
}

// Add adds the result of an input.
func (b *Batch[T]) Add(result T) { b.Results = append(b.Results, result) }

// Fail adds an input's error. context, in pairs of a key and a value, says which input it was. What is not the input's fault
// comes back: it fails the whole request.
func (b *Batch[T]) Fail(err error, context ...string) error {
	e := errs.As(err)
	if e == nil || e.Kind == errs.Internal || e.Kind == errs.Unavailable {
		return err
	}
	_, body := gate.BodyOf(err, "")
	out := BatchError{Status: "error", Category: body.Category, SubCategory: body.SubCategory, Message: body.Message, Errors: body.Errors,
		Context: map[string][]string{}, Links: map[string]string{}}
	for k, v := range body.Context {
		out.Context[k] = v
	}
	for i := 0; i+1 < len(context); i += 2 {
		out.Context[context[i]] = append(out.Context[context[i]], context[i+1])
	}
	if out.Errors == nil {
		out.Errors = []gate.BodyError{}
	}
	b.Errors = append(b.Errors, out)
	b.NumErrors++
	return nil
}

// Write answers with 207 when an input failed, else with status.
func (b *Batch[T]) Write(w http.ResponseWriter, completed time.Time, status int) {
	b.CompletedAt = property.FormatTime(completed)
	if len(b.Errors) > 0 {
		status = http.StatusMultiStatus
	}
	gate.WriteJSON(w, status, b)
}
