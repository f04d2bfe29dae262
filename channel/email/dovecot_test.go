package email_test

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/deskbell/deskbell/channel/channeltest"
	"github.com/deskbell/deskbell/channel/email"
	"github.com/deskbell/deskbell/channel/email/dovecottest"
)

// relay passes connections on to another server, so that a test can cut them.
func relay(t *testing.T, to string) *wire {
	t.Helper()
	w := newWire(t)
	go func() {
		for {
			front, err := w.Accept()
			if err != nil {
				return
			}
			back, err := net.Dial("tcp", to)
			if err != nil {
				_ = front.Close()
				continue
			}
			go func() { _, _ = io.Copy(back, front); _ = back.Close() }()
			go func() { _, _ = io.Copy(front, back); _ = front.Close() }()
		}
	}()
	return w
}

func dovecotSettings(s *dovecottest.Server, port string, more ...string) map[string]string {
	return withSettings(map[string]string{
		"receive": "imap", "imap_host": "127.0.0.1", "imap_port": port, "imap_security": "none",
		"imap_user": s.User, "imap_password": s.Password,
	}, more...)
}

// signIn opens the mailbox as a person's mail program would.
func signIn(t *testing.T, s *dovecottest.Server) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(s.IMAPAddr, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Login(s.User, s.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

func deliver(t *testing.T, s *dovecottest.Server, subject string) {
	t.Helper()
	if err := s.Deliver("ann@customer.example", s.User, mail(subject)); err != nil {
		t.Fatal(err)
	}
}

func TestDovecotPushesAndNothingIsLostOrDoubled(t *testing.T) { // MAIL-2, REL-1
	s := dovecottest.Start(t)
	deliver(t, s, "before")
	w := relay(t, s.IMAPAddr)
	sink := &channeltest.Sink{}
	// The polling is too rare to help: what arrives was announced.
	keepRunning(t, email.Tune{Poll: 10 * time.Minute}.Apply(open(t, dovecotSettings(s, w.port()), &channeltest.Outbox{})), sink)
	sink.Await(t, "the first look", func() bool { return sink.Successes() > 0 })

	deliver(t, s, "pushed")
	got := sink.AwaitStored(t, 1)
	if subjects(got) != "pushed" || got[0].EnvelopeFrom != "ann@customer.example" {
		t.Errorf("stored %q from %q", subjects(got), got[0].EnvelopeFrom)
	}

	want := []string{"pushed"}
	for i := range 10 {
		w.cut()
		for _, side := range []string{"a", "b"} {
			want = append(want, fmt.Sprintf("%s%d", side, i))
			deliver(t, s, want[len(want)-1])
		}
	}
	got = sink.AwaitStored(t, len(want))
	// Under load a Maildir may number mail in another order than it came; ours is the order of the numbers.
	stored, last := strings.Split(subjects(got), ","), 0
	slices.Sort(stored)
	slices.Sort(want)
	if !slices.Equal(stored, want) {
		t.Errorf("stored %q\nwant   %q", stored, want)
	}
	for _, raw := range got {
		var validity, uid int
		if _, err := fmt.Sscanf(raw.ExternalID, "imap:%d:%d", &validity, &uid); err != nil || uid <= last {
			t.Errorf("%s came after number %d: %v", raw.ExternalID, last, err)
		}
		last = uid
	}

	data, err := signIn(t, s).Status("INBOX", &imap.StatusOptions{NumMessages: true, NumUnseen: true}).Wait()
	if err != nil || *data.NumMessages != 22 || *data.NumUnseen != 22 {
		t.Errorf("the mailbox has %+v, %v; want 22 mails, none of them seen", data, err)
	}
}

func TestDovecotFolderMadeAnew(t *testing.T) { // MAIL-2: UIDVALIDITY
	s := dovecottest.Start(t)
	person := signIn(t, s)
	if err := person.Create("Support", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	put := func(subject string) {
		text := mail(subject)
		cmd := person.Append("Support", int64(len(text)), nil)
		_, err := io.WriteString(cmd, text)
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	w := relay(t, s.IMAPAddr)
	sink := &channeltest.Sink{}
	settings := dovecotSettings(s, w.port(), "imap_folder=Support", "imap_after=move", "imap_move_to=Done", "imap_history_days=1")
	keepRunning(t, email.Tune{Poll: 10 * time.Minute}.Apply(open(t, settings, &channeltest.Outbox{})), sink)
	sink.Await(t, "the first look", func() bool { return sink.Successes() > 0 })
	put("one")
	sink.AwaitStored(t, 1)
	sink.Await(t, "filing", func() bool { cursor, _ := sink.Cursor(t.Context()); return strings.Contains(cursor, ":1:") })

	if err := person.Delete("Support").Wait(); err != nil {
		t.Fatal(err)
	}
	if err := person.Create("Support", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	put("two")
	w.cut()
	if got := subjects(sink.AwaitStored(t, 2)); got != "one,two" {
		t.Errorf("stored %q", got)
	}
}

func TestDovecotProblemsInPlainWords(t *testing.T) { // CHAN-4
	s := dovecottest.Start(t)
	_, port, _ := strings.Cut(s.IMAPAddr, ":")
	for want, settings := range map[string]map[string]string{
		"":                                  dovecotSettings(s, port),
		"refused the user name or password": dovecotSettings(s, port, "imap_password=wrong"),
		"does not open the folder":          dovecotSettings(s, port, "imap_folder=Nowhere"),
		"does not let us in":                dovecotSettings(s, port, "imap_security=starttls"),
	} {
		err := testAccount(t, settings, email.Tune{})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
