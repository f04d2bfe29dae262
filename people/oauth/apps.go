// Package oauth owns OAuth 2.0 apps: what admins registered, whom they let in, and the codes and tokens that come of it
// (ACC-8, RFC 6749, RFC 7636). It knows the account's people and what scopes allow, and nothing of records or HTTP.
package oauth

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
	"github.com/deskbell/deskbell/seal"
)

// Service keeps the apps.
type Service struct {
	db     *db.DB
	people *people.Service
	box    *seal.Box
}

// New returns the service; box seals client secrets.
func New(d *db.DB, p *people.Service, box *seal.Box) *Service { return &Service{d, p, box} }

// App is a program of somebody's that asks admins to let it in.
type App struct {
	ID           int64
	Name         string
	Description  string
	ClientID     string
	RedirectURIs []string
	Scopes       []string // what it may ask for
	Created      time.Time
	Grants       int       // how many times it was let in; 0 when it is not installed
	Used         time.Time // to within a few minutes; zero for never
}

// Secrets of an app are shown once.
type Secrets struct {
	Client    string // the client secret
	Developer string // the developer key, for managing the app's webhooks
}

const (
	appsMost        = 500
	urisMost        = 20
	uriLength       = 2000
	nameLength      = 200
	descriptionMost = 1000
)

var errApps = errs.New(errs.Denied, "Only an admin may manage apps.", nil)

func may(by people.Actor) error {
	if !by.May(people.ManageTokens) {
		return errApps
	}
	return nil
}

func (a App) checked() (App, error) {
	a.Name, a.Description = strings.TrimSpace(a.Name), strings.TrimSpace(a.Description)
	if !line(a.Name, nameLength) || a.Name == "" {
		return a, errs.Bad("name", "INVALID_NAME", "Enter a name of at most 200 letters.")
	}
	if !line(strings.ReplaceAll(a.Description, "\n", " "), descriptionMost) {
		return a, errs.Bad("description", "TOO_LONG", "The description may have at most 1,000 letters.")
	}
	if len(a.RedirectURIs) == 0 || len(a.RedirectURIs) > urisMost {
		return a, errs.Bad("redirectUris", "INVALID_URL", "Enter 1 to 20 addresses that users are sent back to.")
	}
	for _, uri := range a.RedirectURIs {
		if !goodRedirect(uri) {
			return a, errs.Bad("redirectUris", "INVALID_URL", uri+" is no address to send users back to: it must begin with https://, or with http:// on localhost, and have no #.")
		}
	}
	scopes, err := people.CheckScopes(a.Scopes)
	if err != nil {
		return a, err
	}
	if len(scopes) == 0 {
		return a, errs.Bad("scopes", "REQUIRED", "Choose what the app may ask for.")
	}
	a.Scopes = scopes
	return a, nil
}

func line(s string, most int) bool {
	return utf8.RuneCountInString(s) <= most && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// goodRedirect holds of addresses that a code may be sent to: nobody on the way reads it (RFC 9700, 2.1).
func goodRedirect(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil || !line(uri, uriLength) || u.Host == "" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || strings.Contains(uri, "#") {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// Add registers an app.
func (s *Service) Add(tx *db.Tx, by people.Actor, a App) (App, Secrets, error) {
	if err := may(by); err != nil {
		return a, Secrets{}, err
	}
	a, err := a.checked()
	if err != nil {
		return a, Secrets{}, err
	}
	if n, err := db.Value[int64](tx, "SELECT count(*) FROM apps"); err != nil || n >= appsMost {
		return a, Secrets{}, orElse(err, errs.New(errs.Conflict, "There are too many apps already.", nil))
	}
	a.ID, a.ClientID, a.Created = tx.NewID(), uuid.NewString(), tx.Now
	secrets := Secrets{Client: people.NewSecret(), Developer: people.NewSecret()}
	sealed, err := s.box.Seal([]byte(secrets.Client), about(a.ID))
	if err != nil {
		return a, Secrets{}, err
	}
	_, err = tx.Exec(`INSERT INTO apps (id, name, description, client_id, secret_hash, secret_sealed, developer_key_hash, redirect_uris, scopes,
created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, a.ID, a.Name, a.Description, a.ClientID,
		people.HashSecret(secrets.Client), sealed, people.HashSecret(secrets.Developer), list(a.RedirectURIs), list(a.Scopes), tx.Micros(), by.ID)
	if err != nil {
		return a, Secrets{}, err
	}
	return a, secrets, log(tx, by, a, "app.created", map[string]string{"scopes": strings.Join(a.Scopes, " "), "redirectUris": strings.Join(a.RedirectURIs, " ")})
}

// Change changes an app's name, description, addresses and scopes. A scope that it may no longer ask for ends at once.
func (s *Service) Change(tx *db.Tx, by people.Actor, a App) (App, error) {
	if err := may(by); err != nil {
		return a, err
	}
	was, err := s.app(tx, a.ID)
	if err != nil {
		return a, err
	}
	now := was
	now.Name, now.Description, now.RedirectURIs, now.Scopes = a.Name, a.Description, a.RedirectURIs, a.Scopes
	if now, err = now.checked(); err != nil {
		return now, err
	}
	_, err = tx.Exec("UPDATE apps SET name = $2, description = $3, redirect_uris = $4, scopes = $5 WHERE id = $1",
		now.ID, now.Name, now.Description, list(now.RedirectURIs), list(now.Scopes))
	if err != nil {
		return now, err
	}
	detail := map[string]string{"scopes": strings.Join(now.Scopes, " "), "redirectUris": strings.Join(now.RedirectURIs, " ")}
	return now, log(tx, by, now, "app.changed", detail)
}

// RotateSecret gives an app a new client secret; the old one is refused at once.
func (s *Service) RotateSecret(tx *db.Tx, by people.Actor, id int64) (string, error) {
	return s.rotate(tx, by, id, "app.secret-rotated", func(secret string) error {
		sealed, err := s.box.Seal([]byte(secret), about(id))
		if err != nil {
			return err
		}
		_, err = tx.Exec("UPDATE apps SET secret_hash = $2, secret_sealed = $3 WHERE id = $1", id, people.HashSecret(secret), sealed)
		return err
	})
}

// RotateKey gives an app a new developer key; the old one is refused at once.
func (s *Service) RotateKey(tx *db.Tx, by people.Actor, id int64) (string, error) {
	return s.rotate(tx, by, id, "app.key-rotated", func(key string) error {
		_, err := tx.Exec("UPDATE apps SET developer_key_hash = $2 WHERE id = $1", id, people.HashSecret(key))
		return err
	})
}

func (s *Service) rotate(tx *db.Tx, by people.Actor, id int64, action string, store func(secret string) error) (string, error) {
	if err := may(by); err != nil {
		return "", err
	}
	a, err := s.app(tx, id)
	if err != nil {
		return "", err
	}
	secret := people.NewSecret()
	if err := store(secret); err != nil {
		return "", err
	}
	return secret, log(tx, by, a, action, nil)
}

// Secret is the client secret of an app of either kind, with which what we send it is signed. A private app may have none.
func (s *Service) Secret(tx *db.Tx, id int64) (string, error) {
	sealed, ok, err := db.One(tx, db.Col[string], "SELECT secret_sealed FROM apps WHERE id = $1 UNION ALL SELECT secret_sealed FROM tokens WHERE id = $1", id)
	if err != nil || !ok {
		return "", orElse(err, errNoApp)
	}
	if sealed == "" {
		return "", errs.New(errs.Conflict, "The private app has no client secret to sign with yet: an admin makes one under Settings > API tokens.", nil).WithCode("NO_CLIENT_SECRET")
	}
	secret, err := s.box.Unseal(sealed, about(id))
	return string(secret), err
}

// Remove deletes an app and all that came of it.
func (s *Service) Remove(tx *db.Tx, by people.Actor, id int64) error {
	if err := may(by); err != nil {
		return err
	}
	a, err := s.app(tx, id)
	if err != nil {
		return err
	}
	if err := endGrants(tx, id); err != nil {
		return err
	}
	for _, statement := range []string{"DELETE FROM app_codes WHERE app_id = $1", "DELETE FROM apps WHERE id = $1"} {
		if _, err := tx.Exec(statement, id); err != nil {
			return err
		}
	}
	return log(tx, by, a, "app.deleted", nil)
}

// Uninstall ends all tokens of an app; it stays registered.
func (s *Service) Uninstall(tx *db.Tx, by people.Actor, id int64) error {
	if err := may(by); err != nil {
		return err
	}
	a, err := s.app(tx, id)
	if err != nil {
		return err
	}
	if err := endGrants(tx, id); err != nil {
		return err
	}
	return log(tx, by, a, "app.uninstalled", nil)
}

func endGrants(tx *db.Tx, app int64) error {
	for _, statement := range []string{
		"DELETE FROM app_tokens WHERE grant_id IN (SELECT id FROM app_grants WHERE app_id = $1)",
		"DELETE FROM app_grants WHERE app_id = $1",
	} {
		if _, err := tx.Exec(statement, app); err != nil {
			return err
		}
	}
	return nil
}

const selectApps = `SELECT a.id, a.name, a.description, a.client_id, a.redirect_uris, a.scopes, a.created_at,
(SELECT count(*) FROM app_grants g WHERE g.app_id = a.id), (SELECT coalesce(max(g.used_at), 0) FROM app_grants g WHERE g.app_id = a.id) FROM apps a`

func scanApp(sc db.Scanner) (a App, err error) {
	var uris, scopes string
	var created, used int64
	if err = sc.Scan(&a.ID, &a.Name, &a.Description, &a.ClientID, &uris, &scopes, &created, &a.Grants, &used); err != nil {
		return a, err
	}
	a.Created = clock.FromMicros(created)
	if used > 0 {
		a.Used = clock.FromMicros(used)
	}
	if err = json.Unmarshal([]byte(uris), &a.RedirectURIs); err != nil {
		return a, err
	}
	return a, json.Unmarshal([]byte(scopes), &a.Scopes)
}

// List is every app, newest first.
func (s *Service) List(tx *db.Tx, by people.Actor) ([]App, error) {
	if err := may(by); err != nil {
		return nil, err
	}
	return db.List(tx, scanApp, selectApps+" ORDER BY a.id DESC")
}

// Get returns one app.
func (s *Service) Get(tx *db.Tx, by people.Actor, id int64) (App, error) {
	if err := may(by); err != nil {
		return App{}, err
	}
	return s.app(tx, id)
}

var errNoApp = errs.New(errs.NotFound, "There is no such app.", nil)

func (s *Service) app(tx *db.Tx, id int64) (App, error) {
	a, ok, err := db.One(tx, scanApp, selectApps+" WHERE a.id = $1", id)
	if err == nil && !ok {
		err = errNoApp
	}
	return a, err
}

// log writes what was done into the audit log, and tells whoever does something for apps.
func log(tx *db.Tx, by people.Actor, a App, action string, detail map[string]string) error {
	event.Emit(tx, event.Event{Type: action, ObjectType: "apps", ObjectID: a.ID, Actor: by.As(), Data: struct{}{}})
	return people.Audit(tx, by, audit.Entry{Action: action, ObjectType: "apps", ObjectID: a.ID, Object: a.Name, Detail: detail})
}

func list(items []string) string {
	if items == nil {
		items = []string{}
	}
	// A list of strings always marshals.
	raw, _ := json.Marshal(items)
	return string(raw)
}

func about(app int64) string { return fmt.Sprintf("app %d: client secret", app) }

// orElse is err, or what it means that nothing was found.
func orElse(err error, missing *errs.Error) error {
	if err != nil {
		return err
	}
	return missing
}

func has(items []string, s string) bool { return slices.Contains(items, s) }
