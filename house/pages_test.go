package house

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	maxTargets           = 12
	maxArchitectureLines = 200
)

func find(t *testing.T, name string) *file {
	t.Helper()
	for _, f := range tree(t) {
		if f.path == name {
			return f
		}
	}
	t.Fatalf("%s is missing", name)
	return nil
}

var (
	target     = regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):(.*)$`)
	phony      = regexp.MustCompile(`(?m)^\.PHONY:(.*)$`)
	pageLink   = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)
	makeInText = regexp.MustCompile("(?m)(?:`|^    )make ([a-z][a-z0-9-]*)")
)

func targets(makefile string) map[string]bool {
	all := map[string]bool{}
	for _, m := range target.FindAllStringSubmatch(makefile, -1) {
		all[m[1]] = strings.Contains(m[2], "## ")
	}
	return all
}

func TestMakeTargets(t *testing.T) {
	makefile := find(t, "Makefile").text
	all := targets(makefile)
	if len(all) > maxTargets {
		t.Errorf("%d targets in the Makefile, at most %d: make the rest scripts", len(all), maxTargets)
	}
	for name, explained := range all {
		if !explained {
			t.Errorf("make %s has no ## line: say what it does, for make help", name)
		}
	}
	for name := range strings.FieldsSeq(phony.FindStringSubmatch(makefile)[1]) {
		if _, ok := all[name]; !ok {
			t.Errorf(".PHONY names %s, and there is no such target", name)
		}
	}
	for _, f := range tree(t) {
		if path.Ext(f.path) != ".md" {
			continue
		}
		for _, m := range makeInText.FindAllStringSubmatch(f.text, -1) {
			if _, ok := all[m[1]]; !ok {
				t.Errorf("%s speaks of make %s, and there is no such target", f.path, m[1])
			}
		}
	}
}

func TestPagesLeadSomewhere(t *testing.T) {
	links := 0
	for _, f := range tree(t) {
		if path.Ext(f.path) != ".md" {
			continue
		}
		for _, m := range pageLink.FindAllStringSubmatch(f.text, -1) {
			if strings.Contains(m[1], ":") {
				continue
			}
			links++
			if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(f.dir()), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s links to %s, which is not there", f.path, m[1])
			}
		}
	}
	if links == 0 {
		t.Error("no page links to another: are they read?")
	}
}

func TestArchitectureStaysAPage(t *testing.T) {
	if f := find(t, "ARCHITECTURE.md"); f.lines > maxArchitectureLines {
		t.Errorf("ARCHITECTURE.md has %d lines, at most %d: move the detail into package comments", f.lines, maxArchitectureLines)
	}
}

// TestArchitectureNamesTheRooms keeps the page true to the folders that are there.
func TestArchitectureNamesTheRooms(t *testing.T) {
	page := find(t, "ARCHITECTURE.md").text
	for dir := range packages(tree(t), isCode) {
		r, ok := roomOf(dir)
		if !ok || r.ring == 5 || strings.HasPrefix(r.path, "channel/") {
			continue
		}
		if !strings.Contains(page, "`"+r.path) {
			t.Errorf("ARCHITECTURE.md does not name %s: give it a line in the table of rings", r.path)
		}
	}
}

func TestMakefileReading(t *testing.T) {
	all := targets("run: build ## start\nlint:\n\tgo vet\nVERSION := 1\n$(BUNDLE): x\n")
	if len(all) != 2 || !all["run"] || all["lint"] {
		t.Errorf("targets are %v, want run with a line and lint without", all)
	}
}
