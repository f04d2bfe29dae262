package db

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"syscall"
)

// lockMigration makes processes that migrate the same database wait for one another. It is held before the first statement:
// on PostgreSQL even CREATE TABLE IF NOT EXISTS fails when two run it at once.
func lockMigration(ctx context.Context, conn *sql.DB, url string) (unlock func() error, err error) {
	if IsPostgresURL(url) {
		return lockSession(ctx, conn)
	}
	f, err := os.OpenFile(url+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, err
	}
	// Closing releases the lock; the empty file stays, since removing it would let two lock different files.
	return f.Close, nil
}

// migrationLock is the number of PostgreSQL's advisory lock; anything will do that nothing else takes.
const migrationLock = 0x6465736b62656c6c // "deskbell"

// lockSession holds the lock with one connection; PostgreSQL frees it when that ends.
func lockSession(ctx context.Context, conn *sql.DB) (unlock func() error, err error) {
	session, err := conn.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := session.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return nil, errors.Join(err, session.Close())
	}
	return session.Close, nil
}
