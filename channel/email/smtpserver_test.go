package email_test

import (
	"crypto/tls"
	"io"
	"log"
	"regexp"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// accepted is what an SMTP server took.
type accepted struct {
	from string
	to   []string
	body string
}

var messageID = regexp.MustCompile(`(?mi)^Message-ID: *<([^>]*)>`)

func (a accepted) id() string {
	if m := messageID.FindStringSubmatch(a.body); m != nil {
		return m[1]
	}
	return ""
}

// smtpSide is a real SMTP server that remembers what it accepted.
type smtpSide struct {
	wire       *wire
	server     *smtp.Server
	mechanisms []string // it wants a sign-in when there are any

	mu       sync.Mutex
	taken    []accepted
	helo     string
	next     error            // refuses the next message
	bad      map[string]error // refuses recipients
	signedIn string
}

func startSMTP(t testing.TB, mechanisms ...string) *smtpSide {
	return startTLSSMTP(t, nil, mechanisms...)
}

func startTLSSMTP(t testing.TB, config *tls.Config, mechanisms ...string) *smtpSide {
	t.Helper()
	s := &smtpSide{wire: newWire(t), mechanisms: mechanisms, bad: map[string]error{}}
	s.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		s.helo = c.Hostname()
		s.mu.Unlock()
		return &smtpSession{side: s}, nil
	}))
	s.server.Domain = "mail.example"
	s.server.AllowInsecureAuth = true
	s.server.TLSConfig = config
	s.server.MaxMessageBytes = 1 << 20
	s.server.ErrorLog = log.New(io.Discard, "", 0)
	go func() { _ = s.server.Serve(s.wire) }() // ends with the listener
	t.Cleanup(func() { _ = s.server.Close() })
	return s
}

func (s *smtpSide) all() []accepted {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]accepted(nil), s.taken...)
}

func (s *smtpSide) ids() []string {
	var ids []string
	for _, a := range s.all() {
		ids = append(ids, a.id())
	}
	return ids
}

func (s *smtpSide) refuseNext(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = err
}

// settings make an account send by s.
func (s *smtpSide) settings(more ...string) map[string]string {
	return withSettings(map[string]string{
		"send": "smtp", "smtp_host": "127.0.0.1", "smtp_port": s.wire.port(), "smtp_security": "none",
	}, more...)
}

type smtpSession struct {
	side *smtpSide
	now  accepted
}

var _ smtp.AuthSession = (*smtpSession)(nil)

func (s *smtpSession) Reset()        { s.now = accepted{} }
func (s *smtpSession) Logout() error { return nil }

func (s *smtpSession) AuthMechanisms() []string { return s.side.mechanisms }

func (s *smtpSession) Auth(mech string) (sasl.Server, error) {
	check := func(user, secret string) error {
		if user != address || secret != password {
			return smtp.ErrAuthFailed
		}
		s.side.mu.Lock()
		s.side.signedIn = mech
		s.side.mu.Unlock()
		return nil
	}
	switch mech {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, secret string) error { return check(user, secret) }), nil
	case sasl.Login:
		return &loginServer{check: check}, nil
	case "XOAUTH2":
		return &tokenServer{login: func() error { return check(address, password) }, refusal: smtp.ErrAuthFailed}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

// loginServer words its questions unlike most.
type loginServer struct {
	check func(user, secret string) error
	asked int
	user  string
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	l.asked++
	switch l.asked {
	case 1:
		return []byte("User Name\x00"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password\x00"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

func (s *smtpSession) Mail(from string, _ *smtp.MailOptions) error {
	s.side.mu.Lock()
	defer s.side.mu.Unlock()
	if len(s.side.mechanisms) > 0 && s.side.signedIn == "" {
		return smtp.ErrAuthRequired
	}
	err := s.side.next
	s.side.next = nil
	s.now.from = from
	return err
}

func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.side.mu.Lock()
	defer s.side.mu.Unlock()
	if err := s.side.bad[to]; err != nil {
		return err
	}
	s.now.to = append(s.now.to, to)
	return nil
}

func (s *smtpSession) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.now.body = string(body)
	s.side.mu.Lock()
	defer s.side.mu.Unlock()
	s.side.taken = append(s.side.taken, s.now)
	return nil
}
