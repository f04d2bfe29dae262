package email

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/mime"
)

// submitTimeout is how long the server may think about a whole message; RFC 5321 section 4.5.3.2.6 wants ten minutes.
const submitTimeout = 10 * time.Minute

// Send implements channel.Channel (MAIL-7). The same Outbound makes the same bytes with the same Message-ID, by which
// the far side can tell a repetition after a crash.
func (m *mailbox) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	to, err := recipients(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	source, err := mime.Build(out)
	if err != nil {
		return channel.Receipt{}, permanent("554 5.6.0", "This message cannot be written as an e-mail.", err)
	}
	from := m.cfg.address
	if out.Automatic {
		from = "" // RFC 3834 section 3.3: nobody answers what was sent by a rule
	}
	receipt := channel.Receipt{Source: source}
	if m.cfg.smtp == nil {
		if err := m.deps.Outbox.Keep(ctx, out.MessageID, from, to, source); err != nil {
			return channel.Receipt{}, temporary("451 4.3.0", "The outbox could not keep the message.", err)
		}
		receipt.Detail = "Kept in the outbox."
		return receipt, nil
	}
	c, err := m.dialSMTP(ctx)
	if err != nil {
		return channel.Receipt{}, asSendError(*m.cfg.smtp, err)
	}
	defer c.quit()
	if receipt.Detail, err = c.transfer(from, to, source); err != nil {
		return channel.Receipt{}, asSendError(*m.cfg.smtp, err)
	}
	return receipt, nil
}

// recipients are To, Cc and Bcc, each once.
func recipients(out channel.Outbound) ([]string, error) {
	var to []string
	seen := map[string]bool{}
	for _, list := range [][]channel.Address{out.To, out.Cc, out.Bcc} {
		for _, a := range list {
			if !validAddress(a.Email) {
				return nil, permanent("553 5.1.3", fmt.Sprintf("%q is not an e-mail address.", words(a.Email)), nil)
			}
			if key := strings.ToLower(a.Email); !seen[key] {
				seen[key] = true
				to = append(to, a.Email)
			}
		}
	}
	if len(to) == 0 {
		return nil, permanent("554 5.5.1", "The message has no recipient.", nil)
	}
	return to, nil
}

func permanent(code, message string, cause error) *channel.SendError {
	return &channel.SendError{Code: code, Message: message, Cause: cause}
}

func temporary(code, message string, cause error) *channel.SendError {
	return &channel.SendError{Temporary: true, Code: code, Message: message, Cause: cause}
}

// submission is one signed-in connection to the SMTP server.
type submission struct {
	client *smtp.Client
	line   *line
	cfg    endpoint
	step   time.Duration
}

func (m *mailbox) dialSMTP(ctx context.Context) (*submission, error) {
	cfg := *m.cfg.smtp
	l, err := m.connect(ctx, cfg)
	if err != nil {
		return nil, err
	}
	c := &submission{line: l, cfg: cfg, step: m.step}
	err = c.hello(m)
	if err == nil {
		return c, nil
	}
	l.close()
	var no *smtp.SMTPError
	if errors.As(err, &no) && errs.As(err) == nil {
		message := fmt.Sprintf("The server at %s does not let us in.%s", cfg.address(), said(no.Message))
		return nil, errs.New(errs.Unavailable, message, err)
	}
	return nil, explain(cfg, err)
}

func (c *submission) hello(m *mailbox) error {
	if c.cfg.security == securityStartTLS {
		var err error
		if c.client, err = smtp.NewClientStartTLS(c.line.conn, m.tlsConfig(c.cfg)); err != nil {
			return c.startTLSWords(err)
		}
	} else {
		c.client = smtp.NewClient(c.line.conn)
	}
	if err := c.client.Hello(m.deps.Host); err != nil {
		return err
	}
	if c.cfg.user == "" {
		return nil
	}
	mechanism, err := c.mechanism()
	if err != nil {
		return err
	}
	err = c.client.Auth(mechanism)
	var no *smtp.SMTPError
	if errors.As(err, &no) && no.Code/100 == 5 {
		return refused(c.cfg, no.Message, err)
	}
	return err
}

// startTLSWords tells a server without STARTTLS from one where it failed; the library has no type for the first.
func (c *submission) startTLSWords(err error) error {
	if !strings.Contains(err.Error(), "doesn't support STARTTLS") {
		return err
	}
	return errs.Bad("smtp_security", "NO_STARTTLS", fmt.Sprintf("The server at %s does not offer STARTTLS.", c.cfg.address()))
}

func (c *submission) mechanism() (sasl.Client, error) {
	switch {
	case c.cfg.auth == authXOAuth2:
		return xoauth2{c.cfg.user, c.cfg.password}, nil
	case c.client.SupportsAuth(sasl.Plain):
		return sasl.NewPlainClient("", c.cfg.user, c.cfg.password), nil
	case c.client.SupportsAuth(sasl.Login):
		return &login{user: c.cfg.user, password: c.cfg.password}, nil
	}
	return nil, errs.Bad("smtp_security", "NO_SIGN_IN",
		fmt.Sprintf("The server at %s takes no password over this connection. Choose other security, or leave the user empty.", c.cfg.address()))
}

// transfer sends one message. If some recipients are refused and others not, it is sent, and the words say who will
// not get it: sending it again would reach the others twice.
func (c *submission) transfer(from string, to []string, source []byte) (string, error) {
	opts := &smtp.MailOptions{Size: int64(len(source)), UTF8: needsUTF8(from, to)}
	if ok, _ := c.client.Extension("SMTPUTF8"); opts.UTF8 && !ok {
		return "", permanent("553 5.6.7", fmt.Sprintf("The server at %s takes no addresses with letters beyond ASCII.", c.cfg.address()), nil)
	}
	if err := c.client.Mail(from, opts); err != nil {
		return "", err
	}
	var rejected []rejection
	for _, one := range to {
		if err := c.client.Rcpt(one, nil); err != nil {
			var no *smtp.SMTPError
			if !errors.As(err, &no) || no.Code == 421 {
				return "", err
			}
			rejected = append(rejected, rejection{one, no})
		}
	}
	if len(rejected) == len(to) {
		return "", allRejected(rejected)
	}
	w, err := c.client.Data()
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(w, bytes.NewReader(source)); err != nil {
		return "", err
	}
	c.line.raw.expect(submitTimeout)
	reply, err := w.CloseWithResponse()
	c.line.raw.expect(c.step)
	if err != nil {
		return "", err
	}
	return "250 " + words(reply.StatusText) + also(rejected), nil
}

func needsUTF8(from string, to []string) bool {
	for _, a := range append([]string{from}, to...) {
		if strings.ContainsFunc(a, func(r rune) bool { return r > unicode.MaxASCII }) {
			return true
		}
	}
	return false
}

// rejection is one recipient whom the server does not take.
type rejection struct {
	address string
	reply   *smtp.SMTPError
}

func allRejected(all []rejection) *channel.SendError {
	e := &channel.SendError{Code: code(all[0].reply), Cause: all[0].reply}
	var parts []string
	for _, r := range all {
		e.Temporary = e.Temporary || r.reply.Temporary()
		parts = append(parts, fmt.Sprintf("The server refused %s: %q.", r.address, words(r.reply.Message)))
	}
	e.Message = strings.Join(parts, " ")
	return e
}

func also(rejected []rejection) string {
	var b strings.Builder
	for _, r := range rejected {
		fmt.Fprintf(&b, "; not to %s: %s %s", r.address, code(r.reply), words(r.reply.Message))
	}
	return b.String()
}

func code(e *smtp.SMTPError) string {
	if e.EnhancedCode[0] <= 0 {
		return fmt.Sprint(e.Code)
	}
	return fmt.Sprintf("%d %d.%d.%d", e.Code, e.EnhancedCode[0], e.EnhancedCode[1], e.EnhancedCode[2])
}

// asSendError says whether trying again can help: a reply of 5xx never does, everything else may, a lost connection
// and a wrong password included, for people repair those.
func asSendError(e endpoint, err error) *channel.SendError {
	var ready *channel.SendError
	if errors.As(err, &ready) {
		return ready
	}
	if known := errs.As(err); known != nil {
		return temporary("", known.Message, err)
	}
	var no *smtp.SMTPError
	if errors.As(err, &no) {
		message := fmt.Sprintf("The server at %s refused the message.%s", e.address(), said(no.Message))
		return &channel.SendError{Temporary: no.Temporary(), Code: code(no), Message: message, Cause: err}
	}
	return temporary("", connectWords(e, err), err)
}

// quit says goodbye without waiting long, and closes.
func (c *submission) quit() {
	c.line.raw.expect(2 * time.Second)
	_ = c.client.Quit() // the server may be gone already
	c.line.close()
}
