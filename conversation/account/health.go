package account

import (
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
)

// Health is how a channel's receiver fares (CHAN-4).
type Health struct {
	LastSuccess  time.Time // zero for never
	FailingSince time.Time // zero when it works
	Failures     int       // since the last success
	Error        string    // the newest, in plain words
	Down         bool      // admins were told
}

// Healths returns the health of every account, by id.
func (s *Store) Healths(tx *db.Tx) (map[int64]Health, error) {
	out := map[int64]Health{}
	_, err := db.List(tx, func(sc db.Scanner) (id int64, err error) {
		var h Health
		id, h, err = scanHealth(sc)
		out[id] = h
		return id, err
	}, selectHealth)
	return out, err
}

const selectHealth = "SELECT id, success_at, failing_since, failures, error, down FROM accounts"

func scanHealth(sc db.Scanner) (id int64, h Health, err error) {
	var success, failing *int64
	err = sc.Scan(&id, &success, &failing, &h.Failures, &h.Error, &h.Down)
	h.LastSuccess, h.FailingSince = instant(success), instant(failing)
	return id, h, err
}

func instant(us *int64) time.Time {
	if us == nil {
		return time.Time{}
	}
	return clock.FromMicros(*us)
}

func (s *Store) health(tx *db.Tx, id int64) (Health, error) {
	h, _, err := db.One(tx, func(sc db.Scanner) (h Health, err error) {
		_, h, err = scanHealth(sc)
		return h, err
	}, selectHealth+" WHERE id = $1"+tx.ForUpdate(), id)
	return h, err
}

// A channel is down when it failed this often in a row and for this long: a restart of the mail server is no news.
const (
	downAfter    = 3
	downDuration = 2 * time.Minute
)

// Works notes a success of an account's receiver. The first, and the first after failures, is told as an event, so that
// whoever looks at the channel sees it.
func (s *Store) Works(tx *db.Tx, a Account) error {
	h, err := s.health(tx, a.ID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE accounts SET success_at = $2, failing_since = NULL, failures = 0, error = '', down = FALSE WHERE id = $1`,
		a.ID, tx.Micros())
	if err == nil && (h.LastSuccess.IsZero() || h.Failures > 0) {
		healthChanged(tx, "channel.up", a, "")
	}
	return err
}

// Fails notes a failure of an account's receiver. The first is told as an event, and again when it is down: that admins
// hear of.
func (s *Store) Fails(tx *db.Tx, a Account, reason string) error {
	h, err := s.health(tx, a.ID)
	if err != nil {
		return err
	}
	since := h.FailingSince
	if since.IsZero() {
		since = tx.Now
	}
	down := h.Down || h.Failures+1 >= downAfter && tx.Now.Sub(since) >= downDuration
	_, err = tx.Exec("UPDATE accounts SET failing_since = $2, failures = failures + 1, error = $3, down = $4 WHERE id = $1",
		a.ID, since.UnixMicro(), cut(reason, errorMost), down)
	switch {
	case err != nil:
	case down && !h.Down:
		healthChanged(tx, "channel.down", a, reason)
	case h.Failures == 0:
		healthChanged(tx, "channel.failing", a, reason)
	}
	return err
}

func healthChanged(tx *db.Tx, what string, a Account, reason string) {
	event.Emit(tx, event.Event{Type: what, ObjectType: "channels", ObjectID: a.ID, Actor: event.Actor{Kind: event.Channel, ID: a.ID},
		Data: HealthChanged{AccountID: a.ID, Name: a.Name, Error: cut(reason, errorMost)}})
}

// HealthChanged is the data of "channel.failing", "channel.down" and "channel.up" (CHAN-4).
type HealthChanged struct {
	AccountID int64
	Name      string
	Error     string
}

// Changed is the data of "channel.changed": made, changed, paused or removed.
type Changed struct{ AccountID int64 }

func cut(text string, most int) string {
	for i := range text {
		if most--; most < 0 {
			return text[:i]
		}
	}
	return text
}

// errorMost bounds what is kept of an error, in characters.
const errorMost = 1000

// Cursor is where an account's receiver stands; "" at first.
func (s *Store) Cursor(tx *db.Tx, account int64) (string, error) {
	return db.Value[string](tx, "SELECT cursor FROM accounts WHERE id = $1", account)
}

// SaveCursor keeps where an account's receiver stands.
func (s *Store) SaveCursor(tx *db.Tx, account int64, cursor string) error {
	_, err := tx.Exec("UPDATE accounts SET cursor = $2 WHERE id = $1", account, cursor)
	return err
}

// Lease gives an account's receiver to one owner until a time, so that of several nodes one fetches; false when another
// owner has it. Renew it before it ends.
func (s *Store) Lease(tx *db.Tx, account, owner int64, until time.Time) (bool, error) {
	n, err := tx.Exec(`UPDATE accounts SET lease_owner = $2, lease_until = $3 WHERE id = $1 AND active
AND (lease_owner IS NULL OR lease_owner = $2 OR lease_until < $4)`, account, owner, until.UnixMicro(), tx.Micros())
	return n == 1, err
}

// Release gives a lease back.
func (s *Store) Release(tx *db.Tx, account, owner int64) error {
	_, err := tx.Exec("UPDATE accounts SET lease_owner = NULL, lease_until = NULL WHERE id = $1 AND lease_owner = $2", account, owner)
	return err
}
