// Package wire holds the small shapes that all of /helpdesk/v1 speaks: ids as numeric strings, fields that may be left out,
// pages. It knows no noun of the product.
package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
)

// ID is an id: a numeric string outside.
type ID int64

// MarshalText is the outside form.
func (i ID) MarshalText() ([]byte, error) { return strconv.AppendInt(nil, int64(i), 10), nil }

// UnmarshalText reads the outside form.
func (i *ID) UnmarshalText(b []byte) error {
	n, err := id.Parse("id", string(b))
	*i = ID(n)
	return err
}

// Schema describes it.
func (ID) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: "^[1-9][0-9]{0,17}$", PatternDescription: "a numeric id", Examples: []any{"48151623"}}
}

// IDs are ids outside, never null.
func IDs(list []int64) []ID {
	out := make([]ID, len(list))
	for i, n := range list {
		out[i] = ID(n)
	}
	return out
}

// Ints is the inverse of IDs.
func Ints(list []ID) []int64 {
	out := make([]int64, len(list))
	for i, n := range list {
		out[i] = int64(n)
	}
	return out
}

// Ref is an id that may be missing: null for 0.
func Ref(n int64) *ID {
	if n == 0 {
		return nil
	}
	i := ID(n)
	return &i
}

// RefOf is Ref of an id as a property holds it: null for "" and for what is no id.
func RefOf(s string) *ID {
	n, err := id.Parse("id", s)
	if err != nil {
		return nil
	}
	return Ref(n)
}

// Time is an instant that may be missing: null for the zero time.
func Time(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// Text is a text that may be missing: null for "".
func Text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Optional is a field of a change that may be left out (keep it) or null (clear it).
type Optional[T any] struct {
	Sent  bool
	Value T // the zero value for null
}

// UnmarshalJSON reads a value or null.
func (o *Optional[T]) UnmarshalJSON(b []byte) error {
	o.Sent = true
	if bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
		return nil
	}
	return json.Unmarshal(b, &o.Value)
}

// Schema describes it as a T or null.
func (o Optional[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), true, "")
	s.Nullable = true
	return &s
}

// List is an answer of things that come all at once.
type List[T any] struct {
	Results []T `json:"results"`
}

// Listed is the answer with a list, never null.
func Listed[T any](list []T) *Answer[List[T]] {
	if list == nil {
		list = []T{}
	}
	return &Answer[List[T]]{List[T]{list}}
}

// Page is one page of a longer list.
type Page[T any] struct {
	Results []T     `json:"results"`
	Paging  *Paging `json:"paging,omitempty" doc:"Missing on the last page."`
	Total   *int64  `json:"total,omitempty" doc:"How many there are on all pages, where it was counted."`
}

// Paging says how to go on.
type Paging struct {
	Next Next `json:"next"`
}

// Next is the place of the next page.
type Next struct {
	After string `json:"after" doc:"Send it as after to get the next page."`
}

// Paged is a page that goes on after a place; "" for the last one.
func Paged[T any](list []T, after string) Page[T] {
	if list == nil {
		list = []T{}
	}
	p := Page[T]{Results: list}
	if after != "" {
		p.Paging = &Paging{Next{after}}
	}
	return p
}

// Answer is a described body.
type Answer[T any] struct{ Body T }

// Of is the answer with a body.
func Of[T any](body T) *Answer[T] { return &Answer[T]{body} }

// Nothing is the input or answer without a body.
type Nothing struct{}

// One is the input of a route that names one thing.
type One struct {
	ID int64 `path:"id" minimum:"1" doc:"Id of it."`
}

// Address is a person of a message.
type Address struct {
	Name  string `json:"name" required:"false" maxLength:"300"`
	Email string `json:"email" maxLength:"320" doc:"The e-mail address, or the identifier that type names."`
	// Of the form of channel.Address.
	Type channel.IDType `json:"type,omitempty" required:"false" maxLength:"50" doc:"HS_PHONE_NUMBER or CHANNEL_SPECIFIC_OPAQUE_ID where it is no e-mail address."`
}

// Place reads a place that is an id; 0 for "".
func Place(after string) (int64, error) {
	if after == "" {
		return 0, nil
	}
	n, err := id.Parse("after", after)
	if err != nil {
		return 0, errs.Bad("after", "INVALID_CURSOR", "The place to go on from is not one of this list.")
	}
	return n, nil
}
