package oauth

import (
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
)

// Private apps are known by their tokens, which people keeps. Here is what they have in common with other apps: a name, and a client
// secret, with which what they are sent is signed.

// PrivateSecret gives a private app a client secret, or a new one: what is sent from now on is signed with it. It is returned, and never
// again.
func (s *Service) PrivateSecret(tx *db.Tx, by people.Actor, token int64) (string, error) {
	if err := may(by); err != nil {
		return "", err
	}
	secret := people.NewSecret()
	sealed, err := s.box.Seal([]byte(secret), about(token))
	if err != nil {
		return "", err
	}
	name, ok, err := db.One(tx, db.Col[string], "UPDATE tokens SET secret_sealed = $2 WHERE id = $1 RETURNING name", token, sealed)
	if err != nil || !ok {
		return "", orElse(err, errs.New(errs.NotFound, "There is no such token.", nil))
	}
	event.Emit(tx, event.Event{Type: "token.secret-rotated", ObjectType: "tokens", ObjectID: token, Actor: by.As(), Data: struct{}{}})
	return secret, people.Audit(tx, by, audit.Entry{Action: "token.secret-rotated", ObjectType: "tokens", ObjectID: token, Object: name})
}

// Name is what an app of either kind is called.
func (s *Service) Name(tx *db.Tx, id int64) (string, error) {
	name, ok, err := db.One(tx, db.Col[string], "SELECT name FROM apps WHERE id = $1 UNION ALL SELECT name FROM tokens WHERE id = $1", id)
	if err != nil || !ok {
		return "", orElse(err, errNoApp)
	}
	return name, nil
}

// Readers are the apps that somebody let in, and the private ones, each as an actor that may do what it was let do.
func (s *Service) Readers(tx *db.Tx) (map[int64]people.Actor, error) {
	out, err := s.Installed(tx)
	if err != nil {
		return nil, err
	}
	tokens, err := s.people.Tokens(tx, people.System)
	for _, t := range tokens {
		out[t.ID] = t.Actor()
	}
	return out, err
}
