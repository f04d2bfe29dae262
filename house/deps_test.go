package house

import (
	"bufio"
	"maps"
	"slices"
	"strings"
	"testing"
)

const (
	maxDependencies = 40
	dependencyPage  = "docs/adr/0006-dependencies.md"
)

// modules reads the module paths that go.mod requires.
func modules(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, f := range tree(t) {
		if f.path != "go.mod" {
			continue
		}
		for s := bufio.NewScanner(strings.NewReader(f.text)); s.Scan(); {
			fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(s.Text()), "require "))
			if len(fields) >= 2 && strings.HasPrefix(fields[1], "v") {
				all = append(all, fields[0])
			}
		}
	}
	if len(all) == 0 {
		t.Fatal("go.mod requires nothing: is it read?")
	}
	return all
}

// direct are the modules that our own files import, tests included.
func direct(t *testing.T) []string {
	t.Helper()
	known := modules(t)
	used := map[string]bool{}
	for _, f := range tree(t) {
		if !f.isGo() {
			continue
		}
		for _, path := range f.imports() {
			for _, m := range known {
				if path == m || strings.HasPrefix(path, m+"/") {
					used[m] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(used))
}

func TestDependencies(t *testing.T) {
	page := ""
	for _, f := range tree(t) {
		if f.path == dependencyPage {
			page = f.text
		}
	}
	all := direct(t)
	if len(all) > maxDependencies {
		t.Errorf("%d direct dependencies, at most %d: which can go? %v", len(all), maxDependencies, all)
	}
	for _, m := range all {
		if !strings.Contains(page, "`"+m+"`") {
			t.Errorf("%s has no line in %s: say what it does here, why it and not a rival, and its licence", m, dependencyPage)
		}
	}
}
