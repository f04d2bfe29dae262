package main

import (
	"bufio"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A promise is one line of docs/spec-ids.txt.
type promise struct{ id, words string }

// A proof is a test that names an id.
type proof struct{ id, path, test string }

var (
	idLine  = regexp.MustCompile(`^([A-Z][A-Z0-9]*-[0-9]+) (\S.*)$`)
	mention = regexp.MustCompile(`\b([A-Z][A-Z0-9]*)-([0-9]+)\b`)
	inName  = regexp.MustCompile(`([A-Z][A-Z0-9]*?)_?([0-9]+)`)
	webTest = regexp.MustCompile(`\b(?:test|it|describe)(?:\.\w+)?\(\s*["'` + "`" + `]([^"'` + "`" + `]+)`)
)

// readPromises reads the list; a line that is no comment and no promise is an error.
func readPromises(r io.Reader) ([]promise, error) {
	var all []promise
	seen := map[string]bool{}
	s := bufio.NewScanner(r)
	for n := 1; s.Scan(); n++ {
		line := strings.TrimSpace(s.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		m := idLine.FindStringSubmatch(line)
		if m == nil || seen[m[1]] {
			return nil, fmt.Errorf("line %d: want a new id and a few words, like \"PIPE-1 a new account starts with one pipeline\", not %q", n, line)
		}
		seen[m[1]] = true
		all = append(all, promise{m[1], m[2]})
	}
	return all, s.Err()
}

// areas are the words before the number; only these make "UTF-8" different from "MAIL-8".
func areas(all []promise) map[string]bool {
	known := map[string]bool{}
	for _, p := range all {
		area, _, _ := strings.Cut(p.id, "-")
		known[area] = true
	}
	return known
}

// proofs walks the tree for tests that name an id of a known area.
func proofs(root string, known map[string]bool) ([]proof, error) {
	var all []proof
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{".git", "node_modules", "bin", "dist", "testdata", "house"}, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		find := finder(filepath.ToSlash(rel))
		if find == nil {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found, err := find(filepath.ToSlash(rel), string(text), known)
		all = append(all, found...)
		return err
	})
	slices.SortFunc(all, func(a, b proof) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.test, b.test), cmp.Compare(a.id, b.id))
	})
	return slices.Compact(all), err
}

// finder is what reads a file's proofs, nil when the file holds no tests.
func finder(path string) func(path, text string, known map[string]bool) ([]proof, error) {
	switch {
	case strings.HasSuffix(path, "_test.go"):
		return goProofs
	case strings.HasPrefix(path, "web/") && (strings.Contains(path, ".test.ts") || strings.Contains(path, ".e2e.ts") || strings.Contains(path, ".spec.ts")):
		return webProofs
	}
	return nil
}

// goProofs: an id in a test function, its name or its comment belongs to it; elsewhere, to the whole file.
func goProofs(path, text string, known map[string]bool) ([]proof, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, text, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var all []proof
	rest := []byte(text)
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || !isTest(fn.Name.Name) {
			continue
		}
		from := fn.Pos()
		if fn.Doc != nil {
			from = fn.Doc.Pos()
		}
		start, end := fset.Position(from).Offset, fset.Position(fn.End()).Offset
		ids := append(mentioned(text[start:end], known), named(fn.Name.Name, known)...)
		for _, id := range ids {
			all = append(all, proof{id, path, fn.Name.Name})
		}
		for i := start; i < end; i++ {
			rest[i] = ' '
		}
	}
	for _, id := range mentioned(string(rest), known) {
		all = append(all, proof{id, path, ""})
	}
	return all, nil
}

func isTest(name string) bool {
	return strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Fuzz") || strings.HasPrefix(name, "Benchmark")
}

// mentioned finds ids as they are written in comments and strings: MAIL-3.
func mentioned(text string, known map[string]bool) []string {
	var ids []string
	for _, m := range mention.FindAllStringSubmatch(text, -1) {
		if known[m[1]] {
			ids = append(ids, m[0])
		}
	}
	return ids
}

// named finds ids as a function's name can hold them: TestThreading_MAIL3, TestThreadingMAIL_3.
func named(name string, known map[string]bool) []string {
	var ids []string
	for _, part := range inName.FindAllStringSubmatch(name, -1) {
		for area := part[1]; area != ""; area = area[1:] {
			if known[area] {
				ids = append(ids, area+"-"+part[2])
				break
			}
		}
	}
	return ids
}

// webProofs gives an id to the test on its line, or to the first one after it, or to the file.
func webProofs(path, text string, known map[string]bool) ([]proof, error) {
	var all []proof
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		for _, id := range mentioned(line, known) {
			all = append(all, proof{id, path, nearestTest(lines[i:])})
		}
	}
	return all, nil
}

func nearestTest(lines []string) string {
	for _, line := range lines[:min(len(lines), 3)] {
		if m := webTest.FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	return ""
}
