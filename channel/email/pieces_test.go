package email_test

import (
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/channel/channeltest"
	"github.com/deskbell/deskbell/channel/email"
	"github.com/deskbell/deskbell/errs"
)

func TestFingerprint(t *testing.T) { // CHAN-3
	now := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	noID := "Received: from a; one\r\nSubject: disk full\r\n\r\nhelp\r\n"
	bare := "Subject: disk full\r\n\r\nhelp\r\n"
	for _, c := range []struct {
		name             string
		a, b             string
		fromA, fromB     string
		laterB           time.Duration
		wantTheSameThing bool
	}{
		{"the same mail by another way", "Received: x\r\n" + mail("a"), "Received: y\r\n" + mail("a"), "a@x", "bounce@list", 48 * time.Hour, true},
		{"another Message-ID, same text", mail("a"), strings.Replace(mail("a"), "<61@", "<62@", 1), "a@x", "a@x", 0, false},
		{"one Message-ID, other text", mail("a"), mail("a") + "more", "a@x", "a@x", 0, false},
		{"no Message-ID, again", noID, noID, "a@x", "a@x", 48 * time.Hour, true},
		{"no Message-ID, other sender", noID, noID, "a@x", "b@x", 0, false},
		{"no Message-ID, other time of receipt", noID, strings.Replace(noID, "one", "two", 1), "a@x", "a@x", 0, false},
		{"a script, again at once", bare, bare, "a@x", "a@x", time.Hour, true},
		{"a script, the next day", bare, bare, "a@x", "a@x", 24 * time.Hour, false},
		{"nothing at all", "", "", "", "", 0, true},
	} {
		a, b := email.Fingerprint([]byte(c.a), c.fromA, now), email.Fingerprint([]byte(c.b), c.fromB, now.Add(c.laterB))
		if (a == b) != c.wantTheSameThing || !strings.HasPrefix(a, "smtp:") {
			t.Errorf("%s: %s and %s", c.name, a, b)
		}
	}
}

func TestResume(t *testing.T) { // MAIL-2
	now := time.Unix(1_800_000_000, 0)
	const day = 24 * time.Hour
	for _, c := range []struct {
		name, saved string
		history     time.Duration
		want        string
	}{
		{"first time", "", 0, "9:99:1800000000"},
		{"first time with history", "", day, "9:0:1799913600:99:1799913600"},
		{"not ours", "9:50", 0, "9:99:1800000000"},
		{"rubbish", "9:50:1:2:3:4", 0, "9:99:1800000000"},
		{"negative", "9:-5:1", 0, "9:99:1800000000"},
		{"where we were", "9:50:1700000000", day, "9:50:1700000000"},
		{"within a scan", "9:50:1700000000:99:1700000001", 0, "9:50:1700000000:99:1700000001"},
		{"new numbers, connected long ago", "8:50:1700000000", 0, "9:0:1700000000:99:1797408000"},
		{"new numbers, connected just now", "8:50:1799999999", 0, "9:0:1799999999:99:1799999999"},
	} {
		if got := email.Resume(c.saved, 9, 100, c.history, now); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if got := email.Resume("", 9, 1, day, now); got != "9:0:1799913600" {
		t.Errorf("an empty folder: %s", got)
	}
}

func TestSettings(t *testing.T) { // CHAN-4
	imap := func(more ...string) map[string]string {
		return withSettings(map[string]string{"receive": "imap", "imap_host": "imap.example.org", "imap_password": "x"}, more...)
	}
	for _, c := range []struct {
		field    string
		address  string
		settings map[string]string
	}{
		{"", address, nil},
		{"", address, imap()},
		{"", address, imap("imap_folder=", "imap_port=", "imap_poll_seconds=")},
		{"address", "support", nil},
		{"address", "a@b>\r\nRSET", nil},
		{"imap_host", address, map[string]string{"receive": "imap", "imap_password": "x"}},
		{"imap_host", address, imap("imap_host=imap.example.org/x")},
		{"imap_password", address, map[string]string{"receive": "imap", "imap_host": "h"}},
		{"imap_port", address, imap("imap_port=70000")},
		{"imap_port", address, imap("imap_port=x")},
		{"imap_security", address, imap("imap_security=ssl")},
		{"imap_history_days", address, imap("imap_history_days=-1")},
		{"imap_poll_seconds", address, imap("imap_poll_seconds=1")},
		{"imap_move_to", address, imap("imap_after=move")},
		{"imap_move_to", address, imap("imap_after=move", "imap_move_to=INBOX")},
		{"smtp_host", address, map[string]string{"send": "smtp"}},
		{"smtp_auth", address, map[string]string{"send": "smtp", "smtp_host": "h", "smtp_auth": "kerberos"}},
	} {
		_, err := email.New(channel.Account{Address: c.address, Settings: c.settings}, channel.Deps{Outbox: &channeltest.Outbox{}})
		e := errs.As(err)
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%v: %v", c.settings, err)
		case c.field != "" && (e == nil || len(e.Fields) != 1 || e.Fields[0].Name != c.field):
			t.Errorf("%v: %v, want a complaint about %s", c.settings, err, c.field)
		}
	}
	if _, err := email.New(channel.Account{Address: address}, channel.Deps{}); err == nil {
		t.Error("an account that can send nowhere was made")
	}
}

func TestEnvelope(t *testing.T) {
	mail := "Return-Path: <Ann@x.example>\r\nDelivered-To: one@desk.example\r\nX-Original-To: ONE@desk.example\r\n" +
		"Delivered-To: two@desk.example,\r\n three@desk.example\r\nDelivered-To: no address\r\n\r\nDelivered-To: body@desk.example\r\n"
	from, to := email.Envelope([]byte(mail))
	if from != "Ann@x.example" || strings.Join(to, ",") != "one@desk.example,two@desk.example,three@desk.example" {
		t.Errorf("from %q to %q", from, to)
	}
	if from, to = email.Envelope([]byte(strings.Repeat("Delivered-To: a@x\n", 100_000))); from != "" || len(to) != 1 {
		t.Errorf("repeated: %q %d", from, len(to))
	}
}

func TestNoticeKeepsTheHeader(t *testing.T) { // CHAN-2
	header := "From: a@x.example\r\nContent-Type: multipart/mixed;\r\n boundary=b\r\nSubject: big\r\n thing\r\nMIME-Version: 1.0\r\n\r\n"
	want := "From: a@x.example\r\nSubject: big\r\n thing\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nwhy\r\n"
	if got := string(email.WithNotice([]byte(header), "why")); got != want {
		t.Errorf("%q", got)
	}
	if got := string(email.WithNotice(nil, "why")); !strings.HasPrefix(got, "Subject: ") || !strings.HasSuffix(got, "\r\n\r\nwhy\r\n") {
		t.Errorf("%q", got)
	}
}

func TestWords(t *testing.T) { // CHAN-4: what a server says may be shown
	if got := email.Words("a\r\nb\x1b[31m\xff  c\u202e"); got != "a b[31m? c" {
		t.Errorf("%q", got)
	}
	if got := email.Words(strings.Repeat("x", 1000)); len([]rune(got)) != 301 {
		t.Errorf("%d characters", len([]rune(got)))
	}
}

func FuzzHeader(f *testing.F) { // SEC-1
	f.Add(mail("x"), "ann@x.example")
	f.Add("Delivered-To: <a@b>\n c\n\n", "")
	f.Add(":\n:\n \n", "\x00")
	f.Fuzz(func(t *testing.T, mail, from string) {
		email.Fingerprint([]byte(mail), from, time.Unix(0, 0))
		sender, to := email.Envelope([]byte(mail))
		for _, a := range append(to, sender) {
			if a != "" && !email.ValidAddress(a) {
				t.Errorf("%q came out as an address", a)
			}
		}
		if name := email.HostName(from); strings.ContainsAny(name, "\r\n ()<>;") || name == "" {
			t.Errorf("%q came out as a host name", name)
		}
		if notice := string(email.WithNotice([]byte(mail), "why")); !strings.HasSuffix(notice, "\r\n\r\nwhy\r\n") {
			t.Errorf("notice %q", notice)
		}
	})
}
