// Package dbtest gives tests a migrated database of each kind. It starts PostgreSQL's binaries in a temporary folder
// when they are found; it knows no table.
package dbtest

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
)

// Start is where the fixed clock of every test database stands at first: a Monday morning.
var Start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// Each runs the story on both databases, with a clock that stands still. On a machine without PostgreSQL only SQLite runs.
func Each(t *testing.T, story func(t *testing.T, cfg db.Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { story(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { story(t, Postgres(t)) })
}

// EachDB is Each with the database opened.
func EachDB(t *testing.T, story func(t *testing.T, d *db.DB)) {
	t.Helper()
	Each(t, func(t *testing.T, cfg db.Config) { story(t, Open(t, cfg)) })
}

// Open opens the database and closes it when the test ends.
func Open(t testing.TB, cfg db.Config) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// SQLite is a migrated database in a temporary folder.
func SQLite(t testing.TB) db.Config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "desk.db")
	if _, err := db.Migrate(context.Background(), file); err != nil {
		t.Fatal(err)
	}
	return config(file)
}

func config(url string) db.Config {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return db.Config{URL: url, Clock: clock.At(Start), Log: log}
}

// Do runs fn in a write transaction and fails the test on an error.
func Do(t testing.TB, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// See runs fn in a read transaction and fails the test on an error.
func See(t testing.TB, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Read(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}
