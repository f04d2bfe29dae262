package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/errs"
)

// maxCommandLine is in bytes. RFC 5321 wants 512 and a kilobyte for text, but real mail has longer lines, and a
// message with one must not be refused for it (MAIL-4).
const maxCommandLine = 1 << 20

// Destination is the account a recipient belongs to.
type Destination struct {
	AccountID int64
	Sink      channel.Sink
}

// ListenerConfig says how to take mail from other mail servers (MAIL-1). Zero values become the defaults named.
type ListenerConfig struct {
	Addr          string        // "host:port", or "unix:/path" for LMTP on the same machine
	LMTP          bool          // RFC 2033 instead of SMTP: a reply for each recipient
	Domain        string        // our host name in the greeting and the Received field; localhost
	MaxBytes      int64         // of one message; 50 MB
	MaxRecipients int           // of one message; 100
	ReadTimeout   time.Duration // for the next piece of input; 60 s
	SessionLimit  time.Duration // for a whole connection; 30 minutes
	StoreLimit    time.Duration // for storing one message; 60 s
	Grace         time.Duration // for messages under way when Serve is told to stop; 10 s
	TLS           *tls.Config   // nil offers no STARTTLS
	MaxConns      int           // at one time; 200
	MaxConnsPerIP int           // at one time; 50, negative is no limit
	RatePerIP     int           // messages a minute; 600, negative is no limit
	MemoryBytes   int64         // of all messages being received at one time; 256 MB

	// Route finds the account of a recipient, false if nobody here has that address. Its error is temporary.
	Route func(ctx context.Context, recipient string) (Destination, bool, error)
	Now   func() time.Time // the clock; time.Now
	Log   *slog.Logger     // slog.Default
}

func orElse[T int | int64 | time.Duration](v *T, usual T) {
	if *v == 0 {
		*v = usual
	}
}

func (c ListenerConfig) withDefaults() ListenerConfig {
	orElse(&c.MaxBytes, maxReceive)
	orElse(&c.MaxRecipients, 100)
	orElse(&c.ReadTimeout, 60*time.Second)
	orElse(&c.SessionLimit, 30*time.Minute)
	orElse(&c.StoreLimit, 60*time.Second)
	orElse(&c.Grace, 10*time.Second)
	orElse(&c.MaxConns, 200)
	orElse(&c.MaxConnsPerIP, 50)
	orElse(&c.RatePerIP, 600)
	orElse(&c.MemoryBytes, 256<<20)
	if c.Domain == "" {
		c.Domain = "localhost"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

// Listener is the built-in SMTP or LMTP server. A message is acknowledged only after every account it is for has
// stored it (CHAN-2).
type Listener struct {
	cfg      ListenerConfig
	server   *smtp.Server
	guests   *guests
	memory   atomic.Int64 // bytes of messages being received
	mu       sync.Mutex
	stopping bool
	busy     sync.WaitGroup // messages being received or stored
}

// NewListener returns a listener that serves nothing yet.
func NewListener(cfg ListenerConfig) *Listener {
	cfg = cfg.withDefaults()
	l := &Listener{cfg: cfg, guests: newGuests(cfg)}
	s := smtp.NewServer(smtp.BackendFunc(l.newSession))
	s.LMTP = cfg.LMTP
	s.Domain = cfg.Domain
	s.MaxMessageBytes = cfg.MaxBytes
	s.MaxRecipients = cfg.MaxRecipients
	s.MaxLineLength = maxCommandLine
	s.TLSConfig = cfg.TLS
	s.EnableSMTPUTF8 = true
	s.EnableBINARYMIME = true
	s.ErrorLog = slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug)
	l.server = s
	return l
}

// Listen opens the configured address. A socket file left by a crash is replaced.
func (l *Listener) Listen() (net.Listener, error) {
	network, address := "tcp", l.cfg.Addr
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", path
		if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
			_ = os.Remove(path) // Listen tells if it is still in the way
		}
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(context.Background(), network, address)
	if err != nil {
		return nil, errs.New(errs.Unavailable, fmt.Sprintf("Mail cannot be received at %s: the address is taken or not allowed.", l.cfg.Addr), err)
	}
	return ln, nil
}

// Serve takes connections from ln, which it closes, until ctx ends. Then it takes no new message, lets those under
// way finish for Grace, hangs up, and returns nil when every connection is gone. A listener serves once.
func (l *Listener) Serve(ctx context.Context, ln net.Listener) error {
	door := &door{Listener: ln, listener: l}
	served := make(chan error, 1)
	go func() { served <- l.server.Serve(door) }()
	var err error
	select {
	case err = <-served:
		served <- err
	case <-ctx.Done():
	}
	l.mu.Lock()
	l.stopping = true
	l.mu.Unlock()
	_ = ln.Close()
	l.awaitBusy()
	_ = l.server.Close() // its errors are of closing, and everything must go anyway
	l.guests.sendHome()  // also who came in at the last moment
	if serveErr := <-served; ctx.Err() == nil && !errors.Is(serveErr, net.ErrClosed) {
		err = serveErr
	}
	l.guests.gone.Wait()
	if err != nil {
		return fmt.Errorf("receiving mail at %s: %w", l.cfg.Addr, err)
	}
	return nil
}

func (l *Listener) awaitBusy() {
	done := make(chan struct{})
	go func() {
		l.busy.Wait()
		close(done)
	}()
	timer := time.NewTimer(l.cfg.Grace)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// enter counts a message under way; false when the listener stops.
func (l *Listener) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopping {
		return false
	}
	l.busy.Add(1)
	return true
}

// reserve takes n bytes of the common memory; false if that is used up.
func (l *Listener) reserve(n int64) bool {
	if l.memory.Add(n) <= l.cfg.MemoryBytes {
		return true
	}
	l.memory.Add(-n)
	return false
}

func (l *Listener) release(n int64) { l.memory.Add(-n) }
