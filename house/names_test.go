package house

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// channelNames are the kinds of channel. Nothing but a channel's own package may ask which one it has.
var channelNames = []string{"email", "chat", "form", "whatsapp", "messenger", "voice"}

// aboutChannels: the other side of a comparison speaks of a channel, so "email" is not the name of a property.
var aboutChannels = regexp.MustCompile(`(?i)(kind|channel|source)`)

// channelLadders finds comparisons and cases with a channel's name.
func channelLadders(f *file) []problem {
	var all []problem
	add := func(n ast.Node) {
		all = append(all, problem{f.at(n), "asks for a channel by name: put the difference into channel.Limits or an optional interface, as data"})
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if n.Op != token.EQL && n.Op != token.NEQ {
				return true
			}
			if namesChannel(n.X) && aboutChannels.MatchString(exprText(n.Y)) || namesChannel(n.Y) && aboutChannels.MatchString(exprText(n.X)) {
				add(n)
			}
		case *ast.SwitchStmt:
			if n.Tag == nil || !aboutChannels.MatchString(exprText(n.Tag)) {
				return true
			}
			for _, s := range n.Body.List {
				if slices.ContainsFunc(s.(*ast.CaseClause).List, namesChannel) {
					add(s)
				}
			}
		}
		return true
	})
	return all
}

// namesChannel: a literal name, or the Kind of a channel package.
func namesChannel(e ast.Expr) bool {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		text, err := strconv.Unquote(lit.Value)
		return err == nil && slices.Contains(channelNames, strings.ToLower(text))
	}
	pkg, rest, ok := strings.Cut(exprText(e), ".Kind")
	return ok && (rest == "" || rest == ".Name") && slices.Contains(channelNames, pkg)
}

var ladderExceptions = []exception{}

func TestNoSwitchOnAChannelsName(t *testing.T) {
	outside := func(f *file) bool { return f.code() && !strings.HasPrefix(f.dir(), "channel/") }
	check(t, outside, channelLadders, ladderExceptions...)
}

// Names that say nothing about what is inside.
var (
	drawers   = []string{"util", "utils", "common", "helper", "helpers", "model", "models", "types", "base", "misc", "shared", "stuff"}
	goodFile  = regexp.MustCompile(`^[a-z][a-z0-9_]*\.go$`)
	goodWeb   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*([.-][A-Za-z0-9]+)*\.(ts|tsx|css|mjs)$`)
	inAFolder = regexp.MustCompile(`^[a-z0-9._-]+$`)
)

// badNames finds package and file names that say nothing, and spellings the tree does not use.
func badNames(f *file) []problem {
	var all []problem
	stem := strings.TrimSuffix(strings.TrimSuffix(f.name(), ".go"), "_test")
	if f.isGo() {
		if slices.Contains(drawers, strings.TrimSuffix(f.ast.Name.Name, "_test")) || slices.Contains(drawers, path.Base(f.dir())) {
			all = append(all, problem{f.dir(), "the package name says nothing: let the code live with its user, or name what it is about"})
		}
		if !goodFile.MatchString(f.name()) || slices.Contains(drawers, stem) {
			all = append(all, problem{f.path, "the file name says nothing or is misspelt: lower case, named after what is inside"})
		}
	}
	if isWeb(f) && !goodWeb.MatchString(f.name()) {
		all = append(all, problem{f.path, "the file name is misspelt: letters, digits, dots and dashes"})
	}
	for part := range strings.SplitSeq(f.dir(), "/") {
		if !inAFolder.MatchString(part) {
			all = append(all, problem{f.path, "the folder " + part + " is misspelt: lower case, digits, dashes"})
		}
	}
	return all
}

func TestNames(t *testing.T) {
	check(t, func(*file) bool { return true }, badNames)
}
