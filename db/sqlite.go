package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"runtime"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

const (
	engineSQLite = "sqlite"
	groupMost    = 256                   // writes that share one commit
	groupTime    = 20 * time.Millisecond // a group older than this takes no more writes
	groupWait    = time.Millisecond      // how long a commit waits for a write that is likely to come
	writeQueue   = 1024
)

// sqliteEngine is one writer connection that groups commits, and a pool of read connections.
type sqliteEngine struct {
	log     *slog.Logger
	hub     *hub
	trace   func(...string)
	writeDB *sql.DB
	readDB  *sql.DB
	writer  *sqliteConn
	readers chan *sqliteConn
	size    int
	usual   int // how many writes shared the last commit
	wait    time.Duration
	span    time.Duration

	mu     sync.RWMutex // guards queue against a send after close
	closed bool
	gone   chan struct{} // closed with it: a reader that waits for a connection must not wait for ever
	queue  chan *pendingWrite
	done   chan struct{}
}

type pendingWrite struct {
	ctx    context.Context
	job    writeJob
	result chan error
}

var errClosed = errors.New("the database is closed")

func sqliteDSN(path string, readOnly bool) string {
	q := url.Values{}
	add := func(p string) { q.Add("_pragma", p) }
	add("busy_timeout(10000)")
	add("journal_mode(WAL)")
	add("synchronous(FULL)") // what was acknowledged survives a power cut
	add("foreign_keys(ON)")
	add("temp_store(MEMORY)")
	if readOnly {
		add("query_only(ON)")
		add("cache_size(-8000)")
	} else {
		add("cache_size(-32000)")
		add("wal_autocheckpoint(4000)")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

func openSQLite(ctx context.Context, cfg Config, h *hub) (*sqliteEngine, error) {
	s := &sqliteEngine{log: cfg.Log, hub: h, trace: cfg.Trace, size: cfg.Readers, wait: groupWait, span: groupTime, gone: make(chan struct{}),
		queue: make(chan *pendingWrite, writeQueue), done: make(chan struct{})}
	if s.size == 0 {
		s.size = max(4, 2*runtime.NumCPU())
	}
	var err error
	if s.writeDB, err = sql.Open("sqlite", sqliteDSN(cfg.URL, false)); err != nil {
		return nil, err
	}
	if s.readDB, err = sql.Open("sqlite", sqliteDSN(cfg.URL, true)); err != nil {
		return nil, errors.Join(err, s.writeDB.Close())
	}
	if err := s.connect(ctx); err != nil {
		return nil, errors.Join(err, s.writeDB.Close(), s.readDB.Close())
	}
	go s.writeLoop()
	return s, nil
}

func (s *sqliteEngine) connect(ctx context.Context) error {
	c, err := s.writeDB.Conn(ctx)
	if err != nil {
		return err
	}
	s.writer = newSQLiteConn(c, s.trace)
	s.readers = make(chan *sqliteConn, s.size)
	for range s.size {
		s.readers <- nil // opened when first needed
	}
	return nil
}

func (s *sqliteEngine) name() string { return engineSQLite }

func (s *sqliteEngine) relay([]Note) {}

func (s *sqliteEngine) read(ctx context.Context, fn func(conn) error) error {
	var c *sqliteConn
	select {
	case c = <-s.readers:
	case <-s.gone:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { s.readers <- c }()
	select {
	case <-s.gone:
		return errClosed
	default:
	}
	if c == nil {
		raw, err := s.readDB.Conn(ctx)
		if err != nil {
			return err
		}
		c = newSQLiteConn(raw, s.trace)
	}
	if err := c.run(ctx, "BEGIN"); err != nil {
		return err
	}
	err := fn(c)
	// Not ctx: the connection must be clean for the next reader even when this one gave up.
	if endErr := c.run(context.WithoutCancel(ctx), "ROLLBACK"); endErr != nil {
		c.close()
		c = nil
		return errors.Join(err, endErr)
	}
	return err
}

func (s *sqliteEngine) write(ctx context.Context, job writeJob) error {
	p := &pendingWrite{ctx: ctx, job: job, result: make(chan error, 1)}
	if err := s.enqueue(p); err != nil {
		return err
	}
	// Waits even past ctx: whoever asked must learn whether it happened.
	return <-p.result
}

func (s *sqliteEngine) enqueue(p *pendingWrite) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return errClosed
	}
	select {
	case s.queue <- p:
		return nil
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
}

func (s *sqliteEngine) writeLoop() {
	defer close(s.done)
	for p := range s.queue {
		s.group(p)
	}
}

// group runs first and whatever waits behind it in one transaction, each in a savepoint, and commits once.
func (s *sqliteEngine) group(first *pendingWrite) {
	bg := context.Background()
	if err := s.writer.run(bg, "BEGIN IMMEDIATE"); err != nil {
		first.result <- err
		return
	}
	started := time.Now()
	var good []*pendingWrite
	n := 0
	for p := first; p != nil; {
		n++
		broken, err := s.one(p)
		if err != nil {
			p.result <- err
		} else {
			good = append(good, p)
		}
		p = nil
		if n < groupMost && time.Since(started) < s.span && !broken {
			p = s.another(n)
		}
	}
	s.usual = len(good)
	err := s.writer.run(bg, "COMMIT")
	if err != nil {
		s.log.Error("commit failed", "writes", len(good), "error", err)
		if rbErr := s.writer.run(bg, "ROLLBACK"); rbErr != nil {
			s.log.Error("rollback failed", "error", rbErr)
		}
		s.hub.loseAll() // caches may hold what was never committed
	}
	for _, p := range good {
		if err == nil {
			p.job.done()
		}
		p.result <- err
	}
}

// another is the next write of a group that has n: one that waits, or one that comes in a moment. A commit costs as much as
// some writes do, and who shared the last one is likely to be back: without a moment's wait the writer, which is quicker than
// those who think between their writes, would commit nearly every write by itself.
func (s *sqliteEngine) another(n int) *pendingWrite {
	select {
	case p := <-s.queue: // nil once closed and empty
		return p
	default:
	}
	if n >= s.usual {
		return nil
	}
	timer := time.NewTimer(s.wait)
	defer timer.Stop()
	select {
	case p := <-s.queue:
		return p
	case <-timer.C:
		return nil
	}
}

// one runs a write in its savepoint. Its statements ignore cancellation: SQLite answers an interrupt inside a
// transaction by rolling back all of it, with everybody else's writes. A full disk makes it do the same: then the group
// is broken, and nothing more may run in it, since a savepoint outside of a transaction would commit by itself.
func (s *sqliteEngine) one(p *pendingWrite) (broken bool, err error) {
	if err := p.ctx.Err(); err != nil {
		return false, err
	}
	ctx := context.WithoutCancel(p.ctx)
	if err := s.writer.run(ctx, "SAVEPOINT w"); err != nil {
		return true, err
	}
	err = p.job.body(ctx, s.writer)
	if err != nil {
		if rbErr := s.writer.run(ctx, "ROLLBACK TO SAVEPOINT w"); rbErr != nil {
			return true, errors.Join(err, rbErr)
		}
	}
	if relErr := s.writer.run(ctx, "RELEASE SAVEPOINT w"); relErr != nil {
		return true, errors.Join(err, fmt.Errorf("release savepoint: %w", relErr))
	}
	return false, err
}

func (s *sqliteEngine) close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.gone)
	close(s.queue)
	s.mu.Unlock()
	<-s.done
	s.writer.close()
	for range s.size {
		if c := <-s.readers; c != nil {
			c.close()
		}
	}
	return errors.Join(s.readDB.Close(), s.writeDB.Close())
}
