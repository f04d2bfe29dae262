package email

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/deskbell/deskbell/channel"
)

const (
	maxHops   = 100     // RFC 5321 section 6.3: more Received fields than this are a loop
	pieceSize = 1 << 18 // bytes read, and reserved of the common memory, at one time
)

// reply makes an SMTP reply.
func reply(code, class, subject, detail int, text string) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{class, subject, detail}, Message: text}
}

// reception is the conversation with one mail server. The library may call Reset and Data at the same time when the
// message comes in chunks (RFC 3030), hence the lock.
type reception struct {
	l    *Listener
	conn *smtp.Conn
	ip   string

	mu   sync.Mutex
	from string
	to   []routed
}

// routed is a recipient and whose it is.
type routed struct {
	address string
	Destination
}

func (l *Listener) newSession(c *smtp.Conn) (smtp.Session, error) {
	return &reception{l: l, conn: c, ip: ipOf(c.Conn().RemoteAddr())}, nil
}

// Reset implements smtp.Session.
func (r *reception) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.from, r.to = "", nil
}

// Logout implements smtp.Session.
func (r *reception) Logout() error { return nil }

// Mail implements smtp.Session.
func (r *reception) Mail(from string, _ *smtp.MailOptions) error {
	r.Reset()
	if from != "" && !validAddress(from) {
		return reply(553, 5, 1, 7, "The sender is not an address")
	}
	if !r.l.guests.message(r.ip, time.Now()) {
		return reply(451, 4, 7, 1, "Too many messages, try again later")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (r *reception) Rcpt(to string, _ *smtp.RcptOptions) error {
	ctx, cancel := context.WithTimeout(context.Background(), r.l.cfg.StoreLimit)
	defer cancel()
	destination, ok := Destination{}, false
	if validAddress(to) {
		var err error
		if destination, ok, err = r.l.cfg.Route(ctx, strings.ToLower(to)); err != nil {
			r.l.cfg.Log.Error("looking up a recipient", "error", err)
			return reply(451, 4, 3, 0, "The recipient cannot be looked up now, try again later")
		}
	}
	if !ok {
		return reply(550, 5, 1, 1, "There is no such address here")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to = append(r.to, routed{to, destination})
	return nil
}

// Data implements smtp.Session: yes only when every account has the message. After a no for one of them the sender
// comes again, and the others know the message by its id.
func (r *reception) Data(in io.Reader) error {
	results, err := r.take(in)
	if err != nil {
		return err
	}
	for _, err := range results {
		if err != nil {
			return err
		}
	}
	return nil
}

// LMTPData implements smtp.LMTPSession.
func (r *reception) LMTPData(in io.Reader, status smtp.StatusCollector) error {
	r.mu.Lock()
	to := r.to
	r.mu.Unlock()
	results, err := r.take(in)
	if err != nil {
		return err
	}
	for _, one := range to {
		status.SetStatus(one.address, results[one.AccountID])
	}
	return nil
}

// take reads one message whole and stores it once for each account; results are by account. Nothing is stored of a
// message that did not come to its end (REL-1).
func (r *reception) take(in io.Reader) (results map[int64]error, err error) {
	r.mu.Lock()
	from, to := r.from, r.to
	r.mu.Unlock()
	if !r.l.enter() {
		return nil, reply(421, 4, 3, 2, "The server is stopping, try again later")
	}
	defer r.l.busy.Done()
	stamp := r.stamp(to)
	stamped, reserved, err := r.read(in, stamp)
	defer func() { r.l.release(reserved) }()
	if err != nil {
		return nil, err
	}
	mail := stamped[len(stamp):]
	if len(values(mail, "received")) > maxHops {
		return nil, reply(554, 5, 4, 6, "The message goes in a circle")
	}
	raw := channel.Raw{ReceivedAt: r.l.cfg.Now().UTC(), EnvelopeFrom: from, Body: stamped}
	raw.ExternalID = fingerprint(mail, from, raw.ReceivedAt)
	return r.deliver(raw, to), nil
}

// read returns the stamp and the message below it, and how much of the common memory they hold.
func (r *reception) read(in io.Reader, stamp []byte) (body []byte, reserved int64, err error) {
	body = stamp
	for {
		if cap(body)-len(body) < pieceSize {
			grow := int64(max(pieceSize, len(body)))
			if !r.l.reserve(grow) {
				return nil, reserved, reply(452, 4, 3, 1, "The server is busy with other messages, try again later")
			}
			reserved += grow
			body = append(make([]byte, 0, int64(len(body))+grow), body...)
		}
		n, err := in.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case err == io.EOF:
			return body, reserved, nil
		case err != nil:
			return nil, reserved, err
		}
	}
}

// deliver stores raw once for each account. The stores share its bytes and must not change them.
func (r *reception) deliver(raw channel.Raw, to []routed) map[int64]error {
	// The sender may hang up or the program may be told to stop: what has begun is finished.
	ctx, cancel := context.WithTimeout(context.Background(), r.l.cfg.StoreLimit)
	defer cancel()
	results := map[int64]error{}
	for _, first := range to {
		if _, done := results[first.AccountID]; done {
			continue
		}
		raw.EnvelopeTo = nil
		for _, one := range to {
			if address := strings.ToLower(one.address); one.AccountID == first.AccountID && !contains(raw.EnvelopeTo, address) {
				raw.EnvelopeTo = append(raw.EnvelopeTo, address)
			}
		}
		results[first.AccountID] = nil
		if err := first.Sink.Deliver(ctx, raw); err != nil {
			r.l.cfg.Log.Error("storing a received mail", "account", first.AccountID, "error", err)
			results[first.AccountID] = reply(451, 4, 3, 0, "The message could not be stored, try again later")
			continue
		}
		first.Sink.Healthy(ctx)
	}
	return results
}

// stamp is our Received field (RFC 5321 section 4.4). It names the recipient only if there is just one, so that a
// blind copy stays blind.
func (r *reception) stamp(to []routed) []byte {
	protocol := "ESMTP"
	if r.l.cfg.LMTP {
		protocol = "LMTP"
	}
	if _, ok := r.conn.TLSConnectionState(); ok {
		protocol += "S"
	}
	recipient := ""
	if len(to) == 1 {
		recipient = fmt.Sprintf("\r\n\tfor <%s>", to[0].address)
	}
	return fmt.Appendf(nil, "Received: from %s ([%s])\r\n\tby %s with %s%s;\r\n\t%s\r\n", hostName(r.conn.Hostname()), r.ip,
		r.l.cfg.Domain, protocol, recipient, r.l.cfg.Now().UTC().Format("Mon, 2 Jan 2006 15:04:05 -0700"))
}

// hostName is what a client called itself, without what does not belong in a header field.
func hostName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_:[]", r) {
			return r
		}
		return -1
	}, s[:min(len(s), 255)])
	if s == "" {
		return "unknown"
	}
	return s
}

var (
	_ smtp.Session     = (*reception)(nil)
	_ smtp.LMTPSession = (*reception)(nil)
)
