package account

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// Topic is told the id of an account that was made, changed or removed, for who keeps receivers running.
const Topic = "channels"

// Input is what a connected channel is made of.
type Input struct {
	Kind, Name, Address string
	Settings            map[string]string // secrets too
	Inbox               int64             // 0 for the help desk
	Pipeline, Stage     string
	NoTickets           bool           // CHAN-1: conversations without tickets
	Type                channel.IDType // of Address
}

// Change is what to change of an account; nil leaves it. Settings that are not named stay, secrets too; "" clears.
type Change struct {
	Name, Address   *string
	Settings        map[string]string
	Active          *bool
	MakesTickets    *bool
	Pipeline, Stage *string
	Type            *channel.IDType // of Address
	Authorized      *bool
}

// The built-in account: mail by our own listener, and sent to the outbox until a server is configured.
const (
	builtinKind  = "email"
	builtinName  = "Support"
	builtinLocal = "support@"
	helpDeskName = "Help desk"
)

// EnsureBuiltin makes the help desk's inbox and the built-in e-mail account at the domain, or moves the account there.
func (s *Store) EnsureBuiltin(tx *db.Tx, domain string) (Account, error) {
	b, err := s.book.Get(tx)
	if err != nil {
		return Account{}, err
	}
	address := builtinLocal + strings.ToLower(strings.TrimSpace(domain))
	if a, ok := b.builtin(); ok {
		if a.Address == address {
			return a, nil
		}
		return s.Edit(tx, people.System, a.ID, Change{Address: &address})
	}
	return s.add(tx, people.System, Input{
		Kind: builtinKind, Name: builtinName, Address: address,
		Settings: map[string]string{"receive": "builtin", "send": "outbox"},
	}, Account{Builtin: true})
}

func (s *Store) helpDesk(tx *db.Tx) (int64, error) {
	inboxes, err := s.Inboxes(tx)
	if err != nil {
		return 0, err
	}
	for _, i := range inboxes {
		if i.Kind == HelpDesk {
			return i.ID, nil
		}
	}
	id := tx.NewID()
	_, err = tx.Exec("INSERT INTO inboxes (id, name, kind, created_at) VALUES ($1, $2, $3, $4)", id, helpDeskName, string(HelpDesk), tx.Micros())
	s.book.Invalidate(tx)
	return id, err
}

// Add connects a channel. Its settings are checked by its kind, each bad one named.
func (s *Store) Add(tx *db.Tx, by people.Actor, n Input) (Account, error) {
	if err := mayConnect(by); err != nil {
		return Account{}, err
	}
	if k, err := s.Kind(n.Kind); err == nil && k.ByApps {
		return Account{}, errs.Bad("kind", "INVALID_OPTION", fmt.Sprintf("%s is connected by its app.", k.Label))
	}
	return s.add(tx, by, n, Account{})
}

func mayConnect(by people.Actor) error {
	if by.May(people.ManageAccount) {
		return nil
	}
	return errs.New(errs.Denied, "Only an admin may change channels.", nil)
}

// add connects a channel; base holds what nobody enters: whether it is built in, the registered channel and its limits.
func (s *Store) add(tx *db.Tx, by people.Actor, n Input, base Account) (Account, error) {
	a := Account{ID: tx.NewID(), Inbox: n.Inbox, Kind: n.Kind, Name: n.Name, Address: n.Address, Type: n.Type, Settings: map[string]string{},
		Active: true, Authorized: true, Builtin: base.Builtin, Channel: base.Channel, limits: base.limits, MakesTickets: !n.NoTickets, Pipeline: n.Pipeline,
		Stage: n.Stage, CreatedAt: tx.Now, sealed: map[string]string{}}
	if a.Inbox == 0 {
		var err error
		if a.Inbox, err = s.helpDesk(tx); err != nil {
			return a, err
		}
	}
	if err := s.fill(&a, n.Settings); err != nil {
		return a, err
	}
	settings, secrets, err := a.stored()
	if err != nil {
		return a, err
	}
	_, err = tx.Exec(`INSERT INTO accounts (id, inbox_id, kind, name, address, settings, secrets, active, builtin, makes_tickets,
pipeline_id, stage_id, created_at, cursor, failures, error, down, channel_id, identifier_type, authorized)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', 0, '', FALSE, $14, $15, $16)`, a.ID, a.Inbox, a.Kind, a.Name, a.Address,
		settings, secrets, a.Active, a.Builtin, a.MakesTickets, a.Pipeline, a.Stage, tx.Micros(), a.Channel, string(a.Type), a.Authorized)
	return a, s.accountChanged(tx, by, a, err)
}

// Edit changes an account, pauses it, or lets it go on.
func (s *Store) Edit(tx *db.Tx, by people.Actor, id int64, c Change) (Account, error) {
	if err := mayConnect(by); err != nil {
		return Account{}, err
	}
	return s.edit(tx, by, id, c)
}

func (s *Store) edit(tx *db.Tx, by people.Actor, id int64, c Change) (Account, error) {
	a, err := s.Get(tx, id)
	if err != nil || a.Removed {
		return a, orGone(err)
	}
	a.Settings, a.sealed = maps.Clone(a.Settings), maps.Clone(a.sealed)
	set(&a.Name, c.Name)
	set(&a.Address, c.Address)
	set(&a.Active, c.Active)
	set(&a.MakesTickets, c.MakesTickets)
	set(&a.Pipeline, c.Pipeline)
	set(&a.Stage, c.Stage)
	set(&a.Type, c.Type)
	set(&a.Authorized, c.Authorized)
	if err := s.fill(&a, c.Settings); err != nil {
		return a, err
	}
	settings, secrets, err := a.stored()
	if err != nil {
		return a, err
	}
	_, err = tx.Exec(`UPDATE accounts SET name = $2, address = $3, settings = $4, secrets = $5, active = $6, makes_tickets = $7,
pipeline_id = $8, stage_id = $9, identifier_type = $10, authorized = $11 WHERE id = $1`, id, a.Name, a.Address, settings, secrets, a.Active,
		a.MakesTickets, a.Pipeline, a.Stage, string(a.Type), a.Authorized)
	return a, s.accountChanged(tx, by, a, err)
}

func orGone(err error) error {
	if err != nil {
		return err
	}
	return errs.New(errs.NotFound, "This channel was removed.", nil)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// Remove takes a channel away. What came through it stays; its secrets go.
func (s *Store) Remove(tx *db.Tx, by people.Actor, id int64) error {
	if err := mayConnect(by); err != nil {
		return err
	}
	return s.removeAccount(tx, by, id)
}

func (s *Store) removeAccount(tx *db.Tx, by people.Actor, id int64) error {
	a, err := s.Get(tx, id)
	if err != nil || a.Removed {
		return orGone(err)
	}
	_, err = tx.Exec("UPDATE accounts SET removed_at = $2, active = FALSE, builtin = FALSE, secrets = '{}' WHERE id = $1", id, tx.Micros())
	return s.accountChanged(tx, by, a, err)
}

func (s *Store) accountChanged(tx *db.Tx, by people.Actor, a Account, err error) error {
	if db.IsUnique(err) {
		return errs.Bad("address", "ADDRESS_TAKEN", "A channel with this address is connected already.")
	}
	if err != nil {
		return err
	}
	s.book.Invalidate(tx)
	tx.Notify(Topic, fmt.Sprint(a.ID))
	event.Emit(tx, event.Event{Type: "channel.changed", ObjectType: "channels", ObjectID: a.ID, Actor: by.As(), Data: Changed{a.ID}})
	return nil
}

const (
	nameMost    = 200
	addressMost = 320
	settingMost = 10_000
)

// fill checks an account and takes over new settings; secrets among them are sealed.
func (s *Store) fill(a *Account, settings map[string]string) error {
	k, err := s.Kind(a.Kind)
	if err != nil {
		return err
	}
	a.Name, a.Address = strings.Join(strings.Fields(a.Name), " "), strings.TrimSpace(a.Address)
	if a.Type == channel.Email {
		a.Address = strings.ToLower(a.Address)
	}
	if a.Name == "" || utf8.RuneCountInString(a.Name) > nameMost {
		return errs.Bad("name", "INVALID_NAME", "Enter a name of at most 200 letters.")
	}
	if a.Address == "" || len(a.Address) > addressMost {
		return errs.Bad("address", "INVALID_ADDRESS", "Enter the address of the channel.")
	}
	for name, value := range settings {
		if err := s.setting(a, k, name, value); err != nil {
			return err
		}
	}
	a.SecretsSet = slices.Sorted(maps.Keys(a.sealed))
	_, err = s.Connect(*a)
	return err
}

func (s *Store) setting(a *Account, k channel.Kind, name, value string) error {
	i := slices.IndexFunc(k.Settings, func(f channel.Setting) bool { return f.Name == name })
	if i < 0 {
		return errs.Bad(name, "UNKNOWN_SETTING", fmt.Sprintf("%s has no setting %q.", k.Label, name))
	}
	if len(value) > settingMost {
		return errs.Bad(name, "TOO_LONG", fmt.Sprintf("%s is too long.", k.Settings[i].Label))
	}
	if k.Settings[i].Type != channel.Secret {
		a.Settings[name] = value
		return nil
	}
	if value == "" {
		delete(a.sealed, name)
		return nil
	}
	sealed, err := s.box.Seal([]byte(value), secretOf(a.ID, name))
	if err == nil {
		a.sealed[name] = sealed
	}
	return err
}

func (a Account) stored() (settings, secrets string, err error) {
	plain, err := json.Marshal(a.Settings)
	if err != nil {
		return "", "", err
	}
	sealed, err := json.Marshal(a.sealed)
	return string(plain), string(sealed), err
}

// Test tries a channel against the far side: that of an account (a change to try may be given), or a new one's settings
// before it is saved. Its error is in plain words (CHAN-4).
func (s *Store) Test(ctx context.Context, by people.Actor, id int64, n Input) error {
	if err := mayConnect(by); err != nil {
		return err
	}
	a := Account{Kind: n.Kind, Name: "Test", Address: n.Address, Settings: map[string]string{}, sealed: map[string]string{}}
	if id != 0 {
		err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
			a, err = s.Get(tx, id)
			return err
		})
		if err != nil {
			return err
		}
		a.Settings, a.sealed = maps.Clone(a.Settings), maps.Clone(a.sealed)
	}
	if err := s.fill(&a, n.Settings); err != nil {
		return err
	}
	c, err := s.Connect(a)
	if err != nil {
		return err
	}
	if t, ok := c.(channel.Tester); ok {
		return t.Test(ctx)
	}
	return nil
}
