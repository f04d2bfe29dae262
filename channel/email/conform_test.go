package email_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/channel/channeltest"
	"github.com/deskbell/deskbell/channel/email"
)

// quick makes a test wait for what is announced, not for the polling.
var quick = email.Tune{Poll: 10 * time.Second}

// open connects an account with the settings.
func open(t testing.TB, settings map[string]string, outbox channel.Outbox) channel.Channel {
	t.Helper()
	account := channel.Account{ID: 7, Kind: "email", Name: "Support", Address: address, Settings: settings}
	c, err := email.New(account, channel.Deps{Outbox: outbox, Now: time.Now, Host: "desk.example"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func outbound(id string) channel.Outbound {
	return channel.Outbound{
		MessageID: id, From: channel.Address{Name: "Support", Email: address}, To: []channel.Address{{Email: "ann@customer.example"}},
		Subject: "Re: help", Text: "Here is help.", Date: time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC),
	}
}

// hostile is mail built to hurt a reader.
func hostile() map[string][]byte {
	nested := strings.Repeat("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", 5000)
	return map[string][]byte{
		"nested":       []byte("From: a@b.example\r\n" + nested),
		"many fields":  []byte(strings.Repeat("X: y\r\n", 200_000) + "\r\nhello"),
		"long subject": []byte("Subject: " + strings.Repeat("=?utf-8?q?a?= ", 50_000) + "\r\n\r\nhello"),
		"bad charset":  []byte("Content-Type: text/plain; charset=utf-7;\r\nSubject: \xff\xfe\x00\r\n\r\n\xff\xff\x00"),
		"no header":    []byte("\r\n\r\n\r\nhello"),
	}
}

func TestFetchingMailboxConforms(t *testing.T) { // MAIL-1, MAIL-2, MAIL-7, CHAN-2, CHAN-3
	channeltest.Run(t, channeltest.Suite{Kind: email.Kind(), Hostile: hostile(), Open: func(t *testing.T, sink *channeltest.Sink) channeltest.Side {
		in, out := startIMAP(t), startSMTP(t)
		settings := out.settings("imap_history_days=1")
		for k, v := range in.settings() {
			settings[k] = v
		}
		return channeltest.Side{
			Channel: quick.Apply(open(t, settings, nil)),
			Fetches: true,
			Arrive:  func(t *testing.T, subject string) { in.add(t, "INBOX", mail(subject), time.Now()) },
			Again: func(t *testing.T) {
				if err := sink.SaveCursor(t.Context(), ""); err != nil {
					t.Error(err)
				}
				in.wire.cut()
			},
			Outbound: outbound,
			Accepted: out.ids,
			Refuse: func(_ *testing.T, temporary bool) {
				code := 554
				if temporary {
					code = 451
				}
				out.refuseNext(&smtp.SMTPError{Code: code, Message: "not today"})
			},
			Vanish: func() { _ = out.wire.Close() },
		}
	}})
}

func TestForwardedAddressConforms(t *testing.T) { // MAIL-1, CHAN-2, CHAN-3
	channeltest.Run(t, channeltest.Suite{Kind: email.Kind(), Open: func(t *testing.T, sink *channeltest.Sink) channeltest.Side {
		at := listen(t, email.ListenerConfig{Route: toSink(sink)})
		outbox := &channeltest.Outbox{}
		var yes atomic.Int64
		var queue, done []string
		hand := func(t *testing.T, subject string) {
			if err := smtpSend(t, at, "ann@customer.example", []string{address}, mail(subject)); err != nil {
				queue = append(queue, subject)
				return
			}
			yes.Add(1)
			done = append(done, subject)
		}
		return channeltest.Side{
			Channel:      open(t, nil, outbox),
			Arrive:       hand,
			Acknowledged: func() int { return int(yes.Load()) },
			Again: func(t *testing.T) {
				again := append(done, queue...)
				queue, done = nil, nil
				for _, subject := range again {
					hand(t, subject)
				}
			},
			Outbound: outbound,
			Accepted: func() (ids []string) {
				for _, k := range outbox.All() {
					ids = append(ids, k.MessageID)
				}
				return ids
			},
		}
	}})
}

// toSink routes the test's address to a sink.
func toSink(sink channel.Sink) func(context.Context, string) (email.Destination, bool, error) {
	return func(_ context.Context, recipient string) (email.Destination, bool, error) {
		return email.Destination{AccountID: 7, Sink: sink}, recipient == address, nil
	}
}

// listen starts a listener until the test ends, and returns where.
func listen(t testing.TB, cfg email.ListenerConfig) string {
	t.Helper()
	cfg.Addr = "127.0.0.1:0"
	cfg.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	l := email.NewListener(cfg)
	ln, err := l.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}

// smtpSend sends one mail and returns what the server says against it.
func smtpSend(t testing.TB, at, from string, to []string, mail string) error {
	t.Helper()
	c, err := smtp.Dial(at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.SendMail(from, to, strings.NewReader(mail))
}
