package house

import (
	"strings"
	"testing"
)

// source parses a snippet as a file of the tree.
func source(t *testing.T, text string) *file {
	t.Helper()
	f, err := parse("ticket/snippet.go", text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestRulesFindWhatTheyForbid shows for each rule one source that breaks it and one that does not.
func TestRulesFindWhatTheyForbid(t *testing.T) {
	one := func(rule func([]*file) []problem) func(*file) []problem {
		return func(f *file) []problem { return rule([]*file{f}) }
	}
	wiring := func(f *file) []problem { return setters(f, interfaceNames([]*file{f})) }
	for _, c := range []struct {
		name      string
		rule      func(*file) []problem
		bad, good string
	}{
		{"init", inits, `func init() {}`, `func start() {}; type T int; func (T) init() {}`},
		{"map that is filled", one(state), `var m = map[string]int{}; func f() { m["a"] = 1 }`, `var m = map[string]int{"a": 1}; func f() int { return m["a"] }`},
		{"counter", one(state), `var n int; func f() { n++ }`, `func f() { n := 0; n++ }`},
		{"shadowed table", one(state), `var m = 1; func f() { m = 2 }`, `var m = 1; func f() { m := 2; m = 3; _ = m }`},
		{"mutex", one(state), `var mu sync.Mutex`, `var re = regexp.MustCompile("a")`},
		{"pointer", one(state), `var s = &Service{}`, `var _ I = &Service{}`},
		{"connection", one(state), `var db = open()`, `var errGone = errors.New("gone")`},
		{"function swapped by a test", one(state), `var now = time.Now; func f() { now = nil }`, `var now = time.Now`},
		{"setter", wiring, `type I interface{ M() }; func (s *S) SetMailer(i I) {}`, `func (s *S) SetName(n string) {}`},
		{"setter of a function", wiring, `func (s *S) SetNotify(f func()) {}`, `func (s *S) Settle(f func()) {}`},
		{"status", httpStatus, `var s = http.StatusOK`, `var m = http.MethodGet`},
		{"interface", wideInterfaces, `type I interface { A(); B(); C(); D(); E(); F() }`, `type I interface { A(); B(); C(); D(); E() }`},
		{"constructor", wideConstructors, `func New(a, b, c, d, e, f, g, h, i int) {}`, `func New(a, b, c, d, e, f, g, h int) {}`},
		{"function", longFuncs, "func f() {\n" + strings.Repeat("x()\n", 60) + "}", "func f() {\n" + strings.Repeat("x()\n", 58) + "}"},
		{"file", longFiles, strings.Repeat("\n", 401), strings.Repeat("\n", 398)},
		{"comment", undocumented, `func F() {}`, "// F does.\nfunc F() {}\nfunc (e E) Error() string { return \"\" }"},
		{"comment of a group", undocumented, "const (\n\tA = 1\n)", "// The letters.\nconst (\n\tA = 1\n)\nconst B = 2 // the other"},
		{"channel compared", channelLadders, `func f() bool { return kind == "email" }`, `func f() bool { return property == "email" }`},
		{"channel switched", channelLadders, `func f() { switch ch.Kind.Name { case "chat": } }`, `func f() { switch name { case "chat": } }`},
		{"channel by constant", channelLadders, `func f() bool { return a.channelKind != email.Kind.Name }`, `var kinds = []channel.Kind{email.Kind}`},
		{"sleep", sleeps, `func f() { time.Sleep(1) }`, `func f() { clock.Advance(1) }`},
		{"mark", unfinishedWork, "// TO" + "DO: later", "// mark it to do"},
		{"machine", machinePaths, "// see /wo" + "rk/notes", "// see https://example.com/wo" + "rk/notes"},
		{"temporary folder", machinePaths, `const dir = "/t` + `mp/x"`, `var dir = os.TempDir()`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.rule(source(t, "package ticket\n"+c.bad+"\n")); len(got) == 0 {
				t.Errorf("nothing found in %q", c.bad)
			}
			if got := c.rule(source(t, "package ticket\n"+c.good+"\n")); len(got) != 0 {
				t.Errorf("found %v in %q", got, c.good)
			}
		})
	}
}

func TestNamesThatSayNothing(t *testing.T) {
	for _, c := range []struct {
		path, text string
		bad        bool
	}{
		{"ticket/assign.go", "package ticket", false},
		{"ticket/utils.go", "package ticket", true},
		{"ticket/assignTicket.go", "package ticket", true},
		{"ticket/common/a.go", "package common", true},
		{"web/src/features/tickets/List.tsx", "", false},
		{"web/src/features/tickets/a b.tsx", "", true},
		{"web/src/Features/list.tsx", "", true},
	} {
		f, err := parse(c.path, c.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := badNames(f); (len(got) > 0) != c.bad {
			t.Errorf("%s: %v, bad should be %v", c.path, got, c.bad)
		}
	}
}
