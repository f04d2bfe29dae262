package house

import (
	"fmt"
	"go/ast"
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

// wantTests is how many lines of test there are to a line of code.
const wantTests = 0.8

func TestTestsKeepUp(t *testing.T) {
	var goCode, goTests, webCode, webTests int
	for _, f := range tree(t) {
		switch {
		case f.code():
			goCode += f.lines
		case f.isGo() && f.isTest():
			goTests += f.lines
		case isWebTest(f):
			webTests += f.lines
		case isWebCode(f):
			webCode += f.lines
		}
	}
	t.Logf("Go: %d lines of code, %d of tests; web: %d and %d", goCode, goTests, webCode, webTests)
	if ratio := float64(goTests+webTests) / float64(goCode+webCode); ratio < wantTests {
		t.Errorf("%.2f lines of test to a line of code, at least %.1f: what was added without a test? (Go %d/%d, web %d/%d)",
			ratio, wantTests, goTests, goCode, webTests, webCode)
	}
}
