// Package formula is the language of calculation properties (PROP-1): HubSpot's formulas over the properties of one record.
// It owns parsing, the check of types and evaluation; it knows nothing of records or of where definitions are kept.
package formula

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/deskbell/deskbell/errs"
)

// What one formula may be, so that a write never waits long for it.
const (
	textMost   = 4000  // characters
	nodesMost  = 400   // operators, functions, constants and properties
	depthMost  = 40    // brackets within brackets
	resultMost = 65536 // bytes of text, as of any value
)

// Kind is what sort of value an expression has.
type Kind int

// The kinds. None is that of ” and null, which stand for no value of any kind.
const (
	None Kind = iota
	Number
	Text
	Bool
	Time // an instant or a day; between two there are milliseconds
)

var kindNames = [...]string{"no value", "a number", "a text", "true or false", "a date"}

func (k Kind) String() string { return kindNames[k] }

// Formula is a checked formula. It is safe to share.
type Formula struct {
	kind  Kind
	names []string
	eval  func(env) value
}

// Parse checks a formula against the properties that kind knows. Its errors are fit for the person who wrote it: they name the
// field calculationFormula and the character where it went wrong.
//
//	price * 1.21
//	if is_known(closed_date) then time_between(createdate, closed_date) else null
//	concatenate(upper(string(country)), "-", [hs_object_id])
//
// Names are properties, in brackets where they are no plain names. A number, date or yes-or-no without a value makes what is computed
// from it have none; a condition without a value does not hold; a text without a value is ”. There is no now: what changes
// without a write could not be kept true.
func Parse(text string, kind func(name string) (Kind, bool)) (*Formula, error) {
	if utf8.RuneCountInString(text) > textMost {
		return nil, bad(fmt.Sprintf("A formula may have at most %d characters.", textMost))
	}
	p := &parser{kindOf: kind}
	var err error
	if p.tokens, err = lex(text); err != nil {
		return nil, err
	}
	root, err := p.whole()
	if err != nil {
		return nil, err
	}
	slices.Sort(p.names)
	return &Formula{root.kind, slices.Compact(p.names), root.eval}, nil
}

// Kind is what the formula computes.
func (f *Formula) Kind() Kind { return f.kind }

// Names are the properties that it reads, each once.
func (f *Formula) Names() []string { return f.names }

// Eval computes it for a record, of which get gives the canonical values, "" for none. A date comes out in milliseconds since
// 1970, all else in canonical form; "" is no value.
func (f *Formula) Eval(get func(name string) string) string { return f.eval(get).String() }

func bad(message string) error { return errs.Bad("calculationFormula", "INVALID_FORMULA", message) }

func badAt(at int, format string, args ...any) error {
	return bad(fmt.Sprintf(format, args...) + fmt.Sprintf(" (at character %d)", at))
}
