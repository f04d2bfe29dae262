package people

import (
	"context"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
)

// Token is a private app's key to the API (ACC-8).
type Token struct {
	ID      int64
	Name    string
	Created time.Time
	Used    time.Time // zero for never; written at most every few minutes
}

var errTokens = errs.New(errs.Denied, "Only an admin may manage API tokens.", nil)

// AddToken makes a token with all scopes. secret is shown once and kept only as a hash.
func (s *Service) AddToken(ctx context.Context, by Actor, name string) (t Token, secret string, err error) {
	if !by.May(ManageTokens) {
		return t, "", errTokens
	}
	name = strings.TrimSpace(name)
	if !goodName(name) {
		return t, "", errs.Bad("name", "INVALID_NAME", "Enter a name of at most 200 letters.")
	}
	secret = tokenPrefix + newSecret()
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		t = Token{ID: tx.NewID(), Name: name, Created: tx.Now}
		_, err := tx.Exec("INSERT INTO tokens (id, name, token_hash, created_at, created_by) VALUES ($1, $2, $3, $4, $5)",
			t.ID, name, sum(secret), tx.Micros(), by.ID)
		return err
	})
	return t, secret, err
}

// Tokens are all tokens, newest first.
func (s *Service) Tokens(tx *db.Tx, by Actor) ([]Token, error) {
	if !by.May(ManageTokens) {
		return nil, errTokens
	}
	return db.List(tx, func(sc db.Scanner) (t Token, err error) {
		var created, used int64
		err = sc.Scan(&t.ID, &t.Name, &created, &used)
		t.Created = clock.FromMicros(created)
		if used > 0 {
			t.Used = clock.FromMicros(used)
		}
		return t, err
	}, "SELECT id, name, created_at, coalesce(used_at, 0) FROM tokens ORDER BY id DESC")
}

// RemoveToken revokes a token at once.
func (s *Service) RemoveToken(tx *db.Tx, by Actor, id int64) error {
	if !by.May(ManageTokens) {
		return errTokens
	}
	n, err := tx.Exec("DELETE FROM tokens WHERE id = $1", id)
	if err == nil && n == 0 {
		return errs.New(errs.NotFound, "There is no such token.", nil)
	}
	return err
}

// App returns the actor of a token.
func (s *Service) App(ctx context.Context, secret string) (a Actor, err error) {
	if !strings.HasPrefix(secret, tokenPrefix) {
		return a, errNoToken
	}
	var used int64
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		var ok bool
		a, ok, err = db.One(tx, func(sc db.Scanner) (a Actor, err error) {
			// A private app has all scopes until scopes can be chosen.
			a = Actor{Kind: event.App, SuperAdmin: true}
			return a, sc.Scan(&a.ID, &a.Name, &used)
		}, "SELECT id, name, coalesce(used_at, 0) FROM tokens WHERE token_hash = $1", sum(secret))
		if err == nil && !ok {
			return errNoToken
		}
		return err
	})
	if err == nil && s.db.Clock().Now().Sub(clock.FromMicros(used)) > seenEvery {
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE tokens SET used_at = $2 WHERE id = $1", a.ID, tx.Micros())
			return err
		})
	}
	return a, err
}

var errNoToken = errs.New(errs.Unauthenticated, "The token is not valid.", nil)

// Setup is the first run: the account and its first admin.
type Setup struct {
	Account Account
	Admin   NewUser
}

// SetupNeeded reports whether nobody can sign in yet. It asks the table: a command may have added the first user.
func (s *Service) SetupNeeded(tx *db.Tx) (bool, error) {
	return db.Value[bool](tx, "SELECT NOT EXISTS (SELECT 1 FROM users)")
}

// SetUp makes the account and its first super admin; prepare runs in the same transaction, for what else a new account
// needs. Once there is a user it is a Conflict.
func (s *Service) SetUp(ctx context.Context, in Setup, prepare func(tx *db.Tx) error) (User, error) {
	admin, err := in.Admin.checked()
	if err != nil {
		return User{}, err
	}
	admin.SuperAdmin = true
	// Asked again below; here it spares whoever asks a desk that is in use the cost of hashing.
	if err := s.db.Read(ctx, s.mustNeedSetup); err != nil {
		return User{}, err
	}
	hash, err := s.hash(ctx, admin.Password)
	if err != nil {
		return User{}, err
	}
	var u User
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock("setup"); err != nil {
			return err
		}
		if err := s.mustNeedSetup(tx); err != nil {
			return err
		}
		if err := s.SetAccount(tx, System, in.Account); err != nil {
			return err
		}
		if u, err = s.insertUser(tx, System, admin, hash); err != nil {
			return err
		}
		return prepare(tx)
	})
	return u, err
}

func (s *Service) mustNeedSetup(tx *db.Tx) error {
	needed, err := s.SetupNeeded(tx)
	if err == nil && !needed {
		return errs.New(errs.Conflict, "Deskbell is set up already. Sign in.", nil)
	}
	return err
}
