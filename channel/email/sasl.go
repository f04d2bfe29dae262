package email

import (
	"fmt"

	"github.com/emersion/go-sasl"
)

// xoauth2 signs in with an OAuth 2.0 access token, as Google and Microsoft want it. After a refusal the server sends
// its reason as a challenge, which must be answered before it gives up.
type xoauth2 struct{ user, token string }

func (x xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", fmt.Appendf(nil, "user=%s\x01auth=Bearer %s\x01\x01", x.user, x.token), nil
}

// Next answers the reason with one byte: go-imap sends an empty answer as "=", to which Dovecot says BAD.
func (x xoauth2) Next([]byte) ([]byte, error) { return []byte{1}, nil }

// login is the obsolete LOGIN mechanism, for SMTP servers that have nothing else. Servers word its two questions
// differently, so they are told apart by their order.
type login struct {
	user, password string
	asked          int
}

func (l *login) Start() (string, []byte, error) { return sasl.Login, nil, nil }

func (l *login) Next([]byte) ([]byte, error) {
	l.asked++
	switch l.asked {
	case 1:
		return []byte(l.user), nil
	case 2:
		return []byte(l.password), nil
	}
	return nil, sasl.ErrUnexpectedServerChallenge
}
