package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people/audit"
)

const (
	sessionLife  = 30 * 24 * time.Hour
	seenEvery    = 5 * time.Minute // how often a session's and user's last use is written
	hashesAtOnce = 4
	passwordMin  = 8
	passwordMost = 200
	tokenPrefix  = "pat-desk-"
)

// weak says why a password is refused, "" if it is not (OWASP ASVS 5.0, 6.2).
func weak(password, email string) string {
	switch n := utf8.RuneCountInString(password); {
	case n < passwordMin:
		return fmt.Sprintf("The password needs at least %d characters.", passwordMin)
	case n > passwordMost:
		return fmt.Sprintf("The password may have at most %d characters.", passwordMost)
	case strings.EqualFold(password, email) || oneLetter(password):
		return "The password is too easy to guess."
	}
	return ""
}

// oneLetter reports whether a password is one letter again and again.
func oneLetter(password string) bool {
	_, size := utf8.DecodeRuneInString(password)
	return strings.Repeat(password[:size], len(password)/size) == password
}

func (s *Service) hash(ctx context.Context, password string) (string, error) {
	release, err := s.slot(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	return argon2id.CreateHash(password, &s.cost)
}

func (s *Service) slot(ctx context.Context) (release func(), err error) {
	select {
	case s.hashing <- struct{}{}:
		return func() { <-s.hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// noHash is compared against when the user does not exist, so that time tells nothing. It is of a random password.
const noHash = "$argon2id$v=19$m=65536,t=1,p=2$YWJjZGVmZ2hpamtsbW5vcA$0nZb5C1VbqVmnhWTqfKX1Zr8n9hS2mKSWz5wJmVb6sM"

var errSignIn = errs.New(errs.Unauthenticated, "The e-mail or the password is wrong.", nil)

// SignIn checks an e-mail and password and starts a session. secret is the cookie's value, shown once. Guessing is
// slowed by e-mail and by address (ACC-7).
func (s *Service) SignIn(ctx context.Context, email, password, agent, address string) (secret string, u User, err error) {
	email = strings.ToLower(strings.TrimSpace(email))
	possible := goodEmail(email) && len(password) <= 4*passwordMost
	keys := []string{"a:" + address}
	if possible { // what cannot be an address is not worth remembering
		keys = append(keys, "e:"+email)
	}
	forgive, ok := s.slow.take(s.db.Clock().Now(), keys...)
	if !ok {
		return "", User{}, errs.New(errs.Limited, "Too many attempts. Wait a minute and try again.", nil)
	}
	if !possible {
		return "", User{}, errSignIn
	}
	type row struct {
		id     int64
		hash   string
		active bool
	}
	var r row
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		r, _, err = db.One(tx, func(sc db.Scanner) (r row, err error) {
			return r, sc.Scan(&r.id, &r.hash, &r.active)
		}, "SELECT id, password_hash, active FROM users WHERE email = $1", email)
		return err
	})
	if err != nil {
		return "", User{}, err
	}
	if err := s.verify(ctx, password, r.hash); err != nil {
		return "", User{}, s.failed(ctx, r.id, email, agent, address, err)
	}
	if !r.active {
		return "", User{}, s.failed(ctx, r.id, email, agent, address,
			errs.New(errs.Unauthenticated, "This user was deactivated. Ask an admin.", nil))
	}
	forgive()
	return s.startSession(ctx, r.id, agent, address)
}

// failed writes down a sign-in that was refused, in a transaction of its own: there is no other. It returns why it was.
func (s *Service) failed(ctx context.Context, user int64, email, agent, address string, why error) error {
	if !errs.Is(why, errs.Unauthenticated) {
		return why
	}
	by := Actor{Kind: event.User, ID: user, Name: email}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		return Audit(tx, by, audit.Entry{Action: "sign-in.failed", Address: address, Object: email, Detail: map[string]string{"agent": agent, "why": why.Error()}})
	})
	if err != nil {
		return err
	}
	return why
}

func (s *Service) verify(ctx context.Context, password, hash string) error {
	release, err := s.slot(ctx)
	if err != nil {
		return err
	}
	defer release()
	known := hash != ""
	if !known {
		hash = noHash
	}
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil && known {
		return fmt.Errorf("compare password: %w", err)
	}
	if !match || !known {
		return errSignIn
	}
	return nil
}

func (s *Service) startSession(ctx context.Context, user int64, agent, address string) (string, User, error) {
	secret := NewSecret()
	var u User
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO sessions (token_hash, user_id, created_at, seen_at, expires_at, agent, address)
VALUES ($1, $2, $3, $3, $4, $5, $6)`, HashSecret(secret), user, tx.Micros(), clock.Micros(tx.Now.Add(sessionLife)), cut(agent), cut(address))
		if err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE users SET last_seen_at = $2 WHERE id = $1", user, tx.Micros()); err != nil {
			return err
		}
		if u, err = s.lookUp(tx, user); err != nil {
			return err
		}
		return Audit(tx, u.Actor(), audit.Entry{Action: "sign-in.ok", Address: address, ObjectType: "users", ObjectID: u.ID, Object: u.Email,
			Detail: map[string]string{"agent": agent}})
	})
	return secret, u, err
}

// lookUp finds a user; one whom another process added a moment ago is not in the directory yet.
func (s *Service) lookUp(tx *db.Tx, id int64) (User, error) {
	dir, err := s.directory.Get(tx)
	if err != nil {
		return User{}, err
	}
	if u, ok := dir.User(id); ok {
		return u, nil
	}
	s.directory.Invalidate(tx)
	if dir, err = s.directory.Get(tx); err != nil {
		return User{}, err
	}
	u, ok := dir.User(id)
	if !ok {
		return User{}, errNoUser
	}
	return u, nil
}

func cut(s string) string {
	if len(s) > 300 {
		s = s[:300]
	}
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
}

var errNoSession = errs.New(errs.Unauthenticated, "You are signed out. Sign in again.", nil)

// Session returns the user of a session's secret.
func (s *Service) Session(ctx context.Context, secret string) (u User, err error) {
	var seen int64
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		type row struct{ user, seen, expires int64 }
		r, ok, err := db.One(tx, func(sc db.Scanner) (r row, err error) {
			return r, sc.Scan(&r.user, &r.seen, &r.expires)
		}, "SELECT user_id, seen_at, expires_at FROM sessions WHERE token_hash = $1", HashSecret(secret))
		if err != nil {
			return err
		}
		if !ok || r.expires <= tx.Micros() {
			return errNoSession
		}
		dir, err := s.directory.Get(tx)
		if err != nil {
			return err
		}
		if u, ok = dir.User(r.user); !ok || !u.Active {
			return errNoSession
		}
		seen = r.seen
		return nil
	})
	if err == nil && s.db.Clock().Now().Sub(clock.FromMicros(seen)) > seenEvery {
		err = s.touch(ctx, secret, u.ID)
	}
	return u, err
}

// touch writes that a session is in use and moves its end.
func (s *Service) touch(ctx context.Context, secret string, user int64) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE token_hash = $1",
			HashSecret(secret), tx.Micros(), clock.Micros(tx.Now.Add(sessionLife))); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE users SET last_seen_at = $2 WHERE id = $1", user, tx.Micros())
		return err
	})
}

// SignOut ends a session; an unknown secret is fine.
func (s *Service) SignOut(ctx context.Context, secret string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM sessions WHERE token_hash = $1", HashSecret(secret))
		return err
	})
}

// NewSecret is 256 random bits in letters and digits.
func NewSecret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}

// HashSecret is how a secret is kept: it has 256 random bits, which need no slow hash.
func HashSecret(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}
