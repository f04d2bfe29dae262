package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode"

	"github.com/deskbell/deskbell/errs"
)

const (
	dialTimeout  = 20 * time.Second
	stepTimeout  = 60 * time.Second // for one answer of the far side
	writeTimeout = 60 * time.Second // for one piece of ours
)

// patientConn sets a deadline before every read and write, because the protocol libraries wait for ever in places.
// Their own deadlines are ignored.
type patientConn struct {
	net.Conn
	mu       sync.Mutex
	patience time.Duration // 0 waits for ever: nothing is expected
	until    time.Time     // no deadline goes beyond; zero is none
	fault    error         // what ended reading
}

// expect says how long the far side may be silent from now on.
func (c *patientConn) expect(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.patience = d
	c.arm() // also a read that is waiting already
}

func (c *patientConn) arm() {
	deadline := c.until
	if c.patience > 0 {
		if next := time.Now().Add(c.patience); deadline.IsZero() || next.Before(deadline) {
			deadline = next
		}
	}
	_ = c.Conn.SetReadDeadline(deadline) // fails only on a closed connection, which the read will tell
}

// Read waits at most the patience.
func (c *patientConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	c.arm()
	c.mu.Unlock()
	n, err := c.Conn.Read(p)
	if err != nil {
		c.mu.Lock()
		c.fault = err
		c.mu.Unlock()
	}
	return n, err
}

// because adds to err what ended reading, for libraries that lose it on the way.
func (c *patientConn) because(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(err, c.fault)
}

// Write waits at most writeTimeout.
func (c *patientConn) Write(p []byte) (int, error) {
	_ = c.Conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	return c.Conn.Write(p)
}

// SetDeadline does nothing: the patience rules.
func (c *patientConn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing: the patience rules.
func (c *patientConn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing: the patience rules.
func (c *patientConn) SetWriteDeadline(time.Time) error { return nil }

// line is a connection to a server. raw carries the patience; conn is what the protocol speaks over.
type line struct {
	raw  *patientConn
	conn net.Conn
	stop func() bool // no longer closes when ctx ends
}

func (l *line) close() {
	l.stop()
	_ = l.raw.Close()
}

// connect dials e and does the TLS handshake where that comes first. The connection closes when ctx ends.
func (m *mailbox) connect(ctx context.Context, e endpoint) (*line, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(e.host, fmt.Sprint(e.port)))
	if err != nil {
		return nil, explain(e, err)
	}
	raw := &patientConn{Conn: conn, patience: m.step}
	l := &line{raw: raw, conn: raw, stop: context.AfterFunc(ctx, func() { _ = conn.Close() })}
	if e.security == securityTLS {
		secured := tls.Client(raw, m.tlsConfig(e))
		if err := secured.HandshakeContext(ctx); err != nil { // its reads have the patience of raw
			l.close()
			return nil, explain(e, err)
		}
		l.conn = secured
	}
	return l, nil
}

func (m *mailbox) tlsConfig(e endpoint) *tls.Config {
	return &tls.Config{ServerName: e.host, RootCAs: m.roots, InsecureSkipVerify: e.insecure, MinVersion: tls.VersionTLS12}
}

// explain says in plain words why the server at e cannot be used (CHAN-4).
func explain(e endpoint, err error) error {
	if known := errs.As(err); known != nil {
		return err
	}
	return errs.New(errs.Unavailable, connectWords(e, err), err)
}

func connectWords(e endpoint, err error) string {
	var (
		dns      *net.DNSError
		record   tls.RecordHeaderError
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		timeout  net.Error
	)
	at := e.address()
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("There is no server named %s. Check the server name.", e.host)
	case errors.As(err, &dns):
		return fmt.Sprintf("The name %s could not be looked up. Check this machine's DNS.", e.host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("The server at %s refused the connection. Check the server name and the port.", at)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return fmt.Sprintf("The server at %s cannot be reached from here.", at)
	case errors.As(err, &record):
		return fmt.Sprintf("The server at %s does not start with TLS. Choose STARTTLS, or another port.", at)
	case errors.As(err, &unknown):
		return fmt.Sprintf("The certificate of %s is signed by nobody this machine trusts.", at)
	case errors.As(err, &hostname):
		return fmt.Sprintf("The certificate of %s is for another name.", at)
	case errors.As(err, &invalid):
		return fmt.Sprintf("The certificate of %s is not valid, perhaps expired.", at)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Sprintf("The server at %s did not answer in time.", at)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return fmt.Sprintf("The server at %s closed the connection.", at)
	}
	return fmt.Sprintf("The connection to %s failed.", at)
}

// words makes what a server said fit for showing: one line, printable, at most 300 characters.
func words(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "…"
	}
	return s
}

// said is the server's words as a sentence to append, or nothing.
func said(s string) string {
	if s = words(s); s == "" {
		return ""
	}
	return fmt.Sprintf(" It said: %q.", s)
}
