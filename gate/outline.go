package gate

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// outline makes schemas of types that are written by hand: what encoding/json does with a type is what its schema says. huma
// would do, but for embedded types that are not exported, and for bodies whose fields may all be left out.
type outline struct {
	schemas map[string]*huma.Schema // of named types, by the names of the components
	input   bool                    // fields are optional unless they say otherwise
}

const components = "#/components/schemas/"

var (
	timeType     = reflect.TypeFor[time.Time]()
	rawType      = reflect.TypeFor[json.RawMessage]()
	outlinerType = reflect.TypeFor[Outliner]()
)

func (o outline) of(t reflect.Type) *huma.Schema {
	if t.Implements(outlinerType) {
		return o.of(reflect.TypeOf(reflect.Zero(t).Interface().(Outliner).Outline()))
	}
	s := &huma.Schema{}
	switch t.Kind() {
	case reflect.Pointer:
		s = o.of(t.Elem())
	case reflect.Bool:
		s.Type = huma.TypeBoolean
	case reflect.Int, reflect.Int32, reflect.Int64:
		s.Type = huma.TypeInteger
	case reflect.Float64:
		s.Type = huma.TypeNumber
	case reflect.String:
		s.Type = huma.TypeString
	case reflect.Slice:
		if t != rawType {
			s.Type, s.Items = huma.TypeArray, o.of(t.Elem())
		}
	case reflect.Map:
		s.Type, s.AdditionalProperties = huma.TypeObject, nullable(t.Elem(), o.of(t.Elem()))
	case reflect.Struct:
		return o.object(t)
	case reflect.Interface: // anything
	default:
		panic("gate: " + t.String() + " has no JSON form that can be described")
	}
	s.PrecomputeMessages()
	return s
}

// object refers to a named type's schema, which is made once, so that types may contain themselves.
func (o outline) object(t reflect.Type) *huma.Schema {
	if t == timeType {
		return &huma.Schema{Type: huma.TypeString, Format: "date-time"}
	}
	if t.Name() == "" {
		s := &huma.Schema{}
		o.fill(s, t)
		return s
	}
	name := componentName(t)
	if o.input {
		name += "Input"
	}
	if o.schemas[name] == nil {
		s := &huma.Schema{}
		o.schemas[name] = s
		o.fill(s, t)
	}
	return &huma.Schema{Ref: components + name}
}

func (o outline) fill(s *huma.Schema, t reflect.Type) {
	s.Type, s.Properties = huma.TypeObject, map[string]*huma.Schema{}
	o.fields(s, t)
	slices.Sort(s.Required)
	s.PrecomputeMessages()
}

func (o outline) fields(s *huma.Schema, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			o.fields(s, f.Type)
			continue
		case !f.IsExported() || name == "-":
			continue
		case name == "":
			name = f.Name
		}
		leftOut := strings.Contains(options, "omit")
		p := o.of(f.Type)
		if !leftOut {
			p = nullable(f.Type, p)
		}
		s.Properties[name] = p
		if o.input && f.Tag.Get("required") == "true" || !o.input && !leftOut {
			s.Required = append(s.Required, name)
		}
	}
}

// nullable: a pointer may be null. A reference cannot say so itself.
func nullable(t reflect.Type, s *huma.Schema) *huma.Schema {
	if t.Kind() != reflect.Pointer {
		return s
	}
	if s.Ref != "" {
		s = &huma.Schema{AnyOf: []*huma.Schema{s, {Type: "null"}}}
	}
	s.Nullable = s.Type != ""
	s.PrecomputeMessages()
	return s
}

var qualified = regexp.MustCompile(`[a-zA-Z0-9./_-]*/[a-zA-Z0-9_]+\.`)

// componentName tells types of the same name in several packages apart: HubspotCrmObject, HubspotWirePageHubspotCrmObject.
func componentName(t reflect.Type) string {
	full := qualified.ReplaceAllStringFunc(t.PkgPath()+"."+t.Name(), func(pkg string) string { return strings.TrimPrefix(pkg, module) })
	var out strings.Builder
	for _, part := range strings.FieldsFunc(full, func(r rune) bool { return strings.ContainsRune("[].,*/", r) }) {
		out.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return out.String()
}
