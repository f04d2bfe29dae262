package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryIDInATestIsPromised keeps mistyped ids out of the tree.
func TestEveryIDInATestIsPromised(t *testing.T) {
	promises, found, err := read(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if len(promises) < 100 {
		t.Errorf("only %d promises in %s: was the list cut?", len(promises), listPath)
	}
	for _, wrong := range unknown(promises, found) {
		t.Errorf("%s, and %s has no such promise: correct the id, or add its line", wrong, listPath)
	}
}

const list = "# promises\n\nMAIL-3 threading\nMAIL-4 any mail parses\nSTAT-1 statuses\n"

func known(t *testing.T) map[string]bool {
	t.Helper()
	promises, err := readPromises(strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	return areas(promises)
}

func TestReadPromisesRefusesNonsense(t *testing.T) {
	for _, bad := range []string{"MAIL-3\n", "mail-3 words\n", "MAIL-3 a\nMAIL-3 b\n", "threading\n"} {
		if _, err := readPromises(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestGoProofs(t *testing.T) {
	const text = `package p

// TestA shows MAIL-3 and UTF-8.
func TestA(t *testing.T) { // STAT-1
}

func TestThreading_MAIL3(t *testing.T) {}

func TestUTF8(t *testing.T) {}

// Golden mails for MAIL-4.
var golden = 1
`
	found, err := goProofs("mime/a_test.go", text, known(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []proof{
		{"MAIL-3", "mime/a_test.go", "TestA"}, {"STAT-1", "mime/a_test.go", "TestA"},
		{"MAIL-3", "mime/a_test.go", "TestThreading_MAIL3"}, {"MAIL-4", "mime/a_test.go", ""},
	}
	if !slices.Equal(found, want) {
		t.Errorf("found %v\nwant  %v", found, want)
	}
}

func TestWebProofs(t *testing.T) {
	const text = "// STAT-1\n\ntest(\"statuses are edited\", () => {});\nit('threads (MAIL-3)', () => {});\n// all about MAIL-4\n"
	found, err := webProofs("web/a.test.ts", text, known(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []proof{
		{"STAT-1", "web/a.test.ts", "statuses are edited"}, {"MAIL-3", "web/a.test.ts", "threads (MAIL-3)"}, {"MAIL-4", "web/a.test.ts", ""},
	}
	if !slices.Equal(found, want) {
		t.Errorf("found %v\nwant  %v", found, want)
	}
}

func TestRunWritesThePage(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(listPath, list)
	write("mime/a_test.go", "package p\n\nfunc TestA() {} // nothing\n\n// TestB shows MAIL-4.\nfunc TestB() {}\n")
	if err := run(root); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, pagePath))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{"| MAIL-4 | any mail parses | mime TestB |", "| MAIL-3 | threading | not yet |", "1 of 3 promises"} {
		if !strings.Contains(string(text), row) {
			t.Errorf("the page has no %q:\n%s", row, text)
		}
	}

	write("mime/b_test.go", "package p\n\nfunc TestC() {} // MAIL-99\n\n// MAIL-99\n")
	if err := run(root); err == nil || !strings.Contains(err.Error(), "MAIL-99") {
		t.Errorf("an id that nobody promised gives %v", err)
	}
}
