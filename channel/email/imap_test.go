package email_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/channel/channeltest"
	"github.com/deskbell/deskbell/channel/email"
	"github.com/deskbell/deskbell/errs"
)

// fetching runs the receiver of an account at s, again after each error, until the test ends.
func fetching(t *testing.T, s *imapSide, tune email.Tune, more ...string) *channeltest.Sink {
	t.Helper()
	sink := &channeltest.Sink{}
	keepRunning(t, tune.Apply(open(t, s.settings(more...), &channeltest.Outbox{})), sink)
	sink.Await(t, "the first look", func() bool { return sink.Successes() > 0 })
	return sink
}

func keepRunning(t *testing.T, c channel.Channel, sink channel.Sink) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			_ = c.(channel.Receiver).Run(ctx, sink) // the runner's part: show it, and run again
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
}

func subjects(raws []channel.Raw) string {
	var out []string
	for _, raw := range raws {
		_, rest, _ := strings.Cut(string(raw.Body), "Subject: ")
		subject, _, _ := strings.Cut(rest, "\r\n")
		out = append(out, subject)
	}
	return strings.Join(out, ",")
}

func ago(days int) time.Time { return time.Now().AddDate(0, 0, -days) }

func TestOnlyNewMailIsFetchedAndNothingIsTouched(t *testing.T) { // MAIL-2
	s := startIMAP(t)
	s.add(t, "INBOX", mail("old"), ago(1))
	sink := fetching(t, s, quick)
	s.add(t, "INBOX", "Return-Path: <Ann@customer.example>\r\nDelivered-To: "+address+"\r\n"+mail("new"), time.Now())
	got := sink.AwaitStored(t, 1)
	if subjects(got) != "new" {
		t.Errorf("stored %q", subjects(got))
	}
	if got[0].EnvelopeFrom != "Ann@customer.example" || len(got[0].EnvelopeTo) != 1 || got[0].EnvelopeTo[0] != address {
		t.Errorf("envelope %q %q", got[0].EnvelopeFrom, got[0].EnvelopeTo)
	}
	if all, seen := s.count(t, "INBOX"); all != 2 || seen != 0 {
		t.Errorf("%d mails, %d seen; want 2 and none", all, seen)
	}
	if s.did("STORE") != 0 || s.did("SELECT read-only=false") != 0 {
		t.Errorf("the mailbox was changed: %v", s.commands)
	}
}

func TestHistoryIsImportedByDate(t *testing.T) { // MAIL-2
	s := startIMAP(t)
	// Migrated mailboxes number old mail after new: the date decides, not the order.
	for _, m := range []struct {
		subject string
		days    int
	}{{"two days", 2}, {"ancient", 400}, {"ten days", 10}, {"yesterday", 1}} {
		s.add(t, "INBOX", mail(m.subject), ago(m.days))
	}
	sink := fetching(t, s, email.Tune{Poll: quick.Poll, Count: 1}, "imap_history_days=5")
	if got := subjects(sink.Stored()); got != "two days,yesterday" {
		t.Errorf("imported %q", got)
	}
	if at := sink.Stored()[0].ReceivedAt; time.Since(at) < 47*time.Hour || at.Location() != time.UTC {
		t.Errorf("received at %v, want when the mailbox got it", at)
	}
	s.add(t, "INBOX", mail("moved in"), ago(300))
	if got := subjects(sink.AwaitStored(t, 3)); got != "two days,yesterday,moved in" {
		t.Errorf("then %q", got)
	}
}

func TestConnectionCutLosesAndRepeatsNothing(t *testing.T) { // MAIL-2, REL-1
	s := startIMAP(t)
	sink := fetching(t, s, email.Tune{Poll: quick.Poll, Group: 1})
	var want []string
	for _, subject := range strings.Split("a,b,c,d,e,f", ",") {
		s.add(t, "INBOX", mail(subject), time.Now())
		s.wire.cut()
		s.add(t, "INBOX", mail(subject+subject), time.Now())
		want = append(want, subject, subject+subject)
	}
	if got := subjects(sink.AwaitStored(t, len(want))); got != strings.Join(want, ",") {
		t.Errorf("stored %q", got)
	}
}

func TestFailingStoreKeepsThePlace(t *testing.T) { // CHAN-2
	s := startIMAP(t)
	sink := fetching(t, s, quick)
	before, _ := sink.Cursor(t.Context())
	sink.FailNext(3)
	s.add(t, "INBOX", mail("stubborn"), time.Now())
	sink.Await(t, "a failed delivery", func() bool { return sink.Attempts() == 1 })
	if now, _ := sink.Cursor(t.Context()); now != before {
		t.Errorf("the place moved from %q to %q before the mail was stored", before, now)
	}
	sink.AwaitStored(t, 1)
	if sink.Attempts() != 4 {
		t.Errorf("%d attempts, want 4", sink.Attempts())
	}
}

func TestFailureWithinAGroupGoesOnFromThere(t *testing.T) { // CHAN-2
	s := startIMAP(t)
	for _, subject := range []string{"a", "b", "c"} {
		s.add(t, "INBOX", mail(subject), time.Now())
	}
	sink := &channeltest.Sink{}
	sink.FailAfter(1, 1)
	keepRunning(t, quick.Apply(open(t, s.settings("imap_history_days=1"), &channeltest.Outbox{})), sink)
	if got := subjects(sink.AwaitStored(t, 3)); got != "a,b,c" || sink.Attempts() != 4 {
		t.Errorf("stored %q in %d attempts, want 4", got, sink.Attempts())
	}
}

func TestNewUIDValidityScansAgainByDate(t *testing.T) { // MAIL-2
	s := startIMAP(t)
	sink := fetching(t, s, quick, "imap_history_days=3")
	s.add(t, "INBOX", mail("first"), time.Now())
	sink.AwaitStored(t, 1)
	// The folder is restored from a backup with the same mail under new numbers, and mail from before our time.
	if err := s.user.Delete("INBOX"); err != nil {
		t.Fatal(err)
	}
	if err := s.user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	s.add(t, "INBOX", mail("ancient"), ago(20))
	s.add(t, "INBOX", mail("first"), time.Now())
	s.add(t, "INBOX", mail("second"), time.Now())
	s.wire.cut()
	got := sink.AwaitStored(t, 3)
	// The first comes under a new id: intake knows it by its Message-ID.
	if subjects(got) != "first,first,second" || got[0].ExternalID == got[1].ExternalID {
		t.Errorf("stored %q", subjects(got))
	}
}

func TestServerThatNeverAnnouncesIsPolled(t *testing.T) { // MAIL-2
	s := startIMAP(t)
	s.mute = true
	sink := fetching(t, s, email.Tune{Poll: 20 * time.Millisecond})
	s.add(t, "INBOX", mail("quiet"), time.Now())
	sink.AwaitStored(t, 1)
}

func TestMailThatCannotBeFetchedShowsAndBlocksNothing(t *testing.T) { // CHAN-2
	s := startIMAP(t)
	sink := fetching(t, s, email.Tune{Poll: quick.Poll, Whole: 2000})
	s.mu.Lock()
	s.refuse[imap.UID(2)] = true
	s.mu.Unlock()
	s.add(t, "INBOX", strings.Replace(mail("huge"), "\r\n\r\n", "\r\nContent-Type: image/png\r\n\r\n", 1)+strings.Repeat("x", 3000), time.Now())
	s.add(t, "INBOX", mail("broken"), time.Now())
	s.add(t, "INBOX", mail("fine"), time.Now())
	got := sink.AwaitStored(t, 3)
	if subjects(got) != "huge,broken,fine" {
		t.Fatalf("stored %q", subjects(got))
	}
	for i, want := range []string{"more than the 2000 that are fetched", "could not be read from the server"} {
		body := string(got[i].Body)
		if !strings.Contains(body, want) || strings.Contains(body, "image/png") || strings.Contains(body, "xxx") {
			t.Errorf("mail %d is %q, want a notice with %q", i, body, want)
		}
	}
	if !strings.Contains(string(got[2].Body), "Words of fine.") {
		t.Errorf("the mail after them is %q", got[2].Body)
	}
}

func TestFetchedMailIsFiled(t *testing.T) { // MAIL-2
	s := startIMAP(t)
	sink := fetching(t, s, quick, "imap_after=move", "imap_move_to=Handled")
	s.add(t, "INBOX", mail("one"), time.Now())
	s.add(t, "INBOX", mail("two"), time.Now())
	sink.Await(t, "both filed", func() bool {
		cursor, _ := sink.Cursor(t.Context())
		return strings.Contains(cursor, ":2:")
	})
	if all, _ := s.count(t, "INBOX"); all != 0 {
		t.Errorf("%d mails are still in the inbox", all)
	}
	if all, seen := s.count(t, "Handled"); all != 2 || seen != 0 {
		t.Errorf("%d mails filed, %d seen; want 2 and none", all, seen)
	}
}

func TestAccessToken(t *testing.T) { // MAIL-1
	s := startIMAP(t)
	sink := fetching(t, s, quick, "imap_auth=xoauth2", "imap_password="+token)
	s.add(t, "INBOX", mail("by token"), time.Now())
	sink.AwaitStored(t, 1)
	err := testAccount(t, s.settings("imap_auth=xoauth2", "imap_password=stale"), email.Tune{})
	if err == nil || !strings.Contains(err.Error(), "refused the OAuth 2.0 access token") {
		t.Errorf("a stale token: %v", err)
	}
}

func testAccount(t *testing.T, settings map[string]string, tune email.Tune) error {
	t.Helper()
	return tune.Apply(open(t, settings, &channeltest.Outbox{})).(channel.Tester).Test(t.Context())
}

func TestMailboxProblemsInPlainWords(t *testing.T) { // CHAN-4
	s := startIMAP(t)
	closed := newWire(t)
	_ = closed.Close()
	silent := newWire(t)
	go func() {
		for {
			if _, err := silent.Accept(); err != nil {
				return
			}
		}
	}()
	for _, c := range []struct {
		name, want string
		field      string
		settings   map[string]string
	}{
		{"fine", "", "", s.settings()},
		{"password", `refused the user name or password. It said: "Authentication failed".`, "imap_password", s.settings("imap_password=wrong")},
		{"folder", `does not open the folder "Nowhere".`, "imap_folder", s.settings("imap_folder=Nowhere")},
		{"port", "refused the connection. Check the server name and the port.", "", s.settings("imap_port=" + closed.port())},
		{"no TLS", "does not start with TLS. Choose STARTTLS, or another port.", "", s.settings("imap_security=tls")},
		{"no STARTTLS", "does not let us in.", "", s.settings("imap_security=starttls")},
		{"silent", "did not answer in time.", "", s.settings("imap_port=" + silent.port())},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := testAccount(t, c.settings, email.Tune{Step: 300 * time.Millisecond})
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e := errs.As(err)
			if e == nil || !strings.Contains(e.Message, c.want) || e.Kind == errs.Internal {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if strings.Contains(e.Message, password) {
				t.Error("the message tells the password")
			}
			if c.field != "" && (len(e.Fields) != 1 || e.Fields[0].Name != c.field) {
				t.Errorf("it names %v, want %s", e.Fields, c.field)
			}
		})
	}
}

// certificate is one for 127.0.0.1, with those who trust it.
func certificate(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return &tls.Config{Certificates: server.TLS.Certificates}, roots
}

// secured answers in TLS for a plain server behind it.
func secured(t *testing.T, config *tls.Config, to string) string {
	front := newWire(t)
	go func() {
		for {
			c, err := tls.NewListener(front, config).Accept()
			if err != nil {
				return
			}
			go func() {
				back, err := net.Dial("tcp", to)
				if err != nil {
					_ = c.Close()
					return
				}
				go func() { _, _ = back.(*net.TCPConn).ReadFrom(c); _ = back.Close() }()
				_, _ = back.(*net.TCPConn).WriteTo(c)
				_ = c.Close()
			}()
		}
	}()
	return front.port()
}

func TestMailboxOverTLS(t *testing.T) { // MAIL-1, SEC-2
	s := startIMAP(t)
	config, roots := certificate(t)
	settings := s.settings("imap_security=tls", "imap_port="+secured(t, config, s.wire.Addr().String()))
	if err := testAccount(t, settings, email.Tune{Roots: roots}); err != nil {
		t.Errorf("with a certificate that is trusted: %v", err)
	}
	if err := testAccount(t, settings, email.Tune{}); err == nil || !strings.Contains(err.Error(), "signed by nobody this machine trusts") {
		t.Errorf("with one that is not: %v", err)
	}
	if err := testAccount(t, withSettings(settings, "tls_insecure=true"), email.Tune{}); err != nil {
		t.Errorf("when told not to care: %v", err)
	}
	upgrades := startTLSIMAP(t, config)
	if err := testAccount(t, upgrades.settings("imap_security=starttls"), email.Tune{Roots: roots}); err != nil {
		t.Errorf("STARTTLS: %v", err)
	}
	if err := testAccount(t, upgrades.settings(), email.Tune{}); err == nil || !strings.Contains(err.Error(), "takes no password over this connection") {
		t.Errorf("no password without protection: %v", err)
	}
}
