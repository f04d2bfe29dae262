// Command specstatus writes docs/spec-status.md: each promise of docs/spec-ids.txt with the tests that show it. It
// reads test sources only, and knows nothing of the product.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	listPath = "docs/spec-ids.txt"
	pagePath = "docs/spec-status.md"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "specstatus:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	promises, found, err := read(root)
	if err != nil {
		return err
	}
	if wrong := unknown(promises, found); len(wrong) > 0 {
		return fmt.Errorf("no such promise in %s:\n%s", listPath, strings.Join(wrong, "\n"))
	}
	return os.WriteFile(filepath.Join(root, pagePath), []byte(page(promises, found)), 0o644)
}

func read(root string) ([]promise, []proof, error) {
	list, err := os.Open(filepath.Join(root, listPath))
	if err != nil {
		return nil, nil, fmt.Errorf("run it from the top of the tree: %w", err)
	}
	defer list.Close()
	promises, err := readPromises(list)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", listPath, err)
	}
	found, err := proofs(root, areas(promises))
	return promises, found, err
}

// unknown lists proofs of promises that nobody made: most often a mistyped id.
func unknown(promises []promise, found []proof) []string {
	made := map[string]bool{}
	for _, p := range promises {
		made[p.id] = true
	}
	var wrong []string
	for _, p := range found {
		if !made[p.id] {
			wrong = append(wrong, fmt.Sprintf("%s %s names %s", p.path, p.test, p.id))
		}
	}
	return wrong
}

// page is the whole text of docs/spec-status.md.
func page(promises []promise, found []proof) string {
	byID := map[string][]proof{}
	for _, p := range found {
		byID[p.id] = append(byID[p.id], p)
	}
	shown := 0
	var rows strings.Builder
	for _, p := range promises {
		tests := "not yet"
		if len(byID[p.id]) > 0 {
			shown++
			tests = cell(byID[p.id])
		}
		fmt.Fprintf(&rows, "| %s | %s | %s |\n", p.id, p.words, tests)
	}
	return fmt.Sprintf(`# What is shown to work

Made by `+"`go run ./house/specstatus`"+` from docs/spec-ids.txt and the tests that name an id; do not edit. A test here shows
part of a promise, not always all of it. %d of %d promises have a test.

| id | promise | tests |
| --- | --- | --- |
%s`, shown, len(promises), rows.String())
}

const mostInCell = 6

// cell lists a promise's tests by file, the first few by name.
func cell(found []proof) string {
	var parts []string
	for i, p := range found {
		if i == mostInCell {
			parts = append(parts, fmt.Sprintf("and %d more", len(found)-mostInCell))
			break
		}
		name := filepath.ToSlash(filepath.Dir(p.path)) + " " + p.test
		if p.test == "" {
			name = p.path
		}
		parts = append(parts, strings.ReplaceAll(name, "|", "\\|"))
	}
	return strings.Join(parts, "; ")
}
