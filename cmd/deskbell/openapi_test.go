package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/db/dbtest"
)

// described is what a reader of the description sees of a route.
type described struct {
	Summary, Description, OperationID string
	Tags                              []string
	Security                          []map[string][]string
	Parameters                        []struct{ Name, In string }
	RequestBody                       *struct{ Content map[string]any }
	Responses                         map[string]struct{ Content map[string]any }
}

// plainPath is a route's path as the description has it.
func plainPath(path string) string { return strings.ReplaceAll(path, "...}", "}") }

func description(t *testing.T, d *desk) (paths map[string]map[string]described, schemas map[string]any, raw string) {
	t.Helper()
	a := d.Ask("GET", api+"/openapi.json", nil).Is(http.StatusOK)
	var doc struct {
		Paths      map[string]map[string]described
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal([]byte(a.Raw), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Paths, doc.Components.Schemas, a.Raw
}

// Nobody has to read our code to know a route: each is described, by whichever format it speaks.
func TestTheWholeAPIIsDescribed(t *testing.T) { // API-7
	d := newDesk(t, dbtest.SQLite(t))
	paths, _, _ := description(t, d)
	ids := map[string]string{}
	for _, r := range d.gate.Routes() {
		name := r.Method + " " + r.Path
		op, ok := paths[plainPath(r.Path)][strings.ToLower(r.Method)]
		if r.Path == "/" {
			if ok {
				t.Error("the web app's pages are not the API")
			}
			continue
		}
		if !ok || op.Summary == "" || len(op.Tags) != 1 || (len(op.Security) == 0) != r.Public || !r.Public && op.Description == "" || len(op.Responses) == 0 {
			t.Errorf("%s is described as %+v", name, op)
		}
		if other := ids[op.OperationID]; other != "" {
			t.Errorf("%s and %s are both %s", name, other, op.OperationID)
		}
		ids[op.OperationID] = name
		var params []string
		for _, p := range op.Parameters {
			if p.In == "path" {
				params = append(params, "{"+p.Name+"}")
			}
		}
		want := templated.FindAllString(plainPath(r.Path), -1)
		slices.Sort(want)
		if slices.Sort(params); !slices.Equal(params, want) {
			t.Errorf("%s has the parameters %v", name, params)
		}
	}
}

// bodiless are the writes of HubSpot's format that say all in their address.
var bodiless = regexp.MustCompile(`/associations/default/`)

// A client's author reads what to send and what comes back; gate.Takes and gate.Gives in a route's row say it.
func TestHubSpotsFormatIsDescribedWithItsBodies(t *testing.T) { // API-7
	d := newDesk(t, dbtest.SQLite(t))
	paths, _, _ := description(t, d)
	for _, r := range d.gate.Routes() {
		if strings.HasPrefix(r.Path, api) || r.Tag == "Health" || r.Path == "/" {
			continue
		}
		op, name := paths[plainPath(r.Path)][strings.ToLower(r.Method)], r.Method+" "+r.Path
		writes := r.Method != http.MethodGet && r.Method != http.MethodDelete
		if writes != (op.RequestBody != nil) && !bodiless.MatchString(r.Path) {
			t.Errorf("%s does not say what it takes: see gate.Takes", name)
		}
		if _, vague := op.Responses["2XX"]; vague {
			t.Errorf("%s does not say what it gives: see gate.Gives", name)
		}
		if op.Tags[0] == "Other" {
			t.Errorf("%s has no subject: see Of of a wire.Family", name)
		}
	}
}

// What the description refers to is in it, and its names tell types apart.
func TestTheDescriptionRefersToWhatItHas(t *testing.T) { // API-7
	d := newDesk(t, dbtest.SQLite(t))
	_, schemas, raw := description(t, d)
	for _, ref := range regexp.MustCompile(`"#/components/schemas/([^"]*)"`).FindAllStringSubmatch(raw, -1) {
		if schemas[ref[1]] == nil {
			t.Errorf("there is no schema %s", ref[1])
		}
	}
	for name := range schemas {
		if !regexp.MustCompile(`^[A-Z][A-Za-z0-9_]*$`).MatchString(name) {
			t.Errorf("%q is no name of a schema for code", name)
		}
	}
	if strings.Contains(raw, "github.com") {
		t.Error("the description names packages of ours")
	}
}

// An app's developer reads which scopes a route wants, in words and where a client looks for them.
func TestTheDescriptionSaysScopes(t *testing.T) { // API-7, ACC-8
	d := newDesk(t, dbtest.SQLite(t))
	paths, _, _ := description(t, d)
	for name, want := range map[string]struct {
		method, path, words string
		scopes              [][]string
	}{
		"one of one": {"post", "/crm/v3/objects/{objectType}", "An app needs the scope crm.objects.{objectType}.write.", [][]string{{"crm.objects.{objectType}.write"}}},
		"any of two": {"get", "/crm/properties/{version}/{objectType}", "crm.objects.{objectType}.read or crm.schemas.{objectType}.read.",
			[][]string{{"crm.objects.{objectType}.read"}, {"crm.schemas.{objectType}.read"}}},
		"two": {"put", "/crm/v4/objects/{fromObjectType}/{id}/associations/{toObjectType}/{toObjectId}", "crm.objects.{fromObjectType}.write, and crm.objects.{toObjectType}.write.",
			[][]string{{"crm.objects.{fromObjectType}.write", "crm.objects.{toObjectType}.write"}}},
		"any app": {"get", "/account-info/v3/details", "Any app may ask.", [][]string{{}}},
		"ours":    {"post", "/helpdesk/v1/pipelines", "An app needs the scope helpdesk.settings.", [][]string{{"helpdesk.settings"}}},
		"no app":  {"post", "/helpdesk/v1/tokens", "only private ones with all scopes", nil},
	} {
		op := paths[want.path][want.method]
		var scopes [][]string
		for _, way := range op.Security {
			if s, ok := way["oauth"]; ok {
				scopes = append(scopes, s)
			}
		}
		if !strings.Contains(op.Description, want.words) || fmt.Sprint(scopes) != fmt.Sprint(want.scopes) {
			t.Errorf("%s: %q, %v", name, op.Description, op.Security)
		}
	}
}

// Who generates a client needs no server that runs, and gets what one serves.
func TestTheDescriptionIsPrinted(t *testing.T) { // API-7
	got := command(t, nil, "openapi")
	var printed struct {
		OpenAPI string
		Paths   map[string]map[string]described
	}
	if err := json.Unmarshal([]byte(got.out), &printed); err != nil || got.code != 0 || got.err != "" {
		t.Fatalf("%v: %d %s", err, got.code, got.err)
	}
	served, _, _ := description(t, newDesk(t, dbtest.SQLite(t)))
	if !strings.HasPrefix(printed.OpenAPI, "3.1") || len(printed.Paths) != len(served) {
		t.Errorf("OpenAPI %s with %d paths of %d", printed.OpenAPI, len(printed.Paths), len(served))
	}
	for path := range served {
		if printed.Paths[path] == nil {
			t.Errorf("%s is not printed", path)
		}
	}
}
