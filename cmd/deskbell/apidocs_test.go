package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/db/dbtest"
)

// writtenRoute is a route as the pages of docs/api write it: `GET, POST /helpdesk/v1/webhooks`.
var writtenRoute = regexp.MustCompile("`((?:GET|POST|PUT|PATCH|DELETE)(?:, (?:GET|POST|PUT|PATCH|DELETE))*) (/[^`]*)`")

// serves reports whether a route's path is one that a page writes: parameters may have other names, or be values.
func serves(route, written string) bool {
	have, want := strings.Split(route, "/"), strings.Split(written, "/")
	for i, part := range have {
		switch {
		case strings.HasSuffix(part, "...}"):
			return i < len(want)
		case i >= len(want), part != want[i] && !strings.HasPrefix(part, "{"):
			return false
		}
	}
	return len(have) == len(want)
}

func TestPathsOfPages(t *testing.T) {
	for written, want := range map[string]bool{"/crm/v3/lamps/{lampId}": true, "/crm/v3/lamps/7": true, "/crm/v3/lamps": false, "/crm/v3/lamps/7/parts": false,
		"/files/a/b/c": true, "/files": false} {
		if got := serves("/crm/{version}/lamps/{id}", written) || serves("/files/{path...}", written); got != want {
			t.Errorf("%s is served: %v", written, got)
		}
	}
}

// What a page says there is, there is.
func TestPagesOfTheAPINameRoutesThatThereAre(t *testing.T) { // API-7
	pages, err := filepath.Glob("../../docs/api/*.md")
	if err != nil || len(pages) < 10 {
		t.Fatalf("there are %d pages: %v", len(pages), err)
	}
	routes := newDesk(t, dbtest.SQLite(t)).gate.Routes()
	seen := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range writtenRoute.FindAllStringSubmatch(string(text), -1) {
			path, _, _ := strings.Cut(m[2], "?")
			if strings.Contains(path, "…") { // several at once
				continue
			}
			for _, method := range strings.Split(m[1], ", ") {
				seen++
				there := false
				for _, r := range routes {
					there = there || r.Method == method && serves(r.Path, path)
				}
				if !there {
					t.Errorf("%s names %s %s, which there is not", filepath.Base(page), method, path)
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("the pages name only %d routes", seen)
	}
}

// A page that the list does not lead to is not found.
func TestTheListLeadsToEachPageOfTheAPI(t *testing.T) { // API-7
	list, err := os.ReadFile("../../docs/api/README.md")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob("../../docs/api/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		name := filepath.Base(page)
		if name != "README.md" && !strings.Contains(string(list), "]("+name+")") {
			t.Errorf("docs/api/README.md does not lead to %s", name)
		}
	}
}
