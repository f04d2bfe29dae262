package people

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people/audit"
)

// Token is a private app's key to the API (ACC-8).
type Token struct {
	ID      int64
	Name    string
	Scopes  []string // nil is all
	By      int64    // the user who made it; 0 for a command
	Created time.Time
	Used    time.Time // zero for never; written at most every few minutes
	Signs   bool      // it has a client secret, with which its webhooks are signed
}

// Actor is the app that the token is of.
func (t Token) Actor() Actor {
	if t.Scopes == nil {
		return Actor{Kind: event.App, ID: t.ID, Name: t.Name, SuperAdmin: true}
	}
	return LimitedApp(t.ID, t.Name, t.Scopes)
}

// IsToken reports whether a secret has the form of a private app's token.
func IsToken(secret string) bool { return strings.HasPrefix(secret, tokenPrefix) }

var errTokens = errs.New(errs.Denied, "Only an admin may manage API tokens.", nil)

// AddToken makes a token with the scopes, or with all if none is given. secret is shown once and kept only as a hash.
func (s *Service) AddToken(ctx context.Context, by Actor, name string, scopes ...string) (t Token, secret string, err error) {
	if !by.May(ManageTokens) {
		return t, "", errTokens
	}
	if t, err = (Token{Name: name, Scopes: scopes}).checked(); err != nil {
		return t, "", err
	}
	secret = tokenPrefix + NewSecret()
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		t.ID, t.By, t.Created = tx.NewID(), by.ID, tx.Now
		_, err := tx.Exec("INSERT INTO tokens (id, name, token_hash, scopes, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6)",
			t.ID, t.Name, HashSecret(secret), storedScopes(t.Scopes), tx.Micros(), by.ID)
		if err != nil {
			return err
		}
		return t.audit(tx, by, "token.created", map[string]string{"scopes": shownScopes(t.Scopes)})
	})
	return t, secret, err
}

func (t Token) checked() (Token, error) {
	t.Name = strings.TrimSpace(t.Name)
	if !goodName(t.Name) {
		return t, errs.Bad("name", "INVALID_NAME", "Enter a name of at most 200 letters.")
	}
	if len(t.Scopes) == 0 {
		t.Scopes = nil
		return t, nil
	}
	var err error
	t.Scopes, err = CheckScopes(t.Scopes)
	return t, err
}

// audit writes what was done into the audit log, and tells whoever does something for apps.
func (t Token) audit(tx *db.Tx, by Actor, action string, detail map[string]string) error {
	event.Emit(tx, event.Event{Type: action, ObjectType: "tokens", ObjectID: t.ID, Actor: by.As(), Data: struct{}{}})
	return Audit(tx, by, audit.Entry{Action: action, ObjectType: "tokens", ObjectID: t.ID, Object: t.Name, Detail: detail})
}

// storedScopes is the column's form: NULL for all.
func storedScopes(scopes []string) *string {
	if scopes == nil {
		return nil
	}
	// A list of strings always marshals.
	raw, _ := json.Marshal(scopes)
	text := string(raw)
	return &text
}

func shownScopes(scopes []string) string {
	if scopes == nil {
		return "all"
	}
	return strings.Join(scopes, " ")
}

// Tokens are all tokens, newest first.
func (s *Service) Tokens(tx *db.Tx, by Actor) ([]Token, error) {
	if !by.May(ManageTokens) {
		return nil, errTokens
	}
	return db.List(tx, scanToken, selectTokens+" ORDER BY id DESC")
}

const selectTokens = "SELECT id, name, scopes, created_by, created_at, coalesce(used_at, 0), secret_sealed <> '' FROM tokens"

func scanToken(sc db.Scanner) (t Token, err error) {
	var created, used int64
	var scopes *string
	if err = sc.Scan(&t.ID, &t.Name, &scopes, &t.By, &created, &used, &t.Signs); err != nil {
		return t, err
	}
	t.Created = clock.FromMicros(created)
	if used > 0 {
		t.Used = clock.FromMicros(used)
	}
	if scopes != nil {
		err = json.Unmarshal([]byte(*scopes), &t.Scopes)
	}
	return t, err
}

func (s *Service) tokenByID(tx *db.Tx, id int64) (Token, error) {
	t, ok, err := db.One(tx, scanToken, selectTokens+" WHERE id = $1", id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "There is no such token.", nil)
	}
	return t, err
}

// ChangeToken changes a token's name and scopes; no scopes are all of them. It holds from the next request on.
func (s *Service) ChangeToken(tx *db.Tx, by Actor, id int64, name string, scopes []string) (Token, error) {
	if !by.May(ManageTokens) {
		return Token{}, errTokens
	}
	was, err := s.tokenByID(tx, id)
	if err != nil {
		return was, err
	}
	t := was
	t.Name, t.Scopes = name, scopes
	if t, err = t.checked(); err != nil {
		return t, err
	}
	if _, err := tx.Exec("UPDATE tokens SET name = $2, scopes = $3 WHERE id = $1", id, t.Name, storedScopes(t.Scopes)); err != nil {
		return t, err
	}
	detail := map[string]string{}
	differ(detail, "name", was.Name, t.Name)
	differ(detail, "scopes", shownScopes(was.Scopes), shownScopes(t.Scopes))
	return t, t.audit(tx, by, "token.changed", detail)
}

// RotateToken gives a token a new secret; the old one is refused at once.
func (s *Service) RotateToken(ctx context.Context, by Actor, id int64) (t Token, secret string, err error) {
	if !by.May(ManageTokens) {
		return t, "", errTokens
	}
	secret = tokenPrefix + NewSecret()
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if t, err = s.tokenByID(tx, id); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE tokens SET token_hash = $2 WHERE id = $1", id, HashSecret(secret)); err != nil {
			return err
		}
		return t.audit(tx, by, "token.rotated", nil)
	})
	return t, secret, err
}

// RemoveToken revokes a token at once.
func (s *Service) RemoveToken(tx *db.Tx, by Actor, id int64) error {
	if !by.May(ManageTokens) {
		return errTokens
	}
	t, err := s.tokenByID(tx, id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM tokens WHERE id = $1", id); err != nil {
		return err
	}
	return t.audit(tx, by, "token.revoked", nil)
}

// TokenOf returns the token of a secret, and writes now and then that it is in use.
func (s *Service) TokenOf(ctx context.Context, secret string) (t Token, err error) {
	if !IsToken(secret) {
		return t, errNoToken
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		var ok bool
		t, ok, err = db.One(tx, scanToken, selectTokens+" WHERE token_hash = $1", HashSecret(secret))
		if err == nil && !ok {
			return errNoToken
		}
		return err
	})
	if err == nil && s.db.Clock().Now().Sub(t.Used) > seenEvery {
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE tokens SET used_at = $2 WHERE id = $1", t.ID, tx.Micros())
			return err
		})
	}
	return t, err
}

var errNoToken = errs.New(errs.Unauthenticated, "Authentication credentials not found. This API supports OAuth 2.0 authentication. The token is not valid.", nil)

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
	in.Admin.Later = false // somebody must be able to sign in
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
