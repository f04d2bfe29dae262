package gate

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"
)

type lampEnd struct {
	Name string `json:"name" required:"true"`
}

type lamp struct {
	lampEnd
	ID     int64              `json:"id"`
	Notes  *string            `json:"notes"`
	Rate   float64            `json:"rate,omitempty"`
	On     *bool              `json:"on,omitempty"`
	Made   time.Time          `json:"made"`
	Parts  []lamp             `json:"parts"`
	Next   *lamp              `json:"next"`
	Values map[string]*string `json:"values"`
	Any    json.RawMessage    `json:"any"`
	Shade  shade              `json:"shade"`
	Kept   string             `json:"-"`
	hidden string
}

type shade string

// Outline is a shade in full.
func (shade) Outline() any {
	return struct {
		Colour string `json:"colour"`
	}{}
}

type page[T any] struct {
	Results []T `json:"results"`
}

func outlined(t *testing.T, input bool, v any) map[string]any {
	t.Helper()
	o := outline{map[string]*huma.Schema{}, input}
	o.of(reflect.TypeOf(v))
	raw, err := json.Marshal(o.schemas)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// A schema says of a type what encoding/json does with it.
func TestOutlines(t *testing.T) { // API-7
	var want any
	err := json.Unmarshal([]byte(`{"type":"object",
		"required":["any","id","made","name","next","notes","parts","shade","values"],
		"properties":{
			"name":{"type":"string"},"id":{"type":"integer"},"notes":{"type":["string","null"]},"rate":{"type":"number"},"on":{"type":"boolean"},
			"made":{"type":"string","format":"date-time"},"parts":{"type":"array","items":{"$ref":"#/components/schemas/GateLamp"}},
			"next":{"anyOf":[{"$ref":"#/components/schemas/GateLamp"},{"type":"null"}]},
			"values":{"type":"object","additionalProperties":{"type":["string","null"]}},"any":{},
			"shade":{"type":"object","required":["colour"],"properties":{"colour":{"type":"string"}}}}}`), &want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, outlined(t, false, lamp{hidden: ""})["GateLamp"]); diff != "" {
		t.Error(diff)
	}
}

// A body's fields may be left out, but for those that say otherwise; its schema is another one than that of an answer.
func TestOutlinesOfBodies(t *testing.T) { // API-7
	got := outlined(t, true, lamp{})
	if names := slices.Collect(maps.Keys(got)); !slices.Equal(names, []string{"GateLampInput"}) {
		t.Fatalf("the schemas are %v", names)
	}
	if diff := cmp.Diff([]any{"name"}, got["GateLampInput"].(map[string]any)["required"]); diff != "" {
		t.Error(diff)
	}
}

func TestNamesOfOutlines(t *testing.T) { // API-7
	for want, v := range map[string]any{"GateLamp": lamp{}, "GatePageGateLamp": page[lamp]{}, "GatePageGatePageGateLamp": page[page[lamp]]{}, "GateBodyError": BodyError{}} {
		if got := componentName(reflect.TypeOf(v)); got != want {
			t.Errorf("%T is called %s, want %s", v, got, want)
		}
	}
}

func TestWhatHasNoJSONIsRefusedAtTheStart(t *testing.T) {
	defer func() {
		if said, _ := recover().(string); said != "gate: func() has no JSON form that can be described" {
			t.Errorf("said %q", said)
		}
	}()
	outline{map[string]*huma.Schema{}, false}.of(reflect.TypeFor[func()]())
}
