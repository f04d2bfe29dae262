package house

import (
	"cmp"
	"fmt"
	"go/ast"
	"maps"
	"slices"
	"strings"
	"testing"
)

// The house numbers. Above them readers get lost; see CONTRIBUTING.md.
const (
	maxFileLines     = 400
	maxTestFileLines = 800
	maxFuncLines     = 60
	maxPackageLines  = 3000
	maxPackageFiles  = 15
	maxMethods       = 5
	maxParams        = 8
)

func longFiles(f *file) []problem {
	most := maxFileLines
	if f.isTest() {
		most = maxTestFileLines
	}
	if f.lines <= most {
		return nil
	}
	return []problem{{f.path, fmt.Sprintf("%d lines, at most %d: move one of its subjects into a file of its own", f.lines, most)}}
}

var longFileExceptions = []exception{}

func TestFileLength(t *testing.T) {
	check(t, func(f *file) bool { return f.isGo() && !ast.IsGenerated(f.ast) }, longFiles, longFileExceptions...)
}

func longFuncs(f *file) []problem {
	var all []problem
	for _, d := range f.ast.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1; n > maxFuncLines {
			all = append(all, problem{f.path + ":" + fn.Name.Name, fmt.Sprintf("%d lines, at most %d: name a step of it and make that a function", n, maxFuncLines)})
		}
	}
	return all
}

var longFuncExceptions = []exception{}

func TestFunctionLength(t *testing.T) { check(t, isCode, longFuncs, longFuncExceptions...) }

func wideInterfaces(f *file) []problem {
	var all []problem
	ast.Inspect(f.ast, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if i, ok := spec.Type.(*ast.InterfaceType); ok && i.Methods.NumFields() > maxMethods {
			all = append(all, problem{f.path + ":" + spec.Name.Name, fmt.Sprintf("%d methods, at most %d: declare what this user needs, where it is used", i.Methods.NumFields(), maxMethods)})
		}
		return true
	})
	return all
}

var wideInterfaceExceptions = []exception{}

func TestInterfaceWidth(t *testing.T) { check(t, isCode, wideInterfaces, wideInterfaceExceptions...) }

func wideConstructors(f *file) []problem {
	var all []problem
	for _, d := range f.ast.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv != nil || !strings.HasPrefix(strings.ToLower(fn.Name.Name), "new") {
			continue
		}
		if n := fn.Type.Params.NumFields(); n > maxParams {
			all = append(all, problem{f.path + ":" + fn.Name.Name, fmt.Sprintf("%d parameters, at most %d: so many collaborators mean a missing event", n, maxParams)})
		}
	}
	return all
}

var wideConstructorExceptions = []exception{}

func TestConstructorWidth(t *testing.T) {
	check(t, isCode, wideConstructors, wideConstructorExceptions...)
}

var largePackageExceptions = []exception{}

func TestPackageSize(t *testing.T) {
	var all []problem
	for dir, files := range packages(tree(t), isCode) {
		lines := 0
		for _, f := range files {
			lines += f.lines
		}
		if lines > maxPackageLines || len(files) > maxPackageFiles {
			all = append(all, problem{dir, fmt.Sprintf("%d lines in %d files, at most %d in %d: a noun in it deserves a package", lines, len(files), maxPackageLines, maxPackageFiles)})
		}
	}
	report(t, all, largePackageExceptions...)
}

// How many lines of test there are to a line of code. Packages that only tests import (dbtest, channeltest …) are tests; golden
// files and what a tool wrote are neither.
const (
	wantGoTests = 0.8
	// wantWebTests is an exception: the screens were built before their tests. It is what was there, and only goes up.
	wantWebTests = 0.15
)

func TestTestsKeepUp(t *testing.T) {
	type kind struct {
		code, tests int
		want        float64
	}
	kinds := map[string]*kind{"Go": {want: wantGoTests}, "web": {want: wantWebTests}}
	for _, f := range tree(t) {
		switch {
		case f.code():
			kinds["Go"].code += f.lines
		case f.isGo() && f.isTest():
			kinds["Go"].tests += f.lines
		case isWebTest(f):
			kinds["web"].tests += f.lines
		case isWebCode(f):
			kinds["web"].code += f.lines
		}
	}
	for name, k := range kinds {
		ratio := float64(k.tests) / float64(k.code)
		t.Logf("%s: %.2f lines of test to a line of code, %d to %d", name, ratio, k.tests, k.code)
		if ratio < k.want {
			t.Errorf("%s has %.2f lines of test to a line of code, at least %.2f: what was added without a test? (%s)",
				name, ratio, k.want, laggards(tree(t)))
		}
	}
}

// laggards names the Go packages that lack the most lines of test.
func laggards(files []*file) string {
	lacks := map[string]float64{}
	for dir, of := range packages(files, (*file).isGo) {
		for _, f := range of {
			switch {
			case f.code():
				lacks[dir] += wantGoTests * float64(f.lines)
			case f.isTest():
				lacks[dir] -= float64(f.lines)
			}
		}
	}
	dirs := slices.SortedFunc(maps.Keys(lacks), func(a, b string) int { return cmp.Compare(lacks[b], lacks[a]) })
	var says []string
	for _, dir := range dirs[:min(8, len(dirs))] {
		says = append(says, fmt.Sprintf("%s lacks %.0f", dir, lacks[dir]))
	}
	return strings.Join(says, ", ")
}
