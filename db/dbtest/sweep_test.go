package dbtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestSweepTakesOnlyWhatNobodyServes(t *testing.T) {
	temp, now := t.TempDir(), time.Now()
	folder := func(name string, age time.Duration, pid string) {
		t.Helper()
		dir := filepath.Join(temp, name)
		if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
		if pid != "" {
			if err := os.WriteFile(filepath.Join(dir, "data", "postmaster.pid"), []byte(pid+"\n"+dir+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(dir, now, now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	live := fmt.Sprint(os.Getpid())
	folder("deskbell-pg-serves", time.Hour, live)
	folder("deskbell-pg-starts", time.Minute, "")
	folder("deskbell-pg-stopped", time.Hour, "")
	folder("deskbell-pg-killed", time.Hour, "999999999")
	folder("deskbell-pg-torn", time.Hour, "not a number")
	folder("another-program", time.Hour, "999999999")
	sweep(temp, now)
	left, err := filepath.Glob(filepath.Join(temp, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range left {
		names = append(names, filepath.Base(path))
	}
	if got := fmt.Sprint(names); got != "[another-program deskbell-pg-serves deskbell-pg-starts]" {
		t.Errorf("left are %s", got)
	}
}

func TestStoppedServerLeavesNothing(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	// PostgreSQL's user, who is another one where root runs the tests, works in it as in any temporary folder.
	if err := errors.Join(os.Chmod(filepath.Dir(temp), 0o755), os.Chmod(temp, 0o777)); err != nil {
		t.Fatal(err)
	}
	s, err := StartServer()
	if err != nil {
		t.Fatal(err)
	}
	if s == nil {
		t.Skip("PostgreSQL's binaries are not on this machine")
	}
	s.Stop()
	left, err := filepath.Glob(filepath.Join(temp, "*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}
