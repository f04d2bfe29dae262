package gatetest

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/deskbell/deskbell/gate"
)

// truth holds answers against the API's description, so that no test passes while it lies.
type truth struct{ api *huma.OpenAPI }

// Hold fails the test when what the gate answered is not as the API's description says.
func Hold(t testing.TB, g *gate.Gate, method, path string, status int, body []byte) {
	t.Helper()
	truth{g.API().OpenAPI()}.check(t, method, path, &Answer{t: t, Asked: method + " " + path, Status: status, Body: body})
}

// check fails the test when an answer is not as described.
func (tr truth) check(t testing.TB, method, path string, a *Answer) {
	t.Helper()
	path, _, _ = strings.Cut(path, "?")
	path = strings.TrimSuffix(path, "/") // some routes are served with one, too
	op := tr.find(method, path)
	if op == nil || a.Status >= 400 {
		return
	}
	described := op.Responses[strconv.Itoa(a.Status)]
	if described == nil {
		described = op.Responses["2XX"]
	}
	if described == nil {
		t.Errorf("%s answered %d, which its description does not have", a.Asked, a.Status)
		return
	}
	media := described.Content["application/json"]
	if media == nil || media.Schema == nil {
		return
	}
	var body any
	if err := json.Unmarshal(a.Body, &body); err != nil {
		t.Errorf("%s answered %q, which is not JSON", a.Asked, a.Body)
		return
	}
	var found huma.ValidateResult
	huma.Validate(tr.api.Components.Schemas, media.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, body, &found)
	for _, err := range found.Errors {
		t.Errorf("%s is not as described: %v", a.Asked, err)
	}
}

func (tr truth) find(method, path string) *huma.Operation {
	var best *huma.Operation
	fewest := 100 // parameters: {id} loses against a word
	for pattern, item := range tr.api.Paths {
		op := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete}[method]
		if n := strings.Count(pattern, "{"); op != nil && n < fewest && fits(pattern, path) {
			best, fewest = op, n
		}
	}
	return best
}

func fits(pattern, path string) bool {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != have[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}
