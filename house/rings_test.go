package house

import (
	"cmp"
	"fmt"
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

// A room is a folder with all below it, and the ring it stands in.
type room struct {
	path string
	ring int
}

// rooms is the house: a package imports only rings below its own. Siblings may import one another in rings 0 to 2
// (the compiler refuses cycles), and never in 3 and 4. ARCHITECTURE.md says what each owns.
var rooms = []room{
	{"errs", 0}, {"clock", 0}, {"id", 0}, {"db", 0}, {"blob", 0}, {"mime", 0}, {"hours", 0}, {"channel", 0}, {"seal", 0}, {"web", 0}, {"outbound", 0}, {"sheet", 0},
	{"event", 1}, {"job", 1}, {"people", 1}, {"crm", 1}, {"blob/waste", 1},
	{"ticket", 2}, {"conversation", 2}, {"file", 2},
	{"intake", 3}, {"routing", 3}, {"sla", 3}, {"workflow", 3}, {"notify", 3}, {"webhook", 3}, {"survey", 3},
	{"view", 3}, {"report", 3}, {"content", 3}, {"agent", 3}, {"importer", 3}, {"exporter", 3}, {"live", 3},
	{"channel/", 4}, {"gate", 4}, {"hubspot", 4}, {"api", 4}, {"site", 4},
	{"cmd", 5}, {"house", 5},
}

// ringExceptions: key "importing package -> imported package".
var ringExceptions = []exception{}

// httpExceptions: packages below ring 4 that speak HTTP outward or describe it.
var httpExceptions = []exception{
	{"channel", "a channel that is called over HTTP says so with an http.Handler; no status is chosen here"},
	{"outbound", "it calls other servers: here is the one client for addresses that people typed"},
}

// roomOf finds the room of a folder; each folder directly below channel is a room of its own.
func roomOf(dir string) (room, bool) {
	best := room{ring: -1}
	for _, r := range rooms {
		if strings.HasSuffix(r.path, "/") {
			if rest, ok := strings.CutPrefix(dir, r.path); ok {
				first, _, _ := strings.Cut(rest, "/")
				return room{r.path + first, r.ring}, true
			}
		} else if (dir == r.path || strings.HasPrefix(dir, r.path+"/")) && len(r.path) > len(best.path) {
			best = r
		}
	}
	return best, best.ring >= 0
}

// ringProblem says why from may not import to, or "".
func ringProblem(from, to string) string {
	a, ok := roomOf(from)
	if !ok {
		return fmt.Sprintf("the folder %s is in no ring: add it to rooms in house/rings_test.go and to ARCHITECTURE.md", from)
	}
	b, ok := roomOf(to)
	switch {
	case !ok:
		return fmt.Sprintf("the folder %s is in no ring: add it to rooms in house/rings_test.go and to ARCHITECTURE.md", to)
	case isSupport(to) && !isSupport(from):
		return fmt.Sprintf("%s is for tests only: import it from _test.go files", to)
	case isSupport(from) || a.path == b.path:
		return ""
	case b.ring > a.ring:
		return fmt.Sprintf("ring %d may not import ring %d (%s): declare an interface here and let cmd/deskbell pass the value, or emit an event", a.ring, b.ring, to)
	case b.path == "gate" && (a.path == "hubspot" || a.path == "api" || a.path == "site"):
		return "" // the one door through which these three add their routes
	case b.ring == a.ring && (a.ring == 3 || a.ring == 4):
		return fmt.Sprintf("siblings in ring %d may not import one another (%s): react to its events, or move what both need to a lower ring", a.ring, to)
	case a.ring == 4 && strings.HasPrefix(a.path, "channel/") && (b.ring > 0 || b.path == "db"):
		return fmt.Sprintf("a channel knows channel, mime, blob and errs, nothing of %s: pass what it needs in channel.Deps", to)
	}
	return ""
}

func TestImportRings(t *testing.T) {
	var all []problem
	for _, f := range tree(t) {
		if !f.isGo() || strings.HasSuffix(f.path, "_test.go") {
			continue
		}
		for _, path := range f.imports() {
			to, ours := strings.CutPrefix(path, module+"/")
			if !ours {
				continue
			}
			if says := ringProblem(f.dir(), to); says != "" {
				all = append(all, problem{f.dir() + " -> " + to, says})
			}
		}
	}
	slices.SortFunc(all, func(a, b problem) int { return cmp.Compare(a.key, b.key) })
	report(t, slices.Compact(all), ringExceptions...)
}

func TestEveryPackageHasARing(t *testing.T) {
	var all []problem
	for dir := range packages(tree(t), (*file).isGo) {
		if _, ok := roomOf(dir); !ok {
			all = append(all, problem{dir, "is in no ring: add it to rooms in house/rings_test.go and to ARCHITECTURE.md"})
		}
	}
	report(t, all)
}

func TestHTTPStaysAtTheEdges(t *testing.T) {
	var all []problem
	for dir, files := range packages(tree(t), (*file).code) {
		if r, ok := roomOf(dir); !ok || r.ring >= 4 {
			continue
		}
		if slices.ContainsFunc(files, func(f *file) bool { return slices.Contains(f.imports(), "net/http") }) {
			all = append(all, problem{dir, "imports net/http below ring 4: return an errs kind, and let the edge choose the status"})
		}
	}
	report(t, all, httpExceptions...)
}

// httpStatus finds status constants and status numbers handed to http.Error.
func httpStatus(f *file) []problem {
	var all []problem
	ast.Inspect(f.ast, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if ok && isIdent(s.X, "http") && strings.HasPrefix(s.Sel.Name, "Status") {
			all = append(all, problem{f.at(s), "http." + s.Sel.Name + " below ring 4: return an errs kind, and let the edge choose the status"})
		}
		return true
	})
	return all
}

// statusExceptions: rooms below ring 4 that read the status of a server they called.
var statusExceptions = []exception{}

func TestNoHTTPStatusBelowTheEdges(t *testing.T) {
	below := func(f *file) bool {
		r, ok := roomOf(f.dir())
		return f.code() && ok && r.ring < 4
	}
	check(t, below, httpStatus, statusExceptions...)
}

func isIdent(n ast.Expr, name string) bool {
	id, ok := n.(*ast.Ident)
	return ok && id.Name == name
}

func TestRingRules(t *testing.T) {
	for _, c := range []struct {
		from, to string
		refused  bool
	}{
		{"ticket", "db", false},
		{"ticket", "intake", true},
		{"ticket", "conversation", false},
		{"routing", "notify", true},
		{"crm/record", "crm/filter", false},
		{"api/tickets", "api", false},
		{"api/tickets", "hubspot/crm", true},
		{"api/tickets", "gate", false},
		{"gate", "api/tickets", true},
		{"channel/email", "gate", true},
		{"channel/email", "mime", false},
		{"channel/email", "ticket", true},
		{"channel/email", "db", true},
		{"channel/email", "channel/chat", true},
		{"channel", "channel/email", true},
		{"ticket", "db/dbtest", true},
		{"db/dbtest", "db", false},
		{"attic", "db", true},
		{"cmd/deskbell", "site", false},
	} {
		if says := ringProblem(c.from, c.to); (says != "") != c.refused {
			t.Errorf("%s -> %s: %q, refused should be %v", c.from, c.to, says, c.refused)
		}
	}
}
