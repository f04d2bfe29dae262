// Package errs is the one error type that crosses package borders: a kind that edges turn into a status, a message
// fit for a user, and the cause for the log. It knows nothing of HTTP.
package errs

import (
	"errors"
	"fmt"
)

// Kind says what went wrong in a way that every edge can act on.
type Kind int

// The kinds. The zero value is Internal: an error nobody classified is a bug or a broken machine.
const (
	Internal        Kind = iota // a bug or a broken machine; the message is hidden from users
	Invalid                     // the input breaks a rule; Fields name each offender
	Unauthenticated             // nobody is signed in, or the credential is wrong
	Denied                      // signed in, but not allowed
	NotFound                    // does not exist, or may not be seen
	Conflict                    // collides with what is there now
	Limited                     // too much or too often; try later
	Unavailable                 // something outside is down; try later
)

var kindNames = [...]string{"internal", "invalid", "unauthenticated", "denied", "not found", "conflict", "limited", "unavailable"}

func (k Kind) String() string { return kindNames[k] }

// Field is one bad field of an input: which one, why, and a code that programs can match.
type Field struct {
	Name    string
	Code    string
	Message string
}

// Error is a classified error. Message is written for the person who caused it; Cause is for the log.
type Error struct {
	Kind    Kind
	Code    string // optional, for programs: "PIPELINE_IN_USE"
	Message string
	Fields  []Field
	Detail  map[string][]string // optional facts a client may act on: ids in the way, allowed values
	Cause   error
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return fmt.Sprintf("%s: %v", e.Message, e.Cause)
}

func (e *Error) Unwrap() error { return e.Cause }

// New classifies an error. cause may be nil.
func New(kind Kind, message string, cause error) *Error {
	return &Error{Kind: kind, Message: message, Cause: cause}
}

// Newf is New without a cause, with a formatted message.
func Newf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Bad reports one invalid field, naming it and what is allowed.
func Bad(field, code, message string) *Error {
	return &Error{Kind: Invalid, Message: message, Fields: []Field{{Name: field, Code: code, Message: message}}}
}

// WithCode returns e with a code for programs.
func (e *Error) WithCode(code string) *Error {
	e.Code = code
	return e
}

// WithDetail returns e with a fact a client may act on.
func (e *Error) WithDetail(key string, values ...string) *Error {
	if e.Detail == nil {
		e.Detail = map[string][]string{}
	}
	e.Detail[key] = values
	return e
}

// KindOf returns the kind of err; an unclassified error is Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// As returns the classified error inside err, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
