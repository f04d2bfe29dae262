package house

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	webSource         = "web/src/"
	maxComponentLines = 200 // aim for 150
)

func isWeb(f *file) bool {
	return strings.HasPrefix(f.path, "web/") && slices.Contains([]string{".ts", ".tsx", ".css", ".mjs"}, path.Ext(f.path))
}

var webTest = regexp.MustCompile(`\.(test|spec)\.tsx?$|^web/e2e/|/testing/`)

func isWebTest(f *file) bool { return isWeb(f) && webTest.MatchString(f.path) }

// isWebCode leaves out tests, and what a tool wrote.
func isWebCode(f *file) bool {
	return isWeb(f) && !isWebTest(f) && !strings.Contains(f.path, ".gen.") && (strings.HasPrefix(f.path, webSource) || strings.HasPrefix(f.path, "web/widget/"))
}

func TestWebFileLength(t *testing.T) {
	check(t, isWebCode, longFiles)
}

var (
	component    = regexp.MustCompile(`^(?:export )?(?:default )?(?:function|const) ([A-Z]\w*)`)
	importedFrom = regexp.MustCompile(`(?m)(?:^import\s[^;]*?from\s+|^import\s+|^export\s[^;]*?from\s+|\bimport\()["']([^"']+)["']`)
	fetches      = regexp.MustCompile(`\bfetch\(|\bEventSource\b|\bXMLHttpRequest\b|\buse(Query|Mutation|InfiniteQuery)\b`)
	webLadder    = regexp.MustCompile(`(?i)(kind|channel|source)\w*\)?\s*[!=]==?\s*["'](email|chat|form|whatsapp|messenger|voice)["']`)
)

// longComponents measures from a top-level component's first line to the closing brace in the first column.
func longComponents(f *file) []problem {
	var all []problem
	name, start := "", 0
	for i, line := range strings.Split(f.text, "\n") {
		if m := component.FindStringSubmatch(line); m != nil {
			name, start = m[1], i
		}
		if name != "" && strings.HasPrefix(line, "}") {
			if n := i - start + 1; n > maxComponentLines {
				all = append(all, problem{f.path + ":" + name, fmt.Sprintf("%d lines, at most %d, better 150: take out a part with a name, or a hook", n, maxComponentLines)})
			}
			name = ""
		}
	}
	return all
}

func TestComponentLength(t *testing.T) {
	check(t, func(f *file) bool { return isWebCode(f) && path.Ext(f.path) == ".tsx" }, longComponents)
}

// resolve turns an import into a path from web/src, or "" for a package. Both "../x" and the aliases "@/x" and "~/x" are known.
func resolve(f *file, from string) string {
	switch {
	case strings.HasPrefix(from, "."):
		return strings.TrimPrefix(path.Join(f.dir(), from), webSource)
	case strings.HasPrefix(from, "@/"), strings.HasPrefix(from, "~/"):
		return from[2:]
	}
	return ""
}

// webImports holds the borders of the app: features meet at their indexes, the design system knows no feature.
func webImports(f *file) []problem {
	var all []problem
	own := strings.TrimPrefix(f.path, webSource)
	for _, m := range importedFrom.FindAllStringSubmatch(f.text, -1) {
		to := resolve(f, m[1])
		if says := webImportProblem(own, to); says != "" {
			all = append(all, problem{f.path + " -> " + to, says})
		}
	}
	return all
}

func webImportProblem(own, to string) string {
	rest, isFeature := strings.CutPrefix(to, "features/")
	if !isFeature {
		return ""
	}
	if strings.HasPrefix(own, "ui/") || strings.HasPrefix(own, "lib/") {
		return "src/ui and src/lib know no feature: take what is needed as a property or a parameter"
	}
	feature, inside, deep := strings.Cut(rest, "/")
	if !strings.HasPrefix(own, "features/") || strings.HasPrefix(own, "features/"+feature+"/") {
		return ""
	}
	if deep && inside != "index" && inside != "index.ts" {
		return "features meet at their index: export it from features/" + feature + "/index.ts, or move it to src/lib or src/ui"
	}
	return ""
}

// webImportExceptions: key "file -> import".
var webImportExceptions = []exception{}

func TestWebImports(t *testing.T) {
	check(t, func(f *file) bool { return isWebCode(f) && path.Ext(f.path) != ".css" }, webImports, webImportExceptions...)
}

func TestDesignSystemDoesNotFetch(t *testing.T) {
	inUI := func(f *file) bool { return isWebCode(f) && strings.HasPrefix(f.path, webSource+"ui/") }
	check(t, inUI, func(f *file) []problem {
		if at := fetches.FindStringIndex(f.text); at != nil {
			return []problem{{f.path + ":" + lineOf(f.text, at[0]), "the design system fetches nothing: let the feature fetch, and pass the value"}}
		}
		return nil
	})
}

// webLadderExceptions: key "file:line".
var webLadderExceptions = []exception{}

func TestNoSwitchOnAChannelsNameInTheWebApp(t *testing.T) {
	outside := func(f *file) bool { return isWebCode(f) && path.Ext(f.path) != ".css" }
	check(t, outside, func(f *file) []problem {
		var all []problem
		for _, at := range webLadder.FindAllStringIndex(f.text, -1) {
			all = append(all, problem{f.path + ":" + lineOf(f.text, at[0]), "asks for a channel by name: ask its limits from /helpdesk/v1/channel-kinds"})
		}
		return all
	}, webLadderExceptions...)
}

func TestWebRules(t *testing.T) {
	for _, c := range []struct {
		own, to string
		refused bool
	}{
		{"features/tickets/List.tsx", "features/views/api", true},
		{"features/tickets/List.tsx", "features/views", false},
		{"features/tickets/List.tsx", "features/views/index.ts", false},
		{"features/tickets/List.tsx", "features/tickets/api", false},
		{"features/tickets/List.tsx", "ui/Button", false},
		{"ui/Button.tsx", "features/tickets", true},
		{"app/router.tsx", "features/tickets/pages", false},
	} {
		if says := webImportProblem(c.own, c.to); (says != "") != c.refused {
			t.Errorf("%s -> %s: %q, refused should be %v", c.own, c.to, says, c.refused)
		}
	}
	f, err := parse("web/src/features/tickets/List.tsx", "import { a } from \"../views/api\";\nimport type {\n  B,\n} from '@/features/views/model';\nconst P = lazy(() => import(\"../chat/Panel\"));\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := webImports(f); len(got) != 3 {
		t.Errorf("three deep imports, found %v", got)
	}
	long := "export function Page() {\n" + strings.Repeat("  x();\n", maxComponentLines) + "}\n"
	if f, _ = parse("web/src/a.tsx", long); len(longComponents(f)) != 1 {
		t.Error("a component above the limit is not found")
	}
	if !webLadder.MatchString(`if (thread.channelKind === "email")`) || webLadder.MatchString(`property === "email"`) {
		t.Error("a channel's name is found in the wrong places")
	}
}
