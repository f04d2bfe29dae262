package email_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/channel/channeltest"
	"github.com/deskbell/deskbell/channel/email"
)

func to(addresses ...string) (out []channel.Address) {
	for _, a := range addresses {
		out = append(out, channel.Address{Email: a})
	}
	return out
}

// sendError sends and returns the refusal.
func sendError(t *testing.T, c channel.Channel, out channel.Outbound) *channel.SendError {
	t.Helper()
	_, err := c.Send(t.Context(), out)
	var e *channel.SendError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a SendError", err)
	}
	return e
}

func TestSendReachesEveryRecipientOnce(t *testing.T) { // MAIL-7
	s := startSMTP(t)
	out := outbound("copies@desk.example")
	out.To, out.Cc, out.Bcc = to("a@x.example", "b@x.example"), to("B@x.example", "c@x.example"), to("hidden@x.example")
	receipt, err := open(t, s.settings(), nil).Send(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	got := s.all()[0]
	if got.from != address || strings.Join(got.to, ",") != "a@x.example,b@x.example,c@x.example,hidden@x.example" {
		t.Errorf("envelope from %s to %v", got.from, got.to)
	}
	if strings.Contains(got.body, "hidden") {
		t.Error("the blind copy shows in the message")
	}
	if string(receipt.Source) != got.body {
		t.Errorf("the receipt shows %q, sent was %q", receipt.Source, got.body)
	}
	if !strings.HasPrefix(receipt.Detail, "250 ") || s.helo != "desk.example" {
		t.Errorf("receipt %q, HELO %q", receipt.Detail, s.helo)
	}
}

func TestSendByRuleHasNoSender(t *testing.T) { // MAIL-5
	s := startSMTP(t)
	out := outbound("auto@desk.example")
	out.Automatic = true
	if _, err := open(t, s.settings(), nil).Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	if got := s.all()[0].from; got != "" {
		t.Errorf("the envelope sender is %q", got)
	}
}

func TestSignInToSend(t *testing.T) { // MAIL-1
	for _, mechanism := range []string{sasl.Plain, sasl.Login} {
		s := startSMTP(t, mechanism)
		settings := s.settings("smtp_user="+address, "smtp_password="+password)
		if _, err := open(t, settings, nil).Send(t.Context(), outbound("signed@desk.example")); err != nil || s.signedIn != mechanism {
			t.Errorf("%s: %v, signed in by %q", mechanism, err, s.signedIn)
		}
		e := sendError(t, open(t, withSettings(settings, "smtp_password=wrong"), nil), outbound("x@desk.example"))
		if !e.Temporary || !strings.Contains(e.Message, "refused the user name or password") {
			t.Errorf("%s, wrong password: temporary %v, %q", mechanism, e.Temporary, e.Message)
		}
	}
	s := startSMTP(t, "XOAUTH2")
	settings := s.settings("smtp_auth=xoauth2", "smtp_user="+address, "smtp_password="+token)
	if _, err := open(t, settings, nil).Send(t.Context(), outbound("token@desk.example")); err != nil {
		t.Errorf("by access token: %v", err)
	}
	stale := sendError(t, open(t, withSettings(settings, "smtp_password=stale"), nil), outbound("x@desk.example"))
	if !stale.Temporary || !strings.Contains(stale.Message, "refused the OAuth 2.0 access token") {
		t.Errorf("a stale token: %+v", stale)
	}
	s = startSMTP(t, "SCRAM-SHA-256")
	e := sendError(t, open(t, s.settings("smtp_user="+address, "smtp_password="+password), nil), outbound("x@desk.example"))
	if !strings.Contains(e.Message, "takes no password over this connection") {
		t.Errorf("no mechanism in common: %q", e.Message)
	}
}

func TestSomeRecipientsRefused(t *testing.T) { // MAIL-7
	s := startSMTP(t)
	s.bad["gone@x.example"] = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	s.bad["full@x.example"] = &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
	c := open(t, s.settings(), nil)
	out := outbound("some@desk.example")

	out.To = to("gone@x.example", "ann@x.example")
	receipt, err := c.Send(t.Context(), out)
	if err != nil || !strings.Contains(receipt.Detail, "not to gone@x.example: 550 5.1.1 no such user") {
		t.Errorf("one of two refused: %q, %v", receipt.Detail, err)
	}
	out.To = to("gone@x.example")
	if e := sendError(t, c, out); e.Temporary || e.Code != "550 5.1.1" || !strings.Contains(e.Message, "gone@x.example") {
		t.Errorf("the only one refused: %+v", e)
	}
	out.To = to("gone@x.example", "full@x.example")
	if e := sendError(t, c, out); !e.Temporary || !strings.Contains(e.Message, "full@x.example") {
		t.Errorf("one refused for good, one for now: %+v", e)
	}
	if got := s.ids(); len(got) != 1 {
		t.Errorf("accepted %v, want only the first", got)
	}
}

func TestSendRefusesWhatCannotBeSent(t *testing.T) { // SEC-1: header and command injection
	s := startSMTP(t)
	c := open(t, s.settings(), nil)
	for name, bad := range map[string]string{
		"parameter": "a@x.example> SIZE=1", "command": "a@x.example>\r\nRSET", "no domain": "a@", "no local part": "@x.example",
		"space": "a b@x.example", "NUL": "a\x00@x.example", "nothing": "", "beyond ASCII, not offered": "ä@x.example",
	} {
		out := outbound("bad@desk.example")
		out.To = to(bad)
		if e := sendError(t, c, out); e.Temporary {
			if !strings.HasPrefix(name, "beyond") {
				t.Errorf("%s: %+v, want a refusal for good", name, e)
			}
		}
	}
	out := outbound("nobody@desk.example")
	out.To = nil
	if e := sendError(t, c, out); e.Temporary {
		t.Errorf("no recipient: %+v", e)
	}
	out = outbound("large@desk.example")
	out.Text = strings.Repeat("0123456789abcdef\n", 100_000)
	if e := sendError(t, c, out); e.Temporary || !strings.HasPrefix(e.Code, "552") {
		t.Errorf("larger than the server takes: %+v", e)
	}
	if got := s.ids(); len(got) != 0 {
		t.Errorf("accepted %v", got)
	}
}

func TestSendOverTLS(t *testing.T) { // MAIL-1, SEC-2
	config, roots := certificate(t)
	s := startTLSSMTP(t, config)
	plain := startSMTP(t)
	for _, c := range []struct {
		name, want string
		tune       email.Tune
		settings   map[string]string
	}{
		{"STARTTLS", "", email.Tune{Roots: roots}, s.settings("smtp_security=starttls")},
		{"TLS", "", email.Tune{Roots: roots}, s.settings("smtp_security=tls", "smtp_port="+secured(t, config, plain.wire.Addr().String()))},
		{"untrusted", "signed by nobody", email.Tune{}, s.settings("smtp_security=starttls")},
		{"not offered", "does not offer STARTTLS", email.Tune{Roots: roots}, plain.settings("smtp_security=starttls")},
		{"not spoken", "does not start with TLS", email.Tune{Roots: roots}, plain.settings("smtp_security=tls")},
	} {
		t.Run(c.name, func(t *testing.T) {
			ch := c.tune.Apply(open(t, c.settings, nil))
			if c.want == "" {
				if _, err := ch.Send(t.Context(), outbound("tls@desk.example")); err != nil {
					t.Error(err)
				}
				return
			}
			if e := sendError(t, ch, outbound("tls@desk.example")); !e.Temporary || !strings.Contains(e.Message, c.want) {
				t.Errorf("%+v, want %q", e, c.want)
			}
		})
	}
}

func TestSilentServerDoesNotHoldUpSending(t *testing.T) { // REL-1
	silent := newWire(t)
	s := &smtpSide{wire: silent}
	c := email.Tune{Step: 200 * time.Millisecond}.Apply(open(t, s.settings(), nil))
	if e := sendError(t, c, outbound("x@desk.example")); !e.Temporary || !strings.Contains(e.Message, "did not answer in time") {
		t.Errorf("%+v", e)
	}
}

func TestWithoutServerMailIsKept(t *testing.T) { // MAIL-7
	outbox := &channeltest.Outbox{}
	c := open(t, nil, outbox)
	for range 2 {
		receipt, err := c.Send(t.Context(), outbound("kept@desk.example"))
		if err != nil || len(receipt.Source) == 0 {
			t.Fatalf("%+v, %v", receipt, err)
		}
	}
	kept := outbox.All()
	if len(kept) != 1 || kept[0].From != address || kept[0].To[0] != "ann@customer.example" || !strings.Contains(string(kept[0].Source), "Here is help.") {
		t.Errorf("kept %+v", kept)
	}
}

func TestSendTest(t *testing.T) { // CHAN-4
	s := startSMTP(t, sasl.Plain)
	settings := s.settings("smtp_user="+address, "smtp_password="+password)
	if err := testAccount(t, settings, email.Tune{}); err != nil {
		t.Error(err)
	}
	if err := testAccount(t, withSettings(settings, "smtp_password=wrong"), email.Tune{}); err == nil {
		t.Error("a wrong password passes the test")
	}
	if len(s.ids()) != 0 {
		t.Error("the test sent something")
	}
}
