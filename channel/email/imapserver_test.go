package email_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"
)

const (
	address  = "support@desk.example"
	password = "correct horse"
)

// wire is a listener on loopback whose connections a test can cut.
type wire struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func newWire(t testing.TB) *wire {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return &wire{Listener: ln}
}

func (w *wire) Accept() (net.Conn, error) {
	c, err := w.Listener.Accept()
	if err == nil {
		w.mu.Lock()
		w.conns = append(w.conns, c)
		w.mu.Unlock()
	}
	return c, err
}

// cut closes every connection.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}

func (w *wire) port() string { return strconv.Itoa(w.Addr().(*net.TCPAddr).Port) }

// imapSide is a real IMAP server in memory.
type imapSide struct {
	wire *wire
	user *imapmemserver.User

	mu       sync.Mutex
	mute     bool              // IDLE announces nothing
	added    chan struct{}     // closed and replaced when a mail was added
	refuse   map[imap.UID]bool // mails whose body the server cannot read
	commands []string
}

// imapSession adds a test's wishes to a session in memory.
type imapSession struct {
	imapserver.Session
	side *imapSide
}

func startIMAP(t testing.TB) *imapSide { return startTLSIMAP(t, nil) }

// startTLSIMAP starts a server that offers STARTTLS if there is a config.
func startTLSIMAP(t testing.TB, config *tls.Config) *imapSide {
	t.Helper()
	s := &imapSide{wire: newWire(t), user: imapmemserver.NewUser(address, password), refuse: map[imap.UID]bool{}, added: make(chan struct{})}
	if err := s.user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	memory := imapmemserver.New()
	memory.AddUser(s.user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &imapSession{memory.NewSession(), s}, nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapMove: {}, imap.CapUIDPlus: {}},
		InsecureAuth: config == nil,
		TLSConfig:    config,
		Logger:       log.New(io.Discard, "", 0),
	})
	go func() { _ = server.Serve(s.wire) }() // ends with the listener
	t.Cleanup(func() { _ = server.Close() })
	return s
}

func (s *imapSession) note(command string) {
	s.side.mu.Lock()
	defer s.side.mu.Unlock()
	s.side.commands = append(s.side.commands, command)
}

// Idle announces also what came between the last command and IDLE, as RFC 2177 means it; the memory server does not.
func (s *imapSession) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	for {
		s.side.mu.Lock()
		mute, added := s.side.mute, s.side.added
		s.side.mu.Unlock()
		if mute {
			<-stop
			return nil
		}
		if err := s.Session.Poll(w, true); err != nil {
			return err
		}
		select {
		case <-added:
		case <-stop:
			return nil
		}
	}
}

func (s *imapSession) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	s.side.mu.Lock()
	bad := false
	for uid := range s.side.refuse {
		uids, ok := set.(imap.UIDSet)
		bad = bad || ok && uids.Contains(uid)
	}
	s.side.mu.Unlock()
	whole := false
	for _, section := range options.BodySection {
		whole = whole || section.Specifier == imap.PartSpecifierNone
	}
	if bad && whole {
		return &imap.Error{Type: imap.StatusResponseTypeNo, Text: "Some messages could not be read"}
	}
	return s.Session.Fetch(w, set, options)
}

func (s *imapSession) Store(w *imapserver.FetchWriter, set imap.NumSet, flags *imap.StoreFlags, options *imap.StoreOptions) error {
	s.note("STORE")
	return s.Session.Store(w, set, flags, options)
}

func (s *imapSession) Select(name string, options *imap.SelectOptions) (*imap.SelectData, error) {
	s.note(fmt.Sprintf("SELECT read-only=%v", options.ReadOnly))
	return s.Session.Select(name, options)
}

// Move passes the extension through; the memory server has it.
func (s *imapSession) Move(w *imapserver.MoveWriter, set imap.NumSet, to string) error {
	s.note("MOVE")
	return s.Session.(imapserver.SessionMove).Move(w, set, to)
}

func (s *imapSession) AuthenticateMechanisms() []string { return []string{sasl.Plain, "XOAUTH2"} }

func (s *imapSession) Authenticate(mech string) (sasl.Server, error) {
	if mech == "XOAUTH2" {
		return &tokenServer{login: func() error { return s.Login(address, password) }, refusal: imapserver.ErrAuthFailed}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return s.Login(user, password) }), nil
}

// tokenServer is the far side of XOAUTH2: after a wrong token it sends its reason, and wants one more answer.
type tokenServer struct {
	login    func() error
	refusal  error
	answered bool
}

// token is the one that is taken.
const token = "good-token"

func (a *tokenServer) Next(response []byte) ([]byte, bool, error) {
	if a.answered {
		return nil, false, a.refusal
	}
	if response == nil {
		return []byte{}, false, nil
	}
	want := fmt.Sprintf("user=%s\x01auth=Bearer %s\x01\x01", address, token)
	if string(response) != want {
		a.answered = true
		return []byte(`{"status":"400"}`), false, nil
	}
	return nil, true, a.login()
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// add puts a mail into a folder.
func (s *imapSide) add(t testing.TB, folder, mail string, arrived time.Time) {
	t.Helper()
	if _, err := s.user.Append(folder, literal{bytes.NewReader([]byte(mail))}, &imap.AppendOptions{Time: arrived}); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.added)
	s.added = make(chan struct{})
}

// count is how many mails are in a folder, and how many of them were seen.
func (s *imapSide) count(t testing.TB, folder string) (all, seen uint32) {
	t.Helper()
	data, err := s.user.Status(folder, &imap.StatusOptions{NumMessages: true, NumUnseen: true})
	if err != nil {
		t.Fatal(err)
	}
	return *data.NumMessages, *data.NumMessages - *data.NumUnseen
}

func (s *imapSide) did(command string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.commands {
		if c == command {
			n++
		}
	}
	return n
}

// settings make an account fetch from s.
func (s *imapSide) settings(more ...string) map[string]string {
	return withSettings(map[string]string{
		"receive": "imap", "imap_host": "127.0.0.1", "imap_port": s.wire.port(), "imap_security": "none",
		"imap_password": password,
	}, more...)
}

// withSettings returns settings changed by "name=value" texts.
func withSettings(settings map[string]string, more ...string) map[string]string {
	for _, m := range more {
		name, value, _ := bytes.Cut([]byte(m), []byte("="))
		settings[string(name)] = string(value)
	}
	return settings
}

// mail is a small mail with a subject.
func mail(subject string) string {
	return fmt.Sprintf("From: Ann <ann@customer.example>\r\nTo: <%s>\r\nSubject: %s\r\nMessage-ID: <%x@customer.example>\r\n"+
		"Date: Mon, 2 Nov 2026 10:00:00 +0000\r\n\r\nWords of %s.\r\n", address, subject, subject, subject)
}
