package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrate brings the schema of the database at url up to date and returns the versions it applied. Concurrent calls wait for one
// another. It refuses a database whose applied migrations are not, byte for byte, the ones this program has.
func Migrate(ctx context.Context, url string) ([]int64, error) {
	files, err := readMigrations(migrationFiles, IsPostgresURL(url))
	if err != nil {
		return nil, err
	}
	applied, err := migrate(ctx, url, files)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return applied, nil
}

// migration is one file with the statements of this database.
type migration struct {
	version int64
	text    string
	sum     string // SHA-256 of the whole file, both databases' lines
}

// readMigrations reads NNNN_name.sql. Lines between "-- sqlite" or "-- postgres" and "-- end" are for that database only.
func readMigrations(files fs.FS, postgres bool) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	out := make([]migration, 0, len(names))
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		number, _, _ := strings.Cut(path.Base(name), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migration %s: its name must begin with a number", name)
		}
		sum := sha256.Sum256(text)
		out = append(out, migration{version, dialectText(string(text), postgres), hex.EncodeToString(sum[:])})
	}
	return out, nil
}

func dialectText(text string, postgres bool) string {
	var out strings.Builder
	skip := false
	for line := range strings.Lines(text) {
		switch strings.TrimSpace(line) {
		case "-- sqlite":
			skip = postgres
		case "-- postgres":
			skip = !postgres
		case "-- end":
			skip = false
		default:
			if !skip {
				out.WriteString(line)
			}
		}
	}
	return out.String()
}

func migrate(ctx context.Context, url string, files []migration) (versions []int64, err error) {
	conn, dialect, err := migrationTarget(url)
	if err != nil {
		return nil, err
	}
	unlock, err := lockMigration(ctx, conn, url)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	// Closed before it is unlocked: SQLite's last connection tidies its files away.
	defer func() { err = errors.Join(err, conn.Close(), unlock()) }()
	if err := checkSums(ctx, conn, files); err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(dialect, conn, nil,
		goose.WithGoMigrations(gooseMigrations(files)...), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	for _, r := range results {
		versions = append(versions, r.Source.Version)
	}
	return versions, err
}

func migrationTarget(url string) (*sql.DB, goose.Dialect, error) {
	if !IsPostgresURL(url) {
		conn, err := sql.Open("sqlite", sqliteDSN(url, false))
		return conn, goose.DialectSQLite3, err
	}
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, "", err
	}
	return stdlib.OpenDB(*cfg), goose.DialectPostgres, nil
}

func gooseMigrations(files []migration) []*goose.Migration {
	out := make([]*goose.Migration, 0, len(files))
	for _, m := range files {
		up := func(ctx context.Context, tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, m.text); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, "INSERT INTO schema_sums (version, sum) VALUES ($1, $2)", m.version, m.sum)
			return err
		}
		out = append(out, goose.NewGoMigration(m.version, &goose.GoFunc{RunTx: up}, nil))
	}
	return out
}

const createSums = `CREATE TABLE IF NOT EXISTS schema_sums (version BIGINT PRIMARY KEY, sum TEXT NOT NULL)`

// checkSums compares what was applied with what this program would apply.
func checkSums(ctx context.Context, conn *sql.DB, files []migration) error {
	if _, err := conn.ExecContext(ctx, createSums); err != nil {
		return err
	}
	known := map[int64]string{}
	for _, m := range files {
		known[m.version] = m.sum
	}
	rows, err := conn.QueryContext(ctx, "SELECT version, sum FROM schema_sums ORDER BY version")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var version int64
		var sum string
		if err := rows.Scan(&version, &sum); err != nil {
			return err
		}
		if want, ok := known[version]; !ok {
			return fmt.Errorf("the database has migration %d, which this program does not know: use the newer program", version)
		} else if want != sum {
			return fmt.Errorf("migration %d was changed after it was applied to this database", version)
		}
	}
	return rows.Err()
}
