package wire_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/hubspot/wire"
)

func TestValuesOfAnyScalar(t *testing.T) { // API-1
	for raw, want := range map[string]string{`"x"`: "x", `""`: "", `null`: "", `5`: "5", `-1.50`: "-1.50", `true`: "true", `"\u00e9\n"`: "é\n", `"null"`: "null", ` 7 `: "7"} {
		var v wire.Value
		if err := json.Unmarshal([]byte(raw), &v); err != nil || string(v) != want {
			t.Errorf("%s is %q, %v, want %q", raw, v, err, want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.String().Draw(rt, "text")
		raw, err := json.Marshal(s)
		if err != nil {
			rt.Fatal(err)
		}
		var v wire.Value
		if err := json.Unmarshal(raw, &v); err != nil || string(v) != s {
			rt.Fatalf("%q came out as %q, %v", s, v, err)
		}
	})
}

func TestBrokenBodiesAreRefusedInWords(t *testing.T) { // API-4
	for body, words := range map[string]string{
		``:                                   "empty or cut off",
		`{"properties":`:                     "empty or cut off",
		`{"properties":{"subject":{"a":1}}}`: "Cannot read properties as string",
		`{"properties":{"subject":["a"]}}`:   "Cannot read properties as string",
		`{"properties":"subject"}`:           "Cannot read properties as object",
		`{"properties":{"subject" "x"}}`:     "column 26",
		`nonsense`:                           "column",
		`[1,2]`:                              "Cannot read the body as object",
	} {
		var into struct {
			Properties map[string]wire.Value `json:"properties"`
		}
		err := wire.Decode(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)), &into)
		if e := errs.As(err); e == nil || e.Kind != errs.Invalid || !strings.HasPrefix(e.Message, "Invalid input JSON on line 1") ||
			!strings.Contains(e.Message, words) || strings.Contains(e.Message, "%!") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestArraysInBothEncodings(t *testing.T) { // API-1
	for query, want := range map[string][]string{
		"":                                     nil,
		"properties=a":                         {"a"},
		"properties=a,b":                       {"a", "b"},
		"properties=a&properties=b":            {"a", "b"},
		"properties=a%2Cb&properties=c":        {"a", "b", "c"},
		"properties=+a+,,%20b,&properties=":    {"a", "b"},
		"property=a&propertiesWithHistory=b":   nil,
		"properties=" + url.QueryEscape("a b"): {"a b"},
	} {
		if got := wire.List(httptest.NewRequest(http.MethodGet, "/?"+query, nil), "properties"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		names := rapid.SliceOf(rapid.StringMatching(`[a-z_0-9]{1,12}`)).Draw(rt, "names")
		repeated := wire.List(httptest.NewRequest(http.MethodGet, "/?"+url.Values{"properties": names}.Encode(), nil), "properties")
		joined := wire.List(httptest.NewRequest(http.MethodGet, "/?"+url.Values{"properties": {strings.Join(names, ",")}}.Encode(), nil), "properties")
		if !slices.Equal(repeated, names) || !slices.Equal(joined, names) {
			rt.Fatalf("%q and %q, want %q", repeated, joined, names)
		}
	})
}

func TestLimits(t *testing.T) { // API-5
	for query, want := range map[string]int{"": 10, "limit=": 10, "limit=1": 1, "limit=100": 100, "limit=0": 0, "limit=-1": 0, "limit=101": 0, "limit=ten": 0,
		"limit=1.5": 0, "limit=99999999999999999999": 0} {
		got, err := wire.Limit(httptest.NewRequest(http.MethodGet, "/?"+query, nil), 10, 100)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%s: %d, %v", query, got, err)
		}
	}
}

// HubSpot's clients read the refused properties from the message itself.
func TestRefusedPropertiesAreAnArrayInTheMessage(t *testing.T) { // API-4
	tickets := property.ObjectType{Name: "tickets", Singular: "ticket"}
	field := func(name, code, words string) errs.Field { return errs.Field{Name: name, Code: code, Message: words} }
	one := &errs.Error{Kind: errs.Invalid, Code: "PROPERTY_VALUES", Message: "bad", Fields: []errs.Field{field("hs_ticket_priority", "INVALID_OPTION", `"HUGE" is none of the options`), field("subject", "REQUIRED", "needed")}}
	got := errs.As(wire.PropertyError(tickets, one))
	list, ok := strings.CutPrefix(got.Message, "Property values were not valid: ")
	var read []struct {
		IsValid              bool
		Message, Error, Name string
	}
	if err := json.Unmarshal([]byte(list), &read); !ok || err != nil || len(read) != 2 || read[0].IsValid || read[0].Error != "INVALID_OPTION" ||
		read[0].Name != "hs_ticket_priority" || read[0].Message != `"HUGE" is none of the options` {
		t.Errorf("%s: %+v", got.Message, read)
	}
	if one.Message != "bad" {
		t.Error("the error was changed for others who hold it")
	}
	missing := errs.As(wire.PropertyError(tickets, &errs.Error{Kind: errs.Invalid, Code: "REQUIRED", Fields: []errs.Field{field("subject", "REQUIRED", "x"), field("hs_pipeline_stage", "REQUIRED", "x")}}))
	if missing.Message != "Error creating TICKET. Some required properties were not set." || !slices.Equal(missing.Detail["properties"], []string{"subject", "hs_pipeline_stage"}) {
		t.Errorf("%+v", missing)
	}
	plain := errors.New("disk full")
	for _, err := range []error{nil, plain, errs.New(errs.NotFound, "none", nil), errs.New(errs.Invalid, "no field", nil), errs.Bad("to", "INVALID_ID", "another field")} {
		if got := wire.PropertyError(tickets, err); !errors.Is(got, err) {
			t.Errorf("%v became %v", err, got)
		}
	}
}
