package wire

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
)

// Value is a scalar: a string, but clients send numbers, booleans and null as well. It reads ids too.
type Value string

// UnmarshalJSON reads any scalar as its text; null is the empty string, which clears.
func (v *Value) UnmarshalJSON(raw []byte) error {
	var s string
	if len(raw) > 0 && raw[0] == '"' {
		err := json.Unmarshal(raw, &s)
		*v = Value(s)
		return err
	}
	if s = string(raw); s == "null" {
		s = ""
	}
	if strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") {
		return &json.UnmarshalTypeError{Value: "object or array", Type: reflect.TypeFor[string](), Offset: 1}
	}
	*v = Value(s)
	return nil
}

// Plain is a body's properties as the record engine takes them.
func Plain(in map[string]Value) map[string]string {
	out := make(map[string]string, len(in))
	for k, v := range in {
		out[k] = string(v)
	}
	return out
}

// Decode reads a JSON body into v, in HubSpot's words when it is none.
func Decode(r *http.Request, v any) error {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return gate.Classify(err)
	}
	err = json.Unmarshal(raw, v)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax) && syntax.Offset >= int64(len(raw)):
		return badJSON(raw, int64(len(raw)), "the body is empty or cut off")
	case errors.As(err, &syntax):
		return badJSON(raw, syntax.Offset, syntax.Error())
	case errors.As(err, &kind):
		return badJSON(raw, kind.Offset, fmt.Sprintf("Cannot read %s as %s", cmp.Or(kind.Field, "the body"), jsonKind(kind.Type)))
	}
	return badJSON(raw, 1, err.Error())
}

// jsonKind is what a Go type is called in JSON.
func jsonKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "object"
	case reflect.Slice, reflect.Array:
		return "array"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64:
		return "integer"
	case reflect.Pointer:
		return jsonKind(t.Elem())
	}
	return t.Kind().String()
}

func badJSON(raw []byte, offset int64, why string) error {
	before := raw[:min(max(offset, 1)-1, int64(len(raw)))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return errs.Newf(errs.Invalid, "Invalid input JSON on line %d, column %d: %s", line, column, why)
}

// Missing refuses a body that lacks fields.
func Missing(names ...string) error {
	return errs.Newf(errs.Invalid, "Invalid input JSON on line 1, column 1: Some required fields were not set: [%s]", strings.Join(names, ", "))
}

// Inputs checks the inputs of a batch: there, and at most as many as allowed.
func Inputs[T any](inputs []T, most int) error {
	if inputs == nil {
		return Missing("inputs")
	}
	if len(inputs) > most {
		return errs.Bad("inputs", "TOO_MANY", fmt.Sprintf("A batch takes at most %d inputs, and this one has %d", most, len(inputs)))
	}
	return nil
}
