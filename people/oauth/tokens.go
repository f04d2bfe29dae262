package oauth

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

const (
	accessPrefix  = "oat-desk-"
	refreshPrefix = "ort-desk-"

	// AccessLife is how long an access token is good.
	AccessLife = 30 * time.Minute

	deadLife   = 24 * time.Hour // how long one that expired is told from one that never was
	usedEvery  = 5 * time.Minute
	liveMost   = 100 // access tokens of a grant: past them the oldest end
	grantsMost = 25  // of one app: past them the oldest end
)

// Tokens are what an app gets.
type Tokens struct {
	Access, Refresh string
	Info
}

// Info is what a token is.
type Info struct {
	App       App
	Grant     int64
	User      int64  // who let the app in
	Email     string // of that user
	Scopes    []string
	ExpiresAt time.Time // of an access token
}

// grant is an app that was let in.
type grant struct {
	id     int64
	app    App
	user   int64
	scopes []string
	used   int64
}

// install keeps a grant, and ends the oldest where an app has too many.
func (s *Service) install(tx *db.Tx, g grant, refresh string) error {
	_, err := tx.Exec("INSERT INTO app_grants (id, app_id, user_id, scopes, refresh_hash, created_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $6)",
		g.id, g.app.ID, g.user, list(g.scopes), people.HashSecret(refresh), tx.Micros())
	if err != nil {
		return err
	}
	old, err := db.List(tx, db.Col[int64], "SELECT id FROM app_grants WHERE app_id = $1 ORDER BY id DESC LIMIT 100 OFFSET $2", g.app.ID, grantsMost)
	if err != nil {
		return err
	}
	for _, id := range old {
		if err := endGrant(tx, id); err != nil {
			return err
		}
	}
	by := people.LimitedApp(g.app.ID, g.app.Name, g.scopes)
	return log(tx, by, g.app, "app.installed", map[string]string{"scopes": strings.Join(g.scopes, " "), "user": fmt.Sprint(g.user)})
}

func endGrant(tx *db.Tx, id int64) error {
	for _, statement := range []string{"DELETE FROM app_tokens WHERE grant_id = $1", "DELETE FROM app_grants WHERE id = $1"} {
		if _, err := tx.Exec(statement, id); err != nil {
			return err
		}
	}
	return nil
}

// issue makes an access token.
func (s *Service) issue(tx *db.Tx, g grant) (Tokens, error) {
	access := accessPrefix + people.NewSecret()
	expires := tx.Now.Add(AccessLife)
	for _, q := range []struct {
		text string
		args []any
	}{
		{"INSERT INTO app_tokens (token_hash, grant_id, expires_at) VALUES ($1, $2, $3)", []any{people.HashSecret(access), g.id, clock.Micros(expires)}},
		{"DELETE FROM app_tokens WHERE token_hash IN (SELECT token_hash FROM app_tokens WHERE expires_at < $1 LIMIT $2)",
			[]any{clock.Micros(tx.Now.Add(-deadLife)), sweepMost}},
		{`DELETE FROM app_tokens WHERE token_hash IN (SELECT token_hash FROM app_tokens WHERE grant_id = $1
ORDER BY expires_at DESC LIMIT $2 OFFSET $3)`, []any{g.id, sweepMost, liveMost}},
		{"UPDATE app_grants SET used_at = $2 WHERE id = $1", []any{g.id, tx.Micros()}},
	} {
		if _, err := tx.Exec(q.text, q.args...); err != nil {
			return Tokens{}, err
		}
	}
	info, err := s.info(tx, g, expires)
	return Tokens{Access: access, Info: info}, err
}

func (s *Service) info(tx *db.Tx, g grant, expires time.Time) (Info, error) {
	dir, err := s.people.Directory(tx)
	if err != nil {
		return Info{}, err
	}
	u, _ := dir.User(g.user)
	return Info{App: g.app, Grant: g.id, User: g.user, Email: u.Email, Scopes: g.scopes, ExpiresAt: expires}, nil
}

const selectGrant = `SELECT g.id, g.user_id, g.scopes, g.used_at, a.id, a.name, a.client_id, a.scopes FROM app_grants g JOIN apps a ON a.id = g.app_id`

func scanGrant(sc db.Scanner, more ...any) (g grant, err error) {
	var granted, allowed string
	if err = sc.Scan(append([]any{&g.id, &g.user, &granted, &g.used, &g.app.ID, &g.app.Name, &g.app.ClientID, &allowed}, more...)...); err != nil {
		return g, err
	}
	if err = json.Unmarshal([]byte(granted), &g.scopes); err != nil {
		return g, err
	}
	if err = json.Unmarshal([]byte(allowed), &g.app.Scopes); err != nil {
		return g, err
	}
	// What the app may no longer ask for, it no longer has.
	g.scopes = slices.DeleteFunc(g.scopes, func(name string) bool { return name != basicScope && !has(g.app.Scopes, name) })
	return g, nil
}

// Installed are the apps that somebody let in, each as an actor that may do what all its grants together let it do.
func (s *Service) Installed(tx *db.Tx) (map[int64]people.Actor, error) {
	grants, err := db.List(tx, func(sc db.Scanner) (grant, error) { return scanGrant(sc) }, selectGrant)
	if err != nil {
		return nil, err
	}
	scopes := map[int64][]string{}
	for _, g := range grants {
		scopes[g.app.ID] = append(scopes[g.app.ID], g.scopes...)
	}
	out := make(map[int64]people.Actor, len(scopes))
	for _, g := range grants {
		out[g.app.ID] = people.LimitedApp(g.app.ID, g.app.Name, scopes[g.app.ID])
	}
	return out, nil
}

func (s *Service) byRefresh(tx *db.Tx, refresh string) (grant, error) {
	g, ok, err := db.One(tx, func(sc db.Scanner) (grant, error) { return scanGrant(sc) }, selectGrant+" WHERE g.refresh_hash = $1", people.HashSecret(refresh))
	if err == nil && !ok {
		err = refused("BAD_REFRESH_TOKEN", "missing or invalid refresh token")
	}
	return g, err
}

// Refresh makes a new access token; the refresh token stays.
func (s *Service) Refresh(ctx context.Context, c Client, refresh string) (t Tokens, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		a, err := s.client(tx, c)
		if err != nil {
			return err
		}
		g, err := s.byRefresh(tx, refresh)
		if err == nil && g.app.ID != a.ID {
			err = refused("BAD_REFRESH_TOKEN", "missing or invalid refresh token")
		}
		if err != nil {
			return err
		}
		t, err = s.issue(tx, g)
		t.Refresh = refresh
		return err
	})
	return t, err
}

// ForItself makes an access token for an app that asks on its own behalf (RFC 6749, 4.4), of what the newest that let it in allowed. It
// must have all the scopes.
func (s *Service) ForItself(ctx context.Context, c Client, scopes []string) (t Tokens, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		a, err := s.client(tx, c)
		if err != nil {
			return err
		}
		g, ok, err := db.One(tx, func(sc db.Scanner) (grant, error) { return scanGrant(sc) }, selectGrant+" WHERE g.app_id = $1 ORDER BY g.id DESC LIMIT 1", a.ID)
		if err != nil || !ok {
			return orElse(err, refused("NOT_INSTALLED", "nobody has let the app in"))
		}
		for _, name := range scopes {
			if !has(g.scopes, name) {
				return refused("BAD_SCOPE", "the app was not allowed "+name)
			}
		}
		t, err = s.issue(tx, g)
		return err
	})
	return t, err
}

// Bearer returns the app of an access token.
func (s *Service) Bearer(ctx context.Context, token string) (a people.Actor, err error) {
	var g grant
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		var expires time.Time
		if g, expires, err = s.byAccess(tx, token); err != nil {
			return err
		}
		if late := tx.Now.Sub(expires); late >= 0 {
			return errs.Newf(errs.Unauthenticated, "The OAuth token used to make this call expired %d second(s) ago.", int(late/time.Second)).
				WithCode("EXPIRED_AUTHENTICATION").WithDetail("expire time", expires.Format(time.RFC3339Nano))
		}
		return nil
	})
	if err != nil {
		return a, err
	}
	if s.db.Clock().Now().Sub(clock.FromMicros(g.used)) > usedEvery {
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE app_grants SET used_at = $2 WHERE id = $1", g.id, tx.Micros())
			return err
		})
	}
	return people.LimitedApp(g.app.ID, g.app.Name, g.scopes), err
}

var errToken = errs.New(errs.Unauthenticated, "Authentication credentials not found. This API supports OAuth 2.0 authentication. The token is not valid.", nil)

func (s *Service) byAccess(tx *db.Tx, token string) (grant, time.Time, error) {
	if !strings.HasPrefix(token, accessPrefix) {
		return grant{}, time.Time{}, errToken
	}
	var expires int64
	g, ok, err := db.One(tx, func(sc db.Scanner) (grant, error) { return scanGrant(sc, &expires) },
		`SELECT g.id, g.user_id, g.scopes, g.used_at, a.id, a.name, a.client_id, a.scopes, t.expires_at
FROM app_tokens t JOIN app_grants g ON g.id = t.grant_id JOIN apps a ON a.id = g.app_id WHERE t.token_hash = $1`, people.HashSecret(token))
	if err == nil && !ok {
		err = errToken
	}
	return g, clock.FromMicros(expires), err
}

// Developer returns the app of a developer key.
func (s *Service) Developer(ctx context.Context, key string) (by people.Actor, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		a, ok, err := db.One(tx, scanApp, selectApps+" WHERE a.developer_key_hash = $1", people.HashSecret(key))
		if err != nil || !ok {
			return orElse(err, errs.New(errs.Unauthenticated, "This hapikey doesn't exist.", nil))
		}
		by = people.DeveloperOf(a.ID, a.Name)
		return nil
	})
	return by, err
}

// Access tells what an access token is that has not expired. Whoever holds it may know.
func (s *Service) Access(tx *db.Tx, token string) (Info, error) {
	g, expires, err := s.byAccess(tx, token)
	if err == nil && !tx.Now.Before(expires) {
		err = errToken
	}
	if err != nil {
		return Info{}, err
	}
	return s.info(tx, g, expires)
}

// RefreshInfo tells what a refresh token is. Whoever holds it may know.
func (s *Service) RefreshInfo(tx *db.Tx, token string) (Info, error) {
	g, err := s.byRefresh(tx, token)
	if err != nil {
		return Info{}, err
	}
	return s.info(tx, g, time.Time{})
}

// Revoke ends a refresh token, whoever holds it, and with it the access tokens that it brought.
func (s *Service) Revoke(tx *db.Tx, token string) error {
	g, err := s.byRefresh(tx, token)
	if err != nil {
		return err
	}
	if err := endGrant(tx, g.id); err != nil {
		return err
	}
	return log(tx, people.LimitedApp(g.app.ID, g.app.Name, g.scopes), g.app, "app.revoked", map[string]string{"user": fmt.Sprint(g.user)})
}

// Own is Access or RefreshInfo for the app itself, whichever the token is; ok is false for what is not a token of the app's.
func (s *Service) Own(tx *db.Tx, c Client, token string) (i Info, refresh, ok bool, err error) {
	a, err := s.client(tx, c)
	if err != nil {
		return i, false, false, err
	}
	refresh = strings.HasPrefix(token, refreshPrefix)
	if refresh {
		i, err = s.RefreshInfo(tx, token)
	} else {
		i, err = s.Access(tx, token)
	}
	if errs.Is(err, errs.Unauthenticated) || errs.Is(err, errs.Invalid) {
		return Info{}, refresh, false, nil
	}
	return i, refresh, err == nil && i.App.ID == a.ID, err
}

// RevokeOwn ends a token of the app's, either kind (RFC 7009); any other is left alone without a word.
func (s *Service) RevokeOwn(tx *db.Tx, c Client, token string) error {
	_, refresh, ok, err := s.Own(tx, c, token)
	switch {
	case err != nil || !ok:
		return err
	case refresh:
		return s.Revoke(tx, token)
	}
	_, err = tx.Exec("DELETE FROM app_tokens WHERE token_hash = $1", people.HashSecret(token))
	return err
}
