// Package email is the e-mail channel: it fetches from an IMAP mailbox or takes mail from its own SMTP and LMTP
// listener, and sends through an SMTP server or the outbox. It must not know tickets, threads, or the database.
package email

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/mime"
)

const (
	maxSend    = 25 << 20 // bytes of one message going out: what the large providers take
	maxReceive = 50 << 20 // bytes of one message coming in that are kept whole
)

// Kind describes e-mail as data: its settings form, its limits, and its constructor (MAIL-1).
func Kind() channel.Kind {
	return channel.Kind{
		Name:     "email",
		Label:    "E-mail",
		Source:   "EMAIL",
		Number:   1002,
		Settings: settingsForm(),
		Limits: channel.Limits{
			MaxBytes: maxSend, HTML: true, Subject: true, CopyRecipients: true, Attachments: true, StatusTriggers: true, EmailDates: true,
		},
		New: New,
	}
}

// mailbox is one connected address.
type mailbox struct {
	account channel.Account
	deps    channel.Deps
	cfg     config
	roots   *x509.CertPool // nil is the machine's; tests bring their own
	limits  fetchLimits
	step    time.Duration // for one answer of a server
}

var (
	_ channel.Channel  = (*mailbox)(nil)
	_ channel.Receiver = (*mailbox)(nil)
	_ channel.Parser   = (*mailbox)(nil)
	_ channel.Tester   = (*mailbox)(nil)
)

// New returns the channel of one account. Its error names the setting that is wrong. It does not connect.
func New(account channel.Account, deps channel.Deps) (channel.Channel, error) {
	cfg, err := readConfig(account)
	if err != nil {
		return nil, err
	}
	if cfg.smtp == nil && deps.Outbox == nil {
		return nil, errs.Bad("send", "REQUIRED", "send must be smtp: there is no outbox here")
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Host == "" {
		deps.Host = "localhost"
	}
	return &mailbox{account: account, deps: deps, cfg: cfg, limits: defaultFetchLimits, step: stepTimeout}, nil
}

// Parse implements channel.Parser.
func (m *mailbox) Parse(ctx context.Context, raw channel.Raw) (channel.Inbound, error) {
	opt := mime.Options{
		ReceivedAt:      raw.ReceivedAt,
		MaxBytes:        maxReceive + 1<<20, // what was accepted is also read
		OwnAddresses:    func(address string) bool { return address == m.cfg.address },
		TrustedAuthServ: func(id string) bool { return m.cfg.authServers[id] || id == m.deps.Host },
	}
	// Without recipients the sender was not part of an envelope: IMAP does not always tell.
	if raw.EnvelopeFrom != "" || len(raw.EnvelopeTo) > 0 && m.cfg.imap == nil {
		opt.EnvelopeFrom = &raw.EnvelopeFrom
	}
	return mime.Parse(ctx, raw.Body, opt)
}

// Test implements channel.Tester: it signs in wherever the account receives and sends.
func (m *mailbox) Test(ctx context.Context) error {
	var problems []error
	if m.cfg.imap != nil {
		s, err := m.openFolder(ctx)
		if err == nil {
			s.logout()
		}
		problems = append(problems, err)
	}
	if m.cfg.smtp != nil {
		c, err := m.dialSMTP(ctx)
		if err == nil {
			c.quit()
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}
