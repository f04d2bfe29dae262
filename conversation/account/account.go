// Package account owns inboxes and the channels connected to them: their settings, sealed secrets, health and place. It
// must not know what is said over them.
package account

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/seal"
)

// Store keeps inboxes and accounts. Its commands and queries compose into the caller's transaction.
type Store struct {
	db     *db.DB
	people *people.Service
	box    *seal.Box
	kinds  []channel.Kind
	deps   channel.Deps
	book   *db.Cache[*Book]
}

// New returns the store. kinds is every kind of channel there is, deps what a channel may use, box seals their secrets.
func New(d *db.DB, p *people.Service, box *seal.Box, kinds []channel.Kind, deps channel.Deps) *Store {
	return &Store{db: d, people: p, box: box, kinds: kinds, deps: deps, book: db.NewCache(d, "accounts", loadBook)}
}

// Book returns every account and inbox.
func (s *Store) Book(tx *db.Tx) (*Book, error) { return s.book.Get(tx) }

// InboxKind says what an inbox is for.
type InboxKind string

// The kinds of inbox, in HubSpot's words.
const (
	HelpDesk      InboxKind = "HELP_DESK"
	Conversations InboxKind = "INBOX"
)

// Inbox is where channels deliver (CHAN).
type Inbox struct {
	ID        int64
	Name      string
	Kind      InboxKind
	CreatedAt time.Time
}

// Account is one connected mailbox, page or number. Secrets are not in it; Connect hands them to the channel.
type Account struct {
	ID, Inbox    int64
	Kind         string // of channel.Kind
	Name         string // shown, and part of the From name
	Address      string // lower-cased; of another Type what the channel knows it by, as it is
	Type         channel.IDType
	Channel      int64 // that an app registered; 0 for none
	Authorized   bool  // false: its app says that it can send nothing now
	Settings     map[string]string
	SecretsSet   []string // names of the secrets that are kept
	Active       bool     // false: paused
	Builtin      bool     // the one that a fresh installation has; takes what nobody else does
	MakesTickets bool     // CHAN-1
	Pipeline     string   // of new tickets; "" for the first
	Stage        string
	CreatedAt    time.Time
	RemovedAt    time.Time
	Removed      bool // stays for what came through it

	sealed map[string]string
	limits *channel.Limits // of its channel, where an app registered that; nil for those of the kind
}

// Plus reports whether mail for any plus-address of the account arrives, because our own listener takes it. Only then a
// reply address may carry the thread's token: elsewhere a customer's answer could bounce.
func (a Account) Plus() bool { return a.Settings["receive"] == "builtin" }

// Book is every account and inbox, held in memory. Treat it as read-only.
type Book struct {
	inboxes  map[int64]Inbox
	accounts map[int64]Account
	byEmail  map[string]int64 // of accounts that are not removed and take mail
	channels map[int64]Registered
}

func loadBook(tx *db.Tx) (*Book, error) {
	b := &Book{inboxes: map[int64]Inbox{}, accounts: map[int64]Account{}, byEmail: map[string]int64{}, channels: map[int64]Registered{}}
	inboxes, err := db.List(tx, func(s db.Scanner) (i Inbox, err error) {
		var created int64
		err = s.Scan(&i.ID, &i.Name, &i.Kind, &created)
		i.CreatedAt = clock.FromMicros(created)
		return i, err
	}, "SELECT id, name, kind, created_at FROM inboxes")
	if err != nil {
		return nil, err
	}
	for _, i := range inboxes {
		b.inboxes[i.ID] = i
	}
	channels, err := db.List(tx, scanRegistered, selectRegistered)
	if err != nil {
		return nil, err
	}
	for _, r := range channels {
		b.channels[r.ID] = r
	}
	accounts, err := db.List(tx, scanAccount, `SELECT id, inbox_id, kind, name, address, settings, secrets, active, builtin,
makes_tickets, pipeline_id, stage_id, created_at, removed_at, channel_id, identifier_type, authorized FROM accounts`)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		if r, ok := b.channels[a.Channel]; ok {
			a.limits = r.limits
		}
		b.accounts[a.ID] = a
		if !a.Removed && a.Channel == 0 && a.Type == channel.Email {
			b.byEmail[a.Address] = a.ID
		}
	}
	return b, nil
}

func scanAccount(s db.Scanner) (Account, error) {
	var a Account
	var settings []byte
	var secrets string
	var created int64
	var removed *int64
	err := s.Scan(&a.ID, &a.Inbox, &a.Kind, &a.Name, &a.Address, &settings, &secrets, &a.Active, &a.Builtin, &a.MakesTickets,
		&a.Pipeline, &a.Stage, &created, &removed, &a.Channel, &a.Type, &a.Authorized)
	if err != nil {
		return a, err
	}
	a.CreatedAt, a.RemovedAt, a.Removed = clock.FromMicros(created), instant(removed), removed != nil
	if err := json.Unmarshal(settings, &a.Settings); err != nil {
		return a, fmt.Errorf("settings of channel %d: %w", a.ID, err)
	}
	if err := json.Unmarshal([]byte(secrets), &a.sealed); err != nil {
		return a, fmt.Errorf("secrets of channel %d: %w", a.ID, err)
	}
	a.SecretsSet = slices.Sorted(maps.Keys(a.sealed))
	return a, nil
}

// Own reports whether an address is one of ours, with or without a plus part.
func (b *Book) Own(email string) bool {
	_, ok := b.At(email)
	return ok
}

// At finds the account of an address, exact or of its plus-address.
func (b *Book) At(email string) (Account, bool) {
	if id, ok := b.byEmail[email]; ok {
		return b.accounts[id], true
	}
	id, ok := b.byEmail[plusBase(email)]
	return b.accounts[id], ok
}

// plusBase is an address without its plus part; "" when it has none.
func plusBase(email string) string {
	local, domain, ok := strings.Cut(email, "@")
	base, _, plus := strings.Cut(local, "+")
	if !ok || !plus {
		return ""
	}
	return base + "@" + domain
}

// Account finds one by id, removed ones too.
func (b *Book) Account(id int64) (Account, bool) {
	a, ok := b.accounts[id]
	return a, ok
}

// List are the connected channels, the oldest first.
func (b *Book) List() []Account {
	return slices.DeleteFunc(b.All(), func(a Account) bool { return a.Removed })
}

// All are the connected channels and those that were removed, the oldest first.
func (b *Book) All() []Account {
	out := slices.Collect(maps.Values(b.accounts))
	slices.SortFunc(out, func(x, y Account) int { return cmp.Compare(x.ID, y.ID) })
	return out
}

// List are the connected channels, the oldest first.
func (s *Store) List(tx *db.Tx) ([]Account, error) {
	b, err := s.book.Get(tx)
	if err != nil {
		return nil, err
	}
	return b.List(), nil
}

// Get reads one, removed ones too.
func (s *Store) Get(tx *db.Tx, id int64) (Account, error) {
	b, err := s.book.Get(tx)
	if err != nil {
		return Account{}, err
	}
	a, ok := b.accounts[id]
	if !ok {
		return a, errs.New(errs.NotFound, "There is no such channel.", nil)
	}
	return a, nil
}

// Inboxes are all inboxes, the oldest first.
func (s *Store) Inboxes(tx *db.Tx) ([]Inbox, error) {
	b, err := s.book.Get(tx)
	if err != nil {
		return nil, err
	}
	out := slices.Collect(maps.Values(b.inboxes))
	slices.SortFunc(out, func(x, y Inbox) int { return cmp.Compare(x.ID, y.ID) })
	return out, nil
}

// Kinds are the sorts of channel there are.
func (s *Store) Kinds() []channel.Kind { return s.kinds }

// Kind finds a sort of channel by name.
func (s *Store) Kind(name string) (channel.Kind, error) {
	for _, k := range s.kinds {
		if k.Name == name {
			return k, nil
		}
	}
	return channel.Kind{}, errs.Bad("kind", "INVALID_OPTION", fmt.Sprintf("There is no kind of channel called %q.", name))
}

// Limits are those of an account's channel, else of its kind; a kind that this program does not have any more has none.
func (s *Store) Limits(a Account) channel.Limits {
	if a.limits != nil {
		return *a.limits
	}
	k, err := s.Kind(a.Kind)
	if err != nil {
		return channel.Limits{}
	}
	return k.Limits
}

// ChannelOf is the number of the channel that an account is of: of one that an app registered, or its kind's; "" for a kind that is
// not there any more.
func (s *Store) ChannelOf(a Account) string {
	if a.Channel != 0 {
		return id.Format(a.Channel)
	}
	k, err := s.Kind(a.Kind)
	if err != nil || k.Number == 0 {
		return ""
	}
	return strconv.FormatInt(k.Number, 10)
}

// Route finds the account of a recipient: the exact address, else the base of a plus-address, else, for any address at
// the account's own domain, the built-in one, so that with nothing configured all such mail becomes tickets. ok is false
// for an address that is not ours. A paused channel is Unavailable: the sending server keeps the mail and tries again.
func (s *Store) Route(tx *db.Tx, recipient string) (a Account, ok bool, err error) {
	recipient = strings.ToLower(strings.TrimSpace(recipient))
	b, err := s.book.Get(tx)
	if err != nil {
		return a, false, err
	}
	if a, ok = b.At(recipient); !ok {
		own, _, err := s.people.Account(tx)
		if err != nil {
			return a, false, err
		}
		if a, ok = b.builtin(); !ok || !strings.HasSuffix(recipient, "@"+own.Domain) || own.Domain == "" {
			return Account{}, false, nil
		}
	}
	if !a.Active {
		return a, false, errs.Newf(errs.Unavailable, "The channel %s is paused.", a.Name)
	}
	return a, true, nil
}

func (b *Book) builtin() (Account, bool) {
	for _, a := range b.accounts {
		if a.Builtin && !a.Removed {
			return a, true
		}
	}
	return Account{}, false
}

// Connect makes the channel of an account, secrets included. It does no I/O, but may be costly: not inside a Write.
func (s *Store) Connect(a Account) (channel.Channel, error) {
	k, err := s.Kind(a.Kind)
	if err != nil {
		return nil, err
	}
	settings := maps.Clone(a.Settings)
	if settings == nil {
		settings = map[string]string{}
	}
	for name, sealed := range a.sealed {
		secret, err := s.box.Unseal(sealed, secretOf(a.ID, name))
		if err != nil {
			return nil, err
		}
		settings[name] = string(secret)
	}
	return s.open(k, a, settings)
}

func (s *Store) open(k channel.Kind, a Account, settings map[string]string) (channel.Channel, error) {
	return k.New(channel.Account{ID: a.ID, Kind: a.Kind, Name: a.Name, Address: a.Address, Type: a.Type, Channel: a.Channel,
		Settings: defaults(k, settings)}, s.deps)
}

// defaults fills in what the form would.
func defaults(k channel.Kind, settings map[string]string) map[string]string {
	out := maps.Clone(settings)
	if out == nil {
		out = map[string]string{}
	}
	for _, f := range k.Settings {
		if out[f.Name] == "" && f.Default != "" {
			out[f.Name] = f.Default
		}
	}
	return out
}

func secretOf(account int64, name string) string { return fmt.Sprintf("account %d %s", account, name) }
