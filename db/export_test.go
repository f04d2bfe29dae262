package db

import (
	"context"
	"slices"
	"time"
)

// Queued is how many writes wait for the writer of a SQLite database.
func Queued(d *DB) int { return len(d.eng.(*sqliteEngine).queue) }

// StatementsKept is how many prepared statements the writer holds.
func StatementsKept(d *DB) int { return len(d.eng.(*sqliteEngine).writer.cache) }

// StatementsMost is how many prepared statements a connection keeps.
const StatementsMost = statementsMost

// ReadMigrations reads migration files for one of the databases.
var ReadMigrations = readMigrations

// WaitLong makes commits of a SQLite database wait for as long as it takes until as many writes came as shared the last one.
func WaitLong(d *DB) {
	s := d.eng.(*sqliteEngine)
	s.wait, s.span = time.Hour, time.Hour
}

// MigrateTo is Migrate by an older program, whose newest migration is of a version.
func MigrateTo(ctx context.Context, url string, version int64) error {
	files, err := readMigrations(migrationFiles, IsPostgresURL(url))
	if err == nil {
		_, err = migrate(ctx, url, slices.DeleteFunc(files, func(m migration) bool { return m.version > version }))
	}
	return err
}
