package email

import (
	"crypto/x509"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/deskbell/deskbell/channel"
)

// Tune is what a test may change of a mailbox.
type Tune struct {
	Poll  time.Duration
	Roots *x509.CertPool
	Whole int64 // largest mail fetched whole
	Group int64
	Count int
	Step  time.Duration
}

// Apply changes c, which New made.
func (t Tune) Apply(c channel.Channel) channel.Channel {
	m := c.(*mailbox)
	if t.Poll > 0 {
		m.cfg.imap.poll = t.Poll
	}
	if t.Roots != nil {
		m.roots = t.Roots
	}
	if t.Whole > 0 {
		m.limits.whole = t.Whole
	}
	if t.Group > 0 {
		m.limits.group = t.Group
	}
	if t.Count > 0 {
		m.limits.count = t.Count
	}
	if t.Step > 0 {
		m.step = t.Step
	}
	return c
}

// Resume is resume with the cursors in their written form.
func Resume(saved string, validity uint32, next uint32, history time.Duration, now time.Time) string {
	return resume(saved, validity, imap.UID(next), history, now).String()
}

// What tests look at directly.
var (
	Fingerprint  = fingerprint
	Envelope     = envelope
	WithNotice   = withNotice
	ValidAddress = validAddress
	HostName     = hostName
	Words        = words
)
