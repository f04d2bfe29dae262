package column

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/deskbell/deskbell/db"
)

// SetKey names one set of ids: whose it is, and what of them.
type SetKey struct {
	Owner int64
	Kind  string // without a space
}

// Members is how sets are read from the database.
type Members struct {
	All   func(tx *db.Tx, key SetKey) ([]int64, error)              // of a set
	Among func(tx *db.Tx, key SetKey, ids []int64) ([]int64, error) // which of some are in it
}

const (
	setsMost   = 512 // that are kept, those last asked for
	memberMost = 256 // changes of a set that are read one by one; after more it is read whole
)

// Sets keeps sets of ids in memory, true as columns are: each change is noted after its commit, and whoever asks reads what
// was noted since in its own transaction.
type Sets struct {
	read  Members
	topic string
	log   *changes[member]

	mu   sync.Mutex
	sets map[SetKey]*set
	uses int64
}

type member struct {
	key SetKey
	id  int64
}

// set is one set. Its ids are never changed in place: who asked for them may still read them.
type set struct {
	ids  []int64 // sorted
	asOf int64
	used int64
}

// NewSets returns empty sets. The name is unique in a program; they listen until the database closes.
func NewSets(d *db.DB, name string, read Members) *Sets {
	s := &Sets{read: read, topic: "sets." + name, log: &changes[member]{d: d}, sets: map[SetKey]*set{}}
	d.Listen(s.topic, s.hear)
	return s
}

// Changed says that the transaction puts an id into a set or takes it out.
func (s *Sets) Changed(tx *db.Tx, key SetKey, id int64) {
	tx.AfterCommit(func() { s.log.add(member{key, id}) })
	tx.Tell(s.topic, strconv.FormatInt(key.Owner, 10)+" "+key.Kind+" "+strconv.FormatInt(id, 10))
}

func (s *Sets) hear(payload string, ok bool) {
	parts := strings.Split(payload, " ")
	if !ok || len(parts) != 3 {
		s.log.lose()
		return
	}
	owner, errOwner := strconv.ParseInt(parts[0], 10, 64)
	id, errID := strconv.ParseInt(parts[2], 10, 64)
	if errOwner != nil || errID != nil {
		s.log.lose()
		return
	}
	s.log.add(member{SetKey{owner, parts[1]}, id})
}

// Get returns the sorted ids of a set as they are for the transaction, or younger. Treat them as read-only. It is false in a write
// transaction, and when changes overtook it: then the database must be asked.
func (s *Sets) Get(tx *db.Tx, key SetKey) ([]int64, bool, error) {
	if tx.Writable() {
		return nil, false, nil
	}
	old := s.held(key)
	if old != nil && old.asOf >= tx.Epoch() {
		return old.ids, true, nil
	}
	var changed []int64
	known := false
	if old != nil {
		var notes []member
		notes, known = s.log.between(old.asOf, tx.Epoch())
		for _, n := range notes {
			if n.key == key {
				changed = append(changed, n.id)
			}
		}
	}
	ids, err := s.next(tx, key, old, changed, known)
	if err != nil || !s.log.knows(tx.Epoch()) {
		return nil, false, err
	}
	s.hold(key, &set{ids: ids, asOf: tx.Epoch()})
	return ids, true, nil
}

func (s *Sets) next(tx *db.Tx, key SetKey, old *set, changed []int64, known bool) ([]int64, error) {
	if !known || len(changed) > memberMost {
		ids, err := s.read.All(tx, key)
		slices.Sort(ids)
		return ids, err
	}
	if len(changed) == 0 {
		return old.ids, nil
	}
	slices.Sort(changed)
	changed = slices.Compact(changed)
	in, err := s.read.Among(tx, key, changed)
	if err != nil {
		return nil, err
	}
	slices.Sort(in)
	ids := make([]int64, 0, len(old.ids)+len(in))
	for _, id := range old.ids {
		if _, again := slices.BinarySearch(changed, id); !again {
			ids = append(ids, id)
		}
	}
	ids = append(ids, in...)
	slices.Sort(ids)
	return ids, nil
}

func (s *Sets) held(key SetKey) *set {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uses++
	if held := s.sets[key]; held != nil {
		held.used = s.uses
		return held
	}
	return nil
}

// hold keeps a set, unless a younger one is there, and forgets the one that was not asked for longest.
func (s *Sets) hold(key SetKey, next *set) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held := s.sets[key]; held != nil && held.asOf > next.asOf {
		return
	}
	next.used = s.uses
	s.sets[key] = next
	for len(s.sets) > setsMost {
		var oldest SetKey
		least := s.uses + 1
		for k, one := range s.sets {
			if one.used < least {
				oldest, least = k, one.used
			}
		}
		delete(s.sets, oldest)
	}
}
