package email_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/channel/channeltest"
	"github.com/deskbell/deskbell/channel/email"
)

// talk is a bare SMTP connection: lines out, replies in.
type talk struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func call(t testing.TB, at string) *talk {
	t.Helper()
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &talk{t, conn, bufio.NewReader(conn)}
}

// hear reads one reply and checks how it begins.
func (c *talk) hear(want string) string {
	c.t.Helper()
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			c.t.Fatalf("waiting for %q: %v", want, err)
		}
		if len(line) > 3 && line[3] == ' ' {
			if !strings.HasPrefix(line, want) {
				c.t.Fatalf("got %q, want %q", line, want)
			}
			return line
		}
	}
}

func (c *talk) say(line, want string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, line+"\r\n"); err != nil {
		c.t.Fatal(err)
	}
	c.hear(want)
}

// upToData opens a transaction for the test's address.
func (c *talk) upToData(hello string) {
	c.t.Helper()
	c.hear("220")
	c.say(hello+" client.example", "250")
	c.say("MAIL FROM:<ann@customer.example>", "250")
	c.say("RCPT TO:<"+address+">", "250")
}

func code(err error) string {
	var e *smtp.SMTPError
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	return fmt.Sprintf("%d %d.%d.%d", e.Code, e.EnhancedCode[0], e.EnhancedCode[1], e.EnhancedCode[2])
}

// twoAccounts routes support@ and help@ to one sink, sales@ to another.
func twoAccounts(support, sales *channeltest.Sink) func(context.Context, string) (email.Destination, bool, error) {
	return func(_ context.Context, recipient string) (email.Destination, bool, error) {
		switch recipient {
		case "support@desk.example", "help@desk.example":
			return email.Destination{AccountID: 1, Sink: support}, true, nil
		case "sales@desk.example":
			return email.Destination{AccountID: 2, Sink: sales}, true, nil
		case "broken@desk.example":
			return email.Destination{}, false, errors.New("the database is gone")
		}
		return email.Destination{}, false, nil
	}
}

func TestListenerRecipients(t *testing.T) { // MAIL-1
	support, sales := &channeltest.Sink{}, &channeltest.Sink{}
	at := listen(t, email.ListenerConfig{Route: twoAccounts(support, sales), MaxRecipients: 3})
	for _, c := range []struct {
		name, want string
		to         []string
	}{
		{"unknown", "550 5.1.1", []string{"nobody@desk.example"}},
		{"elsewhere: no open relay", "550 5.1.1", []string{"support@desk.example", "x@elsewhere.example"}},
		{"lookup fails", "451 4.3.0", []string{"broken@desk.example"}},
		{"too many", "452 4.5.3", []string{"support@desk.example", "help@desk.example", "support@desk.example", "sales@desk.example"}},
	} {
		if got := code(smtpSend(t, at, "ann@x.example", c.to, mail(c.name))); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if err := smtpSend(t, at, "ann@x.example", []string{"Help@Desk.example", "sales@desk.example", "support@desk.example"}, mail("three")); err != nil {
		t.Fatal(err)
	}
	if got := support.Stored(); support.Attempts() != 1 || strings.Join(got[0].EnvelopeTo, ",") != "help@desk.example,support@desk.example" || got[0].EnvelopeFrom != "ann@x.example" {
		t.Errorf("one account with two addresses: %d deliveries, %+v", support.Attempts(), got)
	}
	if got := sales.Stored(); sales.Attempts() != 1 || strings.Join(got[0].EnvelopeTo, ",") != "sales@desk.example" {
		t.Errorf("the other account: %d deliveries, %+v", sales.Attempts(), got)
	}
}

func TestListenerSaysYesAfterTheCommit(t *testing.T) { // CHAN-2
	sink := &channeltest.Sink{}
	c := call(t, listen(t, email.ListenerConfig{Route: toSink(sink)}))
	release := sink.Hold()
	defer release()
	c.upToData("EHLO")
	c.say("DATA", "354")
	if _, err := io.WriteString(c.conn, mail("held")+".\r\n"); err != nil {
		t.Fatal(err)
	}
	sink.Await(t, "the delivery", func() bool { return sink.Attempts() == 1 })
	_ = c.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if reply, err := c.in.ReadString('\n'); err == nil {
		t.Fatalf("the reply %q came before the mail was stored", reply)
	}
	_ = c.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	release()
	c.hear("250")
	if len(sink.Stored()) != 1 {
		t.Error("yes, but nothing is stored")
	}
}

func TestListenerStoreFails(t *testing.T) { // CHAN-2, CHAN-3
	support, sales := &channeltest.Sink{}, &channeltest.Sink{}
	at := listen(t, email.ListenerConfig{Route: twoAccounts(support, sales)})
	sales.FailNext(1)
	both := []string{"support@desk.example", "sales@desk.example"}
	if got := code(smtpSend(t, at, "ann@x.example", both, mail("again"))); got != "451 4.3.0" {
		t.Errorf("one of two accounts fails: %s", got)
	}
	if err := smtpSend(t, at, "ann@x.example", both, mail("again")); err != nil {
		t.Errorf("the second try: %v", err)
	}
	if len(support.Stored()) != 1 || len(sales.Stored()) != 1 {
		t.Errorf("stored %d and %d, want each once", len(support.Stored()), len(sales.Stored()))
	}
}

func TestListenerVanishingSenderStoresNothing(t *testing.T) { // REL-1
	sink := &channeltest.Sink{}
	at := listen(t, email.ListenerConfig{Route: toSink(sink)})
	inData := call(t, at)
	inData.upToData("EHLO")
	inData.say("DATA", "354")
	_, _ = io.WriteString(inData.conn, mail("half"))
	_ = inData.conn.Close()

	inChunks := call(t, at)
	inChunks.upToData("EHLO")
	half := mail("half")
	_, _ = fmt.Fprintf(inChunks.conn, "BDAT %d\r\n%s", len(half), half)
	inChunks.hear("250")
	_ = inChunks.conn.Close()

	reset := call(t, at)
	reset.upToData("EHLO")
	_, _ = fmt.Fprintf(reset.conn, "BDAT %d\r\n%s", len(half), half)
	reset.hear("250")
	reset.say("RSET", "250")
	reset.say("QUIT", "221")

	if err := smtpSend(t, at, "ann@x.example", []string{address}, mail("whole")); err != nil {
		t.Fatal(err)
	}
	if got := subjects(sink.Stored()); got != "whole" || sink.Attempts() != 1 {
		t.Errorf("stored %q in %d deliveries", got, sink.Attempts())
	}
}

func TestListenerTakesChunks(t *testing.T) { // RFC 3030
	sink := &channeltest.Sink{}
	c := call(t, listen(t, email.ListenerConfig{Route: toSink(sink)}))
	c.upToData("EHLO")
	text := mail("chunks")
	_, _ = fmt.Fprintf(c.conn, "BDAT 20\r\n%s", text[:20])
	c.hear("250")
	_, _ = fmt.Fprintf(c.conn, "BDAT %d LAST\r\n%s", len(text)-20, text[20:])
	c.hear("250")
	if got := sink.Stored(); len(got) != 1 || !strings.HasSuffix(string(got[0].Body), text) {
		t.Errorf("stored %v", subjects(got))
	}
}

func TestListenerLimits(t *testing.T) { // SEC-1
	sink := &channeltest.Sink{}
	at := listen(t, email.ListenerConfig{Route: toSink(sink), MaxBytes: 1 << 20, MemoryBytes: 600 << 10})
	c := call(t, at)
	c.hear("220")
	c.say("EHLO client.example", "250")
	c.say("MAIL FROM:<ann@x.example> SIZE=2000000", "552")
	for name, big := range map[string]struct {
		mail, want string
	}{
		"more than memory": {mail("big") + strings.Repeat("0123456789abcde\n", 50_000), "452 4.3.1"},
		"circle":           {strings.Repeat("Received: from a by b; now\r\n", 101) + mail("circle"), "554 5.4.6"},
	} {
		if got := code(smtpSend(t, at, "ann@x.example", []string{address}, big.mail)); got != big.want {
			t.Errorf("%s: %s, want %s", name, got, big.want)
		}
	}
	at = listen(t, email.ListenerConfig{Route: toSink(sink), MaxBytes: 1 << 16})
	if got := code(smtpSend(t, at, "ann@x.example", []string{address}, mail("big")+strings.Repeat("0123456789abcde\n", 80_000))); got != "552 5.3.4" {
		t.Errorf("larger than allowed: %s", got)
	}
	if sink.Attempts() != 0 {
		t.Errorf("%d deliveries", sink.Attempts())
	}
	if err := smtpSend(t, at, "ann@x.example", []string{address}, mail("small")+strings.Repeat("x", 60_000)); err != nil {
		t.Errorf("a mail with a long line (MAIL-4): %v", err)
	}
}

func TestListenerSlowSenderIsHungUpOn(t *testing.T) { // SEC-1
	sink := &channeltest.Sink{}
	at := listen(t, email.ListenerConfig{Route: toSink(sink), ReadTimeout: 50 * time.Millisecond})
	c := call(t, at)
	c.upToData("EHLO")
	c.say("DATA", "354")
	_, _ = io.WriteString(c.conn, "Subject: slow\r\n")
	if rest, err := io.ReadAll(c.in); err != nil || strings.HasPrefix(string(rest), "250") {
		t.Errorf("got %q, %v; want to be hung up on", rest, err)
	}
	steady := listen(t, email.ListenerConfig{Route: toSink(sink), SessionLimit: 100 * time.Millisecond})
	c = call(t, steady)
	c.hear("220")
	if rest, err := io.ReadAll(c.in); err != nil || !strings.HasPrefix(string(rest), "421") {
		t.Errorf("after the session limit: %q, %v", rest, err)
	}
	if sink.Attempts() != 0 {
		t.Error("something was stored")
	}
}

func TestListenerBoundsConnectionsAndRate(t *testing.T) { // SEC-1
	sink := &channeltest.Sink{}
	at := listen(t, email.ListenerConfig{Route: toSink(sink), MaxConnsPerIP: 2})
	first, second := call(t, at), call(t, at)
	first.hear("220")
	second.hear("220")
	call(t, at).hear("421")
	first.say("QUIT", "221")
	_, _ = io.ReadAll(first.in) // gone for good
	call(t, at).hear("220")

	c := call(t, listen(t, email.ListenerConfig{Route: toSink(sink), RatePerIP: 2}))
	c.hear("220")
	c.say("EHLO client.example", "250")
	c.say("MAIL FROM:<a@x.example>", "250")
	c.say("RSET", "250")
	c.say("MAIL FROM:<>", "250")
	c.say("RSET", "250")
	c.say("MAIL FROM:<a@x.example>", "451 4.7.1")
}

func TestListenerLMTPRepliesForEachRecipient(t *testing.T) { // RFC 2033
	support, sales := &channeltest.Sink{}, &channeltest.Sink{}
	c := call(t, listen(t, email.ListenerConfig{Route: twoAccounts(support, sales), LMTP: true}))
	sales.FailNext(1)
	c.hear("220")
	c.say("LHLO client.example", "250")
	c.say("MAIL FROM:<>", "250")
	for _, to := range []string{"support@desk.example", "sales@desk.example", "help@desk.example"} {
		c.say("RCPT TO:<"+to+">", "250")
	}
	c.say("DATA", "354")
	c.say(mail("lmtp")+".", "250")
	c.hear("451")
	c.hear("250")
	if len(support.Stored()) != 1 || len(sales.Stored()) != 0 || !strings.Contains(string(support.Stored()[0].Body), "with LMTP;") {
		t.Errorf("stored %d and %d", len(support.Stored()), len(sales.Stored()))
	}
}

func TestListenerStampsWhatItReceived(t *testing.T) { // RFC 5321 section 4.4, SEC-1 header injection
	sink := &channeltest.Sink{}
	c := call(t, listen(t, email.ListenerConfig{Route: toSink(sink), Domain: "mx.desk.example"}))
	c.hear("220")
	c.say("EHLO a(b)\x0bX-Evil:1;é", "250")
	c.say("MAIL FROM:<ann@customer.example>", "250")
	c.say("RCPT TO:<"+address+">", "250")
	c.say("DATA", "354")
	c.say(mail("stamped")+"..dot\n.\nsmuggled\r\n.", "250")
	body := string(sink.Stored()[0].Body)
	want := "Received: from abX-Evil:1 ([127.0.0.1])\r\n\tby mx.desk.example with ESMTP\r\n\tfor <" + address + ">;\r\n\t"
	if !strings.HasPrefix(body, want) || !strings.HasSuffix(body, "\r\n.dot\n.\nsmuggled\r\n") {
		t.Errorf("stored %q", body)
	}
}

func TestListenerOffersTLS(t *testing.T) { // MAIL-1
	sink := &channeltest.Sink{}
	config, roots := certificate(t)
	at := listen(t, email.ListenerConfig{Route: toSink(sink), TLS: config})
	client := config.Clone()
	client.RootCAs, client.ServerName = roots, "127.0.0.1"
	c, err := smtp.DialStartTLS(at, client)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SendMail("ann@x.example", []string{address}, strings.NewReader(mail("secret"))); err != nil {
		t.Fatal(err)
	}
	if body := string(sink.Stored()[0].Body); !strings.Contains(body, "with ESMTPS") {
		t.Errorf("stored %q", body)
	}
}

func TestListenerStopsWithoutLosing(t *testing.T) { // REL-1
	sink := &channeltest.Sink{}
	l := email.NewListener(email.ListenerConfig{Addr: "127.0.0.1:0", Route: toSink(sink), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	ln, err := l.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(ctx, ln) }()
	idle := call(t, ln.Addr().String())
	idle.hear("220")
	release := sink.Hold()
	defer release()
	sent := make(chan error, 1)
	go func() { sent <- smtpSend(t, ln.Addr().String(), "ann@x.example", []string{address}, mail("late")) }()
	sink.Await(t, "the delivery", func() bool { return sink.Attempts() == 1 })
	stop()
	// Who is on the line may not begin another message once the listener stops.
	for {
		if conn, err := net.Dial("tcp", ln.Addr().String()); err != nil {
			break
		} else {
			_ = conn.Close()
		}
	}
	release()
	if err := <-ended; err != nil {
		t.Errorf("Serve ended with %v", err)
	}
	<-sent // yes or a broken line: the sender comes again, and the mail is known by its id
	if len(sink.Stored()) != 1 {
		t.Error("the mail under way was lost")
	}
	if rest, err := io.ReadAll(idle.in); err == nil && strings.HasPrefix(string(rest), "250") {
		t.Errorf("the idle connection got %q", rest)
	}
}

// discard is a sink that stores nothing.
type discard struct{ channeltest.Sink }

func (*discard) Deliver(context.Context, channel.Raw) error { return nil }

// BenchmarkListener is mails of 8 KB on one connection: what the listener costs beside storing (PERF-3).
func BenchmarkListener(b *testing.B) {
	at := listen(b, email.ListenerConfig{Route: toSink(&discard{}), RatePerIP: -1})
	c, err := smtp.Dial(at)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	text := mail("load") + strings.Repeat("A line of the usual length in a usual mail of a usual person.\r\n", 128)
	for b.Loop() {
		if err := c.SendMail("ann@x.example", []string{address}, strings.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}
