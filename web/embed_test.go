package web

import (
	"io/fs"
	"testing"
)

func TestDistIsRootedAtTheBuiltApp(t *testing.T) { // PERF-5: one binary carries the app
	entries, err := fs.ReadDir(Dist(), ".")
	if err != nil {
		t.Fatalf("reading the embedded app: %v", err)
	}
	for _, e := range entries {
		if e.Name() == "dist" {
			t.Fatal("Dist() is one folder too high: it shows dist/ itself")
		}
	}
	if len(entries) == 0 {
		t.Fatal("Dist() is empty: web/dist/.gitkeep is missing")
	}
}
