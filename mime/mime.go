// Package mime turns raw internet mail into a channel.Inbound and a channel.Outbound into raw mail: structure,
// charsets, quotes and signatures, sanitised HTML, classification and threading hints. It does no I/O and knows
// nothing of tickets, accounts or the database.
package mime

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/mime/page"
)

// Options bounds and informs Parse. The zero value is useful.
type Options struct {
	ReceivedAt      time.Time            // stands in for a missing or absurd Date
	OwnAddresses    func(string) bool    // says whether a lower-cased address is one of ours; nil is never
	TrustedAuthServ func(id string) bool // says whether an authserv-id (RFC 8601 section 2.2) is our own mail server's
	EnvelopeFrom    *string              // SMTP MAIL FROM when known; a pointer to "" is the null sender
	MaxBytes        int                  // whole message, 0 is 40 MB
	MaxDepth        int                  // nested multiparts, 0 is 50
	MaxParts        int                  // parts in all, 0 is 1000
}

const (
	defaultMaxBytes = 40 << 20
	defaultMaxDepth = 50
	defaultMaxParts = 1000
	defaultTimeout  = 30 * time.Second
	maxText         = 1 << 20 // characters of text shown; the original stays downloadable
	maxHTML         = page.MaxHTML
	maxWarnings     = 20
)

// Parse understands one mail (MAIL-4). It bounds size, nesting, parts, header size and time before it works, never
// panics, and returns an errs.Invalid error in plain words for what cannot be read. Oddities that it could live
// with are in Inbound.Warnings.
func Parse(ctx context.Context, raw []byte, opt Options) (in channel.Inbound, err error) {
	opt = opt.withDefaults()
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, defaultTimeout)
		defer cancel()
	}
	defer func() {
		if r := recover(); r != nil {
			in, err = channel.Inbound{}, errs.New(errs.Invalid, "This mail could not be read: it is built in a way that our reader does not understand.", fmt.Errorf("panic while parsing: %v", r))
		}
	}()
	root, warnings, err := readStructure(ctx, raw, opt)
	if err != nil {
		return channel.Inbound{}, err
	}
	r := &reader{ctx: ctx, opt: opt, root: root, raw: raw, warnings: warnings}
	return r.inbound()
}

func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultMaxBytes
	}
	if o.MaxDepth <= 0 {
		o.MaxDepth = defaultMaxDepth
	}
	if o.MaxParts <= 0 {
		o.MaxParts = defaultMaxParts
	}
	if o.OwnAddresses == nil {
		o.OwnAddresses = func(string) bool { return false }
	}
	if o.TrustedAuthServ == nil {
		o.TrustedAuthServ = func(string) bool { return false }
	}
	return o
}

// reader is one Parse under way.
type reader struct {
	ctx      context.Context
	opt      Options
	root     *part
	raw      []byte
	warnings []string
}

func (r *reader) warn(format string, args ...any) {
	if len(r.warnings) < maxWarnings {
		r.warnings = append(r.warnings, clean(fmt.Sprintf(format, args...)))
	}
}

// late returns the error for a mail that took longer than it may.
func late(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return errs.New(errs.Invalid, "This mail could not be read in the time allowed.", ctx.Err())
}

func (r *reader) inbound() (channel.Inbound, error) {
	in := channel.Inbound{}
	r.readHeaders(&in)
	body, err := r.readBody()
	if err != nil {
		return channel.Inbound{}, err
	}
	in.Text, in.HTML, in.Attachments = body.text, body.html, body.attachments
	if err := late(r.ctx); err != nil {
		return channel.Inbound{}, err
	}
	nature, why := r.classify(&in)
	in.Nature = nature
	r.readReport(&in)
	if why != "" && in.Nature == nature {
		r.warn("Recognised as %s: %s.", strings.ReplaceAll(string(nature), "_", " "), why)
	}
	if in.Nature == channel.Message || in.Nature == channel.Bulk {
		in.Forwarded = forwardedSender(in.Subject, in.Text, body.embedded, r.opt.OwnAddresses)
	}
	in.Visible = visible(&in)
	in.Warnings = r.warnings
	return in, late(r.ctx)
}

// clean is page.Clean: every string that leaves this package went through it.
func clean(s string) string { return page.Clean(s) }

// oneLine is clean without line breaks, for headers and names.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(clean(s), func(r rune) bool {
		return r == ' ' || r == '\t' || r == '\n' || r == '\u2028' || r == '\u2029'
	}), " ")
}

// cut shortens s to at most max runes.
func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	n := 0
	for i := range s {
		if n == max {
			return s[:i]
		}
		n++
	}
	return s
}
