package db

import (
	"os"
	"syscall"
)

// lockMigration makes processes that migrate the same SQLite file wait for one another. PostgreSQL has goose's locker.
func lockMigration(url string) (unlock func(), err error) {
	if IsPostgresURL(url) {
		return func() {}, nil
	}
	f, err := os.OpenFile(url+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, err
	}
	// Closing releases the lock; the empty file stays, since removing it would let two lock different files.
	return func() { _ = f.Close() }, nil
}
