package house

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Written apart, so that this file does not break its own rules.
var (
	unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)
	machine    = regexp.MustCompile(`(^|[^\w./:-])(/wo` + `rk/|/ro` + `ot/|/ho` + `me/[a-z]|/Us` + `ers/|C:\\Us` + `ers)`)
	temporary  = regexp.MustCompile(`(^|[^\w./:-])/t` + `mp/`)
)

// madeByTools: their text is nobody's.
var madeByTools = []string{"package-lock.json", "go.sum", "LICENSE"}

func isWritten(f *file) bool { return !slices.Contains(madeByTools, f.name()) }

func lineOf(text string, at int) string { return itoa(1 + strings.Count(text[:at], "\n")) }

func unfinishedWork(f *file) []problem {
	if at := unfinished.FindStringIndex(f.text); at != nil {
		return []problem{{f.path + ":" + lineOf(f.text, at[0]), "a mark for work to do: do it, or write it down where work is planned"}}
	}
	return nil
}

func TestNoUnfinishedWork(t *testing.T) { check(t, isWritten, unfinishedWork) }

// machinePaths finds folders of one person's machine. Programs ask os.TempDir.
func machinePaths(f *file) []problem {
	const says = "a path of one machine: take it from a flag, the environment, os.TempDir or t.TempDir"
	at := machine.FindStringIndex(f.text)
	if at == nil && (f.code() || isWebCode(f)) {
		at = temporary.FindStringIndex(f.text)
	}
	if at == nil {
		return nil
	}
	return []problem{{f.path + ":" + lineOf(f.text, at[1]-1), says}}
}

func TestNoMachinePaths(t *testing.T) { check(t, isWritten, machinePaths) }

func TestLockfileNamesThePublicRegistry(t *testing.T) {
	resolved := regexp.MustCompile(`"resolved": "(https?://[^/"]+)`)
	for _, f := range tree(t) {
		if f.name() != "package-lock.json" {
			continue
		}
		for _, m := range resolved.FindAllStringSubmatch(f.text, -1) {
			if m[1] != "https://registry.npmjs.org" {
				t.Fatalf("%s takes packages from %s: write it with the public registry, so that anybody can install", f.path, m[1])
			}
		}
	}
}

func isTestFile(f *file) bool { return strings.HasSuffix(f.path, "_test.go") }

// sleeps finds tests that wait for time to pass.
func sleeps(f *file) []problem {
	var all []problem
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && isIdent(s.X, "time") && s.Sel.Name == "Sleep" {
			all = append(all, problem{f.path, "sleeps at line " + lineOf(f.text, f.fset.Position(s.Pos()).Offset) + ": move the test's clock, or wait for a named moment"})
		}
		return true
	})
	return all
}

var sleepExceptions = []exception{
	{"db/dbtest/postgres.go", "asks a server that just started until it answers; it names no moment to wait for"},
}

func TestNoSleepInTests(t *testing.T) {
	check(t, func(f *file) bool { return f.isGo() && f.isTest() }, sleeps, sleepExceptions...)
}
