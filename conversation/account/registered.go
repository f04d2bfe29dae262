package account

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// Registered is a channel that an app brought (API-9): how it is called, where its app takes what goes out, what it can carry.
type Registered struct {
	ID, App      int64
	Name         string
	Description  string
	LogoURL      string
	WebhookURL   string          // takes what goes out; "" while there is none
	ConnectURL   string          // where people are sent who want to connect an account; "" for nowhere
	Capabilities json.RawMessage // as the app gave them
	CreatedAt    time.Time
	Removed      bool

	secret string // sealed
	limits *channel.Limits
}

const selectRegistered = `SELECT id, app_id, name, description, logo_url, webhook_url, connect_url, capabilities, secret, created_at,
removed_at IS NOT NULL FROM custom_channels`

func scanRegistered(s db.Scanner) (r Registered, err error) {
	var capabilities string
	var created int64
	err = s.Scan(&r.ID, &r.App, &r.Name, &r.Description, &r.LogoURL, &r.WebhookURL, &r.ConnectURL, &capabilities, &r.secret, &created, &r.Removed)
	if err != nil {
		return r, err
	}
	r.CreatedAt, r.Capabilities = clock.FromMicros(created), json.RawMessage(capabilities)
	r.limits, err = limitsOf(r.Capabilities)
	return r, err
}

// capabilities are what an app says that its channel can carry; what we do not know of them is kept all the same.
type capabilities struct {
	Identifiers    []string `json:"deliveryIdentifierTypes"`
	RichText       []string `json:"richText"`
	Threading      string   `json:"threadingModel"`
	Files          []string `json:"outgoingAttachmentTypes"`
	Sends          *bool    `json:"allowOutgoingMessages"`
	MaxFiles       int      `json:"maxFileAttachmentCount"`
	MaxFileBytes   int64    `json:"maxFileAttachmentSizeBytes"`
	MaxBytes       int64    `json:"maxTotalFileAttachmentSizeBytes"`
	ManyRecipients bool     `json:"allowMultipleRecipients"`
}

// identifierTypes are our types of identifier by HubSpot's words.
var identifierTypes = map[string]channel.IDType{"HS_EMAIL_ADDRESS": channel.Email, string(channel.Phone): channel.Phone,
	string(channel.Short): channel.Short, string(channel.Opaque): channel.Opaque}

// IdentifierType is our form of HubSpot's word for a type of delivery identifier.
func IdentifierType(word string) (channel.IDType, bool) {
	t, ok := identifierTypes[word]
	return t, ok
}

// messageMost bounds a message of a registered channel that names no bound, in bytes.
const messageMost = 25 << 20

// limitsOf reads what a channel can carry.
func limitsOf(raw json.RawMessage) (*channel.Limits, error) {
	var c capabilities
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, badCapability("capabilities", err.Error())
	}
	if c.Threading != "" && c.Threading != "INTEGRATION_THREAD_ID" && c.Threading != "DELIVERY_IDENTIFIER" {
		return nil, badCapability("threadingModel", c.Threading)
	}
	if c.MaxFiles < 0 || c.MaxFileBytes < 0 || c.MaxBytes < 0 {
		return nil, badCapability("maxFileAttachmentCount", "less than 0")
	}
	l := &channel.Limits{MaxBytes: messageMost, HTML: len(c.RichText) > 0, Attachments: slices.Contains(c.Files, "FILE"), CopyRecipients: false,
		OneWay: c.Sends != nil && !*c.Sends, MaxFiles: c.MaxFiles, MaxFileBytes: c.MaxFileBytes}
	if c.MaxBytes > 0 {
		l.MaxBytes = min(l.MaxBytes, c.MaxBytes)
	}
	for _, word := range c.Identifiers {
		t, ok := IdentifierType(word)
		if !ok {
			return nil, badCapability("deliveryIdentifierTypes", word)
		}
		l.Identifiers = append(l.Identifiers, t)
	}
	if l.Identifiers == nil {
		return nil, badCapability("deliveryIdentifierTypes", "[]")
	}
	return l, nil
}

func badCapability(name, value string) error {
	pair := fmt.Sprintf("%q: %q", name, value)
	return errs.New(errs.Invalid, "One or more Channel Capabilities specified had invalid values: `"+pair+"`", nil).
		WithCode("CustomChannelsError.INVALID_CHANNEL_CAPABILITY_VALUES").WithDetail("capabilityKeysAndValues", pair)
}

const urlMost = 2000

func (r *Registered) check() (err error) {
	r.Name = strings.Join(strings.Fields(r.Name), " ")
	if r.Name == "" || utf8.RuneCountInString(r.Name) > nameMost {
		return errs.Bad("name", "INVALID_NAME", "Enter a name of at most 200 letters.")
	}
	if len(r.Description) > settingMost || len(r.Capabilities) > settingMost {
		return errs.Bad("channelDescription", "TOO_LONG", "The description or the capabilities are too long.")
	}
	for field, address := range map[string]string{"webhookUrl": r.WebhookURL, "channelAccountConnectionRedirectUrl": r.ConnectURL, "channelLogoUrl": r.LogoURL} {
		u, err := url.Parse(address)
		if address != "" && (err != nil || len(address) > urlMost || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil) {
			return errs.Bad(field, "INVALID_URL", field+" must be an address that begins with https:// or http://")
		}
	}
	r.limits, err = limitsOf(r.Capabilities)
	return err
}

// registeredMost bounds the channels of one app.
const registeredMost = 100

// Register adds a channel of the app that asks.
func (s *Store) Register(tx *db.Tx, by people.Actor, r Registered) (Registered, error) {
	if by.Kind != event.App {
		return r, errs.New(errs.Denied, "Only an app can register a channel.", nil)
	}
	if err := r.check(); err != nil {
		return r, err
	}
	own, err := s.RegisteredBy(tx, by)
	if err != nil {
		return r, err
	}
	if len(own) >= registeredMost {
		return r, errs.Newf(errs.Conflict, "An app may register at most %d channels.", registeredMost)
	}
	r.ID, r.App, r.CreatedAt = tx.NewID(), by.ID, tx.Now
	if r.secret, err = s.box.Seal([]byte(people.NewSecret()), registeredSecret(r.ID)); err != nil {
		return r, err
	}
	_, err = tx.Exec(`INSERT INTO custom_channels (id, app_id, name, description, logo_url, webhook_url, connect_url, capabilities, secret, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, r.ID, r.App, r.Name, r.Description, r.LogoURL, r.WebhookURL, r.ConnectURL, string(r.Capabilities),
		r.secret, tx.Micros())
	s.book.Invalidate(tx)
	return r, err
}

func registeredSecret(id int64) string { return fmt.Sprintf("channel %d", id) }

// Secret is what signs messages to the app of a registered channel that has no secret of its own.
func (s *Store) Secret(r Registered) (string, error) {
	secret, err := s.box.Unseal(r.secret, registeredSecret(r.ID))
	return string(secret), err
}

var errNoRegistered = errs.New(errs.NotFound, "There is no such channel.", nil)

// Registered reads a channel, removed ones too.
func (b *Book) Registered(id int64) (Registered, bool) {
	r, ok := b.channels[id]
	return r, ok
}

// Channels are the registered channels there are, the oldest first.
func (b *Book) Channels() []Registered {
	out := slices.DeleteFunc(slices.Collect(maps.Values(b.channels)), func(r Registered) bool { return r.Removed })
	slices.SortFunc(out, func(x, y Registered) int { return cmp.Compare(x.ID, y.ID) })
	return out
}

// RegisteredBy are the channels that an app registered.
func (s *Store) RegisteredBy(tx *db.Tx, by people.Actor) ([]Registered, error) {
	b, err := s.book.Get(tx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(b.Channels(), func(r Registered) bool { return !r.of(by) }), nil
}

// of reports whether a channel is the actor's business: its app's, and of who looks after all channels.
func (r Registered) of(by people.Actor) bool {
	return by.Kind == event.App && by.ID == r.App || by.May(people.ManageAccount)
}

// Own reads a registered channel of the actor's. Others' are as if they were not there.
func (s *Store) Own(tx *db.Tx, by people.Actor, id int64) (Registered, error) {
	b, err := s.book.Get(tx)
	if err != nil {
		return Registered{}, err
	}
	r, ok := b.channels[id]
	if !ok || r.Removed || !r.of(by) {
		return Registered{}, errNoRegistered
	}
	return r, nil
}

// Reregister changes a channel. Its id, app and time stay.
func (s *Store) Reregister(tx *db.Tx, by people.Actor, id int64, change func(r *Registered)) (Registered, error) {
	r, err := s.Own(tx, by, id)
	if err != nil {
		return r, err
	}
	change(&r)
	if err := r.check(); err != nil {
		return r, err
	}
	_, err = tx.Exec(`UPDATE custom_channels SET name = $2, description = $3, logo_url = $4, webhook_url = $5, connect_url = $6, capabilities = $7
WHERE id = $1`, r.ID, r.Name, r.Description, r.LogoURL, r.WebhookURL, r.ConnectURL, string(r.Capabilities))
	s.book.Invalidate(tx)
	return r, err
}

// Unregister takes a channel away with its accounts. What came through them stays.
func (s *Store) Unregister(tx *db.Tx, by people.Actor, id int64) error {
	r, err := s.Own(tx, by, id)
	if err != nil {
		return err
	}
	b, err := s.book.Get(tx)
	if err != nil {
		return err
	}
	for _, a := range b.List() {
		if a.Channel == r.ID {
			if err := s.removeAccount(tx, by, a.ID); err != nil {
				return err
			}
		}
	}
	_, err = tx.Exec("UPDATE custom_channels SET removed_at = $2 WHERE id = $1", r.ID, tx.Micros())
	s.book.Invalidate(tx)
	return err
}

// Connected adds an account of a registered channel.
func (s *Store) Connected(tx *db.Tx, by people.Actor, channelID int64, n Input) (Account, error) {
	r, err := s.Own(tx, by, channelID)
	if err != nil {
		return Account{}, err
	}
	if err := r.fits(n.Type); err != nil {
		return Account{}, err
	}
	if b, err := s.book.Get(tx); err != nil {
		return Account{}, err
	} else if _, ok := b.inboxes[n.Inbox]; !ok && n.Inbox != 0 {
		return Account{}, errs.Bad("inboxId", "INVALID_OPTION", "There is no such inbox.")
	}
	for _, k := range s.kinds {
		if k.ByApps {
			n.Kind = k.Name
		}
	}
	return s.add(tx, by, n, Account{Channel: r.ID, limits: r.limits})
}

func (r Registered) fits(t channel.IDType) error {
	if r.limits.Reaches(t) {
		return nil
	}
	return errs.Bad("deliveryIdentifier", "INVALID_DELIVERY_IDENTIFIER", "This type of delivery identifier is not among the channel's capabilities.")
}

// Account reads an account of a registered channel of the actor's, removed ones too.
func (s *Store) Account(tx *db.Tx, by people.Actor, channelID, id int64) (Account, error) {
	if _, err := s.Own(tx, by, channelID); err != nil {
		return Account{}, err
	}
	a, err := s.Get(tx, id)
	if err != nil || a.Channel != channelID {
		return Account{}, orNoRegistered(err)
	}
	return a, nil
}

func orNoRegistered(err error) error {
	if err != nil {
		return err
	}
	return errNoRegistered
}

// Reconnect changes an account of a registered channel.
func (s *Store) Reconnect(tx *db.Tx, by people.Actor, channelID, id int64, c Change) (Account, error) {
	if _, err := s.Account(tx, by, channelID, id); err != nil {
		return Account{}, err
	}
	return s.edit(tx, by, id, c)
}
