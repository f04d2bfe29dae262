package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/deskbell/deskbell"

// A file is one text file of the tree; Go files are parsed once for all rules.
type file struct {
	path  string // from the root of the tree, with slashes
	text  string
	lines int
	fset  *token.FileSet
	ast   *ast.File // nil when it is not Go
}

func (f *file) dir() string  { return path.Dir(f.path) }
func (f *file) isGo() bool   { return f.ast != nil }
func (f *file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") || isSupport(f.dir()) }
func (f *file) code() bool   { return f.isGo() && !f.isTest() && !ast.IsGenerated(f.ast) }
func (f *file) name() string { return path.Base(f.path) }
func (f *file) at(n ast.Node) string {
	return f.path + ":" + itoa(f.fset.Position(n.Pos()).Line)
}

// isSupport: packages such as dbtest and channeltest exist for tests only.
func isSupport(dir string) bool { return strings.HasSuffix(path.Base(dir), "test") }

// imports are the paths a Go file imports.
func (f *file) imports() []string {
	var all []string
	for _, spec := range f.ast.Imports {
		all = append(all, strings.Trim(spec.Path.Value, `"`))
	}
	return all
}

// A problem is one broken rule. Its key is what an exception names.
type problem struct{ key, says string }

// An exception is a place that may break a rule, and why.
type exception struct{ key, reason string }

// report fails the test for each problem without an exception, and for each exception that nothing needs.
func report(t *testing.T, problems []problem, exceptions ...exception) {
	t.Helper()
	used := map[string]bool{}
	for _, p := range problems {
		if slices.ContainsFunc(exceptions, func(e exception) bool { return e.key == p.key }) {
			used[p.key] = true
			continue
		}
		t.Errorf("%s: %s", p.key, p.says)
	}
	for _, e := range exceptions {
		if !used[e.key] {
			t.Errorf("the exception for %s is not needed: delete its row", e.key)
		}
		if e.reason == "" {
			t.Errorf("the exception for %s has no reason: write one", e.key)
		}
	}
}

// check runs a rule over each file that fits and reports.
func check(t *testing.T, fits func(*file) bool, rule func(*file) []problem, exceptions ...exception) {
	t.Helper()
	var all []problem
	for _, f := range tree(t) {
		if fits(f) {
			all = append(all, rule(f)...)
		}
	}
	report(t, all, exceptions...)
}

var loaded = sync.OnceValues(func() ([]*file, error) { return load("..") })

func tree(t *testing.T) []*file {
	t.Helper()
	files, err := loaded()
	if err != nil {
		t.Fatalf("reading the tree: %v", err)
	}
	return files
}

// Folders that hold nothing written by hand.
var skipped = []string{".git", "node_modules", "bin", "dist", "testdata", "tmp"}

// What is read as text; anything else is a picture or a fixture.
var textual = []string{".go", ".ts", ".tsx", ".mjs", ".js", ".css", ".html", ".sql", ".md", ".sh", ".yml", ".yaml", ".json", ".txt", ".toml", ".service", ".mod", ""}

func load(root string) ([]*file, error) {
	var files []*file
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains(skipped, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !slices.Contains(textual, path.Ext(d.Name())) {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		f, err := parse(filepath.ToSlash(rel), string(text))
		files = append(files, f)
		return err
	})
	return files, err
}

// parse reads one file; rules are tried on sources made with it.
func parse(name, text string) (*file, error) {
	f := &file{path: name, text: text, lines: strings.Count(text, "\n")}
	if path.Ext(name) != ".go" {
		return f, nil
	}
	f.fset = token.NewFileSet()
	var err error
	f.ast, err = parser.ParseFile(f.fset, name, text, parser.ParseComments)
	return f, err
}

// packages groups the files that fit by folder.
func packages(files []*file, fits func(*file) bool) map[string][]*file {
	byDir := map[string][]*file{}
	for _, f := range files {
		if fits(f) {
			byDir[f.dir()] = append(byDir[f.dir()], f)
		}
	}
	return byDir
}
