package gate

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/deskbell/deskbell/errs"
)

// Body is the error body of every API (API-4): HubSpot's.
type Body struct {
	Status        string              `json:"status"`
	Message       string              `json:"message"`
	CorrelationID string              `json:"correlationId"`
	Category      string              `json:"category"`
	SubCategory   string              `json:"subCategory,omitempty"`
	Errors        []BodyError         `json:"errors,omitempty"`
	Context       map[string][]string `json:"context,omitempty"`
	ErrorType     string              `json:"errorType,omitempty"`
	PolicyName    string              `json:"policyName,omitempty"` // of a limit that was reached
}

// BodyError is one thing wrong with the input.
type BodyError struct {
	Message     string              `json:"message"`
	Code        string              `json:"code,omitempty"`
	In          string              `json:"in,omitempty"`
	SubCategory string              `json:"subCategory,omitempty"`
	Context     map[string][]string `json:"context,omitempty"`
}

type kindAnswer struct {
	status   int
	category string
}

// kindAnswers is the only place where error kinds meet status numbers.
var kindAnswers = map[errs.Kind]kindAnswer{
	errs.Internal:        {http.StatusInternalServerError, "INTERNAL_ERROR"},
	errs.Invalid:         {http.StatusBadRequest, "VALIDATION_ERROR"},
	errs.Unauthenticated: {http.StatusUnauthorized, "INVALID_AUTHENTICATION"},
	errs.Denied:          {http.StatusForbidden, "MISSING_SCOPES"},
	errs.NotFound:        {http.StatusNotFound, "OBJECT_NOT_FOUND"},
	errs.Conflict:        {http.StatusConflict, "CONFLICT"},
	errs.Limited:         {http.StatusTooManyRequests, "RATE_LIMITS"},
	errs.Unavailable:     {http.StatusServiceUnavailable, "SERVICE_UNAVAILABLE"},
}

// BodyOf makes the error body and status of an error; an unclassified one shows nothing but the correlation id.
func BodyOf(err error, correlation string) (int, Body) {
	e := errs.As(err)
	if e == nil || e.Kind == errs.Internal {
		return http.StatusInternalServerError, Body{Status: "error", Category: "INTERNAL_ERROR", CorrelationID: correlation,
			Message: "Something went wrong on our side. Try again; if it happens again, tell an admin this id: " + correlation}
	}
	a := kindAnswers[e.Kind]
	b := Body{Status: "error", Message: e.Message, CorrelationID: correlation, Category: a.category, Context: e.Detail}
	for _, f := range e.Fields {
		b.Errors = append(b.Errors, BodyError{Message: f.Message, Code: f.Code, In: f.Name})
	}
	if slices.Contains(ownCategory, e.Code) {
		b.Category = e.Code
	} else {
		b.SubCategory = e.Code
	}
	if len(b.Errors) == 0 && (e.Code != "" || e.Detail != nil) {
		b.Errors = []BodyError{{Message: e.Message, Code: e.Code, Context: e.Detail}}
	}
	return a.status, b
}

// ownCategory are the codes that say more than their kind's category and take its place.
var ownCategory = []string{"OBJECT_NOT_FOUND", "OBJECT_ALREADY_EXISTS", "EXPIRED_AUTHENTICATION"}

// Classify turns what the standard library says of a request into a classified error.
func Classify(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &statusError{http.StatusRequestEntityTooLarge,
			errs.Newf(errs.Invalid, "The request is larger than the %d bytes allowed.", tooLarge.Limit).WithCode("TOO_LARGE"), nil}
	case errors.Is(err, context.DeadlineExceeded):
		return errs.New(errs.Unavailable, "This took too long and was stopped. Try again.", err)
	}
	return err
}

// statusError is an error whose status, or body, says more than its kind does.
type statusError struct {
	status int
	cause  *errs.Error
	shape  func(*Body) // nil for none
}

func (e *statusError) Error() string { return e.cause.Error() }
func (e *statusError) Unwrap() error { return e.cause }

func bodyOf(err error, correlation string) (int, Body) {
	status, body := BodyOf(err, correlation)
	var own *statusError
	if errors.As(err, &own) {
		status = own.status
		if own.shape != nil {
			own.shape(&body)
		}
	}
	return status, body
}

// fail logs an error once and answers it.
func (g *Gate) fail(w http.ResponseWriter, req *http.Request, err error) {
	err = Classify(err)
	status, body := bodyOf(err, CorrelationID(req.Context()))
	g.logFailure(req.Context(), req.Method, req.URL.Path, status, err)
	WriteJSON(w, status, body)
}

func (g *Gate) logFailure(ctx context.Context, method, path string, status int, err error) {
	if status >= http.StatusInternalServerError && ctx.Err() == nil {
		g.log.Error("request failed", "method", method, "path", path, "correlation", CorrelationID(ctx), "error", err)
	}
}

// WriteJSON writes a JSON answer with HubSpot's content type, which its clients depend on.
func WriteJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	// The client is gone if this fails; nobody is left to tell.
	_ = json.NewEncoder(w).Encode(body)
}

// described is an error body as huma wants it.
type described struct {
	Body
	status int
}

func (d *described) Error() string  { return d.Message }
func (d *described) GetStatus() int { return d.status }

func (g *Gate) answer(ctx context.Context, r Route, err error) error {
	err = Classify(err)
	status, body := bodyOf(err, CorrelationID(ctx))
	g.logFailure(ctx, r.Method, r.Path, status, err)
	return &described{body, status}
}

// DescribeErrors makes huma's own refusals, of input that does not fit its description, have our body, and lists never null.
// huma holds this in variables of its own, so a program calls it once, before it adds routes.
func DescribeErrors() {
	huma.DefaultArrayNullable = false // our lists may be empty, never null
	huma.NewError = func(status int, message string, causes ...error) huma.StatusError {
		return refusal(newCorrelation(), status, message, causes)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, causes ...error) huma.StatusError {
		return refusal(CorrelationID(ctx.Context()), status, message, causes)
	}
}

func refusal(correlation string, status int, message string, causes []error) huma.StatusError {
	b := Body{Status: "error", Message: message, Category: "VALIDATION_ERROR", CorrelationID: correlation}
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
	}
	for _, c := range causes {
		e := BodyError{Message: c.Error()}
		var d huma.ErrorDetailer
		if errors.As(c, &d) {
			detail := d.ErrorDetail()
			e = BodyError{Message: detail.Message, Code: "INVALID_FIELD", In: strings.TrimPrefix(detail.Location, "body.")}
		}
		b.Errors = append(b.Errors, e)
	}
	if len(b.Errors) > 0 {
		b.Message = "Invalid input: " + b.Errors[0].In + ": " + b.Errors[0].Message
	}
	return &described{b, status}
}
