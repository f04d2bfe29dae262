// Package visitor owns the tokens by which a website tells who the person is that visits it: it signs them, and reads them again.
// It must not know contacts, nor the chat that asks who is there.
package visitor

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/seal"
)

// Life is how long a token is good.
const Life = 12 * time.Hour

// Visitor is who a website says that somebody is.
type Visitor struct {
	Email               string // lower case
	FirstName, LastName string // "" where the website does not say
}

// Service signs and reads tokens.
type Service struct {
	db     *db.DB
	people *people.Service
	box    *seal.Box
}

// New returns the service. box seals the secret that tokens are signed with.
func New(d *db.DB, p *people.Service, box *seal.Box) *Service { return &Service{d, p, box} }

// Bounds of what a website says, in letters and bytes.
const (
	nameMost  = 200
	emailMost = 254 // RFC 5321 lets no longer address through
	tokenMost = 4 << 10
)

func (v Visitor) checked() (Visitor, error) {
	v.Email = strings.ToLower(strings.TrimSpace(v.Email))
	parsed, err := mail.ParseAddress(v.Email)
	if err != nil || parsed.Name != "" || parsed.Address != v.Email || len(v.Email) > emailMost {
		return v, errs.Bad("email", "INVALID_EMAIL", fmt.Sprintf("Email address %.100q is invalid", v.Email))
	}
	for field, name := range map[string]*string{"firstName": &v.FirstName, "lastName": &v.LastName} {
		*name = strings.TrimSpace(*name)
		if utf8.RuneCountInString(*name) > nameMost || strings.ContainsFunc(*name, unicode.IsControl) {
			return v, errs.Bad(field, "INVALID_NAME", fmt.Sprintf("%s may have at most %d letters, on one line", field, nameMost))
		}
	}
	return v, nil
}

// header is that of every token, {"alg":"HS256","typ":"JWT"} in base64: a token with another is none of ours, whatever it is signed with.
const header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"

// claims are what a token says (RFC 7519).
type claims struct {
	Account   string `json:"aud"`
	Email     string `json:"sub"`
	FirstName string `json:"firstName,omitempty"`
	LastName  string `json:"lastName,omitempty"`
	Issued    int64  `json:"iat"` // seconds since 1970
	Expires   int64  `json:"exp"`
}

// Token makes a token for a visitor. Only apps and admins may say who somebody is: whoever holds the token reads what was said to them.
func (s *Service) Token(ctx context.Context, by people.Actor, v Visitor) (string, error) {
	v, err := v.checked()
	if err != nil {
		return "", err
	}
	if by.Kind != event.App && !by.May(people.ManageAccount) {
		return "", errs.New(errs.Denied, "Only an app or an admin may say who a visitor is.", nil)
	}
	key, account, err := s.signing(ctx)
	if err != nil {
		return "", fmt.Errorf("token of a visitor: %w", err)
	}
	now := s.db.Clock().Now()
	said, err := json.Marshal(claims{account, v.Email, v.FirstName, v.LastName, now.Unix(), now.Add(Life).Unix()})
	if err != nil {
		return "", err
	}
	signed := header + "." + base64.RawURLEncoding.EncodeToString(said)
	return signed + "." + signature(key, signed), nil
}

func signature(key []byte, signed string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signed))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// signing is the secret to sign with, which is made when there is none that can be read, and the account's number.
func (s *Service) signing(ctx context.Context) (key []byte, account string, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) (err error) {
		key, account, err = s.secret(tx)
		return err
	})
	if err == nil && key != nil || err != nil && !errs.Is(err, errs.Unavailable) {
		return key, account, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if err := tx.Lock(about); err != nil {
			return err
		}
		if key, account, err = s.secret(tx); err == nil && key != nil || err != nil && !errs.Is(err, errs.Unavailable) {
			return err // another was first
		}
		key = []byte(people.NewSecret())
		sealed, err := s.box.Seal(key, about)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO visitor_key (id, secret, created_at) VALUES (1, $1, $2)
ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at`, sealed, tx.Micros())
		return err
	})
	return key, account, err
}

// about says what the secret is of.
const about = "visitors"

// secret reads what tokens are signed with, nil when there is none yet, and the account's number.
func (s *Service) secret(tx *db.Tx) (key []byte, account string, err error) {
	own, _, err := s.people.Account(tx)
	if err != nil {
		return nil, "", err
	}
	account = strconv.FormatInt(own.Portal, 10)
	sealed, ok, err := db.One(tx, db.Col[string], "SELECT secret FROM visitor_key WHERE id = 1")
	if err != nil || !ok {
		return nil, account, err
	}
	key, err = s.box.Unseal(sealed, about)
	return key, account, err
}

var errBadToken = errs.New(errs.Unauthenticated, "This token does not say who you are, or not any more.", nil)

// Verify reads a token: who the visitor is. One that is not ours, was changed or has ended is Unauthenticated.
func (s *Service) Verify(tx *db.Tx, token string) (Visitor, error) {
	at := strings.LastIndexByte(token, '.')
	if at < 0 || len(token) > tokenMost {
		return Visitor{}, errBadToken
	}
	key, account, err := s.secret(tx)
	if err != nil {
		return Visitor{}, fmt.Errorf("token of a visitor: %w", err)
	}
	said, ours := strings.CutPrefix(token[:at], header+".")
	if key == nil || !ours || !hmac.Equal([]byte(token[at+1:]), []byte(signature(key, token[:at]))) {
		return Visitor{}, errBadToken
	}
	raw, err := base64.RawURLEncoding.DecodeString(said)
	if err != nil {
		return Visitor{}, errBadToken
	}
	var c claims
	if json.Unmarshal(raw, &c) != nil || c.Account != account || tx.Now.Unix() >= c.Expires {
		return Visitor{}, errBadToken
	}
	return Visitor{c.Email, c.FirstName, c.LastName}, nil
}
