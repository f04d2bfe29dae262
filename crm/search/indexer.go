package search

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/deskbell/deskbell/crm/search/word"
	"github.com/deskbell/deskbell/db"
)

const (
	leaseTime  = 15 * time.Second
	gatherTime = 300 * time.Millisecond // what is written within it is indexed together
	pollTime   = 10 * time.Second       // looks even if nobody said a word
	retryTime  = time.Second            // after the database refused
	restMost   = 250 * time.Millisecond // between two folds of much work, which leaves half of a processor to others
)

// version is that of everything that decides what stands in the index.
const version = word.Version

// Indexer adds to the index what was written. Of many nodes one does, as long as it lives.
type Indexer struct {
	x     *Index
	log   *slog.Logger
	owner int64
	turn  int64     // of the lease
	until time.Time // when it ends
	taken bool      // another node had the lease when it was last looked at
}

// NewIndexer returns the indexer of a node; see db.Config for its number. Call Run once, or Fold where nothing runs.
func NewIndexer(x *Index, log *slog.Logger, node int) *Indexer {
	return &Indexer{x: x, log: log, owner: int64(node)}
}

// Run indexes until ctx ends.
func (i *Indexer) Run(ctx context.Context) error {
	wake := make(chan struct{}, 1)
	defer i.x.db.Listen(topic, func(string, bool) {
		select {
		case wake <- struct{}{}:
		default:
		}
	})()
	for ctx.Err() == nil {
		began := time.Now()
		worked, err := i.once(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			i.log.Error("indexing for search failed; trying again", "error", err)
			pause(ctx, nil, retryTime)
		case worked:
			pause(ctx, nil, min(time.Since(began), restMost))
		default:
			if pause(ctx, wake, pollTime) {
				pause(ctx, nil, gatherTime)
			}
		}
	}
	return nil
}

// pause waits; it reports whether wake ended it early.
func pause(ctx context.Context, wake <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-wake:
		return true
	}
	return false
}

// Fold indexes until nothing is left to do. It is an error when another node has the index.
func (i *Indexer) Fold(ctx context.Context) error {
	for {
		worked, err := i.once(ctx)
		if err != nil {
			return err
		}
		if i.taken {
			return errors.New("search: another node adds to the index")
		}
		if !worked {
			return nil
		}
	}
}

// once does one fold; worked is false when there was nothing to do, or when another node does it.
func (i *Indexer) once(ctx context.Context) (worked bool, err error) {
	if ready, err := i.hold(ctx); err != nil || !ready {
		return false, err
	}
	var f *fold
	err = i.x.db.Read(ctx, func(tx *db.Tx) (err error) {
		f, err = i.x.prepare(tx)
		return err
	})
	if err != nil || f == nil {
		return false, err
	}
	until := i.x.db.Clock().Now().Add(leaseTime)
	err = i.x.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE search_state SET until = $1 WHERE id = 1 AND owner = $2 AND turn = $3", until.UnixMicro(), i.owner, i.turn)
		if err == nil && n == 0 {
			err = errLost
		}
		if err != nil {
			return err
		}
		return f.store(tx)
	})
	if err != nil {
		i.until = time.Time{}
		if errors.Is(err, errLost) {
			return false, nil
		}
		return false, fmt.Errorf("store what was indexed: %w", err)
	}
	i.until = until
	for _, t := range f.later {
		if t.parts == build {
			i.log.Info("building the search index", "of", t.objectType, "down to", t.after)
		}
	}
	return true, nil
}

var errLost = errors.New("another node adds to the index now")

// selectWork tells whether there is something to do, and whether another node is doing it.
const selectWork = `SELECT version <> $1 OR EXISTS (SELECT 1 FROM search_todo), owner <> $2 AND until >= $3 FROM search_state WHERE id = 1`

// hold takes the lease, or makes sure of it, when there is something to do. An index made of other words than this
// program's is begun anew.
func (i *Indexer) hold(ctx context.Context) (ready bool, err error) {
	now := i.x.db.Clock().Now()
	var work, taken bool
	err = i.x.db.Read(ctx, func(tx *db.Tx) error {
		_, _, err := db.One(tx, func(s db.Scanner) (struct{}, error) { return struct{}{}, s.Scan(&work, &taken) },
			selectWork, version, i.owner, now.UnixMicro())
		return err
	})
	if i.taken = taken; err != nil || !work || taken {
		return false, err
	}
	if i.until.Sub(now) > leaseTime/2 {
		return true, nil
	}
	until := now.Add(leaseTime)
	err = i.x.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE search_state SET owner = $1, until = $2, turn = turn + 1 WHERE id = 1 AND (owner = $1 OR until < $3)",
			i.owner, until.UnixMicro(), now.UnixMicro())
		if ready = n == 1; err != nil || !ready {
			return err
		}
		return i.begin(tx)
	})
	if err != nil || !ready {
		return false, err
	}
	i.until = until
	return true, nil
}

func (i *Indexer) begin(tx *db.Tx) error {
	made := 0
	_, _, err := db.One(tx, func(s db.Scanner) (struct{}, error) { return struct{}{}, s.Scan(&i.turn, &made) },
		"SELECT turn, version FROM search_state WHERE id = 1")
	if err != nil || made == version {
		return err
	}
	if _, err := tx.Exec("UPDATE search_state SET version = $1 WHERE id = 1", version); err != nil {
		return err
	}
	return i.x.rebuildAll(tx)
}
