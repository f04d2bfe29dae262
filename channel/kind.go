package channel

import (
	"context"
	"slices"
	"time"
)

// Kind describes a sort of channel as data: a package exports one, and cmd/deskbell lists them.
type Kind struct {
	Name     string // "email"
	Label    string // "E-mail"
	Source   string // HubSpot's source_type of its tickets: "EMAIL"
	Number   int64  // HubSpot's id of the channel; 0 for none
	ByApps   bool   // apps register channels of this kind and connect their accounts: nobody does it by a form
	Settings []Setting
	Limits   Limits
	New      func(Account, Deps) (Channel, error)
}

// SettingType drives the form field and the check.
type SettingType string

// The setting types.
const (
	Text   SettingType = "text"
	Secret SettingType = "secret" // never shown again after it was saved
	Number SettingType = "number"
	Choice SettingType = "choice"
	Switch SettingType = "switch" // "true" or "false"
)

// Setting is one field of a channel's form.
type Setting struct {
	Name, Label, Help string
	Type              SettingType
	Required          bool
	Default           string
	Choices           []Option
	When              string // show only if "name=value" holds
}

// Option is one choice of a Setting.
type Option struct{ Value, Label string }

// Limits are the differences between channels, as data: nothing outside a channel's package asks for its name.
type Limits struct {
	ReplyWindow    time.Duration // 0 is none
	MaxBytes       int64         // one message with its attachments
	HTML           bool
	Subject        bool
	CopyRecipients bool // Cc and Bcc
	Attachments    bool
	StatusTriggers bool     // AUTO-5: status automation applies to it by default
	EmailDates     bool     // its messages move the properties that HubSpot keeps of e-mails alone, such as the first e-mail reply
	Identifiers    []IDType // by which it reaches people; none is by e-mail address alone
	OneWay         bool     // nothing can be sent by it
	MaxFiles       int      // of one message; 0 for any number
	MaxFileBytes   int64    // of one file; 0 for any size
}

// Reaches reports whether the channel can send to identifiers of a type.
func (l Limits) Reaches(t IDType) bool {
	return len(l.Identifiers) == 0 && t == Email || slices.Contains(l.Identifiers, t)
}

// Account is one connected mailbox, page or number with its settings, secrets decrypted.
type Account struct {
	ID       int64
	Kind     string
	Name     string            // display and From name
	Address  string            // support@desk.localhost
	Settings map[string]string // by Setting.Name, defaults filled in
	Channel  int64             // that an app registered and the account belongs to; 0 for none
	Type     IDType            // of Address
}

// App is how the app is reached that registered a channel.
type App struct {
	Account int64  // our account's number, by which an app of many accounts tells them apart
	URL     string // takes what goes out; "" when it wants none
	Secret  string // signs it
	BaseURL string // of ours, for links to files
}

// Deps is what a channel may use besides its account.
type Deps struct {
	Outbox Outbox           // takes mail when no SMTP server is configured
	Now    func() time.Time // the clock
	Host   string           // our host name, for HELO and Message-IDs
	// Post calls a server outside, whose address people typed; status is what it answered, and answer how that begins.
	Post func(ctx context.Context, url string, header map[string]string, body []byte) (status int, answer []byte, err error)
	// App finds the app that registered a channel.
	App func(ctx context.Context, channel int64) (App, error)
}

// Outbox keeps messages that have no server to go to, so that people can read and download them.
type Outbox interface {
	// Keep stores the message under its Message-ID; again with the same id changes nothing.
	Keep(ctx context.Context, messageID string, from string, to []string, source []byte) error
}
